/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule found: in words, as a picture, and the calls as a table, which says the same to those who see no pictures. */
#include "harness/report/html/parts.h"

#include <stdlib.h>

#include "harness/report/html/timeline.h"

static void put_kind(struct html *html, const struct finding *finding)
{
	if (finding->is_expected)
		html_put(html, " planted by the scenario, and found");
	else if (finding_is_known(finding))
		html_put(html, " known bug: %s", finding->known_name ? finding->known_name : "");
	else
		html_put(html, " %s", verdict_name(finding->verdict));
	if (finding->count > 1)
		html_put(html, ", %" PRIu64 " times%s; the first:", finding->count,
			 finding->known_count == 0 || finding_is_known(finding) ? "" : ", known bugs included");
}

static void put_time(struct html *html, uint64_t time_ns, uint64_t origin_ns)
{
	uint64_t distance_ns = time_ns < origin_ns ? origin_ns - time_ns : time_ns - origin_ns;

	html_put(html, "<td class=\"number\">%c%" PRIu64 ".%06u s</td>", time_ns < origin_ns ? '-' : '+',
		 distance_ns / 1000000000, (unsigned int)(distance_ns / 1000 % 1000000));
}

static void put_call(struct html *html, unsigned int number, const struct proof_call *call, uint64_t origin_ns)
{
	const struct recorder_record *record = &call->record;
	uint64_t call_ns = recorder_call_ns(record);
	char title[256];

	proof_call_title(call, title, sizeof(title));
	html_put(html, "<tr><td class=\"number\">%u</td>", number);
	put_time(html, call_ns, origin_ns);
	if (proof_call_is_uevent(call))
		html_put(html, "<td class=\"who\">kernel</td>");
	else
		html_put(html, "<td class=\"who\">worker %u</td>", call->worker);
	html_put(html, "<td>%s</td><td class=\"number\">", title);
	if (proof_call_is_uevent(call))
		html_put(html, "-");
	else if (!record->return_ns)
		html_put(html, "has not returned");
	else
		html_put_duration(html, record->return_ns > call_ns ? record->return_ns - call_ns : 0);
	html_put(html, "</td><td class=\"number\">");
	if (record->line)
		html_put(html, "%u", record->line);
	html_put(html, "</td></tr>\n");
}

static void put_calls(struct html *html, const struct finding *finding, uint64_t origin_ns)
{
	html_put(html, "<div class=\"wide\"><table class=\"calls\">\n<thead><tr><th></th><th>begins</th><th>who</th>"
		       "<th>call = result</th><th>took</th><th>scenario line</th></tr></thead>\n<tbody>\n");
	for (unsigned int i = 0; i < finding->call_count; i++)
		put_call(html, i + 1, &finding->calls[i], origin_ns);
	html_put(html, "</tbody></table></div>\n");
}

void page_put_finding(const struct page *page, const struct report_cell *cell, const struct finding *finding,
		      bool is_full)
{
	uint64_t origin_ns = cell->record->start_ns;

	html_put(page->html, "<h4>%s<small>", rule_name(finding->rule));
	put_kind(page->html, finding);
	html_put(page->html, "</small></h4>\n");
	if (finding->text)
		html_put(page->html, "<p>%s</p>\n", finding->text);
	if (!is_full || finding->call_count == 0)
		return;
	if (finding->call_count > 1) {
		char *svg = timeline_svg(finding, origin_ns);

		html_put_image(page->html, svg, "(timeline of the calls in the table below)");
		free(svg);
	}
	put_calls(page->html, finding, origin_ns);
}
