/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading back, for the judge.  What sysfs says of a device stands in several files, so one record spans several reads:
 * each of them fell somewhere into its time.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/loop_uapi.h"
#include "harness/engine/clock.h"
#include "harness/engine/operation_functions.h"
#include "harness/engine/operation_ioctl.h"

#define PATH_BYTES 128
#define TEXT_BYTES 512

/* Partitions that are looked for; no scenario makes more. */
#define PARTITION_NUMBER_MAX 15

static void told_size(const struct device_call *call, int result)
{
	call->record->capacity_bytes = *(const uint64_t *)call->argument;
}

static void told_block_size(const struct device_call *call, int result)
{
	call->record->block_size = *(const uint32_t *)call->argument;
}

static void told_diskseq(const struct device_call *call, int result)
{
	call->record->diskseq = *(const uint64_t *)call->argument;
}

static void told_read_only(const struct device_call *call, int result)
{
	call->record->value = *(const uint32_t *)call->argument != 0;
}

static void check_ioctl(struct worker *worker, struct descriptor *descriptor, enum recorder_call record_call,
			unsigned long request, void (*told)(const struct device_call *call, int result))
{
	void *scratch = operation_scratch(worker);
	struct device_call call = { .request = request, .argument = (uintptr_t)scratch, .told = told };

	if (!scratch)
		return;
	call.record = operation_begin(worker, record_call, descriptor);
	call.record->is_extended = 1;
	device_call_make(worker, descriptor->fd, &call);
}

/* --- sysfs --- */

/* A file below /sys/block/loopN. */
static int read_attribute(struct worker *worker, int index, const char *name, char *ret_text)
{
	const struct system *system = worker->shared->system;
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "/sys/block/loop%d/%s", index, name);
	return system->read_text(system->context, path, ret_text, TEXT_BYTES);
}

static int read_number(struct worker *worker, int index, const char *name, uint64_t *ret_number)
{
	char text[TEXT_BYTES];
	int r = read_attribute(worker, index, name, text);

	if (r < 0)
		return r;
	*ret_number = strtoull(text, NULL, 10);
	return 0;
}

static const struct backing *backing_of_path(const struct worker *worker, const char *path)
{
	const struct worker_shared *shared = worker->shared;

	if (strcmp(worker->backing.path, path) == 0)
		return &worker->backing;
	for (unsigned int i = 0; i < shared->scenario->backing_count; i++)
		if (strcmp(shared->backings[i].path, path) == 0)
			return &shared->backings[i];
	return NULL;
}

static int read_sysfs(struct worker *worker, int index, struct recorder_record *record)
{
	static const char *const flags[] = { "loop/autoclear", "loop/partscan", "loop/dio" };
	char text[TEXT_BYTES];
	uint64_t number = 0;
	const struct backing *backing;
	int r = read_attribute(worker, index, "loop/backing_file", text);

	for (unsigned int i = 0; r >= 0 && i < sizeof(flags) / sizeof(flags[0]); i++) {
		r = read_number(worker, index, flags[i], &number);
		if (r == 0)
			record->value |= (uint64_t)(number != 0) << i;
	}
	if (r >= 0)
		r = read_number(worker, index, "loop/offset", &record->offset);
	if (r >= 0)
		r = read_number(worker, index, "loop/sizelimit", &record->length);
	if (r < 0)
		return r;
	record->value |= 8;
	backing = backing_of_path(worker, text);
	if (backing) {
		record->dev = backing->identity.dev;
		record->inode = backing->identity.inode;
	}
	return 0;
}

static void check_sysfs(struct worker *worker, struct descriptor *descriptor)
{
	struct recorder_record *record = operation_begin(worker, RECORDER_CALL_sysfs, descriptor);
	uint64_t sector_count;
	int r;

	record->is_extended = 1;
	operation_started(worker, record);
	r = read_sysfs(worker, descriptor->device_index, record);
	if (read_number(worker, descriptor->device_index, "size", &sector_count) == 0)
		record->capacity_bytes = sector_count * 512;
	operation_end(worker, record, r, clock_now_ns());
}

static void check_partitions(struct worker *worker, struct descriptor *descriptor)
{
	const struct system *system = worker->shared->system;
	struct recorder_record *record = operation_begin(worker, RECORDER_CALL_partitions, descriptor);
	int index = descriptor->device_index;
	char path[PATH_BYTES];

	record->is_extended = 1;
	operation_started(worker, record);
	for (unsigned int number = 1; number <= PARTITION_NUMBER_MAX; number++) {
		snprintf(path, sizeof(path), "/sys/block/loop%d/loop%dp%u", index, index, number);
		if (system->exists(system->context, path) > 0)
			record->value |= UINT64_C(1) << number;
	}
	operation_end(worker, record, 0, clock_now_ns());
}

static void check(struct worker *worker, enum check_subject subject, struct descriptor *descriptor)
{
	switch (subject) {
	case CHECK_identity:
		check_ioctl(worker, descriptor, RECORDER_CALL_get_status, LOOP_GET_STATUS64, device_call_told_status);
		break;
	case CHECK_sysfs:
		check_sysfs(worker, descriptor);
		break;
	case CHECK_size:
		check_ioctl(worker, descriptor, RECORDER_CALL_size, BLKGETSIZE64, told_size);
		break;
	case CHECK_block_size:
		check_ioctl(worker, descriptor, RECORDER_CALL_block_size, BLKSSZGET, told_block_size);
		break;
	case CHECK_diskseq:
		check_ioctl(worker, descriptor, RECORDER_CALL_diskseq, BLKGETDISKSEQ, told_diskseq);
		break;
	case CHECK_read_only:
		check_ioctl(worker, descriptor, RECORDER_CALL_read_only, BLKROGET, told_read_only);
		break;
	case CHECK_partitions:
		check_partitions(worker, descriptor);
		break;
	case CHECK_all:
		break;
	}
}

void op_check(struct worker *worker, const struct argument_value *arguments)
{
	uint64_t row = arguments[ARGUMENT_AT(check, on)].low;
	enum check_subject what = (enum check_subject)arguments[ARGUMENT_AT(check, what)].low;
	struct descriptor *descriptor = descriptor_take(worker, row);

	/* The last word means all those before it. */
	for (unsigned int subject = 0; descriptor && subject < CHECK_all; subject++)
		if (what == CHECK_all || what == subject)
			check(worker, subject, descriptor);
	descriptor_put(worker, row, descriptor);
}
