/* SPDX-License-Identifier: Apache-2.0 */
/* A run as a table on the terminal, scenarios down and kernels across, in 80 columns. */
#pragma once

#include <stdio.h>

#include "harness/report/grid.h"

/**
 * table_print() - print the table
 * @stream:	where to
 * @grid:	what of
 * @has_color:	ANSI colours
 *
 * A place is one short word: PASS, VIOL, BROK, UNKN, SKIP, "known" for a pass with a known bug of the kernel, "flaky 2/10"
 * when two of ten repeats are violations, "UNKN 1/3" when one of three cannot tell; "-" where nothing ran.  A kernel is
 * called by as much of its release as tells it from the others.  Kernels that do not fit go into a further table below.
 */
void table_print(FILE *stream, const struct grid *grid, bool has_color);

/**
 * table_kernel_length() - how much of a kernel's release tells it from the others
 * @grid:	what of
 * @kernel:	below kernel_count
 *
 * Return: bytes, up to a '-' or a '+', or all: 5 for 6.1.0-56-cloud-amd64 where no other is 6.1.0.
 */
size_t table_kernel_length(const struct grid *grid, unsigned int kernel);

/**
 * table_print_kernel() - print that much of it
 * @stream:	where to
 * @grid:	what of
 * @kernel:	below kernel_count
 */
void table_print_kernel(FILE *stream, const struct grid *grid, unsigned int kernel);
