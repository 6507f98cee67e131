/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of the model, one function a call.  Each appends to the ways in which the call may go on, and appends none
 * where its result is not possible.
 */
#include "harness/judge/loop_model.h"

#include <errno.h>
#include <limits.h>
#include <linux/loop.h>
#include <string.h>

#define SECTOR_BYTES  512u
#define LINGERING_MAX 3

/* The ways that a step has. */
struct ways {
	const struct loop_model *model;
	const struct linearize_call *call;
	const struct loop_arguments *arguments;
	int error; /* positive; 0: it succeeded, or has no result */
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

static bool has(const struct ways *ways, enum loop_trait trait)
{
	return has_trait(ways->model->traits, trait);
}

static bool lacks(const struct ways *ways, enum loop_trait trait)
{
	return lacks_trait(ways->model->traits, trait);
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

static void set_mark(struct loop_state *state, uint8_t mark, bool is_set)
{
	state->marks = (uint8_t)(is_set ? state->marks | mark : state->marks & ~mark);
}

static void set_unknown(struct loop_state *state, uint8_t what, bool is_unknown)
{
	state->unknown = (uint8_t)(is_unknown ? state->unknown | what : state->unknown & ~what);
}

/* --- what a device has besides its state --- */

static void set_diskseq_larger(struct loop_state *state)
{
	if (state->marks & LOOP_MARK_DISKSEQ)
		state->marks = (uint8_t)((state->marks & ~LOOP_MARK_DISKSEQ) | LOOP_MARK_DISKSEQ_LARGER);
}

static void set_capacity(struct loop_state *state, bool is_known, uint64_t file_bytes)
{
	uint64_t bytes = file_bytes > state->offset ? file_bytes - state->offset : 0;

	if (state->limit && state->limit < bytes)
		bytes = state->limit;
	is_known = is_known && !(state->unknown & LOOP_UNKNOWN_FILE);
	set_unknown(state, LOOP_UNKNOWN_CAPACITY, !is_known);
	state->capacity_bytes = is_known ? bytes / SECTOR_BYTES * SECTOR_BYTES : 0;
}

static bool size_of(const struct ways *ways, uint64_t inode, uint32_t dev, uint64_t *ret_bytes)
{
	const struct loop_model *model = ways->model;

	return model->survey && model->backings &&
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

/* A release forgets everything but who has the device open. */
static struct loop_state released(const struct loop_state *state)
{
	struct loop_state free = *state;

	free.status = LOOP_STATUS_unbound;
	free.flags = 0;
	free.unknown = state->unknown & LOOP_UNKNOWN_DISK_READ_ONLY;
	free.dev = 0;
	free.inode = free.offset = free.limit = 0;
	free.capacity_bytes = 0;
	free.block_size = SECTOR_BYTES;
	set_diskseq_larger(&free);
	return free;
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

/* --- openers --- */

static unsigned int partition_slot(const struct ways *ways)
{
	unsigned int partition = ways->arguments->partition;

	return partition >= 1 && partition <= LOOP_PARTITION_COUNT ? partition - 1 : LOOP_PARTITION_COUNT;
}

static void count_opener(struct loop_state *state, int change)
{
	if (change > 0)
		state->opener_count += state->opener_count < UINT16_MAX;
	else
		state->opener_count -= state->opener_count > 0;
}

static void count_exclusive(const struct ways *ways, struct loop_state *state, int change)
{
	uint8_t *count = ways->arguments->partition ? &state->exclusive_partition_count : &state->exclusive_count;

	if (!(ways->arguments->how & LOOP_HOW_EXCLUSIVE))
		return;
	if (change > 0)
		*count += *count < UINT8_MAX;
	else
		*count -= *count > 0;
}

/* The last to close an autoclear device, or one in rundown, releases it. */
static void let_go(const struct ways *ways, struct loop_state *state)
{
	count_opener(state, -1);
	if (state->opener_count == 0 && !ways->model->has_other_openers &&
	    (state->status == LOOP_STATUS_rundown || (is_bound(state) && state->flags & LOOP_STATE_AUTOCLEAR)))
		*state = released(state);
}

/* All descriptors of a partition are one opener, or each is one. */
static void go_opened(struct ways *ways, struct loop_state *state)
{
	unsigned int slot = partition_slot(ways);
	struct loop_state once = *state;

	count_exclusive(ways, state, 1);
	once = *state;
	count_opener(state, 1);
	if (slot == LOOP_PARTITION_COUNT) {
		go(ways, state, true);
		return;
	}
	once.partition_opener_counts[slot]++;
	state->partition_opener_counts[slot]++;
	if (once.partition_opener_counts[slot] == 1)
		once = *state;
	if (has(ways, LOOP_TRAIT_partition_counts_once))
		go(ways, &once, true);
	if (lacks(ways, LOOP_TRAIT_partition_counts_once))
		go(ways, state, true);
}

static void go_closed(struct ways *ways, struct loop_state *state)
{
	unsigned int slot = partition_slot(ways);
	struct loop_state once;

	if (slot == LOOP_PARTITION_COUNT) {
		let_go(ways, state);
		go(ways, state, true);
		return;
	}
	state->partition_opener_counts[slot] -= state->partition_opener_counts[slot] > 0;
	once = *state;
	let_go(ways, state);
	if (once.partition_opener_counts[slot] == 0)
		once = *state;
	if (has(ways, LOOP_TRAIT_partition_counts_once))
		go(ways, &once, true);
	if (lacks(ways, LOOP_TRAIT_partition_counts_once))
		go(ways, state, true);
}

/* Does another than the caller have the device exclusively?  Not every one who may is in the history. */
static bool may_have_holder(const struct ways *ways, const struct loop_state *state)
{
	return state->exclusive_count || state->exclusive_partition_count || ways->model->has_other_openers;
}

static bool must_have_holder(const struct ways *ways, const struct loop_state *state)
{
	return state->exclusive_count && !(ways->arguments->how & LOOP_HOW_EXCLUSIVE);
}

/* --- calls that fail --- */

static void step_failed(struct ways *ways, const struct loop_state *state)
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

/* --- one function a call --- */

static void step_open(struct ways *ways, const struct loop_state *state)
{
	bool looks_first = has(ways, LOOP_TRAIT_open_enxio_in_rundown);
	bool is_refused = looks_first && !lacks(ways, LOOP_TRAIT_open_enxio_in_rundown) &&
			  state->status == LOOP_STATUS_rundown && !ways->is_second;
	struct loop_state opened = *state;

	if (is_refused && !may_be_others(ways, state))
		return;
	/* A node without a device may make one. */
	if (state->status == LOOP_STATUS_absent)
		opened.status = LOOP_STATUS_unbound;
	if (!ways->is_second) {
		if (ways->arguments->how & LOOP_HOW_EXCLUSIVE && !ways->arguments->partition &&
		    state->exclusive_count && !state->mount_count)
			return;
		if (looks_first || ways->arguments->how & LOOP_HOW_EXCLUSIVE) {
			go(ways, &opened, false);
			return;
		}
	}
	go_opened(ways, &opened);
}

/* An opener that comes and goes within the call. */
static void step_transient(struct ways *ways, const struct loop_state *state)
{
	struct loop_state changed = *state;

	if (ways->is_second) {
		count_exclusive(ways, &changed, -1);
		let_go(ways, &changed);
		go(ways, &changed, true);
		return;
	}
	go(ways, state, true);
	if (state->status == LOOP_STATUS_absent)
		return;
	count_exclusive(ways, &changed, 1);
	count_opener(&changed, 1);
	go(ways, &changed, false);
}

static void step_failed_open(struct ways *ways, const struct loop_state *state)
{
	if (ways->arguments->how & LOOP_HOW_TRANSIENT)
		step_transient(ways, state);
	else
		step_failed(ways, state);
}

static void step_close(struct ways *ways, const struct loop_state *state)
{
	struct loop_state closed = *state;

	if (ways->error == EBADF) {
		go(ways, state, true);
		return;
	}
	/* Others may have it exclusively a moment before it is closed. */
	if (ways->arguments->how & LOOP_HOW_EXCLUSIVE && !ways->is_second) {
		count_exclusive(ways, &closed, -1);
		go(ways, &closed, false);
		return;
	}
	if (ways->arguments->how & LOOP_HOW_IO && !ways->arguments->partition &&
	    state->lingering_count < LINGERING_MAX && state->opener_count) {
		struct loop_state lingers = *state;

		lingers.lingering_count++;
		go(ways, &lingers, true);
	}
	go_closed(ways, &closed);
}

static void step_mount(struct ways *ways, const struct loop_state *state)
{
	struct loop_state mounted = *state;

	if (ways->error) {
		step_transient(ways, state);
		return;
	}
	/* A second mount of the same device shares the first one's file system, which has it open. */
	if (state->mount_count) {
		mounted.mount_count += mounted.mount_count < UINT8_MAX;
		go(ways, &mounted, true);
		return;
	}
	if (!ways->is_second) {
		step_open(ways, state);
		for (unsigned int i = 0; i < ways->count; i++)
			ways->next[i].is_done = false;
		return;
	}
	if (mounted.status == LOOP_STATUS_absent)
		mounted.status = LOOP_STATUS_unbound;
	mounted.mount_count = 1;
	go_opened(ways, &mounted);
}

static void step_unmount(struct ways *ways, const struct loop_state *state)
{
	struct loop_state gone = *state;

	if (ways->error) {
		go(ways, state, true);
		return;
	}
	if (ways->is_second) {
		step_close(ways, state);
		return;
	}
	if (state->mount_count > 1) {
		gone.mount_count--;
		go(ways, &gone, true);
		return;
	}
	gone.mount_count = 0;
	step_close(ways, &gone);
}

static void step_bind(struct ways *ways, const struct loop_state *state)
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
	bound.block_size = arguments->block_size ? arguments->block_size : SECTOR_BYTES;
	if (!arguments->block_size && (asks_direct || is_direct_file)) {
		set_unknown(&bound, LOOP_UNKNOWN_BLOCK_SIZE, true);
		bound.block_size = 0;
	}
	set_capacity(&bound, arguments->how & LOOP_HOW_SIZE, arguments->value);
	set_diskseq_larger(&bound);
	go(ways, &bound, true);
}

static void step_clr_fd(struct ways *ways, const struct loop_state *state)
{
	struct loop_state marked = *state, cleared = in_rundown(state);

	/* What the first step put into rundown, nobody else takes out of it. */
	if (ways->is_second) {
		cleared = released(state);
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

static void step_change_fd(struct ways *ways, const struct loop_state *state)
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

static void step_failed_change_fd(struct ways *ways, const struct loop_state *state)
{
	bool must = false;

	if (ways->arguments->how & LOOP_HOW_REFUSED) {
		if (is_bound(state))
			may_exchange(ways, state, &must);
		if ((is_bound(state) && !must) || may_be_others(ways, state))
			go(ways, state, true);
		return;
	}
	step_failed(ways, state);
}

static void step_set_status(struct ways *ways, const struct loop_state *state)
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

static void step_get_status(struct ways *ways, const struct loop_state *state)
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
static void step_failed_get_status(struct ways *ways, const struct loop_state *state)
{
	if (ways->arguments->how & LOOP_HOW_OLD && is_bound(state) &&
	    (state->offset > INT_MAX || state->unknown & LOOP_UNKNOWN_FILE))
		go(ways, state, true);
	else
		step_failed(ways, state);
}

/* The settings of a bound device. */
static void step_set(struct ways *ways, const struct loop_state *state)
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

			changed.block_size = is_plain ? SECTOR_BYTES : 0;
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

static void step_read(struct ways *ways, const struct loop_state *state)
{
	uint64_t value = ways->arguments->value;
	struct loop_state read = *state;
	bool fits = true;

	/* Nobody can tell when others release it. */
	if (ways->model->has_other_openers || state->lingering_count || state->status == LOOP_STATUS_absent) {
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
	struct loop_state changed = *state;

	if (ways->error) {
		if (state->marks & LOOP_MARK_HIDDEN && ways->error == EEXIST)
			go(ways, state, true);
		else
			step_failed(ways, state);
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
	if (state->status == LOOP_STATUS_absent) {
		changed.status = LOOP_STATUS_unbound;
		set_diskseq_larger(&changed);
	}
	go(ways, &changed, true);
}

/* A new device of that index has nothing of the old one. */
static struct loop_state removed(const struct loop_state *state)
{
	return (struct loop_state){
		.status = LOOP_STATUS_absent,
		.block_size = SECTOR_BYTES,
		.diskseq = state->diskseq,
		.marks = state->marks & (LOOP_MARK_DISKSEQ | LOOP_MARK_HIDDEN),
	};
}

static void step_remove(struct ways *ways, const struct loop_state *state)
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

static void step_failed_remove(struct ways *ways, const struct loop_state *state)
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
		step_failed(ways, state);
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

/* --- all of them --- */

static void step_failed_call(struct ways *ways, const struct loop_state *state)
{
	switch (ways->call->operation) {
	case RECORDER_CALL_open:
		step_failed_open(ways, state);
		break;
	case RECORDER_CALL_change_fd:
		step_failed_change_fd(ways, state);
		break;
	case RECORDER_CALL_get_status:
	case RECORDER_CALL_get_status_old:
		step_failed_get_status(ways, state);
		break;
	case RECORDER_CALL_remove:
		step_failed_remove(ways, state);
		break;
	default:
		step_failed(ways, state);
		break;
	}
}

static void step_call(struct ways *ways, const struct loop_state *state)
{
	switch (ways->call->operation) {
	case RECORDER_CALL_close:
		step_close(ways, state);
		return;
	case RECORDER_CALL_mount:
		step_mount(ways, state);
		return;
	case RECORDER_CALL_unmount:
		step_unmount(ways, state);
		return;
	case RECORDER_CALL_partition_reread:
		step_transient(ways, state);
		return;
	case RECORDER_CALL_add:
		step_add(ways, state);
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
		step_open(ways, state);
		break;
	case RECORDER_CALL_set_fd:
	case RECORDER_CALL_configure:
		step_bind(ways, state);
		break;
	case RECORDER_CALL_clr_fd:
		step_clr_fd(ways, state);
		break;
	case RECORDER_CALL_change_fd:
		step_change_fd(ways, state);
		break;
	case RECORDER_CALL_set_status:
	case RECORDER_CALL_set_status_old:
		step_set_status(ways, state);
		break;
	case RECORDER_CALL_get_status:
	case RECORDER_CALL_get_status_old:
		step_get_status(ways, state);
		break;
	case RECORDER_CALL_set_capacity:
	case RECORDER_CALL_set_block_size:
	case RECORDER_CALL_set_direct_io:
		step_set(ways, state);
		break;
	case RECORDER_CALL_size:
	case RECORDER_CALL_block_size:
	case RECORDER_CALL_diskseq:
	case RECORDER_CALL_read_only:
		step_read(ways, state);
		break;
	case RECORDER_CALL_get_free:
		step_get_free(ways, state);
		break;
	case RECORDER_CALL_remove:
		step_remove(ways, state);
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
	step_call(&ways, &here);
	/* What io_uring holds may be let go at any time. */
	while (here.lingering_count) {
		here.lingering_count--;
		let_go(&ways, &here);
		step_call(&ways, &here);
	}
	if (may_be_released(ways.model, &here)) {
		here = released(&here);
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
	struct loop_state state = { .status = (uint8_t)status, .unknown = unknown, .block_size = SECTOR_BYTES };

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
