/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What differs between the loop drivers of different kernels, as data: a new kernel is a new row and not a new branch in
 * the model.  Only what a recorded call can show has a row.  Those that the model looks at come first.
 *
 * A trait has ranges of versions; stable releases have patches of their own, so there may be several.  Where it is not
 * known in which release of a range something came, the range is said to be unsure, and the model allows both.
 * Distributions carry backports: what a short probe has settled in the guest itself (harness/engine/probe.c, notes
 * `trait name=T value=0|1`) counts more than any version.
 */
#pragma once

#include "harness/recorder/history.h"
#include "harness/scenario/scenario.h"

/* SINCE(6, 11, 0); BETWEEN(5, 0, 0, 5, 19, 0): before 5.19.0; UNSURE(...) likewise; ALWAYS_BEFORE(5, 11, 0) */
#define LOOP_TRAIT_SINCE(...)	  { { __VA_ARGS__ }, { 0, 0, 0 }, false }
#define LOOP_TRAIT_BETWEEN(a, b, c, d, e, f) { { a, b, c }, { d, e, f }, false }
#define LOOP_TRAIT_UNSURE(a, b, c, d, e, f)  { { a, b, c }, { d, e, f }, true }
#define LOOP_TRAIT_BEFORE(...)	  { { 0, 0, 0 }, { __VA_ARGS__ }, false }

/* X(name, what it is, and from where, ranges...) */
/* clang-format off */
#define LOOP_TRAITS(X)                                                                                                 \
	X(deferred_detach,                                                                                             \
	  "LOOP_CLR_FD by the only opener leaves the device in rundown until its last close (commit 18048c1af783)",    \
	  LOOP_TRAIT_SINCE(6, 11, 0))                                                                                  \
	X(open_enxio_in_rundown,                                                                                       \
	  "open() of a device in rundown fails with ENXIO; it looks first and is counted later (commit 18048c1af783)", \
	  LOOP_TRAIT_SINCE(6, 11, 0))                                                                                  \
	X(eagain_on_dirty,                                                                                             \
	  "LOOP_SET_STATUS64 and LOOP_SET_BLOCK_SIZE may fail with EAGAIN while pages of the device are cached "       \
	  "(since commit 5db470e229e2, until 98ded54a3383)",                                                           \
	  LOOP_TRAIT_BETWEEN(5, 0, 0, 5, 19, 0))                                                                       \
	X(remove_returns_index,                                                                                        \
	  "LOOP_CTL_REMOVE returns the index and not 0, and a negative one removes any unbound device",                \
	  LOOP_TRAIT_BEFORE(5, 11, 0), LOOP_TRAIT_UNSURE(5, 11, 0, 6, 1, 0))                                           \
	X(remove_hides,                                                                                                \
	  "a device that LOOP_CTL_REMOVE is about to look at is hidden from others, which get ENODEV (idr_visible)",   \
	  LOOP_TRAIT_UNSURE(5, 11, 0, 6, 1, 0), LOOP_TRAIT_SINCE(6, 1, 0))                                             \
	X(add_negative_refused,                                                                                        \
	  "LOOP_CTL_ADD of a negative index fails with EEXIST while an unbound device is there",                       \
	  LOOP_TRAIT_BEFORE(5, 11, 0), LOOP_TRAIT_UNSURE(5, 11, 0, 6, 1, 0))                                           \
	X(add_any_index,                                                                                               \
	  "LOOP_CTL_ADD takes an index that no minor number has room for (until the check of device_add_disk(), v5.17)", \
	  LOOP_TRAIT_BEFORE(5, 11, 0), LOOP_TRAIT_UNSURE(5, 11, 0, 5, 18, 0))                                          \
	X(change_fd_checks_fd_first,                                                                                   \
	  "LOOP_CHANGE_FD looks at the descriptor that it is given before it looks at the device",                     \
	  LOOP_TRAIT_UNSURE(5, 11, 0, 6, 1, 0), LOOP_TRAIT_SINCE(6, 1, 0))                                             \
	X(block_size_max_64k,                                                                                          \
	  "blocks of up to 64 KiB are allowed, not only of a page (BLK_MAX_BLOCK_SIZE)",                               \
	  LOOP_TRAIT_UNSURE(6, 14, 0, 6, 16, 0), LOOP_TRAIT_SINCE(6, 16, 0))                                           \
	X(block_size_zero_resets,                                                                                      \
	  "LOOP_SET_BLOCK_SIZE(0) asks for the default and does not fail (queue limits in loop_update_limits())",      \
	  LOOP_TRAIT_UNSURE(6, 2, 0, 6, 12, 0), LOOP_TRAIT_SINCE(6, 12, 0))                                            \
	X(block_size_truncated,                                                                                        \
	  "LOOP_SET_BLOCK_SIZE sees only the low bits of its argument",                                                \
	  LOOP_TRAIT_UNSURE(0, 0, 0, 5, 19, 0), LOOP_TRAIT_UNSURE(6, 2, 0, 6, 12, 0), LOOP_TRAIT_SINCE(6, 12, 0))      \
	X(block_size_excl_check,                                                                                       \
	  "LOOP_SET_BLOCK_SIZE fails with EBUSY while another has the device open exclusively (commit 7e49538288e5)",  \
	  LOOP_TRAIT_UNSURE(5, 15, 180, 5, 16, 0), LOOP_TRAIT_UNSURE(6, 1, 177, 6, 1, 192),                            \
	  LOOP_TRAIT_BETWEEN(6, 1, 192, 6, 2, 0), LOOP_TRAIT_UNSURE(6, 6, 100, 6, 7, 0),                               \
	  LOOP_TRAIT_BETWEEN(6, 12, 43, 6, 13, 0), LOOP_TRAIT_UNSURE(6, 15, 0, 6, 17, 0), LOOP_TRAIT_SINCE(6, 17, 0))  \
	X(block_size_checked_late,                                                                                     \
	  "LOOP_CONFIGURE refuses a block size only after it has changed the device's diskseq and read-only state",    \
	  LOOP_TRAIT_UNSURE(6, 2, 0, 6, 12, 0), LOOP_TRAIT_SINCE(6, 12, 0))                                            \
	X(overflow_checked,                                                                                            \
	  "an offset or a limit that no signed number holds is refused with EOVERFLOW (commit c490a0b5a4f3)",          \
	  LOOP_TRAIT_BETWEEN(5, 10, 140, 5, 11, 0), LOOP_TRAIT_UNSURE(5, 11, 0, 6, 0, 0), LOOP_TRAIT_SINCE(6, 0, 0))   \
	X(xor_transfer,                                                                                                \
	  "LO_CRYPT_XOR and the size of a key are taken and reported; without it, a type of encryption is refused and "  \
	  "the size forgotten (until commit 47e9624616c8)",                                                            \
	  LOOP_TRAIT_BEFORE(5, 16, 0))                                                                                 \
	X(diskseq,                                                                                                     \
	  "each binding of a device has a number of its own, BLKGETDISKSEQ",                                           \
	  LOOP_TRAIT_SINCE(5, 15, 0))                                                                                  \
	X(partition_counts_once,                                                                                       \
	  "all descriptors of one partition count as one opener of the device, not each of them (blkdev_get_part())",  \
	  LOOP_TRAIT_BEFORE(6, 2, 0), LOOP_TRAIT_UNSURE(6, 2, 0, 6, 12, 0))                                            \
	X(eof_read_is_error,                                                                                           \
	  "a read behind the end of a backing file that was made shorter fails with EIO, and does not give zeros",     \
	  LOOP_TRAIT_UNSURE(6, 2, 0, 6, 12, 0), LOOP_TRAIT_SINCE(6, 12, 0))                                            \
	X(tmpfs_direct_io,                                                                                             \
	  "a backing file on tmpfs can be read and written around the page cache",                                     \
	  LOOP_TRAIT_SINCE(6, 6, 0))                                                                                   \
	X(media_change_uevents,                                                                                        \
	  "a release sends a uevent with DISK_MEDIA_CHANGE, and LOOP_CHANGE_FD sends one (disk_force_media_change())", \
	  LOOP_TRAIT_UNSURE(5, 15, 0, 6, 1, 0), LOOP_TRAIT_SINCE(6, 1, 0))                                             \
	X(change_fd_drops_cache,                                                                                       \
	  "LOOP_CHANGE_FD drops the device's cached pages, so that a read shows the new file "                         \
	  "(disk_force_media_change())",                                                                               \
	  LOOP_TRAIT_UNSURE(5, 11, 0, 6, 1, 0), LOOP_TRAIT_SINCE(6, 1, 0))                                             \
	X(write_only_file_read,                                                                                        \
	  "a backing file that was bound through a descriptor for writing only is read all the same, and does not give " \
	  "EIO (->read_iter() is called without a look at FMODE_READ)",                                                \
	  LOOP_TRAIT_UNSURE(6, 2, 0, 6, 12, 0), LOOP_TRAIT_SINCE(6, 12, 0))                                            \
	X(open_rescans_partitions,                                                                                     \
	  "the next open() reads the partition table anew, and takes away what it does not have, such as what BLKPG added " \
	  "(until 267ec4d7223a)",                                                                                      \
	  LOOP_TRAIT_UNSURE(5, 11, 0, 6, 1, 0), LOOP_TRAIT_BETWEEN(6, 1, 0, 6, 12, 94),                                \
	  LOOP_TRAIT_BETWEEN(6, 13, 0, 7, 1, 0))                                                                       \
	X(manual_partitions_outlive,                                                                                   \
	  "a partition that BLKPG added, without LO_FLAGS_PARTSCAN, stays when the device is released "                \
	  "(267ec4d7223a without c4f4c0fc551c)",                                                                       \
	  LOOP_TRAIT_BEFORE(5, 11, 0), LOOP_TRAIT_UNSURE(5, 11, 0, 6, 1, 0), LOOP_TRAIT_BETWEEN(6, 12, 94, 6, 12, 118), \
	  LOOP_TRAIT_UNSURE(6, 12, 118, 6, 13, 0), LOOP_TRAIT_BETWEEN(7, 1, 0, 7, 2, 0))                               \
	X(scanned_partitions_outlive,                                                                                  \
	  "partitions of a table, one of them open while LOOP_CLR_FD releases the device, stay for good: "              \
	  "bdev_disk_changed() clears GD_NEED_PART_SCAN before it fails with EBUSY, and no later open() looks again "    \
	  "(until disk_force_media_change() set it)",                                                                  \
	  LOOP_TRAIT_BEFORE(5, 11, 0), LOOP_TRAIT_UNSURE(5, 11, 0, 6, 1, 0))                                           \
	X(change_fd_drops_open_partition,                                                                              \
	  "LOOP_CHANGE_FD through a partition, with LO_FLAGS_PARTSCAN, takes partitions away that are open, and that "   \
	  "one becomes as large as the device: blk_drop_partitions() looks at bd_part_count of the block device that "   \
	  "it is given, which a partition's is not counted in (until commit 0384264ea8a3)",                            \
	  LOOP_TRAIT_BEFORE(5, 11, 0), LOOP_TRAIT_UNSURE(5, 11, 0, 5, 14, 0))                                          \
	X(partition_beyond_end_refused,                                                                                \
	  "BLKPG_ADD_PARTITION refuses a partition that reaches beyond the device's end (commit 6d4e80db4ebe)",         \
	  LOOP_TRAIT_UNSURE(6, 1, 193, 6, 5, 0), LOOP_TRAIT_SINCE(6, 5, 0))                                            \
	X(read_only_not_mapped,                                                                                        \
	  "a read-only device cannot be mapped for writing (commit 69baa3a623fd)",                                     \
	  LOOP_TRAIT_UNSURE(5, 11, 0, 6, 1, 192), LOOP_TRAIT_BETWEEN(6, 1, 192, 6, 2, 0),                              \
	  LOOP_TRAIT_UNSURE(6, 2, 0, 6, 4, 0), LOOP_TRAIT_SINCE(6, 4, 0))                                              \
	X(unaligned_io_refused,                                                                                        \
	  "a request that is no multiple of the logical block fails, such as that for the end of a device whose size is " \
	  "none (commit 0676c434a99b)",                                                                                \
	  LOOP_TRAIT_UNSURE(6, 6, 0, 6, 11, 0), LOOP_TRAIT_SINCE(6, 11, 0))
/* clang-format on */

enum loop_trait {
#define X(name, reason, ...) LOOP_TRAIT_##name,
	LOOP_TRAITS(X)
#undef X
		LOOP_TRAIT_COUNT,
};

/* The model of a device does without those from here on: only looprace diff explains with them. */
#define LOOP_TRAITS_OF_MODEL ((UINT32_C(1) << LOOP_TRAIT_change_fd_drops_cache) - 1)

/* Sets of traits, bit 1 << enum loop_trait. */
struct loop_traits {
	uint32_t has;	 /* for certain, or perhaps */
	uint32_t lacks;	 /* likewise; both: nobody knows */
	uint32_t probed; /* settled by a probe, not by the version */
};

/**
 * loop_traits_of() - the traits of a kernel
 * @version:	of the kernel; with an unknown patch level, what differs within its series is unsure
 *
 * Return: each trait, had or lacked or both.
 */
struct loop_traits loop_traits_of(struct kernel_version version);

/**
 * loop_traits_for_model() - leave out what the model does not look at
 * @traits:	of a kernel
 *
 * Return: the same, with all others as if the kernel did not have them.
 */
struct loop_traits loop_traits_for_model(struct loop_traits traits);

/**
 * loop_traits_read_probes() - put what was probed in the place of what the version says
 * @traits:	changed
 * @history:	whose notes are read
 */
void loop_traits_read_probes(struct loop_traits *traits, const struct history *history);

/**
 * loop_trait_name() - a trait in one word
 * loop_trait_reason() - what it is, and from where
 * @trait:	below LOOP_TRAIT_COUNT
 *
 * Return: a static string.
 */
const char *loop_trait_name(enum loop_trait trait);
const char *loop_trait_reason(enum loop_trait trait);

/**
 * loop_traits_format() - a set in words
 * @traits:	set
 * @text:	"deferred_detach, open_enxio_in_rundown" or "none", cut at @text_bytes
 * @text_bytes:	room, at least 1
 *
 * Return: as snprintf().
 */
int loop_traits_format(uint32_t traits, char *text, size_t text_bytes);

/**
 * has_trait() - does a kernel have it, or may it
 * lacks_trait() - does a kernel lack it, or may it
 * @traits:	of the kernel
 * @trait:	of the enum
 *
 * Return: true when it does, or when nobody knows.
 */
static inline bool has_trait(struct loop_traits traits, enum loop_trait trait)
{
	return traits.has >> trait & 1;
}

static inline bool lacks_trait(struct loop_traits traits, enum loop_trait trait)
{
	return traits.lacks >> trait & 1;
}
