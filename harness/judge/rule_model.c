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
#include <linux/loop.h>

static void add_traits(struct text *text, uint32_t traits, const char *source)
{
	char words[256];

	loop_traits_format(traits, words, sizeof(words));
	text_add(text, "%s %s", words, source);
}

/* Which driver the model is of, and how that is known. */
static void add_kernel(struct text *text, const struct judge_case *judge_case)
{
	struct loop_traits traits = judge_case->examination.model.traits;
	struct kernel_version kernel = judge_case->evidence->kernel;
	uint32_t certain = traits.has & ~traits.lacks;

	if (!kernel.major)
		return;
	text_add(text, "  The model is that of Linux %u.%u", kernel.major, kernel.minor);
	if (kernel.patch >= 0)
		text_add(text, ".%d", kernel.patch);
	text_add(text, " (traits: ");
	add_traits(text, certain & ~traits.probed, "by version");
	if (traits.probed) {
		text_add(text, "; ");
		add_traits(text, certain & traits.probed, "settled by a probe");
	}
	if (traits.has & traits.lacks) {
		text_add(text, "; ");
		add_traits(text, traits.has & traits.lacks, "not known, so that both are allowed");
	}
	text_add(text, ").");
}

void unexplained_cite(const struct judge_case *judge_case, const struct unexplained *unexplained, struct text *text,
		      struct finding *finding)
{
	const struct examined_call *culprit = &unexplained->culprit;

	proof_add(finding, culprit->worker, culprit->record);
	for (unsigned int i = 0; i < unexplained->call_count; i++)
		proof_add(finding, unexplained->calls[i].worker, unexplained->calls[i].record);
	if (unexplained->is_whole)
		text_add(text,
			 ".  The calls listed here are what is needed to see it; all others on loop%d may have had any "
			 "result.",
			 culprit->record->device_index);
	else
		text_add(text, ".  It takes more calls to see it than fit here; these are the latest on loop%d.",
			 culprit->record->device_index);
	if (unexplained->device_count > 1)
		text_add(text, "  The same holds for %llu other device%s.",
			 (unsigned long long)unexplained->device_count - 1, unexplained->device_count == 2 ? "" : "s");
	add_kernel(text, judge_case);
	finding->verdict = VERDICT_VIOLATION;
	finding->count = unexplained->device_count;
}

static void add_report(struct text *text, const struct recorder_record *record)
{
	static const struct {
		uint32_t flag;
		const char *word;
	} flags[] = { { LO_FLAGS_AUTOCLEAR, "autoclear" },
		      { LO_FLAGS_PARTSCAN, "partscan" },
		      { LO_FLAGS_READ_ONLY, "read-only" },
		      { LO_FLAGS_DIRECT_IO, "direct I/O" } };
	uint64_t others = record->detail;

	text_add(text, "inode %llu", (unsigned long long)record->inode);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (record->detail & flags[i].flag)
			text_add(text, ", %s", flags[i].word);
		others &= ~(uint64_t)flags[i].flag;
	}
	if (others)
		text_add(text, ", flags 0x%llx", (unsigned long long)others);
	if (record->is_extended && record->offset)
		text_add(text, ", offset %llu", (unsigned long long)record->offset);
	if (record->is_extended && record->length)
		text_add(text, ", size limit %llu", (unsigned long long)record->length);
}

/* What a call said. */
static void add_result(struct text *text, const struct recorder_record *record)
{
	if (record->result < 0) {
		text_add(text, "%s", error_name(record->result));
		return;
	}
	switch (record->call) {
	case RECORDER_CALL_get_status:
	case RECORDER_CALL_get_status_old:
		add_report(text, record);
		break;
	case RECORDER_CALL_size:
		text_add(text, "%llu bytes", (unsigned long long)record->capacity_bytes);
		break;
	case RECORDER_CALL_block_size:
		text_add(text, "%u bytes", record->block_size);
		break;
	case RECORDER_CALL_diskseq:
		text_add(text, "%llu", (unsigned long long)record->diskseq);
		break;
	case RECORDER_CALL_read_only:
		text_add(text, "%llu", (unsigned long long)record->value);
		break;
	case RECORDER_CALL_add:
	case RECORDER_CALL_remove:
		text_add(text, "%d", record->result);
		if (record->is_extended)
			text_add(text, ", asked for %d", (int)record->value);
		break;
	default:
		text_add(text, "%d", record->result);
		break;
	}
}

static void tell_failure(const struct judge_case *judge_case, struct text *text, struct finding *finding)
{
	const struct unexplained *unexplained = &judge_case->examination.model_failures;
	const struct examined_call *culprit = &unexplained->culprit;
	const struct recorder_record *record = culprit->record;

	text_add(text, "worker %u's %s(loop%d) returned ", culprit->worker, recorder_call_text(record->call),
		 record->device_index);
	add_result(text, record);
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
