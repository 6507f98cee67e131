/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which differences between kernels a trait explains, as data.
 *
 * X(trait, needed trait, calls that cause it, how they were, calls that show it, what of their outcomes, answers of kernels
 * that have it, of those that do not): a difference is this trait's when a call that causes it, of that kind, was made
 * before or is the one that differs, when the call that differs and what differs of it are among those that show it, and
 * when the kernels gave these answers; "" for whatever they gave.  And then the kernels must part exactly where the trait
 * parts them, which explain.c looks at: a row here excuses nothing by itself.  A row says no more than is known of the
 * trait, or it would give the reason of one difference for another that merely came with the same release.
 *
 * A trait may hide another: a kernel that has not the needed one then looks as if it had the trait, whether it does or not.
 *
 * C() is a name of RECORDER_CALLS, H() of EXPLAIN_*, F() of OUTCOME_FIELDS.  A trait may have several rows; one without a
 * row explains nothing: it needs a race to be seen.  Of several that explain the same, that is named whose cause came
 * last, and then that which is about less.
 */
#pragma once

#include "harness/judge/traits.h"

#define ANY	UINT64_MAX
#define ANY_HOW 0u

/* clang-format off */
#define LOOP_EXPLANATIONS(X, C, H, F)                                                                                  \
	X(deferred_detach, none, C(clr_fd), H(SUCCEEDED), ANY & ~C(open), ANY, "", "")                                   \
	X(open_enxio_in_rundown, none, C(clr_fd), H(SUCCEEDED), C(open), F(result), "-ENXIO", "0")                       \
	X(eagain_on_dirty, none, C(load) | C(store) | C(read) | C(write), ANY_HOW,                                      \
	  C(set_status) | C(set_status_old) | C(set_block_size), F(result), "-EAGAIN", "0")                              \
	X(remove_returns_index, none, C(remove), ANY_HOW, C(remove), F(result), "", "0")                                \
	X(remove_returns_index, none, C(remove), H(NEGATIVE), C(remove), F(result), "", "-EINVAL")                      \
	X(add_negative_refused, none, C(add), H(NEGATIVE), C(add), F(result), "-EEXIST", "")                                \
	X(add_any_index, none, C(add), ANY_HOW, C(add), F(result), "", "-EINVAL")                                       \
	X(add_any_index, none, C(add), ANY_HOW, C(remove), F(result), "", "-ENODEV")                                    \
	X(change_fd_checks_fd_first, none, C(change_fd), ANY_HOW, C(change_fd), F(result), "-EBADF", "")                \
	X(block_size_max_64k, none, C(set_block_size), ANY_HOW, C(set_block_size), F(result), "0", "-EINVAL")           \
	X(block_size_max_64k, none, C(configure), ANY_HOW, C(configure), F(result), "0", "-EINVAL")                     \
	X(block_size_zero_resets, none, C(set_block_size), ANY_HOW, C(set_block_size), F(result), "0", "-EINVAL")       \
	X(block_size_truncated, none, C(set_block_size), ANY_HOW, C(set_block_size), F(result), "0", "-EINVAL")         \
	X(block_size_excl_check, none, C(open), H(EXCLUSIVE), C(set_block_size), F(result), "-EBUSY", "")               \
	X(block_size_checked_late, none, C(configure), H(REFUSED), C(diskseq) | C(read_only),                           \
	  F(diskseq) | F(read_only), "", "")                                                                            \
	X(overflow_checked, none, C(set_status) | C(configure), ANY_HOW, C(set_status) | C(configure), F(result),       \
	  "-EOVERFLOW", "")                                                                                             \
	X(xor_transfer, none, C(set_status) | C(set_status_old) | C(configure), H(ENCRYPTED),                           \
	  C(set_status) | C(set_status_old) | C(configure), F(result), "0", "-EINVAL")                                   \
	X(xor_transfer, none, C(set_status) | C(set_status_old) | C(configure), H(ENCRYPTED),                           \
	  C(get_status) | C(get_status_old), F(encryption), "", "")                                                     \
	X(diskseq, none, C(diskseq), ANY_HOW, C(diskseq), F(result), "0", "-ENOTTY -EINVAL")                            \
	X(partition_counts_once, none, C(clr_fd), H(PARTITION), ANY & ~(C(map) | C(load) | C(store)), ANY, "", "")       \
	X(eof_read_is_error, none, C(truncate), ANY_HOW, C(read) | C(load), F(result), "-EIO",                          \
	  "512 1024 4096 65536 1048576")                                                                                \
	X(tmpfs_direct_io, none, C(set_direct_io), ANY_HOW, C(set_direct_io), F(result), "0", "-EINVAL")                \
	X(tmpfs_direct_io, none, C(open_file), ANY_HOW, C(open_file), F(result), "0", "-EINVAL")                        \
	X(tmpfs_direct_io, none, C(set_fd) | C(configure), H(DIRECT), C(get_status) | C(get_status_old) | C(sysfs),      \
	  F(flags), "", "")                                                                                             \
	X(change_fd_drops_cache, none, C(change_fd), H(SUCCEEDED), C(read) | C(load), F(content), "", "")                \
	X(write_only_file_read, none, C(set_fd) | C(configure), H(WRITE_ONLY), C(read) | C(load), F(result), "", "-EIO") \
	X(write_only_file_read, change_fd_drops_cache, C(change_fd), H(SUCCEEDED) | H(WRITE_ONLY), C(read) | C(load),     \
	  F(result), "", "-EIO")                                                                                        \
	X(open_rescans_partitions, none, C(open), H(SUCCEEDED) | H(LATEST), C(partitions), F(partitions), "0", "")       \
	X(manual_partitions_outlive, none, C(partition_add), H(SUCCEEDED), C(partitions), F(partitions), "", "0")        \
	X(scanned_partitions_outlive, none, C(clr_fd), H(PARTITION), C(partitions), F(partitions), "", "0")             \
	X(change_fd_drops_open_partition, none, C(change_fd), H(PARTITION), C(partitions), F(partitions), "0", "")       \
	X(change_fd_drops_open_partition, none, C(change_fd), H(PARTITION), C(read), F(result), "-EIO", "")             \
	X(change_fd_drops_open_partition, none, C(change_fd), H(PARTITION), C(size), F(size), "", "")                   \
	X(partition_beyond_end_refused, none, C(partition_add), ANY_HOW, C(partition_add), F(result), "-EINVAL", "0")    \
	X(read_only_not_mapped, none, C(map), ANY_HOW, C(map), F(result), "-EINVAL", "0")                               \
	X(unaligned_io_refused, none, C(configure) | C(set_block_size), H(SUCCEEDED) | H(LARGE),                        \
	  C(read) | C(write), F(result), "-EIO", "512")
/* clang-format on */
