/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for other workers; what is waited for stands in order.h. */
#include "harness/engine/clock.h"
#include "harness/engine/operation_call.h"
#include "harness/engine/operation_functions.h"

#include <errno.h>

void op_after(struct worker *worker, const struct argument_value *arguments)
{
	unsigned int label = (unsigned int)arguments[ARGUMENT_AT(after, line)].low;
	struct recorder_record *record = operation_begin(worker, RECORDER_CALL_after, NULL);
	bool has_come;

	record->is_extended = 1;
	record->value = label;
	operation_started(worker, record);
	has_come = order_wait(&worker->shared->order, label, worker->recording.round);
	operation_end(worker, record, has_come ? 0 : -ECANCELED, clock_now_ns());
}
