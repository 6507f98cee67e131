/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One loop device as the driver ought to behave: a sequential model for linearize.h.
 *
 *	absent   -- LOOP_CTL_ADD, or a LOOP_CTL_GET_FREE that finds none --> unbound
 *	unbound  -- LOOP_SET_FD, LOOP_CONFIGURE -----------------------> bound
 *	bound    -- LOOP_CLR_FD by the only opener --------------------> rundown
 *	bound    -- LOOP_CLR_FD with other openers --------------------> bound, autoclear
 *	bound    -- last close of an autoclear device -----------------> unbound
 *	rundown  -- up to v6.10 the same LOOP_CLR_FD; else last close --> unbound
 *
 * A bound device knows its backing file and its flags.  Openers are open file descriptions; an open is counted at some
 * moment within the call, a close likewise.  A call that fails changes nothing.  Kernels differ by traits.h only.
 *
 * What the history does not tell makes the model wider, never narrower: where others may have the device open, no close
 * need be the last one, and a release may come at any time after it was asked for; where others may bind devices too, an
 * unbound device may be theirs.
 */
#pragma once

#include "harness/judge/linearize.h"
#include "harness/judge/text.h"
#include "harness/judge/traits.h"
#include "harness/recorder/recorder.h"

struct loop_model {
	uint32_t traits;
	bool has_other_openers; /* openers whose calls are not in the history */
	bool has_other_binders; /* and such that bind and release devices */
	bool checks_get_free;	/* what LOOP_CTL_GET_FREE returns must be unbound */
};

enum loop_status { LOOP_STATUS_unbound, LOOP_STATUS_bound, LOOP_STATUS_rundown, LOOP_STATUS_absent };

#define LOOP_STATE_AUTOCLEAR 1u
#define LOOP_STATE_PARTSCAN  2u
#define LOOP_STATE_READ_ONLY 4u
#define LOOP_STATE_UNKNOWN   8u /* bound by a call that is not in sight: backing file and flags may be any */

/* Laid over struct linearize_state. */
struct loop_state {
	uint8_t status; /* enum loop_status */
	uint8_t flags;	/* of a bound device */
	uint16_t opener_count;
	uint32_t dev; /* backing file of a bound device, folded */
	uint64_t inode;
};
_Static_assert(sizeof(struct loop_state) == sizeof(struct linearize_state), "one is the other");

/**
 * loop_model_linearize() - the model as linearize.h wants it
 * @model:	must outlive it
 *
 * Return: the functions.
 */
struct linearize_model loop_model_linearize(const struct loop_model *model);

/**
 * loop_model_initial() - in which states a device may be before anybody has used it
 * @ret_states:	room for LOOP_MODEL_INITIAL_COUNT_MAX
 *
 * Return: how many.
 */
#define LOOP_MODEL_INITIAL_COUNT_MAX 4
unsigned int loop_model_initial(struct linearize_state *ret_states);

/**
 * loop_model_anywhere() - in which states a device may be in the middle of a history
 * @ret_states:	room for LOOP_MODEL_INITIAL_COUNT_MAX; fit for a model that has other openers
 *
 * Return: how many.
 */
unsigned int loop_model_anywhere(struct linearize_state *ret_states);

/**
 * loop_model_call() - a record as a call of the model
 * @record:	any
 * @return_ns:	when it returned; UINT64_MAX: it has not, or its result must not be believed
 * @ret_call:	written only when it is one
 *
 * Return: true when the record is a call on a device that the model speaks of; false also for a call without result that
 * could have had no effect.
 */
bool loop_model_call(const struct recorder_record *record, uint64_t return_ns, struct linearize_call *ret_call);

/**
 * loop_model_add_state() - a state in words, such as "bound to inode 17"
 * @text:	appended to
 * @state:	any
 */
void loop_model_add_state(struct text *text, const struct linearize_state *state);

/**
 * loop_model_allows() - could a call have returned something else
 * @model:	a model
 * @state:	in which it takes effect
 * @call:	its arguments count, its result does not
 * @result:	0 or -errno
 *
 * Return: true when it could have returned that.
 */
bool loop_model_allows(const struct loop_model *model, const struct linearize_state *state,
		       const struct linearize_call *call, int result);
