/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model as linearize.h wants it, and its states in words.  The steps append to the ways in which a call may go on, and
 * append none where its result is not possible; they are in loop_openers.c and loop_steps.c.
 */
#include "harness/judge/loop_model.h"

#include <errno.h>
#include <string.h>

#include "harness/judge/loop_ways.h"

/* --- all of them --- */

static void step_failed_call(struct ways *ways, const struct loop_state *state)
{
	switch (ways->call->operation) {
	case RECORDER_CALL_open:
		loop_step_failed_open(ways, state);
		break;
	case RECORDER_CALL_change_fd:
		loop_step_failed_change_fd(ways, state);
		break;
	case RECORDER_CALL_get_status:
	case RECORDER_CALL_get_status_old:
		loop_step_failed_get_status(ways, state);
		break;
	case RECORDER_CALL_remove:
		loop_step_failed_remove(ways, state);
		break;
	default:
		loop_step_failed(ways, state);
		break;
	}
}

static void step_call(struct ways *ways, const struct loop_state *state)
{
	switch (ways->call->operation) {
	case RECORDER_CALL_close:
		loop_step_close(ways, state);
		return;
	case RECORDER_CALL_mount:
		loop_step_mount(ways, state);
		return;
	case RECORDER_CALL_unmount:
		loop_step_unmount(ways, state);
		return;
	case RECORDER_CALL_partition_reread:
		loop_step_transient(ways, state);
		return;
	case RECORDER_CALL_add:
		loop_step_add(ways, state);
		return;
	default:
		break;
	}
	if (ways->error) {
		step_failed_call(ways, state);
		return;
	}
	switch (ways->call->operation) {
	case RECORDER_CALL_open:
		loop_step_open(ways, state);
		break;
	case RECORDER_CALL_set_fd:
	case RECORDER_CALL_configure:
		loop_step_bind(ways, state);
		break;
	case RECORDER_CALL_clr_fd:
		loop_step_clr_fd(ways, state);
		break;
	case RECORDER_CALL_change_fd:
		loop_step_change_fd(ways, state);
		break;
	case RECORDER_CALL_set_status:
	case RECORDER_CALL_set_status_old:
		loop_step_set_status(ways, state);
		break;
	case RECORDER_CALL_get_status:
	case RECORDER_CALL_get_status_old:
		loop_step_get_status(ways, state);
		break;
	case RECORDER_CALL_set_capacity:
	case RECORDER_CALL_set_block_size:
	case RECORDER_CALL_set_direct_io:
		loop_step_set(ways, state);
		break;
	case RECORDER_CALL_size:
	case RECORDER_CALL_block_size:
	case RECORDER_CALL_diskseq:
	case RECORDER_CALL_read_only:
		loop_step_read(ways, state);
		break;
	case RECORDER_CALL_get_free:
		loop_step_get_free(ways, state);
		break;
	case RECORDER_CALL_remove:
		loop_step_remove(ways, state);
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
		return !state->opener_count || lacks_trait(model->traits, LOOP_TRAIT_deferred_detach);
	return is_bound(state) && !state->opener_count &&
	       (state->flags & LOOP_STATE_AUTOCLEAR || state->unknown & LOOP_UNKNOWN_FILE);
}

static unsigned int step(const void *context, const struct linearize_state *state, const struct linearize_call *call,
			 bool is_second, struct linearize_next *ret_next)
{
	struct loop_arguments arguments;
	struct loop_state here;
	struct ways ways = {
		.model = context,
		.call = call,
		.arguments = &arguments,
		.error = -call->result,
		.is_second = is_second,
		.next = ret_next,
	};

	memcpy(&arguments, call->arguments, sizeof(arguments));
	memcpy(&here, state, sizeof(here));
	if (arguments.how & LOOP_HOW_PERHAPS)
		go(&ways, &here, true);
	step_call(&ways, &here);
	/* What io_uring holds may be let go at any time. */
	while (here.lingering_count) {
		here.lingering_count--;
		loop_let_go(&ways, &here);
		step_call(&ways, &here);
	}
	if (may_be_released(ways.model, &here)) {
		here = loop_released(&here);
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
	struct loop_arguments arguments;

	memcpy(&arguments, call->arguments, sizeof(arguments));
	if (call->return_ns == UINT64_MAX)
		return false;
	switch (call->operation) {
	case RECORDER_CALL_close:
	case RECORDER_CALL_mount:
	case RECORDER_CALL_unmount:
	case RECORDER_CALL_partition_reread:
	case RECORDER_CALL_remove:
		return false;
	case RECORDER_CALL_open:
		if (arguments.how & LOOP_HOW_TRANSIENT)
			return false;
		return call->result < 0 || (!is_second && (arguments.how & LOOP_HOW_EXCLUSIVE ||
							   has_trait(model->traits, LOOP_TRAIT_open_enxio_in_rundown)));
	case RECORDER_CALL_get_status:
	case RECORDER_CALL_get_status_old:
	case RECORDER_CALL_get_free:
	case RECORDER_CALL_size:
	case RECORDER_CALL_block_size:
	case RECORDER_CALL_diskseq:
	case RECORDER_CALL_read_only:
		return true;
	default:
		return call->result < 0;
	}
}

struct linearize_model loop_model_linearize(const struct loop_model *model)
{
	return (struct linearize_model){ .context = model, .step = step, .only_looks = only_looks };
}

static void put_state(struct linearize_state *ret_state, enum loop_status status, uint8_t unknown)
{
	struct loop_state state = { .status = (uint8_t)status, .unknown = unknown, .block_size = LOOP_SECTOR_BYTES };

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
	uint8_t unknown = LOOP_UNKNOWN_READ_ONLY | LOOP_UNKNOWN_DIRECT_IO | LOOP_UNKNOWN_CAPACITY |
			  LOOP_UNKNOWN_BLOCK_SIZE | LOOP_UNKNOWN_DISK_READ_ONLY | LOOP_UNKNOWN_DIRECT_FILE;

	put_state(&ret_states[0], LOOP_STATUS_unbound, LOOP_UNKNOWN_DISK_READ_ONLY);
	put_state(&ret_states[1], LOOP_STATUS_absent, 0);
	put_state(&ret_states[2], LOOP_STATUS_bound, unknown | LOOP_UNKNOWN_FILE);
	put_state(&ret_states[3], LOOP_STATUS_rundown, unknown & (uint8_t)~LOOP_UNKNOWN_DIRECT_IO);
	return 4;
}

/* --- words --- */

static void add_flags(struct text *text, const struct loop_state *state)
{
	text_add(text, "%s%s%s%s", state->flags & LOOP_STATE_AUTOCLEAR ? ", autoclear" : "",
		 state->flags & LOOP_STATE_PARTSCAN ? ", partscan" : "",
		 state->flags & LOOP_STATE_READ_ONLY ? ", read-only" : "",
		 state->flags & LOOP_STATE_DIRECT_IO ? ", direct I/O" : "");
}

static void add_place(struct text *text, const struct loop_state *state)
{
	if (state->unknown & LOOP_UNKNOWN_FILE)
		return;
	if (state->offset)
		text_add(text, ", offset %llu", (unsigned long long)state->offset);
	if (state->limit)
		text_add(text, ", size limit %llu", (unsigned long long)state->limit);
}

/* What of the state a call looked at. */
static void add_subject(struct text *text, const struct loop_state *state, const struct recorder_record *record)
{
	switch (record->call) {
	case RECORDER_CALL_size:
		if (!(state->unknown & LOOP_UNKNOWN_CAPACITY))
			text_add(text, ", of %llu bytes", (unsigned long long)state->capacity_bytes);
		break;
	case RECORDER_CALL_block_size:
		if (!(state->unknown & LOOP_UNKNOWN_BLOCK_SIZE))
			text_add(text, ", with blocks of %u bytes", state->block_size);
		break;
	case RECORDER_CALL_diskseq:
		if (state->marks & LOOP_MARK_DISKSEQ)
			text_add(text, ", with %s %llu as its diskseq",
				 state->marks & LOOP_MARK_DISKSEQ_IS ? "nothing but" : "more than",
				 (unsigned long long)state->diskseq);
		break;
	case RECORDER_CALL_read_only:
		if (!(state->unknown & LOOP_UNKNOWN_DISK_READ_ONLY))
			text_add(text, ", %s", state->marks & LOOP_MARK_DISK_READ_ONLY ? "read-only" : "writable");
		break;
	case RECORDER_CALL_remove:
		text_add(text, ", with %u opener%s", state->opener_count, state->opener_count == 1 ? "" : "s");
		break;
	default:
		break;
	}
}

void loop_model_add_state(struct text *text, const struct linearize_state *state, const struct recorder_record *record)
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
	if (is_bound(&here)) {
		if (here.unknown & LOOP_UNKNOWN_FILE)
			text_add(text, " to any file");
		else
			text_add(text, " to inode %llu", (unsigned long long)here.inode);
		add_flags(text, &here);
		add_place(text, &here);
	}
	if (here.exclusive_count && !(here.status == LOOP_STATUS_absent))
		text_add(text, here.mount_count ? ", mounted" : ", held exclusively");
	if (here.marks & LOOP_MARK_HIDDEN)
		text_add(text, ", being added or removed");
	add_subject(text, &here, record);
}

bool loop_model_allows(const struct loop_model *model, const struct linearize_state *state,
		       const struct recorder_record *record, int result)
{
	struct linearize_next next[LINEARIZE_NEXT_COUNT_MAX];
	struct recorder_record other;
	struct linearize_call call;
	struct loop_state here;

	memcpy(&here, state, sizeof(here));
	/* A report that succeeds would report what is there. */
	if (result == 0 && (record->call == RECORDER_CALL_get_status || record->call == RECORDER_CALL_get_status_old))
		return is_bound(&here) || (model->has_other_binders && is_free(&here));
	memcpy(&other, record, sizeof(other));
	other.result = result;
	if (result == 0 && record->call == RECORDER_CALL_add)
		other.result = record->device_index;
	return loop_model_call(model, &other, 0, 1, &call) && step(model, state, &call, false, next) > 0;
}
