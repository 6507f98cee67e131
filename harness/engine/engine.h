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
 *	try out all devices, where the machine is ours
 */
#pragma once

#include "harness/recorder/recorder.h"
#include "harness/scenario/scenario.h"

#include <stdatomic.h>

/* The least that a call may take when the workers have ended and what they leave is looked at. */
#define ENGINE_TEARDOWN_CALL_LIMIT_NS 60000000000ULL

struct engine_config {
	const struct scenario *scenario;
	struct recorder *recorder; /* formatted with one area for each worker, and perhaps one for the listener */
	uint64_t seed;
	const char *backing_dir; /* for the workers' backing files; unused with a model kernel */
	/* Raised from a signal handler to end early, or NULL. */
	const _Atomic int *interrupted;
	/* The machine is the run's own: engine_find_refusal() does not count. */
	bool is_virtual_machine;
	/* Plants a fault of the operation `fault`, inserts a module for module_insert; NULL outside a virtual machine. */
	int (*plant_fault)(enum fault fault);
	int (*insert_module)(const char *name);
	/* Called at every tick of the supervisor while the workers run, or NULL. */
	void (*progress)(void *context);
	void *progress_context;
};

/**
 * engine_needs() - what a scenario cannot do without
 * @scenario:	a parsed scenario
 *
 * Return: its own `needs` and those of its operations; bit 1 << enum need.
 */
uint32_t engine_needs(const struct scenario *scenario);

/**
 * engine_missing_need() - can this scenario run here
 * @scenario:	a parsed scenario
 *
 * Return: NULL, or the name of the first need that the running kernel does not meet, static.
 */
const char *engine_missing_need(const struct scenario *scenario);

/**
 * engine_find_refusal() - does a scenario do what only a virtual machine is for
 * @scenario:	a parsed scenario
 * @ret_text:	what it does, such as "this scenario mounts (line 12)"; written only when it does
 * @text_bytes:	room in @ret_text
 *
 * Faults, mounts, the module, device nodes, devices by number, and changes to devices that somebody else may have bound.
 * With a model kernel only faults are refused.
 *
 * Return: true when it does.
 */
bool engine_find_refusal(const struct scenario *scenario, char *ret_text, size_t text_bytes);

/**
 * engine_run() - run a scenario from set-up to clean-up
 * @config:	what to run
 *
 * Sets the recorder's phases run, drain and teardown, and leaves notes about stuck calls and left-over devices.  The
 * caller writes the trailer (recorder_finish()) when the result is 0.
 *
 * Return: 0; -ETIMEDOUT when a worker never came back from a call (its thread is still there: end the process);
 * -EPERM when the scenario does what only a virtual machine is for, and this is none; or -errno of the set-up, with a note
 * "broken what=..." that says which step.
 */
int engine_run(const struct engine_config *config);
