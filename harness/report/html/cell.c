/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cell on the page.  One that needs somebody is shown in full: why, the command that repeats it, the proof, the log.
 * One that holds, or one too many, is a line to be unfolded, which needs no script.
 */
#include "harness/report/html/mark.h"
#include "harness/report/html/parts.h"

#include "harness/report/checks.h"
#include "harness/report/html/figures.h"
#include "harness/report/remark.h"

static void put_name(const struct page *page, const struct report_cell *cell)
{
	struct mark mark = mark_of_verdict(cell->judgement->verdict);

	html_put(page->html, "<span class=\"mark %s\">%s %s</span> %s <small>on</small> %s", mark.style, mark.symbol,
		 mark.word, report_scenario(cell), report_kernel(cell));
	if (cell->repeat > 0)
		html_put(page->html, " <small>repeat %u</small>", cell->repeat);
}

static void put_figures(struct html *html, const struct judgement_counts *counts)
{
	if (counts->record_count == 0)
		return;
	html_put(html, "<p class=\"faint\">%" PRIu64 " calls in ", counts->record_count);
	html_put_duration(html, counts->run_ns);
	if (counts->attach_count > 0) {
		html_put(html, "; %" PRIu64 " attaches, p50 ", counts->attach_count);
		html_put_duration(html, counts->attach_p50_ns);
		html_put(html, ", p99 ");
		html_put_duration(html, counts->attach_p99_ns);
		html_put(html, ", longest ");
		html_put_duration(html, counts->attach_max_ns);
	}
	if (counts->try_count > 0)
		html_put(html, "; %" PRIu64 " tries lost (%.1f %%)", counts->lost_try_count,
			 figures_percent(counts->lost_try_count, counts->try_count));
	if (counts->lost_bind_count > 0)
		html_put(html, ", %.1f %% of binds EBUSY",
			 figures_percent(counts->lost_bind_count, counts->bind_count));
	if (counts->gave_up_count > 0)
		html_put(html, "; %" PRIu64 " gave up", counts->gave_up_count);
	if (counts->failed_count > 0)
		html_put(html, "; %" PRIu64 " failed", counts->failed_count);
	html_put(html, "</p>\n");
}

/* What is unusual about the kernel: who reads the verdict should know. */
static void put_remarks(struct html *html, const struct cell_record *record)
{
	char text[REPORT_REMARK_BYTES];

	for (unsigned int remark = 0; remark < REPORT_REMARK_COUNT; remark++)
		if (report_remark(record, (enum report_remark)remark, text))
			html_put(html, "<p>Note: %s</p>\n", text);
}

static void put_ways(const struct page *page, const struct report_cell *cell)
{
	html_put(page->html, "<table class=\"facts\"><tbody>\n");
	if (cell->record->command_line)
		html_put(page->html, "<tr><th scope=\"row\">repeat</th><td><code>%s</code></td></tr>\n",
			 cell->record->command_line);
	if (cell->directory || cell->path) {
		html_put(page->html, "<tr><th scope=\"row\">evidence</th><td>");
		page_put_folder(page, cell);
		html_put(page->html, "</td></tr>\n");
	}
	html_put(page->html, "</tbody></table>\n");
}

/* Where the watchdog saw a worker, as the kernel told it. */
static void put_stacks(struct html *html, const struct cell_record *record)
{
	for (unsigned int i = 0; i < record->stuck_count && i < PROOF_CALL_COUNT_MAX; i++) {
		const struct stuck_call *stuck = &record->stucks[i];

		if (!stuck->stack || !*stuck->stack)
			continue;
		html_put(html, "<h4>Stack of worker %d<small> in %s of loop%d</small></h4>\n<pre>%s</pre>\n",
			 stuck->worker, recorder_call_text(stuck->call), stuck->device_index, stuck->stack);
	}
}

static void put_findings(const struct page *page, const struct report_cell *cell, bool is_full)
{
	const struct judgement *judgement = cell->judgement;

	for (unsigned int i = 0; i < judgement->finding_count; i++)
		page_put_finding(page, cell, &judgement->findings[i], is_full);
}

void page_put_cell(struct page *page, const struct report_cell *cell, bool is_full)
{
	const struct judgement *judgement = cell->judgement;
	const char *style = mark_of_verdict(judgement->verdict).style;
	unsigned int number = page_cell_number(page, cell);

	/* Two formats, since each has to be a literal. */
	if (is_full)
		html_put(page->html, "<section class=\"cell %s\" id=\"cell-%u\">\n<h3>", style, number);
	else
		html_put(page->html, "<details class=\"cell %s\" id=\"cell-%u\"><summary>", style, number);
	put_name(page, cell);
	html_put(page->html, "</%s>\n<p>%s</p>\n", is_full ? "h3" : "summary", judgement->reason);
	put_remarks(page->html, cell->record);
	put_figures(page->html, &judgement->counts);
	put_ways(page, cell);
	put_findings(page, cell, is_full);
	if (is_full) {
		put_stacks(page->html, cell->record);
		page_put_log(page, cell);
		page_put_scenario(page, cell);
		page_put_machine(page, cell);
	}
	html_put(page->html, "</%s>\n", is_full ? "section" : "details");
}
