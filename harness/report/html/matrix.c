/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the page, and the two lists that are read off it: what is flaky, and which known bugs were found. */
#include "harness/report/html/mark.h"
#include "harness/report/html/parts.h"

#include <string.h>

#include "harness/report/checks.h"
#include "harness/stats/interval.h"

/* --- the table --- */

static void put_names(struct html *html, const struct grid *grid)
{
	html_put(html, "<thead><tr><th scope=\"col\">scenario</th>");
	for (unsigned int kernel = 0; kernel < grid->kernel_count; kernel++)
		html_put(html, "<th scope=\"col\">%s</th>", grid->kernels[kernel]);
	html_put(html, "</tr></thead>\n");
}

/* How many repeats are behind a word: "10 times", "3 of 10", "3 of 10 VIOLATION". */
static void put_counts(struct html *html, const struct grid_place *place)
{
	if (place->cell_count > 1 && place->verdict_counts[place->worst] == place->cell_count) {
		html_put(html, " <small>%u times</small>", place->cell_count);
	} else if (place->cell_count > 1) {
		enum verdict told = place->is_flaky ? VERDICT_VIOLATION : place->worst;

		html_put(html, " <small>%u of %u%s%s</small>", place->verdict_counts[told], place->cell_count,
			 place->is_flaky ? " " : "", place->is_flaky ? verdict_name(told) : "");
	}
	if (place->has_known_bug)
		html_put(html, " <small>known bug</small>");
}

/* The link goes to the first cell that tells why the place is what it is. */
static const struct report_cell *find_worst(const struct grid_place *place)
{
	for (unsigned int i = 0; i < place->cell_count; i++)
		if (place->cells[i].judgement->verdict == place->worst)
			return &place->cells[i];
	return NULL;
}

static void put_place(const struct page *page, const struct grid_place *place)
{
	struct mark mark = mark_of_place(place);
	const struct report_cell *cell = find_worst(place);

	html_put(page->html, "<td class=\"%s\">", mark.style);
	if (!cell) {
		html_put(page->html, "%s %s</td>", mark.symbol, mark.word);
		return;
	}
	html_put(page->html, "<a href=\"#cell-%u\">%s %s", page_cell_number(page, cell), mark.symbol, mark.word);
	put_counts(page->html, place);
	html_put(page->html, "</a></td>");
}

void page_put_matrix(const struct page *page)
{
	const struct grid *grid = &page->grid;

	html_put(page->html,
		 "<div class=\"wide\"><table class=\"matrix\">\n<caption>Each verdict is a link to its proof."
		 "</caption>\n");
	put_names(page->html, grid);
	html_put(page->html, "<tbody>\n");
	for (unsigned int scenario = 0; scenario < grid->scenario_count; scenario++) {
		html_put(page->html, "<tr><th scope=\"row\">%s</th>", grid->scenarios[scenario]);
		for (unsigned int kernel = 0; kernel < grid->kernel_count; kernel++)
			put_place(page, grid_place(grid, kernel, scenario));
		html_put(page->html, "</tr>\n");
	}
	html_put(page->html, "</tbody></table></div>\n");
}

/* --- what is flaky --- */

bool page_has_flaky(const struct page *page)
{
	for (unsigned int i = 0; i < page->grid.kernel_count * page->grid.scenario_count; i++)
		if (page->grid.places[i].is_flaky)
			return true;
	return false;
}

static void put_flaky_place(const struct page *page, const struct grid_place *place)
{
	const struct report_cell *cell = find_worst(place);
	unsigned int violations = place->verdict_counts[VERDICT_VIOLATION];
	unsigned int decided = violations + place->verdict_counts[VERDICT_PASS];
	struct interval interval = interval_of_rate(violations, decided);

	html_put(page->html,
		 "<tr><td><a href=\"#cell-%u\">%s</a></td><td>%s</td><td class=\"number\">%u</td>"
		 "<td class=\"number\">%u</td><td class=\"number\">%.1f %%</td>"
		 "<td class=\"number\">%.1f %% to %.1f %%</td></tr>\n",
		 page_cell_number(page, cell), report_scenario(cell), report_kernel(cell), violations, decided,
		 100.0 * violations / decided, 100.0 * interval.low, 100.0 * interval.high);
}

void page_put_flaky(const struct page *page)
{
	html_put(page->html,
		 "<div class=\"wide\"><table>\n<thead><tr><th>scenario</th><th>kernel</th><th>VIOLATION</th>"
		 "<th>of PASS and VIOLATION</th><th>rate</th><th>95 %% interval</th></tr></thead>\n<tbody>\n");
	for (unsigned int i = 0; i < page->grid.kernel_count * page->grid.scenario_count; i++)
		if (page->grid.places[i].is_flaky)
			put_flaky_place(page, &page->grid.places[i]);
	html_put(page->html, "</tbody></table></div>\n");
}

/* --- known bugs --- */

/* Which bug, and by which rule it was seen; of one place. */
struct known_bug {
	const char *name;
	enum rule rule;
	uint64_t count;
	unsigned int cell_count;
	const struct report_cell *first;
};

/* A scenario has no more rows of expectations than this, and each names one. */
#define KNOWN_BUG_COUNT_MAX SCENARIO_EXPECTATION_COUNT_MAX

static bool is_same_bug(const struct known_bug *a, const struct known_bug *b)
{
	return a->rule == b->rule && strcmp(a->name, b->name) == 0;
}

static void count_known(struct known_bug *bugs, unsigned int *bug_count, const struct report_cell *cell,
			const struct finding *finding)
{
	struct known_bug bug = { .name = finding->known_name, .rule = finding->rule, .first = cell };
	unsigned int i = 0;

	while (i < *bug_count && !is_same_bug(&bugs[i], &bug))
		i++;
	if (i == KNOWN_BUG_COUNT_MAX)
		return;
	if (i == *bug_count)
		bugs[(*bug_count)++] = bug;
	bugs[i].count += finding->known_count;
	bugs[i].cell_count++;
}

static unsigned int known_of_place(const struct grid_place *place, struct known_bug bugs[KNOWN_BUG_COUNT_MAX])
{
	unsigned int bug_count = 0;

	for (unsigned int c = 0; c < place->cell_count; c++) {
		const struct judgement *judgement = place->cells[c].judgement;

		for (unsigned int f = 0; f < judgement->finding_count; f++)
			if (judgement->findings[f].known_count > 0 && judgement->findings[f].known_name)
				count_known(bugs, &bug_count, &place->cells[c], &judgement->findings[f]);
	}
	return bug_count;
}

static bool find_known(const struct grid_place *place, const struct known_bug *bug, struct known_bug *ret_found)
{
	struct known_bug bugs[KNOWN_BUG_COUNT_MAX];
	unsigned int bug_count = known_of_place(place, bugs);

	for (unsigned int i = 0; i < bug_count; i++) {
		if (is_same_bug(&bugs[i], bug)) {
			*ret_found = bugs[i];
			return true;
		}
	}
	return false;
}

/* A row a bug, with all kernels on which it was found; written at the first of these. */
static void put_known_bug(const struct page *page, unsigned int scenario, unsigned int first,
			  const struct known_bug *bug)
{
	const struct grid *grid = &page->grid;
	struct known_bug found;

	for (unsigned int kernel = 0; kernel < first; kernel++)
		if (find_known(grid_place(grid, kernel, scenario), bug, &found))
			return;
	html_put(page->html, "<tr><td>%s</td><td>%s</td><td>%s</td><td>", bug->name, rule_name(bug->rule),
		 grid->scenarios[scenario]);
	for (unsigned int kernel = first; kernel < grid->kernel_count; kernel++) {
		const struct grid_place *place = grid_place(grid, kernel, scenario);

		if (find_known(place, bug, &found))
			html_put(page->html,
				 "<div><a href=\"#cell-%u\">%s</a> <small>%" PRIu64
				 " times, in %u of %u cell%s</small></div>",
				 page_cell_number(page, found.first), grid->kernels[kernel], found.count,
				 found.cell_count, place->cell_count, place->cell_count == 1 ? "" : "s");
	}
	html_put(page->html, "</td></tr>\n");
}

bool page_has_known_bugs(const struct page *page)
{
	for (unsigned int i = 0; i < page->grid.kernel_count * page->grid.scenario_count; i++)
		if (page->grid.places[i].has_known_bug)
			return true;
	return false;
}

void page_put_known_bugs(const struct page *page)
{
	const struct grid *grid = &page->grid;

	html_put(page->html, "<p>These are in these kernels, and their scenarios expect them; they make no VIOLATION."
			     "</p>\n<div class=\"wide\"><table>\n<thead><tr><th>bug</th><th>rule</th><th>scenario</th>"
			     "<th>found on</th></tr></thead>\n<tbody>\n");
	for (unsigned int scenario = 0; scenario < grid->scenario_count; scenario++) {
		for (unsigned int kernel = 0; kernel < grid->kernel_count; kernel++) {
			struct known_bug bugs[KNOWN_BUG_COUNT_MAX];
			unsigned int bug_count = known_of_place(grid_place(grid, kernel, scenario), bugs);

			for (unsigned int i = 0; i < bug_count; i++)
				put_known_bug(page, scenario, kernel, &bugs[i]);
		}
	}
	html_put(page->html, "</tbody></table></div>\n");
}
