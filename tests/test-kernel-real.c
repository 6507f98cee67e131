/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real kernel behind the door, on files that need no root: results pass through, errnos come out negative.
 */
#include "core/looprace.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/kernel_call.h"

Suite *test_suite(void);

static const struct looprace_kernel *kernel;

static void set_up_kernel(void)
{
	kernel = looprace_kernel_real();
}

static void do_nothing(int signal_number)
{
}

START_TEST(opened_descriptor_is_closed_on_exec)
{
	int fd = kernel_open(kernel, "/dev/null", O_RDWR);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(kernel_close(kernel, &fd), 0);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(kernel_close(kernel, &fd), 0);
}
END_TEST

START_TEST(errnos_come_out_negative)
{
	struct stat stat;
	int closed = 1000000;

	ck_assert_int_eq(kernel_open(kernel, "/nowhere/at/all", O_RDONLY), -ENOENT);
	ck_assert_int_eq(kernel->stat(kernel->context, -1, &stat), -EBADF);
	ck_assert_int_eq(kernel_ioctl(kernel, -1, BLKGETSIZE, 0), -EBADF);
	ck_assert_int_eq(kernel_close(kernel, &closed), -EBADF);
}
END_TEST

START_TEST(stat_and_ioctl_pass_through)
{
	struct stat through, direct;
	int pipe_fds[2], waiting_bytes = -1;

	ck_assert_int_eq(pipe(pipe_fds), 0);
	ck_assert_int_eq(write(pipe_fds[1], "abc", 3), 3);
	ck_assert_int_ge(kernel_ioctl(kernel, pipe_fds[0], FIONREAD, (uintptr_t)&waiting_bytes), 0);
	ck_assert_int_eq(waiting_bytes, 3);
	ck_assert_int_eq(kernel->stat(kernel->context, pipe_fds[0], &through), 0);
	ck_assert_int_eq(fstat(pipe_fds[0], &direct), 0);
	ck_assert_uint_eq(through.st_ino, direct.st_ino);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}
END_TEST

START_TEST(pause_ends_after_its_time_even_when_signals_come)
{
	const struct itimerval each_ms = { { 0, 1000 }, { 0, 1000 } }, never = { 0 };
	const uint64_t pause_ns = 20000000;
	/* Handled without SA_RESTART, so each signal interrupts the wait. */
	const struct sigaction action = { .sa_handler = do_nothing };
	uint64_t start_ns;

	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	start_ns = kernel->now_ns(kernel->context);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &each_ms, NULL), 0);
	ck_assert_int_eq(kernel->pause_ns(kernel->context, pause_ns), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
	ck_assert_uint_ge(kernel->now_ns(kernel->context) - start_ns, pause_ns);
}
END_TEST

START_TEST(pause_of_nothing_returns)
{
	ck_assert_int_eq(kernel->pause_ns(kernel->context, 0), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("kernel_real");
	TCase *calls = tcase_create("calls");

	tcase_add_checked_fixture(calls, set_up_kernel, NULL);
	tcase_add_test(calls, opened_descriptor_is_closed_on_exec);
	tcase_add_test(calls, errnos_come_out_negative);
	tcase_add_test(calls, stat_and_ioctl_pass_through);
	tcase_add_test(calls, pause_ends_after_its_time_even_when_signals_come);
	tcase_add_test(calls, pause_of_nothing_returns);
	suite_add_tcase(suite, calls);
	return suite;
}
