/* SPDX-License-Identifier: Apache-2.0 */
/* To JSON and back; the words of the results stand in one table. */
#include "harness/bisect_record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/json.h"

#define FILE_NAME "bisect.json"

static const char *const result_words[] = {
	[BISECT_UNTESTED] = "untested",
	[BISECT_GOOD] = "good",
	[BISECT_BAD] = "bad",
	[BISECT_SKIP] = "skip",
};

enum bisect_result *bisect_results(const struct bisect_record *record)
{
	enum bisect_result *results = calloc(record->kernel_count, sizeof(*results));

	for (unsigned int i = 0; results && i < record->kernel_count; i++)
		results[i] = record->kernels[i].result;
	return results;
}

/* --- what came of a run --- */

/* A rule says SKIP where there was no evidence for it, and that is no answer. */
static enum bisect_result take_cell(const json_t *cell, const char *rule)
{
	const json_t *word =
		rule ? json_object_get(json_object_get(cell, "rules"), rule) : json_object_get(cell, "verdict");
	const char *verdict = json_string_value(word);

	if (verdict && strcmp(verdict, "VIOLATION") == 0)
		return BISECT_BAD;
	return verdict && strcmp(verdict, "PASS") == 0 ? BISECT_GOOD : BISECT_SKIP;
}

/* Why the kernel is not good: of the first run that says so. */
static int copy_reason(const char *const reasons[], const char *rule, struct bisect_kernel *kernel)
{
	const char *reason = reasons[kernel->result];

	free(kernel->reason);
	kernel->reason = NULL;
	if (kernel->result == BISECT_BAD && rule)
		reason = rule;
	if (kernel->result == BISECT_GOOD)
		return 0;
	kernel->reason = strdup(reason ? reason : "not all runs came to a verdict");
	return kernel->reason ? 0 : -ENOMEM;
}

int bisect_take_run(const char *directory, const char *rule, unsigned int repeat_count, struct bisect_kernel *kernel,
		    struct report_error *ret_error)
{
	struct bisect_runs runs = { .run_count = repeat_count };
	const char *reasons[] = { [BISECT_SKIP] = NULL };
	json_t *cell;
	json_t *root;
	size_t i;
	int r = json_read(directory, "verdict.json", &root, ret_error);

	if (r < 0)
		return r;
	json_array_foreach(json_object_get(root, "cells"), i, cell)
	{
		enum bisect_result result = take_cell(cell, rule);

		runs.bad_count += result == BISECT_BAD;
		runs.good_count += result == BISECT_GOOD;
		if (!reasons[result])
			reasons[result] = json_string_value(json_object_get(cell, "reason"));
	}
	kernel->runs = runs;
	kernel->result = bisect_judge(&runs);
	r = copy_reason(reasons, rule, kernel);
	json_decref(root);
	return r;
}

/* --- writing --- */

static json_t *words_json(const struct command_words *words)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < words->count; i++)
		json_array_append_new(array, json_text(words->words[i]));
	return array;
}

static json_t *record_json(const struct bisect_record *record)
{
	json_t *kernels = json_array();

	for (unsigned int i = 0; i < record->kernel_count; i++) {
		const struct bisect_kernel *kernel = &record->kernels[i];

		json_array_append_new(
			kernels,
			json_pack("{s:o, s:s, s:o, s:o, s:i, s:i, s:i}", "kernel", json_text(kernel->name), "result",
				  result_words[kernel->result], "directory", json_text(kernel->directory), "reason",
				  json_text(kernel->reason), "run_count", kernel->runs.run_count, "good_count",
				  kernel->runs.good_count, "bad_count", kernel->runs.bad_count));
	}
	return json_pack("{s:i, s:o, s:o, s:i, s:b, s:o}", "format_version", REPORT_FORMAT_VERSION, "run",
			 words_json(&record->run), "rule", json_text(record->rule), "repeat_count",
			 record->repeat_count, "is_descending", record->is_descending, "kernels", kernels);
}

char *bisect_record_json(const struct bisect_record *record)
{
	return json_print(record_json(record));
}

int bisect_record_write(const char *directory, const struct bisect_record *record, struct report_error *ret_error)
{
	return json_write(directory, FILE_NAME, record_json(record), ret_error);
}

/* --- reading --- */

static int copy_text(const char *text, char **ret_text)
{
	*ret_text = text ? strdup(text) : NULL;
	return text && !*ret_text ? -ENOMEM : 0;
}

static int read_result(const char *word, enum bisect_result *ret_result)
{
	for (unsigned int i = 0; i < sizeof(result_words) / sizeof(result_words[0]); i++)
		if (strcmp(word, result_words[i]) == 0) {
			*ret_result = (enum bisect_result)i;
			return 0;
		}
	return -EINVAL;
}

static int read_kernel(json_t *row, struct bisect_kernel *kernel)
{
	const char *name;
	const char *result;
	/* Either may be null. */
	const json_t *directory;
	const json_t *reason;
	int run_count;
	int good_count;
	int bad_count;
	int r;

	if (json_unpack(row, "{s:s, s:s, s:o, s:o, s:i, s:i, s:i}", "kernel", &name, "result", &result, "directory",
			&directory, "reason", &reason, "run_count", &run_count, "good_count", &good_count, "bad_count",
			&bad_count) < 0 ||
	    run_count < 0 || good_count < 0 || bad_count < 0)
		return -EINVAL;
	kernel->runs = (struct bisect_runs){ .run_count = (unsigned int)run_count,
					     .good_count = (unsigned int)good_count,
					     .bad_count = (unsigned int)bad_count };
	r = read_result(result, &kernel->result);
	if (r == 0)
		r = copy_text(name, &kernel->name);
	if (r == 0)
		r = copy_text(json_string_value(directory), &kernel->directory);
	if (r == 0)
		r = copy_text(json_string_value(reason), &kernel->reason);
	return r;
}

static int read_words(const json_t *array, struct command_words *words)
{
	words->words = calloc(json_array_size(array) + 1, sizeof(*words->words));
	if (!words->words)
		return -ENOMEM;
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *word = json_string_value(json_array_get(array, i));

		if (!word)
			return -EINVAL;
		words->words[words->count] = strdup(word);
		if (!words->words[words->count++])
			return -ENOMEM;
	}
	return words->count >= 3 ? 0 : -EINVAL;
}

static int read_root(json_t *root, struct bisect_record *record)
{
	const json_t *rule; /* may be null */
	json_t *kernels;
	json_t *words;
	int repeat_count;
	int is_descending;
	int r;

	if (json_unpack(root, "{s:o, s:o, s:i, s:b, s:o}", "run", &words, "rule", &rule, "repeat_count", &repeat_count,
			"is_descending", &is_descending, "kernels", &kernels) < 0 ||
	    repeat_count < 1 || json_array_size(kernels) < 2)
		return -EINVAL;
	record->repeat_count = (unsigned int)repeat_count;
	record->is_descending = is_descending;
	record->kernels = calloc(json_array_size(kernels), sizeof(*record->kernels));
	if (!record->kernels)
		return -ENOMEM;
	r = read_words(words, &record->run);
	if (r == 0)
		r = copy_text(json_string_value(rule), &record->rule);
	for (size_t i = 0; r == 0 && i < json_array_size(kernels); i++)
		r = read_kernel(json_array_get(kernels, i), &record->kernels[record->kernel_count++]);
	return r;
}

int bisect_record_read(const char *directory, struct bisect_record *ret_record, struct report_error *ret_error)
{
	struct bisect_record record = { .kernel_count = 0 };
	json_t *root;
	int r = json_read(directory, FILE_NAME, &root, ret_error);

	if (r < 0)
		return r;
	r = read_root(root, &record);
	json_decref(root);
	if (r < 0) {
		report_error_set(ret_error, "%s/%s: %s", directory, FILE_NAME,
				 r == -EINVAL ? "not what looprace bisect has written" : strerror(-r));
		bisect_record_fini(&record);
		return r;
	}
	*ret_record = record;
	return 0;
}

void bisect_record_fini(struct bisect_record *record)
{
	for (unsigned int i = 0; i < record->kernel_count; i++) {
		free(record->kernels[i].name);
		free(record->kernels[i].directory);
		free(record->kernels[i].reason);
	}
	free(record->kernels);
	free(record->rule);
	command_words_fini(&record->run);
	memset(record, 0, sizeof(*record));
}
