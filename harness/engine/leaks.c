/* SPDX-License-Identifier: Apache-2.0 */
/* Counting, using, counting; see leaks.h. */
#include "harness/engine/leaks.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/engine/clock.h"

#define CYCLE_COUNT 5

/* One use leaves no more objects of a kind behind than this; what grows faster is noise. */
#define OBJECT_COUNT_MAX 8

/* The kernel frees in batches after five seconds at the latest (KFREE_DRAIN_JIFFIES). */
#define SETTLE_S 6

/* Of a cache in one cycle; 0 when that is no growth that a leak makes. */
static uint64_t leak_in_cycle(const struct slabs *before, const struct slabs *after, unsigned int use_count,
			      const char *name)
{
	const struct slab *slab = slabs_find(after, name);
	int64_t growth = slab ? slabs_growth(before, slab) : 0;

	/* A whole slab more is what a CPU has taken into use. */
	if (growth <= 0 || growth % use_count != 0 || growth > (int64_t)use_count * OBJECT_COUNT_MAX ||
	    (slab->slab_object_count && growth % (int64_t)slab->slab_object_count == 0))
		return 0;
	return (uint64_t)growth;
}

uint64_t leaks_is_suspect(const struct slabs *counts, unsigned int cycle_count, unsigned int use_count,
			  const char *name)
{
	unsigned int equal_count = 0;
	uint64_t last_growth = 0;

	for (unsigned int i = 0; i < cycle_count; i++) {
		uint64_t growth = leak_in_cycle(&counts[i], &counts[i + 1], use_count, name);

		equal_count = growth && growth == last_growth ? equal_count + 1 : growth != 0;
		if (equal_count == LEAKS_EQUAL_COUNT)
			return growth;
		last_growth = growth;
	}
	return 0;
}

/* Return: 0, or -ETIME. */
static int run_cycles(const struct leak_search *search, struct slabs *counts)
{
	uint64_t start_ns = clock_now_ns();

	/* What a first use leaves in caches is none of it. */
	search->use(search->context);
	slabs_count(&counts[0]);
	for (unsigned int i = 1; i <= CYCLE_COUNT; i++) {
		for (unsigned int j = 0; j < search->use_count; j++) {
			search->use(search->context);
			if (clock_now_ns() - start_ns > LEAKS_BUDGET_NS)
				return -ETIME;
		}
		slabs_count(&counts[i]);
	}
	return 0;
}

static bool has_suspect(const struct leak_search *search, const struct slabs *counts)
{
	for (unsigned int i = 0; i < counts[CYCLE_COUNT].count; i++)
		if (leaks_is_suspect(counts, CYCLE_COUNT, search->use_count, counts[CYCLE_COUNT].slabs[i].name))
			return true;
	return false;
}

/* What was suspected with @first, has not gone back since, and has grown on with @second. */
static unsigned int note_leaks(const struct leak_search *search, const struct slabs *first, const struct slabs *second)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < first[CYCLE_COUNT].count; i++) {
		const struct slab *middle = &first[CYCLE_COUNT].slabs[i];
		uint64_t growth = leaks_is_suspect(first, CYCLE_COUNT, search->use_count, middle->name);
		const struct slab *last = slabs_find(&second[CYCLE_COUNT], middle->name);
		int64_t total;

		if (!growth || !last)
			continue;
		total = slabs_growth(&first[0], last);
		/* Noise may have taken the growth of one cycle in each of the two. */
		if (total < 2 * (CYCLE_COUNT - 1) * (int64_t)growth)
			continue;
		recorder_note(search->recorder, "resource name=slab_%s before=%llu after=%llu", last->name,
			      (unsigned long long)(last->object_count - (uint64_t)total),
			      (unsigned long long)last->object_count);
		count++;
	}
	return count;
}

unsigned int leaks_look(const struct leak_search *search)
{
	const struct timespec settle = { .tv_sec = SETTLE_S };
	/* Far too large for a stack. */
	struct slabs *counts = calloc(2 * (CYCLE_COUNT + 1), sizeof(*counts));
	struct slabs *again = counts + CYCLE_COUNT + 1;
	unsigned int count = 0;

	if (counts && run_cycles(search, counts) == 0 && has_suspect(search, counts)) {
		nanosleep(&settle, NULL);
		if (run_cycles(search, again) == 0)
			count = note_leaks(search, counts, again);
	}
	free(counts);
	return count;
}
