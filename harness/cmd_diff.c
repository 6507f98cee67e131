/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `looprace diff`: what did the same calls give on different kernels?  Reads stored evidence, runs and changes nothing.
 *
 * A column is a kernel.  The same scenario twice on the same kernel, in two of the named runs, makes two columns, such as
 * a stock driver and a patched one; further repeats within a run are left out.  Compared are scenarios whose calls follow
 * from their programs: with one worker, or ordered ones.
 */
#include "harness/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/diff/differences.h"
#include "harness/diff_output.h"
#include "harness/report/cell.h"
#include "harness/report/run_directory.h"

struct entry {
	struct cell *cell;
	unsigned int column;
};

struct input {
	struct entry *entries;
	unsigned int count;
	struct diff_column columns[EXPLAIN_KERNEL_COUNT_MAX];
	unsigned int column_count;
	unsigned int left_out_count; /* cells whose calls depend on races, or that have no history */
};

/* --- reading --- */

static bool is_comparable(const struct cell *cell)
{
	const struct scenario *scenario = cell->scenario;

	return cell->has_history && (scenario->is_ordered || scenario_worker_count(scenario) == 1) &&
	       scenario->round_count != 0;
}

static bool has_scenario(const struct input *input, unsigned int column, const char *name)
{
	for (unsigned int i = 0; i < input->count; i++)
		if (input->entries[i].column == column && strcmp(input->entries[i].cell->scenario->name, name) == 0)
			return true;
	return false;
}

static void name_column(const struct cell *cell, unsigned int copy, struct diff_column *ret_column)
{
	const struct kernel_version *version = &cell->evidence.kernel;
	const char *release = cell->record.kernel.release ? cell->record.kernel.release : "unknown kernel";
	int length;

	*ret_column = (struct diff_column){ .version = *version, .copy = copy };
	snprintf(ret_column->release, sizeof(ret_column->release), "%s", release);
	if (version->patch >= 0 && version->major)
		length = snprintf(ret_column->name, sizeof(ret_column->name), "%u.%u.%d", version->major,
				  version->minor, version->patch);
	else
		length = snprintf(ret_column->name, sizeof(ret_column->name), "%s", release);
	if (copy > 1 && length > 0 && (size_t)length < sizeof(ret_column->name))
		snprintf(ret_column->name + length, sizeof(ret_column->name) - (size_t)length, " (%u)", copy);
}

/* A guest that died early may not have told its stable release. */
static bool is_same_kernel(const struct diff_column *left, const struct diff_column *right)
{
	return strcmp(left->release, right->release) == 0 &&
	       (left->version.patch < 0 || right->version.patch < 0 || left->version.patch == right->version.patch);
}

/* The column of this kernel that does not have the scenario yet; a new one when there is none. */
static int find_column(struct input *input, const struct cell *cell, unsigned int *ret_column,
		       struct report_error *ret_error)
{
	unsigned int copy = 1;
	struct diff_column wanted;

	name_column(cell, copy, &wanted);
	for (unsigned int i = 0; i < input->column_count; i++) {
		struct diff_column *column = &input->columns[i];

		if (!is_same_kernel(column, &wanted))
			continue;
		if (!has_scenario(input, i, cell->scenario->name)) {
			if (column->version.patch < 0)
				name_column(cell, column->copy, column);
			*ret_column = i;
			return 0;
		}
		copy = column->copy + 1;
	}
	if (input->column_count == EXPLAIN_KERNEL_COUNT_MAX) {
		report_error_set(ret_error,
				 "these runs have more kernels than can be compared; at most %d would be right",
				 EXPLAIN_KERNEL_COUNT_MAX);
		return -EINVAL;
	}
	name_column(cell, copy, &input->columns[input->column_count]);
	*ret_column = input->column_count++;
	return 0;
}

/* As run_directory_each_cell() wants it; context: struct input. */
static int read_cell(const char *directory, void *context, struct report_error *ret_error)
{
	struct input *input = context;
	struct entry *entries = reallocarray(input->entries, input->count + 1u, sizeof(*entries));
	struct entry entry = { .cell = NULL };
	int r;

	if (!entries)
		return -ENOMEM;
	input->entries = entries;
	r = cell_load(directory, &entry.cell, ret_error);
	if (r < 0)
		return r;
	if (entry.cell->record.repeat_number > 1 || !is_comparable(entry.cell)) {
		input->left_out_count += entry.cell->record.repeat_number <= 1;
		cell_free(entry.cell);
		return 0;
	}
	r = find_column(input, entry.cell, &entry.column, ret_error);
	if (r < 0)
		cell_free(entry.cell);
	else
		input->entries[input->count++] = entry;
	return r;
}

/* --- comparing --- */

static bool has_same_program(const struct scenario *left, const struct scenario *right)
{
	if (left->group_count != right->group_count || left->round_count != right->round_count)
		return false;
	for (unsigned int g = 0; g < left->group_count; g++) {
		const struct worker_group *a = &left->groups[g], *b = &right->groups[g];

		if (a->call_count != b->call_count || a->count != b->count)
			return false;
		for (unsigned int i = 0; i < a->call_count; i++)
			if (a->calls[i].line != b->calls[i].line || a->calls[i].operation != b->calls[i].operation ||
			    memcmp(a->calls[i].arguments, b->calls[i].arguments, sizeof(a->calls[i].arguments)) != 0)
				return false;
	}
	return true;
}

static int compare_scenario(const struct input *input, const char *name, struct differences *differences,
			    struct report_error *ret_error)
{
	struct diff_source sources[EXPLAIN_KERNEL_COUNT_MAX];
	const struct entry *first = NULL;
	unsigned int count = 0;

	for (unsigned int i = 0; i < input->count; i++) {
		const struct entry *entry = &input->entries[i];
		struct diff_source *source = &sources[count];

		if (strcmp(entry->cell->scenario->name, name) != 0)
			continue;
		first = first ? first : entry;
		if (!has_same_program(first->cell->scenario, entry->cell->scenario)) {
			report_error_set(
				ret_error,
				"the scenario %s has another program on %s than on %s; runs of the same program "
				"would be right",
				name, input->columns[entry->column].name, input->columns[first->column].name);
			return -EINVAL;
		}
		*source = (struct diff_source){ .kernel = entry->column,
						.history = &entry->cell->history,
						.traits = loop_traits_of(input->columns[entry->column].version) };
		loop_traits_read_probes(&source->traits, &entry->cell->history);
		count++;
	}
	return count < 2 ? 0
			 : differences_add(differences, name, first->cell->scenario_text, first->cell->scenario_bytes,
					   sources, count);
}

static bool was_compared(const struct input *input, unsigned int entry)
{
	for (unsigned int i = 0; i < entry; i++)
		if (strcmp(input->entries[i].cell->scenario->name, input->entries[entry].cell->scenario->name) == 0)
			return true;
	return false;
}

/* By version; the input has them as they came. */
static void sort_columns(struct input *input)
{
	struct diff_column sorted[EXPLAIN_KERNEL_COUNT_MAX];
	unsigned int places[EXPLAIN_KERNEL_COUNT_MAX];

	for (unsigned int i = 0; i < input->column_count; i++) {
		places[i] = 0;
		for (unsigned int j = 0; j < input->column_count; j++) {
			int order = kernel_version_compare(&input->columns[j].version, &input->columns[i].version);

			places[i] += order < 0 || (order == 0 && j < i);
		}
		sorted[places[i]] = input->columns[i];
	}
	memcpy(input->columns, sorted, sizeof(sorted[0]) * input->column_count);
	for (unsigned int i = 0; i < input->count; i++)
		input->entries[i].column = places[input->entries[i].column];
}

static int compare_all(struct input *input, struct differences *differences, struct report_error *ret_error)
{
	int r = 0;

	if (input->column_count < 2) {
		report_error_set(ret_error,
				 "there is nothing to compare: scenarios with one worker, or ordered ones, on two "
				 "kernels or more would be right");
		return -EINVAL;
	}
	sort_columns(input);
	for (unsigned int i = 0; r == 0 && i < input->count; i++)
		if (!was_compared(input, i))
			r = compare_scenario(input, input->entries[i].cell->scenario->name, differences, ret_error);
	differences_sort(differences);
	return r;
}

static int show(const struct input *input, const struct differences *differences, bool as_json)
{
	const struct diff_output output = { .columns = input->columns,
					    .differences = differences,
					    .left_out_count = input->left_out_count };
	char *json;

	if (!as_json) {
		diff_output_text(stdout, &output);
	} else {
		json = diff_output_json(&output);
		if (!json)
			return EXIT_CODE_BROKEN;
		puts(json);
		free(json);
	}
	return differences_new_count(differences) ? EXIT_CODE_VIOLATION : EXIT_CODE_PASS;
}

int cmd_diff(const struct options *options)
{
	struct report_error error = { "out of memory" };
	struct input input = { .entries = NULL };
	struct differences differences;
	int exit_code;
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < options->operands.count; i++)
		r = run_directory_each_cell(options->operands.texts[i], read_cell, &input, &error);
	differences_init(input.column_count ? input.column_count : 1, &differences);
	if (r == 0)
		r = compare_all(&input, &differences, &error);
	if (r == 0) {
		exit_code = show(&input, &differences, options->json);
	} else {
		fprintf(stderr, "looprace diff: %s\n", error.text);
		exit_code = r == -ENOMEM ? EXIT_CODE_BROKEN : EXIT_CODE_USAGE;
	}
	differences_fini(&differences);
	for (unsigned int i = 0; i < input.count; i++)
		cell_free(input.entries[i].cell);
	free(input.entries);
	return exit_code;
}
