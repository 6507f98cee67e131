/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that do it again: the one of a cell stands in its result, the one of a run in its plan. */
#pragma once

#include "harness/options.h"

/* Words as argv has them, NULL behind the last one. */
struct command_words {
	char **words;
	unsigned int count;
};

/**
 * command_of_cell() - a command line that repeats a cell
 * @options:	of the run; every option that differs from its default is kept, but for those of the run as a whole
 * @kernel:	the cell's kernel as it was named, or NULL where none is booted
 * @scenario:	the cell's scenario as it was named
 * @seed:	the cell's seed
 *
 * Return: malloc'ed, quoted for a shell; NULL when memory is short.
 */
char *command_of_cell(const struct options *options, const char *kernel, const char *scenario, uint64_t seed);

/**
 * command_of_run() - a command line that repeats a run
 * @options:	of the run, with what a matrix file has given it; all are kept, but for the place of the results
 * @scenarios:	as they were named
 * @scenario_count: how many
 * @seed:	of the run
 * @ret_command: ended by command_words_fini(); written only on success
 *
 * Return: 0 or -ENOMEM.
 */
int command_of_run(const struct options *options, const char *const *scenarios, unsigned int scenario_count,
		   uint64_t seed, struct command_words *ret_command);

/**
 * command_words_quote() - as one line
 * @command:	words
 *
 * Return: malloc'ed, quoted for a shell; NULL when memory is short.
 */
char *command_words_quote(const struct command_words *command);

/**
 * command_words_fini() - end them
 * @command:	empty afterwards
 */
void command_words_fini(struct command_words *command);
