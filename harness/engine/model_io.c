/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads, writes and mappings of the driver inside the harness.
 *
 * There is no page cache: a device shows its backing file as it is now.  So a sound model never shows what is stale, and
 * a mapping is an address range whose loads and stores go to the device; one that was made before the binding ended
 * leads nowhere afterwards.
 */
#include "harness/engine/model_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

uint64_t model_description_bytes(const struct model_description *description)
{
	const struct model_partition *partition;

	if (description->file)
		return description->file->bytes;
	if (!description->device)
		return 0;
	if (!description->partition)
		return description->device->capacity_bytes;
	partition = &description->device->partitions[description->partition];
	return partition->is_there && partition->serial == description->partition_serial ? partition->length_bytes : 0;
}

/* --- of a device, whose size was looked at --- */

static bool is_inside(uint64_t offset_bytes, uint64_t bytes, uint64_t limit_bytes)
{
	return offset_bytes <= limit_bytes && bytes <= limit_bytes - offset_bytes;
}

/* The file behind the bytes, through other devices; *offset_bytes becomes the file's. */
static int file_behind(const struct model_kernel *model, const struct model_device *device, uint64_t *offset_bytes,
		       struct model_file **ret_file)
{
	/* A cycle made by a planted fault has no file behind it; the real driver's worker would hang. */
	for (unsigned int depth = 0; depth < 64; depth++) {
		const struct model_description *backing = device->backing;

		if (device->state != MODEL_STATE_bound)
			return -EIO;
		*offset_bytes += device->offset_bytes;
		if (backing->file) {
			*ret_file = backing->file;
			return 0;
		}
		if (!model_partition_is_live(backing) || *offset_bytes >= model_description_bytes(backing))
			return -EIO;
		if (backing->partition)
			*offset_bytes += backing->device->partitions[backing->partition].start_bytes;
		device = backing->device;
	}
	return -EIO;
}

/* Planted: the bytes of some other device that is bound. */
static const struct model_device *other_device(const struct model_kernel *model, const struct model_device *device)
{
	for (int index = 0; index < model->device_end; index++) {
		const struct model_device *other = model_device_at(model, index);

		if (other && other != device && other->state == MODEL_STATE_bound)
			return other;
	}
	return device;
}

static void write_delayed(struct model_kernel *model, struct model_device *device)
{
	uint64_t offset_bytes = device->delayed_offset_bytes;
	struct model_file *file;

	if (!device->delayed)
		return;
	if (file_behind(model, device, &offset_bytes, &file) == 0)
		model_file_write(file, device->delayed, device->delayed_bytes, offset_bytes);
	free(device->delayed);
	device->delayed = NULL;
}

int model_device_read(struct model_kernel *model, struct model_device *device, void *buffer, uint64_t bytes,
		      uint64_t offset_bytes)
{
	const struct model_device *source = device;
	struct model_file *file;
	int r;

	if (model->plant == PLANT_foreign_read)
		source = other_device(model, device);
	r = file_behind(model, source, &offset_bytes, &file);
	if (r < 0)
		return r;
	model_file_read(file, buffer, bytes, offset_bytes);
	/* The next reader sees what this one should have. */
	write_delayed(model, device);
	return 0;
}

/* Planted: the write is kept until somebody has read what was there before. */
static int delay_write(struct model_kernel *model, struct model_device *device, const void *buffer, uint64_t bytes,
		       uint64_t offset_bytes)
{
	write_delayed(model, device);
	device->delayed = malloc(bytes);
	if (!device->delayed)
		return -ENOMEM;
	memcpy(device->delayed, buffer, bytes);
	device->delayed_bytes = bytes;
	device->delayed_offset_bytes = offset_bytes;
	return 0;
}

int model_device_write(struct model_kernel *model, struct model_device *device, const void *buffer, uint64_t bytes,
		       uint64_t offset_bytes)
{
	struct model_file *file;
	int r;

	if (model->plant == PLANT_stale_read && buffer)
		return delay_write(model, device, buffer, bytes, offset_bytes);
	r = file_behind(model, device, &offset_bytes, &file);
	if (r < 0)
		return r;
	if (model->plant == PLANT_lost_write && buffer)
		return 0;
	if (model->plant == PLANT_misplaced_write && buffer)
		offset_bytes += MODEL_SECTOR_BYTES;
	return model_file_write(file, buffer, bytes, offset_bytes);
}

/* --- of a descriptor --- */

/* Where a description's byte 0 is on its device. */
static uint64_t start_of(const struct model_description *description)
{
	return description->partition ? description->device->partitions[description->partition].start_bytes : 0;
}

static int read_device(struct model_kernel *model, const struct model_description *caller, void *buffer,
		       uint64_t length_bytes, uint64_t offset_bytes)
{
	uint64_t size_bytes = model_description_bytes(caller);
	int r;

	if (!model_partition_is_live(caller))
		return -EIO;
	if (offset_bytes >= size_bytes)
		return 0;
	if (length_bytes > size_bytes - offset_bytes)
		length_bytes = size_bytes - offset_bytes;
	r = model_device_read(model, caller->device, buffer, length_bytes, start_of(caller) + offset_bytes);
	return r < 0 ? r : (int)length_bytes;
}

static int write_device(struct model_kernel *model, const struct model_description *caller, const void *buffer,
			uint64_t length_bytes, uint64_t offset_bytes)
{
	uint64_t size_bytes = model_description_bytes(caller);
	int r;

	if (!model_partition_is_live(caller))
		return -EIO;
	if (caller->device->is_read_only && model->plant != PLANT_read_only_written)
		return -EPERM;
	if (length_bytes == 0)
		return 0;
	if (offset_bytes >= size_bytes)
		return -ENOSPC;
	if (length_bytes > size_bytes - offset_bytes)
		length_bytes = size_bytes - offset_bytes;
	r = model_device_write(model, caller->device, buffer, length_bytes, start_of(caller) + offset_bytes);
	return r < 0 ? r : (int)length_bytes;
}

/* A range that is let go of reads as zeros afterwards, and so does one that is zeroed. */
static int zero_device(struct model_kernel *model, const struct model_description *caller, uint64_t length_bytes,
		       uint64_t offset_bytes)
{
	uint32_t block_bytes = caller->device->block_bytes;
	int r;

	if (caller->device->is_read_only)
		return -EPERM;
	if (offset_bytes % block_bytes || length_bytes % block_bytes || length_bytes == 0 ||
	    !is_inside(offset_bytes, length_bytes, model_description_bytes(caller)))
		return -EINVAL;
	r = write_device(model, caller, NULL, length_bytes, offset_bytes);
	return r < 0 ? r : 0;
}

static int io_device(struct model_kernel *model, const struct model_description *caller, enum system_io io,
		     void *buffer, uint64_t length_bytes, uint64_t offset_bytes)
{
	switch (io) {
	case SYSTEM_IO_read:
		return read_device(model, caller, buffer, length_bytes, offset_bytes);
	case SYSTEM_IO_write:
		return write_device(model, caller, buffer, length_bytes, offset_bytes);
	case SYSTEM_IO_discard:
	case SYSTEM_IO_zeroout:
		return zero_device(model, caller, length_bytes, offset_bytes);
	case SYSTEM_IO_fsync:
		break;
	}
	return 0;
}

static int io_file(struct model_file *file, enum system_io io, void *buffer, uint64_t length_bytes,
		   uint64_t offset_bytes)
{
	int r;

	if (file->kind != BACKING_KIND_file)
		return file->kind == BACKING_KIND_directory ? -EISDIR : -EINVAL;
	switch (io) {
	case SYSTEM_IO_read:
		if (offset_bytes >= file->bytes)
			return 0;
		if (length_bytes > file->bytes - offset_bytes)
			length_bytes = file->bytes - offset_bytes;
		model_file_read(file, buffer, length_bytes, offset_bytes);
		return (int)length_bytes;
	case SYSTEM_IO_write:
		r = model_file_write(file, buffer, length_bytes, offset_bytes);
		return r < 0 ? r : (int)length_bytes;
	case SYSTEM_IO_discard: {
		uint64_t size_bytes = file->bytes;

		/* A punched hole never makes the file longer. */
		r = length_bytes ? model_file_write(file, NULL, length_bytes, offset_bytes) : -EINVAL;
		file->bytes = size_bytes;
		return r;
	}
	case SYSTEM_IO_zeroout:
		return length_bytes ? model_file_write(file, NULL, length_bytes, offset_bytes) : -EINVAL;
	case SYSTEM_IO_fsync:
		break;
	}
	return 0;
}

int model_io_fd(struct model_kernel *model, enum system_io io, int fd, void *buffer, uint64_t length_bytes,
		uint64_t offset_bytes)
{
	const struct model_description *caller = model_description_of(model, fd);
	int mode = caller ? caller->flags & O_ACCMODE : 0;

	if (!caller || caller->flags & O_PATH)
		return -EBADF;
	if ((io == SYSTEM_IO_read && mode == O_WRONLY) ||
	    (io != SYSTEM_IO_read && io != SYSTEM_IO_fsync && mode == O_RDONLY))
		return -EBADF;
	if (length_bytes > INT32_MAX || offset_bytes > INT64_MAX - length_bytes)
		return -EINVAL;
	if (caller->file)
		return io_file(caller->file, io, buffer, length_bytes, offset_bytes);
	return caller->device ? io_device(model, caller, io, buffer, length_bytes, offset_bytes) : -EINVAL;
}

/* --- mappings --- */

static struct model_mapping *mapping_of(struct model_kernel *model, const void *memory)
{
	const uint8_t *address = memory;

	for (unsigned int i = 0; i < MODEL_MAPPING_COUNT_MAX; i++) {
		struct model_mapping *mapping = &model->mappings[i];

		if (mapping->memory && address >= mapping->memory && address < mapping->memory + mapping->length_bytes)
			return mapping;
	}
	return NULL;
}

int model_map_fd(struct model_kernel *model, int fd, uint64_t length_bytes, uint64_t offset_bytes, void **ret_memory)
{
	struct model_description *caller = model_description_of(model, fd);
	struct model_mapping *mapping = model->mappings;

	if (!caller || caller->flags & O_PATH)
		return -EBADF;
	if (length_bytes == 0 || length_bytes > INT32_MAX || offset_bytes % MODEL_PAGE_BYTES)
		return -EINVAL;
	if ((caller->flags & O_ACCMODE) == O_WRONLY)
		return -EACCES;
	if (!caller->file && !caller->device)
		return -ENODEV;
	while (mapping < model->mappings + MODEL_MAPPING_COUNT_MAX && mapping->memory)
		mapping++;
	if (mapping == model->mappings + MODEL_MAPPING_COUNT_MAX)
		return -ENOMEM;
	mapping->memory = malloc(length_bytes);
	if (!mapping->memory)
		return -ENOMEM;
	mapping->length_bytes = length_bytes;
	mapping->offset_bytes = offset_bytes;
	mapping->description = model_description_get(caller);
	mapping->diskseq = caller->device ? caller->device->diskseq : 0;
	*ret_memory = mapping->memory;
	return 0;
}

int model_unmap(struct model_kernel *model, void *memory)
{
	struct model_mapping *mapping = mapping_of(model, memory);

	if (!mapping || mapping->memory != memory)
		return -EINVAL;
	free(mapping->memory);
	mapping->memory = NULL;
	model_description_put(model, mapping->description);
	return 0;
}

static int touch_device(struct model_kernel *model, const struct model_mapping *mapping, void *buffer, size_t bytes,
			uint64_t offset_bytes, bool is_store)
{
	const struct model_description *caller = mapping->description;
	int r;

	if (mapping->diskseq != caller->device->diskseq && model->plant != PLANT_mapping_outlives)
		return -EFAULT;
	if (!is_inside(offset_bytes, bytes, model_description_bytes(caller)))
		return -EFAULT;
	r = is_store ? write_device(model, caller, buffer, bytes, offset_bytes)
		     : read_device(model, caller, buffer, bytes, offset_bytes);
	return r == (int)bytes ? 0 : -EFAULT;
}

int model_touch(struct model_kernel *model, const void *memory, void *buffer, size_t bytes, bool is_store)
{
	const struct model_mapping *mapping = mapping_of(model, memory);
	const struct model_description *caller;
	uint64_t offset_bytes;

	if (!mapping || bytes > mapping->length_bytes - (uint64_t)((const uint8_t *)memory - mapping->memory))
		return -EFAULT;
	caller = mapping->description;
	offset_bytes = mapping->offset_bytes + (uint64_t)((const uint8_t *)memory - mapping->memory);
	if (is_store && (caller->flags & O_ACCMODE) == O_RDONLY)
		return -EFAULT;
	if (caller->device)
		return touch_device(model, mapping, buffer, bytes, offset_bytes, is_store);
	if (!is_inside(offset_bytes, bytes, caller->file->bytes))
		return -EFAULT;
	if (is_store)
		return model_file_write(caller->file, buffer, bytes, offset_bytes);
	model_file_read(caller->file, buffer, bytes, offset_bytes);
	return 0;
}
