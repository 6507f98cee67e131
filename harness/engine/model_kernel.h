/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loop driver inside the harness, for scenarios whose answer must be known: it needs no root and no kernel support.
 *
 * The sound one is a table under one mutex.  The unchecked one has a planted fault, the classic one: it looks at the
 * device's state, lets others in for a while, and then binds without looking again, so that two workers may both be
 * told that the device is theirs.  It is no model of any kernel version; the judge's model is a different thing.
 */
#pragma once

#include "core/looprace.h"

/* Backing "descriptors" start here, far away from real ones. */
#define MODEL_KERNEL_BACKING_FD_FIRST 1000000

struct model_kernel;

/**
 * model_kernel_new() - a driver with no devices
 * @is_unchecked: plant the fault
 *
 * Return: owned by the caller, who ends it with model_kernel_free(); NULL without memory.
 */
struct model_kernel *model_kernel_new(bool is_unchecked);

/**
 * model_kernel_free() - end it
 * @model:	may be NULL
 *
 * Return: NULL.
 */
struct model_kernel *model_kernel_free(struct model_kernel *model);

/**
 * model_kernel_door() - talk to it
 * @model:	any number of threads may use it
 *
 * Return: borrowed table, valid as long as @model.
 */
const struct looprace_kernel *model_kernel_door(struct model_kernel *model);

/**
 * model_kernel_backing_fd() - a made-up backing file
 * @worker:	number of the worker
 * @ret_identity: who it is
 *
 * Return: a descriptor that model kernels accept.
 */
int model_kernel_backing_fd(unsigned int worker, struct looprace_identity *ret_identity);

/**
 * model_kernel_bound_count() - devices that are bound now
 * @model:	the driver
 *
 * Return: how many.
 */
unsigned int model_kernel_bound_count(struct model_kernel *model);
