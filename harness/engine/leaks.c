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
#define SETTLE_NS      UINT64_C(6000000000)
#define SETTLE_STEP_NS 100000000

/* What a cache would leak, and how far its growth may fall short of that without being something else. */
struct suspect {
	uint64_t objects_per_use; /* 0: it is none */
	int64_t tolerance_objects;
};

/* Of a cache in one cycle; 0 when that is no growth that a leak makes. */
static uint64_t leak_in_cycle(const struct slabs *before, const struct slabs *after, const char *name)
{
	const struct slab *slab = slabs_find(after, name);
	int64_t growth = slab ? slabs_growth(before, slab) : 0;

	/* A whole slab more is what a CPU has taken into use. */
	if (growth <= 0 || growth % LEAKS_USE_COUNT != 0 || growth > (int64_t)LEAKS_USE_COUNT * OBJECT_COUNT_MAX ||
	    (slab->slab_object_count && growth % (int64_t)slab->slab_object_count == 0))
		return 0;
	return (uint64_t)growth;
}

/* The same growth again and again: sees one object a use in a slab of any size, where the counts are exact. */
static struct suspect steady_suspect(const struct slabs *counts, unsigned int cycle_count, const char *name)
{
	for (unsigned int i = 0; i < cycle_count; i++) {
		uint64_t growth = leak_in_cycle(&counts[i], &counts[i + 1], name);
		unsigned int equal_count = 0;

		for (unsigned int j = i; growth && j < cycle_count; j++)
			equal_count += leak_in_cycle(&counts[j], &counts[j + 1], name) == growth;
		/* Noise may have taken the growth of the other cycles. */
		if (equal_count >= LEAKS_EQUAL_COUNT)
			return (struct suspect){ growth / LEAKS_USE_COUNT,
						 (int64_t)((cycle_count - LEAKS_EQUAL_COUNT) * growth) };
	}
	return (struct suspect){ 0 };
}

/*
 * The growth of all cycles together, give or take one slab: sees what leaks where counts are of whole slabs (6.12), if
 * slabs are small beside the number of uses.
 */
static struct suspect total_suspect(const struct slabs *counts, unsigned int cycle_count, const char *name)
{
	const struct slab *slab = slabs_find(&counts[cycle_count], name);
	int64_t total_use_count = (int64_t)cycle_count * LEAKS_USE_COUNT;
	int64_t tolerance = slab ? (int64_t)slab->slab_object_count : 0;
	int64_t growth = slab ? slabs_growth(&counts[0], slab) : 0;
	int64_t objects_per_use;

	if (growth <= 0 || !tolerance || 2 * tolerance >= total_use_count)
		return (struct suspect){ 0 };
	objects_per_use = (growth + total_use_count / 2) / total_use_count;
	if (objects_per_use < 1 || objects_per_use > OBJECT_COUNT_MAX ||
	    llabs(growth - objects_per_use * total_use_count) > tolerance)
		return (struct suspect){ 0 };
	return (struct suspect){ (uint64_t)objects_per_use, tolerance };
}

static struct suspect suspect_of(const struct slabs *counts, unsigned int cycle_count, const char *name)
{
	struct suspect suspect = steady_suspect(counts, cycle_count, name);

	return suspect.objects_per_use ? suspect : total_suspect(counts, cycle_count, name);
}

uint64_t leaks_is_suspect(const struct slabs *counts, unsigned int cycle_count, const char *name)
{
	return suspect_of(counts, cycle_count, name).objects_per_use;
}

/* Return: 0, or -ETIME. */
static int run_cycles(const struct leak_search *search, struct slabs *counts)
{
	uint64_t start_ns = clock_now_ns();

	for (unsigned int i = 0; i < CYCLE_COUNT; i++) {
		for (unsigned int j = 0; j < LEAKS_USE_COUNT; j++) {
			search->use(search->context);
			if (clock_now_ns() - start_ns > LEAKS_BUDGET_NS)
				return -ETIME;
		}
		slabs_count(&counts[i + 1]);
	}
	return 0;
}

/* What of the growth in these cycles is still there now; 0 objects a use: none, or it was no suspect. */
static struct suspect still_suspect(const struct leak_search *search, const struct slabs *counts,
				    const struct slabs *now, const char *name)
{
	struct suspect suspect = suspect_of(counts, CYCLE_COUNT, name);
	const struct slab *slab = slabs_find(now, name);
	int64_t leaked = (int64_t)suspect.objects_per_use * CYCLE_COUNT * LEAKS_USE_COUNT;

	if (!suspect.objects_per_use || !slab || slabs_growth(&counts[0], slab) < leaked - suspect.tolerance_objects)
		return (struct suspect){ 0 };
	return suspect;
}

static unsigned int count_suspects(const struct leak_search *search, const struct slabs *counts,
				   const struct slabs *now)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < now->count; i++)
		count += still_suspect(search, counts, now, now->slabs[i].name).objects_per_use != 0;
	return count;
}

/*
 * Some cycles, and then as much time as the kernel may take to free what only was late.
 * Return: how many caches still look as if they leaked; -ETIME.
 */
static int run_round(const struct leak_search *search, struct slabs *counts, struct slabs *ret_settled)
{
	const struct timespec step = { .tv_nsec = SETTLE_STEP_NS };
	int r = run_cycles(search, counts);
	uint64_t start_ns = clock_now_ns();
	unsigned int count;

	if (r < 0)
		return r;
	*ret_settled = counts[CYCLE_COUNT];
	while ((count = count_suspects(search, counts, ret_settled)) > 0 && clock_now_ns() - start_ns < SETTLE_NS) {
		nanosleep(&step, NULL);
		slabs_count(ret_settled);
	}
	return (int)count;
}

/* What has leaked the same in both rounds. */
static unsigned int note_leaks(const struct leak_search *search, const struct slabs *first, const struct slabs *second,
			       const struct slabs *end)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < end->count; i++) {
		const struct slab *last = &end->slabs[i];
		struct suspect before = still_suspect(search, first, &second[0], last->name);
		struct suspect after = still_suspect(search, second, end, last->name);

		if (!before.objects_per_use || before.objects_per_use != after.objects_per_use)
			continue;
		recorder_note(search->recorder, "resource name=slab_%s before=%llu after=%llu", last->name,
			      (unsigned long long)(last->object_count - (uint64_t)slabs_growth(&first[0], last)),
			      (unsigned long long)last->object_count);
		count++;
	}
	return count;
}

unsigned int leaks_look(const struct leak_search *search)
{
	/* Far too large for a stack. */
	struct slabs *first = calloc(2 * (CYCLE_COUNT + 1) + 1, sizeof(*first));
	struct slabs *second = first + CYCLE_COUNT + 1;
	struct slabs *end = second + CYCLE_COUNT + 1;
	unsigned int count = 0;

	if (!first)
		return 0;
	/* What a first use leaves in caches is none of it. */
	search->use(search->context);
	slabs_count(&first[0]);
	if (first[0].count && run_round(search, first, &second[0]) > 0 && run_round(search, second, end) > 0)
		count = note_leaks(search, first, second, end);
	free(first);
	return count;
}
