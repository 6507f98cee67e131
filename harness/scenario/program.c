/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operation lines.
 *
 * Everything that is a word is looked up in the tables of operations.h and core/policies.h; no word is spelt here.
 * Defaults stand in the table as text and go through the same functions as what a user writes, so that a wrong default
 * cannot hide; the unit test parses every operation bare.
 */
#include "harness/scenario/program.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "core/policies.h"
#include "harness/scenario/units.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define WORDS(what_, list_)                                                                                            \
	{                                                                                                              \
		.what = (what_), .list = (list_), .count = COUNT_OF(list_)                                             \
	}

/* clang-format off */
#define X(word) #word,
static const char *const api_list[] = { LOOPRACE_API_WORDS(X) };
static const char *const check_list[] = { LOOPRACE_CHECK_WORDS(X) };
static const char *const fault_list[] = { LOOPRACE_FAULT_WORDS(X) };
#undef X
#define X(name, summary) #name,
static const char *const policy_list[] = { LOOPRACE_POLICIES(X) };
#undef X
#define OPERATION(name, summary) #name,
#define ARGUMENT(operation, name, type, fallback, summary)
static const char *const operation_list[] = { LOOPRACE_OPERATIONS(OPERATION, ARGUMENT) };
#undef OPERATION
#undef ARGUMENT
/* clang-format on */

static const char *const bool_list[] = { "no", "yes" }; /* position is the value */

static const struct words policy_words = WORDS("policy", policy_list);
static const struct words api_words = WORDS("api", api_list);
static const struct words bool_words = WORDS("word", bool_list);
static const struct words check_words = WORDS("check", check_list);
static const struct words fault_words = WORDS("fault", fault_list);
const struct words operation_words = WORDS("operation", operation_list);

static bool is_positional(enum argument_type type)
{
	return type == ARGUMENT_POSITIONAL_DURATION_RANGE || type == ARGUMENT_POSITIONAL_CHECK ||
	       type == ARGUMENT_POSITIONAL_FAULT;
}

static int parse_word(const struct complaint *complaint, const struct words *words, struct span text,
		      struct argument_value *ret_value)
{
	unsigned int index;

	if (words_find(words, text, &index) < 0)
		return words_complain(complaint, words, text);
	*ret_value = (struct argument_value){ .low = index, .high = index };
	return 0;
}

static int parse_measure(const struct complaint *complaint, const struct units *units, struct span text,
			 struct argument_value *ret_value)
{
	uint64_t value;
	int r;

	r = units_parse(units, text, NULL, &value, NULL);
	if (r != 0)
		return units_complain(complaint, units, text, r);
	*ret_value = (struct argument_value){ .low = value, .high = value };
	return 0;
}

static int parse_count(const struct complaint *complaint, struct span text, struct argument_value *ret_value)
{
	uint64_t value;
	int r;

	r = units_parse_number(text, &value);
	if (r == UNITS_NO_NUMBER)
		return complain(complaint, text.at, "'%.*s' is no number; write a whole number without a unit",
				SPAN(text));
	if (r != 0 || value > UINT32_MAX)
		return complain(complaint, text.at, "'%.*s' is too big; at most %u", SPAN(text), UINT32_MAX);
	*ret_value = (struct argument_value){ .low = value, .high = value };
	return 0;
}

/* "500us", "10us..500us", and "0..500us", where the first number has the unit of the second. */
static int parse_range(const struct complaint *complaint, struct span text, struct argument_value *ret_value)
{
	const char *dots = memmem(text.at, text.bytes, "..", 2);
	struct argument_value value;
	const struct unit *unit;
	struct span low;
	struct span high;
	int r;

	if (!dots)
		return parse_measure(complaint, &units_of_time, text, ret_value);
	low = (struct span){ .at = text.at, .bytes = (size_t)(dots - text.at) };
	high = (struct span){ .at = dots + 2, .bytes = text.bytes - low.bytes - 2 };
	r = units_parse(&units_of_time, high, NULL, &value.high, &unit);
	if (r != 0)
		return units_complain(complaint, &units_of_time, high, r);
	r = units_parse(&units_of_time, low, unit, &value.low, NULL);
	if (r != 0)
		return units_complain(complaint, &units_of_time, low, r);
	if (value.low > value.high)
		return complain(complaint, text.at, "the range '%.*s' runs backwards; write %.*s..%.*s", SPAN(text),
				SPAN(high), SPAN(low));
	*ret_value = value;
	return 0;
}

static int parse_value(const struct complaint *complaint, enum argument_type type, struct span text,
		       struct argument_value *ret_value)
{
	switch (type) {
	case ARGUMENT_POLICY:
		return parse_word(complaint, &policy_words, text, ret_value);
	case ARGUMENT_API:
		return parse_word(complaint, &api_words, text, ret_value);
	case ARGUMENT_BOOL:
		return parse_word(complaint, &bool_words, text, ret_value);
	case ARGUMENT_SIZE:
		return parse_measure(complaint, &units_of_size, text, ret_value);
	case ARGUMENT_COUNT:
		return parse_count(complaint, text, ret_value);
	case ARGUMENT_DURATION:
		return parse_measure(complaint, &units_of_time, text, ret_value);
	case ARGUMENT_POSITIONAL_DURATION_RANGE:
		return parse_range(complaint, text, ret_value);
	case ARGUMENT_POSITIONAL_CHECK:
		return parse_word(complaint, &check_words, text, ret_value);
	case ARGUMENT_POSITIONAL_FAULT:
		return parse_word(complaint, &fault_words, text, ret_value);
	case ARGUMENT_MODE:
	case ARGUMENT_LAYOUT:
	case ARGUMENT_POINTER:
	case ARGUMENT_NUMBER:
	case ARGUMENT_POSITIONAL_NUMBER:
	case ARGUMENT_DESCRIPTOR:
	case ARGUMENT_POSITIONAL_DESCRIPTOR:
	case ARGUMENT_FILE:
	case ARGUMENT_POSITIONAL_FILE:
	case ARGUMENT_POSITIONAL_DEVICE:
	case ARGUMENT_POSITIONAL_LABEL:
		*ret_value = (struct argument_value){ 0 };
		return 0;
	}
	assert(!"a type of argument that the table does not have");
	return -EINVAL;
}

/*
 * What the type alone does not forbid: lo_block_size and the engine's copy of it have 32 bits, so 4 GiB would silently
 * become "the kernel's default"; and rounds count from 1, so a fault in round 0 would never happen.
 */
static int check_limit(const struct complaint *complaint, enum operation operation, const struct argument_info *info,
		       struct span text, const struct argument_value *value)
{
	if (operation == OPERATION_attach && strcmp(info->name, "block_size") == 0 && value->high > UINT32_MAX)
		return complain(complaint, text.at, "'%.*s' is too big for a block size; at most %uB", SPAN(text),
				UINT32_MAX);
	if (operation == OPERATION_fault && strcmp(info->name, "round") == 0 && value->low == 0)
		return complain(complaint, text.at, "there is no round 0; rounds count from 1");
	return 0;
}

static int complain_about_name(const struct complaint *complaint, const struct operation_info *info, struct span name)
{
	const char *names[OPERATION_ARGUMENT_COUNT_MAX];
	struct words words = { .what = "argument", .list = names, .count = 0 };

	for (unsigned int i = 0; i < info->argument_count; i++) {
		if (!is_positional(info->arguments[i].type))
			names[words.count++] = info->arguments[i].name;
	}
	if (info->argument_count == 0)
		return complain(complaint, name.at, "unknown argument '%.*s'; %s takes none", SPAN(name), info->name);
	if (words.count == 0)
		return complain(complaint, name.at,
				"unknown argument '%.*s'; %s takes only its %s, written bare: %s %s", SPAN(name),
				info->name, info->arguments[0].name, info->name, info->arguments[0].fallback);
	return words_complain(complaint, &words, name);
}

/* Which argument "name=value" is for. */
static int find_named(const struct complaint *complaint, const struct operation_info *info, struct span name,
		      unsigned int *ret_position)
{
	for (unsigned int i = 0; i < info->argument_count; i++) {
		if (!span_is(name, info->arguments[i].name))
			continue;
		if (is_positional(info->arguments[i].type))
			return complain(complaint, name.at, "%s has a name here; write its value bare: %s %s",
					info->arguments[i].name, info->name, info->arguments[i].fallback);
		*ret_position = i;
		return 0;
	}
	return complain_about_name(complaint, info, name);
}

/* Which argument a bare word is for: the positional one, if the operation has one. */
static int find_bare(const struct complaint *complaint, const struct operation_info *info, struct span word,
		     unsigned int *ret_position)
{
	for (unsigned int i = 0; i < info->argument_count; i++) {
		if (span_is(word, info->arguments[i].name) && !is_positional(info->arguments[i].type))
			return complain(complaint, word.at,
					"argument '%.*s' has no value; write %.*s=%s, without blanks", SPAN(word),
					SPAN(word), info->arguments[i].fallback);
	}
	if (word.at[0] == '#')
		return complain(
			complaint, word.at,
			"'#' begins a comment only at the start of a line; behind something, begin it with ';'");
	for (unsigned int i = 0; i < info->argument_count; i++) {
		if (!is_positional(info->arguments[i].type))
			continue;
		*ret_position = i;
		return 0;
	}
	return complain_about_name(complaint, info, word);
}

static int parse_argument(const struct complaint *complaint, const struct operation_info *info, struct span word,
			  struct operation_call *call, bool *was_given)
{
	const char *equals = memchr(word.at, '=', word.bytes);
	struct span name = { .at = word.at, .bytes = equals ? (size_t)(equals - word.at) : word.bytes };
	struct span text = word;
	unsigned int position = 0;
	int r;

	if (equals && name.bytes == 0)
		return complain(complaint, word.at, "no name before '='; write name=value, without blanks");
	r = equals ? find_named(complaint, info, name, &position) : find_bare(complaint, info, word, &position);
	if (r < 0)
		return r;
	if (equals)
		text = (struct span){ .at = equals + 1, .bytes = word.bytes - name.bytes - 1 };
	if (text.bytes == 0)
		return complain(complaint, word.at, "argument '%.*s' has no value; write %.*s=%s, without blanks",
				SPAN(name), SPAN(name), info->arguments[position].fallback);
	if (was_given[position])
		return complain(complaint, word.at, "'%s' is given twice; keep one", info->arguments[position].name);
	was_given[position] = true;
	r = parse_value(complaint, info->arguments[position].type, text, &call->arguments[position]);
	if (r < 0)
		return r;
	return check_limit(complaint, call->operation, &info->arguments[position], text, &call->arguments[position]);
}

static int set_defaults(const struct complaint *complaint, const struct operation_info *info,
			struct operation_call *call)
{
	int r;

	for (unsigned int i = 0; i < info->argument_count; i++) {
		r = parse_value(complaint, info->arguments[i].type, span_of(info->arguments[i].fallback),
				&call->arguments[i]);
		assert(r == 0);
		if (r < 0)
			return r;
	}
	return 0;
}

int program_parse_line(const struct complaint *complaint, struct span text, struct operation_call *ret_call)
{
	bool was_given[OPERATION_ARGUMENT_COUNT_MAX] = { false };
	struct span word = span_take_word(&text, "");
	struct operation_call call = { .line = complaint->line };
	const struct operation_info *info;
	unsigned int index;
	int r;

	if (words_find(&operation_words, word, &index) < 0)
		return words_complain(complaint, &operation_words, word);
	call.operation = (enum operation)index;
	info = operation_info(call.operation);
	r = set_defaults(complaint, info, &call);
	if (r < 0)
		return r;
	for (word = span_take_word(&text, ""); word.bytes > 0; word = span_take_word(&text, "")) {
		r = parse_argument(complaint, info, word, &call, was_given);
		if (r < 0)
			return r;
	}
	*ret_call = call;
	return 0;
}
