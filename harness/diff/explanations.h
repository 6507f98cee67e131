/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which differences between kernels a trait explains, as data.
 *
 * X(trait, calls that cause it, calls that show it, errors): a difference is this trait's when a call that causes it was
 * made before or is the one that differs, when the call that differs is one that shows it, and, where results differ, when
 * one of them is one of the errors; "" for whatever it returns.  And then the kernels must part exactly where the trait
 * parts them, which explain.c looks at: a row here excuses nothing by itself.
 *
 * C() is a name of RECORDER_CALLS; ANY_CALL is for what turns up everywhere afterwards.  A trait without a row explains
 * nothing: it needs a race to be seen.  Of two that explain the same, that which is about fewer calls is named.
 */
#pragma once

#include "harness/judge/traits.h"

#define ANY_CALL UINT64_MAX

/* clang-format off */
#define LOOP_EXPLANATIONS(X, C)                                                                                        \
	X(deferred_detach, C(clr_fd), ANY_CALL & ~C(open), "")                                                          \
	X(open_enxio_in_rundown, C(clr_fd), C(open), "-ENXIO")                                                          \
	X(eagain_on_dirty, C(load) | C(store) | C(read) | C(write),                                                     \
	  C(set_status) | C(set_status_old) | C(set_block_size), "-EAGAIN")                                             \
	X(remove_returns_index, C(remove), C(remove), "")                                                               \
	X(add_negative_refused, C(add), C(add), "-EEXIST")                                                              \
	X(add_any_index, C(add), C(add) | C(remove), "-EINVAL")                                                         \
	X(change_fd_checks_fd_first, C(change_fd), C(change_fd), "-EBADF")                                              \
	X(block_size_max_64k, C(set_block_size) | C(configure), C(set_block_size) | C(configure), "-EINVAL")             \
	X(block_size_zero_resets, C(set_block_size), C(set_block_size), "-EINVAL")                                      \
	X(block_size_truncated, C(set_block_size), C(set_block_size), "-EINVAL")                                        \
	X(block_size_excl_check, C(open), C(set_block_size), "-EBUSY")                                                  \
	X(block_size_checked_late, C(configure), C(diskseq) | C(read_only), "")                                         \
	X(overflow_checked, C(set_status) | C(configure), C(set_status) | C(configure), "-EOVERFLOW")                    \
	X(diskseq, C(diskseq), C(diskseq), "-ENOTTY -EINVAL")                                                           \
	X(partition_counts_once, EXPLAIN_PARTITION, ANY_CALL & ~(C(map) | C(load) | C(store)), "")                       \
	X(eof_read_is_error, C(truncate), C(read) | C(load), "-EIO")                                                    \
	X(tmpfs_direct_io, C(configure) | C(set_direct_io) | C(open_file),                                              \
	  C(set_direct_io) | C(get_status) | C(get_status_old) | C(sysfs) | C(open_file), "-EINVAL")              \
	X(change_fd_drops_cache, C(change_fd), C(read) | C(load), "")                                                   \
	X(write_only_file_read, C(set_fd) | C(configure), C(read) | C(load), "-EIO")                                    \
	X(open_rescans_partitions, C(partition_add), C(partitions) | C(partition_add) | C(partition_delete) | C(open),   \
	  "-EBUSY -ENXIO -ENOENT")                                                                                      \
	X(manual_partitions_outlive, C(partition_add), C(partitions) | C(partition_add) | C(partition_delete) | C(open), \
	  "-EBUSY -ENXIO -ENOENT")                                                                                      \
	X(partition_beyond_end_refused, C(partition_add), C(partition_add), "-EINVAL")                                  \
	X(read_only_not_mapped, C(map), C(map), "-EINVAL")                                                              \
	X(unaligned_io_refused, C(read) | C(write) | C(fsync), C(read) | C(write) | C(fsync), "-EIO")
/* clang-format on */
