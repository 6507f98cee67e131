/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the HTML page that decide something: what is escaped, which cells are shown, which lines of a log, where
 * links go.  Its plots have test-plots.c; what the page looks like is asked in tests/report/check-html.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/report/html/html.h"
#include "harness/report/html/links.h"
#include "harness/report/log_excerpt.h"
#include "harness/report/html/page.h"
#include "harness/report/html/timeline.h"
#include "harness/recorder/markers.h"
#include "tests/report_samples.h"

Suite *test_suite(void);

static struct report_samples samples;

static void setup(void)
{
	report_samples_init(&samples);
}

static void teardown(void)
{
	report_samples_fini(&samples);
}

static unsigned int count_of(const char *text, const char *needle)
{
	unsigned int count = 0;

	for (const char *at = text; (at = strstr(at, needle)); at += strlen(needle))
		count++;
	return count;
}

static void assert_has(const char *text, const char *needle)
{
	ck_assert_msg(strstr(text, needle) != NULL, "no \"%s\" in: %.2000s", needle, text);
}

static void assert_lacks(const char *text, const char *needle)
{
	ck_assert_msg(strstr(text, needle) == NULL, "\"%s\" in: %.2000s", needle, strstr(text, needle));
}

/* --- the writer --- */

START_TEST(text_is_escaped_and_markup_is_not)
{
	struct html *html = html_begin();
	const char *volatile nothing = NULL;
	char *text;

	html_put(html, "<p title=\"%s\">%s</p>%c%%", "a\"b&c", "<script>\033[1m\n", '<');
	html_put(html, "%s%d %u %" PRIu64 " %.1f %06u %02X", nothing, -1, 2u, UINT64_MAX, 1.25, 42u, 10u);
	text = html_end(html);
	ck_assert_str_eq(text, "<p title=\"a&quot;b&amp;c\">&lt;script&gt;\\x1b[1m\n</p>&lt;%"
			       "-1 2 18446744073709551615 1.2 000042 0A");
	free(text);
}
END_TEST

START_TEST(duration_has_the_unit_that_fits)
{
	static const struct {
		uint64_t ns;
		const char *want;
	} cases[] = {
		{ 0, "0 ns" }, { 999, "999 ns" }, { 1000, "1.0 us" }, { 1250000, "1.2 ms" }, { 61999999999, "61.9 s" }
	};
	struct html *html = html_begin();
	char *text;

	html_put_duration(html, cases[_i].ns);
	text = html_end(html);
	ck_assert_str_eq(text, cases[_i].want);
	free(text);
}
END_TEST

START_TEST(url_of_a_path_has_no_scheme_and_no_quote)
{
	static const struct {
		const char *path;
		const char *want;
	} cases[] = { { "javascript:alert(1)", "./javascript%3Aalert%281%29" },
		      { "a b/\"><x", "./a%20b/%22%3E%3Cx" },
		      { "/top/#1", "/top/%231" },
		      { "../6.1+deb/\xc3\xa4", "./../6.1+deb/%C3%A4" } };
	struct html *html = html_begin();
	char *text;

	html_put_url(html, cases[_i].path);
	text = html_end(html);
	ck_assert_str_eq(text, cases[_i].want);
	free(text);
}
END_TEST

START_TEST(image_is_within_the_page)
{
	struct html *html = html_begin();
	char *text;

	html_put_image(html, "<svg a='1' b=\"#2\">\n\t<b>50% &amp;</b></svg>", "the <alternative>");
	html_put_image(html, NULL, "nothing");
	text = html_end(html);
	ck_assert_str_eq(
		text,
		"<div class=\"wide\"><img alt=\"the &lt;alternative&gt;\" src=\"data:image/svg+xml,%3Csvg%20a='1'%20b="
		"%22%232%22%3E%20%3Cb%3E50%25%20%26amp;%3C/b%3E%3C/svg%3E\"></div>\n");
	free(text);
}
END_TEST

/* --- links --- */

START_TEST(link_goes_from_the_page_to_the_folder)
{
	static const struct {
		const char *from, *to, *want;
	} cases[] = { { "/a/b", "/a/b/c/d", "c/d" }, { "/a/b", "/a/bc", "../bc" }, { "/a/b/x", "/a/c", "../../c" },
		      { "/a", "/a", "." },	     { "/", "/a", "a" },	   { "/a/b", "/", "../.." } };
	char *path = path_between(cases[_i].from, cases[_i].to);

	ck_assert_str_eq(path, cases[_i].want);
	free(path);
}
END_TEST

START_TEST(folder_that_is_gone_is_named_as_it_was)
{
	char *link = path_as_link("/", "/no/such/folder");

	ck_assert_str_eq(link, "/no/such/folder");
	free(link);
	link = path_as_link("/usr", "/usr/bin/../lib");
	ck_assert_str_eq(link, "lib");
	free(link);
}
END_TEST

/* --- the kernel log --- */

static char *numbered_log(unsigned int line_count, unsigned int report_line, const char *report)
{
	char *text = NULL;
	size_t bytes;
	FILE *stream = open_memstream(&text, &bytes);

	fputs("[    0.000001] boot\r\n[    0.000002] " LOOPRACE_START_MARKER "\r\n", stream);
	for (unsigned int i = 0; i < line_count; i++)
		fprintf(stream, "[    1.%06u] %s %u\r\n", i, i == report_line ? report : "line", i);
	fclose(stream);
	return text;
}

static struct log_excerpt excerpt_of(const char *log, const struct judgement *judgement)
{
	struct log_excerpt excerpt;

	ck_assert_int_eq(log_excerpt_find(log, strlen(log), judgement, &excerpt), 0);
	return excerpt;
}

static bool shows(const struct log_excerpt *excerpt, const char *needle)
{
	return memmem(excerpt->text, excerpt->text_bytes, needle, strlen(needle)) != NULL;
}

START_TEST(log_is_shown_around_the_report_that_is_cited)
{
	char *log = numbered_log(1000, 500, "WARNING: at loop.c");
	struct finding finding = { .rule = RULE_kernel_log,
				   .text = (char *)"the kernel reported at 1.000500 s: \"WARNING: at loop.c 500\"." };
	struct judgement judgement = { .finding_count = 1, .findings = &finding };
	struct log_excerpt excerpt = excerpt_of(log, &judgement);

	ck_assert(shows(&excerpt, "line 495"));
	ck_assert(!shows(&excerpt, "line 480"));
	ck_assert(shows(&excerpt, "line 540"));
	ck_assert(!shows(&excerpt, "line 600"));
	ck_assert_int_eq(strncmp(excerpt.text + excerpt.cited_offset, "[    1.000500] WARNING", 22), 0);
	ck_assert(excerpt.is_cut_before && excerpt.is_cut_after);
	free(log);
}
END_TEST

START_TEST(log_without_a_report_shows_its_end_or_the_panic)
{
	struct judgement judgement = { .finding_count = 0 };
	char *log = numbered_log(1000, 1000, "");
	struct log_excerpt excerpt = excerpt_of(log, &judgement);

	ck_assert(shows(&excerpt, "line 999"));
	ck_assert(!shows(&excerpt, "line 900"));
	ck_assert_uint_eq(excerpt.cited_offset, SIZE_MAX);
	ck_assert(excerpt.is_cut_before && !excerpt.is_cut_after);
	free(log);
	log = numbered_log(10, 4, "Kernel panic - not syncing: x");
	excerpt = excerpt_of(log, &judgement);
	ck_assert(shows(&excerpt, "[    0.000001] boot") && shows(&excerpt, "line 9"));
	ck_assert_int_eq(strncmp(excerpt.text + excerpt.cited_offset, "[    1.000004] Kernel panic", 27), 0);
	ck_assert(!excerpt.is_cut_before && !excerpt.is_cut_after);
	free(log);
}
END_TEST

START_TEST(excerpt_of_endless_lines_is_bounded)
{
	struct judgement judgement = { .finding_count = 0 };
	size_t bytes = 1 << 20;
	char *log = malloc(bytes);
	struct log_excerpt excerpt;

	memset(log, 'x', bytes);
	ck_assert_int_eq(log_excerpt_find(log, bytes, &judgement, &excerpt), 0);
	ck_assert_uint_gt(excerpt.text_bytes, 1000);
	ck_assert_uint_le(excerpt.text_bytes, 16384);
	ck_assert_int_eq(log_excerpt_find(log, 0, &judgement, &excerpt), 0);
	ck_assert_uint_eq(excerpt.text_bytes, 0);
	free(log);
}
END_TEST

/* --- the timeline --- */

static void assert_order(const char *text, const char *first, const char *second)
{
	assert_has(text, first);
	assert_has(text, second);
	ck_assert_msg(strstr(text, first) < strstr(text, second), "\"%s\" is not before \"%s\"", first, second);
}

START_TEST(timeline_has_a_row_a_worker_and_a_bar_a_call)
{
	const struct finding *finding = samples.judgements[SAMPLE_VIOLATION].findings;
	char *svg = timeline_svg(finding, 1000000000);

	ck_assert_uint_eq(count_of(svg, "class=\"row\""), 3);
	ck_assert_uint_eq(count_of(svg, "rx=\"2\""), finding->call_count);
	assert_order(svg, ">worker 0<", ">worker 2<");
	assert_has(svg, ">+0.200000 s<");
	assert_has(svg, "1. LOOP_CONFIGURE(loop3) = -16 EBUSY");
	assert_has(svg, "class=\"failed\"");
	assert_has(svg, "class=\"open\"");
	assert_has(svg, ", has not returned<");
	free(svg);
}
END_TEST

START_TEST(timeline_keeps_the_order_whatever_the_times_are)
{
	struct finding finding = { .call_count = PROOF_CALL_COUNT_MAX };
	char *svg;

	for (unsigned int i = 0; i < PROOF_CALL_COUNT_MAX; i++) {
		atomic_store(&finding.calls[i].record.call_ns, i < 7 ? 5 + i : UINT64_MAX - 5);
		finding.calls[i].record.return_ns = i == 3 ? 1 : i == 4 ? UINT64_MAX : 6 + i;
		finding.calls[i].record.call = i == 5 ? RECORDER_CALL_uevent : UINT16_MAX;
		finding.calls[i].worker = UINT32_MAX - i;
	}
	svg = timeline_svg(&finding, UINT64_MAX);
	assert_has(svg, ">kernel<");
	assert_order(svg, "4. ", "5. ");
	free(svg);
}
END_TEST

START_TEST(call_within_another_is_drawn_within_it)
{
	struct finding finding = { .call_count = 2 };
	const char *bar;
	char *svg;
	unsigned int begin[2], width[2];

	for (unsigned int i = 0; i < 2; i++) {
		atomic_store(&finding.calls[i].record.call_ns, 1000 + 1000 * i);
		finding.calls[i].record.return_ns = 9000 - 1000 * i;
	}
	bar = svg = timeline_svg(&finding, 0);
	for (unsigned int i = 0; i < 2; i++) {
		bar = strstr(bar + 1, "<rect class=\"ok\"");
		ck_assert_ptr_nonnull(bar);
		ck_assert_int_eq(
			sscanf(bar, "<rect class=\"ok\" x=\"%u\" y=\"%*u\" width=\"%u\"", &begin[i], &width[i]), 2);
	}
	ck_assert_uint_lt(begin[0], begin[1]);
	ck_assert_uint_lt(begin[1] + width[1], begin[0] + width[0]);
	free(svg);
}
END_TEST

/* --- the page --- */

START_TEST(page_shows_each_verdict_with_a_link_to_its_cell)
{
	char *page = report_html(&samples.run);

	for (unsigned int i = 1; i <= SAMPLE_COUNT; i++) {
		char anchor[32], id[32];

		snprintf(anchor, sizeof(anchor), "<a href=\"#cell-%u\">", i);
		snprintf(id, sizeof(id), "id=\"cell-%u\"", i);
		assert_has(page, anchor);
		ck_assert_uint_eq(count_of(page, id), 1);
	}
	assert_has(page, "<td class=\"violation\"><a href=\"#cell-2\">✗ VIOLATION</a></td>");
	assert_has(page, "<td class=\"absent\">· not run</td>");
	/* In full: VIOLATION, UNKNOWN, BROKEN; folded: PASS, SKIP and what was planted. */
	ck_assert_uint_eq(count_of(page, "<section class=\"cell "), 3);
	ck_assert_uint_eq(count_of(page, "<details class=\"cell "), 3);
	assert_has(page, "planted by the scenario, and found");
	assert_has(page, "<code>looprace run get_free_race --kernel 6.1 --seed 0xfedcba9876543210</code>");
	free(page);
}
END_TEST

START_TEST(what_is_worst_stands_first)
{
	char *page = report_html(&samples.run);

	assert_order(page, "id=\"matrix\"", "id=\"bad\"");
	assert_order(page, "id=\"cell-2\"", "id=\"cell-5\""); /* VIOLATION, BROKEN */
	assert_order(page, "id=\"cell-5\"", "id=\"cell-3\""); /* UNKNOWN */
	assert_order(page, "id=\"cell-3\"", "id=\"costs\"");
	assert_order(page, "id=\"costs\"", "id=\"cell-1\"");
	/* What to do stands before what proves it. */
	assert_order(strstr(page, "id=\"cell-2\""), ">repeat<", "timeline of the calls");
	free(page);
	samples.run.cells += SAMPLE_PASS;
	samples.run.cell_count = 1;
	page = report_html(&samples.run);
	assert_lacks(page, "#bad");
	assert_has(page, "href=\"#cells\"");
	free(page);
	samples.run.cells += SAMPLE_VIOLATION - SAMPLE_PASS;
	page = report_html(&samples.run);
	assert_lacks(page, "#cells");
	free(page);
}
END_TEST

START_TEST(violation_of_a_place_stands_before_what_is_not_known)
{
	struct report_cell cells[5];
	struct report_run run = { .cells = cells, .cell_count = 5 };
	char *page;

	for (unsigned int i = 0; i < 5; i++) {
		cells[i] = samples.cells[SAMPLE_VIOLATION];
		cells[i].repeat = i + 1;
		if (i < 4)
			cells[i].judgement = &samples.judgements[SAMPLE_UNKNOWN];
	}
	page = report_html(&run);
	assert_order(page, "<section class=\"cell violation\" id=\"cell-5\"",
		     "<section class=\"cell unknown\" id=\"cell-1\"");
	assert_has(page, "<section class=\"cell unknown\" id=\"cell-2\"");
	/* Three of a place in full. */
	assert_has(page, "<details class=\"cell unknown\" id=\"cell-3\"");
	free(page);
}
END_TEST

START_TEST(known_bug_of_many_kernels_is_a_row)
{
	struct finding *finding = samples.judgements[SAMPLE_EXPECTED].findings;
	struct cell_record records[2] = { samples.records[SAMPLE_EXPECTED], samples.records[SAMPLE_EXPECTED] };
	struct report_cell cells[3];
	struct report_run run = { .cells = cells, .cell_count = 3 };
	char other_kernel[] = "7.3.4";
	char *page;

	finding->is_expected = false;
	finding->known_count = finding->count;
	finding->known_name = "a bug";
	records[1].kernel.release = other_kernel;
	for (unsigned int i = 0; i < 3; i++) {
		cells[i] = samples.cells[SAMPLE_EXPECTED];
		cells[i].record = &records[i / 2];
	}
	page = report_html(&run);
	ck_assert_uint_eq(count_of(page, "<td>a bug</td>"), 1);
	assert_has(page, "<a href=\"#cell-1\">6.1.0-56-cloud-amd64</a> <small>34 times, in 2 of 2 cells</small>");
	assert_has(page, "<a href=\"#cell-3\">7.3.4</a> <small>17 times, in 1 of 1 cell</small>");
	free(page);
}
END_TEST

START_TEST(page_has_no_markup_of_a_guest)
{
	char *page = report_html(&samples.run);

	assert_lacks(page, "<b>");
	assert_lacks(page, "\033");
	assert_has(page, "\\x1b[31m&lt;b&gt;&amp;&quot;'");
	assert_lacks(page, "\"http");
	assert_lacks(page, "<script");
	assert_has(page, "default-src 'none'");
	free(page);
}
END_TEST

START_TEST(known_bug_is_named_as_one)
{
	struct finding *finding = samples.judgements[SAMPLE_EXPECTED].findings;
	char *page = report_html(&samples.run);

	assert_lacks(page, "id=\"known\"");
	free(page);
	finding->is_expected = false;
	finding->known_count = finding->count;
	finding->known_name = "a bug <of> 6.1";
	page = report_html(&samples.run);
	assert_has(page, "id=\"known\"");
	assert_has(page, "<td>a bug &lt;of&gt; 6.1</td><td>identity</td>");
	assert_has(page, "<small>known bug</small>");
	assert_has(page, "known bug: a bug &lt;of&gt; 6.1");
	free(page);
}
END_TEST

START_TEST(what_is_unusual_of_a_kernel_is_said)
{
	char *page = report_html(&samples.run);

	assert_lacks(page, "<p>Note: ");
	free(page);
	free(samples.records[SAMPLE_PASS].kernel.taint);
	samples.records[SAMPLE_PASS].kernel.taint = strdup("O<E");
	page = report_html(&samples.run);
	assert_has(page, "<p>Note: ");
	assert_has(page, "O&lt;E");
	free(page);
}
END_TEST

static struct report_run repeats_of_violation(struct report_cell *cells, unsigned int count)
{
	struct report_run run = samples.run;

	for (unsigned int i = 0; i < count; i++) {
		cells[i] = samples.cells[SAMPLE_VIOLATION];
		cells[i].repeat = i + 1;
	}
	run.cells = cells;
	run.cell_count = count;
	return run;
}

START_TEST(flaky_place_is_called_flaky_with_its_rate)
{
	struct report_cell cells[10];
	struct report_run run = repeats_of_violation(cells, 10);
	char *page;

	for (unsigned int i = 2; i < 10; i++)
		cells[i].judgement = &samples.judgements[SAMPLE_PASS];
	page = report_html(&run);
	assert_has(page, "<td class=\"flaky\"><a href=\"#cell-1\">≈ FLAKY <small>2 of 10 VIOLATION</small></a></td>");
	assert_has(page, "20.0 %</td><td class=\"number\">2.5 % to 55.6 %</td>");
	assert_has(page, "<small>repeat 7</small>");
	free(page);
}
END_TEST

START_TEST(two_builds_of_a_release_are_told)
{
	struct cell_record *record = &samples.records[SAMPLE_VIOLATION];
	char *page = report_html(&samples.run);

	assert_lacks(page, "is not one kernel here");
	free(page);
	ck_assert_int_eq(cell_record_set(&record->kernel.loop_sha256, "fedcba9876543210"), 0);
	page = report_html(&samples.run);
	assert_has(page,
		   "<p><strong>Note:</strong> 6.1.0-56-cloud-amd64 is not one kernel here: image 0123456789ab in ");
	assert_has(page, "with loop.ko fedcba987654 in 1 cell");
	ck_assert_uint_eq(count_of(page, "<strong>Note:"), 1);
	free(page);
}
END_TEST

START_TEST(of_many_cells_only_some_are_shown_in_full)
{
	enum { COUNT = 1000 };
	struct report_cell *cells = calloc(COUNT, sizeof(*cells));
	struct cell_record *records = calloc(COUNT, sizeof(*records));
	struct report_run run = repeats_of_violation(cells, COUNT);
	char(*names)[16] = calloc(COUNT, sizeof(*names));
	char *page = report_html(&run);

	ck_assert_uint_eq(count_of(page, "<section class=\"cell "), PLACE_FULL_CELL_COUNT_MAX);
	ck_assert_uint_eq(count_of(page, "<details class=\"cell "), COUNT - PLACE_FULL_CELL_COUNT_MAX);
	free(page);
	for (unsigned int i = 0; i < COUNT; i++) {
		snprintf(names[i], sizeof(names[i]), "scenario_%u", i);
		records[i] = samples.records[SAMPLE_VIOLATION];
		records[i].scenario = names[i];
		cells[i].record = &records[i];
	}
	page = report_html(&run);
	ck_assert_uint_eq(count_of(page, "<section class=\"cell "), PAGE_FULL_CELL_COUNT_MAX);
	ck_assert_uint_eq(count_of(page, "<details class=\"cell "), COUNT - PAGE_FULL_CELL_COUNT_MAX);
	free(page);
	free(names);
	free(records);
	free(cells);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("html");
	TCase *tcase = tcase_create("html");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, text_is_escaped_and_markup_is_not);
	tcase_add_loop_test(tcase, duration_has_the_unit_that_fits, 0, 5);
	tcase_add_loop_test(tcase, url_of_a_path_has_no_scheme_and_no_quote, 0, 4);
	tcase_add_test(tcase, image_is_within_the_page);
	tcase_add_loop_test(tcase, link_goes_from_the_page_to_the_folder, 0, 6);
	tcase_add_test(tcase, folder_that_is_gone_is_named_as_it_was);
	tcase_add_test(tcase, log_is_shown_around_the_report_that_is_cited);
	tcase_add_test(tcase, log_without_a_report_shows_its_end_or_the_panic);
	tcase_add_test(tcase, excerpt_of_endless_lines_is_bounded);
	tcase_add_test(tcase, timeline_has_a_row_a_worker_and_a_bar_a_call);
	tcase_add_test(tcase, timeline_keeps_the_order_whatever_the_times_are);
	tcase_add_test(tcase, call_within_another_is_drawn_within_it);
	tcase_add_test(tcase, page_shows_each_verdict_with_a_link_to_its_cell);
	tcase_add_test(tcase, what_is_worst_stands_first);
	tcase_add_test(tcase, violation_of_a_place_stands_before_what_is_not_known);
	tcase_add_test(tcase, known_bug_of_many_kernels_is_a_row);
	tcase_add_test(tcase, page_has_no_markup_of_a_guest);
	tcase_add_test(tcase, what_is_unusual_of_a_kernel_is_said);
	tcase_add_test(tcase, known_bug_is_named_as_one);
	tcase_add_test(tcase, flaky_place_is_called_flaky_with_its_rate);
	tcase_add_test(tcase, two_builds_of_a_release_are_told);
	tcase_add_test(tcase, of_many_cells_only_some_are_shown_in_full);
	suite_add_tcase(suite, tcase);
	return suite;
}
