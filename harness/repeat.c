/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a command line from the option table, so that a new option is repeated without a line here. */
#include "harness/repeat.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* --- words --- */

static int __attribute__((format(printf, 2, 3))) push(struct command_words *command, const char *format, ...)
{
	char **words = reallocarray(command->words, command->count + 2, sizeof(*words));
	va_list arguments;
	char *word;
	int length;

	if (!words)
		return -ENOMEM;
	command->words = words;
	va_start(arguments, format);
	length = vasprintf(&word, format, arguments);
	va_end(arguments);
	if (length < 0)
		return -ENOMEM;
	words[command->count++] = word;
	words[command->count] = NULL;
	return 0;
}

/* In the largest unit that gives a whole number. */
static int push_duration(struct command_words *command, uint64_t duration_ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "min", 60000000000u }, { "s", 1000000000u }, { "ms", 1000000u }, { "us", 1000u }, { "ns", 1u }
	};
	unsigned int i = 0;

	while (duration_ns % units[i].ns != 0)
		i++;
	return push(command, "%" PRIu64 "%s", duration_ns / units[i].ns, units[i].name);
}

static bool is_default(const struct option_info *option, const void *value, const void *fallback)
{
	switch (option->type) {
	case OPTION_FLAG:
		return !*(const bool *)value;
	case OPTION_COUNT:
	case OPTION_MEBIBYTES:
		return *(const unsigned int *)value == *(const unsigned int *)fallback;
	case OPTION_DURATION:
		return *(const uint64_t *)value == *(const uint64_t *)fallback;
	case OPTION_TEXT:
	case OPTION_WORD:
		return !*(const char *const *)value ||
		       (*(const char *const *)fallback &&
			strcmp(*(const char *const *)value, *(const char *const *)fallback) == 0);
	case OPTION_SHARD:
		return ((const struct shard *)value)->count == 0;
	case OPTION_TEXT_LIST: /* only --kernel, which the caller writes */
	case OPTION_SEED:      /* likewise */
		break;
	}
	return true;
}

static int push_value(struct command_words *command, const struct option_info *option, const void *value)
{
	switch (option->type) {
	case OPTION_COUNT:
	case OPTION_MEBIBYTES:
		return push(command, "%u", *(const unsigned int *)value);
	case OPTION_DURATION:
		return push_duration(command, *(const uint64_t *)value);
	case OPTION_TEXT:
	case OPTION_WORD:
		return push(command, "%s", *(const char *const *)value);
	case OPTION_SHARD:
		return push(command, "%u/%u", ((const struct shard *)value)->number,
			    ((const struct shard *)value)->count);
	case OPTION_FLAG:
	case OPTION_TEXT_LIST:
	case OPTION_SEED:
		break;
	}
	return 0;
}

/* Of the run, or of what the caller has written already. */
static bool is_among(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* All that differ from their defaults, but for @left_out. */
static int push_options(struct command_words *command, const struct options *options, const char *const *left_out,
			size_t left_out_count)
{
	char *plain_argv[] = { (char[]){ "looprace" }, (char[]){ "run" }, NULL };
	const struct option_info *option;
	struct options_error error;
	struct options defaults;
	int r = options_parse(2, plain_argv, &defaults, &error);

	if (r < 0)
		return r;
	for (unsigned int i = 0; r == 0 && (option = option_at(i)); i++) {
		const void *value = (const char *)options + option->offset;

		if (!(option->commands & 1u << COMMAND_run) || is_among(option->name, left_out, left_out_count) ||
		    is_default(option, value, (const char *)&defaults + option->offset))
			continue;
		r = push(command, "--%s", option->name);
		if (r == 0)
			r = push_value(command, option, value);
	}
	options_fini(&defaults);
	return r;
}

static int push_kernel(struct command_words *command, const char *kernel)
{
	int r = push(command, "--kernel");

	return r == 0 ? push(command, "%s", kernel) : r;
}

static int push_seed(struct command_words *command, uint64_t seed)
{
	int r = push(command, "--seed");

	return r == 0 ? push(command, "0x%" PRIx64, seed) : r;
}

static int begin(struct command_words *command)
{
	int r = push(command, "looprace");

	return r == 0 ? push(command, "run") : r;
}

int command_of_run(const struct options *options, const char *const *scenarios, unsigned int scenario_count,
		   uint64_t seed, struct command_words *ret_command)
{
	/* Where the results go is not part of what is run; all the others are as they turned out to be. */
	static const char *const left_out[] = { "all", "engine", "json", "out", "resume" };
	struct command_words command = { .count = 0 };
	int r = begin(&command);

	for (unsigned int i = 0; r == 0 && i < scenario_count; i++)
		r = push(&command, "%s", scenarios[i]);
	for (unsigned int i = 0; r == 0 && i < options->kernels.count; i++)
		r = push_kernel(&command, options->kernels.texts[i]);
	if (r == 0)
		r = push_seed(&command, seed);
	if (r == 0)
		r = push_options(&command, options, left_out, ARRAY_SIZE(left_out));
	if (r < 0) {
		command_words_fini(&command);
		return r;
	}
	*ret_command = command;
	return 0;
}

char *command_of_cell(const struct options *options, const char *kernel, const char *scenario, uint64_t seed)
{
	static const char *const left_out[] = { "all", "budget", "engine", "jobs", "json",
						"out", "repeat", "resume", "shard" };
	struct command_words command = { .count = 0 };
	char *text = NULL;
	int r = begin(&command);

	if (r == 0)
		r = push(&command, "%s", scenario);
	if (r == 0 && kernel)
		r = push_kernel(&command, kernel);
	if (r == 0)
		r = push_seed(&command, seed);
	if (r == 0)
		r = push_options(&command, options, left_out, ARRAY_SIZE(left_out));
	if (r == 0)
		text = command_words_quote(&command);
	command_words_fini(&command);
	return text;
}

/* --- text --- */

static void print_quoted(FILE *stream, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";

	if (text[0] != '\0' && text[strspn(text, plain)] == '\0') {
		fputs(text, stream);
		return;
	}
	fputc('\'', stream);
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", stream);
		else
			fputc(*text, stream);
	}
	fputc('\'', stream);
}

char *command_words_quote(const struct command_words *command)
{
	char *text = NULL;
	size_t bytes;
	FILE *stream = open_memstream(&text, &bytes);

	if (!stream)
		return NULL;
	for (unsigned int i = 0; i < command->count; i++) {
		if (i > 0)
			fputc(' ', stream);
		print_quoted(stream, command->words[i]);
	}
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

void command_words_fini(struct command_words *command)
{
	for (unsigned int i = 0; i < command->count; i++)
		free(command->words[i]);
	free(command->words);
	*command = (struct command_words){ .count = 0 };
}
