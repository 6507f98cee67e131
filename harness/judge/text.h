/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that grows, for proofs.  Running out of memory is remembered and told once, by text_take().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *bytes; /* NUL-terminated, or NULL while nothing was added */
	size_t length;
	size_t capacity;
	bool has_failed;
};
#define TEXT_NULL ((struct text){ 0 })

/**
 * text_add() - append
 * @text:	TEXT_NULL at first
 * @format:	printf's
 */
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * text_add_time() - append a time as "+1.234567 s"
 * @text:	as above
 * @time_ns:	guest clock
 * @origin_ns:	what counts as 0
 */
void text_add_time(struct text *text, uint64_t time_ns, uint64_t origin_ns);

/**
 * text_take() - end the text
 * @text:	TEXT_NULL afterwards
 *
 * Return: a string that the caller frees, or NULL when memory ran out.
 */
char *text_take(struct text *text);
