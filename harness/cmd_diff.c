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

static int complain(const char *text)
{
	fprintf(stderr, "looprace diff: %s\n", text);
	return -EINVAL;
}

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
static int find_column(struct input *input, const struct cell *cell, unsigned int *ret_column)
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
	if (input->column_count == EXPLAIN_KERNEL_COUNT_MAX)
		return complain("these runs have more kernels than can be compared; at most 64 would be right");
	name_column(cell, copy, &input->columns[input->column_count]);
	*ret_column = input->column_count++;
	return 0;
}

static int read_cell(struct input *input, const char *directory)
{
	struct entry *entries = reallocarray(input->entries, input->count + 1u, sizeof(*entries));
	struct report_error error = { "out of memory" };
	struct entry entry = { .cell = NULL };
	int r;

	if (!entries)
		return -ENOMEM;
	input->entries = entries;
	r = cell_load(directory, &entry.cell, &error);
	if (r < 0) {
		fprintf(stderr, "looprace diff: %s\n", error.text);
		return r;
	}
	if (entry.cell->record.repeat_number > 1 || !is_comparable(entry.cell)) {
		input->left_out_count += entry.cell->record.repeat_number <= 1;
		cell_free(entry.cell);
		return 0;
	}
	r = find_column(input, entry.cell, &entry.column);
	if (r < 0)
		cell_free(entry.cell);
	else
		input->entries[input->count++] = entry;
	return r;
}

static int read_run(struct input *input, const char *directory)
{
	struct report_error error;
	char **relatives;
	unsigned int count;
	int r = run_directory_list_cells(directory, &relatives, &count, &error);

	if (r < 0) {
		fprintf(stderr, "looprace diff: %s\n", error.text);
		return r;
	}
	for (unsigned int i = 0; r == 0 && i < count; i++) {
		char *path = NULL;

		if (asprintf(&path, "%s/%s", directory, relatives[i]) < 0)
			path = NULL;
		r = path ? read_cell(input, path) : -ENOMEM;
		free(path);
	}
	run_directory_free_list(relatives, count);
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

/* Columns stand in the order of their versions; the input has them as they came. */
static int compare_scenario(const struct input *input, const unsigned int *places, const char *name,
			    struct differences *differences)
{
	struct diff_source sources[EXPLAIN_KERNEL_COUNT_MAX];
	const struct cell *first = NULL;
	unsigned int count = 0;

	for (unsigned int i = 0; i < input->count; i++) {
		const struct cell *cell = input->entries[i].cell;
		struct diff_source *source = &sources[count];

		if (strcmp(cell->scenario->name, name) != 0)
			continue;
		if (first && !has_same_program(first->scenario, cell->scenario)) {
			fprintf(stderr,
				"looprace diff: the scenario %s has another program on %s than on %s; runs of the same "
				"program would be right\n",
				name, input->columns[input->entries[i].column].name,
				input->columns[input->entries[0].column].name);
			return -EINVAL;
		}
		first = first ? first : cell;
		*source = (struct diff_source){ .kernel = places[input->entries[i].column],
						.history = &cell->history,
						.traits = loop_traits_of(
							input->columns[places[input->entries[i].column]].version) };
		loop_traits_read_probes(&source->traits, &cell->history);
		count++;
	}
	return count < 2 ? 0
			 : differences_add(differences, name, first->scenario_text, first->scenario_bytes, sources,
					   count);
}

static bool was_compared(const struct input *input, unsigned int entry)
{
	for (unsigned int i = 0; i < entry; i++)
		if (strcmp(input->entries[i].cell->scenario->name, input->entries[entry].cell->scenario->name) == 0)
			return true;
	return false;
}

static void sort_columns(struct input *input, unsigned int *ret_places)
{
	struct diff_column sorted[EXPLAIN_KERNEL_COUNT_MAX];

	for (unsigned int i = 0; i < input->column_count; i++) {
		unsigned int place = 0;

		for (unsigned int j = 0; j < input->column_count; j++) {
			int order = kernel_version_compare(&input->columns[j].version, &input->columns[i].version);

			place += order < 0 || (order == 0 && j < i);
		}
		ret_places[i] = place;
		sorted[place] = input->columns[i];
	}
	memcpy(input->columns, sorted, sizeof(sorted[0]) * input->column_count);
}

static int compare_all(struct input *input, struct differences *differences)
{
	unsigned int places[EXPLAIN_KERNEL_COUNT_MAX];
	int r = 0;

	if (input->column_count < 2)
		return complain(
			"there is nothing to compare: scenarios with one worker, or ordered ones, on two kernels "
			"or more would be right");
	sort_columns(input, places);
	for (unsigned int i = 0; r == 0 && i < input->count; i++)
		if (!was_compared(input, i))
			r = compare_scenario(input, places, input->entries[i].cell->scenario->name, differences);
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
	struct input input = { .entries = NULL };
	struct differences differences;
	int exit_code;
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < options->operands.count; i++)
		r = read_run(&input, options->operands.texts[i]);
	differences_init(input.column_count ? input.column_count : 1, &differences);
	if (r == 0)
		r = compare_all(&input, &differences);
	exit_code = r == -ENOMEM ? EXIT_CODE_BROKEN
		    : r < 0	 ? EXIT_CODE_USAGE
				 : show(&input, &differences, options->json);
	if (r == -ENOMEM)
		fprintf(stderr, "looprace diff: %s\n", strerror(ENOMEM));
	differences_fini(&differences);
	for (unsigned int i = 0; i < input.count; i++)
		cell_free(input.entries[i].cell);
	free(input.entries);
	return exit_code;
}
