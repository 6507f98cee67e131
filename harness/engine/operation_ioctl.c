/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ioctls of a loop device, one row each: what is asked, what the record calls it, and who turns the line's arguments
 * into the ioctl's.  What a pointer leads to stands in the worker's scratch page, below 4 GiB, so that the 32-bit entry
 * can be given the same one; only struct loop_info has another layout there.
 */
#include "harness/engine/operation_ioctl.h"

#include <errno.h>
#include <linux/blkpg.h>
#include <stdio.h>
#include <string.h>

#include "core/loop_uapi.h"
#include "harness/engine/compat_loop_info.h"
#include "harness/engine/clock.h"
#include "harness/engine/operation_functions.h"

/* Below any mapping (vm.mmap_min_addr), and not NULL, which some calls look for. */
#define BAD_POINTER 16

int device_call_make(struct worker *worker, int fd, const struct device_call *call)
{
	const struct system *system = worker->shared->system;
	uint64_t return_ns;
	int r;

	if (call->is_compat) {
		call->record->is_extended = 1;
		call->record->call_flags |= RECORDER_FLAG_COMPAT;
	}
	operation_started(worker, call->record);
	if (call->is_compat)
		r = system->ioctl_compat(system->context, fd, call->request, call->argument);
	else
		r = system->loop->ioctl(system->loop->context, fd, call->request, call->argument);
	return_ns = clock_now_ns();
	if (r >= 0 && call->told)
		call->told(call, r);
	operation_end(worker, call->record, r, return_ns);
	return r;
}

/* --- filling in: 0, or -errno when the call is left out --- */

static int fill_nothing(struct worker *worker, const struct argument_value *arguments, struct device_call *call)
{
	return 0;
}

/* The argument behind the descriptor, as wild as it may be; the 32-bit entry sees half of it. */
static int fill_number(struct worker *worker, const struct argument_value *arguments, struct device_call *call)
{
	call->argument = (uintptr_t)arguments[ARGUMENT_AT(set_block_size, value)].low;
	call->record->is_extended = 1;
	call->record->value = call->is_compat ? (uint32_t)call->argument : call->argument;
	if (call->request == LOOP_SET_BLOCK_SIZE)
		call->record->block_size = (uint32_t)call->argument;
	return 0;
}
_Static_assert(ARGUMENT_AT(set_block_size, value) == ARGUMENT_AT(set_direct_io, value), "one function for both");

static int fill_any(struct worker *worker, const struct argument_value *arguments, struct device_call *call)
{
	call->request = (unsigned long)arguments[ARGUMENT_AT(ioctl, request)].low;
	call->argument = (uintptr_t)arguments[ARGUMENT_AT(ioctl, argument)].low;
	call->record->is_extended = 1;
	call->record->value = call->request;
	call->record->length = call->argument;
	return 0;
}

/* The descriptor to bind, and whose it is. */
static int note_bound(struct worker *worker, uint64_t file, struct device_call *call)
{
	const struct looprace_kernel *kernel = worker->shared->system->loop;
	struct recorder_record *record = call->record;
	struct stat status;

	record->is_extended = 1;
	if (!call->from) {
		const struct backing *backing = object_backing(worker, file);

		record->dev = backing->identity.dev;
		record->inode = backing->identity.inode;
		record->open_flags = (uint32_t)backing->open_flags;
		return backing->fd;
	}
	if (kernel->stat(kernel->context, call->from->fd, &status) == 0) {
		/* LOOP_GET_STATUS64 reports the node of a device, not the device behind it. */
		record->dev = status.st_dev;
		record->inode = status.st_ino;
	}
	record->value = (uint64_t)(call->from->device_index + 1);
	record->open_flags = (uint32_t)call->from->open_flags;
	return call->from->fd;
}

static int fill_file(struct worker *worker, const struct argument_value *arguments, struct device_call *call)
{
	call->argument = (uintptr_t)note_bound(worker, arguments[ARGUMENT_AT(set_fd, file)].low, call);
	return 0;
}
_Static_assert(ARGUMENT_AT(set_fd, file) == ARGUMENT_AT(change_fd, file), "one function for both");
_Static_assert(ARGUMENT_AT(set_fd, from) == ARGUMENT_AT(change_fd, from), "one function for all");
_Static_assert(ARGUMENT_AT(set_fd, from) == ARGUMENT_AT(configure, from), "one function for all");

/* @first: position of read_only; the four flags stand in the same order in both operations that have them. */
static uint32_t flags_of(const struct argument_value *arguments, size_t first)
{
	const struct argument_value *flags = arguments + first;

	return (flags[0].low ? LO_FLAGS_READ_ONLY : 0) | (flags[1].low ? LO_FLAGS_AUTOCLEAR : 0) |
	       (flags[2].low ? LO_FLAGS_PARTSCAN : 0) | (flags[3].low ? LO_FLAGS_DIRECT_IO : 0) |
	       (uint32_t)flags[4].low;
}
_Static_assert(ARGUMENT_AT(configure, flags) == ARGUMENT_AT(configure, read_only) + 4, "see flags_of()");
_Static_assert(ARGUMENT_AT(set_status, flags) == ARGUMENT_AT(set_status, read_only) + 4, "see flags_of()");

/* The key is all zeros, so that LO_CRYPT_XOR leaves every byte as it is and whoever reads need not know of it. */
static void note_encryption(const struct argument_value *arguments, size_t first, struct recorder_record *record)
{
	record->encrypt_type = (uint32_t)arguments[first].low;
	record->key_size = (uint32_t)arguments[first + 1].low;
	if (record->encrypt_type && !record->key_size)
		record->key_size = LO_KEY_SIZE;
}
_Static_assert(ARGUMENT_AT(configure, key_size) == ARGUMENT_AT(configure, encryption) + 1, "see note_encryption()");
_Static_assert(ARGUMENT_AT(set_status, key_size) == ARGUMENT_AT(set_status, encryption) + 1, "see note_encryption()");

static int fill_config(struct worker *worker, const struct argument_value *arguments, struct device_call *call)
{
	struct loop_config *config = operation_scratch(worker);
	struct recorder_record *record = call->record;
	const struct backing *backing;

	if (!config)
		return -ENOMEM;
	config->fd = (uint32_t)note_bound(worker, arguments[ARGUMENT_AT(configure, file)].low, call);
	config->block_size = (uint32_t)arguments[ARGUMENT_AT(configure, block_size)].low;
	config->info.lo_offset = arguments[ARGUMENT_AT(configure, offset)].low;
	config->info.lo_sizelimit = arguments[ARGUMENT_AT(configure, size_limit)].low;
	config->info.lo_flags = flags_of(arguments, ARGUMENT_AT(configure, read_only));
	note_encryption(arguments, ARGUMENT_AT(configure, encryption), record);
	config->info.lo_encrypt_type = record->encrypt_type;
	config->info.lo_encrypt_key_size = record->key_size;
	backing =
		call->from ? call->from->backing : object_backing(worker, arguments[ARGUMENT_AT(configure, file)].low);
	if (backing)
		snprintf((char *)config->info.lo_file_name, LO_NAME_SIZE, "%.*s", LO_NAME_SIZE - 1, backing->path);
	call->argument = (uintptr_t)config;
	record->detail = config->info.lo_flags;
	record->offset = config->info.lo_offset;
	record->length = config->info.lo_sizelimit;
	record->block_size = config->block_size;
	return 0;
}

/* A pointer that leads nowhere; false: a good one is asked for. */
static bool is_wild(const struct argument_value *pointer, struct device_call *call)
{
	if (pointer->low == POINTER_good)
		return false;
	call->argument = pointer->low == POINTER_null ? 0 : BAD_POINTER;
	call->told = NULL;
	call->record->is_extended = 1;
	call->record->call_flags |= RECORDER_FLAG_BAD_POINTER;
	call->record->value = pointer->low == POINTER_null;
	return true;
}

static void put_old_info(void *scratch, bool is_compat, const struct recorder_record *record)
{
	if (is_compat) {
		struct compat_loop_info *info = scratch;

		info->lo_offset = (int32_t)record->offset;
		info->lo_flags = (int32_t)record->detail;
		info->lo_encrypt_type = (int32_t)record->encrypt_type;
		info->lo_encrypt_key_size = (int32_t)record->key_size;
	} else {
		struct loop_info *info = scratch;

		info->lo_offset = (int)record->offset;
		info->lo_flags = (int)record->detail;
		info->lo_encrypt_type = (int)record->encrypt_type;
		info->lo_encrypt_key_size = (int)record->key_size;
	}
}

static int fill_status(struct worker *worker, const struct argument_value *arguments, struct device_call *call)
{
	struct recorder_record *record = call->record;
	struct loop_info64 *info = operation_scratch(worker);

	if (!info)
		return -ENOMEM;
	record->is_extended = 1;
	record->detail = flags_of(arguments, ARGUMENT_AT(set_status, read_only));
	record->offset = arguments[ARGUMENT_AT(set_status, offset)].low;
	record->length = arguments[ARGUMENT_AT(set_status, size_limit)].low;
	note_encryption(arguments, ARGUMENT_AT(set_status, encryption), record);
	call->argument = (uintptr_t)info;
	if (arguments[ARGUMENT_AT(set_status, layout)].low == LAYOUT_info) {
		/* Its offset has 32 bits, and a limit it has not: the kernel takes none. */
		record->call = RECORDER_CALL_set_status_old;
		record->offset = (uint64_t)(int64_t)(int32_t)record->offset;
		record->length = 0;
		call->request = LOOP_SET_STATUS;
		put_old_info(info, call->is_compat, record);
	} else {
		info->lo_offset = record->offset;
		info->lo_sizelimit = record->length;
		info->lo_flags = (uint32_t)record->detail;
		info->lo_encrypt_type = record->encrypt_type;
		info->lo_encrypt_key_size = record->key_size;
	}
	is_wild(&arguments[ARGUMENT_AT(set_status, pointer)], call);
	return 0;
}

void device_call_told_status(const struct device_call *call, int result)
{
	const struct loop_info64 *info = (const struct loop_info64 *)call->argument;
	struct recorder_record *record = call->record;

	record->is_extended = 1;
	record->dev = info->lo_device;
	record->inode = info->lo_inode;
	record->detail = info->lo_flags;
	record->offset = info->lo_offset;
	record->length = info->lo_sizelimit;
	record->encrypt_type = info->lo_encrypt_type;
	record->key_size = info->lo_encrypt_key_size;
}

static void told_old_status(const struct device_call *call, int result)
{
	struct recorder_record *record = call->record;

	if (call->is_compat) {
		const struct compat_loop_info *info = (const struct compat_loop_info *)call->argument;

		record->dev = info->lo_device;
		record->inode = info->lo_inode;
		record->detail = (uint32_t)info->lo_flags;
		record->offset = (uint64_t)(int64_t)info->lo_offset;
		record->encrypt_type = (uint32_t)info->lo_encrypt_type;
		record->key_size = (uint32_t)info->lo_encrypt_key_size;
	} else {
		const struct loop_info *info = (const struct loop_info *)call->argument;

		record->dev = info->lo_device;
		record->inode = info->lo_inode;
		record->detail = (uint32_t)info->lo_flags;
		record->offset = (uint64_t)(int64_t)info->lo_offset;
		record->encrypt_type = (uint32_t)info->lo_encrypt_type;
		record->key_size = (uint32_t)info->lo_encrypt_key_size;
	}
}

static int fill_status_wanted(struct worker *worker, const struct argument_value *arguments, struct device_call *call)
{
	void *scratch = operation_scratch(worker);

	if (!scratch)
		return -ENOMEM;
	call->record->is_extended = 1;
	call->argument = (uintptr_t)scratch;
	call->told = device_call_told_status;
	if (arguments[ARGUMENT_AT(get_status, layout)].low == LAYOUT_info) {
		call->record->call = RECORDER_CALL_get_status_old;
		call->request = LOOP_GET_STATUS;
		call->told = told_old_status;
	}
	is_wild(&arguments[ARGUMENT_AT(get_status, pointer)], call);
	return 0;
}

static int fill_partition(struct worker *worker, struct device_call *call, int operation, uint64_t number,
			  uint64_t start_bytes, uint64_t length_bytes)
{
	struct {
		struct blkpg_ioctl_arg argument;
		struct blkpg_partition partition;
	} *blkpg = operation_scratch(worker);

	if (!blkpg)
		return -ENOMEM;
	blkpg->argument.op = operation;
	blkpg->argument.datalen = sizeof(blkpg->partition);
	blkpg->argument.data = &blkpg->partition;
	blkpg->partition.pno = (int)number;
	blkpg->partition.start = (long long)start_bytes;
	blkpg->partition.length = (long long)length_bytes;
	call->argument = (uintptr_t)blkpg;
	call->record->is_extended = 1;
	call->record->value = number;
	call->record->offset = start_bytes;
	call->record->length = length_bytes;
	return 0;
}

static int fill_partition_add(struct worker *worker, const struct argument_value *arguments, struct device_call *call)
{
	return fill_partition(worker, call, BLKPG_ADD_PARTITION, arguments[ARGUMENT_AT(partition_add, number)].low,
			      arguments[ARGUMENT_AT(partition_add, start)].low,
			      arguments[ARGUMENT_AT(partition_add, length)].low);
}

static int fill_partition_delete(struct worker *worker, const struct argument_value *arguments,
				 struct device_call *call)
{
	return fill_partition(worker, call, BLKPG_DEL_PARTITION, arguments[ARGUMENT_AT(partition_delete, number)].low,
			      0, 0);
}

/* --- the table --- */

#define NOWHERE SIZE_MAX

struct ioctl_row {
	unsigned long request;
	enum recorder_call call;
	size_t compat; /* positions of arguments; NOWHERE: the operation has no such one */
	size_t from;
	int (*fill)(struct worker *worker, const struct argument_value *arguments, struct device_call *call);
};

static void device_ioctl(struct worker *worker, const struct argument_value *arguments, const struct ioctl_row *row)
{
	/* All operations below have their descriptor first. */
	uint64_t device_row = arguments[0].low;
	uint64_t from_row = row->from == NOWHERE ? SCENARIO_DESCRIPTOR_NONE : arguments[row->from].low;
	struct device_call call = { .request = row->request,
				    .is_compat = row->compat != NOWHERE && arguments[row->compat].low != 0 };
	struct descriptor *from;

	if (!descriptor_take_two(worker, device_row, from_row, &call.descriptor, &from))
		return;
	call.from = from;
	call.record = operation_begin(worker, row->call, call.descriptor);
	if (row->fill(worker, arguments, &call) == 0 && device_call_make(worker, call.descriptor->fd, &call) >= 0)
		worker_data_follow(&worker->data, call.record);
	descriptor_put(worker, from_row, from);
	descriptor_put(worker, device_row, call.descriptor);
}

/* X(operation and record call, request, filling function) */
#define PLAIN_IOCTLS(X)                                                                                                \
	X(flush_buffers, BLKFLSBUF, fill_nothing)                                                                      \
	X(partition_add, BLKPG, fill_partition_add)                                                                    \
	X(partition_delete, BLKPG, fill_partition_delete)                                                              \
	X(partition_reread, BLKRRPART, fill_nothing)
#define COMPAT_IOCTLS(X)                                                                                               \
	X(clr_fd, LOOP_CLR_FD, fill_nothing)                                                                           \
	X(set_status, LOOP_SET_STATUS64, fill_status)                                                                  \
	X(get_status, LOOP_GET_STATUS64, fill_status_wanted)                                                           \
	X(set_capacity, LOOP_SET_CAPACITY, fill_nothing)                                                               \
	X(set_direct_io, LOOP_SET_DIRECT_IO, fill_number)                                                              \
	X(set_block_size, LOOP_SET_BLOCK_SIZE, fill_number)
#define BINDING_IOCTLS(X)                                                                                              \
	X(set_fd, LOOP_SET_FD, fill_file)                                                                              \
	X(configure, LOOP_CONFIGURE, fill_config)                                                                      \
	X(change_fd, LOOP_CHANGE_FD, fill_file)

#define DEFINE(operation, row_request, row_call, compat_at, from_at, function)                                         \
	void op_##operation(struct worker *worker, const struct argument_value *arguments)                             \
	{                                                                                                              \
		static const struct ioctl_row row = { .request = (row_request),                                        \
						      .call = RECORDER_CALL_##row_call,                                \
						      .compat = (compat_at),                                           \
						      .from = (from_at),                                               \
						      .fill = (function) };                                            \
                                                                                                                       \
		device_ioctl(worker, arguments, &row);                                                                 \
	}
#define X(operation, request, function) DEFINE(operation, request, operation, NOWHERE, NOWHERE, function)
PLAIN_IOCTLS(X)
#undef X
#define X(operation, request, function)                                                                                \
	DEFINE(operation, request, operation, ARGUMENT_AT(operation, compat), NOWHERE, function)
COMPAT_IOCTLS(X)
#undef X
#define X(operation, request, function)                                                                                \
	DEFINE(operation, request, operation, ARGUMENT_AT(operation, compat), ARGUMENT_AT(operation, from), function)
BINDING_IOCTLS(X)
#undef X
DEFINE(ioctl, 0, other_ioctl, ARGUMENT_AT(ioctl, compat), NOWHERE, fill_any)
