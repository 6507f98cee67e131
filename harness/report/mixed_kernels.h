/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report knows a kernel by its release, but two builds may have the same: a package before and after an update, a tree
 * before and after `make`, two loop drivers.  Where that is so in one report it is said.
 */
#pragma once

#include <stdio.h>

#include "harness/report/reports.h"

/**
 * mixed_kernels_print() - a line for each release of which the cells ran on different builds
 * @stream:	where to
 * @prefix:	before each line
 * @cells:	in the order of report_order()
 * @cell_count:	how many
 *
 * Cells that do not know their kernel count as none.
 */
void mixed_kernels_print(FILE *stream, const char *prefix, const struct report_cell *cells, unsigned int cell_count);
