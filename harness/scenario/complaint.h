/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the parser says what is wrong: one line "file:line:column: what; what would be right".
 *
 * The column is there when the complaint is about a part of the line, and counts bytes from 1, as compilers do.
 */
#pragma once

#include <stddef.h>

struct scenario_error;

struct complaint {
	const char *file_name;
	unsigned int line;     /* 0: the complaint is about the file */
	const char *line_text; /* the line as the parser holds it, for the column */
	size_t line_bytes;
	struct scenario_error *error;
};

/**
 * complain() - write the message
 * @complaint:	file, line, and where the message goes
 * @at:		the part of @complaint->line_text that is wrong; NULL or a place outside of it: no column
 * @format:	printf's: "what; what would be right"
 *
 * Return: -EINVAL, always, so that a caller can pass it up in the same statement.
 */
int complain(const struct complaint *complaint, const char *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
