/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernels of a run: one name is one kernel, from the first cell to the last.
 *
 * A series such as 6.1 is another kernel after an update, a path another one after a build.  So what a name meant when the
 * first of its cells began is kept in the plan, and a run that is gone on with, or whose cells run elsewhere, wants that one.
 */
#pragma once

#include "harness/kernel.h"
#include "harness/run_plan.h"

struct run_kernels {
	const struct options *options;
	const struct paths *paths;
	const struct run_directory *directory;
	const struct run_scenarios *scenarios;
	struct run_plan *plan; /* its kernels grow */
};

/**
 * run_kernels_get() - get the kernel that a name means in this run
 * @kernels:	the run
 * @name:	as asked for; borrowed by the kernel
 * @wants_stop:	see struct kernel_request
 * @context:	likewise
 * @ret_kernel:	end it with kernel_fini(); written only on success
 *
 * When it returns, the plan on the disk tells which it is.
 *
 * Return: as kernel_prepare(); the reason was printed.
 */
int run_kernels_get(const struct run_kernels *kernels, const char *name, bool (*wants_stop)(void *context),
		    void *context, struct kernel *ret_kernel);
