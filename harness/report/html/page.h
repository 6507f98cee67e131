/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run, or several, as one HTML page that needs nothing else: no script, no network, no font, no second file.  For
 * people who did not run it: what failed where, the proof as a picture and as text, the kernel log around it, and the
 * command that repeats it.
 *
 * The page is made of what is stored.  It reads console.log and scenario of a cell's folder where it can; cells whose
 * folder is gone are shown without.  Plots are drawn by gnuplot where it is installed; where it is not the page says so.
 */
#pragma once

/* So many cells are shown in full, VIOLATIONs first; of a place so many.  The others are a line each. */
#define PAGE_FULL_CELL_COUNT_MAX  200
#define PLACE_FULL_CELL_COUNT_MAX 3

/* report_html() itself is declared with the other formats, in reports.h. */
