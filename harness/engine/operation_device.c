/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and doubling descriptors.  A name that is open already is closed first, as an attach moves on to the next. */
#include <errno.h>
#include <fcntl.h>
#include <linux/major.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/engine/clock.h"
#include "harness/engine/operation_call.h"
#include "harness/engine/operation_functions.h"

#define PATH_BYTES 512

static int mode_flags(uint64_t mode)
{
	return mode == MODE_rw ? O_RDWR : mode == MODE_wo ? O_WRONLY : O_RDONLY;
}

static struct descriptor *take_closed_slot(struct worker *worker, uint64_t row)
{
	struct argument_value argument = { .low = row, .high = row };
	struct descriptor *slot;

	op_unmap(worker, &argument);
	slot = descriptor_take_slot(worker, row);
	if (slot && slot->fd >= 0)
		descriptor_close(worker, slot);
	return slot;
}

/* A shared descriptor may be doubled by several at once, so its description is counted from the start. */
static bool count_uses(struct descriptor *descriptor)
{
	if (descriptor->use_count)
		return true;
	descriptor->use_count = malloc(sizeof(*descriptor->use_count));
	if (descriptor->use_count)
		atomic_init(descriptor->use_count, 1);
	return descriptor->use_count != NULL;
}

/* open(), noted; @slot says what is opened, and becomes open. */
static int open_noted(struct worker *worker, enum recorder_call call, const char *path, uint64_t row,
		      struct descriptor *slot)
{
	const struct looprace_kernel *kernel = worker->shared->system->loop;
	struct recorder_record *record = operation_begin(worker, call, slot);
	uint32_t file = recording_kernel_new_file(&worker->recording);
	uint64_t return_ns;
	int fd;

	record->is_extended = 1;
	record->open_flags = (uint32_t)slot->open_flags;
	if (slot->backing) {
		record->dev = slot->backing->identity.dev;
		record->inode = slot->backing->identity.inode;
	}
	operation_started(worker, record);
	fd = kernel->open(kernel->context, path, slot->open_flags);
	return_ns = clock_now_ns();
	if (fd >= 0) {
		record->file = slot->file = file;
		slot->fd = fd;
	}
	operation_end(worker, record, fd, return_ns);
	if (fd < 0)
		*slot = DESCRIPTOR_NULL;
	else if (descriptor_is_shared(worker, row))
		count_uses(slot);
	return fd;
}

/* /dev/loopN, its partition, or a node of our own. */
static int device_path(struct worker *worker, const struct descriptor *slot, bool is_own_node, char *ret_path)
{
	const struct system *system = worker->shared->system;

	if (is_own_node) {
		snprintf(ret_path, PATH_BYTES, "%s/looprace-node-%u", worker->shared->work_dir, worker->number);
		return system->make_node(system->context, ret_path, LOOP_MAJOR, (unsigned int)slot->device_index);
	}
	if (slot->partition != 0)
		snprintf(ret_path, PATH_BYTES, "/dev/loop%dp%u", slot->device_index, slot->partition);
	else
		snprintf(ret_path, PATH_BYTES, "/dev/loop%d", slot->device_index);
	return 0;
}

void op_open(struct worker *worker, const struct argument_value *arguments)
{
	const struct system *system = worker->shared->system;
	uint64_t row = arguments[ARGUMENT_AT(open, as)].low;
	bool is_own_node = arguments[ARGUMENT_AT(open, own_node)].low != 0;
	int index = object_device_index(worker, arguments[ARGUMENT_AT(open, device)].low);
	char path[PATH_BYTES];
	struct descriptor *slot;

	if (index < 0)
		return;
	slot = take_closed_slot(worker, row);
	if (!slot)
		return;
	slot->device_index = index;
	slot->partition = (uint8_t)arguments[ARGUMENT_AT(open, partition)].low;
	slot->is_direct = arguments[ARGUMENT_AT(open, direct)].low != 0;
	slot->open_flags = mode_flags(arguments[ARGUMENT_AT(open, mode)].low) | (slot->is_direct ? O_DIRECT : 0) |
			   (arguments[ARGUMENT_AT(open, exclusive)].low ? O_EXCL : 0);
	if (device_path(worker, slot, is_own_node, path) == 0)
		open_noted(worker, RECORDER_CALL_open, path, row, slot);
	else
		*slot = DESCRIPTOR_NULL;
	if (is_own_node)
		system->remove_node(system->context, path);
	descriptor_put(worker, row, slot);
}

void op_open_file(struct worker *worker, const struct argument_value *arguments)
{
	uint64_t row = arguments[ARGUMENT_AT(open_file, as)].low;
	const struct backing *backing = object_backing(worker, arguments[ARGUMENT_AT(open_file, file)].low);
	struct descriptor *slot;

	if (backing->path[0] == '\0')
		return;
	slot = take_closed_slot(worker, row);
	if (!slot)
		return;
	slot->backing = backing;
	slot->is_direct = arguments[ARGUMENT_AT(open_file, direct)].low != 0;
	slot->open_flags = mode_flags(arguments[ARGUMENT_AT(open_file, mode)].low) | (slot->is_direct ? O_DIRECT : 0) |
			   (arguments[ARGUMENT_AT(open_file, path_only)].low ? O_PATH : 0);
	open_noted(worker, RECORDER_CALL_open_file, backing->path, row, slot);
	descriptor_put(worker, row, slot);
}

/* Of core's handle the count stands where core's close() looks. */
static bool count_uses_of(struct worker *worker, uint64_t row, struct descriptor *source)
{
	struct recording_device *device;

	if (!count_uses(source))
		return false;
	if (row == SCENARIO_DESCRIPTOR_ATTACHED) {
		device = recording_kernel_device(&worker->recording, source->fd);
		if (device)
			device->use_count = source->use_count;
	}
	return true;
}

static void dup_noted(struct worker *worker, struct descriptor *source, struct descriptor *slot)
{
	const struct system *system = worker->shared->system;
	struct recorder_record *record = operation_begin(worker, RECORDER_CALL_dup, source);
	uint64_t return_ns;
	int fd;

	operation_started(worker, record);
	fd = system->dup(system->context, source->fd);
	return_ns = clock_now_ns();
	operation_end(worker, record, fd, return_ns);
	if (fd < 0)
		return;
	/* Relaxed: the source is in our hands, so the count cannot fall to 0 meanwhile. */
	atomic_fetch_add_explicit(source->use_count, 1, memory_order_relaxed);
	*slot = *source;
	slot->fd = fd;
	slot->map = NULL;
	slot->map_at_bytes = slot->map_bytes = 0;
}

void op_dup(struct worker *worker, const struct argument_value *arguments)
{
	uint64_t source_row = arguments[ARGUMENT_AT(dup, descriptor)].low;
	uint64_t slot_row = arguments[ARGUMENT_AT(dup, as)].low;
	bool source_first = source_row < slot_row;
	struct descriptor *source = NULL;
	struct descriptor *slot;

	if (source_row == slot_row)
		return;
	/* In the order of the rows, as in descriptor_take_two(). */
	if (source_first)
		source = descriptor_take(worker, source_row);
	slot = source_first && !source ? NULL : take_closed_slot(worker, slot_row);
	if (!source_first)
		source = descriptor_take(worker, source_row);
	if (source && slot && count_uses_of(worker, source_row, source))
		dup_noted(worker, source, slot);
	descriptor_put(worker, slot_row, slot);
	descriptor_put(worker, source_row, source);
}
