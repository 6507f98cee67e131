/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A descriptor, partition or mapping of one binding never shows a later binding's data.
 *
 * Who opens a device that is bound holds that binding: up to 6.10 the driver only marks it for release while others
 * have it open, and from 6.11 on it never releases it before the last close.  So what such a descriptor reads is never
 * a block that only a later binding's file can have given.  Left out are descriptors that took part in the change
 * themselves: the one that the later binding was made through, and one of the whole device through which LOOP_CLR_FD
 * was called, after which kernels up to 6.10 let the same descriptor be used for the next binding.
 */
#include "harness/judge/rules.h"

#include <errno.h>
#include <stdlib.h>

#include "harness/judge/accesses.h"
#include "harness/judge/left_partitions.h"
#include "harness/judge/text.h"

struct leak {
	const struct accesses *accesses;
	const struct recorder_record *record; /* the read */
	unsigned int worker;
	const struct description *description;
	const struct recorder_record *map;  /* a mapping of it that the read went through, or NULL */
	const struct recorder_record *hold; /* the open(), or the mmap() */
	const struct view *held;	    /* the binding under which that was */
	const struct view *later;	    /* whose data it saw */
	const struct access *write;	    /* that put it there, or NULL: it stood there from the start */
};

/* A release of the device that may have had its effect before the descriptor was open. */
static bool may_have_been_free(const struct leak *leak)
{
	const struct judge_case *judge_case = leak->accesses->judge_case;
	const struct binding_event *releases;
	uint64_t count;

	releases = bindings_releases_of(&judge_case->bindings, leak->record->device_index, &count);
	for (uint64_t i = 0; i < count && releases[i].call_ns <= leak->hold->return_ns; i++)
		if (releases[i].return_ns >= leak->held->bind_call_ns)
			return true;
	return false;
}

/* Did anybody clear the device through this very descriptor? */
static bool let_go_itself(const struct leak *leak)
{
	const struct judge_case *judge_case = leak->accesses->judge_case;
	const struct binding_event *releases;
	uint64_t count;

	if (leak->record->partition || leak->map)
		return false;
	releases = bindings_releases_of(&judge_case->bindings, leak->record->device_index, &count);
	for (uint64_t i = 0; i < count; i++)
		if (releases[i].record->call == RECORDER_CALL_clr_fd &&
		    releases[i].record->file == leak->record->file && releases[i].call_ns <= leak->record->return_ns)
			return true;
	return false;
}

/* Which file gave what was read; NULL: not certain. */
static const struct backing_file *source_of(const struct accesses *accesses, const struct recorder_record *record,
					    const struct access **ret_write)
{
	*ret_write = NULL;
	if (record->generation == 0)
		return backings_with_number(&accesses->judge_case->backings, record->owner);
	*ret_write = accesses_write(accesses, record->generation);
	if (!*ret_write || (*ret_write)->places.is_open || (*ret_write)->places.count != 1)
		return NULL;
	return (*ret_write)->places.places[0].file;
}

/* A binding of that file which began when the descriptor had long been open; the last one before the read was over. */
static const struct view *find_later(const struct leak *leak, const struct backing_file *file)
{
	const struct views *views = &leak->accesses->views;
	const struct view *later = NULL;

	for (uint64_t i = 0; i < views->count; i++) {
		const struct view *view = &views->views[i];

		if (view->device_index != leak->record->device_index || view->record != view->bind ||
		    view->call_ns > leak->record->return_ns)
			continue;
		/* It was there before, so nothing is proved. */
		if (view->file == file && view->call_ns < leak->hold->return_ns)
			return NULL;
		if (view->file == file && view->call_ns > leak->held->return_ns &&
		    (leak->map || view->record->file != leak->record->file))
			later = view;
	}
	return later;
}

/* The binding may have changed its file itself. */
static bool has_changed_to(const struct leak *leak, const struct backing_file *file)
{
	const struct views *views = &leak->accesses->views;

	for (uint64_t i = 0; i < views->count; i++)
		if (views->views[i].device_index == leak->record->device_index &&
		    views->views[i].record->call == RECORDER_CALL_change_fd &&
		    (!views->views[i].file || views->views[i].file == file))
			return true;
	return false;
}

static bool is_leak(struct leak *leak)
{
	const struct recorder_record *record = leak->record;
	const struct backing_file *file;

	leak->description = descriptions_find(&leak->accesses->descriptions, record->file);
	if (!leak->description || leak->description->device_index != record->device_index)
		return false;
	leak->hold = leak->map ? leak->map : leak->description->open;
	leak->held =
		views_only(&leak->accesses->views, record->device_index,
			   atomic_load_explicit(&leak->hold->call_ns, memory_order_relaxed), leak->hold->return_ns);
	if (!leak->held || !leak->held->file || !leak->held->bind)
		return false;
	file = source_of(leak->accesses, record, &leak->write);
	if (!file || file == leak->held->file)
		return false;
	leak->later = find_later(leak, file);
	return leak->later && !may_have_been_free(leak) && !let_go_itself(leak) && !has_changed_to(leak, file);
}

static void add_binding(struct text *text, const struct leak *leak, const struct view *view)
{
	text_add(text, "the binding of %s that worker %u made at ", view->file->name, view->worker);
	text_add_time(text, view->return_ns, leak->accesses->judge_case->origin_ns);
}

static int tell(struct finding *finding, const struct leak *leak)
{
	const struct recorder_record *record = leak->record;
	uint64_t origin_ns = leak->accesses->judge_case->origin_ns;
	struct text text = TEXT_NULL;

	text_add(&text, "worker %u %s ", leak->description->worker, leak->map ? "mapped" : "opened");
	if (record->partition)
		text_add(&text, "partition %u of ", record->partition);
	text_add(&text, "loop%d at ", record->device_index);
	text_add_time(&text, leak->hold->return_ns, origin_ns);
	text_add(&text, ", under ");
	add_binding(&text, leak, leak->held);
	text_add(&text, "; through that %s worker %u saw at ", leak->map ? "mapping" : "descriptor", leak->worker);
	text_add_time(&text, record->return_ns, origin_ns);
	text_add(&text, " block %llu of %s, which belongs to ", (unsigned long long)record->sector,
		 leak->later->file->name);
	add_binding(&text, leak, leak->later);
	text_add(&text, ".  The kernel should not have let go of the first binding while it was open, or else have "
			"failed the read.");
	proof_add(finding, leak->held->worker, leak->held->bind);
	proof_add(finding, leak->description->worker, leak->hold);
	proof_add(finding, leak->later->worker, leak->later->record);
	if (leak->write)
		proof_add(finding, leak->write->worker, leak->write->record);
	proof_add(finding, leak->worker, record);
	finding->text = text_take(&text);
	return finding->text ? 0 : -ENOMEM;
}

static bool may_leak(const struct judge_case *judge_case, const struct recorder_record *record)
{
	return record->device_index >= 0 && record->content == RECORDER_CONTENT_tags && read_block_count(record) != 0 &&
	       record->return_ns <= judge_case->horizon_ns;
}

int rule_isolation(const struct judge_case *judge_case, struct finding *finding)
{
	const struct history *history = judge_case->history;
	struct accesses accesses;
	int r;

	if (history) {
		r = left_partitions_find(judge_case, finding);
		if (r < 0)
			return r;
	}
	r = accesses_init(judge_case, &accesses);
	if (r == 0 && finding->verdict == VERDICT_PASS)
		finding->verdict = VERDICT_SKIP;
	if (r <= 0)
		return r;
	r = 0;
	for (unsigned int i = 0; r == 0 && i < history->worker_count; i++) {
		const struct history_worker *worker = &history->workers[i];
		const struct recorder_record *read = worker->records;

		for (uint64_t j = 0; r == 0 && j < worker->record_count; j++) {
			struct leak leak = { .accesses = &accesses, .record = &worker->records[j], .worker = i };

			if (leak.record->call != RECORDER_CALL_blocks)
				read = leak.record;
			if (read->call == RECORDER_CALL_load)
				leak.map = accesses_map(&accesses, read);
			if (may_leak(judge_case, leak.record) && is_leak(&leak) &&
			    finding_occurs(judge_case, finding, leak.record))
				r = tell(finding, &leak);
		}
	}
	accesses_fini(&accesses);
	return r;
}
