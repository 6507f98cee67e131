/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cited call as a line that a person can read: what was asked, what came back, and which line of the scenario it was.
 * Whatever a damaged record holds, it is some text.
 */
#include "harness/judge/judge.h"

#include <linux/fcntl.h>
#include <linux/loop.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/looprace.h"
#include "harness/judge/rules.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* --- a line in the caller's room, cut where that ends --- */

struct line {
	char *text;
	size_t bytes;
	size_t length; /* of all of it, as snprintf() counts */
	/* What is listed within brackets: one separator between two, and no brackets around nothing. */
	const char *opening;
	unsigned int listed_count;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...)
{
	bool has_room = line->length < line->bytes;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(has_room ? line->text + line->length : NULL, has_room ? line->bytes - line->length : 0,
			   format, arguments);
	va_end(arguments);
	if (length > 0)
		line->length += (size_t)length;
}

static void open_list(struct line *line, const char *opening)
{
	line->opening = opening;
	line->listed_count = 0;
}

static void next(struct line *line)
{
	add(line, "%s", line->listed_count++ ? ", " : line->opening);
}

static void close_list(struct line *line, const char *closing)
{
	if (line->listed_count)
		add(line, "%s", closing);
}

static void add_size(struct line *line, uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t unit = 0;

	while (bytes && bytes % 1024 == 0 && unit + 1 < COUNT_OF(units)) {
		bytes /= 1024;
		unit++;
	}
	add(line, "%llu%s", (unsigned long long)bytes, units[unit]);
}

static void list_size(struct line *line, const char *name, uint64_t bytes)
{
	if (!bytes)
		return;
	next(line);
	add(line, "%s ", name);
	add_size(line, bytes);
}

/* --- sets of flags --- */

struct flag {
	uint64_t bit;
	const char *name;
};

static void add_flags(struct line *line, const struct flag *flags, size_t flag_count, uint64_t set)
{
	const char *separator = "";

	for (size_t i = 0; i < flag_count; i++) {
		if (!(set & flags[i].bit))
			continue;
		add(line, "%s%s", separator, flags[i].name);
		separator = "|";
		set &= ~flags[i].bit;
	}
	if (set)
		add(line, "%s0x%llx", separator, (unsigned long long)set);
}

static void list_loop_flags(struct line *line, uint64_t set)
{
	static const struct flag flags[] = {
		{ LO_FLAGS_READ_ONLY, "READ_ONLY" },
		{ LO_FLAGS_AUTOCLEAR, "AUTOCLEAR" },
		{ LO_FLAGS_PARTSCAN, "PARTSCAN" },
		{ LO_FLAGS_DIRECT_IO, "DIRECT_IO" },
	};

	if (!set)
		return;
	next(line);
	add_flags(line, flags, COUNT_OF(flags), set);
}

static void list_encryption(struct line *line, const struct recorder_record *record)
{
	if (!record->is_extended || (!record->encrypt_type && !record->key_size))
		return;
	next(line);
	add(line, "encryption %u, a key of %u bytes", record->encrypt_type, record->key_size);
}

static void list_open_flags(struct line *line, uint32_t set)
{
	static const struct flag flags[] = { { O_EXCL, "O_EXCL" }, { O_DIRECT, "O_DIRECT" }, { O_PATH, "O_PATH" } };
	uint32_t mode = set & O_ACCMODE;

	next(line);
	add(line, "%s", mode == O_RDWR ? "O_RDWR" : mode == O_WRONLY ? "O_WRONLY" : "O_RDONLY");
	set &= ~(uint32_t)(O_ACCMODE | O_CLOEXEC);
	if (!set)
		return;
	add(line, "|");
	add_flags(line, flags, COUNT_OF(flags), set);
}

/* --- what was asked --- */

static void list_target(struct line *line, const struct recorder_record *record)
{
	if (record->call == RECORDER_CALL_get_free)
		return;
	if (record->device_index >= 0) {
		next(line);
		add(line, "loop%d", record->device_index);
		if (record->partition)
			add(line, "p%u", record->partition);
	}
}

static void list_pointer(struct line *line, const struct recorder_record *record)
{
	if (record->call_flags & RECORDER_FLAG_BAD_POINTER) {
		next(line);
		add(line, "%s", record->value ? "NULL" : "a bad pointer");
	}
}

static void list_binding(struct line *line, const struct recorder_record *record)
{
	if (record->is_extended && record->value) {
		next(line);
		add(line, "from loop%llu", (unsigned long long)record->value - 1);
	}
	if (record->call == RECORDER_CALL_change_fd)
		return;
	if (record->is_extended) {
		list_size(line, "offset", record->offset);
		list_size(line, "limit", record->length);
		list_size(line, "block size", record->block_size);
	}
	list_loop_flags(line, record->detail);
	list_encryption(line, record);
}

static void list_range(struct line *line, const struct recorder_record *record)
{
	next(line);
	add_size(line, record->offset);
	next(line);
	add_size(line, record->length);
}

static void list_arguments(struct line *line, const struct recorder_record *record)
{
	switch (record->call) {
	case RECORDER_CALL_set_fd:
	case RECORDER_CALL_configure:
	case RECORDER_CALL_change_fd:
		list_binding(line, record);
		return;
	case RECORDER_CALL_set_status:
	case RECORDER_CALL_set_status_old:
		if (record->is_extended) {
			list_size(line, "offset", record->offset);
			list_size(line, "limit", record->length);
		}
		list_loop_flags(line, record->detail);
		list_encryption(line, record);
		break;
	default:
		break;
	}
	if (!record->is_extended)
		return;
	switch (record->call) {
	case RECORDER_CALL_add:
	case RECORDER_CALL_remove:
		if ((int32_t)record->value != record->device_index) {
			next(line);
			add(line, "%d asked for", (int32_t)record->value);
		}
		break;
	case RECORDER_CALL_open:
	case RECORDER_CALL_open_file:
		list_open_flags(line, record->open_flags);
		break;
	case RECORDER_CALL_set_status:
	case RECORDER_CALL_set_status_old:
	case RECORDER_CALL_get_status:
	case RECORDER_CALL_get_status_old:
		list_pointer(line, record);
		break;
	case RECORDER_CALL_set_block_size:
	case RECORDER_CALL_set_direct_io:
	case RECORDER_CALL_partition_delete:
		next(line);
		add(line, "%llu", (unsigned long long)record->value);
		break;
	case RECORDER_CALL_other_ioctl:
		next(line);
		add(line, "0x%llx, 0x%llx", (unsigned long long)record->value, (unsigned long long)record->length);
		break;
	case RECORDER_CALL_partition_add:
		next(line);
		add(line, "%llu", (unsigned long long)record->value);
		list_range(line, record);
		break;
	case RECORDER_CALL_truncate:
		next(line);
		add_size(line, record->length);
		break;
	case RECORDER_CALL_read:
	case RECORDER_CALL_write:
	case RECORDER_CALL_discard:
	case RECORDER_CALL_zeroout:
	case RECORDER_CALL_map:
	case RECORDER_CALL_unmap:
	case RECORDER_CALL_load:
	case RECORDER_CALL_store:
		list_range(line, record);
		break;
	default:
		break;
	}
}

/* --- what came back --- */

static void add_partitions(struct line *line, uint64_t set)
{
	const char *separator = "";

	for (unsigned int number = 1; number < 64; number++) {
		if (!(set >> number & 1))
			continue;
		add(line, "%s%u", separator, number);
		separator = ", ";
	}
	if (!*separator)
		add(line, "none");
}

static void add_result(struct line *line, const struct recorder_record *record)
{
	if (!record->return_ns)
		add(line, "?");
	else if (record->result < 0)
		add(line, "%d %s", record->result, error_name(record->result));
	else if (record->call == RECORDER_CALL_attach && record->result == LOOP_ATTACH_GAVE_UP)
		add(line, "gave up");
	else if (record->is_extended && record->call == RECORDER_CALL_size)
		add_size(line, record->capacity_bytes);
	else if (record->is_extended && record->call == RECORDER_CALL_block_size)
		add(line, "%u", record->block_size);
	else if (record->is_extended && record->call == RECORDER_CALL_diskseq)
		add(line, "%llu", (unsigned long long)record->diskseq);
	else if (record->is_extended && record->call == RECORDER_CALL_read_only)
		add(line, "%llu", (unsigned long long)record->value);
	else if (record->is_extended && record->call == RECORDER_CALL_partitions)
		add_partitions(line, record->value);
	else
		add(line, "%d", record->result);
}

/* What a run of blocks held, or was given. */
static void list_blocks(struct line *line, const struct recorder_record *record)
{
	uint32_t count = record->run_block_count;
	uint64_t last = record->sector + (count ? count - 1 : 0);

	if (record->content == RECORDER_CONTENT_none || !count)
		return;
	next(line);
	add(line, "%u block%s", count, count == 1 ? "" : "s");
	if (record->run_offset != record->offset || record->call == RECORDER_CALL_blocks) {
		add(line, " at ");
		add_size(line, record->run_offset);
	}
	if (record->content != RECORDER_CONTENT_tags) {
		add(line, " of %s", recorder_content_text(record->content));
		return;
	}
	add(line, " of owner %u, generation %llu, sector %llu", record->owner, (unsigned long long)record->generation,
	    (unsigned long long)record->sector);
	if (last != record->sector)
		add(line, "..%llu", (unsigned long long)last);
}

static void list_sysfs(struct line *line, const struct recorder_record *record)
{
	static const struct flag flags[] = { { 1, "autoclear" }, { 2, "partscan" }, { 4, "dio" } };

	list_size(line, "size", record->capacity_bytes);
	if (!(record->value & 8))
		return;
	list_size(line, "offset", record->offset);
	list_size(line, "limit", record->length);
	if (!(record->value & 7))
		return;
	next(line);
	add_flags(line, flags, COUNT_OF(flags), record->value & 7);
}

static bool holds_blocks(unsigned int call)
{
	return call == RECORDER_CALL_read || call == RECORDER_CALL_write || call == RECORDER_CALL_load ||
	       call == RECORDER_CALL_store || call == RECORDER_CALL_blocks;
}

static void list_told(struct line *line, const struct recorder_record *record)
{
	bool is_status = record->call == RECORDER_CALL_get_status || record->call == RECORDER_CALL_get_status_old;

	if (record->inode) {
		next(line);
		add(line, "inode %llu", (unsigned long long)record->inode);
	}
	if (record->is_extended && is_status) {
		list_size(line, "offset", record->offset);
		list_size(line, "limit", record->length);
	}
	if (is_status)
		list_loop_flags(line, record->detail);
	if (record->is_extended && record->call == RECORDER_CALL_sysfs)
		list_sysfs(line, record);
	if (record->is_extended && holds_blocks(record->call))
		list_blocks(line, record);
	else if (record->is_extended && record->call_flags & RECORDER_FLAG_COMPAT) {
		next(line);
		add(line, "32-bit entry");
	}
	if (record->is_injected) {
		next(line);
		add(line, "failure injected");
	}
}

static void add_duration(struct line *line, const struct recorder_record *record, uint64_t call_ns)
{
	uint64_t ns = record->return_ns > call_ns ? record->return_ns - call_ns : 0;

	if (!record->return_ns)
		add(line, "  has not returned");
	else if (ns < 1000000)
		add(line, "  %llu.%llu us", (unsigned long long)(ns / 1000), (unsigned long long)(ns / 100 % 10));
	else if (ns < 1000000000)
		add(line, "  %llu.%llu ms", (unsigned long long)(ns / 1000000), (unsigned long long)(ns / 100000 % 10));
	else
		add(line, "  %llu.%03llu s", (unsigned long long)(ns / 1000000000),
		    (unsigned long long)(ns / 1000000 % 1000));
}

static void add_call(struct line *line, const struct recorder_record *record)
{
	add(line, "%s", recorder_call_text(record->call));
	open_list(line, "(");
	list_target(line, record);
	list_arguments(line, record);
	close_list(line, ")");
	add(line, " = ");
	add_result(line, record);
	open_list(line, "  [");
	list_told(line, record);
	close_list(line, "]");
}

/* A uevent is no call: nobody waits for it, and it has no result. */
static void add_uevent(struct line *line, const struct recorder_record *record)
{
	if (record->call == RECORDER_CALL_uevent_gap) {
		if (record->value)
			add(line, "%llu uevents were lost", (unsigned long long)record->value);
		else
			add(line, "uevents were lost: the queue was full");
		return;
	}
	add(line, "uevent: %s", recorder_uevent_action_text(record->value));
	if (record->device_index >= 0)
		add(line, " of loop%d", record->device_index);
	if (record->partition)
		add(line, "p%u", record->partition);
	open_list(line, "  [");
	next(line);
	add(line, "number %llu", (unsigned long long)record->detail);
	if (record->diskseq) {
		next(line);
		add(line, "diskseq %llu", (unsigned long long)record->diskseq);
	}
	if (record->call_flags & RECORDER_FLAG_RESIZE) {
		next(line);
		add(line, "RESIZE");
	}
	if (record->call_flags & RECORDER_FLAG_MEDIA_CHANGE) {
		next(line);
		add(line, "DISK_MEDIA_CHANGE");
	}
	close_list(line, "]");
}

int proof_call_format(const struct proof_call *call, uint64_t origin_ns, char *text, size_t text_bytes)
{
	const struct recorder_record *record = &call->record;
	/* Relaxed: a private copy. */
	uint64_t call_ns = atomic_load_explicit(&record->call_ns, memory_order_relaxed);
	bool is_before = call_ns < origin_ns;
	uint64_t distance_ns = is_before ? origin_ns - call_ns : call_ns - origin_ns;
	struct line line = { .text = text, .bytes = text_bytes };

	text[0] = '\0';
	add(&line, "%c%llu.%06llu s  ", is_before ? '-' : '+', (unsigned long long)(distance_ns / 1000000000),
	    (unsigned long long)(distance_ns / 1000 % 1000000));
	if (proof_call_is_uevent(call)) {
		add(&line, "kernel  ");
		add_uevent(&line, record);
		return (int)line.length;
	}
	add(&line, "worker %u  ", call->worker);
	add_call(&line, record);
	add_duration(&line, record, call_ns);
	if (record->line)
		add(&line, "  scenario line %u", record->line);
	return (int)line.length;
}

int proof_call_title(const struct proof_call *call, char *text, size_t text_bytes)
{
	struct line line = { .text = text, .bytes = text_bytes };

	text[0] = '\0';
	if (proof_call_is_uevent(call))
		add_uevent(&line, &call->record);
	else
		add_call(&line, &call->record);
	return (int)line.length;
}
