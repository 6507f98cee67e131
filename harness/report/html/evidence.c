/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in a cell's folder, as far as a reader of the page wants it: the kernel log around the report, the scenario
 * that the proof's lines are of, and the way to the folder.  A folder that is gone is no error of the page.
 */
#include "harness/report/html/parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/report/html/links.h"
#include "harness/report/html/log_excerpt.h"

#define CONSOLE_BYTES_MAX    (64u << 20)
#define SCENARIO_BYTES_MAX   (1u << 20)
#define SCENARIO_BYTES_SHOWN 16384

/* A piece of a file as text; the serial line ends its lines with \r\n. */
static void put_piece(struct html *html, const char *begin, size_t bytes)
{
	char *text = malloc(bytes + 1);
	size_t length = 0;

	if (!text)
		return;
	for (size_t i = 0; i < bytes; i++) {
		bool is_line_end = begin[i] == '\r' && (i + 1 == bytes || begin[i + 1] == '\n' || begin[i + 1] == '\r');

		if (begin[i] && !is_line_end)
			text[length++] = begin[i];
	}
	text[length] = '\0';
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

/* NULL: it is not known, or there was no memory.  What a run writes about itself lies above its cells. */
static char *find_folder(const struct page *page, const struct report_cell *cell)
{
	char *path;

	if (cell->path)
		return strdup(cell->path);
	if (!page->run->written_to || !cell->directory ||
	    asprintf(&path, "%s/%s", page->run->written_to, cell->directory) < 0)
		return NULL;
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

static int read_file(const struct page *page, const struct report_cell *cell, const char *name, size_t bytes_max,
		     char **ret_content, size_t *ret_bytes)
{
	char *folder = find_folder(page, cell);
	int r = folder ? file_read(folder, name, bytes_max, ret_content, ret_bytes, NULL) : -ENOENT;

	free(folder);
	return r;
}

void page_put_log(const struct page *page, const struct report_cell *cell)
{
	struct log_excerpt excerpt;
	size_t console_bytes;
	char *console;

	if (read_file(page, cell, "console.log", CONSOLE_BYTES_MAX, &console, &console_bytes) < 0)
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

	if (read_file(page, cell, "scenario", SCENARIO_BYTES_MAX, &text, &text_bytes) < 0)
		return;
	if (text_bytes > 0)
		put_scenario(page->html, text, text_bytes);
	free(text);
}

void page_put_folder(const struct page *page, const struct report_cell *cell)
{
	const char *page_folder = page->run->written_to ? page->run->written_to : ".";
	char *folder = find_folder(page, cell);
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
