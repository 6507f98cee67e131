/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of the model, one function a call.  Each appends to the ways in which the call may go on, and appends none
 * where its result is not possible.
 */
#include "harness/judge/loop_model.h"

#include <errno.h>
#include <linux/loop.h>
#include <string.h>

/* The ways that a step has. */
struct ways {
	const struct loop_model *model;
	const struct linearize_call *call;
	bool has_result; /* or any is possible */
	bool is_second;
	unsigned int count;
	struct linearize_next *next;
};

static void go(struct ways *ways, const struct loop_state *state, bool is_done)
{
	memcpy(&ways->next[ways->count].state, state, sizeof(*state));
	ways->next[ways->count].is_done = is_done;
	ways->count++;
}

/* A release forgets everything but who has the device open. */
static struct loop_state released(const struct loop_state *state, enum loop_status status)
{
	return (struct loop_state){ .status = (uint8_t)status, .opener_count = state->opener_count };
}

static bool is_free(const struct loop_state *state)
{
	return state->status == LOOP_STATUS_unbound;
}

static bool is_bound(const struct loop_state *state)
{
	return state->status == LOOP_STATUS_bound;
}

/* An unbound device may be bound, in rundown or gone for the others' sake, and back at any time. */
static bool may_be_others(const struct ways *ways, const struct loop_state *state)
{
	return ways->model->has_other_binders && (is_free(state) || state->status == LOOP_STATUS_absent);
}

/* The caller's own trouble, which says nothing about the device. */
static bool is_callers_error(int error)
{
	return error == ENOMEM || error == EINTR || error == EMFILE || error == ENFILE || error == EACCES ||
	       error == EPERM;
}

/* --- one function a call --- */

static void step_open(struct ways *ways, const struct loop_state *state)
{
	bool looks_first = has_trait(ways->model->traits, LOOP_TRAIT_open_enxio_in_rundown);
	bool is_closed = state->status == LOOP_STATUS_absent ||
			 (looks_first && state->status == LOOP_STATUS_rundown && !ways->is_second);
	struct loop_state opened = *state;
	int error = ways->has_result && ways->call->result < 0 ? -ways->call->result : 0;

	if (error) {
		bool is_gone = error == ENOENT || error == ENODEV || error == ENXIO;

		if (is_callers_error(error) || (is_gone && state->status == LOOP_STATUS_absent) ||
		    (error == ENXIO && is_closed) || (is_gone && may_be_others(ways, state)))
			go(ways, state, true);
		return;
	}
	if (is_closed && !may_be_others(ways, state))
		return;
	if (looks_first && !ways->is_second) {
		go(ways, state, false);
		return;
	}
	opened.opener_count += opened.opener_count < UINT16_MAX;
	go(ways, &opened, true);
}

static void step_close(struct ways *ways, const struct loop_state *state)
{
	struct loop_state closed = *state;

	if (ways->has_result && ways->call->result == -EBADF) {
		go(ways, state, true);
		return;
	}
	closed.opener_count -= closed.opener_count > 0;
	/* Where there may be other openers, add_release() has the last close come later. */
	if (closed.opener_count == 0 && !ways->model->has_other_openers &&
	    (closed.status == LOOP_STATUS_rundown || (is_bound(&closed) && closed.flags & LOOP_STATE_AUTOCLEAR)))
		closed = released(&closed, LOOP_STATUS_unbound);
	go(ways, &closed, true);
}

static uint8_t flags_of(uint64_t lo_flags)
{
	return (uint8_t)((lo_flags & LO_FLAGS_AUTOCLEAR ? LOOP_STATE_AUTOCLEAR : 0) |
			 (lo_flags & LO_FLAGS_PARTSCAN ? LOOP_STATE_PARTSCAN : 0) |
			 (lo_flags & LO_FLAGS_READ_ONLY ? LOOP_STATE_READ_ONLY : 0));
}

static void step_bind(struct ways *ways, const struct loop_state *state)
{
	const struct linearize_call *call = ways->call;
	struct loop_state bound = *state;
	int error = ways->has_result && call->result < 0 ? -call->result : 0;

	/* The driver looks at its arguments before it looks at the device, or after; who knows. */
	if (is_callers_error(error) || error == EBADF || error == EINVAL || error == EFAULT || error == EOVERFLOW ||
	    error == ENOTTY || error == ENOSYS || (error == EBUSY && (!is_free(state) || may_be_others(ways, state))))
		go(ways, state, true);
	if (error || !is_free(state))
		return;
	bound.status = LOOP_STATUS_bound;
	bound.inode = call->arguments[0];
	bound.dev = (uint32_t)call->arguments[1];
	bound.flags = flags_of(call->arguments[2]);
	go(ways, &bound, true);
}

static void step_clr_fd(struct ways *ways, const struct loop_state *state)
{
	bool is_deferred = has_trait(ways->model->traits, LOOP_TRAIT_deferred_detach);
	struct loop_state marked = *state, cleared = released(state, LOOP_STATUS_rundown);
	int error = ways->has_result && ways->call->result < 0 ? -ways->call->result : 0;

	/* What the first step put into rundown, nobody else takes out of it. */
	if (ways->is_second) {
		cleared.status = LOOP_STATUS_unbound;
		go(ways, &cleared, true);
		return;
	}
	if (error) {
		if ((error == ENXIO && !is_bound(state)) || is_callers_error(error))
			go(ways, state, true);
		return;
	}
	if (may_be_others(ways, state))
		go(ways, state, true);
	if (!is_bound(state))
		return;
	marked.flags |= LOOP_STATE_AUTOCLEAR;
	if (state->opener_count > 1 || ways->model->has_other_openers)
		go(ways, &marked, true);
	if (state->opener_count <= 1)
		go(ways, &cleared, is_deferred);
}

static void step_set_status(struct ways *ways, const struct loop_state *state)
{
	struct loop_state changed = *state;
	uint8_t flags = flags_of(ways->call->arguments[2]);
	int error = ways->has_result && ways->call->result < 0 ? -ways->call->result : 0;

	if (error) {
		bool is_refused = error == EINVAL || error == EOVERFLOW || error == EFAULT ||
				  (error == EAGAIN && has_trait(ways->model->traits, LOOP_TRAIT_eagain_on_dirty));

		if (is_callers_error(error) || (is_refused && (is_bound(state) || error == EFAULT)) ||
		    (error == ENXIO && !is_bound(state)))
			go(ways, state, true);
		return;
	}
	if (may_be_others(ways, state))
		go(ways, state, true);
	if (!is_bound(state))
		return;
	changed.flags = (uint8_t)((state->flags & ~LOOP_STATE_AUTOCLEAR) |
				  (flags & (LOOP_STATE_AUTOCLEAR | LOOP_STATE_PARTSCAN)));
	go(ways, &changed, true);
}

/* Bound to what is reported?  A device of which nothing is known becomes known by that. */
static bool is_reported(const struct ways *ways, struct loop_state *state)
{
	const struct linearize_call *call = ways->call;
	uint8_t flags = flags_of(call->arguments[2]);

	if (state->flags & LOOP_STATE_UNKNOWN) {
		/* That it is marked for release is known even then. */
		if (state->flags & LOOP_STATE_AUTOCLEAR && !(flags & LOOP_STATE_AUTOCLEAR))
			return false;
		state->inode = call->arguments[0];
		state->dev = (uint32_t)call->arguments[1];
		/* A file or a descriptor that cannot be written makes the device read-only, too. */
		state->flags = flags & ~LOOP_STATE_READ_ONLY;
		return true;
	}
	if (state->inode != call->arguments[0] || state->dev != (uint32_t)call->arguments[1])
		return false;
	if (state->flags & LOOP_STATE_READ_ONLY && !(flags & LOOP_STATE_READ_ONLY))
		return false;
	if ((state->flags ^ flags) & LOOP_STATE_AUTOCLEAR)
		return false;
	/* The module's parameter max_part sets PARTSCAN on every bind; a guest's driver has none. */
	return !((state->flags ^ flags) & LOOP_STATE_PARTSCAN) ||
	       (ways->model->has_other_binders && flags & LOOP_STATE_PARTSCAN);
}

static void step_get_status(struct ways *ways, const struct loop_state *state)
{
	struct loop_state reported = *state;
	int error = ways->call->result < 0 ? -ways->call->result : 0;

	if (error) {
		if ((error == ENXIO && !is_bound(state)) || error == EINVAL || error == EFAULT ||
		    is_callers_error(error))
			go(ways, state, true);
		return;
	}
	if (may_be_others(ways, state))
		go(ways, state, true);
	else if (is_bound(state) && is_reported(ways, &reported))
		go(ways, &reported, true);
}

/* LOOP_SET_BLOCK_SIZE and LOOP_SET_DIRECT_IO: the history does not tell what they asked for. */
static void step_set(struct ways *ways, const struct loop_state *state)
{
	int error = ways->call->result < 0 ? -ways->call->result : 0;
	bool is_unbound = !is_bound(state);
	bool is_possible = is_callers_error(error) || (error == ENXIO && is_unbound) ||
			   (!is_unbound && (error == 0 || error == EINVAL));

	is_possible |= !is_unbound && error == EAGAIN && has_trait(ways->model->traits, LOOP_TRAIT_eagain_on_dirty);
	/* A stranger who has it O_EXCL. */
	is_possible |= error == EBUSY && ways->model->has_other_binders;
	if (is_possible || may_be_others(ways, state))
		go(ways, state, true);
}

static void step_get_free(struct ways *ways, const struct loop_state *state)
{
	struct loop_state added = *state;

	added.status = LOOP_STATUS_unbound;
	if (state->status == LOOP_STATUS_absent)
		go(ways, &added, true);
	else if (is_free(state) || !ways->model->checks_get_free)
		go(ways, state, true);
}

static void step_add(struct ways *ways, const struct loop_state *state)
{
	struct loop_state added = *state;

	added.status = LOOP_STATUS_unbound;
	if (state->status == LOOP_STATUS_absent || may_be_others(ways, state))
		go(ways, &added, true);
}

static void step_call(struct ways *ways, const struct loop_state *state)
{
	switch (ways->call->operation) {
	case RECORDER_CALL_open:
		step_open(ways, state);
		break;
	case RECORDER_CALL_close:
		step_close(ways, state);
		break;
	case RECORDER_CALL_set_fd:
	case RECORDER_CALL_configure:
		step_bind(ways, state);
		break;
	case RECORDER_CALL_clr_fd:
		step_clr_fd(ways, state);
		break;
	case RECORDER_CALL_set_status:
		step_set_status(ways, state);
		break;
	case RECORDER_CALL_get_status:
		step_get_status(ways, state);
		break;
	case RECORDER_CALL_set_block_size:
	case RECORDER_CALL_set_direct_io:
		step_set(ways, state);
		break;
	case RECORDER_CALL_get_free:
		step_get_free(ways, state);
		break;
	case RECORDER_CALL_add:
		step_add(ways, state);
		break;
	}
}

/* --- the model as linearize.h wants it --- */

/* Openers that are not in the history may close last at any time, once the openers that are in it have closed. */
static bool may_be_released(const struct loop_model *model, const struct loop_state *state)
{
	if (!model->has_other_openers)
		return false;
	if (state->status == LOOP_STATUS_rundown)
		return !state->opener_count || !has_trait(model->traits, LOOP_TRAIT_deferred_detach);
	return is_bound(state) && !state->opener_count && state->flags & (LOOP_STATE_AUTOCLEAR | LOOP_STATE_UNKNOWN);
}

static unsigned int step(const void *context, const struct linearize_state *state, const struct linearize_call *call,
			 bool is_second, struct linearize_next *ret_next)
{
	struct ways ways = {
		.model = context,
		.call = call,
		.has_result = call->return_ns != UINT64_MAX,
		.is_second = is_second,
		.next = ret_next,
	};
	struct loop_state here;

	memcpy(&here, state, sizeof(here));
	step_call(&ways, &here);
	if (may_be_released(ways.model, &here)) {
		here = released(&here, LOOP_STATUS_unbound);
		step_call(&ways, &here);
	}
	return ways.count;
}

/*
 * A failed call never changes anything, and what a report or a LOOP_CTL_GET_FREE could change elsewhere is what is known
 * of the device, never what it is.  open() looks at the state before it counts.
 */
static bool only_looks(const void *context, const struct linearize_call *call, bool is_second)
{
	const struct loop_model *model = context;

	if (call->return_ns == UINT64_MAX)
		return false;
	if (call->operation == RECORDER_CALL_close)
		return false;
	if (call->result < 0)
		return true;
	if (call->operation == RECORDER_CALL_open)
		return !is_second && has_trait(model->traits, LOOP_TRAIT_open_enxio_in_rundown);
	return call->operation == RECORDER_CALL_get_status || call->operation == RECORDER_CALL_set_block_size ||
	       call->operation == RECORDER_CALL_set_direct_io || call->operation == RECORDER_CALL_get_free;
}

struct linearize_model loop_model_linearize(const struct loop_model *model)
{
	return (struct linearize_model){ .context = model, .step = step, .only_looks = only_looks };
}

static void put_state(struct linearize_state *ret_state, enum loop_status status, uint8_t flags)
{
	struct loop_state state = { .status = (uint8_t)status, .flags = flags };

	memcpy(ret_state, &state, sizeof(state));
}

unsigned int loop_model_initial(struct linearize_state *ret_states)
{
	put_state(&ret_states[0], LOOP_STATUS_unbound, 0);
	put_state(&ret_states[1], LOOP_STATUS_absent, 0);
	return 2;
}

unsigned int loop_model_anywhere(struct linearize_state *ret_states)
{
	unsigned int count = loop_model_initial(ret_states);

	put_state(&ret_states[count++], LOOP_STATUS_bound, LOOP_STATE_UNKNOWN);
	put_state(&ret_states[count++], LOOP_STATUS_rundown, 0);
	return count;
}

static bool is_modelled(const struct recorder_record *record)
{
	switch (record->call) {
	case RECORDER_CALL_open:
	case RECORDER_CALL_close:
	case RECORDER_CALL_set_fd:
	case RECORDER_CALL_configure:
	case RECORDER_CALL_clr_fd:
	case RECORDER_CALL_set_status:
	case RECORDER_CALL_get_status:
	case RECORDER_CALL_set_block_size:
	case RECORDER_CALL_set_direct_io:
		return true;
	case RECORDER_CALL_get_free:
	case RECORDER_CALL_add:
		return record->result >= 0;
	}
	return false;
}

static bool has_effect(const struct recorder_record *record)
{
	return record->call != RECORDER_CALL_get_status && record->call != RECORDER_CALL_set_block_size &&
	       record->call != RECORDER_CALL_set_direct_io;
}

bool loop_model_call(const struct recorder_record *record, uint64_t return_ns, struct linearize_call *ret_call)
{
	struct linearize_call call = { .return_ns = return_ns, .operation = record->call };
	bool has_result = return_ns != UINT64_MAX;

	if (record->device_index < 0 || !is_modelled(record) || (!has_result && !has_effect(record)))
		return false;
	/* The steps take its negative, which INT32_MIN has not; no call returns either, but a damaged record may say it. */
	if (has_result && record->result < 0)
		call.result = record->result > -INT32_MAX ? record->result : -INT32_MAX;
	/* A failed bind's backing file is nobody's, so that all losers are alike. */
	if (call.result == 0 && record->call != RECORDER_CALL_open && record->call != RECORDER_CALL_close) {
		call.arguments[0] = record->inode;
		call.arguments[1] = (uint32_t)(record->dev ^ record->dev >> 32);
		call.arguments[2] = record->detail;
	}
	*ret_call = call;
	return true;
}

void loop_model_add_state(struct text *text, const struct linearize_state *state)
{
	static const char *const words[] = {
		[LOOP_STATUS_unbound] = "not bound",
		[LOOP_STATUS_bound] = "bound",
		[LOOP_STATUS_rundown] = "in rundown",
		[LOOP_STATUS_absent] = "absent",
	};
	struct loop_state here;

	memcpy(&here, state, sizeof(here));
	text_add(text, "%s", words[here.status & 3]);
	if (!is_bound(&here))
		return;
	if (here.flags & LOOP_STATE_UNKNOWN)
		text_add(text, " to any file");
	else
		text_add(text, " to inode %llu", (unsigned long long)here.inode);
	text_add(text, "%s%s", here.flags & LOOP_STATE_AUTOCLEAR ? ", autoclear" : "",
		 here.flags & LOOP_STATE_PARTSCAN ? ", partscan" : "");
}

bool loop_model_allows(const struct loop_model *model, const struct linearize_state *state,
		       const struct linearize_call *call, int result)
{
	struct linearize_next next[LINEARIZE_NEXT_COUNT_MAX];
	struct linearize_call other = *call;
	struct loop_state here;

	other.return_ns = 0;
	other.result = result;
	/* A report that succeeds would report what is there. */
	if (call->operation == RECORDER_CALL_get_status && result == 0) {
		memcpy(&here, state, sizeof(here));
		return is_bound(&here) || (model->has_other_binders && is_free(&here));
	}
	return step(model, state, &other, false, next) > 0;
}
