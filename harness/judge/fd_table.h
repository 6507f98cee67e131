/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker's descriptors mean while its records are read in order.  A descriptor's number is used again and again,
 * so it is looked up once a record: an array, not a search.
 */
#pragma once

#include "harness/recorder/recorder.h"

/* Descriptors from here on are not followed; the rules must be lenient with them. */
#define FD_TABLE_COUNT 16384

struct fd_state {
	uint32_t owner; /* worker + 1; another owner's state is nobody's */
	bool is_autoclear;
	const struct recorder_record *bind; /* bound through this descriptor, or NULL */
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
 * fd_table_at() - a worker's descriptor
 * @table:	a table
 * @worker:	whose
 * @fd:		number
 *
 * Return: its state, all zero but for the owner when the worker has not used it yet; NULL for a number that is not
 * followed.  Moving on to the next worker forgets what the one before left open.
 */
struct fd_state *fd_table_at(struct fd_table *table, unsigned int worker, uint32_t fd);
