/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Section heads: "[scenario]", "[worker NAME]", "[expect]", "[expect kernel >= 6.11, < 7.2]".
 *
 * They are read from the line itself, because inih cuts long heads, ignores what stands behind the ']', merges sections
 * of the same name, and says nothing of a section without keys.
 */
#include "harness/scenario/parser.h"

#include <errno.h>
#include <stdio.h>
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

struct span parser_keep(const struct parser *parser, struct span span)
{
	return (struct span){ .at = parser->lines.last + (span.at - parser->complaint.line_text), .bytes = span.bytes };
}

struct complaint parser_complaint_kept(const struct parser *parser)
{
	struct complaint complaint = parser->complaint;

	complaint.line_text = parser->lines.last;
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

static int begin_worker(struct parser *parser, struct span name)
{
	struct scenario *scenario = parser->scenario;
	struct worker_group *group = &scenario->groups[scenario->group_count];
	int r;

	if (name.bytes == 0)
		return complain(&parser->complaint, NULL, "the workers have no name; write [worker NAME]");
	r = name_check(&parser->complaint, "workers", name, true);
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

/* "[backing NAME]" and its like; the names in @reserved have a meaning of their own. */
static int check_object_name(const struct parser *parser, const char *kind, struct span name,
			     const char *const *reserved, unsigned int reserved_count)
{
	struct complaint complaint = parser->complaint;
	char what[32];
	int r;

	if (name.bytes == 0)
		return complain(&complaint, NULL, "this [%s] has no name; write [%s NAME]", kind, kind);
	snprintf(what, sizeof(what), "a %s", kind);
	r = name_check(&complaint, what, name, true);
	if (r < 0)
		return r;
	for (unsigned int i = 0; i < reserved_count; i++) {
		if (span_is(name, reserved[i]))
			return complain(&complaint, name.at, "'%s' has a meaning of its own; choose another name",
					reserved[i]);
	}
	return 0;
}

static int complain_twice(const struct parser *parser, const char *kind, struct span name, unsigned int line)
{
	return complain(&parser->complaint, name.at, "[%s %.*s] is here twice, first in line %u; give it another name",
			kind, SPAN(name), line);
}

static int complain_too_many(const struct parser *parser, const char *kind, int max)
{
	return complain(&parser->complaint, NULL, "too many [%s] sections; at most %d", kind, max);
}

static int begin_backing(struct parser *parser, struct span name)
{
	static const char *const reserved[] = { "own" };
	struct scenario *scenario = parser->scenario;
	struct backing_object *backing = &scenario->backings[scenario->backing_count];
	int r;

	r = check_object_name(parser, "backing", name, reserved, 1);
	if (r < 0)
		return r;
	for (unsigned int i = 0; i < scenario->backing_count; i++) {
		if (span_is(name, scenario->backings[i].name))
			return complain_twice(parser, "backing", name, parser->backing_lines[i]);
	}
	if (scenario->backing_count == SCENARIO_BACKING_COUNT_MAX)
		return complain_too_many(parser, "backing", SCENARIO_BACKING_COUNT_MAX);
	memcpy(backing->name, name.at, name.bytes);
	parser->backing_lines[scenario->backing_count++] = parser->complaint.line;
	return 0;
}

static int begin_device(struct parser *parser, struct span name)
{
	static const char *const reserved[] = { "got" };
	struct scenario *scenario = parser->scenario;
	struct device_object *device = &scenario->devices[scenario->device_object_count];
	uint64_t index;
	int r;

	r = check_object_name(parser, "device", name, reserved, 1);
	if (r < 0)
		return r;
	if (device_number(name, &index))
		return complain(&parser->complaint, name.at,
				"'%.*s' always means /dev/%.*s; choose another name, or use it without a section",
				SPAN(name), SPAN(name));
	for (unsigned int i = 0; i < scenario->device_object_count; i++) {
		if (span_is(name, scenario->devices[i].name))
			return complain_twice(parser, "device", name, parser->device_lines[i]);
	}
	if (scenario->device_object_count == SCENARIO_DEVICE_COUNT_MAX)
		return complain_too_many(parser, "device", SCENARIO_DEVICE_COUNT_MAX);
	memcpy(device->name, name.at, name.bytes);
	parser->device_lines[scenario->device_object_count++] = parser->complaint.line;
	return 0;
}

static int begin_descriptor(struct parser *parser, struct span name)
{
	static const char *const reserved[] = { "attached", "none" };
	struct scenario *scenario = parser->scenario;
	struct descriptor_object *descriptor = &scenario->descriptors[scenario->descriptor_count];
	int r;

	r = check_object_name(parser, "descriptor", name, reserved, 2);
	if (r < 0)
		return r;
	for (unsigned int i = 1; i < scenario->descriptor_count; i++) {
		if (span_is(name, scenario->descriptors[i].name))
			return complain_twice(parser, "descriptor", name, parser->descriptor_lines[i]);
	}
	if (scenario->descriptor_count == SCENARIO_DESCRIPTOR_COUNT_MAX)
		return complain_too_many(parser, "descriptor", SCENARIO_DESCRIPTOR_COUNT_MAX - 1);
	memcpy(descriptor->name, name.at, name.bytes);
	parser->descriptor_lines[scenario->descriptor_count++] = parser->complaint.line;
	return 0;
}

static int begin_expect(struct parser *parser, struct span condition)
{
	struct kernel_range kernels;
	int r;

	r = expectation_parse_condition(&parser->complaint, condition, &kernels);
	if (r < 0)
		return r;
	for (unsigned int i = 0; i < parser->expect_count; i++) {
		if (kernel_range_is(&parser->expects[i].kernels, &kernels))
			return complain(&parser->complaint, NULL,
					"this [expect] is here twice, first in line %u; put its keys together",
					parser->expects[i].line);
	}
	if (parser->expect_count == SCENARIO_EXPECTATION_COUNT_MAX)
		return complain_too_many(parser, "expect", SCENARIO_EXPECTATION_COUNT_MAX);
	parser->expects[parser->expect_count].line = parser->complaint.line;
	parser->expects[parser->expect_count].kernels = kernels;
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
		[SECTION_scenario] = begin_scenario, [SECTION_backing] = begin_backing,
		[SECTION_device] = begin_device,     [SECTION_descriptor] = begin_descriptor,
		[SECTION_worker] = begin_worker,     [SECTION_expect] = begin_expect,
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
