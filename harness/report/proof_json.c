/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cited call as JSON and back.  The halves of a record that are plain numbers stand in tables; what is null where there
 * is nothing to say (no device, no return, no line) is written by hand, in pairs: x_to_json(), x_from_json().
 */
#include "harness/report/proof_json.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define COUNT_OF(array)		       (sizeof(array) / sizeof((array)[0]))
#define FIELD(key, type, member)       JSON_FIELD(struct recorder_record, NULL, key, type, member)
#define WORD_FIELD(key, member, words) JSON_WORD_FIELD(struct recorder_record, NULL, key, member, words)

static const struct json_words calls = { .word = recorder_call_text,
					 .count = RECORDER_CALL_COUNT,
					 .right = "a call, such as \"open\",",
					 .has_unknown = true };
static const struct json_words contents = { .word = recorder_content_text,
					    .count = RECORDER_CONTENT_foreign + 1,
					    .right = "what a block holds, such as \"zeros\",",
					    .has_unknown = true };

/* clang-format off */
static const struct json_field first_fields[] = {
	WORD_FIELD("call", call, &calls),
	FIELD("dev", IDENTITY, dev),
	FIELD("inode", IDENTITY, inode),
	FIELD("file", COUNT, file),
	FIELD("try_number", COUNT, try_number),
	FIELD("round", COUNT, round),
	FIELD("partition", COUNT, partition),
	FIELD("detail", IDENTITY, detail),
};

static const struct json_field second_fields[] = {
	FIELD("offset", IDENTITY, offset),
	FIELD("length", IDENTITY, length),
	FIELD("value", IDENTITY, value),
};

/* Of everything but I/O. */
static const struct json_field report_fields[] = {
	FIELD("diskseq", IDENTITY, diskseq),
	FIELD("capacity_bytes", IDENTITY, capacity_bytes),
	FIELD("block_size", COUNT, block_size),
	FIELD("open_flags", COUNT, open_flags),
};

/* Of I/O: a run of 512-byte blocks. */
static const struct json_field block_fields[] = {
	FIELD("offset", IDENTITY, run_offset),
	FIELD("count", COUNT, run_block_count),
	WORD_FIELD("content", content, &contents),
	FIELD("owner", COUNT, owner),
	FIELD("generation", IDENTITY, generation),
	FIELD("sector", IDENTITY, sector),
};
/* clang-format on */

static const struct {
	uint32_t flag;
	const char *name;
} flag_names[] = {
	{ RECORDER_FLAG_COMPAT, "compat" },	      { RECORDER_FLAG_LAST_CLOSE, "last_close" },
	{ RECORDER_FLAG_RESIZE, "resize" },	      { RECORDER_FLAG_MEDIA_CHANGE, "media_change" },
	{ RECORDER_FLAG_BAD_POINTER, "bad_pointer" },
};

static bool holds_blocks(const struct recorder_record *record)
{
	return record->call == RECORDER_CALL_read || record->call == RECORDER_CALL_load ||
	       record->call == RECORDER_CALL_write || record->call == RECORDER_CALL_store ||
	       record->call == RECORDER_CALL_blocks;
}

static bool is_uevent(const struct recorder_record *record)
{
	return record->call == RECORDER_CALL_uevent || record->call == RECORDER_CALL_uevent_gap;
}

/* --- writing --- */

/* Drops on failure, so that a builder can chain these with &&. */
static bool set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) == 0;
}

/* Null where nothing was read. */
static json_t *blocks_to_json(const struct recorder_record *record)
{
	json_t *object;

	if (record->content == RECORDER_CONTENT_none)
		return json_null();
	object = json_object();
	if (object && json_fields_write(object, block_fields, COUNT_OF(block_fields), record) == 0)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *flags_to_json(uint32_t flags)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < COUNT_OF(flag_names); i++) {
		if (!(flags & flag_names[i].flag) || json_array_append_new(array, json_string(flag_names[i].name)) == 0)
			continue;
		json_decref(array);
		return NULL;
	}
	return array;
}

/* The second half of a record; null where it has none. */
static json_t *more_to_json(const struct recorder_record *record)
{
	json_t *object;
	bool is_whole;

	if (!record->is_extended)
		return json_null();
	object = json_object();
	is_whole = object && json_fields_write(object, second_fields, COUNT_OF(second_fields), record) == 0;
	if (is_whole && holds_blocks(record))
		is_whole = set(object, "blocks", blocks_to_json(record));
	else
		is_whole = is_whole && json_fields_write(object, report_fields, COUNT_OF(report_fields), record) == 0 &&
			   set(object, "flags", flags_to_json(record->call_flags));
	if (is_whole)
		return object;
	json_decref(object);
	return NULL;
}

static bool set_times(json_t *object, const struct recorder_record *record)
{
	/* Relaxed: a private copy. */
	uint64_t call_ns = atomic_load_explicit(&record->call_ns, memory_order_relaxed);
	bool has_returned = record->return_ns != 0;
	bool has_failed = has_returned && record->result < 0;
	uint64_t duration_ns = record->return_ns > call_ns ? record->return_ns - call_ns : 0;

	return set(object, "result", has_returned ? json_integer(record->result) : json_null()) &&
	       set(object, "error_name", has_failed ? json_errno(record->result) : json_null()) &&
	       set(object, "call_ns", json_count(call_ns)) &&
	       set(object, "duration_ns", has_returned ? json_count(duration_ns) : json_null());
}

json_t *proof_call_to_json(const struct proof_call *proof)
{
	const struct recorder_record *record = &proof->record;
	json_t *object = json_object();

	if (object && set(object, "worker", is_uevent(record) ? json_null() : json_integer(proof->worker)) &&
	    set(object, "device_index", record->device_index < 0 ? json_null() : json_integer(record->device_index)) &&
	    json_fields_write(object, first_fields, COUNT_OF(first_fields), record) == 0 && set_times(object, record) &&
	    set(object, "line", record->line ? json_integer(record->line) : json_null()) &&
	    set(object, "is_injected", json_boolean(record->is_injected)) && set(object, "more", more_to_json(record)))
		return object;
	json_decref(object);
	return NULL;
}

/* --- reading --- */

static int blocks_from_json(const struct json_place *place, const json_t *blocks, struct recorder_record *record)
{
	const struct json_place here = { .path = place->path, .within = "calls.more.blocks", .error = place->error };

	if (json_is_null(blocks))
		return 0;
	return json_fields_read(&here, blocks, block_fields, COUNT_OF(block_fields), record);
}

static int flags_from_json(const struct json_place *place, const json_t *array, struct recorder_record *record)
{
	const json_t *name;
	size_t at;

	if (!json_is_array(array))
		return json_wrong(place, NULL, "flags", "an array of names");
	json_array_foreach(array, at, name)
	{
		uint32_t flag = 0;

		for (size_t i = 0; json_is_string(name) && i < COUNT_OF(flag_names); i++)
			if (strcmp(flag_names[i].name, json_string_value(name)) == 0)
				flag = flag_names[i].flag;
		if (!flag)
			return json_wrong(place, NULL, "flags", "names such as \"compat\"");
		record->call_flags |= flag;
	}
	return 0;
}

static int more_from_json(const struct json_place *file, const json_t *more, struct recorder_record *record)
{
	const struct json_place here = { .path = file->path, .within = "calls.more", .error = file->error };
	const struct json_place *place = &here;
	int r;

	if (json_is_null(more))
		return 0;
	record->is_extended = 1;
	r = json_fields_read(place, more, second_fields, COUNT_OF(second_fields), record);
	if (r == 0 && holds_blocks(record))
		return blocks_from_json(place, json_object_get(more, "blocks"), record);
	if (r == 0)
		r = json_fields_read(place, more, report_fields, COUNT_OF(report_fields), record);
	return r < 0 ? r : flags_from_json(place, json_object_get(more, "flags"), record);
}

/* error_name says what the result says. */
static int times_from_json(const struct json_place *place, const json_t *object, struct recorder_record *record)
{
	json_int_t call_ns, duration_ns, result;

	if (!json_get_number(object, "call_ns", 0, INT64_MAX, &call_ns))
		return json_wrong(place, NULL, "call_ns", "a number, 0 or more,");
	/* Relaxed: nobody else sees it. */
	atomic_store_explicit(&record->call_ns, (uint64_t)call_ns, memory_order_relaxed);
	if (json_is_null(json_object_get(object, "duration_ns")) && json_is_null(json_object_get(object, "result")))
		return 0;
	if (!json_get_number(object, "duration_ns", 0, INT64_MAX, &duration_ns) ||
	    !json_get_number(object, "result", INT32_MIN, INT32_MAX, &result))
		return json_wrong(place, NULL, "result", "two numbers, result and duration_ns, or null for both,");
	record->return_ns = (uint64_t)call_ns + (uint64_t)duration_ns;
	record->result = (int32_t)result;
	return 0;
}

/* Null, or a number; then it is @ret_number. */
static int optional_from_json(const struct json_place *place, const json_t *object, const char *key, json_int_t max,
			      json_int_t *ret_number)
{
	if (json_is_null(json_object_get(object, key)) || json_get_number(object, key, 0, max, ret_number))
		return 0;
	return json_wrong(place, NULL, key, "a number, 0 or more, or null");
}

int proof_call_from_json(const struct json_place *file, const json_t *object, struct proof_call *ret_proof)
{
	const struct json_place here = { .path = file->path, .within = "calls", .error = file->error };
	const struct json_place *place = &here;
	json_int_t worker = 0, device_index = -1, line = 0;
	struct proof_call proof = { .worker = 0 };
	int r = json_fields_read(place, object, first_fields, COUNT_OF(first_fields), &proof.record);

	if (r == 0)
		r = times_from_json(place, object, &proof.record);
	if (r == 0)
		r = optional_from_json(place, object, "worker", UINT_MAX, &worker);
	if (r == 0)
		r = optional_from_json(place, object, "device_index", INT32_MAX, &device_index);
	if (r == 0)
		r = optional_from_json(place, object, "line", UINT16_MAX, &line);
	if (r == 0)
		r = more_from_json(place, json_object_get(object, "more"), &proof.record);
	if (r < 0)
		return r;
	proof.worker = (unsigned int)worker;
	proof.record.device_index = (int32_t)device_index;
	proof.record.line = (uint16_t)line;
	proof.record.is_injected = json_is_true(json_object_get(object, "is_injected"));
	*ret_proof = proof;
	return 0;
}
