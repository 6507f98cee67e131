/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a command line to a run that is ready to begin: its scenarios, its cells and its folder with the plan in it; or
 * from the folder of a run that was cut off to the same.
 *
 * All that can be wrong with the command line is found here, and told on standard error: then nothing is left behind.
 */
#pragma once

#include "harness/matrix.h"
#include "harness/run_plan.h"
#include "harness/run_scenarios.h"
#include "harness/scenario/matrix_file.h"

struct run_setup {
	struct options options; /* in force; its lists are owned here, its strings borrowed */
	struct paths paths;
	struct matrix_file matrix; /* its names are borrowed by the options */
	struct run_scenarios scenarios;
	struct run_plan plan; /* its scenarios are there when it was read back */
	struct matrix_cell *cells;
	unsigned int cell_count;
	unsigned int whole_count; /* of the cells of all shards */
	bool *has_verdict;	  /* by cell */
	unsigned int verdict_count;
	struct run_directory directory;
	int lock_fd; /* of the folder: nobody else writes it */
	uint64_t seed;
};
#define RUN_SETUP_NULL ((struct run_setup){ .lock_fd = -1 })

/**
 * run_setup_new() - begin a run
 * @asked:	the command line
 * @setup:	RUN_SETUP_NULL; end it with run_setup_fini(), also on failure
 *
 * Return: 0 or an exit code of the program; the reason was printed.
 */
int run_setup_new(const struct options *asked, struct run_setup *setup);

/**
 * run_setup_resume() - go on with one
 * @asked:	the command line: resume_dir, job_count, budget_ns, engine and json count
 * @setup:	as above; its verdict_count is cell_count when there is nothing left to run
 *
 * What cells without a verdict have left is removed.
 *
 * Return: 0 or an exit code of the program; the reason was printed.
 */
int run_setup_resume(const struct options *asked, struct run_setup *setup);

/**
 * run_setup_plan() - the cells of a setup whose options, seed and scenarios are there
 * @setup:	its cells are filled in
 *
 * Return: 0 or an exit code of the program; the reason was printed.
 */
int run_setup_plan(struct run_setup *setup);

/**
 * run_setup_fini() - end it; its folder stays
 * @setup:	RUN_SETUP_NULL afterwards
 */
void run_setup_fini(struct run_setup *setup);
