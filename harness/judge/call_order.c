/* SPDX-License-Identifier: Apache-2.0 */
/* Events in the order of time: two heaps, one of the workers' next calls and one of the returns; see call_order.h. */
#include "harness/judge/call_order.h"

#include <errno.h>
#include <stdlib.h>

#define RETURNS_FIRST_COUNT 64

/* --- cursors --- */

static bool is_wanted(const struct call_order *order, const struct recorder_record *record)
{
	/* Further blocks of a read are no call of their own. */
	if (record->device_index < 0 || recorder_call_is_span(record->call) || record->call == RECORDER_CALL_blocks)
		return false;
	return order->device_index < 0 || order->device_index == record->device_index;
}

static void find_wanted(struct call_order *order, unsigned int worker)
{
	const struct history_worker *area = &order->history->workers[worker];
	struct call_cursor *cursor = &order->cursors[worker];

	while (cursor->number < area->record_count && !is_wanted(order, &area->records[cursor->number]))
		cursor->number++;
	cursor->record = NULL;
	if (cursor->number < area->record_count)
		cursor->record = &area->records[cursor->number];
	else if (!cursor->is_pending && area->pending && is_wanted(order, area->pending)) {
		cursor->record = area->pending;
		cursor->is_pending = true;
	}
	if (!cursor->record)
		return;
	cursor->call_ns = atomic_load_explicit(&cursor->record->call_ns, memory_order_relaxed);
	if (cursor->call_ns < cursor->last_return_ns) {
		order->is_disordered = true;
		order->disordered_worker = worker;
	}
	if (cursor->call_ns > order->horizon_ns)
		cursor->record = NULL;
}

static uint64_t return_of(const struct call_order *order, const struct call_cursor *cursor)
{
	uint64_t return_ns = cursor->record->return_ns;

	if (cursor->is_pending)
		return UINT64_MAX;
	return_ns = return_ns > cursor->call_ns ? return_ns : cursor->call_ns;
	return return_ns > order->horizon_ns ? UINT64_MAX : return_ns;
}

static void sift_down(struct call_order *order, unsigned int at)
{
	unsigned int worker = order->heap[at];
	uint64_t call_ns = order->cursors[worker].call_ns;

	for (;;) {
		unsigned int child = at * 2 + 1;

		if (child >= order->heap_count)
			break;
		if (child + 1 < order->heap_count &&
		    order->cursors[order->heap[child + 1]].call_ns < order->cursors[order->heap[child]].call_ns)
			child++;
		if (order->cursors[order->heap[child]].call_ns >= call_ns)
			break;
		order->heap[at] = order->heap[child];
		at = child;
	}
	order->heap[at] = worker;
}

static void next_call(struct call_order *order, struct call_event *ret_event)
{
	unsigned int worker = order->heap[0];
	struct call_cursor *cursor = &order->cursors[worker];

	*ret_event = (struct call_event){
		.worker = worker,
		.record = cursor->record,
		.call_ns = cursor->call_ns,
		.return_ns = return_of(order, cursor),
	};
	if (ret_event->return_ns != UINT64_MAX)
		cursor->last_return_ns = ret_event->return_ns;
	if (!cursor->is_pending)
		cursor->number++;
	find_wanted(order, worker);
	if (!cursor->record)
		order->heap[0] = order->heap[--order->heap_count];
	if (order->heap_count)
		sift_down(order, 0);
}

/* --- returns --- */

int call_order_await(struct call_order *order, const struct call_event *event, uint64_t tag)
{
	struct call_event *returns = order->returns;
	uint64_t at = order->return_count;

	if (at == order->return_capacity_count) {
		returns = realloc(returns, at * 2 * sizeof(*returns));
		if (!returns)
			return -ENOMEM;
		order->returns = returns;
		order->return_capacity_count = at * 2;
	}
	for (; at && returns[(at - 1) / 2].return_ns > event->return_ns; at = (at - 1) / 2)
		returns[at] = returns[(at - 1) / 2];
	returns[at] = *event;
	returns[at].is_return = true;
	returns[at].tag = tag;
	order->return_count++;
	return 0;
}

static void next_return(struct call_order *order, struct call_event *ret_event)
{
	struct call_event *returns = order->returns;
	uint64_t count = --order->return_count;
	const struct call_event *last = &returns[count];
	uint64_t at = 0;

	*ret_event = returns[0];
	for (;;) {
		uint64_t child = at * 2 + 1;

		if (child >= count)
			break;
		if (child + 1 < count && returns[child + 1].return_ns < returns[child].return_ns)
			child++;
		if (returns[child].return_ns >= last->return_ns)
			break;
		returns[at] = returns[child];
		at = child;
	}
	returns[at] = *last;
}

bool call_order_next(struct call_order *order, struct call_event *ret_event)
{
	bool has_call = order->heap_count > 0, has_return = order->return_count > 0;

	if (order->is_disordered || (!has_call && !has_return))
		return false;
	if (has_call && (!has_return || order->cursors[order->heap[0]].call_ns <= order->returns[0].return_ns))
		next_call(order, ret_event);
	else
		next_return(order, ret_event);
	return true;
}

/* --- begin and end --- */

int call_order_init(const struct history *history, uint64_t horizon_ns, int device_index, struct call_order *ret_order)
{
	struct call_order order = { .history = history, .horizon_ns = horizon_ns, .device_index = device_index };

	/* One more, because a size of 0 may give NULL. */
	order.cursors = calloc((size_t)history->worker_count + 1, sizeof(*order.cursors));
	order.heap = calloc((size_t)history->worker_count + 1, sizeof(*order.heap));
	order.returns = calloc(RETURNS_FIRST_COUNT, sizeof(*order.returns));
	order.return_capacity_count = RETURNS_FIRST_COUNT;
	if (!order.cursors || !order.heap || !order.returns) {
		call_order_fini(&order);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < history->worker_count; i++) {
		find_wanted(&order, i);
		if (order.cursors[i].record)
			order.heap[order.heap_count++] = i;
	}
	for (unsigned int i = order.heap_count / 2; i > 0; i--)
		sift_down(&order, i - 1);
	*ret_order = order;
	return 0;
}

void call_order_fini(struct call_order *order)
{
	free(order->cursors);
	free(order->heap);
	free(order->returns);
	*order = (struct call_order){ 0 };
}
