/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes looprace(8) from its template: copies every line, but puts a table of the program in the place of
 *
 *	@options run@		the options of a subcommand
 *	@commands@ @operations@ @policies@ @aligns@ @needs@ @expectations@ @kernels@ @plants@ @kinds@ @contents@ @rules@
 *	@version@
 *	@include FILE@		a file beside the template, which may hold such lines itself
 *
 * The tables are the very ones that the parser, --help and the judge use, so that the page cannot tell anything else.
 * It is run by the build only and is not installed.
 */
#include "harness/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/looprace.h"
#include "harness/judge/judge.h"
#include "harness/scenario/matrix_file.h"
#include "harness/scenario/plants.h"
#include "harness/scenario/scenario.h"

struct page {
	const char *directory; /* of the template */
	unsigned int depth;    /* of included files */
	int exit_code;
};

/* Text for mdoc: no backslash, no macro by accident, and each sentence on a line of its own. */
static void put_text(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (text[0] == ' ' && text[-1] == '.')
			putchar('\n');
		else
			putchar(*text);
	}
}

static void put_sentence(const char *text)
{
	put_text(text);
	fputs(text[0] && text[strlen(text) - 1] == '.' ? "\n" : ".\n", stdout);
}

static void put_item(const char *name, const char *summary)
{
	printf(".It Cm %s\n", name);
	put_sentence(summary);
}

static void put_list_begin(void)
{
	puts(".Bl -tag -width Ds");
}

static void put_list_end(void)
{
	puts(".El");
}

static void put_options(enum command command)
{
	const struct option_info *info;

	put_list_begin();
	for (unsigned int i = 0; (info = option_at(i)); i++) {
		if (!(info->commands & 1u << command))
			continue;
		if (info->letter)
			printf(".It Fl %c , Fl -%s\n", info->letter, info->name);
		else
			printf(".It Fl -%s%s%s\n", info->name, info->metavar ? " Ar " : "",
			       info->metavar ? info->metavar : "");
		put_sentence(info->help);
		if (info->manual)
			put_sentence(info->manual);
	}
	put_list_end();
}

static void put_commands(void)
{
	put_list_begin();
	for (unsigned int i = 0; i < COMMAND_COUNT; i++)
		put_item(command_info((enum command)i)->name, command_info((enum command)i)->summary);
	put_list_end();
}

static void put_operations(void)
{
	put_list_begin();
	for (unsigned int i = 0; i < OPERATION_COUNT; i++) {
		const struct operation_info *info = operation_info((enum operation)i);

		put_item(info->name, info->summary);
		if (info->argument_count == 0)
			continue;
		puts(".Bl -tag -width Ds -compact");
		for (unsigned int j = 0; j < info->argument_count; j++) {
			const struct argument_info *argument = &info->arguments[j];

			if (argument_is_positional(argument->type))
				printf(".It Ar %s\n", argument->name);
			else
				printf(".It Cm %s Ns = Ns Ar value\n", argument->name);
			put_sentence(argument->summary);
			if (*argument->fallback)
				printf("Default:\n.Ql %s .\n", argument->fallback);
		}
		puts(".El");
	}
	put_list_end();
}

static void put_policies(void)
{
	const struct looprace_policy *policy;

	put_list_begin();
	for (unsigned int i = 0; (policy = looprace_policy_at(i)); i++)
		put_item(policy->name, policy->summary);
	put_list_end();
}

#define X(name, summary) put_item(#name, summary);
static void put_aligns(void)
{
	put_list_begin();
	LOOPRACE_ALIGNS(X)
	put_list_end();
}

static void put_needs(void)
{
	put_list_begin();
	LOOPRACE_NEEDS(X)
	put_list_end();
}

static void put_expectations(void)
{
	put_list_begin();
	LOOPRACE_EXPECTATIONS(X)
	put_list_end();
}

static void put_kernels(void)
{
	put_list_begin();
	LOOPRACE_KERNELS(X)
	put_list_end();
}

static void put_matrix_keys(void)
{
	put_list_begin();
	MATRIX_KEYS(X)
	put_list_end();
}

static void put_kinds(void)
{
	put_list_begin();
	LOOPRACE_BACKING_KINDS(X)
	put_list_end();
}

static void put_contents(void)
{
	put_list_begin();
	LOOPRACE_CONTENTS(X)
	put_list_end();
}

static void put_rules(void)
{
	put_list_begin();
	LOOPRACE_RULES(X)
	put_list_end();
}
#undef X

#define X(name, rule, summary)                                                                                         \
	put_item(#name, summary);                                                                                      \
	puts("It breaks\n.Cm " #rule " .");
static void put_plants(void)
{
	put_list_begin();
	LOOPRACE_PLANTS(X)
	put_list_end();
}
#undef X

#define X(name, operand_count_min, way, script, argument, summary) put_item(#name, summary);
static void put_kernel_actions(void)
{
	put_list_begin();
	LOOPRACE_KERNEL_ACTIONS(X)
	put_list_end();
}
#undef X

static void put_version(void)
{
	puts(LOOPRACE_VERSION);
}

#define X(name, ...)                                                                                                   \
	static void put_options_##name(void)                                                                           \
	{                                                                                                              \
		put_options(COMMAND_##name);                                                                           \
	}
LOOPRACE_COMMANDS(X)
#undef X

static const struct table {
	const char *directive;
	void (*put)(void);
} tables[] = {
#define X(name, ...) { "@options " #name "@\n", put_options_##name },
	LOOPRACE_COMMANDS(X)
#undef X
		{ "@commands@\n", put_commands },
	{ "@operations@\n", put_operations },
	{ "@policies@\n", put_policies },
	{ "@aligns@\n", put_aligns },
	{ "@needs@\n", put_needs },
	{ "@expectations@\n", put_expectations },
	{ "@kernels@\n", put_kernels },
	{ "@kernel actions@\n", put_kernel_actions },
	{ "@plants@\n", put_plants },
	{ "@matrix keys@\n", put_matrix_keys },
	{ "@kinds@\n", put_kinds },
	{ "@contents@\n", put_contents },
	{ "@rules@\n", put_rules },
	{ "@version@\n", put_version },
};

static void put_file(struct page *page, const char *path);

static void put_directive(struct page *page, const char *path, const char *line)
{
	char name[64];
	char *included;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (strcmp(line, tables[i].directive) == 0) {
			tables[i].put();
			return;
		}
	}
	if (sscanf(line, "@include %63[^@\n]@", name) == 1 && page->depth < 2 &&
	    asprintf(&included, "%s/%s", page->directory, name) >= 0) {
		put_file(page, included);
		free(included);
		return;
	}
	fprintf(stderr, "manual_tables: %s: unknown line: %s", path, line);
	page->exit_code = EXIT_FAILURE;
}

static void put_file(struct page *page, const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;

	if (!file) {
		fprintf(stderr, "manual_tables: %s: %s\n", path, strerror(errno));
		page->exit_code = EXIT_FAILURE;
		return;
	}
	page->depth++;
	while (getline(&line, &room, file) > 0) {
		if (line[0] == '@')
			put_directive(page, path, line);
		else
			fputs(line, stdout);
	}
	page->depth--;
	free(line);
	fclose(file);
}

int main(int argc, char *argv[])
{
	struct page page = { .exit_code = EXIT_SUCCESS };
	char *directory;
	char *slash;

	if (argc != 2) {
		fputs("Usage: manual_tables TEMPLATE >PAGE\n", stderr);
		return EXIT_FAILURE;
	}
	directory = strdup(argv[1]);
	slash = directory ? strrchr(directory, '/') : NULL;
	if (slash)
		*slash = '\0';
	page.directory = slash ? directory : ".";
	put_file(&page, argv[1]);
	free(directory);
	if (fflush(stdout) != 0)
		page.exit_code = EXIT_FAILURE;
	return page.exit_code;
}
