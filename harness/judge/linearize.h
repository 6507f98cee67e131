/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linearizability of one object: can the results of calls that overlapped be explained by some order in which the calls
 * took effect one after the other, each at a moment between its call and its return?
 *
 * This is the search of Wing and Gong with Lowe's memory of configurations, in its just-in-time form.  A configuration
 * is a state of the model and how far each open call has taken effect.  Calls and returns are fed in the order of time;
 * nothing is decided before a call returns, and then only configurations survive in which it has taken effect, after
 * whatever open calls had to come first.  When none survives, no order explains the history.  What is kept is the open
 * calls and the configurations, so the time is linear in the length of the history.
 *
 * Three things keep the configurations few, and lose none that matters:
 *	calls that differ in nothing but their interval take effect in the order of their returns;
 *	a step that only looks is taken as soon as it may be, since that can never be missed later;
 *	a configuration that was met once is not looked at again.
 *
 * A call may take effect in two steps with others in between, as the open() of a loop device does: the driver looks
 * first, and is counted later.  Equal times overlap.  A call that never returned may have taken effect or not.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINEARIZE_STATE_WORDS	 8
#define LINEARIZE_ARGUMENT_WORDS 8
#define LINEARIZE_NEXT_COUNT_MAX 48

/* A state of the model; equal when its bytes are, so padding must be zero. */
struct linearize_state {
	uint64_t words[LINEARIZE_STATE_WORDS];
};

/* A call as the model sees it.  Two calls are interchangeable when all but their return times are equal. */
struct linearize_call {
	uint64_t return_ns; /* UINT64_MAX: it has not returned, and any result is possible */
	uint64_t arguments[LINEARIZE_ARGUMENT_WORDS];
	uint32_t operation;
	int32_t result; /* 0 when it has not returned */
};

/* Where a step may lead. */
struct linearize_next {
	struct linearize_state state;
	bool is_done; /* or the call has a second step to take */
};

struct linearize_model {
	const void *context;
	/**
	 * step() - may a call take its next step here
	 * @is_second:	it has taken its first, which was not its last
	 * @ret_next:	room for LINEARIZE_NEXT_COUNT_MAX
	 *
	 * Return: in how many ways.
	 */
	unsigned int (*step)(const void *context, const struct linearize_state *state,
			     const struct linearize_call *call, bool is_second, struct linearize_next *ret_next);
	/**
	 * only_looks() - where a step does not change the state, is nothing lost by taking it there
	 *
	 * True only when what the step could change elsewhere can never be needed later.
	 */
	bool (*only_looks)(const void *context, const struct linearize_call *call, bool is_second);
};

#define LINEARIZE_LIMITS(X)                                                                                            \
	X(none, "no limit")                                                                                            \
	X(open_calls, "more calls were open at once than can be followed")                                             \
	X(configurations, "too many explanations are possible at once")                                                \
	X(steps, "the search takes too many steps for the length of the history")

enum linearize_limit {
#define X(name, text) LINEARIZE_LIMIT_##name,
	LINEARIZE_LIMITS(X)
#undef X
};

/**
 * linearize_limit_text() - a limit in words
 * @limit:	any of the enum
 *
 * Return: a static string.
 */
const char *linearize_limit_text(enum linearize_limit limit);

enum linearize_verdict {
	LINEARIZE_OK,
	LINEARIZE_ILLEGAL,
	LINEARIZE_UNKNOWN,
};

struct linearize; /* one object under examination */

/**
 * linearize_new() - begin
 * @model:	borrowed
 * @initial:	states in which the object may be at first
 * @initial_count: how many, at least 1
 * @open_count_max: calls that may be open at once, from 1
 * @configuration_count_max: when more are possible at once, the answer is UNKNOWN
 *
 * Return: end it with linearize_free(); NULL when memory ran out.
 */
struct linearize *linearize_new(const struct linearize_model *model, const struct linearize_state *initial,
				unsigned int initial_count, unsigned int open_count_max,
				uint64_t configuration_count_max);

/**
 * linearize_free() - end
 * @linearize:	may be NULL
 *
 * Return: NULL.
 */
struct linearize *linearize_free(struct linearize *linearize);

/**
 * linearize_call() - a call is made
 * @linearize:	after all events of earlier times, and before the returns of the same time
 * @call:	copied
 * @ret_slot:	for linearize_return(); written only on success
 *
 * Return: 0 or -ENOMEM.  Once the verdict is not OK any more, nothing happens.
 */
int linearize_call(struct linearize *linearize, const struct linearize_call *call, unsigned int *ret_slot);

/**
 * linearize_return() - a call returns
 * @linearize:	after all events of earlier times, and after the calls of the same time
 * @slot:	from linearize_call()
 *
 * Return: 0 or -ENOMEM.  Once the verdict is not OK any more, nothing happens.
 */
int linearize_return(struct linearize *linearize, unsigned int slot);

/**
 * linearize_verdict() - what is known so far
 * @linearize:	at any moment
 *
 * Return: OK, ILLEGAL from the return on that nothing explains, or UNKNOWN from a limit on.
 */
enum linearize_verdict linearize_verdict(const struct linearize *linearize);

/**
 * linearize_limit() - which limit was hit
 * @linearize:	whose verdict is UNKNOWN
 *
 * Return: one of the enum.
 */
enum linearize_limit linearize_limit(const struct linearize *linearize);

/**
 * linearize_state_count() - states that are possible after the last event
 * linearize_state_at() - one of them
 * @linearize:	when its verdict is ILLEGAL: those that were possible before the return that nothing explains
 * @number:	below the count; a state may come more than once
 *
 * Return: how many, or the state.
 */
uint64_t linearize_state_count(const struct linearize *linearize);
struct linearize_state linearize_state_at(const struct linearize *linearize, uint64_t number);

/**
 * linearize_configuration_count_max() - the most configurations that there were at once
 * @linearize:	at any moment
 *
 * Return: count, for benchmarks and tests.
 */
uint64_t linearize_configuration_count_max(const struct linearize *linearize);
