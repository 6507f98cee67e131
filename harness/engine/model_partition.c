/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partitions of the driver inside the harness: from a table on the device (four primary entries of an MBR), or made by
 * BLKPG without one.
 *
 * Every partition goes with its binding.  Its number may come back, with a serial of its own: a descriptor of the old one
 * does not become one of the new one, as it could up to v6.10 in the kernel.
 */
#include "harness/engine/model_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define MBR_SIGNATURE_AT 510
#define MBR_TABLE_AT	 446
#define MBR_ENTRY_BYTES	 16
#define MBR_ENTRY_COUNT	 4

bool model_partition_is_live(const struct model_description *description)
{
	const struct model_partition *partition;

	if (!description->partition)
		return true;
	partition = &description->device->partitions[description->partition];
	return partition->is_there && partition->serial == description->partition_serial;
}

static void add(struct model_kernel *model, struct model_device *device, unsigned int number, uint64_t start_bytes,
		uint64_t length_bytes)
{
	struct model_partition *partition = &device->partitions[number];

	partition->is_there = true;
	/* Planted: an old descriptor finds its partition again. */
	partition->serial = model->plant == PLANT_partition_outlives && partition->serial ? partition->serial
											  : ++model->last_serial;
	partition->start_bytes = start_bytes;
	partition->length_bytes = length_bytes;
	if (model->plant != PLANT_partition_without_event)
		model_event(model, "add", device, number, MODEL_EVENT_plain);
}

static void drop(struct model_kernel *model, struct model_device *device, unsigned int number)
{
	device->partitions[number].is_there = false;
	model_event(model, "remove", device, number, MODEL_EVENT_plain);
}

void model_partition_drop_all(struct model_kernel *model, struct model_device *device)
{
	for (unsigned int number = 1; number <= MODEL_PARTITION_COUNT_MAX; number++)
		if (device->partitions[number].is_there)
			drop(model, device, number);
}

static uint32_t little_endian(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void scan_table(struct model_kernel *model, struct model_device *device, const uint8_t *sector)
{
	for (unsigned int i = 0; i < MBR_ENTRY_COUNT; i++) {
		const uint8_t *entry = sector + MBR_TABLE_AT + i * MBR_ENTRY_BYTES;
		/* Counted in logical blocks. */
		uint64_t start_bytes = (uint64_t)little_endian(entry + 8) * device->block_bytes;
		uint64_t length_bytes = (uint64_t)little_endian(entry + 12) * device->block_bytes;

		if (entry[4] == 0 || length_bytes == 0 || start_bytes >= device->capacity_bytes)
			continue;
		if (length_bytes > device->capacity_bytes - start_bytes)
			length_bytes = device->capacity_bytes - start_bytes;
		add(model, device, i + 1, start_bytes, length_bytes);
	}
}

/* What the table says takes the place of all that was there; the change event comes first, as from the kernel. */
void model_partition_scan(struct model_kernel *model, struct model_device *device)
{
	uint8_t sector[MODEL_SECTOR_BYTES];

	model_partition_drop_all(model, device);
	model_event(model, "change", device, 0, MODEL_EVENT_plain);
	if (device->capacity_bytes < sizeof(sector) || model_device_read(model, device, sector, sizeof(sector), 0) < 0)
		return;
	if (sector[MBR_SIGNATURE_AT] == 0x55 && sector[MBR_SIGNATURE_AT + 1] == 0xaa)
		scan_table(model, device, sector);
}

static bool has_open_partition(const struct model_device *device)
{
	for (unsigned int number = 1; number <= MODEL_PARTITION_COUNT_MAX; number++)
		if (device->partitions[number].opener_count)
			return true;
	return false;
}

int model_partition_reread(struct model_kernel *model, const struct model_description *caller)
{
	struct model_device *device = caller->device;

	if (model->is_unprivileged)
		return -EACCES;
	if (caller->partition || !(device->flags & LO_FLAGS_PARTSCAN))
		return -EINVAL;
	if ((device->holder && device->holder != caller) || has_open_partition(device))
		return -EBUSY;
	model_partition_scan(model, device);
	return 0;
}

static bool overlaps(const struct model_device *device, uint64_t start_bytes, uint64_t length_bytes)
{
	for (unsigned int number = 1; number <= MODEL_PARTITION_COUNT_MAX; number++) {
		const struct model_partition *partition = &device->partitions[number];

		if (partition->is_there && start_bytes < partition->start_bytes + partition->length_bytes &&
		    partition->start_bytes < start_bytes + length_bytes)
			return true;
	}
	return false;
}

static int add_by_hand(struct model_kernel *model, struct model_device *device, const struct blkpg_partition *wanted)
{
	uint64_t start_bytes = (uint64_t)wanted->start, length_bytes = (uint64_t)wanted->length;

	if (wanted->start < 0 || wanted->length <= 0 || wanted->start > INT64_MAX - wanted->length)
		return -EINVAL;
	if (start_bytes % device->block_bytes || length_bytes % device->block_bytes)
		return -EINVAL;
	if (start_bytes + length_bytes > device->capacity_bytes)
		return -EINVAL;
	if (wanted->pno > MODEL_PARTITION_COUNT_MAX)
		return -ENOMEM;
	if (device->partitions[wanted->pno].is_there || overlaps(device, start_bytes, length_bytes))
		return -EBUSY;
	add(model, device, (unsigned int)wanted->pno, start_bytes, length_bytes);
	return 0;
}

static int delete_by_hand(struct model_kernel *model, struct model_device *device, int number)
{
	if (number > MODEL_PARTITION_COUNT_MAX || !device->partitions[number].is_there)
		return -ENXIO;
	if (device->partitions[number].opener_count)
		return -EBUSY;
	drop(model, device, (unsigned int)number);
	return 0;
}

int model_partition_ioctl(struct model_kernel *model, const struct model_description *caller, uintptr_t argument)
{
	struct blkpg_ioctl_arg request;
	struct blkpg_partition wanted;
	int r = model_copy_in(&request, argument, sizeof(request));

	if (r < 0)
		return r;
	if (model->is_unprivileged)
		return -EACCES;
	r = model_copy_in(&wanted, (uintptr_t)request.data, sizeof(wanted));
	if (r < 0)
		return r;
	if (caller->partition || wanted.pno <= 0)
		return -EINVAL;
	switch (request.op) {
	case BLKPG_ADD_PARTITION:
		return add_by_hand(model, caller->device, &wanted);
	case BLKPG_DEL_PARTITION:
		return delete_by_hand(model, caller->device, wanted.pno);
	default:
		return -EINVAL;
	}
}
