/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of a run as a file, matrix.json in its folder: written before the first cell begins, so that a run that was cut
 * off at any moment can be gone on with.
 *
 * It holds what the cells follow from (the command line with the seed, the exact texts of the scenarios) and not the cells:
 * see matrix.h.  Options of a matrix file are in the command line.  One thing is added later: which kernel a name means,
 * when it is known and before the first cell of it begins.
 */
#pragma once

#include "harness/kernel.h"
#include "harness/repeat.h"
#include "harness/run_scenarios.h"

#define RUN_PLAN_NAME "matrix.json"
/* In the environment of a job: the folder of the run that it is part of, whose kernels it is to use. */
#define RUN_PLAN_VARIABLE "LOOPRACE_PLAN"

struct run_plan_scenario {
	char *name; /* as it was asked for */
	char *text; /* exact */
};

struct run_plan_kernel {
	char *name; /* as it was asked for */
	struct kernel_identity identity;
};

struct run_plan {
	struct command_words command; /* "looprace", "run", ... */
	char *working_directory;      /* paths of the command line count from it */
	char *started_at;
	bool has_latest; /* of struct run_directory */
	unsigned int scenario_count;
	struct run_plan_scenario *scenarios;
	unsigned int kernel_count; /* of those that are known */
	struct run_plan_kernel *kernels;
};

/**
 * run_plan_write() - write matrix.json
 * @directory:	the run's folder
 * @plan:	all but its scenarios
 * @scenarios:	in their place
 * @ret_error:	one line that names the file; written only on failure
 *
 * Return: 0 or -errno.
 */
int run_plan_write(const char *directory, const struct run_plan *plan, const struct run_scenarios *scenarios,
		   struct report_error *ret_error);

/**
 * run_plan_read() - read matrix.json
 * @directory:	the run's folder
 * @ret_plan:	ended by run_plan_fini(); written only on success
 * @ret_error:	one line that names the file; written only on failure
 *
 * Return: 0, -ENOENT when there is none, -EINVAL when it is not what it should be, or another -errno.
 */
int run_plan_read(const char *directory, struct run_plan *ret_plan, struct report_error *ret_error);

/**
 * run_plan_add_kernel() - what a name means
 * @plan:	grows by one
 * @name:	copied, as are the texts of the identity
 * @identity:	the kernel
 *
 * Return: 0 or -ENOMEM.
 */
int run_plan_add_kernel(struct run_plan *plan, const char *name, const struct kernel_identity *identity);

/**
 * run_plan_take_kernels() - know what another plan knows
 * @plan:	knows none; its kernels are replaced
 * @from:	loses them
 */
void run_plan_take_kernels(struct run_plan *plan, struct run_plan *from);

/**
 * run_plan_find_kernel() - what a name means
 * @plan:	the plan
 * @name:	as asked for
 *
 * Return: borrowed; NULL when it is not known yet.
 */
const struct kernel_identity *run_plan_find_kernel(const struct run_plan *plan, const char *name);

/**
 * run_plan_fini() - end it
 * @plan:	all zero afterwards
 */
void run_plan_fini(struct run_plan *plan);
