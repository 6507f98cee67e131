/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See figures.h.  Percentiles of repeats cannot be summed up to a percentile of all; their median is what a repeat in the
 * middle would say.  Histograms can be, and are.
 */
#include "harness/report/html/figures.h"

#include <errno.h>
#include <stdlib.h>

static int compare_numbers(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

static uint64_t median(uint64_t *numbers, unsigned int count)
{
	qsort(numbers, count, sizeof(*numbers), compare_numbers);
	return numbers[count / 2];
}

static void add_times(struct figures *figures, const struct judgement_counts *counts)
{
	if (!judgement_has_attach_times(counts)) {
		figures->untimed_cell_count++;
		return;
	}
	for (unsigned int loss = 0; loss < ATTACH_LOSS_COUNT; loss++)
		histogram_add(&figures->times[loss], &counts->attach_times[loss]);
}

int figures_of(const struct grid_place *place, struct figures *ret_figures)
{
	uint64_t *p50s = calloc(place->cell_count + 1, sizeof(*p50s));
	uint64_t *p99s = calloc(place->cell_count + 1, sizeof(*p99s));
	struct figures figures = { 0 };
	unsigned int count = 0;
	int r = -ENOMEM;

	for (unsigned int i = 0; p50s && p99s && i < place->cell_count; i++) {
		const struct judgement_counts *counts = &place->cells[i].judgement->counts;

		if (counts->attach_count == 0)
			continue;
		figures.attach_count += counts->attach_count;
		figures.run_ns += counts->run_ns;
		figures.try_count += counts->try_count;
		figures.lost_try_count += counts->lost_try_count;
		figures.bind_count += counts->bind_count;
		figures.lost_bind_count += counts->lost_bind_count;
		if (counts->attach_max_ns > figures.max_ns)
			figures.max_ns = counts->attach_max_ns;
		add_times(&figures, counts);
		p50s[count] = counts->attach_p50_ns;
		p99s[count++] = counts->attach_p99_ns;
	}
	if (count > 0) {
		figures.p50_ns = median(p50s, count);
		figures.p99_ns = median(p99s, count);
	}
	if (p50s && p99s) {
		*ret_figures = figures;
		r = 0;
	}
	free(p50s);
	free(p99s);
	return r;
}

struct histogram figures_times(const struct figures *figures)
{
	struct histogram times = figures->times[0];

	for (unsigned int loss = 1; loss < ATTACH_LOSS_COUNT; loss++)
		histogram_add(&times, &figures->times[loss]);
	return times;
}

double figures_percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}
