/* SPDX-License-Identifier: Apache-2.0 */
/* The one clock of a run: CLOCK_MONOTONIC in ns, read through the vDSO, so that a read costs no system call. */
#pragma once

#include <stdint.h>
#include <time.h>

/**
 * clock_now_ns() - now
 *
 * Return: ns since an arbitrary point, never 0 on a running machine.
 */
static inline uint64_t clock_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
