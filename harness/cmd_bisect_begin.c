/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Setting out: which kernels, which command, which folder.  The list of kernels stays in the folder, because it tells later
 * what there was to choose from.
 */
#include "harness/cmd_bisect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/commands.h"
#include "harness/interrupt.h"
#include "harness/judge/judge.h"
#include "harness/kernel_list.h"
#include "harness/report/files.h"
#include "harness/report/run_directory.h"
#include "harness/scenario/scenario.h"
#include "harness/script.h"

#define SCENARIO_BYTES_MAX (1u << 20)
#define LIST_BYTES_MAX	   (4u << 20)
#define LIST_FILE	   "kernels.json"

static int check_rule(const char *rule)
{
	for (unsigned int i = 0; rule && i < RULE_COUNT; i++)
		if (strcmp(rule, rule_name((enum rule)i)) == 0)
			return 0;
	return rule ? search_complain("--rule: %s: no such rule; one of looprace list rules would be right", rule) : 0;
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
		return search_complain(
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
	const char *results = search->paths.results_dir;

	if (!out && mkdir(results, 0777) < 0 && errno != EEXIST)
		return search_complain("%s: %s; a place to write to would be right: --out DIR", results,
				       strerror(errno));
	search->directory = out ? strdup(out) : run_directory_default_path(results, "bisect-");
	if (!search->directory)
		return EXIT_CODE_BROKEN;
	if (mkdir(search->directory, 0777) < 0)
		return search_complain("--out: %s: %s; a new folder would be right", search->directory,
				       strerror(errno));
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
			return search_complain("%s: named twice; each kernel once would be right", name);
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

/* A release that is not offered. */
static void tell_nearest(const struct search *search, const char *option, const char *name, const char *version)
{
	size_t bytes = strlen(name);

	if (strncmp(version, name, bytes) != 0 || (version[bytes] >= '0' && version[bytes] <= '9'))
		search_say(search, "%s %s is not in the list of kernels; from there on the nearest is %s\n", option,
			   name, version);
}

static int take_listed_kernels(struct search *search)
{
	struct report_error error = { "out of memory" };
	struct kernel_row row;
	size_t bytes;
	char *list;
	int r = list_kernels(search, &list, &bytes);

	if (r == -ECANCELED)
		search_complain("interrupted before anything was tested; nothing is left");
	if (r != 0)
		return r > 0 ? r : EXIT_CODE_BROKEN;
	r = kernel_row_between(list, bytes, search->options->good, search->options->bad, &row, &error);
	free(list);
	if (r < 0) {
		search_complain("%s", error.text);
		return r == -EINVAL ? EXIT_CODE_USAGE : EXIT_CODE_BROKEN;
	}
	search->record.is_descending = row.is_descending;
	tell_nearest(search, "--good", search->options->good, row.versions[0]);
	tell_nearest(search, "--bad", search->options->bad, row.versions[row.count - 1]);
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

int search_begin(struct search *search)
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
			r = search_write(search);
		if (r != 0)
			abandon(search);
	}
	free(scenario);
	free(path);
	return r;
}

/* What could not even be got, perhaps because a network was down, is tried again. */
static int forget_what_did_not_run(const struct search *search)
{
	for (unsigned int i = 0; i < search->record.kernel_count; i++) {
		struct bisect_kernel *kernel = &search->record.kernels[i];
		char *path;

		if (kernel->result != BISECT_SKIP)
			continue;
		if (asprintf(&path, "%s/%s", search->directory, kernel->directory ? kernel->directory : "") < 0)
			return EXIT_CODE_BROKEN;
		if (access(path, F_OK) < 0)
			kernel->result = BISECT_UNTESTED;
		free(path);
	}
	return 0;
}

int search_go_on(struct search *search)
{
	struct report_error error;

	search->directory = strdup(search->options->resume_dir);
	if (!search->directory)
		return EXIT_CODE_BROKEN;
	if (bisect_record_read(search->directory, &search->record, &error) < 0)
		return search_complain("%s", error.text);
	return forget_what_did_not_run(search);
}
