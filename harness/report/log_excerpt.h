/* SPDX-License-Identifier: Apache-2.0 */
/* The few lines of a kernel log that a reader wants to see beside a verdict. */
#pragma once

#include "harness/judge/judge.h"

struct log_excerpt {
	const char *text; /* into the log; not NUL-terminated */
	size_t text_bytes;
	size_t cited_offset; /* of the line that it is about, from @text; SIZE_MAX: it is the log's end */
	bool is_cut_before;  /* the log has lines before it */
	bool is_cut_after;
};

/**
 * log_excerpt_find() - choose the lines
 * @console:	a whole kernel log, anything at all
 * @console_bytes: its length
 * @judgement:	of the cell
 * @ret_excerpt: borrows @console; written only on success
 *
 * The lines around the report that the rule kernel_log cites; else those around a panic; else the last ones.
 *
 * Return: 0 or -ENOMEM.
 */
int log_excerpt_find(const char *console, size_t console_bytes, const struct judgement *judgement,
		     struct log_excerpt *ret_excerpt);

/**
 * log_text() - a piece of a serial line's log as text
 * @begin:	anything
 * @bytes:	its length
 *
 * Return: malloc'ed copy without NULs and without the carriage returns at the ends of lines; NULL when memory is short.
 */
char *log_text(const char *begin, size_t bytes);
