/* SPDX-License-Identifier: Apache-2.0 */
/* Shrinking a window; see window.h. */
#include "harness/judge/window.h"

#include <errno.h>
#include <stdlib.h>

/* A window is short: what needs more than this is not a proof that a person could follow. */
#define CONFIGURATION_COUNT_MAX 4096

/* Windows up to here are tried one by one; longer ones in steps. */
#define WINDOW_EACH_COUNT 24

struct window {
	struct loop_model model;
	const struct examined_call *calls;
	unsigned int call_count;
	unsigned int culprit;
	bool is_needed[WINDOW_CALL_COUNT_MAX];
};

/* A call that has been made and is to return. */
struct open_call {
	uint64_t return_ns;
	unsigned int slot;
	bool is_culprit;
};

struct replay {
	struct linearize *linearize;
	struct open_call open[WINDOW_CALL_COUNT_MAX];
	unsigned int open_count;
	bool is_over; /* the culprit has returned */
};

static int replay_return(struct replay *replay, unsigned int at)
{
	struct open_call call = replay->open[at];

	replay->open[at] = replay->open[--replay->open_count];
	replay->is_over |= call.is_culprit;
	return linearize_return(replay->linearize, call.slot);
}

/* All returns before @until_ns, in their order. */
static int replay_returns(struct replay *replay, uint64_t until_ns)
{
	int r = 0;

	while (r == 0 && !replay->is_over) {
		unsigned int earliest = replay->open_count;

		for (unsigned int i = 0; i < replay->open_count; i++)
			if (replay->open[i].return_ns < until_ns &&
			    (earliest == replay->open_count ||
			     replay->open[i].return_ns < replay->open[earliest].return_ns))
				earliest = i;
		if (earliest == replay->open_count)
			return 0;
		r = replay_return(replay, earliest);
	}
	return r;
}

static int replay_call(struct replay *replay, const struct window *window, unsigned int at)
{
	const struct examined_call *examined = &window->calls[at];
	bool is_believed = window->is_needed[at];
	struct linearize_call call;
	unsigned int slot;
	int r;

	/* A call that failed has changed nothing. */
	if (!is_believed && examined->return_ns != UINT64_MAX && examined->record->result < 0)
		return 0;
	if (!loop_model_call(&window->model, examined->record, examined->call_ns,
			     is_believed ? examined->return_ns : UINT64_MAX, &call))
		return 0;
	r = linearize_call(replay->linearize, &call, &slot);
	if (r == 0 && call.return_ns != UINT64_MAX)
		replay->open[replay->open_count++] = (struct open_call){
			.return_ns = call.return_ns,
			.slot = slot,
			.is_culprit = at == window->culprit,
		};
	return r;
}

/* Can the window not be explained?  The calls before @begin that were open then are among those not needed. */
static int is_unexplainable(const struct window *window, unsigned int begin, bool *ret_answer)
{
	struct linearize_state states[LOOP_MODEL_INITIAL_COUNT_MAX];
	unsigned int state_count = loop_model_anywhere(states);
	struct linearize_model functions = loop_model_linearize(&window->model);
	struct replay replay = { 0 };
	uint64_t begin_ns = window->calls[begin].call_ns;
	int r = 0;

	replay.linearize =
		linearize_new(&functions, states, state_count, WINDOW_CALL_COUNT_MAX, CONFIGURATION_COUNT_MAX);
	if (!replay.linearize)
		return -ENOMEM;
	for (unsigned int i = 0; r == 0 && i < window->call_count && !replay.is_over; i++) {
		if (i < begin && window->calls[i].return_ns < begin_ns)
			continue;
		r = replay_returns(&replay, window->calls[i].call_ns);
		if (r == 0 && !replay.is_over)
			r = replay_call(&replay, window, i);
	}
	if (r == 0)
		r = replay_returns(&replay, UINT64_MAX);
	*ret_answer = linearize_verdict(replay.linearize) == LINEARIZE_ILLEGAL;
	linearize_free(replay.linearize);
	return r;
}

/* The shortest end that cannot be explained; all of it is needed for now. */
static int find_begin(struct window *window, unsigned int *ret_begin)
{
	unsigned int begin = window->culprit;

	for (unsigned int i = begin; i < window->call_count; i++)
		window->is_needed[i] = true;
	for (;;) {
		unsigned int length = window->call_count - begin;
		unsigned int stride = length < WINDOW_EACH_COUNT ? 1 : length / 2;
		bool is_found;
		int r = is_unexplainable(window, begin, &is_found);

		if (r < 0)
			return r;
		if (is_found || begin == 0) {
			*ret_begin = begin;
			return 0;
		}
		for (; stride && begin; stride--)
			window->is_needed[--begin] = true;
	}
}

int window_shrink(const struct loop_model *model, struct examined_call *calls, unsigned int call_count,
		  unsigned int culprit, unsigned int *ret_count, bool *ret_is_whole)
{
	struct window window = { .model = *model, .calls = calls, .call_count = call_count, .culprit = culprit };
	unsigned int begin, count = 0;
	bool is_found = false;
	int r;

	/* Whoever opened the device before the window is not in it. */
	window.model.has_other_openers = true;
	r = find_begin(&window, &begin);
	if (r == 0)
		r = is_unexplainable(&window, begin, &is_found);
	/* Oldest first, so that what is left stands close together. */
	for (unsigned int i = begin; r == 0 && is_found && i < call_count; i++) {
		bool is_found_without;

		if (i == culprit)
			continue;
		window.is_needed[i] = false;
		r = is_unexplainable(&window, begin, &is_found_without);
		window.is_needed[i] = !is_found_without;
	}
	if (r < 0)
		return r;
	for (unsigned int i = begin; i < call_count; i++)
		if (window.is_needed[i])
			calls[count++] = calls[i];
	*ret_count = count;
	*ret_is_whole = is_found;
	return 0;
}
