/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same program on different kernels, call by call: where do they part, and by how short a sequence is it seen?
 *
 * Calls are aligned (alignment.h), so each worker's calls must follow from its program alone, which scenarios with one
 * worker, and ordered ones, give.  What differs is grouped: same call, same word of its outcome, same answers on the same
 * kernels, same explanation.  The example of a group is the shortest, and has what program.h says led to it.
 *
 * Not compared are calls that a kernel did not make, since their descriptor was not open there, and what follows in the
 * same program from a call that already parted the same kernels by its result: that is counted with it.
 */
#pragma once

#include "harness/diff/explain.h"
#include "harness/diff/outcome.h"

/* One kernel's run of a scenario. */
struct diff_source {
	unsigned int kernel; /* number of its kernel, below @kernel_count of the differences */
	const struct history *history;
	struct loop_traits traits;
};

/* Calls of the example: lines of the scenario. */
struct diff_step {
	char *text; /* the line, such as "set_fd device" */
	unsigned int line;
};

struct difference {
	char *call;	   /* what differs, such as "set_block_size value=" */
	char *record_call; /* its name in proofs, such as "LOOP_SET_BLOCK_SIZE" */
	enum outcome_field field;
	char **answers; /* one for each kernel; NULL: the call was not made there */
	uint32_t traits; /* that explain it; 0: NEW */
	unsigned int count;
	unsigned int consequence_count;
	/* The shortest example. */
	char *scenario;
	unsigned int line;
	unsigned int step_count;
	struct diff_step *steps; /* the last one is the call that differs */
};

struct differences {
	unsigned int kernel_count;
	uint64_t compared_count; /* calls */
	unsigned int count;
	struct difference *list; /* as they were found */
};

/**
 * differences_init() - nothing was compared yet
 * @kernel_count: kernels in all, 1 to EXPLAIN_KERNEL_COUNT_MAX
 * @ret_differences: end it with differences_fini()
 */
void differences_init(unsigned int kernel_count, struct differences *ret_differences);

/**
 * differences_add() - compare a scenario's runs
 * @differences: what is found is added
 * @scenario_name: for the examples
 * @text:	of the scenario, the same for all
 * @text_bytes:	its length
 * @sources:	its runs, each of another kernel
 * @source_count: their number, at least 2
 *
 * Return: 0 or -ENOMEM.
 */
int differences_add(struct differences *differences, const char *scenario_name, const char *text, size_t text_bytes,
		    const struct diff_source *sources, unsigned int source_count);

/**
 * differences_sort() - NEW ones first, then by trait; the shortest example first
 * @differences: all were added
 */
void differences_sort(struct differences *differences);

/**
 * differences_new_count() - how many are explained by nothing
 * @differences: any
 *
 * Return: their number.
 */
unsigned int differences_new_count(const struct differences *differences);

/**
 * differences_fini() - end them
 * @differences: all zero afterwards
 */
void differences_fini(struct differences *differences);
