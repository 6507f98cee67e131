/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A matrix file: which kernels and scenarios, how often, for how long.  NAME.matrix, in the syntax of scenario files:
 *
 *	[matrix]
 *	summary   = what a night has time for
 *	kernels   = 5.10 6.1
 *	            6.12
 *	scenarios = all
 *	repeat    = 3
 *	budget    = 6h
 *
 * It says no more than options of looprace run do; those that are given there as well count more than it.
 */
#pragma once

#include "harness/scenario/scenario.h"

/* X(name, what it says) */
#define MATRIX_KEYS(X)                                                                                                 \
	X(summary, "one line for looprace list")                                                                       \
	X(kernels, "what --kernel takes, divided by blanks or commas; indented lines go on with it")                   \
	X(scenarios, "names or paths, likewise; a path counts from where looprace runs; or all, as --all means it")    \
	X(repeat, "how often, see --repeat")                                                                           \
	X(duration, "how long the workers of each cell race, see --duration")                                          \
	X(timeout, "when a cell is ended, see --timeout")                                                              \
	X(budget, "when nothing new begins any more, see --budget")                                                    \
	X(jobs, "how many cells at the same time, see --jobs")                                                         \
	X(seed, "where all randomness starts, see --seed")

#define MATRIX_FILE_ENDING ".matrix"
#define MATRIX_REPEAT_COUNT_MAX 100000u
#define MATRIX_JOB_COUNT_MAX 1024u

struct matrix_names {
	char **texts;
	unsigned int count;
};

/* 0 and empty: the file does not say. */
struct matrix_file {
	char *summary;
	struct matrix_names kernels;
	struct matrix_names scenarios;
	bool has_all_scenarios;
	unsigned int repeat_count;
	uint64_t duration_ns;
	uint64_t timeout_ns;
	uint64_t budget_ns;
	unsigned int job_count;
	bool has_seed;
	uint64_t seed;
};

/**
 * matrix_file_parse() - text to matrix
 * @text:	the file's content; need not end in a NUL
 * @text_bytes:	its length
 * @file_name:	for messages
 * @ret_matrix:	end it with matrix_file_fini(); written only on success
 * @ret_error:	one line "file:line:column: what; what would be right"; written only on failure
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int matrix_file_parse(const char *text, size_t text_bytes, const char *file_name, struct matrix_file *ret_matrix,
		      struct scenario_error *ret_error);

/**
 * matrix_file_fini() - end it
 * @matrix:	all zero afterwards
 */
void matrix_file_fini(struct matrix_file *matrix);
