/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No index is bound twice without a release between the two binds.
 *
 * Only the span from call to return of each bind and release is known, not the moment in it at which it took effect.  On
 * a sound kernel those moments p(1) < p(2) < ... of the binds of one device have a release of their own between any two
 * neighbours.  Whatever the moments were, p(i) is not before the i-th smallest call time and not after the i-th smallest
 * return time; so the release between p(i) and p(i+1) lies in the gap
 *
 *	[ i-th smallest call, (i+1)-th smallest return ]
 *
 * and each gap needs a release that overlaps it and serves no other gap.  Gaps only move forward, so handing each in turn
 * the release that ends first finds a way when there is one.  A gap that gets none proves that there is none: a sound
 * kernel can never be accused, however the calls overlap.  Where binds do not overlap each other it is exact.
 */
#include "harness/judge/rules.h"

#include <errno.h>
#include <stdlib.h>

#include "harness/judge/text.h"

/* Two binds of one device, neighbours in the order of their returns, that have no release for themselves. */
struct double_bind {
	const struct binding_event *first;
	const struct binding_event *second;
	uint64_t gap_begin_ns;
	uint64_t gap_end_ns;
};

struct search {
	const struct judge_case *judge_case;
	uint64_t *call_times; /* of one device's binds, sorted */
	uint64_t *heap;	      /* return times of releases that have been called; the earliest on top */
	uint64_t heap_count;
	struct finding *finding;     /* counts them */
	struct double_bind earliest; /* by the return of the second, known bugs last */
};

static void heap_push(struct search *search, uint64_t return_ns)
{
	uint64_t *heap = search->heap;
	uint64_t at = search->heap_count++;

	while (at && heap[(at - 1) / 2] > return_ns) {
		heap[at] = heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	heap[at] = return_ns;
}

static void heap_pop(struct search *search)
{
	uint64_t *heap = search->heap;
	uint64_t count = --search->heap_count;
	uint64_t last = heap[count];
	uint64_t at = 0;

	while (at * 2 + 1 < count) {
		uint64_t child = at * 2 + 1;

		if (child + 1 < count && heap[child + 1] < heap[child])
			child++;
		if (heap[child] >= last)
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = last;
}

static int compare_times(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static void note_double_bind(struct search *search, const struct binding_event *binds, uint64_t gap,
			     uint64_t gap_begin_ns)
{
	const struct binding_event *second = &binds[gap + 1];
	bool has_known_only = search->finding->count == search->finding->known_count;
	bool is_first = finding_occurs(search->judge_case, search->finding, second->record);

	if (!is_first && !has_known_only && finding_knows(search->judge_case, RULE_exclusive_bind, second->record) >= 0)
		return;
	if (is_first || second->return_ns < search->earliest.second->return_ns)
		search->earliest = (struct double_bind){
			.first = &binds[gap],
			.second = second,
			.gap_begin_ns = gap_begin_ns,
			.gap_end_ns = second->return_ns,
		};
}

/* @binds: all of one device, sorted by return; those after the horizon are at their end and are left out. */
static void search_device(struct search *search, const struct binding_event *binds, uint64_t bind_count)
{
	const struct binding_event *releases;
	uint64_t release_count, next = 0;

	while (bind_count && binds[bind_count - 1].return_ns > search->judge_case->horizon_ns)
		bind_count--;
	if (bind_count < 2)
		return;
	for (uint64_t i = 0; i < bind_count; i++)
		search->call_times[i] = binds[i].call_ns;
	qsort(search->call_times, bind_count, sizeof(*search->call_times), compare_times);
	releases = bindings_releases_of(&search->judge_case->bindings, binds[0].device_index, &release_count);
	search->heap_count = 0;
	for (uint64_t i = 0; i + 1 < bind_count; i++) {
		while (next < release_count && releases[next].call_ns <= binds[i + 1].return_ns)
			heap_push(search, releases[next++].return_ns);
		while (search->heap_count && search->heap[0] < search->call_times[i])
			heap_pop(search);
		if (search->heap_count)
			heap_pop(search);
		else
			note_double_bind(search, binds, i, search->call_times[i]);
	}
}

static int search_all(struct search *search)
{
	const struct bindings *bindings = &search->judge_case->bindings;
	uint64_t begin = 0;

	search->call_times = malloc((bindings->bind_count + 1) * sizeof(*search->call_times));
	search->heap = malloc((bindings->release_count + 1) * sizeof(*search->heap));
	if (search->call_times && search->heap) {
		for (uint64_t end = 1; end <= bindings->bind_count; end++) {
			if (end < bindings->bind_count &&
			    bindings->binds[end].device_index == bindings->binds[begin].device_index)
				continue;
			search_device(search, &bindings->binds[begin], end - begin);
			begin = end;
		}
	}
	free(search->call_times);
	free(search->heap);
	return search->call_times && search->heap ? 0 : -ENOMEM;
}

int exclusive_bind_count(const struct judge_case *judge_case, uint64_t *ret_count)
{
	struct finding finding = { .rule = RULE_exclusive_bind };
	struct search search = { .judge_case = judge_case, .finding = &finding };
	int r;

	r = search_all(&search);
	if (r < 0)
		return r;
	*ret_count = finding.count;
	return 0;
}

static void add_bind_text(struct text *text, const struct judge_case *judge_case, const struct binding_event *bind)
{
	text_add(text, "worker %u bound loop%d to inode %llu (%s, from ", bind->worker, bind->device_index,
		 (unsigned long long)bind->record->inode, recorder_call_text(bind->record->call));
	text_add_time(text, bind->call_ns, judge_case->origin_ns);
	text_add(text, " to ");
	text_add_time(text, bind->return_ns, judge_case->origin_ns);
	text_add(text, ")");
}

/*
 * Cites the releases around the gap, and returns how many overlap it: each of those serves another pair of binds.  The
 * last one before it and the first one after it show that there was nothing in between.
 */
static uint64_t cite_releases(const struct judge_case *judge_case, const struct double_bind *found,
			      struct finding *finding)
{
	const struct binding_event *before = NULL, *after = NULL;
	const struct binding_event *releases;
	uint64_t release_count, overlap_count = 0;

	releases = bindings_releases_of(&judge_case->bindings, found->second->device_index, &release_count);
	for (uint64_t i = 0; i < release_count; i++) {
		if (releases[i].call_ns > found->gap_end_ns) {
			after = &releases[i];
			break;
		}
		if (releases[i].return_ns < found->gap_begin_ns) {
			if (!before || releases[i].return_ns > before->return_ns)
				before = &releases[i];
			continue;
		}
		overlap_count++;
		if (finding->call_count < PROOF_CALL_COUNT_MAX - 2)
			proof_add(finding, releases[i].worker, releases[i].record);
	}
	if (before)
		proof_add(finding, before->worker, before->record);
	if (after)
		proof_add(finding, after->worker, after->record);
	return overlap_count;
}

int rule_exclusive_bind(const struct judge_case *judge_case, struct finding *finding)
{
	struct search search = { .judge_case = judge_case, .finding = finding };
	const struct double_bind *found = &search.earliest;
	struct text text = TEXT_NULL;
	uint64_t overlap_count;
	int r;

	if (!judge_case->history) {
		finding->verdict = VERDICT_SKIP;
		return 0;
	}
	r = search_all(&search);
	if (r < 0 || !finding->count)
		return r;
	proof_add(finding, found->first->worker, found->first->record);
	proof_add(finding, found->second->worker, found->second->record);
	overlap_count = cite_releases(judge_case, found, finding);
	add_bind_text(&text, judge_case, found->first);
	text_add(&text, ", and ");
	add_bind_text(&text, judge_case, found->second);
	if (overlap_count)
		text_add(&text,
			 ".  The %llu release%s of loop%d asked for at that time %s needed between other binds of it, "
			 "so "
			 "there was none between these two",
			 (unsigned long long)overlap_count, overlap_count == 1 ? "" : "s", found->second->device_index,
			 overlap_count == 1 ? "is" : "are");
	else
		text_add(&text, ".  Nobody had asked for a release of loop%d in between", found->second->device_index);
	text_add(&text, ": the kernel should have returned EBUSY to %s.",
		 found->first->return_ns < found->second->call_ns ? "the second" : "one of the two");
	finding->text = text_take(&text);
	return finding->text ? 0 : -ENOMEM;
}
