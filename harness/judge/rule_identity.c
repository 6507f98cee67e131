/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bound device reports the backing file of its binder.
 *
 * While the binder holds the descriptor through which it bound, and has not asked for the release itself, nobody else can
 * take the binding away: LOOP_CLR_FD by another only marks it for the last close, which the binder's descriptor holds
 * off.  So LOOP_GET_STATUS64 on that descriptor must report the very dev and inode.  ENXIO is believed when somebody
 * else asked for a release of the device since the bind.
 *
 * What several workers share, a partition's descriptor, and a device whose backing file LOOP_CHANGE_FD exchanges do not
 * belong to one binder; there the rule model alone speaks.
 */
#include "harness/judge/rules.h"

#include <errno.h>
#include <stdlib.h>

#include "harness/judge/fd_table.h"
#include "harness/judge/text.h"

struct mix_up {
	unsigned int worker;
	const struct recorder_record *bind;
	const struct recorder_record *report;
};

struct search {
	const struct judge_case *judge_case;
	struct fd_table fds;
	struct finding *finding; /* counts them */
	struct mix_up earliest;	 /* by the return of the report, known bugs last */
};

/*
 * The binder itself has not asked since the bind, or the span would be over; and what it asked for before had returned by
 * then.
 */
static bool is_mix_up(const struct judge_case *judge_case, const struct recorder_record *bind,
		      const struct recorder_record *report)
{
	uint64_t bind_ns = atomic_load_explicit(&bind->call_ns, memory_order_relaxed);

	if (report->result == -ENXIO)
		return !bindings_was_cleared(&judge_case->bindings, bind->device_index, bind_ns, report->return_ns);
	return report->result == 0 && (report->dev != bind->dev || report->inode != bind->inode);
}

static void note_mix_up(struct search *search, struct mix_up mix_up)
{
	bool has_known_only = search->finding->count == search->finding->known_count;
	bool is_first = finding_occurs(search->judge_case, search->finding, mix_up.report);

	if (!is_first && !has_known_only && finding_knows(search->judge_case, RULE_identity, mix_up.report) >= 0)
		return;
	if (is_first || mix_up.report->return_ns < search->earliest.report->return_ns)
		search->earliest = mix_up;
}

static bool has_one_owner(const struct judge_case *judge_case, const struct recorder_record *record)
{
	const struct survey *survey = &judge_case->survey;

	return record->partition == 0 &&
	       !(survey_file_flags(survey, record->file) & (SURVEY_FILE_SHARED | SURVEY_FILE_DOUBTFUL)) &&
	       !(survey_device_flags(survey, record->device_index) & (SURVEY_DEVICE_CHANGED | SURVEY_DEVICE_WILD));
}

static void search_record(struct search *search, unsigned int worker, const struct recorder_record *record)
{
	struct fd_state *fd = fd_table_at(&search->fds, worker, record->file);

	if (!fd || !has_one_owner(search->judge_case, record))
		return;
	if (is_bind(record) && record->result >= 0)
		fd->bind = record;
	else if (record->call == RECORDER_CALL_close || record->call == RECORDER_CALL_clr_fd)
		fd->bind = NULL;
	else if (record->call == RECORDER_CALL_get_status && fd->bind &&
		 record->return_ns <= search->judge_case->horizon_ns && is_mix_up(search->judge_case, fd->bind, record))
		note_mix_up(search, (struct mix_up){ .worker = worker, .bind = fd->bind, .report = record });
}

static int search_all(struct search *search)
{
	const struct history *history = search->judge_case->history;
	int r;

	r = fd_table_init(&search->fds);
	if (r < 0)
		return r;
	for (unsigned int i = 0; i < history->worker_count; i++)
		for (uint64_t j = 0; j < history->workers[i].record_count; j++)
			search_record(search, i, &history->workers[i].records[j]);
	fd_table_fini(&search->fds);
	return 0;
}

int identity_count(const struct judge_case *judge_case, uint64_t *ret_count)
{
	struct finding finding = { .rule = RULE_identity };
	struct search search = { .judge_case = judge_case, .finding = &finding };
	int r;

	r = search_all(&search);
	if (r < 0)
		return r;
	*ret_count = finding.count;
	return 0;
}

/* The bind that gave the reported backing file: the last one on that device before the report, else any. */
static const struct binding_event *find_owner(const struct judge_case *judge_case, const struct mix_up *found)
{
	const struct bindings *bindings = &judge_case->bindings;
	const struct binding_event *owner = NULL;

	for (uint64_t i = 0; i < bindings->bind_count; i++) {
		const struct binding_event *bind = &bindings->binds[i];
		bool is_here = bind->device_index == found->bind->device_index;

		if (bind->record->dev != found->report->dev || bind->record->inode != found->report->inode)
			continue;
		if (!owner || (is_here && bind->call_ns <= found->report->return_ns))
			owner = bind;
	}
	return owner;
}

static void add_report_text(struct text *text, const struct judge_case *judge_case, const struct mix_up *found,
			    struct finding *finding)
{
	const struct binding_event *owner;

	text_add_time(text, found->report->return_ns, judge_case->origin_ns);
	if (found->report->result == -ENXIO) {
		text_add(text,
			 " the device told it ENXIO, as if it were free.  Nobody had asked for a release in between: "
			 "the kernel should have reported the worker's backing file.");
		return;
	}
	text_add(text, " the device reported inode %llu of device %llu", (unsigned long long)found->report->inode,
		 (unsigned long long)found->report->dev);
	owner = find_owner(judge_case, found);
	if (owner) {
		text_add(text, ", the backing file of worker %u", owner->worker);
		proof_add(finding, owner->worker, owner->record);
	} else {
		text_add(text, ", which nobody had bound");
	}
	text_add(text, ".  The worker still held the descriptor through which it had bound: the kernel should have "
		       "reported the "
		       "worker's own backing file.");
}

int rule_identity(const struct judge_case *judge_case, struct finding *finding)
{
	struct search search = { .judge_case = judge_case, .finding = finding };
	const struct mix_up *found = &search.earliest;
	struct text text = TEXT_NULL;
	int r;

	if (!judge_case->history) {
		finding->verdict = VERDICT_SKIP;
		return 0;
	}
	r = search_all(&search);
	if (r < 0 || !finding->count)
		return r;
	proof_add(finding, found->worker, found->bind);
	proof_add(finding, found->worker, found->report);
	text_add(&text, "worker %u bound loop%d to inode %llu of device %llu at ", found->worker,
		 found->bind->device_index, (unsigned long long)found->bind->inode,
		 (unsigned long long)found->bind->dev);
	text_add_time(&text, found->bind->return_ns, judge_case->origin_ns);
	text_add(&text, ", and at ");
	add_report_text(&text, judge_case, found, finding);
	finding->text = text_take(&text);
	return finding->text ? 0 : -ENOMEM;
}
