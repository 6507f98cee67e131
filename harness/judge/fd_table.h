/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker's open file descriptions mean to it while its records are read in order.  Their numbers are unique in the
 * run, and a worker has few open at once, so a small table is enough in which the newest of two that collide stays; the
 * rules must be lenient with one that is not found any more.
 */
#pragma once

#include "harness/recorder/recorder.h"

#define FD_TABLE_COUNT 4096

struct fd_state {
	uint32_t owner; /* worker + 1; another owner's state is nobody's */
	uint32_t file;
	const struct recorder_record *bind; /* bound through this description, or NULL */
};

struct fd_table {
	struct fd_state *states;
};

/**
 * fd_table_init() - an empty table
 * @ret_table:	end it with fd_table_fini(); written only on success
 *
 * Return: 0 or -ENOMEM.
 */
int fd_table_init(struct fd_table *ret_table);

/**
 * fd_table_fini() - end a table
 * @table:	all zero afterwards
 */
void fd_table_fini(struct fd_table *table);

/**
 * fd_table_at() - what a worker did with a description
 * @table:	a table
 * @worker:	whose
 * @file:	number of the description; 0, which is none, has no state
 *
 * Return: its state, all zero but for owner and file when the worker has not used it yet; NULL for 0.
 */
struct fd_state *fd_table_at(struct fd_table *table, unsigned int worker, uint32_t file);
