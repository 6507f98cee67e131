/* SPDX-License-Identifier: Apache-2.0 */
/* What devices showed; see views.h. */
#include "harness/judge/views.h"

#include <errno.h>
#include <linux/loop.h>
#include <stdlib.h>

#include "harness/recorder/block_tag.h"
#include "harness/recorder/partition_layout.h"

static bool is_bind_call(const struct recorder_record *record)
{
	return record->call == RECORDER_CALL_set_fd || record->call == RECORDER_CALL_configure;
}

static bool is_status_call(const struct recorder_record *record)
{
	return record->call == RECORDER_CALL_set_status || record->call == RECORDER_CALL_set_status_old;
}

static bool begins_view(const struct recorder_record *record, bool has_returned)
{
	if (record->device_index < 0 || (has_returned && record->result < 0))
		return false;
	return is_bind_call(record) || is_status_call(record) || record->call == RECORDER_CALL_change_fd;
}

/* --- collecting --- */

/* Twice over the records: without room they are only counted; what a running guest adds in between is left out. */
struct collector {
	struct views views;
	uint64_t view_room;
	uint64_t partition_room;
};

static void collect_view(struct collector *collector, unsigned int worker, const struct recorder_record *record,
			 bool has_returned)
{
	uint64_t call_ns = recorder_call_ns(record);
	uint64_t return_ns = has_returned ? record->return_ns : UINT64_MAX;
	struct views *views = &collector->views;

	if (views->count < collector->view_room)
		views->views[views->count] = (struct view){
			.call_ns = call_ns,
			.return_ns = return_ns > call_ns ? return_ns : call_ns,
			.record = record,
			.worker = worker,
			.device_index = record->device_index,
		};
	views->count++;
}

static void collect_partition(struct collector *collector, const struct recorder_record *record)
{
	struct views *views = &collector->views;

	if (views->partition_count < collector->partition_room)
		views->partitions[views->partition_count] = (struct partition_start){
			.device_index = record->device_index,
			.number = (unsigned int)record->value,
			.call_ns = recorder_call_ns(record),
			.start_bytes = record->offset,
		};
	views->partition_count++;
}

static void collect_record(struct collector *collector, unsigned int worker, const struct recorder_record *record,
			   bool has_returned)
{
	if (begins_view(record, has_returned))
		collect_view(collector, worker, record, has_returned);
	else if (record->call == RECORDER_CALL_partition_add && record->is_extended &&
		 (!has_returned || record->result >= 0))
		collect_partition(collector, record);
}

static void collect(struct collector *collector, const struct history *history)
{
	collector->views.count = 0;
	collector->views.partition_count = 0;
	for (unsigned int i = 0; i < history->worker_count; i++) {
		const struct history_worker *worker = &history->workers[i];

		for (uint64_t j = 0; j < worker->record_count; j++)
			collect_record(collector, i, &worker->records[j], true);
		if (worker->pending)
			collect_record(collector, i, worker->pending, false);
	}
}

static uint64_t min(uint64_t left, uint64_t right)
{
	return left < right ? left : right;
}

/* --- making sense of them --- */

static int compare_views(const void *left, const void *right)
{
	const struct view *a = left, *b = right;

	if (a->device_index != b->device_index)
		return a->device_index < b->device_index ? -1 : 1;
	if (a->return_ns != b->return_ns)
		return a->return_ns < b->return_ns ? -1 : 1;
	return (a->call_ns > b->call_ns) - (a->call_ns < b->call_ns);
}

static void read_bind(const struct backings *backings, struct view *view)
{
	const struct recorder_record *record = view->record;

	view->file = backings_with_identity(backings, record->dev, record->inode);
	view->bind = record;
	view->bind_call_ns = view->call_ns;
	if (record->call == RECORDER_CALL_configure) {
		view->is_read_only = (record->detail & LO_FLAGS_READ_ONLY) != 0;
		if (record->is_extended) {
			view->offset_bytes = record->offset;
			view->limit_bytes = record->length;
		}
	}
}

/*
 * What a change leaves as it was comes from the view before it in the order of returns.  Where two changes raced, that
 * may be the wrong one; then nothing is said about the file.
 */
static void read_change(const struct backings *backings, const struct view *before, bool is_overlapped,
			struct view *view)
{
	const struct recorder_record *record = view->record;

	if (before && before->return_ns <= view->call_ns && !is_overlapped) {
		view->file = before->file;
		view->offset_bytes = before->offset_bytes;
		view->limit_bytes = before->limit_bytes;
		view->bind = before->bind;
		view->bind_call_ns = before->bind_call_ns;
		view->is_read_only = before->is_read_only;
	}
	if (record->call == RECORDER_CALL_change_fd) {
		bool is_known = view->bind != NULL;

		view->file = is_known ? backings_with_identity(backings, record->dev, record->inode) : NULL;
		return;
	}
	view->offset_bytes = record->is_extended ? record->offset : 0;
	/* The old structure has no limit, and so takes it away. */
	view->limit_bytes = record->is_extended && record->call == RECORDER_CALL_set_status ? record->length : 0;
}

static void sum_up_calls(struct views *views)
{
	for (uint64_t i = 0; i < views->count; i++) {
		struct view *view = &views->views[i];

		view->latest_call_ns = view->call_ns;
		if (i && view[-1].device_index == view->device_index && view[-1].latest_call_ns > view->latest_call_ns)
			view->latest_call_ns = view[-1].latest_call_ns;
	}
	for (uint64_t i = views->count; i-- > 0;) {
		struct view *view = &views->views[i];

		view->earliest_call_ns = view->call_ns;
		if (i + 1 < views->count && view[1].device_index == view->device_index)
			view->earliest_call_ns = min(view->call_ns, view[1].earliest_call_ns);
	}
}

static void read_views(struct views *views)
{
	for (uint64_t i = 0; i < views->count; i++) {
		struct view *view = &views->views[i];
		struct view *before = i && view[-1].device_index == view->device_index ? view - 1 : NULL;
		bool is_overlapped = i + 1 < views->count && view[1].device_index == view->device_index &&
				     view[1].earliest_call_ns < view->return_ns;

		if (is_bind_call(view->record))
			read_bind(views->backings, view);
		else
			read_change(views->backings, before, is_overlapped, view);
		view->is_odd = view->offset_bytes % BLOCK_BYTES != 0;
	}
}

int views_init(const struct history *history, const struct backings *backings, struct views *ret_views)
{
	struct collector collector = { .views.backings = backings };
	struct views *views = &collector.views;

	collect(&collector, history);
	collector.view_room = views->count;
	collector.partition_room = views->partition_count;
	/* One more, because a size of 0 may give NULL. */
	views->views = malloc((collector.view_room + 1) * sizeof(*views->views));
	views->partitions = malloc((collector.partition_room + 1) * sizeof(*views->partitions));
	if (!views->views || !views->partitions) {
		views_fini(views);
		return -ENOMEM;
	}
	collect(&collector, history);
	views->count = min(views->count, collector.view_room);
	views->partition_count = min(views->partition_count, collector.partition_room);
	qsort(views->views, views->count, sizeof(*views->views), compare_views);
	sum_up_calls(views);
	read_views(views);
	*ret_views = *views;
	return 0;
}

void views_fini(struct views *views)
{
	free(views->views);
	free(views->partitions);
	*views = (struct views){ 0 };
}

/* --- asking --- */

/* The device's first view that had not returned at @time_ns; one behind its last when there is none. */
static uint64_t first_after(const struct views *views, int device_index, uint64_t time_ns)
{
	uint64_t low = 0, high = views->count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		const struct view *view = &views->views[middle];

		if (view->device_index < device_index ||
		    (view->device_index == device_index && view->return_ns <= time_ns))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Views that returned before the latest of those over at @call_ns was asked for are over, too. */
static uint64_t first_possible(const struct views *views, int device_index, uint64_t call_ns)
{
	uint64_t first = first_after(views, device_index, call_ns);
	uint64_t latest_call_ns;

	if (first == 0 || views->views[first - 1].device_index != device_index)
		return first;
	latest_call_ns = views->views[first - 1].latest_call_ns;
	return first_after(views, device_index, latest_call_ns ? latest_call_ns - 1 : 0);
}

const struct view *views_next(const struct views *views, int device_index, uint64_t call_ns, uint64_t return_ns,
			      const struct view *after)
{
	uint64_t i = after ? (uint64_t)(after - views->views) + 1 : first_possible(views, device_index, call_ns);

	for (; i < views->count; i++) {
		const struct view *view = &views->views[i];

		if (view->device_index != device_index || view->earliest_call_ns > return_ns)
			break;
		if (view->call_ns <= return_ns)
			return view;
	}
	return NULL;
}

const struct view *views_only(const struct views *views, int device_index, uint64_t call_ns, uint64_t return_ns)
{
	const struct view *view = views_next(views, device_index, call_ns, return_ns, NULL);

	if (!view || view->return_ns > call_ns || views_next(views, device_index, call_ns, return_ns, view))
		return NULL;
	return view;
}

static void add_place(struct places *places, const struct backing_file *file, uint64_t at_bytes)
{
	if (!file || places->count == PLACES_COUNT_MAX) {
		places->is_open = true;
		return;
	}
	for (unsigned int i = 0; i < places->count; i++)
		if (places->places[i].file == file && places->places[i].at_bytes == at_bytes)
			return;
	places->places[places->count++] = (struct place){ .file = file, .at_bytes = at_bytes };
}

static void add_partition_places(const struct views *views, const struct view *view,
				 const struct recorder_record *record, uint64_t return_ns, uint64_t at_bytes,
				 struct places *places)
{
	uint64_t start_bytes, bytes;
	bool is_known = false;

	if (view->file && view->file->content == BACKING_CONTENT_partitions &&
	    partition_layout(view->file->size_bytes, record->partition, &start_bytes, &bytes)) {
		add_place(places, view->file, start_bytes + view->offset_bytes + at_bytes);
		is_known = true;
	}
	for (uint64_t i = 0; i < views->partition_count; i++) {
		const struct partition_start *start = &views->partitions[i];

		if (start->device_index != record->device_index || start->number != record->partition ||
		    start->call_ns > return_ns)
			continue;
		add_place(places, view->file, start->start_bytes + view->offset_bytes + at_bytes);
		is_known = true;
	}
	if (!is_known)
		places->is_open = true;
}

static void add_view_places(const struct views *views, const struct view *view, const struct recorder_record *record,
			    uint64_t return_ns, uint64_t at_bytes, struct places *places)
{
	if (record->partition)
		add_partition_places(views, view, record, return_ns, at_bytes, places);
	else
		add_place(places, view->file, view->offset_bytes + at_bytes);
}

/* The binding of a view, as it was before. */
static void add_old_places(const struct views *views, const struct view *view, const struct recorder_record *record,
			   uint64_t return_ns, uint64_t at_bytes, struct places *places)
{
	while (view > views->views && view->record != view->bind && view[-1].device_index == view->device_index &&
	       !places->is_open) {
		view--;
		add_view_places(views, view, record, return_ns, at_bytes, places);
	}
}

void views_places(const struct views *views, const struct recorder_record *record, uint64_t call_ns, uint64_t return_ns,
		  uint64_t at_bytes, bool has_old_pages, struct places *ret_places)
{
	const struct view *view;

	*ret_places = (struct places){ 0 };
	if (record->device_index < 0) {
		add_place(ret_places, backings_with_identity(views->backings, record->dev, record->inode), at_bytes);
		return;
	}
	view = views_next(views, record->device_index, call_ns, return_ns, NULL);
	if (!view)
		ret_places->is_open = true;
	if (view && has_old_pages)
		add_old_places(views, view, record, return_ns, at_bytes, ret_places);
	for (; view && !ret_places->is_open; view = views_next(views, record->device_index, call_ns, return_ns, view))
		add_view_places(views, view, record, return_ns, at_bytes, ret_places);
}

bool places_meet(const struct places *left, const struct places *right)
{
	if (left->is_open || right->is_open)
		return true;
	for (unsigned int i = 0; i < left->count; i++)
		for (unsigned int j = 0; j < right->count; j++)
			if (left->places[i].file == right->places[j].file &&
			    left->places[i].at_bytes == right->places[j].at_bytes)
				return true;
	return false;
}
