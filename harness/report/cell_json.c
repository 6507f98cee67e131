/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables below are both the writer and the reader of run.json, and the flat part of state.json: a field that is
 * written is read back, in the same place and of the same type.  results/cell-run.schema.json says the same to others.
 */
#include "harness/report/cell_json.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/json_fields.h"

static const char *ending_word(unsigned int ending)
{
	return ending_name((enum ending)ending);
}

static const struct json_words calls = { .word = recorder_call_text,
					 .count = RECORDER_CALL_COUNT,
					 .right = "a call, such as \"open\"," };
static const struct json_words endings = { .word = ending_word,
					   .count = ENDING_COUNT,
					   .right = "how the guest ended, such as \"finished\"," };

#define FIELD(section, key, type, member)	JSON_FIELD(struct cell_record, section, key, type, member)
#define ADDED_FIELD(section, key, type, member) JSON_ADDED_FIELD(struct cell_record, section, key, type, member)

/* clang-format off */
static const struct json_field run_fields[] = {
	FIELD(NULL, "looprace_version", TEXT, looprace_version),
	FIELD(NULL, "scenario", TEXT, scenario),
	FIELD(NULL, "seed", SEED, seed),
	ADDED_FIELD(NULL, "repeat_number", COUNT, repeat_number),
	FIELD(NULL, "command_line", TEXT, command_line),
	FIELD(NULL, "started_at", TEXT, started_at),
	FIELD(NULL, "start_ns", COUNT, start_ns),
	FIELD(NULL, "worker_count", COUNT, worker_count),
	FIELD(NULL, "duration_ns", COUNT, duration_ns),
	FIELD(NULL, "cpu_count", COUNT, cpu_count),
	FIELD(NULL, "memory_mib", COUNT, memory_mib),
	FIELD(NULL, "device_count", COUNT, device_count),
	JSON_WORD_FIELD(struct cell_record, NULL, "ending", ending, &endings),
	FIELD(NULL, "ending_detail", TEXT, ending_detail),
	FIELD(NULL, "exit_status", INT, exit_status),
	FIELD(NULL, "is_interrupted", BOOL, is_interrupted),
	FIELD(NULL, "boot_ns", COUNT, boot_ns),
	FIELD(NULL, "total_ns", COUNT, total_ns),
	FIELD("kernel", "release", TEXT, kernel.release),
	FIELD("kernel", "version", TEXT, kernel.version),
	ADDED_FIELD("kernel", "taint", TEXT, kernel.taint),
	ADDED_FIELD("kernel", "instrumented", TEXT, kernel.instrumented),
	FIELD("kernel", "source", TEXT, kernel.source),
	FIELD("kernel", "image_sha256", TEXT, kernel.image_sha256),
	FIELD("kernel", "boot", TEXT, kernel.boot),
	FIELD("kernel", "loop_driver", TEXT, kernel.loop_driver),
	FIELD("kernel", "loop_sha256", TEXT, kernel.loop_sha256),
	FIELD("limits", "boot_ns", COUNT, limits.boot_ns),
	FIELD("limits", "run_ns", COUNT, limits.run_ns),
	FIELD("limits", "silence_ns", COUNT, limits.silence_ns),
	FIELD("limits", "shutdown_ns", COUNT, limits.shutdown_ns),
	FIELD("limits", "console_bytes", COUNT, limits.console_bytes),
	FIELD("host", "system", TEXT, host_system),
	FIELD("host", "cpu_count", COUNT, host_cpu_count),
};

/* A cell that ran without an emulator has "qemu": null. */
static const struct json_field qemu_fields[] = {
	FIELD("qemu", "version", TEXT, qemu.version),
	FIELD("qemu", "accel", TEXT, qemu.accel),
	FIELD("qemu", "accel_requested", TEXT, qemu.accel_requested),
	FIELD("qemu", "accel_reason", TEXT, qemu.accel_reason),
	FIELD("qemu", "workarounds", TEXT, qemu.workarounds),
	FIELD("qemu", "argv", TEXT, qemu.argv),
};

static const struct json_field state_fields[] = {
	FIELD(NULL, "skip_reason", TEXT, skip_reason),
	FIELD(NULL, "broken_reason", TEXT, broken_reason),
	FIELD(NULL, "harness_memory_kib", COUNT, harness_memory_kib),
	FIELD(NULL, "ignored_note_count", COUNT, ignored_note_count),
};
/* clang-format on */

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* --- writing --- */

static int qemu_to_json(const struct cell_record *record, json_t *root)
{
	if (!record->has_qemu)
		return json_object_set_new(root, "qemu", json_null());
	return json_fields_write(root, qemu_fields, COUNT_OF(qemu_fields), record);
}

json_t *cell_run_to_json(const struct cell_record *record)
{
	json_t *root = json_pack("{si}", "format_version", REPORT_FORMAT_VERSION);

	if (root && json_fields_write(root, run_fields, COUNT_OF(run_fields), record) == 0 &&
	    qemu_to_json(record, root) == 0)
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

	if (root && json_fields_write(root, state_fields, COUNT_OF(state_fields), record) == 0 &&
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

int cell_run_from_json(const json_t *root, const char *path, struct cell_record *record, struct report_error *ret_error)
{
	const struct json_place place = { .path = path, .error = ret_error };
	int r = json_fields_read(&place, root, run_fields, COUNT_OF(run_fields), record);

	record->has_qemu = !json_is_null(json_object_get(root, "qemu"));
	if (r == 0 && record->has_qemu)
		r = json_fields_read(&place, root, qemu_fields, COUNT_OF(qemu_fields), record);
	if (r == 0 && record->repeat_number == 0)
		r = json_wrong(&place, NULL, "repeat_number", "1 or more");
	return r;
}

static int leftovers_from_json(const struct json_place *place, const json_t *array, struct cell_record *record)
{
	json_int_t index, worker;
	const json_t *row;
	size_t i;

	if (!json_is_array(array) || json_array_size(array) > CELL_LEFTOVER_COUNT_MAX)
		return json_wrong(place, NULL, "leftovers", "an array of devices");
	record->leftovers = calloc(json_array_size(array) + 1, sizeof(*record->leftovers));
	if (!record->leftovers)
		return -ENOMEM;
	json_array_foreach(array, i, row)
	{
		struct leftover *leftover = &record->leftovers[i];

		if (!json_get_number(row, "device_index", -1, INT_MAX, &index) ||
		    !json_get_number(row, "worker", -1, INT_MAX, &worker) ||
		    !json_get_unsigned_text(row, "dev", 10, &leftover->dev) ||
		    !json_get_unsigned_text(row, "inode", 10, &leftover->inode))
			return json_wrong(place, NULL, "leftovers", "device_index, dev, inode and worker in each");
		leftover->device_index = (int)index;
		leftover->worker = (int)worker;
		record->leftover_count++;
	}
	return 0;
}

static int stucks_from_json(const struct json_place *place, const json_t *array, struct cell_record *record)
{
	json_int_t worker, index, duration_ns;
	unsigned int call;
	const json_t *row;
	size_t i;

	if (!json_is_array(array) || json_array_size(array) > CELL_STUCK_COUNT_MAX)
		return json_wrong(place, NULL, "stuck_calls", "an array of calls");
	record->stucks = calloc(json_array_size(array) + 1, sizeof(*record->stucks));
	if (!record->stucks)
		return -ENOMEM;
	json_array_foreach(array, i, row)
	{
		struct stuck_call *stuck = &record->stucks[i];
		const char *stack = json_string_value(json_object_get(row, "stack"));

		if (!json_get_number(row, "worker", -1, INT_MAX, &worker) ||
		    !json_get_number(row, "device_index", -1, INT_MAX, &index) ||
		    !json_get_number(row, "duration_ns", 0, INT64_MAX, &duration_ns) || !stack ||
		    !json_get_word(row, "call", &calls, &call))
			return json_wrong(place, NULL, "stuck_calls",
					  "worker, call, device_index, duration_ns and stack in each");
		stuck->worker = (int)worker;
		stuck->call = (enum recorder_call)call;
		stuck->device_index = (int)index;
		stuck->duration_ns = (uint64_t)duration_ns;
		stuck->stack = strdup(stack);
		if (!stuck->stack)
			return -ENOMEM;
		record->stuck_count++;
	}
	return 0;
}

static int attempt_from_json(const struct json_place *place, const json_t *root, const char *key, bool *ret_was_tried,
			     int *ret_error)
{
	const json_t *attempt = json_object_get(root, key);
	json_int_t error;

	if (json_is_null(attempt))
		return 0;
	if (!json_get_number(attempt, "error", 0, 4095, &error))
		return json_wrong(place, NULL, key, "null, or an object with an errno as error,");
	*ret_was_tried = true;
	*ret_error = (int)error;
	return 0;
}

static int resources_from_json(const struct json_place *place, const json_t *array, struct cell_record *record)
{
	json_int_t before, after;
	const json_t *row;
	size_t i;

	if (!json_is_array(array) || json_array_size(array) > CELL_RESOURCE_COUNT_MAX)
		return json_wrong(place, NULL, "resources", "an array of counts");
	record->resources = calloc(json_array_size(array) + 1, sizeof(*record->resources));
	if (!record->resources)
		return -ENOMEM;
	json_array_foreach(array, i, row)
	{
		const char *name = json_string_value(json_object_get(row, "name"));
		struct resource *resource = &record->resources[i];

		if (!name || !json_get_number(row, "before", 0, INT64_MAX, &before) ||
		    !json_get_number(row, "after", 0, INT64_MAX, &after))
			return json_wrong(place, NULL, "resources", "name, before and after in each");
		resource->before = (uint64_t)before;
		resource->after = (uint64_t)after;
		resource->name = strdup(name);
		if (!resource->name)
			return -ENOMEM;
		record->resource_count++;
	}
	return 0;
}

static int lost_device_from_json(const struct json_place *place, const json_t *row, struct cell_record *record)
{
	const char *state = json_string_value(json_object_get(row, "state"));
	const char *what = json_string_value(json_object_get(row, "what"));
	/* There is room: see devices_from_json(). */
	struct lost_device *device = &record->lost_devices[record->lost_device_count];
	json_int_t index, error;

	if (!state || !what || !json_get_number(row, "device_index", -1, INT_MAX, &index) ||
	    !json_get_number(row, "error", 0, 4095, &error))
		return json_wrong(place, "devices", "lost", "device_index, state, error and what in each");
	device->device_index = (int)index;
	device->error = (int)error;
	/* From here on cell_record_fini() frees both. */
	record->lost_device_count++;
	device->state = strdup(state);
	device->what = strdup(what);
	return device->state && device->what ? 0 : -ENOMEM;
}

static int devices_from_json(const struct json_place *place, const json_t *devices, struct cell_record *record)
{
	const json_t *array = json_object_get(devices, "lost");
	json_int_t checked_count;
	const json_t *row;
	size_t i;
	int r = 0;

	if (json_is_null(devices))
		return 0;
	if (!json_get_number(devices, "checked_count", 0, INT_MAX, &checked_count) || !json_is_array(array) ||
	    json_array_size(array) > CELL_LOST_DEVICE_COUNT_MAX)
		return json_wrong(place, NULL, "devices", "null, or an object with checked_count and an array lost");
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
static int additions_from_json(const struct json_place *place, const json_t *root, struct cell_record *record)
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
	const struct json_place place = { .path = path, .error = ret_error };
	int r = json_fields_read(&place, root, state_fields, COUNT_OF(state_fields), record);

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
