/* SPDX-License-Identifier: Apache-2.0 */
/* Traits by version, and by probe; see traits.h. */
#include "harness/judge/traits.h"

#include <stdio.h>
#include <string.h>

#define RANGE_COUNT_MAX 8

struct range {
	unsigned int from[3];
	unsigned int before[3]; /* 0.0.0: no end */
	bool is_unsure;
};

struct trait {
	const char *name;
	const char *reason;
	struct range ranges[RANGE_COUNT_MAX];
};

static const struct trait table[] = {
#define X(name, reason, ...) [LOOP_TRAIT_##name] = { #name, reason, { __VA_ARGS__ } },
	LOOP_TRAITS(X)
#undef X
};
_Static_assert(LOOP_TRAIT_COUNT <= 32, "a set has so many bits");

static int compare(const unsigned int left[3], const unsigned int right[3])
{
	for (unsigned int i = 0; i < 3; i++)
		if (left[i] != right[i])
			return left[i] < right[i] ? -1 : 1;
	return 0;
}

static bool is_in(const struct range *range, const unsigned int version[3])
{
	bool is_empty = !range->from[0] && !range->before[0];
	bool has_end = range->before[0] != 0;

	return !is_empty && compare(version, range->from) >= 0 && (!has_end || compare(version, range->before) < 0);
}

static void settle(struct loop_traits *traits, unsigned int trait, bool has, bool lacks)
{
	uint32_t bit = UINT32_C(1) << trait;

	traits->has = (traits->has & ~bit) | (has ? bit : 0);
	traits->lacks = (traits->lacks & ~bit) | (lacks ? bit : 0);
}

/* What one release says of a trait is added to what others have said. */
static void consult(const struct trait *trait, const unsigned int version[3], bool *has, bool *lacks)
{
	bool is_known = false;

	for (unsigned int i = 0; i < RANGE_COUNT_MAX; i++)
		if (is_in(&trait->ranges[i], version)) {
			is_known = true;
			*has = true;
			*lacks |= trait->ranges[i].is_unsure;
		}
	*lacks |= !is_known;
}

struct loop_traits loop_traits_of(struct kernel_version version)
{
	struct loop_traits traits = { 0 };

	for (unsigned int i = 0; i < LOOP_TRAIT_COUNT; i++) {
		unsigned int first[3] = { version.major, version.minor, version.patch > 0 ? version.patch : 0 };
		unsigned int last[3] = { version.major, version.minor, UINT16_MAX };
		bool has = false, lacks = false;

		consult(&table[i], first, &has, &lacks);
		if (version.patch < 0)
			consult(&table[i], last, &has, &lacks);
		settle(&traits, i, has, lacks);
	}
	return traits;
}

struct loop_traits loop_traits_for_model(struct loop_traits traits)
{
	for (unsigned int i = 0; i < LOOP_TRAIT_COUNT; i++)
		if (!(LOOP_TRAITS_OF_MODEL >> i & 1))
			settle(&traits, i, false, true);
	return traits;
}

/* "trait name=deferred_detach value=1"; any other line is none of ours. */
static void read_line(struct loop_traits *traits, const char *line, size_t bytes)
{
	char text[128], name[64];
	unsigned int value;

	if (bytes >= sizeof(text))
		return;
	memcpy(text, line, bytes);
	text[bytes] = '\0';
	if (sscanf(text, "trait name=%63[a-z0-9_] value=%u", name, &value) != 2 || value > 1)
		return;
	for (unsigned int i = 0; i < LOOP_TRAIT_COUNT; i++)
		if (strcmp(table[i].name, name) == 0) {
			settle(traits, i, value == 1, value == 0);
			traits->probed |= UINT32_C(1) << i;
		}
}

void loop_traits_read_probes(struct loop_traits *traits, const struct history *history)
{
	const char *at = history->notes, *end = at + history->notes_bytes;

	while (at && at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *line_end = newline ? newline : end;

		if (line_end - at > 6 && memcmp(at, "trait ", 6) == 0)
			read_line(traits, at, (size_t)(line_end - at));
		at = line_end + 1;
	}
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

		if (traits >> i & 1)
			length += snprintf(text + used, text_bytes - used, "%s%s", length ? ", " : "", table[i].name);
	}
	return length ? length : snprintf(text, text_bytes, "none");
}
