/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A history held against the model of a loop device.  Each device is an object of its own: when every device's calls can
 * be explained, the whole history can (linearizability is local).  One pass over the history examines all devices side
 * by side; only devices that cannot be explained are looked at again, to find out why.
 *
 * What LOOP_CTL_GET_FREE returned has a rule of its own.  A device whose calls can be explained once these are believed
 * has nothing wrong but them.
 */
#pragma once

#include "harness/judge/linearize.h"
#include "harness/judge/loop_model.h"
#include "harness/recorder/history.h"

#define EXAMINATION_CALL_COUNT_MAX 8

struct examined_call {
	unsigned int worker;
	const struct recorder_record *record;
	uint64_t call_ns;
	uint64_t return_ns; /* UINT64_MAX: not returned, or not in time */
};

/* Devices whose calls cannot be explained, and why for the one where that shows first. */
struct unexplained {
	uint64_t device_count;
	struct examined_call culprit; /* its result is possible in no order */
	/* "loop2 was bound to inode 17, and EBUSY was possible" */
	char *reason;
	/* The shortest part of the history that cannot be explained whatever was before it, by call; the latest of it. */
	bool is_whole; /* or it takes more of them */
	unsigned int call_count;
	struct examined_call calls[EXAMINATION_CALL_COUNT_MAX];
};

struct examination {
	bool is_done; /* false: nothing to examine, or the kernel is not known */
	struct loop_model model;
	struct unexplained model_failures;
	struct unexplained get_free_failures;
	uint64_t unknown_count; /* devices for which a limit was hit */
	enum linearize_limit limit;
	int limit_device_index;
	bool is_disordered; /* a worker's times run backwards, so that there is no order */
	unsigned int disordered_worker;
};

/**
 * examination_init() - hold a history against a model
 * @history:	an open history
 * @horizon_ns:	up to here all calls of all workers are known
 * @model:	the kernel, with the survey of the history; where a device is used in ways that the history does not show,
 *		a wider one is taken for it, and has_other_openers is set in the result
 * @ret_examination: end it with examination_fini(); written only on success
 *
 * Return: 0 or -ENOMEM.
 */
int examination_init(const struct history *history, uint64_t horizon_ns, const struct loop_model *model,
		     struct examination *ret_examination);

/**
 * examination_fini() - end it
 * @examination: all zero afterwards
 */
void examination_fini(struct examination *examination);
