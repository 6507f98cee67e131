/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A word on which everybody may wait and which only ever changes once: "stop", "all ready", "all done".
 *
 * Waits are futex waits, so a worker in a backoff pause or a hold leaves it at once when the run ends, and a pause ends
 * when its timer fires and not when somebody polls.  The timer is the one that clock_nanosleep() uses.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct stop {
	_Atomic uint32_t word; /* 0, then 1 for ever */
};

/**
 * stop_raise() - set the word and wake everybody who waits for it
 * @stop:	shared by all
 */
void stop_raise(struct stop *stop);

/**
 * stop_is_raised() - look without waiting
 * @stop:	shared by all
 *
 * Return: true once it is raised.  Relaxed load: it decides only whether to go on, no data travels with it.
 */
static inline bool stop_is_raised(const struct stop *stop)
{
	return atomic_load_explicit(&((struct stop *)stop)->word, memory_order_relaxed) != 0;
}

/**
 * stop_wait() - wait until it is raised or the time is over
 * @stop:		shared by all
 * @duration_ns:	longest wait; 0 returns at once
 *
 * Return: true when it is raised.
 */
bool stop_wait(struct stop *stop, uint64_t duration_ns);
