/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker's io_uring: one request at a time, submitted and waited for.
 *
 * A request holds a reference on its open file description, and gives it back a little after its completion is seen,
 * from another thread.  A close() that comes first would not be the last close, whatever the record says.  So each
 * request is followed by an empty one that is linked to it: the kernel starts that one when it is done with the first,
 * and both are waited for.
 */
#pragma once

#include "harness/engine/system.h"

/**
 * io_ring_new() - make a ring
 * @ret_ring:	end it with io_ring_free(); written only on success
 *
 * Return: 0 or -errno (-ENOSYS: the kernel has no io_uring; -EPERM: it is not allowed).
 */
int io_ring_new(struct io_ring **ret_ring);

/**
 * io_ring_free() - end a ring
 * @ring:	may be NULL
 *
 * Return: NULL.
 */
struct io_ring *io_ring_free(struct io_ring *ring);

/**
 * io_ring_run() - system.io of the running kernel
 * @context:	not used
 * @ring:	a ring
 * @io:		what
 * @fd:		of a device or a file
 * @buffer:	of read and write; otherwise NULL
 * @length_bytes: not for fsync
 * @offset_bytes: likewise
 *
 * Discard means on a device that its blocks are let go of (BLKDISCARD, which has no request in io_uring before v6.12
 * and is made as an ioctl), and on a file that a hole is punched.  Zeroout never lets go of anything where it can be
 * helped.
 *
 * Return: bytes read or written, 0, or -errno.
 */
int io_ring_run(void *context, struct io_ring *ring, enum system_io io, int fd, void *buffer, uint64_t length_bytes,
		uint64_t offset_bytes);
