/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same program on several kernels, side by side: which record of one is the same call as which of another?
 *
 * Calls are the same when worker, round, line of the scenario, and their order within the line are.
 */
#pragma once

#include "harness/diff/explain.h"
#include "harness/diff/outcome.h"

struct aligned_cursor;

struct alignment {
	unsigned int count; /* of histories */
	struct aligned_cursor *cursors;
	struct outcome *outcomes; /* of the last call */
};

/* One call of the program, on all kernels that made it. */
struct aligned_call {
	uint32_t round;
	unsigned int line;
	unsigned int sub;  /* calls of the same line and round before this one */
	unsigned int call; /* enum recorder_call */
	const struct recorder_record *records[EXPLAIN_KERNEL_COUNT_MAX]; /* by history; NULL: not made */
	const struct outcome *outcomes; /* by history; until the next call */
};

/**
 * alignment_init() - put histories side by side
 * @histories:	of the same scenario; they must outlive it
 * @count:	of them, at most EXPLAIN_KERNEL_COUNT_MAX
 * @ret_alignment: end it with alignment_fini(), whatever is returned
 *
 * Return: 0 or -ENOMEM.
 */
int alignment_init(const struct history *const *histories, unsigned int count, struct alignment *ret_alignment);

/**
 * alignment_begin_worker() - go to the beginning of a worker's program
 * @alignment:	of histories
 * @worker:	its number; one that a history does not have has made no call there
 */
void alignment_begin_worker(struct alignment *alignment, unsigned int worker);

/**
 * alignment_next() - the worker's next call
 * @alignment:	goes one call on
 * @ret_call:	written only when there is one
 *
 * Return: false when the program has ended on all kernels.
 */
bool alignment_next(struct alignment *alignment, struct aligned_call *ret_call);

/**
 * aligned_call_word() - what a call gave on one kernel
 * @call:	of the program
 * @kernel:	number of its history
 * @field:	of the outcome
 *
 * Return: a word; "" where the call was not made or does not tell it.
 */
const char *aligned_call_word(const struct aligned_call *call, unsigned int kernel, enum outcome_field field);

/**
 * alignment_fini() - end it
 * @alignment:	all zero afterwards
 */
void alignment_fini(struct alignment *alignment);
