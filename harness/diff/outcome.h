/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a call gave, in words that two kernels can be compared by.
 *
 * Times, descriptors, inodes and the numbers of a sequence are left out, since they differ between any two runs: a file
 * is told by its name, a diskseq by how far it has come since the last one that was told.  What a call does not tell has
 * an empty word.
 */
#pragma once

#include "harness/judge/backings.h"
#include "harness/recorder/history.h"

#define OUTCOME_FIELDS(X)                                                                                              \
	X(result, "returns")                                                                                            \
	X(flags, "flags")                                                                                               \
	X(offset, "offset")                                                                                             \
	X(limit, "size limit")                                                                                          \
	X(encryption, "encryption")                                                                                     \
	X(file, "file")                                                                                                 \
	X(size, "size")                                                                                                 \
	X(block_size, "block size")                                                                                     \
	X(read_only, "read-only")                                                                                       \
	X(diskseq, "diskseq")                                                                                           \
	X(partitions, "partitions")                                                                                     \
	X(content, "content")

enum outcome_field {
#define X(name, text) OUTCOME_##name,
	OUTCOME_FIELDS(X)
#undef X
		OUTCOME_FIELD_COUNT,
};

/**
 * outcome_field_text() - a field in words
 * @field:	below OUTCOME_FIELD_COUNT
 *
 * Return: a static string.
 */
const char *outcome_field_text(enum outcome_field field);

#define OUTCOME_WORD_BYTES 96

struct outcome {
	char words[OUTCOME_FIELD_COUNT][OUTCOME_WORD_BYTES];
};

/* The last diskseq that was told of each device. */
#define OUTCOME_DEVICE_COUNT 64

struct outcome_memory {
	uint64_t diskseqs[OUTCOME_DEVICE_COUNT];
};

/**
 * outcome_tell() - put a call into words
 * @record:	the call; a `read` or `load` with the records `blocks` behind it
 * @block_count: how many records `blocks` follow it
 * @backings:	of its history
 * @memory:	all zero at first; told of all calls in their order
 * @ret_outcome: always written
 */
void outcome_tell(const struct recorder_record *record, uint64_t block_count, const struct backings *backings,
		  struct outcome_memory *memory, struct outcome *ret_outcome);
