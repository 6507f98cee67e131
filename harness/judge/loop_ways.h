/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the model share: the ways in which a step may go on, and the steps, one function a call.  Private to
 * loop_model.c, which says what the model is, loop_openers.c, and loop_steps.c.
 */
#pragma once

#include <string.h>

#include "harness/judge/loop_model.h"

#define LOOP_SECTOR_BYTES 512u

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

static inline void go(struct ways *ways, const struct loop_state *state, bool is_done)
{
	memcpy(&ways->next[ways->count].state, state, sizeof(*state));
	ways->next[ways->count].is_done = is_done;
	ways->count++;
}

static inline bool has(const struct ways *ways, enum loop_trait trait)
{
	return has_trait(ways->model->traits, trait);
}

static inline bool lacks(const struct ways *ways, enum loop_trait trait)
{
	return lacks_trait(ways->model->traits, trait);
}

static inline bool is_free(const struct loop_state *state)
{
	return state->status == LOOP_STATUS_unbound;
}

static inline bool is_bound(const struct loop_state *state)
{
	return state->status == LOOP_STATUS_bound;
}

/* An unbound device may be bound, in rundown or gone for the others' sake, and back at any time. */
static inline bool may_be_others(const struct ways *ways, const struct loop_state *state)
{
	return ways->model->has_other_binders && (is_free(state) || state->status == LOOP_STATUS_absent);
}

static inline void set_mark(struct loop_state *state, uint8_t mark, bool is_set)
{
	state->marks = (uint8_t)(is_set ? state->marks | mark : state->marks & ~mark);
}

static inline void set_unknown(struct loop_state *state, uint8_t what, bool is_unknown)
{
	state->unknown = (uint8_t)(is_unknown ? state->unknown | what : state->unknown & ~what);
}

static inline void set_diskseq_larger(struct loop_state *state)
{
	if (state->marks & LOOP_MARK_DISKSEQ)
		state->marks = (uint8_t)((state->marks & ~LOOP_MARK_DISKSEQ) | LOOP_MARK_DISKSEQ_LARGER);
}

/* Does another than the caller have the device exclusively?  Not every one who may is in the history. */
static inline bool may_have_holder(const struct ways *ways, const struct loop_state *state)
{
	return state->exclusive_count || state->exclusive_partition_count || ways->model->has_other_openers;
}

static inline bool must_have_holder(const struct ways *ways, const struct loop_state *state)
{
	return state->exclusive_count && !(ways->arguments->how & LOOP_HOW_EXCLUSIVE);
}

/**
 * loop_released() - a device after its release: everything is forgotten but who has it open
 * @state:	before
 *
 * Return: unbound.
 */
struct loop_state loop_released(const struct loop_state *state);

/**
 * loop_let_go() - an opener less; the last one releases an autoclear device, or one in rundown
 * @ways:	of which the model is read
 * @state:	changed
 */
void loop_let_go(const struct ways *ways, struct loop_state *state);

/**
 * loop_step_<call>() - the next step of a call that succeeded, or has no result
 * loop_step_failed_<call>() - of one that failed
 * @ways:	gets those that there are from @state
 * @state:	in which the step is taken
 */
void loop_step_open(struct ways *ways, const struct loop_state *state);
void loop_step_transient(struct ways *ways, const struct loop_state *state);
void loop_step_failed_open(struct ways *ways, const struct loop_state *state);
void loop_step_close(struct ways *ways, const struct loop_state *state);
void loop_step_mount(struct ways *ways, const struct loop_state *state);
void loop_step_unmount(struct ways *ways, const struct loop_state *state);
void loop_step_failed(struct ways *ways, const struct loop_state *state);
void loop_step_bind(struct ways *ways, const struct loop_state *state);
void loop_step_clr_fd(struct ways *ways, const struct loop_state *state);
void loop_step_change_fd(struct ways *ways, const struct loop_state *state);
void loop_step_failed_change_fd(struct ways *ways, const struct loop_state *state);
void loop_step_set_status(struct ways *ways, const struct loop_state *state);
void loop_step_get_status(struct ways *ways, const struct loop_state *state);
void loop_step_failed_get_status(struct ways *ways, const struct loop_state *state);
void loop_step_set(struct ways *ways, const struct loop_state *state);
void loop_step_read(struct ways *ways, const struct loop_state *state);
void loop_step_get_free(struct ways *ways, const struct loop_state *state);
void loop_step_add(struct ways *ways, const struct loop_state *state);
void loop_step_remove(struct ways *ways, const struct loop_state *state);
void loop_step_failed_remove(struct ways *ways, const struct loop_state *state);
