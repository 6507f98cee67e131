/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See gnuplot.h.  Script and picture are files without a name rather than pipes: nobody has to feed one end while the
 * other is full.
 */
#include "harness/report/html/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_BYTES_MAX (16u << 20)

static int write_all(int fd, const char *text)
{
	for (size_t rest = strlen(text); rest > 0;) {
		ssize_t written = write(fd, text, rest);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			text += written;
			rest -= (size_t)written;
		}
	}
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

static int read_all(int fd, char **ret_text)
{
	off_t bytes = lseek(fd, 0, SEEK_END);
	char *text;

	if (bytes <= 0 || bytes > OUTPUT_BYTES_MAX)
		return -EIO;
	text = malloc((size_t)bytes + 1);
	if (!text)
		return -ENOMEM;
	if (pread(fd, text, (size_t)bytes, 0) != bytes) {
		free(text);
		return -EIO;
	}
	text[bytes] = '\0';
	*ret_text = text;
	return 0;
}

static int start(int input, int output, pid_t *ret_pid)
{
	/* -d: without the user's and the system's gnuplotrc. */
	char *const arguments[] = { (char *)"gnuplot", (char *)"-d", (char *)"-", NULL };
	posix_spawn_file_actions_t actions;
	int r = -posix_spawn_file_actions_init(&actions);

	if (r < 0)
		return r;
	r = -posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	if (r == 0)
		r = -posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (r == 0)
		r = -posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (r == 0)
		r = -posix_spawnp(ret_pid, "gnuplot", &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	return r;
}

static int wait_for(pid_t pid, int time_ms)
{
	int pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd end = { .fd = pid_fd, .events = POLLIN };
	bool is_late = false;
	int status, r;

	/* A kernel without pidfd_open() (before v5.3) waits without a limit. */
	while (pid_fd >= 0 && (r = poll(&end, 1, time_ms)) <= 0) {
		if (r < 0 && errno == EINTR)
			continue;
		is_late = r == 0;
		kill(pid, SIGKILL);
		break;
	}
	if (pid_fd >= 0)
		close(pid_fd);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (is_late)
		return -ETIMEDOUT;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

int gnuplot_run(const char *script, int time_ms, char **ret_output)
{
	int input = memfd_create("gnuplot-script", MFD_CLOEXEC);
	int output = memfd_create("gnuplot-picture", MFD_CLOEXEC);
	int r = input < 0 || output < 0 ? -errno : 0;
	pid_t pid;

	if (r == 0)
		r = write_all(input, script);
	if (r == 0)
		r = start(input, output, &pid);
	if (r == 0)
		r = wait_for(pid, time_ms);
	if (r == 0)
		r = read_all(output, ret_output);
	if (input >= 0)
		close(input);
	if (output >= 0)
		close(output);
	return r;
}
