/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does something cost the kernel memory for good each time it is done?
 *
 * It is done some times between two counts of slab objects, and that again: a cycle.  A cache that grows by the same
 * multiple of how often it was done in most cycles is suspected, and one whose growth in all cycles together is such a
 * multiple but for a slab.  Memory may only be late (freed after an RCU grace period, in batches), so suspects get time,
 * and all is done once more; only what has grown in the same way twice, and has kept that, is noted:
 *
 *	resource name=slab_kmalloc-512 before=N after=M
 */
#pragma once

#include "harness/engine/slabs.h"
#include "harness/recorder/recorder.h"

struct leak_search {
	struct recorder *recorder;
	/* Does it once. */
	void (*use)(void *context);
	void *context;
};

/* A search that takes longer is given up: a slow machine learns nothing from it. */
#define LEAKS_BUDGET_NS UINT64_C(24000000000)

/* How often it is done between two counts; a prime, in which neither slabs nor batches come. */
#define LEAKS_USE_COUNT 11

/* So many cycles must show the same growth; the others may be spoilt by noise. */
#define LEAKS_EQUAL_COUNT 3

/**
 * leaks_look() - search, and note what was found
 * @search:	what to do
 *
 * Return: how many caches leak.
 */
unsigned int leaks_look(const struct leak_search *search);

/**
 * leaks_is_suspect() - has a cache grown as a leak would
 * @counts:	the first one and one after each of @cycle_count cycles
 * @cycle_count: at least LEAKS_EQUAL_COUNT
 * @name:	of the cache
 *
 * Return: by how many objects a use; 0: it has not.
 */
uint64_t leaks_is_suspect(const struct slabs *counts, unsigned int cycle_count, const char *name);
