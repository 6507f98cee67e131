/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of a scenario file, each checked to be text before anybody reads it.
 */
#pragma once

#include "harness/scenario/complaint.h"

#include <stddef.h>

/* inih cuts longer lines in two and takes the second half for a line of its own; it needs 3 bytes of its 200. */
#define SCENARIO_LINE_BYTES_MAX 196

struct lines {
	const char *next;
	const char *end;
	const char *last; /* the start of the line that was taken last */
};

/* Outcome of lines_take(). */
enum { LINES_END = 1 };

/**
 * lines_take() - the next line, without its end and its comment
 * @lines:	what is left of the text
 * @complaint:	its line is counted up and its line_text set to @buffer; where to say what is wrong
 * @buffer:	filled with a string
 * @buffer_bytes: its size
 *
 * A comment begins with ';' or '#' at the start of a line (blanks may precede), or with ';' behind a blank.
 *
 * Return: 0, LINES_END, or -EINVAL (too long, control characters, no UTF-8).
 */
int lines_take(struct lines *lines, struct complaint *complaint, char *buffer, size_t buffer_bytes);
