/* SPDX-License-Identifier: Apache-2.0 */
/* A cell's record as JSON and back: run.json and state.json, from one table of fields. */
#pragma once

#include "harness/report/cell.h"
#include "harness/report/json.h"

/**
 * cell_run_to_json() - run.json
 * cell_state_to_json() - state.json
 * @record:	a record
 *
 * Return: new reference, NULL when memory is short.
 */
json_t *cell_run_to_json(const struct cell_record *record);
json_t *cell_state_to_json(const struct cell_record *record);

/**
 * cell_run_from_json() - run.json
 * cell_state_from_json() - state.json
 * @root:	an object
 * @path:	the file, for messages
 * @record:	CELL_RECORD_NULL, or filled by the other of the two; on failure partly filled: end it
 * @ret_error:	one line: "path: key: what would be right"; written only on failure
 *
 * Return: 0, -EINVAL, or -ENOMEM.
 */
int cell_run_from_json(const json_t *root, const char *path, struct cell_record *record,
		       struct report_error *ret_error);
int cell_state_from_json(const json_t *root, const char *path, struct cell_record *record,
			 struct report_error *ret_error);
