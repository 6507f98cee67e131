/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `looprace list`: what there is, from the tables and the folder that the program itself uses.
 *
 * Each topic becomes an array of JSON objects with a name and a summary; the text is printed from the same array, so
 * both always tell the same.
 */
#include "harness/commands.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "core/looprace.h"
#include "harness/judge/judge.h"
#include "harness/paths.h"
#include "harness/report/files.h"
#include "harness/scenario/matrix_file.h"
#include "harness/scenario/plants.h"
#include "harness/scenario/scenario.h"

static void append_row(json_t *rows, const char *name, const char *summary)
{
	json_array_append_new(rows, json_pack("{s:s, s:s}", "name", name, "summary", summary));
}

#define SCENARIO_FILE_BYTES_MAX (1u << 20)

/* Returns EXIT_CODE_USAGE after having said what is wrong with the file. */
static int append_scenario(json_t *rows, const char *dir, const char *name)
{
	struct report_error file_error = { "" };
	struct scenario_error error = { "" };
	struct scenario *scenario;
	json_t *row;
	char *text;
	size_t text_bytes;
	int r;

	r = file_read(dir, name, SCENARIO_FILE_BYTES_MAX, &text, &text_bytes, &file_error);
	if (r < 0) {
		fprintf(stderr, "looprace list: %s\n", file_error.text);
		return EXIT_CODE_USAGE;
	}
	r = scenario_parse(text, text_bytes, name, &scenario, &error);
	free(text);
	if (r < 0) {
		fprintf(stderr, "looprace list: %s\n", error.text);
		return EXIT_CODE_USAGE;
	}
	append_row(rows, scenario->name, scenario->summary);
	row = json_array_get(rows, json_array_size(rows) - 1);
	json_object_set_new(row, "duration_ns", json_integer((json_int_t)scenario->duration_ns));
	json_object_set_new(row, "round_count", json_integer((json_int_t)scenario->round_count));
	json_object_set_new(row, "needs_kernel", json_boolean(scenario->kernel == SCENARIO_KERNEL_real));
	scenario_free(scenario);
	return EXIT_CODE_PASS;
}

static int is_scenario_file(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && dot != entry->d_name && strcmp(dot, ".scenario") == 0;
}

static int append_scenarios_of(json_t *rows, const char *dir)
{
	struct dirent **entries;
	int exit_code = EXIT_CODE_PASS;
	int count = scandir(dir, &entries, is_scenario_file, alphasort);

	if (count < 0) {
		fprintf(stderr, "looprace list: %s: %s; the folder of the scenarios would be right\n", dir,
			strerror(errno));
		return EXIT_CODE_USAGE;
	}
	for (int i = 0; i < count; i++) {
		if (append_scenario(rows, dir, entries[i]->d_name) != EXIT_CODE_PASS)
			exit_code = EXIT_CODE_USAGE;
		free(entries[i]);
	}
	free(entries);
	return exit_code;
}

static int append_known_bugs(json_t *rows, const struct paths *paths)
{
	char *dir;
	int exit_code;

	if (asprintf(&dir, "%s/%s", paths->scenario_dir, PATHS_KNOWN_BUGS_DIR) < 0)
		return EXIT_CODE_BROKEN;
	/* Whoever has scenarios of their own need not have this folder. */
	exit_code = access(dir, F_OK) == 0 ? append_scenarios_of(rows, dir) : EXIT_CODE_PASS;
	free(dir);
	return exit_code;
}

static int append_scenarios(json_t *rows)
{
	struct paths paths;
	int exit_code;
	int r;

	r = paths_find(&paths);
	if (r < 0) {
		fprintf(stderr, "looprace list: the program's own files: %s\n", strerror(-r));
		return EXIT_CODE_BROKEN;
	}
	exit_code = append_scenarios_of(rows, paths.scenario_dir);
	if (exit_code == EXIT_CODE_PASS)
		exit_code = append_known_bugs(rows, &paths);
	paths_fini(&paths);
	return exit_code;
}

static int append_matrix(json_t *rows, const char *dir, const char *name)
{
	struct report_error file_error = { "" };
	struct scenario_error error = { "" };
	struct matrix_file matrix;
	char *text, *stem;
	size_t text_bytes;
	int r = file_read(dir, name, SCENARIO_FILE_BYTES_MAX, &text, &text_bytes, &file_error);

	if (r == 0) {
		r = matrix_file_parse(text, text_bytes, name, &matrix, &error);
		free(text);
	}
	if (r < 0) {
		fprintf(stderr, "looprace list: %s\n", file_error.text[0] ? file_error.text : error.text);
		return EXIT_CODE_USAGE;
	}
	stem = strndup(name, strlen(name) - strlen(MATRIX_FILE_ENDING));
	append_row(rows, stem ? stem : name, matrix.summary ? matrix.summary : "");
	free(stem);
	matrix_file_fini(&matrix);
	return EXIT_CODE_PASS;
}

static int is_matrix_file(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && dot != entry->d_name && strcmp(dot, MATRIX_FILE_ENDING) == 0;
}

static int append_matrices(json_t *rows)
{
	int exit_code = EXIT_CODE_PASS;
	struct dirent **entries;
	struct paths paths;
	int count;
	int r = paths_find(&paths);

	if (r < 0) {
		fprintf(stderr, "looprace list: the program's own files: %s\n", strerror(-r));
		return EXIT_CODE_BROKEN;
	}
	count = scandir(paths.scenario_dir, &entries, is_matrix_file, alphasort);
	for (int i = 0; i < count; i++) {
		if (append_matrix(rows, paths.scenario_dir, entries[i]->d_name) != EXIT_CODE_PASS)
			exit_code = EXIT_CODE_USAGE;
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	paths_fini(&paths);
	return exit_code;
}

static int append_operations(json_t *rows)
{
	for (unsigned int i = 0; i < OPERATION_COUNT; i++) {
		const struct operation_info *info = operation_info((enum operation)i);
		json_t *arguments = json_array();

		append_row(rows, info->name, info->summary);
		json_object_set_new(json_array_get(rows, i), "arguments", arguments);
		for (unsigned int j = 0; j < info->argument_count; j++) {
			const struct argument_info *argument = &info->arguments[j];

			append_row(arguments, argument->name, argument->summary);
			json_object_set_new(json_array_get(arguments, j), "default", json_string(argument->fallback));
			json_object_set_new(json_array_get(arguments, j), "positional",
					    json_boolean(argument_is_positional(argument->type)));
		}
	}
	return EXIT_CODE_PASS;
}

static int append_policies(json_t *rows)
{
	const struct looprace_policy *policy;

	for (unsigned int i = 0; (policy = looprace_policy_at(i)); i++)
		append_row(rows, policy->name, policy->summary);
	return EXIT_CODE_PASS;
}

static int append_rules(json_t *rows)
{
	for (unsigned int i = 0; i < RULE_COUNT; i++)
		append_row(rows, rule_name((enum rule)i), rule_summary((enum rule)i));
	return EXIT_CODE_PASS;
}

/* Each with the rule that catches it. */
static int append_plants(json_t *rows)
{
#define X(name, rule, summary)                                                                                         \
	append_row(rows, #name, summary);                                                                              \
	json_object_set_new(json_array_get(rows, json_array_size(rows) - 1), "rule", json_string(#rule));
	LOOPRACE_PLANTS(X)
#undef X
	return EXIT_CODE_PASS;
}

static const struct topic {
	const char *name;
	int (*append)(json_t *rows);
} topic_table[] = {
#define X(name) { #name, append_##name },
	LOOPRACE_TOPICS(X)
#undef X
};
#define TOPIC_COUNT (sizeof(topic_table) / sizeof(topic_table[0]))

static void print_rows(const json_t *rows, const char *indent, int width)
{
	const char *name;
	const char *summary;
	const char *fallback;
	json_t *arguments;
	json_t *row;
	size_t i;
	int is_positional;
	bool is_default_told;

	json_array_foreach(rows, i, row)
	{
		char term[64];

		fallback = NULL;
		arguments = NULL;
		is_positional = 0;
		json_unpack(row, "{s:s, s:s, s?s, s?b, s?o}", "name", &name, "summary", &summary, "default", &fallback,
			    "positional", &is_positional, "arguments", &arguments);
		snprintf(term, sizeof(term), "%s%s%s%s", is_positional ? "<" : "", name, is_positional ? ">" : "",
			 fallback && !is_positional ? "=" : "");
		if (fallback && !is_positional)
			snprintf(term + strlen(term), sizeof(term) - strlen(term), "%s", fallback);
		is_default_told = is_positional && *fallback;
		printf("%s%-*s %s%s%s%s\n", indent, width, term, summary, is_default_told ? " (default: " : "",
		       is_default_told ? fallback : "", is_default_told ? ")" : "");
		print_rows(arguments, "    ", 20);
	}
}

int cmd_list(const struct options *options)
{
	const char *wanted = options->operands.count ? options->operands.texts[0] : NULL;
	json_t *topics = json_object();
	int exit_code = EXIT_CODE_PASS;

	for (size_t i = 0; i < TOPIC_COUNT; i++) {
		const struct topic *topic = &topic_table[i];
		json_t *rows = json_array();
		int r;

		if (wanted && strcmp(wanted, topic->name) != 0) {
			json_decref(rows);
			continue;
		}
		r = topic->append(rows);
		if (r != EXIT_CODE_PASS)
			exit_code = r;
		json_object_set_new(topics, topic->name, rows);
		if (!options->json && !wanted)
			printf("%s%s:\n", i ? "\n" : "", topic->name);
		if (!options->json)
			print_rows(rows, wanted ? "" : "  ", 20);
	}
	if (options->json) {
		json_dumpf(topics, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(topics);
	return exit_code;
}
