/* SPDX-License-Identifier: Apache-2.0 */
/* Who has a loop device open: open() and close(), mounts, and what opens a device for a moment; see loop_model.h. */
#include "harness/judge/loop_ways.h"

#include <errno.h>

/* More that io_uring may hold at once make the search no wider. */
#define LINGERING_MAX 3

/* A release forgets everything but who has the device open. */
struct loop_state loop_released(const struct loop_state *state)
{
	struct loop_state free = *state;

	free.status = LOOP_STATUS_unbound;
	free.flags = 0;
	free.unknown = state->unknown & LOOP_UNKNOWN_DISK_READ_ONLY;
	free.dev = 0;
	free.inode = free.offset = free.limit = 0;
	free.capacity_bytes = 0;
	free.block_size = LOOP_SECTOR_BYTES;
	set_diskseq_larger(&free);
	return free;
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
void loop_let_go(const struct ways *ways, struct loop_state *state)
{
	count_opener(state, -1);
	if (state->opener_count == 0 && !ways->model->has_other_openers &&
	    (state->status == LOOP_STATUS_rundown || (is_bound(state) && state->flags & LOOP_STATE_AUTOCLEAR)))
		*state = loop_released(state);
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
		loop_let_go(ways, state);
		go(ways, state, true);
		return;
	}
	state->partition_opener_counts[slot] -= state->partition_opener_counts[slot] > 0;
	once = *state;
	loop_let_go(ways, state);
	if (once.partition_opener_counts[slot] == 0)
		once = *state;
	if (has(ways, LOOP_TRAIT_partition_counts_once))
		go(ways, &once, true);
	if (lacks(ways, LOOP_TRAIT_partition_counts_once))
		go(ways, state, true);
}

void loop_step_open(struct ways *ways, const struct loop_state *state)
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
void loop_step_transient(struct ways *ways, const struct loop_state *state)
{
	struct loop_state changed = *state;

	if (ways->is_second) {
		count_exclusive(ways, &changed, -1);
		loop_let_go(ways, &changed);
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

void loop_step_failed_open(struct ways *ways, const struct loop_state *state)
{
	if (ways->arguments->how & LOOP_HOW_TRANSIENT)
		loop_step_transient(ways, state);
	else
		loop_step_failed(ways, state);
}

void loop_step_close(struct ways *ways, const struct loop_state *state)
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

void loop_step_mount(struct ways *ways, const struct loop_state *state)
{
	struct loop_state mounted = *state;

	if (ways->error) {
		loop_step_transient(ways, state);
		return;
	}
	/* A second mount of the same device shares the first one's file system, which has it open. */
	if (state->mount_count) {
		mounted.mount_count += mounted.mount_count < UINT8_MAX;
		go(ways, &mounted, true);
		return;
	}
	if (!ways->is_second) {
		loop_step_open(ways, state);
		for (unsigned int i = 0; i < ways->count; i++)
			ways->next[i].is_done = false;
		return;
	}
	if (mounted.status == LOOP_STATUS_absent)
		mounted.status = LOOP_STATUS_unbound;
	mounted.mount_count = 1;
	go_opened(ways, &mounted);
}

void loop_step_unmount(struct ways *ways, const struct loop_state *state)
{
	struct loop_state gone = *state;

	if (ways->error) {
		go(ways, state, true);
		return;
	}
	if (ways->is_second) {
		loop_step_close(ways, state);
		return;
	}
	if (state->mount_count > 1) {
		gone.mount_count--;
		go(ways, &gone, true);
		return;
	}
	gone.mount_count = 0;
	loop_step_close(ways, &gone);
}
