/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PURE: which of a row of kernels is to be tested next, when the first one is good and the last one is bad, and what has
 * come of it.
 *
 * The results so far are all there is to know, so a search that was interrupted goes on by asking again.  As with git
 * bisect a kernel that cannot be tested is skipped: its neighbours are tested instead.  The row goes from good to bad;
 * whether that is upwards in versions is the caller's business.
 */
#pragma once

#include <stdbool.h>

enum bisect_result {
	BISECT_UNTESTED,
	BISECT_GOOD,
	BISECT_BAD,
	BISECT_SKIP, /* cannot be tested */
};

/* What is known; the prose of each is the caller's. */
enum bisect_state {
	BISECT_UNFINISHED,
	BISECT_NOT_GOOD, /* the first kernel is not good: there is nothing to search for */
	BISECT_NOT_BAD,	 /* the last kernel is not bad */
	BISECT_FOUND,	 /* a good and a bad kernel, and nothing between them that could be tested */
};

struct bisect_range {
	enum bisect_state state;
	unsigned int good;	    /* the nearest good kernel below @bad; only when the ends are good and bad */
	unsigned int bad;	    /* the first bad kernel; likewise */
	unsigned int skipped_count; /* kernels between the two that were skipped */
	unsigned int step_count;    /* about how many more have to be tested */
};

/**
 * bisect_range() - what the results so far tell
 * @results:	one for each kernel, from the one that should be good to the one that should be bad
 * @count:	at least 2
 *
 * Return: the range in which the change lies.
 */
struct bisect_range bisect_range(const enum bisect_result *results, unsigned int count);

/**
 * bisect_next() - which kernel to test now
 * @results:	as above
 * @count:	at least 2
 *
 * First the two ends, because a search between ends that are not what they should be finds nothing but noise; then the
 * untested kernel nearest to the middle of the range.
 *
 * Return: its index, or @count when the search is over.
 */
unsigned int bisect_next(const enum bisect_result *results, unsigned int count);

/* The runs of one kernel. */
struct bisect_runs {
	unsigned int run_count; /* that were wanted */
	unsigned int good_count;
	unsigned int bad_count;
};

/**
 * bisect_judge() - what the runs of a kernel make of it
 * @runs:	how they ended
 *
 * Return: BISECT_BAD when any is bad, BISECT_GOOD when all are good, BISECT_SKIP otherwise.
 */
enum bisect_result bisect_judge(const struct bisect_runs *runs);

/**
 * bisect_miss_chance() - how likely a bad kernel passed for good
 * @rate:	of the runs of a bad kernel that are bad, 0 to 1
 * @run_count:	runs of each kernel
 *
 * Return: the chance that none of @run_count runs is bad although the kernel is.
 */
double bisect_miss_chance(double rate, unsigned int run_count);
