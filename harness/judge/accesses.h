/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may have changed blocks, and where: writes and stores, which the generation in their tags names, and all that
 * makes zeros.  With it goes when each reached the backing file, because until then only who shares its page cache
 * sees it.
 *
 * A device, each of its partitions and a file have a page cache of their own.  What is written to a file is there at
 * once; what is written to a device lies in that device's cache until somebody flushes it: fsync, BLKFLSBUF, or the
 * last close.
 */
#pragma once

#include "harness/judge/descriptions.h"
#include "harness/judge/rules.h"
#include "harness/judge/views.h"

struct access {
	const struct recorder_record *record;
	unsigned int worker;
	bool is_zeroing;
	bool is_direct;	 /* O_DIRECT */
	bool is_certain; /* it succeeded, and there is only one place where it can have been */
	uint64_t call_ns;
	uint64_t return_ns;   /* UINT64_MAX: it has not returned */
	uint64_t settled_ns;  /* it certainly is in the backing file; UINT64_MAX: that is not known */
	uint64_t begin_bytes; /* in the device, partition or file */
	uint64_t end_bytes;
	const struct view *view; /* of the only binding; NULL: a file, or not certain */
	struct places places;	 /* of its first byte */
};

/* One block that an access may have changed. */
struct touch {
	const struct backing_file *file;
	uint64_t block; /* in the file */
	uint64_t return_ns;
	uint32_t access;
};

struct accesses {
	const struct judge_case *judge_case;
	struct views views;
	struct descriptions descriptions;
	uint64_t count;
	struct access *accesses; /* by worker, then time */
	uint64_t *worker_first;	 /* of each worker, and one behind the last */
	uint64_t touch_count;
	struct touch *touches; /* by file, block, then return */
	uint64_t map_count;
	const struct recorder_record **maps; /* of devices, that succeeded; by file, then call */
	uint64_t wide_count;
	uint32_t *wides;       /* zeroing accesses that are too large for touches, or may be anywhere */
	bool has_maps;	       /* of a device: pages of it may be pinned */
	bool has_size_changes; /* of a backing file */
	bool is_cut;	       /* too many blocks: nothing is said about what is the latest */
};

/**
 * accesses_init() - read them out of a history
 * @judge_case:	with a history
 * @ret_accesses: end them with accesses_fini(); written only on success
 *
 * Return: 1, 0 when there is nothing to judge because nobody read any blocks, or -ENOMEM.
 */
int accesses_init(const struct judge_case *judge_case, struct accesses *ret_accesses);

/**
 * accesses_fini() - end them
 * @accesses:	all zero afterwards
 */
void accesses_fini(struct accesses *accesses);

/**
 * accesses_write() - the write that a generation names
 * @accesses:	of a history
 * @generation:	from a tag
 *
 * Return: it, or NULL when the history has none.
 */
const struct access *accesses_write(const struct accesses *accesses, uint64_t generation);

/**
 * accesses_touches() - what may have changed a block
 * @accesses:	of a history
 * @file:	in which file
 * @block:	which one
 * @ret_count:	how many
 *
 * Return: the first of them.
 */
const struct touch *accesses_touches(const struct accesses *accesses, const struct backing_file *file, uint64_t block,
				     uint64_t *ret_count);

/**
 * accesses_places() - where a block of an access may be
 * @accesses:	of a history
 * @record:	a read, a write, or `blocks`
 * @map:	mapping that it went through, or NULL
 * @return_ns:	when it ended
 * @at_bytes:	seen from the device, partition or file
 * @ret_places:	always written
 */
void accesses_places(const struct accesses *accesses, const struct recorder_record *record,
		     const struct recorder_record *map, uint64_t return_ns, uint64_t at_bytes,
		     struct places *ret_places);

/**
 * accesses_map() - the mapping that a load went through
 * @accesses:	of a history
 * @record:	a load
 *
 * Return: the record of the mmap(), or NULL when it is not known.
 */
const struct recorder_record *accesses_map(const struct accesses *accesses, const struct recorder_record *record);

/**
 * is_read_record() - does a record tell what was read
 * @record:	any
 *
 * Return: true for reads, loads, and the further blocks of both.
 */
static inline bool is_read_record(const struct recorder_record *record)
{
	return record->call == RECORDER_CALL_read || record->call == RECORDER_CALL_load ||
	       record->call == RECORDER_CALL_blocks;
}

/**
 * read_block_count() - how many blocks a record tells of
 * @record:	any; may be damaged
 *
 * Return: blocks, 0 when it is none that tells what was read.
 */
uint64_t read_block_count(const struct recorder_record *record);
