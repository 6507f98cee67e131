/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel log holds no report of a bug after our start marker.  What stands before it is not of our making: the
 * machine was not sound when we came, and the cell is broken.
 */
#include "harness/judge/rules.h"

#include <errno.h>

#include "harness/judge/text.h"

static void add_line(struct text *text, const struct kernel_log_line *line)
{
	if (line->time_us)
		text_add(text, "at %llu.%06llu s: ", (unsigned long long)(line->time_us / 1000000),
			 (unsigned long long)(line->time_us % 1000000));
	text_add(text, "\"%s\"", line->text);
}

/* No call is to blame for a report, so a known bug of this rule has no label, but words of its report. */
static void tell_reports(const struct judge_case *judge_case, struct finding *finding, struct text *text)
{
	const struct kernel_log *log = &judge_case->log;
	const struct kernel_log_line *told = &log->reports[0];

	for (uint64_t i = 0; i < log->report_count; i++) {
		const struct kernel_log_line *report = i < KERNEL_LOG_REPORT_COUNT_MAX ? &log->reports[i] : NULL;

		if (finding_occurs_in_log(judge_case, finding, report ? report->text : "") && report)
			told = report;
	}
	text_add(text, "the kernel reported ");
	add_line(text, told);
	if (log->report_count > 1)
		text_add(text, ", and %llu more", (unsigned long long)log->report_count - 1);
	text_add(text, ".  A sound kernel reports nothing of the kind while loop devices are attached and detached.");
	if (log->before_marker.is_found) {
		text_add(text, "  But there was a report before our start marker already, ");
		add_line(text, &log->before_marker);
		text_add(text, ".");
	}
}

static void tell_flood(const struct judge_case *judge_case, struct finding *finding, struct text *text)
{
	bool has_begun = judge_case->log.has_marker;

	finding->verdict = has_begun ? VERDICT_VIOLATION : VERDICT_BROKEN;
	finding->count = 1;
	text_add(text, "the console log outgrew its limit%s: a sound kernel is not that talkative.",
		 has_begun ? "" : " before our start marker");
}

static void tell_broken(struct finding *finding, struct text *text, const char *what,
			const struct kernel_log_line *line)
{
	finding->verdict = VERDICT_BROKEN;
	finding->count = 1;
	text_add(text, "%s ", what);
	add_line(text, line);
	text_add(text, ".");
}

int rule_kernel_log(const struct judge_case *judge_case, struct finding *finding)
{
	const struct evidence *evidence = judge_case->evidence;
	const struct kernel_log *log = &judge_case->log;
	struct text text = TEXT_NULL;

	if (log->report_count)
		tell_reports(judge_case, finding, &text);
	else if (evidence->ending == ENDING_console_flood)
		tell_flood(judge_case, finding, &text);
	else if (log->before_marker.is_found)
		tell_broken(finding, &text, "the kernel reported a bug before our start marker,", &log->before_marker);
	else if (log->init_died.is_found)
		tell_broken(finding, &text, "our own program in the guest ended, and no kernel report came before it:",
			    &log->init_died);
	else if (!evidence->console)
		finding->verdict = VERDICT_SKIP;
	if (finding->verdict == VERDICT_PASS || finding->verdict == VERDICT_SKIP)
		return 0;
	finding->text = text_take(&text);
	return finding->text ? 0 : -ENOMEM;
}
