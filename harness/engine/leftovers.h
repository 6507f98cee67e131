/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that are still bound to our backing files when the workers have ended: note them, then release them. */
#pragma once

#include "harness/engine/worker.h"

/**
 * leftovers_release() - find, note and release them
 * @recorder:	gets a note "leftover ..." for each
 * @kernel:	the running kernel, or a door to it
 * @workers:	whose backing files, and those with names, make a device ours; nobody else's device is touched
 * @worker_count: how many
 *
 * Return: how many there were.
 */
unsigned int leftovers_release(struct recorder *recorder, const struct looprace_kernel *kernel,
			       const struct worker *workers, unsigned int worker_count);

/**
 * leftovers_release_device() - note and release one, if it is ours
 * @recorder:	as above
 * @kernel:	that has the device
 * @index:	of the device
 * @workers:	as above
 * @worker_count: as above
 *
 * Return: true when it was ours.
 */
bool leftovers_release_device(struct recorder *recorder, const struct looprace_kernel *kernel, int index,
			      const struct worker *workers, unsigned int worker_count);
