/* SPDX-License-Identifier: Apache-2.0 */
/* From the cells of a run to a table; see grid.h. */
#include "harness/report/grid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/checks.h"

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static unsigned int find_name(const char *const *names, unsigned int count, const char *name)
{
	unsigned int i = 0;

	while (i < count && strcmp(names[i], name) != 0)
		i++;
	return i;
}

/* Appends each name once. */
static void collect_names(const struct report_run *run, const char *(*name_of)(const struct report_cell *cell),
			  const char **names, unsigned int *count)
{
	for (unsigned int i = 0; i < run->cell_count; i++) {
		const char *name = name_of(&run->cells[i]);

		if (find_name(names, *count, name) == *count)
			names[(*count)++] = name;
	}
}

static bool has_known_bug(const struct judgement *judgement)
{
	for (unsigned int i = 0; i < judgement->finding_count; i++)
		if (judgement->findings[i].known_count > 0)
			return true;
	return false;
}

static void add_cell(struct grid_place *place, const struct report_cell *cell)
{
	enum verdict verdict = cell->judgement->verdict;

	if (place->cell_count++ == 0)
		place->cells = cell;
	place->verdict_counts[verdict]++;
	if (verdict > place->worst)
		place->worst = verdict;
	place->is_flaky = place->verdict_counts[VERDICT_PASS] && place->verdict_counts[VERDICT_VIOLATION];
	place->has_known_bug |= has_known_bug(cell->judgement);
}

int grid_make(const struct report_run *run, struct grid *ret_grid)
{
	struct grid grid = {
		.kernels = calloc(run->cell_count + 1, sizeof(*grid.kernels)),
		.scenarios = calloc(run->cell_count + 1, sizeof(*grid.scenarios)),
	};

	if (grid.kernels && grid.scenarios) {
		collect_names(run, report_kernel, grid.kernels, &grid.kernel_count);
		collect_names(run, report_scenario, grid.scenarios, &grid.scenario_count);
		qsort(grid.scenarios, grid.scenario_count, sizeof(*grid.scenarios), compare_names);
		grid.places = calloc((size_t)grid.kernel_count * grid.scenario_count + 1, sizeof(*grid.places));
	}
	if (!grid.places) {
		grid_fini(&grid);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < run->cell_count; i++) {
		const struct report_cell *cell = &run->cells[i];
		unsigned int kernel = find_name(grid.kernels, grid.kernel_count, report_kernel(cell));
		unsigned int scenario = find_name(grid.scenarios, grid.scenario_count, report_scenario(cell));

		add_cell(&grid.places[kernel * grid.scenario_count + scenario], cell);
	}
	*ret_grid = grid;
	return 0;
}

void grid_fini(struct grid *grid)
{
	free(grid->kernels);
	free(grid->scenarios);
	free(grid->places);
	memset(grid, 0, sizeof(*grid));
}
