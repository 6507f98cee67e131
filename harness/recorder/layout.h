/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the writer and the reader of the flight recorder must agree on beyond the structures of recorder.h: which headers
 * are sound, and how records are summed up.  Private to this folder.
 */
#pragma once

#include "harness/recorder/recorder.h"

#define RECORDER_RECORD_WORD_COUNT	 (RECORDER_RECORD_BYTES / sizeof(uint64_t))
#define RECORDER_RECORD_SHORT_WORD_COUNT (RECORDER_RECORD_SHORT_BYTES / sizeof(uint64_t))

/* Where an empty area's checksum starts; not 0, so that a zeroed table never fits. */
#define RECORDER_CHECKSUM_START 0x6c6f6f7072616365ULL

/* The header's offsets, read once: the other side may change the memory between a check and a use. */
struct recorder_layout {
	uint64_t file_bytes;
	uint64_t spec_offset;
	uint64_t spec_bytes;
	uint64_t notes_offset;
	uint64_t notes_capacity_bytes;
	uint64_t areas_offset;
	uint32_t area_count;
};

/**
 * recorder_layout_read() - read and check the header
 * @memory:	8-byte aligned
 * @memory_bytes: its size
 * @ret_layout:	everything in it lies inside of @memory; written only on success
 * @ret_problem: static text, what is wrong; written only on failure
 *
 * Return: 0 or -EPROTO.
 */
int recorder_layout_read(const void *memory, uint64_t memory_bytes, struct recorder_layout *ret_layout,
			 const char **ret_problem);

/**
 * recorder_layout_has_area() - does an area lie inside of the file
 * @layout:	a checked header
 * @offset:	of its first record
 * @capacity_count: of its records
 *
 * Return: true when it is aligned, behind the header, and ends before the file does.
 */
bool recorder_layout_has_area(const struct recorder_layout *layout, uint64_t offset, uint64_t capacity_count);

/**
 * recorder_trailer_checksum() - what the trailer says
 * @areas:	table
 * @area_count:	its rows
 *
 * Return: a sum over the areas' counts and checksums.
 */
uint64_t recorder_trailer_checksum(const struct recorder_area *areas, unsigned int area_count);

/**
 * recorder_file_checksum() - over a whole stored file
 * @memory:	8-byte aligned, begins with a header
 * @file_bytes:	its size, a multiple of 8
 *
 * Return: a sum over all of it but the header's file_checksum; never 0.
 */
uint64_t recorder_file_checksum(const void *memory, size_t file_bytes);

/**
 * recorder_mix() - add a word to a checksum
 * @checksum:	so far
 * @word:	next
 *
 * A multiply and a shift: cheap enough for each record, and any changed bit changes about half of the sum.  It finds
 * damage, it does not keep out a forger.
 *
 * Return: the new sum.
 */
static inline uint64_t recorder_mix(uint64_t checksum, uint64_t word)
{
	checksum = (checksum ^ word) * 0x9e3779b97f4a7c15ULL;
	return checksum ^ checksum >> 29;
}
