/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /dev/loop-control: one function for each call that an attach needs of it.
 */
#pragma once

#include "core/looprace.h"

/**
 * loop_control_open() - open loop-control
 * @kernel:	kernel to talk to
 *
 * Read-only, since the ioctls check no mode; read-write only where that is refused.
 *
 * Return: a descriptor or -errno.
 */
int loop_control_open(const struct looprace_kernel *kernel);

/**
 * loop_control_get_free() - an index that nobody has bound right now
 * @kernel:	kernel to talk to
 * @control_fd:	descriptor of loop-control
 *
 * The kernel reserves nothing: another caller may get the same index, which is the race this library is about.
 *
 * Return: the index (>= 0) or -errno.
 * Source: drivers/block/loop.c, loop_control_get_free(); creates a device when all are bound.
 */
int loop_control_get_free(const struct looprace_kernel *kernel, int control_fd);

/**
 * loop_control_add() - create a device
 * @kernel:	kernel to talk to
 * @control_fd:	descriptor of loop-control
 * @index:	which one, or -1 for the lowest index that does not exist
 *
 * Return: the new index (>= 0) or -errno; -EEXIST when @index exists, and on old kernels (v5.10 is one) for -1 too
 * while any device is free.
 * Source: drivers/block/loop.c, loop_control_ioctl() and loop_add().
 */
int loop_control_add(const struct looprace_kernel *kernel, int control_fd, int index);
