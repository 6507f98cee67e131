/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules exclusive_bind and identity: for each way of breaking them a history that does, and the near misses that a
 * sound kernel can produce.
 */
#include <check.h>
#include <errno.h>
#include <linux/loop.h>
#include <string.h>

#include "core/looprace.h"
#include "tests/judge_fixture.h"

static const struct finding *double_bind(void)
{
	judge_fixture_judge();
	return judge_fixture_finding(RULE_exclusive_bind);
}

static void assert_sound(void)
{
	const struct finding *finding = double_bind();

	ck_assert_msg(!finding, "%s", finding ? finding->text : "");
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_exclusive_bind], VERDICT_PASS);
}

static void assert_double_bind(uint64_t count)
{
	const struct finding *finding = double_bind();

	ck_assert_ptr_nonnull(finding);
	ck_assert_int_eq(finding->verdict, VERDICT_VIOLATION);
	ck_assert_uint_eq(finding->count, count);
	ck_assert_uint_ge(finding->call_count, 2);
	for (unsigned int i = 1; i < finding->call_count; i++)
		ck_assert_uint_le(finding->calls[i - 1].record.call_ns, finding->calls[i].record.call_ns);
}

/* --- exclusive_bind --- */

START_TEST(two_binds_without_a_release_are_a_violation)
{
	const struct finding *finding;

	add_bind(0, 2, 1000, 2000);
	add_bind(1, 2, 3000, 4000);
	add_clear(0, 2, 0, 5000, 6000);
	judge_fixture_finish();
	assert_double_bind(1);
	finding = judge_fixture_finding(RULE_exclusive_bind);
	assert_says(finding->text, "worker 0 bound loop2 to inode 100 (LOOP_SET_FD, from +0.000001 s to +0.000002 s)");
	assert_says(finding->text, "worker 1 bound loop2 to inode 101");
	assert_says(finding->text, "Nobody had asked for a release of loop2 in between");
	assert_says(finding->text, "EBUSY to the second");
	/* The two binds, and the release that came too late. */
	ck_assert_uint_eq(finding->call_count, 3);
	ck_assert_int_eq(finding->calls[2].record.call, RECORDER_CALL_clr_fd);
	ck_assert_int_eq(fixture.judgement.verdict, VERDICT_VIOLATION);
	assert_says(fixture.judgement.reason, "exclusive_bind: worker 0 bound loop2");
}
END_TEST

START_TEST(release_between_two_binds_is_sound)
{
	add_bind(0, 2, 1000, 2000);
	add_clear(0, 2, 0, 2100, 2200);
	add_bind(1, 2, 3000, 4000);
	judge_fixture_finish();
	assert_sound();
}
END_TEST

START_TEST(release_that_overlaps_both_binds_is_sound)
{
	add_bind(0, 2, 1000, 2000);
	add_clear(2, 2, 0, 1500, 9000);
	add_bind(1, 2, 3000, 4000);
	judge_fixture_finish();
	assert_sound();
}
END_TEST

START_TEST(release_that_never_returned_may_have_had_its_effect)
{
	add_bind(0, 2, 1000, 2000);
	add_clear(0, 2, 0, 2100, 0);
	add_bind(1, 2, 3000, 4000);
	judge_fixture_cut_off(RECORDER_PHASE_run, ENDING_vanished);
	assert_sound();
}
END_TEST

START_TEST(release_asked_for_after_the_second_bind_comes_too_late)
{
	add_bind(0, 2, 1000, 2000);
	add_bind(1, 2, 3000, 4000);
	add_clear(0, 2, 0, 4001, 0);
	judge_fixture_cut_off(RECORDER_PHASE_run, ENDING_vanished);
	assert_double_bind(1);
}
END_TEST

START_TEST(refused_release_is_none)
{
	add_bind(0, 2, 1000, 2000);
	add_clear(2, 2, -ENXIO, 2100, 2200);
	add_bind(1, 2, 3000, 4000);
	judge_fixture_finish();
	assert_double_bind(1);
}
END_TEST

START_TEST(release_of_another_device_is_none)
{
	add_bind(0, 2, 1000, 2000);
	add_clear(2, 3, 0, 2100, 2200);
	add_clear(2, 1, 0, 2300, 2400);
	add_bind(1, 2, 3000, 4000);
	judge_fixture_finish();
	assert_double_bind(1);
}
END_TEST

START_TEST(one_release_does_not_serve_two_pairs)
{
	const struct finding *finding;

	add_bind(0, 2, 1000, 2000);
	add_clear(0, 2, 0, 2100, 5000);
	add_bind(1, 2, 3000, 3500);
	add_bind(2, 2, 4000, 4500);
	judge_fixture_finish();
	assert_double_bind(1);
	finding = judge_fixture_finding(RULE_exclusive_bind);
	assert_says(finding->text, "The 1 release of loop2 asked for at that time is needed between other binds");
}
END_TEST

START_TEST(two_releases_serve_two_pairs)
{
	add_bind(0, 2, 1000, 2000);
	add_clear(0, 2, 0, 2100, 5000);
	add_bind(1, 2, 3000, 3500);
	/* It ends first, so it must be kept for the first pair, and the long one for the second. */
	add_clear(3, 2, 0, 2200, 2300);
	add_bind(2, 2, 4000, 4500);
	judge_fixture_finish();
	assert_sound();
}
END_TEST

START_TEST(release_that_was_not_needed_does_not_serve_a_later_pair)
{
	add_bind(0, 2, 1000, 2000);
	add_clear(0, 2, 0, 2100, 2200);
	add_clear(3, 2, 0, 2100, 2300);
	add_bind(1, 2, 3000, 3500);
	add_bind(2, 2, 4000, 4500);
	judge_fixture_finish();
	assert_double_bind(1);
	assert_says(judge_fixture_finding(RULE_exclusive_bind)->text, "Nobody had asked");
}
END_TEST

START_TEST(overlapping_binds_that_both_win_are_a_violation)
{
	add_bind(0, 2, 1000, 4000);
	add_bind(1, 2, 1100, 3900);
	add_clear(0, 2, 0, 5000, 6000);
	judge_fixture_finish();
	assert_double_bind(1);
	assert_says(judge_fixture_finding(RULE_exclusive_bind)->text, "EBUSY to one of the two");
}
END_TEST

START_TEST(overlapping_binds_may_come_in_either_order)
{
	/* Worker 0 took effect first although it returned last: bind at 2000, release at 3500, bind at 7000. */
	add_bind(0, 2, 1000, 10000);
	add_clear(2, 2, 0, 3000, 4000);
	add_bind(1, 2, 6000, 9000);
	judge_fixture_finish();
	assert_sound();
}
END_TEST

START_TEST(bind_that_lost_or_never_returned_does_not_count)
{
	add_bind(0, 2, 1000, 2000);
	add_failed_bind(1, 2, -EBUSY, 1500, 3000);
	add_failed_bind(2, 2, 0, 1500, 0);
	judge_fixture_cut_off(RECORDER_PHASE_run, ENDING_vanished);
	assert_sound();
}
END_TEST

START_TEST(binds_of_two_devices_have_nothing_to_do_with_each_other)
{
	add_bind(0, 2, 1000, 2000);
	add_bind(1, 3, 3000, 4000);
	judge_fixture_finish();
	assert_sound();
}
END_TEST

START_TEST(close_of_an_autoclear_device_releases_it)
{
	add_configure(0, 2, LO_FLAGS_AUTOCLEAR, 1000, 2000);
	add_close(0, 2, 2100, 2200);
	add_configure(1, 2, LO_FLAGS_AUTOCLEAR, 3000, 4000);
	judge_fixture_finish();
	assert_sound();
}
END_TEST

START_TEST(close_of_any_other_device_does_not)
{
	add_configure(0, 2, 0, 1000, 2000);
	add_close(0, 2, 2100, 2200);
	add_configure(1, 2, 0, 3000, 4000);
	judge_fixture_finish();
	assert_double_bind(1);
}
END_TEST

START_TEST(autoclear_set_by_a_later_call_counts_too)
{
	add_bind(0, 2, 1000, 2000);
	history_builder_add(&fixture.builder, (struct history_call){
						      .worker = 0,
						      .call = RECORDER_CALL_set_status,
						      .index = 2,
						      .file = 1002,
						      .call_ns = 2010,
						      .return_ns = 2020,
						      .detail = LO_FLAGS_AUTOCLEAR,
					      });
	add_close(0, 2, 2100, 0);
	add_bind(1, 2, 3000, 4000);
	judge_fixture_cut_off(RECORDER_PHASE_run, ENDING_vanished);
	assert_sound();
}
END_TEST

static void add_call_on(unsigned int worker, enum recorder_call call, uint32_t file, int result, uint64_t call_ns,
			uint64_t return_ns)
{
	history_builder_add(&fixture.builder, (struct history_call){
						      .worker = worker,
						      .call = call,
						      .index = 2,
						      .file = file,
						      .result = result,
						      .call_ns = call_ns,
						      .return_ns = return_ns,
					      });
}

START_TEST(close_of_another_description_of_the_same_worker_is_no_release)
{
	add_configure(0, 2, LO_FLAGS_AUTOCLEAR, 1000, 2000);
	add_close(0, 2, 2100, 2200);
	add_configure(1, 2, 0, 3000, 4000);
	/* Worker 0 opened the device again and lost. */
	add_call_on(0, RECORDER_CALL_set_fd, 77, -EBUSY, 4100, 4200);
	add_call_on(0, RECORDER_CALL_close, 77, 0, 4300, 4400);
	add_configure(2, 2, 0, 5000, 6000);
	judge_fixture_finish();
	assert_double_bind(1);
}
END_TEST

START_TEST(close_of_a_shared_description_by_another_worker_is_a_release)
{
	add_configure(0, 2, LO_FLAGS_AUTOCLEAR, 1000, 2000);
	add_call_on(3, RECORDER_CALL_close, 1002, 0, 2100, 2200);
	add_configure(1, 2, 0, 3000, 4000);
	judge_fixture_finish();
	assert_sound();
}
END_TEST

START_TEST(release_by_the_number_of_its_ioctl_is_a_release)
{
	add_bind(0, 2, 1000, 2000);
	history_builder_add(&fixture.builder, (struct history_call){
						      .worker = 0,
						      .call = RECORDER_CALL_other_ioctl,
						      .index = 2,
						      .file = 1002,
						      .call_ns = 2100,
						      .return_ns = 2200,
						      .is_extended = true,
						      .value = LOOP_CLR_FD,
					      });
	add_bind(1, 2, 3000, 4000);
	judge_fixture_finish();
	assert_sound();
	judge_fixture_judge();
	ck_assert_ptr_null(judge_fixture_finding(RULE_model));
}
END_TEST

START_TEST(report_through_a_shared_description_may_be_of_a_later_binding)
{
	add_configure(0, 2, 0, 1000, 2000);
	add_call_on(3, RECORDER_CALL_clr_fd, 1002, 0, 2100, 2200);
	add_configure(1, 2, 0, 3000, 4000);
	add_report(0, 2, 0, 101, 5000, 6000);
	judge_fixture_finish();
	judge_fixture_judge();
	ck_assert_ptr_null(judge_fixture_finding(RULE_identity));
}
END_TEST

START_TEST(what_a_full_area_left_out_is_nobodys_fault)
{
	add_bind(0, 2, 1000, 2000);
	add_bind(1, 2, 3000, 4000);
	add_clear(1, 2, 0, 5000, 6000);
	atomic_store(&fixture.builder.recorder.areas[0].is_full, 1);
	judge_fixture_finish();
	/* Worker 0 may have released the device after 2000; nobody wrote it down. */
	assert_sound();
	assert_says(fixture.judgement.reason, "the record of worker 0 was full");
}
END_TEST

START_TEST(every_double_bind_is_counted_and_the_first_is_told)
{
	for (uint64_t i = 0; i < 10; i++) {
		add_bind(0, 3, 10000 + i * 1000, 10100 + i * 1000);
		add_bind(1, 3, 10200 + i * 1000, 10300 + i * 1000);
		add_clear(1, 3, 0, 10400 + i * 1000, 10500 + i * 1000);
	}
	add_bind(2, 5, 10150, 10160);
	add_bind(3, 5, 10210, 10220);
	judge_fixture_finish();
	assert_double_bind(11);
	assert_says(judge_fixture_finding(RULE_exclusive_bind)->text, "loop5");
}
END_TEST

/*
 * A sound kernel, drawn at random: binds and releases take effect one after the other, and each call spans the moment of
 * its effect by a random time on both sides.  However they come to overlap, nobody may be accused; and when one release
 * of a tight history is taken out, it must be seen.
 */
static void add_random_history(struct looprace_random *random, unsigned int bind_count, unsigned int skipped_release,
			       uint64_t slack_ns)
{
	/* Each worker makes one call at a time. */
	uint64_t free_ns[4] = { 0 };
	uint64_t now_ns = 100000;

	for (unsigned int i = 0; i < bind_count * 2; i++) {
		unsigned int worker = (unsigned int)looprace_random_below(random, 4);
		uint64_t call_ns, return_ns;

		now_ns += 1 + looprace_random_below(random, 50);
		if (free_ns[worker] >= now_ns)
			now_ns = free_ns[worker] + 1;
		call_ns = now_ns - looprace_random_below(random, slack_ns + 1);
		if (call_ns <= free_ns[worker])
			call_ns = free_ns[worker] + 1;
		return_ns = now_ns + 1 + looprace_random_below(random, slack_ns + 1);
		free_ns[worker] = return_ns;
		if (i % 2 == 0)
			add_bind(worker, 0, call_ns, return_ns);
		else if (i / 2 != skipped_release)
			add_clear(worker, 0, 0, call_ns, return_ns);
	}
}

START_TEST(sound_kernel_is_never_accused)
{
	struct looprace_random random;

	looprace_random_seed(&random, 7, 0);
	for (int round = 0; round < 300; round++) {
		judge_fixture_teardown();
		judge_fixture_setup();
		add_random_history(&random, 200, UINT32_MAX, looprace_random_below(&random, 2000));
		judge_fixture_finish();
		assert_sound();
	}
}
END_TEST

START_TEST(missing_release_is_found_where_calls_do_not_overlap)
{
	struct looprace_random random;

	looprace_random_seed(&random, 8, 0);
	for (unsigned int round = 0; round < 50; round++) {
		judge_fixture_teardown();
		judge_fixture_setup();
		add_random_history(&random, 51, round, 0);
		judge_fixture_finish();
		assert_double_bind(1);
	}
}
END_TEST

/* --- identity --- */

START_TEST(report_of_the_own_backing_file_is_sound)
{
	add_bind(0, 2, 1000, 2000);
	add_report(0, 2, 0, 100, 2100, 2200);
	add_clear(0, 2, 0, 2300, 2400);
	judge_fixture_finish();
	assert_verdict(VERDICT_PASS);
}
END_TEST

START_TEST(report_of_another_backing_file_is_a_violation_that_names_its_owner)
{
	const struct finding *finding;

	add_bind(0, 2, 1000, 2000);
	add_bind(3, 5, 1000, 2000);
	add_report(0, 2, 0, 103, 2100, 2200);
	add_report(0, 2, 0, 103, 2300, 2400);
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	finding = judge_fixture_finding(RULE_identity);
	ck_assert_ptr_nonnull(finding);
	ck_assert_uint_eq(finding->count, 2);
	ck_assert_uint_eq(finding->call_count, 3);
	assert_says(finding->text, "worker 0 bound loop2 to inode 100 of device 25");
	assert_says(finding->text, "reported inode 103 of device 25, the backing file of worker 3");
}
END_TEST

START_TEST(report_of_a_backing_file_that_nobody_bound_is_a_violation)
{
	add_bind(0, 2, 1000, 2000);
	add_report(0, 2, 0, 999, 2100, 2200);
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	assert_says(judge_fixture_finding(RULE_identity)->text, "which nobody had bound");
}
END_TEST

/* Such reports are the model's affair. */
static void assert_no_mix_up(void)
{
	judge_fixture_judge();
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_identity], VERDICT_PASS);
}

START_TEST(report_before_the_bind_or_after_its_end_means_nothing)
{
	add_report(0, 2, 0, 555, 100, 200);
	add_bind(0, 2, 1000, 2000);
	add_clear(0, 2, 0, 2300, 2400);
	add_report(0, 2, -ENXIO, 0, 2500, 2600);
	add_report(0, 2, 0, 777, 2700, 2800);
	add_close(0, 2, 2900, 3000);
	add_report(0, 2, 0, 777, 3100, 3200);
	judge_fixture_finish();
	assert_no_mix_up();
}
END_TEST

START_TEST(closed_descriptor_is_not_the_binders_any_more)
{
	add_configure(0, 2, LO_FLAGS_AUTOCLEAR, 1000, 2000);
	add_close(0, 2, 2100, 2200);
	/* The same number, opened again. */
	add_report(0, 2, 0, 777, 2300, 2400);
	judge_fixture_finish();
	assert_no_mix_up();
}
END_TEST

START_TEST(report_through_another_descriptor_means_nothing)
{
	add_bind(0, 2, 1000, 2000);
	history_builder_add(&fixture.builder, (struct history_call){
						      .worker = 0,
						      .call = RECORDER_CALL_get_status,
						      .index = 2,
						      .file = 99,
						      .call_ns = 2100,
						      .return_ns = 2200,
						      .inode = 5,
					      });
	judge_fixture_finish();
	assert_no_mix_up();
}
END_TEST

START_TEST(bound_device_that_is_unbound_is_a_violation)
{
	add_bind(0, 2, 1000, 2000);
	/* Asked for before the bind, on another device, or later: none of them explains it. */
	add_clear(1, 2, 0, 500, 900);
	add_clear(1, 3, 0, 2010, 2020);
	add_clear(1, 2, 0, 2300, 2400);
	add_report(0, 2, -ENXIO, 0, 2100, 2200);
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	assert_says(judge_fixture_finding(RULE_identity)->text, "told it ENXIO");
}
END_TEST

START_TEST(bound_device_that_another_released_may_be_unbound)
{
	add_bind(0, 2, 1000, 2000);
	add_clear(1, 2, 0, 1900, 2050);
	add_report(0, 2, -ENXIO, 0, 2100, 2200);
	judge_fixture_finish();
	assert_verdict(VERDICT_PASS);
}
END_TEST

START_TEST(long_release_by_another_explains_an_unbound_device)
{
	add_clear(1, 2, 0, 500, 9000);
	add_clear(2, 2, 0, 600, 700);
	add_bind(0, 2, 1000, 2000);
	add_report(0, 2, -ENXIO, 0, 2100, 2200);
	judge_fixture_finish();
	assert_verdict(VERDICT_PASS);
}
END_TEST

/* --- while the workers run --- */

START_TEST(live_judge_waits_for_the_slowest_worker)
{
	const struct history *history;

	add_bind(0, 2, 1000, 2000);
	add_bind(1, 2, 3000, 4000);
	add_close(2, 1, 100, 200);
	add_close(3, 1, 8000, 9000);
	add_close(0, 1, 5000, 6000);
	add_close(1, 1, 5000, 6000);
	/* Worker 2 may have released loop2 at any time after 200. */
	history = history_builder_read(&fixture.builder);
	ck_assert_uint_eq(judge_live(history), 0);
	/* It is in a call that began at 4000 at the earliest, so it made no other before. */
	history_builder_add(&fixture.builder, (struct history_call){
						      .worker = 2,
						      .call = RECORDER_CALL_pause,
						      .index = -1,
						      .call_ns = 4000,
					      });
	history = history_builder_read(&fixture.builder);
	ck_assert_uint_eq(judge_live(history), 1);
}
END_TEST

START_TEST(live_judge_does_not_believe_enxio_before_all_releases_are_known)
{
	for (unsigned int worker = 1; worker < 4; worker++)
		add_close(worker, 9, 10, 2000);
	add_bind(0, 2, 1000, 2000);
	add_report(0, 2, -ENXIO, 0, 2100, 2200);
	/* Another worker's release of loop2, called at 2050, may be on its way into the file. */
	ck_assert_uint_eq(judge_live(history_builder_read(&fixture.builder)), 0);
	for (unsigned int worker = 1; worker < 4; worker++)
		add_close(worker, 9, 2300, 2400);
	ck_assert_uint_eq(judge_live(history_builder_read(&fixture.builder)), 1);
}
END_TEST

START_TEST(live_judge_knows_that_a_span_is_written_after_its_calls)
{
	add_bind(0, 2, 1000, 2000);
	add_bind(1, 2, 3000, 4000);
	for (unsigned int worker = 0; worker < 4; worker++)
		add_close(worker, 9, 5000, 6000);
	/* A whole attach is noted when it is over, with the time at which it began. */
	history_builder_add(&fixture.builder,
			    (struct history_call){ .worker = 1, .call = RECORDER_CALL_attach, .call_ns = 2500 });
	ck_assert_uint_eq(judge_live(history_builder_read(&fixture.builder)), 1);
}
END_TEST

START_TEST(live_judge_counts_both_rules)
{
	for (unsigned int worker = 0; worker < 4; worker++)
		add_close(worker, 9, 10, 20);
	add_bind(0, 2, 1000, 2000);
	add_report(0, 2, 0, 999, 2100, 2200);
	add_bind(1, 2, 3000, 4000);
	for (unsigned int worker = 0; worker < 4; worker++)
		add_close(worker, 9, 5000, 6000);
	ck_assert_uint_eq(judge_live(history_builder_read(&fixture.builder)), 2);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("judge-binds");
	TCase *tcase = tcase_create("exclusive_bind");

	tcase_add_checked_fixture(tcase, judge_fixture_setup, judge_fixture_teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, two_binds_without_a_release_are_a_violation);
	tcase_add_test(tcase, release_between_two_binds_is_sound);
	tcase_add_test(tcase, release_that_overlaps_both_binds_is_sound);
	tcase_add_test(tcase, release_that_never_returned_may_have_had_its_effect);
	tcase_add_test(tcase, release_asked_for_after_the_second_bind_comes_too_late);
	tcase_add_test(tcase, refused_release_is_none);
	tcase_add_test(tcase, release_of_another_device_is_none);
	tcase_add_test(tcase, one_release_does_not_serve_two_pairs);
	tcase_add_test(tcase, two_releases_serve_two_pairs);
	tcase_add_test(tcase, release_that_was_not_needed_does_not_serve_a_later_pair);
	tcase_add_test(tcase, overlapping_binds_that_both_win_are_a_violation);
	tcase_add_test(tcase, overlapping_binds_may_come_in_either_order);
	tcase_add_test(tcase, bind_that_lost_or_never_returned_does_not_count);
	tcase_add_test(tcase, binds_of_two_devices_have_nothing_to_do_with_each_other);
	tcase_add_test(tcase, close_of_an_autoclear_device_releases_it);
	tcase_add_test(tcase, close_of_any_other_device_does_not);
	tcase_add_test(tcase, autoclear_set_by_a_later_call_counts_too);
	tcase_add_test(tcase, close_of_another_description_of_the_same_worker_is_no_release);
	tcase_add_test(tcase, release_by_the_number_of_its_ioctl_is_a_release);
	tcase_add_test(tcase, close_of_a_shared_description_by_another_worker_is_a_release);
	tcase_add_test(tcase, what_a_full_area_left_out_is_nobodys_fault);
	tcase_add_test(tcase, every_double_bind_is_counted_and_the_first_is_told);
	tcase_add_test(tcase, sound_kernel_is_never_accused);
	tcase_add_test(tcase, missing_release_is_found_where_calls_do_not_overlap);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("identity");
	tcase_add_checked_fixture(tcase, judge_fixture_setup, judge_fixture_teardown);
	tcase_add_test(tcase, report_of_the_own_backing_file_is_sound);
	tcase_add_test(tcase, report_of_another_backing_file_is_a_violation_that_names_its_owner);
	tcase_add_test(tcase, report_of_a_backing_file_that_nobody_bound_is_a_violation);
	tcase_add_test(tcase, report_before_the_bind_or_after_its_end_means_nothing);
	tcase_add_test(tcase, closed_descriptor_is_not_the_binders_any_more);
	tcase_add_test(tcase, report_through_another_descriptor_means_nothing);
	tcase_add_test(tcase, report_through_a_shared_description_may_be_of_a_later_binding);
	tcase_add_test(tcase, bound_device_that_is_unbound_is_a_violation);
	tcase_add_test(tcase, bound_device_that_another_released_may_be_unbound);
	tcase_add_test(tcase, long_release_by_another_explains_an_unbound_device);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("live");
	tcase_add_checked_fixture(tcase, judge_fixture_setup, judge_fixture_teardown);
	tcase_add_test(tcase, live_judge_waits_for_the_slowest_worker);
	tcase_add_test(tcase, live_judge_does_not_believe_enxio_before_all_releases_are_known);
	tcase_add_test(tcase, live_judge_knows_that_a_span_is_written_after_its_calls);
	tcase_add_test(tcase, live_judge_counts_both_rules);
	suite_add_tcase(suite, tcase);
	return suite;
}
