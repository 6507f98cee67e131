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
	for (unsigned int i = 0; i < cycle_count; i++) {
		uint64_t growth = leak_in_cycle(&counts[i], &counts[i + 1], use_count, name);
		unsigned int equal_count = 0;

		for (unsigned int j = i; growth && j < cycle_count; j++)
			equal_count += leak_in_cycle(&counts[j], &counts[j + 1], use_count, name) == growth;
		if (equal_count >= LEAKS_EQUAL_COUNT)
			return growth;
	}
	return 0;
}

static bool has_suspect(const struct leak_search *search, const struct slabs *counts, unsigned int cycle_count)
{
	for (unsigned int i = 0; i < counts[cycle_count].count; i++)
		if (leaks_is_suspect(counts, cycle_count, search->use_count, counts[cycle_count].slabs[i].name))
			return true;
	return false;
}

/* Return: how many cycles there were, none more than needed; or -ETIME. */
static int run_cycles(const struct leak_search *search, struct slabs *counts)
{
	uint64_t start_ns = clock_now_ns();
	unsigned int cycle_count = 0;

	/* What a first use leaves in caches is none of it. */
	search->use(search->context);
	slabs_count(&counts[0]);
	while (counts[0].count && cycle_count < CYCLE_COUNT && !has_suspect(search, counts, cycle_count)) {
		for (unsigned int i = 0; i < search->use_count; i++) {
			search->use(search->context);
			if (clock_now_ns() - start_ns > LEAKS_BUDGET_NS)
				return -ETIME;
		}
		slabs_count(&counts[++cycle_count]);
	}
	return (int)cycle_count;
}

/* What was suspected with @first, has not gone back since, and has grown on with @second. */
static unsigned int note_leaks(const struct leak_search *search, const struct slabs *first, unsigned int first_count,
			       const struct slabs *second, unsigned int second_count)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < first[first_count].count; i++) {
		const char *name = first[first_count].slabs[i].name;
		uint64_t growth = leaks_is_suspect(first, first_count, search->use_count, name);
		const struct slab *last = slabs_find(&second[second_count], name);
		int64_t total;

		if (!growth || !last)
			continue;
		total = slabs_growth(&first[0], last);
		/* Noise may have taken the growth of one cycle in each of the two. */
		if (total < (int64_t)(first_count + second_count - 2) * (int64_t)growth)
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
	struct slabs *first = calloc(2 * (CYCLE_COUNT + 1), sizeof(*first));
	struct slabs *second = first + CYCLE_COUNT + 1;
	unsigned int count = 0;
	int first_count, second_count;

	if (!first)
		return 0;
	first_count = run_cycles(search, first);
	if (first_count > 0 && has_suspect(search, first, (unsigned int)first_count)) {
		nanosleep(&settle, NULL);
		second_count = run_cycles(search, second);
		if (second_count > 0)
			count = note_leaks(search, first, (unsigned int)first_count, second,
					   (unsigned int)second_count);
	}
	free(first);
	return count;
}
