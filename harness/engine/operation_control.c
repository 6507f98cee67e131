/* SPDX-License-Identifier: Apache-2.0 */
/* The ioctls of loop-control: devices come and go, and `got` is born. */
#include <fcntl.h>

#include "core/loop_uapi.h"
#include "harness/engine/operation_functions.h"
#include "harness/engine/operation_ioctl.h"

static void told_index(const struct device_call *call, int index)
{
	call->record->device_index = index;
}

/* Return: what the ioctl returned, or -errno of opening loop-control, which is then left out. */
static int control_call(struct worker *worker, enum recorder_call record_call, unsigned long request, uint64_t asked,
			bool is_compat)
{
	const struct looprace_kernel *kernel = worker->shared->system->loop;
	struct device_call call = {
		.request = request, .argument = (uintptr_t)asked, .is_compat = is_compat, .told = told_index
	};
	int fd = worker->shared->control_fd;
	int r;

	if (fd < 0)
		fd = kernel->open(kernel->context, "/dev/loop-control", O_RDWR);
	if (fd < 0)
		return fd;
	call.record = operation_begin(worker, record_call, NULL);
	if (record_call != RECORDER_CALL_get_free) {
		call.record->is_extended = 1;
		call.record->value = (uint64_t)(int64_t)(int)asked;
		call.record->device_index = (int)asked >= 0 ? (int)asked : -1;
		/* A removal tells an index only up to v5.10; which one was asked for counts, unless that was "any". */
		if (record_call == RECORDER_CALL_remove && (int)asked >= 0)
			call.told = NULL;
	}
	r = device_call_make(worker, fd, &call);
	if (fd != worker->shared->control_fd)
		kernel->close(kernel->context, fd);
	return r;
}

void op_ctl_add(struct worker *worker, const struct argument_value *arguments)
{
	control_call(worker, RECORDER_CALL_add, LOOP_CTL_ADD, arguments[ARGUMENT_AT(ctl_add, index)].low,
		     arguments[ARGUMENT_AT(ctl_add, compat)].low != 0);
}

void op_ctl_remove(struct worker *worker, const struct argument_value *arguments)
{
	control_call(worker, RECORDER_CALL_remove, LOOP_CTL_REMOVE, arguments[ARGUMENT_AT(ctl_remove, index)].low,
		     arguments[ARGUMENT_AT(ctl_remove, compat)].low != 0);
}

void op_ctl_get_free(struct worker *worker, const struct argument_value *arguments)
{
	int r = control_call(worker, RECORDER_CALL_get_free, LOOP_CTL_GET_FREE, 0,
			     arguments[ARGUMENT_AT(ctl_get_free, compat)].low != 0);

	worker->got_index = r >= 0 ? r : -1;
}
