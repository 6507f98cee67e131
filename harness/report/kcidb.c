/* SPDX-License-Identifier: Apache-2.0 */
/*
 * KernelCI's report format, kcidb schema 5.3: checkouts (kernel releases), builds (an image and its loop driver), tests
 * (cells).  Repeats of a scenario are runs of the same test.  A known bug is an issue, and where it was found an incident:
 * its test holds for us, and a reader of KernelCI sees the bug all the same.
 *
 * Its five statuses that fit are not our five verdicts.  UNKNOWN is ERROR, which a summary puts above PASS: DONE, which
 * reads better, would hide below it.  BROKEN is MISS, as the fault is the harness' or the emulator's.
 *
 * Nothing may be null there: what is not known is left out.  Files need a URL that others can reach, which only the user
 * knows; misc.evidence names the cell's folder in any case.  Ids are made of what a cell says of itself, so that a report
 * that is sent twice is the same rows.
 */
#include "harness/report/checks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/report/evidence_files.h"
#include "harness/report/judgement_json.h"
#include "harness/report/log_excerpt.h"

#define ORIGIN		  "looprace"
#define MINOR_VERSION	  3
#define EXCERPT_BYTES_MAX 16384 /* so many characters are allowed, each of which has a byte at least */

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

/* Takes @text, which may be NULL: memory was short. */
static json_t *take_text(char *text)
{
	json_t *value = text ? json_text(text) : NULL;

	free(text);
	return value;
}

/* --- names --- */

static const char *origin_of(const struct report_run *run)
{
	return run->kcidb_origin ? run->kcidb_origin : ORIGIN;
}

static json_t *checkout_id(const struct report_run *run, const struct report_cell *cell)
{
	char *text;

	return asprintf(&text, "%s:%s", origin_of(run), report_kernel(cell)) < 0 ? NULL : take_text(text);
}

static const char *or_unknown(const char *text)
{
	return text && *text ? text : "unknown";
}

static json_t *build_id(const struct report_run *run, const struct report_cell *cell)
{
	const struct cell_kernel *kernel = &cell->record->kernel;
	char *text;

	if (asprintf(&text, "%s:%s:%.16s:%.16s", origin_of(run), report_kernel(cell), or_unknown(kernel->image_sha256),
		     or_unknown(kernel->loop_sha256)) < 0)
		return NULL;
	return take_text(text);
}

static json_t *test_id(const struct report_run *run, const struct report_cell *cell)
{
	const struct cell_record *record = cell->record;
	char *text;

	if (asprintf(&text, "%s:%s:%s:%u:0x%" PRIx64 ":%s:%" PRIu64, origin_of(run), report_kernel(cell),
		     report_scenario(cell), record->repeat_number, record->seed, or_unknown(record->started_at),
		     record->total_ns) < 0)
		return NULL;
	return take_text(text);
}

/* The bug itself, whichever rule saw it and wherever. */
static json_t *issue_id(const struct report_run *run, const char *bug)
{
	char *text;

	return asprintf(&text, "%s:%s", origin_of(run), bug) < 0 ? NULL : take_text(text);
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

static json_t *checkout_of(const struct report_run *run, const struct report_cell *cell)
{
	struct object checkout = object_new();

	put(&checkout, "id", checkout_id(run, cell));
	put_text(&checkout, "origin", origin_of(run));
	put_text(&checkout, "comment", cell->record->kernel.version);
	put(&checkout, "valid", json_true());
	put(&checkout, "misc", json_pack("{so}", "release", json_text(report_kernel(cell))));
	return object_end(&checkout);
}

static json_t *build_of(const struct report_run *run, const struct report_cell *cell)
{
	const struct cell_kernel *kernel = &cell->record->kernel;
	struct object build = object_new(), misc = object_new();

	put(&build, "checkout_id", checkout_id(run, cell));
	put(&build, "id", build_id(run, cell));
	put_text(&build, "origin", origin_of(run));
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

static void put_environment_comment(struct object *environment, const struct cell_record *record)
{
	char text[256];

	if (record->has_qemu)
		snprintf(text, sizeof(text), "QEMU %.128s, %.16s, %u CPUs, %u MiB", or_unknown(record->qemu.version),
			 or_unknown(record->qemu.accel), record->cpu_count, record->memory_mib);
	else
		snprintf(text, sizeof(text), "the kernel of the machine itself");
	put_text(environment, "comment", text);
}

static json_t *environment_of(const struct cell_record *record)
{
	struct object environment = object_new(), misc = object_new();

	put_environment_comment(&environment, record);
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
	return object_end(&misc);
}

static void print_findings(FILE *stream, const struct report_cell *cell)
{
	char call[REPORT_CALL_BYTES];

	for (unsigned int i = 0; i < cell->judgement->finding_count; i++) {
		const struct finding *finding = &cell->judgement->findings[i];

		fprintf(stream, "%s, %" PRIu64 " times: %s\n", rule_name(finding->rule), finding->count,
			finding->text ? finding->text : "");
		for (unsigned int j = 0; j < finding->call_count; j++)
			fprintf(stream, "  %s\n", report_call(cell, &finding->calls[j], call));
	}
}

static void print_log(FILE *stream, const struct report_run *run, const struct report_cell *cell)
{
	struct log_excerpt excerpt;
	size_t console_bytes;
	char *console, *text = NULL;

	if (cell_file_read(run, cell, "console.log", CONSOLE_BYTES_MAX, &console, &console_bytes) < 0)
		return;
	if (log_excerpt_find(console, console_bytes, cell->judgement, &excerpt) == 0)
		text = log_text(excerpt.text, excerpt.text_bytes);
	if (text && *text)
		fprintf(stream, "Kernel log, %s:\n%s",
			excerpt.cited_offset == SIZE_MAX ? "its last lines" : "around the report", text);
	free(text);
	free(console);
}

/* As long as is allowed, whole characters. */
static json_t *cut_text(char *text)
{
	json_t *value = take_text(text), *cut;
	const char *valid = json_string_value(value);
	size_t bytes = json_string_length(value);

	if (bytes <= EXCERPT_BYTES_MAX)
		return value;
	for (bytes = EXCERPT_BYTES_MAX; bytes > 0 && (valid[bytes] & 0xc0) == 0x80; bytes--)
		;
	cut = json_stringn(valid, bytes);
	json_decref(value);
	return cut;
}

/* What was found, with its proof, and the kernel log around it, as far as there is room. */
static void put_excerpt(struct object *test, const struct report_run *run, const struct report_cell *cell)
{
	bool is_well = cell->judgement->verdict == VERDICT_PASS || cell->judgement->verdict == VERDICT_SKIP;
	size_t text_bytes;
	char *text = NULL;
	FILE *stream;

	if (is_well && cell->judgement->finding_count == 0)
		return;
	stream = open_memstream(&text, &text_bytes);
	if (stream) {
		print_findings(stream, cell);
		if (!is_well)
			print_log(stream, run, cell);
		fclose(stream);
	}
	if (text && !*text)
		free(text);
	else
		put(test, "log_excerpt", cut_text(text));
}

/* --- files, where others can reach them --- */

static bool is_plain_in_url(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~/+", c));
}

static json_t *url_of(const struct report_run *run, const struct report_cell *cell, const char *name)
{
	const char *base = run->evidence_url;
	size_t base_bytes = strlen(base), text_bytes;
	char *text = NULL;
	FILE *stream = open_memstream(&text, &text_bytes);

	if (!stream)
		return NULL;
	while (base_bytes > 0 && base[base_bytes - 1] == '/')
		base_bytes--;
	fprintf(stream, "%.*s/", (int)base_bytes, base);
	for (const char *c = cell->directory; *c; c++)
		fprintf(stream, is_plain_in_url(*c) ? "%c" : "%%%02X", (unsigned char)*c);
	fprintf(stream, "/%s", name);
	fclose(stream);
	return take_text(text);
}

static bool has_file(const struct report_run *run, const struct report_cell *cell, const char *name)
{
	char *folder = cell_folder(run, cell), *path = NULL;
	bool is_there = folder && asprintf(&path, "%s/%s", folder, name) >= 0 && access(path, R_OK) == 0;

	free(folder);
	free(path);
	return is_there;
}

static void put_files(struct object *test, const struct report_run *run, const struct report_cell *cell)
{
	static const struct {
		const char *name;
		bool is_input;
	} files[] = { { "scenario", true },
		      { "verdict.json", false },
		      { "run.json", false },
		      { "state.json", false },
		      { "history.bin", false } };
	json_t *inputs = json_array(), *outputs = json_array();

	if (has_file(run, cell, "console.log"))
		put(test, "log_url", url_of(run, cell, "console.log"));
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (has_file(run, cell, files[i].name) &&
		    json_array_append_new(
			    files[i].is_input ? inputs : outputs,
			    json_pack("{ss so}", "name", files[i].name, "url", url_of(run, cell, files[i].name))) < 0)
			test->is_whole = false;
	}
	put(test, "input_files", inputs);
	put(test, "output_files", outputs);
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

static json_t *test_of(const struct report_run *run, const struct report_cell *cell)
{
	const struct cell_record *record = cell->record;
	struct object test = object_new();

	put(&test, "build_id", build_id(run, cell));
	put(&test, "id", test_id(run, cell));
	put_text(&test, "origin", origin_of(run));
	put(&test, "path", test_path(cell));
	put_text(&test, "comment", cell->judgement->reason);
	put_text(&test, "status", status_of(cell->judgement->verdict));
	put_text(&test, "start_time", record->started_at);
	put(&test, "duration", json_real((double)record->total_ns / 1e9));
	put_rate(&test, cell->judgement);
	put_excerpt(&test, run, cell);
	if (run->evidence_url && cell->directory)
		put_files(&test, run, cell);
	put(&test, "environment", environment_of(record));
	put(&test, "misc", misc_of(cell));
	return object_end(&test);
}

/* --- known bugs --- */

static json_t *issue_of(const struct report_run *run, const char *bug)
{
	struct object issue = object_new();

	put(&issue, "id", issue_id(run, bug));
	put(&issue, "version", json_integer(1));
	put_text(&issue, "origin", origin_of(run));
	put_text(&issue, "comment", bug);
	put(&issue, "culprit", json_pack("{sb sb sb}", "code", 1, "tool", 0, "harness", 0));
	return object_end(&issue);
}

static json_t *incident_of(const struct report_run *run, const struct report_cell *cell, const struct finding *finding)
{
	struct object incident = object_new();
	json_t *test = test_id(run, cell);
	char *id;

	if (asprintf(&id, "%s:%s", json_string_value(test) ? json_string_value(test) : "", finding->known_name) < 0)
		id = NULL;
	put(&incident, "id", take_text(id));
	put_text(&incident, "origin", origin_of(run));
	put(&incident, "issue_id", issue_id(run, finding->known_name));
	put(&incident, "issue_version", json_integer(1));
	put(&incident, "test_id", test);
	put(&incident, "present", json_true());
	put_text(&incident, "comment", finding->text);
	return object_end(&incident);
}

static int append_known_bugs(json_t *issues, json_t *incidents, const struct report_run *run,
			     const struct report_cell *cell)
{
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < cell->judgement->finding_count; i++) {
		const struct finding *finding = &cell->judgement->findings[i];

		if (finding->known_count == 0 || !finding->known_name)
			continue;
		r = append_once(issues, issue_of(run, finding->known_name));
		if (r == 0)
			r = append_once(incidents, incident_of(run, cell, finding));
	}
	return r;
}

char *report_kcidb(const struct report_run *run)
{
	json_t *checkouts = json_array(), *builds = json_array(), *tests = json_array();
	json_t *issues = json_array(), *incidents = json_array();
	struct object root = object_new();

	for (unsigned int i = 0; i < run->cell_count; i++) {
		const struct report_cell *cell = &run->cells[i];

		if (append_once(checkouts, checkout_of(run, cell)) < 0 ||
		    append_once(builds, build_of(run, cell)) < 0 ||
		    json_array_append_new(tests, test_of(run, cell)) < 0 ||
		    append_known_bugs(issues, incidents, run, cell) < 0)
			root.is_whole = false;
	}
	put(&root, "version", json_pack("{si si}", "major", 5, "minor", MINOR_VERSION));
	put(&root, "checkouts", checkouts);
	put(&root, "builds", builds);
	put(&root, "tests", tests);
	put(&root, "issues", issues);
	put(&root, "incidents", incidents);
	return json_print(object_end(&root));
}
