/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many objects the kernel's slab caches hold: what is allocated again and again and never freed shows there.
 *
 * The kernel counts whole slabs of those that a CPU works with, so that a count is off by some tens of objects.  Caches
 * are asked to give those back first, which settles most of it; what is left is noise, so one count proves nothing.
 */
#pragma once

#include <stdint.h>

#define SLAB_COUNT_MAX 128

struct slab {
	char name[40];
	uint64_t object_count;
	uint64_t slab_object_count; /* that fit into one slab */
};

struct slabs {
	unsigned int count; /* 0: the kernel does not tell */
	struct slab slabs[SLAB_COUNT_MAX];
};

/**
 * slabs_count() - count the objects of the caches that block devices and their workqueues are made of
 * @ret_slabs:	always written
 */
void slabs_count(struct slabs *ret_slabs);

/**
 * slabs_find() - a cache
 * @slabs:	counts
 * @name:	its name
 *
 * Return: NULL when it is not among them.
 */
const struct slab *slabs_find(const struct slabs *slabs, const char *name);

/**
 * slabs_growth() - by how much has a cache grown
 * @before:	an earlier count
 * @slab:	of a later one
 *
 * Return: the difference; 0 for a cache that was not there.
 */
int64_t slabs_growth(const struct slabs *before, const struct slab *slab);
