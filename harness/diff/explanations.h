/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which differences between kernels a trait explains, as data.
 *
 * X(trait, calls that cause it, calls that show it): a difference is this trait's when a call that causes it was made
 * before or is the one that differs, and when the call that differs is one that shows it.  And then the kernels must part
 * exactly where the trait parts them, which explain.c looks at: a row here excuses nothing by itself.
 *
 * CALLS() of RECORDER_CALLS' names; ANY_CALL for what turns up everywhere afterwards.  A trait without a row explains
 * nothing: it needs a race to be seen.
 */
#pragma once

#include "harness/judge/traits.h"

#define ANY_CALL UINT64_MAX

/* clang-format off */
#define LOOP_EXPLANATIONS(X, C)                                                                                        \
	X(deferred_detach, C(clr_fd), ANY_CALL & ~C(open))                                                              \
	X(open_enxio_in_rundown, C(clr_fd), C(open))                                                                    \
	X(eagain_on_dirty, C(load) | C(store) | C(read) | C(write), C(set_status) | C(set_status_old) | C(set_block_size))\
	X(remove_returns_index, C(remove), C(remove))                                                                   \
	X(add_negative_refused, C(add), C(add))                                                                         \
	X(add_any_index, C(add), C(add) | C(remove))                                                                    \
	X(change_fd_checks_fd_first, C(change_fd), C(change_fd))                                                        \
	X(block_size_max_64k, C(set_block_size) | C(configure), C(set_block_size) | C(configure))                        \
	X(block_size_zero_resets, C(set_block_size), C(set_block_size))                                                 \
	X(block_size_truncated, C(set_block_size), C(set_block_size))                                                   \
	X(block_size_excl_check, C(open), C(set_block_size))                                                            \
	X(block_size_checked_late, C(configure), C(diskseq) | C(read_only))                                             \
	X(overflow_checked, C(set_status) | C(configure), C(set_status) | C(configure))                                  \
	X(diskseq, C(diskseq), C(diskseq))                                                                              \
	X(partition_counts_once, C(clr_fd), ANY_CALL)                                                                   \
	X(eof_read_is_error, C(truncate), C(read) | C(load))                                                            \
	X(tmpfs_direct_io, C(configure) | C(set_direct_io) | C(open_file),                                                 \
	  C(set_direct_io) | C(get_status) | C(get_status_old) | C(sysfs) | C(open_file))
/* clang-format on */
