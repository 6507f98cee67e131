/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls through struct looprace_kernel, with what every caller would otherwise repeat: again after EINTR, and a
 * descriptor that is forgotten when it is closed.
 *
 * The loop driver returns EINTR only with a fatal signal pending (its mutexes are killable, not interruptible), but
 * opening a backing file on a network or FUSE filesystem may return it for any signal.  close() is never repeated:
 * Linux has released the descriptor even when it reports EINTR.
 */
#pragma once

#include "core/looprace.h"

/**
 * kernel_open() - open a path, again after EINTR
 * @kernel:	kernel to talk to
 * @path:	what to open
 * @flags:	as for open(2); O_CLOEXEC is the kernel's business
 *
 * Return: a descriptor or -errno.
 */
int kernel_open(const struct looprace_kernel *kernel, const char *path, int flags);

/**
 * kernel_ioctl() - one ioctl, again after EINTR
 * @kernel:	kernel to talk to
 * @fd:		open descriptor
 * @request:	LOOP_... or BLK...
 * @argument:	number or pointer, as @request wants it
 *
 * Return: what the ioctl returned (>= 0) or -errno.
 */
int kernel_ioctl(const struct looprace_kernel *kernel, int fd, unsigned long request, uintptr_t argument);

/**
 * kernel_close() - close a descriptor and forget it
 * @kernel:	kernel to talk to
 * @fd:		descriptor, -1 for none; becomes -1
 *
 * Return: 0 or -errno; the descriptor is gone in both cases.
 */
int kernel_close(const struct looprace_kernel *kernel, int *fd);
