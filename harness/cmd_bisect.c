/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `looprace bisect`: between which two kernels did it break?
 *
 * Each step is a `looprace run` of its own, in a folder of its own, with the very command that is printed; bisect.json
 * beside them is written after every step.  So nothing of the answer has to be believed, and an interrupted search goes
 * on where it was.  The search itself is bisect.c.
 */
#include "harness/commands.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "harness/bisect_record.h"
#include "harness/interrupt.h"
#include "harness/judge/judge.h"
#include "harness/kernel_list.h"
#include "harness/paths.h"
#include "harness/scenario/scenario.h"
#include "harness/script.h"
#include "harness/stats/interval.h"

#define SCENARIO_BYTES_MAX (1u << 20)
#define LIST_BYTES_MAX	   (4u << 20)
#define LIST_FILE	   "kernels.json"

struct search {
	const struct options *options;
	struct paths paths;
	char *directory;
	struct bisect_record record;
};

static int __attribute__((format(printf, 1, 2))) complain(const char *format, ...)
{
	va_list arguments;

	fputs("looprace bisect: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return EXIT_CODE_USAGE;
}

static void __attribute__((format(printf, 2, 3))) say(const struct search *search, const char *format, ...)
{
	va_list arguments;

	if (search->options->json)
		return;
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	fflush(stdout);
}

/* --- setting out: all that can be wrong is found before a kernel is fetched --- */

static int check_rule(const char *rule)
{
	for (unsigned int i = 0; rule && i < RULE_COUNT; i++)
		if (strcmp(rule, rule_name((enum rule)i)) == 0)
			return 0;
	return rule ? complain("--rule: %s: no such rule; one of looprace list rules would be right", rule) : 0;
}

static int check_scenario(const struct search *search, const char *path)
{
	struct report_error file_error;
	struct scenario_error error;
	struct scenario *scenario;
	size_t bytes;
	char *text;
	int r = file_read(path[0] == '/' ? "/" : ".", path, SCENARIO_BYTES_MAX, &text, &bytes, &file_error);

	if (r < 0)
		return complain(
			"--scenario: %s: %s; a scenario file, or a name of looprace list scenarios would be right",
			search->options->scenario, strerror(-r));
	r = scenario_parse(text, bytes, path, &scenario, &error);
	free(text);
	if (r < 0) {
		fprintf(stderr, "%s\n", error.text);
		return EXIT_CODE_USAGE;
	}
	scenario_free(scenario);
	return 0;
}

static int make_directory(struct search *search)
{
	const char *out = search->options->out_dir;
	time_t now = time(NULL);
	char stamp[32];
	struct tm utc;

	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
	if (!out && mkdir(search->paths.results_dir, 0777) < 0 && errno != EEXIST)
		return complain("%s: %s; a place to write to would be right: --out DIR", search->paths.results_dir,
				strerror(errno));
	search->directory = out ? strdup(out) : NULL;
	if (!out &&
	    asprintf(&search->directory, "%s/bisect-%s-%ld", search->paths.results_dir, stamp, (long)getpid()) < 0)
		search->directory = NULL;
	if (!search->directory)
		return EXIT_CODE_BROKEN;
	if (mkdir(search->directory, 0777) < 0)
		return complain("--out: %s: %s; a new folder would be right", search->directory, strerror(errno));
	return 0;
}

/* Leaves the list in the folder: it tells later what there was to choose from. */
static int list_kernels(const struct search *search, char **ret_list, size_t *ret_bytes)
{
	static char shell[] = "/bin/sh";
	static char command_flag[] = "-c";
	static char command[] = "exec \"$0\" --json $1 >\"$2\"";
	static char cached[] = "--cached";
	static char nothing[] = "";
	char *script = NULL;
	char *file = NULL;
	char *line = NULL;
	int r = -ENOMEM;

	if (asprintf(&script, "%s/list-kernels", search->paths.vm_dir) >= 0 &&
	    asprintf(&file, "%s/" LIST_FILE, search->directory) >= 0) {
		char *argv[] = { shell, command_flag, command, script, search->options->cached ? cached : nothing,
				 file,	NULL };

		r = script_run(argv, interrupt_was_asked, NULL, &line);
	}
	free(line);
	free(script);
	free(file);
	if (r == 0)
		r = file_read(search->directory, LIST_FILE, LIST_BYTES_MAX, ret_list, ret_bytes, NULL);
	return r;
}

static int add_kernel(struct bisect_record *record, const char *name)
{
	struct bisect_kernel *kernels;

	for (unsigned int i = 0; i < record->kernel_count; i++)
		if (strcmp(record->kernels[i].name, name) == 0)
			return complain("%s: named twice; each kernel once would be right", name);
	kernels = reallocarray(record->kernels, record->kernel_count + 1, sizeof(*kernels));
	if (!kernels)
		return EXIT_CODE_BROKEN;
	record->kernels = kernels;
	kernels[record->kernel_count] = (struct bisect_kernel){ .name = strdup(name) };
	return kernels[record->kernel_count++].name ? 0 : EXIT_CODE_BROKEN;
}

/* The user's own order, which may hold trees and debug kernels. */
static int take_named_kernels(struct search *search)
{
	const struct options *options = search->options;
	int r = add_kernel(&search->record, options->good);

	for (unsigned int i = 0; r == 0 && i < options->kernels.count; i++)
		r = add_kernel(&search->record, options->kernels.texts[i]);
	return r == 0 ? add_kernel(&search->record, options->bad) : r;
}

static int take_listed_kernels(struct search *search)
{
	struct report_error error = { "out of memory" };
	struct kernel_row row;
	size_t bytes;
	char *list;
	int r = list_kernels(search, &list, &bytes);

	if (r != 0)
		return r > 0 ? r : EXIT_CODE_BROKEN;
	r = kernel_row_between(list, bytes, search->options->good, search->options->bad, &row, &error);
	free(list);
	if (r < 0) {
		complain("%s", error.text);
		return r == -EINVAL ? EXIT_CODE_USAGE : EXIT_CODE_BROKEN;
	}
	search->record.is_descending = row.is_descending;
	for (unsigned int i = 0; r == 0 && i < row.count; i++)
		r = add_kernel(&search->record, row.versions[i]);
	kernel_row_fini(&row);
	return r;
}

static int take_command(struct search *search, const char *scenario)
{
	struct options options = *search->options;
	uint64_t seed = options.seed.number;

	if (!options.seed.is_given && getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return EXIT_CODE_BROKEN;
	/* What the scenario expects as a known bug is what is looked for. */
	options.strict = true;
	options.kernels.count = 0;
	search->record.repeat_count = options.repeat_count ? options.repeat_count : 1;
	if (search->options->rule && !(search->record.rule = strdup(search->options->rule)))
		return EXIT_CODE_BROKEN;
	return command_of_run(&options, &scenario, 1, seed, &search->record.run) < 0 ? EXIT_CODE_BROKEN : 0;
}

static int write_record(const struct search *search)
{
	struct report_error error;

	if (bisect_record_write(search->directory, &search->record, &error) == 0)
		return 0;
	complain("%s", error.text);
	return EXIT_CODE_BROKEN;
}

/* Nothing was tested: nothing is left. */
static void abandon(const struct search *search)
{
	char *file;

	if (!search->directory || asprintf(&file, "%s/" LIST_FILE, search->directory) < 0)
		return;
	unlink(file);
	rmdir(search->directory);
	free(file);
}

static int begin(struct search *search)
{
	char *path = paths_scenario(&search->paths, search->options->scenario);
	/* The search may go on from elsewhere. */
	char *scenario = path && strcmp(path, search->options->scenario) == 0 ? realpath(path, NULL) : NULL;
	int r = path ? check_rule(search->options->rule) : EXIT_CODE_BROKEN;

	if (r == 0)
		r = check_scenario(search, path);
	if (r == 0)
		r = make_directory(search);
	if (r == 0) {
		r = search->options->kernels.count ? take_named_kernels(search) : take_listed_kernels(search);
		if (r == 0)
			r = take_command(search, scenario ? scenario : search->options->scenario);
		if (r == 0)
			r = write_record(search);
		if (r != 0)
			abandon(search);
	}
	free(scenario);
	free(path);
	return r;
}

static int go_on(struct search *search)
{
	struct report_error error;

	search->directory = strdup(search->options->resume_dir);
	if (!search->directory)
		return EXIT_CODE_BROKEN;
	return bisect_record_read(search->directory, &search->record, &error) == 0 ? 0 : complain("%s", error.text);
}

/* --- a step --- */

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
static int call_run(char *const *words, unsigned int count, const char *const *more)
{
	char **argv = calloc(count + 5, sizeof(*argv));
	char *program = own_program();
	char *line = NULL;
	int r = -ENOMEM;

	if (argv && program) {
		memcpy(argv, words, count * sizeof(*argv));
		argv[0] = program;
		/* execv() wants char *const *, but changes nothing. */
		for (unsigned int i = 0; more[i]; i++)
			argv[count + i] = (char *)(uintptr_t)more[i];
		r = script_run(argv, interrupt_was_asked, NULL, &line);
	}
	if (line)
		fprintf(stderr, "%s\n", line);
	free(line);
	free(program);
	free(argv);
	return r;
}

/* What an interrupted step has left is gone on with. */
static int run_kernel(const struct search *search, const struct bisect_kernel *kernel, const char *directory)
{
	const struct command_words *run = &search->record.run;
	char *partial;
	bool is_begun;

	if (asprintf(&partial, "%s.partial", directory) < 0)
		return -ENOMEM;
	is_begun = access(partial, F_OK) == 0 || access(directory, F_OK) == 0;
	free(partial);
	if (is_begun)
		return call_run(run->words, 2, (const char *const[]){ "--resume", directory, NULL });
	return call_run(run->words, run->count,
			(const char *const[]){ "--kernel", kernel->name, "--out", directory, NULL });
}

static void tell_step(const struct search *search, const struct bisect_kernel *kernel)
{
	const struct bisect_runs *runs = &kernel->runs;

	if (kernel->result == BISECT_SKIP)
		say(search, "%-28s skip  %s\n", kernel->name, kernel->reason);
	else
		say(search, "%-28s %-5s %u of %u runs were bad\n", kernel->name,
		    kernel->result == BISECT_BAD ? "bad" : "good", runs->bad_count, runs->run_count);
}

static int step(struct search *search, unsigned int index)
{
	struct bisect_kernel *kernel = &search->record.kernels[index];
	struct report_error error;
	char *directory = NULL;
	int r = name_directory(kernel, index);

	if (r < 0 || asprintf(&directory, "%s/%s", search->directory, kernel->directory) < 0)
		return EXIT_CODE_BROKEN;
	r = run_kernel(search, kernel, directory);
	if (interrupt_was_asked(NULL)) {
		free(directory);
		return EXIT_CODE_BROKEN;
	}
	if (bisect_take_run(directory, search->record.rule, search->record.repeat_count, kernel, &error) < 0) {
		kernel->result = BISECT_SKIP;
		free(kernel->reason);
		if (asprintf(&kernel->reason, "looprace run ended with %d", r) < 0)
			kernel->reason = NULL;
	}
	free(directory);
	tell_step(search, kernel);
	return write_record(search);
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
			say(search, "about %u more: %s\n", bisect_range(results, record->kernel_count).step_count,
			    record->kernels[next].name);
		free(results);
		if (next == record->kernel_count)
			return 0;
		exit_code = step(search, next);
	}
	return exit_code;
}

/* --- the answer --- */

static void tell_command(const struct search *search, const struct bisect_kernel *kernel)
{
	char *text = command_words_quote(&search->record.run);

	say(search, "  %s --kernel '%s'\n", text ? text : "", kernel->name);
	free(text);
}

/* How likely the good kernel only was lucky: a bad one may pass all its runs. */
static void tell_confidence(const struct search *search)
{
	const struct bisect_record *record = &search->record;
	uint64_t bad_count = 0;
	uint64_t run_count = 0;
	struct interval rate;

	for (unsigned int i = 0; i < record->kernel_count; i++)
		if (record->kernels[i].result == BISECT_BAD) {
			bad_count += record->kernels[i].runs.bad_count;
			run_count += record->kernels[i].runs.bad_count + record->kernels[i].runs.good_count;
		}
	rate = interval_of_rate(bad_count, run_count);
	say(search,
	    "%" PRIu64 " of %" PRIu64
	    " runs on bad kernels were bad; at worst (95 %% confidence) a bad kernel passes %u run%s "
	    "with a chance of %.2g %%\n",
	    bad_count, run_count, record->repeat_count, record->repeat_count == 1 ? "" : "s",
	    100 * bisect_miss_chance(rate.low, record->repeat_count));
}

static int tell_found(const struct search *search, const struct bisect_range *range)
{
	const struct bisect_record *record = &search->record;
	const struct bisect_kernel *good = &record->kernels[range->good];
	const struct bisect_kernel *bad = &record->kernels[range->bad];

	for (unsigned int i = range->good + 1; i < range->bad; i++)
		say(search, "between them, not tested: %s: %s\n", record->kernels[i].name, record->kernels[i].reason);
	tell_confidence(search);
	say(search, "to repeat:\n");
	tell_command(search, bad);
	tell_command(search, good);
	say(search, "evidence: %s\n", search->directory);
	if (record->is_descending)
		say(search, "last bad: %s, first good: %s\n", bad->name, good->name);
	else
		say(search, "first bad: %s, last good: %s\n", bad->name, good->name);
	return range->skipped_count == 0 ? EXIT_CODE_PASS : EXIT_CODE_SKIP;
}

static int tell_wrong_end(const struct search *search, const struct bisect_kernel *kernel, const char *wanted)
{
	if (kernel->result == BISECT_SKIP)
		complain("%s should be %s and cannot be tested: %s", kernel->name, wanted, kernel->reason);
	else
		complain("%s should be %s and is not: %u of %u runs were bad; %s would be right", kernel->name, wanted,
			 kernel->runs.bad_count, kernel->runs.run_count,
			 kernel->result == BISECT_GOOD ? "another kernel, or more --repeat" : "another kernel");
	return EXIT_CODE_BROKEN;
}

static int conclude(const struct search *search)
{
	const struct bisect_record *record = &search->record;
	enum bisect_result *results = bisect_results(record);
	struct bisect_range range;
	char *text;

	if (!results)
		return EXIT_CODE_BROKEN;
	range = bisect_range(results, record->kernel_count);
	free(results);
	if (search->options->json) {
		text = bisect_record_json(record);
		fputs(text ? text : "", stdout);
		free(text);
	}
	switch (range.state) {
	case BISECT_NOT_GOOD:
		return tell_wrong_end(search, &record->kernels[0], "good");
	case BISECT_NOT_BAD:
		return tell_wrong_end(search, &record->kernels[record->kernel_count - 1], "bad");
	case BISECT_FOUND:
		return tell_found(search, &range);
	case BISECT_UNFINISHED:
		break;
	}
	complain("interrupted; looprace bisect --resume %s goes on", search->directory);
	return EXIT_CODE_BROKEN;
}

int cmd_bisect(const struct options *options)
{
	struct search search = { .options = options };
	int exit_code = paths_find(&search.paths) < 0 ? EXIT_CODE_BROKEN : 0;

	interrupt_watch();
	if (exit_code == 0)
		exit_code = options->resume_dir ? go_on(&search) : begin(&search);
	if (exit_code == 0) {
		say(&search, "%u kernels from %s (good) to %s (bad)\n", search.record.kernel_count,
		    search.record.kernels[0].name, search.record.kernels[search.record.kernel_count - 1].name);
		exit_code = search_all(&search);
		if (exit_code == 0 || interrupt_was_asked(NULL))
			exit_code = conclude(&search);
	}
	bisect_record_fini(&search.record);
	free(search.directory);
	paths_fini(&search.paths);
	return exit_code;
}
