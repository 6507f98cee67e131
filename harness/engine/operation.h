/* SPDX-License-Identifier: Apache-2.0 */
/* What the operations of the table in harness/scenario/operations.h do. */
#pragma once

#include "harness/engine/worker.h"

/**
 * operation_run() - one line of a worker's program
 * @worker:	the worker, in its own thread
 * @call:	parsed line
 *
 * Failures are not reported: they are in the recorder, for the judge.
 */
void operation_run(struct worker *worker, const struct operation_call *call);

/**
 * operation_release() - detach what the worker still holds
 * @worker:	the worker, in its own thread
 */
void operation_release(struct worker *worker);
