/* SPDX-License-Identifier: Apache-2.0 */
/* What is made to fail inside a worker's calls; how stands in injection.h. */
#include "harness/engine/operation_functions.h"

void op_inject(struct worker *worker, const struct argument_value *arguments)
{
	const struct argument_value *range = &arguments[ARGUMENT_AT(inject, value)];
	/* Rounds count from 1: the first one takes the lowest, so that a range is gone through in order. */
	uint64_t step = (worker->recording.round - 1) % (range->high - range->low + 1);

	injection_set(&worker->recording.injection, worker->shared->system,
		      (enum injection_kind)arguments[ARGUMENT_AT(inject, what)].low, (unsigned int)(range->low + step));
}
