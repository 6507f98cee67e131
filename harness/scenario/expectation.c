/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What [expect] says.
 *
 * The name of a rule is kept as a word: the rules belong to the judge, which knows scenarios, and not the reverse.
 */
#include "harness/scenario/expectation.h"

#include <errno.h>
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

/* The next of the numbers that dots divide. */
static int take_version_number(struct span *rest, unsigned int *ret_number)
{
	const char *dot = memchr(rest->at, '.', rest->bytes);
	struct span part = { .at = rest->at, .bytes = dot ? (size_t)(dot - rest->at) : rest->bytes };
	uint64_t number;

	if (units_parse_number(part, &number) != 0 || number > KERNEL_NUMBER_MAX)
		return -EINVAL;
	rest->at += part.bytes + (dot ? 1 : 0);
	rest->bytes -= part.bytes + (dot ? 1 : 0);
	if (dot && rest->bytes == 0)
		return -EINVAL;
	*ret_number = (unsigned int)number;
	return 0;
}

/* "6.11" or "6.12.117"; patch is -1 in the first. */
static int parse_version(const struct complaint *complaint, struct span text, struct kernel_version *ret_version)
{
	struct span rest = text;
	unsigned int major = 0;
	unsigned int minor = 0;
	unsigned int patch = 0;
	bool has_patch;
	int r;

	r = take_version_number(&rest, &major);
	if (r == 0)
		r = rest.bytes > 0 ? take_version_number(&rest, &minor) : -EINVAL;
	has_patch = r == 0 && rest.bytes > 0;
	if (has_patch)
		r = take_version_number(&rest, &patch);
	if (r < 0 || rest.bytes > 0 || major == 0)
		return complain(complaint, text.at,
				"'%.*s' is no kernel version; write MAJOR.MINOR, such as 6.11, or 6.12.117",
				SPAN(text));
	*ret_version = (struct kernel_version){ .major = major, .minor = minor, .patch = has_patch ? (int)patch : -1 };
	return 0;
}

/* The first version that is not meant by @version any more: a series as a whole, or one release. */
static struct kernel_version behind(struct kernel_version version)
{
	if (version.patch < 0)
		return (struct kernel_version){ .major = version.major, .minor = version.minor + 1 };
	version.patch++;
	return version;
}

static struct kernel_version start_of(struct kernel_version version)
{
	version.patch = version.patch < 0 ? 0 : version.patch;
	return version;
}

static bool is_earlier(struct kernel_version left, struct kernel_version right)
{
	if (left.major != right.major)
		return left.major < right.major;
	if (left.minor != right.minor)
		return left.minor < right.minor;
	return left.patch < right.patch;
}

static void narrow(struct kernel_range *range, const struct kernel_version *from, const struct kernel_version *before)
{
	if (from && is_earlier(range->from, *from))
		range->from = *from;
	if (before && (range->before.major == 0 || is_earlier(*before, range->before)))
		range->before = *before;
}

/* One of the conditions between commas: ">= 6.11". */
static int parse_bound(const struct complaint *complaint, struct span text, struct kernel_range *range)
{
	static const char *const marks[] = { ">=", "<=", ">", "<", "=" };
	struct kernel_version version = { 0 };
	struct kernel_version start;
	struct kernel_version end;
	const char *mark = "=";
	struct span rest = text;
	int r;

	for (unsigned int i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (!span_starts_with(text, marks[i]))
			continue;
		mark = marks[i];
		rest = cut_start(text, strlen(mark));
		break;
	}
	r = parse_version(complaint, rest, &version);
	if (r < 0)
		return r;
	start = start_of(version);
	end = behind(version);
	if (mark[0] == '>')
		narrow(range, mark[1] ? &start : &end, NULL);
	else if (mark[0] == '<')
		narrow(range, NULL, mark[1] ? &end : &start);
	else
		narrow(range, &start, &end);
	return 0;
}

static int complain_condition(const struct complaint *complaint, struct span text)
{
	return complain(
		complaint, text.at,
		"unknown condition '%.*s'; write [expect], [expect kernel >= 6.11] or [expect kernel >= 6.11, < 7.2]",
		SPAN(text));
}

int expectation_parse_condition(const struct complaint *complaint, struct span text, struct kernel_range *ret_kernels)
{
	struct kernel_range range = { .from = { 0 } };
	struct span all = span_trim(text);
	struct span rest = all;
	int r;

	if (all.bytes == 0) {
		*ret_kernels = range;
		return 0;
	}
	if (!span_is(span_take_word(&rest, "<>="), "kernel") || span_trim(rest).bytes == 0)
		return complain_condition(complaint, all);
	while (rest.bytes > 0) {
		const char *comma = memchr(rest.at, ',', rest.bytes);
		struct span bound = { .at = rest.at, .bytes = comma ? (size_t)(comma - rest.at) : rest.bytes };

		r = parse_bound(complaint, span_trim(bound), &range);
		if (r < 0)
			return r;
		rest.at += bound.bytes + (comma ? 1 : 0);
		rest.bytes -= bound.bytes + (comma ? 1 : 0);
		if (comma && span_trim(rest).bytes == 0)
			return complain(complaint, comma, "nothing behind the comma; add a condition or drop it");
	}
	if (range.before.major != 0 && !is_earlier(range.from, range.before))
		return complain(complaint, all.at, "no kernel is in '%.*s'; turn a condition round or drop one",
				SPAN(all));
	*ret_kernels = range;
	return 0;
}

static bool is_same_version(struct kernel_version left, struct kernel_version right)
{
	return left.major == right.major && left.minor == right.minor && left.patch == right.patch;
}

bool kernel_range_is(const struct kernel_range *left, const struct kernel_range *right)
{
	return is_same_version(left->from, right->from) && is_same_version(left->before, right->before);
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

static int complain_known_bug(const struct complaint *complaint, struct span text)
{
	return complain(complaint, text.at, "cannot read '%.*s'; write RULE at GROUP.LABEL: NAME OF THE BUG, or none",
			SPAN(text));
}

/* "uevents" or "uevents at binder.bind": what stands before the colon. */
static int parse_bug_place(const struct complaint *complaint, struct span text, struct span place,
			   struct expectation *expectation, struct span *ret_label)
{
	struct span rule = span_take_word(&place, "");
	struct span at = span_take_word(&place, "");
	struct span label = span_trim(place);
	int r;

	r = parse_rule(complaint, rule, expectation);
	if (r < 0)
		return r;
	if (span_is(rule, "none") || (at.bytes > 0 && (!span_is(at, "at") || label.bytes == 0)))
		return complain_known_bug(complaint, text);
	*ret_label = label;
	return 0;
}

/* "RULE at GROUP.LABEL: NAME", "RULE: NAME", "none" */
static int parse_known_bug(const struct complaint *complaint, struct span text, struct expectation *expectation,
			   struct span *ret_label)
{
	const char *colon = memchr(text.at, ':', text.bytes);
	struct span place = { .at = text.at, .bytes = colon ? (size_t)(colon - text.at) : text.bytes };
	struct span name;
	int r;

	if (span_is(text, "none"))
		return parse_rule(complaint, text, expectation);
	if (!colon)
		return complain_known_bug(complaint, text);
	r = parse_bug_place(complaint, text, place, expectation, ret_label);
	if (r < 0)
		return r;
	name = cut_start(text, place.bytes + 1);
	if (name.bytes == 0)
		return complain(complaint, colon, "the bug has no name; write it behind the ':'");
	if (name.bytes >= sizeof(expectation->name))
		return complain(complaint, name.at, "the name has %zu bytes; at most %zu", name.bytes,
				sizeof(expectation->name) - 1);
	memcpy(expectation->name, name.at, name.bytes);
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
		      struct expectation *ret_expectation, struct span *ret_label)
{
	struct expectation expectation = { .subject = subject, .line = complaint->line, .label = -1 };
	struct span label = { .at = NULL };
	int r = 0;

	if (subject == EXPECT_violation)
		r = parse_rule(complaint, text, &expectation);
	else if (subject == EXPECT_known_bug)
		r = parse_known_bug(complaint, text, &expectation, &label);
	else if (span_is(text, "any"))
		expectation.comparison = COMPARE_ANY;
	else
		r = parse_number(complaint, text, &expectation);
	if (r < 0)
		return r;
	*ret_expectation = expectation;
	*ret_label = label;
	return 0;
}
