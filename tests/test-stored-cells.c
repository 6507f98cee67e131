/* SPDX-License-Identifier: Apache-2.0 */
/* Judged cells read back from their folders: what was written comes back, and what is damaged, foreign or missing is said. */
#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/report/json.h"
#include "harness/report/stored_cells.h"
#include "tests/report_samples.h"

static struct report_samples samples;
static char folder[64];
static char runs[2][96];

static char *path_of(const char *run, const char *rest)
{
	static char paths[4][256];
	static unsigned int at;

	at = (at + 1) % 4;
	snprintf(paths[at], sizeof(paths[at]), "%s/%s", run, rest);
	return paths[at];
}

static void store(const char *run, const char *relative, const struct report_cell *cell)
{
	struct report_cell stored = *cell;
	struct report_error error = { "" };
	char *path = strdup(path_of(run, relative));

	stored.directory = relative;
	*strrchr(path, '/') = '\0';
	ck_assert(mkdir(path, 0755) == 0 || errno == EEXIST);
	path[strlen(path)] = '/';
	ck_assert_int_eq(mkdir(path, 0755), 0);
	ck_assert_msg(cell_write_scenario(path, "", 0, &error) == 0, "%s", error.text);
	ck_assert_msg(cell_write(path, cell->record, &error) == 0, "%s", error.text);
	ck_assert_msg(report_write_cell(path, &stored, &error) == 0, "%s", error.text);
	free(path);
}

static void setup(void)
{
	report_samples_init(&samples);
	snprintf(folder, sizeof(folder), "%s/looprace-stored-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	for (unsigned int i = 0; i < 2; i++) {
		snprintf(runs[i], sizeof(runs[i]), "%s/run%u", folder, i);
		ck_assert_int_eq(mkdir(runs[i], 0755), 0);
	}
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static void teardown(void)
{
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	report_samples_fini(&samples);
}

static void load(const char *const *directories, unsigned int count, struct stored_cells *ret_cells)
{
	struct report_error error = { "" };
	int r = stored_cells_load(directories, count, ret_cells, &error);

	ck_assert_msg(r == 0, "%d %s", r, error.text);
}

/* A proof with all that a record can hold, a known bug, and traits of all kinds. */
static void enrich(struct judgement *judgement)
{
	struct finding *finding = &judgement->findings[0];
	struct recorder_record *record = &finding->calls[0].record;

	finding->known_count = 3;
	finding->known_name = "a bug";
	record->line = 23;
	record->partition = 1;
	record->detail = UINT64_MAX;
	record->is_extended = 1;
	record->offset = UINT64_MAX;
	record->length = 1;
	record->value = 2;
	record->diskseq = 3;
	record->capacity_bytes = 4;
	record->block_size = 512;
	record->open_flags = 6;
	record->call_flags = RECORDER_FLAG_COMPAT | RECORDER_FLAG_BAD_POINTER;
	finding->calls[1].record = *record;
	finding->calls[1].record.call = RECORDER_CALL_read;
	finding->calls[1].record.content = RECORDER_CONTENT_tags;
	finding->calls[1].record.owner = 3;
	finding->calls[2].record.call = RECORDER_CALL_uevent;
	finding->calls[3] = finding->calls[0];
	/* What a guest that runs wild may leave. */
	finding->calls[3].record.call = UINT16_MAX;
	finding->calls[4] = finding->calls[1];
	finding->calls[4].record.content = 77;
	finding->calls[5] = finding->calls[1];
	finding->calls[5].record.content = RECORDER_CONTENT_none;
	finding->call_count = 6;
	judgement->traits =
		(struct loop_traits){ .has = 0x7, .lacks = ~0x3u & ((1u << LOOP_TRAIT_COUNT) - 1), .probed = 0xa };
	/* All of them are counts; the histograms have to fit attach_count. */
	for (size_t i = 0; i < offsetof(struct judgement_counts, attach_times) / sizeof(uint64_t); i++)
		((uint64_t *)&judgement->counts)[i] = i + 1;
	judgement->counts.attach_count = 15234;
}

/* Too long for libcheck to show. */
static void assert_same_text(char *a, char *b)
{
	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(b);
	for (size_t i = 0; a[i] || b[i]; i++)
		if (a[i] != b[i])
			ck_abort_msg("\"%.100s\" is not \"%.100s\"", a + i, b + i);
	free(a);
	free(b);
}

START_TEST(what_is_written_comes_back)
{
	const char *names[] = { runs[0] };
	struct stored_cells stored;

	enrich(&samples.judgements[SAMPLE_VIOLATION]);
	for (unsigned int i = 0; i < SAMPLE_COUNT; i++) {
		char relative[32];

		/* The samples' folders need not be called like the samples. */
		snprintf(relative, sizeof(relative), "kernel/%u", i);
		samples.records[i].repeat_number = i + 1;
		store(runs[0], relative, &samples.cells[i]);
	}
	load(names, 1, &stored);
	ck_assert_uint_eq(stored.count, SAMPLE_COUNT);
	for (unsigned int i = 0; i < SAMPLE_COUNT; i++) {
		unsigned int at = stored.cells[i].record->repeat_number - 1;
		struct report_cell original = samples.cells[at];
		char relative[32];

		snprintf(relative, sizeof(relative), "kernel/%u", at);
		ck_assert_str_eq(stored.cells[i].directory, relative);
		ck_assert_str_eq(stored.cells[i].path, path_of(runs[0], relative));
		ck_assert_str_eq(stored.cells[i].judged_by, LOOPRACE_VERSION);
		original.directory = relative;
		assert_same_text(report_cell_json(&original), report_cell_json(&stored.cells[i]));
		ck_assert_uint_eq(stored.cells[i].judgement->traits.has, original.judgement->traits.has);
		ck_assert_uint_eq(stored.cells[i].judgement->traits.lacks, original.judgement->traits.lacks);
		ck_assert_uint_eq(stored.cells[i].judgement->traits.probed, original.judgement->traits.probed);
	}
	stored_cells_fini(&stored);
}
END_TEST

START_TEST(kernels_stand_as_versions_go)
{
	static const char *const releases[] = { "6.1.0", "5.10.0", "6.12.1", "6.2.0" };
	static const char *const wanted[] = { "5.10.0", "6.1.0", "6.2.0", "6.12.1" };
	const char *names[] = { runs[0] };
	struct stored_cells stored;

	for (unsigned int i = 0; i < 4; i++) {
		char relative[64];

		cell_record_set(&samples.records[SAMPLE_PASS].kernel.release, releases[i]);
		snprintf(relative, sizeof(relative), "%s/get_free_race", releases[i]);
		store(runs[0], relative, &samples.cells[SAMPLE_PASS]);
	}
	load(names, 1, &stored);
	for (unsigned int i = 0; i < 4; i++) {
		ck_assert_str_eq(stored.cells[i].record->kernel.release, wanted[i]);
		ck_assert_uint_eq(stored.cells[i].repeat, 0);
	}
	stored_cells_fini(&stored);
}
END_TEST

START_TEST(order_of_the_folders_does_not_matter)
{
	const char *forwards[] = { runs[0], runs[1] }, *backwards[] = { runs[1], runs[0] };
	struct stored_cells a, b;

	samples.records[SAMPLE_PASS].repeat_number = 10;
	store(runs[0], "6.1/get_free_race-10", &samples.cells[SAMPLE_PASS]);
	samples.records[SAMPLE_PASS].repeat_number = 9;
	store(runs[1], "6.1/get_free_race-9", &samples.cells[SAMPLE_PASS]);
	store(runs[1], "6.1/configure_race", &samples.cells[SAMPLE_UNKNOWN]);
	load(forwards, 2, &a);
	load(backwards, 2, &b);
	ck_assert_uint_eq(a.count, 3);
	ck_assert_uint_eq(b.count, 3);
	for (unsigned int i = 0; i < 3; i++)
		assert_same_text(report_cell_json(&a.cells[i]), report_cell_json(&b.cells[i]));
	ck_assert_uint_eq(a.cells[0].repeat, 0);
	ck_assert_uint_eq(a.cells[1].repeat, 1);
	ck_assert_uint_eq(a.cells[2].repeat, 2);
	ck_assert_uint_eq(a.cells[2].record->repeat_number, 10);
	stored_cells_fini(&a);
	stored_cells_fini(&b);
}
END_TEST

START_TEST(same_cell_counts_once)
{
	const char *names[] = { runs[0], runs[1], runs[0], path_of(runs[0], "6.1/get_free_race") };
	struct stored_cells stored;

	store(runs[0], "6.1/get_free_race", &samples.cells[SAMPLE_PASS]);
	store(runs[1], "6.1/get_free_race", &samples.cells[SAMPLE_PASS]);
	load(names, 4, &stored);
	ck_assert_uint_eq(stored.count, 1);
	stored_cells_fini(&stored);
	samples.records[SAMPLE_PASS].total_ns++;
	store(runs[1], "6.1/get_free_race-2", &samples.cells[SAMPLE_PASS]);
	load(names, 4, &stored);
	ck_assert_uint_eq(stored.count, 2);
	stored_cells_fini(&stored);
}
END_TEST

START_TEST(cell_without_verdict_is_broken)
{
	const char *names[] = { runs[0] };
	struct stored_cells stored;

	store(runs[0], "6.1/get_free_race", &samples.cells[SAMPLE_PASS]);
	ck_assert_int_eq(unlink(path_of(runs[0], "6.1/get_free_race/verdict.json")), 0);
	load(names, 1, &stored);
	ck_assert_int_eq(stored.cells[0].judgement->verdict, VERDICT_BROKEN);
	ck_assert_ptr_nonnull(strstr(stored.cells[0].judgement->reason, "killed"));
	ck_assert_str_eq(stored.cells[0].record->kernel.release, "6.1.0-56-cloud-amd64");
	stored_cells_fini(&stored);
	ck_assert_int_eq(unlink(path_of(runs[0], "6.1/get_free_race/run.json")), 0);
	load(names, 1, &stored);
	ck_assert_int_eq(stored.cells[0].judgement->verdict, VERDICT_BROKEN);
	ck_assert_str_eq(stored.cells[0].record->kernel.release, "6.1");
	ck_assert_str_eq(stored.cells[0].record->scenario, "get_free_race");
	stored_cells_fini(&stored);
}
END_TEST

/* Is there one line that names the file and has these words? */
static void assert_refused(const char *words)
{
	const char *names[] = { runs[0] };
	struct report_error error = { "" };
	struct stored_cells stored;
	int r = stored_cells_load(names, 1, &stored, &error);

	ck_assert_msg(r < 0, "%s: taken", words);
	ck_assert_msg(strstr(error.text, words) && strstr(error.text, runs[0]), "%s: %s", words, error.text);
}

START_TEST(verdict_without_record_is_refused)
{
	store(runs[0], "6.1/get_free_race", &samples.cells[SAMPLE_PASS]);
	ck_assert_int_eq(unlink(path_of(runs[0], "6.1/get_free_race/run.json")), 0);
	assert_refused("run.json: cannot be read");
}
END_TEST

START_TEST(interruption_is_kept)
{
	const char *names[] = { runs[0] };
	struct report_error error;
	struct stored_cells stored;

	store(runs[0], "6.1/get_free_race", &samples.cells[SAMPLE_PASS]);
	samples.run.is_interrupted = true;
	ck_assert_int_eq(report_write(runs[0], &samples.run, &error), 0);
	load(names, 1, &stored);
	ck_assert(stored.is_interrupted);
	stored_cells_fini(&stored);
}
END_TEST

/* A member of verdict.json (a.b.0.c), what stands there instead (NULL: nothing), and what is said. */
static const struct {
	const char *where;
	const char *json;
	const char *words;
} damages[] = {
	{ "format_version", "2", "verdict.json: format_version" },
	{ "verdict", "\"FINE\"", "verdict.json: verdict: PASS" },
	{ "verdict", NULL, "verdict.json: verdict: " },
	{ "reason", "null", "verdict.json: reason: a string" },
	{ "reason", "7", "verdict.json: reason: a string or null" },
	{ "seed", "\"0x1\"", "verdict.json: seed: the one of run.json" },
	{ "scenario", "\"another\"", "verdict.json: scenario: the one of run.json" },
	{ "rules", "[]", "verdict.json: rules: an object" },
	{ "rules.identity", "3", "verdict.json: rules.identity: PASS" },
	{ "rules.later", "\"PASS\"", "verdict.json: rules: " },
	{ "traits", "7", "verdict.json: traits.by_version: an array" },
	{ "traits.unknown", "[\"later\"]", "verdict.json: traits.unknown: names" },
	{ "counts", "[]", "verdict.json: counts: an object" },
	{ "counts.run_ns", "-1", "verdict.json: counts.run_ns: a number" },
	{ "counts.try_count", NULL, "verdict.json: counts.try_count: a number" },
	{ "attach_times", "{}", "verdict.json: attach_times: an array or null" },
	{ "attach_times", "[]", "verdict.json: attach_times: as many as attach_count says" },
	{ "attach_times.0", "[]", "verdict.json: attach_times.lost_try_count: 0, 1, 2" },
	{ "attach_times.0.lost_try_count", "3", "verdict.json: attach_times.lost_try_count: 0, 1, 2" },
	{ "attach_times.1.lost_try_count", "0", "verdict.json: attach_times.lost_try_count: 0, 1, 2" },
	{ "attach_times.1.counts", "7", "verdict.json: attach_times.counts: an object" },
	{ "attach_times.0.counts.98305", "1", "verdict.json: attach_times.counts.98305: the begin of a bin" },
	{ "attach_times.0.counts.098304", "1", "verdict.json: attach_times.counts.098304: the begin of a bin" },
	{ "attach_times.0.counts.98304", "0", "verdict.json: attach_times.counts.98304: the begin of a bin" },
	{ "attach_times.0.counts.98304", "8999", "verdict.json: attach_times: as many" },
	{ "findings", "{}", "verdict.json: findings: an array" },
	{ "findings.0", "[]", "verdict.json: findings: an object" },
	{ "findings.0.rule", "\"later\"", "verdict.json: findings.rule: a rule" },
	{ "findings.0.known_bug", "1", "verdict.json: findings.known_bug: a string" },
	{ "findings.0.calls", "[1,2,3,4,5,6,7,8,9]", "verdict.json: findings.calls: an array of at most 8" },
	{ "findings.0.calls.0", "1", "verdict.json: calls: an object" },
	{ "findings.0.calls.0.call", "\"fork\"", "verdict.json: calls.call: a call" },
	{ "findings.0.calls.0.worker", "-1", "verdict.json: calls.worker: a number" },
	{ "findings.0.calls.0.partition", "256", "verdict.json: calls.partition: a number, 0 to 255" },
	{ "findings.0.calls.0.try_number", "65536", "verdict.json: calls.try_number: a number, 0 to 65535" },
	{ "findings.0.calls.0.inode", "18446744073709551615", "verdict.json:" },
	{ "findings.0.calls.0.inode", "\"18446744073709551616\"", "verdict.json: calls.inode: digits" },
	{ "findings.0.calls.0.call_ns", "\"1\"", "verdict.json: calls.call_ns: a number" },
	{ "findings.0.calls.0.result", "4294967296", "verdict.json: calls.result: two numbers" },
	{ "findings.0.calls.0.duration_ns", "null", "verdict.json: calls.result: two numbers" },
	{ "findings.0.calls.0.line", "65536", "verdict.json: calls.line: a number" },
	{ "findings.0.calls.0.more", "3", "verdict.json: calls.more: an object" },
	{ "findings.0.calls.0.more.flags", "[\"later\"]", "verdict.json: calls.more.flags: names" },
	{ "findings.0.calls.1.more.blocks.content", "\"soup\"",
	  "verdict.json: calls.more.blocks.content: what a block holds" },
};

static json_t *walk(json_t *at, const char *where, const char **ret_last)
{
	static char words[128];
	char *word;

	snprintf(words, sizeof(words), "%s", where);
	for (word = words; strchr(word, '.'); word = strchr(word, '\0') + 1) {
		*strchr(word, '.') = '\0';
		at = json_is_array(at) ? json_array_get(at, (size_t)atoi(word)) : json_object_get(at, word);
	}
	*ret_last = word;
	return at;
}

START_TEST(damaged_verdict_is_refused)
{
	static const char cell[] = "6.1/get_free_burst";
	struct report_error error;
	json_t *root, *object, *value;
	const char *last;

	enrich(&samples.judgements[SAMPLE_VIOLATION]);
	store(runs[0], cell, &samples.cells[SAMPLE_VIOLATION]);
	ck_assert_int_eq(json_read(path_of(runs[0], cell), "verdict.json", &root, &error), 0);
	object = walk(root, damages[_i].where, &last);
	ck_assert_ptr_nonnull(object);
	value = damages[_i].json ? json_loads(damages[_i].json, JSON_DECODE_ANY, NULL) : NULL;
	if (json_is_array(object))
		json_array_set_new(object, (size_t)atoi(last), value);
	else if (value)
		json_object_set_new(object, last, value);
	else
		json_object_del(object, last);
	if (json_write(path_of(runs[0], cell), "verdict.json", root, &error) < 0)
		ck_abort_msg("%s", error.text);
	assert_refused(damages[_i].words);
}
END_TEST

START_TEST(what_older_files_lack_is_not_known)
{
	static const char *const additions[] = { "traits",
						 "counts.injected_count",
						 "counts.foreign_race_count",
						 "findings.0.known_count",
						 "findings.0.known_bug",
						 "attach_times" };
	static const char cell[] = "6.1/get_free_burst";
	const char *names[] = { runs[0] };
	struct stored_cells stored;
	struct report_error error;
	const char *last;
	json_t *root;

	enrich(&samples.judgements[SAMPLE_VIOLATION]);
	store(runs[0], cell, &samples.cells[SAMPLE_VIOLATION]);
	ck_assert_int_eq(json_read(path_of(runs[0], cell), "verdict.json", &root, &error), 0);
	for (size_t i = 0; i < sizeof(additions) / sizeof(additions[0]); i++) {
		json_t *object = walk(root, additions[i], &last);

		ck_assert_int_eq(json_object_del(object, last), 0);
	}
	ck_assert_int_eq(json_write(path_of(runs[0], cell), "verdict.json", root, &error), 0);
	load(names, 1, &stored);
	ck_assert_uint_eq(stored.cells[0].judgement->traits.has, 0);
	ck_assert_uint_eq(stored.cells[0].judgement->findings[0].known_count, 0);
	stored_cells_fini(&stored);
}
END_TEST

START_TEST(cut_verdict_is_refused)
{
	char *file = strdup(path_of(runs[0], "6.1/get_free_burst/verdict.json"));
	struct stat status;

	store(runs[0], "6.1/get_free_burst", &samples.cells[SAMPLE_VIOLATION]);
	ck_assert_int_eq(stat(file, &status), 0);
	/* The last byte is the newline: without it the file still is whole. */
	for (off_t bytes = status.st_size - 2; bytes >= 0; bytes -= 97) {
		ck_assert_int_eq(truncate(file, bytes), 0);
		assert_refused("verdict.json");
	}
	free(file);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("stored-cells");
	TCase *tcase = tcase_create("cells");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_is_written_comes_back);
	tcase_add_test(tcase, kernels_stand_as_versions_go);
	tcase_add_test(tcase, order_of_the_folders_does_not_matter);
	tcase_add_test(tcase, same_cell_counts_once);
	tcase_add_test(tcase, cell_without_verdict_is_broken);
	tcase_add_test(tcase, verdict_without_record_is_refused);
	tcase_add_test(tcase, interruption_is_kept);
	tcase_add_loop_test(tcase, damaged_verdict_is_refused, 0, (int)(sizeof(damages) / sizeof(damages[0])));
	tcase_add_test(tcase, what_older_files_lack_is_not_known);
	tcase_add_test(tcase, cut_verdict_is_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}
