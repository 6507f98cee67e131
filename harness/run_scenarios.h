/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scenarios of a run: found by name, read, and changed as the command line says.
 *
 * All that is wrong with one is told on standard error, in one line that names the file; the caller only passes the exit
 * code on.
 */
#pragma once

#include "harness/run_cell.h"

struct run_scenarios {
	struct run_scenario *items;
	unsigned int count;
};

/**
 * run_scenarios_load() - by their names
 * @options:	overrides; its operands do not count
 * @paths:	where scenarios are
 * @names:	names or paths
 * @count:	how many, at least 1
 * @scenarios:	empty; partly filled on failure: end it
 *
 * Return: 0 or an exit code of the program; the reason was printed.
 */
int run_scenarios_load(const struct options *options, const struct paths *paths, const char *const *names,
		       unsigned int count, struct run_scenarios *scenarios);

/**
 * run_scenarios_add() - one whose text is known already
 * @options:	overrides
 * @name:	as it was asked for
 * @text:	malloc'ed; taken, also on failure
 * @text_bytes:	its length
 * @scenarios:	grows by one
 *
 * Return: 0 or an exit code of the program; the reason was printed.
 */
int run_scenarios_add(const struct options *options, const char *name, char *text, size_t text_bytes,
		      struct run_scenarios *scenarios);

/**
 * run_scenarios_all() - the names that --all means
 * @paths:	where scenarios are
 * @ret_names:	sorted; end it with run_scenarios_free_names(); written only on success
 * @ret_count:	how many
 *
 * Return: 0 or -errno of reading the folder.
 */
int run_scenarios_all(const struct paths *paths, char ***ret_names, unsigned int *ret_count);

/**
 * run_scenarios_free_names() - free what run_scenarios_all() gave
 * @names:	may be NULL
 * @count:	how many
 */
void run_scenarios_free_names(char **names, unsigned int count);

/**
 * run_scenario_boots_kernel() - does it need a virtual machine
 * @options:	its here
 * @source:	a scenario
 *
 * Return: true, or false when it runs on the running kernel or on the model of one.
 */
bool run_scenario_boots_kernel(const struct options *options, const struct run_scenario *source);

/**
 * run_scenarios_fini() - end them
 * @scenarios:	all zero afterwards
 */
void run_scenarios_fini(struct run_scenarios *scenarios);
