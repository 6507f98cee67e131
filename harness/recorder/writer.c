/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker's pen: the hot path of the flight recorder, between two system calls of a race.
 *
 * It never waits, never takes a lock and never reads the shared file; a record costs two times eight stores, eight
 * multiplications and three fences.  The record at hand and its checksum live in the writer, which belongs to one thread.
 */
#include "harness/recorder/recorder.h"

#include <string.h>

#include "harness/recorder/layout.h"
#include "harness/recorder/store_fence.h"

/* All words but the first may change until the call returns: an open() knows its file only then. */
#define WORD_AT_RETURN_FIRST 1

/* The second half of a record costs as much as the first; most calls have none. */
static size_t word_count(const struct recorder_writer *writer)
{
	return writer->record.is_extended ? RECORDER_RECORD_WORD_COUNT : RECORDER_RECORD_SHORT_WORD_COUNT;
}

void recorder_writer_init(struct recorder *recorder, unsigned int worker, struct recorder_writer *ret_writer)
{
	struct recorder_area *area = &recorder->areas[worker];

	*ret_writer = (struct recorder_writer){
		.area = area,
		.slots = (struct recorder_record *)((char *)recorder->header + area->offset),
		.capacity_count = area->capacity_count,
		.checksum = RECORDER_CHECKSUM_START,
	};
}

void recorder_writer_fini(struct recorder_writer *writer)
{
	writer->area->checksum = writer->checksum;
	/* The trailer is written by another thread, after it has joined this one; its own fence does not drain ours. */
	store_fence();
}

struct recorder_record *recorder_begin(struct recorder_writer *writer, enum recorder_call call)
{
	/* The last slot stays free, so that slot `count` is always inside of the area. */
	if (writer->count + 1 >= writer->capacity_count) {
		atomic_store_explicit(&writer->area->is_full, 1, memory_order_relaxed);
		return NULL;
	}
	writer->record = (struct recorder_record){ .call = (uint16_t)call, .device_index = -1 };
	return &writer->record;
}

void recorder_started(struct recorder_writer *writer, uint64_t call_ns)
{
	recorder_slot_word *slot = (recorder_slot_word *)&writer->slots[writer->count];
	uint64_t words[RECORDER_RECORD_WORD_COUNT];

	atomic_store_explicit(&writer->record.call_ns, call_ns, memory_order_relaxed);
	memcpy(words, &writer->record, sizeof(words));
	for (size_t i = 1; i < word_count(writer); i++)
		atomic_store_explicit(&slot[i], words[i], memory_order_relaxed);
	store_fence();
	/* Release: pairs with the acquire in recorder_pending() and history_open(): the time tells that a call is there. */
	atomic_store_explicit(&slot[0], words[0], memory_order_release);
	/* The call that follows may be the kernel's last. */
	store_fence();
}

void recorder_end(struct recorder_writer *writer, int32_t result, uint64_t return_ns)
{
	recorder_slot_word *slot = (recorder_slot_word *)&writer->slots[writer->count];
	uint64_t words[RECORDER_RECORD_WORD_COUNT];

	writer->record.result = result;
	writer->record.return_ns = return_ns;
	memcpy(words, &writer->record, sizeof(words));
	for (size_t i = WORD_AT_RETURN_FIRST; i < word_count(writer); i++)
		atomic_store_explicit(&slot[i], words[i], memory_order_relaxed);
	for (size_t i = 0; i < word_count(writer); i++)
		writer->checksum = recorder_mix(writer->checksum, words[i]);
	writer->count++;
	store_fence();
	/* Release: pairs with the acquire in recorder_pending() and history_open(): below the count, records are whole. */
	atomic_store_explicit(&writer->area->count, writer->count, memory_order_release);
}

void recorder_count(struct recorder_writer *writer, unsigned int attach_count, unsigned int lost_count)
{
	writer->attach_count += attach_count;
	writer->lost_count += lost_count;
	/* Relaxed: numbers for a progress line, read alone. */
	atomic_store_explicit(&writer->area->attach_count, writer->attach_count, memory_order_relaxed);
	atomic_store_explicit(&writer->area->lost_count, writer->lost_count, memory_order_relaxed);
}
