/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker's program as far as it has come: the calls that lead to the one that is looked at, and where they have parted
 * the kernels already.
 *
 * A program's calls count from the last point at which the worker had nothing open and made its device anew
 * (LOOP_CTL_REMOVE, LOOP_CTL_ADD), else from the start of the round.
 */
#pragma once

#include "harness/diff/alignment.h"
#include "harness/diff/explain.h"

/* Kernels that gave different answers, and what of. */
struct parting {
	/* Equal numbers: these kernels agree; negative: the call was not made there. */
	int classes[EXPLAIN_KERNEL_COUNT_MAX];
	uint32_t traits;		       /* that explain it; 0: nothing does */
	unsigned int difference;	       /* of the list of differences */
};

/* What a question was answered the last time. */
struct report {
	unsigned int call; /* enum recorder_call */
	unsigned int partition;
	enum outcome_field field;
	char words[EXPLAIN_KERNEL_COUNT_MAX][OUTCOME_WORD_BYTES]; /* "": not told */
	uint32_t traits; /* that explain how they differ; 0: they do not, or nothing does */
};

struct program {
	unsigned int kernel_count;
	uint32_t round;
	unsigned int open_count;
	struct explain_step *steps;
	unsigned int step_count;
	unsigned int step_room;
	struct parting *partings; /* by what calls returned */
	unsigned int parting_count;
	unsigned int parting_room;
	struct report *reports; /* of each question the last one */
	unsigned int report_count;
	unsigned int report_room;
};

/**
 * program_begin_worker() - a worker's program begins
 * @program:	all zero but for kernel_count, or used for another worker
 */
void program_begin_worker(struct program *program);

/**
 * program_begin_call() - a call belongs to the program from now on, and may begin it
 * program_end_call() - the call was looked at; the device may be anew
 * @program:	begun
 * @call:	the next one
 *
 * Return: 0 or -ENOMEM.
 */
int program_begin_call(struct program *program, const struct aligned_call *call);
void program_end_call(struct program *program, const struct aligned_call *call);

/**
 * program_last_step() - the call that is looked at
 * program_last_deed() - the last call before it that did more than ask
 * @program:	with at least one call
 *
 * Return: the step; program_last_deed() NULL when there is none.
 */
const struct explain_step *program_last_step(const struct program *program);
const struct explain_step *program_last_deed(const struct program *program);

/**
 * program_lines() - the lines that matter: no call that only asks, but for the last one, and each line once
 * @program:	begun
 * @ret_lines:	room for as many as it has steps
 *
 * Return: how many.
 */
unsigned int program_lines(const struct program *program, unsigned int *ret_lines);

/**
 * program_find_parting() - has a call of the program parted the same kernels, so that this follows from it?
 * @program:	begun
 * @classes:	as in struct parting
 *
 * Return: it, or NULL.
 */
const struct parting *program_find_parting(const struct program *program, const int *classes);

/**
 * program_add_parting() - what follows from it will be found by program_find_parting()
 * @program:	begun
 * @parting:	copied
 *
 * Return: 0 or -ENOMEM.
 */
int program_add_parting(struct program *program, const struct parting *parting);

/**
 * program_find_report() - how the kernels answered the same question before
 * program_put_report() - how they answer it now
 * @program:	begun
 * @call:	the question
 * @field:	what of its outcome
 * @traits:	that explain how they differ
 *
 * Return: the report, or NULL; 0 or -ENOMEM.
 */
const struct report *program_find_report(const struct program *program, const struct aligned_call *call,
					 enum outcome_field field);
int program_put_report(struct program *program, const struct aligned_call *call, enum outcome_field field,
		       uint32_t traits);

/**
 * program_fini() - end it
 * @program:	all zero afterwards
 */
void program_fini(struct program *program);
