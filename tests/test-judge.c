/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judge as a whole: the rules no_leak, liveness and gave_up, what it counts, how the overall verdict comes about, and
 * how a cited call is written.
 */
#include <check.h>
#include <errno.h>
#include <linux/loop.h>
#include <stdlib.h>
#include <string.h>

#include "core/looprace.h"
#include "tests/judge_fixture.h"

#define GAVE_UP_AT_BIND ((uint64_t)LOOPRACE_STAGE_BIND << 32)

/* Two workers, three tries of which one lost, two attaches. */
static void add_sound_run(void)
{
	atomic_store(&fixture.builder.recorder.header->start_ns, 900);
	add_bind(0, 0, 1000, 2000);
	add_attach(0, 0, 0, 0, 950, 2010);
	add_failed_bind(1, 0, -EBUSY, 1100, 2100);
	history_builder_add(&fixture.builder, (struct history_call){
						      .worker = 1,
						      .call = RECORDER_CALL_pause,
						      .index = -1,
						      .call_ns = 2200,
						      .return_ns = 2700,
						      .try_number = 1,
					      });
	history_builder_add(&fixture.builder, (struct history_call){
						      .worker = 1,
						      .call = RECORDER_CALL_get_free,
						      .index = 1,
						      .result = 1,
						      .call_ns = 2750,
						      .return_ns = 2800,
						      .try_number = 2,
					      });
	history_builder_add(&fixture.builder, (struct history_call){
						      .worker = 1,
						      .call = RECORDER_CALL_configure,
						      .index = 1,
						      .file = 11,
						      .call_ns = 3000,
						      .return_ns = 4000,
						      .dev = 25,
						      .inode = 101,
						      .try_number = 2,
					      });
	add_attach(1, 1, 0, 1, 1050, 4050);
	add_clear(0, 0, 0, 5000, 6000);
	add_clear(1, 1, 0, 5000, 6000);
}

static void setup(void)
{
	judge_fixture_setup();
	add_sound_run();
}

static const struct finding *finding_of(enum rule rule)
{
	judge_fixture_judge();
	return judge_fixture_finding(rule);
}

/* --- the whole --- */

START_TEST(sound_run_passes_and_says_how_often_the_window_was_hit)
{
	static const enum rule with_evidence[] = { RULE_exclusive_bind, RULE_identity,	 RULE_get_free, RULE_model,
						   RULE_no_leak,	RULE_kernel_log, RULE_liveness, RULE_gave_up };

	judge_fixture_finish();
	assert_verdict(VERDICT_PASS);
	ck_assert_str_eq(fixture.judgement.reason, "1 of 3 tries lost a race (33.3 %)");
	ck_assert_uint_eq(fixture.judgement.finding_count, 0);
	/* It reads no data and no sysfs, and hears no uevents. */
	for (unsigned int rule = 0; rule < RULE_COUNT; rule++)
		ck_assert_int_le(fixture.judgement.rule_verdicts[rule], VERDICT_PASS);
	for (size_t i = 0; i < sizeof(with_evidence) / sizeof(with_evidence[0]); i++)
		ck_assert_int_eq(fixture.judgement.rule_verdicts[with_evidence[i]], VERDICT_PASS);
}
END_TEST

START_TEST(rules_about_calls_have_no_evidence_where_there_is_no_call)
{
	judge_fixture_teardown();
	judge_fixture_setup();
	judge_fixture_finish();
	fixture.evidence.skip_reason = "loop_configure";
	assert_verdict(VERDICT_SKIP);
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_exclusive_bind], VERDICT_SKIP);
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_gave_up], VERDICT_SKIP);
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_kernel_log], VERDICT_PASS);
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_no_leak], VERDICT_SKIP);
}
END_TEST

START_TEST(counts_are_exact)
{
	const struct judgement_counts *counts = &fixture.judgement.counts;

	atomic_store(&fixture.builder.recorder.header->end_ns, 10900);
	add_attach(2, -1, LOOP_ATTACH_GAVE_UP, 64, 100, 200);
	add_attach(2, -1, -ENXIO, 0, 300, 400);
	add_attach(2, -1, -ECANCELED, 0, 500, 600);
	history_builder_add(&fixture.builder, (struct history_call){
						      .worker = 3,
						      .call = RECORDER_CALL_open,
						      .index = 4,
						      .result = -ENXIO,
						      .call_ns = 700,
						      .return_ns = 800,
						      .try_number = 1,
					      });
	/* Loop-control is nobody's device. */
	history_builder_add(&fixture.builder, (struct history_call){
						      .worker = 3,
						      .call = RECORDER_CALL_open,
						      .index = -1,
						      .result = -ENOENT,
						      .call_ns = 900,
						      .return_ns = 950,
						      .try_number = 2,
					      });
	judge_fixture_finish();
	judge_fixture_judge();
	ck_assert_uint_eq(counts->record_count, 14);
	ck_assert_uint_eq(counts->attach_count, 2);
	ck_assert_uint_eq(counts->gave_up_count, 1);
	ck_assert_uint_eq(counts->failed_count, 1);
	ck_assert_uint_eq(counts->bind_count, 3);
	ck_assert_uint_eq(counts->lost_bind_count, 1);
	ck_assert_uint_eq(counts->lost_try_count, 2);
	ck_assert_uint_eq(counts->get_free_count, 1);
	ck_assert_uint_eq(counts->paused_ns, 500);
	ck_assert_uint_eq(counts->run_ns, 10000);
	ck_assert_uint_eq(counts->attach_p50_ns, 1060);
	ck_assert_uint_eq(counts->attach_p99_ns, 3000);
	ck_assert_uint_eq(counts->attach_max_ns, 3000);
}
END_TEST

START_TEST(times_of_attaches_are_told_by_the_tries_they_lost)
{
	static const struct {
		uint32_t lost_count;
		unsigned int begin;
	} cases[] = { { 0, 0 }, { 1, 1 }, { 2, 2 }, { 3, 2 }, { 4, 4 }, { 15, 8 }, { 16, 16 }, { UINT32_MAX, 16 } };
	const struct judgement_counts *counts = &fixture.judgement.counts;
	/* Of the sound run. */
	uint64_t seen[ATTACH_LOSS_COUNT] = { 1, 1 };

	/* The upper half of an attach's detail is the stage it ended in. */
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		add_attach(2, 5, 0, UINT64_C(3) << 32 | cases[i].lost_count, 20000, 20000 + 5000);
	add_attach(2, -1, LOOP_ATTACH_GAVE_UP, 4, 100, 200);
	judge_fixture_finish();
	judge_fixture_judge();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (unsigned int loss = 0; loss < ATTACH_LOSS_COUNT; loss++)
			seen[loss] += attach_loss_begin(loss) == cases[i].begin;
	for (unsigned int loss = 0; loss < ATTACH_LOSS_COUNT; loss++)
		ck_assert_uint_eq(histogram_total(&counts->attach_times[loss]), seen[loss]);
	ck_assert_uint_eq(counts->attach_times[3].counts[histogram_bin(5000)], 1);
	ck_assert(judgement_has_attach_times(counts));
}
END_TEST

START_TEST(percentiles_are_those_of_the_sorted_durations)
{
	/* 100, 99, ... 3 and the two of setup(), 1060 and 3000. */
	for (uint64_t i = 100; i >= 3; i--)
		add_attach(2, 5, 0, 0, 100000 + i * 1000, 100000 + i * 1000 + i);
	judge_fixture_finish();
	judge_fixture_judge();
	ck_assert_uint_eq(fixture.judgement.counts.attach_p50_ns, 52);
	ck_assert_uint_eq(fixture.judgement.counts.attach_p99_ns, 1060);
	ck_assert_uint_eq(fixture.judgement.counts.attach_max_ns, 3000);
}
END_TEST

START_TEST(guest_that_skips_is_skipped)
{
	judge_fixture_cut_off(RECORDER_PHASE_setup, ENDING_vanished);
	fixture.evidence.skip_reason = "needs /dev/loop-control (v3.1)";
	assert_verdict(VERDICT_SKIP);
	ck_assert_str_eq(fixture.judgement.reason, "needs /dev/loop-control (v3.1)");
}
END_TEST

START_TEST(guest_that_is_broken_is_broken)
{
	judge_fixture_cut_off(RECORDER_PHASE_setup, ENDING_vanished);
	fixture.evidence.skip_reason = "needs something";
	fixture.evidence.broken_reason = "cannot mount tmpfs:\nNo such device";
	assert_verdict(VERDICT_BROKEN);
	ck_assert_str_eq(fixture.judgement.reason, "cannot mount tmpfs: No such device");
}
END_TEST

START_TEST(violation_outweighs_that_the_guest_is_broken)
{
	add_bind(2, 7, 1000, 2000);
	add_bind(3, 7, 3000, 4000);
	judge_fixture_finish();
	fixture.evidence.broken_reason = "no memory";
	assert_verdict(VERDICT_VIOLATION);
}
END_TEST

START_TEST(worst_finding_comes_first)
{
	add_bind(2, 7, 1000, 2000);
	add_bind(3, 7, 3000, 4000);
	add_clear(3, 7, 0, 5000, 6000);
	add_attach(3, -1, -ENXIO, 0, 7000, 8000);
	judge_fixture_finish();
	fixture.evidence.ending = ENDING_killed;
	assert_verdict(VERDICT_VIOLATION);
	ck_assert_uint_eq(fixture.judgement.finding_count, 4);
	ck_assert_int_eq(fixture.judgement.findings[0].rule, RULE_exclusive_bind);
	ck_assert_int_eq(fixture.judgement.findings[1].rule, RULE_model);
	ck_assert_int_eq(fixture.judgement.findings[2].rule, RULE_gave_up);
	ck_assert_int_eq(fixture.judgement.findings[3].rule, RULE_liveness);
	ck_assert_int_eq(fixture.judgement.findings[3].verdict, VERDICT_BROKEN);
}
END_TEST

START_TEST(planted_violation_that_is_found_passes)
{
	add_bind(2, 7, 1000, 2000);
	add_bind(3, 7, 3000, 4000);
	judge_fixture_finish();
	judge_fixture_expect(EXPECT_violation, COMPARE_EQUAL, 0, "exclusive_bind");
	assert_verdict(VERDICT_PASS);
	assert_says(fixture.judgement.reason, "the planted fault was found: exclusive_bind broken 1 time; ");
	ck_assert(judge_fixture_finding(RULE_exclusive_bind)->is_expected);
	/* Anything else that is wrong is wrong. */
	fixture.evidence.module_remove_error = EAGAIN;
	assert_verdict(VERDICT_VIOLATION);
	ck_assert(!judge_fixture_finding(RULE_no_leak)->is_expected);
}
END_TEST

START_TEST(planted_violation_that_is_not_found_is_broken)
{
	judge_fixture_finish();
	judge_fixture_expect(EXPECT_violation, COMPARE_EQUAL, 0, "exclusive_bind");
	assert_verdict(VERDICT_BROKEN);
	assert_says(fixture.judgement.reason, "the planted fault was not found");
	judge_fixture_expect(EXPECT_violation, COMPARE_EQUAL, 0, "none");
	assert_verdict(VERDICT_PASS);
}
END_TEST

START_TEST(planted_panic_may_be_named_by_either_of_its_rules)
{
	judge_fixture_set_console("[    3.0] sysrq: Trigger a crash\n"
				  "[    3.1] Kernel panic - not syncing: sysrq triggered crash\n");
	judge_fixture_cut_off(RECORDER_PHASE_run, ENDING_vanished);
	assert_verdict(VERDICT_VIOLATION);
	ck_assert_uint_eq(fixture.judgement.finding_count, 2);
	judge_fixture_expect(EXPECT_violation, COMPARE_EQUAL, 0, "liveness");
	assert_verdict(VERDICT_PASS);
	judge_fixture_expect(EXPECT_violation, COMPARE_EQUAL, 0, "kernel_log");
	assert_verdict(VERDICT_PASS);
	/* But not when the log tells of a bug as well. */
	judge_fixture_set_console("[    2.0] WARNING: CPU: 0 PID: 1 at drivers/block/loop.c:1\n");
	judge_fixture_expect(EXPECT_violation, COMPARE_EQUAL, 0, "liveness");
	assert_verdict(VERDICT_VIOLATION);
}
END_TEST

START_TEST(planted_double_bind_may_mix_up_owners_too)
{
	add_bind(2, 7, 1000, 2000);
	add_bind(3, 7, 3000, 4000);
	add_report(2, 7, 0, 103, 5000, 6000);
	judge_fixture_finish();
	judge_fixture_expect(EXPECT_violation, COMPARE_EQUAL, 0, "exclusive_bind");
	assert_verdict(VERDICT_PASS);
	ck_assert(judge_fixture_finding(RULE_identity)->is_expected);
	/* A mix-up that was planted explains no double bind. */
	judge_fixture_expect(EXPECT_violation, COMPARE_EQUAL, 0, "identity");
	assert_verdict(VERDICT_VIOLATION);
}
END_TEST

START_TEST(window_that_was_not_hit_is_unknown)
{
	judge_fixture_finish();
	judge_fixture_expect(EXPECT_lost_tries, COMPARE_AT_LEAST, 1, NULL);
	assert_verdict(VERDICT_PASS);
	judge_fixture_expect(EXPECT_lost_tries, COMPARE_AT_LEAST, 2, NULL);
	assert_verdict(VERDICT_UNKNOWN);
	ck_assert_str_eq(fixture.judgement.reason,
			 "the race window was not hit as expected: 1 lost tries, >= 2 expected");
}
END_TEST

START_TEST(too_few_attaches_are_unknown)
{
	judge_fixture_finish();
	judge_fixture_expect(EXPECT_attaches, COMPARE_AT_LEAST, 3, NULL);
	assert_verdict(VERDICT_UNKNOWN);
	assert_says(fixture.judgement.reason, "2 attaches, >= 3 expected");
}
END_TEST

START_TEST(failures_that_were_not_injected_are_unknown)
{
	struct history_call call = { .worker = 2,
				     .call = RECORDER_CALL_get_free,
				     .index = -1,
				     .result = -EIO,
				     .is_injected = true,
				     .call_ns = 10000,
				     .return_ns = 11000 };

	history_builder_add(&fixture.builder, call);
	/* It spans the other one, and is not counted itself. */
	call.call = RECORDER_CALL_attach;
	call.return_ns = 12000;
	history_builder_add(&fixture.builder, call);
	judge_fixture_finish();
	judge_fixture_expect(EXPECT_injected, COMPARE_AT_LEAST, 1, NULL);
	assert_verdict(VERDICT_PASS);
	judge_fixture_expect(EXPECT_injected, COMPARE_AT_LEAST, 2, NULL);
	assert_verdict(VERDICT_UNKNOWN);
	ck_assert_str_eq(fixture.judgement.reason,
			 "failures were not injected as expected: 1 calls that were hit, >= 2 expected");
}
END_TEST

START_TEST(expectation_of_a_newer_kernel_does_not_hold)
{
	judge_fixture_finish();
	judge_fixture_expect(EXPECT_attaches, COMPARE_AT_LEAST, 3, NULL);
	fixture.scenario.expectations[0].kernels.from.major = 6;
	fixture.scenario.expectations[0].kernels.from.minor = 11;
	assert_verdict(VERDICT_PASS);
	fixture.evidence.kernel.minor = 12;
	assert_verdict(VERDICT_UNKNOWN);
}
END_TEST

START_TEST(history_without_its_trailer_is_unknown)
{
	judge_fixture_cut_off(RECORDER_PHASE_done, ENDING_finished);
	assert_verdict(VERDICT_UNKNOWN);
	assert_says(fixture.judgement.reason, "no fitting trailer");
}
END_TEST

START_TEST(history_that_was_changed_is_unknown)
{
	judge_fixture_finish();
	fixture.builder.writers[0].slots[0].round = 77;
	assert_verdict(VERDICT_UNKNOWN);
	assert_says(fixture.judgement.reason, "does not fit its checksum");
}
END_TEST

START_TEST(records_that_were_changed_accuse_nobody)
{
	add_bind(0, 1, 100, 200);
	add_bind(1, 1, 300, 400);
	add_clear(0, 1, 0, 500, 600);
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	fixture.builder.writers[0].slots[0].round ^= 1;
	assert_verdict(VERDICT_UNKNOWN);
	assert_says(fixture.judgement.reason, "exclusive_bind: the history does not fit its checksum");
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_exclusive_bind], VERDICT_UNKNOWN);
	/* Nor do records that are not there any more. */
	fixture.builder.writers[0].slots[0].round ^= 1;
	atomic_store(&fixture.builder.recorder.areas[0].count, 1);
	fixture.evidence.history = history_builder_read(&fixture.builder);
	assert_verdict(VERDICT_UNKNOWN);
	/* What is not from the records still counts. */
	judge_fixture_set_console("[    2.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000\n");
	assert_verdict(VERDICT_VIOLATION);
	assert_says(fixture.judgement.reason, "kernel_log: ");
}
END_TEST

START_TEST(evidence_without_a_history_is_unknown)
{
	assert_verdict(VERDICT_UNKNOWN);
	assert_says(fixture.judgement.reason, "there is no history");
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_exclusive_bind], VERDICT_SKIP);
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_identity], VERDICT_SKIP);
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_no_leak], VERDICT_SKIP);
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_gave_up], VERDICT_SKIP);
}
END_TEST

START_TEST(verdicts_have_names_and_exit_codes)
{
	static const struct {
		enum verdict verdict;
		const char *name;
		int exit_code;
	} cases[] = {
		{ VERDICT_SKIP, "SKIP", 77 },	       { VERDICT_PASS, "PASS", 0 },
		{ VERDICT_UNKNOWN, "UNKNOWN", 99 },    { VERDICT_BROKEN, "BROKEN", 99 },
		{ VERDICT_VIOLATION, "VIOLATION", 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_str_eq(verdict_name(cases[i].verdict), cases[i].name);
		ck_assert_int_eq(verdict_exit_code(cases[i].verdict), cases[i].exit_code);
	}
	ck_assert_str_eq(rule_name(RULE_gave_up), "gave_up");
	ck_assert_str_eq(rule_name(RULE_COUNT), "?");
	assert_says(rule_summary(RULE_identity), "backing file of its binder");
}
END_TEST

/* --- no_leak --- */

START_TEST(device_left_over_after_its_release_was_asked_for_is_a_violation)
{
	static const struct leftover leftover = { .device_index = 1, .dev = 25, .inode = 101, .worker = 1 };
	const struct finding *finding;

	judge_fixture_finish();
	fixture.evidence.leftover_count = 1;
	fixture.evidence.leftovers = &leftover;
	assert_verdict(VERDICT_VIOLATION);
	finding = judge_fixture_finding(RULE_no_leak);
	assert_says(finding->text, "at the end loop1 was still bound to inode 101 of device 25, the backing file of "
				   "worker 1, although worker 1 had asked for its release");
	ck_assert_uint_eq(finding->call_count, 2);
}
END_TEST

START_TEST(device_left_over_that_nobody_bound_is_a_violation)
{
	static const struct leftover leftover = { .device_index = 6, .dev = 25, .inode = 101, .worker = 1 };

	judge_fixture_finish();
	fixture.evidence.leftover_count = 1;
	fixture.evidence.leftovers = &leftover;
	assert_verdict(VERDICT_VIOLATION);
}
END_TEST

START_TEST(device_left_over_because_nobody_released_it_is_not_the_kernels_fault)
{
	static const struct leftover leftover = { .device_index = 3, .dev = 25, .inode = 102, .worker = 2 };

	add_bind(2, 3, 7000, 8000);
	add_close(2, 3, 8100, 8200);
	judge_fixture_finish();
	fixture.evidence.leftover_count = 1;
	fixture.evidence.leftovers = &leftover;
	assert_verdict(VERDICT_UNKNOWN);
	assert_says(fixture.judgement.reason, "nobody who asked for its release");
}
END_TEST

START_TEST(worst_of_the_left_over_devices_is_told)
{
	static const struct leftover leftovers[] = {
		{ .device_index = 3, .dev = 25, .inode = 102, .worker = 2 },
		{ .device_index = 1, .dev = 25, .inode = 101, .worker = 1 },
	};

	add_bind(2, 3, 7000, 8000);
	judge_fixture_finish();
	fixture.evidence.leftover_count = 2;
	fixture.evidence.leftovers = leftovers;
	assert_verdict(VERDICT_VIOLATION);
	assert_says(fixture.judgement.reason, "loop1");
	ck_assert_uint_eq(judge_fixture_finding(RULE_no_leak)->count, 1);
}
END_TEST

START_TEST(module_that_stays_is_a_violation)
{
	judge_fixture_finish();
	fixture.evidence.module_remove_error = EAGAIN;
	assert_verdict(VERDICT_VIOLATION);
	assert_says(fixture.judgement.reason, "the loop module could not be removed: EAGAIN");
	/* Built in, it is not even tried. */
	fixture.evidence.has_module = false;
	assert_verdict(VERDICT_PASS);
}
END_TEST

START_TEST(stuck_worker_explains_its_device_and_the_module)
{
	static const struct leftover leftover = { .device_index = 3, .dev = 25, .inode = 102, .worker = 2 };
	static const struct stuck_call stuck = { .worker = 2, .call = RECORDER_CALL_clr_fd, .device_index = 3 };

	judge_fixture_finish();
	fixture.evidence.leftover_count = 1;
	fixture.evidence.leftovers = &leftover;
	fixture.evidence.module_remove_error = EBUSY;
	fixture.evidence.stuck_count = 1;
	fixture.evidence.stucks = &stuck;
	ck_assert_ptr_null(finding_of(RULE_no_leak));
}
END_TEST

START_TEST(leak_is_not_judged_before_the_end)
{
	judge_fixture_cut_off(RECORDER_PHASE_teardown, ENDING_run_timeout);
	ck_assert_ptr_null(finding_of(RULE_no_leak));
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_no_leak], VERDICT_SKIP);
}
END_TEST

/* --- liveness --- */

static const struct stuck_call slow_call = {
	.worker = 0, .call = RECORDER_CALL_set_status, .device_index = 4, .duration_ns = 8360350142
};

START_TEST(wild_clock_proves_nothing_that_took_too_long)
{
	add_attach(0, 4, 0, 0, 8000000000, 9000000000);
	judge_fixture_finish();
	fixture.evidence.stuck_count = 1;
	fixture.evidence.stucks = &slow_call;
	assert_verdict(VERDICT_VIOLATION);
	/* The host had the guest for as long as that, or did not say. */
	fixture.evidence.host_ns = 9000000000;
	assert_verdict(VERDICT_VIOLATION);
	fixture.evidence.host_ns = 1000000000;
	assert_verdict(VERDICT_UNKNOWN);
	assert_says(judge_fixture_finding(RULE_liveness)->text, "the guest's clock is far ahead of the host's");
	fixture.evidence.stuck_count = 0;
	assert_verdict(VERDICT_PASS);
	judge_fixture_set_console(
		"[    1.0] looprace: start\n[  700.0] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\n");
	assert_verdict(VERDICT_UNKNOWN);
	judge_fixture_set_console("[    1.0] looprace: start\n[  700.0] BUG: KASAN: use-after-free in lo_open\n");
	assert_verdict(VERDICT_VIOLATION);
}
END_TEST

START_TEST(ending_is_judged_by_how_far_the_guest_had_come)
{
	static const struct {
		enum ending ending;
		enum verdict before_setup;
		enum verdict after_setup;
	} cases[] = {
		{ ENDING_finished, VERDICT_PASS, VERDICT_PASS },
		{ ENDING_vanished, VERDICT_BROKEN, VERDICT_VIOLATION },
		{ ENDING_killed, VERDICT_BROKEN, VERDICT_BROKEN },
		{ ENDING_boot_timeout, VERDICT_BROKEN, VERDICT_BROKEN },
		{ ENDING_silent, VERDICT_BROKEN, VERDICT_VIOLATION },
		{ ENDING_run_timeout, VERDICT_BROKEN, VERDICT_VIOLATION },
		{ ENDING_shutdown_timeout, VERDICT_BROKEN, VERDICT_VIOLATION },
		{ ENDING_console_flood, VERDICT_SKIP, VERDICT_SKIP },
		{ ENDING_interrupted, VERDICT_UNKNOWN, VERDICT_UNKNOWN },
		{ ENDING_not_started, VERDICT_BROKEN, VERDICT_BROKEN },
		{ ENDING_abandoned, VERDICT_UNKNOWN, VERDICT_UNKNOWN },
	};

	ck_assert_uint_eq(sizeof(cases) / sizeof(cases[0]), ENDING_COUNT);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		judge_fixture_cut_off(RECORDER_PHASE_boot, cases[i].ending);
		judge_fixture_judge();
		ck_assert_msg(fixture.judgement.rule_verdicts[RULE_liveness] == cases[i].before_setup, "%s before",
			      ending_name(cases[i].ending));
		judge_fixture_cut_off(RECORDER_PHASE_setup, cases[i].ending);
		judge_fixture_judge();
		ck_assert_msg(fixture.judgement.rule_verdicts[RULE_liveness] == cases[i].after_setup, "%s after",
			      ending_name(cases[i].ending));
	}
}
END_TEST

START_TEST(silent_reboot_is_called_so_and_shows_the_last_calls)
{
	const struct finding *finding;

	history_builder_add(
		&fixture.builder,
		(struct history_call){ .worker = 0, .call = RECORDER_CALL_remove, .index = 4, .call_ns = 9000 });
	history_builder_add(
		&fixture.builder,
		(struct history_call){ .worker = 1, .call = RECORDER_CALL_open, .index = 4, .call_ns = 8000 });
	judge_fixture_cut_off(RECORDER_PHASE_run, ENDING_vanished);
	assert_verdict(VERDICT_VIOLATION);
	finding = judge_fixture_finding(RULE_liveness);
	assert_says(finding->text, "silent reboot or power-off");
	assert_says(finding->text, "workers run");
	ck_assert_uint_eq(finding->call_count, 2);
	ck_assert_int_eq(finding->calls[0].record.call, RECORDER_CALL_open);
	ck_assert_int_eq(finding->calls[1].record.call, RECORDER_CALL_remove);
}
END_TEST

START_TEST(panic_is_quoted)
{
	judge_fixture_set_console(
		"[    9.1] Oops: 0002 [#1] SMP\n[    9.2] Kernel panic - not syncing: Fatal exception\n");
	judge_fixture_cut_off(RECORDER_PHASE_run, ENDING_vanished);
	assert_says(finding_of(RULE_liveness)->text,
		    "the kernel panicked: \"Kernel panic - not syncing: Fatal exception\"");
}
END_TEST

START_TEST(guest_program_that_died_is_our_own_fault)
{
	judge_fixture_set_console(
		"[    9.2] Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b\n");
	judge_fixture_cut_off(RECORDER_PHASE_run, ENDING_vanished);
	assert_verdict(VERDICT_BROKEN);
	/* After an oops the kernel ends it, and the fault is the kernel's. */
	judge_fixture_set_console(
		"[    9.1] BUG: kernel NULL pointer dereference, address: 0000000000000008\n"
		"[    9.2] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009\n");
	assert_verdict(VERDICT_VIOLATION);
}
END_TEST

START_TEST(stuck_call_is_a_violation_with_its_stack)
{
	static const struct stuck_call stucks[] = {
		{ .worker = 1,
		  .call = RECORDER_CALL_set_fd,
		  .device_index = 4,
		  .duration_ns = 10250000000,
		  .stack = "bd_prepare_to_claim+0x8a/0x120\nloop_configure+0x99/0x500\n" },
		{ .worker = 99, .call = RECORDER_CALL_open, .device_index = -1, .stack = "" },
		{ .worker = -1, .call = RECORDER_CALL_open, .device_index = -1, .stack = NULL },
	};
	const struct finding *finding;

	history_builder_add(
		&fixture.builder,
		(struct history_call){ .worker = 1, .call = RECORDER_CALL_set_fd, .index = 4, .call_ns = 8000 });
	judge_fixture_finish();
	fixture.evidence.stuck_count = 3;
	fixture.evidence.stucks = stucks;
	assert_verdict(VERDICT_VIOLATION);
	finding = judge_fixture_finding(RULE_liveness);
	ck_assert_uint_eq(finding->count, 3);
	ck_assert_uint_eq(finding->call_count, 1);
	assert_says(finding->text,
		    "worker 1 had been in LOOP_SET_FD(loop4) for 10.250 s, in "
		    "bd_prepare_to_claim+0x8a/0x120 < loop_configure+0x99/0x500; 2 more calls were stuck.");
}
END_TEST

/* --- gave_up --- */

START_TEST(attach_that_gave_up_is_a_violation_with_its_calls)
{
	const struct finding *finding;

	for (uint64_t i = 0; i < 20; i++)
		add_failed_bind(2, 0, -EBUSY, 10000 + i * 100, 10050 + i * 100);
	add_attach(2, -1, LOOP_ATTACH_GAVE_UP, GAVE_UP_AT_BIND | 20, 10000, 12000);
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	finding = judge_fixture_finding(RULE_gave_up);
	ck_assert_uint_eq(finding->count, 1);
	ck_assert_uint_eq(finding->call_count, PROOF_CALL_COUNT_MAX);
	ck_assert_int_eq(finding->calls[0].record.call, RECORDER_CALL_attach);
	ck_assert_uint_eq(finding->calls[PROOF_CALL_COUNT_MAX - 1].record.call_ns, 11900);
	assert_says(finding->text, "worker 2's attach in its round 7 ended at +0.000011 s without a device: it gave up "
				   "after 20 lost tries, the last failure at stage bind");
	assert_says(finding->text, "1 attaches ended without a device; the scenario expects 0.");
}
END_TEST

START_TEST(attach_that_failed_is_a_violation_with_its_errno)
{
	add_close(2, 5, 9000, 9100);
	add_attach(2, -1, -ENXIO, (uint64_t)LOOPRACE_STAGE_OPEN << 32, 10000, 12000);
	/* The proof is of the attach itself, not of what the worker did before. */
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	ck_assert_uint_eq(judge_fixture_finding(RULE_gave_up)->call_count, 1);
	assert_says(fixture.judgement.reason, "ENXIO after 0 lost tries, the last failure at stage open");
}
END_TEST

START_TEST(attach_that_was_made_to_fail_has_not_given_up)
{
	history_builder_add(&fixture.builder, (struct history_call){ .worker = 2,
								     .call = RECORDER_CALL_attach,
								     .index = -1,
								     .result = -ENOMEM,
								     .is_injected = true,
								     .call_ns = 10000,
								     .return_ns = 12000 });
	judge_fixture_finish();
	assert_verdict(VERDICT_PASS);
	ck_assert_uint_eq(fixture.judgement.counts.failed_count, 1);
}
END_TEST

START_TEST(attach_that_was_canceled_has_not_given_up)
{
	add_attach(2, -1, -ECANCELED, 0, 10000, 12000);
	judge_fixture_finish();
	assert_verdict(VERDICT_PASS);
}
END_TEST

START_TEST(giving_up_is_compared_with_what_the_scenario_expects)
{
	static const struct {
		enum comparison comparison;
		uint64_t number;
		enum verdict want;
	} cases[] = {
		{ COMPARE_ANY, 0, VERDICT_PASS },	    { COMPARE_AT_MOST, 2, VERDICT_PASS },
		{ COMPARE_AT_MOST, 1, VERDICT_VIOLATION },  { COMPARE_AT_LEAST, 1, VERDICT_PASS },
		{ COMPARE_AT_LEAST, 3, VERDICT_VIOLATION }, { COMPARE_EQUAL, 2, VERDICT_PASS },
	};

	add_attach(2, -1, LOOP_ATTACH_GAVE_UP, 0, 10000, 12000);
	add_attach(3, -1, LOOP_ATTACH_GAVE_UP, 0, 10000, 12000);
	judge_fixture_finish();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fixture.scenario.expectation_count = 0;
		judge_fixture_expect(EXPECT_gave_up, cases[i].comparison, cases[i].number, NULL);
		judge_fixture_judge();
		ck_assert_msg(fixture.judgement.verdict == cases[i].want, "case %zu: %s", i, fixture.judgement.reason);
	}
}
END_TEST

START_TEST(run_that_was_cut_off_might_have_given_up_more_often)
{
	judge_fixture_expect(EXPECT_gave_up, COMPARE_AT_LEAST, 3, NULL);
	judge_fixture_cut_off(RECORDER_PHASE_run, ENDING_interrupted);
	assert_verdict(VERDICT_UNKNOWN);
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_gave_up], VERDICT_SKIP);
}
END_TEST

/* --- a cited call --- */

static void assert_formats(const struct history_call *call, const char *want)
{
	struct proof_call cited = { .worker = 3 };
	char line[256], title[256];
	const char *title_at;

	cited.record.call = (uint16_t)call->call;
	cited.record.device_index = call->index;
	cited.record.result = call->result;
	cited.record.inode = call->inode;
	atomic_store(&cited.record.call_ns, call->call_ns);
	cited.record.return_ns = call->return_ns;
	ck_assert_int_eq(proof_call_format(&cited, 1000000000, line, sizeof(line)), (int)strlen(want));
	ck_assert_str_eq(line, want);
	/* The title is the middle of the line: behind the worker, before how long it took. */
	ck_assert_int_eq(proof_call_title(&cited, title, sizeof(title)), (int)strlen(title));
	title_at = strstr(line, title);
	ck_assert_ptr_nonnull(title_at);
	ck_assert_ptr_eq(title_at, line + strlen("+0.000000 s  worker 3  "));
	ck_assert_ptr_null(strstr(title_at + strlen(title) + 2, "  "));
}

START_TEST(cited_call_is_one_line)
{
	struct history_call call = { .call = RECORDER_CALL_set_fd, .index = 2, .inode = 17 };

	call.call_ns = 2234567000;
	call.return_ns = 2234579345;
	assert_formats(&call, "+1.234567 s  worker 3  LOOP_SET_FD(loop2) = 0  [inode 17]  12.3 us");
	call.result = -EBUSY;
	call.return_ns = 2834579345;
	assert_formats(&call, "+1.234567 s  worker 3  LOOP_SET_FD(loop2) = -16 EBUSY  [inode 17]  600.0 ms");
	call = (struct history_call){ .call = RECORDER_CALL_get_free, .index = 4, .result = 4 };
	call.call_ns = 999000000;
	call.return_ns = 4000000000;
	assert_formats(&call, "-0.001000 s  worker 3  LOOP_CTL_GET_FREE = 4  3.001 s");
	call = (struct history_call){ .call = RECORDER_CALL_clr_fd, .index = 4, .call_ns = 1000000000 };
	assert_formats(&call, "+0.000000 s  worker 3  LOOP_CLR_FD(loop4) = ?  has not returned");
	call = (struct history_call){ .call = RECORDER_CALL_attach, .index = -1, .result = LOOP_ATTACH_GAVE_UP };
	call.call_ns = 1000000000;
	call.return_ns = 1000000999;
	assert_formats(&call, "+0.000000 s  worker 3  attach = gave up  0.9 us");
	/* No call returns that, but a damaged record may say it; it has no negative. */
	call.result = INT32_MIN;
	assert_formats(&call, "+0.000000 s  worker 3  attach = -2147483648 an unknown error  0.9 us");
}
END_TEST

/* A record with a second half, at second 1, for 1 us. */
static void assert_record_formats(struct recorder_record record, const char *want)
{
	struct proof_call cited = { .worker = 3 };
	char line[256];

	cited.record = record;
	cited.record.is_extended = 1;
	atomic_store(&cited.record.call_ns, 1000000000);
	cited.record.return_ns = 1000001000;
	proof_call_format(&cited, 1000000000, line, sizeof(line));
	ck_assert_str_eq(line, want);
}

#define RECORD(name, ...) ((struct recorder_record){ .call = RECORDER_CALL_##name, .device_index = 2, __VA_ARGS__ })

START_TEST(cited_call_says_what_was_asked)
{
	assert_record_formats(RECORD(configure, .inode = 17, .offset = 512, .length = 1 << 20, .block_size = 3,
				     .detail = LO_FLAGS_PARTSCAN | LO_FLAGS_AUTOCLEAR | 64, .result = -EINVAL,
				     .line = 23),
			      "+0.000000 s  worker 3  LOOP_CONFIGURE(loop2, offset 512B, limit 1MiB, block size 3B, "
			      "AUTOCLEAR|PARTSCAN|0x40) = -22 EINVAL  [inode 17]  1.0 us  scenario line 23");
	assert_record_formats(RECORD(change_fd, .value = 6),
			      "+0.000000 s  worker 3  LOOP_CHANGE_FD(loop2, from loop5) = 0  1.0 us");
	assert_record_formats(
		RECORD(set_status, .offset = 4096, .call_flags = RECORDER_FLAG_COMPAT),
		"+0.000000 s  worker 3  LOOP_SET_STATUS64(loop2, offset 4KiB) = 0  [32-bit entry]  1.0 us");
	assert_record_formats(
		RECORD(get_status, .call_flags = RECORDER_FLAG_BAD_POINTER, .value = 1, .result = -EINVAL),
		"+0.000000 s  worker 3  LOOP_GET_STATUS64(loop2, NULL) = -22 EINVAL  1.0 us");
	assert_record_formats(RECORD(remove, .value = 2), "+0.000000 s  worker 3  LOOP_CTL_REMOVE(loop2) = 0  1.0 us");
	assert_record_formats(RECORD(add, .value = (uint64_t)-1, .result = 2),
			      "+0.000000 s  worker 3  LOOP_CTL_ADD(loop2, -1 asked for) = 2  1.0 us");
	assert_record_formats(RECORD(open, .partition = 1, .open_flags = 0x4082, .result = 7),
			      "+0.000000 s  worker 3  open(loop2p1, O_RDWR|O_EXCL|O_DIRECT) = 7  1.0 us");
	assert_record_formats(RECORD(set_block_size, .value = 4096),
			      "+0.000000 s  worker 3  LOOP_SET_BLOCK_SIZE(loop2, 4096) = 0  1.0 us");
	assert_record_formats(RECORD(partition_add, .value = 1, .offset = 1 << 20, .length = 1536),
			      "+0.000000 s  worker 3  BLKPG_ADD_PARTITION(loop2, 1, 1MiB, 1536B) = 0  1.0 us");
	assert_record_formats(RECORD(other_ioctl, .value = 0x4c7f, .length = 3, .result = -EINVAL),
			      "+0.000000 s  worker 3  ioctl(loop2, 0x4c7f, 0x3) = -22 EINVAL  1.0 us");
	assert_record_formats(
		(struct recorder_record){ .call = RECORDER_CALL_truncate, .device_index = -1, .inode = 9 },
		"+0.000000 s  worker 3  ftruncate(0B) = 0  [inode 9]  1.0 us");
}
END_TEST

START_TEST(cited_call_says_what_it_was_told)
{
	assert_record_formats(RECORD(size, .capacity_bytes = 1536),
			      "+0.000000 s  worker 3  BLKGETSIZE64(loop2) = 1536B  1.0 us");
	assert_record_formats(RECORD(block_size, .block_size = 512),
			      "+0.000000 s  worker 3  BLKSSZGET(loop2) = 512  1.0 us");
	assert_record_formats(RECORD(diskseq, .diskseq = 9), "+0.000000 s  worker 3  BLKGETDISKSEQ(loop2) = 9  1.0 us");
	assert_record_formats(RECORD(read_only, .value = 1), "+0.000000 s  worker 3  BLKROGET(loop2) = 1  1.0 us");
	assert_record_formats(RECORD(partitions, .value = 0x8000000000000012),
			      "+0.000000 s  worker 3  partitions in sysfs(loop2) = 1, 4, 63  1.0 us");
	assert_record_formats(RECORD(partitions, .value = 0),
			      "+0.000000 s  worker 3  partitions in sysfs(loop2) = none  1.0 us");
	assert_record_formats(RECORD(sysfs, .value = 8 | 3, .inode = 5, .offset = 512, .capacity_bytes = 1024),
			      "+0.000000 s  worker 3  read of sysfs(loop2) = 0  [inode 5, size 1KiB, offset 512B, "
			      "autoclear|partscan]  1.0 us");
	assert_record_formats(
		RECORD(get_status, .inode = 5, .length = 1024, .detail = LO_FLAGS_READ_ONLY),
		"+0.000000 s  worker 3  LOOP_GET_STATUS64(loop2) = 0  [inode 5, limit 1KiB, READ_ONLY]  1.0 us");
}
END_TEST

START_TEST(cited_call_says_which_blocks_there_were)
{
	assert_record_formats(
		RECORD(read, .length = 4096, .result = 4096, .content = RECORDER_CONTENT_tags, .owner = 3,
		       .generation = 12, .run_block_count = 8),
		"+0.000000 s  worker 3  read(loop2, 0B, 4KiB) = 4096  [8 blocks of owner 3, generation 12, "
		"sector 0..7]  1.0 us");
	assert_record_formats(
		RECORD(blocks, .run_offset = 512, .run_block_count = 1, .content = RECORDER_CONTENT_zeros),
		"+0.000000 s  worker 3  more blocks(loop2) = 0  [1 block at 512B of zeros]  1.0 us");
	assert_record_formats(
		RECORD(load, .length = 512, .run_block_count = 1, .content = 99),
		"+0.000000 s  worker 3  load from a mapping(loop2, 0B, 512B) = 0  [1 block of ?]  1.0 us");
	assert_record_formats(RECORD(discard, .offset = 512, .length = 512),
			      "+0.000000 s  worker 3  discard(loop2, 512B, 512B) = 0  1.0 us");
}
END_TEST

START_TEST(cited_uevent_is_no_call)
{
	assert_record_formats(RECORD(uevent, .value = RECORDER_UEVENT_change, .detail = 77, .diskseq = 9,
				     .call_flags = RECORDER_FLAG_MEDIA_CHANGE | RECORDER_FLAG_RESIZE),
			      "+0.000000 s  kernel  uevent: change of loop2  [number 77, diskseq 9, RESIZE, "
			      "DISK_MEDIA_CHANGE]");
	assert_record_formats(RECORD(uevent, .value = RECORDER_UEVENT_add, .partition = 1, .detail = 78),
			      "+0.000000 s  kernel  uevent: add of loop2p1  [number 78]");
	assert_record_formats(RECORD(uevent_gap, .value = 3), "+0.000000 s  kernel  3 uevents were lost");
	assert_record_formats(RECORD(uevent_gap, .result = -ENOBUFS),
			      "+0.000000 s  kernel  uevents were lost: the queue was full");
}
END_TEST

START_TEST(cited_call_is_cut_to_its_room)
{
	struct proof_call call = { .worker = 3 };
	char line[8];

	ck_assert_int_gt(proof_call_format(&call, 0, line, sizeof(line)), 8);
	ck_assert_uint_eq(strlen(line), 7);
}
END_TEST

/* --- hostile evidence --- */

START_TEST(damaged_history_never_crashes_the_judge)
{
	struct looprace_random random;
	size_t sound_bytes;
	void *sound;

	add_configure(2, 1, 4, 100, 200);
	add_report(2, 1, -ENXIO, 0, 300, 400);
	add_close(2, 1, 500, 600);
	add_attach(3, -1, LOOP_ATTACH_GAVE_UP, 3, 100, 200);
	judge_fixture_finish();
	ck_assert_int_eq(history_compact(fixture.evidence.history, &sound, &sound_bytes), 0);
	looprace_random_seed(&random, 99, 0);
	for (int round = 0; round < 2500; round++) {
		char *memory = malloc(sound_bytes);
		struct history_error error;
		struct history history;

		memcpy(memory, sound, sound_bytes);
		/* Behind the header: areas, notes and records. */
		for (uint64_t i = looprace_random_below(&random, 8); i < 8; i++)
			memory[RECORDER_HEADER_BYTES +
			       looprace_random_below(&random, sound_bytes - RECORDER_HEADER_BYTES)] ^=
				(char)(1u << looprace_random_below(&random, 8));
		if (history_open(memory, sound_bytes, &history, &error) == 0) {
			fixture.evidence.history = &history;
			judge_fixture_judge();
			judge_live(&history);
			history_close(&history);
		}
		free(memory);
	}
	fixture.evidence.history = NULL;
	free(sound);
}
END_TEST

Suite *test_suite(void);

static TCase *new_tcase(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, judge_fixture_teardown);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return tcase;
}

Suite *test_suite(void)
{
	Suite *suite = suite_create("judge");
	TCase *tcase = new_tcase(suite, "whole");

	tcase_add_test(tcase, sound_run_passes_and_says_how_often_the_window_was_hit);
	tcase_add_test(tcase, rules_about_calls_have_no_evidence_where_there_is_no_call);
	tcase_add_test(tcase, counts_are_exact);
	tcase_add_test(tcase, times_of_attaches_are_told_by_the_tries_they_lost);
	tcase_add_test(tcase, percentiles_are_those_of_the_sorted_durations);
	tcase_add_test(tcase, guest_that_skips_is_skipped);
	tcase_add_test(tcase, guest_that_is_broken_is_broken);
	tcase_add_test(tcase, violation_outweighs_that_the_guest_is_broken);
	tcase_add_test(tcase, worst_finding_comes_first);
	tcase_add_test(tcase, planted_violation_that_is_found_passes);
	tcase_add_test(tcase, planted_violation_that_is_not_found_is_broken);
	tcase_add_test(tcase, planted_panic_may_be_named_by_either_of_its_rules);
	tcase_add_test(tcase, planted_double_bind_may_mix_up_owners_too);
	tcase_add_test(tcase, window_that_was_not_hit_is_unknown);
	tcase_add_test(tcase, too_few_attaches_are_unknown);
	tcase_add_test(tcase, failures_that_were_not_injected_are_unknown);
	tcase_add_test(tcase, expectation_of_a_newer_kernel_does_not_hold);
	tcase_add_test(tcase, history_without_its_trailer_is_unknown);
	tcase_add_test(tcase, history_that_was_changed_is_unknown);
	tcase_add_test(tcase, records_that_were_changed_accuse_nobody);
	tcase_add_test(tcase, evidence_without_a_history_is_unknown);
	tcase_add_test(tcase, verdicts_have_names_and_exit_codes);
	tcase_add_test(tcase, damaged_history_never_crashes_the_judge);

	tcase = new_tcase(suite, "no_leak");
	tcase_add_test(tcase, device_left_over_after_its_release_was_asked_for_is_a_violation);
	tcase_add_test(tcase, device_left_over_that_nobody_bound_is_a_violation);
	tcase_add_test(tcase, device_left_over_because_nobody_released_it_is_not_the_kernels_fault);
	tcase_add_test(tcase, worst_of_the_left_over_devices_is_told);
	tcase_add_test(tcase, module_that_stays_is_a_violation);
	tcase_add_test(tcase, stuck_worker_explains_its_device_and_the_module);
	tcase_add_test(tcase, leak_is_not_judged_before_the_end);

	tcase = new_tcase(suite, "liveness");
	tcase_add_test(tcase, wild_clock_proves_nothing_that_took_too_long);
	tcase_add_test(tcase, ending_is_judged_by_how_far_the_guest_had_come);
	tcase_add_test(tcase, silent_reboot_is_called_so_and_shows_the_last_calls);
	tcase_add_test(tcase, panic_is_quoted);
	tcase_add_test(tcase, guest_program_that_died_is_our_own_fault);
	tcase_add_test(tcase, stuck_call_is_a_violation_with_its_stack);

	tcase = new_tcase(suite, "gave_up");
	tcase_add_test(tcase, attach_that_gave_up_is_a_violation_with_its_calls);
	tcase_add_test(tcase, attach_that_failed_is_a_violation_with_its_errno);
	tcase_add_test(tcase, attach_that_was_made_to_fail_has_not_given_up);
	tcase_add_test(tcase, attach_that_was_canceled_has_not_given_up);
	tcase_add_test(tcase, giving_up_is_compared_with_what_the_scenario_expects);
	tcase_add_test(tcase, run_that_was_cut_off_might_have_given_up_more_often);

	tcase = new_tcase(suite, "cited call");
	tcase_add_test(tcase, cited_call_is_one_line);
	tcase_add_test(tcase, cited_call_says_what_was_asked);
	tcase_add_test(tcase, cited_call_says_what_it_was_told);
	tcase_add_test(tcase, cited_call_says_which_blocks_there_were);
	tcase_add_test(tcase, cited_uevent_is_no_call);
	tcase_add_test(tcase, cited_call_is_cut_to_its_room);
	return suite;
}
