/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attach: the loop over the tries.  This is setupLoop() of the reference, with its waits made a policy.
 *
 * Ask for a free index, try to bind it, and when somebody was faster, wait and ask again.  Two things are added that
 * the reference lacks: a deadline, and an escape.  LOOP_CTL_GET_FREE looks only at whether a device is bound, so it
 * hands out one that somebody merely holds O_EXCL for ever; after the same index was lost a few times in a row, a
 * device is created (LOOP_CTL_ADD) instead of asked for.
 */
#include "core/looprace.h"

#include <errno.h>

#include "core/attach_state.h"
#include "core/loop_bind.h"
#include "core/loop_control.h"

/* So many indices above the poisoned one are tried by number where LOOP_CTL_ADD(-1) is refused. */
#define ESCAPE_INDEX_COUNT_MAX 1024

/*
 * An index that did not exist before.  v5.10 refuses -1 with EEXIST while any device is free, and the poisoned one
 * counts as free; there, indices are tried one by one.
 */
static int create_index(struct attach_state *state)
{
	int r = loop_control_add(state->kernel, state->control_fd, -1);

	for (int i = 1; r == -EEXIST && i <= ESCAPE_INDEX_COUNT_MAX; i++)
		r = loop_control_add(state->kernel, state->control_fd, state->counts.poisoned_index + i);
	return r;
}

static bool is_poisoned(const struct attach_state *state)
{
	unsigned int limit_count = state->policy->escape_after_count;

	return limit_count > 0 && state->lost_in_a_row_count >= limit_count;
}

/* Sets *ret_index to the device of this try. */
static int pick_index(struct attach_state *state, int *ret_index)
{
	int r;

	if (is_poisoned(state)) {
		state->counts.poisoned_index = state->lost_index;
		state->counts.escape_count++;
		state->lost_in_a_row_count = 0;
		r = create_index(state);
	} else {
		r = loop_control_get_free(state->kernel, state->control_fd);
	}
	if (r < 0)
		return attach_state_fail(state, LOOPRACE_STAGE_GET_FREE, r);
	*ret_index = r;
	return 0;
}

static void note_lost_index(struct attach_state *state, int index)
{
	state->lost_in_a_row_count = index == state->lost_index ? state->lost_in_a_row_count + 1 : 1;
	state->lost_index = index;
}

static int try_once(struct attach_state *state, struct looprace_handle *ret_handle)
{
	int index = -1, r;

	r = pick_index(state, &index);
	if (r != 0)
		return r;
	r = loop_bind(state, index, ret_handle);
	if (r == LOOP_ATTACH_LOST)
		note_lost_index(state, index);
	return r;
}

static int try_until_bound(struct attach_state *state, struct looprace_handle *ret_handle)
{
	const struct looprace_attach_request *request = state->request;
	const struct looprace_policy *policy = state->policy;
	unsigned int try_count_max = request->try_count_max > 0 ? request->try_count_max : policy->try_count_max;
	int r;

	for (unsigned int try_number = 1; try_number <= try_count_max; try_number++) {
		state->counts.try_count = try_number;
		r = try_once(state, ret_handle);
		if (r != LOOP_ATTACH_LOST)
			return r;
		if (attach_state_is_late(state) || (try_number == try_count_max && !policy->pauses_after_last_try))
			break;
		r = attach_state_pause(state, policy->pause_ns(try_number, request->random));
		if (r < 0)
			return attach_state_fail(state, LOOPRACE_STAGE_PAUSE, r);
	}
	return LOOP_ATTACH_GAVE_UP;
}

int looprace_attach(const struct looprace_kernel *kernel, const struct looprace_attach_request *request,
		    struct looprace_handle *ret_handle, struct looprace_attach_counts *ret_counts)
{
	struct attach_state state;
	int r = attach_state_init(&state, kernel, request);

	if (r == 0)
		r = try_until_bound(&state, ret_handle);
	attach_state_deinit(&state);
	if (r == 0) {
		state.counts.stage = LOOPRACE_STAGE_NONE;
		state.counts.error = 0;
	}
	if (ret_counts)
		*ret_counts = state.counts;
	return r;
}
