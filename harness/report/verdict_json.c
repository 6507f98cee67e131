/* SPDX-License-Identifier: Apache-2.0 */
/* run.json and verdict.json of a run, verdict.json of a cell.  results/verdict.schema.json says the same to others. */
#include "harness/report/reports.h"

#include <stdlib.h>

#include "harness/report/json.h"

/* Appends and drops on failure, so that a builder can chain these with &&. */
static bool set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) == 0;
}

static bool holds_blocks(const struct recorder_record *record)
{
	return record->call == RECORDER_CALL_read || record->call == RECORDER_CALL_load ||
	       record->call == RECORDER_CALL_write || record->call == RECORDER_CALL_store ||
	       record->call == RECORDER_CALL_blocks;
}

static bool is_uevent(const struct recorder_record *record)
{
	return record->call == RECORDER_CALL_uevent || record->call == RECORDER_CALL_uevent_gap;
}

/* A run of 512-byte blocks; null where nothing was read. */
static json_t *blocks_to_json(const struct recorder_record *record)
{
	json_t *object;

	if (record->content == RECORDER_CONTENT_none)
		return json_null();
	object = json_object();
	if (object && set(object, "offset", json_identity(record->run_offset)) &&
	    set(object, "count", json_integer(record->run_block_count)) &&
	    set(object, "content", json_text(recorder_content_text(record->content))) &&
	    set(object, "owner", json_integer(record->owner)) &&
	    set(object, "generation", json_identity(record->generation)) &&
	    set(object, "sector", json_identity(record->sector)))
		return object;
	json_decref(object);
	return NULL;
}

static json_t *flags_to_json(uint32_t flags)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} names[] = {
		{ RECORDER_FLAG_COMPAT, "compat" },	      { RECORDER_FLAG_LAST_CLOSE, "last_close" },
		{ RECORDER_FLAG_RESIZE, "resize" },	      { RECORDER_FLAG_MEDIA_CHANGE, "media_change" },
		{ RECORDER_FLAG_BAD_POINTER, "bad_pointer" },
	};
	json_t *array = json_array();

	for (size_t i = 0; array && i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(flags & names[i].flag) || json_array_append_new(array, json_string(names[i].name)) == 0)
			continue;
		json_decref(array);
		return NULL;
	}
	return array;
}

/* The second half of a record; null where it has none. */
static json_t *more_to_json(const struct recorder_record *record)
{
	json_t *object;
	bool is_whole;

	if (!record->is_extended)
		return json_null();
	object = json_object();
	is_whole = object && set(object, "offset", json_identity(record->offset)) &&
		   set(object, "length", json_identity(record->length)) &&
		   set(object, "value", json_identity(record->value));
	if (is_whole && holds_blocks(record))
		is_whole = set(object, "blocks", blocks_to_json(record));
	else
		is_whole = is_whole && set(object, "diskseq", json_identity(record->diskseq)) &&
			   set(object, "capacity_bytes", json_identity(record->capacity_bytes)) &&
			   set(object, "block_size", json_integer(record->block_size)) &&
			   set(object, "open_flags", json_integer(record->open_flags)) &&
			   set(object, "flags", flags_to_json(record->call_flags));
	if (is_whole)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *call_to_json(const struct proof_call *proof)
{
	const struct recorder_record *record = &proof->record;
	/* Relaxed: a private copy. */
	uint64_t call_ns = atomic_load_explicit(&record->call_ns, memory_order_relaxed);
	bool has_returned = record->return_ns != 0;
	bool has_failed = has_returned && record->result < 0;
	uint64_t duration_ns = record->return_ns > call_ns ? record->return_ns - call_ns : 0;
	json_t *object = json_object();

	if (object && set(object, "worker", is_uevent(record) ? json_null() : json_integer(proof->worker)) &&
	    set(object, "call", json_text(recorder_call_text(record->call))) &&
	    set(object, "device_index", record->device_index < 0 ? json_null() : json_integer(record->device_index)) &&
	    set(object, "result", has_returned ? json_integer(record->result) : json_null()) &&
	    set(object, "error_name", has_failed ? json_errno(record->result) : json_null()) &&
	    set(object, "call_ns", json_count(call_ns)) &&
	    set(object, "duration_ns", has_returned ? json_count(duration_ns) : json_null()) &&
	    set(object, "dev", json_identity(record->dev)) && set(object, "inode", json_identity(record->inode)) &&
	    set(object, "file", json_integer(record->file)) &&
	    set(object, "try_number", json_integer(record->try_number)) &&
	    set(object, "round", json_count(record->round)) &&
	    set(object, "line", record->line ? json_integer(record->line) : json_null()) &&
	    set(object, "partition", json_integer(record->partition)) &&
	    set(object, "detail", json_identity(record->detail)) && set(object, "more", more_to_json(record)))
		return object;
	json_decref(object);
	return NULL;
}

static json_t *calls_to_json(const struct finding *finding)
{
	json_t *array = json_array();

	for (unsigned int i = 0; array && i < finding->call_count; i++) {
		if (json_array_append_new(array, call_to_json(&finding->calls[i])) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *findings_to_json(const struct judgement *judgement)
{
	json_t *array = json_array();

	for (unsigned int i = 0; array && i < judgement->finding_count; i++) {
		const struct finding *finding = &judgement->findings[i];
		json_t *row = json_object();

		if (!row || !set(row, "rule", json_text(rule_name(finding->rule))) ||
		    !set(row, "verdict", json_text(verdict_name(finding->verdict))) ||
		    !set(row, "is_expected", json_boolean(finding->is_expected)) ||
		    !set(row, "count", json_count(finding->count)) ||
		    !set(row, "known_count", json_count(finding->known_count)) ||
		    !set(row, "known_bug", json_text(finding->known_name)) ||
		    !set(row, "text", json_text(finding->text)) || !set(row, "calls", calls_to_json(finding)) ||
		    json_array_append(array, row) < 0) {
			json_decref(row);
			json_decref(array);
			return NULL;
		}
		json_decref(row);
	}
	return array;
}

static json_t *rules_to_json(const struct judgement *judgement)
{
	json_t *object = json_object();

	for (unsigned int rule = 0; object && rule < RULE_COUNT; rule++) {
		if (!set(object, rule_name(rule), json_text(verdict_name(judgement->rule_verdicts[rule])))) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *trait_names(uint32_t traits)
{
	json_t *array = json_array();

	for (unsigned int i = 0; array && i < LOOP_TRAIT_COUNT; i++)
		if (traits >> i & 1 &&
		    json_array_append_new(array, json_string(loop_trait_name((enum loop_trait)i))) < 0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

/* What the model took the driver for, and how that is known. */
static json_t *traits_to_json(struct loop_traits traits)
{
	uint32_t unsure = traits.has & traits.lacks;
	json_t *object;

	if (!traits.has && !traits.lacks)
		return json_null();
	object = json_object();
	if (object && set(object, "by_version", trait_names(traits.has & ~unsure & ~traits.probed)) &&
	    set(object, "by_probe", trait_names(traits.has & traits.probed)) &&
	    set(object, "by_probe_not", trait_names(traits.lacks & traits.probed)) &&
	    set(object, "unknown", trait_names(unsure)))
		return object;
	json_decref(object);
	return NULL;
}

static json_t *counts_to_json(const struct judgement_counts *counts)
{
	const struct {
		const char *key;
		uint64_t number;
	} rows[] = {
		{ "record_count", counts->record_count },
		{ "attach_count", counts->attach_count },
		{ "gave_up_count", counts->gave_up_count },
		{ "failed_count", counts->failed_count },
		{ "bind_count", counts->bind_count },
		{ "lost_bind_count", counts->lost_bind_count },
		{ "try_count", counts->try_count },
		{ "lost_try_count", counts->lost_try_count },
		{ "get_free_count", counts->get_free_count },
		{ "paused_ns", counts->paused_ns },
		{ "run_ns", counts->run_ns },
		{ "attach_p50_ns", counts->attach_p50_ns },
		{ "attach_p99_ns", counts->attach_p99_ns },
		{ "attach_max_ns", counts->attach_max_ns },
	};
	json_t *object = json_object();

	for (size_t i = 0; object && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!set(object, rows[i].key, json_count(rows[i].number))) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *cell_to_json(const struct report_cell *cell, bool has_version)
{
	const struct judgement *judgement = cell->judgement;
	json_t *object = json_object();

	if (object && (!has_version || set(object, "format_version", json_integer(REPORT_FORMAT_VERSION))) &&
	    set(object, "verdict", json_text(verdict_name(judgement->verdict))) &&
	    set(object, "reason", json_text(judgement->reason)) &&
	    set(object, "kernel", json_text(cell->record->kernel.release)) &&
	    set(object, "scenario", json_text(cell->record->scenario)) &&
	    set(object, "directory", json_text(cell->directory)) &&
	    set(object, "seed", json_seed(cell->record->seed)) &&
	    set(object, "command_line", json_text(cell->record->command_line)) &&
	    set(object, "judged_by", json_text(LOOPRACE_VERSION)) && set(object, "rules", rules_to_json(judgement)) &&
	    set(object, "traits", traits_to_json(judgement->traits)) &&
	    set(object, "findings", findings_to_json(judgement)) &&
	    set(object, "counts", counts_to_json(&judgement->counts)))
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

char *report_verdict_json(const struct report_run *run)
{
	enum verdict worst = report_worst_verdict(run->cells, run->cell_count);
	json_t *root = run_head(run);
	json_t *cells = json_array();
	bool is_whole = root && cells && set(root, "verdict", json_text(verdict_name(worst))) &&
			set(root, "exit_code", json_integer(verdict_exit_code(worst)));

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
