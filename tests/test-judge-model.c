/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules model and get_free: what they say, and when they say nothing.  What the model itself allows is in
 * test-loop-model.c.
 */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "tests/judge_fixture.h"

static void add_call(unsigned int worker, enum recorder_call call, int result, uint64_t call_ns, uint64_t return_ns)
{
	history_builder_add(&fixture.builder, (struct history_call){
						      .worker = worker,
						      .call = call,
						      .index = 2,
						      .file = 1000 * (worker + 1) + 2,
						      .result = result,
						      .call_ns = call_ns,
						      .return_ns = return_ns,
					      });
}

static void add_open(unsigned int worker, uint64_t call_ns, uint64_t return_ns)
{
	add_call(worker, RECORDER_CALL_open, 12, call_ns, return_ns);
}

START_TEST(result_that_no_order_explains_is_a_violation)
{
	const struct finding *finding;

	add_open(0, 100, 200);
	add_open(1, 100, 200);
	add_bind(0, 2, 1000, 2000);
	add_report(1, 2, 0, 100, 2100, 2200);
	add_clear(0, 2, 0, 2300, 2400);
	/* The second opener keeps it bound. */
	add_report(1, 2, -ENXIO, 0, 3000, 4000);
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	finding = judge_fixture_finding(RULE_model);
	ck_assert_ptr_nonnull(finding);
	ck_assert_uint_eq(finding->count, 1);
	assert_says(finding->text,
		    "worker 1's LOOP_GET_STATUS64(loop2) returned ENXIO (from +0.000003 s to +0.000004 s), "
		    "which no order of the calls explains: loop2 was bound to inode 100, autoclear, and only "
		    "success was possible.  ");
	assert_says(finding->text, "  The model is that of Linux 6.1.0 (traits: remove_hides, ");
	assert_says(finding->text, " by version).");
	ck_assert_uint_ge(finding->call_count, 2);
	for (unsigned int i = 1; i < finding->call_count; i++)
		ck_assert_uint_le(finding->calls[i - 1].record.call_ns, finding->calls[i].record.call_ns);
	ck_assert_int_eq(finding->calls[finding->call_count - 1].record.call, RECORDER_CALL_get_status);
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_get_free], VERDICT_PASS);
	ck_assert_ptr_null(strchr(finding->text, '\n'));
}
END_TEST

START_TEST(violation_says_what_a_probe_has_settled)
{
	const char *text;

	recorder_note(&fixture.builder.recorder, "trait name=deferred_detach value=1");
	recorder_note(&fixture.builder.recorder, "trait name=diskseq value=0");
	add_open(0, 100, 200);
	add_bind(0, 2, 1000, 2000);
	add_clear(0, 2, 0, 2100, 2200);
	/* So it is up to v6.10, but this driver has the change of v6.11. */
	add_bind(0, 2, 2300, 2400);
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	text = judge_fixture_finding(RULE_model)->text;
	assert_says(text, "The model is that of Linux 6.1.0 (traits: remove_hides, ");
	assert_says(text, " by version; deferred_detach settled by a probe).");
	ck_assert(has_trait(fixture.judgement.traits, LOOP_TRAIT_deferred_detach));
	ck_assert(!has_trait(fixture.judgement.traits, LOOP_TRAIT_diskseq));
}
END_TEST

START_TEST(report_that_is_wrong_is_told)
{
	struct history_call call = { .call = RECORDER_CALL_get_status,
				     .index = 2,
				     .file = 1002,
				     .dev = 25,
				     .inode = 100,
				     .detail = 4,
				     .is_extended = true,
				     .offset = 512,
				     .call_ns = 3000,
				     .return_ns = 4000 };

	add_open(0, 100, 200);
	add_bind(0, 2, 1000, 2000);
	history_builder_add(&fixture.builder, call);
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	assert_says(judge_fixture_finding(RULE_model)->text,
		    "worker 0's LOOP_GET_STATUS64(loop2) returned inode 100, autoclear, offset 512 (from ");
	assert_says(judge_fixture_finding(RULE_model)->text, "loop2 was bound to inode 100.");
}
END_TEST

START_TEST(result_that_is_no_errno_is_not_explained)
{
	add_open(0, 100, 200);
	add_failed_bind(0, 2, INT32_MIN, 1000, 2000);
	add_clear(0, 2, INT32_MIN, 2300, 2400);
	add_report(0, 2, INT32_MIN, 0, 3000, 4000);
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	ck_assert_ptr_nonnull(judge_fixture_finding(RULE_model));
}
END_TEST

START_TEST(same_result_is_explained_by_a_close_that_overlaps)
{
	add_open(0, 100, 200);
	add_open(1, 100, 200);
	add_bind(0, 2, 1000, 2000);
	add_report(1, 2, 0, 100, 2100, 2200);
	add_clear(0, 2, 0, 2300, 2400);
	add_close(0, 2, 2500, 2600);
	add_close(1, 2, 2700, 2800);
	add_open(1, 2900, 3000);
	add_report(1, 2, -ENXIO, 0, 3000, 4000);
	judge_fixture_finish();
	assert_verdict(VERDICT_PASS);
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_model], VERDICT_PASS);
}
END_TEST

START_TEST(proof_leaves_out_what_has_nothing_to_do_with_it)
{
	const struct finding *finding;

	add_open(0, 100, 200);
	for (uint64_t now = 1000; now < 20000; now += 1000) {
		add_bind(0, 2, now, now + 100);
		add_report(0, 2, 0, 100, now + 200, now + 300);
		add_clear(0, 2, 0, now + 400, now + 500);
	}
	add_open(1, 20000, 20100);
	add_bind(1, 2, 20200, 20300);
	add_report(0, 2, 0, 101, 20400, 20500);
	add_bind(0, 2, 20600, 20700);
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	finding = judge_fixture_finding(RULE_model);
	ck_assert_ptr_nonnull(finding);
	ck_assert_uint_eq(finding->call_count, 2);
	/* That worker 0 saw who had bound it is enough: the bind itself is not needed. */
	ck_assert_uint_eq(finding->calls[0].record.call_ns, 20400);
	ck_assert_uint_eq(finding->calls[1].record.call_ns, 20600);
}
END_TEST

START_TEST(devices_that_cannot_be_explained_are_counted)
{
	for (int index = 1; index <= 3; index++) {
		add_bind(0, index, 1000 * (uint64_t)index, 1000 * (uint64_t)index + 100);
		add_bind(0, index, 1000 * (uint64_t)index + 200, 1000 * (uint64_t)index + 300);
	}
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	ck_assert_uint_eq(judge_fixture_finding(RULE_model)->count, 3);
	assert_says(judge_fixture_finding(RULE_model)->text, "LOOP_SET_FD(loop1) returned 0");
	assert_says(judge_fixture_finding(RULE_model)->text, "The same holds for 2 other devices.");
}
END_TEST

START_TEST(free_device_that_is_bound_all_the_time_is_a_violation)
{
	const struct finding *finding;

	add_open(0, 100, 200);
	add_bind(0, 2, 1000, 2000);
	add_call(1, RECORDER_CALL_get_free, 2, 2100, 2200);
	add_report(0, 2, 0, 100, 2300, 2400);
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	finding = judge_fixture_finding(RULE_get_free);
	ck_assert_ptr_nonnull(finding);
	assert_says(finding->text, "LOOP_CTL_GET_FREE returned loop2 to worker 1");
	assert_says(finding->text, "loop2 was bound to inode 100");
	ck_assert_uint_eq(finding->call_count, 2);
	ck_assert_int_eq(finding->calls[1].record.call, RECORDER_CALL_get_free);
	/* One fault, one finding. */
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_model], VERDICT_PASS);
}
END_TEST

START_TEST(get_free_fails_for_want_of_memory_and_for_nothing_else)
{
	add_call(0, RECORDER_CALL_get_free, -ENOMEM, 1000, 1100);
	add_call(0, RECORDER_CALL_get_free, -EINTR, 1200, 1300);
	judge_fixture_finish();
	assert_verdict(VERDICT_PASS);
}
END_TEST

START_TEST(get_free_that_makes_no_device_is_a_violation)
{
	const struct finding *finding;

	add_call(0, RECORDER_CALL_get_free, -ENOSPC, 1000, 1100);
	add_call(0, RECORDER_CALL_get_free, -ENOSPC, 1200, 1300);
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	finding = judge_fixture_finding(RULE_get_free);
	ck_assert_ptr_nonnull(finding);
	ck_assert_uint_eq(finding->count, 2);
	ck_assert_uint_eq(finding->call_count, 1);
	assert_says(finding->text, "LOOP_CTL_GET_FREE of worker 0 failed at +0.000001 s with ENOSPC");
}
END_TEST

START_TEST(free_device_that_was_free_for_a_moment_is_sound)
{
	add_open(0, 100, 200);
	add_bind(0, 2, 1000, 2000);
	/* As it began the device was about to be bound, and as it ended it was about to be released. */
	add_call(1, RECORDER_CALL_get_free, 2, 1900, 2100);
	add_clear(0, 2, 0, 2200, 2300);
	add_call(2, RECORDER_CALL_get_free, 2, 2050, 2250);
	judge_fixture_finish();
	assert_verdict(VERDICT_PASS);
}
END_TEST

START_TEST(kernel_that_is_not_known_has_no_model)
{
	add_open(0, 100, 200);
	add_report(0, 2, 0, 4711, 1000, 2000);
	judge_fixture_finish();
	fixture.evidence.kernel.major = 0;
	fixture.evidence.kernel.minor = 0;
	assert_verdict(VERDICT_PASS);
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_model], VERDICT_SKIP);
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_get_free], VERDICT_SKIP);
	/* The one inside the harness is. */
	fixture.scenario.kernel = SCENARIO_KERNEL_model;
	assert_verdict(VERDICT_VIOLATION);
	ck_assert_ptr_null(strstr(judge_fixture_finding(RULE_model)->text, "Linux"));
}
END_TEST

START_TEST(others_on_the_same_machine_may_bind_devices_too)
{
	add_open(0, 100, 200);
	add_failed_bind(0, 2, -EBUSY, 1000, 2000);
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	fixture.evidence.is_shared = true;
	assert_verdict(VERDICT_PASS);
	/* Nobody shares the driver inside the harness. */
	fixture.scenario.kernel = SCENARIO_KERNEL_model;
	assert_verdict(VERDICT_VIOLATION);
}
END_TEST

START_TEST(history_without_order_is_unknown)
{
	add_open(0, 100, 900);
	add_bind(0, 2, 800, 1000);
	judge_fixture_finish();
	assert_verdict(VERDICT_UNKNOWN);
	assert_says(fixture.judgement.reason, "model: the times of worker 0 run backwards");
}
END_TEST

START_TEST(double_bind_that_is_planted_is_not_a_second_fault)
{
	static const char *const planted[] = { "exclusive_bind", "identity" };

	add_bind(2, 7, 1000, 2000);
	add_bind(3, 7, 3000, 4000);
	add_report(2, 7, 0, 103, 5000, 6000);
	judge_fixture_finish();
	judge_fixture_expect(EXPECT_violation, COMPARE_EQUAL, 0, planted[_i]);
	judge_fixture_judge();
	ck_assert(judge_fixture_finding(RULE_model)->is_expected);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("judge-model");
	TCase *tcase = tcase_create("rules");

	tcase_add_checked_fixture(tcase, judge_fixture_setup, judge_fixture_teardown);
	tcase_add_test(tcase, result_that_no_order_explains_is_a_violation);
	tcase_add_test(tcase, violation_says_what_a_probe_has_settled);
	tcase_add_test(tcase, report_that_is_wrong_is_told);
	tcase_add_test(tcase, result_that_is_no_errno_is_not_explained);
	tcase_add_test(tcase, same_result_is_explained_by_a_close_that_overlaps);
	tcase_add_test(tcase, proof_leaves_out_what_has_nothing_to_do_with_it);
	tcase_add_test(tcase, devices_that_cannot_be_explained_are_counted);
	tcase_add_test(tcase, free_device_that_is_bound_all_the_time_is_a_violation);
	tcase_add_test(tcase, get_free_fails_for_want_of_memory_and_for_nothing_else);
	tcase_add_test(tcase, get_free_that_makes_no_device_is_a_violation);
	tcase_add_test(tcase, free_device_that_was_free_for_a_moment_is_sound);
	tcase_add_test(tcase, kernel_that_is_not_known_has_no_model);
	tcase_add_test(tcase, others_on_the_same_machine_may_bind_devices_too);
	tcase_add_test(tcase, history_without_order_is_unknown);
	tcase_add_loop_test(tcase, double_bind_that_is_planted_is_not_a_second_fault, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
