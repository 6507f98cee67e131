/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table below is both the writer and the reader of run.json, and the flat part of state.json: a field that is
 * written is read back, in the same place and of the same type.  results/cell-run.schema.json says the same to others.
 */
#include "harness/report/cell_json.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum field_type {
	FIELD_TEXT,    /* char *; null for NULL */
	FIELD_COUNT64, /* uint64_t */
	FIELD_COUNT,   /* unsigned int */
	FIELD_INT,     /* int */
	FIELD_BOOL,    /* bool */
	FIELD_SEED,    /* uint64_t, as a string */
	FIELD_ENDING,  /* enum ending, as a word */
};

struct field {
	const char *section; /* name of the object that holds it; NULL: the root */
	const char *key;
	enum field_type type;
	size_t offset;
};

#define FIELD(section, key, type, member)                                                                              \
	{                                                                                                              \
		section, key, FIELD_##type, offsetof(struct cell_record, member)                                       \
	}

/* clang-format off */
static const struct field run_fields[] = {
	FIELD(NULL, "looprace_version", TEXT, looprace_version),
	FIELD(NULL, "scenario", TEXT, scenario),
	FIELD(NULL, "seed", SEED, seed),
	FIELD(NULL, "command_line", TEXT, command_line),
	FIELD(NULL, "started_at", TEXT, started_at),
	FIELD(NULL, "start_ns", COUNT64, start_ns),
	FIELD(NULL, "worker_count", COUNT, worker_count),
	FIELD(NULL, "duration_ns", COUNT64, duration_ns),
	FIELD(NULL, "cpu_count", COUNT, cpu_count),
	FIELD(NULL, "memory_mib", COUNT, memory_mib),
	FIELD(NULL, "device_count", COUNT, device_count),
	FIELD(NULL, "ending", ENDING, ending),
	FIELD(NULL, "ending_detail", TEXT, ending_detail),
	FIELD(NULL, "exit_status", INT, exit_status),
	FIELD(NULL, "is_interrupted", BOOL, is_interrupted),
	FIELD(NULL, "boot_ns", COUNT64, boot_ns),
	FIELD(NULL, "total_ns", COUNT64, total_ns),
	FIELD("kernel", "release", TEXT, kernel.release),
	FIELD("kernel", "version", TEXT, kernel.version),
	FIELD("kernel", "source", TEXT, kernel.source),
	FIELD("kernel", "image_sha256", TEXT, kernel.image_sha256),
	FIELD("kernel", "boot", TEXT, kernel.boot),
	FIELD("kernel", "loop_driver", TEXT, kernel.loop_driver),
	FIELD("kernel", "loop_sha256", TEXT, kernel.loop_sha256),
	FIELD("qemu", "version", TEXT, qemu.version),
	FIELD("qemu", "accel", TEXT, qemu.accel),
	FIELD("qemu", "accel_requested", TEXT, qemu.accel_requested),
	FIELD("qemu", "accel_reason", TEXT, qemu.accel_reason),
	FIELD("qemu", "workarounds", TEXT, qemu.workarounds),
	FIELD("qemu", "argv", TEXT, qemu.argv),
	FIELD("limits", "boot_ns", COUNT64, limits.boot_ns),
	FIELD("limits", "run_ns", COUNT64, limits.run_ns),
	FIELD("limits", "silence_ns", COUNT64, limits.silence_ns),
	FIELD("limits", "shutdown_ns", COUNT64, limits.shutdown_ns),
	FIELD("limits", "console_bytes", COUNT64, limits.console_bytes),
	FIELD("host", "system", TEXT, host_system),
	FIELD("host", "cpu_count", COUNT, host_cpu_count),
};

static const struct field state_fields[] = {
	FIELD(NULL, "skip_reason", TEXT, skip_reason),
	FIELD(NULL, "broken_reason", TEXT, broken_reason),
	FIELD(NULL, "harness_memory_kib", COUNT64, harness_memory_kib),
	FIELD(NULL, "ignored_note_count", COUNT, ignored_note_count),
};
/* clang-format on */

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A cell that ran without an emulator has "qemu": null. */
static bool is_left_out(const struct cell_record *record, const struct field *field)
{
	return !record->has_qemu && field->section && strcmp(field->section, "qemu") == 0;
}

/* --- writing --- */

static json_t *field_to_json(const struct cell_record *record, const struct field *field)
{
	const void *value = (const char *)record + field->offset;

	switch (field->type) {
	case FIELD_TEXT:
		return json_text(*(char *const *)value);
	case FIELD_COUNT64:
		return json_count(*(const uint64_t *)value);
	case FIELD_COUNT:
		return json_integer(*(const unsigned int *)value);
	case FIELD_INT:
		return json_integer(*(const int *)value);
	case FIELD_BOOL:
		return json_boolean(*(const bool *)value);
	case FIELD_SEED:
		return json_seed(*(const uint64_t *)value);
	case FIELD_ENDING:
		return json_text(ending_name(*(const enum ending *)value));
	}
	return NULL;
}

static int fields_to_json(const struct cell_record *record, const struct field *fields, size_t count, json_t *root)
{
	for (size_t i = 0; i < count; i++) {
		json_t *object = root;

		if (is_left_out(record, &fields[i])) {
			if (json_object_set_new(root, fields[i].section, json_null()) < 0)
				return -ENOMEM;
			continue;
		}
		if (fields[i].section) {
			object = json_object_get(root, fields[i].section);
			if (!object && json_object_set_new(root, fields[i].section, object = json_object()) < 0)
				return -ENOMEM;
		}
		if (json_object_set_new(object, fields[i].key, field_to_json(record, &fields[i])) < 0)
			return -ENOMEM;
	}
	return 0;
}

json_t *cell_run_to_json(const struct cell_record *record)
{
	json_t *root = json_pack("{si}", "format_version", REPORT_FORMAT_VERSION);

	if (root && fields_to_json(record, run_fields, COUNT_OF(run_fields), root) == 0)
		return root;
	json_decref(root);
	return NULL;
}

static json_t *leftovers_to_json(const struct cell_record *record)
{
	json_t *array = json_array();

	for (unsigned int i = 0; array && i < record->leftover_count; i++) {
		const struct leftover *leftover = &record->leftovers[i];
		json_t *row = json_pack("{si so so si}", "device_index", leftover->device_index, "dev",
					json_identity(leftover->dev), "inode", json_identity(leftover->inode), "worker",
					leftover->worker);

		if (json_array_append_new(array, row) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *stucks_to_json(const struct cell_record *record)
{
	json_t *array = json_array();

	for (unsigned int i = 0; array && i < record->stuck_count; i++) {
		const struct stuck_call *stuck = &record->stucks[i];
		json_t *row =
			json_pack("{si ss si so so}", "worker", stuck->worker, "call", recorder_call_text(stuck->call),
				  "device_index", stuck->device_index, "duration_ns", json_count(stuck->duration_ns),
				  "stack", json_text(stuck->stack));

		if (json_array_append_new(array, row) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* Of something that was tried once. */
static json_t *attempt_to_json(bool was_tried, int error)
{
	if (!was_tried)
		return json_null();
	return json_pack("{si so}", "error", error, "error_name", json_errno(error));
}

static json_t *resources_to_json(const struct cell_record *record)
{
	json_t *array = json_array();

	for (unsigned int i = 0; array && i < record->resource_count; i++) {
		const struct resource *resource = &record->resources[i];
		json_t *row = json_pack("{so so so}", "name", json_text(resource->name), "before",
					json_count(resource->before), "after", json_count(resource->after));

		if (json_array_append_new(array, row) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *lost_devices_to_json(const struct cell_record *record)
{
	json_t *array = json_array();

	for (unsigned int i = 0; array && i < record->lost_device_count; i++) {
		const struct lost_device *device = &record->lost_devices[i];
		json_t *row = json_pack("{si so si so so}", "device_index", device->device_index, "state",
					json_text(device->state), "error", device->error, "error_name",
					json_errno(device->error), "what", json_text(device->what));

		if (json_array_append_new(array, row) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *devices_to_json(const struct cell_record *record)
{
	if (!record->has_checked_devices && !record->lost_device_count)
		return json_null();
	return json_pack("{so so}", "checked_count", json_integer(record->checked_device_count), "lost",
			 lost_devices_to_json(record));
}

json_t *cell_state_to_json(const struct cell_record *record)
{
	json_t *root = json_pack("{si}", "format_version", REPORT_FORMAT_VERSION);

	if (root && fields_to_json(record, state_fields, COUNT_OF(state_fields), root) == 0 &&
	    json_object_set_new(root, "module_removal",
				attempt_to_json(record->has_module, record->module_remove_error)) == 0 &&
	    json_object_set_new(root, "unmount", attempt_to_json(record->has_unmount, record->unmount_error)) == 0 &&
	    json_object_set_new(root, "resources", resources_to_json(record)) == 0 &&
	    json_object_set_new(root, "devices", devices_to_json(record)) == 0 &&
	    json_object_set_new(root, "leftovers", leftovers_to_json(record)) == 0 &&
	    json_object_set_new(root, "stuck_calls", stucks_to_json(record)) == 0)
		return root;
	json_decref(root);
	return NULL;
}

/* --- reading --- */

/* Where we are, for messages. */
struct place {
	const char *path;
	struct report_error *error;
};

static int wrong(const struct place *place, const char *section, const char *key, const char *right)
{
	report_error_set(place->error, "%s: %s%s%s: %s would be right", place->path, section ? section : "",
			 section ? "." : "", key, right);
	return -EINVAL;
}

static bool get_number(const json_t *object, const char *key, json_int_t min, json_int_t max, json_int_t *ret_number)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value) || json_integer_value(value) < min || json_integer_value(value) > max)
		return false;
	*ret_number = json_integer_value(value);
	return true;
}

/* Digits, or with base 0 also "0x..." */
static bool get_unsigned_text(const json_t *object, const char *key, int base, uint64_t *ret_number)
{
	const char *text = json_string_value(json_object_get(object, key));
	unsigned long long number;
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoull(text, &end, base);
	if (errno != 0 || *end != '\0')
		return false;
	*ret_number = number;
	return true;
}

static int read_text(const struct place *place, const json_t *value, const struct field *field, char **target)
{
	if (json_is_null(value))
		return 0;
	if (!json_is_string(value))
		return wrong(place, field->section, field->key, "a string or null");
	if (cell_record_set(target, json_string_value(value)) < 0) {
		report_error_set(place->error, "%s: %s", place->path, strerror(ENOMEM));
		return -ENOMEM;
	}
	return 0;
}

static int read_ending(const struct place *place, const json_t *value, const struct field *field, enum ending *target)
{
	const char *word = json_string_value(value);

	for (unsigned int ending = 0; word && ending < ENDING_COUNT; ending++) {
		if (strcmp(ending_name(ending), word) == 0) {
			*target = ending;
			return 0;
		}
	}
	return wrong(place, field->section, field->key, "how the guest ended, such as \"finished\",");
}

static int field_from_json(const struct place *place, const json_t *object, const struct field *field,
			   struct cell_record *record)
{
	void *target = (char *)record + field->offset;
	const json_t *value = json_object_get(object, field->key);
	json_int_t number;

	switch (field->type) {
	case FIELD_TEXT:
		return read_text(place, value, field, target);
	case FIELD_COUNT64:
		if (!get_number(object, field->key, 0, INT64_MAX, &number))
			return wrong(place, field->section, field->key, "a number, 0 or more,");
		*(uint64_t *)target = (uint64_t)number;
		return 0;
	case FIELD_COUNT:
		if (!get_number(object, field->key, 0, INT_MAX, &number))
			return wrong(place, field->section, field->key, "a number, 0 or more,");
		*(unsigned int *)target = (unsigned int)number;
		return 0;
	case FIELD_INT:
		if (!get_number(object, field->key, INT_MIN, INT_MAX, &number))
			return wrong(place, field->section, field->key, "a number");
		*(int *)target = (int)number;
		return 0;
	case FIELD_BOOL:
		if (!json_is_boolean(value))
			return wrong(place, field->section, field->key, "true or false");
		*(bool *)target = json_is_true(value);
		return 0;
	case FIELD_SEED:
		if (!get_unsigned_text(object, field->key, 0, target))
			return wrong(place, field->section, field->key, "a string such as \"0x1f\"");
		return 0;
	case FIELD_ENDING:
		return read_ending(place, value, field, target);
	}
	return -EINVAL;
}

static int fields_from_json(const struct place *place, const json_t *root, const struct field *fields, size_t count,
			    struct cell_record *record)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		const json_t *object = fields[i].section ? json_object_get(root, fields[i].section) : root;

		if (is_left_out(record, &fields[i]))
			continue;
		if (!json_is_object(object))
			return wrong(place, NULL, fields[i].section ? fields[i].section : "root", "an object");
		r = field_from_json(place, object, &fields[i], record);
	}
	return r;
}

int cell_run_from_json(const json_t *root, const char *path, struct cell_record *record, struct report_error *ret_error)
{
	const struct place place = { path, ret_error };

	record->has_qemu = !json_is_null(json_object_get(root, "qemu"));
	return fields_from_json(&place, root, run_fields, COUNT_OF(run_fields), record);
}

static int leftovers_from_json(const struct place *place, const json_t *array, struct cell_record *record)
{
	json_int_t index, worker;
	const json_t *row;
	size_t i;

	if (!json_is_array(array) || json_array_size(array) > CELL_LEFTOVER_COUNT_MAX)
		return wrong(place, NULL, "leftovers", "an array of devices");
	record->leftovers = calloc(json_array_size(array) + 1, sizeof(*record->leftovers));
	if (!record->leftovers)
		return -ENOMEM;
	json_array_foreach(array, i, row)
	{
		struct leftover *leftover = &record->leftovers[i];

		if (!get_number(row, "device_index", -1, INT_MAX, &index) ||
		    !get_number(row, "worker", -1, INT_MAX, &worker) ||
		    !get_unsigned_text(row, "dev", 10, &leftover->dev) ||
		    !get_unsigned_text(row, "inode", 10, &leftover->inode))
			return wrong(place, NULL, "leftovers", "device_index, dev, inode and worker in each");
		leftover->device_index = (int)index;
		leftover->worker = (int)worker;
		record->leftover_count++;
	}
	return 0;
}

static bool call_from_text(const char *text, enum recorder_call *ret_call)
{
	for (unsigned int call = 0; text && call < RECORDER_CALL_COUNT; call++) {
		if (strcmp(recorder_call_text(call), text) == 0) {
			*ret_call = call;
			return true;
		}
	}
	return false;
}

static int stucks_from_json(const struct place *place, const json_t *array, struct cell_record *record)
{
	json_int_t worker, index, duration_ns;
	const json_t *row;
	size_t i;

	if (!json_is_array(array) || json_array_size(array) > CELL_STUCK_COUNT_MAX)
		return wrong(place, NULL, "stuck_calls", "an array of calls");
	record->stucks = calloc(json_array_size(array) + 1, sizeof(*record->stucks));
	if (!record->stucks)
		return -ENOMEM;
	json_array_foreach(array, i, row)
	{
		struct stuck_call *stuck = &record->stucks[i];
		const char *stack = json_string_value(json_object_get(row, "stack"));

		if (!get_number(row, "worker", -1, INT_MAX, &worker) ||
		    !get_number(row, "device_index", -1, INT_MAX, &index) ||
		    !get_number(row, "duration_ns", 0, INT64_MAX, &duration_ns) || !stack ||
		    !call_from_text(json_string_value(json_object_get(row, "call")), &stuck->call))
			return wrong(place, NULL, "stuck_calls",
				     "worker, call, device_index, duration_ns and stack in each");
		stuck->worker = (int)worker;
		stuck->device_index = (int)index;
		stuck->duration_ns = (uint64_t)duration_ns;
		stuck->stack = strdup(stack);
		if (!stuck->stack)
			return -ENOMEM;
		record->stuck_count++;
	}
	return 0;
}

static int attempt_from_json(const struct place *place, const json_t *root, const char *key, bool *ret_was_tried,
			     int *ret_error)
{
	const json_t *attempt = json_object_get(root, key);
	json_int_t error;

	if (json_is_null(attempt))
		return 0;
	if (!get_number(attempt, "error", 0, 4095, &error))
		return wrong(place, NULL, key, "null, or an object with an errno as error,");
	*ret_was_tried = true;
	*ret_error = (int)error;
	return 0;
}

static int resources_from_json(const struct place *place, const json_t *array, struct cell_record *record)
{
	json_int_t before, after;
	const json_t *row;
	size_t i;

	if (!json_is_array(array) || json_array_size(array) > CELL_RESOURCE_COUNT_MAX)
		return wrong(place, NULL, "resources", "an array of counts");
	record->resources = calloc(json_array_size(array) + 1, sizeof(*record->resources));
	if (!record->resources)
		return -ENOMEM;
	json_array_foreach(array, i, row)
	{
		const char *name = json_string_value(json_object_get(row, "name"));
		struct resource *resource = &record->resources[i];

		if (!name || !get_number(row, "before", 0, INT64_MAX, &before) ||
		    !get_number(row, "after", 0, INT64_MAX, &after))
			return wrong(place, NULL, "resources", "name, before and after in each");
		resource->before = (uint64_t)before;
		resource->after = (uint64_t)after;
		resource->name = strdup(name);
		if (!resource->name)
			return -ENOMEM;
		record->resource_count++;
	}
	return 0;
}

static int lost_device_from_json(const struct place *place, const json_t *row, struct cell_record *record)
{
	const char *state = json_string_value(json_object_get(row, "state"));
	const char *what = json_string_value(json_object_get(row, "what"));
	/* There is room: see devices_from_json(). */
	struct lost_device *device = &record->lost_devices[record->lost_device_count];
	json_int_t index, error;

	if (!state || !what || !get_number(row, "device_index", -1, INT_MAX, &index) ||
	    !get_number(row, "error", 0, 4095, &error))
		return wrong(place, "devices", "lost", "device_index, state, error and what in each");
	device->device_index = (int)index;
	device->error = (int)error;
	/* From here on cell_record_fini() frees both. */
	record->lost_device_count++;
	device->state = strdup(state);
	device->what = strdup(what);
	return device->state && device->what ? 0 : -ENOMEM;
}

static int devices_from_json(const struct place *place, const json_t *devices, struct cell_record *record)
{
	const json_t *array = json_object_get(devices, "lost");
	json_int_t checked_count;
	const json_t *row;
	size_t i;
	int r = 0;

	if (json_is_null(devices))
		return 0;
	if (!get_number(devices, "checked_count", 0, INT_MAX, &checked_count) || !json_is_array(array) ||
	    json_array_size(array) > CELL_LOST_DEVICE_COUNT_MAX)
		return wrong(place, NULL, "devices", "null, or an object with checked_count and an array lost");
	record->has_checked_devices = true;
	record->checked_device_count = (unsigned int)checked_count;
	record->lost_devices = calloc(json_array_size(array) + 1, sizeof(*record->lost_devices));
	if (!record->lost_devices)
		return -ENOMEM;
	json_array_foreach(array, i, row)
	{
		r = lost_device_from_json(place, row, record);
		if (r < 0)
			return r;
	}
	return 0;
}

/* What the guest did not look at before these were added is missing in older evidence: then it was not looked at. */
static int additions_from_json(const struct place *place, const json_t *root, struct cell_record *record)
{
	int r = 0;

	if (json_object_get(root, "unmount"))
		r = attempt_from_json(place, root, "unmount", &record->has_unmount, &record->unmount_error);
	if (r == 0 && json_object_get(root, "resources"))
		r = resources_from_json(place, json_object_get(root, "resources"), record);
	if (r == 0 && json_object_get(root, "devices"))
		r = devices_from_json(place, json_object_get(root, "devices"), record);
	return r;
}

int cell_state_from_json(const json_t *root, const char *path, struct cell_record *record,
			 struct report_error *ret_error)
{
	const struct place place = { path, ret_error };
	int r = fields_from_json(&place, root, state_fields, COUNT_OF(state_fields), record);

	if (r == 0)
		r = attempt_from_json(&place, root, "module_removal", &record->has_module,
				      &record->module_remove_error);
	if (r == 0)
		r = leftovers_from_json(&place, json_object_get(root, "leftovers"), record);
	if (r == 0)
		r = stucks_from_json(&place, json_object_get(root, "stuck_calls"), record);
	if (r == 0)
		r = additions_from_json(&place, root, record);
	if (r == -ENOMEM)
		report_error_set(ret_error, "%s: %s", path, strerror(ENOMEM));
	return r;
}
