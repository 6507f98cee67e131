/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a failed call means for the attach: decided by (stage, errno), never by a text.
 *
 * The reference looks for "device or resource busy" anywhere in its error message, so that a missing file of that name
 * is tried 199 times and an ENXIO of open() (v6.11 and newer, a device that is being released) ends everything.
 */
#pragma once

#include "core/looprace.h"

enum failure_class {
	FAILURE_FATAL, /* no other device would help */
	FAILURE_LOST,  /* somebody else has the device or is taking it away: try another one */
	FAILURE_AGAIN, /* the same call on the same device may work a little later */
};

/**
 * classify_failure() - what a failed call means
 * @policy:	whose rules count; with retries_only_ebusy everything but EBUSY is fatal
 * @stage:	where the attach stood
 * @error:	errno, positive
 *
 * Return: the class; FAILURE_FATAL for every pair that the table does not name.
 */
enum failure_class classify_failure(const struct looprace_policy *policy, enum looprace_stage stage, int error);
