/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that are still bound to our backing files when the workers have ended: note them, then release them. */
#pragma once

#include "harness/engine/worker.h"

/**
 * leftovers_release() - find, note and release them
 * @recorder:	gets a note "leftover ..." for each
 * @workers:	whose backing files make a device ours; nobody else's device is touched
 * @worker_count: how many
 *
 * Return: how many there were.
 */
unsigned int leftovers_release(struct recorder *recorder, const struct worker *workers, unsigned int worker_count);
