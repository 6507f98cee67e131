/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Playing the programs through once, a group as one: it goes on until it must wait for a line that the other group has not
 * run yet.  When nobody can go on and somebody is not at the end, the waits have no way out.  Every round is alike, because
 * workers of an ordered scenario begin each round together.
 */
#include "harness/scenario/order.h"

static bool has_run(const unsigned int *positions, const struct label_object *label)
{
	return positions[label->group] > label->call;
}

static const struct label_object *awaited(const struct scenario *scenario, const struct operation_call *call)
{
	return &scenario->labels[call->arguments[ARGUMENT_AT(after, line)].low];
}

/* Returns whether the group came any further. */
static bool go_on(const struct scenario *scenario, unsigned int *positions, unsigned int group)
{
	unsigned int before = positions[group];

	while (positions[group] < scenario->groups[group].call_count) {
		const struct operation_call *call = &scenario->groups[group].calls[positions[group]];

		if (call->operation == OPERATION_after && !has_run(positions, awaited(scenario, call)))
			break;
		positions[group]++;
	}
	return positions[group] > before;
}

static int complain_stuck(const struct parser *parser, const unsigned int *positions, unsigned int group)
{
	const struct scenario *scenario = parser->scenario;
	const struct operation_call *call = &scenario->groups[group].calls[positions[group]];
	const struct label_object *label = awaited(scenario, call);
	const struct operation_call *other = &scenario->groups[label->group].calls[positions[label->group]];
	struct complaint there = parser_complaint_at(parser, call->line);

	if (label->group == group && label->call == positions[group])
		return complain(&there, NULL, "this waits for itself; wait for a line that comes before");
	if (label->group == group)
		return complain(
			&there, NULL,
			"this waits for its own group's line %u, which comes later; wait for one that comes before",
			scenario->groups[group].calls[label->call].line);
	return complain(&there, NULL,
			"this wait can never end: before %s.%s, line %u of [worker %s] waits in turn; break the circle",
			scenario->groups[label->group].name, label->name, other->line,
			scenario->groups[label->group].name);
}

int order_check(const struct parser *parser)
{
	const struct scenario *scenario = parser->scenario;
	unsigned int positions[SCENARIO_GROUP_COUNT_MAX] = { 0 };
	bool is_moving = true;

	while (is_moving) {
		is_moving = false;
		for (unsigned int i = 0; i < scenario->group_count; i++)
			is_moving |= go_on(scenario, positions, i);
	}
	for (unsigned int i = 0; i < scenario->group_count; i++) {
		if (positions[i] < scenario->groups[i].call_count)
			return complain_stuck(parser, positions, i);
	}
	return 0;
}
