/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of the flight recorder.  It believes nothing: every offset and count is checked against the size of what
 * it was given, because the file may come from a guest that crashed in mid-write, or from a stranger.
 * Pure: no system calls; the caller maps or reads the file.
 */
#pragma once

#include "harness/recorder/recorder.h"

/**
 * recorder_call_ns() - when a call was made
 * @record:	published, or a copy
 *
 * Relaxed: the acquire of history_open() stands before it, and nobody writes the record any more.
 *
 * Return: the time; 0 in an unused slot.
 */
static inline uint64_t recorder_call_ns(const struct recorder_record *record)
{
	return atomic_load_explicit(&record->call_ns, memory_order_relaxed);
}

/**
 * recorder_call_is_span() - does a record cover other records of its worker
 * @call:	enum recorder_call
 *
 * Return: true for an attach and a detach, whose calls are recorded themselves.
 */
static inline bool recorder_call_is_span(unsigned int call)
{
	return call == RECORDER_CALL_attach || call == RECORDER_CALL_detach;
}

/**
 * recorder_call_is_query() - does a call do no more than ask what there is, or wait
 * @call:	enum recorder_call
 *
 * Return: true where no device is another one afterwards, and no descriptor is there that was not there before.
 */
static inline bool recorder_call_is_query(unsigned int call)
{
	switch (call) {
	case RECORDER_CALL_get_status:
	case RECORDER_CALL_get_status_old:
	case RECORDER_CALL_size:
	case RECORDER_CALL_block_size:
	case RECORDER_CALL_diskseq:
	case RECORDER_CALL_read_only:
	case RECORDER_CALL_sysfs:
	case RECORDER_CALL_partitions:
	case RECORDER_CALL_pause:
		return true;
	default:
		return false;
	}
}

struct history_worker {
	unsigned int group;
	uint64_t record_count; /* published, and clamped to what fits */
	const struct recorder_record *records;
	/*
	 * The call that this worker was in when the picture was taken, or NULL.  A copy, with return_ns and result 0: what
	 * stands there in the file may be half of a return.  Owned by the history.
	 */
	const struct recorder_record *pending;
	uint64_t attach_count;
	uint64_t lost_count;
	bool is_full;
};

struct history {
	const struct recorder_header *header;
	const struct recorder_area *areas;
	size_t file_bytes;	 /* of the recorder; there may be more memory */
	unsigned int area_count; /* workers, and the listener where there is one */
	unsigned int worker_count;
	struct history_worker *workers; /* owned by the history */
	/* The uevent listener, which is no worker: its records are uevents, each at the time of its receipt.  NULL: none. */
	const struct history_worker *listener;
	const char *spec;
	size_t spec_bytes;
	const char *notes; /* not NUL-terminated */
	size_t notes_bytes;
	enum recorder_phase phase;
	bool has_trailer;
	bool is_complete; /* the trailer is there and its checksum fits */
};

struct history_error {
	char text[256];
};

/**
 * history_open() - read a recorder
 * @memory:	the file's content, 8-byte aligned; may still be written to by a guest
 * @memory_bytes: its size
 * @ret_history: borrows @memory; end it with history_close(); written only on success
 * @ret_error:	one line; written only on failure
 *
 * Return: 0, -EPROTO (no recorder, other version, points outside), or -ENOMEM.
 */
int history_open(const void *memory, size_t memory_bytes, struct history *ret_history, struct history_error *ret_error);

/**
 * history_close() - end a history
 * @history:	all zero afterwards; closing twice is allowed
 */
void history_close(struct history *history);

/**
 * history_checksum_fits() - does every area match its checksum, and a stored file its own
 * @history:	an open history
 *
 * Return: true when the trailer is there, the records still are what the guest's workers wrote, and the rest of a stored
 * file what history_compact() wrote.
 */
bool history_checksum_fits(const struct history *history);

/**
 * history_is_damaged() - is it provably not what was written
 * @history:	an open history
 *
 * A guest that died in mid-write leaves no trailer, which is no damage.
 *
 * Return: true when a stored file does not fit its checksum, or a trailer is there that does not fit the records.
 */
bool history_is_damaged(const struct history *history);

/**
 * history_compact() - the same history without the unused room
 * @history:	an open history
 * @ret_memory:	malloc'ed copy whose areas stand close together, with a checksum over all of it, which fits when
 *		@history's fits; the caller frees it; written only on success
 * @ret_bytes:	its size
 *
 * Return: 0 or -ENOMEM.
 */
int history_compact(const struct history *history, void **ret_memory, size_t *ret_bytes);
