/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules about what is left at the end (no_leak, no_lost_device), and about what a device says of itself (sysfs) and
 * stands on (no_cycle): for each way of breaking them evidence that does, and the near misses of a sound kernel.
 */
#include <check.h>
#include <errno.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>

#include "tests/judge_fixture.h"

Suite *test_suite(void);

#define BACKING_DEV 25

/* The open file description of a worker on a device, as the fixture numbers them. */
#define FILE_OF(worker, index) (1000 * ((worker) + 1) + (uint32_t)(index))

static const struct finding *violation_of(enum rule rule)
{
	const struct finding *finding;

	judge_fixture_judge();
	finding = judge_fixture_finding(rule);
	ck_assert_msg(finding != NULL, "nothing was found");
	ck_assert_msg(finding->verdict == VERDICT_VIOLATION, "%s", finding->text);
	return finding;
}

static void assert_rule(enum rule rule, enum verdict verdict)
{
	const struct finding *finding;

	judge_fixture_judge();
	finding = judge_fixture_finding(rule);
	ck_assert_msg(fixture.judgement.rule_verdicts[rule] == verdict, "%s: %s",
		      verdict_name(fixture.judgement.rule_verdicts[rule]), finding ? finding->text : "");
}

/* --- no_leak --- */

static void end_well(void)
{
	judge_fixture_finish();
	fixture.evidence.has_unmount = true;
}

START_TEST(file_system_that_cannot_be_unmounted_is_a_violation)
{
	end_well();
	assert_rule(RULE_no_leak, VERDICT_PASS);
	fixture.evidence.unmount_error = EBUSY;
	assert_says(violation_of(RULE_no_leak)->text, "could not be unmounted: EBUSY");
	/* Not tried, it says nothing. */
	fixture.evidence.has_unmount = false;
	assert_rule(RULE_no_leak, VERDICT_PASS);
}
END_TEST

START_TEST(stuck_call_explains_the_file_system)
{
	static const struct stuck_call stuck = { .worker = -1, .call = RECORDER_CALL_close, .device_index = 3 };

	end_well();
	fixture.evidence.unmount_error = EBUSY;
	fixture.evidence.stuck_count = 1;
	fixture.evidence.stucks = &stuck;
	judge_fixture_judge();
	ck_assert_ptr_null(judge_fixture_finding(RULE_no_leak));
	assert_says(judge_fixture_finding(RULE_liveness)->text, "before the run and after it had been in close(loop3)");
}
END_TEST

START_TEST(everything_that_is_left_is_told)
{
	static const struct resource resources[] = {
		{ "fds", 6, 6 },
		{ "loop_threads", 0, 8 },
		{ "files_after_last_close", 0, 3 },
		{ "slab_kmalloc-512", 100, 121 },
	};
	const struct finding *finding;

	end_well();
	fixture.evidence.unmount_error = EBUSY;
	fixture.evidence.module_remove_error = EAGAIN;
	fixture.evidence.resource_count = 4;
	fixture.evidence.resources = resources;
	finding = violation_of(RULE_no_leak);
	ck_assert_uint_eq(finding->count, 5);
	assert_says(finding->text, "lost as many objects of kmalloc-512, 21 in all");
	assert_says(finding->text, "could not be unmounted: EBUSY");
	assert_says(finding->text, "8 kernel threads of the loop driver when everything was released, and 0 before");
	assert_says(finding->text, "3 backing files that were still held when the last close() had returned");
	assert_says(finding->text, "the loop module could not be removed: EAGAIN");
}
END_TEST

START_TEST(what_is_used_no_more_than_before_is_sound)
{
	static const struct resource resources[] = { { "loop_threads", 8, 8 }, { "fds", 7, 6 } };

	end_well();
	fixture.evidence.resource_count = 2;
	fixture.evidence.resources = resources;
	assert_rule(RULE_no_leak, VERDICT_PASS);
}
END_TEST

START_TEST(descriptors_of_our_own_are_our_own_fault)
{
	static const struct resource resource = { "fds", 6, 7 };

	end_well();
	fixture.evidence.resource_count = 1;
	fixture.evidence.resources = &resource;
	assert_rule(RULE_no_leak, VERDICT_BROKEN);
	fixture.evidence.unmount_error = EBUSY;
	ck_assert_uint_eq(violation_of(RULE_no_leak)->count, 1);
}
END_TEST

START_TEST(what_nobody_released_does_not_hide_what_leaked)
{
	static const struct leftover leftover = { .device_index = 3, .dev = 25, .inode = 102, .worker = 2 };
	const struct finding *finding;

	add_bind(2, 3, 7000, 8000);
	end_well();
	fixture.evidence.leftover_count = 1;
	fixture.evidence.leftovers = &leftover;
	assert_rule(RULE_no_leak, VERDICT_UNKNOWN);
	fixture.evidence.unmount_error = EBUSY;
	finding = violation_of(RULE_no_leak);
	ck_assert_uint_eq(finding->count, 1);
	ck_assert_ptr_null(strstr(finding->text, "loop3"));
}
END_TEST

START_TEST(left_over_device_of_a_named_backing_file_is_told_by_its_name)
{
	static const struct leftover leftover = {
		.device_index = 3, .dev = 25, .inode = 102, .worker = SCENARIO_WORKER_COUNT_MAX
	};

	add_bind(2, 3, 7000, 8000);
	add_clear(2, 3, 0, 9000, 10000);
	end_well();
	snprintf(fixture.scenario.backings[0].name, sizeof(fixture.scenario.backings[0].name), "image");
	fixture.scenario.backing_count = 1;
	fixture.evidence.leftover_count = 1;
	fixture.evidence.leftovers = &leftover;
	assert_says(violation_of(RULE_no_leak)->text, "the backing file image, although worker 2 had asked");
}
END_TEST

/* --- no_lost_device --- */

START_TEST(device_that_is_of_no_use_is_a_violation)
{
	static const struct lost_device devices[] = {
		{ 3, "unbound", EBUSY, "LOOP_SET_FD, with nobody else about" },
		{ 4, "lost", 0, "LOOP_CTL_REMOVE: it is still there" },
	};
	const struct finding *finding;

	add_bind(2, 3, 7000, 8000);
	add_clear(2, 3, 0, 9000, 10000);
	add_bind(1, 2, 7000, 8000);
	judge_fixture_finish();
	fixture.evidence.has_checked_devices = true;
	assert_rule(RULE_no_lost_device, VERDICT_PASS);
	fixture.evidence.lost_device_count = 2;
	fixture.evidence.lost_devices = devices;
	finding = violation_of(RULE_no_lost_device);
	ck_assert_uint_eq(finding->count, 2);
	assert_says(finding->text, "loop3, unbound, was of no use any more: LOOP_SET_FD, with nobody else about failed "
				   "with EBUSY.");
	ck_assert_uint_eq(finding->call_count, 1);
	ck_assert_uint_eq(finding->calls[0].record.call, RECORDER_CALL_clr_fd);
}
END_TEST

START_TEST(devices_that_nobody_tried_out_are_no_evidence)
{
	judge_fixture_finish();
	assert_rule(RULE_no_lost_device, VERDICT_SKIP);
}
END_TEST

/* --- sysfs --- */

#define AUTOCLEAR 1u
#define PARTSCAN  2u
#define DIRECT_IO 4u
#define THERE	  8u

/* Worker 0 has loop1 open and has bound it at 2000, at offset 512. */
static void bind_at_offset(void)
{
	history_builder_add(&fixture.builder, (struct history_call){ .call = RECORDER_CALL_open,
								     .index = 1,
								     .file = FILE_OF(0, 1),
								     .result = 5,
								     .call_ns = 500,
								     .return_ns = 600 });
	add_configure(0, 1, LO_FLAGS_AUTOCLEAR, 1000, 2000);
}

static struct history_call report_at(uint64_t call_ns)
{
	return (struct history_call){ .call = RECORDER_CALL_get_status,
				      .index = 1,
				      .file = FILE_OF(0, 1),
				      .dev = BACKING_DEV,
				      .inode = 100,
				      .detail = LO_FLAGS_AUTOCLEAR,
				      .offset = 512,
				      .call_ns = call_ns,
				      .return_ns = call_ns + 100 };
}

static struct history_call sysfs_at(uint64_t call_ns)
{
	return (struct history_call){ .call = RECORDER_CALL_sysfs,
				      .index = 1,
				      .file = FILE_OF(0, 1),
				      .dev = BACKING_DEV,
				      .inode = 100,
				      .value = AUTOCLEAR | THERE,
				      .offset = 512,
				      .is_extended = true,
				      .call_ns = call_ns,
				      .return_ns = call_ns + 100 };
}

START_TEST(sysfs_that_agrees_is_sound)
{
	struct history_call sysfs = sysfs_at(4000);

	bind_at_offset();
	history_builder_add(&fixture.builder, report_at(3000));
	history_builder_add(&fixture.builder, sysfs);
	/* A backing file that the harness cannot name by its path. */
	sysfs.dev = sysfs.inode = 0;
	sysfs.call_ns = 5000;
	sysfs.return_ns = 5100;
	history_builder_add(&fixture.builder, sysfs);
	history_builder_add(&fixture.builder, report_at(6000));
	judge_fixture_finish();
	assert_rule(RULE_sysfs, VERDICT_PASS);
}
END_TEST

static const struct disagreement {
	const char *name;
	struct history_call change; /* its fields are XORed into the reading */
} disagreements[] = {
	{ "autoclear", { .value = AUTOCLEAR } }, { "partscan", { .value = PARTSCAN } },
	{ "dio", { .value = DIRECT_IO } },	 { "offset", { .offset = 1024 } },
	{ "sizelimit", { .length = 4096 } },	 { "backing_file", { .inode = 1 } },
};

START_TEST(sysfs_that_disagrees_is_a_violation)
{
	const struct disagreement *disagreement = &disagreements[_i / 2];
	bool is_before = _i % 2;
	struct history_call sysfs = sysfs_at(4000);
	const struct finding *finding;
	char words[64];

	sysfs.value ^= disagreement->change.value;
	sysfs.offset ^= disagreement->change.offset;
	sysfs.length ^= disagreement->change.length;
	sysfs.inode ^= disagreement->change.inode;
	bind_at_offset();
	if (is_before)
		history_builder_add(&fixture.builder, report_at(3000));
	history_builder_add(&fixture.builder, sysfs);
	if (!is_before)
		history_builder_add(&fixture.builder, report_at(5000));
	judge_fixture_finish();
	finding = violation_of(RULE_sysfs);
	snprintf(words, sizeof(words), ": %s says something else than LOOP_GET_STATUS64", disagreement->name);
	assert_says(finding->text, words);
	ck_assert_uint_eq(finding->count, 1);
	ck_assert_uint_eq(finding->call_count, 2);
}
END_TEST

START_TEST(sysfs_may_disagree_when_the_device_was_changed_in_between)
{
	struct history_call sysfs = sysfs_at(4000);
	struct history_call change = { .worker = 1,
				       .call = RECORDER_CALL_set_status,
				       .index = 1,
				       .file = FILE_OF(1, 1),
				       .call_ns = 3500,
				       .return_ns = 3600 };

	/* Begun before and not returned; or there and gone in between; or as the reading ended. */
	if (_i == 0)
		change.call_ns = 2500, change.return_ns = 0;
	if (_i == 2)
		change.call_ns = 4100, change.return_ns = 9000;
	sysfs.value = THERE;
	bind_at_offset();
	history_builder_add(&fixture.builder, report_at(3000));
	history_builder_add(&fixture.builder, sysfs);
	history_builder_add(&fixture.builder, change);
	judge_fixture_finish();
	assert_rule(RULE_sysfs, VERDICT_PASS);
}
END_TEST

START_TEST(calls_that_change_nothing_excuse_nothing)
{
	struct history_call sysfs = sysfs_at(4000);

	sysfs.value = THERE;
	bind_at_offset();
	history_builder_add(&fixture.builder, report_at(3000));
	history_builder_add(&fixture.builder, sysfs);
	add_failed_bind(1, 1, -EBUSY, 3200, 3300);
	add_close(1, 1, 3400, 3500);
	/* Another device's. */
	add_bind(2, 2, 3200, 3300);
	judge_fixture_finish();
	violation_of(RULE_sysfs);
}
END_TEST

START_TEST(report_through_another_description_is_no_measure)
{
	struct history_call sysfs = sysfs_at(4000);

	sysfs.value = THERE;
	/* The next one, and one that is far away. */
	sysfs.file += _i ? 1024 : 1;
	bind_at_offset();
	history_builder_add(&fixture.builder, report_at(3000));
	history_builder_add(&fixture.builder, sysfs);
	judge_fixture_finish();
	assert_rule(RULE_sysfs, VERDICT_PASS);
}
END_TEST

START_TEST(folder_that_is_missing_while_the_device_is_bound_is_a_violation)
{
	struct history_call sysfs = sysfs_at(4000);

	sysfs.result = -ENOENT;
	sysfs.value = 0;
	bind_at_offset();
	history_builder_add(&fixture.builder, report_at(3000));
	history_builder_add(&fixture.builder, sysfs);
	judge_fixture_finish();
	assert_says(violation_of(RULE_sysfs)->text, "there was no such folder");
}
END_TEST

START_TEST(folder_for_which_there_was_no_memory_accuses_nobody)
{
	struct history_call sysfs = sysfs_at(4000);

	sysfs.result = -ENOENT;
	sysfs.value = 0;
	bind_at_offset();
	history_builder_add(&fixture.builder, report_at(3000));
	sysfs.is_injected = true;
	history_builder_add(&fixture.builder, sysfs);
	judge_fixture_finish();
	judge_fixture_judge();
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_sysfs], VERDICT_PASS);
}
END_TEST

START_TEST(folder_that_stays_is_a_violation_where_the_device_was_not_bound_since_its_open)
{
	struct history_call report = report_at(3000);

	report.result = -ENXIO;
	history_builder_add(&fixture.builder, (struct history_call){ .call = RECORDER_CALL_open,
								     .index = 1,
								     .file = FILE_OF(0, 1),
								     .result = 5,
								     .call_ns = 500,
								     .return_ns = 600 });
	/* Since v6.11 the folder stays until the last close. */
	if (_i == 1)
		add_clear(0, 1, 0, 1000, 1100);
	history_builder_add(&fixture.builder, report);
	history_builder_add(&fixture.builder, sysfs_at(4000));
	judge_fixture_finish();
	if (_i == 1)
		assert_rule(RULE_sysfs, VERDICT_PASS);
	else
		assert_says(violation_of(RULE_sysfs)->text, "it was there, although");
}
END_TEST

START_TEST(history_without_sysfs_is_no_evidence)
{
	bind_at_offset();
	history_builder_add(&fixture.builder, report_at(3000));
	judge_fixture_finish();
	assert_rule(RULE_sysfs, VERDICT_SKIP);
}
END_TEST

/* --- no_cycle --- */

/* A bind that makes loop@above stand on loop@below. */
static void add_stack(unsigned int worker, enum recorder_call call, int above, int below, uint64_t call_ns,
		      uint64_t return_ns)
{
	history_builder_add(&fixture.builder, (struct history_call){ .worker = worker,
								     .call = call,
								     .index = above,
								     .file = FILE_OF(worker, above),
								     .value = (uint64_t)below + 1,
								     .call_ns = call_ns,
								     .return_ns = return_ns });
}

START_TEST(device_on_itself_is_a_violation)
{
	const struct finding *finding;

	add_bind(0, 1, 1000, 2000);
	add_stack(0, RECORDER_CALL_change_fd, 1, 1, 3000, 4000);
	judge_fixture_finish();
	finding = violation_of(RULE_no_cycle);
	assert_says(finding->text, "LOOP_CHANGE_FD by worker 0 made loop1 its own backing file: loop1 stands on loop1 "
				   "itself, or on a partition of it.");
	ck_assert_uint_eq(finding->call_count, 1);
}
END_TEST

START_TEST(devices_in_a_circle_are_a_violation)
{
	const struct finding *finding;

	add_bind(0, 1, 1000, 2000);
	add_stack(1, RECORDER_CALL_configure, 2, 1, 3000, 4000);
	add_stack(2, RECORDER_CALL_set_fd, 3, 2, 5000, 6000);
	add_stack(0, RECORDER_CALL_change_fd, 1, 3, 7000, 8000);
	judge_fixture_finish();
	finding = violation_of(RULE_no_cycle);
	assert_says(finding->text, "loop1 stands on loop3, which stands on loop2, which stands on loop1.");
	ck_assert_uint_eq(finding->count, 1);
	ck_assert_uint_eq(finding->call_count, 3);
}
END_TEST

START_TEST(two_binds_at_once_that_close_a_circle_are_a_violation)
{
	add_bind(0, 1, 1000, 2000);
	add_stack(0, RECORDER_CALL_change_fd, 1, 2, 3000, 5000);
	add_stack(1, RECORDER_CALL_set_fd, 2, 1, 4000, 6000);
	judge_fixture_finish();
	ck_assert_uint_eq(violation_of(RULE_no_cycle)->count, 1);
}
END_TEST

START_TEST(devices_on_each_other_are_sound)
{
	add_bind(0, 1, 1000, 2000);
	add_stack(1, RECORDER_CALL_configure, 2, 1, 3000, 4000);
	add_stack(2, RECORDER_CALL_set_fd, 3, 2, 5000, 6000);
	/* Refused, as they should be. */
	history_builder_add(&fixture.builder, (struct history_call){ .call = RECORDER_CALL_change_fd,
								     .index = 1,
								     .file = FILE_OF(0, 1),
								     .value = 2,
								     .result = -EBADF,
								     .call_ns = 6100,
								     .return_ns = 6200 });
	history_builder_add(&fixture.builder, (struct history_call){ .call = RECORDER_CALL_change_fd,
								     .index = 1,
								     .file = FILE_OF(0, 1),
								     .value = 4,
								     .result = -EBADF,
								     .call_ns = 7000,
								     .return_ns = 8000 });
	judge_fixture_finish();
	assert_rule(RULE_no_cycle, VERDICT_PASS);
}
END_TEST

START_TEST(stack_that_was_taken_down_may_be_built_the_other_way_round)
{
	add_bind(0, 1, 1000, 2000);
	add_stack(1, RECORDER_CALL_configure, 2, 1, 3000, 4000);
	/* Gone, or perhaps gone. */
	if (_i == 0)
		add_clear(1, 2, 0, 5000, 6000);
	else
		add_clear(1, 2, 0, 6500, 9500);
	add_bind(2, 2, 9600, 9700);
	add_stack(0, RECORDER_CALL_change_fd, 1, 2, 7000 + 3000 * (uint64_t)(_i == 0), 11000);
	judge_fixture_finish();
	assert_rule(RULE_no_cycle, VERDICT_PASS);
}
END_TEST

START_TEST(backing_file_that_two_calls_may_have_set_is_not_known)
{
	add_bind(0, 1, 1000, 2000);
	/* One that began first may have been the last. */
	history_builder_add(&fixture.builder, (struct history_call){ .worker = 3,
								     .call = RECORDER_CALL_change_fd,
								     .index = 2,
								     .file = FILE_OF(3, 2),
								     .call_ns = 2500,
								     .return_ns = 5000 });
	history_builder_add(&fixture.builder, (struct history_call){ .worker = 2,
								     .call = RECORDER_CALL_change_fd,
								     .index = 2,
								     .file = FILE_OF(2, 2),
								     .call_ns = 2600,
								     .return_ns = 2700 });
	add_stack(1, RECORDER_CALL_change_fd, 2, 1, 3000, 4000);
	add_stack(0, RECORDER_CALL_change_fd, 1, 2, 6000, 7000);
	judge_fixture_finish();
	assert_rule(RULE_no_cycle, VERDICT_PASS);
}
END_TEST

START_TEST(release_in_the_middle_breaks_the_circle)
{
	add_bind(0, 1, 1000, 2000);
	add_stack(1, RECORDER_CALL_configure, 2, 1, 3000, 4000);
	add_clear(2, 2, 0, 4500, 9000);
	add_stack(0, RECORDER_CALL_change_fd, 1, 2, 5000, 8000);
	judge_fixture_finish();
	assert_rule(RULE_no_cycle, VERDICT_PASS);
}
END_TEST

START_TEST(last_close_of_a_device_that_clears_itself_breaks_the_circle)
{
	add_bind(0, 1, 1000, 2000);
	history_builder_add(&fixture.builder, (struct history_call){ .worker = 1,
								     .call = RECORDER_CALL_configure,
								     .index = 2,
								     .file = FILE_OF(1, 2),
								     .value = 2,
								     .detail = _i ? LO_FLAGS_AUTOCLEAR : 0,
								     .call_ns = 3000,
								     .return_ns = 4000 });
	add_close(1, 2, 4100, 4200);
	add_stack(0, RECORDER_CALL_change_fd, 1, 2, 5000, 8000);
	judge_fixture_finish();
	assert_rule(RULE_no_cycle, _i ? VERDICT_PASS : VERDICT_VIOLATION);
}
END_TEST

START_TEST(own_release_in_between_breaks_the_circle)
{
	add_bind(0, 1, 1000, 2000);
	/* It may have been bound to loop2, then cleared, before loop2 was bound to it. */
	add_stack(0, RECORDER_CALL_change_fd, 1, 2, 3000, 9000);
	add_clear(3, 1, 0, 4000, 4500);
	add_bind(2, 1, 4600, 4700);
	add_stack(1, RECORDER_CALL_set_fd, 2, 1, 5000, 6000);
	judge_fixture_finish();
	assert_rule(RULE_no_cycle, VERDICT_PASS);
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, judge_fixture_setup, judge_fixture_teardown);
	suite_add_tcase(suite, tcase);
	return tcase;
}

Suite *test_suite(void)
{
	Suite *suite = suite_create("rule-aftermath");
	TCase *tcase = add_case(suite, "no_leak");

	tcase_add_test(tcase, file_system_that_cannot_be_unmounted_is_a_violation);
	tcase_add_test(tcase, stuck_call_explains_the_file_system);
	tcase_add_test(tcase, everything_that_is_left_is_told);
	tcase_add_test(tcase, what_is_used_no_more_than_before_is_sound);
	tcase_add_test(tcase, descriptors_of_our_own_are_our_own_fault);
	tcase_add_test(tcase, what_nobody_released_does_not_hide_what_leaked);
	tcase_add_test(tcase, left_over_device_of_a_named_backing_file_is_told_by_its_name);

	tcase = add_case(suite, "no_lost_device");
	tcase_add_test(tcase, device_that_is_of_no_use_is_a_violation);
	tcase_add_test(tcase, devices_that_nobody_tried_out_are_no_evidence);

	tcase = add_case(suite, "sysfs");
	tcase_add_test(tcase, sysfs_that_agrees_is_sound);
	tcase_add_loop_test(tcase, sysfs_that_disagrees_is_a_violation, 0,
			    2 * (int)(sizeof(disagreements) / sizeof(disagreements[0])));
	tcase_add_loop_test(tcase, sysfs_may_disagree_when_the_device_was_changed_in_between, 0, 3);
	tcase_add_test(tcase, calls_that_change_nothing_excuse_nothing);
	tcase_add_loop_test(tcase, report_through_another_description_is_no_measure, 0, 2);
	tcase_add_test(tcase, folder_that_is_missing_while_the_device_is_bound_is_a_violation);
	tcase_add_test(tcase, folder_for_which_there_was_no_memory_accuses_nobody);
	tcase_add_loop_test(tcase, folder_that_stays_is_a_violation_where_the_device_was_not_bound_since_its_open, 0,
			    2);
	tcase_add_test(tcase, history_without_sysfs_is_no_evidence);

	tcase = add_case(suite, "no_cycle");
	tcase_add_test(tcase, device_on_itself_is_a_violation);
	tcase_add_test(tcase, devices_in_a_circle_are_a_violation);
	tcase_add_test(tcase, two_binds_at_once_that_close_a_circle_are_a_violation);
	tcase_add_test(tcase, devices_on_each_other_are_sound);
	tcase_add_loop_test(tcase, stack_that_was_taken_down_may_be_built_the_other_way_round, 0, 2);
	tcase_add_test(tcase, backing_file_that_two_calls_may_have_set_is_not_known);
	tcase_add_test(tcase, release_in_the_middle_breaks_the_circle);
	tcase_add_loop_test(tcase, last_close_of_a_device_that_clears_itself_breaks_the_circle, 0, 2);
	tcase_add_test(tcase, own_release_in_between_breaks_the_circle);
	return suite;
}
