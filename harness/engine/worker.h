/* SPDX-License-Identifier: Apache-2.0 */
/* A worker: one thread that runs its group's program, round after round, between start line and end line. */
#pragma once

#include "core/looprace.h"
#include "harness/engine/backing.h"
#include "harness/engine/recording_kernel.h"
#include "harness/scenario/scenario.h"

#include <pthread.h>
#include <sys/types.h>

/* What all workers of a run share; written by the supervisor before they start. */
struct worker_shared {
	const struct scenario *scenario;
	struct rendezvous start_line; /* all workers and the supervisor */
	struct stop stop;	      /* the end line */
	struct stop abandon;	      /* somebody will never arrive: end all meetings */
	struct stop all_done;	      /* the last worker has ended */
	_Atomic uint32_t running_count;
	int control_fd;
	int (*plant_fault)(enum fault fault);
};

struct worker {
	pthread_t thread;
	unsigned int number; /* over all groups, from 0; its area in the recorder */
	const struct worker_group *group;
	struct rendezvous *meeting; /* of the group; NULL with align = free */
	struct worker_shared *shared;
	struct backing backing;
	struct recording_kernel recording;
	struct looprace_random random;
	struct looprace_handle handle;
	_Atomic pid_t thread_id; /* for the watchdog: its kernel stack stands in /proc */
};

/**
 * worker_main() - body of a worker's thread
 * @argument:	struct worker, prepared by the supervisor
 *
 * Return: NULL.
 */
void *worker_main(void *argument);
