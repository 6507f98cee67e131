/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Around the tries: opening, what is lent, bad requests, and what each failure at each stage leads to.
 */
#include "core/looprace.h"

#include <check.h>
#include <errno.h>

#include "tests/fake_loop.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

Suite *test_suite(void);

static struct fake_kernel fake;
static struct looprace_random generator;
static struct looprace_attach_request request;
static struct looprace_handle handle;
static struct looprace_attach_counts counts;

static void set_up(void)
{
	fake_kernel_init(&fake);
	request = fake_loop_request(&generator, "none");
	handle = LOOPRACE_HANDLE_NULL;
}

static int attach(void)
{
	return looprace_attach(&fake.kernel, &request, &handle, &counts);
}

/* One try of policy none that binds loop0. */
static void expect_bound(int flags)
{
	expect_get_free(&fake, 0);
	expect_device(&fake, 0, flags);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CONFIGURE, 0, 0);
}

START_TEST(attach_makes_no_call_too_many)
{
	expect_begin(&fake);
	expect_bound(O_RDWR);
	expect_end(&fake);
	ck_assert_int_eq(attach(), 0);
	ck_assert_int_eq(handle.index, 0);
	ck_assert_int_eq(handle.fd, DEVICE_FD);
	ck_assert(!handle.read_only);
	ck_assert(!handle.direct_io);
	ck_assert_uint_eq(handle.identity.dev, BACKING_DEV);
	ck_assert_uint_eq(handle.identity.inode, BACKING_INODE);
	ck_assert_uint_eq(handle.identity.diskseq, 0);
	fake_kernel_finish(&fake, 1);
}
END_TEST

START_TEST(lent_descriptors_are_used_and_stay_open)
{
	request.backing_fd = BACKING_FD;
	request.control_fd = CONTROL_FD;
	fake_kernel_lend(&fake, BACKING_FD);
	fake_kernel_lend(&fake, CONTROL_FD);
	expect_backing_stat(&fake, 0);
	expect_bound(O_RDWR);
	ck_assert_int_eq(attach(), 0);
	ck_assert_uint_eq(fake.config.fd, BACKING_FD);
	fake_kernel_finish(&fake, 1);
}
END_TEST

START_TEST(counts_may_be_left_out)
{
	expect_begin(&fake);
	expect_bound(O_RDWR);
	expect_end(&fake);
	ck_assert_int_eq(looprace_attach(&fake.kernel, &request, &handle, NULL), 0);
	fake_kernel_finish(&fake, 1);
}
END_TEST

START_TEST(default_policy_is_full_jitter)
{
	request.policy = NULL;
	expect_begin(&fake);
	expect_get_free(&fake, 0);
	expect_device(&fake, 0, O_RDWR);
	expect_device_stat(&fake);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CONFIGURE, 0, 0);
	expect_get_status(&fake, 0);
	expect_diskseq(&fake, 1);
	expect_end(&fake);
	ck_assert_int_eq(attach(), 0);
	fake_kernel_finish(&fake, 1);
}
END_TEST

START_TEST(read_only_attach_opens_everything_read_only)
{
	request.read_only = true;
	expect_open(&fake, BACKING_PATH, O_RDONLY, BACKING_FD);
	expect_backing_stat(&fake, 0);
	expect_open(&fake, "/dev/loop-control", O_RDONLY, CONTROL_FD);
	expect_bound(O_RDONLY);
	expect_end(&fake);
	ck_assert_int_eq(attach(), 0);
	ck_assert(handle.read_only);
	ck_assert_uint_eq(fake.config.info.lo_flags, LO_FLAGS_READ_ONLY);
	fake_kernel_finish(&fake, 1);
}
END_TEST

static const int unwritable_errors[] = { EROFS, EACCES };

START_TEST(file_that_may_not_be_written_is_attached_read_only)
{
	expect_open(&fake, BACKING_PATH, O_RDWR, -unwritable_errors[_i]);
	expect_open(&fake, BACKING_PATH, O_RDONLY, BACKING_FD);
	expect_backing_stat(&fake, 0);
	expect_open(&fake, "/dev/loop-control", O_RDONLY, CONTROL_FD);
	expect_bound(O_RDONLY);
	expect_end(&fake);
	ck_assert_int_eq(attach(), 0);
	ck_assert(handle.read_only);
	fake_kernel_finish(&fake, 1);
}
END_TEST

START_TEST(read_only_open_is_not_repeated)
{
	request.read_only = true;
	expect_open(&fake, BACKING_PATH, O_RDONLY, -EACCES);
	ck_assert_int_eq(attach(), -EACCES);
	fake_kernel_finish(&fake, 0);
}
END_TEST

static const int control_errors[] = { EACCES, EPERM };

START_TEST(control_is_opened_for_writing_where_reading_is_refused)
{
	expect_open(&fake, BACKING_PATH, O_RDWR, BACKING_FD);
	expect_backing_stat(&fake, 0);
	expect_open(&fake, "/dev/loop-control", O_RDONLY, -control_errors[_i]);
	expect_open(&fake, "/dev/loop-control", O_RDWR, CONTROL_FD);
	expect_bound(O_RDWR);
	expect_end(&fake);
	ck_assert_int_eq(attach(), 0);
	fake_kernel_finish(&fake, 1);
}
END_TEST

START_TEST(interrupted_calls_are_made_again)
{
	expect_open(&fake, BACKING_PATH, O_RDWR, -EINTR);
	expect_begin(&fake);
	expect_ioctl(&fake, CONTROL_FD, LOOP_CTL_GET_FREE, 0, -EINTR);
	expect_ioctl(&fake, CONTROL_FD, LOOP_CTL_GET_FREE, 0, -EINTR);
	expect_get_free(&fake, 0);
	expect_open(&fake, "/dev/loop0", O_RDWR, -EINTR);
	expect_device(&fake, 0, O_RDWR);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CONFIGURE, 0, -EINTR);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CONFIGURE, 0, 0);
	expect_end(&fake);
	ck_assert_int_eq(attach(), 0);
	ck_assert_uint_eq(counts.try_count, 1);
	fake_kernel_finish(&fake, 1);
}
END_TEST

START_TEST(bad_request_makes_no_call)
{
	static const struct {
		const char *label;
		struct looprace_attach_request change;
	} cases[] = {
		{ "offset above LLONG_MAX", { .offset_bytes = UINT64_C(1) << 63 } },
		{ "limit above LLONG_MAX", { .size_limit_bytes = UINT64_MAX } },
		{ "block size of 256", { .block_size_bytes = 256 } },
		{ "block size of 1536", { .block_size_bytes = 1536 } },
		{ "block size of 131072", { .block_size_bytes = 131072 } },
	};

	request.offset_bytes = cases[_i].change.offset_bytes;
	request.size_limit_bytes = cases[_i].change.size_limit_bytes;
	request.block_size_bytes = cases[_i].change.block_size_bytes;
	ck_assert_msg(attach() == -EINVAL, "%s", cases[_i].label);
	ck_assert_int_eq(counts.stage, LOOPRACE_STAGE_NONE);
	ck_assert_int_eq(counts.error, EINVAL);
	ck_assert_uint_eq(counts.try_count, 0);
	fake_kernel_finish(&fake, 0);
}
END_TEST

START_TEST(request_without_generator_or_file_makes_no_call)
{
	request.random = NULL;
	ck_assert_int_eq(attach(), -EINVAL);
	request = fake_loop_request(&generator, "none");
	request.backing_path = NULL;
	ck_assert_int_eq(attach(), -EINVAL);
	fake_kernel_finish(&fake, 0);
}
END_TEST

START_TEST(lent_file_needs_no_path)
{
	request.backing_path = NULL;
	request.backing_fd = BACKING_FD;
	fake_kernel_lend(&fake, BACKING_FD);
	expect_backing_stat(&fake, 0);
	expect_open(&fake, "/dev/loop-control", O_RDONLY, CONTROL_FD);
	expect_bound(O_RDWR);
	expect_close(&fake, CONTROL_FD);
	ck_assert_int_eq(attach(), 0);
	ck_assert_uint_eq(fake.config.info.lo_file_name[0], 0);
	fake_kernel_finish(&fake, 1);
}
END_TEST

START_TEST(failure_to_open_the_backing_file_is_fatal)
{
	/* EBUSY too: it comes from opening a block device that is mounted, and no loop device was at stake. */
	static const int errors[] = { ENOENT, EBUSY, EMFILE, ENXIO, EISDIR };

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		expect_open(&fake, BACKING_PATH, O_RDWR, -errors[i]);
		ck_assert_int_eq(attach(), -errors[i]);
		ck_assert_int_eq(counts.stage, LOOPRACE_STAGE_BACKING);
		ck_assert_int_eq(counts.error, errors[i]);
		ck_assert_uint_eq(counts.try_count, 0);
		fake_kernel_finish(&fake, 0);
	}
}
END_TEST

START_TEST(failure_to_identify_the_backing_file_is_fatal)
{
	expect_open(&fake, BACKING_PATH, O_RDWR, BACKING_FD);
	expect_backing_stat(&fake, -EIO);
	expect_close(&fake, BACKING_FD);
	ck_assert_int_eq(attach(), -EIO);
	ck_assert_int_eq(counts.stage, LOOPRACE_STAGE_BACKING);
	fake_kernel_finish(&fake, 0);
}
END_TEST

START_TEST(failure_to_open_control_is_fatal)
{
	expect_open(&fake, BACKING_PATH, O_RDWR, BACKING_FD);
	expect_backing_stat(&fake, 0);
	expect_open(&fake, "/dev/loop-control", O_RDONLY, -ENOENT);
	expect_close(&fake, BACKING_FD);
	ck_assert_int_eq(attach(), -ENOENT);
	ck_assert_int_eq(counts.stage, LOOPRACE_STAGE_CONTROL);
	fake_kernel_finish(&fake, 0);
}
END_TEST

START_TEST(failure_to_get_a_free_index_is_fatal)
{
	expect_begin(&fake);
	expect_get_free(&fake, -ENOSPC);
	expect_end(&fake);
	ck_assert_int_eq(attach(), -ENOSPC);
	ck_assert_int_eq(counts.stage, LOOPRACE_STAGE_GET_FREE);
	ck_assert_uint_eq(counts.try_count, 1);
	fake_kernel_finish(&fake, 0);
}
END_TEST

static const int open_lost_errors[] = { EBUSY, ENXIO, ENOENT, ENODEV };

START_TEST(device_that_cannot_be_opened_just_now_is_lost)
{
	expect_begin(&fake);
	expect_get_free(&fake, 0);
	expect_open(&fake, "/dev/loop0", O_RDWR, -open_lost_errors[_i]);
	expect_pause(&fake, 0, 0);
	expect_get_free(&fake, 1);
	expect_device(&fake, 1, O_RDWR);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CONFIGURE, 0, 0);
	expect_end(&fake);
	ck_assert_int_eq(attach(), 0);
	ck_assert_uint_eq(counts.lost_count[LOOPRACE_STAGE_OPEN], 1);
	fake_kernel_finish(&fake, 1);
}
END_TEST

START_TEST(device_that_may_not_be_opened_is_fatal)
{
	expect_begin(&fake);
	expect_get_free(&fake, 0);
	expect_open(&fake, "/dev/loop0", O_RDWR, -EACCES);
	expect_end(&fake);
	ck_assert_int_eq(attach(), -EACCES);
	ck_assert_int_eq(counts.stage, LOOPRACE_STAGE_OPEN);
	fake_kernel_finish(&fake, 0);
}
END_TEST

START_TEST(containerd_retries_a_busy_open_only)
{
	int error = open_lost_errors[_i];

	request = fake_loop_request(&generator, "containerd");
	request.try_count_max = 1;
	expect_begin(&fake);
	expect_get_free(&fake, 0);
	expect_open(&fake, "/dev/loop0", O_RDWR, -error);
	if (error == EBUSY)
		expect_any_pause(&fake);
	expect_end(&fake);
	ck_assert_int_eq(attach(), error == EBUSY ? LOOP_ATTACH_GAVE_UP : -error);
	fake_kernel_finish(&fake, 0);
}
END_TEST

static const int bind_lost_errors[] = { EBUSY, ENXIO };

START_TEST(device_that_somebody_else_has_is_lost_and_left_alone)
{
	expect_begin(&fake);
	/* No LOOP_CLR_FD: it would hit the winner's binding. */
	expect_try_lost_by_configure(&fake, 0, bind_lost_errors[_i]);
	expect_pause(&fake, 0, 0);
	expect_get_free(&fake, 1);
	expect_device(&fake, 1, O_RDWR);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CONFIGURE, 0, 0);
	expect_end(&fake);
	ck_assert_int_eq(attach(), 0);
	ck_assert_uint_eq(counts.lost_count[LOOPRACE_STAGE_BIND], 1);
	fake_kernel_finish(&fake, 1);
}
END_TEST

static const int bind_fatal_errors[] = { EBADF, EPERM, ENOMEM, EOVERFLOW, EIO };

START_TEST(failed_bind_is_fatal_and_the_device_is_left_alone)
{
	expect_begin(&fake);
	expect_try_lost_by_configure(&fake, 0, bind_fatal_errors[_i]);
	expect_end(&fake);
	ck_assert_int_eq(attach(), -bind_fatal_errors[_i]);
	ck_assert_int_eq(counts.stage, LOOPRACE_STAGE_BIND);
	ck_assert_int_eq(handle.fd, -1);
	fake_kernel_finish(&fake, 0);
}
END_TEST

START_TEST(containerd_takes_a_lost_device_other_than_busy_as_fatal)
{
	request = fake_loop_request(&generator, "containerd");
	expect_begin(&fake);
	expect_try_lost_by_set_fd(&fake, 0, ENXIO);
	expect_end(&fake);
	ck_assert_int_eq(attach(), -ENXIO);
	fake_kernel_finish(&fake, 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("attach");
	TCase *opening = tcase_create("opening");
	TCase *requests = tcase_create("requests");
	TCase *failures = tcase_create("failures");

	tcase_add_checked_fixture(opening, set_up, NULL);
	tcase_add_test(opening, attach_makes_no_call_too_many);
	tcase_add_test(opening, lent_descriptors_are_used_and_stay_open);
	tcase_add_test(opening, counts_may_be_left_out);
	tcase_add_test(opening, default_policy_is_full_jitter);
	tcase_add_test(opening, read_only_attach_opens_everything_read_only);
	tcase_add_loop_test(opening, file_that_may_not_be_written_is_attached_read_only, 0,
			    ARRAY_SIZE(unwritable_errors));
	tcase_add_test(opening, read_only_open_is_not_repeated);
	tcase_add_loop_test(opening, control_is_opened_for_writing_where_reading_is_refused, 0,
			    ARRAY_SIZE(control_errors));
	tcase_add_test(opening, interrupted_calls_are_made_again);
	suite_add_tcase(suite, opening);

	tcase_add_checked_fixture(requests, set_up, NULL);
	tcase_add_loop_test(requests, bad_request_makes_no_call, 0, 5);
	tcase_add_test(requests, request_without_generator_or_file_makes_no_call);
	tcase_add_test(requests, lent_file_needs_no_path);
	suite_add_tcase(suite, requests);

	tcase_add_checked_fixture(failures, set_up, NULL);
	tcase_add_test(failures, failure_to_open_the_backing_file_is_fatal);
	tcase_add_test(failures, failure_to_identify_the_backing_file_is_fatal);
	tcase_add_test(failures, failure_to_open_control_is_fatal);
	tcase_add_test(failures, failure_to_get_a_free_index_is_fatal);
	tcase_add_loop_test(failures, device_that_cannot_be_opened_just_now_is_lost, 0, ARRAY_SIZE(open_lost_errors));
	tcase_add_test(failures, device_that_may_not_be_opened_is_fatal);
	tcase_add_loop_test(failures, containerd_retries_a_busy_open_only, 0, ARRAY_SIZE(open_lost_errors));
	tcase_add_loop_test(failures, device_that_somebody_else_has_is_lost_and_left_alone, 0,
			    ARRAY_SIZE(bind_lost_errors));
	tcase_add_loop_test(failures, failed_bind_is_fatal_and_the_device_is_left_alone, 0,
			    ARRAY_SIZE(bind_fatal_errors));
	tcase_add_test(failures, containerd_takes_a_lost_device_other_than_busy_as_fatal);
	suite_add_tcase(suite, failures);
	return suite;
}
