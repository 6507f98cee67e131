/* SPDX-License-Identifier: Apache-2.0 */
/* Rows whose functions are still to come: a row leaves this file when it gets one.  This file will go. */
#include "harness/engine/operation_functions.h"

void op_read(struct worker *worker, const struct argument_value *arguments) {}
void op_write(struct worker *worker, const struct argument_value *arguments) {}
void op_fsync(struct worker *worker, const struct argument_value *arguments) {}
void op_discard(struct worker *worker, const struct argument_value *arguments) {}
void op_zeroout(struct worker *worker, const struct argument_value *arguments) {}
void op_map(struct worker *worker, const struct argument_value *arguments) {}
void op_unmap(struct worker *worker, const struct argument_value *arguments) {}
void op_load(struct worker *worker, const struct argument_value *arguments) {}
void op_store(struct worker *worker, const struct argument_value *arguments) {}
void op_truncate(struct worker *worker, const struct argument_value *arguments) {}
