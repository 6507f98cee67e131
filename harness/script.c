/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a script says on standard error is passed on at once, so that a download is told while it goes on and not when it
 * is over.  Of its standard output each line is held back until the next one comes, because only the last is the answer.
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
	char *last;   /* last whole line, or NULL */
	bool is_told; /* when it came */
};

static void pass_on(struct lines *lines)
{
	if (lines->last && !lines->is_told)
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

/* Reads what there is.  False at the end. */
static bool read_some(int fd, char *buffer, size_t buffer_bytes, size_t *ret_bytes)
{
	ssize_t n = read(fd, buffer, buffer_bytes);

	*ret_bytes = n > 0 ? (size_t)n : 0;
	return n > 0 || (n < 0 && errno == EINTR);
}

static void tell(struct lines *lines, const char *text, size_t bytes)
{
	fwrite(text, 1, bytes, stderr);
	take(lines, text, bytes);
}

/* Until the script closes both, which its end does at the latest.  False: the user wants to stop. */
static bool read_all(int output_fd, int error_fd, struct lines *lines, struct lines *errors, bool (*wants_stop)(void *),
		     void *context)
{
	struct pollfd poll_fds[2] = { { .fd = output_fd, .events = POLLIN }, { .fd = error_fd, .events = POLLIN } };
	char buffer[4096];
	size_t bytes;

	while (poll_fds[0].fd >= 0 || poll_fds[1].fd >= 0) {
		if (wants_stop(context))
			return false;
		if (poll(poll_fds, 2, POLL_MS) <= 0)
			continue;
		if (poll_fds[1].revents) {
			if (!read_some(error_fd, buffer, sizeof(buffer), &bytes))
				poll_fds[1].fd = -1;
			tell(errors, buffer, bytes);
		}
		if (poll_fds[0].revents) {
			if (!read_some(output_fd, buffer, sizeof(buffer), &bytes))
				poll_fds[0].fd = -1;
			take(lines, buffer, bytes);
		}
	}
	return true;
}

/* Waits for its end, and passes on what it says while it cleans up. */
static int end_script(struct child *child, int error_fd, struct lines *errors)
{
	char buffer[4096];
	size_t bytes;
	int status;

	for (int i = 0; i < STOP_GRACE_MS / POLL_MS && !child_has_ended(child, POLL_MS * 1000000u); i++)
		;
	status = child_reap(child);
	/* Somebody outside of the script's process group may have it open for ever. */
	fcntl(error_fd, F_SETFL, O_NONBLOCK);
	while (read_some(error_fd, buffer, sizeof(buffer), &bytes))
		tell(errors, buffer, bytes);
	return status;
}

static void close_pipe(int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

int script_run_complaining(char *const argv[], bool (*wants_stop)(void *context), void *context, char **ret_last_line,
			   char **ret_complaint)
{
	struct child child = CHILD_NONE;
	struct lines lines = { .bytes = 0 };
	struct lines errors = { .is_told = true };
	bool was_stopped;
	int output_fds[2];
	int error_fds[2];
	int status;
	int r;

	if (pipe2(output_fds, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(error_fds, O_CLOEXEC) < 0) {
		r = -errno;
		close_pipe(output_fds);
		return r;
	}
	r = child_start(argv, output_fds[1], error_fds[1], &child);
	if (r < 0) {
		close_pipe(output_fds);
		close_pipe(error_fds);
		return r;
	}
	close(output_fds[1]);
	close(error_fds[1]);
	was_stopped = !read_all(output_fds[0], error_fds[0], &lines, &errors, wants_stop, context);
	/* The script cleans up behind itself when it is asked to end; the kill that follows is for what does not. */
	if (was_stopped)
		kill(-child.pid, SIGTERM);
	status = end_script(&child, error_fds[0], &errors);
	close(output_fds[0]);
	close(error_fds[0]);
	if (lines.bytes > 0)
		end_line(&lines);
	if (!was_stopped && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		*ret_last_line = lines.last;
		free(errors.last);
		return 0;
	}
	pass_on(&lines);
	*ret_complaint = errors.last;
	if (was_stopped)
		return -ECANCELED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

int script_run(char *const argv[], bool (*wants_stop)(void *context), void *context, char **ret_last_line)
{
	char *complaint = NULL;
	int r = script_run_complaining(argv, wants_stop, context, ret_last_line, &complaint);

	free(complaint);
	return r;
}
