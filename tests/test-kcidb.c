/* SPDX-License-Identifier: Apache-2.0 */
/* The report for KernelCI: its words for our verdicts, what it quotes and links, and known bugs as its issues. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/report_samples.h"

Suite *test_suite(void);

static struct report_samples samples;

static void setup(void)
{
	report_samples_init(&samples);
}

static void teardown(void)
{
	report_samples_fini(&samples);
}

static json_t *report(void)
{
	char *text = report_kcidb(&samples.run);
	json_error_t json_error;
	json_t *root = text ? json_loads(text, JSON_REJECT_DUPLICATES, &json_error) : NULL;

	ck_assert_msg(root != NULL, "%s", text ? json_error.text : "no memory");
	free(text);
	return root;
}

static const json_t *test_at(const json_t *root, unsigned int at)
{
	return json_array_get(json_object_get(root, "tests"), at);
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void assert_has(const char *text, const char *needle)
{
	ck_assert_ptr_nonnull(text);
	ck_assert_msg(strstr(text, needle) != NULL, "no \"%s\" in: %.2000s", needle, text);
}

/* --- the folder of a cell --- */

static char folder[] = "/tmp/looprace-test-kcidb-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[sizeof(folder) + 32];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void have_folder(const char *console)
{
	static const char *const names[] = { "scenario", "history.bin" };

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(file_write(folder, "console.log", console, strlen(console), NULL), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_int_eq(file_write(folder, names[i], "x", 1, NULL), 0);
	for (unsigned int i = 0; i < SAMPLE_COUNT; i++)
		samples.cells[i].path = folder;
}

static void forget_folder(void)
{
	static const char *const names[] = { "scenario", "history.bin", "console.log" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	ck_assert_int_eq(rmdir(folder), 0);
}

START_TEST(kcidb_tells_the_verdict_in_its_own_words)
{
	static const char *const statuses[SAMPLE_COUNT] = { "PASS", "FAIL", "ERROR", "SKIP", "MISS", "PASS" };
	json_t *root = report();

	for (unsigned int i = 0; i < SAMPLE_COUNT; i++)
		ck_assert_str_eq(text_of(test_at(root, i), "status"), statuses[i]);
	ck_assert_uint_eq(json_array_size(json_object_get(root, "checkouts")), 3);
	ck_assert_ptr_null(json_object_get(test_at(root, SAMPLE_BROKEN), "number"));
	json_decref(root);
}
END_TEST

START_TEST(excerpt_is_the_proof_and_the_log_of_what_is_not_well)
{
	const char *excerpt;
	json_t *root;

	have_folder("[    1.000000] looprace: start\r\n[    2.000000] Kernel panic - not syncing: so it goes\r\n");
	root = report();
	excerpt = text_of(test_at(root, SAMPLE_VIOLATION), "log_excerpt");
	assert_has(excerpt, "exclusive_bind, 17 times: loop3 was bound twice.");
	assert_has(excerpt, "worker 0  LOOP_CONFIGURE(loop3) = -16 EBUSY");
	assert_has(excerpt, "\nKernel log, around the report:\n[    1.000000] looprace: start\n");
	assert_has(text_of(test_at(root, SAMPLE_BROKEN), "log_excerpt"), "Kernel panic");
	ck_assert_ptr_null(json_object_get(test_at(root, SAMPLE_PASS), "log_excerpt"));
	/* What was planted is told; the log of a test that passed is not. */
	excerpt = text_of(test_at(root, SAMPLE_EXPECTED), "log_excerpt");
	assert_has(excerpt, "identity, 17 times");
	ck_assert_ptr_null(strstr(excerpt, "Kernel log"));
	json_decref(root);
	forget_folder();
}
END_TEST

START_TEST(excerpt_is_no_longer_than_allowed)
{
	struct finding *finding = samples.judgements[SAMPLE_VIOLATION].findings;
	const char *excerpt;
	json_t *root;

	/* One byte and then characters of two, so that the limit falls between the two bytes of one. */
	free(finding->text);
	finding->text = malloc(40002);
	ck_assert_ptr_nonnull(finding->text);
	finding->text[0] = 'x';
	for (unsigned int i = 0; i < 20000; i++)
		memcpy(finding->text + 1 + 2 * i, "\xc3\xa4", 2);
	finding->text[40001] = '\0';
	root = report();
	excerpt = text_of(test_at(root, SAMPLE_VIOLATION), "log_excerpt");
	ck_assert_uint_le(strlen(excerpt), 16384);
	ck_assert_uint_gt(strlen(excerpt), 16380);
	ck_assert_str_eq(excerpt + strlen(excerpt) - 2, "\xc3\xa4");
	json_decref(root);
}
END_TEST

START_TEST(files_are_named_where_others_can_reach_them)
{
	const json_t *test, *file;
	json_t *root;

	have_folder("a log\n");
	samples.cells[SAMPLE_PASS].directory = "6.1+deb/get free";
	root = report();
	ck_assert_ptr_null(json_object_get(test_at(root, SAMPLE_PASS), "log_url"));
	ck_assert_ptr_null(json_object_get(test_at(root, SAMPLE_PASS), "output_files"));
	json_decref(root);
	samples.run.evidence_url = "https://ci.example/run-7//";
	root = report();
	test = test_at(root, SAMPLE_PASS);
	ck_assert_str_eq(text_of(test, "log_url"), "https://ci.example/run-7/6.1+deb/get%20free/console.log");
	/* Only what is there. */
	ck_assert_uint_eq(json_array_size(json_object_get(test, "output_files")), 1);
	file = json_array_get(json_object_get(test, "output_files"), 0);
	ck_assert_str_eq(text_of(file, "name"), "history.bin");
	ck_assert_str_eq(text_of(file, "url"), "https://ci.example/run-7/6.1+deb/get%20free/history.bin");
	file = json_array_get(json_object_get(test, "input_files"), 0);
	ck_assert_str_eq(text_of(file, "name"), "scenario");
	json_decref(root);
	forget_folder();
}
END_TEST

START_TEST(every_id_begins_with_the_origin)
{
	static const char *const kinds[] = { "checkouts", "builds", "tests" };
	json_t *root;

	samples.run.kcidb_origin = "my_lab";
	root = report();
	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		const json_t *row;
		size_t at;

		json_array_foreach(json_object_get(root, kinds[kind]), at, row)
		{
			ck_assert_str_eq(text_of(row, "origin"), "my_lab");
			ck_assert_int_eq(strncmp(text_of(row, "id"), "my_lab:", 7), 0);
		}
	}
	/* The tree of tests is looprace's, whoever runs them. */
	ck_assert_str_eq(text_of(test_at(root, SAMPLE_PASS), "path"), "looprace.get_free_race");
	assert_has(text_of(test_at(root, SAMPLE_PASS), "build_id"), "my_lab:");
	json_decref(root);
}
END_TEST

START_TEST(known_bug_is_an_issue_with_an_incident_for_each_test)
{
	static const unsigned int cells[] = { SAMPLE_VIOLATION, SAMPLE_EXPECTED };
	const json_t *issue, *incident;
	json_t *root = report();

	ck_assert_uint_eq(json_array_size(json_object_get(root, "issues")), 0);
	json_decref(root);
	for (size_t i = 0; i < 2; i++) {
		struct finding *finding = samples.judgements[cells[i]].findings;

		finding->known_count = 1;
		finding->known_name = "a bug";
	}
	root = report();
	ck_assert_uint_eq(json_array_size(json_object_get(root, "issues")), 1);
	ck_assert_uint_eq(json_array_size(json_object_get(root, "incidents")), 2);
	issue = json_array_get(json_object_get(root, "issues"), 0);
	incident = json_array_get(json_object_get(root, "incidents"), 1);
	ck_assert_str_eq(text_of(issue, "comment"), "a bug");
	ck_assert_str_eq(text_of(incident, "issue_id"), text_of(issue, "id"));
	ck_assert_str_eq(text_of(incident, "test_id"), text_of(test_at(root, SAMPLE_EXPECTED), "id"));
	json_decref(root);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("kcidb");
	TCase *tcase = tcase_create("kcidb");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, kcidb_tells_the_verdict_in_its_own_words);
	tcase_add_test(tcase, excerpt_is_the_proof_and_the_log_of_what_is_not_well);
	tcase_add_test(tcase, excerpt_is_no_longer_than_allowed);
	tcase_add_test(tcase, files_are_named_where_others_can_reach_them);
	tcase_add_test(tcase, every_id_begins_with_the_origin);
	tcase_add_test(tcase, known_bug_is_an_issue_with_an_incident_for_each_test);
	suite_add_tcase(suite, tcase);
	return suite;
}
