/* SPDX-License-Identifier: Apache-2.0 */
/* `looprace matrix`: a matrix as the configuration of a CI service.  Reads and writes nothing but standard output. */
#include "harness/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/ci.h"
#include "harness/repeat.h"

static enum ci_service service_of(const char *name)
{
#define X(service, path)                                                                                               \
	if (strcmp(name, #service) == 0)                                                                               \
		return CI_SERVICE_##service;
	LOOPRACE_CI_SERVICES(X)
#undef X
	return CI_SERVICE_github;
}

/* What follows "looprace run": the seed is told by the service, unless the user has chosen one. */
static char *quote_arguments(const struct options *options, const struct command_words *command)
{
	struct command_words arguments = { .words = calloc(command->count + 1, sizeof(char *)) };
	static char all[] = "--all";
	char *text;

	if (!arguments.words)
		return NULL;
	if (options->all)
		arguments.words[arguments.count++] = all;
	for (unsigned int i = 2; i < command->count; i++) {
		if (strcmp(command->words[i], "--seed") == 0 && !options->seed.is_given)
			i++;
		else
			arguments.words[arguments.count++] = command->words[i];
	}
	text = command_words_quote(&arguments);
	free(arguments.words);
	return text;
}

static int emit(const struct options *options, const char *arguments)
{
	const char *refusal = ci_refusal(arguments);
	struct ci_request request = { .service = service_of(options->emit),
				      .shard_count =
					      options->shard_count ? options->shard_count : OPTIONS_DEFAULT_SHARDS,
				      .arguments = arguments,
				      .has_seed = options->seed.is_given };
	char *made_by;
	char *text;

	if (refusal) {
		fprintf(stderr, "looprace matrix: a word of the command line holds %s; plain names would be right\n",
			refusal);
		return EXIT_CODE_USAGE;
	}
	if (asprintf(&made_by, "looprace matrix --emit %s --shards %u %s", options->emit, request.shard_count,
		     arguments) < 0)
		return EXIT_CODE_BROKEN;
	request.made_by = made_by;
	text = ci_emit(&request);
	fputs(text ? text : "", stdout);
	free(made_by);
	free(text);
	return text ? EXIT_CODE_PASS : EXIT_CODE_BROKEN;
}

int cmd_matrix(const struct options *options)
{
	struct command_words command;
	char *arguments;
	int exit_code = EXIT_CODE_BROKEN;

	if (command_of_run(options, options->operands.texts, options->operands.count, options->seed.number, &command) <
	    0)
		return EXIT_CODE_BROKEN;
	arguments = quote_arguments(options, &command);
	if (arguments)
		exit_code = emit(options, arguments);
	free(arguments);
	command_words_fini(&command);
	return exit_code;
}
