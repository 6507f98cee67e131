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

/* clang-format off */
#define X(word) #word,
static const char *const api_list[] = { LOOPRACE_API_WORDS(X) };
static const char *const check_list[] = { LOOPRACE_CHECK_WORDS(X) };
static const char *const mode_list[] = { LOOPRACE_MODE_WORDS(X) };
static const char *const layout_list[] = { LOOPRACE_LAYOUT_WORDS(X) };
static const char *const pointer_list[] = { LOOPRACE_POINTER_WORDS(X) };
static const char *const fault_list[] = { LOOPRACE_FAULT_WORDS(X) };
static const char *const injection_list[] = { LOOPRACE_INJECTION_WORDS(X) };
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
static const struct words mode_words = WORDS("mode", mode_list);
static const struct words layout_words = WORDS("layout", layout_list);
static const struct words pointer_words = WORDS("pointer", pointer_list);
static const struct words fault_words = WORDS("fault", fault_list);
static const struct words injection_words = WORDS("injection", injection_list);
const struct words operation_words = { .what = "operation",
				       .list = operation_list,
				       .count = COUNT_OF(operation_list),
				       .where = "looprace list operations" };

static bool is_reference(enum argument_type type)
{
	return type == ARGUMENT_DESCRIPTOR || type == ARGUMENT_POSITIONAL_DESCRIPTOR || type == ARGUMENT_FILE ||
	       type == ARGUMENT_POSITIONAL_FILE || type == ARGUMENT_POSITIONAL_DEVICE ||
	       type == ARGUMENT_POSITIONAL_LABEL;
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

/* "0x1000" for what has no sensible unit, such as a size that must be refused. */
static int parse_size(const struct complaint *complaint, struct span text, struct argument_value *ret_value)
{
	uint64_t value;
	int r;

	if (!span_starts_with(text, "0x"))
		return parse_measure(complaint, &units_of_size, text, ret_value);
	r = units_parse_hex(text, &value);
	if (r == UNITS_TOO_BIG)
		return complain(complaint, text.at, "'%.*s' is too big; at most 0x%llx", SPAN(text),
				(unsigned long long)UINT64_MAX);
	if (r != 0)
		return complain(complaint, text.at, "'%.*s' is no size; write 0x and hexadecimal digits, or 64KiB",
				SPAN(text));
	*ret_value = (struct argument_value){ .low = value, .high = value };
	return 0;
}

/* "5", "-1" or "0x4c7f": what goes into the kernel as it is. */
static int parse_bare_number(const struct complaint *complaint, struct span text, struct argument_value *ret_value)
{
	bool is_negative = span_starts_with(text, "-");
	struct span digits = { .at = text.at + is_negative, .bytes = text.bytes - is_negative };
	uint64_t value;
	int r;

	r = span_starts_with(text, "0x") ? units_parse_hex(text, &value) : units_parse_number(digits, &value);
	if (r == UNITS_TOO_BIG)
		return complain(complaint, text.at, "'%.*s' is too big; from -%lld to %lld, or 0x... of 64 bits",
				SPAN(text), (long long)INT64_MAX, (long long)INT64_MAX);
	if (r != 0)
		return complain(complaint, text.at, "'%.*s' is no number; write one such as 5, -1 or 0x4c7f",
				SPAN(text));
	value = is_negative ? -value : value;
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

static int complain_backwards(const struct complaint *complaint, struct span text, struct span low, struct span high)
{
	return complain(complaint, text.at, "the range '%.*s' runs backwards; write %.*s..%.*s", SPAN(text), SPAN(high),
			SPAN(low));
}

/* Cuts "LOW..HIGH" in two. */
static bool is_range(struct span text, struct span *ret_low, struct span *ret_high)
{
	const char *dots = memmem(text.at, text.bytes, "..", 2);

	if (!dots)
		return false;
	*ret_low = (struct span){ .at = text.at, .bytes = (size_t)(dots - text.at) };
	*ret_high = (struct span){ .at = dots + 2, .bytes = text.bytes - ret_low->bytes - 2 };
	return true;
}

/* "5" and "1..30" */
static int parse_count_range(const struct complaint *complaint, struct span text, struct argument_value *ret_value)
{
	struct argument_value low_value, high_value;
	struct span low, high;
	int r;

	if (!is_range(text, &low, &high))
		return parse_count(complaint, text, ret_value);
	r = parse_count(complaint, low, &low_value);
	if (r == 0)
		r = parse_count(complaint, high, &high_value);
	if (r < 0)
		return r;
	if (low_value.low > high_value.low)
		return complain_backwards(complaint, text, low, high);
	*ret_value = (struct argument_value){ .low = low_value.low, .high = high_value.low };
	return 0;
}

/* "500us", "10us..500us", and "0..500us", where the first number has the unit of the second. */
static int parse_range(const struct complaint *complaint, struct span text, struct argument_value *ret_value)
{
	struct argument_value value;
	const struct unit *unit;
	struct span low;
	struct span high;
	int r;

	if (!is_range(text, &low, &high))
		return parse_measure(complaint, &units_of_time, text, ret_value);
	r = units_parse(&units_of_time, high, NULL, &value.high, &unit);
	if (r != 0)
		return units_complain(complaint, &units_of_time, high, r);
	r = units_parse(&units_of_time, low, unit, &value.low, NULL);
	if (r != 0)
		return units_complain(complaint, &units_of_time, low, r);
	if (value.low > value.high)
		return complain_backwards(complaint, text, low, high);
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
		return parse_size(complaint, text, ret_value);
	case ARGUMENT_COUNT:
		return parse_count(complaint, text, ret_value);
	case ARGUMENT_COUNT_RANGE:
		return parse_count_range(complaint, text, ret_value);
	case ARGUMENT_NUMBER:
	case ARGUMENT_POSITIONAL_NUMBER:
		return parse_bare_number(complaint, text, ret_value);
	case ARGUMENT_DURATION:
		return parse_measure(complaint, &units_of_time, text, ret_value);
	case ARGUMENT_MODE:
		return parse_word(complaint, &mode_words, text, ret_value);
	case ARGUMENT_LAYOUT:
		return parse_word(complaint, &layout_words, text, ret_value);
	case ARGUMENT_POINTER:
		return parse_word(complaint, &pointer_words, text, ret_value);
	case ARGUMENT_POSITIONAL_DURATION_RANGE:
		return parse_range(complaint, text, ret_value);
	case ARGUMENT_POSITIONAL_CHECK:
		return parse_word(complaint, &check_words, text, ret_value);
	case ARGUMENT_POSITIONAL_FAULT:
		return parse_word(complaint, &fault_words, text, ret_value);
	case ARGUMENT_POSITIONAL_INJECTION:
		return parse_word(complaint, &injection_words, text, ret_value);
	case ARGUMENT_DESCRIPTOR:
	case ARGUMENT_FILE:
	case ARGUMENT_POSITIONAL_DESCRIPTOR:
	case ARGUMENT_POSITIONAL_FILE:
	case ARGUMENT_POSITIONAL_DEVICE:
	case ARGUMENT_POSITIONAL_LABEL:
		break; /* is_reference() */
	}
	assert(!"a type of argument that the table does not have");
	return -EINVAL;
}

/*
 * What the type alone does not forbid, and the reasons: records and ioctls have 8 or 32 bits for some values, so that a
 * larger one would silently become another; data is tagged in blocks of 512 bytes; and rounds count from 1.  What the
 * kernel itself refuses is allowed, since refusing is what is tested.
 */
static const struct limit {
	enum operation operation;
	unsigned int position;
	uint64_t min;
	uint64_t max;
	uint64_t multiple;
	const char *right;
} limits[] = {
#define LIMIT(operation_, name_, min_, max_, multiple_, right_)                                                        \
	{ OPERATION_##operation_, ARGUMENT_AT(operation_, name_), min_, max_, multiple_, right_ },
#define BLOCKS(operation)                                                                                              \
	LIMIT(operation, at, 0, UINT64_MAX, 512, "a multiple of 512B")                                                 \
	LIMIT(operation, length, 512, 1 << 20, 512, "from 512B to 1MiB, a multiple of 512B")
#define FLAGS(operation) LIMIT(operation, flags, 0, UINT32_MAX, 1, "from 0 to 0xffffffff")
#define ENCRYPTION(operation)                                                                                          \
	LIMIT(operation, encryption, 0, UINT32_MAX, 1, "at most 4294967295")                                           \
	LIMIT(operation, key_size, 0, UINT32_MAX, 1, "at most 4294967295")
	/* clang-format off */
	LIMIT(attach, block_size, 0, UINT32_MAX, 1, "at most 4294967295B")
	LIMIT(configure, block_size, 0, UINT32_MAX, 1, "at most 4294967295B")
	LIMIT(fault, round, 1, UINT32_MAX, 1, "rounds count from 1")
	LIMIT(open, partition, 0, 255, 1, "from 0, the whole device, to 255")
	LIMIT(partition_add, number, 0, 255, 1, "from 0 to 255")
	LIMIT(partition_delete, number, 0, 255, 1, "from 0 to 255")
	LIMIT(ioctl, request, 0, UINT32_MAX, 1, "from 0 to 0xffffffff")
	FLAGS(configure) FLAGS(set_status)
	ENCRYPTION(configure) ENCRYPTION(set_status)
	BLOCKS(read) BLOCKS(write) BLOCKS(load) BLOCKS(store)
	LIMIT(map, at, 0, INT64_MAX, 4096, "a multiple of 4KiB")
	LIMIT(map, length, 1, 1 << 30, 1, "from 1B to 1GiB")
	LIMIT(truncate, size, 0, 1ULL << 40, 1, "from 0B to 1024GiB")
	LIMIT(inject, value, 1, 1000, 1, "from 1 to 1000")
/* clang-format on */
#undef LIMIT
#undef BLOCKS
#undef FLAGS
#undef ENCRYPTION
};

static int check_limit(const struct complaint *complaint, enum operation operation, unsigned int position,
		       struct span text, const struct argument_value *value)
{
	for (size_t i = 0; i < COUNT_OF(limits); i++) {
		const struct limit *limit = &limits[i];

		if (limit->operation != operation || limit->position != position)
			continue;
		if (value->low < limit->min || value->high > limit->max || value->low % limit->multiple != 0)
			return complain(complaint, text.at, "'%.*s' is no %s for %s; %s", SPAN(text),
					operation_info(operation)->arguments[position].name,
					operation_info(operation)->name, limit->right);
	}
	return 0;
}

/* Arguments that contradict each other, where the kernel would never see one of them. */
static int check_together(const struct complaint *complaint, const struct operation_call *call, const bool *was_given)
{
	static const struct {
		enum operation operation;
		unsigned int file;
		unsigned int from;
	} binds[] = {
		{ OPERATION_set_fd, ARGUMENT_AT(set_fd, file), ARGUMENT_AT(set_fd, from) },
		{ OPERATION_configure, ARGUMENT_AT(configure, file), ARGUMENT_AT(configure, from) },
		{ OPERATION_change_fd, ARGUMENT_AT(change_fd, file), ARGUMENT_AT(change_fd, from) },
	};

	for (size_t i = 0; i < COUNT_OF(binds); i++) {
		if (call->operation == binds[i].operation && was_given[binds[i].file] && was_given[binds[i].from])
			return complain(complaint, NULL, "both file and from are given; keep the one to bind");
	}
	if (call->operation == OPERATION_inject &&
	    call->arguments[ARGUMENT_AT(inject, what)].low > INJECTION_fail_nth &&
	    call->arguments[ARGUMENT_AT(inject, value)].high > 90)
		return complain(
			complaint, NULL,
			"value is a percentage here, at most 90: what must not fail is tried again until it does not");
	if (call->operation == OPERATION_open && call->arguments[ARGUMENT_AT(open, own_node)].low != 0 &&
	    call->arguments[ARGUMENT_AT(open, partition)].low > 0)
		return complain(complaint, NULL,
				"a node of our own leads to the whole device; drop own_node or partition");
	if (call->operation == OPERATION_set_status &&
	    call->arguments[ARGUMENT_AT(set_status, layout)].low == LAYOUT_info) {
		if (call->arguments[ARGUMENT_AT(set_status, size_limit)].low > 0)
			return complain(complaint, NULL,
					"layout=info has no room for size_limit; drop it, or write layout=info64");
		if (call->arguments[ARGUMENT_AT(set_status, offset)].low > UINT32_MAX)
			return complain(
				complaint, NULL,
				"layout=info has 32 bits for offset; at most 0xffffffff, or write layout=info64");
	}
	return 0;
}

static int complain_about_name(const struct complaint *complaint, const struct operation_info *info, struct span name)
{
	const char *names[OPERATION_ARGUMENT_COUNT_MAX];
	struct words words = { .what = "argument", .list = names, .count = 0 };

	for (unsigned int i = 0; i < info->argument_count; i++) {
		if (!argument_is_positional(info->arguments[i].type))
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
		if (argument_is_positional(info->arguments[i].type))
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
		if (span_is(word, info->arguments[i].name) && !argument_is_positional(info->arguments[i].type))
			return complain(complaint, word.at,
					"argument '%.*s' has no value; write %.*s=%s, without blanks", SPAN(word),
					SPAN(word), info->arguments[i].fallback);
	}
	if (word.at[0] == '#')
		return complain(
			complaint, word.at,
			"'#' begins a comment only at the start of a line; behind something, begin it with ';'");
	for (unsigned int i = 0; i < info->argument_count; i++) {
		if (!argument_is_positional(info->arguments[i].type))
			continue;
		*ret_position = i;
		return 0;
	}
	return complain_about_name(complaint, info, word);
}

static int parse_argument(const struct complaint *complaint, const struct operation_info *info, struct span word,
			  struct program_line *line, bool *was_given)
{
	const char *equals = memchr(word.at, '=', word.bytes);
	struct span name = { .at = word.at, .bytes = equals ? (size_t)(equals - word.at) : word.bytes };
	struct argument_value *value;
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
	if (is_reference(info->arguments[position].type)) {
		line->references[line->reference_count++] =
			(struct program_reference){ .position = position, .name = text };
		return 0;
	}
	value = &line->call.arguments[position];
	r = parse_value(complaint, info->arguments[position].type, text, value);
	if (r < 0)
		return r;
	return check_limit(complaint, line->call.operation, position, text, value);
}

static int set_defaults(const struct complaint *complaint, const struct operation_info *info,
			struct operation_call *call)
{
	int r;

	for (unsigned int i = 0; i < info->argument_count; i++) {
		if (is_reference(info->arguments[i].type))
			continue;
		r = parse_value(complaint, info->arguments[i].type, span_of(info->arguments[i].fallback),
				&call->arguments[i]);
		assert(r == 0);
		if (r < 0)
			return r;
	}
	return 0;
}

static void add_default_references(const struct operation_info *info, const bool *was_given, struct program_line *line)
{
	for (unsigned int i = 0; i < info->argument_count; i++) {
		if (was_given[i] || !is_reference(info->arguments[i].type))
			continue;
		line->references[line->reference_count++] = (struct program_reference){
			.position = i, .name = span_of(info->arguments[i].fallback), .is_default = true
		};
	}
}

/* "bind: set_fd": @word is "bind:", and becomes "set_fd". */
static int take_label(const struct complaint *complaint, struct span *word, struct span *text, struct span *ret_label)
{
	const char *colon = memchr(word->at, ':', word->bytes);
	struct span label = { .at = word->at, .bytes = colon ? (size_t)(colon - word->at) : 0 };
	int r;

	if (!colon)
		return 0;
	r = name_check(complaint, "a label", label, false);
	if (r < 0)
		return r;
	if (label.bytes + 1 < word->bytes)
		return complain(complaint, colon + 1, "no blank behind the label; write '%.*s: %.*s'", SPAN(label),
				(int)(word->bytes - label.bytes - 1), colon + 1);
	*word = span_take_word(text, "");
	if (word->bytes == 0)
		return complain(complaint, colon, "no operation behind the label; write it on the same line");
	*ret_label = label;
	return 0;
}

int program_parse_line(const struct complaint *complaint, struct span text, struct program_line *ret_line)
{
	bool was_given[OPERATION_ARGUMENT_COUNT_MAX] = { false };
	struct program_line line = { .call = { .line = complaint->line, .label = -1 } };
	struct span word = span_take_word(&text, "");
	const struct operation_info *info;
	unsigned int index;
	int r;

	r = take_label(complaint, &word, &text, &line.label);
	if (r < 0)
		return r;
	if (words_find(&operation_words, word, &index) < 0)
		return words_complain(complaint, &operation_words, word);
	line.call.operation = (enum operation)index;
	info = operation_info(line.call.operation);
	r = set_defaults(complaint, info, &line.call);
	if (r < 0)
		return r;
	for (word = span_take_word(&text, ""); word.bytes > 0; word = span_take_word(&text, "")) {
		r = parse_argument(complaint, info, word, &line, was_given);
		if (r < 0)
			return r;
	}
	r = check_together(complaint, &line.call, was_given);
	if (r < 0)
		return r;
	add_default_references(info, was_given, &line);
	*ret_line = line;
	return 0;
}

bool program_is_line(struct span text)
{
	struct span word = span_take_word(&text, "");
	unsigned int index;

	if (word.bytes > 1 && word.at[word.bytes - 1] == ':')
		word = span_take_word(&text, "");
	return words_find(&operation_words, word, &index) == 0;
}
