/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A backing file, of a worker or one with a name: its identity is what the judge recognises bindings by.
 *
 * What cannot be bound (a directory, a pipe, nothing at all) is a backing too: a scenario may try.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/looprace.h"
#include "harness/scenario/scenario.h"

struct model_kernel; /* see model_kernel.h */

/* Numbers of named backings begin here; below are the workers' own. */
#define BACKING_NUMBER_NAMED 1024

struct backing {
	char path[256]; /* "": there is none */
	int fd;
	struct looprace_identity identity;
	unsigned int number; /* of the worker, or BACKING_NUMBER_NAMED + row: the owner in tags */
	enum backing_kind kind;
	enum backing_content content;
	uint64_t size_bytes; /* at the start */
	int open_flags;	     /* of fd */
	int other_fd;	     /* other end of a pipe, or -1 */
	bool is_made;	     /* the path is ours to remove */
	bool is_model;	     /* fd is the model kernel's */
};
#define BACKING_NULL ((struct backing){ .fd = -1, .other_fd = -1 })

/**
 * backing_create() - make a backing file, or open what stands for one
 * @dir:	existing folder
 * @number:	of the worker, or BACKING_NUMBER_NAMED + row
 * @object:	what it is to be; its name is part of the file's name
 * @ret_backing: end it with backing_remove(); written only on success
 *
 * Return: 0 or -errno (-EEXIST: a file of that name is there and is left alone).
 */
int backing_create(const char *dir, unsigned int number, const struct backing_object *object,
		   struct backing *ret_backing);

/**
 * backing_model() - make a backing file of the model kernel
 * @model:	keeps it until its end
 * @number:	as above
 * @object:	as above
 * @ret_backing: its descriptor is the model's; written only on success
 *
 * Return: 0 or -errno.
 */
int backing_model(struct model_kernel *model, unsigned int number, const struct backing_object *object,
		  struct backing *ret_backing);

/**
 * backing_remove() - close and unlink
 * @backing:	becomes BACKING_NULL
 */
void backing_remove(struct backing *backing);
