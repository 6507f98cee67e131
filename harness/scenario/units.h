/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers, times and sizes as a scenario writes them: whole numbers, and a unit directly behind a time or a size.
 *
 * A number without a unit is refused even where it would be harmless ("0"): who reads "hold 5" cannot know what of.
 */
#pragma once

#include "harness/scenario/words.h"

#include <stdint.h>

/* X(unit, how many of the smallest), smallest first. */
#define SCENARIO_TIME_UNITS(X)                                                                                         \
	X(ns, 1ULL) X(us, 1000ULL) X(ms, 1000000ULL) X(s, 1000000000ULL) X(min, 60000000000ULL) X(h, 3600000000000ULL)
#define SCENARIO_SIZE_UNITS(X) X(B, 1ULL) X(KiB, 1ULL << 10) X(MiB, 1ULL << 20) X(GiB, 1ULL << 30)

/* So that "now + time" and "offset + size" never overflow. */
#define SCENARIO_VALUE_MAX ((uint64_t)INT64_MAX)

struct unit {
	const char *name;
	uint64_t factor;
};

struct units {
	const char *what;    /* "time" */
	const char *example; /* "500us" */
	unsigned int count;
	struct unit list[8];
};

extern const struct units units_of_time;
extern const struct units units_of_size;

/* Outcomes of the functions below. */
enum {
	UNITS_NO_NUMBER = 1,
	UNITS_NO_UNIT,
	UNITS_UNKNOWN_UNIT,
	UNITS_BLANK,	/* a blank between number and unit */
	UNITS_FRACTION, /* "1.5s" */
	UNITS_TOO_BIG,
};

/**
 * units_parse_number() - digits and nothing else
 * @text:	the digits
 * @ret_value:	written only on success
 *
 * Return: 0, UNITS_NO_NUMBER, or UNITS_TOO_BIG (over SCENARIO_VALUE_MAX).
 */
int units_parse_number(struct span text, uint64_t *ret_value);

/**
 * units_parse_hex() - "0x" and digits, and nothing else
 * @text:	such as "0xffffffffffffffff"
 * @ret_value:	written only on success
 *
 * Return: 0, UNITS_NO_NUMBER, or UNITS_TOO_BIG (more than 64 bits).
 */
int units_parse_hex(struct span text, uint64_t *ret_value);

/**
 * units_parse() - a number and its unit
 * @units:	which units there are
 * @text:	such as "500us"
 * @fallback:	unit of a number without one, or NULL: it must have one
 * @ret_value:	in the smallest unit; written only on success
 * @ret_unit:	the unit that counted; may be NULL; written only on success
 *
 * Return: 0 or one of the outcomes above.
 */
int units_parse(const struct units *units, struct span text, const struct unit *fallback, uint64_t *ret_value,
		const struct unit **ret_unit);

/**
 * units_complain() - say what is wrong with a time or a size
 * @complaint:	where to say it
 * @units:	which units there are
 * @text:	what was refused
 * @outcome:	why
 *
 * Return: -EINVAL.
 */
int units_complain(const struct complaint *complaint, const struct units *units, struct span text, int outcome);
