/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Some order of the calls on a device explains the results of all of them: each call takes effect at a moment between
 * its call and its return, and what it returns is what the model of a loop device says at that moment.
 *
 * It knows all that the other rules about devices know, and says less about what it means; so where one of those speaks,
 * too, theirs is the sentence to read first.
 */
#include "harness/judge/rules.h"

#include <errno.h>

static void add_kernel(struct text *text, const struct judge_case *judge_case)
{
	char traits[128];

	loop_traits_format(judge_case->examination.model.traits, traits, sizeof(traits));
	if (judge_case->evidence->kernel.major)
		text_add(text, "  The model is that of Linux %u.%u (traits: %s).", judge_case->evidence->kernel.major,
			 judge_case->evidence->kernel.minor, traits);
}

void unexplained_cite(const struct judge_case *judge_case, const struct unexplained *unexplained, struct text *text,
		      struct finding *finding)
{
	const struct examined_call *culprit = &unexplained->culprit;

	proof_add(finding, culprit->worker, culprit->record);
	for (unsigned int i = 0; i < unexplained->call_count; i++)
		proof_add(finding, unexplained->calls[i].worker, unexplained->calls[i].record);
	text_add(text,
		 ".  The calls listed here are what is needed to see it; all others on loop%d may have had any "
		 "result.",
		 culprit->record->device_index);
	if (unexplained->device_count > 1)
		text_add(text, "  The same holds for %llu other device%s.",
			 (unsigned long long)unexplained->device_count - 1, unexplained->device_count == 2 ? "" : "s");
	add_kernel(text, judge_case);
	finding->verdict = VERDICT_VIOLATION;
	finding->count = unexplained->device_count;
}

static void tell_failure(const struct judge_case *judge_case, struct text *text, struct finding *finding)
{
	const struct unexplained *unexplained = &judge_case->examination.model_failures;
	const struct examined_call *culprit = &unexplained->culprit;
	const struct recorder_record *record = culprit->record;

	text_add(text, "worker %u's %s(loop%d) returned ", culprit->worker, recorder_call_text(record->call),
		 record->device_index);
	if (record->result < 0)
		text_add(text, "%s", error_name(record->result));
	else if (record->call == RECORDER_CALL_get_status)
		text_add(text, "inode %llu", (unsigned long long)record->inode);
	else
		text_add(text, "%d", record->result);
	text_add(text, " (from ");
	text_add_time(text, culprit->call_ns, judge_case->origin_ns);
	text_add(text, " to ");
	text_add_time(text, culprit->return_ns, judge_case->origin_ns);
	text_add(text, "), which no order of the calls explains: %s", unexplained->reason);
	unexplained_cite(judge_case, unexplained, text, finding);
}

static void tell_unknown(const struct judge_case *judge_case, struct text *text, struct finding *finding)
{
	const struct examination *examination = &judge_case->examination;

	finding->verdict = VERDICT_UNKNOWN;
	finding->count = 1;
	if (examination->is_disordered) {
		text_add(text, "the times of worker %u run backwards, so that its calls have no order",
			 examination->disordered_worker);
		return;
	}
	finding->count = examination->unknown_count;
	text_add(text, "the calls on loop%d are too many at once to be held against the model: %s",
		 examination->limit_device_index, linearize_limit_text(examination->limit));
}

int rule_model(const struct judge_case *judge_case, struct finding *finding)
{
	const struct examination *examination = &judge_case->examination;
	struct text text = TEXT_NULL;

	if (!examination->is_done) {
		finding->verdict = VERDICT_SKIP;
		return 0;
	}
	if (examination->model_failures.device_count)
		tell_failure(judge_case, &text, finding);
	else if (examination->unknown_count || examination->is_disordered)
		tell_unknown(judge_case, &text, finding);
	else
		return 0;
	finding->text = text_take(&text);
	return finding->text ? 0 : -ENOMEM;
}
