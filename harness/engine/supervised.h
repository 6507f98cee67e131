/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Something to be done after the run, under the eyes of the watchdog: it runs in a thread of its own, so that a call
 * that never returns is named with its kernel stack as a worker's would be, and the supervisor's heart goes on beating.
 */
#pragma once

#include "harness/recorder/recorder.h"

#include "core/looprace.h"

struct supervision {
	struct recorder *recorder;
	const struct looprace_kernel *kernel; /* that answers */
	uint64_t call_limit_ns;		      /* longest time that a call may take */
	void (*beat)(void *context);	      /* called again and again while it lasts */
	void *beat_context;
};

/**
 * supervised_run() - do it
 * @supervision:	borrowed
 * @function:	gets a door to the kernel whose calls are timed, and may write notes
 * @context:	for @function; after -ETIMEDOUT it must stay where it is
 *
 * A call that outlives the limit is noted as "stuck worker=-1 ...".
 *
 * Return: 0; -ETIMEDOUT when a call did not come back (its thread is still there: end the process); -ENOMEM, or -EAGAIN
 * when there is no thread to be had.
 */
int supervised_run(const struct supervision *supervision,
		   void (*function)(const struct looprace_kernel *kernel, void *context), void *context);
