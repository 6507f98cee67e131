/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From bytes to lines.
 *
 * Comments are cut off here and not by inih, because inih 55 leaves them in the lines that go on with a value, which is
 * where the operations of a program stand.
 */
#include "harness/scenario/lines.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "harness/scenario/words.h"

/* Bytes of the UTF-8 character at @at, or 0.  Overlong forms and surrogates pass: they harm nobody here. */
static size_t character_bytes(const unsigned char *at, size_t bytes_left)
{
	size_t bytes = at[0] < 0x80 ? 1 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : at[0] >= 0xe0 && at[0] < 0xf0 ? 3 : 4;

	if ((at[0] >= 0x80 && at[0] < 0xc2) || at[0] >= 0xf5 || bytes > bytes_left)
		return 0;
	for (size_t i = 1; i < bytes; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	}
	return bytes;
}

static int check_text(const struct complaint *complaint, const char *line, size_t line_bytes)
{
	const unsigned char *bytes = (const unsigned char *)line;
	size_t step;

	for (size_t i = 0; i < line_bytes; i += step) {
		step = character_bytes(bytes + i, line_bytes - i);
		if (step == 0 || (bytes[i] < ' ' && bytes[i] != '\t') || bytes[i] == 0x7f)
			return complain(complaint, line + i,
					"byte 0x%02x is no text; a scenario is a text file in UTF-8", bytes[i]);
	}
	return 0;
}

static void cut_comment(char *line)
{
	size_t start = strspn(line, " \t");

	if (line[start] == ';' || line[start] == '#')
		line[0] = '\0';
	for (size_t i = 1; line[0] && line[i]; i++) {
		if (line[i] == ';' && span_is_blank(line[i - 1]))
			line[i] = '\0';
	}
}

int lines_take(struct lines *lines, struct complaint *complaint, char *buffer, size_t buffer_bytes)
{
	size_t bytes_left = (size_t)(lines->end - lines->next);
	const char *line = lines->next;
	const char *newline;
	size_t bytes;
	int r;

	if (bytes_left == 0)
		return LINES_END;
	newline = memchr(line, '\n', bytes_left);
	bytes = newline ? (size_t)(newline - line) : bytes_left;
	lines->last = line;
	lines->next = newline ? newline + 1 : lines->end;
	if (bytes > 0 && line[bytes - 1] == '\r')
		bytes--;
	complaint->line++;
	complaint->line_text = line;
	complaint->line_bytes = bytes;
	r = check_text(complaint, line, bytes < SCENARIO_LINE_BYTES_MAX ? bytes : SCENARIO_LINE_BYTES_MAX);
	if (r < 0)
		return r;
	if (bytes > SCENARIO_LINE_BYTES_MAX || bytes + 3 > buffer_bytes)
		return complain(complaint, NULL, "the line has %zu bytes; at most %d", bytes, SCENARIO_LINE_BYTES_MAX);
	memcpy(buffer, line, bytes);
	buffer[bytes] = '\0';
	complaint->line_text = buffer;
	cut_comment(buffer);
	return 0;
}
