/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The backing files of a run, as the guest noted them when it made them: one line
 *
 *	backing number=N dev=D inode=I bytes=B content=tags name=worker3
 *
 * a file.  The number is the owner in the tags of its blocks; dev and inode are what binds and reports name.  Notes
 * are text from a guest that may have gone wild: a line that is not wholly sound is no line, and of two that
 * contradict each other the first counts.
 */
#pragma once

#include "harness/recorder/history.h"
#include "harness/scenario/scenario.h"

/* The numbers from here on are those of the scenario's [backing NAME], by row; those below are workers' own. */
#define BACKINGS_NAMED_FIRST SCENARIO_WORKER_COUNT_MAX

/* More than a run can have are not read. */
#define BACKINGS_COUNT_MAX (SCENARIO_WORKER_COUNT_MAX + SCENARIO_BACKING_COUNT_MAX)

struct backing_file {
	uint32_t number;
	enum backing_content content; /* at the start */
	uint64_t dev;
	uint64_t inode;
	uint64_t size_bytes; /* at the start */
	char name[SCENARIO_NAME_BYTES];
};

struct backings {
	uint64_t count;
	struct backing_file *files; /* by number */
	uint32_t *by_identity;	    /* positions in files, by inode, then dev */
};

/**
 * backings_init() - read the backing files out of a history's notes
 * @history:	an open history, or NULL: there are none
 * @ret_backings: end them with backings_fini(); written only on success
 *
 * Return: 0 or -ENOMEM.
 */
int backings_init(const struct history *history, struct backings *ret_backings);

/**
 * backings_fini() - end them
 * @backings:	all zero afterwards
 */
void backings_fini(struct backings *backings);

/**
 * backings_with_number() - whose tags are these
 * @backings:	of a history
 * @number:	an owner
 *
 * Return: the file, or NULL when the guest has made none of that number.
 */
const struct backing_file *backings_with_number(const struct backings *backings, uint32_t number);

/**
 * backings_with_identity() - which file was bound
 * @backings:	of a history
 * @dev:	of the backing file
 * @inode:	likewise
 *
 * Return: the file, or NULL when it is none of ours.
 */
const struct backing_file *backings_with_identity(const struct backings *backings, uint64_t dev, uint64_t inode);
