/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cells of a report as a table, kernels by scenarios: what a reader sees first, on the terminal as on a page.
 *
 * One place of it holds all repeats of a scenario on a kernel.  A place is flaky when some of them hold and others do
 * not: then neither PASS nor VIOLATION is its verdict.
 */
#pragma once

#include "harness/report/reports.h"

#define GRID_VERDICT_COUNT (VERDICT_VIOLATION + 1)

struct grid_place {
	const struct report_cell *cells; /* borrowed from the run; the repeats stand one behind the other */
	unsigned int cell_count;	 /* 0: nothing ran here */
	unsigned int verdict_counts[GRID_VERDICT_COUNT];
	enum verdict worst;
	bool is_flaky;
	bool has_known_bug; /* in some cell a known bug of the kernel was found */
};

struct grid {
	unsigned int kernel_count;
	const char **kernels; /* in the order of the cells, as kernels have versions; borrowed names */
	unsigned int scenario_count;
	const char **scenarios;	   /* by name; borrowed names */
	struct grid_place *places; /* see grid_place() */
};

/**
 * grid_make() - put the cells of a run into a table
 * @run:	whose cells are in the order of report_order()
 * @ret_grid:	end it with grid_fini(); written only on success
 *
 * Return: 0 or -ENOMEM.
 */
int grid_make(const struct report_run *run, struct grid *ret_grid);

/**
 * grid_place() - one place of the table
 * @grid:	from grid_make()
 * @kernel:	below kernel_count
 * @scenario:	below scenario_count
 *
 * Return: the place; its cell_count is 0 when nothing ran there.
 */
static inline const struct grid_place *grid_place(const struct grid *grid, unsigned int kernel, unsigned int scenario)
{
	return &grid->places[kernel * grid->scenario_count + scenario];
}

/**
 * grid_fini() - end a table
 * @grid:	all zero afterwards; may be all zero already
 */
void grid_fini(struct grid *grid);
