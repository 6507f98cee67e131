/* SPDX-License-Identifier: Apache-2.0 */
/* Names to things; see objects.h. */
#include "harness/engine/objects.h"

#include "harness/engine/clock.h"
#include "harness/engine/operation_call.h"
#include "harness/engine/operation_functions.h"

bool descriptor_is_shared(const struct worker *worker, uint64_t row)
{
	return worker->shared->scenario->descriptors[row].is_shared;
}

/* Core's handle, as a descriptor. */
static struct descriptor *take_attached(struct worker *worker)
{
	struct descriptor *descriptor = &worker->descriptors[SCENARIO_DESCRIPTOR_ATTACHED];
	const struct recording_device *device;

	if (worker->handle.fd < 0)
		return NULL;
	device = recording_kernel_device(&worker->recording, worker->handle.fd);
	/* A mapping, if there is one, stays. */
	descriptor->fd = worker->handle.fd;
	descriptor->file = device ? device->file : 0;
	descriptor->device_index = worker->handle.index;
	descriptor->use_count = device ? device->use_count : NULL;
	return descriptor;
}

/* What is seen under the lock decides: once it is let go, another worker may open the descriptor. */
static struct descriptor *take_shared(struct shared_descriptor *shared)
{
	pthread_rwlock_rdlock(&shared->lock);
	if (shared->descriptor.fd >= 0)
		return &shared->descriptor;
	pthread_rwlock_unlock(&shared->lock);
	return NULL;
}

struct descriptor *descriptor_take(struct worker *worker, uint64_t row)
{
	struct descriptor *descriptor;

	if (row == SCENARIO_DESCRIPTOR_ATTACHED)
		return take_attached(worker);
	if (row >= SCENARIO_DESCRIPTOR_COUNT_MAX)
		return NULL;
	if (descriptor_is_shared(worker, row))
		return take_shared(&worker->shared->descriptors[row]);
	descriptor = &worker->descriptors[row];
	return descriptor->fd >= 0 ? descriptor : NULL;
}

struct descriptor *descriptor_take_slot(struct worker *worker, uint64_t row)
{
	if (row == SCENARIO_DESCRIPTOR_ATTACHED || row >= SCENARIO_DESCRIPTOR_COUNT_MAX)
		return NULL;
	if (!descriptor_is_shared(worker, row))
		return &worker->descriptors[row];
	pthread_rwlock_wrlock(&worker->shared->descriptors[row].lock);
	return &worker->shared->descriptors[row].descriptor;
}

void descriptor_put(struct worker *worker, uint64_t row, struct descriptor *descriptor)
{
	if (descriptor && row != SCENARIO_DESCRIPTOR_ATTACHED && descriptor_is_shared(worker, row))
		pthread_rwlock_unlock(&worker->shared->descriptors[row].lock);
}

bool descriptor_take_two(struct worker *worker, uint64_t first, uint64_t second, struct descriptor **ret_first,
			 struct descriptor **ret_second)
{
	bool in_order = first <= second;
	uint64_t lower_row = in_order ? first : second;
	uint64_t upper_row = in_order ? second : first;
	struct descriptor *lower = descriptor_take(worker, lower_row);
	struct descriptor *upper;

	if (!lower)
		return false;
	/* Nothing is above SCENARIO_DESCRIPTOR_NONE, so it can only be the second one. */
	upper = upper_row == SCENARIO_DESCRIPTOR_NONE ? NULL : descriptor_take(worker, upper_row);
	if (!upper && upper_row != SCENARIO_DESCRIPTOR_NONE) {
		descriptor_put(worker, lower_row, lower);
		return false;
	}
	*ret_first = in_order ? lower : upper;
	*ret_second = in_order ? upper : lower;
	return true;
}

struct backing *object_backing(struct worker *worker, uint64_t value)
{
	return value == SCENARIO_BACKING_OWN ? &worker->backing : &worker->shared->backings[value];
}

int object_device_index(const struct worker *worker, uint64_t value)
{
	if (value == SCENARIO_DEVICE_GOT)
		return worker->got_index;
	if (value >= SCENARIO_DEVICE_INDEX_FIRST)
		return (int)(value - SCENARIO_DEVICE_INDEX_FIRST);
	return (int)worker->shared->scenario->devices[value].index;
}

void descriptor_close(struct worker *worker, struct descriptor *descriptor)
{
	const struct looprace_kernel *kernel = worker->shared->system->loop;
	bool is_device = descriptor->device_index >= 0;
	struct recorder_record *record;
	bool is_last;
	int r;

	record = operation_begin(worker, is_device ? RECORDER_CALL_close : RECORDER_CALL_close_file, descriptor);
	record->is_extended = descriptor->use_count != NULL;
	operation_started(worker, record);
	r = kernel->close(kernel->context, descriptor->fd);
	is_last = recording_kernel_drop(descriptor->use_count);
	if (record->is_extended && is_last)
		record->call_flags = RECORDER_FLAG_LAST_CLOSE;
	operation_end(worker, record, r, clock_now_ns());
	*descriptor = DESCRIPTOR_NULL;
}

void objects_descriptors_close(struct worker *worker, bool shared)
{
	for (unsigned int row = 0; row < worker->shared->scenario->descriptor_count; row++) {
		struct argument_value argument = { .low = row, .high = row };

		if (descriptor_is_shared(worker, row) != shared)
			continue;
		op_unmap(worker, &argument);
		if (row != SCENARIO_DESCRIPTOR_ATTACHED)
			op_close(worker, &argument);
	}
}
