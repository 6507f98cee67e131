/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every bind, release and partition has its uevents.
 *
 * The kernel sends a uevent while it is at work on the call that causes it, so an event that was heard before a call
 * began is none of that call's.  When it was sent is not known, only when it was heard; so calls and events are matched
 * by counting: of what some calls must have caused, at least as many must have been heard since the first of them.  That
 * holds in any order of the calls, and an event more than that proves nothing.
 *
 *	a bind, LOOP_SET_CAPACITY and LOOP_CHANGE_FD: a `change` of the device;
 *	a release: a `change`, and since v6.1 one more that says DISK_MEDIA_CHANGE;
 *	LOOP_CTL_ADD and LOOP_CTL_REMOVE: `add` and `remove` of the device;
 *	a bind that reads a partition table which is certainly there: `add` of each partition, and `remove` when it is
 *	released.
 *
 * Who releases is not in the history, but between two binds of a device there was a release, and after the last one if
 * nothing was left over.  Besides, whatever is added twice must have been removed in between, and a partition that goes
 * must have come.
 *
 * Where uevents were lost on their way to the listener, a missing one accuses nobody.
 */
#include "harness/judge/rules.h"

#include <errno.h>
#include <linux/loop.h>
#include <stdlib.h>
#include <string.h>

#include "harness/judge/text.h"
#include "harness/judge/traits.h"
#include "harness/recorder/partition_layout.h"

/* Events that the proof shows behind the call that lacks one. */
#define CITED_EVENT_COUNT 4

/* What causes an event of a device or partition: X(name, channel, text before the device, text behind it). */
#define CAUSES(X)                                                                                                      \
	X(bind, change, "bound", "")                                                                                   \
	X(capacity, change, "set the size of", "")                                                                     \
	X(exchange, change, "exchanged the backing file of", "")                                                       \
	X(release, change, "had bound", ", which was released later")                                                  \
	X(release_media, media, "had bound", ", which was released later")                                             \
	X(add, add, "made", "")                                                                                        \
	X(remove, remove, "removed", "")                                                                               \
	X(partition_add, add, "found a partition table and made", "")                                                  \
	X(partition_remove, remove, "had made", ", and its device was released later")

enum channel {
	CHANNEL_change,
	CHANNEL_media,
	CHANNEL_add,
	CHANNEL_remove,
};

enum cause {
#define X(name, channel, before, behind) CAUSE_##name,
	CAUSES(X)
#undef X
		CAUSE_NONE, /* it is an event */
};

/* One that must be heard, or one that was. */
struct item {
	uint64_t at_ns; /* of the call; of the receipt */
	const struct recorder_record *record;
	uint64_t heard_count;  /* of a cause: what was heard since */
	uint64_t ended_ns_max; /* of a call: when all before it on the device had returned; UINT64_MAX: never */
	unsigned int worker;
	int device_index;
	uint8_t partition;
	uint8_t channel;
	uint8_t cause;
	bool is_missing;
};

struct items {
	struct item *items;
	uint64_t count;
	uint64_t capacity_count;
};

struct uevents_case {
	const struct judge_case *judge_case;
	struct finding *finding;
	struct items items;  /* causes and events */
	struct items binds;  /* successful ones, by device, then time */
	struct items events; /* `add` and `remove`, by device and partition, then their numbers */
	struct items calls;  /* all that may change a device, by device, then time; only where they are needed */
	uint64_t gap_count;
	uint64_t lost_count; /* in gaps of known size */
	bool *does_io;	     /* by device: something may let go of it a little later than its last close */
	bool has_partitions; /* somebody asked for them, or they were heard of */
	bool is_table_doubtful;
	bool has_media; /* releases say DISK_MEDIA_CHANGE, LOOP_CHANGE_FD says something */
};

static uint64_t call_ns_of(const struct recorder_record *record)
{
	return atomic_load_explicit(&record->call_ns, memory_order_relaxed);
}

static int append(struct items *items, struct item item)
{
	if (items->count == items->capacity_count) {
		uint64_t capacity_count = items->capacity_count ? items->capacity_count * 2 : 256;
		struct item *grown = realloc(items->items, capacity_count * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		items->items = grown;
		items->capacity_count = capacity_count;
	}
	items->items[items->count++] = item;
	return 0;
}

static int compare_numbers(uint64_t left, uint64_t right)
{
	return (left > right) - (left < right);
}

static int compare_places(const struct item *a, const struct item *b)
{
	if (a->device_index != b->device_index)
		return a->device_index < b->device_index ? -1 : 1;
	return (int)a->partition - (int)b->partition;
}

/*
 * At the same moment causes stand first, because an event is heard after its call began; and the release of a binding
 * before the bind, so that with one event for both it is the release that lacks one.
 */
static int compare_items(const void *left, const void *right)
{
	const struct item *a = left, *b = right;
	int order = compare_places(a, b);

	if (order == 0)
		order = (int)a->channel - (int)b->channel;
	if (order == 0)
		order = compare_numbers(a->at_ns, b->at_ns);
	if (order == 0)
		order = (a->cause == CAUSE_NONE) - (b->cause == CAUSE_NONE);
	return order ? order : (int)b->cause - (int)a->cause;
}

static int compare_by_number(const void *left, const void *right)
{
	const struct item *a = left, *b = right;
	int order = compare_places(a, b);

	return order ? order : compare_numbers(a->record->detail, b->record->detail);
}

static int compare_by_device(const void *left, const void *right)
{
	const struct item *a = left, *b = right;

	if (a->device_index != b->device_index)
		return a->device_index < b->device_index ? -1 : 1;
	return compare_numbers(a->at_ns, b->at_ns);
}

static int compare_by_time(const void *left, const void *right)
{
	const struct item *a = left, *b = right;
	int order = compare_numbers(a->at_ns, b->at_ns);

	return order ? order : (int)a->cause - (int)b->cause;
}

static void sort(struct items *items, int (*compare)(const void *, const void *))
{
	if (items->count)
		qsort(items->items, items->count, sizeof(*items->items), compare);
}

/* --- what was heard --- */

static int note_event(struct uevents_case *uevents, const struct recorder_record *record)
{
	struct item item = {
		.at_ns = call_ns_of(record),
		.record = record,
		.worker = uevents->judge_case->history->worker_count,
		.device_index = record->device_index,
		.partition = record->partition,
		.cause = CAUSE_NONE,
	};
	int r;

	uevents->has_partitions |= record->partition != 0;

	if (record->value == RECORDER_UEVENT_change)
		item.channel = record->call_flags & RECORDER_FLAG_MEDIA_CHANGE ? CHANNEL_media : CHANNEL_change;
	else if (record->value == RECORDER_UEVENT_add)
		item.channel = CHANNEL_add;
	else if (record->value == RECORDER_UEVENT_remove)
		item.channel = CHANNEL_remove;
	else
		return 0;
	r = append(&uevents->items, item);
	if (r == 0 && (item.channel == CHANNEL_add || item.channel == CHANNEL_remove))
		r = append(&uevents->events, item);
	return r;
}

static bool is_mark(const struct recorder_record *record, enum recorder_uevent_action action)
{
	return record->call == RECORDER_CALL_uevent && record->is_extended && record->value == action;
}

/* Without both marks it is not known that everything was heard. */
static bool was_heard_to_the_end(const struct history_worker *listener)
{
	const struct recorder_record *records = listener->records;
	uint64_t first = 0;

	while (first < listener->record_count && records[first].call == RECORDER_CALL_uevent_gap)
		first++;
	return !listener->is_full && first < listener->record_count &&
	       is_mark(&records[first], RECORDER_UEVENT_begin) &&
	       is_mark(&records[listener->record_count - 1], RECORDER_UEVENT_end);
}

static int collect_events(struct uevents_case *uevents)
{
	const struct history_worker *listener = uevents->judge_case->history->listener;
	int r = 0;

	for (uint64_t i = 0; r == 0 && i < listener->record_count; i++) {
		const struct recorder_record *record = &listener->records[i];

		if (record->call == RECORDER_CALL_uevent_gap) {
			uevents->gap_count++;
			uevents->lost_count += record->value;
		} else if (record->call == RECORDER_CALL_uevent && record->is_extended && record->device_index >= 0) {
			r = note_event(uevents, record);
		}
	}
	return r;
}

/* --- what must have been heard --- */

static int must_hear(struct uevents_case *uevents, const struct item *call, unsigned int partition, enum cause what)
{
	static const uint8_t channels[] = {
#define X(name, channel, before, behind) [CAUSE_##name] = CHANNEL_##channel,
		CAUSES(X)
#undef X
	};
	struct item item = *call;

	item.partition = (uint8_t)partition;
	item.channel = channels[what];
	item.cause = (uint8_t)what;
	return append(&uevents->items, item);
}

/* Does a call only look at its device, or at none at all? */
static bool is_harmless(unsigned int call)
{
	switch (call) {
	case RECORDER_CALL_get_free:
	case RECORDER_CALL_get_status:
	case RECORDER_CALL_get_status_old:
	case RECORDER_CALL_size:
	case RECORDER_CALL_block_size:
	case RECORDER_CALL_diskseq:
	case RECORDER_CALL_read_only:
	case RECORDER_CALL_sysfs:
	case RECORDER_CALL_partitions:
	case RECORDER_CALL_dup:
	case RECORDER_CALL_pause:
	case RECORDER_CALL_after:
	case RECORDER_CALL_blocks:
		return true;
	default:
		return false;
	}
}

/* The span of several calls. */
static bool is_span(unsigned int call)
{
	return call == RECORDER_CALL_attach || call == RECORDER_CALL_detach;
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

static int note_success(struct uevents_case *uevents, const struct item *call)
{
	switch (call->record->call) {
	case RECORDER_CALL_set_fd:
	case RECORDER_CALL_configure:
		return append(&uevents->binds, *call);
	case RECORDER_CALL_set_capacity:
		return must_hear(uevents, call, 0, CAUSE_capacity);
	case RECORDER_CALL_change_fd:
		return uevents->has_media ? must_hear(uevents, call, 0, CAUSE_exchange) : 0;
	case RECORDER_CALL_add:
		return must_hear(uevents, call, 0, CAUSE_add);
	case RECORDER_CALL_remove:
		return must_hear(uevents, call, 0, CAUSE_remove);
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

static struct item item_of_call(unsigned int worker, const struct recorder_record *record)
{
	return (struct item){
		.at_ns = call_ns_of(record),
		.record = record,
		.worker = worker,
		.device_index = record->device_index,
	};
}

static int note_call(struct uevents_case *uevents, unsigned int worker, const struct recorder_record *record)
{
	struct item call = item_of_call(worker, record);
	uint64_t index = (uint64_t)record->device_index;

	uevents->is_table_doubtful |= may_change_tables(record);
	if (record->device_index < 0 || is_span(record->call))
		return 0;
	if (is_io(record->call) && index < uevents->judge_case->survey.device_count)
		uevents->does_io[index] = true;
	uevents->has_partitions |= record->call == RECORDER_CALL_configure && record->detail & LO_FLAGS_PARTSCAN;
	return record->return_ns && record->result >= 0 ? note_success(uevents, &call) : 0;
}

static int collect_causes(struct uevents_case *uevents)
{
	const struct history *history = uevents->judge_case->history;
	int r = 0;

	uevents->does_io = calloc(uevents->judge_case->survey.device_count + 1, sizeof(*uevents->does_io));
	if (!uevents->does_io)
		return -ENOMEM;
	for (unsigned int i = 0; i < history->worker_count; i++) {
		const struct history_worker *worker = &history->workers[i];

		for (uint64_t j = 0; r == 0 && j < worker->record_count; j++)
			r = note_call(uevents, i, &worker->records[j]);
	}
	sort(&uevents->binds, compare_by_device);
	return r;
}

static void note_ends(struct items *calls)
{
	uint64_t ended_ns = 0;

	for (uint64_t i = 0; i < calls->count; i++) {
		struct item *call = &calls->items[i];
		uint64_t return_ns = call->record->return_ns ? call->record->return_ns : UINT64_MAX;

		if (i > 0 && call->device_index != calls->items[i - 1].device_index)
			ended_ns = 0;
		call->ended_ns_max = ended_ns;
		if (return_ns > ended_ns)
			ended_ns = return_ns;
	}
}

/* Most histories get by without: it is all that workers do. */
static int collect_calls(struct uevents_case *uevents)
{
	const struct history *history = uevents->judge_case->history;
	int r = 0;

	if (uevents->calls.count)
		return 0;
	for (unsigned int i = 0; i < history->worker_count; i++) {
		const struct history_worker *worker = &history->workers[i];

		for (uint64_t j = 0; r == 0 && j < worker->record_count; j++) {
			const struct recorder_record *record = &worker->records[j];

			if (record->device_index >= 0 && !is_span(record->call) && !is_harmless(record->call))
				r = append(&uevents->calls, item_of_call(i, record));
		}
	}
	sort(&uevents->calls, compare_by_device);
	note_ends(&uevents->calls);
	return r;
}

/* --- binds and releases --- */

/* Where the calls on a device from some moment on begin, in uevents->calls. */
static uint64_t find_calls(const struct uevents_case *uevents, int device_index, uint64_t at_ns)
{
	const struct item key = { .device_index = device_index, .at_ns = at_ns };
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
static bool was_alone(const struct uevents_case *uevents, const struct item *bind)
{
	const struct items *calls = &uevents->calls;
	uint64_t at = find_calls(uevents, bind->device_index, bind->at_ns);

	if (at == calls->count || calls->items[at].record != bind->record ||
	    calls->items[at].ended_ns_max >= bind->at_ns)
		return false;
	return at + 1 == calls->count || calls->items[at + 1].device_index != bind->device_index ||
	       calls->items[at + 1].at_ns > bind->record->return_ns;
}

/* Partitions that a bind must have found; 0 where that is not certain. */
static unsigned int certain_partition_count(const struct uevents_case *uevents, const struct item *bind)
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

static bool does_io(const struct uevents_case *uevents, int device_index)
{
	return (uint64_t)device_index >= uevents->judge_case->survey.device_count || uevents->does_io[device_index];
}

/*
 * The last bind of a device: has it come to its end before the listener did?  The guest's look at the end must have
 * found nothing bound, and the last close must have been a plain one: io_uring, a mount or a device on top of this one
 * let go of a file a little later.
 */
static bool was_released_in_time(const struct uevents_case *uevents, const struct item *bind)
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

static int causes_of_bind(struct uevents_case *uevents, const struct item *bind, bool was_released)
{
	unsigned int partition_count = certain_partition_count(uevents, bind);
	int r = must_hear(uevents, bind, 0, CAUSE_bind);

	if (r == 0 && was_released)
		r = must_hear(uevents, bind, 0, CAUSE_release);
	if (r == 0 && was_released && uevents->has_media)
		r = must_hear(uevents, bind, 0, CAUSE_release_media);
	for (unsigned int number = 1; r == 0 && number <= partition_count; number++) {
		r = must_hear(uevents, bind, number, CAUSE_partition_add);
		if (r == 0 && was_released)
			r = must_hear(uevents, bind, number, CAUSE_partition_remove);
	}
	return r;
}

/* Of some binds of one device all but one were released before the last of them; which is the last is not known. */
static int causes_of_binds(struct uevents_case *uevents)
{
	const struct items *binds = &uevents->binds;
	int r = 0;

	for (uint64_t i = 0; r == 0 && i < binds->count; i++) {
		bool is_last =
			i + 1 == binds->count || binds->items[i + 1].device_index != binds->items[i].device_index;

		r = causes_of_bind(uevents, &binds->items[i],
				   !is_last || was_released_in_time(uevents, &binds->items[i]));
	}
	return r;
}

/* --- what is missing --- */

static bool is_same_channel(const struct item *a, const struct item *b)
{
	return compare_places(a, b) == 0 && a->channel == b->channel;
}

/*
 * From the latest to the earliest: each cause takes one of the events that were heard since.  Those that are left over
 * can serve an earlier one; whoever finds none left is the one whose event is missing.
 */
static void match(struct items *items)
{
	uint64_t left_count = 0, heard_count = 0;

	for (uint64_t i = items->count; i > 0; i--) {
		struct item *item = &items->items[i - 1];

		if (i < items->count && !is_same_channel(item, &items->items[i])) {
			left_count = 0;
			heard_count = 0;
		}
		item->heard_count = heard_count;
		if (item->cause == CAUSE_NONE) {
			left_count++;
			heard_count++;
		} else if (left_count) {
			left_count--;
		} else {
			item->is_missing = true;
		}
	}
}

static void add_name(struct text *text, const struct item *item)
{
	text_add(text, "loop%d", item->device_index);
	if (item->partition)
		text_add(text, "p%u", item->partition);
}

static const char *channel_text(unsigned int channel)
{
	static const char *const texts[] = {
		[CHANNEL_change] = "`change`",
		[CHANNEL_media] = "`change` with DISK_MEDIA_CHANGE",
		[CHANNEL_add] = "`add`",
		[CHANNEL_remove] = "`remove`",
	};

	return texts[channel];
}

/* LOOP_CONFIGURE holds uevents back while it is at work; the last one that failed may have forgotten to let them go. */
static const struct item *last_failed_configure(const struct uevents_case *uevents, const struct item *item)
{
	uint64_t at = find_calls(uevents, item->device_index, item->at_ns);

	for (; at > 0 && uevents->calls.items[at - 1].device_index == item->device_index; at--) {
		const struct item *call = &uevents->calls.items[at - 1];

		if (call->record->call == RECORDER_CALL_configure)
			return call->record->result == -EINVAL ? call : NULL;
	}
	return NULL;
}

static void cite_events(struct uevents_case *uevents, const struct item *item)
{
	const struct history *history = uevents->judge_case->history;
	const struct history_worker *listener = history->listener;
	unsigned int cited_count = 0;

	for (uint64_t i = 0; i < listener->record_count && cited_count < CITED_EVENT_COUNT; i++) {
		const struct recorder_record *record = &listener->records[i];

		if (record->call != RECORDER_CALL_uevent || record->device_index != item->device_index ||
		    call_ns_of(record) < item->at_ns)
			continue;
		proof_add(uevents->finding, history->worker_count, record);
		cited_count++;
	}
}

static void add_loss(const struct uevents_case *uevents, struct text *text)
{
	if (uevents->lost_count)
		text_add(text, "%llu uevents", (unsigned long long)uevents->lost_count);
	else
		text_add(text, "An unknown number of uevents");
	text_add(text, " of the machine did not reach the listener, so that a missing one proves nothing");
}

/* Tells one that is missing; without all events it is only said that nobody knows. */
static int tell(struct uevents_case *uevents, const struct item *item, struct text *text)
{
	const struct item *suspect = last_failed_configure(uevents, item);

	free(uevents->finding->text);
	uevents->finding->text = NULL;
	if (suspect) {
		text_add(text, " Before it, worker %u's LOOP_CONFIGURE(loop%d) had failed with EINVAL.",
			 suspect->worker, suspect->device_index);
		proof_add(uevents->finding, suspect->worker, suspect->record);
	}
	proof_add(uevents->finding, item->worker, item->record);
	cite_events(uevents, item);
	uevents->finding->text = text_take(text);
	return uevents->finding->text ? 0 : -ENOMEM;
}

static int tell_missing(struct uevents_case *uevents, const struct item *item)
{
	static const struct {
		const char *before;
		const char *behind;
	} words[] = {
#define X(name, channel, before, behind) [CAUSE_##name] = { before, behind },
		CAUSES(X)
#undef X
	};
	const struct judge_case *judge_case = uevents->judge_case;
	struct text text = TEXT_NULL;

	if (!finding_occurs(judge_case, uevents->finding, item->record))
		return 0;
	text_add(&text, "worker %u's %s (from ", item->worker, recorder_call_text(item->record->call));
	text_add_time(&text, item->at_ns, judge_case->origin_ns);
	text_add(&text, " to ");
	text_add_time(&text, item->record->return_ns, judge_case->origin_ns);
	text_add(&text, ") %s ", words[item->cause].before);
	add_name(&text, item);
	text_add(&text, "%s, but there is no %s uevent for it: ", words[item->cause].behind,
		 channel_text(item->channel));
	if (item->heard_count == 1)
		text_add(&text, "the one that was heard since then is that of a later call.");
	else if (item->heard_count)
		text_add(&text, "the %llu that were heard since then are those of later calls.",
			 (unsigned long long)item->heard_count);
	else
		text_add(&text, "none was heard from then to the end of the run.");
	text_add(&text, " The kernel should have sent one.");
	return tell(uevents, item, &text);
}

static int report_missing(struct uevents_case *uevents)
{
	struct items missing = { 0 };
	int r = 0;

	sort(&uevents->items, compare_items);
	match(&uevents->items);
	for (uint64_t i = 0; r == 0 && i < uevents->items.count; i++)
		if (uevents->items.items[i].is_missing)
			r = append(&missing, uevents->items.items[i]);
	if (r == 0 && missing.count)
		r = collect_calls(uevents);
	sort(&missing, compare_by_time);
	for (uint64_t i = 0; r == 0 && i < missing.count; i++)
		r = tell_missing(uevents, &missing.items[i]);
	free(missing.items);
	return r;
}

/* --- what came twice --- */

/* What is known to be missing is told as that. */
static bool is_told(const struct items *items, const struct item *event, enum channel missing)
{
	for (uint64_t i = 0; i < items->count; i++)
		if (items->items[i].is_missing && items->items[i].channel == missing &&
		    compare_places(&items->items[i], event) == 0)
			return true;
	return false;
}

/* Was never more than one thing at a time asked of the device, all through the run? */
static bool is_quiet(const struct uevents_case *uevents, int device_index)
{
	const struct items *calls = &uevents->calls;

	for (uint64_t i = find_calls(uevents, device_index, 0);
	     i < calls->count && calls->items[i].device_index == device_index; i++)
		if (calls->items[i].ended_ns_max > calls->items[i].at_ns)
			return false;
	return uevents->judge_case->horizon_ns == UINT64_MAX;
}

/* The last bind before an event: whose partitions these are. */
static const struct item *bind_before(const struct uevents_case *uevents, const struct item *event)
{
	const struct item *last = NULL;

	for (uint64_t i = 0; i < uevents->binds.count; i++) {
		const struct item *bind = &uevents->binds.items[i];

		if (bind->device_index == event->device_index && bind->at_ns <= event->at_ns)
			last = bind;
	}
	return last;
}

static int tell_twice(struct uevents_case *uevents, const struct item *first, const struct item *second)
{
	struct text text = TEXT_NULL;

	if (is_told(&uevents->items, second, CHANNEL_remove) ||
	    !finding_occurs(uevents->judge_case, uevents->finding, second->record))
		return 0;
	text_add(&text, "two `add` uevents of ");
	add_name(&text, second);
	text_add(&text, " came with no `remove` between them, the second at ");
	text_add_time(&text, second->at_ns, uevents->judge_case->origin_ns);
	text_add(&text, ". The kernel should have sent one when the first was removed.");
	proof_add(uevents->finding, first->worker, first->record);
	return tell(uevents, second, &text);
}

/*
 * A partition goes that never came.  Whoever opens a device just when it is bound may look for partitions while the bind
 * still holds uevents back, so this is wrong only where nobody else was at it.
 */
static int tell_never_came(struct uevents_case *uevents, const struct item *event)
{
	const struct item *bind = bind_before(uevents, event);
	struct text text = TEXT_NULL;

	if (!event->partition || !is_quiet(uevents, event->device_index) ||
	    is_told(&uevents->items, event, CHANNEL_add) ||
	    !finding_occurs(uevents->judge_case, uevents->finding, bind ? bind->record : event->record))
		return 0;
	text_add(&text, "a `remove` uevent of ");
	add_name(&text, event);
	text_add(&text, " came at ");
	text_add_time(&text, event->at_ns, uevents->judge_case->origin_ns);
	text_add(&text, ", but no `add` of it before. The kernel should have sent one when the partition was made.");
	if (bind)
		proof_add(uevents->finding, bind->worker, bind->record);
	return tell(uevents, event, &text);
}

/* An `add` and a `remove` of the same device or partition are sent under a lock: their numbers tell their order. */
static int report_repeated(struct uevents_case *uevents)
{
	int r = 0;

	sort(&uevents->events, compare_by_number);
	for (uint64_t i = 0; r == 0 && i < uevents->events.count; i++) {
		const struct item *event = &uevents->events.items[i];
		bool has_before = i > 0 && compare_places(event, event - 1) == 0;

		if (event->channel == CHANNEL_add && has_before && event[-1].channel == CHANNEL_add)
			r = tell_twice(uevents, event - 1, event);
		else if (event->channel == CHANNEL_remove && (!has_before || event[-1].channel == CHANNEL_remove))
			r = tell_never_came(uevents, event);
	}
	return r;
}

/* --- the rule --- */

static bool is_model(const struct evidence *evidence)
{
	return evidence->scenario && evidence->scenario->kernel != SCENARIO_KERNEL_real;
}

static bool announces_media(const struct evidence *evidence)
{
	/* The driver inside the harness is one of v6.10. */
	struct kernel_version kernel = is_model(evidence) ? (struct kernel_version){ 6, 10, -1 } : evidence->kernel;
	struct loop_traits traits = loop_traits_of(kernel);

	return has_trait(traits, LOOP_TRAIT_media_change_uevents) &&
	       !lacks_trait(traits, LOOP_TRAIT_media_change_uevents);
}

static int weaken(struct uevents_case *uevents)
{
	struct finding *finding = uevents->finding;
	struct text text = TEXT_NULL;

	add_loss(uevents, &text);
	if (finding->text)
		text_add(&text, ": %s", finding->text);
	else
		text_add(&text, ".");
	free(finding->text);
	finding->text = text_take(&text);
	finding->verdict = VERDICT_UNKNOWN;
	finding->count = uevents->gap_count;
	finding->known_count = 0;
	finding->known_name = NULL;
	return finding->text ? 0 : -ENOMEM;
}

int rule_uevents(const struct judge_case *judge_case, struct finding *finding)
{
	struct uevents_case uevents = {
		.judge_case = judge_case,
		.finding = finding,
		.has_media = announces_media(judge_case->evidence),
	};
	bool is_shared;
	int r;

	/* Others may cause events of their own; the driver inside the harness has no others. */
	is_shared = judge_case->evidence->is_shared && !is_model(judge_case->evidence);
	if (!judge_case->history || !judge_case->history->listener || is_shared ||
	    !was_heard_to_the_end(judge_case->history->listener)) {
		finding->verdict = VERDICT_SKIP;
		return 0;
	}
	r = collect_events(&uevents);
	if (r == 0)
		r = collect_causes(&uevents);
	if (r == 0 && uevents.has_partitions)
		r = collect_calls(&uevents);
	if (r == 0)
		r = causes_of_binds(&uevents);
	if (r == 0)
		r = report_missing(&uevents);
	if (r == 0)
		r = report_repeated(&uevents);
	if (r == 0 && uevents.gap_count)
		r = weaken(&uevents);
	free(uevents.items.items);
	free(uevents.binds.items);
	free(uevents.events.items);
	free(uevents.calls.items);
	free(uevents.does_io);
	return r;
}
