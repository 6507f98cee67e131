/* SPDX-License-Identifier: Apache-2.0 */
/* The checks that writer and reader share; see layout.h.  Pure. */
#include "harness/recorder/layout.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>

static bool is_inside(uint64_t offset, uint64_t bytes, uint64_t file_bytes)
{
	return offset <= file_bytes && bytes <= file_bytes - offset;
}

static const char *layout_problem(const struct recorder_layout *layout, uint64_t memory_bytes)
{
	if (layout->file_bytes > memory_bytes)
		return "truncated: its header tells of more bytes than there are";
	if (layout->file_bytes < RECORDER_HEADER_BYTES)
		return "its header tells of fewer bytes than the header has";
	if (layout->area_count < 1 || layout->area_count > RECORDER_AREA_COUNT_MAX)
		return "its number of areas is absurd";
	if (!is_inside(layout->spec_offset, layout->spec_bytes, layout->file_bytes))
		return "its specification points outside";
	if (!is_inside(layout->notes_offset, layout->notes_capacity_bytes, layout->file_bytes))
		return "its notes point outside";
	if (layout->areas_offset % alignof(struct recorder_area) || layout->areas_offset < RECORDER_HEADER_BYTES ||
	    !is_inside(layout->areas_offset, layout->area_count * sizeof(struct recorder_area), layout->file_bytes))
		return "its table of areas points outside";
	return NULL;
}

int recorder_layout_read(const void *memory, uint64_t memory_bytes, struct recorder_layout *ret_layout,
			 const char **ret_problem)
{
	const struct recorder_header *header = memory;
	struct recorder_layout layout;
	const char *problem = NULL;

	if ((uintptr_t)memory % alignof(struct recorder_header))
		problem = "not aligned to 8 bytes in memory";
	else if (memory_bytes < RECORDER_HEADER_BYTES)
		problem = "too short for a header";
	else if (header->magic != RECORDER_MAGIC)
		problem = "no flight recorder: it does not begin with LOOPRACE";
	else if (header->version == 1)
		problem = "a flight recorder of version 1, whose records have 64 bytes; this program reads version 2";
	else if (header->version != RECORDER_VERSION || header->header_bytes != RECORDER_HEADER_BYTES)
		problem = "a flight recorder of another version than 2";
	if (problem) {
		*ret_problem = problem;
		return -EPROTO;
	}
	layout = (struct recorder_layout){
		.file_bytes = header->file_bytes,
		.spec_offset = header->spec_offset,
		.spec_bytes = header->spec_bytes,
		.notes_offset = header->notes_offset,
		.notes_capacity_bytes = header->notes_capacity_bytes,
		.areas_offset = header->areas_offset,
		.area_count = header->area_count,
	};
	problem = layout_problem(&layout, memory_bytes);
	if (problem) {
		*ret_problem = problem;
		return -EPROTO;
	}
	*ret_layout = layout;
	return 0;
}

bool recorder_layout_has_area(const struct recorder_layout *layout, uint64_t offset, uint64_t capacity_count)
{
	if (offset % alignof(struct recorder_record) || offset < RECORDER_HEADER_BYTES || offset > layout->file_bytes)
		return false;
	return capacity_count <= (layout->file_bytes - offset) / RECORDER_RECORD_BYTES;
}

uint64_t recorder_trailer_checksum(const struct recorder_area *areas, unsigned int area_count)
{
	uint64_t checksum = RECORDER_CHECKSUM_START;

	for (unsigned int i = 0; i < area_count; i++) {
		checksum = recorder_mix(checksum, atomic_load_explicit(&areas[i].count, memory_order_relaxed));
		checksum = recorder_mix(checksum, areas[i].checksum);
	}
	return checksum;
}

uint64_t recorder_file_checksum(const void *memory, size_t file_bytes)
{
	const size_t own_at = offsetof(struct recorder_header, file_checksum);
	uint64_t checksum = RECORDER_CHECKSUM_START;
	uint64_t word;

	for (size_t at = 0; at + sizeof(word) <= file_bytes; at += sizeof(word)) {
		memcpy(&word, (const char *)memory + at, sizeof(word));
		checksum = recorder_mix(checksum, at == own_at ? 0 : word);
	}
	return checksum ? checksum : 1;
}
