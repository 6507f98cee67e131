/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Histories for tests: written through the recorder's own writer into memory, read back through its own reader, so that
 * a test says only which calls there were.
 */
#pragma once

#include "harness/recorder/history.h"

#define HISTORY_BUILDER_WORKER_COUNT_MAX 64

struct history_builder {
	void *memory;
	size_t memory_bytes;
	struct recorder recorder;
	struct recorder_writer writers[HISTORY_BUILDER_WORKER_COUNT_MAX + 1]; /* the last one: the listener's */
	unsigned int worker_count;
	struct history history;
};

/*
 * One call; what is left out is 0.  The record is extended when anything of its second half is not 0, or is_extended is
 * set.
 */
struct history_call {
	unsigned int worker;
	enum recorder_call call;
	int index;
	uint32_t file;
	uint64_t call_ns;
	uint64_t return_ns; /* 0: it never returns; then it must be the worker's last */
	int32_t result;
	uint64_t dev;
	uint64_t inode;
	uint64_t detail;
	uint16_t try_number;
	uint32_t round;
	uint16_t line; /* of the scenario */
	uint8_t partition;
	bool is_extended;
	bool is_injected;
	/* The second half, as in struct recorder_record. */
	uint64_t offset;
	uint64_t length;
	uint64_t value;
	union {
		struct {
			uint64_t diskseq;
			uint64_t capacity_bytes;
			uint32_t block_size;
			uint32_t open_flags;
			uint32_t call_flags;
			uint32_t reserved0;
			uint32_t encrypt_type;
			uint32_t key_size;
		};
		struct {
			uint64_t sector;
			uint64_t generation;
			uint64_t run_offset;
			uint32_t run_block_count;
			uint32_t owner;
			uint32_t content;
		};
		uint64_t words[5];
	};
};

/**
 * history_builder_init() - an empty history
 * @builder:	end it with history_builder_fini()
 * @worker_count: 1 to HISTORY_BUILDER_WORKER_COUNT_MAX
 */
void history_builder_init(struct history_builder *builder, unsigned int worker_count);

/**
 * history_builder_init_with_listener() - an empty history of a run whose uevents are recorded
 * @builder:	end it with history_builder_fini()
 * @worker_count: 1 to HISTORY_BUILDER_WORKER_COUNT_MAX; the listener's number is @worker_count
 */
void history_builder_init_with_listener(struct history_builder *builder, unsigned int worker_count);

/**
 * history_builder_add() - append a call
 * @builder:	a history
 * @call:	appended to its worker's area
 */
void history_builder_add(struct history_builder *builder, struct history_call call);

/**
 * history_builder_finish() - end the run as a sound guest does: trailer, phase done
 * @builder:	a history
 */
void history_builder_finish(struct history_builder *builder);

/**
 * history_builder_read() - the history so far
 * @builder:	a history
 *
 * Return: owned by the builder; holds until the next call of this function.
 */
const struct history *history_builder_read(struct history_builder *builder);

/**
 * history_builder_fini() - end a builder
 * @builder:	all zero afterwards
 */
void history_builder_fini(struct history_builder *builder);
