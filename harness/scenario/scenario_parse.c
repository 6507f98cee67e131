/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From text to a scenario.
 *
 * inih divides the file into keys and values.  It is lenient where a scenario must not be: it cuts long lines, merges
 * sections, reports no section without keys, takes ':' for '=', and goes on behind an error.  So it gets its lines from
 * take_line() below, which looks at each one first and ends the file at the first error.
 */
#include "harness/scenario/scenario.h"

#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "harness/scenario/order.h"
#include "harness/scenario/parser.h"
#include "harness/scenario/references.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define FILE_ENDING	".scenario"

/* What kind of line it is; inih decides by the same marks, in the same order. */
static int look_at_line(struct parser *parser, const char *text)
{
	struct span line = span_trim(span_of(text));

	parser->is_indented = false;
	if (line.bytes == 0)
		return 0;
	if (span_is_blank(text[0]) && parser->last_key) {
		parser->is_indented = true;
		return 0;
	}
	if (line.at[0] == '[')
		return sections_begin(parser, line);
	return keys_check_line(parser, line);
}

/* inih's reader, with the manners of fgets(). */
static char *take_line(char *buffer, int buffer_bytes, void *context)
{
	struct parser *parser = context;
	int r;

	if (parser->r < 0)
		return NULL;
	r = lines_take(&parser->lines, &parser->complaint, buffer, (size_t)buffer_bytes);
	if (r == LINES_END)
		return NULL;
	if (r == 0)
		r = look_at_line(parser, buffer);
	if (r < 0) {
		parser->r = r;
		return NULL;
	}
	return buffer;
}

/* inih's handler: not 0 when all is well. */
static int take_key(void *context, const char *section, const char *name, const char *value)
{
	struct parser *parser = context;

	if (parser->is_indented)
		parser->r = keys_go_on(parser, span_trim(span_of(value)));
	else
		parser->r = keys_set(parser, span_of(name), span_trim(span_of(value)));
	return parser->r == 0;
}

static int check_groups(const struct parser *parser)
{
	const struct scenario *scenario = parser->scenario;
	unsigned int sum = 0;

	for (unsigned int i = 0; i < scenario->group_count; i++) {
		struct complaint head = parser_complaint_at(parser, parser->group_lines[i]);
		struct complaint count = parser_complaint_at(parser, parser->count_lines[i]);

		sum += scenario->groups[i].count;
		if (sum > SCENARIO_WORKER_COUNT_MAX)
			return complain(&count, NULL, "%u workers up to here; at most %d in all groups together", sum,
					SCENARIO_WORKER_COUNT_MAX);
		if (scenario->groups[i].call_count == 0)
			return complain(
				&head, NULL,
				"[worker %s] has no program; write program = and, indented, one operation a line",
				scenario->groups[i].name);
	}
	return 0;
}

/* What can be said only when all was read. */
static int check_whole(struct parser *parser)
{
	struct complaint start = parser_complaint_at(parser, 1);
	struct complaint head = parser_complaint_at(parser, parser->scenario_line);
	struct complaint end = parser_complaint_at(parser, parser->complaint.line);
	int r;

	r = sections_end(parser);
	if (r < 0)
		return r;
	if (parser->section == SECTION_COUNT)
		return complain(&start, NULL, "there is nothing in the file; begin with [scenario]");
	if (parser->scenario_line == 0)
		return complain(&start, NULL, "there is no [scenario]; begin with it");
	if (parser->scenario->duration_ns == 0 && parser->scenario->round_count == 0)
		return complain(&head, NULL,
				"[scenario] does not say when it ends; give duration = 5s or rounds = 1000");
	if (parser->scenario->group_count == 0)
		return complain(&end, NULL, "there are no workers; add [worker NAME] with a program");
	r = check_groups(parser);
	if (r == 0)
		r = keys_end(parser);
	if (r == 0)
		r = references_resolve(parser);
	return r == 0 ? order_check(parser) : r;
}

/* "scenarios/get_free_race.scenario" is get_free_race.  It becomes a folder's name among the results. */
static int set_name(struct parser *parser, const char *file_name)
{
	const char *slash = strrchr(file_name, '/');
	struct span name = span_of(slash ? slash + 1 : file_name);
	size_t ending_bytes = strlen(FILE_ENDING);
	struct complaint file = parser_complaint_at(parser, 0);

	if (name.bytes > ending_bytes &&
	    span_is((struct span){ name.at + name.bytes - ending_bytes, ending_bytes }, FILE_ENDING))
		name.bytes -= ending_bytes;
	if (name.bytes == 0 || name.at[0] == '.')
		return complain(&file, NULL, "'%.*s' is no name for a scenario; name the file NAME.scenario",
				SPAN(name));
	if (name.bytes >= SCENARIO_NAME_BYTES)
		return complain(&file, NULL, "the name has %zu bytes; at most %d before .scenario", name.bytes,
				SCENARIO_NAME_BYTES - 1);
	memcpy(parser->scenario->name, name.at, name.bytes);
	return 0;
}

static int read_text(struct parser *parser)
{
	int r;

	r = ini_parse_stream(take_line, parser, take_key, parser);
	if (parser->r < 0)
		return parser->r;
	if (r == -2)
		return -ENOMEM;
	if (r != 0) {
		struct complaint there = parser_complaint_at(parser, (unsigned int)r);

		return complain(&there, NULL, "neither a section nor a key; write [section] or key = value");
	}
	return check_whole(parser);
}

static struct scenario *scenario_new(void)
{
	struct scenario *scenario = calloc(1, sizeof(*scenario));

	if (!scenario)
		return NULL;
	scenario->backing_bytes = SCENARIO_BACKING_BYTES_DEFAULT;
	scenario->call_limit_ns = SCENARIO_CALL_LIMIT_NS_DEFAULT;
	strcpy(scenario->descriptors[SCENARIO_DESCRIPTOR_ATTACHED].name, "attached");
	scenario->descriptor_count = 1;
	scenario->summary = strdup("");
	return scenario->summary ? scenario : scenario_free(scenario);
}

int scenario_parse(const char *text, size_t text_bytes, const char *file_name, struct scenario **ret_scenario,
		   struct scenario_error *ret_error)
{
	size_t mark_bytes = strlen(BYTE_ORDER_MARK);
	size_t skip = text_bytes >= mark_bytes && memcmp(text, BYTE_ORDER_MARK, mark_bytes) == 0 ? mark_bytes : 0;
	struct parser parser = {
		.lines = { .next = text + skip, .end = text + text_bytes },
		.complaint = { .file_name = file_name, .error = ret_error },
		.scenario = scenario_new(),
		.section = SECTION_COUNT,
	};
	int r = -ENOMEM;

	if (parser.scenario)
		r = set_name(&parser, file_name);
	if (r == 0)
		r = read_text(&parser);
	free(parser.references);
	if (r < 0) {
		struct complaint file = parser_complaint_at(&parser, 0);

		if (r == -ENOMEM)
			(void)complain(&file, NULL, "out of memory; end other programs and try again");
		scenario_free(parser.scenario);
		return r;
	}
	*ret_scenario = parser.scenario;
	return 0;
}
