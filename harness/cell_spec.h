/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the host tells a guest: which scenario to run and how, as the text that stands in the recorder's specification.
 *
 *	name=get_free_race
 *	seed=8a5cd789635d2dff
 *	workers=16
 *	duration_ns=5000000000
 *	rounds=0
 *
 *	[scenario]
 *	...the scenario file, byte for byte...
 */
#pragma once

#include "harness/scenario/scenario.h"

struct cell_spec {
	const char *scenario_name;
	const char *scenario_text;
	size_t scenario_bytes;
	uint64_t seed;
	unsigned int worker_count;
	uint64_t duration_ns;
	uint64_t round_count;
};

/**
 * cell_spec_format() - to text
 * @spec:	what to say
 * @ret_bytes:	length without the NUL behind it
 *
 * Return: malloc'ed text, or NULL when memory is short.
 */
char *cell_spec_format(const struct cell_spec *spec, size_t *ret_bytes);

/**
 * cell_spec_parse() - from text to a scenario that is ready to run
 * @text:	specification; need not end in a NUL
 * @text_bytes:	its length
 * @ret_scenario: with the specification's workers, duration and rounds; owned by the caller
 * @ret_seed:	the run's seed
 * @ret_error:	one line; written only on failure
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int cell_spec_parse(const char *text, size_t text_bytes, struct scenario **ret_scenario, uint64_t *ret_seed,
		    struct scenario_error *ret_error);
