/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Noting a call of an operation in the flight recorder:
 *
 *	record = operation_begin(worker, RECORDER_CALL_clr_fd, descriptor);
 *	...what is known before the call...
 *	operation_started(worker, record);
 *	r = the call;
 *	return_ns = clock_now_ns();
 *	...what the call told...
 *	operation_end(worker, record, r, return_ns);
 *
 * When the worker's area is full the record is a dummy: the call is made all the same, it is only not noted.
 */
#pragma once

#include "harness/engine/objects.h"

/* Of worker.scratch: one page. */
#define OPERATION_SCRATCH_BYTES 4096

/**
 * operation_begin() - a call is about to be made
 * @worker:	the worker, in its own thread
 * @call:	which
 * @descriptor:	on which; NULL: none
 *
 * Return: the record to fill in further, never NULL; file, device_index, partition, round and line are filled in.
 */
struct recorder_record *operation_begin(struct worker *worker, enum recorder_call call,
					const struct descriptor *descriptor);

/**
 * operation_started() - read the clock; the call follows
 * @worker:	as above
 * @record:	from operation_begin()
 */
void operation_started(struct worker *worker, struct recorder_record *record);

/**
 * operation_end() - publish it
 * @worker:	as above
 * @record:	from operation_begin()
 * @result:	what the call returned
 * @return_ns:	when
 */
void operation_end(struct worker *worker, struct recorder_record *record, int result, uint64_t return_ns);

/**
 * operation_scratch() - memory for what an ioctl's pointer leads to
 * @worker:	as above
 *
 * Return: OPERATION_SCRATCH_BYTES zero bytes below 4 GiB, the same ones each time; NULL without memory.
 */
void *operation_scratch(struct worker *worker);
