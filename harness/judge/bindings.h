/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which devices were bound and which releases were asked for: the part of a history that says who owned what, sorted by
 * device.
 *
 * A release is whatever can end a binding on a sound kernel, so that a rule which finds none has a proof:
 *
 *	LOOP_CLR_FD that returned 0, by anyone; if others hold the device open it goes only at the last close, but the
 *	request is what is counted;
 *	the close of an open file description through which LO_FLAGS_AUTOCLEAR was set, by any of its descriptors.  The last
 *	close releases the device, and who set the flag must have closed his by then, whoever closes last.
 *
 * A call that has not returned may have had its effect at any time since it began.
 */
#pragma once

#include "harness/judge/survey.h"

struct binding_event {
	uint64_t call_ns;
	uint64_t return_ns; /* never before call_ns; UINT64_MAX: it has not returned */
	/* Releases: the latest return of a LOOP_CLR_FD of this device, up to this one in the array; 0: there was none. */
	uint64_t cleared_ns_max;
	const struct recorder_record *record;
	unsigned int worker;
	int device_index;
};

struct bindings {
	uint64_t bind_count;
	struct binding_event *binds; /* successful; by device_index, then return_ns */
	uint64_t release_count;
	struct binding_event *releases; /* by device_index, then call_ns */
};

/**
 * bindings_init() - read binds and releases out of a history
 * @history:	an open history, which must outlive them; NULL: there are none
 * @survey:	of that history
 * @ret_bindings: end it with bindings_fini(); written only on success
 *
 * Return: 0 or -ENOMEM.
 */
int bindings_init(const struct history *history, const struct survey *survey, struct bindings *ret_bindings);

/**
 * bindings_fini() - end them
 * @bindings:	all zero afterwards
 */
void bindings_fini(struct bindings *bindings);

/**
 * bindings_releases_of() - the releases of one device
 * @bindings:	of a history
 * @device_index: N of /dev/loopN
 * @ret_count:	how many
 *
 * Return: the first of them.
 */
const struct binding_event *bindings_releases_of(const struct bindings *bindings, int device_index,
						 uint64_t *ret_count);

/**
 * bindings_releases_until() - those of them that were called up to a moment
 * @bindings:	of a history
 * @device_index: N of /dev/loopN
 * @end_ns:	the moment, included
 * @ret_count:	how many
 *
 * Return: the first of them.
 */
const struct binding_event *bindings_releases_until(const struct bindings *bindings, int device_index, uint64_t end_ns,
						    uint64_t *ret_count);

/**
 * bindings_was_cleared() - did anybody ask by LOOP_CLR_FD for the release of a device in a span of time
 * @bindings:	of a history
 * @device_index: N of /dev/loopN
 * @begin_ns:	the call must not have returned before
 * @end_ns:	nor have been made after
 *
 * Return: true when somebody did.
 */
bool bindings_was_cleared(const struct bindings *bindings, int device_index, uint64_t begin_ns, uint64_t end_ns);

/**
 * is_bind() - does a record bind a device
 * @record:	any
 *
 * Return: true for LOOP_SET_FD and LOOP_CONFIGURE, whatever they returned.
 */
static inline bool is_bind(const struct recorder_record *record)
{
	return record->call == RECORDER_CALL_set_fd || record->call == RECORDER_CALL_configure;
}
