/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A release takes the partitions of its binding away.  Who can open a partition of a device that was bound without
 * LO_FLAGS_PARTSCAN, and of which nobody has made or read partitions since, reaches through a partition of an earlier
 * binding into the file of this one.
 *
 * All that may have made a partition and was not over when the last bind before the open() began is believed to have
 * made it, and binds that overlap each other or the open() prove nothing.
 */
#include "harness/judge/left_partitions.h"

#include <errno.h>
#include <linux/loop.h>
#include <stdlib.h>

#include "harness/judge/text.h"

/* Something that may make partitions. */
struct maker {
	const struct recorder_record *record;
	unsigned int worker;
	uint64_t call_ns;
	uint64_t return_ns;	    /* UINT64_MAX: it has not returned */
	uint64_t later_call_ns_min; /* the earliest call of this one and of all behind it in the array */
};

struct makers {
	struct maker *makers; /* by device, then return_ns */
	uint64_t count;
	uint64_t room;
};

static bool may_make(const struct recorder_record *record)
{
	bool has_scan = (record->detail & LO_FLAGS_PARTSCAN) != 0;

	/* LOOP_CHANGE_FD reads the table when the binding has the flag; an unknown ioctl may be anything. */
	return record->call == RECORDER_CALL_partition_add || record->call == RECORDER_CALL_partition_reread ||
	       record->call == RECORDER_CALL_change_fd || record->call == RECORDER_CALL_other_ioctl ||
	       (has_scan && (record->call == RECORDER_CALL_configure || record->call == RECORDER_CALL_set_status ||
			     record->call == RECORDER_CALL_set_status_old));
}

static int add_maker(struct makers *makers, unsigned int worker, const struct recorder_record *record)
{
	if (record->device_index < 0 || !may_make(record))
		return 0;
	if (makers->count == makers->room) {
		uint64_t room = makers->room ? makers->room * 2 : 64;
		struct maker *larger = realloc(makers->makers, room * sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		makers->makers = larger;
		makers->room = room;
	}
	makers->makers[makers->count++] = (struct maker){
		.record = record,
		.worker = worker,
		.call_ns = atomic_load_explicit(&record->call_ns, memory_order_relaxed),
		.return_ns = record->return_ns ? record->return_ns : UINT64_MAX,
	};
	return 0;
}

static int compare_makers(const void *left, const void *right)
{
	const struct maker *a = left, *b = right;

	if (a->record->device_index != b->record->device_index)
		return a->record->device_index < b->record->device_index ? -1 : 1;
	return (a->return_ns > b->return_ns) - (a->return_ns < b->return_ns);
}

static int makers_init(const struct history *history, struct makers *ret_makers)
{
	struct makers makers = { 0 };
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < history->worker_count; i++) {
		const struct history_worker *worker = &history->workers[i];

		for (uint64_t j = 0; r == 0 && j < worker->record_count; j++)
			r = add_maker(&makers, i, &worker->records[j]);
		if (r == 0 && worker->pending)
			r = add_maker(&makers, i, worker->pending);
	}
	if (r < 0) {
		free(makers.makers);
		return r;
	}
	if (makers.count)
		qsort(makers.makers, makers.count, sizeof(*makers.makers), compare_makers);
	for (uint64_t i = makers.count; i-- > 0;) {
		struct maker *maker = &makers.makers[i];

		maker->later_call_ns_min = maker->call_ns;
		if (i + 1 < makers.count && maker[1].record->device_index == maker->record->device_index &&
		    maker[1].later_call_ns_min < maker->call_ns)
			maker->later_call_ns_min = maker[1].later_call_ns_min;
	}
	*ret_makers = makers;
	return 0;
}

/* The first maker of a device that returned at @time_ns or later, as a position; count when there is none behind it. */
static uint64_t find_maker(const struct makers *makers, int device_index, uint64_t time_ns)
{
	uint64_t low = 0, high = makers->count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		const struct maker *maker = &makers->makers[middle];

		if (maker->record->device_index < device_index ||
		    (maker->record->device_index == device_index && maker->return_ns < time_ns))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The last bind of a device that was over at a time, or NULL when there is none or another one went on meanwhile. */
static const struct binding_event *bind_before(const struct bindings *bindings, int device_index, uint64_t time_ns)
{
	uint64_t low = 0, high = bindings->bind_count;
	const struct binding_event *bind;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		const struct binding_event *event = &bindings->binds[middle];

		if (event->device_index < device_index ||
		    (event->device_index == device_index && event->return_ns < time_ns))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || bindings->binds[low - 1].device_index != device_index)
		return NULL;
	bind = &bindings->binds[low - 1];
	if (low >= 2 && bind[-1].device_index == device_index && bind[-1].return_ns >= bind->call_ns)
		return NULL;
	for (uint64_t i = low; i < bindings->bind_count && bindings->binds[i].device_index == device_index; i++)
		if (bindings->binds[i].call_ns <= time_ns)
			return NULL;
	return bind;
}

static int tell(const struct judge_case *judge_case, unsigned int worker, const struct recorder_record *open,
		const struct binding_event *bind, const struct maker *maker, struct finding *finding)
{
	struct text text = TEXT_NULL;

	text_add(&text, "worker %u opened partition %u of loop%d at ", worker, open->partition, open->device_index);
	text_add_time(&text, open->return_ns, judge_case->origin_ns);
	text_add(&text, ", although worker %u had bound the device at ", bind->worker);
	text_add_time(&text, bind->return_ns, judge_case->origin_ns);
	text_add(&text,
		 " without a look for partitions, and nobody has made one since: it is left from an earlier binding, "
		 "and shows this one's file.  The kernel should have taken it away when that binding was released.");
	proof_add(finding, maker->worker, maker->record);
	proof_add(finding, bind->worker, bind->record);
	proof_add(finding, worker, open);
	finding->text = text_take(&text);
	return finding->text ? 0 : -ENOMEM;
}

static int look_at(const struct judge_case *judge_case, const struct makers *makers, unsigned int worker,
		   const struct recorder_record *open, struct finding *finding)
{
	const struct binding_event *bind;
	uint64_t at;

	if (open->call != RECORDER_CALL_open || !open->partition || open->result < 0 || open->device_index < 0 ||
	    open->return_ns > judge_case->horizon_ns)
		return 0;
	bind = bind_before(&judge_case->bindings, open->device_index,
			   atomic_load_explicit(&open->call_ns, memory_order_relaxed));
	if (!bind || may_make(bind->record))
		return 0;
	at = find_maker(makers, open->device_index, bind->call_ns);
	if (at < makers->count && makers->makers[at].record->device_index == open->device_index &&
	    makers->makers[at].later_call_ns_min <= open->return_ns)
		return 0;
	/* One that nobody made at all is the kernel's own. */
	if (at == 0 || makers->makers[at - 1].record->device_index != open->device_index ||
	    !finding_occurs(judge_case, finding, open))
		return 0;
	return tell(judge_case, worker, open, bind, &makers->makers[at - 1], finding);
}

int left_partitions_find(const struct judge_case *judge_case, struct finding *finding)
{
	const struct history *history = judge_case->history;
	struct makers makers;
	int r;

	r = makers_init(history, &makers);
	if (r < 0)
		return r;
	for (unsigned int i = 0; r == 0 && makers.count && i < history->worker_count; i++)
		for (uint64_t j = 0; r == 0 && j < history->workers[i].record_count; j++)
			r = look_at(judge_case, &makers, i, &history->workers[i].records[j], finding);
	free(makers.makers);
	return r;
}
