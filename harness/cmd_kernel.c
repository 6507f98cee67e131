/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `looprace kernel`: the cache of kernels, by hand.  The scripts of vm/ do the work, as they do for `looprace run`; this
 * file only decides which one, and passes on what they say.
 */
#include "harness/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/interrupt.h"
#include "harness/kernel.h"
#include "harness/paths.h"
#include "harness/script.h"

#define ARGUMENT_COUNT_MAX 64

enum way { ACTION_ALL, ACTION_EACH };

struct kernel_action {
	const char *name;
	enum way way;
	const char *script; /* NULL: the one that gets the kernel at hand */
	const char *argument;
};

static const struct kernel_action actions[] = {
#define X(name, operand_count_min, way, script, argument, summary) { #name, ACTION_##way, script, argument },
	LOOPRACE_KERNEL_ACTIONS(X)
#undef X
};

static const struct kernel_action *find_action(const char *name)
{
	for (unsigned int i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return NULL;
}

/* One kernel: prints where it is. */
static int get(const struct kernel_action *action, const struct paths *paths, const char *name)
{
	const char *script = action->script ? action->script : kernel_script(name);
	char *argv[4] = { NULL };
	unsigned int count = 1;
	char *line = NULL;
	int r;

	if (!script) {
		fprintf(stderr,
			"looprace kernel %s: %s: not a kernel that can be got; a series such as 6.1, a version such as "
			"6.1.192-2 or a debug kernel such as kasan-6.12 would be right\n",
			action->name, name);
		return EXIT_CODE_USAGE;
	}
	if (asprintf(&argv[0], "%s/%s", paths->vm_dir, script) < 0)
		return EXIT_CODE_BROKEN;
	/* execv() wants char *const *, but changes nothing. */
	if (action->argument)
		argv[count++] = (char *)(uintptr_t)action->argument;
	argv[count] = (char *)(uintptr_t)name;
	r = script_run(argv, interrupt_was_asked, NULL, &line);
	if (r < 0)
		fprintf(stderr, "looprace kernel %s: %s: %s\n", action->name, argv[0],
			r == -ECANCELED ? "interrupted" : strerror(-r));
	else if (r == 0 && line)
		puts(line);
	free(line);
	free(argv[0]);
	return r < 0 ? EXIT_CODE_BROKEN : r;
}

/* The script takes over: its output and its exit code are ours. */
static int become(const struct kernel_action *action, const struct paths *paths, const struct options *options)
{
	char *argv[ARGUMENT_COUNT_MAX + 4] = { NULL };
	unsigned int count = 1;

	if (asprintf(&argv[0], "%s/%s", paths->vm_dir, action->script) < 0)
		return EXIT_CODE_BROKEN;
	if (options->json)
		argv[count++] = (char *)(uintptr_t) "--json";
	if (options->cached)
		argv[count++] = (char *)(uintptr_t) "--cached";
	for (unsigned int i = 1; i < options->operands.count && i <= ARGUMENT_COUNT_MAX; i++)
		argv[count++] = (char *)(uintptr_t)options->operands.texts[i];
	execv(argv[0], argv);
	fprintf(stderr, "looprace kernel %s: %s: %s\n", action->name, argv[0], strerror(errno));
	free(argv[0]);
	return EXIT_CODE_BROKEN;
}

int cmd_kernel(const struct options *options)
{
	const struct kernel_action *action = find_action(options->operands.texts[0]);
	struct paths paths;
	int exit_code = EXIT_CODE_PASS;
	int r = paths_find(&paths);

	if (r < 0) {
		fprintf(stderr, "looprace kernel: %s\n", strerror(-r));
		return EXIT_CODE_BROKEN;
	}
	interrupt_watch();
	if (action->way == ACTION_ALL)
		exit_code = become(action, &paths, options);
	else
		for (unsigned int i = 1; exit_code == EXIT_CODE_PASS && i < options->operands.count; i++)
			exit_code = get(action, &paths, options->operands.texts[i]);
	paths_fini(&paths);
	return exit_code;
}
