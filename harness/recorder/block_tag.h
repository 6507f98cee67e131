/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker writes: 512-byte blocks that say whose they are.
 *
 *	magic | sector | generation | owner | checksum | 480 bytes that follow from these
 *
 * The owner is the number of a backing file, the sector counts from the start of that file, and the generation names
 * the write: no two writes of a run have the same, and 0 is what the file held at the start.  The rest of the block
 * follows from the tag, so that a block of which half was overwritten is seen, and any byte that went astray is, too.
 *
 * Reading turns a buffer into runs: blocks that one write has put there, zeros, or what is neither.
 */
#pragma once

#include "harness/recorder/recorder.h"

#define BLOCK_BYTES 512u

/* Of a worker's writes: its number + 1 above these bits, a count below. */
#define GENERATION_COUNT_BITS 40u

struct block_tag {
	uint64_t sector;
	uint64_t generation;
	uint32_t owner;
};

/* Blocks that belong together. */
struct block_run {
	struct block_tag tag; /* of the first block; sectors count up; torn: as far as it says; otherwise 0 */
	uint64_t first_block; /* in the buffer */
	uint64_t block_count;
	enum recorder_content content;
};

/**
 * block_tag_generation() - name a write
 * @worker:	who writes
 * @count:	its how manieth write, from 1
 *
 * Return: never 0.
 */
static inline uint64_t block_tag_generation(unsigned int worker, uint64_t count)
{
	return ((uint64_t)worker + 1) << GENERATION_COUNT_BITS | (count & ((1ULL << GENERATION_COUNT_BITS) - 1));
}

/**
 * block_tag_encode() - fill blocks with tags
 * @tag:	of the first block; sectors count up from it
 * @blocks:	8-byte aligned
 * @block_count: blocks of BLOCK_BYTES
 */
void block_tag_encode(const struct block_tag *tag, void *blocks, uint64_t block_count);

/**
 * block_run_next() - the next run in a buffer
 * @blocks:	8-byte aligned
 * @block_count: blocks of BLOCK_BYTES
 * @at:		block to go on at, 0 at first; moves on behind the run
 * @ret_run:	written only when there is one
 *
 * Return: true when there is one; false at the end.
 */
bool block_run_next(const void *blocks, uint64_t block_count, uint64_t *at, struct block_run *ret_run);
