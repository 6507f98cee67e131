/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /dev/loop-control, one call a function.
 */
#include "core/loop_control.h"

#include <errno.h>
#include <fcntl.h>

#include "core/kernel_call.h"
#include "core/loop_uapi.h"

#define LOOP_CONTROL_PATH "/dev/loop-control"

int loop_control_open(const struct looprace_kernel *kernel)
{
	int r = kernel_open(kernel, LOOP_CONTROL_PATH, O_RDONLY);

	if (r == -EACCES || r == -EPERM)
		r = kernel_open(kernel, LOOP_CONTROL_PATH, O_RDWR);
	return r;
}

int loop_control_get_free(const struct looprace_kernel *kernel, int control_fd)
{
	return kernel_ioctl(kernel, control_fd, LOOP_CTL_GET_FREE, 0);
}

int loop_control_add(const struct looprace_kernel *kernel, int control_fd, int index)
{
	return kernel_ioctl(kernel, control_fd, LOOP_CTL_ADD, (uintptr_t)(intptr_t)index);
}
