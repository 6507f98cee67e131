/* SPDX-License-Identifier: Apache-2.0 */
/* Rows whose functions are still to come: a row leaves this file when it gets one.  This file will go. */
#include "harness/engine/operation_functions.h"

void op_after(struct worker *worker, const struct argument_value *arguments) {}
void op_ctl_add(struct worker *worker, const struct argument_value *arguments) {}
void op_ctl_remove(struct worker *worker, const struct argument_value *arguments) {}
void op_ctl_get_free(struct worker *worker, const struct argument_value *arguments) {}
void op_open(struct worker *worker, const struct argument_value *arguments) {}
void op_open_file(struct worker *worker, const struct argument_value *arguments) {}
void op_dup(struct worker *worker, const struct argument_value *arguments) {}
void op_set_fd(struct worker *worker, const struct argument_value *arguments) {}
void op_configure(struct worker *worker, const struct argument_value *arguments) {}
void op_clr_fd(struct worker *worker, const struct argument_value *arguments) {}
void op_change_fd(struct worker *worker, const struct argument_value *arguments) {}
void op_set_status(struct worker *worker, const struct argument_value *arguments) {}
void op_get_status(struct worker *worker, const struct argument_value *arguments) {}
void op_set_capacity(struct worker *worker, const struct argument_value *arguments) {}
void op_set_direct_io(struct worker *worker, const struct argument_value *arguments) {}
void op_set_block_size(struct worker *worker, const struct argument_value *arguments) {}
void op_ioctl(struct worker *worker, const struct argument_value *arguments) {}
void op_read(struct worker *worker, const struct argument_value *arguments) {}
void op_write(struct worker *worker, const struct argument_value *arguments) {}
void op_fsync(struct worker *worker, const struct argument_value *arguments) {}
void op_discard(struct worker *worker, const struct argument_value *arguments) {}
void op_zeroout(struct worker *worker, const struct argument_value *arguments) {}
void op_flush_buffers(struct worker *worker, const struct argument_value *arguments) {}
void op_map(struct worker *worker, const struct argument_value *arguments) {}
void op_unmap(struct worker *worker, const struct argument_value *arguments) {}
void op_load(struct worker *worker, const struct argument_value *arguments) {}
void op_store(struct worker *worker, const struct argument_value *arguments) {}
void op_truncate(struct worker *worker, const struct argument_value *arguments) {}
void op_partition_add(struct worker *worker, const struct argument_value *arguments) {}
void op_partition_delete(struct worker *worker, const struct argument_value *arguments) {}
void op_partition_reread(struct worker *worker, const struct argument_value *arguments) {}
void op_mount(struct worker *worker, const struct argument_value *arguments) {}
void op_unmount(struct worker *worker, const struct argument_value *arguments) {}
void op_module_remove(struct worker *worker, const struct argument_value *arguments) {}
void op_module_insert(struct worker *worker, const struct argument_value *arguments) {}
