/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's half of the operation table: one function op_<name>() a row, in one of the files operation_*.c.  The table
 * expands into prototypes here and into the dispatch of operation.c, so a row without its function does not link.
 */
#pragma once

#include "harness/engine/worker.h"

/**
 * op_<name>() - one line of a worker's program
 * @worker:	the worker, in its own thread
 * @arguments:	of the line; positions by ARGUMENT_AT()
 */
#define OPERATION(name, summary) void op_##name(struct worker *worker, const struct argument_value *arguments);
#define ARGUMENT(operation, name, type, fallback, summary)
LOOPRACE_OPERATIONS(OPERATION, ARGUMENT)
#undef OPERATION
#undef ARGUMENT
