/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the workers of a group meet, to leave at the same time:
 *
 *	worker 0  ──────────┐ waits ······· │──> go
 *	worker 1  ───────────────┐ waits ·· │──> go
 *	worker 2  ──────────────────────────┘──> go      the last to arrive lets all go
 *
 * Members spin while each of them can have a CPU of its own, and leave within nanoseconds.  With more members than CPUs
 * spinning keeps the late ones from arriving (measured: 16 members on 2 CPUs met once in two seconds), so a member
 * that has spun for a while sleeps on a futex.
 * What this cannot do: workers that share one CPU leave one after the other, however they met.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "harness/engine/stop.h"

struct rendezvous {
	uint32_t member_count;
	uint32_t spin_count; /* looks before a member goes to sleep */
	_Atomic uint32_t arrived_count;
	_Atomic uint32_t generation; /* grows by one when all have met */
	/* Written by the last to arrive before it lets the others go, read by all after: do we go on? */
	bool goes_on;
};

/**
 * rendezvous_init() - before any member uses it
 * @rendezvous:		place to meet
 * @member_count:	how many must arrive, at least 1
 */
void rendezvous_init(struct rendezvous *rendezvous, uint32_t member_count);

/**
 * rendezvous_meet() - wait for all others
 * @rendezvous:	place to meet
 * @stop:	the run's end: the last to arrive looks at it, so that all members decide alike
 * @abandon:	raised when a member will never arrive; ends the wait
 *
 * Return: true when the round goes on; false when the run is to end.
 */
bool rendezvous_meet(struct rendezvous *rendezvous, const struct stop *stop, const struct stop *abandon);
