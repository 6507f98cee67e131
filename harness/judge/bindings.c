/* SPDX-License-Identifier: Apache-2.0 */
/* Binds and releases of a history; see bindings.h. */
#include "harness/judge/bindings.h"

#include <errno.h>
#include <linux/loop.h>
#include <stdlib.h>

/*
 * Two passes over the records with the same code: the first counts (there is no room yet), the second fills.  A guest
 * that still runs, or ran wild, may have changed a record in between, so what does not fit any more is left out.
 */
struct collection {
	struct binding_event *events;
	uint64_t capacity_count;
	uint64_t count;
};

struct collector {
	const struct survey *survey;
	struct collection binds;
	struct collection releases;
};

static void collect(struct collection *collection, unsigned int worker, const struct recorder_record *record,
		    bool has_returned)
{
	uint64_t call_ns = atomic_load_explicit(&record->call_ns, memory_order_relaxed);
	uint64_t return_ns = has_returned ? record->return_ns : UINT64_MAX;

	if (collection->count < collection->capacity_count)
		collection->events[collection->count] = (struct binding_event){
			.call_ns = call_ns,
			.return_ns = return_ns > call_ns ? return_ns : call_ns,
			.record = record,
			.worker = worker,
			.device_index = record->device_index,
		};
	collection->count++;
}

/* LOOP_CLR_FD, also by an operation that knows no more of it than its number. */
static bool is_clear(const struct recorder_record *record)
{
	return record->call == RECORDER_CALL_clr_fd || (record->call == RECORDER_CALL_other_ioctl &&
							record->is_extended && (uint32_t)record->value == LOOP_CLR_FD);
}

/* Whoever asked for autoclear through a description has closed it when the device goes; a mapping holds it longer. */
static bool ends_autoclear(const struct survey *survey, const struct recorder_record *record)
{
	if (record->call != RECORDER_CALL_close && record->call != RECORDER_CALL_unmap)
		return false;
	return record->file == 0 || survey_file_flags(survey, record->file) & SURVEY_FILE_AUTOCLEAR;
}

static void collect_record(struct collector *collector, unsigned int worker, const struct recorder_record *record,
			   bool has_returned)
{
	bool has_succeeded = has_returned && record->result >= 0;

	if (record->device_index < 0)
		return;
	if (is_bind(record) && has_succeeded)
		collect(&collector->binds, worker, record, has_returned);
	else if ((is_clear(record) && (has_succeeded || !has_returned)) || ends_autoclear(collector->survey, record))
		collect(&collector->releases, worker, record, has_returned);
}

static void collect_history(struct collector *collector, const struct history *history)
{
	collector->binds.count = 0;
	collector->releases.count = 0;
	for (unsigned int i = 0; i < history->worker_count; i++) {
		const struct history_worker *worker = &history->workers[i];

		for (uint64_t j = 0; j < worker->record_count; j++)
			collect_record(collector, i, &worker->records[j], true);
		if (worker->pending)
			collect_record(collector, i, worker->pending, false);
	}
}

static int make_room(struct collection *collection)
{
	/* One more, because a size of 0 may give NULL. */
	collection->events = malloc((collection->count + 1) * sizeof(*collection->events));
	if (!collection->events)
		return -ENOMEM;
	collection->capacity_count = collection->count;
	return 0;
}

static uint64_t collected_count(const struct collection *collection)
{
	return collection->count < collection->capacity_count ? collection->count : collection->capacity_count;
}

static int compare_numbers(uint64_t left, uint64_t right)
{
	return (left > right) - (left < right);
}

static int compare_binds(const void *left, const void *right)
{
	const struct binding_event *a = left, *b = right;

	if (a->device_index != b->device_index)
		return a->device_index < b->device_index ? -1 : 1;
	if (a->return_ns != b->return_ns)
		return compare_numbers(a->return_ns, b->return_ns);
	return compare_numbers(a->call_ns, b->call_ns);
}

static int compare_releases(const void *left, const void *right)
{
	const struct binding_event *a = left, *b = right;

	if (a->device_index != b->device_index)
		return a->device_index < b->device_index ? -1 : 1;
	if (a->call_ns != b->call_ns)
		return compare_numbers(a->call_ns, b->call_ns);
	return compare_numbers(a->return_ns, b->return_ns);
}

static void sum_up_clears(struct bindings *bindings)
{
	for (uint64_t i = 0; i < bindings->release_count; i++) {
		struct binding_event *release = &bindings->releases[i];

		if (i && release[-1].device_index == release->device_index)
			release->cleared_ns_max = release[-1].cleared_ns_max;
		if (is_clear(release->record) && release->return_ns > release->cleared_ns_max)
			release->cleared_ns_max = release->return_ns;
	}
}

int bindings_init(const struct history *history, const struct survey *survey, struct bindings *ret_bindings)
{
	struct collector collector = { .survey = survey };
	struct bindings bindings = { 0 };
	int r;

	if (!history) {
		*ret_bindings = bindings;
		return 0;
	}
	collect_history(&collector, history);
	r = make_room(&collector.binds);
	if (r == 0)
		r = make_room(&collector.releases);
	if (r == 0)
		collect_history(&collector, history);
	bindings.binds = collector.binds.events;
	bindings.releases = collector.releases.events;
	if (r < 0) {
		bindings_fini(&bindings);
		return r;
	}
	bindings.bind_count = collected_count(&collector.binds);
	bindings.release_count = collected_count(&collector.releases);
	qsort(bindings.binds, bindings.bind_count, sizeof(*bindings.binds), compare_binds);
	qsort(bindings.releases, bindings.release_count, sizeof(*bindings.releases), compare_releases);
	sum_up_clears(&bindings);
	*ret_bindings = bindings;
	return 0;
}

void bindings_fini(struct bindings *bindings)
{
	free(bindings->binds);
	free(bindings->releases);
	*bindings = (struct bindings){ 0 };
}

/* The first release whose device is not below @device_index. */
static uint64_t lower_bound(const struct bindings *bindings, int64_t device_index)
{
	uint64_t low = 0, high = bindings->release_count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (bindings->releases[middle].device_index < device_index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct binding_event *bindings_releases_of(const struct bindings *bindings, int device_index, uint64_t *ret_count)
{
	uint64_t begin = lower_bound(bindings, device_index);

	*ret_count = lower_bound(bindings, (int64_t)device_index + 1) - begin;
	return bindings->releases + begin;
}

const struct binding_event *bindings_releases_until(const struct bindings *bindings, int device_index, uint64_t end_ns,
						    uint64_t *ret_count)
{
	uint64_t low = 0, high;
	const struct binding_event *releases = bindings_releases_of(bindings, device_index, &high);

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (releases[middle].call_ns <= end_ns)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_count = low;
	return releases;
}

bool bindings_was_cleared(const struct bindings *bindings, int device_index, uint64_t begin_ns, uint64_t end_ns)
{
	const struct binding_event *releases;
	uint64_t count;

	releases = bindings_releases_until(bindings, device_index, end_ns, &count);
	/* The array's running maximum tells the rest. */
	return count && releases[count - 1].cleared_ns_max >= begin_ns && releases[count - 1].cleared_ns_max;
}
