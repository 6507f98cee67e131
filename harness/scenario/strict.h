/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scenario without its known bugs: whoever has mended one, or looks for the kernel that brought it, wants to see it as
 * the violation that it is.
 *
 * The text is changed and not the parsed scenario, because the text is evidence: what is stored with a run says what was
 * expected of it, and is judged the same ever after.
 */
#pragma once

#include <stddef.h>

/**
 * scenario_make_strict() - take every known_bug out of a scenario, where it stays as a comment
 * @text:	of a scenario file; need not be sound
 * @bytes:	its length
 * @ret_text:	malloc'ed, NUL-terminated; all lines keep their numbers; written only on success
 * @ret_bytes:	its length
 *
 * Return: 0 or -ENOMEM.
 */
int scenario_make_strict(const char *text, size_t bytes, char **ret_text, size_t *ret_bytes);
