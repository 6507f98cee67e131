/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's side of the flight recorder: how large the file must be, and where everything stands in it.  Each area gets
 * the same share of the room, because nobody knows beforehand which worker will be the busy one; only the listener, which
 * hears of all of them, has more.
 */
#include "harness/recorder/recorder.h"

#include <errno.h>
#include <string.h>

#include "harness/recorder/layout.h"

/* A cache line: two workers never write to the same one. */
#define ALIGN_BYTES    64

#define SIZE_BYTES_MIN (16ULL << 20)
#define SIZE_BYTES_MAX (1ULL << 30)

/*
 * A stock kernel under TCG makes 4,000 to 8,000 attaches a second, each about 10 records of its worker and 3 uevents, of
 * 128 bytes each: up to 13 MiB.  A run that needs more ends its workers early and says so.
 */
#define BYTES_PER_SECOND       (16ULL << 20)
#define BYTES_WITHOUT_DURATION (128ULL << 20)
#define BYTES_PER_WORKER       (64ULL << 10)

/* An attach and a detach are about ten records of their worker, and three uevents. */
#define LISTENER_SHARE 4

/* Records that an area must hold to be of any use. */
#define CAPACITY_COUNT_MIN 16

static uint64_t align_up(uint64_t bytes)
{
	return (bytes + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;
}

/* Everything before the first area, for arguments that cannot overflow. */
static uint64_t front_bytes(unsigned int area_count, uint64_t spec_bytes)
{
	return RECORDER_HEADER_BYTES + area_count * sizeof(struct recorder_area) + align_up(spec_bytes) +
	       RECORDER_NOTES_BYTES;
}

uint64_t recorder_size(unsigned int worker_count, uint64_t duration_ns, size_t spec_bytes)
{
	uint64_t seconds = duration_ns / 1000000000 + 1;
	uint64_t wanted_bytes = BYTES_WITHOUT_DURATION;
	uint64_t bytes = SIZE_BYTES_MIN;

	if (worker_count > RECORDER_AREA_COUNT_MAX || spec_bytes > SIZE_BYTES_MAX || seconds > SIZE_BYTES_MAX)
		return SIZE_BYTES_MAX;
	if (duration_ns)
		wanted_bytes = seconds * BYTES_PER_SECOND;
	wanted_bytes += front_bytes(worker_count, spec_bytes) + worker_count * BYTES_PER_WORKER;
	while (bytes < wanted_bytes && bytes < SIZE_BYTES_MAX)
		bytes *= 2;
	return bytes;
}

int recorder_format(void *memory, uint64_t file_bytes, unsigned int area_count, uint64_t seed, const char *spec,
		    size_t spec_bytes)
{
	struct recorder_header *header = memory;
	struct recorder_area *areas;
	uint64_t capacity_count, first_offset;

	if (area_count < 1 || area_count > RECORDER_AREA_COUNT_MAX)
		return -EINVAL;
	if (file_bytes < RECORDER_FILE_BYTES_MIN || spec_bytes > file_bytes)
		return -ENOSPC;
	first_offset = front_bytes(area_count, spec_bytes);
	if (first_offset > file_bytes)
		return -ENOSPC;
	capacity_count = (file_bytes - first_offset) / RECORDER_RECORD_BYTES / area_count;
	if (capacity_count < CAPACITY_COUNT_MIN)
		return -ENOSPC;

	header->version = RECORDER_VERSION;
	header->header_bytes = RECORDER_HEADER_BYTES;
	header->file_bytes = file_bytes;
	header->seed = seed;
	header->areas_offset = RECORDER_HEADER_BYTES;
	header->area_count = area_count;
	header->spec_offset = header->areas_offset + area_count * sizeof(struct recorder_area);
	header->spec_bytes = spec_bytes;
	header->notes_offset = header->spec_offset + align_up(spec_bytes);
	header->notes_capacity_bytes = RECORDER_NOTES_BYTES;
	header->clock_id = 1; /* CLOCK_MONOTONIC of Linux */
	if (spec_bytes)
		memcpy((char *)memory + header->spec_offset, spec, spec_bytes);
	areas = (struct recorder_area *)((char *)memory + header->areas_offset);
	for (unsigned int i = 0; i < area_count; i++) {
		areas[i].offset = first_offset + i * capacity_count * RECORDER_RECORD_BYTES;
		areas[i].capacity_count = capacity_count;
	}
	header->magic = RECORDER_MAGIC;
	return 0;
}

void recorder_format_listener(void *memory)
{
	const struct recorder_header *header = memory;
	struct recorder_area *areas = (struct recorder_area *)((char *)memory + header->areas_offset);
	unsigned int worker_count = header->area_count - 1;
	uint64_t room_count = areas[0].capacity_count * header->area_count;
	/* A few bytes of each worker's share may be left over. */
	uint64_t worker_capacity_count = (room_count - room_count / LISTENER_SHARE) / worker_count;
	uint64_t offset = areas[0].offset;

	if (worker_capacity_count > areas[0].capacity_count)
		worker_capacity_count = areas[0].capacity_count;
	for (unsigned int i = 0; i < worker_count; i++) {
		areas[i].offset = offset;
		areas[i].capacity_count = worker_capacity_count;
		offset += worker_capacity_count * RECORDER_RECORD_BYTES;
	}
	areas[worker_count].offset = offset;
	areas[worker_count].capacity_count = room_count - worker_capacity_count * worker_count;
	areas[worker_count].group = RECORDER_GROUP_LISTENER;
}
