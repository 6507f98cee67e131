/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls through struct looprace_kernel: again after EINTR, and no descriptor closed twice.  See the header for why.
 */
#include "core/kernel_call.h"

#include <errno.h>

int kernel_open(const struct looprace_kernel *kernel, const char *path, int flags)
{
	int r;

	do
		r = kernel->open(kernel->context, path, flags);
	while (r == -EINTR);
	return r;
}

int kernel_ioctl(const struct looprace_kernel *kernel, int fd, unsigned long request, uintptr_t argument)
{
	int r;

	do
		r = kernel->ioctl(kernel->context, fd, request, argument);
	while (r == -EINTR);
	return r;
}

int kernel_close(const struct looprace_kernel *kernel, int *fd)
{
	int closing = *fd;

	if (closing < 0)
		return 0;
	*fd = -1;
	return kernel->close(kernel->context, closing);
}
