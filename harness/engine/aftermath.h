/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is tried out when the workers have ended and their left-over devices were released: is each device still of use?
 *
 * Whatever is bound by now is released.  Then each device is opened, bound to a scratch file, released, removed and made
 * again.  What fails is noted as
 *
 *	device index=N state=unbound|bound|lost error=E what=...
 *
 * and at the end how many devices were looked at.  It changes devices that it has not made, so it is only for a machine
 * of our own.
 */
#pragma once

#include "harness/engine/system.h"
#include "harness/recorder/recorder.h"
#include "harness/scenario/scenario.h"

/* More are not tried out, nor for longer: a run with hundreds of devices is to end soon, too. */
#define AFTERMATH_DEVICE_COUNT_MAX 64
#define AFTERMATH_BUDGET_NS	   700000000u

struct aftermath {
	struct recorder *recorder;	 /* gets the notes */
	const struct scenario *scenario; /* whose named devices are tried out first */
	const struct system *system;	 /* knows which devices exist */
	/* Scratch files are made in this folder, which holds a tmpfs; NULL: @scratch_fd is bound instead. */
	const char *scratch_dir;
	int scratch_fd;
};

/**
 * aftermath_check() - try out the devices
 * @kernel:	door to the driver
 * @context:	struct aftermath
 *
 * To be run by supervised_run().
 */
void aftermath_check(const struct looprace_kernel *kernel, void *context);
