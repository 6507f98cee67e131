/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A read-only device takes no writes, and its backing file never changes through it.
 *
 * A binding is read-only when LO_FLAGS_READ_ONLY was asked for, or when the kernel has reported it of that binding
 * (LOOP_GET_STATUS64; BLKROGET unless somebody sets that by an ioctl of his own).  Then no write, discard or zeroout
 * through it succeeds, and no block that somebody tried to write through it is ever read from its file.  A store into
 * a mapping may succeed: what counts is what reaches the file.
 */
#include "harness/judge/rules.h"

#include <errno.h>
#include <linux/loop.h>
#include <stdlib.h>

#include "harness/judge/accesses.h"
#include "harness/judge/text.h"

/* --- which bindings --- */

/* The bind of what a report certainly speaks of is marked: all of its views are read-only. */
static void mark(struct views *views, const struct recorder_record *report)
{
	const struct view *view = views_only(views, report->device_index, recorder_call_ns(report), report->return_ns);

	for (uint64_t i = 0; view && view->bind && i < views->count; i++)
		if (views->views[i].bind == view->bind)
			views->views[i].is_read_only = true;
}

static bool reports_read_only(const struct judge_case *judge_case, const struct recorder_record *record,
			      bool has_own_ioctls)
{
	if (record->device_index < 0 || record->result < 0)
		return false;
	if (record->call == RECORDER_CALL_get_status)
		return (record->detail & LO_FLAGS_READ_ONLY) != 0;
	/* It stays set after the release, until the next bind. */
	return record->call == RECORDER_CALL_read_only && record->is_extended && record->value == 1 &&
	       !has_own_ioctls &&
	       !bindings_was_cleared(&judge_case->bindings, record->device_index, 0, record->return_ns);
}

static void mark_reported(const struct judge_case *judge_case, struct accesses *accesses)
{
	const struct history *history = judge_case->history;
	bool has_own_ioctls = false;

	for (unsigned int i = 0; i < history->worker_count; i++)
		for (uint64_t j = 0; j < history->workers[i].record_count; j++)
			has_own_ioctls |= history->workers[i].records[j].call == RECORDER_CALL_other_ioctl;
	for (unsigned int i = 0; i < history->worker_count; i++)
		for (uint64_t j = 0; j < history->workers[i].record_count; j++) {
			const struct recorder_record *record = &history->workers[i].records[j];

			if (record->return_ns <= judge_case->horizon_ns &&
			    reports_read_only(judge_case, record, has_own_ioctls))
				mark(&accesses->views, record);
		}
}

/* The read-only view through which a write certainly went, or NULL; marks were made after the accesses were read. */
static const struct view *read_only_view(const struct accesses *accesses, const struct access *access)
{
	const struct view *view;

	if (access->record->device_index < 0 || access->return_ns == UINT64_MAX)
		return NULL;
	view = views_only(&accesses->views, access->record->device_index, access->call_ns, access->return_ns);
	return view && view->is_read_only ? view : NULL;
}

/* --- what is wrong --- */

static void add_binding(struct text *text, const struct accesses *accesses, const struct view *view)
{
	text_add(text, "loop%d was bound read-only to %s by worker %u at ", view->device_index,
		 view->file ? view->file->name : "a file", view->worker);
	text_add_time(text, view->return_ns, accesses->judge_case->origin_ns);
}

static bool has_written(const struct access *access)
{
	if (access->record->call == RECORDER_CALL_store || access->end_bytes == access->begin_bytes)
		return false;
	return access->is_zeroing ? access->record->result >= 0 : access->record->result > 0;
}

static int judge_writes(const struct accesses *accesses, struct finding *finding)
{
	const struct judge_case *judge_case = accesses->judge_case;
	struct text text = TEXT_NULL;

	for (uint64_t i = 0; i < accesses->count; i++) {
		const struct access *access = &accesses->accesses[i];
		const struct view *view = read_only_view(accesses, access);

		if (!view || access->return_ns > judge_case->horizon_ns || !has_written(access) ||
		    !finding_occurs(judge_case, finding, access->record))
			continue;
		add_binding(&text, accesses, view);
		text_add(&text, ", and at ");
		text_add_time(&text, access->call_ns, judge_case->origin_ns);
		text_add(&text, " a %s by worker %u succeeded: the kernel should have refused it with EPERM.",
			 recorder_call_text(access->record->call), access->worker);
		proof_add(finding, view->worker, view->record);
		proof_add(finding, access->worker, access->record);
		finding->text = text_take(&text);
		if (!finding->text)
			return -ENOMEM;
	}
	return 0;
}

/* A read of the file, or through another binding, that shows what was written through a read-only one. */
static int judge_read(const struct accesses *accesses, unsigned int worker, const struct recorder_record *record,
		      struct finding *finding)
{
	const struct judge_case *judge_case = accesses->judge_case;
	const struct access *write;
	const struct view *view;
	struct text text = TEXT_NULL;

	if (!read_block_count(record) || record->content != RECORDER_CONTENT_tags || record->generation == 0 ||
	    record->return_ns > judge_case->horizon_ns)
		return 0;
	write = accesses_write(accesses, record->generation);
	view = write ? read_only_view(accesses, write) : NULL;
	/* The device's own page cache may show a store that never left it. */
	if (!view || record->device_index == write->record->device_index ||
	    !finding_occurs(judge_case, finding, record))
		return 0;
	add_binding(&text, accesses, view);
	text_add(&text, "; what worker %u tried to write through it at ", write->worker);
	text_add_time(&text, write->call_ns, judge_case->origin_ns);
	text_add(&text, " was read by worker %u at ", worker);
	text_add_time(&text, record->return_ns, judge_case->origin_ns);
	text_add(&text, " %s: the kernel should not have let it reach the file.",
		 record->device_index < 0 ? "from the backing file" : "through another device");
	proof_add(finding, view->worker, view->record);
	proof_add(finding, write->worker, write->record);
	proof_add(finding, worker, record);
	finding->text = text_take(&text);
	return finding->text ? 0 : -ENOMEM;
}

int rule_read_only(const struct judge_case *judge_case, struct finding *finding)
{
	const struct history *history = judge_case->history;
	struct accesses accesses;
	int r;

	r = accesses_init(judge_case, &accesses);
	if (r == 0)
		finding->verdict = VERDICT_SKIP;
	if (r <= 0)
		return r;
	mark_reported(judge_case, &accesses);
	r = judge_writes(&accesses, finding);
	for (unsigned int i = 0; r == 0 && i < history->worker_count; i++)
		for (uint64_t j = 0; r == 0 && j < history->workers[i].record_count; j++)
			r = judge_read(&accesses, i, &history->workers[i].records[j], finding);
	accesses_fini(&accesses);
	return r;
}
