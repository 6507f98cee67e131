/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in a cell's folder, as far as a reader of the page wants it: the kernel log around the report, the scenario
 * that the proof's lines are of, and the way to the folder.  A folder that is gone is no error of the page.
 */
#include "harness/report/html/parts.h"

#include <stdlib.h>
#include <string.h>

#include "harness/report/evidence_files.h"
#include "harness/report/html/links.h"
#include "harness/report/log_excerpt.h"

#define SCENARIO_BYTES_MAX   (1u << 20)
#define SCENARIO_BYTES_SHOWN 16384

static void put_piece(struct html *html, const char *begin, size_t bytes)
{
	char *text = log_text(begin, bytes);

	html_put(html, "%s", text);
	free(text);
}

static void put_excerpt(struct html *html, const struct log_excerpt *excerpt)
{
	const char *cited = excerpt->text + excerpt->cited_offset;
	const char *line_end;

	html_put(html, "<pre>");
	if (excerpt->is_cut_before)
		html_put(html, "[...]\n");
	if (excerpt->cited_offset == SIZE_MAX) {
		put_piece(html, excerpt->text, excerpt->text_bytes);
	} else {
		const char *end = excerpt->text + excerpt->text_bytes;

		line_end = memchr(cited, '\n', (size_t)(end - cited));
		line_end = line_end ? line_end : end;
		put_piece(html, excerpt->text, excerpt->cited_offset);
		html_put(html, "<mark>");
		put_piece(html, cited, (size_t)(line_end - cited));
		html_put(html, "</mark>");
		put_piece(html, line_end, (size_t)(end - line_end));
	}
	if (excerpt->is_cut_after)
		html_put(html, "[...]\n");
	html_put(html, "</pre>\n");
}

void page_put_log(const struct page *page, const struct report_cell *cell)
{
	struct log_excerpt excerpt;
	size_t console_bytes;
	char *console;

	if (cell_file_read(page->run, cell, "console.log", CONSOLE_BYTES_MAX, &console, &console_bytes) < 0)
		return;
	if (console_bytes > 0 && log_excerpt_find(console, console_bytes, cell->judgement, &excerpt) == 0) {
		html_put(page->html, "<h4>Kernel log<small> %s</small></h4>\n",
			 excerpt.cited_offset == SIZE_MAX ? "its last lines" : "around the report");
		put_excerpt(page->html, &excerpt);
	}
	free(console);
}

/* With the numbers of its lines, which the proofs name. */
static void put_scenario(struct html *html, const char *text, size_t text_bytes)
{
	unsigned int line = 1;

	html_put(html, "<details><summary>The scenario</summary><pre>");
	for (const char *at = text; *at && at - text < SCENARIO_BYTES_SHOWN; line++) {
		size_t line_bytes = strcspn(at, "\n");

		html_put(html, "%4u  ", line);
		put_piece(html, at, line_bytes);
		html_put(html, "\n");
		at += line_bytes + (at[line_bytes] == '\n');
	}
	if (text_bytes >= SCENARIO_BYTES_SHOWN)
		html_put(html, "[...]\n");
	html_put(html, "</pre></details>\n");
}

void page_put_scenario(const struct page *page, const struct report_cell *cell)
{
	size_t text_bytes;
	char *text;

	if (cell_file_read(page->run, cell, "scenario", SCENARIO_BYTES_MAX, &text, &text_bytes) < 0)
		return;
	if (text_bytes > 0)
		put_scenario(page->html, text, text_bytes);
	free(text);
}

void page_put_folder(const struct page *page, const struct report_cell *cell)
{
	const char *page_folder = page->run->written_to ? page->run->written_to : ".";
	char *folder = cell_folder(page->run, cell);
	char *link = folder ? path_as_link(page_folder, folder) : NULL;

	if (link) {
		html_put(page->html, "<a href=\"");
		html_put_url(page->html, link);
		html_put(page->html, "/\">%s</a>", cell->directory ? cell->directory : link);
	} else {
		html_put(page->html, "%s", cell->directory ? cell->directory : "");
	}
	free(folder);
	free(link);
}
