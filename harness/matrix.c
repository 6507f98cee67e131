/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of a run; see matrix.h for its order. */
#include "harness/matrix.h"

#include <errno.h>
#include <stdlib.h>

uint64_t matrix_count(const struct matrix_request *request)
{
	uint64_t count = 0;

	for (unsigned int i = 0; i < request->scenario_count; i++)
		count += request->boots_kernel[i] ? request->kernel_count : 1;
	return __builtin_mul_overflow(count, request->repeat_count, &count) ? UINT64_MAX : count;
}

/* The mixer of splitmix64 (Steele, Lea, Flood 2014): one to one, so no two repeats share a seed. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

uint64_t matrix_seed(uint64_t seed, unsigned int repeat_number)
{
	return repeat_number <= 1 ? seed : mix(seed + repeat_number * 0x9e3779b97f4a7c15u);
}

/* A plan that is being made. */
struct plan {
	const struct matrix_request *request;
	struct matrix_cell *cells;
	unsigned int count;
	unsigned int number; /* of the next cell of the whole matrix */
};

static void add(struct plan *plan, unsigned int kernel, unsigned int scenario, unsigned int repeat_number)
{
	const struct matrix_request *request = plan->request;
	unsigned int number = plan->number++;

	if (number % request->shard_count != request->shard_number - 1)
		return;
	plan->cells[plan->count++] = (struct matrix_cell){
		.number = number,
		.kernel = kernel,
		.scenario = scenario,
		.repeat_number = repeat_number,
		.seed = matrix_seed(request->seed, repeat_number),
	};
}

static void add_repeat(struct plan *plan, unsigned int repeat_number)
{
	const struct matrix_request *request = plan->request;

	for (unsigned int scenario = 0; scenario < request->scenario_count; scenario++)
		if (!request->boots_kernel[scenario])
			add(plan, MATRIX_NO_KERNEL, scenario, repeat_number);
	for (unsigned int kernel = 0; kernel < request->kernel_count; kernel++)
		for (unsigned int scenario = 0; scenario < request->scenario_count; scenario++)
			if (request->boots_kernel[scenario])
				add(plan, kernel, scenario, repeat_number);
}

int matrix_plan(const struct matrix_request *request, struct matrix_cell **ret_cells, unsigned int *ret_count)
{
	uint64_t count = matrix_count(request);
	struct plan plan = { .request = request };

	if (count > MATRIX_CELL_COUNT_MAX)
		return -E2BIG;
	plan.cells = calloc(count + 1, sizeof(*plan.cells));
	if (!plan.cells)
		return -ENOMEM;
	for (unsigned int repeat_number = 1; repeat_number <= request->repeat_count; repeat_number++)
		add_repeat(&plan, repeat_number);
	*ret_cells = plan.cells;
	*ret_count = plan.count;
	return 0;
}
