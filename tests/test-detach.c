/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detaching: by handle, by path with proof of who is meant, and several at once.
 */
#include "core/looprace.h"

#include <check.h>
#include <errno.h>

#include "tests/fake_loop.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define DEVICE_PATH	  "/dev/loop7"
#define DISKSEQ		  40

Suite *test_suite(void);

static struct fake_kernel fake;
static struct looprace_handle handle;

static const struct looprace_identity ours = { .dev = BACKING_DEV, .inode = BACKING_INODE, .diskseq = DISKSEQ };

static void set_up(void)
{
	fake_kernel_init(&fake);
}

/* A handle whose descriptor the fake knows to be open. */
static void set_up_handle(void)
{
	set_up();
	expect_open(&fake, DEVICE_PATH, O_RDWR, DEVICE_FD);
	handle = (struct looprace_handle){ .index = 7, .identity = ours };
	handle.fd = fake.kernel.open(fake.kernel.context, DEVICE_PATH, O_RDWR);
}

static void check_handle_is_null(void)
{
	ck_assert_int_eq(handle.fd, -1);
	ck_assert_int_eq(handle.index, -1);
	ck_assert_uint_eq(handle.identity.dev, 0);
	fake_kernel_finish(&fake, 0);
}

START_TEST(detach_clears_on_its_own_descriptor_then_closes)
{
	expect_ioctl(&fake, DEVICE_FD, LOOP_CLR_FD, 0, 0);
	expect_close(&fake, DEVICE_FD);
	ck_assert_int_eq(looprace_detach(&fake.kernel, &handle), 0);
	check_handle_is_null();
}
END_TEST

START_TEST(detach_of_a_cleared_device_says_already)
{
	expect_ioctl(&fake, DEVICE_FD, LOOP_CLR_FD, 0, -ENXIO);
	expect_close(&fake, DEVICE_FD);
	ck_assert_int_eq(looprace_detach(&fake.kernel, &handle), LOOP_DETACH_ALREADY);
	check_handle_is_null();
}
END_TEST

START_TEST(failing_clear_closes_all_the_same)
{
	expect_ioctl(&fake, DEVICE_FD, LOOP_CLR_FD, 0, -EIO);
	fake_kernel_expect(&fake, (struct fake_call){ .kind = FAKE_CALL_CLOSE, .fd = DEVICE_FD, .result = -ENOSPC });
	ck_assert_int_eq(looprace_detach(&fake.kernel, &handle), -EIO);
	check_handle_is_null();
}
END_TEST

START_TEST(failing_close_of_a_detach_is_told)
{
	expect_ioctl(&fake, DEVICE_FD, LOOP_CLR_FD, 0, 0);
	fake_kernel_expect(&fake, (struct fake_call){ .kind = FAKE_CALL_CLOSE, .fd = DEVICE_FD, .result = -EIO });
	ck_assert_int_eq(looprace_detach(&fake.kernel, &handle), -EIO);
	check_handle_is_null();
}
END_TEST

START_TEST(second_detach_of_a_handle_says_already)
{
	expect_ioctl(&fake, DEVICE_FD, LOOP_CLR_FD, 0, 0);
	expect_close(&fake, DEVICE_FD);
	ck_assert_int_eq(looprace_detach(&fake.kernel, &handle), 0);
	ck_assert_int_eq(looprace_detach(&fake.kernel, &handle), LOOP_DETACH_ALREADY);
	ck_assert_int_eq(looprace_detach(&fake.kernel, NULL), LOOP_DETACH_ALREADY);
	check_handle_is_null();
}
END_TEST

START_TEST(close_asks_for_no_release)
{
	expect_close(&fake, DEVICE_FD);
	ck_assert_int_eq(looprace_close(&fake.kernel, &handle), 0);
	ck_assert_int_eq(looprace_close(&fake.kernel, &handle), 0);
	ck_assert_int_eq(looprace_close(&fake.kernel, NULL), 0);
	check_handle_is_null();
}
END_TEST

START_TEST(failing_close_is_told_and_forgets_the_descriptor)
{
	fake_kernel_expect(&fake, (struct fake_call){ .kind = FAKE_CALL_CLOSE, .fd = DEVICE_FD, .result = -EINTR });
	ck_assert_int_eq(looprace_close(&fake.kernel, &handle), -EINTR);
	check_handle_is_null();
}
END_TEST

START_TEST(identity_is_dev_and_inode_of_the_backing_file)
{
	struct looprace_identity identity = { .diskseq = 3 };

	expect_get_status(&fake, 0);
	ck_assert_int_eq(looprace_read_identity(&fake.kernel, handle.fd, &identity), 0);
	ck_assert_uint_eq(identity.dev, BACKING_DEV);
	ck_assert_uint_eq(identity.inode, BACKING_INODE);
	ck_assert_uint_eq(identity.diskseq, 0);
	fake_kernel_finish(&fake, 1);
}
END_TEST

START_TEST(identity_of_a_free_device_is_enxio_and_nothing_is_written)
{
	struct looprace_identity identity = { .dev = 1 };

	expect_ioctl(&fake, DEVICE_FD, LOOP_GET_STATUS64, 0, -ENXIO);
	ck_assert_int_eq(looprace_read_identity(&fake.kernel, handle.fd, &identity), -ENXIO);
	ck_assert_uint_eq(identity.dev, 1);
	fake_kernel_finish(&fake, 1);
}
END_TEST

/* The path is opened and is a loop device, bound to our backing file. */
static void expect_opened(void)
{
	expect_open(&fake, DEVICE_PATH, O_RDONLY, DEVICE_FD);
	expect_device_stat(&fake);
}

static void expect_found(uint64_t diskseq)
{
	expect_get_status(&fake, 0);
	expect_diskseq(&fake, diskseq);
}

static void check_detach_path(const struct looprace_identity *identity, int wanted)
{
	expect_close(&fake, DEVICE_FD);
	ck_assert_int_eq(looprace_detach_path(&fake.kernel, DEVICE_PATH, identity), wanted);
	fake_kernel_finish(&fake, 0);
}

START_TEST(path_of_our_device_is_detached)
{
	expect_opened();
	expect_found(DISKSEQ);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CLR_FD, 0, 0);
	expect_ioctl(&fake, DEVICE_FD, LOOP_GET_STATUS64, 0, -ENXIO);
	check_detach_path(&ours, 0);
}
END_TEST

START_TEST(device_that_others_hold_open_goes_later)
{
	expect_opened();
	expect_found(DISKSEQ);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CLR_FD, 0, 0);
	expect_found(DISKSEQ);
	check_detach_path(&ours, LOOP_DETACH_LAZY);
}
END_TEST

START_TEST(stranger_who_binds_right_after_is_not_taken_for_lazy)
{
	expect_opened();
	expect_found(DISKSEQ);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CLR_FD, 0, 0);
	expect_found(DISKSEQ + 2);
	check_detach_path(&ours, 0);
}
END_TEST

START_TEST(free_device_is_already_detached)
{
	expect_opened();
	expect_ioctl(&fake, DEVICE_FD, LOOP_GET_STATUS64, 0, -ENXIO);
	check_detach_path(&ours, LOOP_DETACH_ALREADY);
}
END_TEST

START_TEST(device_that_is_freed_just_before_the_clear_is_already_detached)
{
	expect_opened();
	expect_found(DISKSEQ);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CLR_FD, 0, -ENXIO);
	check_detach_path(&ours, LOOP_DETACH_ALREADY);
}
END_TEST

START_TEST(device_that_is_being_released_is_already_detached)
{
	expect_open(&fake, DEVICE_PATH, O_RDONLY, -ENXIO);
	ck_assert_int_eq(looprace_detach_path(&fake.kernel, DEVICE_PATH, &ours), LOOP_DETACH_ALREADY);
	fake_kernel_finish(&fake, 0);
}
END_TEST

static const struct looprace_identity others[] = {
	{ .dev = BACKING_DEV + 1, .inode = BACKING_INODE },
	{ .dev = BACKING_DEV, .inode = BACKING_INODE + 1 },
	{ .dev = BACKING_DEV, .inode = BACKING_INODE, .diskseq = DISKSEQ - 1 },
};

START_TEST(other_binding_is_stale_and_is_not_cleared)
{
	expect_opened();
	expect_found(DISKSEQ);
	check_detach_path(&others[_i], -ESTALE);
}
END_TEST

START_TEST(diskseq_that_was_not_read_is_not_compared)
{
	const struct looprace_identity without_diskseq = { .dev = BACKING_DEV, .inode = BACKING_INODE };

	expect_opened();
	expect_found(DISKSEQ);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CLR_FD, 0, 0);
	expect_ioctl(&fake, DEVICE_FD, LOOP_GET_STATUS64, 0, -ENXIO);
	check_detach_path(&without_diskseq, 0);
}
END_TEST

START_TEST(kernel_without_diskseq_compares_dev_and_inode)
{
	expect_opened();
	expect_get_status(&fake, 0);
	expect_ioctl(&fake, DEVICE_FD, BLKGETDISKSEQ, 0, -ENOTTY);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CLR_FD, 0, 0);
	expect_get_status(&fake, 0);
	expect_ioctl(&fake, DEVICE_FD, BLKGETDISKSEQ, 0, -ENOTTY);
	check_detach_path(&ours, LOOP_DETACH_LAZY);
}
END_TEST

START_TEST(anybody_is_detached_without_an_identity)
{
	expect_opened();
	expect_found(DISKSEQ);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CLR_FD, 0, 0);
	expect_ioctl(&fake, DEVICE_FD, LOOP_GET_STATUS64, 0, -ENXIO);
	check_detach_path(NULL, 0);
}
END_TEST

START_TEST(path_that_cannot_be_opened_is_an_error)
{
	expect_open(&fake, DEVICE_PATH, O_RDONLY, -ENOENT);
	ck_assert_int_eq(looprace_detach_path(&fake.kernel, DEVICE_PATH, &ours), -ENOENT);
	fake_kernel_finish(&fake, 0);
}
END_TEST

static const struct fake_call wrong_stats[] = {
	{ .kind = FAKE_CALL_STAT, .fd = DEVICE_FD, .stat = { .st_mode = S_IFREG } },
	{ .kind = FAKE_CALL_STAT, .fd = DEVICE_FD, .stat = { .st_mode = S_IFBLK, .st_rdev = 8 << 8 } },
};

START_TEST(path_that_is_no_loop_device_is_not_touched)
{
	expect_open(&fake, DEVICE_PATH, O_RDONLY, DEVICE_FD);
	fake_kernel_expect(&fake, wrong_stats[_i]);
	check_detach_path(NULL, -ENOTBLK);
}
END_TEST

START_TEST(failing_calls_are_told_and_close_the_device)
{
	expect_opened();
	expect_ioctl(&fake, DEVICE_FD, LOOP_GET_STATUS64, 0, -EIO);
	check_detach_path(&ours, -EIO);

	expect_opened();
	expect_get_status(&fake, 0);
	expect_ioctl(&fake, DEVICE_FD, BLKGETDISKSEQ, 0, -EPERM);
	check_detach_path(&ours, -EPERM);

	expect_opened();
	expect_found(DISKSEQ);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CLR_FD, 0, -ENOMEM);
	check_detach_path(&ours, -ENOMEM);
}
END_TEST

START_TEST(failing_close_after_a_detach_by_path_is_told)
{
	expect_opened();
	expect_found(DISKSEQ);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CLR_FD, 0, 0);
	expect_ioctl(&fake, DEVICE_FD, LOOP_GET_STATUS64, 0, -ENXIO);
	fake_kernel_expect(&fake, (struct fake_call){ .kind = FAKE_CALL_CLOSE, .fd = DEVICE_FD, .result = -EIO });
	ck_assert_int_eq(looprace_detach_path(&fake.kernel, DEVICE_PATH, &ours), -EIO);
	fake_kernel_finish(&fake, 0);
}
END_TEST

static const char *const three_paths[] = { "/dev/loop0", "/dev/loop1", "/dev/loop2" };

/* The first and the third fail in different ways, the second is detached. */
static void expect_three(void)
{
	expect_open(&fake, three_paths[0], O_RDONLY, -EACCES);
	expect_open(&fake, three_paths[1], O_RDONLY, DEVICE_FD);
	expect_device_stat(&fake);
	expect_found(DISKSEQ);
	expect_ioctl(&fake, DEVICE_FD, LOOP_CLR_FD, 0, 0);
	expect_ioctl(&fake, DEVICE_FD, LOOP_GET_STATUS64, 0, -ENXIO);
	expect_close(&fake, DEVICE_FD);
	expect_open(&fake, three_paths[2], O_RDONLY, -ENOENT);
}

START_TEST(several_paths_go_on_after_a_failure_and_tell_the_first)
{
	int results[3] = { 99, 99, 99 };

	expect_three();
	ck_assert_int_eq(looprace_detach_paths(&fake.kernel, three_paths, 3, results), -EACCES);
	ck_assert_int_eq(results[0], -EACCES);
	ck_assert_int_eq(results[1], 0);
	ck_assert_int_eq(results[2], -ENOENT);
	fake_kernel_finish(&fake, 0);
}
END_TEST

START_TEST(results_of_several_paths_may_be_left_out)
{
	expect_three();
	ck_assert_int_eq(looprace_detach_paths(&fake.kernel, three_paths, 3, NULL), -EACCES);
	fake_kernel_finish(&fake, 0);
}
END_TEST

START_TEST(outcomes_of_several_paths_are_no_errors)
{
	int results[2] = { 99, 99 };

	expect_open(&fake, three_paths[0], O_RDONLY, -ENXIO);
	expect_open(&fake, three_paths[1], O_RDONLY, -ENXIO);
	ck_assert_int_eq(looprace_detach_paths(&fake.kernel, three_paths, 2, results), 0);
	ck_assert_int_eq(results[0], LOOP_DETACH_ALREADY);
	ck_assert_int_eq(results[1], LOOP_DETACH_ALREADY);
	ck_assert_int_eq(looprace_detach_paths(&fake.kernel, NULL, 0, NULL), 0);
	fake_kernel_finish(&fake, 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("detach");
	TCase *by_handle = tcase_create("by handle");
	TCase *by_path = tcase_create("by path");
	TCase *several = tcase_create("several");

	tcase_add_checked_fixture(by_handle, set_up_handle, NULL);
	tcase_add_test(by_handle, detach_clears_on_its_own_descriptor_then_closes);
	tcase_add_test(by_handle, detach_of_a_cleared_device_says_already);
	tcase_add_test(by_handle, failing_clear_closes_all_the_same);
	tcase_add_test(by_handle, failing_close_of_a_detach_is_told);
	tcase_add_test(by_handle, second_detach_of_a_handle_says_already);
	tcase_add_test(by_handle, close_asks_for_no_release);
	tcase_add_test(by_handle, failing_close_is_told_and_forgets_the_descriptor);
	tcase_add_test(by_handle, identity_is_dev_and_inode_of_the_backing_file);
	tcase_add_test(by_handle, identity_of_a_free_device_is_enxio_and_nothing_is_written);
	suite_add_tcase(suite, by_handle);

	tcase_add_checked_fixture(by_path, set_up, NULL);
	tcase_add_test(by_path, path_of_our_device_is_detached);
	tcase_add_test(by_path, device_that_others_hold_open_goes_later);
	tcase_add_test(by_path, stranger_who_binds_right_after_is_not_taken_for_lazy);
	tcase_add_test(by_path, free_device_is_already_detached);
	tcase_add_test(by_path, device_that_is_freed_just_before_the_clear_is_already_detached);
	tcase_add_test(by_path, device_that_is_being_released_is_already_detached);
	tcase_add_loop_test(by_path, other_binding_is_stale_and_is_not_cleared, 0, ARRAY_SIZE(others));
	tcase_add_test(by_path, diskseq_that_was_not_read_is_not_compared);
	tcase_add_test(by_path, kernel_without_diskseq_compares_dev_and_inode);
	tcase_add_test(by_path, anybody_is_detached_without_an_identity);
	tcase_add_test(by_path, path_that_cannot_be_opened_is_an_error);
	tcase_add_loop_test(by_path, path_that_is_no_loop_device_is_not_touched, 0, ARRAY_SIZE(wrong_stats));
	tcase_add_test(by_path, failing_calls_are_told_and_close_the_device);
	tcase_add_test(by_path, failing_close_after_a_detach_by_path_is_told);
	suite_add_tcase(suite, by_path);

	tcase_add_checked_fixture(several, set_up, NULL);
	tcase_add_test(several, several_paths_go_on_after_a_failure_and_tell_the_first);
	tcase_add_test(several, results_of_several_paths_may_be_left_out);
	tcase_add_test(several, outcomes_of_several_paths_are_no_errors);
	suite_add_tcase(suite, several);
	return suite;
}
