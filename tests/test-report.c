/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of the made-up run of report_samples.h.  What other programs say of them is asked in tests/report. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/checks.h"
#include "harness/report/json.h"
#include "harness/report/text.h"
#include "tests/report_folder.h"

Suite *test_suite(void);

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- text --- */

START_TEST(bytes_that_are_no_utf8_are_escaped)
{
	static const struct {
		const char *text;
		const char *wanted;
	} cases[] = {
		{ "plain \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", "plain \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "\xff", "\\xff" },
		{ "cut \xe2\x82", "cut \\xe2\\x82" },
		{ "overlong \xc0\xaf", "overlong \\xc0\\xaf" },
		{ "overlong \xe0\x80\xaf", "overlong \\xe0\\x80\\xaf" },
		{ "surrogate \xed\xa0\x80", "surrogate \\xed\\xa0\\x80" },
		{ "too high \xf4\x90\x80\x80", "too high \\xf4\\x90\\x80\\x80" },
		{ "control \033[31m", "control \033[31m" },
	};
	char *text = text_to_utf8(cases[_i].text);

	ck_assert_str_eq(text, cases[_i].wanted);
	ck_assert_int_eq(text_is_utf8(cases[_i].text), strcmp(cases[_i].text, cases[_i].wanted) == 0);
	free(text);
}
END_TEST

/* --- reports --- */

START_TEST(the_worst_verdict_is_the_runs)
{
	static const struct {
		enum verdict verdicts[3];
		enum verdict wanted;
	} cases[] = {
		{ { VERDICT_PASS, VERDICT_SKIP, VERDICT_SKIP }, VERDICT_PASS },
		{ { VERDICT_SKIP, VERDICT_SKIP, VERDICT_SKIP }, VERDICT_SKIP },
		{ { VERDICT_SKIP, VERDICT_UNKNOWN, VERDICT_PASS }, VERDICT_UNKNOWN },
		{ { VERDICT_BROKEN, VERDICT_UNKNOWN, VERDICT_PASS }, VERDICT_BROKEN },
		{ { VERDICT_PASS, VERDICT_VIOLATION, VERDICT_BROKEN }, VERDICT_VIOLATION },
	};

	for (unsigned int i = 0; i < 3; i++)
		samples.judgements[i].verdict = cases[_i].verdicts[i];
	ck_assert_int_eq(report_worst_verdict(samples.cells, 3), cases[_i].wanted);
	ck_assert_int_eq(report_worst_verdict(NULL, 0), VERDICT_BROKEN);
}
END_TEST

START_TEST(the_worst_check_of_a_cell_is_its_verdict)
{
	for (unsigned int i = 0; i < SAMPLE_COUNT; i++) {
		enum verdict worst = VERDICT_SKIP;
		struct check checks[CHECK_COUNT];

		checks_of(&samples.cells[i], checks);
		for (unsigned int c = 0; c < CHECK_COUNT; c++)
			worst = checks[c].verdict > worst ? checks[c].verdict : worst;
		ck_assert_msg(worst == samples.judgements[i].verdict, "sample %u: %s", i, verdict_name(worst));
	}
}
END_TEST

START_TEST(a_violation_that_no_rule_claims_fails_the_run_check)
{
	struct check checks[CHECK_COUNT];

	/* The scenario planted a fault, and nobody found it. */
	samples.judgements[SAMPLE_PASS].verdict = VERDICT_VIOLATION;
	checks_of(&samples.cells[SAMPLE_PASS], checks);
	ck_assert_str_eq(checks[0].name, "run");
	ck_assert_int_eq(checks[0].verdict, VERDICT_VIOLATION);
}
END_TEST

START_TEST(a_planted_violation_that_was_found_is_a_rule_that_passed)
{
	struct check checks[CHECK_COUNT];

	/* Found, but something else is wrong. */
	samples.judgements[SAMPLE_EXPECTED].verdict = VERDICT_UNKNOWN;
	checks_of(&samples.cells[SAMPLE_EXPECTED], checks);
	ck_assert_int_eq(checks[0].verdict, VERDICT_UNKNOWN);
	ck_assert_int_eq(checks[1 + RULE_identity].verdict, VERDICT_PASS);
}
END_TEST

static json_t *parse(char *text)
{
	json_error_t json_error;
	json_t *root = text ? json_loads(text, JSON_REJECT_DUPLICATES, &json_error) : NULL;

	ck_assert_msg(root != NULL, "%s", text ? json_error.text : "no memory");
	free(text);
	return root;
}

START_TEST(an_errno_has_a_name_whatever_its_sign)
{
	static const struct {
		int error;
		const char *text;
	} cases[] = { { EBUSY, "EBUSY" }, { -EBUSY, "EBUSY" }, { 4000, "4000" }, { INT32_MIN, "2147483648" } };
	json_t *name = json_errno(cases[_i].error);

	ck_assert_str_eq(json_string_value(name), cases[_i].text);
	json_decref(name);
	name = json_errno(0);
	ck_assert(json_is_null(name));
	json_decref(name);
}
END_TEST

START_TEST(a_number_too_great_for_json_is_the_greatest)
{
	json_t *root;

	samples.judgements[SAMPLE_PASS].counts.run_ns = UINT64_MAX;
	root = parse(report_cell_json(&samples.cells[SAMPLE_PASS]));
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(root, "counts"), "run_ns")), INT64_MAX);
	json_decref(root);
}
END_TEST

/*
 * KTAP from the line at *text on, of one depth: version, plan, results in order, and subtests before their result.
 * Returns how many results failed.
 */
static unsigned int check_ktap(const char **text, unsigned int depth)
{
	unsigned int planned_count, number = 0, failed_count = 0, failed_below_count = 0;
	const char *indented;
	char name[64];
	int used;

	ck_assert_int_eq(strncmp(*text + 2 * depth, "KTAP version 1\n", 15), 0);
	*text = strchr(*text, '\n') + 1;
	while (sscanf(*text + 2 * depth, "# Subtest: %63[^\n]%n", name, &used) == 1)
		*text = strchr(*text, '\n') + 1;
	ck_assert_int_eq(sscanf(*text + 2 * depth, "1..%u\n", &planned_count), 1);
	*text = strchr(*text, '\n') + 1;
	while (**text && strspn(*text, " ") >= 2 * depth) {
		bool has_failed;

		indented = *text + 2 * depth;
		if (*indented == ' ') {
			failed_below_count += check_ktap(text, depth + 1);
			continue;
		}
		if (*indented == '#') {
			*text = strchr(*text, '\n') + 1;
			continue;
		}
		has_failed = strncmp(indented, "not ", 4) == 0;
		indented += has_failed ? 4 : 0;
		ck_assert_msg(strncmp(indented, "ok ", 3) == 0, "%.60s", *text);
		ck_assert_uint_eq(strtoul(indented + 3, NULL, 10), ++number);
		failed_count += has_failed;
		/* A parent fails when one of its children does. */
		ck_assert_msg(has_failed || failed_below_count == 0, "%.60s", *text);
		failed_below_count = 0;
		*text = strchr(*text, '\n') + 1;
	}
	ck_assert_uint_eq(number, planned_count);
	return failed_count;
}

START_TEST(ktap_is_sound)
{
	char *text = report_ktap(&samples.run);
	const char *next = text;

	/* Two of the three kernels have a cell that is no pass. */
	ck_assert_uint_eq(check_ktap(&next, 0), 2);
	ck_assert_str_eq(next, "");
	ck_assert_ptr_nonnull(strstr(text, "    not ok 2 exclusive_bind\n"));
	ck_assert_ptr_nonnull(strstr(text, "    not ok 1 run # ERROR UNKNOWN: the window was not hit: 0 lost tries\n"));
	ck_assert_ptr_nonnull(strstr(text, "    ok 1 run # SKIP needs LOOP_CONFIGURE (v5.8) \\x23 and says so\n"));
	ck_assert_ptr_nonnull(strstr(text, "  ok 4 known_race\n"));
	free(text);
}
END_TEST

START_TEST(junit_holds_no_markup_of_a_guest)
{
	char *text = report_junit(&samples.run);

	ck_assert_ptr_null(strstr(text, "<b>"));
	ck_assert_ptr_null(strstr(text, "]]>"));
	ck_assert(text_is_utf8(text));
	for (const char *c = text; *c; c++)
		ck_assert_msg((unsigned char)*c >= 0x20 || *c == '\n', "\\x%02x", (unsigned char)*c);
	ck_assert_ptr_nonnull(
		strstr(text, "classname=\"6.1.0-56-cloud-amd64.get_free_burst\" name=\"exclusive_bind\""));
	ck_assert_ptr_nonnull(strstr(text, "<testsuites name=\"looprace\" tests=\"96\" failures=\"1\" errors=\"2\""));
	ck_assert_ptr_nonnull(strstr(text, "<skipped>needs LOOP_CONFIGURE (v5.8) # and says so</skipped>"));
	ck_assert_ptr_nonnull(strstr(text, "<error type=\"BROKEN\" message=\"the emulator was killed: signal 9\">"));
	free(text);
}
END_TEST

START_TEST(junit_tells_in_the_text_of_a_failure_all_that_its_reader_needs)
{
	struct finding *finding = samples.judgements[SAMPLE_VIOLATION].findings;
	char *text;

	free(finding->text);
	finding->text = strdup("loop3 was bound twice (4.5 s).  The kernel should have refused.");
	cell_record_set(&samples.records[SAMPLE_VIOLATION].command_line, "looprace run x --seed 7");
	text = report_junit(&samples.run);
	ck_assert_ptr_nonnull(strstr(text,
				     "<failure type=\"VIOLATION\" message=\"loop3 was bound twice (4.5 s)\">loop3 was "
				     "bound twice (4.5 s).  The kernel should have refused.\n+0.2"));
	ck_assert_ptr_nonnull(strstr(text, "\nevidence: kernel/scenario\nrepeat: looprace run x --seed 7</failure>"));
	/* Of what passed nobody asks. */
	ck_assert_ptr_null(strstr(text, "</skipped>\nevidence"));
	free(text);
	free(finding->text);
	finding->text = malloc(602);
	ck_assert_ptr_nonnull(finding->text);
	finding->text[0] = 'x';
	for (unsigned int i = 0; i < 300; i++)
		memcpy(finding->text + 1 + 2 * i, "\xc3\xa4", 2);
	finding->text[601] = '\0';
	text = report_junit(&samples.run);
	ck_assert_ptr_nonnull(strstr(text, "\xc3\xa4...\">x\xc3\xa4"));
	ck_assert_ptr_null(strstr(text, "\\xc3...\">"));
	free(text);
}
END_TEST

static char *summary(bool has_color)
{
	char *text;
	size_t text_bytes;
	FILE *stream = open_memstream(&text, &text_bytes);

	report_print_summary(stream, &samples.run, has_color);
	ck_assert_int_eq(fclose(stream), 0);
	return text;
}

START_TEST(the_summary_says_what_to_do_next)
{
	char *text = summary(false);

	ck_assert_ptr_nonnull(strstr(text, "VIOLATION  6.1.0-56-cloud-amd64  get_free_burst\n"));
	ck_assert_ptr_nonnull(strstr(text, "24766 tries lost (61.9 %)"));
	ck_assert_ptr_nonnull(strstr(text, "worker 0  LOOP_CONFIGURE(loop3) = -16 EBUSY"));
	ck_assert_ptr_nonnull(
		strstr(text, "  repeat   looprace run get_free_race --kernel 6.1 --seed 0xfedcba9876543210\n"));
	ck_assert_ptr_nonnull(strstr(text, "  evidence results/20261123T123456Z-42/kernel/scenario\n"));
	ck_assert_ptr_nonnull(strstr(text, "VIOLATION  6 cells: 1 VIOLATION 1 BROKEN 1 UNKNOWN 2 PASS 1 SKIP\n"));
	ck_assert_ptr_null(strchr(text, '\033'));
	free(text);
}
END_TEST

/* The planted violation as a known bug instead: all of it, or all but one occurrence. */
static struct finding *make_known(uint64_t known_count)
{
	struct finding *finding = &samples.judgements[SAMPLE_EXPECTED].findings[0];

	finding->is_expected = false;
	finding->known_count = known_count;
	finding->known_name = "a <known> bug";
	return finding;
}

START_TEST(a_known_bug_is_a_rule_that_passed_and_is_told_by_its_name)
{
	struct finding *finding = make_known(17);
	struct check checks[CHECK_COUNT];
	json_t *root;
	char *text;

	checks_of(&samples.cells[SAMPLE_EXPECTED], checks);
	ck_assert_int_eq(checks[0].verdict, VERDICT_PASS);
	ck_assert_int_eq(checks[1 + finding->rule].verdict, VERDICT_PASS);
	text = summary(false);
	ck_assert_ptr_nonnull(strstr(text, "known bug  known_race: a <known> bug (6.1.0)\n"));
	free(text);
	samples.run.cells = &samples.cells[SAMPLE_EXPECTED];
	samples.run.cell_count = 1;
	text = summary(false);
	ck_assert_ptr_nonnull(strstr(text, "identity (known bug: a <known> bug), 17 times; the first:"));
	free(text);
	text = report_ktap(&samples.run);
	ck_assert_ptr_nonnull(strstr(text, "# known bug: a <known> bug\n"));
	free(text);
	text = report_junit(&samples.run);
	ck_assert_ptr_nonnull(strstr(text, "<system-out>known bug: a &lt;known&gt; bug\n"));
	free(text);
	root = parse(report_cell_json(&samples.cells[SAMPLE_EXPECTED]));
	ck_assert_str_eq(
		json_string_value(json_object_get(json_array_get(json_object_get(root, "findings"), 0), "known_bug")),
		"a <known> bug");
	json_decref(root);
}
END_TEST

START_TEST(a_known_bug_does_not_hide_what_is_more)
{
	struct finding *finding = make_known(16);
	struct check checks[CHECK_COUNT];
	char *text;

	samples.judgements[SAMPLE_EXPECTED].verdict = VERDICT_VIOLATION;
	checks_of(&samples.cells[SAMPLE_EXPECTED], checks);
	ck_assert_int_eq(checks[1 + finding->rule].verdict, VERDICT_VIOLATION);
	text = summary(false);
	ck_assert_ptr_null(strstr(text, "(known bug"));
	ck_assert_ptr_nonnull(strstr(text, "17 times, known bugs included; the first:"));
	free(text);
}
END_TEST

START_TEST(the_summary_tells_what_is_unusual_of_the_kernel)
{
	char *text;

	ck_assert_int_eq(cell_record_set(&samples.records[SAMPLE_UNKNOWN].kernel.taint, "W"), 0);
	text = summary(false);
	ck_assert_ptr_nonnull(strstr(text, "\n  kernel   tainted from the start (W): a warning\n"));
	free(text);
}
END_TEST

START_TEST(the_summary_tells_the_machine_even_when_qemu_is_unknown)
{
	char *text;

	ck_assert_int_eq(cell_record_set(&samples.records[SAMPLE_UNKNOWN].qemu.version, NULL), 0);
	text = summary(false);
	ck_assert_ptr_nonnull(strstr(text, "  machine  tcg, 2 CPUs, 512 MiB, QEMU 7.2.22\n"));
	ck_assert_ptr_nonnull(strstr(text, "  machine  tcg, 2 CPUs, 512 MiB, QEMU ?\n"));
	free(text);
}
END_TEST

START_TEST(the_summary_has_colors_when_asked)
{
	char *text = summary(true);

	ck_assert_ptr_nonnull(strstr(text, "\033[1;31mVIOLATION\033[0m  6.1"));
	ck_assert_ptr_nonnull(strstr(text, "\\x1b[31m<b>"));
	free(text);
}
END_TEST

START_TEST(the_summary_fits_the_terminal)
{
	char *text;

	free(samples.judgements[SAMPLE_PASS].reason);
	samples.judgements[SAMPLE_PASS].reason = strdup(
		"a long reason with so many words that it cannot stand in one line of a terminal, and then again: "
		"a long reason with so many words that it cannot stand in one line of a terminal, and so on");
	samples.run.cell_count = 1;
	text = summary(false);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_msg(strlen(line) <= 100, "%zu: %s", strlen(line), line);
	free(text);
}
END_TEST

START_TEST(all_reports_are_written)
{
	static const char *const names[] = { "run.json", "verdict.json", "report.ktap", "report.junit.xml",
					     "report.kcidb.json" };

	ck_assert_int_eq(report_write(folder, &samples.run, &error), 0);
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		ck_assert_msg(exists(names[i]), "%s", names[i]);
	ck_assert_int_eq(report_write(in("nowhere"), &samples.run, &error), -ENOENT);
	assert_message("/nowhere/run.json: cannot be written: No such file");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("report");
	TCase *tcase = folder_add_case(suite, "text");

	tcase_add_loop_test(tcase, bytes_that_are_no_utf8_are_escaped, 0, 8);

	tcase = folder_add_case(suite, "reports");
	tcase_add_loop_test(tcase, the_worst_verdict_is_the_runs, 0, 5);
	tcase_add_test(tcase, the_worst_check_of_a_cell_is_its_verdict);
	tcase_add_test(tcase, a_violation_that_no_rule_claims_fails_the_run_check);
	tcase_add_test(tcase, a_planted_violation_that_was_found_is_a_rule_that_passed);
	tcase_add_test(tcase, a_known_bug_is_a_rule_that_passed_and_is_told_by_its_name);
	tcase_add_test(tcase, a_known_bug_does_not_hide_what_is_more);
	tcase_add_loop_test(tcase, an_errno_has_a_name_whatever_its_sign, 0, 4);
	tcase_add_test(tcase, a_number_too_great_for_json_is_the_greatest);
	tcase_add_test(tcase, ktap_is_sound);
	tcase_add_test(tcase, junit_holds_no_markup_of_a_guest);
	tcase_add_test(tcase, junit_tells_in_the_text_of_a_failure_all_that_its_reader_needs);
	tcase_add_test(tcase, the_summary_says_what_to_do_next);
	tcase_add_test(tcase, the_summary_tells_the_machine_even_when_qemu_is_unknown);
	tcase_add_test(tcase, the_summary_tells_what_is_unusual_of_the_kernel);
	tcase_add_test(tcase, the_summary_has_colors_when_asked);
	tcase_add_test(tcase, the_summary_fits_the_terminal);
	tcase_add_test(tcase, all_reports_are_written);
	return suite;
}
