/* SPDX-License-Identifier: Apache-2.0 */
/*
 * KernelCI's report format, kcidb schema 5.3: checkouts (kernel releases), builds (an image and its loop driver), tests
 * (cells).  Repeats of a scenario are runs of the same test.
 *
 * Its five statuses that fit are not our five verdicts.  UNKNOWN is ERROR, which a summary puts above PASS: DONE, which
 * reads better, would hide below it.  BROKEN is MISS, as the fault is the harness' or the emulator's.
 *
 * Nothing may be null there: what is not known is left out.  Files need a URL that others can reach, and we know of none;
 * misc.evidence names the cell's folder instead.
 */
#include "harness/report/checks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/judgement_json.h"

#define ORIGIN		  "looprace"
#define MINOR_VERSION	  3
#define EXCERPT_BYTES_MAX 4096 /* 16384 characters are allowed; what is no UTF-8 grows to four of them a byte */

/* --- building --- */

/* Remembers in @is_whole, so that a builder need not look after each. */
struct object {
	json_t *json;
	bool is_whole;
};

static struct object object_new(void)
{
	json_t *json = json_object();

	return (struct object){ .json = json, .is_whole = json != NULL };
}

static void put(struct object *object, const char *key, json_t *value)
{
	object->is_whole = json_object_set_new(object->json, key, value) == 0 && object->is_whole;
}

/* Nothing at all where it is not known. */
static void put_text(struct object *object, const char *key, const char *text)
{
	if (text && *text)
		put(object, key, json_text(text));
}

static void put_number(struct object *object, const char *key, uint64_t number)
{
	if (number > 0)
		put(object, key, json_count(number));
}

static json_t *object_end(struct object *object)
{
	if (object->is_whole)
		return object->json;
	json_decref(object->json);
	return NULL;
}

/* --- names --- */

static json_t *checkout_id(const struct report_cell *cell)
{
	char *text = NULL;
	json_t *id;

	if (asprintf(&text, ORIGIN ":%s", report_kernel(cell)) < 0)
		return NULL;
	id = json_text(text);
	free(text);
	return id;
}

static const char *or_unknown(const char *text)
{
	return text && *text ? text : "unknown";
}

static json_t *build_id(const struct report_cell *cell)
{
	const struct cell_kernel *kernel = &cell->record->kernel;
	char *text = NULL;
	json_t *id;

	if (asprintf(&text, ORIGIN ":%s:%.16s:%.16s", report_kernel(cell), or_unknown(kernel->image_sha256),
		     or_unknown(kernel->loop_sha256)) < 0)
		return NULL;
	id = json_text(text);
	free(text);
	return id;
}

static json_t *test_id(const struct report_cell *cell)
{
	const struct cell_record *record = cell->record;
	char *text = NULL;
	json_t *id;

	if (asprintf(&text, ORIGIN ":%s:%s:%u:0x%" PRIx64 ":%s:%" PRIu64, report_kernel(cell), report_scenario(cell),
		     record->repeat_number, record->seed, or_unknown(record->started_at), record->total_ns) < 0)
		return NULL;
	id = json_text(text);
	free(text);
	return id;
}

/* Dots would be levels of the tree. */
static json_t *test_path(const struct report_cell *cell)
{
	char *text = NULL;
	json_t *path;

	if (asprintf(&text, ORIGIN ".%s", report_scenario(cell)) < 0)
		return NULL;
	for (char *c = text + sizeof(ORIGIN); *c; c++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", *c))
			*c = '_';
	path = json_string(text);
	free(text);
	return path;
}

/* The last word of uname; the guest is of the same kind. */
static const char *architecture(const struct report_cell *cell)
{
	const char *system = cell->record->host_system;
	const char *blank = system ? strrchr(system, ' ') : NULL;
	const char *word = blank ? blank + 1 : "";

	return word[strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_")] ? "" : word;
}

/* --- checkouts and builds: each once --- */

static bool has_member(const json_t *array, const char *key, const json_t *value)
{
	const json_t *row;
	size_t at;

	json_array_foreach(array, at, row) if (json_equal(json_object_get(row, key), value)) return true;
	return false;
}

static json_t *checkout_of(const struct report_cell *cell)
{
	struct object checkout = object_new();

	put(&checkout, "id", checkout_id(cell));
	put_text(&checkout, "origin", ORIGIN);
	put_text(&checkout, "comment", cell->record->kernel.version);
	put(&checkout, "valid", json_true());
	put(&checkout, "misc", json_pack("{so}", "release", json_text(report_kernel(cell))));
	return object_end(&checkout);
}

static json_t *build_of(const struct report_cell *cell)
{
	const struct cell_kernel *kernel = &cell->record->kernel;
	struct object build = object_new(), misc = object_new();

	put(&build, "checkout_id", checkout_id(cell));
	put(&build, "id", build_id(cell));
	put_text(&build, "origin", ORIGIN);
	put_text(&build, "architecture", architecture(cell));
	put(&build, "status", json_string("PASS"));
	put_text(&misc, "image_sha256", kernel->image_sha256);
	put_text(&misc, "loop_sha256", kernel->loop_sha256);
	put_text(&misc, "loop_driver", kernel->loop_driver);
	put(&build, "misc", object_end(&misc));
	return object_end(&build);
}

static int append_once(json_t *array, json_t *row)
{
	if (row && has_member(array, "id", json_object_get(row, "id"))) {
		json_decref(row);
		return 0;
	}
	return json_array_append_new(array, row);
}

/* --- tests --- */

static const char *status_of(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_PASS:
		return "PASS";
	case VERDICT_VIOLATION:
		return "FAIL";
	case VERDICT_UNKNOWN:
		return "ERROR";
	case VERDICT_BROKEN:
		return "MISS";
	case VERDICT_SKIP:
		return "SKIP";
	}
	return "ERROR";
}

static json_t *environment_of(const struct cell_record *record)
{
	struct object environment = object_new(), misc = object_new();

	if (record->has_qemu) {
		put_text(&misc, "accel", record->qemu.accel);
		put_text(&misc, "accel_reason", record->qemu.accel_reason);
		put_text(&misc, "qemu_version", record->qemu.version);
		put_text(&misc, "workarounds", record->qemu.workarounds);
	}
	put_text(&misc, "boot", record->kernel.boot);
	put_number(&misc, "cpu_count", record->cpu_count);
	put_number(&misc, "memory_mib", record->memory_mib);
	put_text(&misc, "host_system", record->host_system);
	put_number(&misc, "host_cpu_count", record->host_cpu_count);
	put(&environment, "misc", object_end(&misc));
	return object_end(&environment);
}

static json_t *misc_of(const struct report_cell *cell)
{
	struct object misc = object_new();

	put_text(&misc, "verdict", verdict_name(cell->judgement->verdict));
	put(&misc, "seed", json_seed(cell->record->seed));
	put_number(&misc, "repeat_number", cell->record->repeat_number);
	put_text(&misc, "command_line", cell->record->command_line);
	put_text(&misc, "ending", ending_name(cell->record->ending));
	put_text(&misc, "evidence", cell->directory);
	put_text(&misc, "judged_by", cell->judged_by ? cell->judged_by : LOOPRACE_VERSION);
	for (unsigned int i = 0; i < cell->judgement->finding_count; i++)
		put_text(&misc, "known_bug", cell->judgement->findings[i].known_name);
	return object_end(&misc);
}

/* What was found, with its proof, as far as there is room. */
static json_t *excerpt_of(const struct report_cell *cell)
{
	char text[EXCERPT_BYTES_MAX] = "", call[REPORT_CALL_BYTES];
	FILE *stream = fmemopen(text, sizeof(text), "w");

	if (!stream)
		return NULL;
	for (unsigned int i = 0; i < cell->judgement->finding_count; i++) {
		const struct finding *finding = &cell->judgement->findings[i];

		fprintf(stream, "%s, %" PRIu64 " times: %s\n", rule_name(finding->rule), finding->count,
			finding->text ? finding->text : "");
		for (unsigned int j = 0; j < finding->call_count; j++)
			fprintf(stream, "  %s\n", report_call(cell, &finding->calls[j], call));
	}
	fclose(stream);
	text[sizeof(text) - 1] = '\0';
	return json_text(text);
}

static void put_rate(struct object *test, const struct judgement *judgement)
{
	const struct judgement_counts *counts = &judgement->counts;

	/* Only of a test that ran. */
	if (counts->run_ns == 0 || counts->attach_count == 0 || judgement->verdict == VERDICT_SKIP ||
	    judgement->verdict == VERDICT_BROKEN)
		return;
	put(test, "number",
	    json_pack("{sf ss}", "value", (double)counts->attach_count * 1e9 / (double)counts->run_ns, "unit",
		      "attaches/s"));
}

static json_t *test_of(const struct report_cell *cell)
{
	const struct cell_record *record = cell->record;
	struct object test = object_new();

	put(&test, "build_id", build_id(cell));
	put(&test, "id", test_id(cell));
	put_text(&test, "origin", ORIGIN);
	put(&test, "path", test_path(cell));
	put_text(&test, "comment", cell->judgement->reason);
	put_text(&test, "status", status_of(cell->judgement->verdict));
	put_text(&test, "start_time", record->started_at);
	put(&test, "duration", json_real((double)record->total_ns / 1e9));
	put_rate(&test, cell->judgement);
	if (cell->judgement->finding_count > 0)
		put(&test, "log_excerpt", excerpt_of(cell));
	put(&test, "environment", environment_of(record));
	put(&test, "misc", misc_of(cell));
	return object_end(&test);
}

char *report_kcidb(const struct report_run *run)
{
	json_t *checkouts = json_array(), *builds = json_array(), *tests = json_array();
	struct object root = object_new();

	for (unsigned int i = 0; i < run->cell_count; i++) {
		const struct report_cell *cell = &run->cells[i];

		if (append_once(checkouts, checkout_of(cell)) < 0 || append_once(builds, build_of(cell)) < 0 ||
		    json_array_append_new(tests, test_of(cell)) < 0)
			root.is_whole = false;
	}
	put(&root, "version", json_pack("{si si}", "major", 5, "minor", MINOR_VERSION));
	put(&root, "checkouts", checkouts);
	put(&root, "builds", builds);
	put(&root, "tests", tests);
	return json_print(object_end(&root));
}
