/* SPDX-License-Identifier: Apache-2.0 */
/* run.json and verdict.json of a run, verdict.json of a cell.  results/verdict.schema.json says the same to others. */
#include "harness/report/reports.h"

#include <stdlib.h>

#include "harness/report/checks.h"
#include "harness/report/grid.h"
#include "harness/report/judgement_json.h"
#include "harness/stats/interval.h"

/* Appends and drops on failure, so that a builder can chain these with &&. */
static bool set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) == 0;
}

static json_t *cell_to_json(const struct report_cell *cell, bool has_version)
{
	json_t *object = json_object();

	if (object && (!has_version || set(object, "format_version", json_integer(REPORT_FORMAT_VERSION))) &&
	    set(object, "kernel", json_text(cell->record->kernel.release)) &&
	    set(object, "scenario", json_text(cell->record->scenario)) &&
	    set(object, "directory", json_text(cell->directory)) &&
	    set(object, "seed", json_seed(cell->record->seed)) &&
	    set(object, "command_line", json_text(cell->record->command_line)) &&
	    set(object, "judged_by", json_text(cell->judged_by ? cell->judged_by : LOOPRACE_VERSION)) &&
	    judgement_to_json(cell->judgement, object) == 0)
		return object;
	json_decref(object);
	return NULL;
}

char *report_cell_json(const struct report_cell *cell)
{
	return json_print(cell_to_json(cell, true));
}

/* What both files of a run begin with. */
static json_t *run_head(const struct report_run *run)
{
	json_t *object = json_object();

	if (object && set(object, "format_version", json_integer(REPORT_FORMAT_VERSION)) &&
	    set(object, "looprace_version", json_text(LOOPRACE_VERSION)) &&
	    set(object, "directory", json_text(run->directory)) &&
	    set(object, "command_line", json_text(run->command_line)) &&
	    set(object, "started_at", json_text(run->started_at)) &&
	    set(object, "total_ns", json_count(run->total_ns)) &&
	    set(object, "is_interrupted", json_boolean(run->is_interrupted)))
		return object;
	json_decref(object);
	return NULL;
}

static json_t *flaky_place_to_json(const struct grid_place *place)
{
	unsigned int violation_count = place->verdict_counts[VERDICT_VIOLATION];
	unsigned int pass_count = place->verdict_counts[VERDICT_PASS];
	struct interval interval = interval_of_rate(violation_count, violation_count + pass_count);
	json_t *object = json_object();

	if (object && set(object, "kernel", json_text(report_kernel(place->cells))) &&
	    set(object, "scenario", json_text(report_scenario(place->cells))) &&
	    set(object, "violation_count", json_integer(violation_count)) &&
	    set(object, "pass_count", json_integer(pass_count)) &&
	    set(object, "rate", json_real((double)violation_count / (violation_count + pass_count))) &&
	    set(object, "rate_low", json_real(interval.low)) && set(object, "rate_high", json_real(interval.high)))
		return object;
	json_decref(object);
	return NULL;
}

/* Scenarios of which some repeats on a kernel pass and others do not. */
static json_t *flaky_to_json(const struct report_run *run)
{
	json_t *array = json_array();
	struct grid grid;
	bool is_whole = array && grid_make(run, &grid) == 0;

	if (!is_whole) {
		json_decref(array);
		return NULL;
	}
	for (unsigned int i = 0; is_whole && i < grid.kernel_count * grid.scenario_count; i++)
		if (grid.places[i].is_flaky)
			is_whole = json_array_append_new(array, flaky_place_to_json(&grid.places[i])) == 0;
	grid_fini(&grid);
	if (is_whole)
		return array;
	json_decref(array);
	return NULL;
}

char *report_verdict_json(const struct report_run *run)
{
	enum verdict worst = report_worst_verdict(run->cells, run->cell_count);
	json_t *root = run_head(run);
	json_t *cells = json_array();
	bool is_whole = root && cells && set(root, "verdict", json_text(verdict_name(worst))) &&
			set(root, "exit_code", json_integer(verdict_exit_code(worst))) &&
			set(root, "flaky", flaky_to_json(run));

	for (unsigned int i = 0; is_whole && i < run->cell_count; i++)
		is_whole = json_array_append_new(cells, cell_to_json(&run->cells[i], false)) == 0;
	if (is_whole && set(root, "cells", cells))
		return json_print(root);
	if (!is_whole)
		json_decref(cells);
	json_decref(root);
	return NULL;
}

static json_t *cell_line_to_json(const struct report_cell *cell)
{
	json_t *object = json_object();

	if (object && set(object, "directory", json_text(cell->directory)) &&
	    set(object, "kernel", json_text(cell->record->kernel.release)) &&
	    set(object, "scenario", json_text(cell->record->scenario)) &&
	    set(object, "seed", json_seed(cell->record->seed)) &&
	    set(object, "command_line", json_text(cell->record->command_line)))
		return object;
	json_decref(object);
	return NULL;
}

char *report_run_json(const struct report_run *run)
{
	json_t *root = run_head(run);
	json_t *cells = json_array();
	bool is_whole = root && cells;

	for (unsigned int i = 0; is_whole && i < run->cell_count; i++)
		is_whole = json_array_append_new(cells, cell_line_to_json(&run->cells[i])) == 0;
	if (is_whole && set(root, "cells", cells))
		return json_print(root);
	if (!is_whole)
		json_decref(cells);
	json_decref(root);
	return NULL;
}
