/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detach: by the handle that bound, or by path with proof of who is meant.
 *
 * LOOP_CLR_FD releases whatever is bound, so the question is always whose binding that is.  A descriptor that was open
 * while the binding was seen keeps it in place: with it, there is another opener, and every kernel (v5.8 to v7.3) then
 * only marks the device for release at the last close.  So "open, compare, clear, close" on one descriptor cannot hit
 * a stranger, while "compare, then open and clear", as containerd did, can.
 */
#include "core/looprace.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>

#include "core/kernel_call.h"
#include "core/loop_device.h"

int looprace_read_identity(const struct looprace_kernel *kernel, int fd, struct looprace_identity *ret_identity)
{
	struct loop_info64 info;
	int r = loop_device_get_status(kernel, fd, &info);

	if (r < 0)
		return r;
	*ret_identity = (struct looprace_identity){ .dev = info.lo_device, .inode = info.lo_inode };
	return 0;
}

/* As looprace_read_identity(), with the diskseq where the kernel has one. */
static int read_whole_identity(const struct looprace_kernel *kernel, int fd, struct looprace_identity *ret_identity)
{
	struct looprace_identity identity;
	int r = looprace_read_identity(kernel, fd, &identity);

	if (r < 0)
		return r;
	r = loop_device_get_diskseq(kernel, fd, &identity.diskseq);
	if (r < 0)
		return r;
	*ret_identity = identity;
	return 0;
}

/* A diskseq of 0 was not read and says nothing. */
static bool is_same_binding(const struct looprace_identity *a, const struct looprace_identity *b)
{
	if (a->dev != b->dev || a->inode != b->inode)
		return false;
	return a->diskseq == 0 || b->diskseq == 0 || a->diskseq == b->diskseq;
}

/* Clears an open device; *ret_found is who was bound there before. */
static int clear_if_meant(const struct looprace_kernel *kernel, int fd, const struct looprace_identity *identity,
			  struct looprace_identity *ret_found)
{
	int r = read_whole_identity(kernel, fd, ret_found);

	if (r < 0)
		return r;
	if (identity && !is_same_binding(identity, ret_found))
		return -ESTALE;
	return loop_device_clear(kernel, fd);
}

/*
 * Bound still, and to the same file: another opener keeps it.  Any error means that it is gone or going.  (Up to v6.10
 * the device is free before LOOP_CLR_FD returns, so that a stranger may stand there already.)
 */
static bool is_still_bound(const struct looprace_kernel *kernel, int fd, const struct looprace_identity *before)
{
	struct looprace_identity now;

	return read_whole_identity(kernel, fd, &now) == 0 && is_same_binding(before, &now);
}

static int detach_open_device(const struct looprace_kernel *kernel, int fd, const struct looprace_identity *identity)
{
	struct looprace_identity before;
	int r = loop_device_check(kernel, fd);

	if (r < 0)
		return r;
	r = clear_if_meant(kernel, fd, identity, &before);
	if (r == -ENXIO)
		return LOOP_DETACH_ALREADY;
	if (r < 0)
		return r;
	return is_still_bound(kernel, fd, &before) ? LOOP_DETACH_LAZY : 0;
}

int looprace_detach_path(const struct looprace_kernel *kernel, const char *path,
			 const struct looprace_identity *identity)
{
	int close_r, fd, r;

	fd = kernel_open(kernel, path, O_RDONLY);
	/* Since v6.11 a device that is being released cannot be opened. */
	if (fd == -ENXIO)
		return LOOP_DETACH_ALREADY;
	if (fd < 0)
		return fd;
	r = detach_open_device(kernel, fd, identity);
	close_r = kernel_close(kernel, &fd);
	return r >= 0 && close_r < 0 ? close_r : r;
}

int looprace_detach_paths(const struct looprace_kernel *kernel, const char *const *paths, unsigned int count,
			  int *ret_results)
{
	int first_error = 0;

	for (unsigned int i = 0; i < count; i++) {
		int r = looprace_detach_path(kernel, paths[i], NULL);

		if (r < 0 && first_error == 0)
			first_error = r;
		if (ret_results)
			ret_results[i] = r;
	}
	return first_error;
}

int looprace_close(const struct looprace_kernel *kernel, struct looprace_handle *handle)
{
	int r;

	if (!handle)
		return 0;
	r = kernel_close(kernel, &handle->fd);
	*handle = LOOPRACE_HANDLE_NULL;
	return r;
}

int looprace_detach(const struct looprace_kernel *kernel, struct looprace_handle *handle)
{
	int close_r, r;

	if (!handle || handle->fd < 0)
		return LOOP_DETACH_ALREADY;
	r = loop_device_clear(kernel, handle->fd);
	if (r == -ENXIO)
		r = LOOP_DETACH_ALREADY;
	close_r = looprace_close(kernel, handle);
	return r >= 0 && close_r < 0 ? close_r : r;
}
