/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's backing file: its identity is what the judge recognises the worker's bindings by. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/looprace.h"

struct backing {
	char path[256]; /* "" : there is no file */
	int fd;
	struct looprace_identity identity;
};
#define BACKING_NULL ((struct backing){ .fd = -1 })

/**
 * backing_create() - make a worker's backing file
 * @dir:	existing folder
 * @worker:	number of the worker
 * @size_bytes:	its size; the file is sparse
 * @ret_backing: end it with backing_remove(); written only on success
 *
 * Return: 0 or -errno (-EEXIST: a file of that name is there and is left alone).
 */
int backing_create(const char *dir, unsigned int worker, uint64_t size_bytes, struct backing *ret_backing);

/**
 * backing_model() - stand in for a backing file where the model kernel answers
 * @worker:	number of the worker, which becomes its inode
 * @ret_backing: no file, a made-up descriptor that only the model kernel knows
 */
void backing_model(unsigned int worker, struct backing *ret_backing);

/**
 * backing_remove() - close and unlink
 * @backing:	becomes BACKING_NULL
 */
void backing_remove(struct backing *backing);
