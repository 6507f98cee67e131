/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of all workers as one row of events in the order of time: calls before returns where times are equal, since
 * equal times overlap.  A worker makes one call at a time, so its area is in order already, and merging the areas needs
 * memory for the workers and not for the history.
 */
#pragma once

#include "harness/recorder/history.h"

struct call_event {
	bool is_return;
	unsigned int worker;
	const struct recorder_record *record;
	uint64_t call_ns;
	uint64_t return_ns; /* never before call_ns; UINT64_MAX: not returned, or not in time */
	uint64_t tag;	    /* of a return: what call_order_await() was told */
};

struct call_cursor {
	const struct recorder_record *record; /* next, or NULL at the end */
	uint64_t number;		      /* of it in the worker's area */
	uint64_t call_ns;
	uint64_t last_return_ns; /* of the record before */
	bool is_pending;	 /* the record is the one that has not returned */
};

struct call_order {
	const struct history *history;
	uint64_t horizon_ns;
	int device_index; /* or -1: all */
	struct call_cursor *cursors;
	unsigned int *heap; /* workers that have a record left, by its call; the earliest on top */
	unsigned int heap_count;
	struct call_event *returns; /* awaited, the earliest on top */
	uint64_t return_count;
	uint64_t return_capacity_count;
	bool is_disordered; /* a worker's times run backwards: nothing can be said */
	unsigned int disordered_worker;
};

/**
 * call_order_init() - before the first event
 * @history:	an open history
 * @horizon_ns:	no call after it; a return after it counts as none
 * @device_index: only calls on that device; -1: all calls on devices
 * @ret_order:	end it with call_order_fini(); written only on success
 *
 * Return: 0 or -ENOMEM.
 */
int call_order_init(const struct history *history, uint64_t horizon_ns, int device_index, struct call_order *ret_order);

/**
 * call_order_fini() - end it
 * @order:	all zero afterwards
 */
void call_order_fini(struct call_order *order);

/**
 * call_order_next() - the next event
 * @order:	an order
 * @ret_event:	written only when there is one
 *
 * Return: true when there is one; false at the end, and when is_disordered is set.
 */
bool call_order_next(struct call_order *order, struct call_event *ret_event);

/**
 * call_order_await() - ask for the return of a call
 * @order:	an order
 * @event:	a call that has returned, as told by call_order_next(); no other returns are told
 * @tag:	comes with it
 *
 * Return: 0 or -ENOMEM.
 */
int call_order_await(struct call_order *order, const struct call_event *event, uint64_t tag);
