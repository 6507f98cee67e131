/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One device: which calls bind it, what they carry, when it is cleaned up, and what is read back.
 */
#include "core/looprace.h"

#include <check.h>
#include <errno.h>
#include <string.h>

#include "tests/fake_loop.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define NS_PER_MS	  UINT64_C(1000000)

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

static int attach(void)
{
	return looprace_attach(&fake.kernel, &request, &handle, &counts);
}

/* One try at loop0, up to the bind. */
static void begin_with(const char *policy_name, enum looprace_api api)
{
	request = fake_loop_request(&generator, policy_name);
	request.api = api;
	request.try_count_max = 1;
	expect_begin(&fake);
	expect_get_free(&fake, 0);
	expect_device(&fake, 0, O_RDWR);
}

/* The same, bound by LOOP_SET_FD. */
static void begin_bound_by_set_fd(void)
{
	begin_with("none", LOOPRACE_API_SET_FD);
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_FD, BACKING_FD, 0);
}

/* Clean-up of a device that is ours. */
static void expect_cleared_end(void)
{
	expect_ioctl(&fake, DEVICE_FD, LOOP_CLR_FD, 0, 0);
	expect_close(&fake, DEVICE_FD);
	expect_end(&fake);
}

/* Clean-up of a device that is not ours. */
static void expect_untouched_end(void)
{
	expect_close(&fake, DEVICE_FD);
	expect_end(&fake);
}

static void check_failed(int r, int wanted, enum looprace_stage stage, int error)
{
	ck_assert_int_eq(r, wanted);
	ck_assert_str_eq(looprace_stage_name(counts.stage), looprace_stage_name(stage));
	ck_assert_int_eq(counts.error, error);
	ck_assert_int_eq(handle.fd, -1);
	fake_kernel_finish(&fake, 0);
}

static void check_bound(int r)
{
	ck_assert_int_eq(r, 0);
	ck_assert_int_eq(handle.fd, DEVICE_FD);
	fake_kernel_finish(&fake, 1);
}

START_TEST(configure_carries_the_whole_request)
{
	begin_with("none", LOOPRACE_API_CONFIGURE);
	request.autoclear = true;
	request.partition_scan = true;
	request.direct_io = true;
	request.offset_bytes = 4096;
	request.size_limit_bytes = 1 << 20;
	request.block_size_bytes = 2048;
	expect_ioctl(&fake, DEVICE_FD, LOOP_CONFIGURE, 0, 0);
	expect_get_status(&fake, LO_FLAGS_DIRECT_IO);
	expect_end(&fake);
	ck_assert_int_eq(attach(), 0);
	ck_assert_uint_eq(fake.config.fd, BACKING_FD);
	ck_assert_uint_eq(fake.config.block_size, 2048);
	ck_assert_uint_eq(fake.config.info.lo_offset, 4096);
	ck_assert_uint_eq(fake.config.info.lo_sizelimit, 1 << 20);
	ck_assert_uint_eq(fake.config.info.lo_flags, LO_FLAGS_AUTOCLEAR | LO_FLAGS_PARTSCAN | LO_FLAGS_DIRECT_IO);
	ck_assert_str_eq((const char *)fake.config.info.lo_file_name, BACKING_PATH);
	check_bound(0);
}
END_TEST

START_TEST(long_name_is_cut_and_ended)
{
	char path[200];

	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = 0;
	request = fake_loop_request(&generator, "none");
	request.backing_path = path;
	request.backing_fd = BACKING_FD;
	fake_kernel_lend(&fake, BACKING_FD);
	expect_backing_stat(&fake, 0);
	expect_open(&fake, "/dev/loop-control", O_RDONLY, CONTROL_FD);
	expect_get_free(&fake, 0);
	expect_device(&fake, 0, O_RDWR);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CONFIGURE, 0, 0);
	expect_close(&fake, CONTROL_FD);
	ck_assert_int_eq(attach(), 0);
	ck_assert_uint_eq(strnlen((const char *)fake.config.info.lo_file_name, LO_NAME_SIZE), LO_NAME_SIZE - 1);
	check_bound(0);
}
END_TEST

static const int unknown_errors[] = { EINVAL, ENOTTY, ENOSYS };

START_TEST(kernel_without_configure_is_bound_by_set_fd_on_the_same_descriptor)
{
	int error = unknown_errors[_i];

	begin_with("none", LOOPRACE_API_AUTO);
	expect_probe(&fake, error, error);
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_FD, BACKING_FD, 0);
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_STATUS64, 0, 0);
	expect_end(&fake);
	ck_assert_int_eq(attach(), 0);
	/* The question was one that can bind nothing. */
	ck_assert_int_eq((int)fake.config.fd, -1);
	check_bound(0);
}
END_TEST

START_TEST(missing_configure_is_found_out_once_an_attach)
{
	begin_with("none", LOOPRACE_API_AUTO);
	request.try_count_max = 2;
	expect_probe(&fake, EINVAL, EINVAL);
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_FD, BACKING_FD, -EBUSY);
	expect_close(&fake, DEVICE_FD);
	expect_pause(&fake, 0, 0);
	expect_try_lost_by_set_fd(&fake, 1, EBUSY);
	expect_end(&fake);
	check_failed(attach(), LOOP_ATTACH_GAVE_UP, LOOPRACE_STAGE_BIND, EBUSY);
}
END_TEST

START_TEST(configure_that_exists_but_refuses_is_a_real_error)
{
	begin_with("none", LOOPRACE_API_AUTO);
	expect_probe(&fake, EINVAL, EBADF);
	expect_untouched_end();
	check_failed(attach(), -EINVAL, LOOPRACE_STAGE_BIND, EINVAL);
}
END_TEST

START_TEST(wish_for_configure_alone_never_falls_back)
{
	begin_with("none", LOOPRACE_API_CONFIGURE);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CONFIGURE, 0, -ENOTTY);
	expect_untouched_end();
	check_failed(attach(), -ENOTTY, LOOPRACE_STAGE_BIND, ENOTTY);
}
END_TEST

START_TEST(request_overrules_the_policy_in_the_choice_of_calls)
{
	begin_with("containerd", LOOPRACE_API_CONFIGURE);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CONFIGURE, 0, 0);
	expect_end(&fake);
	check_bound(attach());
}
END_TEST

START_TEST(containerd_binds_by_set_fd_and_set_status)
{
	begin_with("containerd", LOOPRACE_API_AUTO);
	request.autoclear = true;
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_FD, BACKING_FD, 0);
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_STATUS64, 0, 0);
	expect_end(&fake);
	ck_assert_int_eq(attach(), 0);
	ck_assert_uint_eq(fake.status.lo_flags, LO_FLAGS_AUTOCLEAR);
	ck_assert_str_eq((const char *)fake.status.lo_file_name, BACKING_PATH);
	check_bound(0);
}
END_TEST

START_TEST(set_fd_sets_block_size_then_status_then_direct_io)
{
	begin_bound_by_set_fd();
	request.block_size_bytes = 4096;
	request.offset_bytes = 8192;
	request.size_limit_bytes = 12288;
	request.direct_io = true;
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_BLOCK_SIZE, 4096, 0);
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_STATUS64, 0, 0);
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_DIRECT_IO, 1, 0);
	expect_end(&fake);
	ck_assert_int_eq(attach(), 0);
	ck_assert_uint_eq(fake.status.lo_offset, 8192);
	ck_assert_uint_eq(fake.status.lo_sizelimit, 12288);
	ck_assert_uint_eq(fake.status.lo_flags, LO_FLAGS_DIRECT_IO);
	ck_assert(handle.direct_io);
	ck_assert(!counts.direct_io_refused);
	check_bound(0);
}
END_TEST

START_TEST(refused_direct_io_leaves_a_buffered_device)
{
	begin_bound_by_set_fd();
	request.direct_io = true;
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_STATUS64, 0, 0);
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_DIRECT_IO, 1, -EINVAL);
	expect_end(&fake);
	ck_assert_int_eq(attach(), 0);
	ck_assert(!handle.direct_io);
	ck_assert(counts.direct_io_refused);
	check_bound(0);
}
END_TEST

START_TEST(status_refused_with_direct_io_is_asked_once_without)
{
	begin_bound_by_set_fd();
	request.direct_io = true;
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_STATUS64, 0, -EINVAL);
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_STATUS64, 0, 0);
	expect_end(&fake);
	ck_assert_int_eq(attach(), 0);
	ck_assert_uint_eq(fake.status.lo_flags, 0);
	ck_assert(!handle.direct_io);
	ck_assert(counts.direct_io_refused);
	check_bound(0);
}
END_TEST

START_TEST(status_refused_twice_is_fatal_and_our_device_is_cleared)
{
	begin_bound_by_set_fd();
	request.direct_io = true;
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_STATUS64, 0, -EINVAL);
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_STATUS64, 0, -EPERM);
	expect_cleared_end();
	check_failed(attach(), -EPERM, LOOPRACE_STAGE_STATUS, EPERM);
}
END_TEST

START_TEST(status_refused_without_direct_io_is_not_repeated)
{
	begin_bound_by_set_fd();
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_STATUS64, 0, -EPERM);
	expect_cleared_end();
	check_failed(attach(), -EPERM, LOOPRACE_STAGE_STATUS, EPERM);
}
END_TEST

START_TEST(failing_direct_io_other_than_refused_clears_our_device)
{
	begin_bound_by_set_fd();
	request.direct_io = true;
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_STATUS64, 0, 0);
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_DIRECT_IO, 1, -EIO);
	expect_cleared_end();
	check_failed(attach(), -EIO, LOOPRACE_STAGE_STATUS, EIO);
}
END_TEST

START_TEST(failing_block_size_clears_our_device)
{
	begin_bound_by_set_fd();
	request.block_size_bytes = 512;
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_BLOCK_SIZE, 512, -EINVAL);
	expect_cleared_end();
	check_failed(attach(), -EINVAL, LOOPRACE_STAGE_STATUS, EINVAL);
}
END_TEST

START_TEST(busy_block_size_is_a_lost_try_and_our_device_is_cleared)
{
	begin_bound_by_set_fd();
	request.block_size_bytes = 512;
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_BLOCK_SIZE, 512, -EBUSY);
	expect_cleared_end();
	check_failed(attach(), LOOP_ATTACH_GAVE_UP, LOOPRACE_STAGE_STATUS, EBUSY);
	ck_assert_uint_eq(counts.lost_count[LOOPRACE_STAGE_STATUS], 1);
}
END_TEST

START_TEST(device_that_was_cleared_under_us_is_lost_and_left_alone)
{
	/* Whoever cleared it may have bound it again; LOOP_CLR_FD would hit that. */
	begin_bound_by_set_fd();
	request.direct_io = true;
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_STATUS64, 0, -ENXIO);
	expect_untouched_end();
	check_failed(attach(), LOOP_ATTACH_GAVE_UP, LOOPRACE_STAGE_STATUS, ENXIO);
}
END_TEST

START_TEST(failed_set_fd_clears_nothing)
{
	begin_with("none", LOOPRACE_API_SET_FD);
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_FD, BACKING_FD, -EINVAL);
	expect_untouched_end();
	check_failed(attach(), -EINVAL, LOOPRACE_STAGE_BIND, EINVAL);
}
END_TEST

START_TEST(cached_pages_are_waited_for_from_one_to_fifty_milliseconds)
{
	static const uint64_t waits_ms[] = { 1, 2, 4, 8, 16, 32, 50, 50 };

	begin_bound_by_set_fd();
	for (size_t i = 0; i < ARRAY_SIZE(waits_ms); i++) {
		expect_ioctl(&fake, DEVICE_FD, LOOP_SET_STATUS64, 0, -EAGAIN);
		expect_pause(&fake, waits_ms[i] * NS_PER_MS, 0);
	}
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_STATUS64, 0, 0);
	expect_end(&fake);
	ck_assert_int_eq(attach(), 0);
	ck_assert_uint_eq(counts.paused_ns, 163 * NS_PER_MS);
	check_bound(0);
}
END_TEST

START_TEST(cached_pages_that_stay_make_a_lost_try)
{
	begin_bound_by_set_fd();
	request.block_size_bytes = 1024;
	for (int i = 0; i < 20; i++) {
		expect_ioctl(&fake, DEVICE_FD, LOOP_SET_BLOCK_SIZE, 1024, -EAGAIN);
		if (i < 19)
			expect_any_pause(&fake);
	}
	expect_cleared_end();
	check_failed(attach(), LOOP_ATTACH_GAVE_UP, LOOPRACE_STAGE_STATUS, EAGAIN);
}
END_TEST

START_TEST(deadline_ends_the_wait_for_cached_pages)
{
	begin_bound_by_set_fd();
	request.budget_ns = 2 * NS_PER_MS;
	request.direct_io = true;
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_STATUS64, 0, -EAGAIN);
	expect_pause(&fake, NS_PER_MS, 0);
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_STATUS64, 0, -EAGAIN);
	expect_pause(&fake, NS_PER_MS, 0);
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_STATUS64, 0, -EAGAIN);
	expect_cleared_end();
	check_failed(attach(), LOOP_ATTACH_GAVE_UP, LOOPRACE_STAGE_STATUS, EAGAIN);
}
END_TEST

START_TEST(cancelled_wait_for_cached_pages_clears_our_device)
{
	begin_bound_by_set_fd();
	request.direct_io = true;
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_STATUS64, 0, -EAGAIN);
	expect_pause(&fake, NS_PER_MS, -ECANCELED);
	expect_cleared_end();
	check_failed(attach(), -ECANCELED, LOOPRACE_STAGE_PAUSE, ECANCELED);
}
END_TEST

START_TEST(containerd_does_not_wait_for_cached_pages)
{
	begin_with("containerd", LOOPRACE_API_AUTO);
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_FD, BACKING_FD, 0);
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_STATUS64, 0, -EAGAIN);
	expect_cleared_end();
	check_failed(attach(), -EAGAIN, LOOPRACE_STAGE_STATUS, EAGAIN);
}
END_TEST

START_TEST(direct_io_that_configure_dropped_is_noticed)
{
	begin_with("none", LOOPRACE_API_AUTO);
	request.direct_io = true;
	expect_ioctl(&fake, DEVICE_FD, LOOP_CONFIGURE, 0, 0);
	expect_get_status(&fake, 0);
	expect_end(&fake);
	ck_assert_int_eq(attach(), 0);
	ck_assert(!handle.direct_io);
	ck_assert(counts.direct_io_refused);
	check_bound(0);
}
END_TEST

/* One try of full_jitter at loop0, bound; the read back follows. */
static void begin_verified(void)
{
	begin_with("full_jitter", LOOPRACE_API_AUTO);
	expect_device_stat(&fake);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CONFIGURE, 0, 0);
}

START_TEST(verified_handle_tells_what_the_device_does)
{
	begin_verified();
	expect_get_status(&fake, LO_FLAGS_READ_ONLY | LO_FLAGS_DIRECT_IO);
	expect_diskseq(&fake, 99);
	expect_end(&fake);
	ck_assert_int_eq(attach(), 0);
	ck_assert(handle.read_only);
	ck_assert(handle.direct_io);
	ck_assert_uint_eq(handle.identity.diskseq, 99);
	check_bound(0);
}
END_TEST

START_TEST(verified_set_fd_reads_back_too)
{
	begin_with("full_jitter", LOOPRACE_API_SET_FD);
	expect_device_stat(&fake);
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_FD, BACKING_FD, 0);
	expect_ioctl(&fake, DEVICE_FD, LOOP_SET_STATUS64, 0, 0);
	expect_get_status(&fake, 0);
	expect_diskseq(&fake, 5);
	expect_end(&fake);
	check_bound(attach());
}
END_TEST

static const int no_diskseq_errors[] = { ENOTTY, EINVAL };

START_TEST(kernel_without_diskseq_gives_zero)
{
	begin_verified();
	expect_get_status(&fake, 0);
	expect_ioctl(&fake, DEVICE_FD, BLKGETDISKSEQ, 0, -no_diskseq_errors[_i]);
	expect_end(&fake);
	ck_assert_int_eq(attach(), 0);
	ck_assert_uint_eq(handle.identity.diskseq, 0);
	check_bound(0);
}
END_TEST

START_TEST(failing_diskseq_clears_our_device)
{
	begin_verified();
	expect_get_status(&fake, 0);
	expect_ioctl(&fake, DEVICE_FD, BLKGETDISKSEQ, 0, -EIO);
	expect_cleared_end();
	check_failed(attach(), -EIO, LOOPRACE_STAGE_VERIFY, EIO);
}
END_TEST

START_TEST(failing_read_back_clears_our_device)
{
	begin_verified();
	expect_ioctl(&fake, DEVICE_FD, LOOP_GET_STATUS64, 0, -EIO);
	expect_cleared_end();
	check_failed(attach(), -EIO, LOOPRACE_STAGE_VERIFY, EIO);
}
END_TEST

START_TEST(binding_that_is_gone_at_the_read_back_is_a_lost_try)
{
	begin_verified();
	expect_ioctl(&fake, DEVICE_FD, LOOP_GET_STATUS64, 0, -ENXIO);
	expect_untouched_end();
	check_failed(attach(), LOOP_ATTACH_GAVE_UP, LOOPRACE_STAGE_VERIFY, ENXIO);
}
END_TEST

static const struct loop_info64 strangers[] = {
	{ .lo_device = BACKING_DEV + 1, .lo_inode = BACKING_INODE },
	{ .lo_device = BACKING_DEV, .lo_inode = BACKING_INODE + 1 },
};

START_TEST(other_backing_file_at_the_read_back_is_stale_and_left_alone)
{
	begin_verified();
	fake_kernel_expect(&fake, (struct fake_call){ .kind = FAKE_CALL_IOCTL,
						      .fd = DEVICE_FD,
						      .request = LOOP_GET_STATUS64,
						      .info = strangers[_i] });
	expect_untouched_end();
	check_failed(attach(), -ESTALE, LOOPRACE_STAGE_VERIFY, ESTALE);
}
END_TEST

static const struct stat wrong_nodes[] = {
	{ .st_mode = S_IFREG },
	{ .st_mode = S_IFCHR, .st_rdev = LOOP_MAJOR << 8 },
	{ .st_mode = S_IFBLK, .st_rdev = 8 << 8 },
};

START_TEST(node_that_is_no_loop_device_is_not_bound)
{
	begin_with("full_jitter", LOOPRACE_API_AUTO);
	fake_kernel_expect(&fake,
			   (struct fake_call){ .kind = FAKE_CALL_STAT, .fd = DEVICE_FD, .stat = wrong_nodes[_i] });
	expect_untouched_end();
	check_failed(attach(), -ENOTBLK, LOOPRACE_STAGE_OPEN, ENOTBLK);
}
END_TEST

START_TEST(node_that_cannot_be_identified_is_not_bound)
{
	begin_with("full_jitter", LOOPRACE_API_AUTO);
	fake_kernel_expect(&fake, (struct fake_call){ .kind = FAKE_CALL_STAT, .fd = DEVICE_FD, .result = -EIO });
	expect_untouched_end();
	check_failed(attach(), -EIO, LOOPRACE_STAGE_OPEN, EIO);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("bind");
	TCase *configure = tcase_create("configure");
	TCase *set_fd = tcase_create("set_fd");
	TCase *again = tcase_create("again");
	TCase *verify = tcase_create("verify");

	tcase_add_checked_fixture(configure, set_up, NULL);
	tcase_add_test(configure, configure_carries_the_whole_request);
	tcase_add_test(configure, long_name_is_cut_and_ended);
	tcase_add_loop_test(configure, kernel_without_configure_is_bound_by_set_fd_on_the_same_descriptor, 0,
			    ARRAY_SIZE(unknown_errors));
	tcase_add_test(configure, missing_configure_is_found_out_once_an_attach);
	tcase_add_test(configure, configure_that_exists_but_refuses_is_a_real_error);
	tcase_add_test(configure, wish_for_configure_alone_never_falls_back);
	tcase_add_test(configure, request_overrules_the_policy_in_the_choice_of_calls);
	tcase_add_test(configure, direct_io_that_configure_dropped_is_noticed);
	suite_add_tcase(suite, configure);

	tcase_add_checked_fixture(set_fd, set_up, NULL);
	tcase_add_test(set_fd, containerd_binds_by_set_fd_and_set_status);
	tcase_add_test(set_fd, set_fd_sets_block_size_then_status_then_direct_io);
	tcase_add_test(set_fd, refused_direct_io_leaves_a_buffered_device);
	tcase_add_test(set_fd, status_refused_with_direct_io_is_asked_once_without);
	tcase_add_test(set_fd, status_refused_twice_is_fatal_and_our_device_is_cleared);
	tcase_add_test(set_fd, status_refused_without_direct_io_is_not_repeated);
	tcase_add_test(set_fd, failing_direct_io_other_than_refused_clears_our_device);
	tcase_add_test(set_fd, failing_block_size_clears_our_device);
	tcase_add_test(set_fd, busy_block_size_is_a_lost_try_and_our_device_is_cleared);
	tcase_add_test(set_fd, device_that_was_cleared_under_us_is_lost_and_left_alone);
	tcase_add_test(set_fd, failed_set_fd_clears_nothing);
	suite_add_tcase(suite, set_fd);

	tcase_add_checked_fixture(again, set_up, NULL);
	tcase_add_test(again, cached_pages_are_waited_for_from_one_to_fifty_milliseconds);
	tcase_add_test(again, cached_pages_that_stay_make_a_lost_try);
	tcase_add_test(again, deadline_ends_the_wait_for_cached_pages);
	tcase_add_test(again, cancelled_wait_for_cached_pages_clears_our_device);
	tcase_add_test(again, containerd_does_not_wait_for_cached_pages);
	suite_add_tcase(suite, again);

	tcase_add_checked_fixture(verify, set_up, NULL);
	tcase_add_test(verify, verified_handle_tells_what_the_device_does);
	tcase_add_test(verify, verified_set_fd_reads_back_too);
	tcase_add_loop_test(verify, kernel_without_diskseq_gives_zero, 0, ARRAY_SIZE(no_diskseq_errors));
	tcase_add_test(verify, failing_diskseq_clears_our_device);
	tcase_add_test(verify, failing_read_back_clears_our_device);
	tcase_add_test(verify, binding_that_is_gone_at_the_read_back_is_a_lost_try);
	tcase_add_loop_test(verify, other_backing_file_at_the_read_back_is_stale_and_left_alone, 0,
			    ARRAY_SIZE(strangers));
	tcase_add_loop_test(verify, node_that_is_no_loop_device_is_not_bound, 0, ARRAY_SIZE(wrong_nodes));
	tcase_add_test(verify, node_that_cannot_be_identified_is_not_bound);
	suite_add_tcase(suite, verify);
	return suite;
}
