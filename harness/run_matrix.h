/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running a plan: as many cells at the same time as there are jobs, each in a process of its own, and kernels made ready
 * beside them.
 *
 * With one job cells run in the order of the plan, a kernel is got when the first of its cells is next, and each cell shows
 * its own progress.  With more, kernels are got ahead, a cell whose kernel is not ready is passed over, and one line shows
 * the whole.
 */
#pragma once

#include "harness/matrix.h"
#include "harness/run_cell.h"
#include "harness/run_plan.h"
#include "harness/run_scenarios.h"

struct run_matrix {
	struct run run;
	struct run_plan *plan; /* what kernels are is added */
	const struct run_scenarios *scenarios;
	const char *const *kernels; /* names */
	unsigned int kernel_count;
	const struct matrix_cell *cells;
	unsigned int cell_count;
	const bool *has_verdict; /* by cell: there is nothing to do for it */
	unsigned int job_count;
	uint64_t end_ns; /* nothing new begins afterwards; 0: no such time */
};

struct run_matrix_outcome {
	unsigned int judged_count;
	unsigned int failed_count;	       /* cells without a judgement: the reason was printed */
	unsigned int refused_count;	       /* cells that did not run and left nothing, likewise */
	unsigned int unstored_violation_count; /* judged, but that could not be stored, likewise */
	unsigned int not_run_count; /* not begun: the user's wish, the budget, or a kernel that cannot be had */
	bool is_budget_over;	    /* and cells were left */
	int exit_code; /* of what could not be done apart from cells, such as a kernel; the reason was printed */
};

/**
 * run_matrix() - run the cells that have no verdict
 * @matrix:	what is to be done
 * @ret_outcome: always written
 *
 * Ends in good order when interrupt_was_asked(): what runs is asked to end and keeps its evidence, nothing new begins.
 */
void run_matrix(const struct run_matrix *matrix, struct run_matrix_outcome *ret_outcome);
