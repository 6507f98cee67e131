/* SPDX-License-Identifier: Apache-2.0 */
/* One ioctl of an operation, noted: what operation_ioctl.c's table and the checks share. */
#pragma once

#include "harness/engine/operation_call.h"

struct device_call {
	unsigned long request;
	uintptr_t argument; /* a number, or the scratch page */
	bool is_compat;	    /* through the 32-bit entry, which takes 32 bits of each */
	struct descriptor *descriptor;
	const struct descriptor *from;	/* bound instead of a backing file, or NULL */
	struct recorder_record *record; /* from operation_begin() */
	/* What a successful call told goes into the record; may be NULL. */
	void (*told)(const struct device_call *call, int result);
};

/**
 * device_call_make() - make the call between two clock reads, and publish its record
 * @worker:	the worker, in its own thread
 * @fd:		on which
 * @call:	all of it
 *
 * Return: what the ioctl returned.
 */
int device_call_make(struct worker *worker, int fd, const struct device_call *call);

/**
 * device_call_told_status() - a .told for LOOP_GET_STATUS64
 * @call:	its argument is a struct loop_info64
 * @result:	of the call
 */
void device_call_told_status(const struct device_call *call, int result);
