/* SPDX-License-Identifier: Apache-2.0 */
/* The table of operations as data, expanded from LOOPRACE_OPERATIONS. */
#include "harness/scenario/operations.h"

#include <assert.h>
#include <stddef.h>

/* clang-format off */
#define OPERATION(name, summary)                                                                                       \
	static_assert(sizeof(struct operation_shape_##name) - 1 <= OPERATION_ARGUMENT_COUNT_MAX,                                 \
		      "OPERATION_ARGUMENT_COUNT_MAX is too small for " #name);
#define ARGUMENT(operation, name, type, fallback, summary)
LOOPRACE_OPERATIONS(OPERATION, ARGUMENT)
#undef OPERATION
#undef ARGUMENT

static const struct operation_info operations[OPERATION_COUNT] = {
#define OPERATION(name_, summary_)                                                                                     \
	[OPERATION_##name_].name = #name_,                                                                             \
	[OPERATION_##name_].summary = summary_,                                                                        \
	[OPERATION_##name_].argument_count = sizeof(struct operation_shape_##name_) - 1,
#define ARGUMENT(operation_, name_, type_, fallback_, summary_)                                                        \
	[OPERATION_##operation_].arguments[offsetof(struct operation_shape_##operation_, name_) - 1] = {                         \
		.name = #name_, .type = ARGUMENT_##type_, .fallback = fallback_, .summary = summary_ },
	LOOPRACE_OPERATIONS(OPERATION, ARGUMENT)
#undef OPERATION
#undef ARGUMENT
};
/* clang-format on */

const struct operation_info *operation_info(enum operation operation)
{
	return &operations[operation];
}
