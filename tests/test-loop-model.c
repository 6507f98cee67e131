/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model of one loop device: for each thing that it says about the driver a history that agrees, and one beside it
 * that does not.
 */
#include "harness/judge/examination.h"

#include <check.h>
#include <errno.h>
#include <linux/loop.h>
#include <string.h>

#include "tests/history_builder.h"

/* Kernels on both sides of what differs. */
#define OLD    5, 10
#define MIDDLE 6, 1
#define NEW    6, 12

#define NEVER  0

static struct history_builder builder;
static struct examination examination;
static struct survey survey;
static struct backings backings;
static uint32_t open_counts[6];

static void setup(void)
{
	history_builder_init(&builder, 6);
	memset(&examination, 0, sizeof(examination));
	memset(open_counts, 0, sizeof(open_counts));
}

static void teardown(void)
{
	examination_fini(&examination);
	survey_fini(&survey);
	backings_fini(&backings);
	history_builder_fini(&builder);
}

/* Each open() has a new number. */
static uint32_t file_of(unsigned int worker)
{
	return 10 + worker + 16 * open_counts[worker];
}

static struct kernel_version kernel_version(unsigned int major, unsigned int minor)
{
	return (struct kernel_version){ major, minor, 200 };
}

/* Worker W has loop3 open, and its backing file is inode 100 + W. */
static void add(unsigned int worker, enum recorder_call call, int result, uint64_t call_ns, uint64_t return_ns)
{
	bool has_file = call == RECORDER_CALL_set_fd || call == RECORDER_CALL_configure;

	history_builder_add(&builder, (struct history_call){
					      .worker = worker,
					      .call = call,
					      .index = 3,
					      .file = file_of(worker),
					      .result = result,
					      .call_ns = call_ns,
					      .return_ns = return_ns,
					      .dev = has_file ? 25 : 0,
					      .inode = has_file ? 100 + worker : 0,
				      });
}

static void add_open(unsigned int worker, uint64_t call_ns, uint64_t return_ns)
{
	open_counts[worker]++;
	add(worker, RECORDER_CALL_open, 10, call_ns, return_ns);
}

static void add_failed_open(unsigned int worker, int error, uint64_t call_ns, uint64_t return_ns)
{
	add(worker, RECORDER_CALL_open, -error, call_ns, return_ns);
}

static void add_close(unsigned int worker, uint64_t call_ns, uint64_t return_ns)
{
	add(worker, RECORDER_CALL_close, 0, call_ns, return_ns);
}

static void add_bind(unsigned int worker, int result, uint64_t call_ns, uint64_t return_ns)
{
	add(worker, RECORDER_CALL_set_fd, result, call_ns, return_ns);
}

static void add_clear(unsigned int worker, int result, uint64_t call_ns, uint64_t return_ns)
{
	add(worker, RECORDER_CALL_clr_fd, result, call_ns, return_ns);
}

static void add_flags(unsigned int worker, enum recorder_call call, uint64_t flags, uint64_t inode, uint64_t call_ns,
		      uint64_t return_ns)
{
	history_builder_add(&builder, (struct history_call){
					      .worker = worker,
					      .call = call,
					      .index = 3,
					      .file = file_of(worker),
					      .call_ns = call_ns,
					      .return_ns = return_ns,
					      .dev = inode ? 25 : 0,
					      .inode = inode,
					      .detail = flags,
				      });
}

static void add_report(unsigned int worker, uint64_t flags, uint64_t inode, uint64_t call_ns, uint64_t return_ns)
{
	add_flags(worker, RECORDER_CALL_get_status, flags, inode, call_ns, return_ns);
}

static int examine_until(uint64_t horizon_ns, struct loop_model model)
{
	const struct history *history = history_builder_read(&builder);
	int r;

	examination_fini(&examination);
	survey_fini(&survey);
	backings_fini(&backings);
	r = backings_init(history, &backings);
	if (r == 0)
		r = survey_init(history, &backings, &survey);
	model.survey = &survey;
	model.backings = &backings;
	return r < 0 ? r : examination_init(history, horizon_ns, &model, &examination);
}

static const struct examination *examine_as(const struct loop_model *model)
{
	int r;

	r = examine_until(UINT64_MAX, *model);
	ck_assert_int_eq(r, 0);
	ck_assert(examination.is_done);
	ck_assert(!examination.is_disordered);
	ck_assert_uint_eq(examination.unknown_count, 0);
	return &examination;
}

static uint64_t failures_on(unsigned int major, unsigned int minor)
{
	struct loop_model model = { .traits = loop_traits_of(kernel_version(major, minor)), .checks_get_free = true };
	const struct examination *examined = examine_as(&model);

	ck_assert_uint_eq(examined->get_free_failures.device_count, 0);
	return examined->model_failures.device_count;
}

#define assert_sound(kernel)  ck_assert_uint_eq(failures_on(kernel), 0)
#define assert_broken(kernel) ck_assert_uint_eq(failures_on(kernel), 1)

/* --- bind --- */

START_TEST(device_is_bound_once)
{
	add_open(0, 1, 2);
	add_open(1, 1, 2);
	add_bind(0, 0, 10, 20);
	add_bind(1, -EBUSY, 12, 30);
	assert_sound(MIDDLE);
	add_bind(1, 0, 40, 50);
	assert_broken(MIDDLE);
	ck_assert_str_eq(examination.model_failures.reason,
			 "loop3 was bound to inode 100, and only EBUSY was possible");
	ck_assert_uint_eq(examination.model_failures.call_count, 2);
}
END_TEST

START_TEST(bind_is_refused_only_when_there_is_a_reason)
{
	add_open(0, 1, 2);
	add_open(1, 1, 2);
	add_bind(1, -EBUSY, 3, 20);
	/* Overlaps by a single moment. */
	add_bind(0, 0, 20, 30);
	assert_sound(NEW);
	add_clear(0, 0, 40, 50);
	add_close(0, 51, 52);
	add_bind(1, -EBUSY, 60, 70);
	/* The second opener was there when it was cleared. */
	assert_sound(NEW);
	add_close(1, 71, 72);
	add_open(2, 80, 81);
	add_bind(2, -EBUSY, 82, 83);
	assert_broken(NEW);
}
END_TEST

START_TEST(bind_that_fails_for_the_callers_reasons_changes_nothing)
{
	static const int errors[] = { ENOMEM, EINTR };

	add_open(0, 1, 2);
	for (unsigned int i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		add_bind(0, -errors[i], 10 + 2 * i, 11 + 2 * i);
	add_bind(0, 0, 40, 50);
	assert_sound(NEW);
	add_bind(0, -ENXIO, 60, 70);
	assert_broken(NEW);
}
END_TEST

START_TEST(bind_that_never_returned_may_have_bound)
{
	add_open(0, 1, 2);
	add_open(1, 1, 2);
	add_bind(0, 0, 10, NEVER);
	add_bind(1, -EBUSY, 20, 30);
	assert_sound(MIDDLE);
}
END_TEST

START_TEST(bind_that_never_returned_may_not_have_bound)
{
	add_open(0, 1, 2);
	add_open(1, 1, 2);
	add_bind(0, 0, 10, NEVER);
	add_bind(1, 0, 20, 30);
	assert_sound(MIDDLE);
}
END_TEST

/* --- release --- */

START_TEST(only_opener_clears_at_once_up_to_6_10)
{
	add_open(0, 1, 2);
	add_bind(0, 0, 10, 20);
	add_clear(0, 0, 30, 40);
	add_bind(0, 0, 50, 60);
	assert_sound(OLD);
	assert_sound(MIDDLE);
	/* Since v6.11 it stays in rundown until the last close. */
	assert_broken(NEW);
}
END_TEST

START_TEST(only_opener_clears_at_the_last_close_since_6_11)
{
	add_open(0, 1, 2);
	add_bind(0, 0, 10, 20);
	add_clear(0, 0, 30, 40);
	add_bind(0, -EBUSY, 50, 60);
	assert_sound(NEW);
	assert_broken(MIDDLE);
}
END_TEST

START_TEST(rundown_refuses_to_be_opened_since_6_11)
{
	add_open(0, 1, 2);
	add_bind(0, 0, 10, 20);
	add_clear(0, 0, 30, 40);
	add_failed_open(1, ENXIO, 50, 60);
	assert_sound(NEW);
	assert_broken(MIDDLE);
}
END_TEST

START_TEST(opener_that_was_let_in_before_the_rundown_holds_it)
{
	add_open(0, 1, 2);
	add_bind(0, 0, 10, 20);
	add_open(1, 25, 60);
	add_clear(0, 0, 30, 40);
	add_close(0, 70, 80);
	/* It was looked at while bound, and counted after worker 0 was seen to be the only opener. */
	add_failed_open(2, ENXIO, 90, 100);
	add(1, RECORDER_CALL_get_status, -ENXIO, 110, 120);
	add_close(1, 130, 140);
	add_open(2, 150, 160);
	assert_sound(NEW);
}
END_TEST

START_TEST(rundown_ends_with_the_last_close)
{
	add_open(0, 1, 2);
	add_bind(0, 0, 10, 20);
	add_clear(0, 0, 30, 40);
	add_close(0, 50, 60);
	add_failed_open(1, ENXIO, 61, 70);
	assert_broken(NEW);
}
END_TEST

START_TEST(rundown_within_the_clear_is_seen_by_others)
{
	/* Up to v6.10 others may come in between, and find the device neither bound nor free. */
	add_open(0, 1, 2);
	add_bind(0, 0, 10, 20);
	add_clear(0, 0, 30, 90);
	add_open(1, 40, 45);
	add(1, RECORDER_CALL_get_status, -ENXIO, 50, 55);
	add_bind(1, -EBUSY, 60, 65);
	add_bind(1, 0, 70, 75);
	assert_sound(OLD);
	assert_sound(MIDDLE);
}
END_TEST

START_TEST(clear_with_other_openers_waits_for_the_last_close)
{
	add_open(0, 1, 2);
	add_open(1, 3, 4);
	add_bind(0, 0, 10, 20);
	add_clear(0, 0, 30, 40);
	add_close(0, 50, 60);
	add_bind(1, -EBUSY, 61, 70);
	add_close(1, 80, 90);
	add_open(2, 100, 110);
	add_bind(2, 0, 120, 130);
	for (unsigned int i = 0; i < 3; i++)
		ck_assert_uint_eq(failures_on(i == 0 ? 5 : 6, i == 0 ? 10 : i == 1 ? 1 : 12), 0);
	add_bind(2, 0, 140, 150);
	assert_broken(MIDDLE);
}
END_TEST

START_TEST(clear_with_other_openers_does_not_free_the_device)
{
	add_open(0, 1, 2);
	add_open(1, 3, 4);
	add_bind(0, 0, 10, 20);
	add_clear(0, 0, 30, 40);
	add_bind(1, 0, 50, 60);
	assert_broken(OLD);
	assert_broken(NEW);
}
END_TEST

START_TEST(close_during_the_clear_decides_either_way)
{
	add_open(0, 1, 2);
	add_open(1, 3, 4);
	add_bind(0, 0, 10, 20);
	add_clear(0, 0, 30, 50);
	add_close(1, 40, 60);
	add_bind(0, 0, 70, 80);
	assert_sound(MIDDLE);
}
END_TEST

START_TEST(clear_of_an_unbound_device_is_refused)
{
	add_open(0, 1, 2);
	add_clear(0, -ENXIO, 10, 20);
	assert_sound(NEW);
	add_clear(0, 0, 30, 40);
	assert_broken(NEW);
}
END_TEST

START_TEST(clear_of_a_bound_device_is_not_refused)
{
	add_open(0, 1, 2);
	add_bind(0, 0, 10, 20);
	add_clear(0, -EINTR, 25, 26);
	assert_sound(MIDDLE);
	add_clear(0, -ENXIO, 30, 40);
	assert_broken(MIDDLE);
}
END_TEST

START_TEST(only_one_of_two_clears_detaches)
{
	add_open(0, 1, 2);
	add_open(1, 1, 2);
	add_bind(0, 0, 10, 20);
	add_clear(0, 0, 30, 40);
	add_clear(1, 0, 30, 40);
	/* Both only marked it. */
	assert_sound(MIDDLE);
	add_close(0, 50, 60);
	add_clear(1, 0, 70, 80);
	add_clear(1, -ENXIO, 90, 100);
	assert_sound(MIDDLE);
	assert_sound(NEW);
	add_clear(1, 0, 110, 120);
	assert_broken(MIDDLE);
}
END_TEST

/* --- autoclear --- */

START_TEST(autoclear_device_is_released_by_the_last_close)
{
	add_open(0, 1, 2);
	add_flags(0, RECORDER_CALL_configure, LO_FLAGS_AUTOCLEAR, 100, 10, 20);
	add_open(1, 21, 22);
	add_close(0, 30, 40);
	add_report(1, LO_FLAGS_AUTOCLEAR, 100, 50, 60);
	add_close(1, 70, 80);
	add_open(2, 90, 91);
	add_bind(2, 0, 92, 93);
	assert_sound(OLD);
	assert_sound(NEW);
}
END_TEST

START_TEST(device_without_autoclear_stays_bound)
{
	add_open(0, 1, 2);
	add_flags(0, RECORDER_CALL_configure, 0, 100, 10, 20);
	add_close(0, 30, 40);
	add_open(2, 90, 91);
	add_bind(2, -EBUSY, 92, 93);
	assert_sound(NEW);
	add_bind(2, 0, 94, 95);
	assert_broken(NEW);
}
END_TEST

START_TEST(set_status_takes_a_release_back)
{
	add_open(0, 1, 2);
	add_open(1, 1, 2);
	add_bind(0, 0, 10, 20);
	add_clear(1, 0, 30, 40);
	add_report(0, LO_FLAGS_AUTOCLEAR, 100, 41, 42);
	add_flags(0, RECORDER_CALL_set_status, 0, 0, 50, 60);
	add_report(0, 0, 100, 61, 62);
	add_close(1, 70, 71);
	add_close(0, 72, 73);
	add_open(2, 80, 81);
	add_report(2, 0, 100, 82, 83);
	assert_sound(NEW);
	assert_sound(OLD);
	add_bind(2, 0, 90, 91);
	assert_broken(OLD);
}
END_TEST

/* --- reports --- */

START_TEST(report_shows_who_bound_it)
{
	add_open(0, 1, 2);
	add_open(1, 1, 2);
	add_bind(0, 0, 10, 20);
	add_report(1, 0, 100, 30, 40);
	assert_sound(MIDDLE);
	add_report(1, 0, 101, 50, 60);
	assert_broken(MIDDLE);
}
END_TEST

START_TEST(report_shows_the_flags_that_were_set)
{
	add_open(0, 1, 2);
	add_flags(0, RECORDER_CALL_configure, LO_FLAGS_PARTSCAN | LO_FLAGS_READ_ONLY, 100, 10, 20);
	add_report(0, LO_FLAGS_PARTSCAN | LO_FLAGS_READ_ONLY, 100, 30, 40);
	/* PARTSCAN cannot be taken back, and READ_ONLY cannot be changed. */
	add_flags(0, RECORDER_CALL_set_status, 0, 0, 50, 60);
	add_report(0, LO_FLAGS_PARTSCAN | LO_FLAGS_READ_ONLY, 100, 70, 80);
	assert_sound(MIDDLE);
	add_report(0, LO_FLAGS_READ_ONLY, 100, 90, 95);
	assert_broken(MIDDLE);
}
END_TEST

START_TEST(read_only_binding_is_reported_so)
{
	add_open(0, 1, 2);
	add_flags(0, RECORDER_CALL_configure, LO_FLAGS_READ_ONLY, 100, 10, 20);
	add_report(0, 0, 100, 30, 40);
	assert_broken(MIDDLE);
}
END_TEST

START_TEST(report_shows_no_flag_that_nobody_set)
{
	add_open(0, 1, 2);
	add_flags(0, RECORDER_CALL_configure, 0, 100, 10, 20);
	/* A file that cannot be written is the driver's affair. */
	add_report(0, LO_FLAGS_READ_ONLY, 100, 21, 22);
	assert_sound(NEW);
	add_report(0, LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR, 100, 30, 40);
	assert_broken(NEW);
}
END_TEST

START_TEST(flags_end_with_the_binding)
{
	add_open(0, 1, 2);
	add_flags(0, RECORDER_CALL_configure, LO_FLAGS_PARTSCAN, 100, 10, 20);
	add_clear(0, 0, 30, 40);
	add_flags(0, RECORDER_CALL_configure, 0, 100, 50, 60);
	add_report(0, 0, 100, 70, 80);
	assert_sound(MIDDLE);
	add_report(0, LO_FLAGS_PARTSCAN, 100, 90, 95);
	assert_broken(MIDDLE);
}
END_TEST

START_TEST(settings_need_a_bound_device)
{
	add_open(0, 1, 2);
	add(0, RECORDER_CALL_set_block_size, -ENXIO, 3, 4);
	add(0, RECORDER_CALL_set_direct_io, -ENXIO, 5, 6);
	add_bind(0, 0, 10, 20);
	add(0, RECORDER_CALL_set_block_size, 0, 21, 22);
	add(0, RECORDER_CALL_set_direct_io, -EINVAL, 23, 24);
	assert_sound(NEW);
	add(0, RECORDER_CALL_set_direct_io, -ENXIO, 25, 26);
	assert_broken(NEW);
}
END_TEST

START_TEST(cached_pages_refuse_up_to_5_18)
{
	add_open(0, 1, 2);
	add_bind(0, 0, 10, 20);
	add(0, RECORDER_CALL_set_block_size, -EAGAIN, 21, 22);
	add(0, RECORDER_CALL_set_status, -EAGAIN, 23, 24);
	assert_sound(OLD);
	ck_assert_uint_eq(failures_on(5, 18), 0);
	ck_assert_uint_eq(failures_on(5, 19), 1);
	assert_broken(NEW);
}
END_TEST

/* --- existence --- */

START_TEST(device_is_added_once)
{
	add(0, RECORDER_CALL_add, 3, 1, 2);
	add_open(0, 3, 4);
	assert_sound(NEW);
	add(1, RECORDER_CALL_add, 3, 5, 6);
	assert_broken(NEW);
}
END_TEST

START_TEST(device_that_is_absent_cannot_be_opened)
{
	add_failed_open(0, ENOENT, 1, 2);
	add(1, RECORDER_CALL_get_free, 3, 3, 4);
	add_open(0, 5, 6);
	assert_sound(NEW);
	add_failed_open(1, ENOENT, 7, 8);
	assert_broken(NEW);
}
END_TEST

/* --- LOOP_CTL_GET_FREE --- */

START_TEST(free_device_was_free_at_some_moment)
{
	struct loop_model model = { .traits = loop_traits_of(kernel_version(NEW)), .checks_get_free = true };

	add_open(0, 1, 2);
	add_bind(0, 0, 10, 20);
	add(1, RECORDER_CALL_get_free, 3, 5, 15);
	add_clear(0, 0, 30, 40);
	add_close(0, 50, 60);
	add(2, RECORDER_CALL_get_free, 3, 25, 55);
	assert_sound(NEW);
	/* The rundown is not free yet. */
	add(3, RECORDER_CALL_get_free, 3, 25, 45);
	examine_as(&model);
	ck_assert_uint_eq(examination.get_free_failures.device_count, 1);
	ck_assert_uint_eq(examination.model_failures.device_count, 0);
	ck_assert_ptr_nonnull(strstr(examination.get_free_failures.reason, "loop3 was "));
	model.checks_get_free = false;
	examine_as(&model);
	ck_assert_uint_eq(examination.get_free_failures.device_count, 0);
}
END_TEST

/* --- what the history does not tell --- */

START_TEST(openers_that_are_not_in_the_history_may_close_last)
{
	/* No open of worker 0. */
	add_bind(0, 0, 10, 20);
	add_clear(0, 0, 30, 40);
	add_close(0, 50, 60);
	add_open(1, 70, 71);
	add_bind(1, -EBUSY, 72, 73);
	assert_sound(MIDDLE);
	ck_assert(examination.model.has_other_openers);
	/* But not while worker 1 has it open. */
	add_close(1, 74, 75);
	add_open(1, 76, 77);
	add_bind(1, 0, 78, 79);
	assert_sound(MIDDLE);
	add_bind(1, 0, 80, 81);
	assert_broken(MIDDLE);
}
END_TEST

START_TEST(openers_in_the_history_hold_a_device_that_others_have_open_too)
{
	/* No open of worker 0. */
	add_open(1, 1, 2);
	add_flags(0, RECORDER_CALL_configure, LO_FLAGS_AUTOCLEAR, 100, 10, 20);
	assert_sound(MIDDLE);
	add_bind(1, 0, 40, 41);
	assert_broken(MIDDLE);
	assert_broken(NEW);
}
END_TEST

START_TEST(openers_in_the_history_hold_a_rundown_that_others_have_open_too)
{
	/* No open of worker 0. */
	add_bind(0, 0, 10, 20);
	add_open(1, 30, 31);
	add_clear(0, 0, 40, 41);
	add(1, RECORDER_CALL_get_status, -ENXIO, 42, 43);
	assert_sound(MIDDLE);
	assert_sound(NEW);
	add_bind(1, 0, 50, 51);
	assert_sound(MIDDLE);
	assert_broken(NEW);
}
END_TEST

START_TEST(devices_of_others_are_bound_and_freed_at_any_time)
{
	struct loop_model model = {
		.traits = loop_traits_of(kernel_version(NEW)),
		.has_other_openers = true,
		.has_other_binders = true,
		.checks_get_free = true,
	};

	add_open(0, 1, 2);
	add_bind(0, -EBUSY, 10, 20);
	add_report(0, 0, 4711, 21, 22);
	add(0, RECORDER_CALL_get_status, -ENXIO, 23, 24);
	add_bind(0, 0, 30, 40);
	add_report(0, 0, 100, 41, 42);
	examine_as(&model);
	ck_assert_uint_eq(examination.model_failures.device_count, 0);
	assert_broken(NEW);
	/* But ours is ours. */
	add_report(0, 0, 4711, 51, 52);
	examine_as(&model);
	ck_assert_uint_eq(examination.model_failures.device_count, 1);
}
END_TEST

START_TEST(returns_after_the_horizon_are_not_believed)
{
	struct loop_model model = { .traits = loop_traits_of(kernel_version(MIDDLE)) };

	add_open(0, 1, 2);
	add_bind(0, 0, 10, 20);
	add_bind(0, 0, 30, 40);
	for (uint64_t horizon_ns = 25; horizon_ns <= 40; horizon_ns += 5) {
		ck_assert_int_eq(examine_until(horizon_ns, model), 0);
		ck_assert_uint_eq(examination.model_failures.device_count, horizon_ns == 40);
	}
}
END_TEST

START_TEST(workers_are_merged_in_the_order_of_time)
{
	for (unsigned int worker = 6; worker-- > 0;) {
		uint64_t now = 100 * (6 - worker);

		add_open(worker, now, now + 1);
		add_bind(worker, worker == 5 ? 0 : -EBUSY, now + 2, now + 3);
	}
	assert_sound(MIDDLE);
}
END_TEST

START_TEST(descriptors_are_forgotten_when_they_are_closed)
{
	for (uint64_t round = 0; round < 40; round++) {
		add_open(0, 100 * round + 1, 100 * round + 2);
		add_close(0, 100 * round + 3, 100 * round + 4);
	}
	assert_sound(MIDDLE);
	ck_assert(!examination.model.has_other_openers);
}
END_TEST

START_TEST(times_that_run_backwards_have_no_order)
{
	struct loop_model model = { .traits = loop_traits_of(kernel_version(MIDDLE)) };

	add_open(0, 100, 200);
	add_bind(0, 0, 150, 160);
	ck_assert_int_eq(examine_until(UINT64_MAX, model), 0);
	ck_assert(examination.is_disordered);
	ck_assert_uint_eq(examination.disordered_worker, 0);
}
END_TEST

/* Seen alone, a device's calls end before its failure where a worker's next one on it is from the past. */
START_TEST(failure_before_times_run_backwards_is_not_told)
{
	struct loop_model model = { .traits = loop_traits_of(kernel_version(MIDDLE)) };

	add_open(0, 2, 4);
	add_open(1, 5, 6);
	add_open(2, 5, 6);
	add_bind(1, 0, 10, 12);
	add_bind(2, 0, 20, 22);
	history_builder_add(&builder, (struct history_call){ .worker = 0,
							     .call = RECORDER_CALL_get_free,
							     .index = 4,
							     .result = 4,
							     .call_ns = 30,
							     .return_ns = 32 });
	add_clear(0, 0, 1, 6);
	ck_assert_int_eq(examine_until(UINT64_MAX, model), 0);
	ck_assert(examination.is_disordered);
	ck_assert_uint_eq(examination.model_failures.device_count, 0);
}
END_TEST

/* --- traits --- */

static const char *traits_in(uint32_t traits)
{
	static char text[512];

	loop_traits_format(traits, text, sizeof(text));
	return text;
}

START_TEST(traits_follow_the_version)
{
	struct loop_traits traits = loop_traits_for_model(loop_traits_of((struct kernel_version){ 5, 10, 262 }));
	char text[16];

	ck_assert_str_eq(traits_in(traits.has & ~traits.lacks),
			 "eagain_on_dirty, remove_returns_index, add_negative_refused, add_any_index, "
			 "overflow_checked, xor_transfer, partition_counts_once");
	ck_assert_str_eq(traits_in(traits.has & traits.lacks), "block_size_truncated");
	traits = loop_traits_for_model(loop_traits_of((struct kernel_version){ 6, 1, 192 }));
	ck_assert_str_eq(traits_in(traits.has & ~traits.lacks),
			 "remove_hides, change_fd_checks_fd_first, block_size_excl_check, overflow_checked, diskseq, "
			 "partition_counts_once, media_change_uevents");
	ck_assert_str_eq(traits_in(traits.has & traits.lacks), "none");
	traits = loop_traits_for_model(loop_traits_of((struct kernel_version){ 6, 11, 0 }));
	ck_assert(has_trait(traits, LOOP_TRAIT_deferred_detach) && !lacks_trait(traits, LOOP_TRAIT_deferred_detach));
	ck_assert_int_ge(loop_traits_format(traits.has, text, 10), 100);
	ck_assert_str_eq(text, "deferred_");
	for (unsigned int i = 0; i < LOOP_TRAIT_COUNT; i++) {
		ck_assert_uint_gt(strlen(loop_trait_reason((enum loop_trait)i)), 20);
		ck_assert_uint_gt(strlen(loop_trait_name((enum loop_trait)i)), 3);
	}
}
END_TEST

/* Stable releases have it from a patch level on; where that is not known, both are allowed. */
START_TEST(traits_follow_the_stable_release)
{
	static const struct {
		struct kernel_version version;
		bool has, lacks;
	} cases[] = {
		{ { 5, 10, 262 }, false, true }, { { 6, 1, 176 }, false, true }, { { 6, 1, 180 }, true, true },
		{ { 6, 1, 192 }, true, false },	 { { 6, 1, -1 }, true, true },	 { { 6, 12, 42 }, false, true },
		{ { 6, 12, 43 }, true, false },	 { { 6, 12, -1 }, true, true },	 { { 6, 13, 0 }, false, true },
		{ { 6, 17, 0 }, true, false },	 { { 7, 3, -1 }, true, false },
	};
	struct loop_traits traits = loop_traits_of(cases[_i].version);

	ck_assert_int_eq(has_trait(traits, LOOP_TRAIT_block_size_excl_check), cases[_i].has);
	ck_assert_int_eq(lacks_trait(traits, LOOP_TRAIT_block_size_excl_check), cases[_i].lacks);
}
END_TEST

START_TEST(probe_counts_more_than_the_version)
{
	struct loop_traits traits = loop_traits_of((struct kernel_version){ 6, 1, 192 });

	recorder_note(&builder.recorder, "trait name=deferred_detach value=1");
	recorder_note(&builder.recorder, "trait name=diskseq value=0");
	recorder_note(&builder.recorder, "trait name=diskseq value=7");
	recorder_note(&builder.recorder, "trait name=no_such_trait value=1");
	recorder_note(&builder.recorder, "trait");
	loop_traits_read_probes(&traits, history_builder_read(&builder));
	ck_assert(has_trait(traits, LOOP_TRAIT_deferred_detach) && !lacks_trait(traits, LOOP_TRAIT_deferred_detach));
	ck_assert(!has_trait(traits, LOOP_TRAIT_diskseq) && lacks_trait(traits, LOOP_TRAIT_diskseq));
	ck_assert_str_eq(traits_in(traits.probed), "deferred_detach, diskseq");
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("loop-model");
	TCase *tcase = tcase_create("model");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, device_is_bound_once);
	tcase_add_test(tcase, bind_is_refused_only_when_there_is_a_reason);
	tcase_add_test(tcase, bind_that_fails_for_the_callers_reasons_changes_nothing);
	tcase_add_test(tcase, bind_that_never_returned_may_have_bound);
	tcase_add_test(tcase, bind_that_never_returned_may_not_have_bound);
	tcase_add_test(tcase, only_opener_clears_at_once_up_to_6_10);
	tcase_add_test(tcase, only_opener_clears_at_the_last_close_since_6_11);
	tcase_add_test(tcase, rundown_refuses_to_be_opened_since_6_11);
	tcase_add_test(tcase, opener_that_was_let_in_before_the_rundown_holds_it);
	tcase_add_test(tcase, rundown_ends_with_the_last_close);
	tcase_add_test(tcase, rundown_within_the_clear_is_seen_by_others);
	tcase_add_test(tcase, clear_with_other_openers_waits_for_the_last_close);
	tcase_add_test(tcase, clear_with_other_openers_does_not_free_the_device);
	tcase_add_test(tcase, close_during_the_clear_decides_either_way);
	tcase_add_test(tcase, clear_of_an_unbound_device_is_refused);
	tcase_add_test(tcase, clear_of_a_bound_device_is_not_refused);
	tcase_add_test(tcase, only_one_of_two_clears_detaches);
	tcase_add_test(tcase, autoclear_device_is_released_by_the_last_close);
	tcase_add_test(tcase, device_without_autoclear_stays_bound);
	tcase_add_test(tcase, set_status_takes_a_release_back);
	tcase_add_test(tcase, report_shows_who_bound_it);
	tcase_add_test(tcase, report_shows_the_flags_that_were_set);
	tcase_add_test(tcase, read_only_binding_is_reported_so);
	tcase_add_test(tcase, report_shows_no_flag_that_nobody_set);
	tcase_add_test(tcase, flags_end_with_the_binding);
	tcase_add_test(tcase, settings_need_a_bound_device);
	tcase_add_test(tcase, cached_pages_refuse_up_to_5_18);
	tcase_add_test(tcase, device_is_added_once);
	tcase_add_test(tcase, device_that_is_absent_cannot_be_opened);
	tcase_add_test(tcase, free_device_was_free_at_some_moment);
	tcase_add_test(tcase, openers_that_are_not_in_the_history_may_close_last);
	tcase_add_test(tcase, openers_in_the_history_hold_a_device_that_others_have_open_too);
	tcase_add_test(tcase, openers_in_the_history_hold_a_rundown_that_others_have_open_too);
	tcase_add_test(tcase, devices_of_others_are_bound_and_freed_at_any_time);
	tcase_add_test(tcase, returns_after_the_horizon_are_not_believed);
	tcase_add_test(tcase, workers_are_merged_in_the_order_of_time);
	tcase_add_test(tcase, descriptors_are_forgotten_when_they_are_closed);
	tcase_add_test(tcase, times_that_run_backwards_have_no_order);
	tcase_add_test(tcase, failure_before_times_run_backwards_is_not_told);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("traits");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, traits_follow_the_version);
	tcase_add_loop_test(tcase, traits_follow_the_stable_release, 0, 11);
	tcase_add_test(tcase, probe_counts_more_than_the_version);
	suite_add_tcase(suite, tcase);
	return suite;
}
