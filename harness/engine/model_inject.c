/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults on demand in the driver inside the harness.  It never runs out of memory by itself; but where the real one asks
 * for some, it comes to a place that may be told to fail: the Nth place that a thread comes to, as fail-nth has it.  The
 * other kinds fail at the first place each time, whatever their percentage, so that what they do can be foretold.
 */
#include "harness/engine/model_parts.h"

#include <errno.h>

/* Places up to the one that fails; 0: none does. */
static _Thread_local unsigned int places_left;

int model_inject_open(void *context, enum injection_kind kind, unsigned int percent)
{
	return 0;
}

int model_inject_set(void *context, int fd, unsigned int value)
{
	unsigned int before = places_left;

	places_left = value;
	return (int)before;
}

int model_inject_close(void *context, int fd)
{
	return 0;
}

int model_allocate(void)
{
	return places_left > 0 && --places_left == 0 ? -ENOMEM : 0;
}
