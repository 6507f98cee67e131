/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine: it drives a scenario's workers against a kernel and writes what happened into the flight recorder.
 * It has no opinion: the judge reads the recorder.  The same engine runs as PID 1 in a guest, on the
 * running kernel (--here), and on a model of the loop driver in the tests.
 *
 *	supervisor (the caller's thread)            workers
 *	prepare backing files, recorder areas
 *	start threads ────────────────────────────> ready ─┐ all meet at the start line
 *	start line ──────────────────────────────────────> rounds: the program, again and again
 *	heartbeat, watchdog, stop requests ...
 *	end line: raise stop ────────────────────────────> finish the round, detach, put the pen down
 *	read left-over devices, release them
 */
#pragma once

#include "harness/recorder/recorder.h"
#include "harness/scenario/scenario.h"

#include <stdatomic.h>

struct engine_config {
	const struct scenario *scenario;
	struct recorder *recorder; /* formatted with one area for each worker, and perhaps one for the listener */
	uint64_t seed;
	const char *backing_dir; /* for the workers' backing files; unused with a model kernel */
	/* Raised from a signal handler to end early, or NULL. */
	const _Atomic int *interrupted;
	/* Plants a fault of the operation `fault`; NULL where that is not allowed. */
	int (*plant_fault)(enum fault fault);
	/* Called at every tick of the supervisor while the workers run, or NULL. */
	void (*progress)(void *context);
	void *progress_context;
};

/**
 * engine_missing_need() - can this scenario run here
 * @scenario:	a parsed scenario
 *
 * Return: NULL, or the name of the first need that the running kernel does not meet, static.
 */
const char *engine_missing_need(const struct scenario *scenario);

/**
 * engine_run() - run a scenario from set-up to clean-up
 * @config:	what to run
 *
 * Sets the recorder's phases run, drain and teardown, and leaves notes about stuck calls and left-over devices.  The
 * caller writes the trailer (recorder_finish()) when the result is 0.
 *
 * Return: 0; -ETIMEDOUT when a worker never came back from a call (its thread is still there: end the process);
 * -EPERM when the scenario plants faults and that is not allowed here; or -errno of the set-up, with a note
 * "broken what=..." that says which step.
 */
int engine_run(const struct engine_config *config);
