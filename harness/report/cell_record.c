/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filling a cell's record from what scripts (key=value lines) and the guest (notes) say.
 *
 * A value goes to the end of the line for a key whose text is free, and to the next " word=" for the others: the name
 * of a call may hold blanks ("planted fault").  Notes come from a guest that may be broken: a line that is not
 * understood is counted, and nothing it says is used as an index.
 */
#include "harness/report/cell.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/remark.h"

int cell_record_set(char **field, const char *text)
{
	char *copy = NULL;

	if (text) {
		copy = strdup(text);
		if (!copy)
			return -ENOMEM;
	}
	free(*field);
	*field = copy;
	return 0;
}

/* --- key=value lines --- */

struct info_key {
	const char *name;
	char **field;
};

/* The next line of a text that need not end in a NUL, as a string of its own; NULL at the end or without memory. */
static char *next_line(const char **text, size_t *text_bytes)
{
	const char *end = memchr(*text, '\n', *text_bytes);
	size_t line_bytes = end ? (size_t)(end - *text) : *text_bytes;
	char *line = strndup(*text, line_bytes);

	*text += line_bytes + (end ? 1 : 0);
	*text_bytes -= line_bytes + (end ? 1 : 0);
	return line;
}

static int apply_info(const struct info_key *keys, size_t key_count, const char *text, size_t text_bytes)
{
	int r = 0;

	while (r == 0 && text_bytes > 0) {
		char *line = next_line(&text, &text_bytes);
		char *value = line ? strchr(line, '=') : NULL;

		if (!line)
			return -ENOMEM;
		if (value)
			*value++ = '\0';
		for (size_t i = 0; value && r == 0 && i < key_count; i++)
			if (strcmp(keys[i].name, line) == 0)
				r = cell_record_set(keys[i].field, *value ? value : NULL);
		free(line);
	}
	return r;
}

int cell_record_apply_kernel_info(struct cell_record *record, const char *text, size_t text_bytes)
{
	struct cell_kernel *kernel = &record->kernel;
	const struct info_key keys[] = {
		{ "release", &kernel->release },  { "source", &kernel->source },
		{ "boot", &kernel->boot },	  { "image_sha256", &kernel->image_sha256 },
		{ "loop", &kernel->loop_driver }, { "loop_sha256", &kernel->loop_sha256 },
		{ "version", &kernel->version },  { "instrumented", &kernel->instrumented },
	};

	return apply_info(keys, sizeof(keys) / sizeof(keys[0]), text, text_bytes);
}

int cell_record_apply_boot_info(struct cell_record *record, const char *text, size_t text_bytes)
{
	struct cell_qemu *qemu = &record->qemu;
	const struct info_key keys[] = {
		{ "qemu_version", &qemu->version },
		{ "accel", &qemu->accel },
		{ "accel_requested", &qemu->accel_requested },
		{ "accel_reason", &qemu->accel_reason },
		{ "workarounds", &qemu->workarounds },
		{ "argv", &qemu->argv },
	};

	record->has_qemu = true;
	return apply_info(keys, sizeof(keys) / sizeof(keys[0]), text, text_bytes);
}

/* --- notes --- */

static const char *find_key(const char *line, const char *key)
{
	size_t key_bytes = strlen(key);

	for (const char *at = strchr(line, ' '); at; at = strchr(at + 1, ' '))
		if (strncmp(at + 1, key, key_bytes) == 0 && at[1 + key_bytes] == '=')
			return at + 1 + key_bytes + 1;
	return NULL;
}

/* Where the value ends: before the next " word=". */
static size_t value_length(const char *value)
{
	for (const char *at = strchr(value, ' '); at; at = strchr(at + 1, ' ')) {
		size_t word_bytes = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_");

		if (word_bytes > 0 && at[1 + word_bytes] == '=')
			return (size_t)(at - value);
	}
	return strlen(value);
}

static bool find_number(const char *line, const char *key, uint64_t max, uint64_t *ret_number)
{
	const char *value = find_key(line, key);
	unsigned long long number;
	char *end;

	if (!value || *value < '0' || *value > '9')
		return false;
	errno = 0;
	number = strtoull(value, &end, 10);
	if (errno != 0 || (*end != ' ' && *end != '\0') || number > max)
		return false;
	*ret_number = number;
	return true;
}

/* Like find_number(), for an index that may be -1: none. */
static bool find_index(const char *line, const char *key, int *ret_index)
{
	const char *value = find_key(line, key);
	uint64_t number;

	if (value && strncmp(value, "-1", 2) == 0 && (value[2] == ' ' || value[2] == '\0')) {
		*ret_index = -1;
		return true;
	}
	if (!find_number(line, key, INT_MAX, &number))
		return false;
	*ret_index = (int)number;
	return true;
}

static bool find_call(const char *line, const char *key, enum recorder_call *ret_call)
{
	const char *value = find_key(line, key);

	for (unsigned int call = 0; value && call < RECORDER_CALL_COUNT; call++) {
		const char *text = recorder_call_text(call);

		if (value_length(value) == strlen(text) && strncmp(value, text, strlen(text)) == 0) {
			*ret_call = call;
			return true;
		}
	}
	return false;
}

/* Each note function: 0, -ENOMEM, or NOTE_IGNORED. */
enum { NOTE_IGNORED = 1 };

static int note_kernel(struct cell_record *record, const char *line)
{
	const char *release = find_key(line, "release");
	const char *version = find_key(line, "version");
	char *text;
	int r;

	if (!release || !version)
		return NOTE_IGNORED;
	text = strndup(release, value_length(release));
	r = text ? cell_record_set(&record->kernel.release, text) : -ENOMEM;
	free(text);
	return r < 0 ? r : cell_record_set(&record->kernel.version, version);
}

static int note_loop(struct cell_record *record, const char *line)
{
	const char *driver = find_key(line, "driver");

	if (!driver || (strcmp(driver, "module") != 0 && strcmp(driver, "builtin") != 0))
		return NOTE_IGNORED;
	return cell_record_set(&record->kernel.loop_driver, driver);
}

static int note_taint(struct cell_record *record, const char *line)
{
	char letters[65];
	uint64_t flags;

	if (!find_number(line, "flags", INT64_MAX, &flags))
		return NOTE_IGNORED;
	report_taint_letters(flags, letters);
	return cell_record_set(&record->kernel.taint, letters);
}

/* The first reason counts: what follows is often a consequence of it. */
static int note_reason(char **field, const char *line, const char *key)
{
	const char *reason = find_key(line, key);

	if (!reason || !*reason)
		return NOTE_IGNORED;
	return *field ? 0 : cell_record_set(field, reason);
}

static int note_skip(struct cell_record *record, const char *line)
{
	return note_reason(&record->skip_reason, line, "need");
}

static int note_broken(struct cell_record *record, const char *line)
{
	return note_reason(&record->broken_reason, line, "what");
}

static int note_leftover(struct cell_record *record, const char *line)
{
	struct leftover leftover = { 0 };
	struct leftover *leftovers;

	if (!find_index(line, "index", &leftover.device_index) ||
	    !find_number(line, "dev", UINT64_MAX, &leftover.dev) ||
	    !find_number(line, "inode", UINT64_MAX, &leftover.inode) || !find_index(line, "worker", &leftover.worker))
		return NOTE_IGNORED;
	if (record->leftover_count >= CELL_LEFTOVER_COUNT_MAX)
		return NOTE_IGNORED;
	leftovers = reallocarray(record->leftovers, record->leftover_count + 1, sizeof(*leftovers));
	if (!leftovers)
		return -ENOMEM;
	record->leftovers = leftovers;
	leftovers[record->leftover_count++] = leftover;
	return 0;
}

static int note_stuck(struct cell_record *record, const char *line)
{
	struct stuck_call stuck = { 0 };
	struct stuck_call *stucks;

	if (!find_index(line, "worker", &stuck.worker) || !find_call(line, "call", &stuck.call) ||
	    !find_index(line, "index", &stuck.device_index) ||
	    !find_number(line, "for_ns", UINT64_MAX, &stuck.duration_ns))
		return NOTE_IGNORED;
	if (record->stuck_count >= CELL_STUCK_COUNT_MAX)
		return NOTE_IGNORED;
	stucks = reallocarray(record->stucks, record->stuck_count + 1, sizeof(*stucks));
	if (!stucks)
		return -ENOMEM;
	record->stucks = stucks;
	stuck.stack = strdup("");
	if (!stuck.stack)
		return -ENOMEM;
	stucks[record->stuck_count++] = stuck;
	return 0;
}

static int note_stack(struct cell_record *record, const char *line)
{
	const char *text = find_key(line, "text");
	struct stuck_call *stuck = NULL;
	size_t old_bytes, text_bytes;
	char *stack;
	int worker;

	if (!text || !find_index(line, "worker", &worker))
		return NOTE_IGNORED;
	for (unsigned int i = record->stuck_count; i > 0 && !stuck; i--)
		if (record->stucks[i - 1].worker == worker)
			stuck = &record->stucks[i - 1];
	if (!stuck)
		return NOTE_IGNORED;
	old_bytes = strlen(stuck->stack);
	text_bytes = strlen(text);
	if (old_bytes + 1 + text_bytes > CELL_STACK_BYTES_MAX)
		return NOTE_IGNORED;
	stack = malloc(old_bytes + 1 + text_bytes + 1);
	if (!stack)
		return -ENOMEM;
	memcpy(stack, stuck->stack, old_bytes);
	if (old_bytes > 0)
		stack[old_bytes++] = '\n';
	memcpy(stack + old_bytes, text, text_bytes + 1);
	free((char *)stuck->stack);
	stuck->stack = stack;
	return 0;
}

static int note_rmmod(struct cell_record *record, const char *line)
{
	uint64_t error;

	if (!find_number(line, "error", 4095, &error))
		return NOTE_IGNORED;
	record->has_module = true;
	record->module_remove_error = (int)error;
	return 0;
}

static int note_unmount(struct cell_record *record, const char *line)
{
	uint64_t error;

	if (!find_number(line, "error", 4095, &error))
		return NOTE_IGNORED;
	record->has_unmount = true;
	record->unmount_error = (int)error;
	return 0;
}

static int note_resource(struct cell_record *record, const char *line)
{
	const char *name = find_key(line, "name");
	struct resource resource = { 0 };
	struct resource *resources;

	/* As JSON has it. */
	if (!name || value_length(name) == 0 || !find_number(line, "before", INT64_MAX, &resource.before) ||
	    !find_number(line, "after", INT64_MAX, &resource.after))
		return NOTE_IGNORED;
	if (record->resource_count >= CELL_RESOURCE_COUNT_MAX)
		return NOTE_IGNORED;
	resources = reallocarray(record->resources, record->resource_count + 1, sizeof(*resources));
	if (!resources)
		return -ENOMEM;
	record->resources = resources;
	resource.name = strndup(name, value_length(name));
	if (!resource.name)
		return -ENOMEM;
	resources[record->resource_count++] = resource;
	return 0;
}

static int note_checked_devices(struct cell_record *record, const char *line)
{
	uint64_t count;

	if (!find_number(line, "checked", INT_MAX, &count))
		return NOTE_IGNORED;
	record->has_checked_devices = true;
	record->checked_device_count = (unsigned int)count;
	return 0;
}

static int note_device(struct cell_record *record, const char *line)
{
	const char *state = find_key(line, "state");
	const char *what = find_key(line, "what");
	struct lost_device device = { 0 };
	struct lost_device *devices;
	uint64_t error;

	if (!find_index(line, "index", &device.device_index) || !state || value_length(state) == 0 ||
	    !find_number(line, "error", 4095, &error) || !what || !*what)
		return NOTE_IGNORED;
	if (record->lost_device_count >= CELL_LOST_DEVICE_COUNT_MAX)
		return NOTE_IGNORED;
	devices = reallocarray(record->lost_devices, record->lost_device_count + 1, sizeof(*devices));
	if (!devices)
		return -ENOMEM;
	record->lost_devices = devices;
	device.error = (int)error;
	device.state = strndup(state, value_length(state));
	device.what = strdup(what);
	if (!device.state || !device.what) {
		free((char *)device.state);
		free((char *)device.what);
		return -ENOMEM;
	}
	devices[record->lost_device_count++] = device;
	return 0;
}

/* The judge reads it out of the history itself. */
static int note_of_judge(struct cell_record *record, const char *line)
{
	(void)record;
	(void)line;
	return 0;
}

static int note_memory(struct cell_record *record, const char *line)
{
	return find_number(line, "harness_kib", INT64_MAX, &record->harness_memory_kib) ? 0 : NOTE_IGNORED;
}

static int apply_note(struct cell_record *record, const char *line)
{
	static const struct {
		const char *word;
		int (*apply)(struct cell_record *record, const char *line);
	} notes[] = {
		{ "kernel ", note_kernel },	{ "loop ", note_loop },		{ "skip ", note_skip },
		{ "broken ", note_broken },	{ "stuck ", note_stuck },	{ "stack ", note_stack },
		{ "leftover ", note_leftover }, { "rmmod ", note_rmmod },	{ "memory ", note_memory },
		{ "unmount ", note_unmount },	{ "resource ", note_resource }, { "devices ", note_checked_devices },
		{ "device ", note_device },	{ "backing ", note_of_judge },	{ "trait ", note_of_judge },
		{ "taint ", note_taint },
	};

	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if (strncmp(line, notes[i].word, strlen(notes[i].word)) == 0)
			return notes[i].apply(record, line);
	return NOTE_IGNORED;
}

int cell_record_apply_notes(struct cell_record *record, const char *notes, size_t notes_bytes)
{
	while (notes_bytes > 0) {
		char *line = next_line(&notes, &notes_bytes);
		int r;

		if (!line)
			return -ENOMEM;
		r = apply_note(record, line);
		free(line);
		if (r < 0)
			return r;
		if (r == NOTE_IGNORED)
			record->ignored_note_count++;
	}
	return 0;
}

int cell_record_apply_history(struct cell_record *record, const struct history *history)
{
	/* Relaxed: the guest has ended, or its start line is long past. */
	record->start_ns = atomic_load_explicit(&history->header->start_ns, memory_order_relaxed);
	return cell_record_apply_notes(record, history->notes, history->notes_bytes);
}

void cell_record_fini(struct cell_record *record)
{
	char *const texts[] = {
		record->looprace_version,    record->scenario,
		record->kernel.release,	     record->kernel.version,
		record->kernel.source,	     record->kernel.image_sha256,
		record->kernel.boot,	     record->kernel.loop_driver,
		record->kernel.loop_sha256,  record->qemu.version,
		record->qemu.accel,	     record->qemu.accel_requested,
		record->qemu.accel_reason,   record->qemu.workarounds,
		record->qemu.argv,	     record->host_system,
		record->command_line,	     record->started_at,
		record->ending_detail,	     record->skip_reason,
		record->broken_reason,	     record->kernel.taint,
		record->kernel.instrumented,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	for (unsigned int i = 0; i < record->stuck_count; i++)
		free((char *)record->stucks[i].stack);
	for (unsigned int i = 0; i < record->resource_count; i++)
		free((char *)record->resources[i].name);
	for (unsigned int i = 0; i < record->lost_device_count; i++) {
		free((char *)record->lost_devices[i].state);
		free((char *)record->lost_devices[i].what);
	}
	free(record->stucks);
	free(record->leftovers);
	free(record->resources);
	free(record->lost_devices);
	*record = CELL_RECORD_NULL;
}
