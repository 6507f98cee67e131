/* SPDX-License-Identifier: Apache-2.0 */
/* Work in processes of its own: as many at once as asked for, and none takes another with it. */
#include "harness/jobs.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *test_suite(void);

#define LONG_NS (60ull * 1000000000)

static struct jobs jobs;
static _Atomic int *counter; /* shared with the jobs */

static void setup(void)
{
	counter = mmap(NULL, sizeof(*counter), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(counter != MAP_FAILED);
	ck_assert_int_eq(jobs_init(&jobs, 3), 0);
}

static void teardown(void)
{
	jobs_fini(&jobs);
	munmap(counter, sizeof(*counter));
}

static int give(void *context)
{
	return *(int *)context;
}

static int die(void *context)
{
	(void)context;
	raise(SIGKILL);
	return 0;
}

static int hang(void *context)
{
	(void)context;
	/* Relaxed: the test only waits until it is there. */
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
	signal(SIGTERM, SIG_IGN);
	for (;;)
		pause();
	return 0;
}

static volatile sig_atomic_t was_asked;

static void on_signal(int number)
{
	was_asked = number;
}

static int wait_for_signal(void *context)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t block, before;

	(void)context;
	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	sigprocmask(SIG_BLOCK, &block, &before);
	sigaction(SIGTERM, &action, NULL);
	/* Relaxed: see hang(). */
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
	while (!was_asked)
		sigsuspend(&before);
	return 7;
}

static struct job_end wait_for_end(void)
{
	struct job_end end = { .context = NULL };

	while (!jobs_wait(&jobs, LONG_NS, &end))
		;
	return end;
}

/* Until @count jobs have said that they run. */
static void wait_until(int count)
{
	struct job_end end;

	while (atomic_load_explicit(counter, memory_order_relaxed) < count)
		ck_assert(!jobs_wait(&jobs, 1000000, &end));
}

START_TEST(each_job_gives_back_what_it_returned)
{
	int codes[] = { 0, 64, 255 };
	unsigned int seen = 0;

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(jobs_start(&jobs, give, &codes[i], LONG_NS), 0);
	ck_assert_uint_eq(jobs.running_count, 3);
	for (int i = 0; i < 3; i++) {
		struct job_end end = wait_for_end();

		ck_assert(WIFEXITED(end.status));
		ck_assert_int_eq(WEXITSTATUS(end.status), *(int *)end.context);
		ck_assert(!end.is_limit_over);
		seen |= 1u << ((int *)end.context - codes);
	}
	ck_assert_uint_eq(seen, 7);
	ck_assert_uint_eq(jobs.running_count, 0);
}
END_TEST

START_TEST(a_job_that_dies_takes_no_other_with_it)
{
	int code = 5;
	struct job_end end;

	ck_assert_int_eq(jobs_start(&jobs, wait_for_signal, &code, LONG_NS), 0);
	ck_assert_int_eq(jobs_start(&jobs, die, &jobs, LONG_NS), 0);
	end = wait_for_end();
	ck_assert_ptr_eq(end.context, &jobs);
	ck_assert(WIFSIGNALED(end.status) && WTERMSIG(end.status) == SIGKILL && !end.is_limit_over);
	wait_until(1);
	jobs_signal(&jobs, SIGTERM);
	end = wait_for_end();
	ck_assert_ptr_eq(end.context, &code);
	ck_assert(WIFEXITED(end.status) && WEXITSTATUS(end.status) == 7);
}
END_TEST

START_TEST(a_job_that_hangs_is_killed_when_its_time_is_over)
{
	struct job_end end;

	ck_assert_int_eq(jobs_start(&jobs, hang, NULL, 1), 0);
	end = wait_for_end();
	ck_assert(end.is_limit_over);
	ck_assert_uint_eq(end.limit_ns, 1);
	ck_assert(WIFSIGNALED(end.status) && WTERMSIG(end.status) == SIGKILL);
	ck_assert_uint_eq(jobs.running_count, 0);
}
END_TEST

START_TEST(a_job_that_has_ended_was_in_time_however_late_we_look)
{
	int code = 3;
	struct job_end end;
	siginfo_t info;

	ck_assert_int_eq(jobs_start(&jobs, give, &code, 1), 0);
	ck_assert_int_eq(waitid(P_PID, (id_t)jobs.slots[0].child.pid, &info, WEXITED | WNOWAIT), 0);
	end = wait_for_end();
	ck_assert(!end.is_limit_over && WIFEXITED(end.status) && WEXITSTATUS(end.status) == 3);
}
END_TEST

START_TEST(a_job_hears_no_signal_of_our_group)
{
	struct job_end end;

	ck_assert_int_eq(jobs_start(&jobs, hang, NULL, LONG_NS), 0);
	wait_until(1);
	ck_assert_int_ne(getpgid(jobs.slots[0].child.pid), getpgrp());
	ck_assert(!jobs_wait(&jobs, 0, &end));
}
END_TEST

START_TEST(no_job_is_left_behind)
{
	pid_t pid;

	ck_assert_int_eq(jobs_start(&jobs, hang, NULL, LONG_NS), 0);
	wait_until(1);
	pid = jobs.slots[0].child.pid;
	jobs_fini(&jobs);
	ck_assert(kill(pid, 0) < 0 && errno == ESRCH);
	ck_assert_int_eq(jobs_init(&jobs, 1), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("jobs");
	TCase *tcase = tcase_create("jobs");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, each_job_gives_back_what_it_returned);
	tcase_add_test(tcase, a_job_that_dies_takes_no_other_with_it);
	tcase_add_test(tcase, a_job_that_hangs_is_killed_when_its_time_is_over);
	tcase_add_test(tcase, a_job_that_has_ended_was_in_time_however_late_we_look);
	tcase_add_test(tcase, a_job_hears_no_signal_of_our_group);
	tcase_add_test(tcase, no_job_is_left_behind);
	suite_add_tcase(suite, tcase);
	return suite;
}
