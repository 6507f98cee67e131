/* SPDX-License-Identifier: Apache-2.0 */
/* What attaching cost at each place of the table, over all its repeats. */
#pragma once

#include "harness/report/grid.h"

struct figures {
	uint64_t attach_count; /* 0: no attach got a device; then all of it is 0 */
	uint64_t run_ns;
	uint64_t try_count;
	uint64_t lost_try_count;
	uint64_t bind_count;
	uint64_t lost_bind_count;
	uint64_t p50_ns; /* the median of the repeats' */
	uint64_t p99_ns; /* likewise */
	uint64_t max_ns; /* the longest of all */
	struct histogram times[ATTACH_LOSS_COUNT]; /* of all attaches, but for those of the cells below */
	unsigned int untimed_cell_count;	   /* judged by an older looprace, which kept no histograms */
};

/**
 * figures_of() - sum up a place
 * @place:	of a grid
 * @ret_figures: written only on success
 *
 * Return: 0 or -ENOMEM.
 */
int figures_of(const struct grid_place *place, struct figures *ret_figures);

/**
 * figures_times() - how long all attaches took, however many tries they lost
 * @figures:	of a place
 *
 * Return: the sum of its histograms.
 */
struct histogram figures_times(const struct figures *figures);

/**
 * figures_percent() - a share
 * @part:	of @whole
 * @whole:	0: nothing was there, nothing is lost
 *
 * Return: 0 to 100.
 */
double figures_percent(uint64_t part, uint64_t whole);
