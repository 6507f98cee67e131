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

/**
 * descriptor_is_shared() - has the scenario one descriptor of this name for all workers
 * @worker:	any
 * @row:	below SCENARIO_DESCRIPTOR_COUNT_MAX
 *
 * Return: true when it has.
 */
bool descriptor_is_shared(const struct worker *worker, uint64_t row);

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
 * Return: the slot, open or not, until descriptor_put(); NULL for SCENARIO_DESCRIPTOR_NONE and for `attached`, whose
 * descriptor is core's.
 */
struct descriptor *descriptor_take_slot(struct worker *worker, uint64_t row);

/**
 * descriptor_take_two() - use two descriptors for a call
 * @worker:	as above
 * @first:	row of the one, not SCENARIO_DESCRIPTOR_NONE
 * @second:	row of the other, which may be the same, or SCENARIO_DESCRIPTOR_NONE
 * @ret_first:	the one
 * @ret_second:	the other; NULL for SCENARIO_DESCRIPTOR_NONE
 *
 * They are taken in the order of their rows, so that no two workers wait for each other.
 *
 * Return: true, until descriptor_put() of each; false, with nothing taken, when one is not open.
 */
bool descriptor_take_two(struct worker *worker, uint64_t first, uint64_t second, struct descriptor **ret_first,
			 struct descriptor **ret_second);

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
 * descriptor_close() - close one, and note it
 * @worker:	as above
 * @descriptor:	an open one from descriptor_take_slot(); it becomes DESCRIPTOR_NULL
 *
 * The record is extended when the open file description ever had another descriptor; then its flags tell whether this
 * was the last.  A record that is not extended was the last one.
 */
void descriptor_close(struct worker *worker, struct descriptor *descriptor);

/**
 * objects_descriptors_close() - unmap and close all that is open, but for `attached`, and note each call
 * @worker:	as above, at its end
 * @shared:	those that all workers share, by the last worker to end; otherwise the worker's own
 */
void objects_descriptors_close(struct worker *worker, bool shared);
