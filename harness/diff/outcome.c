/* SPDX-License-Identifier: Apache-2.0 */
/* A record's words; see outcome.h.  Whatever a damaged record holds, it is some text. */
#include "harness/diff/outcome.h"

#include <linux/loop.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static void add(char *word, const char *format, ...)
{
	size_t length = strlen(word);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(word + length, OUTCOME_WORD_BYTES - length, format, arguments);
	va_end(arguments);
}

const char *outcome_field_text(enum outcome_field field)
{
	static const char *const texts[] = {
#define X(name, text) [OUTCOME_##name] = text,
		OUTCOME_FIELDS(X)
#undef X
	};

	return texts[field];
}

/* Of these the number itself is an answer: an index, or a count of bytes.  Of others it is 0, or a descriptor. */
static bool counts(unsigned int call)
{
	switch (call) {
	case RECORDER_CALL_get_free:
	case RECORDER_CALL_add:
	case RECORDER_CALL_remove:
	case RECORDER_CALL_read:
	case RECORDER_CALL_write:
		return true;
	default:
		return false;
	}
}

static void tell_result(const struct recorder_record *record, char *word)
{
	const char *name = record->result < 0 ? strerrorname_np(-record->result) : NULL;

	if (record->return_ns == 0)
		add(word, "does not return");
	else if (name)
		add(word, "-%s", name);
	else
		add(word, "%d", record->result < 0 || counts(record->call) ? record->result : 0);
}

static void add_bits(char *word, uint64_t set, const char *const *names, unsigned int count)
{
	const char *separator = "";

	for (unsigned int i = 0; i < count; i++)
		if (names[i] && set >> i & 1) {
			add(word, "%s%s", separator, names[i]);
			separator = "|";
			set &= ~(UINT64_C(1) << i);
		}
	if (set || !*separator)
		add(word, "%s%#llx", separator, (unsigned long long)set);
}

static void tell_status(const struct recorder_record *record, const struct backings *backings, struct outcome *outcome)
{
	static const char *const flags[] = { "READ_ONLY", NULL, "AUTOCLEAR", "PARTSCAN", "DIRECT_IO" };
	const struct backing_file *file = backings_with_identity(backings, record->dev, record->inode);

	if (record->call_flags & RECORDER_FLAG_BAD_POINTER)
		return;
	add_bits(outcome->words[OUTCOME_flags], record->detail, flags, sizeof(flags) / sizeof(flags[0]));
	add(outcome->words[OUTCOME_offset], "%llu", (unsigned long long)record->offset);
	add(outcome->words[OUTCOME_limit], "%llu", (unsigned long long)record->length);
	add(outcome->words[OUTCOME_encryption], "type %u, a key of %u bytes", record->encrypt_type, record->key_size);
	add(outcome->words[OUTCOME_file], "%s", file ? file->name : "another");
}

static void tell_sysfs(const struct recorder_record *record, const struct backings *backings, struct outcome *outcome)
{
	static const char *const flags[] = { "autoclear", "partscan", "dio" };
	const struct backing_file *file = backings_with_identity(backings, record->dev, record->inode);

	if (!(record->value & 8))
		return;
	add_bits(outcome->words[OUTCOME_flags], record->value & 7, flags, 3);
	add(outcome->words[OUTCOME_offset], "%llu", (unsigned long long)record->offset);
	add(outcome->words[OUTCOME_limit], "%llu", (unsigned long long)record->length);
	add(outcome->words[OUTCOME_file], "%s", file ? file->name : "another");
}

static void tell_diskseq(const struct recorder_record *record, struct outcome_memory *memory, char *word)
{
	int index = record->device_index;
	uint64_t last;

	if (index < 0 || index >= OUTCOME_DEVICE_COUNT)
		return;
	last = memory->diskseqs[index];
	memory->diskseqs[index] = record->diskseq;
	if (last)
		add(word, "%+lld since the last look", (long long)(record->diskseq - last));
}

static void add_run(char *word, const struct recorder_record *record, const struct backings *backings)
{
	const struct backing_file *file = backings_with_number(backings, record->owner);

	if (*word)
		add(word, ", ");
	if (record->content == RECORDER_CONTENT_tags)
		add(word, "%u blocks of %s from its sector %llu", record->run_block_count,
		    file ? file->name : "an unknown file", (unsigned long long)record->sector);
	else if (record->content == RECORDER_CONTENT_zeros)
		add(word, "%u blocks of zeros", record->run_block_count);
	else
		add(word, "%u blocks: %s", record->run_block_count, recorder_content_text(record->content));
}

void outcome_tell(const struct recorder_record *record, uint64_t block_count, const struct backings *backings,
		  struct outcome_memory *memory, struct outcome *ret_outcome)
{
	memset(ret_outcome, 0, sizeof(*ret_outcome));
	/* A device that is gone takes its diskseq with it. */
	if (record->call == RECORDER_CALL_remove && record->result >= 0 && record->device_index >= 0 &&
	    record->device_index < OUTCOME_DEVICE_COUNT)
		memory->diskseqs[record->device_index] = 0;
	tell_result(record, ret_outcome->words[OUTCOME_result]);
	if (record->return_ns == 0 || record->result < 0)
		return;
	switch (record->call) {
	case RECORDER_CALL_get_status:
	case RECORDER_CALL_get_status_old:
		tell_status(record, backings, ret_outcome);
		break;
	case RECORDER_CALL_sysfs:
		tell_sysfs(record, backings, ret_outcome);
		break;
	case RECORDER_CALL_size:
		add(ret_outcome->words[OUTCOME_size], "%llu", (unsigned long long)record->capacity_bytes);
		break;
	case RECORDER_CALL_block_size:
		add(ret_outcome->words[OUTCOME_block_size], "%u", record->block_size);
		break;
	case RECORDER_CALL_read_only:
		add(ret_outcome->words[OUTCOME_read_only], "%s", record->value ? "yes" : "no");
		break;
	case RECORDER_CALL_diskseq:
		tell_diskseq(record, memory, ret_outcome->words[OUTCOME_diskseq]);
		break;
	case RECORDER_CALL_partitions:
		add(ret_outcome->words[OUTCOME_partitions], "%#llx", (unsigned long long)record->value);
		break;
	case RECORDER_CALL_read:
	case RECORDER_CALL_load:
		for (uint64_t i = 0; i <= block_count && record[i].run_block_count; i++)
			add_run(ret_outcome->words[OUTCOME_content], &record[i], backings);
		break;
	default:
		break;
	}
}
