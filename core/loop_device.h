/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One loop device: a function for each call on /dev/loopN that is made once.  What follows from a failure, and in
 * which order the calls come, is decided by the callers (loop_bind.c, loop_detach.c).
 */
#pragma once

#include "core/looprace.h"
#include "core/loop_uapi.h"

/**
 * loop_device_open() - open /dev/loopN
 * @kernel:	kernel to talk to
 * @index:	N
 * @read_only:	open it read-only, which makes the binding read-only whatever the flags say
 *
 * Return: a descriptor or -errno.
 */
int loop_device_open(const struct looprace_kernel *kernel, int index, bool read_only);

/**
 * loop_device_check() - is this a loop device at all?
 * @kernel:	kernel to talk to
 * @fd:		open descriptor
 *
 * A static or stale /dev may hold anything under the name.
 *
 * Return: 0, -ENOTBLK when it is no block device of the loop major, or -errno of fstat.
 */
int loop_device_check(const struct looprace_kernel *kernel, int fd);

/**
 * loop_device_configure() - bind and set up with one call (v5.8)
 * @kernel:	kernel to talk to
 * @fd:		descriptor of the device
 * @config:	backing descriptor, block size, offset, limit, flags, name
 *
 * Return: 0 or -errno.
 * Source: drivers/block/loop.c, loop_configure().
 */
int loop_device_configure(const struct looprace_kernel *kernel, int fd, const struct loop_config *config);

/**
 * loop_device_has_configure() - does this kernel know LOOP_CONFIGURE?
 * @kernel:	kernel to talk to
 * @fd:		descriptor of any loop device; nothing is changed there
 *
 * EINVAL means "unknown call" and "bad request" alike, so a request that can only fail in one way is made: a backing
 * descriptor of -1 is EBADF wherever the call exists.
 *
 * Return: true or false.
 */
bool loop_device_has_configure(const struct looprace_kernel *kernel, int fd);

/**
 * loop_device_set_fd() - bind
 * @kernel:	kernel to talk to
 * @fd:		descriptor of the device
 * @backing_fd:	descriptor of the backing file
 *
 * Return: 0 or -errno.
 */
int loop_device_set_fd(const struct looprace_kernel *kernel, int fd, int backing_fd);

/**
 * loop_device_clear() - ask for the release
 * @kernel:	kernel to talk to
 * @fd:		descriptor of the device
 *
 * Return: 0 or -errno; -ENXIO when nothing is bound.
 * Source: drivers/block/loop.c, loop_clr_fd(): never before the last close since v6.11, and with another opener never
 * before it on any version.
 */
int loop_device_clear(const struct looprace_kernel *kernel, int fd);

/**
 * loop_device_get_status() - what is bound
 * @kernel:	kernel to talk to
 * @fd:		descriptor of the device
 * @ret_info:	LOOP_GET_STATUS64; written only on success
 *
 * Return: 0 or -errno; -ENXIO when nothing is bound.
 */
int loop_device_get_status(const struct looprace_kernel *kernel, int fd, struct loop_info64 *ret_info);

/**
 * loop_device_get_diskseq() - the number of this binding, unique since boot
 * @kernel:	kernel to talk to
 * @fd:		descriptor of the device
 * @ret_diskseq: BLKGETDISKSEQ, or 0 on a kernel before v5.15; written only on success
 *
 * Return: 0 or -errno.
 */
int loop_device_get_diskseq(const struct looprace_kernel *kernel, int fd, uint64_t *ret_diskseq);
