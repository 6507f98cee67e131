/* SPDX-License-Identifier: Apache-2.0 */
/* Walking several histories side by side; see alignment.h. */
#include "harness/diff/alignment.h"

#include <errno.h>
#include <stdlib.h>

/* Where a worker of one kernel is. */
struct aligned_cursor {
	const struct history *history;
	const struct history_worker *worker;
	uint64_t at;
	unsigned int sub;
	struct backings backings;
	struct outcome_memory memory;
};

static const struct recorder_record *record_at(const struct aligned_cursor *cursor)
{
	const struct history_worker *worker = cursor->worker;

	if (cursor->at < worker->record_count)
		return &worker->records[cursor->at];
	/* A call that killed the kernel, or that it never came back from. */
	return cursor->at == worker->record_count ? worker->pending : NULL;
}

static uint64_t block_count(const struct aligned_cursor *cursor)
{
	uint64_t count = 0;

	while (cursor->at + count + 1 < cursor->worker->record_count &&
	       cursor->worker->records[cursor->at + count + 1].call == RECORDER_CALL_blocks)
		count++;
	return count;
}

static void step_on(struct aligned_cursor *cursor)
{
	const struct recorder_record *old = record_at(cursor);
	const struct recorder_record *next;

	cursor->at += 1 + block_count(cursor);
	next = record_at(cursor);
	cursor->sub = next && next->round == old->round && next->line == old->line ? cursor->sub + 1 : 0;
}

static int compare_place(const struct aligned_cursor *left, const struct aligned_cursor *right)
{
	const struct recorder_record *a = record_at(left), *b = record_at(right);

	if (a->round != b->round)
		return a->round < b->round ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return left->sub == right->sub ? 0 : left->sub < right->sub ? -1 : 1;
}

bool alignment_next(struct alignment *alignment, struct aligned_call *ret_call)
{
	const struct aligned_cursor *first = NULL;
	struct aligned_cursor least;

	for (unsigned int i = 0; i < alignment->count; i++)
		if (record_at(&alignment->cursors[i]) && (!first || compare_place(&alignment->cursors[i], first) < 0))
			first = &alignment->cursors[i];
	if (!first)
		return false;
	least = *first;
	ret_call->round = record_at(&least)->round;
	ret_call->line = record_at(&least)->line;
	ret_call->call = record_at(&least)->call;
	ret_call->sub = least.sub;
	ret_call->outcomes = alignment->outcomes;
	for (unsigned int i = 0; i < alignment->count; i++) {
		struct aligned_cursor *cursor = &alignment->cursors[i];
		const struct recorder_record *record = record_at(cursor);

		ret_call->records[i] = NULL;
		if (!record || compare_place(cursor, &least) != 0)
			continue;
		ret_call->records[i] = record;
		outcome_tell(record, block_count(cursor), &cursor->backings, &cursor->memory, &alignment->outcomes[i]);
		step_on(cursor);
	}
	return true;
}

const char *aligned_call_word(const struct aligned_call *call, unsigned int kernel, enum outcome_field field)
{
	return call->records[kernel] ? call->outcomes[kernel].words[field] : "";
}

void alignment_begin_worker(struct alignment *alignment, unsigned int worker)
{
	static const struct history_worker nothing;

	for (unsigned int i = 0; i < alignment->count; i++) {
		struct aligned_cursor *cursor = &alignment->cursors[i];

		cursor->worker = worker < cursor->history->worker_count ? &cursor->history->workers[worker] : &nothing;
		cursor->at = 0;
		cursor->sub = 0;
	}
}

int alignment_init(const struct history *const *histories, unsigned int count, struct alignment *ret_alignment)
{
	int r = 0;

	*ret_alignment = (struct alignment){ .cursors = calloc(count, sizeof(*ret_alignment->cursors)),
					     .outcomes = calloc(count, sizeof(*ret_alignment->outcomes)) };
	if (!ret_alignment->cursors || !ret_alignment->outcomes)
		return -ENOMEM;
	ret_alignment->count = count;
	for (unsigned int i = 0; i < count; i++) {
		ret_alignment->cursors[i].history = histories[i];
		if (r == 0)
			r = backings_init(histories[i], &ret_alignment->cursors[i].backings);
	}
	alignment_begin_worker(ret_alignment, 0);
	return r;
}

void alignment_fini(struct alignment *alignment)
{
	for (unsigned int i = 0; i < alignment->count; i++)
		backings_fini(&alignment->cursors[i].backings);
	free(alignment->cursors);
	free(alignment->outcomes);
	*alignment = (struct alignment){ 0 };
}
