/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LOOP_CTL_GET_FREE returns a device that was unbound at some moment of the call.
 *
 * It promises no more: somebody else may bind the device before the caller does, and it need not be the lowest.  The
 * calls on the device decide whether there was such a moment, in any order of them that the model allows.
 *
 * When there is none it makes one, and fails only for want of memory, or when its caller is killed.
 */
#include "harness/judge/rules.h"

#include <errno.h>

static bool is_unfounded_failure(const struct recorder_record *record)
{
	return record->call == RECORDER_CALL_get_free && record->result < 0 && record->result != -ENOMEM &&
	       record->result != -EINTR && !record->is_injected;
}

/* Calls that gave no device. */
static int find_failures(const struct judge_case *judge_case, struct finding *finding)
{
	const struct history *history = judge_case->history;

	for (unsigned int i = 0; i < history->worker_count; i++)
		for (uint64_t j = 0; j < history->workers[i].record_count; j++) {
			const struct recorder_record *record = &history->workers[i].records[j];
			struct text text = TEXT_NULL;

			if (!is_unfounded_failure(record) || !finding_occurs(judge_case, finding, record))
				continue;
			proof_add(finding, i, record);
			text_add(&text, "LOOP_CTL_GET_FREE of worker %u failed at ", i);
			text_add_time(&text, record->return_ns, judge_case->origin_ns);
			text_add(&text,
				 " with %s.  When no device is free the kernel should have made one, which fails with "
				 "ENOMEM at most.",
				 error_name(record->result));
			finding->text = text_take(&text);
			if (!finding->text)
				return -ENOMEM;
		}
	return 0;
}

int rule_get_free(const struct judge_case *judge_case, struct finding *finding)
{
	const struct examination *examination = &judge_case->examination;
	const struct unexplained *unexplained = &examination->get_free_failures;
	const struct examined_call *culprit = &unexplained->culprit;
	struct text text = TEXT_NULL;
	int index;

	if (!examination->is_done || examination->is_disordered) {
		finding->verdict = VERDICT_SKIP;
		return 0;
	}
	if (!unexplained->device_count)
		return find_failures(judge_case, finding);
	index = culprit->record->device_index;
	if (culprit->record->call == RECORDER_CALL_get_free) {
		text_add(&text, "LOOP_CTL_GET_FREE returned loop%d to worker %u (from ", index, culprit->worker);
		text_add_time(&text, culprit->call_ns, judge_case->origin_ns);
		text_add(&text, " to ");
		text_add_time(&text, culprit->return_ns, judge_case->origin_ns);
		text_add(&text, "), which was at no moment of the call unbound: %s", unexplained->reason);
	} else {
		/* The moments at which it could have been unbound are those that make a later call unexplainable. */
		text_add(&text,
			 "LOOP_CTL_GET_FREE returned loop%d, which was at no moment of the call unbound: had it "
			 "been, worker %u's %s could not have returned what it did (%s)",
			 index, culprit->worker, recorder_call_text(culprit->record->call), unexplained->reason);
	}
	unexplained_cite(judge_case, unexplained, &text, finding);
	finding->text = text_take(&text);
	return finding->text ? 0 : -ENOMEM;
}
