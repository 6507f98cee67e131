/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judged cells from their folders.
 *
 * A cell that was named twice, or whose copy was, is the same when it says of itself that it is: kernel, scenario, repeat,
 * seed, start and duration.  One whose process was killed before it knew that much is the same only in the same folder.
 */
#include "harness/report/stored_cells.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/report/checks.h"
#include "harness/report/json_fields.h"
#include "harness/report/judgement_json.h"
#include "harness/report/run_directory.h"

struct stored_cell {
	struct cell_record record;
	struct judgement judgement;
	json_t *verdict; /* names of known bugs, and judged_by, are borrowed from it */
	const char *judged_by;
	char *path;
	char *directory;
	dev_t dev;
	ino_t inode;
};

struct stored_list {
	struct stored_cell *entries;
	unsigned int count;
	bool is_interrupted;
};

static void stored_cell_fini(struct stored_cell *cell)
{
	judgement_fini(&cell->judgement);
	cell_record_fini(&cell->record);
	json_decref(cell->verdict);
	free(cell->path);
	free(cell->directory);
}

static void stored_list_free(struct stored_list *list)
{
	for (unsigned int i = 0; list && i < list->count; i++)
		stored_cell_fini(&list->entries[i]);
	if (list)
		free(list->entries);
	free(list);
}

/* --- one cell --- */

/* The last two folders: how the cell is called in its run, wherever that is now and however it was named. */
static int find_directory(struct stored_cell *cell, struct report_error *ret_error)
{
	char *whole = realpath(cell->path, NULL);
	struct stat status;
	char *slash;

	if (!whole || stat(whole, &status) < 0) {
		int r = -errno;

		report_error_set(ret_error, "%s: cannot be read: %s", cell->path, strerror(errno));
		free(whole);
		return r;
	}
	cell->dev = status.st_dev;
	cell->inode = status.st_ino;
	slash = memrchr(whole, '/', strlen(whole));
	slash = slash > whole ? memrchr(whole, '/', (size_t)(slash - whole)) : NULL;
	cell->directory = strdup(slash ? slash + 1 : whole);
	free(whole);
	return cell->directory ? 0 : -ENOMEM;
}

/* A killed process left no run.json: the folders' names are what is known. */
static int name_by_folder(struct stored_cell *cell)
{
	const char *slash = strchr(cell->directory, '/');
	char *kernel = strndup(cell->directory, slash ? (size_t)(slash - cell->directory) : 0);
	int r = kernel ? 0 : -ENOMEM;

	if (r == 0 && !cell->record.kernel.release)
		r = cell_record_set(&cell->record.kernel.release, kernel);
	if (r == 0 && !cell->record.scenario)
		r = cell_record_set(&cell->record.scenario, slash ? slash + 1 : cell->directory);
	free(kernel);
	return r;
}

static int set_unjudged(struct stored_cell *cell)
{
	cell->judgement.verdict = VERDICT_BROKEN;
	cell->judgement.reason =
		strdup("it was killed before it had a verdict; looprace judge tells what its evidence shows");
	if (!cell->judgement.reason)
		return -ENOMEM;
	for (unsigned int rule = 0; rule < RULE_COUNT; rule++)
		cell->judgement.rule_verdicts[rule] = VERDICT_SKIP;
	return name_by_folder(cell);
}

/* The verdict of another cell may be sound, but says nothing about this one. */
static int check_is_of_cell(const struct json_place *place, const struct stored_cell *cell)
{
	const char *scenario = json_string_value(json_object_get(cell->verdict, "scenario"));
	uint64_t seed;

	if (!json_get_unsigned_text(cell->verdict, "seed", 0, &seed) || seed != cell->record.seed)
		return json_wrong(place, NULL, "seed", "the one of run.json beside it");
	if (!scenario || strcmp(scenario, report_scenario(&(struct report_cell){ .record = &cell->record })) != 0)
		return json_wrong(place, NULL, "scenario", "the one of run.json beside it");
	return 0;
}

static int read_verdict(struct stored_cell *cell, struct report_error *ret_error)
{
	char *path = NULL;
	int r;

	if (asprintf(&path, "%s/verdict.json", cell->path) < 0)
		return -ENOMEM;
	r = judgement_from_json(cell->verdict, path, &cell->judgement, ret_error);
	if (r == 0)
		r = check_is_of_cell(&(struct json_place){ .path = path, .error = ret_error }, cell);
	cell->judged_by = json_string_value(json_object_get(cell->verdict, "judged_by"));
	free(path);
	return r;
}

static int load_cell(struct stored_cell *cell, struct report_error *ret_error)
{
	int r = find_directory(cell, ret_error);
	int record_r;

	if (r < 0)
		return r;
	record_r = cell_read_record(cell->path, &cell->record, ret_error);
	if (record_r < 0 && record_r != -ENOENT)
		return record_r;
	if (record_r == -ENOENT) {
		struct stat status;
		char *verdict = NULL;
		bool is_judged;

		/* What was judged was whole; then its record is missing because somebody took it away. */
		if (asprintf(&verdict, "%s/verdict.json", cell->path) < 0)
			return -ENOMEM;
		is_judged = stat(verdict, &status) == 0;
		free(verdict);
		return is_judged ? record_r : set_unjudged(cell);
	}
	r = json_read(cell->path, "verdict.json", &cell->verdict, ret_error);
	if (r == -ENOENT)
		return set_unjudged(cell);
	return r < 0 ? r : read_verdict(cell, ret_error);
}

/* --- many --- */

static bool is_same(const struct stored_cell *a, const struct stored_cell *b)
{
	const struct report_cell left = { .record = &a->record }, right = { .record = &b->record };

	if (a->dev == b->dev && a->inode == b->inode)
		return true;
	return a->record.started_at && b->record.started_at && a->record.total_ns != 0 &&
	       report_same_place(&left, &right) && a->record.repeat_number == b->record.repeat_number &&
	       a->record.seed == b->record.seed && a->record.start_ns == b->record.start_ns &&
	       a->record.total_ns == b->record.total_ns && strcmp(a->record.started_at, b->record.started_at) == 0;
}

static bool has_cell(const struct stored_list *list, const struct stored_cell *cell)
{
	for (unsigned int i = 0; i < list->count; i++)
		if (is_same(&list->entries[i], cell))
			return true;
	return false;
}

static int add_cell(struct stored_list *list, const char *run, const char *relative, struct report_error *ret_error)
{
	struct stored_cell *entries = reallocarray(list->entries, list->count + 1, sizeof(*entries));
	struct stored_cell cell = { .record = CELL_RECORD_NULL };
	int r;

	if (!entries)
		return -ENOMEM;
	list->entries = entries;
	if (strcmp(relative, ".") == 0)
		cell.path = strdup(run);
	else if (asprintf(&cell.path, "%s/%s", run, relative) < 0)
		cell.path = NULL;
	r = cell.path ? load_cell(&cell, ret_error) : -ENOMEM;
	if (r < 0 || has_cell(list, &cell)) {
		stored_cell_fini(&cell);
		return r;
	}
	list->is_interrupted = list->is_interrupted || cell.record.is_interrupted;
	list->entries[list->count++] = cell;
	return 0;
}

/* A run that was cut short says so in its own run.json; one that was killed has none. */
static int read_run(struct stored_list *list, const char *run, struct report_error *ret_error)
{
	json_t *root;
	int r = json_read(run, "run.json", &root, ret_error);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	list->is_interrupted = list->is_interrupted || json_is_true(json_object_get(root, "is_interrupted"));
	json_decref(root);
	return 0;
}

static int add_run(struct stored_list *list, const char *run, struct report_error *ret_error)
{
	char **relatives;
	unsigned int count;
	int r = run_directory_list_cells(run, &relatives, &count, ret_error);

	if (r < 0)
		return r;
	if (strcmp(relatives[0], ".") != 0)
		r = read_run(list, run, ret_error);
	for (unsigned int i = 0; r == 0 && i < count; i++)
		r = add_cell(list, run, relatives[i], ret_error);
	run_directory_free_list(relatives, count);
	return r;
}

static int point_to(struct stored_list *list, struct stored_cells *ret_cells)
{
	struct report_cell *cells = calloc(list->count, sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	for (unsigned int i = 0; i < list->count; i++)
		cells[i] = (struct report_cell){ .directory = list->entries[i].directory,
						 .path = list->entries[i].path,
						 .judged_by = list->entries[i].judged_by,
						 .record = &list->entries[i].record,
						 .judgement = &list->entries[i].judgement };
	report_order(cells, list->count);
	*ret_cells = (struct stored_cells){
		.count = list->count, .cells = cells, .is_interrupted = list->is_interrupted, .owned = list
	};
	return 0;
}

int stored_cells_load(const char *const *directories, unsigned int count, struct stored_cells *ret_cells,
		      struct report_error *ret_error)
{
	struct stored_list *list = calloc(1, sizeof(*list));
	int r = list ? 0 : -ENOMEM;

	for (unsigned int i = 0; r == 0 && i < count; i++)
		r = add_run(list, directories[i], ret_error);
	if (r == 0)
		r = point_to(list, ret_cells);
	if (r == -ENOMEM)
		report_error_set(ret_error, "%s", strerror(ENOMEM));
	if (r < 0)
		stored_list_free(list);
	return r;
}

void stored_cells_fini(struct stored_cells *cells)
{
	stored_list_free(cells->owned);
	free(cells->cells);
	*cells = (struct stored_cells){ .count = 0 };
}
