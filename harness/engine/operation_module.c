/* SPDX-License-Identifier: Apache-2.0 */
/* The loop module goes and comes back.  No loop-control is held open in a scenario that does this: see engine.c. */
#include "harness/engine/clock.h"
#include "harness/engine/operation_call.h"
#include "harness/engine/operation_functions.h"

static void module_call(struct worker *worker, enum recorder_call call, int (*function)(void *, const char *))
{
	struct recorder_record *record = operation_begin(worker, call, NULL);
	int r;

	operation_started(worker, record);
	r = function(worker->shared->system->context, "loop");
	operation_end(worker, record, r, clock_now_ns());
}

void op_module_remove(struct worker *worker, const struct argument_value *arguments)
{
	module_call(worker, RECORDER_CALL_module_remove, worker->shared->system->module_remove);
}

void op_module_insert(struct worker *worker, const struct argument_value *arguments)
{
	module_call(worker, RECORDER_CALL_module_insert, worker->shared->system->module_insert);
}
