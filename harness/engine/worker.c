/* SPDX-License-Identifier: Apache-2.0 */
/* The rounds of a worker; see worker.h.  What an operation does stands in operation.c. */
#include "harness/engine/worker.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/engine/operation.h"
#include "harness/engine/operation_call.h"
#include "harness/engine/operation_functions.h"

/*
 * A round starts only when this many records still fit: a containerd attach of 199 lost tries needs five records for
 * each.  So an area that fills up ends the run in good order, with every release recorded.
 */
#define ROUND_RECORD_COUNT 1024

static bool has_room(struct worker *worker)
{
	struct recorder_writer *writer = &worker->recording.writer;

	if (writer->capacity_count - writer->count >= ROUND_RECORD_COUNT)
		return true;
	/* Relaxed: a mark for readers that come after the run. */
	atomic_store_explicit(&writer->area->is_full, 1, memory_order_relaxed);
	stop_raise(&worker->shared->stop);
	return false;
}

static bool round_begins(struct worker *worker, uint64_t round)
{
	const struct scenario *scenario = worker->shared->scenario;

	/* A group's members all count the same rounds, so that all leave before a meeting or none does. */
	if (scenario->round_count != 0 && round > scenario->round_count)
		return false;
	has_room(worker);
	if (scenario->is_ordered)
		return rendezvous_meet(&worker->shared->round_start, &worker->shared->stop, &worker->shared->abandon);
	if (worker->meeting)
		return rendezvous_meet(worker->meeting, &worker->shared->stop, &worker->shared->abandon);
	return !stop_is_raised(&worker->shared->stop);
}

static void run_rounds(struct worker *worker)
{
	for (uint64_t round = 1; round_begins(worker, round); round++) {
		worker->recording.round = (uint32_t)round;
		for (unsigned int i = 0; i < worker->group->call_count; i++) {
			const struct operation_call *call = &worker->group->calls[i];

			operation_run(worker, call);
			if (call->label >= 0)
				order_pass(&worker->shared->order, (unsigned int)call->label);
		}
	}
}

/* What a program leaves behind: unmounted, unmapped, detached and closed, and recorded. */
static void release(struct worker *worker)
{
	struct worker_shared *shared = worker->shared;

	worker->recording.line = 0;
	injection_set(&worker->recording.injection, shared->system, INJECTION_none, 0);
	op_unmount(worker, NULL);
	objects_descriptors_close(worker, false);
	if (worker->handle.fd >= 0)
		operation_release(worker);
	/* Acquire and release: the last one sees what the others have opened, and nobody uses it any more. */
	if (atomic_fetch_sub_explicit(&shared->open_count, 1, memory_order_acq_rel) == 1)
		objects_descriptors_close(worker, true);
	if (worker->scratch)
		munmap(worker->scratch, OPERATION_SCRATCH_BYTES);
	worker_data_fini(&worker->data);
}

void *worker_main(void *argument)
{
	struct worker *worker = argument;
	struct worker_shared *shared = worker->shared;

	/* Relaxed: the watchdog tolerates an old value, it reads 0 as "not started". */
	atomic_store_explicit(&worker->thread_id, (pid_t)syscall(SYS_gettid), memory_order_relaxed);
	if (rendezvous_meet(&shared->start_line, &shared->stop, &shared->abandon))
		run_rounds(worker);
	release(worker);
	recorder_writer_fini(&worker->recording.writer);
	/* Release and acquire: the supervisor reads what the workers wrote after the last of them has ended. */
	if (atomic_fetch_sub_explicit(&shared->running_count, 1, memory_order_acq_rel) == 1)
		stop_raise(&shared->all_done);
	return NULL;
}
