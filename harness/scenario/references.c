/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking up names.
 *
 * Descriptors have one table for the whole scenario: first `attached`, then those that all workers share, then every
 * other name, which each worker has for itself, also when two groups use the same one.  Such a name must be made by a
 * line of the same group; whether that line runs before the other one is not asked, because a program is run in rounds.
 */
#include "harness/scenario/references.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/scenario/expectation.h"
#include "harness/scenario/units.h"

#define LOOP_INDEX_MAX ((1u << 20) - 1)

int references_add(struct parser *parser, const struct program_line *line)
{
	unsigned int group = parser->scenario->group_count - 1;
	size_t count = parser->reference_count + line->reference_count;
	struct reference *references;

	if (line->call.operation == OPERATION_attach)
		parser->made[group] |= 1u << SCENARIO_DESCRIPTOR_ATTACHED;
	if (line->call.operation == OPERATION_ctl_get_free)
		parser->asks_for_free[group] = true;
	if (line->reference_count == 0)
		return 0;
	references = reallocarray(parser->references, count, sizeof(*references));
	if (!references)
		return -ENOMEM;
	parser->references = references;
	for (unsigned int i = 0; i < line->reference_count; i++) {
		const struct program_reference *reference = &line->references[i];

		references[parser->reference_count++] = (struct reference){
			.group = group,
			.call = parser->scenario->groups[group].call_count - 1,
			.position = reference->position,
			.is_default = reference->is_default,
			.name = reference->is_default ? reference->name : parser_keep(parser, reference->name),
			.complaint = parser_complaint_kept(parser),
		};
	}
	return 0;
}

static struct operation_call *call_of(const struct parser *parser, const struct reference *reference)
{
	return &parser->scenario->groups[reference->group].calls[reference->call];
}

static const struct argument_info *argument_of(const struct parser *parser, const struct reference *reference)
{
	return &operation_info(call_of(parser, reference)->operation)->arguments[reference->position];
}

static bool makes_descriptor(const struct parser *parser, const struct reference *reference)
{
	const struct argument_info *info = argument_of(parser, reference);

	return info->type == ARGUMENT_DESCRIPTOR && strcmp(info->name, "as") == 0;
}

static void set_value(const struct parser *parser, const struct reference *reference, uint64_t value)
{
	call_of(parser, reference)->arguments[reference->position] = (struct argument_value){ value, value };
}

/* --- descriptors --- */

static int find_descriptor(const struct scenario *scenario, struct span name)
{
	for (unsigned int i = 0; i < scenario->descriptor_count; i++) {
		if (span_is(name, scenario->descriptors[i].name))
			return (int)i;
	}
	return -1;
}

/* "as=NAME", the first pass: all names of descriptors get their rows. */
static int make_descriptor(struct parser *parser, const struct reference *reference)
{
	struct scenario *scenario = parser->scenario;
	int row = find_descriptor(scenario, reference->name);
	int r;

	if (row == SCENARIO_DESCRIPTOR_ATTACHED || span_is(reference->name, "none"))
		return complain(&reference->complaint, reference->name.at,
				"'%.*s' has a meaning of its own; choose another name", SPAN(reference->name));
	if (row < 0) {
		r = name_check(&reference->complaint, "a descriptor", reference->name, true);
		if (r < 0)
			return r;
		if (scenario->descriptor_count == SCENARIO_DESCRIPTOR_COUNT_MAX)
			return complain(&reference->complaint, reference->name.at,
					"too many names of descriptors; at most %d with 'attached'",
					SCENARIO_DESCRIPTOR_COUNT_MAX);
		row = (int)scenario->descriptor_count++;
		memcpy(scenario->descriptors[row].name, reference->name.at, reference->name.bytes);
	}
	parser->made[reference->group] |= 1u << row;
	set_value(parser, reference, (uint64_t)row);
	return 0;
}

/* Does a line make the descriptor, in @group or, if it is shared, in any? */
static bool is_made(const struct parser *parser, int row, unsigned int group)
{
	uint32_t made = parser->made[group];

	for (unsigned int i = 0; parser->scenario->descriptors[row].is_shared && i < SCENARIO_GROUP_COUNT_MAX; i++)
		made |= parser->made[i];
	return made & 1u << row;
}

static int complain_not_made(const struct parser *parser, const struct reference *reference)
{
	const struct worker_group *group = &parser->scenario->groups[reference->group];
	const char *operation = operation_info(call_of(parser, reference)->operation)->name;

	if (!reference->is_default)
		return complain(&reference->complaint, reference->name.at,
				"nothing in [worker %s] makes the descriptor '%.*s'; add an open with as=%.*s",
				group->name, SPAN(reference->name), SPAN(reference->name));
	return complain(&reference->complaint, NULL,
			"%s without a name means the descriptor '%.*s', which nothing in [worker %s] makes; name one "
			"that an open has after as=",
			operation, SPAN(reference->name), group->name);
}

static int use_descriptor(const struct parser *parser, const struct reference *reference)
{
	const struct worker_group *group = &parser->scenario->groups[reference->group];
	int row = find_descriptor(parser->scenario, reference->name);

	if (argument_of(parser, reference)->type == ARGUMENT_DESCRIPTOR && span_is(reference->name, "none")) {
		set_value(parser, reference, SCENARIO_DESCRIPTOR_NONE);
		return 0;
	}
	if (row == SCENARIO_DESCRIPTOR_ATTACHED && !is_made(parser, row, reference->group))
		return complain(
			&reference->complaint, reference->is_default ? NULL : reference->name.at,
			"'attached' is the device of an attach, and [worker %s] has none; add an attach, or name "
			"another descriptor",
			group->name);
	if (row < 0 || !is_made(parser, row, reference->group))
		return complain_not_made(parser, reference);
	set_value(parser, reference, (uint64_t)row);
	return 0;
}

/* --- backing files and devices --- */

static int use_file(const struct parser *parser, const struct reference *reference)
{
	const struct scenario *scenario = parser->scenario;
	const char *names[SCENARIO_BACKING_COUNT_MAX + 1];
	struct words words = { .what = "backing file", .list = names, .count = scenario->backing_count + 1 };
	unsigned int row;

	for (unsigned int i = 0; i < scenario->backing_count; i++)
		names[i] = scenario->backings[i].name;
	names[scenario->backing_count] = "own";
	if (words_find(&words, reference->name, &row) < 0)
		return words_complain(&reference->complaint, &words, reference->name);
	set_value(parser, reference, row == scenario->backing_count ? SCENARIO_BACKING_OWN : row);
	return 0;
}

static int use_got(const struct parser *parser, const struct reference *reference)
{
	const struct worker_group *group = &parser->scenario->groups[reference->group];

	if (!parser->asks_for_free[reference->group])
		return complain(&reference->complaint, reference->is_default ? NULL : reference->name.at,
				"'got' is what ctl_get_free returned, and [worker %s] does not ask it; name a device, "
				"such as loop0",
				group->name);
	set_value(parser, reference, SCENARIO_DEVICE_GOT);
	return 0;
}

static int use_device(const struct parser *parser, const struct reference *reference)
{
	const struct scenario *scenario = parser->scenario;
	const char *names[SCENARIO_DEVICE_COUNT_MAX + 2];
	struct words words = { .what = "device", .list = names, .count = scenario->device_object_count + 2 };
	unsigned int row;
	uint64_t index;

	if (span_is(reference->name, "got"))
		return use_got(parser, reference);
	for (unsigned int i = 0; i < scenario->device_object_count; i++)
		names[i] = scenario->devices[i].name;
	names[scenario->device_object_count] = "got";
	names[scenario->device_object_count + 1] = "loopN";
	if (device_number(reference->name, &index)) {
		if (index > LOOP_INDEX_MAX)
			return complain(&reference->complaint, reference->name.at, "'%.*s' is too big; at most loop%u",
					SPAN(reference->name), LOOP_INDEX_MAX);
		set_value(parser, reference, SCENARIO_DEVICE_INDEX_FIRST + index);
		return 0;
	}
	if (span_is(reference->name, "loopN"))
		return complain(&reference->complaint, reference->name.at,
				"unknown device 'loopN'; write N as a number, such as loop0");
	if (words_find(&words, reference->name, &row) < 0)
		return words_complain(&reference->complaint, &words, reference->name);
	set_value(parser, reference, row);
	return 0;
}

bool device_number(struct span name, uint64_t *ret_index)
{
	struct span digits;

	if (!span_starts_with(name, "loop"))
		return false;
	digits = (struct span){ .at = name.at + strlen("loop"), .bytes = name.bytes - strlen("loop") };
	if (digits.bytes > 1 && digits.at[0] == '0')
		return false;
	return units_parse_number(digits, ret_index) == 0;
}

/* --- labels --- */

static int find_group(const struct scenario *scenario, struct span name)
{
	for (unsigned int i = 0; i < scenario->group_count; i++) {
		if (span_is(name, scenario->groups[i].name))
			return (int)i;
	}
	return -1;
}

static int complain_unknown_group(const struct complaint *complaint, const struct scenario *scenario, struct span name)
{
	const char *names[SCENARIO_GROUP_COUNT_MAX];
	const struct words words = { .what = "group of workers", .list = names, .count = scenario->group_count };

	for (unsigned int i = 0; i < scenario->group_count; i++)
		names[i] = scenario->groups[i].name;
	return words_complain(complaint, &words, name);
}

static int complain_unknown_label(const struct complaint *complaint, const struct scenario *scenario,
				  unsigned int group, struct span name)
{
	const char *names[SCENARIO_LABEL_COUNT_MAX];
	struct words words = { .what = "label", .list = names, .count = 0 };

	for (unsigned int i = 0; i < scenario->label_count; i++) {
		if (scenario->labels[i].group == group)
			names[words.count++] = scenario->labels[i].name;
	}
	if (words.count == 0)
		return complain(
			complaint, name.at,
			"[worker %s] has no labels; write one before a line of its program, such as '%.*s: check'",
			scenario->groups[group].name, SPAN(name));
	return words_complain(complaint, &words, name);
}

/* "GROUP.LABEL": a group's name may have dots, a label has none. */
static int find_label(const struct complaint *complaint, const struct scenario *scenario, struct span text,
		      int *ret_row)
{
	const char *dot = text.bytes > 0 ? memrchr(text.at, '.', text.bytes) : NULL;
	struct span group = { .at = text.at, .bytes = dot ? (size_t)(dot - text.at) : 0 };
	struct span label = { .at = dot ? dot + 1 : NULL, .bytes = dot ? text.bytes - group.bytes - 1 : 0 };
	int g;

	if (group.bytes == 0 || label.bytes == 0)
		return complain(complaint, text.at, "'%.*s' is no line of a program; write GROUP.LABEL", SPAN(text));
	g = find_group(scenario, group);
	if (g < 0)
		return complain_unknown_group(complaint, scenario, group);
	for (unsigned int i = 0; i < scenario->label_count; i++) {
		if (scenario->labels[i].group != (unsigned int)g || !span_is(label, scenario->labels[i].name))
			continue;
		*ret_row = (int)i;
		return 0;
	}
	return complain_unknown_label(complaint, scenario, (unsigned int)g, label);
}

static int use_label(const struct parser *parser, const struct reference *reference)
{
	int row = 0;
	int r;

	if (reference->is_default)
		return complain(&reference->complaint, NULL, "%s does not say for what; write %s GROUP.LABEL",
				operation_info(call_of(parser, reference)->operation)->name,
				operation_info(call_of(parser, reference)->operation)->name);
	r = find_label(&reference->complaint, parser->scenario, reference->name, &row);
	if (r < 0)
		return r;
	set_value(parser, reference, (uint64_t)row);
	parser->scenario->is_ordered = true;
	return 0;
}

/* --- all of them --- */

static int use(const struct parser *parser, const struct reference *reference)
{
	enum argument_type type = argument_of(parser, reference)->type;

	if (type == ARGUMENT_DESCRIPTOR || type == ARGUMENT_POSITIONAL_DESCRIPTOR)
		return use_descriptor(parser, reference);
	if (type == ARGUMENT_FILE || type == ARGUMENT_POSITIONAL_FILE)
		return use_file(parser, reference);
	if (type == ARGUMENT_POSITIONAL_DEVICE)
		return use_device(parser, reference);
	return use_label(parser, reference);
}

static int check_shared(const struct parser *parser)
{
	const struct scenario *scenario = parser->scenario;

	for (unsigned int i = 1; i < scenario->descriptor_count; i++) {
		struct complaint head = parser_complaint_at(parser, parser->descriptor_lines[i]);

		if (scenario->descriptors[i].is_shared && !is_made(parser, (int)i, 0))
			return complain(&head, NULL,
					"no program makes the descriptor '%s'; add an open with as=%s to one",
					scenario->descriptors[i].name, scenario->descriptors[i].name);
	}
	return 0;
}

/* --- known bugs --- */

static bool is_none(const struct expectation *bug)
{
	return strcmp(bug->rule, "none") == 0;
}

static bool contradicts(const struct expectation *bug, const struct expectation *earlier)
{
	if (earlier->subject != EXPECT_known_bug || !kernel_range_is(&bug->kernels, &earlier->kernels))
		return false;
	return is_none(bug) || is_none(earlier) ||
	       (strcmp(bug->rule, earlier->rule) == 0 && bug->label == earlier->label);
}

static int check_bug(const struct parser *parser, const struct expectation *bug)
{
	const struct scenario *scenario = parser->scenario;
	struct complaint there = parser_complaint_at(parser, bug->line);

	for (const struct expectation *earlier = scenario->expectations; earlier < bug; earlier++) {
		if (contradicts(bug, earlier))
			return complain(
				&there, NULL,
				"these kernels have a known_bug of this rule and place, or none, in line %u; keep one",
				earlier->line);
	}
	return 0;
}

static int resolve_bugs(const struct parser *parser)
{
	struct scenario *scenario = parser->scenario;
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < scenario->expectation_count; i++) {
		if (scenario->expectations[i].subject != EXPECT_known_bug)
			continue;
		if (parser->bug_labels[i].name.bytes > 0)
			r = find_label(&parser->bug_labels[i].complaint, scenario, parser->bug_labels[i].name,
				       &scenario->expectations[i].label);
		if (r == 0)
			r = check_bug(parser, &scenario->expectations[i]);
	}
	return r;
}

int references_resolve(struct parser *parser)
{
	int r;

	for (size_t i = 0; i < parser->reference_count; i++) {
		if (!makes_descriptor(parser, &parser->references[i]))
			continue;
		r = make_descriptor(parser, &parser->references[i]);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < parser->reference_count; i++) {
		if (makes_descriptor(parser, &parser->references[i]))
			continue;
		r = use(parser, &parser->references[i]);
		if (r < 0)
			return r;
	}
	r = check_shared(parser);
	if (r < 0)
		return r;
	return resolve_bugs(parser);
}
