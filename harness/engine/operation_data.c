/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations on data: reads and writes through io_uring and through mappings, and what makes blocks zeros or durable.
 *
 * What is written are tagged blocks (harness/recorder/block_tag.h), so that whoever reads them later sees whose they
 * are. The sector in a tag is where the writer believes it to be in the backing file; the generation names the record
 * of the write, from which the judge knows where it really was.
 *
 * Between the two clock reads stands the call alone: tags are made before, and read after.
 */
#include "harness/engine/operation_data.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "harness/engine/clock.h"
#include "harness/engine/io_ring.h"
#include "harness/engine/operation_call.h"
#include "harness/engine/operation_functions.h"
#include "harness/recorder/block_tag.h"

/* Enough for O_DIRECT on every device: logical blocks have up to 64 KiB. */
#define ALIGN_BYTES (64u << 10)

/* Where in the device or file, and how much. */
struct range {
	uint64_t at;
	uint64_t bytes;
};

void worker_data_fini(struct worker_data *data)
{
	io_ring_free(data->ring);
	free(data->buffer);
	*data = (struct worker_data){ 0 };
}

void worker_data_follow(struct worker_data *data, const struct recorder_record *record)
{
	bool is_bind = record->call == RECORDER_CALL_set_fd || record->call == RECORDER_CALL_configure;

	if (is_bind || record->call == RECORDER_CALL_set_status || record->call == RECORDER_CALL_set_status_old)
		data->offset_bytes = record->is_extended ? record->offset : 0;
}

/* What is not a multiple of a block cannot be tagged, and what is too large does not fit. */
static struct range block_range(const struct argument_value *at, const struct argument_value *length)
{
	uint64_t bytes = length->low > DATA_BYTES_MAX ? DATA_BYTES_MAX : length->low;

	return (struct range){ .at = at->low, .bytes = bytes / BLOCK_BYTES * BLOCK_BYTES };
}

static void *buffer_of(struct worker *worker, uint64_t bytes)
{
	struct worker_data *data = &worker->data;
	void *buffer;

	if (data->buffer_bytes >= bytes)
		return data->buffer;
	if (posix_memalign(&buffer, ALIGN_BYTES, bytes) != 0)
		return NULL;
	free(data->buffer);
	data->buffer = buffer;
	data->buffer_bytes = bytes;
	return buffer;
}

static struct recorder_record *data_begin(struct worker *worker, enum recorder_call call,
					  const struct descriptor *descriptor, struct range range)
{
	struct recorder_record *record = operation_begin(worker, call, descriptor);

	record->is_extended = 1;
	record->offset = range.at;
	record->length = range.bytes;
	record->detail = descriptor->is_direct;
	if (descriptor->backing) {
		record->dev = descriptor->backing->identity.dev;
		record->inode = descriptor->backing->identity.inode;
	}
	return record;
}

/* The driver inside the harness has its own way; only the running kernel needs a ring. */
static int do_io(struct worker *worker, const struct descriptor *descriptor, struct recorder_record *record,
		 enum system_io io, void *buffer, uint64_t *ret_return_ns)
{
	const struct system *system = worker->shared->system;
	int r = 0;

	if (!worker->data.ring && worker->shared->scenario->kernel == SCENARIO_KERNEL_real)
		r = io_ring_new(&worker->data.ring);
	operation_started(worker, record);
	if (r == 0)
		r = system->io(system->context, worker->data.ring, io, descriptor->fd, buffer, record->length,
			       record->offset);
	*ret_return_ns = clock_now_ns();
	return r;
}

/* --- reading --- */

static void note_run(struct recorder_record *record, const struct block_run *run, uint64_t at)
{
	record->sector = run->tag.sector;
	record->generation = run->tag.generation;
	record->owner = run->tag.owner;
	record->content = run->content;
	record->run_offset = at + run->first_block * BLOCK_BYTES;
	record->run_block_count = (uint32_t)run->block_count;
}

/* The call's own record tells the first run; each further one follows in a record of its own, with the same times. */
static void read_end(struct worker *worker, const struct descriptor *descriptor, struct recorder_record *record,
		     const void *buffer, uint64_t bytes, int result, uint64_t return_ns)
{
	struct recorder_writer *writer = &worker->recording.writer;
	struct recorder_record whole = *record;
	uint64_t block = 0;
	struct block_run run;

	if (block_run_next(buffer, bytes / BLOCK_BYTES, &block, &run))
		note_run(record, &run, record->offset);
	operation_end(worker, record, result, return_ns);
	while (block_run_next(buffer, bytes / BLOCK_BYTES, &block, &run)) {
		record = operation_begin(worker, RECORDER_CALL_blocks, descriptor);
		if (record == &worker->unnoted)
			return;
		record->is_extended = 1;
		record->detail = whole.detail;
		record->dev = whole.dev;
		record->inode = whole.inode;
		record->offset = whole.offset;
		record->length = whole.length;
		note_run(record, &run, whole.offset);
		recorder_started(writer, atomic_load_explicit(&whole.call_ns, memory_order_relaxed));
		recorder_end(writer, result, return_ns);
	}
}

void op_read(struct worker *worker, const struct argument_value *arguments)
{
	struct range range = block_range(&arguments[ARGUMENT_AT(read, at)], &arguments[ARGUMENT_AT(read, length)]);
	uint64_t row = arguments[ARGUMENT_AT(read, descriptor)].low;
	struct descriptor *descriptor = descriptor_take(worker, row);
	void *buffer = buffer_of(worker, range.bytes);
	struct recorder_record *record;
	uint64_t return_ns;
	int r;

	if (!descriptor)
		return;
	if (buffer) {
		record = data_begin(worker, RECORDER_CALL_read, descriptor, range);
		r = do_io(worker, descriptor, record, SYSTEM_IO_read, buffer, &return_ns);
		read_end(worker, descriptor, record, buffer, r < 0 ? 0 : (uint64_t)r, r, return_ns);
	}
	descriptor_put(worker, row, descriptor);
}

/* --- writing --- */

/* The tags that this write puts there, also into its record. */
static void tag_blocks(struct worker *worker, const struct descriptor *descriptor, const struct backing *owner,
		       struct recorder_record *record, void *buffer)
{
	uint64_t offset_bytes = descriptor->backing ? 0 : worker->data.offset_bytes;
	struct block_tag tag = {
		.sector = (offset_bytes + record->offset) / BLOCK_BYTES,
		.generation = block_tag_generation(worker->number, ++worker->data.write_count),
		.owner = owner->number,
	};

	block_tag_encode(&tag, buffer, record->length / BLOCK_BYTES);
	record->sector = tag.sector;
	record->generation = tag.generation;
	record->owner = tag.owner;
	record->content = RECORDER_CONTENT_tags;
	record->run_offset = record->offset;
	record->run_block_count = (uint32_t)(record->length / BLOCK_BYTES);
}

void op_write(struct worker *worker, const struct argument_value *arguments)
{
	struct range range = block_range(&arguments[ARGUMENT_AT(write, at)], &arguments[ARGUMENT_AT(write, length)]);
	const struct backing *owner = object_backing(worker, arguments[ARGUMENT_AT(write, owner)].low);
	uint64_t row = arguments[ARGUMENT_AT(write, descriptor)].low;
	struct descriptor *descriptor = descriptor_take(worker, row);
	void *buffer = buffer_of(worker, range.bytes);
	struct recorder_record *record;
	uint64_t return_ns;
	int r;

	if (!descriptor)
		return;
	if (buffer) {
		record = data_begin(worker, RECORDER_CALL_write, descriptor, range);
		tag_blocks(worker, descriptor, owner, record, buffer);
		r = do_io(worker, descriptor, record, SYSTEM_IO_write, buffer, &return_ns);
		operation_end(worker, record, r, return_ns);
	}
	descriptor_put(worker, row, descriptor);
}

/* --- what has no data --- */

static void plain_io(struct worker *worker, uint64_t row, enum recorder_call call, enum system_io io,
		     struct range range)
{
	struct descriptor *descriptor = descriptor_take(worker, row);
	struct recorder_record *record;
	uint64_t return_ns;
	int r;

	if (!descriptor)
		return;
	record = data_begin(worker, call, descriptor, range);
	r = do_io(worker, descriptor, record, io, NULL, &return_ns);
	operation_end(worker, record, r, return_ns);
	descriptor_put(worker, row, descriptor);
}

void op_fsync(struct worker *worker, const struct argument_value *arguments)
{
	plain_io(worker, arguments[ARGUMENT_AT(fsync, descriptor)].low, RECORDER_CALL_fsync, SYSTEM_IO_fsync,
		 (struct range){ 0 });
}

void op_discard(struct worker *worker, const struct argument_value *arguments)
{
	plain_io(worker, arguments[ARGUMENT_AT(discard, descriptor)].low, RECORDER_CALL_discard, SYSTEM_IO_discard,
		 (struct range){ .at = arguments[ARGUMENT_AT(discard, at)].low,
				 .bytes = arguments[ARGUMENT_AT(discard, length)].low });
}

void op_zeroout(struct worker *worker, const struct argument_value *arguments)
{
	plain_io(worker, arguments[ARGUMENT_AT(zeroout, descriptor)].low, RECORDER_CALL_zeroout, SYSTEM_IO_zeroout,
		 (struct range){ .at = arguments[ARGUMENT_AT(zeroout, at)].low,
				 .bytes = arguments[ARGUMENT_AT(zeroout, length)].low });
}

void op_truncate(struct worker *worker, const struct argument_value *arguments)
{
	const struct backing *backing = object_backing(worker, arguments[ARGUMENT_AT(truncate, file)].low);
	const struct system *system = worker->shared->system;
	struct recorder_record *record;
	int r;

	if (backing->fd < 0)
		return;
	record = operation_begin(worker, RECORDER_CALL_truncate, NULL);
	record->is_extended = 1;
	record->dev = backing->identity.dev;
	record->inode = backing->identity.inode;
	record->length = arguments[ARGUMENT_AT(truncate, size)].low;
	operation_started(worker, record);
	r = system->truncate(system->context, backing->fd, record->length);
	operation_end(worker, record, r, clock_now_ns());
}

/* --- mappings --- */

/* Making or ending a mapping changes the descriptor: nobody else may use it meanwhile. */
static struct descriptor *take_for_mapping(struct worker *worker, uint64_t row)
{
	struct descriptor *attached = &worker->descriptors[SCENARIO_DESCRIPTOR_ATTACHED];

	if (row != SCENARIO_DESCRIPTOR_ATTACHED)
		return descriptor_take_slot(worker, row);
	/* Its number is looked up; when it is closed already, its mapping is still there. */
	return attached->map ? attached : descriptor_take(worker, row);
}

void op_map(struct worker *worker, const struct argument_value *arguments)
{
	struct range range = { .at = arguments[ARGUMENT_AT(map, at)].low,
			       .bytes = arguments[ARGUMENT_AT(map, length)].low };
	uint64_t row = arguments[ARGUMENT_AT(map, descriptor)].low;
	struct descriptor *descriptor = take_for_mapping(worker, row);
	const struct system *system = worker->shared->system;
	struct recorder_record *record;
	void *memory = NULL;
	uint64_t return_ns;
	int r;

	if (descriptor && descriptor->fd >= 0 && !descriptor->map) {
		record = data_begin(worker, RECORDER_CALL_map, descriptor, range);
		operation_started(worker, record);
		r = system->map(system->context, descriptor->fd, range.bytes, range.at, &memory);
		return_ns = clock_now_ns();
		if (r >= 0) {
			descriptor->map = memory;
			descriptor->map_at_bytes = range.at;
			descriptor->map_bytes = range.bytes;
		}
		operation_end(worker, record, r, return_ns);
	}
	descriptor_put(worker, row, descriptor);
}

void op_unmap(struct worker *worker, const struct argument_value *arguments)
{
	uint64_t row = arguments[ARGUMENT_AT(unmap, descriptor)].low;
	struct descriptor *descriptor = take_for_mapping(worker, row);
	const struct system *system = worker->shared->system;
	struct recorder_record *record;
	uint64_t return_ns;
	int r;

	if (descriptor && descriptor->map) {
		record = data_begin(worker, RECORDER_CALL_unmap, descriptor,
				    (struct range){ .at = descriptor->map_at_bytes, .bytes = descriptor->map_bytes });
		operation_started(worker, record);
		r = system->unmap(system->context, descriptor->map, descriptor->map_bytes);
		return_ns = clock_now_ns();
		descriptor->map = NULL;
		operation_end(worker, record, r, return_ns);
	}
	descriptor_put(worker, row, descriptor);
}

/* Where a range is in memory, or NULL when it is not mapped. */
static char *mapped_at(const struct descriptor *descriptor, struct range range)
{
	if (!descriptor->map || range.at < descriptor->map_at_bytes)
		return NULL;
	range.at -= descriptor->map_at_bytes;
	if (range.at > descriptor->map_bytes || range.bytes > descriptor->map_bytes - range.at)
		return NULL;
	return (char *)descriptor->map + range.at;
}

void op_load(struct worker *worker, const struct argument_value *arguments)
{
	struct range range = block_range(&arguments[ARGUMENT_AT(load, at)], &arguments[ARGUMENT_AT(load, length)]);
	uint64_t row = arguments[ARGUMENT_AT(load, descriptor)].low;
	struct descriptor *descriptor = descriptor_take(worker, row);
	const struct system *system = worker->shared->system;
	void *buffer = buffer_of(worker, range.bytes);
	struct recorder_record *record;
	const char *memory;
	uint64_t return_ns;
	int r;

	if (!descriptor)
		return;
	memory = mapped_at(descriptor, range);
	if (memory && buffer) {
		record = data_begin(worker, RECORDER_CALL_load, descriptor, range);
		operation_started(worker, record);
		r = system->load(system->context, memory, buffer, range.bytes);
		return_ns = clock_now_ns();
		read_end(worker, descriptor, record, buffer, r < 0 ? 0 : range.bytes, r, return_ns);
	}
	descriptor_put(worker, row, descriptor);
}

void op_store(struct worker *worker, const struct argument_value *arguments)
{
	struct range range = block_range(&arguments[ARGUMENT_AT(store, at)], &arguments[ARGUMENT_AT(store, length)]);
	const struct backing *owner = object_backing(worker, arguments[ARGUMENT_AT(store, owner)].low);
	uint64_t row = arguments[ARGUMENT_AT(store, descriptor)].low;
	struct descriptor *descriptor = descriptor_take(worker, row);
	const struct system *system = worker->shared->system;
	void *buffer = buffer_of(worker, range.bytes);
	struct recorder_record *record;
	char *memory;
	int r;

	if (!descriptor)
		return;
	memory = mapped_at(descriptor, range);
	if (memory && buffer) {
		record = data_begin(worker, RECORDER_CALL_store, descriptor, range);
		tag_blocks(worker, descriptor, owner, record, buffer);
		operation_started(worker, record);
		r = system->store(system->context, memory, buffer, range.bytes);
		operation_end(worker, record, r, clock_now_ns());
	}
	descriptor_put(worker, row, descriptor);
}
