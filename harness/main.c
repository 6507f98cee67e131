/* SPDX-License-Identifier: Apache-2.0 */
/*
 * looprace: from the command line to a subcommand, and from its end to an exit code.
 */
#include "harness/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int (*const command_functions[])(const struct options *) = {
#define X(name, ...) [COMMAND_##name] = cmd_##name,
	LOOPRACE_COMMANDS(X)
#undef X
};

static int print_help(FILE *file, enum command command)
{
	char *text = options_help(command);

	if (!text) {
		fprintf(stderr, "looprace: %s\n", strerror(ENOMEM));
		return EXIT_CODE_BROKEN;
	}
	fputs(text, file);
	free(text);
	return file == stdout ? EXIT_CODE_PASS : EXIT_CODE_USAGE;
}

static int dispatch(const struct options *options)
{
	if (options->wants_help)
		return print_help(stdout, options->command);
	if (options->wants_version) {
		puts("looprace " LOOPRACE_VERSION);
		return EXIT_CODE_PASS;
	}
	return command_functions[options->command](options);
}

/* What did not reach a full disk or a closed pipe was not said: no exit code may claim that it was. */
static int close_output(int exit_code)
{
	int had_error = ferror(stdout);

	if (fclose(stdout) == 0 && !had_error)
		return exit_code;
	fprintf(stderr, "looprace: standard output: %s\n", strerror(errno ? errno : EIO));
	return exit_code == EXIT_CODE_VIOLATION ? exit_code : EXIT_CODE_USAGE;
}

int main(int argc, char *argv[])
{
	struct options_error error = { "" };
	struct options options;
	int exit_code;
	int r;

	r = options_parse(argc, argv, &options, &error);
	if (r == -EINVAL && !error.text[0])
		return print_help(stderr, COMMAND_NONE);
	if (r == -EINVAL) {
		fprintf(stderr, "%s\n", error.text);
		return EXIT_CODE_USAGE;
	}
	if (r < 0) {
		fprintf(stderr, "looprace: %s\n", strerror(-r));
		return EXIT_CODE_BROKEN;
	}
	exit_code = dispatch(&options);
	options_fini(&options);
	return close_output(exit_code);
}
