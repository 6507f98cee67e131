/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of a run: which cells there are, in which order, with which seed, and which of them a shard has.
 *
 * PURE: a function of a few numbers, so that the same command line gives the same plan on every machine.  Shards and
 * a run that goes on after an interruption rest on that: nobody has to tell the others what was planned.
 *
 * A cell is one scenario on one kernel with one seed.  The first repeats of all cells come before the second ones, so
 * that a run that is cut short, by its budget or by its user, has seen as much as it could.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* As many as a run's folder may hold. */
#define MATRIX_CELL_COUNT_MAX 100000u

/* In place of a kernel: the cell boots none. */
#define MATRIX_NO_KERNEL UINT32_MAX

struct matrix_request {
	unsigned int kernel_count;
	unsigned int scenario_count;
	const bool *boots_kernel; /* by scenario; those that boot none are there once, not once a kernel */
	unsigned int repeat_count; /* at least 1 */
	uint64_t seed;		   /* of the run */
	unsigned int shard_number; /* 1 to shard_count */
	unsigned int shard_count;  /* 1: no shards */
};

struct matrix_cell {
	unsigned int number;	    /* from 0, in the whole matrix */
	unsigned int kernel;	    /* index, or MATRIX_NO_KERNEL */
	unsigned int scenario;	    /* index */
	unsigned int repeat_number; /* from 1 */
	uint64_t seed;
};

/**
 * matrix_count() - cells of the whole matrix
 * @request:	its shard does not count
 *
 * Return: the number; UINT64_MAX when it is too great for that.
 */
uint64_t matrix_count(const struct matrix_request *request);

/**
 * matrix_seed() - the seed of a repeat
 * @seed:	of the run
 * @repeat_number: from 1
 *
 * Return: @seed for the first, so that a single cell's own command line repeats it; else what follows from both.
 */
uint64_t matrix_seed(uint64_t seed, unsigned int repeat_number);

/**
 * matrix_plan() - the cells of a run, in their order
 * @request:	what was asked for
 * @ret_cells:	freed by the caller; written only on success
 * @ret_count:	how many; 0 in a shard that has none
 *
 * Return: 0, -E2BIG for more than MATRIX_CELL_COUNT_MAX cells in the whole matrix, or -ENOMEM.
 */
int matrix_plan(const struct matrix_request *request, struct matrix_cell **ret_cells, unsigned int *ret_count);
