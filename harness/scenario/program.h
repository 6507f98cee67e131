/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a worker's program: an operation, its arguments, and perhaps a label before them.
 *
 * A line may name what is declared further down, so names stay words here; references.h looks them up when all was read.
 */
#pragma once

#include "harness/scenario/complaint.h"
#include "harness/scenario/operations.h"
#include "harness/scenario/scenario.h"
#include "harness/scenario/words.h"

/* The names of all operations. */
extern const struct words operation_words;

/* An argument whose value is a name. */
struct program_reference {
	unsigned int position; /* of the argument */
	struct span name;
	bool is_default; /* nobody wrote it: it is the table's default */
};

struct program_line {
	struct operation_call call; /* with every argument set, given or not, but for the references */
	struct span label;	    /* empty: none */
	unsigned int reference_count;
	struct program_reference references[OPERATION_ARGUMENT_COUNT_MAX];
};

/**
 * program_parse_line() - text to operation
 * @complaint:	where to say what is wrong
 * @text:	such as "bind: attach policy=containerd api=set_fd", without comment
 * @ret_line:	written only on success
 *
 * Return: 0 or -EINVAL.
 */
int program_parse_line(const struct complaint *complaint, struct span text, struct program_line *ret_line);

/**
 * program_is_line() - does it begin like a line of a program
 * @text:	any line
 *
 * Return: true when its first word, or the word behind its label, is an operation.
 */
bool program_is_line(struct span text);
