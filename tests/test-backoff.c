/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop over the tries: how often, how long it waits in between, and what ends it.
 */
#include "core/looprace.h"

#include <check.h>
#include <errno.h>

#include "tests/fake_loop.h"

#define NS_PER_MS UINT64_C(1000000)

Suite *test_suite(void);

static struct fake_kernel fake;
static struct looprace_random generator;
static struct looprace_attach_request request;
static struct looprace_handle handle;
static struct looprace_attach_counts counts;

static void set_up(void)
{
	fake_kernel_init(&fake);
	handle = LOOPRACE_HANDLE_NULL;
}

static int attach_with(const char *policy_name)
{
	request = fake_loop_request(&generator, policy_name);
	return looprace_attach(&fake.kernel, &request, &handle, &counts);
}

/* The pauses that a policy asks for with the generator of fake_loop_request(), in order. */
static uint64_t check_pauses(const char *policy_name, unsigned int count)
{
	const struct looprace_policy *policy = looprace_policy_find(policy_name);
	struct looprace_random random;
	uint64_t sum_ns = 0;

	fake_loop_request(&random, policy_name);
	ck_assert_uint_eq(fake.pause_count, count);
	for (unsigned int try_number = 1; try_number <= count; try_number++) {
		uint64_t wanted_ns = policy->pause_ns(try_number, &random);

		ck_assert_msg(fake.pauses_ns[try_number - 1] == wanted_ns, "pause %u: %llu ns, expected %llu",
			      try_number, (unsigned long long)fake.pauses_ns[try_number - 1],
			      (unsigned long long)wanted_ns);
		sum_ns += wanted_ns;
	}
	return sum_ns;
}

START_TEST(containerd_tries_199_times_and_pauses_after_each_the_last_too)
{
	uint64_t sum_ns;
	int r;

	expect_begin(&fake);
	for (int i = 0; i < 199; i++) {
		expect_try_lost_by_set_fd(&fake, 0, EBUSY);
		expect_any_pause(&fake);
	}
	expect_end(&fake);
	r = attach_with("containerd");
	ck_assert_int_eq(r, LOOP_ATTACH_GAVE_UP);
	sum_ns = check_pauses("containerd", 199);
	for (unsigned int i = 0; i < 199; i++) {
		ck_assert_uint_eq(fake.pauses_ns[i] % NS_PER_MS, 0);
		ck_assert_uint_lt(fake.pauses_ns[i], 10 * (i + 1) * NS_PER_MS);
	}
	ck_assert_uint_eq(counts.try_count, 199);
	ck_assert_uint_eq(counts.lost_count[LOOPRACE_STAGE_BIND], 199);
	ck_assert_uint_eq(counts.paused_ns, sum_ns);
	ck_assert_uint_eq(fake.now_ns, sum_ns);
	ck_assert_int_eq(counts.stage, LOOPRACE_STAGE_BIND);
	ck_assert_int_eq(counts.error, EBUSY);
	ck_assert_int_eq(handle.fd, -1);
	fake_kernel_finish(&fake, 0);
}
END_TEST

START_TEST(full_jitter_tries_64_times_and_does_not_pause_after_the_last)
{
	uint64_t sum_ns;
	int r;

	expect_begin(&fake);
	/* Alternating indices, so that no index is lost four times in a row. */
	for (int i = 0; i < 64; i++) {
		expect_get_free(&fake, i % 2);
		expect_device(&fake, i % 2, O_RDWR);
		expect_device_stat(&fake);
		expect_ioctl(&fake, DEVICE_FD, LOOP_CONFIGURE, 0, -EBUSY);
		expect_close(&fake, DEVICE_FD);
		if (i < 63)
			expect_any_pause(&fake);
	}
	expect_end(&fake);
	r = attach_with("full_jitter");
	ck_assert_int_eq(r, LOOP_ATTACH_GAVE_UP);
	sum_ns = check_pauses("full_jitter", 63);
	ck_assert_uint_eq(counts.try_count, 64);
	ck_assert_uint_eq(counts.paused_ns, sum_ns);
	ck_assert_uint_eq(counts.escape_count, 0);
	ck_assert_int_eq(counts.poisoned_index, -1);
	fake_kernel_finish(&fake, 0);
}
END_TEST

START_TEST(none_tries_64_times_with_pauses_of_nothing)
{
	expect_begin(&fake);
	for (int i = 0; i < 64; i++) {
		expect_try_lost_by_configure(&fake, 3, EBUSY);
		if (i < 63)
			expect_pause(&fake, 0, 0);
	}
	expect_end(&fake);
	ck_assert_int_eq(attach_with("none"), LOOP_ATTACH_GAVE_UP);
	ck_assert_uint_eq(counts.paused_ns, 0);
	fake_kernel_finish(&fake, 0);
}
END_TEST

START_TEST(request_overrules_the_number_of_tries)
{
	expect_begin(&fake);
	expect_try_lost_by_configure(&fake, 0, EBUSY);
	expect_pause(&fake, 0, 0);
	expect_try_lost_by_configure(&fake, 0, EBUSY);
	expect_end(&fake);
	request = fake_loop_request(&generator, "none");
	request.try_count_max = 2;
	ck_assert_int_eq(looprace_attach(&fake.kernel, &request, &handle, &counts), LOOP_ATTACH_GAVE_UP);
	ck_assert_uint_eq(counts.try_count, 2);
	fake_kernel_finish(&fake, 0);
}
END_TEST

START_TEST(tries_end_with_the_first_success)
{
	expect_begin(&fake);
	expect_try_lost_by_configure(&fake, 0, EBUSY);
	expect_pause(&fake, 0, 0);
	expect_get_free(&fake, 1);
	expect_device(&fake, 1, O_RDWR);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CONFIGURE, 0, 0);
	expect_end(&fake);
	ck_assert_int_eq(attach_with("none"), 0);
	ck_assert_int_eq(handle.index, 1);
	ck_assert_int_eq(handle.fd, DEVICE_FD);
	ck_assert_uint_eq(counts.try_count, 2);
	ck_assert_uint_eq(counts.lost_count[LOOPRACE_STAGE_BIND], 1);
	ck_assert_int_eq(counts.stage, LOOPRACE_STAGE_NONE);
	ck_assert_int_eq(counts.error, 0);
	fake_kernel_finish(&fake, 1);
}
END_TEST

START_TEST(clock_is_not_read_without_a_budget)
{
	expect_begin(&fake);
	expect_try_lost_by_configure(&fake, 0, EBUSY);
	expect_pause(&fake, 0, 0);
	expect_get_free(&fake, 1);
	expect_device(&fake, 1, O_RDWR);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CONFIGURE, 0, 0);
	expect_end(&fake);
	ck_assert_int_eq(attach_with("none"), 0);
	ck_assert_uint_eq(fake.now_count, 0);
	fake_kernel_finish(&fake, 1);
}
END_TEST

/* A policy that waits one millisecond, always. */
static uint64_t pause_one_ms(unsigned int try_number, struct looprace_random *random)
{
	return NS_PER_MS;
}

static const struct looprace_policy steady_policy = {
	.name = "steady",
	.summary = "one millisecond",
	.try_count_max = 10,
	.pause_ns = pause_one_ms,
};

static int attach_within(uint64_t budget_ns)
{
	request = fake_loop_request(&generator, "none");
	request.policy = &steady_policy;
	request.budget_ns = budget_ns;
	return looprace_attach(&fake.kernel, &request, &handle, &counts);
}

START_TEST(deadline_cuts_the_pause_and_one_more_try_is_the_last)
{
	fake.now_ns = 7 * NS_PER_MS;
	expect_begin(&fake);
	expect_try_lost_by_configure(&fake, 0, EBUSY);
	expect_pause(&fake, NS_PER_MS, 0);
	expect_try_lost_by_configure(&fake, 0, EBUSY);
	expect_pause(&fake, NS_PER_MS / 2, 0);
	expect_try_lost_by_configure(&fake, 0, EBUSY);
	expect_end(&fake);
	ck_assert_int_eq(attach_within(NS_PER_MS * 3 / 2), LOOP_ATTACH_GAVE_UP);
	ck_assert_uint_eq(counts.try_count, 3);
	ck_assert_uint_eq(counts.paused_ns, NS_PER_MS * 3 / 2);
	fake_kernel_finish(&fake, 0);
}
END_TEST

START_TEST(slow_call_uses_up_the_budget_and_no_pause_follows)
{
	expect_begin(&fake);
	expect_get_free(&fake, 0);
	expect_device(&fake, 0, O_RDWR);
	fake_kernel_expect(&fake, (struct fake_call){ .kind = FAKE_CALL_IOCTL,
						      .fd = DEVICE_FD,
						      .request = LOOP_CONFIGURE,
						      .result = -EBUSY,
						      .takes_ns = 2 * NS_PER_MS });
	expect_close(&fake, DEVICE_FD);
	expect_end(&fake);
	ck_assert_int_eq(attach_within(2 * NS_PER_MS), LOOP_ATTACH_GAVE_UP);
	ck_assert_uint_eq(counts.try_count, 1);
	ck_assert_uint_eq(counts.paused_ns, 0);
	fake_kernel_finish(&fake, 0);
}
END_TEST

START_TEST(success_after_the_deadline_is_a_success)
{
	expect_begin(&fake);
	expect_get_free(&fake, 0);
	expect_device(&fake, 0, O_RDWR);
	fake_kernel_expect(&fake, (struct fake_call){ .kind = FAKE_CALL_IOCTL,
						      .fd = DEVICE_FD,
						      .request = LOOP_CONFIGURE,
						      .takes_ns = 2 * NS_PER_MS });
	expect_end(&fake);
	ck_assert_int_eq(attach_within(1), 0);
	fake_kernel_finish(&fake, 1);
}
END_TEST

START_TEST(huge_budget_does_not_run_over)
{
	fake.now_ns = UINT64_MAX / 2;
	expect_begin(&fake);
	expect_try_lost_by_configure(&fake, 0, EBUSY);
	expect_pause(&fake, NS_PER_MS, 0);
	expect_get_free(&fake, 0);
	expect_device(&fake, 0, O_RDWR);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CONFIGURE, 0, 0);
	expect_end(&fake);
	ck_assert_int_eq(attach_within(UINT64_MAX - 1), 0);
	fake_kernel_finish(&fake, 1);
}
END_TEST

START_TEST(cancelled_pause_ends_the_attach_and_closes_everything)
{
	expect_begin(&fake);
	expect_try_lost_by_configure(&fake, 0, EBUSY);
	expect_pause(&fake, 0, -ECANCELED);
	expect_end(&fake);
	ck_assert_int_eq(attach_with("none"), -ECANCELED);
	ck_assert_int_eq(counts.stage, LOOPRACE_STAGE_PAUSE);
	ck_assert_int_eq(counts.error, ECANCELED);
	ck_assert_int_eq(handle.fd, -1);
	fake_kernel_finish(&fake, 0);
}
END_TEST

/* A try by full_jitter that loses index @index. */
static void expect_lost_try_and_pause(int index)
{
	expect_get_free(&fake, index);
	expect_device(&fake, index, O_RDWR);
	expect_device_stat(&fake);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CONFIGURE, 0, -EBUSY);
	expect_close(&fake, DEVICE_FD);
	expect_any_pause(&fake);
}

/* The rest of a try by full_jitter that binds index @index. */
static void expect_bound(int index)
{
	expect_device(&fake, index, O_RDWR);
	expect_device_stat(&fake);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CONFIGURE, 0, 0);
	expect_get_status(&fake, 0);
	expect_diskseq(&fake, 77);
}

START_TEST(index_lost_four_times_in_a_row_is_escaped_by_a_new_device)
{
	expect_begin(&fake);
	for (int i = 0; i < 4; i++)
		expect_lost_try_and_pause(2);
	expect_ioctl(&fake, CONTROL_FD, LOOP_CTL_ADD, -1, 8);
	expect_bound(8);
	expect_end(&fake);
	ck_assert_int_eq(attach_with("full_jitter"), 0);
	ck_assert_int_eq(handle.index, 8);
	ck_assert_uint_eq(counts.escape_count, 1);
	ck_assert_int_eq(counts.poisoned_index, 2);
	ck_assert_uint_eq(counts.try_count, 5);
	fake_kernel_finish(&fake, 1);
}
END_TEST

START_TEST(other_index_in_between_starts_the_count_anew)
{
	expect_begin(&fake);
	for (int i = 0; i < 3; i++)
		expect_lost_try_and_pause(2);
	expect_lost_try_and_pause(3);
	for (int i = 0; i < 3; i++)
		expect_lost_try_and_pause(2);
	expect_get_free(&fake, 2);
	expect_bound(2);
	expect_end(&fake);
	ck_assert_int_eq(attach_with("full_jitter"), 0);
	ck_assert_uint_eq(counts.escape_count, 0);
	ck_assert_int_eq(counts.poisoned_index, -1);
	fake_kernel_finish(&fake, 1);
}
END_TEST

START_TEST(old_kernel_that_refuses_to_choose_is_asked_for_higher_indices)
{
	expect_begin(&fake);
	for (int i = 0; i < 4; i++)
		expect_lost_try_and_pause(2);
	expect_ioctl(&fake, CONTROL_FD, LOOP_CTL_ADD, -1, -EEXIST);
	expect_ioctl(&fake, CONTROL_FD, LOOP_CTL_ADD, 3, -EEXIST);
	expect_ioctl(&fake, CONTROL_FD, LOOP_CTL_ADD, 4, -EEXIST);
	expect_ioctl(&fake, CONTROL_FD, LOOP_CTL_ADD, 5, 5);
	expect_bound(5);
	expect_end(&fake);
	ck_assert_int_eq(attach_with("full_jitter"), 0);
	ck_assert_int_eq(handle.index, 5);
	fake_kernel_finish(&fake, 1);
}
END_TEST

START_TEST(escape_without_any_new_index_is_a_lost_try)
{
	expect_begin(&fake);
	for (int i = 0; i < 4; i++)
		expect_lost_try_and_pause(2);
	expect_ioctl(&fake, CONTROL_FD, LOOP_CTL_ADD, -1, -EEXIST);
	for (int i = 0; i < 1024; i++)
		expect_ioctl(&fake, CONTROL_FD, LOOP_CTL_ADD, 3 + i, -EEXIST);
	expect_any_pause(&fake);
	expect_get_free(&fake, 2);
	expect_bound(2);
	expect_end(&fake);
	ck_assert_int_eq(attach_with("full_jitter"), 0);
	ck_assert_uint_eq(counts.lost_count[LOOPRACE_STAGE_GET_FREE], 1);
	ck_assert_uint_eq(counts.escape_count, 1);
	fake_kernel_finish(&fake, 1);
}
END_TEST

START_TEST(failing_escape_ends_the_attach)
{
	expect_begin(&fake);
	for (int i = 0; i < 4; i++)
		expect_lost_try_and_pause(2);
	expect_ioctl(&fake, CONTROL_FD, LOOP_CTL_ADD, -1, -ENOMEM);
	expect_end(&fake);
	ck_assert_int_eq(attach_with("full_jitter"), -ENOMEM);
	ck_assert_int_eq(counts.stage, LOOPRACE_STAGE_GET_FREE);
	fake_kernel_finish(&fake, 0);
}
END_TEST

START_TEST(poisoned_index_is_escaped_again_after_four_more_losses)
{
	expect_begin(&fake);
	for (int i = 0; i < 4; i++)
		expect_lost_try_and_pause(2);
	/* The new device is lost too: whoever asks for a free one may get it. */
	expect_ioctl(&fake, CONTROL_FD, LOOP_CTL_ADD, -1, 8);
	expect_device(&fake, 8, O_RDWR);
	expect_device_stat(&fake);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CONFIGURE, 0, -EBUSY);
	expect_close(&fake, DEVICE_FD);
	expect_any_pause(&fake);
	for (int i = 0; i < 4; i++)
		expect_lost_try_and_pause(2);
	expect_ioctl(&fake, CONTROL_FD, LOOP_CTL_ADD, -1, 9);
	expect_bound(9);
	expect_end(&fake);
	ck_assert_int_eq(attach_with("full_jitter"), 0);
	ck_assert_uint_eq(counts.escape_count, 2);
	ck_assert_int_eq(counts.poisoned_index, 2);
	fake_kernel_finish(&fake, 1);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("backoff");
	TCase *sequence = tcase_create("sequence");
	TCase *end = tcase_create("end");
	TCase *escape = tcase_create("escape");

	tcase_add_checked_fixture(sequence, set_up, NULL);
	tcase_add_test(sequence, containerd_tries_199_times_and_pauses_after_each_the_last_too);
	tcase_add_test(sequence, full_jitter_tries_64_times_and_does_not_pause_after_the_last);
	tcase_add_test(sequence, none_tries_64_times_with_pauses_of_nothing);
	tcase_add_test(sequence, request_overrules_the_number_of_tries);
	tcase_add_test(sequence, tries_end_with_the_first_success);
	suite_add_tcase(suite, sequence);
	tcase_add_checked_fixture(end, set_up, NULL);
	tcase_add_test(end, clock_is_not_read_without_a_budget);
	tcase_add_test(end, deadline_cuts_the_pause_and_one_more_try_is_the_last);
	tcase_add_test(end, slow_call_uses_up_the_budget_and_no_pause_follows);
	tcase_add_test(end, success_after_the_deadline_is_a_success);
	tcase_add_test(end, huge_budget_does_not_run_over);
	tcase_add_test(end, cancelled_pause_ends_the_attach_and_closes_everything);
	suite_add_tcase(suite, end);
	tcase_add_checked_fixture(escape, set_up, NULL);
	tcase_add_test(escape, index_lost_four_times_in_a_row_is_escaped_by_a_new_device);
	tcase_add_test(escape, other_index_in_between_starts_the_count_anew);
	tcase_add_test(escape, old_kernel_that_refuses_to_choose_is_asked_for_higher_indices);
	tcase_add_test(escape, escape_without_any_new_index_is_a_lost_try);
	tcase_add_test(escape, failing_escape_ends_the_attach);
	tcase_add_test(escape, poisoned_index_is_escaped_again_after_four_more_losses);
	suite_add_tcase(suite, escape);
	return suite;
}
