/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Line by line: the first `known_bug = ...` of a section becomes `known_bug = none`, because a section must hold something,
 * the others and the indented lines that continue one become comments.
 */
#include "harness/scenario/strict.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_known_bug(const char *line, size_t bytes)
{
	static const char key[] = "known_bug";
	size_t i = sizeof(key) - 1;

	if (bytes < i || memcmp(line, key, i) != 0)
		return false;
	while (i < bytes && (line[i] == ' ' || line[i] == '\t'))
		i++;
	return i < bytes && (line[i] == '=' || line[i] == ':');
}

static bool is_continued(const char *line, size_t bytes)
{
	return bytes > 0 && (line[0] == ' ' || line[0] == '\t');
}

int scenario_make_strict(const char *text, size_t bytes, char **ret_text, size_t *ret_bytes)
{
	bool is_comment = false;
	bool has_none = false;
	char *strict = NULL;
	size_t strict_bytes;
	FILE *stream = open_memstream(&strict, &strict_bytes);

	if (!stream)
		return -ENOMEM;
	for (const char *line = text; line < text + bytes;) {
		size_t rest = (size_t)(text + bytes - line);
		const char *newline = memchr(line, '\n', rest);
		size_t line_bytes = newline ? (size_t)(newline - line) + 1 : rest;

		has_none = has_none && line[0] != '[';
		is_comment = is_known_bug(line, line_bytes) || (is_comment && is_continued(line, line_bytes));
		if (is_comment)
			fputs(has_none ? "# --strict: " : "known_bug = none ; --strict: ", stream);
		has_none = has_none || is_comment;
		fwrite(line, 1, line_bytes, stream);
		line += line_bytes;
	}
	if (fclose(stream) != 0) {
		free(strict);
		return -ENOMEM;
	}
	*ret_text = strict;
	*ret_bytes = strict_bytes;
	return 0;
}
