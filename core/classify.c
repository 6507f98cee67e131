/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of (stage, errno) pairs that are not fatal, and the stages in words.
 */
#include "core/classify.h"

#include <errno.h>
#include <stddef.h>

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	enum looprace_stage stage;
	int error;
	enum failure_class class;
} failures[] = {
	/* LOOP_CTL_ADD while escaping: every index that was probed exists already. */
	{ LOOPRACE_STAGE_GET_FREE, EEXIST, FAILURE_LOST },
	/* Held O_EXCL by somebody. */
	{ LOOPRACE_STAGE_OPEN, EBUSY, FAILURE_LOST },
	/* Being released or removed (lo_open() since v6.11), or removed before (all). */
	{ LOOPRACE_STAGE_OPEN, ENXIO, FAILURE_LOST },
	{ LOOPRACE_STAGE_OPEN, ENODEV, FAILURE_LOST },
	/* Removed, or added so recently that the node is not there yet. */
	{ LOOPRACE_STAGE_OPEN, ENOENT, FAILURE_LOST },
	/* Bound by somebody, claimed by somebody, or (v6.11) still being released. */
	{ LOOPRACE_STAGE_BIND, EBUSY, FAILURE_LOST },
	{ LOOPRACE_STAGE_BIND, ENXIO, FAILURE_LOST },
	/* Cached pages of the device, read by udev for instance (v5.0 to v5.18). */
	{ LOOPRACE_STAGE_STATUS, EAGAIN, FAILURE_AGAIN },
	/* LOOP_SET_BLOCK_SIZE while another opener holds the device O_EXCL (v6.12.43, v6.17). */
	{ LOOPRACE_STAGE_STATUS, EBUSY, FAILURE_LOST },
	/* Our fresh binding was cleared by somebody who meant its predecessor. */
	{ LOOPRACE_STAGE_STATUS, ENXIO, FAILURE_LOST },
	{ LOOPRACE_STAGE_VERIFY, ENXIO, FAILURE_LOST },
};

enum failure_class classify_failure(const struct looprace_policy *policy, enum looprace_stage stage, int error)
{
	if (policy->retries_only_ebusy && error != EBUSY)
		return FAILURE_FATAL;
	for (size_t i = 0; i < ARRAY_COUNT(failures); i++) {
		if (failures[i].stage == stage && failures[i].error == error)
			return failures[i].class;
	}
	return FAILURE_FATAL;
}

static const char *const stage_names[] = {
	[LOOPRACE_STAGE_NONE] = "none",	      [LOOPRACE_STAGE_BACKING] = "backing",
	[LOOPRACE_STAGE_CONTROL] = "control", [LOOPRACE_STAGE_GET_FREE] = "get_free",
	[LOOPRACE_STAGE_OPEN] = "open",	      [LOOPRACE_STAGE_BIND] = "bind",
	[LOOPRACE_STAGE_STATUS] = "status",   [LOOPRACE_STAGE_VERIFY] = "verify",
	[LOOPRACE_STAGE_PAUSE] = "pause",
};

_Static_assert(ARRAY_COUNT(stage_names) == LOOPRACE_STAGE_COUNT, "each stage has a name");

const char *looprace_stage_name(enum looprace_stage stage)
{
	return (size_t)stage < ARRAY_COUNT(stage_names) ? stage_names[stage] : "unknown";
}
