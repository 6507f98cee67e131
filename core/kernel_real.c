/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real kernel behind struct looprace_kernel: each function is one system call, with its errno turned into -errno
 * at the line where libc reports it.
 *
 * It has no state, so one table serves all threads.  It never cancels a pause; a caller who needs that wraps it.
 */
#include "core/looprace.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)

static int real_open(void *context, const char *path, int flags)
{
	int r = open(path, flags | O_CLOEXEC);

	return r < 0 ? -errno : r;
}

static int real_close(void *context, int fd)
{
	return close(fd) < 0 ? -errno : 0;
}

static int real_ioctl(void *context, int fd, unsigned long request, uintptr_t argument)
{
	int r = ioctl(fd, request, argument);

	return r < 0 ? -errno : r;
}

static int real_stat(void *context, int fd, struct stat *ret_stat)
{
	return fstat(fd, ret_stat) < 0 ? -errno : 0;
}

static uint64_t real_now_ns(void *context)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* Waits until an absolute time, so that a signal does not make the wait longer. */
static int real_pause_ns(void *context, uint64_t duration_ns)
{
	uint64_t end_ns;
	struct timespec end;
	int r;

	if (duration_ns == 0)
		return 0;
	end_ns = real_now_ns(context) + duration_ns;
	end.tv_sec = (time_t)(end_ns / NS_PER_S);
	end.tv_nsec = (long)(end_ns % NS_PER_S);
	do
		r = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL);
	while (r == EINTR);
	return -r;
}

const struct looprace_kernel *looprace_kernel_real(void)
{
	static const struct looprace_kernel kernel = {
		.open = real_open,
		.close = real_close,
		.ioctl = real_ioctl,
		.stat = real_stat,
		.now_ns = real_now_ns,
		.pause_ns = real_pause_ns,
	};

	return &kernel;
}
