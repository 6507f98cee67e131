/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's io_uring; see io_ring.h. */
#include "harness/engine/io_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

/* The request and the empty one behind it. */
#define ENTRY_COUNT 2

struct io_ring {
	struct io_uring uring;
};

int io_ring_new(struct io_ring **ret_ring)
{
	struct io_ring *ring = calloc(1, sizeof(*ring));
	int r;

	if (!ring)
		return -ENOMEM;
	r = io_uring_queue_init(ENTRY_COUNT, &ring->uring, 0);
	if (r < 0) {
		free(ring);
		return r;
	}
	*ret_ring = ring;
	return 0;
}

struct io_ring *io_ring_free(struct io_ring *ring)
{
	if (ring) {
		io_uring_queue_exit(&ring->uring);
		free(ring);
	}
	return NULL;
}

static void prepare(struct io_uring_sqe *sqe, enum system_io io, int fd, void *buffer, uint64_t length_bytes,
		    uint64_t offset_bytes)
{
	switch (io) {
	case SYSTEM_IO_read:
		io_uring_prep_read(sqe, fd, buffer, (unsigned int)length_bytes, offset_bytes);
		break;
	case SYSTEM_IO_write:
		io_uring_prep_write(sqe, fd, buffer, (unsigned int)length_bytes, offset_bytes);
		break;
	case SYSTEM_IO_fsync:
		io_uring_prep_fsync(sqe, fd, 0);
		break;
	case SYSTEM_IO_discard:
		io_uring_prep_fallocate(sqe, fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset_bytes,
					(off_t)length_bytes);
		break;
	case SYSTEM_IO_zeroout:
		io_uring_prep_fallocate(sqe, fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, (off_t)offset_bytes,
					(off_t)length_bytes);
		break;
	}
}

/* Takes one completion, whichever comes; the request's result goes to @result. */
static int take_completion(struct io_uring *uring, const void *request, int *result)
{
	struct io_uring_cqe *cqe;
	int r;

	do {
		r = io_uring_wait_cqe(uring, &cqe);
	} while (r == -EINTR);
	if (r < 0)
		return r;
	if (io_uring_cqe_get_data(cqe) == request)
		*result = cqe->res;
	io_uring_cqe_seen(uring, cqe);
	return 0;
}

static bool is_block_device(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISBLK(status.st_mode);
}

int io_ring_run(void *context, struct io_ring *ring, enum system_io io, int fd, void *buffer, uint64_t length_bytes,
		uint64_t offset_bytes)
{
	struct io_uring_sqe *sqe;
	int result = -EIO;
	int r;

	if (io == SYSTEM_IO_discard && is_block_device(fd)) {
		uint64_t range[2] = { offset_bytes, length_bytes };

		return ioctl(fd, BLKDISCARD, range) < 0 ? -errno : 0;
	}
	sqe = io_uring_get_sqe(&ring->uring);
	prepare(sqe, io, fd, buffer, length_bytes, offset_bytes);
	/* Hard: it is started although the request failed. */
	io_uring_sqe_set_flags(sqe, IOSQE_IO_HARDLINK);
	io_uring_sqe_set_data(sqe, ring);
	sqe = io_uring_get_sqe(&ring->uring);
	io_uring_prep_nop(sqe);
	io_uring_sqe_set_data(sqe, NULL);
	do {
		r = io_uring_submit_and_wait(&ring->uring, ENTRY_COUNT);
	} while (r == -EINTR);
	for (unsigned int i = 0; r >= 0 && i < ENTRY_COUNT; i++)
		r = take_completion(&ring->uring, ring, &result);
	return r < 0 ? r : result;
}
