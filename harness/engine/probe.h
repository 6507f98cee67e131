/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traits of the running driver that a short probe can settle, before the workers start: distributions carry backports, so
 * a version says less than the driver itself.  What it finds goes into notes `trait name=T value=0|1`; the names are those
 * of harness/judge/traits.h.
 *
 * A probe must not take a fault for a trait.  So it asks only what the version leaves open, or what is likely to have been
 * brought to an older version, speaks only where what it sees is what one kind of driver does from the first call to the
 * last, and says nothing when in doubt: then the version counts.  It uses a device of its own, far from those of
 * scenarios, and takes it away again.
 */
#pragma once

#include "core/looprace.h"
#include "harness/recorder/recorder.h"

/* Index of the device that is probed. */
#define PROBE_DEVICE_INDEX 900

struct probe {
	struct recorder *recorder; /* gets the notes */
	int backing_fd;		   /* a regular file, which is bound and not written to */
	/* Of the running kernel; 0.0: not known, so that only what no version refuses is asked. */
	unsigned int major, minor;
};

/**
 * probe_traits() - ask the driver
 * @kernel:	that answers
 * @context:	a struct probe; fits supervised_run()
 *
 * Without loop-control, or where the device cannot be made, nothing is noted.
 */
void probe_traits(const struct looprace_kernel *kernel, void *context);
