/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page as a whole; see page.h.
 *
 * Its size is bounded: only so many cells are shown in full, of each place only the first few, and what they quote is
 * bounded itself.  A reader who wants another one finds its folder and the command.
 */
#include "harness/report/html/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/html/mark.h"
#include "harness/report/html/parts.h"
#include "harness/report/mixed_kernels.h"

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

/* One release, several builds: what looks flaky may be two drivers. */
static void put_mixed_kernels(const struct page *page)
{
	char *text = NULL, *rest, *line;
	size_t text_bytes;
	FILE *stream = open_memstream(&text, &text_bytes);

	if (!stream)
		return;
	mixed_kernels_print(stream, "", page->run->cells, page->run->cell_count);
	if (fclose(stream) == 0)
		for (rest = text; (line = strsep(&rest, "\n")) && *line;)
			html_put(page->html, "<p><strong>Note:</strong> %s</p>\n", line);
	free(text);
}

static void put_run(const struct page *page)
{
	const struct report_run *run = page->run;

	html_put(page->html, "<p class=\"faint\">");
	if (run->started_at)
		html_put(page->html, "The first cell began %s", run->started_at);
	if (run->total_ns > 0) {
		html_put(page->html, "; %s took ", run->cell_count == 1 ? "it" : "all cells together");
		html_put_duration(page->html, run->total_ns);
	}
	if (run->command_line)
		html_put(page->html, "; <code>%s</code>", run->command_line);
	html_put(page->html, "</p>\n");
	if (run->is_interrupted)
		html_put(page->html, "<p><strong>Interrupted: what did not run is missing here.</strong></p>\n");
	put_mixed_kernels(page);
}

static void put_way(const struct page *page, unsigned int bad_count)
{
	html_put(page->html, "<nav><a href=\"#matrix\">Matrix</a> ");
	if (page_has_flaky(page))
		html_put(page->html, "<a href=\"#flaky\">Flaky</a> ");
	if (bad_count > 0)
		html_put(page->html, "<a href=\"#bad\">Not well</a> ");
	if (page_has_known_bugs(page))
		html_put(page->html, "<a href=\"#known\">Known bugs</a> ");
	html_put(page->html, "<a href=\"#costs\">Latency and collisions</a>");
	if (bad_count < page->run->cell_count)
		html_put(page->html, " <a href=\"#cells\">What holds</a>");
	html_put(page->html, "</nav>\n");
}

/* --- cells --- */

/* Worst first, as everywhere. */
static const enum verdict not_well[] = { VERDICT_VIOLATION, VERDICT_BROKEN, VERDICT_UNKNOWN };
#define NOT_WELL_COUNT (sizeof(not_well) / sizeof(not_well[0]))

static unsigned int not_well_count(const struct grid_place *place)
{
	unsigned int count = 0;

	for (size_t i = 0; i < NOT_WELL_COUNT; i++)
		count += place->verdict_counts[not_well[i]];
	return count;
}

static unsigned int all_not_well_count(const struct page *page)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < page->grid.kernel_count * page->grid.scenario_count; i++)
		count += not_well_count(&page->grid.places[i]);
	return count;
}

/* The cells of a place with a verdict; @worse_count cells of the place were shown before. */
static void put_not_well_of_place(struct page *page, const struct grid_place *place, enum verdict verdict,
				  unsigned int worse_count)
{
	unsigned int rank = worse_count;

	for (unsigned int i = 0; i < place->cell_count; i++) {
		bool is_full = rank < PLACE_FULL_CELL_COUNT_MAX && page->full_cell_count < PAGE_FULL_CELL_COUNT_MAX;

		if (place->cells[i].judgement->verdict != verdict)
			continue;
		rank++;
		page->full_cell_count += is_full;
		page_put_cell(page, &place->cells[i], is_full);
	}
}

static unsigned int worse_count(const struct grid_place *place, enum verdict verdict)
{
	unsigned int count = 0;

	for (size_t i = 0; i < NOT_WELL_COUNT && not_well[i] != verdict; i++)
		count += place->verdict_counts[not_well[i]];
	return count;
}

static void put_not_well(struct page *page)
{
	const struct grid *grid = &page->grid;

	html_put(
		page->html,
		"<p class=\"faint\">VIOLATION, BROKEN and UNKNOWN: of each scenario on each kernel the first %d in "
		"full, and "
		"no more than %d in all. Times count from the start line, by the clock of the guest. In a timeline the "
		"order of the moments is true, the distances are not; a call is blue when it succeeded, ochre when it "
		"failed, red when it has not returned.</p>\n",
		PLACE_FULL_CELL_COUNT_MAX, PAGE_FULL_CELL_COUNT_MAX);
	for (size_t i = 0; i < NOT_WELL_COUNT; i++)
		for (unsigned int scenario = 0; scenario < grid->scenario_count; scenario++)
			for (unsigned int kernel = 0; kernel < grid->kernel_count; kernel++) {
				const struct grid_place *place = grid_place(grid, kernel, scenario);

				put_not_well_of_place(page, place, not_well[i], worse_count(place, not_well[i]));
			}
}

/* What holds or was skipped, a line each. */
static void put_well(struct page *page)
{
	const struct grid *grid = &page->grid;

	for (unsigned int scenario = 0; scenario < grid->scenario_count; scenario++) {
		for (unsigned int kernel = 0; kernel < grid->kernel_count; kernel++) {
			const struct grid_place *place = grid_place(grid, kernel, scenario);

			for (unsigned int i = 0; i < place->cell_count; i++)
				if (place->cells[i].judgement->verdict <= VERDICT_PASS)
					page_put_cell(page, &place->cells[i], false);
		}
	}
}

/* --- all of it --- */

static void put_page(struct page *page)
{
	struct mark mark = mark_of_verdict(report_worst_verdict(page->run->cells, page->run->cell_count));
	unsigned int bad_count = all_not_well_count(page);

	put_head(page, mark);
	html_put(page->html, "<header>\n<h1>looprace <span class=\"mark %s\">%s %s</span></h1>\n", mark.style,
		 mark.symbol, mark.word);
	put_totals(page);
	put_run(page);
	put_way(page, bad_count);
	html_put(page->html, "</header>\n<main>\n<h2 id=\"matrix\">Matrix</h2>\n");
	page_put_matrix(page);
	if (page_has_flaky(page)) {
		html_put(page->html, "<h2 id=\"flaky\">Flaky</h2>\n");
		page_put_flaky(page);
	}
	if (bad_count > 0) {
		html_put(page->html, "<h2 id=\"bad\">What is not well</h2>\n");
		put_not_well(page);
	}
	if (page_has_known_bugs(page)) {
		html_put(page->html, "<h2 id=\"known\">Known bugs</h2>\n");
		page_put_known_bugs(page);
	}
	html_put(page->html, "<h2 id=\"costs\">Latency and collisions</h2>\n");
	page_put_costs(page);
	if (bad_count < page->run->cell_count) {
		html_put(page->html, "<h2 id=\"cells\">What holds, or was skipped</h2>\n");
		put_well(page);
	}
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
