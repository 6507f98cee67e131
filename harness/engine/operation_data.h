/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker keeps for its reads and writes. */
#pragma once

#include <stdint.h>

struct io_ring;
struct recorder_record;

/* The most that one operation reads or writes. */
#define DATA_BYTES_MAX (1u << 20)

struct worker_data {
	struct io_ring *ring; /* NULL: not yet needed */
	void *buffer;	      /* aligned for O_DIRECT; NULL: not yet needed */
	uint64_t buffer_bytes;
	uint64_t write_count;
	/* The offset that this worker asked for when it last bound a device or set its status: what its tags believe. */
	uint64_t offset_bytes;
};

/**
 * worker_data_fini() - end it
 * @data:	all zero afterwards
 */
void worker_data_fini(struct worker_data *data);

/**
 * worker_data_follow() - an ioctl of this worker has succeeded
 * @data:	follows the offset, if it was one that sets it
 * @record:	of the ioctl
 */
void worker_data_follow(struct worker_data *data, const struct recorder_record *record);
