/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How sure one can be of a rate that was seen a few times: the interval of Clopper and Pearson.  It is exact: whatever
 * the true rate is, in at most 5 of 100 such experiments the interval misses it.  For 2 of 10 it is 2.5 % to 55.6 %,
 * which says better than "20 %" how little ten runs tell.
 *
 * PURE, like the judge: no I/O, no clock, no global state.
 */
#pragma once

#include <stdint.h>

struct interval {
	double low; /* 0 to 1 */
	double high;
};

/**
 * interval_of_rate() - the 95 % interval of Clopper and Pearson
 * @hit_count:	how often it was seen; more than @try_count counts as @try_count
 * @try_count:	how often it was looked for; 0: nothing is known, 0 to 1
 *
 * Return: the interval; the rate that was seen lies in it.
 */
struct interval interval_of_rate(uint64_t hit_count, uint64_t try_count);
