/* SPDX-License-Identifier: Apache-2.0 */
/* Differences between kernels for people and for programs: what looprace diff prints. */
#pragma once

#include "harness/diff/differences.h"

#include <stdio.h>

struct diff_column {
	char name[96]; /* 6.1.192, or the release where that is not known; the second of the same kernel " (2)" */
	char release[96];
	struct kernel_version version;
	unsigned int copy; /* from 1 */
};

struct diff_output {
	const struct diff_column *columns; /* as many as the differences have kernels, by version */
	const struct differences *differences; /* sorted */
	unsigned int left_out_count; /* cells that were not compared */
};

/**
 * kernel_version_compare() - which is older
 * @left:	a version
 * @right:	another
 *
 * Return: less than, equal to or more than 0.
 */
int kernel_version_compare(const struct kernel_version *left, const struct kernel_version *right);

/**
 * diff_output_answers() - "5.10.262: -EAGAIN | 6.1.192 .. 7.3.4: 0"
 * @output:	for the kernels' names
 * @difference:	one of its differences
 *
 * Return: a string that the caller frees, or NULL.
 */
char *diff_output_answers(const struct diff_output *output, const struct difference *difference);

/**
 * diff_output_text() - for people
 * @stream:	where to
 * @output:	what is shown
 */
void diff_output_text(FILE *stream, const struct diff_output *output);

/**
 * diff_output_json() - for programs, see results/README.md
 * @output:	what is shown
 *
 * Return: a string that the caller frees, or NULL.
 */
char *diff_output_json(const struct diff_output *output);
