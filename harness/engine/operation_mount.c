/* SPDX-License-Identifier: Apache-2.0 */
/* Mounting: one file system a worker, in a folder of its own.  A second mount moves on from the first. */
#include <stdio.h>
#include <sys/mount.h>

#include "harness/engine/clock.h"
#include "harness/engine/operation_call.h"
#include "harness/engine/operation_functions.h"

#define PATH_BYTES 512

static void mount_point(const struct worker *worker, char *ret_path)
{
	snprintf(ret_path, PATH_BYTES, "%s/looprace-mount-%u", worker->shared->work_dir, worker->number);
}

void op_mount(struct worker *worker, const struct argument_value *arguments)
{
	const struct system *system = worker->shared->system;
	unsigned long flags = arguments[ARGUMENT_AT(mount, read_only)].low ? MS_RDONLY : 0;
	int index = object_device_index(worker, arguments[ARGUMENT_AT(mount, device)].low);
	struct recorder_record *record;
	char source[32];
	char target[PATH_BYTES];
	int r;

	if (index < 0)
		return;
	op_unmount(worker, NULL);
	snprintf(source, sizeof(source), "/dev/loop%d", index);
	mount_point(worker, target);
	record = operation_begin(worker, RECORDER_CALL_mount, NULL);
	record->device_index = index;
	record->is_extended = 1;
	record->value = flags;
	operation_started(worker, record);
	r = system->mount(system->context, source, target, "ext4", flags);
	operation_end(worker, record, r, clock_now_ns());
	worker->is_mounted = r >= 0;
	worker->mounted_index = index;
}

void op_unmount(struct worker *worker, const struct argument_value *arguments)
{
	const struct system *system = worker->shared->system;
	struct recorder_record *record;
	char target[PATH_BYTES];
	int r;

	if (!worker->is_mounted)
		return;
	mount_point(worker, target);
	record = operation_begin(worker, RECORDER_CALL_unmount, NULL);
	record->device_index = worker->mounted_index;
	operation_started(worker, record);
	r = system->unmount(system->context, target);
	operation_end(worker, record, r, clock_now_ns());
	worker->is_mounted = r < 0;
}
