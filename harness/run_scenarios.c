/* SPDX-License-Identifier: Apache-2.0 */
/* The scenarios of a run; see run_scenarios.h. */
#include "harness/run_scenarios.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/commands.h"
#include "harness/scenario/strict.h"

#define SCENARIO_BYTES_MAX (1u << 20)
#define SCENARIO_ENDING	   ".scenario"

/* The scenario module does not know the judge, so it is told the names of rules here. */
static int check_rules(const char *path, const struct scenario *scenario)
{
	const char *rules[RULE_COUNT];
	struct scenario_error error;

	for (unsigned int rule = 0; rule < RULE_COUNT; rule++)
		rules[rule] = rule_name((enum rule)rule);
	if (scenario_check_rules(scenario, path, rules, RULE_COUNT, &error) == 0)
		return 0;
	fprintf(stderr, "%s\n", error.text);
	return EXIT_CODE_USAGE;
}

static int apply_overrides(const struct options *options, struct scenario *scenario)
{
	if (options->duration_ns != 0) {
		scenario->duration_ns = options->duration_ns;
		scenario->round_count = 0;
	}
	if (options->worker_count != 0 && scenario_set_worker_count(scenario, options->worker_count) < 0) {
		fprintf(stderr, "looprace run: --workers: %u: %s has %u groups; %u to %d would be right\n",
			options->worker_count, scenario->name, scenario->group_count, scenario->group_count,
			SCENARIO_WORKER_COUNT_MAX);
		return EXIT_CODE_USAGE;
	}
	return 0;
}

static int make_strict(char **text, size_t *text_bytes)
{
	char *strict;
	int r = scenario_make_strict(*text, *text_bytes, &strict, text_bytes);

	if (r < 0)
		return EXIT_CODE_BROKEN;
	free(*text);
	*text = strict;
	return 0;
}

/* Takes @text. */
static int add(const char *name, const char *path, char *text, size_t text_bytes, struct run_scenarios *scenarios)
{
	struct run_scenario *items = reallocarray(scenarios->items, scenarios->count + 1, sizeof(*items));
	struct run_scenario source = { .name = strdup(name), .text = text, .text_bytes = text_bytes };
	struct scenario_error error;

	if (items)
		scenarios->items = items;
	if (!items || !source.name) {
		free(source.name);
		free(text);
		return EXIT_CODE_BROKEN;
	}
	scenarios->items[scenarios->count++] = source;
	if (scenario_parse(text, text_bytes, path, &scenarios->items[scenarios->count - 1].scenario, &error) < 0) {
		fprintf(stderr, "%s\n", error.text);
		return EXIT_CODE_USAGE;
	}
	return check_rules(path, scenarios->items[scenarios->count - 1].scenario);
}

static int load(const struct options *options, const char *name, const char *path, struct run_scenarios *scenarios)
{
	struct report_error file_error;
	size_t text_bytes;
	char *text;
	int r = file_read(path[0] == '/' ? "/" : ".", path, SCENARIO_BYTES_MAX, &text, &text_bytes, &file_error);

	if (r < 0) {
		fprintf(stderr,
			"looprace run: %s: %s; a scenario file, or a name of looprace list scenarios would be right\n",
			path, strerror(-r));
		return EXIT_CODE_USAGE;
	}
	if (options->strict && make_strict(&text, &text_bytes) != 0) {
		free(text);
		return EXIT_CODE_BROKEN;
	}
	r = add(name, path, text, text_bytes, scenarios);
	return r == 0 ? apply_overrides(options, scenarios->items[scenarios->count - 1].scenario) : r;
}

int run_scenarios_load(const struct options *options, const struct paths *paths, const char *const *names,
		       unsigned int count, struct run_scenarios *scenarios)
{
	int exit_code = 0;

	for (unsigned int i = 0; exit_code == 0 && i < count; i++) {
		char *path = paths_scenario(paths, names[i]);

		exit_code = path ? load(options, names[i], path, scenarios) : EXIT_CODE_BROKEN;
		free(path);
	}
	return exit_code;
}

int run_scenarios_add(const struct options *options, const char *name, char *text, size_t text_bytes,
		      struct run_scenarios *scenarios)
{
	int r = add(name, name, text, text_bytes, scenarios);

	return r == 0 ? apply_overrides(options, scenarios->items[scenarios->count - 1].scenario) : r;
}

static int is_scenario_file(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && dot != entry->d_name && strcmp(dot, SCENARIO_ENDING) == 0;
}

int run_scenarios_all(const struct paths *paths, char ***ret_names, unsigned int *ret_count)
{
	struct dirent **entries;
	int count = scandir(paths->scenario_dir, &entries, is_scenario_file, alphasort);
	char **names;
	int r = 0;

	if (count < 0)
		return -errno;
	names = calloc((size_t)count + 1, sizeof(*names));
	for (int i = 0; i < count; i++) {
		size_t name_bytes = strlen(entries[i]->d_name) - strlen(SCENARIO_ENDING);

		if (!names || !(names[i] = strndup(entries[i]->d_name, name_bytes)))
			r = -ENOMEM;
		free(entries[i]);
	}
	free(entries);
	if (r < 0 || !names) {
		run_scenarios_free_names(names, (unsigned int)count);
		return -ENOMEM;
	}
	*ret_names = names;
	*ret_count = (unsigned int)count;
	return 0;
}

void run_scenarios_free_names(char **names, unsigned int count)
{
	for (unsigned int i = 0; names && i < count; i++)
		free(names[i]);
	free(names);
}

bool run_scenario_boots_kernel(const struct options *options, const struct run_scenario *source)
{
	return !options->here && source->scenario->kernel == SCENARIO_KERNEL_real;
}

void run_scenarios_fini(struct run_scenarios *scenarios)
{
	for (unsigned int i = 0; i < scenarios->count; i++) {
		scenario_free(scenarios->items[i].scenario);
		free(scenarios->items[i].text);
		free(scenarios->items[i].name);
	}
	free(scenarios->items);
	*scenarios = (struct run_scenarios){ .count = 0 };
}
