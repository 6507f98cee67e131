/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run, or several, as one HTML page that needs nothing else: no script, no network, no font, no second file.  For
 * people who did not run it: what failed where, the proof as a picture and as text, the kernel log around it, and the
 * command that repeats it.
 *
 * The page is made of what is stored.  It reads console.log and scenario of a cell's folder where it can; cells whose
 * folder is gone are shown without.
 */
#pragma once

#include "harness/report/reports.h"

/* So many cells are shown in full, VIOLATIONs first at each place; of a place so many.  The others are a line each. */
#define PAGE_FULL_CELL_COUNT_MAX  200
#define PLACE_FULL_CELL_COUNT_MAX 3

/**
 * report_html() - the page
 * @run:	cells in the order of report_order()
 * @page_directory: folder that the page will be written to: its links to evidence begin there; NULL: the current one
 *
 * Plots are drawn by gnuplot where it is installed; where it is not the page says so.
 *
 * Return: malloc'ed text; NULL when memory is short.
 */
char *report_html(const struct report_run *run, const char *page_directory);
