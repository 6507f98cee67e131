/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No attach ends without a device, unless the scenario expects it.  An attach that we ended ourselves at the end of the
 * run (ECANCELED) has not failed, nor has one into which the scenario itself injected a failure.
 */
#include "harness/judge/rules.h"

#include <errno.h>

#include "core/looprace.h"
#include "harness/judge/text.h"

struct failed_attach {
	unsigned int worker;
	uint64_t record_number;
	const struct recorder_record *record; /* NULL: none failed */
};

static bool has_failed(const struct recorder_record *record)
{
	return record->call == RECORDER_CALL_attach && !record->is_injected &&
	       (record->result == LOOP_ATTACH_GAVE_UP || (record->result < 0 && record->result != -ECANCELED));
}

static uint64_t count_failed(const struct history *history, struct failed_attach *ret_first)
{
	uint64_t count = 0;

	*ret_first = (struct failed_attach){ 0 };
	for (unsigned int i = 0; i < history->worker_count; i++) {
		const struct history_worker *worker = &history->workers[i];

		for (uint64_t j = 0; j < worker->record_count; j++) {
			const struct recorder_record *record = &worker->records[j];

			if (!has_failed(record))
				continue;
			count++;
			if (!ret_first->record || record->return_ns < ret_first->record->return_ns)
				*ret_first = (struct failed_attach){ i, j, record };
		}
	}
	return count;
}

/* The attach's own calls, as many of the last ones as there is room for: they stand before it in its worker's area. */
static void cite(const struct history *history, const struct failed_attach *first, struct finding *finding)
{
	const struct recorder_record *records = history->workers[first->worker].records;
	uint64_t begin_ns = atomic_load_explicit(&first->record->call_ns, memory_order_relaxed);

	proof_add(finding, first->worker, first->record);
	for (uint64_t i = first->record_number; i > 0 && finding->call_count < PROOF_CALL_COUNT_MAX; i--) {
		if (atomic_load_explicit(&records[i - 1].call_ns, memory_order_relaxed) < begin_ns)
			break;
		proof_add(finding, first->worker, &records[i - 1]);
	}
}

static void add_attach_text(struct text *text, const struct judge_case *judge_case, const struct failed_attach *first)
{
	uint32_t lost_count = (uint32_t)first->record->detail;
	uint32_t stage = (uint32_t)(first->record->detail >> 32);

	text_add(text, "worker %u's attach in its round %llu ended at ", first->worker,
		 (unsigned long long)first->record->round);
	text_add_time(text, first->record->return_ns, judge_case->origin_ns);
	if (first->record->result == LOOP_ATTACH_GAVE_UP)
		text_add(text, " without a device: it gave up after %u lost tries", lost_count);
	else
		text_add(text, " without a device: %s after %u lost tries", error_name(first->record->result),
			 lost_count);
	if (stage > LOOPRACE_STAGE_NONE && stage < LOOPRACE_STAGE_COUNT)
		text_add(text, ", the last failure at stage %s", looprace_stage_name((enum looprace_stage)stage));
}

int rule_gave_up(const struct judge_case *judge_case, struct finding *finding)
{
	static const struct expectation none = { .subject = EXPECT_gave_up, .comparison = COMPARE_EQUAL };
	const struct evidence *evidence = judge_case->evidence;
	const struct expectation *expectation;
	struct failed_attach first;
	struct text text = TEXT_NULL;
	uint64_t count;

	if (!judge_case->history || evidence->skip_reason || evidence->broken_reason) {
		finding->verdict = VERDICT_SKIP;
		return 0;
	}
	expectation = scenario_expectation(evidence->scenario, EXPECT_gave_up, evidence->kernel);
	if (!expectation)
		expectation = &none;
	count = count_failed(judge_case->history, &first);
	if (expectation_holds(expectation, count))
		return 0;
	/* More might have come, had the run not been cut off. */
	if ((!judge_case->history->is_complete || evidence->ending != ENDING_finished) &&
	    expectation->comparison != COMPARE_AT_MOST && count < expectation->number) {
		finding->verdict = VERDICT_SKIP;
		return 0;
	}
	finding->verdict = VERDICT_VIOLATION;
	finding->count = count;
	if (first.record) {
		cite(judge_case->history, &first, finding);
		add_attach_text(&text, judge_case, &first);
		text_add(&text, ".  In all ");
	}
	text_add(&text, "%llu attaches ended without a device; the scenario expects %s%llu.", (unsigned long long)count,
		 comparison_text(expectation->comparison), (unsigned long long)expectation->number);
	finding->text = text_take(&text);
	return finding->text ? 0 : -ENOMEM;
}
