/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subcommands, one file each: cmd_<name>.c.  Only these files and main.c print; everything below them returns.
 * Each takes a command line that options_parse() has found sound, and returns the exit code of the program:
 * 0 pass, 1 violation, 2 usage, 77 skip, 99 broken or unknown.
 */
#pragma once

#include "harness/options.h"

enum {
	EXIT_CODE_PASS = 0,
	EXIT_CODE_VIOLATION = 1,
	EXIT_CODE_USAGE = 2,
	EXIT_CODE_SKIP = 77,
	EXIT_CODE_BROKEN = 99,
};

/**
 * cmd_bisect() - `looprace bisect`
 * cmd_matrix() - `looprace matrix`
 * cmd_run() - `looprace run`
 * cmd_judge() - `looprace judge`
 * cmd_diff() - `looprace diff`
 * cmd_kernel() - `looprace kernel`
 * cmd_list() - `looprace list`
 * cmd_report() - `looprace report`
 * @options:	of that subcommand
 *
 * Return: the exit code.
 */
int cmd_bisect(const struct options *options);
int cmd_matrix(const struct options *options);
int cmd_run(const struct options *options);
int cmd_judge(const struct options *options);
int cmd_diff(const struct options *options);
int cmd_kernel(const struct options *options);
int cmd_list(const struct options *options);
int cmd_report(const struct options *options);
