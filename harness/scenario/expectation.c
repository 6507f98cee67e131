/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What [expect] says.
 *
 * The name of a rule is kept as a word: the rules belong to the judge, which knows scenarios, and not the reverse.
 */
#include "harness/scenario/expectation.h"

#include <string.h>

#include "harness/scenario/units.h"

#define KERNEL_NUMBER_MAX 999

#define X(name, summary)  #name,
static const char *const expectation_list[] = { LOOPRACE_EXPECTATIONS(X) };
#undef X
const struct words expectation_words = { .what = "key", .list = expectation_list, .count = EXPECT_COUNT };

static struct span cut_start(struct span text, size_t bytes)
{
	return span_trim((struct span){ .at = text.at + bytes, .bytes = text.bytes - bytes });
}

static int parse_version(const struct complaint *complaint, struct span text, unsigned int *ret_major,
			 unsigned int *ret_minor)
{
	const char *dot = memchr(text.at, '.', text.bytes);
	size_t major_bytes = dot ? (size_t)(dot - text.at) : text.bytes;
	struct span major = { .at = text.at, .bytes = major_bytes };
	struct span minor = { .at = text.at + major_bytes + 1, .bytes = dot ? text.bytes - major_bytes - 1 : 0 };
	uint64_t major_number;
	uint64_t minor_number;

	if (units_parse_number(major, &major_number) != 0 || units_parse_number(minor, &minor_number) != 0 ||
	    major_number == 0 || major_number > KERNEL_NUMBER_MAX || minor_number > KERNEL_NUMBER_MAX)
		return complain(complaint, text.at, "'%.*s' is no kernel version; write MAJOR.MINOR, such as 6.11",
				SPAN(text));
	*ret_major = (unsigned int)major_number;
	*ret_minor = (unsigned int)minor_number;
	return 0;
}

int expectation_parse_condition(const struct complaint *complaint, struct span text, unsigned int *ret_major,
				unsigned int *ret_minor)
{
	text = span_trim(text);
	if (text.bytes == 0) {
		*ret_major = 0;
		*ret_minor = 0;
		return 0;
	}
	if (!span_starts_with(text, "kernel") || !span_starts_with(cut_start(text, strlen("kernel")), ">="))
		return complain(complaint, text.at,
				"unknown condition '%.*s'; write [expect] or [expect kernel >= 6.11]", SPAN(text));
	text = cut_start(cut_start(text, strlen("kernel")), strlen(">="));
	return parse_version(complaint, text, ret_major, ret_minor);
}

static int parse_rule(const struct complaint *complaint, struct span text, struct expectation *expectation)
{
	bool is_word = text.bytes > 0;

	for (size_t i = 0; i < text.bytes; i++)
		is_word = is_word && ((text.at[i] >= 'a' && text.at[i] <= 'z') || text.at[i] == '_');
	if (!is_word)
		return complain(complaint, text.at,
				"'%.*s' is no name of a rule; write one of looprace list rules, or none", SPAN(text));
	if (text.bytes >= sizeof(expectation->rule))
		return complain(complaint, text.at,
				"'%.*s' is too long for a rule; write one of looprace list rules, or none", SPAN(text));
	memcpy(expectation->rule, text.at, text.bytes);
	expectation->comparison = COMPARE_EQUAL;
	return 0;
}

static int parse_number(const struct complaint *complaint, struct span text, struct expectation *expectation)
{
	struct span number = text;
	int r;

	expectation->comparison = COMPARE_EQUAL;
	if (span_starts_with(text, ">=") || span_starts_with(text, "<=")) {
		expectation->comparison = text.at[0] == '>' ? COMPARE_AT_LEAST : COMPARE_AT_MOST;
		number = cut_start(text, 2);
	}
	r = units_parse_number(number, &expectation->number);
	if (r == UNITS_TOO_BIG)
		return complain(complaint, number.at, "'%.*s' is too big; at most %llu", SPAN(number),
				(unsigned long long)SCENARIO_VALUE_MAX);
	if (r != 0)
		return complain(complaint, text.at, "cannot compare with '%.*s'; write N, >= N, <= N or any",
				SPAN(text));
	return 0;
}

int expectation_parse(const struct complaint *complaint, enum expectation_subject subject, struct span text,
		      struct expectation *ret_expectation)
{
	struct expectation expectation = { .subject = subject };
	int r = 0;

	if (subject == EXPECT_violation)
		r = parse_rule(complaint, text, &expectation);
	else if (span_is(text, "any"))
		expectation.comparison = COMPARE_ANY;
	else
		r = parse_number(complaint, text, &expectation);
	if (r < 0)
		return r;
	*ret_expectation = expectation;
	return 0;
}
