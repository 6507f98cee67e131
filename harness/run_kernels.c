/* SPDX-License-Identifier: Apache-2.0 */
/* What a name means, once and for all; see run_kernels.h. */
#include "harness/run_kernels.h"

#include <errno.h>
#include <stdio.h>

static int remember(const struct run_kernels *kernels, const struct kernel *kernel)
{
	struct report_error error = { "out of memory" };
	int r = run_plan_add_kernel(kernels->plan, kernel->name, &kernel->identity);

	if (r == 0)
		r = run_plan_write(kernels->directory->path, kernels->plan, kernels->scenarios, &error);
	if (r < 0)
		fprintf(stderr, "looprace run: %s\n", error.text);
	return r;
}

int run_kernels_get(const struct run_kernels *kernels, const char *name, bool (*wants_stop)(void *context),
		    void *context, struct kernel *ret_kernel)
{
	const struct kernel_request request = {
		.options = kernels->options,
		.paths = kernels->paths,
		.name = name,
		.wanted = run_plan_find_kernel(kernels->plan, name),
		.wants_stop = wants_stop,
		.context = context,
	};
	struct kernel kernel;
	int r = kernel_prepare(&request, &kernel);

	if (r == 0 && !request.wanted) {
		r = remember(kernels, &kernel);
		if (r < 0)
			kernel_fini(&kernel);
	}
	if (r == 0)
		*ret_kernel = kernel;
	return r;
}
