/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ioctls of the driver inside the harness: which there are, who may call them, what their arguments look like, and
 * in which order all that is found wrong.  What they do stands in the other files.
 *
 * All LOOP_* ioctls on a partition are the whole device's, as in the kernel.  The 32-bit entry knows only LOOP_*, and
 * has an old status structure of its own.
 */
#include "harness/engine/model_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <string.h>

#include "harness/engine/compat_loop_info.h"

/* One call. */
struct call {
	struct model_kernel *model;
	struct model_description *caller;
	struct model_device *device;
	uintptr_t argument;
	bool is_compat;
};

static bool may_change(const struct call *call)
{
	return !call->model->is_unprivileged || (call->caller->flags & O_ACCMODE) != O_RDONLY;
}

/* --- bind --- */

static int set_fd(const struct call *call)
{
	struct model_bind bind = { .fd = (int)call->argument };

	return model_device_bind(call->model, call->caller, &bind);
}

static int configure(const struct call *call)
{
	struct loop_config config;
	struct model_bind bind;
	int r = model_copy_in(&config, call->argument, sizeof(config));

	if (r < 0)
		return r;
	bind = (struct model_bind){ .fd = (int)config.fd, .block_bytes = config.block_size, .info = config.info };
	return model_device_bind(call->model, call->caller, &bind);
}

/* --- status, in its three layouts --- */

static int copy_info_in(const struct call *call, bool is_old, struct loop_info64 *ret_info)
{
	struct loop_info64 info = { 0 };
	int r;

	if (!is_old) {
		r = model_copy_in(&info, call->argument, sizeof(info));
	} else if (call->is_compat) {
		struct compat_loop_info old;

		r = model_copy_in(&old, call->argument, sizeof(old));
		if (r == 0) {
			info.lo_offset = (uint64_t)(int64_t)old.lo_offset;
			info.lo_encrypt_type = (uint32_t)old.lo_encrypt_type;
			info.lo_encrypt_key_size = (uint32_t)old.lo_encrypt_key_size;
			info.lo_flags = (uint32_t)old.lo_flags;
			memcpy(info.lo_file_name, old.lo_name, LO_NAME_SIZE);
		}
	} else {
		struct loop_info old;

		r = model_copy_in(&old, call->argument, sizeof(old));
		if (r == 0) {
			info.lo_offset = (uint64_t)(int64_t)old.lo_offset;
			info.lo_encrypt_type = (uint32_t)old.lo_encrypt_type;
			info.lo_encrypt_key_size = (uint32_t)old.lo_encrypt_key_size;
			info.lo_flags = (uint32_t)old.lo_flags;
			memcpy(info.lo_file_name, old.lo_name, LO_NAME_SIZE);
		}
	}
	if (r == 0)
		*ret_info = info;
	return r;
}

static int set_status(const struct call *call, bool is_old)
{
	struct loop_info64 info;
	int r;

	if (!may_change(call))
		return -EPERM;
	r = copy_info_in(call, is_old, &info);
	return r < 0 ? r : model_device_set_status(call->model, call->device, &info);
}

static int copy_info_out(const struct call *call, bool is_old, const struct loop_info64 *info)
{
	struct compat_loop_info compat = { .lo_number = (int32_t)info->lo_number };
	struct loop_info old = { .lo_number = (int)info->lo_number };

	if (!is_old)
		return model_copy_out(call->argument, info, sizeof(*info));
	if (info->lo_offset > INT_MAX)
		return -EOVERFLOW;
	if (call->is_compat) {
		if (info->lo_inode > UINT32_MAX || info->lo_device > UINT16_MAX)
			return -EOVERFLOW;
		compat.lo_device = (uint16_t)info->lo_device;
		compat.lo_inode = (uint32_t)info->lo_inode;
		compat.lo_offset = (int32_t)info->lo_offset;
		compat.lo_flags = (int32_t)info->lo_flags;
		memcpy(compat.lo_name, info->lo_file_name, LO_NAME_SIZE);
		return model_copy_out(call->argument, &compat, sizeof(compat));
	}
	old.lo_device = (__kernel_old_dev_t)info->lo_device;
	old.lo_inode = info->lo_inode;
	old.lo_offset = (int)info->lo_offset;
	old.lo_flags = (int)info->lo_flags;
	memcpy(old.lo_name, info->lo_file_name, LO_NAME_SIZE);
	return model_copy_out(call->argument, &old, sizeof(old));
}

static int get_status(const struct call *call, bool is_old)
{
	struct loop_info64 info;
	int r;

	if (call->argument == 0)
		return -EINVAL;
	r = model_device_get_status(call->model, call->device, &info);
	return r < 0 ? r : copy_info_out(call, is_old, &info);
}

/* --- the block layer's --- */

static int get_size(const struct call *call)
{
	uint64_t bytes = model_description_bytes(call->caller);

	return model_copy_out(call->argument, &bytes, sizeof(bytes));
}

static int get_block_size(const struct call *call)
{
	int bytes = (int)call->device->block_bytes;

	return model_copy_out(call->argument, &bytes, sizeof(bytes));
}

static int get_read_only(const struct call *call)
{
	int is_read_only = call->device->is_read_only;

	return model_copy_out(call->argument, &is_read_only, sizeof(is_read_only));
}

static int get_diskseq(const struct call *call)
{
	return model_copy_out(call->argument, &call->device->diskseq, sizeof(call->device->diskseq));
}

/* --- which --- */

static int loop_ioctl(const struct call *call, unsigned long request)
{
	struct model_kernel *model = call->model;
	struct model_device *device = call->device;

	switch (request) {
	case LOOP_SET_FD:
		return set_fd(call);
	case LOOP_CONFIGURE:
		return configure(call);
	case LOOP_CHANGE_FD:
		return model_device_change_fd(model, device, (int)call->argument);
	case LOOP_CLR_FD:
		return model_device_clear(model, device);
	case LOOP_SET_STATUS:
		return set_status(call, true);
	case LOOP_SET_STATUS64:
		return set_status(call, false);
	case LOOP_GET_STATUS:
		return get_status(call, true);
	case LOOP_GET_STATUS64:
		return get_status(call, false);
	case LOOP_SET_CAPACITY:
		return may_change(call) ? model_device_set_capacity(model, device) : -EPERM;
	case LOOP_SET_DIRECT_IO:
		return may_change(call) ? model_device_set_direct_io(device, call->argument != 0) : -EPERM;
	case LOOP_SET_BLOCK_SIZE:
		return may_change(call) ? model_device_set_block_size(device, call->argument) : -EPERM;
	default:
		return call->is_compat ? -ENOTTY : -EINVAL;
	}
}

static int discard(const struct call *call, enum system_io io)
{
	uint64_t range[2];
	int r = model_copy_in(range, call->argument, sizeof(range));

	if (r < 0)
		return r;
	for (int fd = MODEL_FD_FIRST; fd < MODEL_FD_FIRST + MODEL_FD_COUNT_MAX; fd++)
		if (model_description_of(call->model, fd) == call->caller) {
			r = model_io_fd(call->model, io, fd, NULL, range[1], range[0]);
			return r < 0 ? r : 0;
		}
	return -EBADF;
}

static int device_ioctl(const struct call *call, unsigned long request)
{
	if (call->is_compat)
		return loop_ioctl(call, request);
	switch (request) {
	case BLKGETSIZE64:
		return get_size(call);
	case BLKSSZGET:
		return get_block_size(call);
	case BLKROGET:
		return get_read_only(call);
	case BLKGETDISKSEQ:
		return get_diskseq(call);
	case BLKFLSBUF:
		return call->model->is_unprivileged ? -EACCES : 0;
	case BLKRRPART:
		return model_partition_reread(call->model, call->caller);
	case BLKPG:
		return model_partition_ioctl(call->model, call->caller, call->argument);
	case BLKDISCARD:
		return discard(call, SYSTEM_IO_discard);
	case BLKZEROOUT:
		return discard(call, SYSTEM_IO_zeroout);
	default:
		return loop_ioctl(call, request);
	}
}

int model_ioctl_fd(struct model_kernel *model, int fd, unsigned long request, uintptr_t argument, bool is_compat)
{
	struct model_description *caller = model_description_of(model, fd);
	struct call call = { .model = model, .caller = caller, .argument = argument, .is_compat = is_compat };
	int r;

	if (!caller || caller->flags & O_PATH)
		return -EBADF;
	if (caller->file)
		return -ENOTTY;
	if (!caller->device)
		return model_control_ioctl(model, request, (int)argument);
	call.device = caller->device;
	/* Somebody may close the descriptor while a planted fault has the mutex given away. */
	model_description_get(caller);
	r = device_ioctl(&call, request);
	model_description_put(model, caller);
	return r;
}
