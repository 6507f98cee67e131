/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child process that cannot be left behind.
 *
 * A group of its own, so that Ctrl-C at the terminal reaches only us and we decide how the guest ends.  A death signal
 * from the kernel, because our own clean-up does not run when we are killed: a QEMU whose runner had been killed with
 * SIGKILL was found spinning 23 minutes later.  A pidfd, because poll() on it both waits and times out, without
 * SIGCHLD, which belongs to the caller.
 *
 * The death signal does not reach grandchildren: what vm/boot starts before it becomes QEMU must end by itself.
 */
#include "vm/child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Says errno to the parent through the pipe that a successful execve() closes. */
static _Noreturn void give_up(int error_fd, int error)
{
	ssize_t n = write(error_fd, &error, sizeof(error));

	_exit(n == (ssize_t)sizeof(error) ? 127 : 126);
}

/* Between fork() and execve() of a program that may have threads: only async-signal-safe calls. */
static _Noreturn void become(char *const argv[], const int output_fds[2], int pipe_fd, pid_t parent)
{
	int kept_fds[3];
	sigset_t none;
	int null_fd;

	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		give_up(pipe_fd, errno);
	/* The parent may have died before the line above: then no signal will come. */
	if (getppid() != parent)
		_exit(127);

	/* None of them may lie where standard input, output and error go. */
	for (int i = 0; i < 3; i++) {
		kept_fds[i] = fcntl(i < 2 ? output_fds[i] : pipe_fd, F_DUPFD_CLOEXEC, 3);
		if (kept_fds[i] < 0)
			give_up(pipe_fd, errno);
	}
	pipe_fd = kept_fds[2];
	null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null_fd < 0)
		give_up(pipe_fd, errno);
	if (null_fd == STDIN_FILENO)
		fcntl(null_fd, F_SETFD, 0);
	else if (dup2(null_fd, STDIN_FILENO) < 0)
		give_up(pipe_fd, errno);
	if (dup2(kept_fds[0], STDOUT_FILENO) < 0 || dup2(kept_fds[1], STDERR_FILENO) < 0)
		give_up(pipe_fd, errno);
	/* Whatever our caller inherited from its own caller, such as a lock or make's job server. */
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);

	/* execve() keeps ignored signals ignored; SIGKILL and SIGSTOP refuse, which is right. */
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);

	execv(argv[0], argv);
	give_up(pipe_fd, errno);
}

/* fork() with all signals blocked, so that no handler of the caller ever runs in the child. */
static pid_t fork_quietly(void)
{
	sigset_t all, before;
	pid_t pid;
	int saved_errno;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		return 0;
	saved_errno = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = saved_errno;
	return pid;
}

/* 0 when the pipe was closed by a successful execve(), else the errno that came through it. */
static int read_error(int error_fd)
{
	int error = 0;
	ssize_t n;

	do
		n = read(error_fd, &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno;
	return n == (ssize_t)sizeof(error) ? error : 0;
}

int child_start(char *const argv[], int output_fd, int error_fd, struct child *ret_child)
{
	const int output_fds[2] = { output_fd, error_fd };
	struct child child = CHILD_NONE;
	int pipe_fds[2];
	pid_t parent = getpid();
	int r;

	assert(argv[0] && output_fd >= 0 && error_fd >= 0);
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	child.pid = fork_quietly();
	if (child.pid < 0) {
		r = -errno;
		close(pipe_fds[0]);
		close(pipe_fds[1]);
		return r;
	}
	if (child.pid == 0)
		become(argv, output_fds, pipe_fds[1], parent);

	/* Both sides ask for it: whoever comes first, the group exists before anybody relies on it. */
	setpgid(child.pid, child.pid);
	close(pipe_fds[1]);
	child.pidfd = pidfd_open(child.pid, 0);
	r = child.pidfd < 0 ? -errno : -read_error(pipe_fds[0]);
	close(pipe_fds[0]);
	if (r < 0) {
		child_reap(&child);
		return r;
	}
	*ret_child = child;
	return 0;
}

bool child_has_ended(const struct child *child, uint64_t wait_ns)
{
	struct pollfd pollfd = { .fd = child->pidfd, .events = POLLIN };

	return poll(&pollfd, 1, (int)((wait_ns + 999999) / 1000000)) > 0;
}

/*
 * The members that are not our children are reaped by init, a moment after they died.  The wait has a bound because an
 * init that never reaps, as in some containers, keeps dead members in the group for ever.
 */
static void wait_for_empty_group(pid_t group)
{
	for (int tries_left = 1000; tries_left > 0; tries_left--) {
		if (kill(-group, 0) < 0 && errno == ESRCH)
			return;
		poll(NULL, 0, 1);
	}
}

int child_reap(struct child *child)
{
	int status = 0;
	pid_t pid;

	assert(child->pid > 0);
	/* Before the leader is reaped: until then nobody else can get the group's number. */
	if (kill(-child->pid, SIGKILL) < 0)
		kill(child->pid, SIGKILL);
	do
		pid = waitpid(child->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	wait_for_empty_group(child->pid);
	if (child->pidfd >= 0)
		close(child->pidfd);
	*child = (struct child)CHILD_NONE;
	return status;
}
