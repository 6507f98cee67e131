/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at the workers' pending calls, through the same slots that the host reads; see watchdog.h. */
#include "harness/engine/watchdog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/engine/clock.h"

#define HIDDEN_ADDRESS "[<0>] "

int watchdog_init(struct watchdog *watchdog, struct recorder *recorder, struct worker *workers,
		  unsigned int worker_count, uint64_t call_limit_ns)
{
	*watchdog = (struct watchdog){
		.recorder = recorder,
		.workers = workers,
		.worker_count = worker_count,
		.call_limit_ns = call_limit_ns,
		.was_noted = calloc(worker_count, sizeof(bool)),
	};
	return watchdog->was_noted ? 0 : -ENOMEM;
}

void watchdog_note_stack(struct recorder *recorder, int worker, pid_t thread_id)
{
	char path[64];
	char line[256];
	FILE *stack;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stack", (int)thread_id);
	stack = fopen(path, "re");
	if (!stack)
		return;
	while (fgets(line, sizeof(line), stack)) {
		line[strcspn(line, "\n")] = '\0';
		/* "[<0>] " stands for an address that the kernel does not tell. */
		recorder_note(recorder, "stack worker=%d text=%s", worker,
			      line + (strncmp(line, HIDDEN_ADDRESS, strlen(HIDDEN_ADDRESS)) == 0
					      ? strlen(HIDDEN_ADDRESS)
					      : 0));
	}
	fclose(stack);
}

/* Is a worker in a call that the kernel should have answered by now? */
static bool is_stuck(const struct watchdog *watchdog, const struct worker *worker, struct recorder_record *ret_record,
		     uint64_t *ret_duration_ns)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t duration_ns;

	if (!recorder_pending(watchdog->recorder, worker->number, ret_record))
		return false;
	/* Relaxed: a private copy. */
	duration_ns = patience_duration_ns(&watchdog->patience,
					   atomic_load_explicit(&ret_record->call_ns, memory_order_relaxed), now_ns);
	/* A pause is as long as its policy says, and who waits for another worker is not the one that is stuck. */
	if (ret_record->call == RECORDER_CALL_pause || ret_record->call == RECORDER_CALL_after ||
	    duration_ns < watchdog->call_limit_ns)
		return false;
	*ret_duration_ns = duration_ns;
	return true;
}

void watchdog_look(struct watchdog *watchdog)
{
	for (unsigned int i = 0; i < watchdog->worker_count; i++) {
		struct worker *worker = &watchdog->workers[i];
		struct recorder_record record;
		uint64_t duration_ns;

		if (watchdog->was_noted[i] || !is_stuck(watchdog, worker, &record, &duration_ns))
			continue;
		watchdog->was_noted[i] = true;
		watchdog->stuck_count++;
		recorder_note(watchdog->recorder, "stuck worker=%u call=%s index=%d for_ns=%llu", worker->number,
			      recorder_call_text(record.call), record.device_index, (unsigned long long)duration_ns);
		/* Relaxed: see worker_main(). */
		watchdog_note_stack(watchdog->recorder, (int)worker->number,
				    atomic_load_explicit(&worker->thread_id, memory_order_relaxed));
	}
}

void watchdog_fini(struct watchdog *watchdog)
{
	free(watchdog->was_noted);
	watchdog->was_noted = NULL;
}
