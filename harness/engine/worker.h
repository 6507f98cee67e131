/* SPDX-License-Identifier: Apache-2.0 */
/* A worker: one thread that runs its group's program, round after round, between start line and end line. */
#pragma once

#include "core/looprace.h"
#include "harness/engine/backing.h"
#include "harness/engine/descriptor.h"
#include "harness/engine/operation_data.h"
#include "harness/engine/order.h"
#include "harness/engine/recording_kernel.h"
#include "harness/engine/system.h"
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
	_Atomic uint32_t open_count; /* workers that may still use a shared descriptor */
	/* -1: the scenario removes the module, which an open loop-control would hold; opened for each call instead. */
	int control_fd;
	int (*plant_fault)(enum fault fault);
	const struct system *system;
	const char *work_dir;	  /* for device nodes and mount points */
	struct backing *backings; /* as many as the scenario names */
	struct shared_descriptor descriptors[SCENARIO_DESCRIPTOR_COUNT_MAX];
	struct order order;
	struct rendezvous round_start; /* all workers, in an ordered scenario */
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
	struct descriptor descriptors[SCENARIO_DESCRIPTOR_COUNT_MAX]; /* its own; the first mirrors the handle */
	int got_index;						      /* what its last ctl_get_free returned, or -1 */
	bool is_mounted;
	int mounted_index; /* device that it has mounted */
	/* A page below 4 GiB for what an ioctl's pointer leads to, also through the 32-bit entry; NULL: not yet needed. */
	void *scratch;
	struct worker_data data;
	struct recorder_record unnoted; /* stands in for a record when the area is full */
	_Atomic pid_t thread_id;	/* for the watchdog: its kernel stack stands in /proc */
};

/**
 * worker_main() - body of a worker's thread
 * @argument:	struct worker, prepared by the supervisor
 *
 * Return: NULL.
 */
void *worker_main(void *argument);
