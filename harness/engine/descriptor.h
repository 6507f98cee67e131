/* SPDX-License-Identifier: Apache-2.0 */
/* A descriptor that a program has opened, as far as the harness knows it; see objects.h for their names. */
#pragma once

#include "harness/engine/backing.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

struct descriptor {
	int fd;			       /* -1: not open */
	uint32_t file;		       /* number of the open file description in the record */
	int device_index;	       /* of a device; -1: a file */
	uint8_t partition;	       /* 0: the whole device */
	bool is_direct;		       /* O_DIRECT */
	int open_flags;		       /* O_* */
	const struct backing *backing; /* of a file; NULL: a device */
	/* Descriptors of the open file description, shared by dup(); NULL: there never was another. */
	_Atomic unsigned int *use_count;
	void *map; /* NULL: not mapped */
	uint64_t map_at_bytes;
	uint64_t map_bytes;
};
#define DESCRIPTOR_NULL ((struct descriptor){ .fd = -1, .device_index = -1 })

/* One that all workers share. */
struct shared_descriptor {
	pthread_rwlock_t lock; /* over the descriptor: readers make calls on it, the writer opens or closes it */
	struct descriptor descriptor;
};
