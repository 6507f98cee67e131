/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No call, boot or shutdown outlives its limit, and the guest does not vanish.
 *
 * What happens before phase setup is ours or the emulator's: the kernel's loop driver has not been touched yet.
 */
#include "harness/judge/rules.h"

#include <errno.h>
#include <string.h>

#include "harness/judge/text.h"

/* Lines of a kernel stack that tell enough in a sentence. */
#define STACK_LINE_COUNT 4

/* How an ending is judged, and whether it depends on how far the guest had come. */
enum ending_class {
	ENDING_IS_SOUND,
	ENDING_IS_OURS,		 /* broken, always */
	ENDING_IS_THE_KERNELS,	 /* a violation from phase setup on, broken before */
	ENDING_TELLS_NOTHING,	 /* unknown */
	ENDING_IS_ANOTHER_RULES, /* no evidence for this rule */
};

static enum ending_class classify(enum ending ending)
{
	switch (ending) {
	case ENDING_finished:
		return ENDING_IS_SOUND;
	case ENDING_vanished:
	case ENDING_silent:
	case ENDING_run_timeout:
	case ENDING_shutdown_timeout:
		return ENDING_IS_THE_KERNELS;
	case ENDING_interrupted:
	case ENDING_abandoned:
		return ENDING_TELLS_NOTHING;
	case ENDING_console_flood:
		return ENDING_IS_ANOTHER_RULES;
	case ENDING_killed:
	case ENDING_boot_timeout:
	case ENDING_not_started:
	case ENDING_COUNT:
		break;
	}
	return ENDING_IS_OURS;
}

/* The top of a kernel stack, its lines joined by " < ". */
static void add_stack(struct text *text, const char *stack)
{
	unsigned int line_count = 0;

	while (stack && *stack && line_count < STACK_LINE_COUNT) {
		size_t length = strcspn(stack, "\n");

		if (length)
			text_add(text, "%s%.*s", line_count++ ? " < " : ", in ", (int)(length < 120 ? length : 120),
				 stack);
		stack += length + (stack[length] == '\n');
	}
}

/* Counts and cites the stuck calls.  Returns the one to tell of. */
static const struct stuck_call *count_stucks(const struct judge_case *judge_case, struct finding *finding)
{
	const struct evidence *evidence = judge_case->evidence;
	const struct history *history = judge_case->history;
	const struct stuck_call *told = &evidence->stucks[0];

	for (unsigned int i = 0; i < evidence->stuck_count; i++) {
		int worker = evidence->stucks[i].worker;
		bool has_area = history && worker >= 0 && (unsigned int)worker < history->worker_count;
		const struct recorder_record *pending = has_area ? history->workers[worker].pending : NULL;

		if (finding_occurs(judge_case, finding, pending))
			told = &evidence->stucks[i];
		if (pending)
			proof_add(finding, (unsigned int)worker, pending);
	}
	return told;
}

static void tell_stuck(const struct judge_case *judge_case, struct finding *finding, struct text *text)
{
	const struct evidence *evidence = judge_case->evidence;
	const struct stuck_call *stuck = count_stucks(judge_case, finding);

	if (stuck->worker >= 0)
		text_add(text, "worker %d had been in %s", stuck->worker, recorder_call_text(stuck->call));
	else
		text_add(text, "what asks the driver before the run and after it had been in %s",
			 recorder_call_text(stuck->call));
	if (stuck->device_index >= 0)
		text_add(text, "(loop%d)", stuck->device_index);
	text_add(text, " for %llu.%03llu s", (unsigned long long)(stuck->duration_ns / 1000000000),
		 (unsigned long long)(stuck->duration_ns / 1000000 % 1000));
	add_stack(text, stuck->stack);
	if (evidence->stuck_count > 1)
		text_add(text, "; %u more calls were stuck", evidence->stuck_count - 1);
	text_add(text, ".  On a sound kernel every call returns within the scenario's limit.");
}

static void add_detail(struct text *text, const struct evidence *evidence)
{
	if (evidence->ending_detail && *evidence->ending_detail)
		text_add(text, " (%s)", evidence->ending_detail);
}

static void tell_kernels_ending(const struct judge_case *judge_case, struct finding *finding, struct text *text)
{
	const struct kernel_log *log = &judge_case->log;
	const struct history *history = judge_case->history;
	const char *phase = recorder_phase_text(history ? history->phase : RECORDER_PHASE_formatted);

	finding_occurs(judge_case, finding, NULL);
	if (judge_case->evidence->ending != ENDING_vanished) {
		text_add(text, "%s", ending_summary(judge_case->evidence->ending));
		add_detail(text, judge_case->evidence);
		text_add(text, "; the guest's phase was: %s.", phase);
	} else if (log->panic.is_found) {
		text_add(text, "the kernel panicked: \"%s\"", log->panic.text);
		add_detail(text, judge_case->evidence);
		text_add(text, "; the guest's phase was: %s.", phase);
	} else {
		text_add(text, "the machine went away without a word: a silent reboot or power-off");
		add_detail(text, judge_case->evidence);
		text_add(text, "; the guest's phase was: %s, and the kernel log ends %s.", phase,
			 log->report_count ? "with a report" : "without a report");
	}
	proof_add_pending(finding, history);
	if (finding->call_count)
		text_add(text, "  Cited are the calls that had not returned.");
}

static void tell_other_ending(const struct judge_case *judge_case, enum verdict verdict, struct finding *finding,
			      struct text *text)
{
	finding->verdict = verdict;
	finding->count = 1;
	text_add(text, "%s", ending_summary(judge_case->evidence->ending));
	add_detail(text, judge_case->evidence);
	if (judge_case->log.before_marker.is_found)
		text_add(text, "; the kernel log says: \"%s\"", judge_case->log.before_marker.text);
	else if (judge_case->log.init_died.is_found)
		text_add(text, "; the kernel log says: \"%s\"", judge_case->log.init_died.text);
	text_add(text, ".");
}

int rule_liveness(const struct judge_case *judge_case, struct finding *finding)
{
	const struct evidence *evidence = judge_case->evidence;
	bool has_begun = judge_case->history && judge_case->history->phase >= RECORDER_PHASE_setup;
	enum ending_class class = classify(evidence->ending);
	struct text text = TEXT_NULL;

	/* The guest ends early when it skips or breaks; how it ends then is no matter. */
	if (evidence->skip_reason || evidence->broken_reason)
		class = ENDING_IS_ANOTHER_RULES;
	if (class == ENDING_IS_THE_KERNELS && (!has_begun || judge_case->log.init_died.is_found))
		class = ENDING_IS_OURS;
	if (evidence->stuck_count)
		tell_stuck(judge_case, finding, &text);
	else if (class == ENDING_IS_THE_KERNELS)
		tell_kernels_ending(judge_case, finding, &text);
	else if (class == ENDING_IS_OURS)
		tell_other_ending(judge_case, VERDICT_BROKEN, finding, &text);
	else if (class == ENDING_TELLS_NOTHING)
		tell_other_ending(judge_case, VERDICT_UNKNOWN, finding, &text);
	else if (class == ENDING_IS_ANOTHER_RULES)
		finding->verdict = VERDICT_SKIP;
	if (finding->verdict == VERDICT_PASS || finding->verdict == VERDICT_SKIP)
		return 0;
	finding->text = text_take(&text);
	return finding->text ? 0 : -ENOMEM;
}
