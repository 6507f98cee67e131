/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Failures that are asked for: inside the calls of one worker something fails, memory or I/O, by the kernel's own fault
 * injection (Documentation/fault-injection).
 *
 * It is turned on for the worker's thread just before a call and off just after it, so that nothing else of the harness
 * is hit: not the clock, not the flight recorder, not what other workers do.  With fail_nth the kernel tells whether it
 * came to the Nth place where something can fail; with the others nobody knows, so each call may have been hit.
 */
#pragma once

#include "harness/engine/system.h"
#include "harness/recorder/recorder.h"
#include "harness/scenario/operations.h"

struct injection {
	const struct system *system;
	enum injection_kind kind;
	unsigned int value; /* fail_nth: N; others: percent */
	int fd;		    /* of the thread; -1: nothing is to be injected */
	uint64_t hit_count; /* calls that were hit, or may have been */
	bool is_armed;
};
#define INJECTION_NULL ((struct injection){ .fd = -1 })

/**
 * injection_set() - from now on, until the next time
 * @injection:	of the calling thread
 * @system:	which kernel
 * @kind:	what to inject
 * @value:	fail_nth: N; others: percent
 *
 * Where the kernel refuses it, nothing is injected, and no call is recorded as hit: [expect] injected notices.
 */
void injection_set(struct injection *injection, const struct system *system, enum injection_kind kind,
		   unsigned int value);

/**
 * injection_arm() - the next thing is the call
 * @injection:	of the calling thread
 * @call:	which; waiting, spans and what touches memory of the harness are left alone
 */
void injection_arm(struct injection *injection, enum recorder_call call);

/**
 * injection_disarm() - it has returned
 * @injection:	of the calling thread; may not be armed
 *
 * Return: true when something failed inside the call, or may have.
 */
bool injection_disarm(struct injection *injection);
