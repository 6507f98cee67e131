/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table on the terminal.  Its columns are as wide as what stands in them; the names of scenarios are repeated in each
 * of the tables that the kernels are shared out among.
 */
#include "harness/report/table.h"

#include <stdlib.h>
#include <string.h>

#include "harness/report/text.h"
#include "harness/report/verdict_color.h"

#define WIDTH	   80
#define GAP	   2
#define WORD_BYTES 40

struct columns {
	const struct grid *grid;
	FILE *stream;
	bool has_color;
	unsigned int name_width;
};

/* --- what stands in a place --- */

static const char *short_name(const struct grid_place *place)
{
	switch (place->worst) {
	case VERDICT_PASS:
		return place->has_known_bug ? "known" : "PASS";
	case VERDICT_VIOLATION:
		return "VIOL";
	case VERDICT_BROKEN:
		return "BROK";
	case VERDICT_UNKNOWN:
		return "UNKN";
	case VERDICT_SKIP:
		return "SKIP";
	}
	return "?";
}

static const char *place_color(const struct grid_place *place)
{
	if (place->cell_count == 0)
		return "";
	return place->is_flaky ? COLOR_FLAKY : verdict_color(place->worst);
}

static void place_word(const struct grid_place *place, char word[WORD_BYTES])
{
	unsigned int violation_count = place->verdict_counts[VERDICT_VIOLATION];

	if (place->cell_count == 0)
		snprintf(word, WORD_BYTES, "-");
	else if (place->is_flaky)
		snprintf(word, WORD_BYTES, "flaky %u/%u", violation_count,
			 violation_count + place->verdict_counts[VERDICT_PASS]);
	else if (place->verdict_counts[place->worst] == place->cell_count)
		snprintf(word, WORD_BYTES, "%s", short_name(place));
	else
		snprintf(word, WORD_BYTES, "%s %u/%u", short_name(place), place->verdict_counts[place->worst],
			 place->cell_count);
}

/* --- what stands above it --- */

static size_t parts_length(const char *release, unsigned int part_count)
{
	size_t length = strcspn(release, "+-");

	while (--part_count > 0 && release[length])
		length += 1 + strcspn(release + length + 1, "+-");
	return length;
}

size_t table_kernel_length(const struct grid *grid, unsigned int kernel)
{
	const char *release = grid->kernels[kernel];

	for (unsigned int part_count = 1;; part_count++) {
		size_t length = parts_length(release, part_count);
		bool is_alone = true;

		for (unsigned int other = 0; other < grid->kernel_count; other++)
			if (other != kernel && parts_length(grid->kernels[other], part_count) == length &&
			    strncmp(grid->kernels[other], release, length) == 0)
				is_alone = false;
		if (is_alone || !release[length])
			return length;
	}
}

void table_print_kernel(FILE *stream, const struct grid *grid, unsigned int kernel)
{
	char *name = strndup(grid->kernels[kernel], table_kernel_length(grid, kernel));

	text_print_line(stream, name ? name : "?", "");
	free(name);
}

static unsigned int column_width(const struct grid *grid, unsigned int kernel)
{
	unsigned int width = (unsigned int)table_kernel_length(grid, kernel);
	char word[WORD_BYTES];

	for (unsigned int scenario = 0; scenario < grid->scenario_count; scenario++) {
		place_word(grid_place(grid, kernel, scenario), word);
		if (strlen(word) > width)
			width = (unsigned int)strlen(word);
	}
	return width;
}

/* --- printing --- */

/* The last column of a line is not filled up with blanks. */
static void pad(const struct columns *columns, unsigned int used, unsigned int width, bool is_last)
{
	if (!is_last && used < width + GAP)
		fprintf(columns->stream, "%*s", (int)(width + GAP - used), "");
}

static void print_head(const struct columns *columns, unsigned int first, unsigned int end)
{
	fprintf(columns->stream, "%*s", (int)(columns->name_width + GAP), "");
	for (unsigned int kernel = first; kernel < end; kernel++) {
		table_print_kernel(columns->stream, columns->grid, kernel);
		pad(columns, (unsigned int)table_kernel_length(columns->grid, kernel),
		    column_width(columns->grid, kernel), kernel + 1 == end);
	}
	fputc('\n', columns->stream);
}

static void print_scenario(const struct columns *columns, unsigned int scenario, unsigned int first, unsigned int end)
{
	text_print_line(columns->stream, columns->grid->scenarios[scenario], "");
	pad(columns, (unsigned int)strlen(columns->grid->scenarios[scenario]), columns->name_width, false);
	for (unsigned int kernel = first; kernel < end; kernel++) {
		const struct grid_place *place = grid_place(columns->grid, kernel, scenario);
		const char *color = columns->has_color ? place_color(place) : "";
		char word[WORD_BYTES];

		place_word(place, word);
		fprintf(columns->stream, "%s%s%s", color, word, *color ? COLOR_END : "");
		pad(columns, (unsigned int)strlen(word), column_width(columns->grid, kernel), kernel + 1 == end);
	}
	fputc('\n', columns->stream);
}

/* As many kernels as fit beside the names, but at least one. */
static unsigned int find_end(const struct columns *columns, unsigned int first)
{
	unsigned int width = columns->name_width;
	unsigned int end = first;

	while (end < columns->grid->kernel_count) {
		width += GAP + column_width(columns->grid, end);
		if (width > WIDTH && end > first)
			break;
		end++;
	}
	return end;
}

void table_print(FILE *stream, const struct grid *grid, bool has_color)
{
	struct columns columns = { .grid = grid, .stream = stream, .has_color = has_color };

	for (unsigned int scenario = 0; scenario < grid->scenario_count; scenario++)
		if (strlen(grid->scenarios[scenario]) > columns.name_width)
			columns.name_width = (unsigned int)strlen(grid->scenarios[scenario]);
	for (unsigned int first = 0, end; first < grid->kernel_count; first = end) {
		end = find_end(&columns, first);
		if (first > 0)
			fputc('\n', stream);
		print_head(&columns, first, end);
		for (unsigned int scenario = 0; scenario < grid->scenario_count; scenario++)
			print_scenario(&columns, scenario, first, end);
	}
}
