/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of paired runs: sorted, so that the median stands in the middle and the extremes at the ends. */
#pragma once

#include <stddef.h>
#include <stdlib.h>

static inline int pairs_compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/**
 * pairs_sort() - smallest first
 * @values:	@count figures
 * @count:	how many
 */
static inline void pairs_sort(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), pairs_compare);
}
