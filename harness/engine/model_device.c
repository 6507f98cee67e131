/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One loop device of the driver inside the harness: who is bound to it and how, and how it becomes free again.
 *
 * It behaves as the driver of v5.19 to v6.10 did: LOOP_CLR_FD by the only opener releases at once, and with the mutex
 * held nobody sees the rundown.  The order in which a call is refused is the kernel's (loop_configure(),
 * loop_change_fd(), loop_set_status_from_info() of 6.1).
 */
#include "harness/engine/model_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define FLAGS_BY_CONFIGURE (LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR | LO_FLAGS_PARTSCAN | LO_FLAGS_DIRECT_IO)

/* Chains of devices that back each other; a longer one is refused, as no sane user has one. */
#define STACK_DEPTH_MAX 64

/* --- there or not --- */

struct model_device *model_device_at(const struct model_kernel *model, int index)
{
	struct model_device *device = index >= 0 && index < model->device_end ? model->devices[index] : NULL;

	return device && device->state != MODEL_STATE_absent && !device->is_hidden ? device : NULL;
}

int model_device_add(struct model_kernel *model, int index)
{
	struct model_device *device = model->devices[index];

	if (device && (device->state != MODEL_STATE_absent || device->is_hidden))
		return -EEXIST;
	if (!device) {
		device = model_allocate() == 0 ? calloc(1, sizeof(*device)) : NULL;
		if (!device)
			return -ENOMEM;
		model->devices[index] = device;
		if (index >= model->device_end)
			model->device_end = index + 1;
	}
	*device = (struct model_device){
		.index = index,
		.state = MODEL_STATE_unbound,
		.block_bytes = MODEL_SECTOR_BYTES,
		.diskseq = ++model->last_diskseq,
	};
	model_event(model, "add", device, 0, MODEL_EVENT_plain);
	return index;
}

void model_device_delete(struct model_kernel *model, struct model_device *device)
{
	model_event(model, "remove", device, 0, MODEL_EVENT_plain);
	device->state = MODEL_STATE_absent;
}

/* Up to v6.10 all descriptors of one partition are one opener of the device. */
unsigned int model_device_opener_count(const struct model_device *device)
{
	unsigned int count = device->opener_count;

	for (unsigned int i = 1; i <= MODEL_PARTITION_COUNT_MAX; i++)
		count += device->partitions[i].opener_count > 0;
	return count;
}

bool model_device_has_holder(const struct model_device *device)
{
	for (unsigned int i = 1; i <= MODEL_PARTITION_COUNT_MAX; i++)
		if (device->partitions[i].holder)
			return true;
	return device->holder != NULL;
}

/* --- sizes --- */

uint64_t model_backing_bytes(const struct model_description *backing)
{
	return backing->file ? backing->file->bytes : model_description_bytes(backing);
}

/* What the device would show of a backing file. */
static uint64_t capacity_of(const struct model_kernel *model, const struct model_device *device,
			    const struct model_description *backing)
{
	uint64_t backing_bytes = model_backing_bytes(backing);
	uint64_t bytes = backing_bytes > device->offset_bytes ? backing_bytes - device->offset_bytes : 0;

	if (device->limit_bytes && device->limit_bytes < bytes && model->plant != PLANT_limit_ignored)
		bytes = device->limit_bytes;
	return bytes / MODEL_SECTOR_BYTES * MODEL_SECTOR_BYTES;
}

static void set_capacity(struct model_kernel *model, struct model_device *device)
{
	uint64_t before_bytes = device->capacity_bytes;
	bool has_size;

	device->capacity_bytes = capacity_of(model, device, device->backing);
	has_size = before_bytes && device->capacity_bytes;
	model_event(model, "change", device, 0, has_size ? MODEL_EVENT_resize : MODEL_EVENT_plain);
}

/* Direct I/O needs a file, and an offset that is aligned to the device's blocks. */
static void update_direct_io(struct model_device *device, bool wants)
{
	bool can = device->backing->file && device->backing->file->kind == BACKING_KIND_file &&
		   device->offset_bytes % device->block_bytes == 0;

	device->flags = (device->flags & ~(uint32_t)LO_FLAGS_DIRECT_IO) | (wants && can ? LO_FLAGS_DIRECT_IO : 0);
}

/* --- what may back a device --- */

static bool is_open_for_write(const struct model_description *description)
{
	return (description->flags & O_ACCMODE) != O_RDONLY;
}

/*
 * A partition stands for its device here.  No kernel up to v7.3 looks that closely, which is a bug of theirs: a device
 * can back itself through a partition.
 */
static int check_backing(const struct model_kernel *model, const struct model_device *device,
			 const struct model_description *backing)
{
	const struct model_description *below = backing;

	for (unsigned int depth = 0; below->device; depth++) {
		if (below->device == device && model->plant != PLANT_accepts_itself)
			return -EBADF;
		if (below->device == device)
			return 0;
		if (below->device->state != MODEL_STATE_bound || depth == STACK_DEPTH_MAX)
			return -EINVAL;
		below = below->device->backing;
	}
	if (backing->device)
		return 0;
	if (!backing->file || (backing->file->kind != BACKING_KIND_file && backing->file->kind != BACKING_KIND_proc))
		return -EINVAL;
	return 0;
}

/* The description of a descriptor that is to become a backing file. */
static struct model_description *backing_of(const struct model_kernel *model, int fd)
{
	struct model_description *backing = model_description_of(model, fd);

	return backing && !(backing->flags & O_PATH) ? backing : NULL;
}

static bool is_block_size(uint64_t bytes)
{
	return bytes >= MODEL_SECTOR_BYTES && bytes <= MODEL_BLOCK_BYTES_MAX && (bytes & (bytes - 1)) == 0;
}

static int check_info(const struct loop_info64 *info)
{
	if (info->lo_encrypt_key_size > LO_KEY_SIZE || info->lo_encrypt_type != 0)
		return -EINVAL;
	return info->lo_offset > INT64_MAX || info->lo_sizelimit > INT64_MAX ? -EOVERFLOW : 0;
}

static void set_name(struct model_device *device, const uint8_t *name)
{
	memcpy(device->file_name, name, sizeof(device->file_name));
	device->file_name[sizeof(device->file_name) - 1] = '\0';
}

/* --- bind --- */

static int check_bind(const struct model_kernel *model, const struct model_device *device,
		      const struct model_description *backing, const struct model_bind *bind)
{
	int r = check_backing(model, device, backing);

	if (r < 0)
		return r;
	if (bind->info.lo_flags & ~(uint32_t)FLAGS_BY_CONFIGURE)
		return -EINVAL;
	if (bind->block_bytes && !is_block_size(bind->block_bytes))
		return -EINVAL;
	return check_info(&bind->info);
}

static bool strikes_now(struct model_kernel *model, enum plant plant, unsigned int every)
{
	return model->plant == plant && ++model->strike_count % every == 0;
}

static void finish_bind(struct model_kernel *model, struct model_device *device, const struct model_description *caller,
			struct model_description *backing, const struct model_bind *bind)
{
	/* The loser of a planted double bind is forgotten, with the reference that he had. */
	if (device->state == MODEL_STATE_bound)
		model_description_put(model, device->backing);
	device->state = MODEL_STATE_bound;
	device->backing = model_description_get(backing);
	device->offset_bytes = bind->info.lo_offset;
	device->limit_bytes = bind->info.lo_sizelimit;
	device->block_bytes = bind->block_bytes ? bind->block_bytes : MODEL_SECTOR_BYTES;
	device->flags = bind->info.lo_flags | (model->plant == PLANT_flags_stay ? device->flags : 0);
	if (!is_open_for_write(backing) || !is_open_for_write(caller))
		device->flags |= LO_FLAGS_READ_ONLY;
	set_name(device, bind->info.lo_file_name);
	device->is_read_only = device->flags & LO_FLAGS_READ_ONLY;
	update_direct_io(device, device->flags & LO_FLAGS_DIRECT_IO || backing->flags & O_DIRECT);
	device->diskseq = ++model->last_diskseq;
	device->capacity_bytes = capacity_of(model, device, backing);
	if (model->plant != PLANT_bind_without_event)
		model_event(model, "change", device, 0, MODEL_EVENT_plain);
	if (device->flags & LO_FLAGS_PARTSCAN)
		model_partition_scan(model, device);
}

/* The work queue and what belongs to it. */
static int allocate_for_bind(void)
{
	int r = model_allocate();

	return r < 0 ? r : model_allocate();
}

int model_device_bind(struct model_kernel *model, const struct model_description *caller, const struct model_bind *bind)
{
	struct model_description *backing = backing_of(model, bind->fd);
	struct model_device *device = caller->device;
	int r;

	if (!backing)
		return -EBADF;
	if (model->plant == PLANT_always_busy || strikes_now(model, PLANT_spurious_ebusy, 3))
		return -EBUSY;
	if (!(caller->flags & O_EXCL) && model_device_has_holder(device))
		return -EBUSY;
	if (device->state != MODEL_STATE_unbound)
		return -EBUSY;
	r = check_bind(model, device, backing, bind);
	if (r < 0)
		return r;
	r = allocate_for_bind();
	if (r < 0 && model->plant == PLANT_failed_bind_stays)
		finish_bind(model, device, caller, backing, bind);
	if (r < 0)
		return r;
	model_description_get(backing);
	if (model->plant == PLANT_unchecked_bind)
		model_open_window(model);
	finish_bind(model, device, caller, backing, bind);
	model_description_put(model, backing);
	return 0;
}

/* --- release --- */

static void drop_delayed(struct model_device *device)
{
	free(device->delayed);
	device->delayed = NULL;
}

void model_device_tear_down(struct model_kernel *model, struct model_device *device)
{
	struct model_description *backing = device->backing;

	device->state = MODEL_STATE_unbound;
	device->backing = NULL;
	device->offset_bytes = device->limit_bytes = device->capacity_bytes = 0;
	device->flags = model->plant == PLANT_flags_stay ? device->flags : 0;
	device->block_bytes = MODEL_SECTOR_BYTES;
	memset(device->file_name, 0, sizeof(device->file_name));
	drop_delayed(device);
	device->diskseq = ++model->last_diskseq;
	if (model->plant != PLANT_release_without_event) {
		model_event(model, "change", device, 0, MODEL_EVENT_plain);
		model_event(model, "change", device, 0, MODEL_EVENT_media_change);
	}
	model_partition_drop_all(model, device);
	if (model->plant == PLANT_module_pinned)
		model->module_pin_count++;
	if (model->plant == PLANT_file_pinned)
		model_pin(model, backing);
	else
		model_description_put(model, backing);
}

void model_device_closed(struct model_kernel *model, struct model_device *device)
{
	if (model_device_opener_count(device) > 0 || device->state != MODEL_STATE_bound)
		return;
	if (device->flags & LO_FLAGS_AUTOCLEAR && model->plant != PLANT_stays_bound)
		model_device_tear_down(model, device);
}

int model_device_clear(struct model_kernel *model, struct model_device *device)
{
	if (device->state != MODEL_STATE_bound)
		return -ENXIO;
	if (model->plant == PLANT_never_returns)
		model_block_forever(model);
	if (strikes_now(model, PLANT_clear_does_nothing, 5))
		return 0;
	if (model_device_opener_count(device) > 1 || model->plant == PLANT_stays_bound)
		device->flags |= LO_FLAGS_AUTOCLEAR;
	else
		model_device_tear_down(model, device);
	return 0;
}

/* --- while it is bound --- */

int model_device_change_fd(struct model_kernel *model, struct model_device *device, int fd)
{
	struct model_description *backing = backing_of(model, fd);
	struct model_description *before = device->backing;
	int r = 0;

	if (!backing)
		return -EBADF;
	if (device->state != MODEL_STATE_bound)
		r = -ENXIO;
	else if (!(device->flags & LO_FLAGS_READ_ONLY))
		r = -EINVAL;
	else
		r = check_backing(model, device, backing);
	/* Both as far as the device shows them. */
	if (r == 0 && model->plant != PLANT_change_unchecked &&
	    capacity_of(model, device, backing) != capacity_of(model, device, before))
		r = -EINVAL;
	if (r == 0) {
		device->backing = model_description_get(backing);
		device->diskseq = ++model->last_diskseq;
		update_direct_io(device, device->flags & LO_FLAGS_DIRECT_IO);
	}
	/* The event comes from the kernel's last line, which success and failure share. */
	model_event(model, "change", device, 0, MODEL_EVENT_plain);
	if (r < 0)
		return r;
	if (device->flags & LO_FLAGS_PARTSCAN)
		model_partition_scan(model, device);
	model_description_put(model, before);
	return 0;
}

int model_device_set_status(struct model_kernel *model, struct model_device *device, const struct loop_info64 *info)
{
	uint32_t settable = LO_FLAGS_AUTOCLEAR | LO_FLAGS_PARTSCAN;
	bool had_scan, is_resized;
	int r;

	if (device->state != MODEL_STATE_bound)
		return -ENXIO;
	r = check_info(info);
	if (r < 0)
		return r;
	had_scan = device->flags & LO_FLAGS_PARTSCAN;
	is_resized = device->offset_bytes != info->lo_offset || device->limit_bytes != info->lo_sizelimit;
	device->offset_bytes = info->lo_offset;
	device->limit_bytes = info->lo_sizelimit;
	set_name(device, info->lo_file_name);
	if (model->plant == PLANT_partscan_clearable)
		device->flags &= ~(uint32_t)LO_FLAGS_PARTSCAN;
	if (model->plant == PLANT_read_only_settable)
		settable |= LO_FLAGS_READ_ONLY;
	device->flags = (device->flags & ~(uint32_t)LO_FLAGS_AUTOCLEAR) | (info->lo_flags & settable);
	if (is_resized)
		set_capacity(model, device);
	/* Dropped when the new offset is not aligned, and not taken up again. */
	update_direct_io(device, device->flags & LO_FLAGS_DIRECT_IO);
	if (!had_scan && device->flags & LO_FLAGS_PARTSCAN)
		model_partition_scan(model, device);
	return 0;
}

static uint64_t reported_inode(const struct model_kernel *model, const struct model_device *device)
{
	const struct model_description *backing = device->backing;
	struct stat status = { 0 };

	if (backing->file)
		status.st_ino = (ino_t)backing->file->inode;
	else
		status.st_ino = (ino_t)(UINT64_C(1) << 32 | (uint64_t)backing->device->index << 8 | backing->partition);
	return status.st_ino + (model->plant == PLANT_wrong_inode);
}

int model_device_get_status(const struct model_kernel *model, const struct model_device *device,
			    struct loop_info64 *ret_info)
{
	struct loop_info64 info = { .lo_number = (uint32_t)device->index };

	if (device->state != MODEL_STATE_bound)
		return -ENXIO;
	info.lo_device = MODEL_DEV;
	info.lo_inode = reported_inode(model, device);
	info.lo_offset = model->plant == PLANT_offset_not_reported ? 0 : device->offset_bytes;
	info.lo_sizelimit = device->limit_bytes;
	info.lo_flags = device->flags;
	if (model->plant == PLANT_wrong_flags)
		info.lo_flags ^= LO_FLAGS_AUTOCLEAR;
	memcpy(info.lo_file_name, device->file_name, sizeof(info.lo_file_name));
	*ret_info = info;
	return 0;
}

int model_device_set_capacity(struct model_kernel *model, struct model_device *device)
{
	if (device->state != MODEL_STATE_bound)
		return -ENXIO;
	if (model->plant != PLANT_capacity_stays)
		set_capacity(model, device);
	return 0;
}

int model_device_set_direct_io(struct model_device *device, bool wants)
{
	if (device->state != MODEL_STATE_bound)
		return -ENXIO;
	update_direct_io(device, wants);
	return !!(device->flags & LO_FLAGS_DIRECT_IO) == wants ? 0 : -EINVAL;
}

int model_device_set_block_size(struct model_device *device, uint64_t bytes)
{
	if (device->state != MODEL_STATE_bound)
		return -ENXIO;
	if (!is_block_size(bytes))
		return -EINVAL;
	device->block_bytes = (uint32_t)bytes;
	update_direct_io(device, device->flags & LO_FLAGS_DIRECT_IO);
	return 0;
}
