/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flight recorder: what a writer writes a reader reads, at any moment, after any end; and whatever a reader is given,
 * it never reads outside of it.
 */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/looprace.h"
#include "harness/recorder/ending.h"
#include "harness/recorder/layout.h"
#include "tests/history_builder.h"

static struct history_builder builder;

static void setup(void)
{
	history_builder_init(&builder, 2);
}

static void teardown(void)
{
	history_builder_fini(&builder);
}

static void add_bind(unsigned int worker, uint64_t call_ns)
{
	history_builder_add(&builder, (struct history_call){
					      .worker = worker,
					      .call = RECORDER_CALL_set_fd,
					      .index = 3,
					      .file = 7,
					      .call_ns = call_ns,
					      .return_ns = call_ns + 10,
					      .result = -EBUSY,
					      .dev = 25,
					      .inode = 17,
					      .detail = 4,
					      .try_number = 2,
					      .round = 5,
				      });
}

static void add_read(unsigned int worker, uint64_t call_ns)
{
	history_builder_add(&builder, (struct history_call){
					      .worker = worker,
					      .call = RECORDER_CALL_read,
					      .index = 3,
					      .file = 7,
					      .call_ns = call_ns,
					      .return_ns = call_ns + 10,
					      .result = 4096,
					      .line = 23,
					      .partition = 1,
					      .offset = 8192,
					      .length = 4096,
					      .sector = 16,
					      .generation = 12,
					      .run_offset = 8192,
					      .run_block_count = 8,
					      .owner = 3,
					      .content = RECORDER_CONTENT_tags,
				      });
}

/* --- the file --- */

START_TEST(size_is_a_power_of_two_within_its_bounds)
{
	static const struct {
		unsigned int worker_count;
		uint64_t duration_ns;
		size_t spec_bytes;
		uint64_t want_mib;
	} cases[] = {
		{ 1, 1, 0, 32 },
		{ 16, 1000000000, 500, 64 },
		{ 16, 5000000000, 500, 128 },
		{ 64, 60000000000, 500, 1024 },
		{ 16, 0, 500, 256 },
		{ 1024, UINT64_MAX, 500, 1024 },
		{ 1, 1, SIZE_MAX, 1024 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(recorder_size(cases[i].worker_count, cases[i].duration_ns, cases[i].spec_bytes) ==
				      cases[i].want_mib << 20,
			      "case %zu", i);
}
END_TEST

START_TEST(format_refuses_absurd_numbers)
{
	char *memory = calloc(1, RECORDER_FILE_BYTES_MIN);

	ck_assert_int_eq(recorder_format(memory, RECORDER_FILE_BYTES_MIN, 0, 1, "", 0), -EINVAL);
	ck_assert_int_eq(recorder_format(memory, RECORDER_FILE_BYTES_MIN, 1026, 1, "", 0), -EINVAL);
	ck_assert_int_eq(recorder_format(memory, RECORDER_FILE_BYTES_MIN - 1, 1, 1, "", 0), -ENOSPC);
	ck_assert_int_eq(recorder_format(memory, RECORDER_FILE_BYTES_MIN, 1024, 1, "", 0), -ENOSPC);
	ck_assert_int_eq(recorder_format(memory, RECORDER_FILE_BYTES_MIN, 1, 1, "", SIZE_MAX), -ENOSPC);
	ck_assert_int_eq(recorder_format(memory, RECORDER_FILE_BYTES_MIN, 1, 1, "", RECORDER_FILE_BYTES_MIN), -ENOSPC);
	/* A file that was refused is still none. */
	ck_assert_uint_eq(((struct recorder_header *)memory)->magic, 0);
	ck_assert_int_eq(recorder_format(memory, RECORDER_FILE_BYTES_MIN, 100, 1, "", 0), 0);
	ck_assert_mem_eq(memory, "LOOPRACE", 8);
	free(memory);
}
END_TEST

START_TEST(open_refuses_what_is_no_recorder)
{
	struct recorder recorder;

	ck_assert_int_eq(recorder_open(builder.memory, RECORDER_HEADER_BYTES - 1, &recorder), -EPROTO);
	ck_assert_int_eq(recorder_open(builder.memory, builder.memory_bytes - 1, &recorder), -EPROTO);
	builder.recorder.areas[1].capacity_count += 2;
	ck_assert_int_eq(recorder_open(builder.memory, builder.memory_bytes, &recorder), -EPROTO);
	builder.recorder.areas[1].capacity_count -= 2;
	ck_assert_int_eq(recorder_open(builder.memory, builder.memory_bytes, &recorder), 0);
	builder.recorder.header->version++;
	ck_assert_int_eq(recorder_open(builder.memory, builder.memory_bytes, &recorder), -EPROTO);
}
END_TEST

/* --- records --- */

START_TEST(reader_sees_what_the_writer_wrote)
{
	const struct recorder_record *record;
	const struct history *history;

	add_bind(1, 100);
	add_bind(1, 200);
	recorder_count(&builder.writers[1], 1, 3);
	recorder_count(&builder.writers[1], 0, 4);
	history = history_builder_read(&builder);
	ck_assert_uint_eq(history->worker_count, 2);
	ck_assert_uint_eq(history->workers[0].record_count, 0);
	ck_assert_uint_eq(history->workers[1].record_count, 2);
	ck_assert_uint_eq(history->workers[1].attach_count, 1);
	ck_assert_uint_eq(history->workers[1].lost_count, 7);
	ck_assert(!history->workers[1].is_full);
	ck_assert_ptr_null(history->workers[1].pending);
	ck_assert_mem_eq(history->spec, "[scenario]", 10);
	ck_assert_int_eq(history->phase, RECORDER_PHASE_run);
	record = &history->workers[1].records[1];
	ck_assert_uint_eq(record->call_ns, 200);
	ck_assert_uint_eq(record->return_ns, 210);
	ck_assert_int_eq(record->call, RECORDER_CALL_set_fd);
	ck_assert_int_eq(record->device_index, 3);
	ck_assert_uint_eq(record->file, 7);
	ck_assert_uint_eq(record->dev, 25);
	ck_assert_uint_eq(record->inode, 17);
	ck_assert_uint_eq(record->detail, 4);
	ck_assert_int_eq(record->result, -EBUSY);
	ck_assert_uint_eq(record->try_number, 2);
	ck_assert_uint_eq(record->round, 5);
}
END_TEST

START_TEST(extended_record_is_read_as_it_was_written)
{
	const struct recorder_record *records;

	add_bind(0, 100);
	add_read(0, 200);
	add_bind(0, 300);
	records = history_builder_read(&builder)->workers[0].records;
	ck_assert(!records[0].is_extended && records[1].is_extended && !records[2].is_extended);
	ck_assert_uint_eq(records[0].line, 0);
	ck_assert_uint_eq(records[1].line, 23);
	ck_assert_uint_eq(records[1].partition, 1);
	ck_assert_uint_eq(records[1].offset, 8192);
	ck_assert_uint_eq(records[1].length, 4096);
	ck_assert_uint_eq(records[1].sector, 16);
	ck_assert_uint_eq(records[1].generation, 12);
	ck_assert_uint_eq(records[1].run_offset, 8192);
	ck_assert_uint_eq(records[1].run_block_count, 8);
	ck_assert_uint_eq(records[1].owner, 3);
	ck_assert_uint_eq(records[1].content, RECORDER_CONTENT_tags);
	ck_assert_uint_eq(records[2].call_ns, 300);
}
END_TEST

START_TEST(second_half_is_not_written_where_it_says_nothing)
{
	struct recorder_writer *writer = &builder.writers[0];
	struct recorder_record *record = recorder_begin(writer, RECORDER_CALL_get_free);

	record->value = 77;
	recorder_started(writer, 100);
	recorder_end(writer, 0, 110);
	ck_assert_uint_eq(history_builder_read(&builder)->workers[0].records[0].value, 0);
}
END_TEST

START_TEST(record_may_be_extended_when_the_call_returns)
{
	struct recorder_writer *writer = &builder.writers[0];
	struct recorder_record *record = recorder_begin(writer, RECORDER_CALL_size), seen;

	recorder_started(writer, 100);
	ck_assert(recorder_pending(&builder.recorder, 0, &seen) && !seen.is_extended);
	record->is_extended = 1;
	record->capacity_bytes = 1048576;
	recorder_end(writer, 0, 110);
	record = recorder_begin(writer, RECORDER_CALL_write);
	record->is_extended = 1;
	record->length = 512;
	recorder_started(writer, 120);
	ck_assert(recorder_pending(&builder.recorder, 0, &seen));
	ck_assert_uint_eq(seen.length, 512);
	ck_assert_uint_eq(history_builder_read(&builder)->workers[0].records[0].capacity_bytes, 1048576);
	ck_assert_uint_eq(history_builder_read(&builder)->workers[0].pending->length, 512);
	recorder_end(writer, 512, 130);
	history_builder_finish(&builder);
	ck_assert(history_checksum_fits(history_builder_read(&builder)));
}
END_TEST

START_TEST(what_a_call_told_is_published_with_its_return)
{
	struct recorder_record *record = recorder_begin(&builder.writers[0], RECORDER_CALL_get_status);
	const struct recorder_record *published;

	recorder_started(&builder.writers[0], 100);
	record->device_index = 9;
	record->dev = 25;
	record->inode = 18;
	record->detail = 4;
	recorder_end(&builder.writers[0], 0, 120);
	published = &history_builder_read(&builder)->workers[0].records[0];
	ck_assert_int_eq(published->device_index, 9);
	ck_assert_uint_eq(published->dev, 25);
	ck_assert_uint_eq(published->inode, 18);
	ck_assert_uint_eq(published->detail, 4);
	ck_assert_uint_eq(published->call_ns, 100);
}
END_TEST

START_TEST(call_that_has_not_returned_is_seen)
{
	struct recorder_record *record, seen;
	const struct history *history;

	add_bind(0, 50);
	record = recorder_begin(&builder.writers[0], RECORDER_CALL_clr_fd);
	ck_assert_int_eq(record->device_index, -1);
	record->device_index = 2;
	/* Before the clock was read, there is no call. */
	ck_assert(!recorder_pending(&builder.recorder, 0, &seen));
	ck_assert_ptr_null(history_builder_read(&builder)->workers[0].pending);
	recorder_started(&builder.writers[0], 100);

	ck_assert(recorder_pending(&builder.recorder, 0, &seen));
	ck_assert_int_eq(seen.call, RECORDER_CALL_clr_fd);
	ck_assert_int_eq(seen.device_index, 2);
	ck_assert_uint_eq(seen.call_ns, 100);
	history = history_builder_read(&builder);
	ck_assert_uint_eq(history->workers[0].record_count, 1);
	ck_assert_ptr_nonnull(history->workers[0].pending);
	ck_assert_int_eq(history->workers[0].pending->call, RECORDER_CALL_clr_fd);
	ck_assert_uint_eq(history->workers[0].pending->return_ns, 0);

	recorder_end(&builder.writers[0], 0, 200);
	ck_assert(!recorder_pending(&builder.recorder, 0, &seen));
	history = history_builder_read(&builder);
	ck_assert_uint_eq(history->workers[0].record_count, 2);
	ck_assert_ptr_null(history->workers[0].pending);
}
END_TEST

START_TEST(full_area_refuses_and_says_so)
{
	const uint64_t capacity_count = builder.recorder.areas[0].capacity_count;
	const struct history *history;

	for (uint64_t i = 0; i < capacity_count - 1; i++)
		add_bind(0, i + 1);
	ck_assert(!history_builder_read(&builder)->workers[0].is_full);
	ck_assert_ptr_null(recorder_begin(&builder.writers[0], RECORDER_CALL_open));
	ck_assert_ptr_null(recorder_begin(&builder.writers[0], RECORDER_CALL_open));
	history_builder_finish(&builder);
	history = history_builder_read(&builder);
	ck_assert(history->workers[0].is_full);
	ck_assert(!history->workers[1].is_full);
	ck_assert_uint_eq(history->workers[0].record_count, capacity_count - 1);
	ck_assert_uint_eq(history->workers[1].record_count, 0);
	ck_assert(history_checksum_fits(history));
}
END_TEST

/* --- notes, phases, trailer --- */

START_TEST(note_is_one_line)
{
	const struct history *history;

	recorder_note(&builder.recorder, "loop driver=%s", "module");
	recorder_note(&builder.recorder, "broken what=%s", "two\nlines");
	history = history_builder_read(&builder);
	ck_assert_uint_eq(history->notes_bytes, strlen("loop driver=module\nbroken what=two lines\n"));
	ck_assert_mem_eq(history->notes, "loop driver=module\nbroken what=two lines\n", history->notes_bytes);
}
END_TEST

START_TEST(note_that_does_not_fit_is_dropped)
{
	const struct history *history;
	uint64_t count = 0;

	for (int i = 0; i < 20000; i++)
		recorder_note(&builder.recorder, "stack worker=%d text=%0200d", 1, i);
	recorder_note(&builder.recorder, "%02000d", 0);
	history = history_builder_read(&builder);
	ck_assert_uint_le(history->notes_bytes, RECORDER_NOTES_BYTES);
	ck_assert_uint_gt(history->notes_bytes, RECORDER_NOTES_BYTES - 250);
	ck_assert_int_eq(history->notes[history->notes_bytes - 1], '\n');
	for (size_t i = 0; i < history->notes_bytes; i++)
		count += history->notes[i] == '\n';
	/* Every line that is there is whole. */
	ck_assert_uint_eq(count * strlen("stack worker=1 text=") + count * 201, history->notes_bytes);
}
END_TEST

START_TEST(phase_only_grows)
{
	recorder_set_phase(&builder.recorder, RECORDER_PHASE_drain);
	recorder_set_phase(&builder.recorder, RECORDER_PHASE_setup);
	ck_assert_int_eq(history_builder_read(&builder)->phase, RECORDER_PHASE_drain);
}
END_TEST

START_TEST(run_is_complete_when_the_trailer_fits)
{
	const struct history *history;

	add_bind(0, 100);
	add_bind(1, 100);
	history = history_builder_read(&builder);
	ck_assert(!history->is_complete);
	ck_assert(!history_checksum_fits(history));
	history_builder_finish(&builder);
	history = history_builder_read(&builder);
	ck_assert(history->is_complete);
	ck_assert_int_eq(history->phase, RECORDER_PHASE_done);
	ck_assert(history_checksum_fits(history));
}
END_TEST

/* One changed bit in each of the first bytes of a worker's second record. */
static void assert_checksum_covers(struct recorder_record *record, size_t byte_count)
{
	char *bytes = (char *)record;

	for (size_t i = 0; i < byte_count; i++) {
		bytes[i] ^= 0x10;
		ck_assert_msg(!history_checksum_fits(history_builder_read(&builder)), "byte %zu", i);
		bytes[i] ^= 0x10;
	}
	ck_assert(history_checksum_fits(history_builder_read(&builder)));
}

START_TEST(changed_record_does_not_fit_its_checksum)
{
	add_bind(0, 100);
	add_bind(0, 200);
	history_builder_finish(&builder);
	assert_checksum_covers(&builder.writers[0].slots[1], RECORDER_RECORD_SHORT_BYTES);
}
END_TEST

START_TEST(second_half_belongs_to_the_checksum_of_an_extended_record)
{
	struct recorder_record *records = builder.writers[0].slots;

	add_bind(0, 100);
	add_read(0, 200);
	add_bind(0, 300);
	history_builder_finish(&builder);
	assert_checksum_covers(&records[1], RECORDER_RECORD_BYTES);
	/* Neither does a record gain or lose its second half unnoticed. */
	records[1].is_extended = 0;
	ck_assert(!history_checksum_fits(history_builder_read(&builder)));
	records[1].is_extended = 1;
	records[0].is_extended = 1;
	ck_assert(!history_checksum_fits(history_builder_read(&builder)));
}
END_TEST

START_TEST(changed_count_takes_the_trailer_away)
{
	add_bind(0, 100);
	add_bind(0, 200);
	history_builder_finish(&builder);
	atomic_store(&builder.recorder.areas[0].count, 1);
	ck_assert(!history_builder_read(&builder)->is_complete);
	atomic_store(&builder.recorder.areas[0].count, 2);
	builder.recorder.areas[1].checksum++;
	ck_assert(!history_builder_read(&builder)->is_complete);
}
END_TEST

START_TEST(trailer_that_counts_more_than_there_is_does_not_fit)
{
	struct recorder_area *areas = builder.recorder.areas;

	add_bind(0, 100);
	history_builder_finish(&builder);
	/* Such a trailer fits its own sum, but the records that it tells of cannot be there. */
	atomic_store(&areas[0].count, areas[0].capacity_count + 1);
	builder.recorder.header->trailer_checksum = recorder_trailer_checksum(areas, 2);
	ck_assert(!history_builder_read(&builder)->is_complete);
}
END_TEST

/* --- the listener's area --- */

static void add_uevent(uint64_t at_ns, uint64_t sequence)
{
	history_builder_add(&builder, (struct history_call){
					      .worker = 2,
					      .call = RECORDER_CALL_uevent,
					      .index = 3,
					      .call_ns = at_ns,
					      .return_ns = at_ns,
					      .detail = sequence,
					      .call_flags = RECORDER_FLAG_MEDIA_CHANGE,
				      });
}

START_TEST(listener_is_no_worker)
{
	const struct history *history;

	history_builder_fini(&builder);
	history_builder_init_with_listener(&builder, 2);
	add_bind(1, 100);
	add_uevent(105, 7);
	history_builder_finish(&builder);
	history = history_builder_read(&builder);
	ck_assert_uint_eq(history->worker_count, 2);
	ck_assert_uint_eq(history->area_count, 3);
	ck_assert_ptr_nonnull(history->listener);
	ck_assert_uint_eq(history->listener->record_count, 1);
	ck_assert_uint_eq(history->listener->records[0].detail, 7);
	ck_assert(history->is_complete && history_checksum_fits(history));
	/* Its records count as much as a worker's. */
	builder.writers[2].slots[0].call_flags = 0;
	ck_assert(!history_checksum_fits(history_builder_read(&builder)));
}
END_TEST

START_TEST(history_without_a_listener_says_so)
{
	ck_assert_ptr_null(history_builder_read(&builder)->listener);
	ck_assert_uint_eq(history_builder_read(&builder)->area_count, 2);
}
END_TEST

START_TEST(listener_has_a_fourth_of_the_room)
{
	static const unsigned int worker_counts[] = { 1, 2, 16, 64 };

	for (size_t i = 0; i < sizeof(worker_counts) / sizeof(worker_counts[0]); i++) {
		const struct recorder_area *areas;
		struct history_error error;
		struct history history;
		unsigned int count = worker_counts[i];

		history_builder_fini(&builder);
		history_builder_init_with_listener(&builder, count);
		areas = builder.recorder.areas;
		/* Within the file, and none over another: the reader refuses such. */
		ck_assert_int_eq(history_open(builder.memory, builder.memory_bytes, &history, &error), 0);
		ck_assert_uint_ge(areas[count].capacity_count, count * areas[0].capacity_count / 4);
		ck_assert_uint_ge(3 * areas[count].capacity_count + 8 * count, count * areas[0].capacity_count);
		for (unsigned int j = 0; j < count; j++)
			ck_assert_uint_eq(areas[j].offset + areas[j].capacity_count * RECORDER_RECORD_BYTES,
					  areas[j + 1].offset);
		history_close(&history);
	}
}
END_TEST

/* --- compact --- */

static void assert_same(const struct history *left, const struct history *right)
{
	ck_assert_uint_eq(left->worker_count, right->worker_count);
	ck_assert_uint_eq(left->area_count, right->area_count);
	ck_assert_int_eq(left->listener != NULL, right->listener != NULL);
	ck_assert_uint_eq(left->spec_bytes, right->spec_bytes);
	ck_assert_mem_eq(left->spec, right->spec, left->spec_bytes);
	ck_assert_uint_eq(left->notes_bytes, right->notes_bytes);
	ck_assert_mem_eq(left->notes, right->notes, left->notes_bytes);
	ck_assert_int_eq(left->phase, right->phase);
	ck_assert_int_eq(left->is_complete, right->is_complete);
	ck_assert_uint_eq(left->header->seed, right->header->seed);
	for (unsigned int i = 0; i < left->area_count; i++) {
		const struct history_worker *a = &left->workers[i], *b = &right->workers[i];

		ck_assert_uint_eq(a->record_count, b->record_count);
		ck_assert_mem_eq(a->records, b->records, a->record_count * RECORDER_RECORD_BYTES);
		ck_assert_int_eq(a->pending != NULL, b->pending != NULL);
		if (a->pending)
			ck_assert_mem_eq(a->pending, b->pending, RECORDER_RECORD_BYTES);
		ck_assert_uint_eq(a->attach_count, b->attach_count);
		ck_assert_uint_eq(a->lost_count, b->lost_count);
		ck_assert_uint_eq(a->group, b->group);
		ck_assert_int_eq(a->is_full, b->is_full);
	}
}

static void assert_compact_is_the_same(void)
{
	const struct history *history = history_builder_read(&builder);
	struct history_error error;
	struct history copy;
	void *memory;
	size_t bytes;
	int r;

	r = history_compact(history, &memory, &bytes);
	ck_assert_int_eq(r, 0);
	ck_assert_uint_lt(bytes, 16384);
	r = history_open(memory, bytes, &copy, &error);
	ck_assert_msg(r == 0, "%s", error.text);
	assert_same(history, &copy);
	ck_assert_int_eq(history_is_damaged(history), history_is_damaged(&copy));
	ck_assert_int_eq(history_checksum_fits(history), history_checksum_fits(&copy));
	history_close(&copy);
	history_close(&copy);
	free(memory);
}

START_TEST(compact_keeps_a_complete_history)
{
	for (unsigned int i = 1; i < 20; i++)
		add_bind(i % 2, i * 100);
	recorder_note(&builder.recorder, "rmmod error=0");
	recorder_count(&builder.writers[0], 4, 5);
	builder.recorder.areas[1].group = 1;
	history_builder_finish(&builder);
	assert_compact_is_the_same();
}
END_TEST

START_TEST(compact_keeps_extended_records_and_the_listener)
{
	history_builder_fini(&builder);
	history_builder_init_with_listener(&builder, 2);
	for (unsigned int i = 1; i < 20; i++) {
		add_read(i % 2, i * 100);
		add_uevent(i * 100, i);
	}
	history_builder_finish(&builder);
	assert_compact_is_the_same();
}
END_TEST

START_TEST(compact_keeps_a_history_cut_off)
{
	add_bind(0, 100);
	history_builder_add(&builder, (struct history_call){ .worker = 1, .call = RECORDER_CALL_open, .call_ns = 7 });
	assert_compact_is_the_same();
	/* A trailer that does not fit must not fit in the copy either. */
	atomic_store(&builder.recorder.header->trailer_magic, RECORDER_TRAILER_MAGIC);
	assert_compact_is_the_same();
}
END_TEST

START_TEST(compact_copies_what_was_opened_not_what_came_after)
{
	const struct history *history = history_builder_read(&builder);
	struct history_error error;
	struct history copy;
	void *memory;
	size_t bytes;

	/* The guest ends between the reader's look and the copy. */
	history_builder_finish(&builder);
	ck_assert_int_eq(history_compact(history, &memory, &bytes), 0);
	ck_assert_int_eq(history_open(memory, bytes, &copy, &error), 0);
	ck_assert(!copy.is_complete && !history_is_damaged(&copy));
	history_close(&copy);
	free(memory);
}
END_TEST

START_TEST(compact_keeps_an_empty_history)
{
	assert_compact_is_the_same();
}
END_TEST

/* Opens what history_compact() made, with one bit changed; a file that is refused fits no more either. */
static bool fits_with_changed_bit(char *memory, size_t bytes, size_t at)
{
	struct history_error error;
	struct history history, copy;
	bool fits = false;
	void *copy_memory;
	size_t copy_bytes;

	memory[at] ^= (char)(1u << at % 8);
	if (history_open(memory, bytes, &history, &error) == 0) {
		fits = history_checksum_fits(&history);
		/* Stored once more, it must not look sound. */
		ck_assert_int_eq(history_compact(&history, &copy_memory, &copy_bytes), 0);
		ck_assert_int_eq(history_open(copy_memory, copy_bytes, &copy, &error), 0);
		fits |= history_checksum_fits(&copy);
		fits |= !history_is_damaged(&history) || !history_is_damaged(&copy);
		history_close(&copy);
		free(copy_memory);
		history_close(&history);
	}
	memory[at] ^= (char)(1u << at % 8);
	return fits;
}

START_TEST(no_changed_bit_of_a_stored_file_goes_unnoticed)
{
	size_t bytes;
	void *memory;

	for (unsigned int i = 1; i < 6; i++)
		add_bind(i % 2, i * 100);
	recorder_note(&builder.recorder, "rmmod error=0");
	history_builder_finish(&builder);
	ck_assert_int_eq(history_compact(history_builder_read(&builder), &memory, &bytes), 0);
	for (size_t at = 0; at < bytes; at++)
		ck_assert_msg(!fits_with_changed_bit(memory, bytes, at), "byte %zu of %zu", at, bytes);
	free(memory);
}
END_TEST

/* --- while it is being written --- */

/* They fit. */
#define LIVE_RECORD_COUNT 6000

static void *write_records(void *context)
{
	struct recorder_writer *writer = context;

	for (uint64_t i = 1; i <= LIVE_RECORD_COUNT; i++) {
		struct recorder_record *record = recorder_begin(writer, RECORDER_CALL_get_status);

		if (!record)
			return NULL;
		record->round = i;
		recorder_started(writer, i);
		record->inode = i;
		recorder_end(writer, (int32_t)i, i);
	}
	recorder_writer_fini(writer);
	return NULL;
}

static void assert_whole_records(const struct history_worker *worker)
{
	for (uint64_t i = 0; i < worker->record_count; i++) {
		const struct recorder_record *record = &worker->records[i];

		ck_assert_uint_eq(record->round, i + 1);
		ck_assert_uint_eq(record->inode, i + 1);
		ck_assert_uint_eq(record->return_ns, i + 1);
	}
	if (worker->pending)
		ck_assert_uint_eq(worker->pending->round, worker->record_count + 1);
}

START_TEST(records_are_whole_while_others_are_written)
{
	struct recorder_record seen;
	pthread_t thread;
	uint64_t count;

	ck_assert_int_eq(pthread_create(&thread, NULL, write_records, &builder.writers[0]), 0);
	do {
		const struct history *history = history_builder_read(&builder);

		count = history->workers[0].record_count;
		assert_whole_records(&history->workers[0]);
		if (recorder_pending(&builder.recorder, 0, &seen))
			ck_assert_uint_ge(seen.round, count);
	} while (count < LIVE_RECORD_COUNT);
	pthread_join(thread, NULL);
	recorder_writer_fini(&builder.writers[1]);
	recorder_finish(&builder.recorder);
	ck_assert(history_checksum_fits(history_builder_read(&builder)));
}
END_TEST

/* --- hostile files --- */

START_TEST(reader_refuses_with_one_line)
{
	struct recorder_header *header = builder.memory;
	const struct recorder_header sound = *header;
	struct recorder_area *areas = builder.recorder.areas;
	const struct recorder_area sound_area = areas[1];
	struct history_error error;
	struct history history;

#define REFUSES(change, want)                                                                                          \
	do {                                                                                                           \
		change;                                                                                                \
		ck_assert_int_eq(history_open(header, builder.memory_bytes, &history, &error), -EPROTO);               \
		ck_assert_msg(strstr(error.text, want), "%s", error.text);                                             \
		*header = sound;                                                                                       \
		areas[1] = sound_area;                                                                                 \
	} while (0)

	REFUSES(header->magic++, "no flight recorder");
	REFUSES(header->version++, "of another version than 2");
	REFUSES(header->version = 1, "of version 1");
	REFUSES(header->header_bytes++, "another version");
	REFUSES(header->file_bytes++, "truncated");
	REFUSES(header->file_bytes = 64, "fewer bytes");
	REFUSES(header->area_count = 0, "absurd");
	REFUSES(header->area_count = 1026, "absurd");
	REFUSES(header->spec_bytes = UINT64_MAX, "specification points outside");
	REFUSES(header->spec_offset = UINT64_MAX, "specification points outside");
	REFUSES(header->notes_capacity_bytes = UINT64_MAX - 8, "notes point outside");
	REFUSES(header->areas_offset++, "table of areas points outside");
	REFUSES(header->areas_offset = 8, "table of areas points outside");
	REFUSES(header->areas_offset = header->file_bytes - 64, "table of areas points outside");
	REFUSES(header->phase = RECORDER_PHASE_COUNT, "its phase is 7");
	REFUSES(areas[1].offset++, "worker 1 points outside");
	REFUSES(areas[1].offset = 0, "worker 1 points outside");
	REFUSES(areas[1].capacity_count = UINT64_MAX / 128 + 2, "worker 1 points outside");
	REFUSES((areas[1].offset = areas[0].offset, areas[1].capacity_count *= 2), "areas overlap");
	ck_assert_int_eq(history_open((char *)builder.memory + 4, builder.memory_bytes - 4, &history, &error), -EPROTO);
	ck_assert_msg(strstr(error.text, "aligned"), "%s", error.text);
	ck_assert_int_eq(history_open(header, 0, &history, &error), -EPROTO);
	header->area_count = 1;
	areas[0].group = RECORDER_GROUP_LISTENER;
	ck_assert_int_eq(history_open(header, builder.memory_bytes, &history, &error), -EPROTO);
	ck_assert_msg(strstr(error.text, "no worker"), "%s", error.text);
}
END_TEST

START_TEST(count_beyond_the_area_is_cut)
{
	const struct history *history;

	add_bind(0, 100);
	atomic_store(&builder.recorder.areas[0].count, UINT64_MAX);
	atomic_store(&builder.recorder.header->notes_bytes, UINT64_MAX);
	history = history_builder_read(&builder);
	ck_assert_uint_eq(history->workers[0].record_count, builder.recorder.areas[0].capacity_count);
	ck_assert_ptr_null(history->workers[0].pending);
	ck_assert_uint_eq(history->notes_bytes, RECORDER_NOTES_BYTES);
}
END_TEST

/* Reads all of it, so that a sanitizer sees every byte that lies outside. */
static uint64_t read_everything(const struct history *history)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < history->worker_count; i++) {
		const struct history_worker *worker = &history->workers[i];

		for (uint64_t j = 0; j < worker->record_count; j++)
			sum += worker->records[j].return_ns;
		if (worker->pending)
			sum += worker->pending->round;
	}
	for (size_t i = 0; i < history->spec_bytes; i++)
		sum += (unsigned char)history->spec[i];
	for (size_t i = 0; i < history->notes_bytes; i++)
		sum += (unsigned char)history->notes[i];
	return sum + history_checksum_fits(history);
}

static void damage(char *memory, size_t bytes, struct looprace_random *random)
{
	unsigned int count = 1 + (unsigned int)looprace_random_below(random, 4);

	/* Most of the room is records, which cannot do harm: so every second flip hits the header or the table. */
	for (unsigned int i = 0; i < count; i++) {
		uint64_t front = looprace_random_below(random, 2)   ? 200
				 : looprace_random_below(random, 2) ? 4400
								    : bytes;
		uint64_t at = looprace_random_below(random, front < bytes ? front : bytes);

		if (front == 4400 && bytes > 4400)
			at = 4096 + at % 128;
		memory[at] ^= (char)(1u << looprace_random_below(random, 8));
	}
}

START_TEST(damaged_file_never_crashes_the_reader)
{
	struct looprace_random random;
	unsigned int opened_count = 0;
	size_t sound_bytes;
	void *sound;

	for (unsigned int i = 1; i < 20; i++)
		add_bind(i % 2, i * 100);
	recorder_note(&builder.recorder, "rmmod error=0");
	history_builder_finish(&builder);
	ck_assert_int_eq(history_compact(history_builder_read(&builder), &sound, &sound_bytes), 0);
	looprace_random_seed(&random, 20240229, 0);
	for (int round = 0; round < 10000; round++) {
		size_t bytes = round % 3 ? sound_bytes : looprace_random_below(&random, sound_bytes + 1);
		/* Exactly as large as it says, so that the sanitizer's fence stands right behind it. */
		char *memory = malloc(bytes ? bytes : 1);
		struct history_error error;
		struct history history;

		memcpy(memory, sound, bytes);
		if (bytes)
			damage(memory, bytes, &random);
		if (history_open(memory, bytes, &history, &error) == 0) {
			void *copy;
			size_t copy_bytes;

			opened_count++;
			read_everything(&history);
			ck_assert_int_eq(history_compact(&history, &copy, &copy_bytes), 0);
			free(copy);
			history_close(&history);
		}
		free(memory);
	}
	/* Else the damage was so great that nothing was tried. */
	ck_assert_uint_gt(opened_count, 500);
	free(sound);
}
END_TEST

START_TEST(unknown_numbers_have_a_name_too)
{
	ck_assert_str_eq(recorder_call_text(RECORDER_CALL_configure), "LOOP_CONFIGURE");
	ck_assert_str_eq(recorder_call_text(RECORDER_CALL_COUNT), "?");
	ck_assert_str_eq(recorder_phase_text(RECORDER_PHASE_formatted), "not started");
	ck_assert_str_eq(recorder_phase_text(99), "?");
	ck_assert_str_eq(ending_name(ENDING_boot_timeout), "boot_timeout");
	ck_assert_str_eq(ending_name(ENDING_COUNT), "?");
	ck_assert_str_eq(ending_summary(ENDING_interrupted), "the user asked to stop");
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("recorder");
	TCase *tcase = tcase_create("file");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, size_is_a_power_of_two_within_its_bounds);
	tcase_add_test(tcase, format_refuses_absurd_numbers);
	tcase_add_test(tcase, open_refuses_what_is_no_recorder);
	tcase_add_test(tcase, unknown_numbers_have_a_name_too);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("writing");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, reader_sees_what_the_writer_wrote);
	tcase_add_test(tcase, extended_record_is_read_as_it_was_written);
	tcase_add_test(tcase, second_half_is_not_written_where_it_says_nothing);
	tcase_add_test(tcase, record_may_be_extended_when_the_call_returns);
	tcase_add_test(tcase, what_a_call_told_is_published_with_its_return);
	tcase_add_test(tcase, call_that_has_not_returned_is_seen);
	tcase_add_test(tcase, full_area_refuses_and_says_so);
	tcase_add_test(tcase, note_is_one_line);
	tcase_add_test(tcase, note_that_does_not_fit_is_dropped);
	tcase_add_test(tcase, phase_only_grows);
	tcase_add_test(tcase, run_is_complete_when_the_trailer_fits);
	tcase_add_test(tcase, changed_record_does_not_fit_its_checksum);
	tcase_add_test(tcase, second_half_belongs_to_the_checksum_of_an_extended_record);
	tcase_add_test(tcase, changed_count_takes_the_trailer_away);
	tcase_add_test(tcase, trailer_that_counts_more_than_there_is_does_not_fit);
	tcase_add_test(tcase, listener_is_no_worker);
	tcase_add_test(tcase, history_without_a_listener_says_so);
	tcase_add_test(tcase, listener_has_a_fourth_of_the_room);
	tcase_add_test(tcase, compact_keeps_a_complete_history);
	tcase_add_test(tcase, compact_keeps_extended_records_and_the_listener);
	tcase_add_test(tcase, compact_keeps_a_history_cut_off);
	tcase_add_test(tcase, compact_copies_what_was_opened_not_what_came_after);
	tcase_add_test(tcase, compact_keeps_an_empty_history);
	tcase_add_test(tcase, no_changed_bit_of_a_stored_file_goes_unnoticed);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("hostile");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, records_are_whole_while_others_are_written);
	tcase_add_test(tcase, reader_refuses_with_one_line);
	tcase_add_test(tcase, count_beyond_the_area_is_cut);
	tcase_add_test(tcase, damaged_file_never_crashes_the_reader);
	suite_add_tcase(suite, tcase);
	return suite;
}
