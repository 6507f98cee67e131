/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rule uevents: each part with a history that breaks it and one that nearly does.  The histories of sound kernels are
 * those that were recorded on 5.10, 6.1, 6.12 and 7.3.
 */
#include <check.h>
#include <errno.h>
#include <linux/loop.h>
#include <string.h>

#include "tests/judge_fixture.h"

#define LISTENER 4

static uint64_t sequence;

static void setup(void)
{
	judge_fixture_setup();
	history_builder_fini(&fixture.builder);
	history_builder_init_with_listener(&fixture.builder, LISTENER);
	sequence = 500;
	for (unsigned int worker = 0; worker < LISTENER; worker++)
		recorder_note(&fixture.builder.recorder,
			      "backing number=%u dev=25 inode=%u bytes=1048576 content=zeros name=worker%u", worker,
			      100 + worker, worker);
	recorder_note(&fixture.builder.recorder,
		      "backing number=1024 dev=25 inode=200 bytes=8388608 content=partitions name=parts");
}

/* --- events --- */

static void add_event(enum recorder_uevent_action action, int index, unsigned int partition, uint32_t flags,
		      uint64_t at_ns)
{
	history_builder_add(&fixture.builder, (struct history_call){
						      .worker = LISTENER,
						      .call = RECORDER_CALL_uevent,
						      .index = index,
						      .partition = (uint8_t)partition,
						      .call_ns = at_ns,
						      .return_ns = at_ns,
						      .detail = sequence++,
						      .value = action,
						      .call_flags = flags,
						      .is_extended = true,
					      });
}

static void hear_begin(void)
{
	add_event(RECORDER_UEVENT_begin, -1, 0, 0, 1);
}

static void hear_change(int index, uint64_t at_ns)
{
	add_event(RECORDER_UEVENT_change, index, 0, 0, at_ns);
}

static void hear_media(int index, uint64_t at_ns)
{
	add_event(RECORDER_UEVENT_change, index, 0, RECORDER_FLAG_MEDIA_CHANGE, at_ns);
}

static void hear_gap(uint64_t count, uint64_t at_ns)
{
	history_builder_add(&fixture.builder, (struct history_call){
						      .worker = LISTENER,
						      .call = RECORDER_CALL_uevent_gap,
						      .index = -1,
						      .call_ns = at_ns,
						      .return_ns = at_ns,
						      .value = count,
						      .is_extended = true,
					      });
}

static void finish(void)
{
	add_event(RECORDER_UEVENT_end, -1, 0, 0, 100000);
	judge_fixture_finish();
}

/* --- calls --- */

static void add_control(enum recorder_call call, int index, int result, uint64_t call_ns, uint64_t return_ns)
{
	history_builder_add(&fixture.builder, (struct history_call){
						      .call = call,
						      .index = index,
						      .call_ns = call_ns,
						      .return_ns = return_ns,
						      .result = result,
						      .value = (uint64_t)index,
					      });
}

/* One worker's bind, release, bind, release of loop0; the events come between 100 and 900, or as the test has it. */
static void add_two_rounds(void)
{
	add_bind(0, 0, 100, 200);
	add_clear(0, 0, 0, 300, 400);
	add_bind(0, 0, 500, 600);
	add_clear(0, 0, 0, 700, 800);
}

/* Then the last bind of a device need not have been released. */
static void leave_something_over(void)
{
	static const struct leftover leftover = { .device_index = 7, .dev = 25, .inode = 103, .worker = 3 };

	fixture.evidence.leftovers = &leftover;
	fixture.evidence.leftover_count = 1;
}

static void assert_rule(enum verdict want)
{
	const struct finding *finding;

	judge_fixture_judge();
	finding = judge_fixture_finding(RULE_uevents);
	ck_assert_msg(fixture.judgement.rule_verdicts[RULE_uevents] == want, "%s: %s",
		      verdict_name(fixture.judgement.rule_verdicts[RULE_uevents]), finding ? finding->text : "-");
}

static const struct finding *assert_violation(const char *want)
{
	const struct finding *finding;

	assert_rule(VERDICT_VIOLATION);
	finding = judge_fixture_finding(RULE_uevents);
	ck_assert_msg(strstr(finding->text, want) != NULL, "%s", finding->text);
	ck_assert_uint_gt(finding->call_count, 0);
	return finding;
}

/* --- binds and releases --- */

START_TEST(bind_and_release_with_their_events_are_sound)
{
	add_two_rounds();
	hear_begin();
	hear_change(0, 150);
	hear_change(0, 350);
	hear_media(0, 350);
	hear_change(0, 550);
	hear_change(0, 750);
	hear_media(0, 750);
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(events_may_be_heard_late)
{
	add_two_rounds();
	hear_begin();
	for (int i = 0; i < 4; i++)
		hear_change(0, 9000);
	hear_media(0, 9000);
	hear_media(0, 9000);
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(bind_without_an_event_is_a_violation)
{
	const struct finding *finding;

	add_bind(1, 0, 100, 200);
	add_bind(2, 1, 300, 400);
	hear_begin();
	hear_change(0, 150);
	hear_change(0, 250);
	hear_media(0, 250);
	/* Of another device, which proves nothing for loop1. */
	hear_change(0, 350);
	finish();
	finding = assert_violation("worker 2's LOOP_SET_FD");
	ck_assert(strstr(finding->text, "bound loop1, but there is no `change` uevent for it: none was heard"));
	ck_assert_uint_eq(finding->calls[0].worker, 2);
}
END_TEST

START_TEST(event_for_which_there_was_no_memory_accuses_nobody)
{
	history_builder_add(&fixture.builder, (struct history_call){ .worker = 1,
								     .call = RECORDER_CALL_set_fd,
								     .dev = 25,
								     .inode = 101,
								     .is_injected = true,
								     .call_ns = 100,
								     .return_ns = 200 });
	hear_begin();
	leave_something_over();
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(event_from_before_the_bind_is_none_of_its)
{
	add_bind(1, 0, 100, 200);
	hear_begin();
	hear_change(0, 99);
	finish();
	assert_violation("none was heard");
}
END_TEST

START_TEST(event_at_the_moment_of_the_call_counts)
{
	add_bind(1, 0, 100, 200);
	leave_something_over();
	hear_begin();
	hear_change(0, 100);
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(bind_that_failed_needs_no_event)
{
	add_failed_bind(1, 0, -EBUSY, 100, 200);
	hear_begin();
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(release_between_two_binds_needs_its_events)
{
	const struct finding *finding;

	add_two_rounds();
	hear_begin();
	/* One `change` for each bind and for the last release, and only one that says that the medium is gone. */
	hear_change(0, 150);
	hear_change(0, 350);
	hear_change(0, 550);
	hear_change(0, 750);
	hear_media(0, 750);
	finish();
	finding = assert_violation("had bound loop0, which was released later");
	ck_assert(strstr(finding->text, "no `change` with DISK_MEDIA_CHANGE uevent"));
	ck_assert_uint_eq(finding->count, 1);
}
END_TEST

START_TEST(older_kernels_do_not_say_that_the_medium_is_gone)
{
	fixture.evidence.kernel = (struct kernel_version){ .major = 5, .minor = 10 };
	add_two_rounds();
	hear_begin();
	hear_change(0, 150);
	hear_change(0, 350);
	hear_change(0, 550);
	hear_change(0, 750);
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(release_without_any_event_is_a_violation)
{
	fixture.evidence.kernel = (struct kernel_version){ .major = 5, .minor = 10 };
	add_two_rounds();
	hear_begin();
	hear_change(0, 150);
	hear_change(0, 550);
	finish();
	assert_violation("had bound loop0, which was released later");
}
END_TEST

START_TEST(last_release_needs_its_events_when_nothing_is_left_over)
{
	add_bind(0, 0, 100, 200);
	add_clear(0, 0, 0, 300, 400);
	hear_begin();
	hear_change(0, 150);
	finish();
	assert_violation("had bound loop0, which was released later");
	leave_something_over();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(last_release_may_come_late_behind_io_uring)
{
	add_bind(0, 0, 100, 200);
	history_builder_add(&fixture.builder, (struct history_call){ .call = RECORDER_CALL_fsync,
								     .call_ns = 210,
								     .return_ns = 220,
								     .file = 10,
								     .is_extended = true });
	add_clear(0, 0, 0, 300, 400);
	hear_begin();
	hear_change(0, 150);
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(concurrent_binds_are_counted_and_not_ordered)
{
	/* Two binds that overlap, so one was released before the other; whichever that was. */
	add_bind(0, 0, 100, 500);
	add_clear(1, 0, 0, 150, 400);
	add_bind(2, 0, 200, 450);
	leave_something_over();
	hear_begin();
	hear_change(0, 300);
	hear_change(0, 300);
	hear_media(0, 300);
	hear_change(0, 460);
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(concurrent_binds_with_too_few_events_are_a_violation)
{
	add_bind(0, 0, 100, 500);
	add_clear(1, 0, 0, 150, 400);
	add_bind(2, 0, 200, 450);
	leave_something_over();
	hear_begin();
	hear_change(0, 300);
	hear_media(0, 300);
	hear_change(0, 460);
	finish();
	assert_violation("loop0");
}
END_TEST

START_TEST(size_that_is_set_has_an_event)
{
	add_bind(0, 0, 100, 200);
	add_control(RECORDER_CALL_set_capacity, 0, 0, 300, 400);
	leave_something_over();
	hear_begin();
	hear_change(0, 150);
	finish();
	assert_violation("LOOP_SET_CAPACITY");
}
END_TEST

START_TEST(size_that_is_set_may_say_so_by_resize)
{
	add_bind(0, 0, 100, 200);
	add_control(RECORDER_CALL_set_capacity, 0, 0, 300, 400);
	leave_something_over();
	hear_begin();
	hear_change(0, 150);
	add_event(RECORDER_UEVENT_change, 0, 0, RECORDER_FLAG_RESIZE, 350);
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(file_that_is_exchanged_has_an_event)
{
	add_bind(0, 0, 100, 200);
	add_control(RECORDER_CALL_change_fd, 0, 0, 300, 400);
	leave_something_over();
	hear_begin();
	hear_change(0, 150);
	finish();
	assert_violation("exchanged the backing file of loop0, but there is no `change` uevent for it");
	/* Up to v5.10 nothing is said. */
	fixture.evidence.kernel = (struct kernel_version){ .major = 5, .minor = 10 };
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(exchange_that_failed_needs_no_event)
{
	add_bind(0, 0, 100, 200);
	add_control(RECORDER_CALL_change_fd, 0, -EINVAL, 300, 400);
	leave_something_over();
	hear_begin();
	hear_change(0, 150);
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

/* --- devices that come and go --- */

START_TEST(device_comes_and_goes_with_its_events)
{
	add_control(RECORDER_CALL_add, 20, 20, 100, 200);
	add_control(RECORDER_CALL_remove, 20, 0, 300, 400);
	add_control(RECORDER_CALL_add, 20, 20, 500, 600);
	add_control(RECORDER_CALL_remove, 20, -EBUSY, 700, 800);
	hear_begin();
	add_event(RECORDER_UEVENT_add, 20, 0, 0, 150);
	add_event(RECORDER_UEVENT_remove, 20, 0, 0, 350);
	add_event(RECORDER_UEVENT_add, 20, 0, 0, 550);
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(device_that_was_made_without_an_event_is_a_violation)
{
	add_control(RECORDER_CALL_add, 20, 20, 100, 200);
	hear_begin();
	add_event(RECORDER_UEVENT_add, 21, 0, 0, 150);
	finish();
	assert_violation("LOOP_CTL_ADD (from +0.000000 s to +0.000000 s) made loop20, but there is no `add` uevent");
}
END_TEST

/* What 6.12 to 7.3 do: LOOP_CONFIGURE holds uevents back, and does not let them go when it dislikes the block size. */
static void add_refused_configure(void)
{
	add_control(RECORDER_CALL_add, 20, 20, 100, 200);
	history_builder_add(&fixture.builder, (struct history_call){
						      .worker = 1,
						      .call = RECORDER_CALL_configure,
						      .index = 20,
						      .call_ns = 250,
						      .return_ns = 260,
						      .result = -EINVAL,
						      .block_size = 3,
						      .line = 12,
					      });
	add_control(RECORDER_CALL_remove, 20, 0, 300, 400);
	add_control(RECORDER_CALL_add, 20, 20, 500, 600);
	hear_begin();
	add_event(RECORDER_UEVENT_add, 20, 0, 0, 150);
}

START_TEST(remove_that_is_lost_after_a_refused_configure_is_a_violation)
{
	const struct finding *finding;

	add_refused_configure();
	add_event(RECORDER_UEVENT_add, 20, 0, 0, 550);
	finish();
	finding = assert_violation("LOOP_CTL_REMOVE");
	ck_assert_uint_eq(finding->count, 1);
	ck_assert_ptr_nonnull(strstr(finding->text, "Before it, worker 1's LOOP_CONFIGURE(loop20) had failed"));
	ck_assert_int_eq(finding->calls[0].record.call, RECORDER_CALL_configure);
	ck_assert_int_eq(finding->calls[1].record.call, RECORDER_CALL_remove);
	ck_assert_int_eq(finding->calls[2].record.call, RECORDER_CALL_uevent);
}
END_TEST

START_TEST(refused_configure_that_loses_nothing_is_sound)
{
	add_refused_configure();
	add_event(RECORDER_UEVENT_remove, 20, 0, 0, 350);
	add_event(RECORDER_UEVENT_add, 20, 0, 0, 550);
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(known_bug_is_told_as_known)
{
	struct expectation *expectation = &fixture.scenario.expectations[fixture.scenario.expectation_count++];
	const struct finding *finding;

	*expectation = (struct expectation){ .subject = EXPECT_known_bug, .label = -1 };
	strcpy(expectation->rule, "uevents");
	strcpy(expectation->name, "suppressed");
	add_refused_configure();
	add_event(RECORDER_UEVENT_add, 20, 0, 0, 550);
	finish();
	judge_fixture_judge();
	finding = judge_fixture_finding(RULE_uevents);
	ck_assert_ptr_nonnull(finding);
	ck_assert_uint_eq(finding->known_count, 1);
}
END_TEST

/* --- partitions --- */

static void add_partscan(uint64_t flags, uint64_t offset, uint64_t call_ns, uint64_t return_ns)
{
	history_builder_add(&fixture.builder, (struct history_call){
						      .call = RECORDER_CALL_configure,
						      .call_ns = call_ns,
						      .return_ns = return_ns,
						      .file = 10,
						      .dev = 25,
						      .inode = 200,
						      .detail = flags,
						      .offset = offset,
					      });
}

static void hear_partitions(enum recorder_uevent_action action, unsigned int first, unsigned int last, uint64_t at_ns)
{
	for (unsigned int partition = first; partition <= last; partition++)
		add_event(action, 0, partition, 0, at_ns);
}

/* What a bind with two partitions and its release say besides them. */
static void hear_round(void)
{
	hear_begin();
	hear_change(0, 150);
	hear_change(0, 150);
	hear_change(0, 350);
	hear_media(0, 350);
}

static void add_partition_round(void)
{
	add_partscan(LO_FLAGS_PARTSCAN, 0, 100, 200);
	add_clear(0, 0, 0, 300, 400);
	hear_round();
}

START_TEST(partitions_come_and_go_with_their_events)
{
	add_partition_round();
	hear_partitions(RECORDER_UEVENT_add, 1, 2, 160);
	hear_partitions(RECORDER_UEVENT_remove, 1, 2, 360);
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(partition_without_its_add_is_a_violation)
{
	add_partition_round();
	hear_partitions(RECORDER_UEVENT_add, 1, 1, 160);
	hear_partitions(RECORDER_UEVENT_remove, 1, 2, 360);
	finish();
	assert_violation("found a partition table and made loop0p2, but there is no `add` uevent");
}
END_TEST

START_TEST(partition_without_its_remove_is_a_violation)
{
	add_partition_round();
	hear_partitions(RECORDER_UEVENT_add, 1, 2, 160);
	hear_partitions(RECORDER_UEVENT_remove, 2, 2, 360);
	finish();
	assert_violation("had made loop0p1, and its device was released later, but there is no `remove` uevent");
}
END_TEST

START_TEST(partitions_that_come_again_are_sound)
{
	add_partition_round();
	hear_partitions(RECORDER_UEVENT_add, 1, 2, 160);
	hear_partitions(RECORDER_UEVENT_remove, 1, 2, 170);
	hear_partitions(RECORDER_UEVENT_add, 1, 2, 180);
	hear_partitions(RECORDER_UEVENT_remove, 1, 2, 360);
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(partition_that_comes_twice_is_a_violation)
{
	const struct finding *finding;

	add_partition_round();
	hear_partitions(RECORDER_UEVENT_add, 1, 2, 160);
	hear_partitions(RECORDER_UEVENT_add, 2, 2, 180);
	hear_partitions(RECORDER_UEVENT_remove, 1, 2, 360);
	finish();
	finding = assert_violation("two `add` uevents of loop0p2 came with no `remove` between them");
	ck_assert_uint_eq(finding->call_count, 4);
}
END_TEST

/* Somebody looks for the partitions again, which says `add` of them once more. */
static void add_reread(uint64_t call_ns, uint64_t return_ns)
{
	add_control(RECORDER_CALL_partition_reread, 0, 0, call_ns, return_ns);
}

START_TEST(partition_that_goes_must_have_come)
{
	const struct finding *finding;

	add_partscan(LO_FLAGS_PARTSCAN, 0, 100, 200);
	add_reread(220, 240);
	add_clear(0, 0, 0, 300, 400);
	hear_round();
	hear_partitions(RECORDER_UEVENT_remove, 1, 2, 225);
	hear_partitions(RECORDER_UEVENT_add, 1, 2, 230);
	hear_partitions(RECORDER_UEVENT_remove, 1, 2, 360);
	finish();
	finding = assert_violation("a `remove` uevent of loop0p1 came at +0.000000 s, but no `add` of it before");
	ck_assert_uint_eq(finding->count, 2);
	ck_assert_int_eq(finding->calls[0].record.call, RECORDER_CALL_configure);
}
END_TEST

START_TEST(partition_that_others_may_have_found_is_not_certain)
{
	add_partscan(LO_FLAGS_PARTSCAN, 0, 100, 200);
	add_close(1, 0, 150, 160);
	add_reread(220, 240);
	add_clear(0, 0, 0, 300, 400);
	hear_round();
	hear_partitions(RECORDER_UEVENT_remove, 1, 2, 225);
	hear_partitions(RECORDER_UEVENT_add, 1, 2, 230);
	hear_partitions(RECORDER_UEVENT_remove, 1, 2, 360);
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(order_is_that_of_the_numbers)
{
	add_partition_round();
	hear_partitions(RECORDER_UEVENT_add, 1, 2, 160);
	sequence = 700;
	hear_partitions(RECORDER_UEVENT_add, 1, 2, 170);
	/* Heard last, but sent before. */
	sequence = 600;
	hear_partitions(RECORDER_UEVENT_remove, 1, 2, 180);
	sequence = 800;
	hear_partitions(RECORDER_UEVENT_remove, 1, 2, 360);
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(nobody_asked_for_partitions)
{
	add_partscan(0, 0, 100, 200);
	add_clear(0, 0, 0, 300, 400);
	hear_round();
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(table_is_not_where_the_device_begins)
{
	add_partscan(LO_FLAGS_PARTSCAN, 512, 100, 200);
	add_clear(0, 0, 0, 300, 400);
	hear_round();
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(table_may_have_been_written_over)
{
	history_builder_add(&fixture.builder, (struct history_call){ .worker = 1,
								     .call = RECORDER_CALL_write,
								     .index = -1,
								     .call_ns = 50,
								     .return_ns = 60,
								     .result = 512,
								     .length = 512 });
	add_partition_round();
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(partitions_of_a_bind_that_was_not_alone_are_not_certain)
{
	add_clear(1, 0, 0, 150, 160);
	add_partition_round();
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(close_that_began_before_the_bind_was_not_alone_either)
{
	add_close(1, 0, 50, 150);
	add_partition_round();
	finish();
	assert_rule(VERDICT_PASS);
}
END_TEST

START_TEST(reading_disturbs_no_bind)
{
	add_report(1, 0, -ENXIO, 0, 150, 160);
	add_partition_round();
	finish();
	assert_violation("found a partition table");
}
END_TEST

/* --- what was not heard --- */

START_TEST(lost_uevents_accuse_nobody)
{
	add_bind(1, 0, 100, 200);
	hear_begin();
	hear_gap(3, 99000);
	finish();
	assert_rule(VERDICT_UNKNOWN);
	ck_assert(strstr(judge_fixture_finding(RULE_uevents)->text, "3 uevents of the machine did not reach"));
	ck_assert_int_eq(fixture.judgement.verdict, VERDICT_UNKNOWN);
}
END_TEST

START_TEST(uevents_that_an_injected_failure_may_have_lost_are_no_riddle)
{
	add_bind(1, 0, 100, 200);
	history_builder_add(&fixture.builder, (struct history_call){ .worker = 2,
								     .call = RECORDER_CALL_get_free,
								     .index = -1,
								     .result = -ENOMEM,
								     .is_injected = true,
								     .call_ns = 100,
								     .return_ns = 200 });
	hear_begin();
	hear_gap(3, 99000);
	finish();
	assert_rule(VERDICT_SKIP);
	ck_assert_ptr_null(judge_fixture_finding(RULE_uevents));
}
END_TEST

START_TEST(queue_that_ran_over_accuses_nobody)
{
	add_bind(1, 0, 100, 200);
	hear_gap(0, 1);
	hear_begin();
	finish();
	assert_rule(VERDICT_UNKNOWN);
	ck_assert(strstr(judge_fixture_finding(RULE_uevents)->text, "An unknown number of uevents"));
}
END_TEST

START_TEST(without_a_listener_there_is_no_evidence)
{
	history_builder_fini(&fixture.builder);
	history_builder_init(&fixture.builder, LISTENER);
	add_bind(1, 0, 100, 200);
	judge_fixture_finish();
	assert_rule(VERDICT_SKIP);
}
END_TEST

START_TEST(without_its_end_mark_there_is_no_evidence)
{
	add_bind(1, 0, 100, 200);
	hear_begin();
	judge_fixture_finish();
	assert_rule(VERDICT_SKIP);
}
END_TEST

START_TEST(without_its_begin_mark_there_is_no_evidence)
{
	add_bind(1, 0, 100, 200);
	finish();
	assert_rule(VERDICT_SKIP);
}
END_TEST

START_TEST(full_area_is_no_evidence)
{
	add_bind(1, 0, 100, 200);
	hear_begin();
	atomic_store(&fixture.builder.recorder.areas[LISTENER].is_full, 1);
	finish();
	assert_rule(VERDICT_SKIP);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("rule-uevents");
	TCase *tcase = tcase_create("binds");

	tcase_add_checked_fixture(tcase, setup, judge_fixture_teardown);
	tcase_add_test(tcase, bind_and_release_with_their_events_are_sound);
	tcase_add_test(tcase, events_may_be_heard_late);
	tcase_add_test(tcase, bind_without_an_event_is_a_violation);
	tcase_add_test(tcase, event_for_which_there_was_no_memory_accuses_nobody);
	tcase_add_test(tcase, event_from_before_the_bind_is_none_of_its);
	tcase_add_test(tcase, event_at_the_moment_of_the_call_counts);
	tcase_add_test(tcase, bind_that_failed_needs_no_event);
	tcase_add_test(tcase, release_between_two_binds_needs_its_events);
	tcase_add_test(tcase, older_kernels_do_not_say_that_the_medium_is_gone);
	tcase_add_test(tcase, release_without_any_event_is_a_violation);
	tcase_add_test(tcase, last_release_needs_its_events_when_nothing_is_left_over);
	tcase_add_test(tcase, last_release_may_come_late_behind_io_uring);
	tcase_add_test(tcase, concurrent_binds_are_counted_and_not_ordered);
	tcase_add_test(tcase, concurrent_binds_with_too_few_events_are_a_violation);
	tcase_add_test(tcase, size_that_is_set_has_an_event);
	tcase_add_test(tcase, size_that_is_set_may_say_so_by_resize);
	tcase_add_test(tcase, file_that_is_exchanged_has_an_event);
	tcase_add_test(tcase, exchange_that_failed_needs_no_event);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("devices");
	tcase_add_checked_fixture(tcase, setup, judge_fixture_teardown);
	tcase_add_test(tcase, device_comes_and_goes_with_its_events);
	tcase_add_test(tcase, device_that_was_made_without_an_event_is_a_violation);
	tcase_add_test(tcase, remove_that_is_lost_after_a_refused_configure_is_a_violation);
	tcase_add_test(tcase, refused_configure_that_loses_nothing_is_sound);
	tcase_add_test(tcase, known_bug_is_told_as_known);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("partitions");
	tcase_add_checked_fixture(tcase, setup, judge_fixture_teardown);
	tcase_add_test(tcase, partitions_come_and_go_with_their_events);
	tcase_add_test(tcase, partition_without_its_add_is_a_violation);
	tcase_add_test(tcase, partition_without_its_remove_is_a_violation);
	tcase_add_test(tcase, partitions_that_come_again_are_sound);
	tcase_add_test(tcase, partition_that_comes_twice_is_a_violation);
	tcase_add_test(tcase, partition_that_goes_must_have_come);
	tcase_add_test(tcase, partition_that_others_may_have_found_is_not_certain);
	tcase_add_test(tcase, order_is_that_of_the_numbers);
	tcase_add_test(tcase, nobody_asked_for_partitions);
	tcase_add_test(tcase, table_is_not_where_the_device_begins);
	tcase_add_test(tcase, table_may_have_been_written_over);
	tcase_add_test(tcase, partitions_of_a_bind_that_was_not_alone_are_not_certain);
	tcase_add_test(tcase, close_that_began_before_the_bind_was_not_alone_either);
	tcase_add_test(tcase, reading_disturbs_no_bind);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("listener");
	tcase_add_checked_fixture(tcase, setup, judge_fixture_teardown);
	tcase_add_test(tcase, lost_uevents_accuse_nobody);
	tcase_add_test(tcase, uevents_that_an_injected_failure_may_have_lost_are_no_riddle);
	tcase_add_test(tcase, queue_that_ran_over_accuses_nobody);
	tcase_add_test(tcase, without_a_listener_there_is_no_evidence);
	tcase_add_test(tcase, without_its_end_mark_there_is_no_evidence);
	tcase_add_test(tcase, without_its_begin_mark_there_is_no_evidence);
	tcase_add_test(tcase, full_area_is_no_evidence);
	suite_add_tcase(suite, tcase);
	return suite;
}
