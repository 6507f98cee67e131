/* SPDX-License-Identifier: Apache-2.0 */
/* Histories for tests; see history_builder.h. */
#include "tests/history_builder.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_BYTES (2u << 20)

static void init(struct history_builder *builder, unsigned int worker_count, bool has_listener)
{
	static const char spec[] = "[scenario]\nsummary = a test\n";
	int r;

	memset(builder, 0, sizeof(*builder));
	ck_assert_uint_le(worker_count, HISTORY_BUILDER_WORKER_COUNT_MAX);
	builder->worker_count = worker_count;
	builder->memory_bytes = MEMORY_BYTES;
	builder->memory = calloc(1, MEMORY_BYTES);
	ck_assert_ptr_nonnull(builder->memory);
	r = recorder_format(builder->memory, MEMORY_BYTES, worker_count + has_listener, 42, spec, sizeof(spec) - 1);
	ck_assert_int_eq(r, 0);
	if (has_listener)
		recorder_format_listener(builder->memory);
	r = recorder_open(builder->memory, MEMORY_BYTES, &builder->recorder);
	ck_assert_int_eq(r, 0);
	for (unsigned int i = 0; i < worker_count + has_listener; i++)
		recorder_writer_init(&builder->recorder, i, &builder->writers[i]);
	recorder_set_phase(&builder->recorder, RECORDER_PHASE_run);
}

void history_builder_init(struct history_builder *builder, unsigned int worker_count)
{
	init(builder, worker_count, false);
}

void history_builder_init_with_listener(struct history_builder *builder, unsigned int worker_count)
{
	init(builder, worker_count, true);
}

static void extend(struct recorder_record *record, const struct history_call *call)
{
	_Static_assert(sizeof(*record) - offsetof(struct recorder_record, diskseq) == sizeof(call->words),
		       "the same second half");

	record->offset = call->offset;
	record->length = call->length;
	record->value = call->value;
	memcpy((char *)record + offsetof(struct recorder_record, diskseq), call->words, sizeof(call->words));
	record->is_extended = call->is_extended || call->offset || call->length || call->value;
	for (size_t i = 0; i < sizeof(call->words) / sizeof(call->words[0]); i++)
		record->is_extended |= call->words[i] != 0;
}

void history_builder_add(struct history_builder *builder, struct history_call call)
{
	struct recorder_writer *writer = &builder->writers[call.worker];
	struct recorder_record *record = recorder_begin(writer, call.call);

	ck_assert_ptr_nonnull(record);
	record->device_index = call.index;
	record->file = call.file;
	record->dev = call.dev;
	record->inode = call.inode;
	record->detail = call.detail;
	record->try_number = call.try_number;
	record->round = call.round;
	record->line = call.line;
	record->is_injected = call.is_injected;
	record->partition = call.partition;
	extend(record, &call);
	recorder_started(writer, call.call_ns);
	if (call.return_ns)
		recorder_end(writer, call.result, call.return_ns);
}

void history_builder_finish(struct history_builder *builder)
{
	for (unsigned int i = 0; i < builder->recorder.header->area_count; i++)
		recorder_writer_fini(&builder->writers[i]);
	recorder_finish(&builder->recorder);
}

const struct history *history_builder_read(struct history_builder *builder)
{
	struct history_error error;
	int r;

	history_close(&builder->history);
	r = history_open(builder->memory, builder->memory_bytes, &builder->history, &error);
	ck_assert_msg(r == 0, "%s", error.text);
	return &builder->history;
}

void history_builder_fini(struct history_builder *builder)
{
	history_close(&builder->history);
	free(builder->memory);
	memset(builder, 0, sizeof(*builder));
}
