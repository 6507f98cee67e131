/* SPDX-License-Identifier: Apache-2.0 */
/* What a matrix file says, as if it had been said on the command line; what was said there counts more. */
#pragma once

#include "harness/options.h"
#include "harness/scenario/matrix_file.h"

/**
 * matrix_options_apply() - fill in what the command line left open
 * @matrix:	its strings are borrowed by @options
 * @options:	its lists are malloc'ed, with room for one more than they hold; operands are replaced by the scenarios
 * @ret_error:	one line; written only on failure
 *
 * Return: 0, -EINVAL where the two do not go together, or -ENOMEM.
 */
int matrix_options_apply(const struct matrix_file *matrix, struct options *options, struct options_error *ret_error);
