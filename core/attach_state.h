/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attach in progress: what it holds, until when it may go on, and what it has been through.
 *
 * Shared by the loop over the tries (loop_attach.c) and by a single bind (loop_bind.c), because both may pause and
 * both fail at stages that the caller is told about.  It belongs to one call of looprace_attach() and to its thread.
 */
#pragma once

#include "core/classify.h"
#include "core/looprace.h"

struct attach_state {
	const struct looprace_kernel *kernel;
	const struct looprace_attach_request *request;
	const struct looprace_policy *policy;
	enum looprace_api api; /* AUTO becomes SET_FD as soon as the kernel is known to lack LOOP_CONFIGURE */
	int backing_fd;
	int control_fd;
	bool read_only;			   /* asked for, or all that the backing file allows */
	struct looprace_identity identity; /* of the backing file */
	uint64_t deadline_ns;		   /* UINT64_MAX: none; then no clock is read either */
	int pause_error;		   /* what ended the attach in the middle of a pause, as -errno, or 0 */
	int lost_index;			   /* index of the last lost try, or -1 */
	unsigned int lost_in_a_row_count;  /* so often in a row @lost_index was lost */
	struct looprace_attach_counts counts;
};

/**
 * attach_state_init() - check the request, open what the caller did not lend, start the clock
 * @state:	attach to start; to be given to attach_state_deinit() in any case
 * @kernel:	kernel to talk to
 * @request:	what the caller wants; borrowed
 *
 * Return: 0 or -errno.
 */
int attach_state_init(struct attach_state *state, const struct looprace_kernel *kernel,
		      const struct looprace_attach_request *request);

/**
 * attach_state_deinit() - close what attach_state_init() opened
 * @state:	attach that ends
 */
void attach_state_deinit(struct attach_state *state);

/**
 * attach_state_fail() - note a failure and say what it means
 * @state:	attach
 * @stage:	where it happened
 * @error:	-errno
 *
 * Return: LOOP_ATTACH_LOST when another try may help, else -errno: @error, or that of the pause that was cut short.
 */
int attach_state_fail(struct attach_state *state, enum looprace_stage stage, int error);

/**
 * attach_state_is_late() - is the budget used up?
 * @state:	attach
 *
 * Return: true when no time is left.
 */
bool attach_state_is_late(const struct attach_state *state);

/**
 * attach_state_pause() - wait, but not beyond the deadline
 * @state:	attach
 * @duration_ns: how long; the call is made for 0 too, so that every lost try is a point at which the caller can cancel
 *
 * Return: 0, or -errno of @kernel->pause_ns(), which ends the attach.
 */
int attach_state_pause(struct attach_state *state, uint64_t duration_ns);
