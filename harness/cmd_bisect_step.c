/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One step: `looprace run` with one kernel, in a folder of its own below that of the search.  What it prints of its verdict is
 * in that folder and would drown the search; what it says of its progress is shown.
 */
#include "harness/cmd_bisect.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/commands.h"
#include "harness/interrupt.h"
#include "harness/script.h"

int search_write(const struct search *search)
{
	struct report_error error;

	if (bisect_record_write(search->directory, &search->record, &error) == 0)
		return 0;
	search_complain("%s", error.text);
	return EXIT_CODE_BROKEN;
}

static int name_directory(struct bisect_kernel *kernel, unsigned int index)
{
	free(kernel->directory);
	if (asprintf(&kernel->directory, "%02u-%s", index, kernel->name) < 0) {
		kernel->directory = NULL;
		return -ENOMEM;
	}
	for (char *c = kernel->directory; *c; c++)
		if (*c == '/' || *c == '~' || *c == ' ')
			*c = '_';
	return 0;
}

static char *own_program(void)
{
	const char *program = getenv("LOOPRACE");

	return program ? strdup(program) : realpath("/proc/self/exe", NULL);
}

/* @more is NULL-terminated, and at most 4 words long. */
static int call_run(char *const *words, unsigned int count, const char *const *more, char **ret_complaint)
{
	static char shell[] = "/bin/sh";
	static char command_flag[] = "-c";
	static char command[] = "exec \"$0\" \"$@\" >/dev/null";
	char **argv = calloc(count + 8, sizeof(*argv));
	char *program = own_program();
	char *line = NULL;
	int r = -ENOMEM;

	if (argv && program) {
		argv[0] = shell;
		argv[1] = command_flag;
		argv[2] = command;
		memcpy(argv + 3, words, count * sizeof(*argv));
		argv[3] = program;
		/* execv() wants char *const *, but changes nothing. */
		for (unsigned int i = 0; more[i]; i++)
			argv[3 + count + i] = (char *)(uintptr_t)more[i];
		r = script_run_complaining(argv, interrupt_was_asked, NULL, &line, ret_complaint);
	}
	free(line);
	free(program);
	free(argv);
	return r;
}

/* What an interrupted step has left is gone on with. */
static int run_kernel(const struct search *search, const struct bisect_kernel *kernel, const char *directory,
		      char **ret_complaint)
{
	const struct command_words *run = &search->record.run;
	char *partial;
	bool is_begun;

	if (asprintf(&partial, "%s.partial", directory) < 0)
		return -ENOMEM;
	is_begun = access(partial, F_OK) == 0 || access(directory, F_OK) == 0;
	free(partial);
	if (is_begun)
		return call_run(run->words, 2, (const char *const[]){ "--resume", directory, NULL }, ret_complaint);
	return call_run(run->words, run->count,
			(const char *const[]){ "--kernel", kernel->name, "--out", directory, NULL }, ret_complaint);
}

static void tell_step(const struct search *search, const struct bisect_kernel *kernel)
{
	const struct bisect_runs *runs = &kernel->runs;
	const char *reason = kernel->reason ? kernel->reason : "";

	if (kernel->result == BISECT_SKIP)
		search_say(search, "%-28s skip  %s\n", kernel->name, reason);
	else if (kernel->result == BISECT_BAD)
		/* The rule, since another one than on the last bad kernel may be another bug. */
		search_say(search, "%-28s bad   %u of %u runs were bad: %.*s\n", kernel->name, runs->bad_count,
			   runs->run_count, (int)strcspn(reason, ":"), reason);
	else
		search_say(search, "%-28s good  0 of %u runs were bad\n", kernel->name, runs->run_count);
}

/* It came to no verdict at all: what it complained of is why. */
static void skip(struct bisect_kernel *kernel, int r, const char *complaint)
{
	kernel->result = BISECT_SKIP;
	free(kernel->reason);
	if (complaint)
		kernel->reason = strdup(complaint);
	else if (asprintf(&kernel->reason, "looprace run ended with %d", r) < 0)
		kernel->reason = NULL;
}

int search_step(struct search *search, unsigned int index)
{
	struct bisect_kernel *kernel = &search->record.kernels[index];
	struct report_error error;
	char *directory = NULL;
	char *complaint = NULL;
	int r = name_directory(kernel, index);

	if (r < 0 || asprintf(&directory, "%s/%s", search->directory, kernel->directory) < 0)
		return EXIT_CODE_BROKEN;
	r = run_kernel(search, kernel, directory, &complaint);
	if (interrupt_was_asked(NULL)) {
		free(complaint);
		free(directory);
		return EXIT_CODE_BROKEN;
	}
	if (bisect_take_run(directory, search->record.rule, search->record.repeat_count, kernel, &error) < 0)
		skip(kernel, r, complaint);
	free(complaint);
	free(directory);
	tell_step(search, kernel);
	return search_write(search);
}
