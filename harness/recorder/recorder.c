/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's side of the flight recorder, for its supervisor: notes, phases and the trailer.  The workers' side, which
 * is in the hot path, is writer.c.
 */
#include "harness/recorder/recorder.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "harness/recorder/layout.h"
#include "harness/recorder/store_fence.h"

#define NOTE_BYTES_MAX 1024

int recorder_open(void *memory, uint64_t memory_bytes, struct recorder *ret_recorder)
{
	struct recorder_layout layout;
	struct recorder_area *areas;
	const char *problem;
	int r;

	r = recorder_layout_read(memory, memory_bytes, &layout, &problem);
	if (r < 0)
		return r;
	areas = (struct recorder_area *)((char *)memory + layout.areas_offset);
	for (unsigned int i = 0; i < layout.area_count; i++)
		if (!recorder_layout_has_area(&layout, areas[i].offset, areas[i].capacity_count))
			return -EPROTO;
	*ret_recorder = (struct recorder){ .header = memory, .areas = areas };
	return 0;
}

void recorder_note(struct recorder *recorder, const char *format, ...)
{
	struct recorder_header *header = recorder->header;
	uint64_t used_bytes = atomic_load_explicit(&header->notes_bytes, memory_order_relaxed);
	char line[NOTE_BYTES_MAX];
	va_list arguments;
	size_t line_bytes;
	int r;

	va_start(arguments, format);
	r = vsnprintf(line, sizeof(line) - 1, format, arguments);
	va_end(arguments);
	if (r < 0)
		return;
	line_bytes = strlen(line);
	/* A note is one line, whatever text it quotes. */
	for (size_t i = 0; i < line_bytes; i++)
		if (line[i] == '\n' || line[i] == '\r')
			line[i] = ' ';
	line[line_bytes++] = '\n';
	if (used_bytes > header->notes_capacity_bytes || line_bytes > header->notes_capacity_bytes - used_bytes)
		return;
	memcpy((char *)header + header->notes_offset + used_bytes, line, line_bytes);
	store_fence();
	/* Release: pairs with the acquire in history_open(), so that who sees the length sees the text. */
	atomic_store_explicit(&header->notes_bytes, used_bytes + line_bytes, memory_order_release);
	store_fence();
}

void recorder_set_phase(struct recorder *recorder, enum recorder_phase phase)
{
	if (atomic_load_explicit(&recorder->header->phase, memory_order_relaxed) >= (uint32_t)phase)
		return;
	store_fence();
	/* Release: pairs with the acquire in history_open() and in the runner. */
	atomic_store_explicit(&recorder->header->phase, phase, memory_order_release);
	store_fence();
}

void recorder_finish(struct recorder *recorder)
{
	struct recorder_header *header = recorder->header;

	header->trailer_checksum = recorder_trailer_checksum(recorder->areas, header->area_count);
	store_fence();
	/* Release: pairs with the acquire in history_open(), so that the checksum is there with the trailer. */
	atomic_store_explicit(&header->trailer_magic, RECORDER_TRAILER_MAGIC, memory_order_release);
	recorder_set_phase(recorder, RECORDER_PHASE_done);
}

bool recorder_pending(const struct recorder *recorder, unsigned int worker, struct recorder_record *ret_record)
{
	const struct recorder_area *area = &recorder->areas[worker];
	const recorder_slot_word *slot;
	uint64_t words[RECORDER_RECORD_WORD_COUNT];
	uint64_t count;

	/* Acquire: pairs with the release in recorder_end(). */
	count = atomic_load_explicit(&area->count, memory_order_acquire);
	if (count >= area->capacity_count)
		return false;
	slot = (const recorder_slot_word *)((const char *)recorder->header + area->offset +
					    count * RECORDER_RECORD_BYTES);
	/* Acquire: pairs with the release in recorder_started(), so that the other words are there. */
	words[0] = atomic_load_explicit(&slot[0], memory_order_acquire);
	if (!words[0])
		return false;
	for (size_t i = 1; i < RECORDER_RECORD_WORD_COUNT; i++)
		words[i] = atomic_load_explicit(&slot[i], memory_order_relaxed);
	memcpy(ret_record, words, sizeof(*ret_record));
	ret_record->return_ns = 0;
	ret_record->result = 0;
	return true;
}
