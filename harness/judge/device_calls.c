/* SPDX-License-Identifier: Apache-2.0 */
/* Calls by device and time; see device_calls.h. */
#include "harness/judge/device_calls.h"

#include <errno.h>
#include <stdlib.h>

/*
 * Two passes with the same code: the first counts, the second fills.  A guest that still runs may change a record in
 * between, so what does not fit any more is left out.
 */
struct collector {
	bool (*is_wanted)(const struct recorder_record *record, bool has_returned);
	struct device_call *calls; /* NULL: only count */
	uint64_t capacity_count;
	uint64_t count;
};

static void collect(struct collector *collector, unsigned int worker, const struct recorder_record *record,
		    bool has_returned)
{
	uint64_t call_ns = atomic_load_explicit(&record->call_ns, memory_order_relaxed);
	uint64_t return_ns = has_returned ? record->return_ns : UINT64_MAX;

	if (record->device_index < 0 || !collector->is_wanted(record, has_returned))
		return;
	if (collector->count < collector->capacity_count)
		collector->calls[collector->count] = (struct device_call){
			.device_index = record->device_index,
			.worker = worker,
			.call_ns = call_ns,
			.return_ns = return_ns > call_ns ? return_ns : call_ns,
			.record = record,
		};
	collector->count++;
}

static void collect_history(struct collector *collector, const struct history *history)
{
	collector->count = 0;
	for (unsigned int i = 0; i < history->worker_count; i++) {
		const struct history_worker *worker = &history->workers[i];

		for (uint64_t j = 0; j < worker->record_count; j++)
			collect(collector, i, &worker->records[j], true);
		if (worker->pending)
			collect(collector, i, worker->pending, false);
	}
}

static int compare(const void *left, const void *right)
{
	const struct device_call *a = left, *b = right;

	if (a->device_index != b->device_index)
		return a->device_index < b->device_index ? -1 : 1;
	return (a->call_ns > b->call_ns) - (a->call_ns < b->call_ns);
}

int device_calls_init(const struct history *history,
		      bool (*is_wanted)(const struct recorder_record *record, bool has_returned),
		      struct device_calls *ret_calls)
{
	struct collector collector = { .is_wanted = is_wanted };
	struct device_calls calls = { 0 };

	if (!history) {
		*ret_calls = calls;
		return 0;
	}
	collect_history(&collector, history);
	collector.capacity_count = collector.count;
	/* One more, because a size of 0 may give NULL. */
	collector.calls = malloc((collector.count + 1) * sizeof(*collector.calls));
	if (!collector.calls)
		return -ENOMEM;
	collect_history(&collector, history);
	calls.calls = collector.calls;
	calls.count = collector.count < collector.capacity_count ? collector.count : collector.capacity_count;
	qsort(calls.calls, calls.count, sizeof(*calls.calls), compare);
	for (uint64_t i = 0; i < calls.count; i++) {
		struct device_call *call = &calls.calls[i];

		call->return_ns_max = call->return_ns;
		if (i && call[-1].device_index == call->device_index && call[-1].return_ns_max > call->return_ns_max)
			call->return_ns_max = call[-1].return_ns_max;
	}
	*ret_calls = calls;
	return 0;
}

void device_calls_fini(struct device_calls *calls)
{
	free(calls->calls);
	*calls = (struct device_calls){ 0 };
}

/* The last call of a device that was made at @time_ns or before, or NULL. */
static const struct device_call *last_called(const struct device_calls *calls, int device_index, uint64_t time_ns)
{
	uint64_t low = 0, high = calls->count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		const struct device_call *call = &calls->calls[middle];

		if (call->device_index < device_index ||
		    (call->device_index == device_index && call->call_ns <= time_ns))
			low = middle + 1;
		else
			high = middle;
	}
	return low && calls->calls[low - 1].device_index == device_index ? &calls->calls[low - 1] : NULL;
}

bool device_calls_overlap(const struct device_calls *calls, int device_index, uint64_t begin_ns, uint64_t end_ns)
{
	const struct device_call *last = last_called(calls, device_index, end_ns);

	return last && last->return_ns_max >= begin_ns;
}

const struct device_call *device_calls_only_at(const struct device_calls *calls, int device_index, uint64_t time_ns)
{
	const struct device_call *last = last_called(calls, device_index, time_ns);

	if (!last || last->return_ns > time_ns)
		return NULL;
	if (last > calls->calls && last[-1].device_index == device_index && last[-1].return_ns_max >= last->call_ns)
		return NULL;
	return last;
}
