/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of `looprace bisect` share: cmd_bisect_begin.c sets out, cmd_bisect_step.c tests one kernel,
 * cmd_bisect_answer.c tells what came of all of them, and cmd_bisect.c holds them together.
 */
#pragma once

#include "harness/bisect_record.h"
#include "harness/options.h"
#include "harness/paths.h"

struct search {
	const struct options *options;
	struct paths paths;
	char *directory;
	struct bisect_record record;
};

/**
 * search_complain() - one line on standard error
 * @format:	printf's, without a newline
 *
 * Return: EXIT_CODE_USAGE, which is what most complaints end with.
 */
int search_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * search_say() - tell the user, unless JSON is wanted
 * @search:	its options
 * @format:	printf's
 */
void search_say(const struct search *search, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * search_begin() - choose the kernels and make the folder
 * @search:	its options and paths; its directory and record are written
 *
 * All that can be wrong is found before a kernel is fetched.
 *
 * Return: 0, or an exit code; then nothing is left and the reason was printed.
 */
int search_begin(struct search *search);

/**
 * search_go_on() - read the record of a search that was interrupted
 * @search:	as above
 *
 * Return: 0, or an exit code.
 */
int search_go_on(struct search *search);

/**
 * search_write() - write the record
 * @search:	a search
 *
 * Return: 0, or an exit code.
 */
int search_write(const struct search *search);

/**
 * search_step() - test one kernel, tell and store what came of it
 * @search:	a search
 * @index:	of the kernel
 *
 * Return: 0, or an exit code; EXIT_CODE_BROKEN after an interruption.
 */
int search_step(struct search *search, unsigned int index);

/**
 * search_conclude() - tell what has been found
 * @search:	a search, finished or interrupted
 *
 * Return: the program's exit code.
 */
int search_conclude(const struct search *search);
