/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a scenario; see program_text.h. */
#include "harness/diff/program_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r"

int program_text_init(const char *text, size_t bytes, struct program_text *ret_text)
{
	struct program_text lines = { .text = text, .bytes = bytes };
	size_t count = 1;

	for (size_t i = 0; i < bytes; i++)
		count += text[i] == '\n';
	lines.starts = calloc(count, sizeof(*lines.starts));
	if (!lines.starts)
		return -ENOMEM;
	lines.line_count = 1;
	for (size_t i = 0; i < bytes; i++)
		if (text[i] == '\n')
			lines.starts[lines.line_count++] = i + 1;
	*ret_text = lines;
	return 0;
}

/* "label: operation ..." */
static const char *skip_label(const char *line)
{
	size_t bytes = strcspn(line, BLANKS);

	if (bytes == 0 || line[bytes - 1] != ':')
		return line;
	line += bytes;
	return line + strspn(line, BLANKS);
}

char *program_text_line(const struct program_text *text, unsigned int line)
{
	char *copy, *words, *comment;
	size_t bytes;

	if (line == 0 || line > text->line_count)
		return strdup("?");
	bytes = (line < text->line_count ? text->starts[line] - 1 : text->bytes) - text->starts[line - 1];
	copy = strndup(text->text + text->starts[line - 1], bytes);
	if (!copy)
		return NULL;
	comment = strstr(copy, " ;");
	if (comment)
		*comment = '\0';
	for (bytes = strlen(copy); bytes && strchr(BLANKS, copy[bytes - 1]); bytes--)
		copy[bytes - 1] = '\0';
	words = strdup(skip_label(copy + strspn(copy, BLANKS)));
	free(copy);
	return words;
}

char *program_text_shape(const struct program_text *text, unsigned int line)
{
	char *words = program_text_line(text, line);
	char *shape = words ? calloc(1, strlen(words) + 2) : NULL;
	char *rest = words, *word;

	while (shape && (word = strsep(&rest, BLANKS))) {
		char *equals = strchr(word, '=');

		if (!*shape && *word) {
			strcat(shape, word);
		} else if (equals && strncmp(word, "as=", 3) != 0 && strncmp(word, "on=", 3) != 0) {
			equals[1] = '\0';
			strcat(strcat(shape, " "), word);
		}
	}
	free(words);
	return shape;
}

void program_text_fini(struct program_text *text)
{
	free(text->starts);
	*text = (struct program_text){ 0 };
}
