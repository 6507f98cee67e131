/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the names in a scenario stand for while it runs: descriptors, devices, backing files.
 *
 * A name that the scenario declares with [descriptor NAME] is one descriptor for all workers; a reader-writer lock keeps
 * its number from being closed and used again under somebody's call, so close() of a shared descriptor waits for the
 * calls on it.  Any other name is the worker's own and costs nothing.  `attached` is the device of the worker's last
 * attach, in core's handle.
 */
#pragma once

#include "harness/engine/worker.h"

/* An open file description, as far as the harness has opened it. */
struct descriptor {
	int fd;		       /* -1: not open */
	uint32_t file;	       /* number of the open file description in the record */
	int device_index;      /* of a device; -1: a file */
	uint8_t partition;     /* 0: the whole device */
	bool is_direct;	       /* O_DIRECT */
	const struct backing *backing; /* of a file; NULL: a device */
	unsigned int *description_use_count; /* descriptors of the same open file description; shared by dup() */
	void *map;	       /* NULL: not mapped */
	uint64_t map_at_bytes;
	uint64_t map_bytes;
};

/**
 * descriptor_take() - use a descriptor for a call
 * @worker:	the worker, in its own thread
 * @row:	value of an argument of type DESCRIPTOR
 *
 * Return: the descriptor, until descriptor_put(); NULL when it is not open: the operation is left out.
 */
struct descriptor *descriptor_take(struct worker *worker, uint64_t row);

/**
 * descriptor_take_slot() - open or close it: nobody else may use it meanwhile
 * @worker:	as above
 * @row:	as above
 *
 * Return: the slot, open or not, until descriptor_put(); never NULL, but for SCENARIO_DESCRIPTOR_NONE.
 */
struct descriptor *descriptor_take_slot(struct worker *worker, uint64_t row);

/**
 * descriptor_put() - done with it
 * @worker:	as above
 * @row:	as above
 * @descriptor:	from one of the above; may be NULL
 */
void descriptor_put(struct worker *worker, uint64_t row, struct descriptor *descriptor);

/**
 * object_backing() - the backing file that an argument means
 * @worker:	as above
 * @value:	value of an argument of type FILE
 *
 * Return: never NULL; its fd may be -1 (BACKING_KIND_closed).
 */
struct backing *object_backing(struct worker *worker, uint64_t value);

/**
 * object_device_index() - the device that an argument means
 * @worker:	as above
 * @value:	value of an argument of type DEVICE
 *
 * Return: its index, or -1 when the worker has got none: the operation is left out.
 */
int object_device_index(const struct worker *worker, uint64_t value);

/**
 * object_new_file_number() - for a new open file description
 * @worker:	as above
 *
 * Return: unique within the run, never 0.
 */
uint32_t object_new_file_number(struct worker *worker);
