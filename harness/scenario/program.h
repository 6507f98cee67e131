/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a worker's program: an operation and its arguments.
 */
#pragma once

#include "harness/scenario/complaint.h"
#include "harness/scenario/operations.h"
#include "harness/scenario/scenario.h"
#include "harness/scenario/words.h"

/* The names of all operations. */
extern const struct words operation_words;

/**
 * program_parse_line() - text to operation
 * @complaint:	where to say what is wrong
 * @text:	such as "attach policy=containerd api=set_fd", without comment
 * @ret_call:	with every argument set, given or not; written only on success
 *
 * Return: 0 or -EINVAL.
 */
int program_parse_line(const struct complaint *complaint, struct span text, struct operation_call *ret_call);
