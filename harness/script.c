/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of a script are passed on as they come, so that a download shows its progress; the last one is held back
 * until the script has ended, because only then it is known to be the answer.
 */
#include "harness/script.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vm/child.h"

#define POLL_MS	      200
#define STOP_GRACE_MS 5000

struct lines {
	char text[4096]; /* what came since the last newline */
	size_t bytes;
	char *last; /* last whole line, or NULL */
};

static void pass_on(struct lines *lines)
{
	if (lines->last)
		fprintf(stderr, "%s\n", lines->last);
	free(lines->last);
	lines->last = NULL;
}

static void end_line(struct lines *lines)
{
	pass_on(lines);
	lines->last = strndup(lines->text, lines->bytes);
	lines->bytes = 0;
}

static void take(struct lines *lines, const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] == '\n' || lines->bytes == sizeof(lines->text))
			end_line(lines);
		if (text[i] != '\n')
			lines->text[lines->bytes++] = text[i];
	}
}

/* Until the script closes its output, which its end does at the latest.  False: the user wants to stop. */
static bool read_lines(int fd, struct lines *lines, bool (*wants_stop)(void *), void *context)
{
	char buffer[4096];
	ssize_t n;

	for (;;) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

		if (wants_stop(context))
			return false;
		if (poll(&poll_fd, 1, POLL_MS) <= 0)
			continue;
		n = read(fd, buffer, sizeof(buffer));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return true;
		take(lines, buffer, (size_t)n);
	}
}

int script_run(char *const argv[], bool (*wants_stop)(void *context), void *context, char **ret_last_line)
{
	struct child child = CHILD_NONE;
	struct lines lines = { .bytes = 0 };
	bool was_stopped;
	int pipe_fds[2];
	int status;
	int r;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	r = child_start(argv, pipe_fds[1], &child);
	close(pipe_fds[1]);
	if (r < 0) {
		close(pipe_fds[0]);
		return r;
	}
	was_stopped = !read_lines(pipe_fds[0], &lines, wants_stop, context);
	/* The script cleans up behind itself when it is asked to end; the kill that follows is for what does not. */
	if (was_stopped)
		kill(-child.pid, SIGTERM);
	for (int i = 0; i < STOP_GRACE_MS / POLL_MS && !child_has_ended(&child, POLL_MS * 1000000u); i++)
		;
	status = child_reap(&child);
	close(pipe_fds[0]);
	if (lines.bytes > 0)
		end_line(&lines);
	if (!was_stopped && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		*ret_last_line = lines.last;
		return 0;
	}
	pass_on(&lines);
	if (was_stopped)
		return -ECANCELED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}
