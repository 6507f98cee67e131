/* SPDX-License-Identifier: Apache-2.0 */
/* The command that runs a cell again: it stands in every result. */
#pragma once

#include "harness/options.h"

/**
 * repeat_command() - a command line that repeats a cell
 * @options:	of the run; every option that differs from its default is kept, but for the place of the results
 * @kernel:	the cell's kernel as it was named, or NULL with --here
 * @scenario:	the cell's scenario as it was named
 * @seed:	the cell's seed
 *
 * Return: malloc'ed, quoted for a shell; NULL when memory is short.
 */
char *repeat_command(const struct options *options, const char *kernel, const char *scenario, uint64_t seed);
