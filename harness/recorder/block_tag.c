/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags to blocks and back; see block_tag.h.
 *
 * A block is read by making it anew from its own tag and comparing: there is one description of a sound block, and it
 * is fast enough for the reader, which the kernel keeps waiting far longer.
 */
#include "harness/recorder/block_tag.h"

#include <string.h>

#define MAGIC	   0x47415445434152ULL /* "RACETAG" */
#define WORD_COUNT (BLOCK_BYTES / sizeof(uint64_t))
#define HEAD_COUNT 4

/* Odd, with its bits well spread: multiplying by it loses nothing. */
#define MIX_FACTOR 0x9e3779b97f4a7c15ULL

struct block {
	uint64_t words[WORD_COUNT]; /* magic, sector, generation, owner with checksum above, then the filling */
};
_Static_assert(sizeof(struct block) == BLOCK_BYTES, "a block is a sector");

static uint64_t mix(uint64_t state, uint64_t word)
{
	state = (state ^ word) * MIX_FACTOR;
	return state ^ state >> 29;
}

static void encode(const struct block_tag *tag, struct block *block)
{
	uint64_t state = mix(mix(mix(MAGIC, tag->sector), tag->generation), tag->owner);

	block->words[0] = MAGIC;
	block->words[1] = tag->sector;
	block->words[2] = tag->generation;
	block->words[3] = tag->owner | state >> 32 << 32;
	for (unsigned int i = HEAD_COUNT; i < WORD_COUNT; i++)
		block->words[i] = state = state * MIX_FACTOR + i;
}

void block_tag_encode(const struct block_tag *tag, void *blocks, uint64_t block_count)
{
	struct block_tag next = *tag;
	struct block *block = blocks;

	for (uint64_t i = 0; i < block_count; i++, next.sector++)
		encode(&next, &block[i]);
}

static bool is_zero(const struct block *block)
{
	return block->words[0] == 0 && memcmp(&block->words[0], &block->words[1], sizeof(*block) - 8) == 0;
}

static enum recorder_content decode(const struct block *block, struct block_tag *ret_tag)
{
	struct block sound;

	*ret_tag = (struct block_tag){ 0 };
	if (is_zero(block))
		return RECORDER_CONTENT_zeros;
	if (block->words[0] != MAGIC)
		return RECORDER_CONTENT_foreign;
	*ret_tag = (struct block_tag){
		.sector = block->words[1],
		.generation = block->words[2],
		.owner = (uint32_t)block->words[3],
	};
	encode(ret_tag, &sound);
	return memcmp(block, &sound, sizeof(sound)) == 0 ? RECORDER_CONTENT_tags : RECORDER_CONTENT_torn;
}

static bool goes_on(const struct block_run *run, enum recorder_content content, const struct block_tag *tag)
{
	if (content != run->content)
		return false;
	return content != RECORDER_CONTENT_tags ||
	       (tag->owner == run->tag.owner && tag->generation == run->tag.generation &&
		tag->sector == run->tag.sector + run->block_count);
}

bool block_run_next(const void *blocks, uint64_t block_count, uint64_t *at, struct block_run *ret_run)
{
	const struct block *block = blocks;
	struct block_run run = { .first_block = *at };
	struct block_tag tag;

	if (*at >= block_count)
		return false;
	run.content = decode(&block[*at], &run.tag);
	run.block_count = 1;
	while (*at + run.block_count < block_count) {
		enum recorder_content content = decode(&block[*at + run.block_count], &tag);

		if (!goes_on(&run, content, &tag))
			break;
		run.block_count++;
	}
	*at += run.block_count;
	*ret_run = run;
	return true;
}
