/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of calls that bind, release, change, ask, add and remove; see loop_model.h. */
#include "harness/judge/loop_ways.h"

#include <errno.h>
#include <limits.h>

/* --- what a device has besides its state --- */

static void set_capacity(struct loop_state *state, bool is_known, uint64_t file_bytes)
{
	uint64_t bytes = file_bytes > state->offset ? file_bytes - state->offset : 0;

	if (state->limit && state->limit < bytes)
		bytes = state->limit;
	is_known = is_known && !(state->unknown & LOOP_UNKNOWN_FILE);
	set_unknown(state, LOOP_UNKNOWN_CAPACITY, !is_known);
	state->capacity_bytes = is_known ? bytes / LOOP_SECTOR_BYTES * LOOP_SECTOR_BYTES : 0;
}

static bool size_of(const struct ways *ways, uint64_t inode, uint32_t dev, uint64_t *ret_bytes)
{
	const struct loop_model *model = ways->model;

	return model->survey && loop_model_knows_file(model, dev, inode) &&
	       survey_file_size(model->survey, model->backings, dev, inode, ways->arguments->begin_ns,
				ways->arguments->end_ns, ret_bytes);
}

/* The device follows the size of its backing file. */
static void follow_size(const struct ways *ways, struct loop_state *state)
{
	uint64_t bytes = 0;
	bool is_known = !(state->unknown & LOOP_UNKNOWN_FILE) && size_of(ways, state->inode, state->dev, &bytes);

	set_capacity(state, is_known, bytes);
}

static void set_direct_io(struct loop_state *state, bool is_known, bool is_set)
{
	set_unknown(state, LOOP_UNKNOWN_DIRECT_IO, !is_known);
	state->flags = (uint8_t)(is_known && is_set ? state->flags | LOOP_STATE_DIRECT_IO
						    : state->flags & ~LOOP_STATE_DIRECT_IO);
}

/* Where direct I/O is in use it may be dropped; where it is not, only a file that was opened so brings it. */
static void may_change_direct_io(struct loop_state *state)
{
	if (state->flags & LOOP_STATE_DIRECT_IO || state->unknown & LOOP_UNKNOWN_DIRECT_FILE)
		set_direct_io(state, false, false);
}

/* Its size and its block size stay until it is unbound. */
static struct loop_state in_rundown(const struct loop_state *state)
{
	struct loop_state rundown = *state;

	rundown.status = LOOP_STATUS_rundown;
	rundown.flags = 0;
	rundown.unknown &= LOOP_UNKNOWN_DISK_READ_ONLY | LOOP_UNKNOWN_CAPACITY | LOOP_UNKNOWN_BLOCK_SIZE;
	rundown.dev = 0;
	rundown.inode = rundown.offset = rundown.limit = 0;
	return rundown;
}

/* --- calls that fail --- */

void loop_step_failed(struct ways *ways, const struct loop_state *state)
{
	const struct loop_arguments *arguments = ways->arguments;
	struct loop_state changed = *state;

	if (arguments->how & LOOP_HOW_IMPOSSIBLE)
		return;
	if (!(arguments->statuses >> state->status & 1) && !(arguments->statuses && may_be_others(ways, state)) &&
	    !(arguments->how & LOOP_HOW_HOLDER && may_have_holder(ways, state)))
		return;
	if (!(arguments->how & LOOP_HOW_LATE)) {
		go(ways, state, true);
		return;
	}
	set_unknown(&changed, LOOP_UNKNOWN_DISK_READ_ONLY, true);
	set_mark(&changed, LOOP_MARK_DISK_READ_ONLY, false);
	changed.marks &= (uint8_t)~LOOP_MARK_DISKSEQ;
	/* Whether it was, the next report tells; its block size and size are as before. */
	go(ways, &changed, true);
}

void loop_step_bind(struct ways *ways, const struct loop_state *state)
{
	const struct loop_arguments *arguments = ways->arguments;
	struct loop_state bound = *state;
	bool is_read_only = arguments->how & LOOP_HOW_READ_ONLY;
	bool may_be_read_only = arguments->how & LOOP_HOW_MAY_READ_ONLY;
	bool asks_direct = arguments->flags & LOOP_STATE_DIRECT_IO;
	bool is_direct_file = arguments->how & LOOP_HOW_DIRECT_FILE;

	if (!is_free(state) || arguments->how & LOOP_HOW_IMPOSSIBLE || must_have_holder(ways, state))
		return;
	bound.status = LOOP_STATUS_bound;
	bound.inode = arguments->inode;
	bound.dev = arguments->dev;
	bound.offset = arguments->offset;
	bound.limit = arguments->limit;
	bound.flags = (uint8_t)(arguments->flags & (LOOP_STATE_AUTOCLEAR | LOOP_STATE_PARTSCAN));
	bound.flags |= is_read_only ? LOOP_STATE_READ_ONLY : 0;
	bound.unknown = may_be_read_only ? LOOP_UNKNOWN_READ_ONLY | LOOP_UNKNOWN_DISK_READ_ONLY : 0;
	set_mark(&bound, LOOP_MARK_DISK_READ_ONLY, is_read_only);
	set_unknown(&bound, LOOP_UNKNOWN_DIRECT_FILE, is_direct_file);
	set_direct_io(&bound, !asks_direct && !is_direct_file, false);
	bound.block_size = arguments->block_size ? arguments->block_size : LOOP_SECTOR_BYTES;
	if (!arguments->block_size && (asks_direct || is_direct_file)) {
		set_unknown(&bound, LOOP_UNKNOWN_BLOCK_SIZE, true);
		bound.block_size = 0;
	}
	set_capacity(&bound, arguments->how & LOOP_HOW_SIZE, arguments->value);
	set_diskseq_larger(&bound);
	go(ways, &bound, true);
}

void loop_step_clr_fd(struct ways *ways, const struct loop_state *state)
{
	struct loop_state marked = *state, cleared = in_rundown(state);

	/* What the first step put into rundown, nobody else takes out of it. */
	if (ways->is_second) {
		cleared = loop_released(state);
		go(ways, &cleared, true);
		return;
	}
	if (may_be_others(ways, state))
		go(ways, state, true);
	if (!is_bound(state))
		return;
	marked.flags |= LOOP_STATE_AUTOCLEAR;
	if (state->opener_count > 1 || ways->model->has_other_openers)
		go(ways, &marked, true);
	if (state->opener_count <= 1 && has(ways, LOOP_TRAIT_deferred_detach))
		go(ways, &cleared, true);
	if (state->opener_count <= 1 && lacks(ways, LOOP_TRAIT_deferred_detach))
		go(ways, &cleared, false);
}

/* LOOP_CHANGE_FD looks whether both files make the device as large. */
static bool may_exchange(const struct ways *ways, const struct loop_state *state, bool *ret_must)
{
	bool is_known = !(state->unknown & LOOP_UNKNOWN_FILE);
	bool is_read_only = state->flags & LOOP_STATE_READ_ONLY;
	bool may_be_read_only = is_read_only || !is_known || state->unknown & LOOP_UNKNOWN_READ_ONLY;
	struct loop_state before = *state, after = *state;
	uint64_t bytes_before, bytes_after;
	bool has_sizes = is_known && size_of(ways, state->inode, state->dev, &bytes_before) &&
			 size_of(ways, ways->arguments->inode, ways->arguments->dev, &bytes_after);

	if (has_sizes) {
		set_capacity(&before, true, bytes_before);
		set_capacity(&after, true, bytes_after);
	}
	*ret_must = is_known && is_read_only && has_sizes && before.capacity_bytes == after.capacity_bytes;
	return may_be_read_only && (!has_sizes || before.capacity_bytes == after.capacity_bytes);
}

void loop_step_change_fd(struct ways *ways, const struct loop_state *state)
{
	struct loop_state changed = *state;
	bool must, may;

	if (may_be_others(ways, state))
		go(ways, state, true);
	if (!is_bound(state) || ways->arguments->how & LOOP_HOW_IMPOSSIBLE)
		return;
	may = may_exchange(ways, state, &must);
	if (!may)
		return;
	changed.inode = ways->arguments->inode;
	changed.dev = ways->arguments->dev;
	/* It was read-only, or it would have been refused. */
	set_unknown(&changed, LOOP_UNKNOWN_READ_ONLY, false);
	changed.flags |= LOOP_STATE_READ_ONLY;
	set_unknown(&changed, LOOP_UNKNOWN_DIRECT_FILE,
		    changed.unknown & LOOP_UNKNOWN_DIRECT_FILE || ways->arguments->how & LOOP_HOW_DIRECT_FILE);
	may_change_direct_io(&changed);
	set_diskseq_larger(&changed);
	go(ways, &changed, true);
}

void loop_step_failed_change_fd(struct ways *ways, const struct loop_state *state)
{
	bool must = false;

	if (ways->arguments->how & LOOP_HOW_REFUSED) {
		if (is_bound(state))
			may_exchange(ways, state, &must);
		if ((is_bound(state) && !must) || may_be_others(ways, state))
			go(ways, state, true);
		return;
	}
	loop_step_failed(ways, state);
}

void loop_step_set_status(struct ways *ways, const struct loop_state *state)
{
	const struct loop_arguments *arguments = ways->arguments;
	struct loop_state changed = *state;
	bool is_moved = state->offset != arguments->offset || state->limit != arguments->limit;

	if (may_be_others(ways, state))
		go(ways, state, true);
	if (!is_bound(state) || arguments->how & LOOP_HOW_IMPOSSIBLE)
		return;
	changed.flags = (uint8_t)((state->flags & ~LOOP_STATE_AUTOCLEAR) |
				  (arguments->flags & (LOOP_STATE_AUTOCLEAR | LOOP_STATE_PARTSCAN)));
	changed.offset = arguments->offset;
	changed.limit = arguments->limit;
	if (is_moved || state->unknown & LOOP_UNKNOWN_FILE) {
		follow_size(ways, &changed);
		may_change_direct_io(&changed);
	}
	if (arguments->how & LOOP_HOW_TRANSFER)
		may_change_direct_io(&changed);
	/* Of a file that is not known, nothing is remembered but that it was not to be released. */
	if (state->unknown & LOOP_UNKNOWN_FILE) {
		changed.offset = changed.limit = 0;
		changed.flags = arguments->flags & LOOP_STATE_AUTOCLEAR;
	}
	go(ways, &changed, true);
}

/* Bound to what is reported?  A device of which nothing is known becomes known by that. */
static bool is_reported(const struct ways *ways, struct loop_state *state)
{
	const struct loop_arguments *arguments = ways->arguments;
	uint32_t flags = arguments->flags, differing;
	bool is_old = arguments->how & LOOP_HOW_OLD;

	if (state->unknown & LOOP_UNKNOWN_FILE) {
		/* That it is marked for release is known even then. */
		if (state->flags & LOOP_STATE_AUTOCLEAR && !(flags & LOOP_STATE_AUTOCLEAR))
			return false;
		/* What the old layout leaves out stays unknown, and so the rest. */
		if (is_old)
			return true;
		state->inode = arguments->inode;
		state->dev = arguments->dev;
		state->offset = arguments->offset;
		state->limit = arguments->limit;
		state->flags = (uint8_t)flags;
		state->unknown &= (uint8_t) ~(LOOP_UNKNOWN_FILE | LOOP_UNKNOWN_READ_ONLY | LOOP_UNKNOWN_DIRECT_IO);
		return true;
	}
	if (state->inode != arguments->inode || state->dev != arguments->dev || state->offset != arguments->offset ||
	    (!is_old && state->limit != arguments->limit))
		return false;
	if (is_old && state->offset > INT_MAX)
		return false;
	differing = state->flags ^ flags;
	if (state->unknown & LOOP_UNKNOWN_READ_ONLY)
		differing &= ~LOOP_STATE_READ_ONLY;
	if (state->unknown & LOOP_UNKNOWN_DIRECT_IO)
		differing &= ~LOOP_STATE_DIRECT_IO;
	/* The module's parameter max_part sets PARTSCAN on every bind; a guest's driver has none. */
	if (ways->model->has_other_binders && flags & LOOP_STATE_PARTSCAN)
		differing &= ~LOOP_STATE_PARTSCAN;
	if (differing)
		return false;
	state->flags = (uint8_t)flags;
	state->unknown &= (uint8_t) ~(LOOP_UNKNOWN_READ_ONLY | LOOP_UNKNOWN_DIRECT_IO);
	return true;
}

void loop_step_get_status(struct ways *ways, const struct loop_state *state)
{
	struct loop_state reported = *state;

	if (ways->arguments->how & LOOP_HOW_IMPOSSIBLE)
		return;
	if (may_be_others(ways, state))
		go(ways, state, true);
	else if (is_bound(state) && is_reported(ways, &reported))
		go(ways, &reported, true);
}

/* The old layout has no room for a large offset. */
void loop_step_failed_get_status(struct ways *ways, const struct loop_state *state)
{
	if (ways->arguments->how & LOOP_HOW_OLD && is_bound(state) &&
	    (state->offset > INT_MAX || state->unknown & LOOP_UNKNOWN_FILE))
		go(ways, state, true);
	else
		loop_step_failed(ways, state);
}

/* The settings of a bound device. */
void loop_step_set(struct ways *ways, const struct loop_state *state)
{
	const struct loop_arguments *arguments = ways->arguments;
	struct loop_state changed = *state;

	if (may_be_others(ways, state))
		go(ways, state, true);
	if (!is_bound(state) || arguments->how & LOOP_HOW_IMPOSSIBLE)
		return;
	switch (ways->call->operation) {
	case RECORDER_CALL_set_capacity:
		follow_size(ways, &changed);
		break;
	case RECORDER_CALL_set_direct_io:
		set_direct_io(&changed, true, arguments->value != 0);
		break;
	default:
		if (must_have_holder(ways, state) && !lacks(ways, LOOP_TRAIT_block_size_excl_check))
			return;
		changed.block_size = arguments->value ? arguments->block_size : 0;
		set_unknown(&changed, LOOP_UNKNOWN_BLOCK_SIZE, !arguments->value);
		/* 0 asks for the default, which direct I/O may raise. */
		if (arguments->value && !arguments->block_size) {
			bool is_plain = !(state->flags & LOOP_STATE_DIRECT_IO) &&
					!(state->unknown & (LOOP_UNKNOWN_DIRECT_IO | LOOP_UNKNOWN_FILE));

			changed.block_size = is_plain ? LOOP_SECTOR_BYTES : 0;
			set_unknown(&changed, LOOP_UNKNOWN_BLOCK_SIZE, !is_plain);
		}
		may_change_direct_io(&changed);
		break;
	}
	go(ways, &changed, true);
}

/* --- what the driver changes without a lock --- */

static bool is_diskseq(struct loop_state *state, uint64_t diskseq)
{
	bool fits = true;

	if (state->marks & LOOP_MARK_DISKSEQ_IS)
		fits = diskseq == state->diskseq;
	else if (state->marks & LOOP_MARK_DISKSEQ_LARGER)
		fits = diskseq > state->diskseq;
	state->marks = (uint8_t)((state->marks & ~LOOP_MARK_DISKSEQ) | LOOP_MARK_DISKSEQ_IS);
	state->diskseq = diskseq;
	return fits;
}

static bool is_value(struct loop_state *state, uint8_t unknown, bool fits)
{
	fits |= (state->unknown & unknown) != 0;
	set_unknown(state, unknown, false);
	return fits;
}

void loop_step_read(struct ways *ways, const struct loop_state *state)
{
	uint64_t value = ways->arguments->value;
	struct loop_state read = *state;
	bool fits = true;

	/* Nobody can tell when others release it. */
	if (!ways->model->has_quiet_reads || state->lingering_count || state->status == LOOP_STATUS_absent) {
		go(ways, state, true);
		return;
	}
	switch (ways->call->operation) {
	case RECORDER_CALL_size:
		fits = is_value(&read, LOOP_UNKNOWN_CAPACITY, value == state->capacity_bytes);
		read.capacity_bytes = value;
		break;
	case RECORDER_CALL_block_size:
		fits = is_value(&read, LOOP_UNKNOWN_BLOCK_SIZE, value == state->block_size);
		read.block_size = (uint32_t)value;
		break;
	case RECORDER_CALL_read_only:
		fits = is_value(&read, LOOP_UNKNOWN_DISK_READ_ONLY,
				value == ((state->marks & LOOP_MARK_DISK_READ_ONLY) != 0));
		set_mark(&read, LOOP_MARK_DISK_READ_ONLY, value);
		break;
	default:
		fits = is_diskseq(&read, value);
		break;
	}
	if (fits)
		go(ways, &read, true);
}

/* --- devices come and go --- */

void loop_step_get_free(struct ways *ways, const struct loop_state *state)
{
	struct loop_state added = *state;

	added.status = LOOP_STATUS_unbound;
	if (state->status == LOOP_STATUS_absent)
		go(ways, &added, true);
	else if (is_free(state) || !ways->model->checks_get_free)
		go(ways, state, true);
}

void loop_step_add(struct ways *ways, const struct loop_state *state)
{
	struct loop_state changed = *state;

	if (ways->error) {
		if (state->marks & LOOP_MARK_HIDDEN && ways->error == EEXIST)
			go(ways, state, true);
		else
			loop_step_failed(ways, state);
		return;
	}
	if (ways->arguments->how & LOOP_HOW_IMPOSSIBLE)
		return;
	/* It is there for others that add and remove, before it can be used. */
	if (!ways->is_second) {
		if (state->status != LOOP_STATUS_absent && !may_be_others(ways, state))
			return;
		if (state->marks & LOOP_MARK_HIDDEN && !ways->model->has_other_binders)
			return;
		set_mark(&changed, LOOP_MARK_HIDDEN, true);
		go(ways, &changed, false);
		return;
	}
	set_mark(&changed, LOOP_MARK_HIDDEN, false);
	/* It can be opened, and bound, while loop-control does not show it yet. */
	if (state->status == LOOP_STATUS_absent)
		changed.status = LOOP_STATUS_unbound;
	go(ways, &changed, true);
}

/* A new device of that index, however it comes back, has nothing of the old one, and a diskseq of its own. */
static struct loop_state removed(const struct loop_state *state)
{
	struct loop_state gone = {
		.status = LOOP_STATUS_absent,
		.block_size = LOOP_SECTOR_BYTES,
		.diskseq = state->diskseq,
		.marks = state->marks & (LOOP_MARK_DISKSEQ | LOOP_MARK_HIDDEN),
	};

	set_diskseq_larger(&gone);
	return gone;
}

void loop_step_remove(struct ways *ways, const struct loop_state *state)
{
	bool is_hidden = state->marks & LOOP_MARK_HIDDEN;
	struct loop_state changed = *state;

	if (ways->arguments->how & LOOP_HOW_IMPOSSIBLE)
		return;
	if (ways->is_second) {
		set_mark(&changed, LOOP_MARK_HIDDEN, false);
		go(ways, &changed, true);
		return;
	}
	/* Others do not see it while this call is busy with it. */
	if (is_hidden || (!is_free(state) && !may_be_others(ways, state)) || state->opener_count)
		return;
	changed = removed(state);
	set_mark(&changed, LOOP_MARK_HIDDEN, true);
	go(ways, &changed, false);
}

void loop_step_failed_remove(struct ways *ways, const struct loop_state *state)
{
	bool is_hidden = state->marks & LOOP_MARK_HIDDEN;
	bool hides = has(ways, LOOP_TRAIT_remove_hides);
	bool is_busy = !is_free(state) || state->opener_count || ways->model->has_other_openers;
	bool is_absent = state->status == LOOP_STATUS_absent;
	struct loop_state changed = *state;

	if (ways->error == ENODEV) {
		if (is_absent || is_hidden || may_be_others(ways, state))
			go(ways, state, true);
		return;
	}
	if (ways->error != EBUSY) {
		loop_step_failed(ways, state);
		return;
	}
	if (ways->is_second) {
		set_mark(&changed, LOOP_MARK_HIDDEN, false);
		if (is_busy)
			go(ways, &changed, true);
		return;
	}
	if (!may_be_others(ways, state) && (is_absent || is_hidden))
		return;
	if (is_busy)
		go(ways, state, true);
	if (hides && !is_hidden) {
		set_mark(&changed, LOOP_MARK_HIDDEN, true);
		go(ways, &changed, false);
	}
}
