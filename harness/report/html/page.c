/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page as a whole; see page.h.
 *
 * Its size is bounded: only so many cells are shown in full, of each place only the first few, and what they quote is
 * bounded itself.  A reader who wants another one finds its folder and the command.
 */
#include "harness/report/html/page.h"

#include <stdlib.h>

#include "harness/report/html/mark.h"
#include "harness/report/html/parts.h"

/* --- head --- */

/* No script may run and nothing may be loaded, whatever got into the page. */
static void put_head(const struct page *page, struct mark mark)
{
	html_put(page->html,
		 "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
		 "'unsafe-inline'; img-src data:\">\n"
		 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		 "<title>looprace: %s, %u cells</title>\n",
		 mark.word, page->run->cell_count);
	page_put_style(page->html);
	html_put(page->html, "</head>\n<body>\n");
}

static void put_totals(const struct page *page)
{
	static const enum verdict order[] = { VERDICT_VIOLATION, VERDICT_BROKEN, VERDICT_UNKNOWN, VERDICT_PASS,
					      VERDICT_SKIP };

	html_put(page->html, "<p>%u cell%s on %u kernel%s:", page->run->cell_count,
		 page->run->cell_count == 1 ? "" : "s", page->grid.kernel_count,
		 page->grid.kernel_count == 1 ? "" : "s");
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		struct mark mark = mark_of_verdict(order[i]);
		unsigned int count = 0;

		for (unsigned int c = 0; c < page->run->cell_count; c++)
			count += page->run->cells[c].judgement->verdict == order[i];
		if (count > 0)
			html_put(page->html, " <span class=\"mark %s\">%s %u %s</span>", mark.style, mark.symbol, count,
				 mark.word);
	}
	html_put(page->html, "</p>\n");
}

static void put_run(const struct page *page)
{
	const struct report_run *run = page->run;

	html_put(page->html, "<p class=\"faint\">");
	if (run->started_at)
		html_put(page->html, "Began %s", run->started_at);
	if (run->total_ns > 0) {
		html_put(page->html, ", took ");
		html_put_duration(page->html, run->total_ns);
	}
	if (run->command_line)
		html_put(page->html, "; <code>%s</code>", run->command_line);
	html_put(page->html, "</p>\n");
	if (run->is_interrupted)
		html_put(page->html, "<p><strong>Interrupted: what did not run is missing here.</strong></p>\n");
}

static void put_way(const struct page *page)
{
	html_put(page->html, "<nav><a href=\"#matrix\">Matrix</a> ");
	if (page_has_flaky(page))
		html_put(page->html, "<a href=\"#flaky\">Flaky</a> ");
	if (page_has_known_bugs(page))
		html_put(page->html, "<a href=\"#known\">Known bugs</a> ");
	html_put(page->html, "<a href=\"#costs\">Latency and collisions</a> <a href=\"#cells\">Cells</a></nav>\n");
}

/* --- cells --- */

static void put_place_cells(struct page *page, const struct grid_place *place)
{
	unsigned int full_count = 0;

	for (unsigned int i = 0; i < place->cell_count; i++) {
		enum verdict verdict = place->cells[i].judgement->verdict;
		bool needs_reader = verdict != VERDICT_PASS && verdict != VERDICT_SKIP;
		bool is_full = needs_reader && full_count < PLACE_FULL_CELL_COUNT_MAX &&
			       page->full_cell_count < PAGE_FULL_CELL_COUNT_MAX;

		full_count += is_full;
		page->full_cell_count += is_full;
		page_put_cell(page, &place->cells[i], is_full);
	}
}

static void put_cells(struct page *page)
{
	const struct grid *grid = &page->grid;

	html_put(page->html,
		 "<p class=\"faint\">Shown in full: VIOLATION, BROKEN and UNKNOWN, of each scenario on each kernel the "
		 "first %d, and no more than %d in all. Times count from the start line, by the clock of the "
		 "guest.</p>\n",
		 PLACE_FULL_CELL_COUNT_MAX, PAGE_FULL_CELL_COUNT_MAX);
	for (unsigned int scenario = 0; scenario < grid->scenario_count; scenario++)
		for (unsigned int kernel = 0; kernel < grid->kernel_count; kernel++)
			put_place_cells(page, grid_place(grid, kernel, scenario));
}

/* --- all of it --- */

static void put_page(struct page *page)
{
	struct mark mark = mark_of_verdict(report_worst_verdict(page->run->cells, page->run->cell_count));

	put_head(page, mark);
	html_put(page->html, "<header>\n<h1>looprace <span class=\"mark %s\">%s %s</span></h1>\n", mark.style,
		 mark.symbol, mark.word);
	put_totals(page);
	put_run(page);
	put_way(page);
	html_put(page->html, "</header>\n<main>\n<h2 id=\"matrix\">Matrix</h2>\n");
	page_put_matrix(page);
	if (page_has_flaky(page)) {
		html_put(page->html, "<h2 id=\"flaky\">Flaky</h2>\n");
		page_put_flaky(page);
	}
	if (page_has_known_bugs(page)) {
		html_put(page->html, "<h2 id=\"known\">Known bugs</h2>\n");
		page_put_known_bugs(page);
	}
	html_put(page->html, "<h2 id=\"costs\">Latency and collisions</h2>\n");
	page_put_costs(page);
	html_put(page->html, "<h2 id=\"cells\">Cells</h2>\n");
	put_cells(page);
	html_put(page->html,
		 "</main>\n<footer><p class=\"faint\">looprace %s; all of this is made from the stored "
		 "results.</p></footer>\n</body>\n</html>\n",
		 LOOPRACE_VERSION);
}

char *report_html(const struct report_run *run)
{
	struct page page = { .run = run };

	if (grid_make(run, &page.grid) < 0)
		return NULL;
	page.html = html_begin();
	if (page.html)
		put_page(&page);
	grid_fini(&page.grid);
	return html_end(page.html);
}
