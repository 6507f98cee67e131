/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's half of the operation table: one function op_<name>() a row.  The table expands into the dispatch below,
 * so a row without its function does not compile.
 */
#include "harness/engine/operation.h"

#include "harness/engine/clock.h"
#include "harness/engine/operation_call.h"
#include "harness/engine/operation_functions.h"

static struct looprace_attach_request attach_request(struct worker *worker, const struct argument_value *arguments)
{
	return (struct looprace_attach_request){
		.backing_path = worker->backing.path,
		.backing_fd = worker->backing.fd,
		.control_fd = worker->shared->control_fd,
		.read_only = arguments[ARGUMENT_AT(attach, read_only)].low != 0,
		.autoclear = arguments[ARGUMENT_AT(attach, autoclear)].low != 0,
		.direct_io = arguments[ARGUMENT_AT(attach, direct_io)].low != 0,
		.partition_scan = arguments[ARGUMENT_AT(attach, partition_scan)].low != 0,
		.offset_bytes = arguments[ARGUMENT_AT(attach, offset)].low,
		.size_limit_bytes = arguments[ARGUMENT_AT(attach, size_limit)].low,
		.block_size_bytes = (uint32_t)arguments[ARGUMENT_AT(attach, block_size)].low,
		.policy = looprace_policy_at((unsigned int)arguments[ARGUMENT_AT(attach, policy)].low),
		.api = (enum looprace_api)arguments[ARGUMENT_AT(attach, api)].low,
		.try_count_max = (unsigned int)arguments[ARGUMENT_AT(attach, tries)].low,
		.budget_ns = arguments[ARGUMENT_AT(attach, budget)].low,
		.random = &worker->random,
	};
}

static uint32_t lost_count(const struct looprace_attach_counts *counts)
{
	uint32_t sum = 0;

	for (unsigned int stage = 0; stage < LOOPRACE_STAGE_COUNT; stage++)
		sum += counts->lost_count[stage];
	return sum;
}

void op_attach(struct worker *worker, const struct argument_value *arguments)
{
	struct recording_kernel *recording = &worker->recording;
	struct looprace_attach_request request = attach_request(worker, arguments);
	struct looprace_attach_counts counts;
	uint64_t start_ns;
	int r;

	/* A program that attaches twice moves on to the next device; each worker holds one. */
	if (worker->handle.fd >= 0)
		operation_release(worker);
	recording->try_number = 0;
	recording_kernel_arm(recording, worker->meeting);
	start_ns = recording_kernel_span_begins(recording);
	r = looprace_attach(&recording->kernel, &request, &worker->handle, &counts);
	recording_kernel_span(recording, RECORDER_CALL_attach, r == 0 ? worker->handle.index : -1, r,
			      (uint64_t)counts.stage << 32 | lost_count(&counts), start_ns);
	if (r == 0)
		worker->data.offset_bytes = request.offset_bytes;
	recording_kernel_disarm(recording);
	recording->try_number = 0;
	recorder_count(&recording->writer, r == 0, lost_count(&counts));
}

void operation_release(struct worker *worker)
{
	struct recording_kernel *recording = &worker->recording;
	const struct argument_value attached = { .low = SCENARIO_DESCRIPTOR_ATTACHED };
	int index = worker->handle.index;
	uint64_t start_ns;
	int r;

	/* A mapping would hold the device open. */
	op_unmap(worker, &attached);
	start_ns = recording_kernel_span_begins(recording);
	r = looprace_detach(&recording->kernel, &worker->handle);
	recording_kernel_span(recording, RECORDER_CALL_detach, index, r, 0, start_ns);
}

void op_detach(struct worker *worker, const struct argument_value *arguments)
{
	if (worker->handle.fd >= 0)
		operation_release(worker);
}

void op_close(struct worker *worker, const struct argument_value *arguments)
{
	uint64_t row = arguments[ARGUMENT_AT(close, descriptor)].low;
	struct descriptor *descriptor;

	op_unmap(worker, arguments);
	if (row == SCENARIO_DESCRIPTOR_ATTACHED && worker->handle.fd >= 0)
		looprace_close(&worker->recording.kernel, &worker->handle);
	descriptor = descriptor_take_slot(worker, row);
	if (descriptor && descriptor->fd >= 0)
		descriptor_close(worker, descriptor);
	descriptor_put(worker, row, descriptor);
}

static bool attaches(const struct worker_group *group)
{
	for (unsigned int i = 0; i < group->call_count; i++)
		if (group->calls[i].operation == OPERATION_attach)
			return true;
	return false;
}

void op_hold(struct worker *worker, const struct argument_value *arguments)
{
	uint64_t low_ns = arguments[0].low;
	uint64_t span_ns = arguments[0].high - low_ns;

	/* Only who holds a device holds it; a loser goes on at once. */
	if (worker->handle.fd >= 0 || !attaches(worker->group))
		stop_wait(&worker->shared->stop, low_ns + looprace_random_below(&worker->random, span_ns + 1));
}

void op_fault(struct worker *worker, const struct argument_value *arguments)
{
	struct recording_kernel *recording = &worker->recording;
	struct recorder_record *record;
	int r;

	if (recording->round != arguments[1].low)
		return;
	record = recorder_begin(&recording->writer, RECORDER_CALL_fault);
	if (!record)
		return;
	record->round = recording->round;
	recorder_started(&recording->writer, clock_now_ns());
	r = worker->shared->plant_fault((enum fault)arguments[0].low);
	recorder_end(&recording->writer, r, clock_now_ns());
}

void operation_run(struct worker *worker, const struct operation_call *call)
{
	static void (*const functions[OPERATION_COUNT])(struct worker *, const struct argument_value *) = {
#define OPERATION(name, summary) [OPERATION_##name] = op_##name,
#define ARGUMENT(operation, name, type, fallback, summary)
		LOOPRACE_OPERATIONS(OPERATION, ARGUMENT)
#undef OPERATION
#undef ARGUMENT
	};

	worker->recording.line = (uint16_t)call->line;
	functions[call->operation](worker, call->arguments);
}
