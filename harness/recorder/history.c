/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of the flight recorder; see history.h.  What it hands out was checked once, and what may still change in
 * the memory was copied first: counts, and the call that each worker is in.  Published records are left where they are.
 */
#include "harness/recorder/history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/recorder/layout.h"
#include "harness/recorder/store_fence.h"

/* Behind the workers and the listener, in the same allocation, stand the copies of their pending records. */
static struct recorder_record *pending_copies(struct history_worker *workers, unsigned int area_count)
{
	return (struct recorder_record *)(workers + area_count);
}

static bool read_pending(const struct recorder_record *slot, struct recorder_record *ret_record)
{
	const recorder_slot_word *slot_words = (const recorder_slot_word *)slot;
	uint64_t words[RECORDER_RECORD_WORD_COUNT];

	/* Acquire: pairs with the release in recorder_started(), so that the other words are there. */
	words[0] = atomic_load_explicit(&slot_words[0], memory_order_acquire);
	if (!words[0])
		return false;
	for (size_t i = 1; i < RECORDER_RECORD_WORD_COUNT; i++)
		words[i] = atomic_load_explicit(&slot_words[i], memory_order_relaxed);
	memcpy(ret_record, words, sizeof(*ret_record));
	/* It may have returned, but nobody was told: what it returned is not known for sure. */
	ret_record->return_ns = 0;
	ret_record->result = 0;
	return true;
}

static void read_worker(const struct recorder_area *area, const struct recorder_record *records,
			uint64_t capacity_count, struct history_worker *worker, struct recorder_record *pending)
{
	/* Acquire: pairs with the release in recorder_end(), so that the records below the count are whole. */
	uint64_t count = atomic_load_explicit(&area->count, memory_order_acquire);

	*worker = (struct history_worker){
		.group = area->group,
		.record_count = count < capacity_count ? count : capacity_count,
		.records = records,
		.attach_count = atomic_load_explicit(&area->attach_count, memory_order_relaxed),
		.lost_count = atomic_load_explicit(&area->lost_count, memory_order_relaxed),
		.is_full = atomic_load_explicit(&area->is_full, memory_order_relaxed) != 0,
	};
	if (count < capacity_count && read_pending(&records[count], pending))
		worker->pending = pending;
}

static int read_workers(const void *memory, const struct recorder_layout *layout, struct history_worker *workers,
			struct history_error *ret_error)
{
	const struct recorder_area *areas = (const struct recorder_area *)((const char *)memory + layout->areas_offset);
	struct recorder_record *pendings = pending_copies(workers, layout->area_count);
	uint64_t room_count = layout->file_bytes / RECORDER_RECORD_BYTES;

	for (unsigned int i = 0; i < layout->area_count; i++) {
		uint64_t offset = areas[i].offset;
		uint64_t capacity_count = areas[i].capacity_count;

		if (!recorder_layout_has_area(layout, offset, capacity_count)) {
			snprintf(ret_error->text, sizeof(ret_error->text), "the area of worker %u points outside", i);
			return -EPROTO;
		}
		/* Areas that share their room would make a small file need much memory in whoever copies them. */
		if (capacity_count > room_count) {
			snprintf(ret_error->text, sizeof(ret_error->text), "its areas overlap");
			return -EPROTO;
		}
		room_count -= capacity_count;
		read_worker(&areas[i], (const struct recorder_record *)((const char *)memory + offset), capacity_count,
			    &workers[i], &pendings[i]);
	}
	return 0;
}

/* The trailer is written last, so counts and checksums do not change any more once it is there. */
static bool trailer_fits(const struct recorder_header *header, const struct recorder_area *areas,
			 unsigned int area_count)
{
	/* A worker cannot have published more than there was room for: such records are lost, or never were. */
	for (unsigned int i = 0; i < area_count; i++)
		if (atomic_load_explicit(&areas[i].count, memory_order_relaxed) > areas[i].capacity_count)
			return false;
	return header->trailer_checksum == recorder_trailer_checksum(areas, area_count);
}

int history_open(const void *memory, size_t memory_bytes, struct history *ret_history, struct history_error *ret_error)
{
	const struct recorder_header *header = memory;
	const struct recorder_area *areas;
	struct recorder_layout layout;
	struct history_worker *workers;
	uint64_t notes_bytes;
	const char *problem;
	uint32_t phase;
	bool has_trailer, has_listener;
	int r;

	r = recorder_layout_read(memory, memory_bytes, &layout, &problem);
	if (r < 0) {
		snprintf(ret_error->text, sizeof(ret_error->text), "%s", problem);
		return r;
	}
	/* Acquire: pairs with the release in recorder_set_phase(). */
	phase = atomic_load_explicit(&header->phase, memory_order_acquire);
	if (phase >= RECORDER_PHASE_COUNT) {
		snprintf(ret_error->text, sizeof(ret_error->text), "its phase is %u, the last one is %u", phase,
			 RECORDER_PHASE_COUNT - 1);
		return -EPROTO;
	}
	areas = (const struct recorder_area *)((const char *)memory + layout.areas_offset);
	/* Acquire: pairs with the release in recorder_finish(). */
	has_trailer = atomic_load_explicit(&header->trailer_magic, memory_order_acquire) == RECORDER_TRAILER_MAGIC;
	workers = calloc(layout.area_count, sizeof(*workers) + sizeof(struct recorder_record));
	if (!workers) {
		snprintf(ret_error->text, sizeof(ret_error->text), "out of memory");
		return -ENOMEM;
	}
	r = read_workers(memory, &layout, workers, ret_error);
	has_listener = r == 0 && workers[layout.area_count - 1].group == RECORDER_GROUP_LISTENER;
	if (has_listener && layout.area_count == 1) {
		snprintf(ret_error->text, sizeof(ret_error->text), "it has no worker");
		r = -EPROTO;
	}
	if (r < 0) {
		free(workers);
		return r;
	}
	/* Acquire: pairs with the release in recorder_note(), so that the text is there. */
	notes_bytes = atomic_load_explicit(&header->notes_bytes, memory_order_acquire);
	*ret_history = (struct history){
		.header = header,
		.areas = areas,
		.file_bytes = layout.file_bytes,
		.area_count = layout.area_count,
		.worker_count = layout.area_count - has_listener,
		.workers = workers,
		.listener = has_listener ? &workers[layout.area_count - 1] : NULL,
		.spec = (const char *)memory + layout.spec_offset,
		.spec_bytes = layout.spec_bytes,
		.notes = (const char *)memory + layout.notes_offset,
		.notes_bytes = notes_bytes < layout.notes_capacity_bytes ? notes_bytes : layout.notes_capacity_bytes,
		.phase = phase,
		.has_trailer = has_trailer,
		.is_complete = has_trailer && trailer_fits(header, areas, layout.area_count),
	};
	return 0;
}

void history_close(struct history *history)
{
	free(history->workers);
	*history = (struct history){ 0 };
}

static uint64_t records_checksum(const struct recorder_record *records, uint64_t record_count)
{
	uint64_t checksum = RECORDER_CHECKSUM_START;
	uint64_t words[RECORDER_RECORD_WORD_COUNT];

	for (uint64_t i = 0; i < record_count; i++) {
		memcpy(words, &records[i], sizeof(words));
		for (size_t j = 0;
		     j < (records[i].is_extended ? RECORDER_RECORD_WORD_COUNT : RECORDER_RECORD_SHORT_WORD_COUNT); j++)
			checksum = recorder_mix(checksum, words[j]);
	}
	return checksum;
}

/* The areas' checksums are the guest's and do not cover what stands around the records; this one is the host's. */
static bool file_checksum_fits(const struct history *history)
{
	uint64_t checksum = history->header->file_checksum;

	return checksum == 0 || (history->file_bytes % sizeof(checksum) == 0 &&
				 checksum == recorder_file_checksum(history->header, history->file_bytes));
}

bool history_checksum_fits(const struct history *history)
{
	if (!history->is_complete || !file_checksum_fits(history))
		return false;
	for (unsigned int i = 0; i < history->area_count; i++)
		if (history->areas[i].checksum !=
		    records_checksum(history->workers[i].records, history->workers[i].record_count))
			return false;
	return true;
}

bool history_is_damaged(const struct history *history)
{
	return !file_checksum_fits(history) || (history->has_trailer && !history_checksum_fits(history));
}

static size_t align_up(size_t bytes)
{
	return (bytes + 63) / 64 * 64;
}

/* Header, specification and notes; returns where the first area begins. */
static uint64_t compact_front(const struct history *history, char *memory, size_t bytes)
{
	struct recorder_header *header = (struct recorder_header *)memory;

	memcpy(memory, history->header, sizeof(*header));
	header->file_bytes = bytes;
	header->areas_offset = RECORDER_HEADER_BYTES;
	header->area_count = history->area_count;
	header->spec_offset = header->areas_offset + history->area_count * sizeof(struct recorder_area);
	header->spec_bytes = history->spec_bytes;
	header->notes_offset = header->spec_offset + align_up(history->spec_bytes);
	header->notes_capacity_bytes = history->notes_bytes;
	atomic_store_explicit(&header->notes_bytes, history->notes_bytes, memory_order_relaxed);
	atomic_store_explicit(&header->phase, (uint32_t)history->phase, memory_order_relaxed);
	/* A trailer that did not fit, or was not there yet when the history was opened, must not fit by chance now. */
	if (!history->is_complete)
		atomic_store_explicit(&header->trailer_magic, 0, memory_order_relaxed);
	if (history->spec_bytes)
		memcpy(memory + header->spec_offset, history->spec, history->spec_bytes);
	if (history->notes_bytes)
		memcpy(memory + header->notes_offset, history->notes, history->notes_bytes);
	return header->notes_offset + align_up(history->notes_bytes);
}

static void compact_area(const struct history_worker *worker, const struct recorder_area *old_area, char *memory,
			 uint64_t offset, struct recorder_area *ret_area)
{
	size_t record_bytes = worker->record_count * RECORDER_RECORD_BYTES;

	*ret_area = (struct recorder_area){
		.offset = offset,
		.capacity_count = worker->record_count + 1,
		.count = worker->record_count,
		.attach_count = worker->attach_count,
		.lost_count = worker->lost_count,
		.checksum = old_area->checksum,
		.is_full = worker->is_full,
		.group = worker->group,
	};
	if (record_bytes)
		memcpy(memory + offset, worker->records, record_bytes);
	if (worker->pending)
		memcpy(memory + offset + record_bytes, worker->pending, sizeof(*worker->pending));
}

/* The copy of a damaged file must not look sound. */
static void seal_file(const struct history *history, char *memory, size_t bytes)
{
	uint64_t checksum = recorder_file_checksum(memory, bytes);

	((struct recorder_header *)memory)->file_checksum = history_is_damaged(history) ? ~checksum : checksum;
}

int history_compact(const struct history *history, void **ret_memory, size_t *ret_bytes)
{
	size_t bytes = RECORDER_HEADER_BYTES + history->area_count * sizeof(struct recorder_area) +
		       align_up(history->spec_bytes) + align_up(history->notes_bytes);
	struct recorder_area *areas;
	uint64_t offset;
	char *memory;

	/* One slot more for each area: the call that its worker is in. */
	for (unsigned int i = 0; i < history->area_count; i++)
		bytes += (history->workers[i].record_count + 1) * RECORDER_RECORD_BYTES;
	memory = calloc(1, bytes);
	if (!memory)
		return -ENOMEM;
	offset = compact_front(history, memory, bytes);
	areas = (struct recorder_area *)(memory + RECORDER_HEADER_BYTES);
	for (unsigned int i = 0; i < history->area_count; i++) {
		compact_area(&history->workers[i], &history->areas[i], memory, offset, &areas[i]);
		offset += areas[i].capacity_count * RECORDER_RECORD_BYTES;
	}
	seal_file(history, memory, bytes);
	*ret_memory = memory;
	*ret_bytes = bytes;
	return 0;
}
