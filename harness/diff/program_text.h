/* SPDX-License-Identifier: Apache-2.0 */
/* A scenario's text by its lines: a call as the user wrote it, and its shape, which is that without its values. */
#pragma once

#include <stddef.h>

struct program_text {
	const char *text; /* borrowed */
	size_t bytes;
	size_t *starts; /* of the lines, from the first */
	unsigned int line_count;
};

/**
 * program_text_init() - find the lines
 * @text:	borrowed
 * @bytes:	its length
 * @ret_text:	end it with program_text_fini(); written only on success
 *
 * Return: 0 or -ENOMEM.
 */
int program_text_init(const char *text, size_t bytes, struct program_text *ret_text);

/**
 * program_text_line() - a line as it is, without blanks at its ends, label and comment
 * program_text_shape() - the same without values: "configure block_size=" of "configure disk block_size=3B"
 * @text:	of the scenario
 * @line:	from 1; "?" where there is none
 *
 * Return: a string that the caller frees, or NULL.
 */
char *program_text_line(const struct program_text *text, unsigned int line);
char *program_text_shape(const struct program_text *text, unsigned int line);

/**
 * program_text_fini() - end it
 * @text:	all zero afterwards; may be all zero already
 */
void program_text_fini(struct program_text *text);
