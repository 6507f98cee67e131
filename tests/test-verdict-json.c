/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of the made-up run of report_samples.h: what they say of a proof, of the calls in it, and of repeats. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/reports.h"
#include "tests/report_samples.h"

static struct report_samples samples;

static void setup(void)
{
	report_samples_init(&samples);
}

static void teardown(void)
{
	report_samples_fini(&samples);
}

static json_t *parse(char *text)
{
	json_error_t json_error;
	json_t *root = text ? json_loads(text, JSON_REJECT_DUPLICATES, &json_error) : NULL;

	ck_assert_msg(root != NULL, "%s", text ? json_error.text : "no memory");
	free(text);
	return root;
}

START_TEST(verdict_json_tells_the_proof)
{
	json_t *root = parse(report_verdict_json(&samples.run));
	json_t *cell = json_array_get(json_object_get(root, "cells"), SAMPLE_VIOLATION);
	json_t *finding = json_array_get(json_object_get(cell, "findings"), 0);
	json_t *first = json_array_get(json_object_get(finding, "calls"), 0);
	json_t *last = json_array_get(json_object_get(finding, "calls"), 2);

	ck_assert_str_eq(json_string_value(json_object_get(root, "verdict")), "VIOLATION");
	ck_assert_int_eq(json_integer_value(json_object_get(root, "exit_code")), 1);
	ck_assert_str_eq(json_string_value(json_object_get(cell, "seed")), "0xfedcba9876543210");
	ck_assert_str_eq(json_string_value(json_object_get(finding, "rule")), "exclusive_bind");
	ck_assert_str_eq(json_string_value(json_object_get(first, "call")), "LOOP_CONFIGURE");
	ck_assert_str_eq(json_string_value(json_object_get(first, "error_name")), "EBUSY");
	ck_assert_str_eq(json_string_value(json_object_get(first, "inode")), "18446744073709551615");
	ck_assert_int_eq(json_integer_value(json_object_get(first, "duration_ns")), 50000);
	ck_assert(json_is_null(json_object_get(last, "result")));
	ck_assert(json_is_null(json_object_get(last, "duration_ns")));
	json_decref(root);
	root = parse(report_run_json(&samples.run));
	ck_assert_uint_eq(json_array_size(json_object_get(root, "cells")), SAMPLE_COUNT);
	json_decref(root);
	root = parse(report_cell_json(&samples.cells[SAMPLE_BROKEN]));
	ck_assert(json_is_null(json_object_get(root, "directory")));
	json_decref(root);
}
END_TEST

START_TEST(verdict_json_tells_the_second_half_of_a_record)
{
	struct finding *finding = &samples.cells[SAMPLE_VIOLATION].judgement->findings[0];
	struct recorder_record *record = &finding->calls[0].record;
	json_t *root, *call, *more;

	record->line = 23;
	record->partition = 1;
	record->is_extended = 1;
	record->offset = UINT64_MAX;
	record->block_size = 512;
	record->call_flags = RECORDER_FLAG_COMPAT;
	finding->calls[1].record = *record;
	finding->calls[1].record.call = RECORDER_CALL_read;
	finding->calls[1].record.content = RECORDER_CONTENT_tags;
	finding->calls[1].record.owner = 3;
	finding->calls[2].record.call = RECORDER_CALL_uevent;
	root = parse(report_cell_json(&samples.cells[SAMPLE_VIOLATION]));
#define CALL(at) json_array_get(json_object_get(json_array_get(json_object_get(root, "findings"), 0), "calls"), at)
	call = CALL(0);
	more = json_object_get(call, "more");
	ck_assert_int_eq(json_integer_value(json_object_get(call, "line")), 23);
	ck_assert_int_eq(json_integer_value(json_object_get(call, "partition")), 1);
	ck_assert_str_eq(json_string_value(json_object_get(more, "offset")), "18446744073709551615");
	ck_assert_int_eq(json_integer_value(json_object_get(more, "block_size")), 512);
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(more, "flags"), 0)), "compat");
	ck_assert_ptr_null(json_object_get(more, "blocks"));
	more = json_object_get(CALL(1), "more");
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(more, "blocks"), "owner")), 3);
	ck_assert_ptr_null(json_object_get(more, "block_size"));
	ck_assert(json_is_null(json_object_get(CALL(2), "worker")));
	ck_assert(json_is_null(json_object_get(CALL(2), "line")));
	ck_assert(json_is_null(json_object_get(CALL(2), "more")));
	json_decref(root);
}
END_TEST

START_TEST(verdict_json_tells_what_is_flaky)
{
	json_t *root = parse(report_verdict_json(&samples.run));
	json_t *flaky;

	ck_assert_uint_eq(json_array_size(json_object_get(root, "flaky")), 0);
	json_decref(root);
	/* The two stand apart from each other in the run. */
	samples.judgements[SAMPLE_EXPECTED].verdict = VERDICT_VIOLATION;
	ck_assert_int_eq(cell_record_set(&samples.records[SAMPLE_EXPECTED].scenario, "get_free_race"), 0);
	root = parse(report_verdict_json(&samples.run));
	flaky = json_array_get(json_object_get(root, "flaky"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(flaky, "scenario")), "get_free_race");
	ck_assert_int_eq(json_integer_value(json_object_get(flaky, "violation_count")), 1);
	ck_assert_double_eq_tol(json_real_value(json_object_get(flaky, "rate")), 0.5, 1e-9);
	ck_assert_double_eq_tol(json_real_value(json_object_get(flaky, "rate_high")), 0.987420883, 1e-9);
	json_decref(root);
}
END_TEST

START_TEST(repeats_are_told_apart)
{
	char *text;

	samples.cells[SAMPLE_PASS].repeat = 2;
	text = report_ktap(&samples.run);
	ck_assert_ptr_nonnull(strstr(text, "    # Subtest: get_free_race-2\n"));
	ck_assert_ptr_nonnull(strstr(text, "  ok 1 get_free_race-2\n"));
	free(text);
	text = report_junit(&samples.run);
	ck_assert_ptr_nonnull(strstr(text, "<testsuite name=\"6.1.0-56-cloud-amd64.get_free_race-2\""));
	ck_assert_ptr_nonnull(strstr(text, "classname=\"6.1.0-56-cloud-amd64.get_free_race-2\" name=\"run\""));
	free(text);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("verdict-json");
	TCase *tcase = tcase_create("calls");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, verdict_json_tells_the_proof);
	tcase_add_test(tcase, verdict_json_tells_the_second_half_of_a_record);
	tcase_add_test(tcase, verdict_json_tells_what_is_flaky);
	tcase_add_test(tcase, repeats_are_told_apart);
	suite_add_tcase(suite, tcase);
	return suite;
}
