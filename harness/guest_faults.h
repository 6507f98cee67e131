/* SPDX-License-Identifier: Apache-2.0 */
/* The faults of the operation `fault`: what the runner and the judge must notice.  Only for a guest's PID 1. */
#pragma once

#include "harness/scenario/operations.h"

/**
 * guest_plant_fault() - break this machine on purpose
 * @fault:	how
 *
 * Return: only after FAULT_flood, and when a fault could not be planted: 0 or -errno.
 */
int guest_plant_fault(enum fault fault);
