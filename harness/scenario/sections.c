/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Section heads: "[scenario]", "[worker NAME]", "[expect]", "[expect kernel >= 6.11]".
 *
 * They are read from the line itself, because inih cuts long heads, ignores what stands behind the ']', merges sections
 * of the same name, and says nothing of a section without keys.
 */
#include "harness/scenario/parser.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "harness/scenario/expectation.h"

#define X(name, summary) #name,
static const char *const section_list[] = { SCENARIO_SECTIONS(X) };
#undef X
static const struct words section_words = { .what = "section", .list = section_list, .count = SECTION_COUNT };

struct complaint parser_complaint_at(const struct parser *parser, unsigned int line)
{
	struct complaint complaint = parser->complaint;

	complaint.line = line;
	complaint.line_text = NULL;
	return complaint;
}

static int begin_scenario(struct parser *parser, struct span rest)
{
	if (rest.bytes > 0)
		return complain(&parser->complaint, rest.at,
				"[scenario] takes no name; the file's name is the scenario's");
	if (parser->scenario_line > 0)
		return complain(&parser->complaint, NULL,
				"[scenario] is here twice, first in line %u; put its keys together",
				parser->scenario_line);
	parser->scenario_line = parser->complaint.line;
	return 0;
}

static int check_worker_name(const struct parser *parser, struct span name)
{
	if (name.bytes == 0)
		return complain(&parser->complaint, NULL, "the workers have no name; write [worker NAME]");
	for (size_t i = 0; i < name.bytes; i++) {
		unsigned char c = (unsigned char)name.at[i];

		if (c >= 0x80 || (!isalnum(c) && !strchr("_-.", c)))
			return complain(&parser->complaint, name.at + i,
					"a name of workers has letters, digits, '_', '-' and '.'; not '%.*s'",
					SPAN(name));
	}
	if (name.bytes >= SCENARIO_NAME_BYTES)
		return complain(&parser->complaint, name.at, "the name has %zu bytes; at most %d", name.bytes,
				SCENARIO_NAME_BYTES - 1);
	return 0;
}

static int begin_worker(struct parser *parser, struct span name)
{
	struct scenario *scenario = parser->scenario;
	struct worker_group *group = &scenario->groups[scenario->group_count];
	int r;

	r = check_worker_name(parser, name);
	if (r < 0)
		return r;
	for (unsigned int i = 0; i < scenario->group_count; i++) {
		if (span_is(name, scenario->groups[i].name))
			return complain(&parser->complaint, name.at,
					"[worker %.*s] is here twice, first in line %u; give it another name",
					SPAN(name), parser->group_lines[i]);
	}
	if (scenario->group_count == SCENARIO_GROUP_COUNT_MAX)
		return complain(&parser->complaint, NULL, "too many [worker] sections; at most %d",
				SCENARIO_GROUP_COUNT_MAX);
	memcpy(group->name, name.at, name.bytes);
	group->count = 1;
	parser->group_lines[scenario->group_count] = parser->complaint.line;
	parser->count_lines[scenario->group_count] = parser->complaint.line;
	scenario->group_count++;
	return 0;
}

static int begin_expect(struct parser *parser, struct span condition)
{
	unsigned int major;
	unsigned int minor;
	int r;

	r = expectation_parse_condition(&parser->complaint, condition, &major, &minor);
	if (r < 0)
		return r;
	for (unsigned int i = 0; i < parser->expect_count; i++) {
		if (parser->expects[i].kernels.from.major == major && parser->expects[i].kernels.from.minor == minor)
			return complain(&parser->complaint, NULL,
					"this [expect] is here twice, first in line %u; put its keys together",
					parser->expects[i].line);
	}
	if (parser->expect_count == SCENARIO_EXPECTATION_COUNT_MAX)
		return complain(&parser->complaint, NULL, "too many [expect] sections; at most %d",
				SCENARIO_EXPECTATION_COUNT_MAX);
	parser->expects[parser->expect_count].line = parser->complaint.line;
	parser->expects[parser->expect_count].kernels.from.major = major;
	parser->expects[parser->expect_count].kernels.from.minor = minor;
	parser->expect_count++;
	return 0;
}

int sections_end(struct parser *parser)
{
	struct complaint there = parser_complaint_at(parser, parser->section_line);

	if (parser->section == SECTION_COUNT || parser->section_has_key)
		return 0;
	return complain(&there, NULL, "this [%s] has no keys; fill it or leave it out", section_list[parser->section]);
}

/* What stands between the brackets. */
static int take_inside(const struct parser *parser, struct span head, struct span *ret_inside)
{
	const char *end = memchr(head.at, ']', head.bytes);
	struct span behind;

	if (!end)
		return complain(&parser->complaint, head.at, "a section's head without ']'; write it like [scenario]");
	behind = span_trim((struct span){ .at = end + 1, .bytes = (size_t)(head.at + head.bytes - end - 1) });
	if (behind.bytes > 0)
		return complain(&parser->complaint, behind.at,
				"'%.*s' behind a section's head; put it on a line of its own", SPAN(behind));
	*ret_inside = span_trim((struct span){ .at = head.at + 1, .bytes = (size_t)(end - head.at - 1) });
	return 0;
}

int sections_begin(struct parser *parser, struct span head)
{
	static int (*const begin[])(struct parser * parser, struct span rest) = {
		[SECTION_scenario] = begin_scenario,
		[SECTION_worker] = begin_worker,
		[SECTION_expect] = begin_expect,
	};
	struct span word = { .at = NULL };
	struct span rest;
	unsigned int section;
	int r;

	r = sections_end(parser);
	if (r < 0)
		return r;
	r = take_inside(parser, head, &rest);
	if (r < 0)
		return r;
	word = span_take_word(&rest, "");
	if (words_find(&section_words, word, &section) < 0)
		return words_complain(&parser->complaint, &section_words, word);
	r = begin[section](parser, span_trim(rest));
	if (r < 0)
		return r;
	parser->section = (enum section)section;
	parser->section_line = parser->complaint.line;
	parser->section_has_key = false;
	parser->last_key = NULL;
	memset(parser->key_lines, 0, sizeof(parser->key_lines));
	return 0;
}
