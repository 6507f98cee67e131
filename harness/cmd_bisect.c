/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `looprace bisect`: between which two kernels did it break?
 *
 * Each step is a `looprace run` of its own, in a folder of its own, with the very command that is printed; bisect.json
 * beside them is written after every step.  So nothing of the answer has to be believed, and an interrupted search goes
 * on where it was.  The search itself is bisect.c.
 */
#include "harness/cmd_bisect.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/commands.h"
#include "harness/interrupt.h"

int search_complain(const char *format, ...)
{
	va_list arguments;

	fputs("looprace bisect: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return EXIT_CODE_USAGE;
}

void search_say(const struct search *search, const char *format, ...)
{
	va_list arguments;

	if (search->options->json)
		return;
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	fflush(stdout);
}

static int search_all(struct search *search)
{
	struct bisect_record *record = &search->record;
	int exit_code = 0;

	while (exit_code == 0) {
		enum bisect_result *results = bisect_results(record);
		unsigned int next;

		if (!results)
			return EXIT_CODE_BROKEN;
		next = bisect_next(results, record->kernel_count);
		if (next < record->kernel_count)
			search_say(search, "about %u more: %s\n",
				   bisect_range(results, record->kernel_count).step_count, record->kernels[next].name);
		free(results);
		if (next == record->kernel_count)
			return 0;
		exit_code = search_step(search, next);
	}
	return exit_code;
}

int cmd_bisect(const struct options *options)
{
	struct search search = { .options = options };
	int exit_code = paths_find(&search.paths) < 0 ? EXIT_CODE_BROKEN : 0;

	interrupt_watch();
	if (exit_code == 0)
		exit_code = options->resume_dir ? search_go_on(&search) : search_begin(&search);
	if (exit_code == 0) {
		search_say(&search, "%u kernels from %s (good) to %s (bad)\n", search.record.kernel_count,
			   search.record.kernels[0].name, search.record.kernels[search.record.kernel_count - 1].name);
		exit_code = search_all(&search);
		if (exit_code == 0 || interrupt_was_asked(NULL))
			exit_code = search_conclude(&search);
	}
	bisect_record_fini(&search.record);
	free(search.directory);
	paths_fini(&search.paths);
	return exit_code;
}
