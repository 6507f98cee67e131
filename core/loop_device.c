/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One loop device, one call a function.
 */
#include "core/loop_device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/sysmacros.h>

#include "core/kernel_call.h"

int loop_device_open(const struct looprace_kernel *kernel, int index, bool read_only)
{
	char path[sizeof("/dev/loop-2147483648")];

	snprintf(path, sizeof(path), "/dev/loop%d", index);
	return kernel_open(kernel, path, read_only ? O_RDONLY : O_RDWR);
}

int loop_device_check(const struct looprace_kernel *kernel, int fd)
{
	struct stat node;
	int r = kernel->stat(kernel->context, fd, &node);

	if (r < 0)
		return r;
	return S_ISBLK(node.st_mode) && major(node.st_rdev) == LOOP_MAJOR ? 0 : -ENOTBLK;
}

int loop_device_configure(const struct looprace_kernel *kernel, int fd, const struct loop_config *config)
{
	return kernel_ioctl(kernel, fd, LOOP_CONFIGURE, (uintptr_t)config);
}

bool loop_device_has_configure(const struct looprace_kernel *kernel, int fd)
{
	const struct loop_config nothing = { .fd = (__u32)-1 };

	return loop_device_configure(kernel, fd, &nothing) == -EBADF;
}

int loop_device_set_fd(const struct looprace_kernel *kernel, int fd, int backing_fd)
{
	return kernel_ioctl(kernel, fd, LOOP_SET_FD, (uintptr_t)backing_fd);
}

int loop_device_clear(const struct looprace_kernel *kernel, int fd)
{
	return kernel_ioctl(kernel, fd, LOOP_CLR_FD, 0);
}

int loop_device_get_status(const struct looprace_kernel *kernel, int fd, struct loop_info64 *ret_info)
{
	struct loop_info64 info = { 0 };
	int r = kernel_ioctl(kernel, fd, LOOP_GET_STATUS64, (uintptr_t)&info);

	if (r < 0)
		return r;
	*ret_info = info;
	return 0;
}

int loop_device_get_diskseq(const struct looprace_kernel *kernel, int fd, uint64_t *ret_diskseq)
{
	uint64_t diskseq = 0;
	int r = kernel_ioctl(kernel, fd, BLKGETDISKSEQ, (uintptr_t)&diskseq);

	if (r < 0 && r != -ENOTTY && r != -EINVAL)
		return r;
	*ret_diskseq = r < 0 ? 0 : diskseq;
	return 0;
}
