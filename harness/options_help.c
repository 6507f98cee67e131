/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of --help, laid out from the tables of options.c for a terminal of 80 columns.
 */
#include "harness/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMN_COUNT 80
#define TEXT_COLUMN  22

/* Words of @text from @column on, broken before COLUMN_COUNT; the cursor stands at @cursor. */
static void put_wrapped(FILE *file, const char *text, int cursor, int column)
{
	fprintf(file, "%*s", column - cursor, "");
	cursor = column;
	while (*text) {
		int length = (int)strcspn(text, " ");

		if (cursor > column && cursor + 1 + length > COLUMN_COUNT) {
			fprintf(file, "\n%*s", column, "");
			cursor = column;
		} else if (cursor > column) {
			fputc(' ', file);
			cursor++;
		}
		fprintf(file, "%.*s", length, text);
		cursor += length;
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', file);
}

/* A term in the left column and its explanation in the right one. */
static void put_row(FILE *file, const char *term, const char *text)
{
	int cursor = fprintf(file, "%s", term);

	if (cursor > TEXT_COLUMN - 2) {
		fputc('\n', file);
		cursor = 0;
	}
	put_wrapped(file, text, cursor, TEXT_COLUMN);
}

static void put_option(FILE *file, const struct option_info *info)
{
	char term[64];
	int length;

	length = info->letter ? snprintf(term, sizeof(term), "  -%c, ", info->letter)
			      : snprintf(term, sizeof(term), "  ");
	snprintf(term + length, sizeof(term) - (size_t)length, "--%s%s%s", info->name, info->metavar ? " " : "",
		 info->metavar ? info->metavar : "");
	put_row(file, term, info->help);
}

static void put_kernel_actions(FILE *file)
{
	static const char *const rows[][2] = {
#define X(name, operand_count_min, way, script, argument, summary) { "  " #name, summary },
		LOOPRACE_KERNEL_ACTIONS(X)
#undef X
	};

	fputs("\nActions:\n", file);
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		put_row(file, rows[i][0], rows[i][1]);
}

static void put_help(FILE *file, enum command command)
{
	const struct option_info *info;
	char term[32];

	if (command == COMMAND_NONE) {
		fputs("Usage: looprace COMMAND [OPTION]... [OPERAND]...\n\n", file);
		fputs("Race the Linux loop driver on real kernels and prove whether it held.\n\n"
		      "Commands:\n",
		      file);
		for (unsigned int i = 0; i < COMMAND_COUNT; i++) {
			snprintf(term, sizeof(term), "  %s", command_info((enum command)i)->name);
			put_row(file, term, command_info((enum command)i)->summary);
		}
	} else {
		const struct command_info *command_row = command_info(command);

		fprintf(file, "Usage: looprace %s [OPTION]...%s%s\n\n%c%s.\n", command_row->name,
			command_row->operands[0] ? " " : "", command_row->operands, command_row->summary[0] - 'a' + 'A',
			command_row->summary + 1);
		if (command_row->operand) {
			snprintf(term, sizeof(term), "  %s", command_row->operand);
			fputc('\n', file);
			put_row(file, term, command_row->operand_help);
		}
		if (command == COMMAND_kernel)
			put_kernel_actions(file);
	}
	fputs("\nOptions:\n", file);
	for (unsigned int i = 0; (info = option_at(i)); i++)
		if (info->commands & 1u << command)
			put_option(file, info);
	if (command == COMMAND_NONE)
		fputs("\nlooprace COMMAND --help shows the options of a command.\n", file);
	fputc('\n', file);
	put_wrapped(file, command == COMMAND_NONE ? OPTIONS_VERDICT_CODES : command_info(command)->exit_codes,
		    fprintf(file, "Exit codes:"), (int)sizeof("Exit codes:"));
	fputs("Manual page: looprace(8).\n", file);
}

char *options_help(enum command command)
{
	char *text = NULL;
	size_t length;
	FILE *file = open_memstream(&text, &length);

	if (!file)
		return NULL;
	put_help(file, command);
	if (fclose(file) == 0)
		return text;
	free(text);
	return NULL;
}
