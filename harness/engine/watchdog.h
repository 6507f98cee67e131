/* SPDX-License-Identifier: Apache-2.0 */
/* The watchdog: names the worker, the call and its kernel stack when a call outlives the scenario's limit. */
#pragma once

#include "harness/engine/patience.h"
#include "harness/engine/worker.h"

struct watchdog {
	struct recorder *recorder;
	struct worker *workers;
	unsigned int worker_count;
	uint64_t call_limit_ns;
	bool *was_noted; /* one a worker: a call is noted once */
	unsigned int stuck_count;
	struct patience patience; /* of whoever looks; patience_look() is his to call */
};

/**
 * watchdog_init() - watch a run's workers
 * @watchdog:	ended by watchdog_fini()
 * @recorder:	where notes go; the watchdog runs in the one thread that writes notes
 * @workers:	@worker_count of them
 * @worker_count: how many
 * @call_limit_ns: longest time that a call may take
 *
 * Return: 0 or -ENOMEM.
 */
int watchdog_init(struct watchdog *watchdog, struct recorder *recorder, struct worker *workers,
		  unsigned int worker_count, uint64_t call_limit_ns);

/**
 * watchdog_look() - note every call that has outlived its limit and was not noted yet
 * @watchdog:	its stuck_count grows
 */
void watchdog_look(struct watchdog *watchdog);

/**
 * watchdog_note_stack() - note what the kernel does for a thread of ours
 * @recorder:	gets a note "stack worker=... text=..." for each line
 * @worker:	whose thread; -1: no worker's
 * @thread_id:	as of gettid()
 *
 * /proc/self/task/TID/stack needs root and CONFIG_STACKTRACE; without them nothing is noted.
 */
void watchdog_note_stack(struct recorder *recorder, int worker, pid_t thread_id);

/**
 * watchdog_fini() - end it
 * @watchdog:	from watchdog_init()
 */
void watchdog_fini(struct watchdog *watchdog);
