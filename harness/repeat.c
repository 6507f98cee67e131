/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a command line from the option table, so that a new option is repeated without a line here. */
#include "harness/repeat.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static bool is_kept(const struct option_info *option)
{
	static const char *const own[] = { "kernel", "seed", "out", "json" };

	if (!(option->commands & 1u << COMMAND_run))
		return false;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(option->name, own[i]) == 0)
			return false;
	return true;
}

/* In the largest unit that gives a whole number. */
static void print_duration(FILE *stream, uint64_t duration_ns)
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
	fprintf(stream, "%" PRIu64 "%s", duration_ns / units[i].ns, units[i].name);
}

static void print_option(FILE *stream, const struct option_info *option, const struct options *options,
			 const struct options *defaults)
{
	const void *value = (const char *)options + option->offset;
	const void *fallback = (const char *)defaults + option->offset;

	switch (option->type) {
	case OPTION_FLAG:
		if (*(const bool *)value)
			fprintf(stream, " --%s", option->name);
		break;
	case OPTION_COUNT:
	case OPTION_MEBIBYTES:
		if (*(const unsigned int *)value != *(const unsigned int *)fallback)
			fprintf(stream, " --%s %u", option->name, *(const unsigned int *)value);
		break;
	case OPTION_DURATION:
		if (*(const uint64_t *)value == *(const uint64_t *)fallback)
			break;
		fprintf(stream, " --%s ", option->name);
		print_duration(stream, *(const uint64_t *)value);
		break;
	case OPTION_TEXT:
	case OPTION_WORD:
		if (!*(const char *const *)value ||
		    (*(const char *const *)fallback &&
		     strcmp(*(const char *const *)value, *(const char *const *)fallback) == 0))
			break;
		fprintf(stream, " --%s ", option->name);
		print_quoted(stream, *(const char *const *)value);
		break;
	case OPTION_TEXT_LIST: /* only --kernel, which is the cell's own */
	case OPTION_SEED:
		break;
	}
}

char *repeat_command(const struct options *options, const char *kernel, const char *scenario, uint64_t seed)
{
	char *plain_argv[] = { (char[]){ "looprace" }, (char[]){ "run" }, NULL };
	struct options_error error;
	struct options defaults;
	char *text = NULL;
	size_t bytes;
	FILE *stream;

	if (options_parse(2, plain_argv, &defaults, &error) < 0)
		return NULL;
	stream = open_memstream(&text, &bytes);
	if (stream) {
		fputs("looprace run ", stream);
		print_quoted(stream, scenario);
		if (kernel) {
			fputs(" --kernel ", stream);
			print_quoted(stream, kernel);
		}
		fprintf(stream, " --seed 0x%" PRIx64, seed);
		for (unsigned int i = 0; option_at(i); i++)
			if (is_kept(option_at(i)))
				print_option(stream, option_at(i), options, &defaults);
		if (fclose(stream) != 0) {
			free(text);
			text = NULL;
		}
	}
	options_fini(&defaults);
	return text;
}
