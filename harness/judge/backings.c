/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's lines about backing files as a table; see backings.h. */
#include "harness/judge/backings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Takes "@key=" off the front of a line; false when something else stands there. */
static bool take_key(const char **line, const char *end, const char *key)
{
	size_t bytes = strlen(key);

	if ((size_t)(end - *line) < bytes || memcmp(*line, key, bytes) != 0)
		return false;
	*line += bytes;
	return true;
}

/* Takes "@key=<decimal number> " off the front of a line. */
static bool take_number(const char **line, const char *end, const char *key, uint64_t *ret_number)
{
	uint64_t number = 0;
	const char *start;

	if (!take_key(line, end, key))
		return false;
	for (start = *line; *line < end && **line >= '0' && **line <= '9'; (*line)++)
		if (__builtin_mul_overflow(number, 10u, &number) ||
		    __builtin_add_overflow(number, (unsigned int)(**line - '0'), &number))
			return false;
	if (*line == start || *line == end || **line != ' ')
		return false;
	(*line)++;
	*ret_number = number;
	return true;
}

static bool take_content(const char **line, const char *end, enum backing_content *ret_content)
{
	static const struct {
		const char *text;
		enum backing_content content;
	} words[] = {
#define X(name, summary) { "content=" #name " ", BACKING_CONTENT_##name },
		LOOPRACE_CONTENTS(X)
#undef X
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!take_key(line, end, words[i].text))
			continue;
		*ret_content = words[i].content;
		return true;
	}
	return false;
}

/* The name is the rest of the line; it goes into proofs, so it may hold nothing but what a scenario's names do. */
static bool take_name(const char **line, const char *end, char *name)
{
	size_t bytes;

	if (!take_key(line, end, "name="))
		return false;
	bytes = (size_t)(end - *line);
	if (bytes == 0 || bytes >= SCENARIO_NAME_BYTES)
		return false;
	for (size_t i = 0; i < bytes; i++)
		if ((*line)[i] <= ' ' || (*line)[i] > '~')
			return false;
	memcpy(name, *line, bytes);
	name[bytes] = '\0';
	return true;
}

static bool parse_line(const char *line, const char *end, struct backing_file *ret_file)
{
	struct backing_file file = { 0 };
	uint64_t number;

	if (!take_key(&line, end, "backing ") || !take_number(&line, end, "number=", &number) || number > UINT32_MAX)
		return false;
	file.number = (uint32_t)number;
	if (!take_number(&line, end, "dev=", &file.dev) || !take_number(&line, end, "inode=", &file.inode) ||
	    !take_number(&line, end, "bytes=", &file.size_bytes) || !take_content(&line, end, &file.content) ||
	    !take_name(&line, end, file.name))
		return false;
	*ret_file = file;
	return true;
}

static int compare_identities(uint64_t left_dev, uint64_t left_inode, uint64_t right_dev, uint64_t right_inode)
{
	if (left_inode != right_inode)
		return left_inode < right_inode ? -1 : 1;
	return (left_dev > right_dev) - (left_dev < right_dev);
}

/* Where a number stands, or would. */
static uint64_t place_of_number(const struct backings *backings, uint32_t number)
{
	uint64_t low = 0, high = backings->count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (backings->files[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct backing_file *backings_with_number(const struct backings *backings, uint32_t number)
{
	uint64_t place = place_of_number(backings, number);

	if (place == backings->count || backings->files[place].number != number)
		return NULL;
	return &backings->files[place];
}

/* Where an identity stands, or would. */
static uint64_t place_of_identity(const struct backings *backings, uint64_t count, uint64_t dev, uint64_t inode)
{
	uint64_t low = 0, high = count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		const struct backing_file *file = &backings->files[backings->by_identity[middle]];

		if (compare_identities(file->dev, file->inode, dev, inode) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct backing_file *backings_with_identity(const struct backings *backings, uint64_t dev, uint64_t inode)
{
	uint64_t place = place_of_identity(backings, backings->count, dev, inode);
	const struct backing_file *file;

	if (place == backings->count)
		return NULL;
	file = &backings->files[backings->by_identity[place]];
	return file->dev == dev && file->inode == inode ? file : NULL;
}

/* The guest notes them in the order of their numbers, so that insertion moves nothing. */
static void add_file(struct backings *backings, const struct backing_file *file)
{
	uint64_t place = place_of_number(backings, file->number);

	if (place < backings->count && backings->files[place].number == file->number)
		return;
	memmove(&backings->files[place + 1], &backings->files[place],
		(backings->count - place) * sizeof(*backings->files));
	backings->files[place] = *file;
	backings->count++;
}

/* Two numbers of one file are a contradiction: the lower one counts, whichever note came first. */
static void sort_by_identity(struct backings *backings)
{
	for (uint64_t i = 0; i < backings->count; i++) {
		const struct backing_file *file = &backings->files[i];
		uint64_t place = place_of_identity(backings, i, file->dev, file->inode);

		while (place < i && compare_identities(backings->files[backings->by_identity[place]].dev,
						       backings->files[backings->by_identity[place]].inode, file->dev,
						       file->inode) == 0)
			place++;
		memmove(&backings->by_identity[place + 1], &backings->by_identity[place],
			(i - place) * sizeof(*backings->by_identity));
		backings->by_identity[place] = (uint32_t)i;
	}
}

/* One line of notes, without its newline; returns where the next one begins. */
static const char *next_line(const char *line, const char *notes_end, const char **ret_end)
{
	const char *end = memchr(line, '\n', (size_t)(notes_end - line));

	*ret_end = end ? end : notes_end;
	return end ? end + 1 : notes_end;
}

static void read_notes(struct backings *backings, const struct history *history)
{
	const char *notes_end = history->notes + history->notes_bytes;
	const char *line = history->notes, *line_end;
	struct backing_file file;

	while (line < notes_end) {
		const char *next = next_line(line, notes_end, &line_end);

		if (backings->count < BACKINGS_COUNT_MAX && parse_line(line, line_end, &file))
			add_file(backings, &file);
		line = next;
	}
}

int backings_init(const struct history *history, struct backings *ret_backings)
{
	struct backings backings = { 0 };

	if (!history || history->notes_bytes == 0) {
		*ret_backings = backings;
		return 0;
	}
	backings.files = calloc(BACKINGS_COUNT_MAX, sizeof(*backings.files));
	backings.by_identity = calloc(BACKINGS_COUNT_MAX, sizeof(*backings.by_identity));
	if (!backings.files || !backings.by_identity) {
		backings_fini(&backings);
		return -ENOMEM;
	}
	read_notes(&backings, history);
	sort_by_identity(&backings);
	*ret_backings = backings;
	return 0;
}

void backings_fini(struct backings *backings)
{
	free(backings->files);
	free(backings->by_identity);
	*backings = (struct backings){ 0 };
}
