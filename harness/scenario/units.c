/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading numbers, times and sizes.
 *
 * strtoull() is not used: it takes "-1", "0x10" and " 1" for numbers and wants a NUL behind the digits.
 */
#include "harness/scenario/units.h"

#include <errno.h>

#include "harness/scenario/scenario.h"

#define UNIT(name_, factor_)	   { .name = #name_, .factor = (factor_) },
#define UNIT_COUNT(name_, factor_) +1

const struct units units_of_time = {
	.what = "time",
	.example = "500us",
	.count = 0 SCENARIO_TIME_UNITS(UNIT_COUNT),
	.list = { SCENARIO_TIME_UNITS(UNIT) },
};

const struct units units_of_size = {
	.what = "size",
	.example = "64KiB",
	.count = 0 SCENARIO_SIZE_UNITS(UNIT_COUNT),
	.list = { SCENARIO_SIZE_UNITS(UNIT) },
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t digit_count(struct span text)
{
	size_t count = 0;

	while (count < text.bytes && is_digit(text.at[count]))
		count++;
	return count;
}

int units_parse_number(struct span text, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (text.bytes == 0 || digit_count(text) != text.bytes)
		return UNITS_NO_NUMBER;
	for (size_t i = 0; i < text.bytes; i++) {
		uint64_t digit = (uint64_t)(text.at[i] - '0');

		if (value > (SCENARIO_VALUE_MAX - digit) / 10)
			return UNITS_TOO_BIG;
		value = value * 10 + digit;
	}
	*ret_value = value;
	return 0;
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int units_parse_hex(struct span text, uint64_t *ret_value)
{
	uint64_t value = 0;
	bool is_too_big = false;

	if (!span_starts_with(text, "0x") || text.bytes == 2)
		return UNITS_NO_NUMBER;
	for (size_t i = 2; i < text.bytes; i++) {
		int digit = hex_digit(text.at[i]);

		if (digit < 0)
			return UNITS_NO_NUMBER;
		is_too_big |= value >> 60 != 0;
		value = value << 4 | (uint64_t)digit;
	}
	if (is_too_big)
		return UNITS_TOO_BIG;
	*ret_value = value;
	return 0;
}

static const struct unit *find_unit(const struct units *units, struct span name)
{
	for (unsigned int i = 0; i < units->count; i++) {
		if (span_is(name, units->list[i].name))
			return &units->list[i];
	}
	return NULL;
}

int units_parse(const struct units *units, struct span text, const struct unit *fallback, uint64_t *ret_value,
		const struct unit **ret_unit)
{
	struct span number = { .at = text.at, .bytes = digit_count(text) };
	struct span name = { .at = text.at + number.bytes, .bytes = text.bytes - number.bytes };
	const struct unit *unit = fallback;
	uint64_t value;
	int r;

	r = units_parse_number(number, &value);
	if (r != 0)
		return r;
	if (name.bytes > 0) {
		if (span_is_blank(name.at[0]))
			return UNITS_BLANK;
		if (name.at[0] == '.')
			return UNITS_FRACTION;
		unit = find_unit(units, name);
		if (!unit)
			return UNITS_UNKNOWN_UNIT;
	}
	if (!unit)
		return UNITS_NO_UNIT;
	if (value > SCENARIO_VALUE_MAX / unit->factor)
		return UNITS_TOO_BIG;
	*ret_value = value * unit->factor;
	if (ret_unit)
		*ret_unit = unit;
	return 0;
}

static int complain_unknown_unit(const struct complaint *complaint, const struct units *units, struct span text)
{
	const char *names[sizeof(units->list) / sizeof(units->list[0])];
	const struct words words = { .what = "unit", .list = names, .count = units->count };
	size_t skip = digit_count(text);

	for (unsigned int i = 0; i < units->count; i++)
		names[i] = units->list[i].name;
	return words_complain(complaint, &words, (struct span){ .at = text.at + skip, .bytes = text.bytes - skip });
}

int units_complain(const struct complaint *complaint, const struct units *units, struct span text, int outcome)
{
	switch (outcome) {
	case UNITS_NO_UNIT:
		return complain(complaint, text.at, "'%.*s' has no unit; write a number with its unit, such as %s",
				SPAN(text), units->example);
	case UNITS_UNKNOWN_UNIT:
		return complain_unknown_unit(complaint, units, text);
	case UNITS_BLANK:
		return complain(complaint, text.at,
				"'%.*s' has a blank in it; write the unit directly behind the number, such as %s",
				SPAN(text), units->example);
	case UNITS_FRACTION:
		return complain(complaint, text.at, "'%.*s' is not a whole number; use a smaller unit, such as %s",
				SPAN(text), units->example);
	case UNITS_TOO_BIG:
		return complain(complaint, text.at, "'%.*s' is too big; at most %llu%s", SPAN(text),
				(unsigned long long)SCENARIO_VALUE_MAX, units->list[0].name);
	default:
		return complain(complaint, text.at, "'%.*s' is no %s; write a number with its unit, such as %s",
				SPAN(text), units->what, units->example);
	}
}

static int parse_whole(const struct units *units, const char *text, uint64_t *ret_value)
{
	int r;

	r = units_parse(units, span_of(text), NULL, ret_value, NULL);
	if (r == UNITS_TOO_BIG)
		return -ERANGE;
	return r == 0 ? 0 : -EINVAL;
}

int scenario_parse_duration(const char *text, uint64_t *ret_ns)
{
	return parse_whole(&units_of_time, text, ret_ns);
}

int scenario_parse_size(const char *text, uint64_t *ret_bytes)
{
	return parse_whole(&units_of_size, text, ret_bytes);
}
