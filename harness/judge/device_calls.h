/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Some calls of a history, by device and time, for rules that ask whether nothing has changed between two moments.
 */
#pragma once

#include "harness/recorder/history.h"

struct device_call {
	int device_index;
	unsigned int worker;
	uint64_t call_ns;
	uint64_t return_ns;	/* never before call_ns; UINT64_MAX: it has not returned */
	uint64_t return_ns_max; /* of this one and all of its device before it in the array */
	const struct recorder_record *record;
};

struct device_calls {
	uint64_t count;
	struct device_call *calls; /* by device_index, then call_ns */
};

/**
 * device_calls_init() - pick calls out of a history
 * @history:	an open history, which must outlive them; NULL: there are none
 * @is_wanted:	which; a call that has not returned is one that may yet succeed
 * @ret_calls:	end it with device_calls_fini(); written only on success
 *
 * Return: 0 or -ENOMEM.
 */
int device_calls_init(const struct history *history,
		      bool (*is_wanted)(const struct recorder_record *record, bool has_returned),
		      struct device_calls *ret_calls);

/**
 * device_calls_fini() - end them
 * @calls:	all zero afterwards
 */
void device_calls_fini(struct device_calls *calls);

/**
 * device_calls_overlap() - was any of them going on in a span of time
 * @calls:	of a history
 * @device_index: N of /dev/loopN
 * @begin_ns:	the call must not have returned before
 * @end_ns:	nor have been made after
 *
 * Return: true when one was.
 */
bool device_calls_overlap(const struct device_calls *calls, int device_index, uint64_t begin_ns, uint64_t end_ns);

/**
 * device_calls_only_at() - what alone may have made a device what it is at a moment
 * @calls:	of a history
 * @device_index: N of /dev/loopN
 * @time_ns:	the moment
 *
 * Return: the last call before it, when that had returned by then and no other was going on since it began; else NULL.
 */
const struct device_call *device_calls_only_at(const struct device_calls *calls, int device_index, uint64_t time_ns);
