/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attach in progress.  Opening happens once, before the first try: the reference opens loop-control and the
 * backing file anew for each try, which costs four system calls a try and lets the path change its meaning in between.
 */
#include "core/attach_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>

#include "core/kernel_call.h"
#include "core/loop_control.h"

#define BLOCK_SIZE_MIN_BYTES 512
/* BLK_MAX_BLOCK_SIZE of v6.16; before, the page size was the limit, which only the kernel knows. */
#define BLOCK_SIZE_MAX_BYTES 65536

/* The kernel keeps offset and limit as loff_t and refuses the rest with EOVERFLOW, after it has bound the device. */
static bool request_is_sound(const struct looprace_attach_request *request)
{
	uint32_t block_size = request->block_size_bytes;

	if (!request->random || (!request->backing_path && request->backing_fd < 0))
		return false;
	if (request->offset_bytes > INT64_MAX || request->size_limit_bytes > INT64_MAX)
		return false;
	if (block_size == 0)
		return true;
	return block_size >= BLOCK_SIZE_MIN_BYTES && block_size <= BLOCK_SIZE_MAX_BYTES &&
	       (block_size & (block_size - 1)) == 0;
}

/* Read-only is what is left of a file that may not be written: on a read-only filesystem, or by its permissions. */
static int open_backing(struct attach_state *state)
{
	const struct looprace_kernel *kernel = state->kernel;
	int r = kernel_open(kernel, state->request->backing_path, state->read_only ? O_RDONLY : O_RDWR);

	if (!state->read_only && (r == -EROFS || r == -EACCES)) {
		state->read_only = true;
		r = kernel_open(kernel, state->request->backing_path, O_RDONLY);
	}
	if (r < 0)
		return r;
	state->backing_fd = r;
	return 0;
}

static int read_backing_identity(struct attach_state *state)
{
	struct stat backing;
	int r = state->kernel->stat(state->kernel->context, state->backing_fd, &backing);

	if (r < 0)
		return r;
	state->identity.dev = backing.st_dev;
	state->identity.inode = backing.st_ino;
	return 0;
}

static int open_all(struct attach_state *state)
{
	int r = 0;

	if (state->backing_fd < 0)
		r = open_backing(state);
	if (r == 0)
		r = read_backing_identity(state);
	if (r < 0)
		return attach_state_fail(state, LOOPRACE_STAGE_BACKING, r);
	if (state->control_fd >= 0)
		return 0;
	r = loop_control_open(state->kernel);
	if (r < 0)
		return attach_state_fail(state, LOOPRACE_STAGE_CONTROL, r);
	state->control_fd = r;
	return 0;
}

static uint64_t deadline_after(const struct looprace_kernel *kernel, uint64_t budget_ns)
{
	uint64_t now_ns;

	if (budget_ns == 0)
		return UINT64_MAX;
	now_ns = kernel->now_ns(kernel->context);
	return budget_ns < UINT64_MAX - now_ns ? now_ns + budget_ns : UINT64_MAX;
}

int attach_state_init(struct attach_state *state, const struct looprace_kernel *kernel,
		      const struct looprace_attach_request *request)
{
	const struct looprace_policy *policy = request->policy ? request->policy : looprace_policy_at(0);

	*state = (struct attach_state){
		.kernel = kernel,
		.request = request,
		.policy = policy,
		.api = request->api != LOOPRACE_API_AUTO ? request->api : policy->api,
		.backing_fd = request->backing_fd,
		.control_fd = request->control_fd,
		.read_only = request->read_only,
		.lost_index = -1,
		.counts.poisoned_index = -1,
	};
	if (!request_is_sound(request))
		return attach_state_fail(state, LOOPRACE_STAGE_NONE, -EINVAL);
	state->deadline_ns = deadline_after(kernel, request->budget_ns);
	return open_all(state);
}

void attach_state_deinit(struct attach_state *state)
{
	if (state->request->control_fd < 0)
		kernel_close(state->kernel, &state->control_fd);
	if (state->request->backing_fd < 0)
		kernel_close(state->kernel, &state->backing_fd);
}

int attach_state_fail(struct attach_state *state, enum looprace_stage stage, int error)
{
	if (state->pause_error < 0) {
		stage = LOOPRACE_STAGE_PAUSE;
		error = state->pause_error;
	}
	state->counts.stage = stage;
	state->counts.error = -error;
	if (classify_failure(state->policy, stage, -error) == FAILURE_FATAL)
		return error;
	state->counts.lost_count[stage]++;
	return LOOP_ATTACH_LOST;
}

/* Time until the deadline; without one, no clock is read. */
static uint64_t remaining_ns(const struct attach_state *state)
{
	uint64_t now_ns;

	if (state->deadline_ns == UINT64_MAX)
		return UINT64_MAX;
	now_ns = state->kernel->now_ns(state->kernel->context);
	return now_ns < state->deadline_ns ? state->deadline_ns - now_ns : 0;
}

bool attach_state_is_late(const struct attach_state *state)
{
	return remaining_ns(state) == 0;
}

int attach_state_pause(struct attach_state *state, uint64_t duration_ns)
{
	uint64_t limit_ns = remaining_ns(state);
	int r;

	if (duration_ns > limit_ns)
		duration_ns = limit_ns;
	state->counts.paused_ns += duration_ns;
	r = state->kernel->pause_ns(state->kernel->context, duration_ns);
	if (r < 0)
		state->pause_error = r;
	return r;
}
