/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Set up one device.
 *
 * The rule that matters most is about cleaning up: LOOP_CLR_FD hits whatever is bound, and a loser who clears "his"
 * device after EBUSY kills the winner's (util-linux did until 2014).  So it is sent only while the binding is known to
 * be ours: after our own bind succeeded, and not when the device said since then that somebody else took it.
 */
#include "core/loop_bind.h"

#include <errno.h>
#include <string.h>

#include "core/kernel_call.h"
#include "core/loop_device.h"
#include "core/loop_uapi.h"

/* A call that met cached pages (EAGAIN) is made again after 1, 2, 4 .. 50 ms; together 0.7 s. */
#define AGAIN_FIRST_NS	    UINT64_C(1000000)
#define AGAIN_CAP_NS	    UINT64_C(50000000)
#define AGAIN_TRY_COUNT_MAX 20

/* One bind in progress. */
struct binding {
	struct attach_state *state;
	struct looprace_handle handle;
	bool is_ours;	      /* our bind succeeded, and nobody took the device since */
	bool knows_direct_io; /* handle.direct_io was found out, so that no read back is needed for it */
};

static struct loop_info64 info_of(const struct attach_state *state)
{
	const struct looprace_attach_request *request = state->request;
	struct loop_info64 info = {
		.lo_offset = request->offset_bytes,
		.lo_sizelimit = request->size_limit_bytes,
	};

	info.lo_flags = (state->read_only ? LO_FLAGS_READ_ONLY : 0) | (request->autoclear ? LO_FLAGS_AUTOCLEAR : 0) |
			(request->partition_scan ? LO_FLAGS_PARTSCAN : 0) |
			(request->direct_io ? LO_FLAGS_DIRECT_IO : 0);
	/* The name is for people; it is cut at 63 bytes, as the kernel would do. */
	if (request->backing_path)
		memcpy(info.lo_file_name, request->backing_path,
		       strnlen(request->backing_path, sizeof(info.lo_file_name) - 1));
	return info;
}

/* A failure of a call on a device that we have bound: is it still ours to release? */
static int fail_bound(struct binding *binding, enum looprace_stage stage, int error)
{
	if (error == -ENXIO)
		binding->is_ours = false;
	return attach_state_fail(binding->state, stage, error);
}

/* One call that may meet EAGAIN.  Returns what the last one returned, or what ended the pause. */
static int ioctl_again(struct binding *binding, unsigned long request, uintptr_t argument)
{
	struct attach_state *state = binding->state;
	uint64_t wait_ns = AGAIN_FIRST_NS;
	int r;

	for (unsigned int try_number = 1;; try_number++) {
		r = kernel_ioctl(state->kernel, binding->handle.fd, request, argument);
		if (r >= 0 || classify_failure(state->policy, LOOPRACE_STAGE_STATUS, -r) != FAILURE_AGAIN)
			return r;
		if (try_number == AGAIN_TRY_COUNT_MAX || attach_state_is_late(state))
			return r;
		if (attach_state_pause(state, wait_ns) < 0)
			return r; /* attach_state_fail() knows of the pause */
		wait_ns = wait_ns * 2 < AGAIN_CAP_NS ? wait_ns * 2 : AGAIN_CAP_NS;
	}
}

/*
 * Is it worth asking once more without direct I/O?  Not when the race was lost; nor when a pause was cancelled, which
 * leaves EAGAIN behind.
 */
static bool may_be_direct_io(const struct binding *binding, int error)
{
	const struct attach_state *state = binding->state;

	return state->request->direct_io &&
	       classify_failure(state->policy, LOOPRACE_STAGE_STATUS, -error) == FAILURE_FATAL;
}

/*
 * LOOP_SET_STATUS64 with the wish for direct I/O, once more without it: the reference's order.  No kernel that was read
 * (v5.10 to v7.3) minds the flag there, and none obeys it either; see set_direct_io() for what works.
 */
static int set_status(struct binding *binding, bool *ret_asks_direct_io)
{
	struct loop_info64 info = info_of(binding->state);
	bool asks_direct_io = binding->state->request->direct_io;
	int r = ioctl_again(binding, LOOP_SET_STATUS64, (uintptr_t)&info);

	if (r < 0 && may_be_direct_io(binding, r)) {
		asks_direct_io = false;
		info.lo_flags &= ~(__u32)LO_FLAGS_DIRECT_IO;
		r = ioctl_again(binding, LOOP_SET_STATUS64, (uintptr_t)&info);
	}
	if (r < 0)
		return fail_bound(binding, LOOPRACE_STAGE_STATUS, r);
	*ret_asks_direct_io = asks_direct_io;
	return 0;
}

/*
 * After LOOP_SET_STATUS64, since a new offset may switch direct I/O off again.  EINVAL is the kernel's "this file
 * cannot do it" (and of kernels before v4.4 "no such call"): the device works without.
 */
static int set_direct_io(struct binding *binding)
{
	int r = ioctl_again(binding, LOOP_SET_DIRECT_IO, 1);

	if (r < 0 && r != -EINVAL)
		return fail_bound(binding, LOOPRACE_STAGE_STATUS, r);
	binding->handle.direct_io = r >= 0;
	return 0;
}

/* The device is ours; give it the shape that was asked for. */
static int set_up(struct binding *binding)
{
	uint32_t block_size_bytes = binding->state->request->block_size_bytes;
	bool asks_direct_io = false;
	int r;

	if (block_size_bytes > 0) {
		r = ioctl_again(binding, LOOP_SET_BLOCK_SIZE, block_size_bytes);
		if (r < 0)
			return fail_bound(binding, LOOPRACE_STAGE_STATUS, r);
	}
	r = set_status(binding, &asks_direct_io);
	if (r == 0 && asks_direct_io)
		r = set_direct_io(binding);
	binding->knows_direct_io = true;
	return r;
}

static int bind_by_set_fd(struct binding *binding)
{
	struct attach_state *state = binding->state;
	int r = loop_device_set_fd(state->kernel, binding->handle.fd, state->backing_fd);

	if (r < 0)
		return attach_state_fail(state, LOOPRACE_STAGE_BIND, r);
	binding->is_ours = true;
	return set_up(binding);
}

/* Errnos of an unknown ioctl: 64-bit kernels, 32-bit callers, user-mode emulators. */
static bool may_be_unknown_call(int error)
{
	return error == -EINVAL || error == -ENOTTY || error == -ENOSYS;
}

static int bind_by_configure(struct binding *binding)
{
	struct attach_state *state = binding->state;
	struct loop_config config = {
		.fd = (__u32)state->backing_fd,
		.block_size = state->request->block_size_bytes,
		.info = info_of(state),
	};
	int r = loop_device_configure(state->kernel, binding->handle.fd, &config);

	if (r < 0 && state->api == LOOPRACE_API_AUTO && may_be_unknown_call(r) &&
	    !loop_device_has_configure(state->kernel, binding->handle.fd)) {
		state->api = LOOPRACE_API_SET_FD;
		return bind_by_set_fd(binding);
	}
	if (r < 0)
		return attach_state_fail(state, LOOPRACE_STAGE_BIND, r);
	binding->is_ours = true;
	/* LOOP_CONFIGURE drops a wish for direct I/O without a word; without the wish nothing is to find out. */
	binding->knows_direct_io = !state->request->direct_io;
	return 0;
}

/* What the device really does.  A stranger's binding under our descriptor is not ours to release. */
static int read_back(struct binding *binding)
{
	const struct attach_state *state = binding->state;
	struct looprace_handle *handle = &binding->handle;
	struct loop_info64 info;
	int r = loop_device_get_status(state->kernel, handle->fd, &info);

	if (r < 0)
		return fail_bound(binding, LOOPRACE_STAGE_VERIFY, r);
	if (info.lo_device != handle->identity.dev || info.lo_inode != handle->identity.inode) {
		binding->is_ours = false;
		return attach_state_fail(binding->state, LOOPRACE_STAGE_VERIFY, -ESTALE);
	}
	handle->read_only = info.lo_flags & LO_FLAGS_READ_ONLY;
	handle->direct_io = info.lo_flags & LO_FLAGS_DIRECT_IO;
	if (!state->policy->verifies)
		return 0;
	r = loop_device_get_diskseq(state->kernel, handle->fd, &handle->identity.diskseq);
	return r < 0 ? fail_bound(binding, LOOPRACE_STAGE_VERIFY, r) : 0;
}

static int bind_opened(struct binding *binding)
{
	struct attach_state *state = binding->state;
	int r;

	if (state->policy->verifies) {
		r = loop_device_check(state->kernel, binding->handle.fd);
		if (r < 0)
			return attach_state_fail(state, LOOPRACE_STAGE_OPEN, r);
	}
	r = state->api == LOOPRACE_API_SET_FD ? bind_by_set_fd(binding) : bind_by_configure(binding);
	if (r == 0 && (state->policy->verifies || !binding->knows_direct_io))
		r = read_back(binding);
	return r;
}

int loop_bind(struct attach_state *state, int index, struct looprace_handle *ret_handle)
{
	struct binding binding = {
		.state = state,
		.handle = { .index = index, .read_only = state->read_only, .identity = state->identity },
	};
	int r = loop_device_open(state->kernel, index, state->read_only);

	if (r < 0)
		return attach_state_fail(state, LOOPRACE_STAGE_OPEN, r);
	binding.handle.fd = r;
	r = bind_opened(&binding);
	if (r != 0) {
		if (binding.is_ours)
			loop_device_clear(state->kernel, binding.handle.fd);
		kernel_close(state->kernel, &binding.handle.fd);
		return r;
	}
	state->counts.direct_io_refused = state->request->direct_io && !binding.handle.direct_io;
	*ret_handle = binding.handle;
	return 0;
}
