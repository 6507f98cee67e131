/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of the cells in a report.  It is made from what the cells say of themselves, to the last doubt, so that
 * shards, batch jobs and a run of one machine merge to the same report in whatever order they are named.
 */
#include "harness/report/reports.h"

#include <stdlib.h>
#include <string.h>

#include "harness/report/checks.h"

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_places(const struct report_cell *a, const struct report_cell *b)
{
	int order = strverscmp(report_kernel(a), report_kernel(b));

	/* "1.01" and "1.1" differ, whatever strverscmp() says of others. */
	if (order == 0)
		order = strcmp(report_kernel(a), report_kernel(b));
	return order ? order : strcmp(report_scenario(a), report_scenario(b));
}

static int compare(const void *left, const void *right)
{
	const struct report_cell *a = left, *b = right;
	int order = compare_places(a, b);

	if (order == 0)
		order = compare_numbers(a->record->repeat_number, b->record->repeat_number);
	if (order == 0)
		order = compare_texts(a->record->started_at, b->record->started_at);
	if (order == 0)
		order = compare_numbers(a->record->seed, b->record->seed);
	if (order == 0)
		order = compare_numbers(a->record->total_ns, b->record->total_ns);
	return order ? order : compare_texts(a->directory, b->directory);
}

bool report_same_place(const struct report_cell *a, const struct report_cell *b)
{
	return compare_places(a, b) == 0;
}

void report_order(struct report_cell *cells, unsigned int cell_count)
{
	qsort(cells, cell_count, sizeof(*cells), compare);
	for (unsigned int i = 0; i < cell_count; i++) {
		bool has_previous = i > 0 && report_same_place(&cells[i - 1], &cells[i]);
		bool has_next = i + 1 < cell_count && report_same_place(&cells[i], &cells[i + 1]);

		cells[i].repeat = has_previous ? cells[i - 1].repeat + 1 : has_next;
	}
}
