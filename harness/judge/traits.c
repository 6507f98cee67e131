/* SPDX-License-Identifier: Apache-2.0 */
/* Traits by version; see traits.h. */
#include "harness/judge/traits.h"

#include <stdio.h>

struct trait {
	const char *name;
	unsigned int from_major, from_minor;
	unsigned int until_major, until_minor;
	const char *reason;
};

static const struct trait table[] = {
#define X(name, from_major, from_minor, until_major, until_minor, reason)                                              \
	[LOOP_TRAIT_##name] = { #name, from_major, from_minor, until_major, until_minor, reason },
	LOOP_TRAITS(X)
#undef X
};

static bool is_before(unsigned int major, unsigned int minor, unsigned int other_major, unsigned int other_minor)
{
	return major != other_major ? major < other_major : minor < other_minor;
}

uint32_t loop_traits_of(unsigned int major, unsigned int minor)
{
	uint32_t traits = 0;

	for (unsigned int i = 0; i < LOOP_TRAIT_COUNT; i++) {
		bool is_over =
			table[i].until_major && !is_before(major, minor, table[i].until_major, table[i].until_minor);

		if (!is_before(major, minor, table[i].from_major, table[i].from_minor) && !is_over)
			traits |= UINT32_C(1) << i;
	}
	return traits;
}

const char *loop_trait_name(enum loop_trait trait)
{
	return (unsigned int)trait < LOOP_TRAIT_COUNT ? table[trait].name : "?";
}

const char *loop_trait_reason(enum loop_trait trait)
{
	return (unsigned int)trait < LOOP_TRAIT_COUNT ? table[trait].reason : "?";
}

int loop_traits_format(uint32_t traits, char *text, size_t text_bytes)
{
	int length = 0;

	for (unsigned int i = 0; i < LOOP_TRAIT_COUNT; i++) {
		size_t used = (size_t)length < text_bytes ? (size_t)length : text_bytes - 1;

		if (has_trait(traits, (enum loop_trait)i))
			length += snprintf(text + used, text_bytes - used, "%s%s", length ? ", " : "", table[i].name);
	}
	return length ? length : snprintf(text, text_bytes, "none");
}
