/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From text to a matrix.
 *
 * There is one section and no program in it, so the lines are divided here, by the same functions that check those of a
 * scenario; inih would add nothing but its leniency, see scenario_parse.c.
 */
#include "harness/scenario/matrix_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/scenario/lines.h"
#include "harness/scenario/units.h"
#include "harness/scenario/words.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define SECOND_NS	1000000000ull
#define DAY_NS		(86400 * SECOND_NS)
/* As inih has it. */
#define LINE_BUFFER_BYTES 200

enum matrix_key {
#define X(name, summary) MATRIX_KEY_##name,
	MATRIX_KEYS(X)
#undef X
		MATRIX_KEY_COUNT,
};

#define X(name, summary) #name,
static const char *const key_list[] = { MATRIX_KEYS(X) };
#undef X
static const struct words key_words = WORDS("key", key_list);

struct matrix_parser {
	struct lines lines;
	struct complaint complaint;
	struct matrix_file matrix;
	unsigned int head_line;			  /* of [matrix]; 0: not yet */
	unsigned int key_lines[MATRIX_KEY_COUNT]; /* 0: not given */
	int last_key;				  /* the one that an indented line goes on with; -1: none */
};

/* --- values --- */

static int set_names(struct span value, struct matrix_names *names)
{
	for (struct span word = span_take_word(&value, ","); word.bytes > 0; word = span_take_word(&value, ",")) {
		char **texts = reallocarray(names->texts, names->count + 1, sizeof(*texts));

		if (!texts)
			return -ENOMEM;
		names->texts = texts;
		texts[names->count] = strndup(word.at, word.bytes);
		if (!texts[names->count])
			return -ENOMEM;
		names->count++;
	}
	return 0;
}

static int set_scenarios(struct matrix_parser *parser, struct span value)
{
	struct matrix_file *matrix = &parser->matrix;
	int r = set_names(value, &matrix->scenarios);

	for (unsigned int i = 0; r == 0 && i < matrix->scenarios.count; i++)
		if (strcmp(matrix->scenarios.texts[i], "all") == 0)
			matrix->has_all_scenarios = true;
	if (matrix->has_all_scenarios && matrix->scenarios.count > 1)
		return complain(&parser->complaint, value.at, "'all' and others; write all, or the others");
	return r;
}

static int set_count(const struct complaint *complaint, struct span value, unsigned int max, unsigned int *ret_count)
{
	uint64_t count;
	int r = units_parse_number(value, &count);

	if (r == UNITS_NO_NUMBER)
		return complain(complaint, value.at, "'%.*s' is no number; write a whole number from 1 to %u",
				SPAN(value), max);
	if (r != 0 || count == 0 || count > max)
		return complain(complaint, value.at, "%.*s is out of range; from 1 to %u", SPAN(value), max);
	*ret_count = (unsigned int)count;
	return 0;
}

static int set_time(const struct complaint *complaint, struct span value, uint64_t min_ns, const char *range,
		    uint64_t max_ns, uint64_t *ret_ns)
{
	uint64_t ns;
	int r = units_parse(&units_of_time, value, NULL, &ns, NULL);

	if (r != 0)
		return units_complain(complaint, &units_of_time, value, r);
	if (ns < min_ns || ns > max_ns)
		return complain(complaint, value.at, "%.*s is out of range; %s", SPAN(value), range);
	*ret_ns = ns;
	return 0;
}

static int set_seed(const struct complaint *complaint, struct span value, struct matrix_file *matrix)
{
	bool is_hexadecimal = span_starts_with(value, "0x");
	int r = is_hexadecimal ? units_parse_hex(value, &matrix->seed) : units_parse_number(value, &matrix->seed);

	if (r != 0)
		return complain(complaint, value.at, "'%.*s' is no seed; write 0 to %lld, or 0x and hexadecimal digits",
				SPAN(value), (long long)SCENARIO_VALUE_MAX);
	matrix->has_seed = true;
	return 0;
}

static int set_summary(struct matrix_file *matrix, struct span value)
{
	char *summary = strndup(value.at, value.bytes);

	if (!summary)
		return -ENOMEM;
	free(matrix->summary);
	matrix->summary = summary;
	return 0;
}

static int set_value(struct matrix_parser *parser, enum matrix_key key, struct span value)
{
	const struct complaint *complaint = &parser->complaint;
	struct matrix_file *matrix = &parser->matrix;

	switch (key) {
	case MATRIX_KEY_summary:
		return set_summary(matrix, value);
	case MATRIX_KEY_kernels:
		return set_names(value, &matrix->kernels);
	case MATRIX_KEY_scenarios:
		return set_scenarios(parser, value);
	case MATRIX_KEY_repeat:
		return set_count(complaint, value, MATRIX_REPEAT_COUNT_MAX, &matrix->repeat_count);
	case MATRIX_KEY_jobs:
		return set_count(complaint, value, MATRIX_JOB_COUNT_MAX, &matrix->job_count);
	case MATRIX_KEY_duration:
		return set_time(complaint, value, SECOND_NS / 1000, "from 1ms to 720h", 30 * DAY_NS,
				&matrix->duration_ns);
	case MATRIX_KEY_timeout:
		return set_time(complaint, value, SECOND_NS, "from 1s to 1440h", 60 * DAY_NS, &matrix->timeout_ns);
	case MATRIX_KEY_budget:
		return set_time(complaint, value, SECOND_NS, "from 1s to 1440h", 60 * DAY_NS, &matrix->budget_ns);
	case MATRIX_KEY_seed:
		return set_seed(complaint, value, matrix);
	case MATRIX_KEY_COUNT:
		break;
	}
	return -EINVAL;
}

/* --- lines --- */

static int take_head(struct matrix_parser *parser, struct span line)
{
	if (!span_is(line, "[matrix]"))
		return complain(&parser->complaint, line.at, "'%.*s': a matrix file has one section; write [matrix]",
				SPAN(line));
	if (parser->head_line > 0)
		return complain(&parser->complaint, NULL,
				"[matrix] is here twice, first in line %u; put its keys together", parser->head_line);
	parser->head_line = parser->complaint.line;
	return 0;
}

static int go_on(struct matrix_parser *parser, struct span line)
{
	if (parser->last_key == MATRIX_KEY_kernels || parser->last_key == MATRIX_KEY_scenarios)
		return set_value(parser, (enum matrix_key)parser->last_key, line);
	return complain(
		&parser->complaint, line.at,
		"an indented line goes on with the key before it, but '%s' has one line; begin a key in the first "
		"column",
		key_list[parser->last_key]);
}

static int take_key(struct matrix_parser *parser, struct span line)
{
	const struct complaint *complaint = &parser->complaint;
	const char *equals = memchr(line.at, '=', line.bytes);
	struct span name, value;
	unsigned int key;

	if (parser->head_line == 0)
		return complain(complaint, line.at, "a line before the first section; begin with [matrix]");
	if (!equals || equals == line.at)
		return complain(complaint, line.at, "%s; write key = value",
				equals ? "no key before '='" : "no '=' in this line");
	name = span_trim((struct span){ line.at, (size_t)(equals - line.at) });
	value = span_trim((struct span){ equals + 1, (size_t)(line.at + line.bytes - equals - 1) });
	if (words_find(&key_words, name, &key) < 0)
		return words_complain(complaint, &key_words, name);
	if (parser->key_lines[key] > 0)
		return complain(complaint, name.at, "key '%.*s' is given twice, first in line %u; keep one", SPAN(name),
				parser->key_lines[key]);
	parser->key_lines[key] = complaint->line;
	parser->last_key = (int)key;
	/* The names of a list may all be in the lines that follow. */
	if (value.bytes == 0 && key != MATRIX_KEY_kernels && key != MATRIX_KEY_scenarios)
		return complain(complaint, name.at, "key '%.*s' has no value; write one or leave the key out",
				SPAN(name));
	return set_value(parser, (enum matrix_key)key, value);
}

static int take_line(struct matrix_parser *parser, const char *text)
{
	struct span line = span_trim(span_of(text));

	if (line.bytes == 0)
		return 0;
	if (span_is_blank(text[0]) && parser->last_key >= 0)
		return go_on(parser, line);
	parser->last_key = -1;
	return line.at[0] == '[' ? take_head(parser, line) : take_key(parser, line);
}

static int check_whole(const struct matrix_parser *parser)
{
	struct complaint complaint = parser->complaint;
	const struct matrix_names *lists[] = { &parser->matrix.kernels, &parser->matrix.scenarios };
	static const enum matrix_key keys[] = { MATRIX_KEY_kernels, MATRIX_KEY_scenarios };

	complaint.line = 1;
	complaint.line_text = NULL;
	if (parser->head_line == 0)
		return complain(&complaint, NULL, "there is nothing in the file; begin with [matrix]");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		complaint.line = parser->key_lines[keys[i]];
		if (complaint.line > 0 && lists[i]->count == 0)
			return complain(&complaint, NULL, "'%s' names nothing; name something or leave it out",
					key_list[keys[i]]);
	}
	complaint.line = parser->head_line;
	if (parser->matrix.scenarios.count == 0)
		return complain(&complaint, NULL, "[matrix] names no scenarios; add scenarios = all, or their names");
	return 0;
}

int matrix_file_parse(const char *text, size_t text_bytes, const char *file_name, struct matrix_file *ret_matrix,
		      struct scenario_error *ret_error)
{
	size_t mark_bytes = strlen(BYTE_ORDER_MARK);
	size_t skip = text_bytes >= mark_bytes && memcmp(text, BYTE_ORDER_MARK, mark_bytes) == 0 ? mark_bytes : 0;
	struct matrix_parser parser = {
		.lines = { .next = text + skip, .end = text + text_bytes },
		.complaint = { .file_name = file_name, .error = ret_error },
		.last_key = -1,
	};
	char buffer[LINE_BUFFER_BYTES];
	int r;

	while ((r = lines_take(&parser.lines, &parser.complaint, buffer, sizeof(buffer))) == 0) {
		r = take_line(&parser, buffer);
		if (r < 0)
			break;
	}
	if (r == LINES_END)
		r = check_whole(&parser);
	if (r == -ENOMEM) {
		parser.complaint.line = 0;
		(void)complain(&parser.complaint, NULL, "out of memory; end other programs and try again");
	}
	if (r < 0) {
		matrix_file_fini(&parser.matrix);
		return r;
	}
	*ret_matrix = parser.matrix;
	return 0;
}

static void names_fini(struct matrix_names *names)
{
	for (unsigned int i = 0; i < names->count; i++)
		free(names->texts[i]);
	free(names->texts);
}

void matrix_file_fini(struct matrix_file *matrix)
{
	names_fini(&matrix->kernels);
	names_fini(&matrix->scenarios);
	free(matrix->summary);
	*matrix = (struct matrix_file){ .summary = NULL };
}
