/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Known bugs: what a scenario expects of some kernels is told by its name, and hides nothing else.
 *
 * The rule exclusive_bind stands for all that tell a call, kernel_log for those that have none to tell.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/judge/rules.h"
#include "tests/judge_fixture.h"

#define KNOWN_LINE 40
#define OTHER_LINE 41

Suite *test_suite(void);

static struct operation_call calls[2] = { { .line = OTHER_LINE }, { .line = KNOWN_LINE } };

/* 6.1 knows a bug of a rule at line 40, which has the label of row 1; row 0 is of line 41. */
static struct expectation *expect_known_bug(const char *rule, int label, const char *name)
{
	struct scenario *scenario = &fixture.scenario;
	struct expectation *expectation = &scenario->expectations[scenario->expectation_count++];

	*expectation = (struct expectation){
		.subject = EXPECT_known_bug,
		.label = label,
		.kernels = { .from = { 6, 1, 0 }, .before = { 6, 2, 0 } },
	};
	snprintf(expectation->rule, sizeof(expectation->rule), "%s", rule);
	snprintf(expectation->name, sizeof(expectation->name), "%s", name);
	return expectation;
}

static void setup(void)
{
	judge_fixture_setup();
	fixture.scenario.groups[0].calls = calls;
	fixture.scenario.groups[0].call_count = 2;
	fixture.scenario.label_count = 2;
	fixture.scenario.labels[0] = (struct label_object){ .name = "other", .call = 0 };
	fixture.scenario.labels[1] = (struct label_object){ .name = "known", .call = 1 };
}

static void add_bind_at(unsigned int worker, int index, uint16_t line, uint64_t call_ns, uint64_t return_ns)
{
	history_builder_add(&fixture.builder, (struct history_call){
						      .worker = worker,
						      .call = RECORDER_CALL_set_fd,
						      .index = index,
						      .file = 10 + worker,
						      .line = line,
						      .call_ns = call_ns,
						      .return_ns = return_ns,
						      .dev = 25,
						      .inode = 100 + worker,
					      });
}

/* Two binds of a device without a release; the second, by which it is seen, from a line. */
static void add_double_bind(int index, uint16_t line, uint64_t from_ns)
{
	add_bind_at(0, index, OTHER_LINE, from_ns, from_ns + 10);
	add_bind_at(1, index, line, from_ns + 20, from_ns + 30);
}

static const struct finding *double_binds(void)
{
	const struct finding *finding = judge_fixture_finding(RULE_exclusive_bind);

	ck_assert_ptr_nonnull(finding);
	return finding;
}

START_TEST(known_bug_is_a_pass_that_names_it)
{
	expect_known_bug("exclusive_bind", 1, "the second bind wins, too");
	/* The model cannot explain it either, and knows no bugs. */
	fixture.evidence.kernel.patch = 99;
	add_double_bind(0, KNOWN_LINE, 1000);
	judge_fixture_finish();
	judge_fixture_judge();
	ck_assert(finding_is_known(double_binds()));
	ck_assert_uint_eq(double_binds()->known_count, 1);
	ck_assert_str_eq(double_binds()->known_name, "the second bind wins, too");
}
END_TEST

START_TEST(same_rule_at_another_line_is_a_violation)
{
	expect_known_bug("exclusive_bind", 1, "a bug");
	add_double_bind(0, KNOWN_LINE, 1000);
	add_double_bind(1, OTHER_LINE, 2000);
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	ck_assert(!finding_is_known(double_binds()));
	ck_assert_uint_eq(double_binds()->count, 2);
	ck_assert_uint_eq(double_binds()->known_count, 1);
	/* The one that is not known is told, although it is the later one. */
	assert_says(double_binds()->text, "loop1");
	assert_says(fixture.judgement.reason, "a bug");
}
END_TEST

START_TEST(known_occurrence_after_an_unknown_one_is_not_told)
{
	expect_known_bug("exclusive_bind", 1, "a bug");
	add_double_bind(0, OTHER_LINE, 2000);
	add_double_bind(1, KNOWN_LINE, 1000);
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	assert_says(double_binds()->text, "loop0");
}
END_TEST

START_TEST(call_without_a_line_is_not_known)
{
	expect_known_bug("exclusive_bind", 1, "a bug");
	calls[1].line = 0;
	add_double_bind(0, 0, 1000);
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	ck_assert_uint_eq(double_binds()->known_count, 0);
	calls[1].line = KNOWN_LINE;
}
END_TEST

START_TEST(another_kernel_has_a_violation)
{
	expect_known_bug("exclusive_bind", 1, "a bug");
	fixture.evidence.kernel.minor = 2;
	add_double_bind(0, KNOWN_LINE, 1000);
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	ck_assert_uint_eq(double_binds()->known_count, 0);
	ck_assert_ptr_null(double_binds()->known_name);
}
END_TEST

START_TEST(another_rule_is_a_violation)
{
	expect_known_bug("identity", 1, "a bug");
	add_double_bind(0, KNOWN_LINE, 1000);
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	ck_assert_uint_eq(double_binds()->known_count, 0);
}
END_TEST

START_TEST(known_bug_that_is_not_found_is_unknown)
{
	expect_known_bug("kernel_log", -1, "an oops");
	judge_fixture_finish();
	assert_verdict(VERDICT_UNKNOWN);
	assert_says(fixture.judgement.reason, "the known bug was not found");
	assert_says(fixture.judgement.reason, "an oops");
	fixture.evidence.kernel.minor = 12;
	assert_verdict(VERDICT_PASS);
}
END_TEST

START_TEST(report_of_the_kernel_log_is_known_without_a_label)
{
	expect_known_bug("kernel_log", -1, "an oops");
	judge_fixture_set_console("[    2.000000] WARNING: CPU: 0 PID: 1 at drivers/block/loop.c:1\n");
	judge_fixture_finish();
	assert_verdict(VERDICT_PASS);
	assert_says(fixture.judgement.reason, "known bug: an oops");
	ck_assert(finding_is_known(judge_fixture_finding(RULE_kernel_log)));
}
END_TEST

START_TEST(report_is_known_by_the_words_that_the_name_quotes)
{
	expect_known_bug("kernel_log", -1, "the \"first words\" of a report");
	judge_fixture_set_console("[    2.000000] WARNING: the first words\n");
	judge_fixture_finish();
	assert_verdict(VERDICT_PASS);
	judge_fixture_set_console("[    2.000000] WARNING: other words\n");
	assert_verdict(VERDICT_VIOLATION);
	judge_fixture_set_console("WARNING: the first words\na\nb\nc\nd\ne\nf\ng\nh\ni\nWARNING: more words\n");
	assert_verdict(VERDICT_VIOLATION);
	assert_says(judge_fixture_finding(RULE_kernel_log)->text, "more words");
	ck_assert_uint_eq(judge_fixture_finding(RULE_kernel_log)->known_count, 1);
}
END_TEST

START_TEST(one_face_of_a_bug_is_enough)
{
	expect_known_bug("kernel_log", -1, "an oops");
	expect_known_bug("liveness", -1, "an oops");
	judge_fixture_set_console("[    2.000000] WARNING: CPU: 0 PID: 1 at drivers/block/loop.c:1\n");
	judge_fixture_finish();
	assert_verdict(VERDICT_PASS);
}
END_TEST

START_TEST(one_known_bug_does_not_stand_for_another)
{
	expect_known_bug("kernel_log", -1, "an oops");
	expect_known_bug("exclusive_bind", 1, "a bug");
	judge_fixture_set_console("[    2.000000] WARNING: CPU: 0 PID: 1 at drivers/block/loop.c:1\n");
	judge_fixture_finish();
	assert_verdict(VERDICT_UNKNOWN);
	assert_says(fixture.judgement.reason, "a bug");
}
END_TEST

START_TEST(known_bug_may_end_the_guest)
{
	expect_known_bug("kernel_log", -1, "a \"NULL pointer\"");
	judge_fixture_set_console("[    2.000000] BUG: kernel NULL pointer dereference\n"
				  "[    2.100000] Kernel panic - not syncing: Fatal exception\n");
	judge_fixture_cut_off(RECORDER_PHASE_run, ENDING_vanished);
	assert_verdict(VERDICT_PASS);
	/* The panic of something else, and a machine that goes without one. */
	judge_fixture_set_console("[    2.000000] kernel BUG at x\n"
				  "[    2.100000] Kernel panic - not syncing: Fatal exception\n");
	assert_verdict(VERDICT_VIOLATION);
	judge_fixture_set_console("[    2.000000] BUG: kernel NULL pointer dereference\n");
	assert_verdict(VERDICT_VIOLATION);
}
END_TEST

START_TEST(stuck_call_is_known_by_its_line)
{
	struct stuck_call stuck = { .call = RECORDER_CALL_set_fd, .duration_ns = 9000000000, .stack = "" };

	expect_known_bug("liveness", 1, "a hang");
	add_bind_at(0, 0, KNOWN_LINE, 1000, 0);
	judge_fixture_finish();
	fixture.evidence.stucks = &stuck;
	fixture.evidence.stuck_count = 1;
	assert_verdict(VERDICT_PASS);
	assert_says(fixture.judgement.reason, "known bug: a hang");
	calls[1].line = OTHER_LINE + 1;
	assert_verdict(VERDICT_VIOLATION);
	calls[1].line = KNOWN_LINE;
}
END_TEST

START_TEST(what_is_told_goes_when_something_unknown_comes)
{
	struct judge_case judge_case = { .evidence = &fixture.evidence };
	struct recorder_record known = { .call_ns = 1000, .line = KNOWN_LINE };
	struct recorder_record unknown = { .call_ns = 2000, .line = OTHER_LINE };
	struct finding finding = { .rule = RULE_data };

	expect_known_bug("data", 1, "a bug");
	ck_assert(finding_occurs(&judge_case, &finding, &known));
	finding.text = strdup("the known one");
	proof_add(&finding, 0, &known);
	ck_assert(!finding_occurs(&judge_case, &finding, &known));
	ck_assert_ptr_nonnull(finding.text);
	ck_assert(finding_occurs(&judge_case, &finding, &unknown));
	ck_assert_ptr_null(finding.text);
	ck_assert_uint_eq(finding.call_count, 0);
	ck_assert(!finding_occurs(&judge_case, &finding, &unknown));
	ck_assert(!finding_occurs(&judge_case, &finding, &known));
	ck_assert(!finding_occurs(&judge_case, &finding, NULL));
	ck_assert_uint_eq(finding.count, 6);
	ck_assert_uint_eq(finding.known_count, 3);
	ck_assert(!finding_is_known(&finding));
}
END_TEST

START_TEST(label_beyond_the_table_hides_nothing)
{
	expect_known_bug("exclusive_bind", 63, "a bug");
	add_double_bind(0, KNOWN_LINE, 1000);
	judge_fixture_finish();
	assert_verdict(VERDICT_VIOLATION);
	ck_assert_uint_eq(double_binds()->known_count, 0);
}
END_TEST

START_TEST(rule_none_knows_nothing)
{
	expect_known_bug("none", -1, "nothing");
	judge_fixture_finish();
	assert_verdict(VERDICT_PASS);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("known bugs");
	TCase *found = tcase_create("found");

	tcase_add_checked_fixture(found, setup, judge_fixture_teardown);
	tcase_add_test(found, known_bug_is_a_pass_that_names_it);
	tcase_add_test(found, same_rule_at_another_line_is_a_violation);
	tcase_add_test(found, known_occurrence_after_an_unknown_one_is_not_told);
	tcase_add_test(found, call_without_a_line_is_not_known);
	tcase_add_test(found, another_kernel_has_a_violation);
	tcase_add_test(found, another_rule_is_a_violation);
	tcase_add_test(found, known_bug_that_is_not_found_is_unknown);
	tcase_add_test(found, report_of_the_kernel_log_is_known_without_a_label);
	tcase_add_test(found, report_is_known_by_the_words_that_the_name_quotes);
	tcase_add_test(found, one_face_of_a_bug_is_enough);
	tcase_add_test(found, one_known_bug_does_not_stand_for_another);
	tcase_add_test(found, known_bug_may_end_the_guest);
	tcase_add_test(found, stuck_call_is_known_by_its_line);
	tcase_add_test(found, what_is_told_goes_when_something_unknown_comes);
	tcase_add_test(found, label_beyond_the_table_hides_nothing);
	tcase_add_test(found, rule_none_knows_nothing);
	suite_add_tcase(suite, found);
	return suite;
}
