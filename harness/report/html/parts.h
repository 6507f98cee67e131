/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the page, one a file.  Only page.c and these files know each other. */
#pragma once

#include "harness/report/grid.h"
#include "harness/report/html/html.h"

struct page {
	struct html *html;
	const struct report_run *run;
	struct grid grid;
	unsigned int full_cell_count; /* shown in full so far */
};

/* style.c: the style sheet, markup and all. */
void page_put_style(struct html *html);

/* matrix.c: the table of all places, with links to their cells; and what in it is flaky, or a known bug. */
void page_put_matrix(const struct page *page);
void page_put_flaky(const struct page *page);
void page_put_known_bugs(const struct page *page);
bool page_has_flaky(const struct page *page);
bool page_has_known_bugs(const struct page *page);

/* costs.c: what attaching cost, as plots and as a table. */
void page_put_costs(const struct page *page);

/* cell.c: one cell, in full or as what is left of it when it is folded. */
void page_put_cell(struct page *page, const struct report_cell *cell, bool is_full);

/* finding.c: what a rule found, with its proof. */
void page_put_finding(const struct page *page, const struct report_cell *cell, const struct finding *finding,
		      bool is_full);

/* evidence.c: what stands in the cell's folder. */
void page_put_log(const struct page *page, const struct report_cell *cell);
void page_put_scenario(const struct page *page, const struct report_cell *cell);
void page_put_folder(const struct page *page, const struct report_cell *cell);

/* machine.c: where it ran: kernel, emulator, traits. */
void page_put_machine(const struct page *page, const struct report_cell *cell);

/* The number of a cell in the anchors: "#cell-N". */
static inline unsigned int page_cell_number(const struct page *page, const struct report_cell *cell)
{
	return (unsigned int)(cell - page->run->cells) + 1;
}
