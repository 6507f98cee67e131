/* SPDX-License-Identifier: Apache-2.0 */
/* Probing the driver's traits; see probe.h. */
#include "harness/engine/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "core/loop_uapi.h"

struct prober {
	const struct looprace_kernel *kernel;
	const struct probe *probe;
	char path[32];
};

static void note(const struct prober *prober, const char *trait, bool value)
{
	recorder_note(prober->probe->recorder, "trait name=%s value=%d", trait, value);
}

static int call(const struct prober *prober, int fd, unsigned long request, uintptr_t argument)
{
	return prober->kernel->ioctl(prober->kernel->context, fd, request, argument);
}

static int open_device(const struct prober *prober, int flags)
{
	return prober->kernel->open(prober->kernel->context, prober->path, flags | O_CLOEXEC);
}

static void close_device(const struct prober *prober, int fd)
{
	if (fd >= 0)
		prober->kernel->close(prober->kernel->context, fd);
}

static bool is_between(const struct probe *probe, unsigned int from_major, unsigned int from_minor,
		       unsigned int before_major, unsigned int before_minor)
{
	unsigned int version = probe->major << 16 | probe->minor;

	return version >= (from_major << 16 | from_minor) && version < (before_major << 16 | before_minor);
}

static void probe_diskseq(const struct prober *prober, int fd)
{
	uint64_t diskseq = 0;
	int r = call(prober, fd, BLKGETDISKSEQ, (uintptr_t)&diskseq);

	if (r >= 0)
		note(prober, "diskseq", true);
	else if (r == -ENOTTY || r == -EINVAL)
		note(prober, "diskseq", false);
}

/* Which of two things that are wrong is told; it changed somewhere between these versions. */
static void probe_change_fd(const struct prober *prober, int fd)
{
	int r;

	if (!is_between(prober->probe, 5, 11, 6, 1))
		return;
	r = call(prober, fd, LOOP_CHANGE_FD, (uintptr_t)-1);
	if (r == -EBADF || r == -ENXIO)
		note(prober, "change_fd_checks_fd_first", r == -EBADF);
}

/* That nobody is refused may be a fault; that somebody is cannot be. */
static void probe_exclusive(const struct prober *prober, int fd)
{
	int holder_fd = open_device(prober, O_RDWR | O_EXCL);

	if (holder_fd >= 0 && call(prober, fd, LOOP_SET_BLOCK_SIZE, 512) == -EBUSY)
		note(prober, "block_size_excl_check", true);
	close_device(prober, holder_fd);
}

/* Sizes that some kernels refuse; those of which the version is certain are not asked. */
static void probe_block_sizes(const struct prober *prober, int fd)
{
	int r;

	if (is_between(prober->probe, 6, 2, 6, 12)) {
		r = call(prober, fd, LOOP_SET_BLOCK_SIZE, 0);
		if (r == 0 || r == -EINVAL)
			note(prober, "block_size_zero_resets", r == 0);
	}
	if (is_between(prober->probe, 6, 14, 99, 0)) {
		r = call(prober, fd, LOOP_SET_BLOCK_SIZE, 8192);
		if (r == 0 || r == -EINVAL)
			note(prober, "block_size_max_64k", r == 0);
	}
}

/*
 * A device that its only opener releases: is it free at once, or neither bound nor free until that one closes?  So it is
 * since v6.11, and wherever that was brought to an older one.
 */
static void probe_detach(const struct prober *prober, int fd)
{
	struct loop_info64 info;
	bool is_unbound, is_free;

	if (call(prober, fd, LOOP_CLR_FD, 0) != 0 || !is_between(prober->probe, 0, 0, 6, 11))
		return;
	is_unbound = call(prober, fd, LOOP_GET_STATUS64, (uintptr_t)&info) == -ENXIO;
	is_free = call(prober, fd, LOOP_SET_FD, (uintptr_t)prober->probe->backing_fd) == 0;
	if (!is_unbound)
		return;
	/* They came with the same commit. */
	note(prober, "deferred_detach", !is_free);
	note(prober, "open_enxio_in_rundown", !is_free);
	if (is_free)
		call(prober, fd, LOOP_CLR_FD, 0);
}

static void probe_device(const struct prober *prober)
{
	int fd = open_device(prober, O_RDWR);

	if (fd < 0)
		return;
	probe_diskseq(prober, fd);
	probe_change_fd(prober, fd);
	if (call(prober, fd, LOOP_SET_FD, (uintptr_t)prober->probe->backing_fd) == 0) {
		probe_exclusive(prober, fd);
		probe_block_sizes(prober, fd);
		probe_detach(prober, fd);
	}
	close_device(prober, fd);
}

void probe_traits(const struct looprace_kernel *kernel, void *context)
{
	struct prober prober = { .kernel = kernel, .probe = context };
	int control_fd = kernel->open(kernel->context, "/dev/loop-control", O_RDWR | O_CLOEXEC);
	int r;

	if (control_fd < 0)
		return;
	snprintf(prober.path, sizeof(prober.path), "/dev/loop%d", PROBE_DEVICE_INDEX);
	if (call(&prober, control_fd, LOOP_CTL_ADD, PROBE_DEVICE_INDEX) == PROBE_DEVICE_INDEX) {
		probe_device(&prober);
		r = call(&prober, control_fd, LOOP_CTL_REMOVE, PROBE_DEVICE_INDEX);
		if (is_between(prober.probe, 5, 11, 6, 1) && (r == 0 || r == PROBE_DEVICE_INDEX))
			note(&prober, "remove_returns_index", r != 0);
	}
	close_device(&prober, control_fd);
}
