/* SPDX-License-Identifier: Apache-2.0 */
/* The parser of uevents; see uevent.h. */
#include "harness/engine/uevent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Loop devices are numbered up to 2^20, their partitions up to 2^8; more digits than that are no such name. */
#define DIGIT_COUNT_MAX 7

static enum recorder_uevent_action action_of(const char *word)
{
	static const char *const words[] = {
#define X(name, text) [RECORDER_UEVENT_##name] = text,
		RECORDER_UEVENT_ACTIONS(X)
#undef X
	};

	for (unsigned int i = RECORDER_UEVENT_add; i < RECORDER_UEVENT_other; i++)
		if (strcmp(words[i], word) == 0)
			return (enum recorder_uevent_action)i;
	return RECORDER_UEVENT_other;
}

/* Decimal digits at @text; returns what follows them, or NULL when there is none, or too many. */
static const char *read_number(const char *text, unsigned int *ret_number)
{
	unsigned int number = 0;
	size_t digit_count = strspn(text, "0123456789");

	if (digit_count == 0 || digit_count > DIGIT_COUNT_MAX)
		return NULL;
	for (size_t i = 0; i < digit_count; i++)
		number = number * 10 + (unsigned int)(text[i] - '0');
	*ret_number = number;
	return text + digit_count;
}

/* "loop3" or "loop3p1"; the driver's own device is "loop-control". */
static void read_name(const char *name, struct uevent *uevent)
{
	unsigned int index = 0, partition = 0;

	if (strncmp(name, "loop", 4) != 0)
		return;
	name = read_number(name + 4, &index);
	if (name && *name == 'p')
		name = read_number(name + 1, &partition);
	if (!name || *name)
		return;
	uevent->device_index = (int)index;
	uevent->partition = partition;
}

/* What is left behind "key=", or NULL. */
static const char *value_of(const char *text, const char *key)
{
	size_t key_bytes = strlen(key);

	return strncmp(text, key, key_bytes) == 0 && text[key_bytes] == '=' ? text + key_bytes + 1 : NULL;
}

struct reading {
	struct uevent uevent;
	bool is_block;
	bool is_our_mark;
	const char *name;
	const char *mark;
};

static void read_pair(const char *text, struct reading *reading)
{
	struct uevent *uevent = &reading->uevent;
	const char *value;

	if ((value = value_of(text, "ACTION")))
		uevent->action = action_of(value);
	else if ((value = value_of(text, "SUBSYSTEM")))
		reading->is_block = strcmp(value, "block") == 0;
	else if ((value = value_of(text, "DEVNAME")))
		reading->name = value;
	else if ((value = value_of(text, "SEQNUM")))
		uevent->sequence = strtoull(value, NULL, 10);
	else if ((value = value_of(text, "DISKSEQ")))
		uevent->diskseq = strtoull(value, NULL, 10);
	else if ((value = value_of(text, "RESIZE")))
		uevent->is_resize = strcmp(value, "1") == 0;
	else if ((value = value_of(text, "DISK_MEDIA_CHANGE")))
		uevent->is_media_change = strcmp(value, "1") == 0;
	else if ((value = value_of(text, "SYNTH_UUID"))) {
		uevent->is_synthetic = true;
		reading->is_our_mark = strcmp(value, UEVENT_MARK_UUID) == 0;
	} else if ((value = value_of(text, "SYNTH_ARG_LOOPRACE")))
		reading->mark = value;
}

bool uevent_parse(const char *message, size_t bytes, struct uevent *ret_uevent)
{
	struct reading reading = { .uevent = { .action = RECORDER_UEVENT_other, .device_index = -1 } };
	const char *end = message + bytes;
	const char *at = memchr(message, '\0', bytes);

	/* "libudev" messages of udev's own have no '@' in their head. */
	if (!at || !memchr(message, '@', (size_t)(at - message)))
		return false;
	for (at++; at < end; at += strlen(at) + 1) {
		/* A string that was cut off says nothing. */
		if (!memchr(at, '\0', (size_t)(end - at)))
			break;
		read_pair(at, &reading);
	}
	if (reading.is_block && reading.name)
		read_name(reading.name, &reading.uevent);
	if (reading.is_our_mark && reading.mark) {
		if (strcmp(reading.mark, "begin") == 0)
			reading.uevent.action = RECORDER_UEVENT_begin;
		else if (strcmp(reading.mark, "end") == 0)
			reading.uevent.action = RECORDER_UEVENT_end;
	}
	*ret_uevent = reading.uevent;
	return true;
}
