/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a kernel with CONFIG_FAULT_INJECTION, as Documentation/fault-injection/fault-injection.rst has them:
 *
 *	/proc/thread-self/fail-nth	N: the Nth place that the thread comes to fails, whatever kind it is of; reads 0
 *					when it did
 *	/proc/thread-self/make-it-fail	1: faults with a probability may hit this thread
 *	/sys/kernel/debug/KIND/		failslab, fail_page_alloc, fail_make_request: what they hit, and how often
 *
 * A descriptor of the first two is of the thread that opened it.  Reading and writing them allocates nothing, so they
 * cannot be hit themselves.
 */
#pragma once

#include "harness/scenario/operations.h"

#include <stdbool.h>

/**
 * fault_points_are_there() - has the running kernel got them
 *
 * Needs debugfs.
 */
bool fault_points_are_there(void);

/**
 * fault_points_open() - make the kernel ready for a kind of faults
 * @context:	unused, as in struct system
 * @kind:	not INJECTION_none
 * @percent:	how often; without a meaning for fail_nth
 *
 * All threads share the probability; whoever has not set theirs is not hit.
 *
 * Return: a descriptor for fault_points_set() of the calling thread, or -errno.
 */
int fault_points_open(void *context, enum injection_kind kind, unsigned int percent);

/**
 * fault_points_set() - turn it on or off for the thread
 * @context:	unused
 * @fd:		from fault_points_open()
 * @value:	fail_nth: N; others: 1; 0 turns it off
 *
 * Return: what it was before, which for fail_nth is how much of N is left; or -errno.
 */
int fault_points_set(void *context, int fd, unsigned int value);

/**
 * fault_points_close() - end it
 * @context:	unused
 * @fd:		from fault_points_open()
 *
 * Return: 0 or -errno.
 */
int fault_points_close(void *context, int fd);
