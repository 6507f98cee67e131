/* SPDX-License-Identifier: Apache-2.0 */
/* What was heard and what must have been heard; see uevents.h. */
#include "harness/judge/uevents.h"

#include <errno.h>
#include <linux/loop.h>
#include <stdlib.h>
#include <string.h>

#include "harness/recorder/partition_layout.h"

/* What is weighed at a time; a cause or an event costs 48 bytes. */
#define BATCH_RECORD_COUNT (1u << 19)

int uevent_items_append(struct uevent_items *items, struct uevent_item item)
{
	if (items->count == items->capacity_count) {
		uint64_t capacity_count = items->capacity_count ? items->capacity_count * 2 : 256;
		struct uevent_item *grown = realloc(items->items, capacity_count * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		items->items = grown;
		items->capacity_count = capacity_count;
	}
	items->items[items->count++] = item;
	return 0;
}

int uevent_compare_numbers(uint64_t left, uint64_t right)
{
	return (left > right) - (left < right);
}

int uevent_compare_places(const struct uevent_item *a, const struct uevent_item *b)
{
	if (a->device_index != b->device_index)
		return a->device_index < b->device_index ? -1 : 1;
	return (int)a->partition - (int)b->partition;
}

static int compare_by_device(const void *left, const void *right)
{
	const struct uevent_item *a = left, *b = right;

	if (a->device_index != b->device_index)
		return a->device_index < b->device_index ? -1 : 1;
	return uevent_compare_numbers(a->at_ns, b->at_ns);
}

void uevent_items_sort(struct uevent_items *items, int (*compare)(const void *, const void *))
{
	if (items->count)
		qsort(items->items, items->count, sizeof(*items->items), compare);
}

/* --- what was heard --- */

static int note_event(struct uevents *uevents, const struct recorder_record *record)
{
	struct uevent_item item = {
		.at_ns = recorder_call_ns(record),
		.record = record,
		.worker = uevents->judge_case->history->worker_count,
		.device_index = record->device_index,
		.partition = record->partition,
		.cause = UEVENT_CAUSE_NONE,
	};
	int r;

	uevents->has_partitions |= record->partition != 0;

	if (record->value == RECORDER_UEVENT_change)
		item.channel =
			record->call_flags & RECORDER_FLAG_MEDIA_CHANGE ? UEVENT_CHANNEL_media : UEVENT_CHANNEL_change;
	else if (record->value == RECORDER_UEVENT_add)
		item.channel = UEVENT_CHANNEL_add;
	else if (record->value == RECORDER_UEVENT_remove)
		item.channel = UEVENT_CHANNEL_remove;
	else
		return 0;
	r = uevent_items_append(&uevents->items, item);
	if (r == 0 && (item.channel == UEVENT_CHANNEL_add || item.channel == UEVENT_CHANNEL_remove))
		r = uevent_items_append(&uevents->events, item);
	return r;
}

static bool is_in_batch(const struct uevents *uevents, const struct recorder_record *record)
{
	return record->device_index >= 0 && (unsigned int)record->device_index % uevents->batch_count == uevents->batch;
}

static bool is_mark(const struct recorder_record *record, enum recorder_uevent_action action)
{
	return record->call == RECORDER_CALL_uevent && record->is_extended && record->value == action;
}

/* Without both marks it is not known that everything was heard. */
bool uevents_were_heard(const struct history_worker *listener)
{
	const struct recorder_record *records = listener->records;
	uint64_t first = 0;

	while (first < listener->record_count && records[first].call == RECORDER_CALL_uevent_gap)
		first++;
	return !listener->is_full && first < listener->record_count &&
	       is_mark(&records[first], RECORDER_UEVENT_begin) &&
	       is_mark(&records[listener->record_count - 1], RECORDER_UEVENT_end);
}

static int collect_events(struct uevents *uevents)
{
	const struct history_worker *listener = uevents->judge_case->history->listener;
	int r = 0;

	for (uint64_t i = 0; r == 0 && i < listener->record_count; i++) {
		const struct recorder_record *record = &listener->records[i];

		if (record->call == RECORDER_CALL_uevent && record->is_extended && is_in_batch(uevents, record))
			r = note_event(uevents, record);
	}
	return r;
}

/* --- what must have been heard --- */

static int must_hear(struct uevents *uevents, const struct uevent_item *call, unsigned int partition,
		     enum uevent_cause what)
{
	static const uint8_t channels[] = {
#define X(name, channel, before, behind) [UEVENT_CAUSE_##name] = UEVENT_CHANNEL_##channel,
		UEVENT_CAUSES(X)
#undef X
	};
	struct uevent_item item = *call;

	item.partition = (uint8_t)partition;
	item.channel = channels[what];
	item.cause = (uint8_t)what;
	return uevent_items_append(&uevents->items, item);
}

/* Does a call only look at its device, or at none at all? */
static bool is_harmless(unsigned int call)
{
	return recorder_call_is_query(call) || call == RECORDER_CALL_get_free || call == RECORDER_CALL_dup ||
	       call == RECORDER_CALL_after || call == RECORDER_CALL_blocks;
}

/* May a call have changed what a partition table says? */
static bool may_change_tables(const struct recorder_record *record)
{
	switch (record->call) {
	case RECORDER_CALL_write:
	case RECORDER_CALL_store:
	case RECORDER_CALL_discard:
	case RECORDER_CALL_zeroout:
		return !record->partition && (!record->is_extended || record->offset < PARTITION_LAYOUT_ALIGN_BYTES);
	case RECORDER_CALL_partition_add:
		return record->offset < PARTITION_LAYOUT_ALIGN_BYTES;
	case RECORDER_CALL_truncate:
	case RECORDER_CALL_mount:
		return true;
	default:
		return false;
	}
}

static int note_success(struct uevents *uevents, const struct uevent_item *call)
{
	switch (call->record->call) {
	case RECORDER_CALL_set_fd:
	case RECORDER_CALL_configure:
		return uevent_items_append(&uevents->binds, *call);
	case RECORDER_CALL_set_capacity:
		return must_hear(uevents, call, 0, UEVENT_CAUSE_capacity);
	case RECORDER_CALL_change_fd:
		return uevents->has_media ? must_hear(uevents, call, 0, UEVENT_CAUSE_exchange) : 0;
	case RECORDER_CALL_add:
		return must_hear(uevents, call, 0, UEVENT_CAUSE_add);
	case RECORDER_CALL_remove:
		return must_hear(uevents, call, 0, UEVENT_CAUSE_remove);
	default:
		return 0;
	}
}

static bool is_io(unsigned int call)
{
	switch (call) {
	case RECORDER_CALL_read:
	case RECORDER_CALL_write:
	case RECORDER_CALL_fsync:
	case RECORDER_CALL_discard:
	case RECORDER_CALL_zeroout:
	case RECORDER_CALL_map:
	case RECORDER_CALL_mount:
	case RECORDER_CALL_unmount:
		return true;
	default:
		return false;
	}
}

static struct uevent_item item_of_call(unsigned int worker, const struct recorder_record *record)
{
	return (struct uevent_item){
		.at_ns = recorder_call_ns(record),
		.record = record,
		.worker = worker,
		.device_index = record->device_index,
	};
}

static int note_call(struct uevents *uevents, unsigned int worker, const struct recorder_record *record)
{
	struct uevent_item call = item_of_call(worker, record);
	uint64_t index = (uint64_t)record->device_index;

	uevents->is_table_doubtful |= may_change_tables(record);
	if (record->device_index < 0 || recorder_call_is_span(record->call))
		return 0;
	if (is_io(record->call) && index < uevents->judge_case->survey.device_count)
		uevents->does_io[index] = true;
	uevents->has_partitions |= record->call == RECORDER_CALL_configure && record->detail & LO_FLAGS_PARTSCAN;
	if (!record->return_ns || record->result < 0 || !is_in_batch(uevents, record))
		return 0;
	return note_success(uevents, &call);
}

static int collect_causes(struct uevents *uevents)
{
	const struct history *history = uevents->judge_case->history;
	int r = 0;

	for (unsigned int i = 0; i < history->worker_count; i++) {
		const struct history_worker *worker = &history->workers[i];

		for (uint64_t j = 0; r == 0 && j < worker->record_count; j++)
			r = note_call(uevents, i, &worker->records[j]);
	}
	uevent_items_sort(&uevents->binds, compare_by_device);
	return r;
}

static void note_ends(struct uevent_items *calls)
{
	uint64_t ended_ns = 0;

	for (uint64_t i = 0; i < calls->count; i++) {
		struct uevent_item *call = &calls->items[i];
		uint64_t return_ns = call->record->return_ns ? call->record->return_ns : UINT64_MAX;

		if (i > 0 && call->device_index != calls->items[i - 1].device_index)
			ended_ns = 0;
		call->ended_ns_max = ended_ns;
		if (return_ns > ended_ns)
			ended_ns = return_ns;
	}
}

/* Most histories get by without: it is all that workers do. */
int uevents_collect_calls(struct uevents *uevents)
{
	const struct history *history = uevents->judge_case->history;
	int r = 0;

	if (uevents->calls.count)
		return 0;
	for (unsigned int i = 0; i < history->worker_count; i++) {
		const struct history_worker *worker = &history->workers[i];

		for (uint64_t j = 0; r == 0 && j < worker->record_count; j++) {
			const struct recorder_record *record = &worker->records[j];

			if (is_in_batch(uevents, record) && !recorder_call_is_span(record->call) &&
			    !is_harmless(record->call))
				r = uevent_items_append(&uevents->calls, item_of_call(i, record));
		}
	}
	uevent_items_sort(&uevents->calls, compare_by_device);
	note_ends(&uevents->calls);
	return r;
}

/* --- binds and releases --- */

/* Where the calls on a device from some moment on begin, in uevents->calls. */
uint64_t uevents_find_calls(const struct uevents *uevents, int device_index, uint64_t at_ns)
{
	const struct uevent_item key = { .device_index = device_index, .at_ns = at_ns };
	uint64_t at = 0, end = uevents->calls.count;

	while (at < end) {
		uint64_t middle = at + (end - at) / 2;

		if (compare_by_device(&uevents->calls.items[middle], &key) < 0)
			at = middle + 1;
		else
			end = middle;
	}
	return at;
}

/* Was nothing else asked of the device while this call went on?  It must be one of uevents->calls. */
static bool was_alone(const struct uevents *uevents, const struct uevent_item *bind)
{
	const struct uevent_items *calls = &uevents->calls;
	uint64_t at = uevents_find_calls(uevents, bind->device_index, bind->at_ns);

	if (at == calls->count || calls->items[at].record != bind->record ||
	    calls->items[at].ended_ns_max >= bind->at_ns)
		return false;
	return at + 1 == calls->count || calls->items[at + 1].device_index != bind->device_index ||
	       calls->items[at + 1].at_ns > bind->record->return_ns;
}

/* Partitions that a bind must have found; 0 where that is not certain. */
static unsigned int certain_partition_count(const struct uevents *uevents, const struct uevent_item *bind)
{
	const struct recorder_record *record = bind->record;
	const struct judge_case *judge_case = uevents->judge_case;
	unsigned int flags = survey_device_flags(&judge_case->survey, bind->device_index);
	const struct backing_file *file;
	uint64_t start_bytes, bytes;
	unsigned int count = 0;

	if (record->call != RECORDER_CALL_configure || !(record->detail & LO_FLAGS_PARTSCAN) ||
	    record->detail & LO_FLAGS_DIRECT_IO || uevents->is_table_doubtful)
		return 0;
	if (record->is_extended &&
	    (record->offset || record->length || record->value || (record->block_size && record->block_size != 512)))
		return 0;
	/* A partition that is open is not removed, and then no other is made. */
	if (flags & (SURVEY_DEVICE_PARTITIONS | SURVEY_DEVICE_STACKED | SURVEY_DEVICE_WILD) ||
	    judge_case->horizon_ns != UINT64_MAX)
		return 0;
	file = backings_with_identity(&judge_case->backings, record->dev, record->inode);
	if (!file || file->content != BACKING_CONTENT_partitions || !was_alone(uevents, bind))
		return 0;
	while (partition_layout(file->size_bytes, count + 1, &start_bytes, &bytes))
		count++;
	return count;
}

static bool does_io(const struct uevents *uevents, int device_index)
{
	return (uint64_t)device_index >= uevents->judge_case->survey.device_count || uevents->does_io[device_index];
}

/*
 * The last bind of a device: has it come to its end before the listener did?  The guest's look at the end must have
 * found nothing bound, and the last close must have been a plain one: io_uring, a mount or a device on top of this one
 * let go of a file a little later.
 */
static bool was_released_in_time(const struct uevents *uevents, const struct uevent_item *bind)
{
	const struct judge_case *judge_case = uevents->judge_case;
	unsigned int flags = survey_device_flags(&judge_case->survey, bind->device_index);
	const struct recorder_record *record = bind->record;

	return judge_case->evidence->leftover_count == 0 && judge_case->history->is_complete &&
	       judge_case->horizon_ns == UINT64_MAX && !(record->is_extended && record->value) &&
	       !(flags & (SURVEY_DEVICE_STACKED | SURVEY_DEVICE_CHANGED | SURVEY_DEVICE_WILD)) &&
	       backings_with_identity(&judge_case->backings, record->dev, record->inode) &&
	       !does_io(uevents, bind->device_index);
}

static int causes_of_bind(struct uevents *uevents, const struct uevent_item *bind, bool was_released)
{
	unsigned int partition_count = certain_partition_count(uevents, bind);
	int r = must_hear(uevents, bind, 0, UEVENT_CAUSE_bind);

	if (r == 0 && was_released)
		r = must_hear(uevents, bind, 0, UEVENT_CAUSE_release);
	if (r == 0 && was_released && uevents->has_media)
		r = must_hear(uevents, bind, 0, UEVENT_CAUSE_release_media);
	for (unsigned int number = 1; r == 0 && number <= partition_count; number++) {
		r = must_hear(uevents, bind, number, UEVENT_CAUSE_partition_add);
		if (r == 0 && was_released)
			r = must_hear(uevents, bind, number, UEVENT_CAUSE_partition_remove);
	}
	return r;
}

/* Of some binds of one device all but one were released before the last of them; which is the last is not known. */
static int causes_of_binds(struct uevents *uevents)
{
	const struct uevent_items *binds = &uevents->binds;
	int r = 0;

	for (uint64_t i = 0; r == 0 && i < binds->count; i++) {
		bool is_last =
			i + 1 == binds->count || binds->items[i + 1].device_index != binds->items[i].device_index;

		r = causes_of_bind(uevents, &binds->items[i],
				   !is_last || was_released_in_time(uevents, &binds->items[i]));
	}
	return r;
}

int uevents_begin(struct uevents *uevents)
{
	const struct history *history = uevents->judge_case->history;
	uint64_t record_count = history->listener->record_count;

	for (unsigned int i = 0; i < history->worker_count; i++)
		record_count += history->workers[i].record_count;
	uevents->batch_count = (unsigned int)(record_count / BATCH_RECORD_COUNT) + 1;
	for (uint64_t i = 0; i < history->listener->record_count; i++) {
		if (history->listener->records[i].call != RECORDER_CALL_uevent_gap)
			continue;
		uevents->gap_count++;
		uevents->lost_count += history->listener->records[i].value;
	}
	uevents->does_io = calloc(uevents->judge_case->survey.device_count + 1, sizeof(*uevents->does_io));
	return uevents->does_io ? 0 : -ENOMEM;
}

int uevents_collect(struct uevents *uevents)
{
	int r;

	uevents->items.count = 0;
	uevents->binds.count = 0;
	uevents->events.count = 0;
	uevents->calls.count = 0;
	r = collect_events(uevents);
	/* It sees all records, so that what it notes of tables and partitions is whole with the first batch. */
	if (r == 0)
		r = collect_causes(uevents);
	if (r == 0 && uevents->has_partitions)
		r = uevents_collect_calls(uevents);
	return r == 0 ? causes_of_binds(uevents) : r;
}

void uevents_fini(struct uevents *uevents)
{
	free(uevents->items.items);
	free(uevents->binds.items);
	free(uevents->events.items);
	free(uevents->calls.items);
	free(uevents->does_io);
}
