/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix files: every good form is understood, every bad one gets one line that says where and what would be right. */
#include "harness/scenario/matrix_file.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_suite(void);

static struct matrix_file matrix;
static struct scenario_error error;

static int parse(const char *text)
{
	error.text[0] = '\0';
	return matrix_file_parse(text, strlen(text), "x.matrix", &matrix, &error);
}

START_TEST(a_file_may_say_everything)
{
	ck_assert_msg(parse("; by night\n[matrix]\nsummary = all of it ; really\nkernels = 6.1, 6.12\n\n   "
			    "~/linux\nscenarios =\n"
			    "  a\n  b.scenario\nrepeat = 3\nduration = 2s\ntimeout = 90s\nbudget = 6h\njobs = 2\nseed "
			    "= 0x10\n") == 0,
		      "%s", error.text);
	ck_assert_str_eq(matrix.summary, "all of it");
	ck_assert_uint_eq(matrix.kernels.count, 3);
	ck_assert_str_eq(matrix.kernels.texts[0], "6.1");
	ck_assert_str_eq(matrix.kernels.texts[2], "~/linux");
	ck_assert_uint_eq(matrix.scenarios.count, 2);
	ck_assert_str_eq(matrix.scenarios.texts[1], "b.scenario");
	ck_assert(!matrix.has_all_scenarios);
	ck_assert_uint_eq(matrix.repeat_count, 3);
	ck_assert_uint_eq(matrix.duration_ns, 2000000000);
	ck_assert_uint_eq(matrix.timeout_ns, 90000000000);
	ck_assert_uint_eq(matrix.budget_ns, 6 * 3600000000000);
	ck_assert_uint_eq(matrix.job_count, 2);
	ck_assert(matrix.has_seed);
	ck_assert_uint_eq(matrix.seed, 16);
	matrix_file_fini(&matrix);
}
END_TEST

START_TEST(times_have_their_limits_and_a_seed_may_be_decimal)
{
	ck_assert_msg(parse("[matrix]\n  scenarios = a\nduration = 1ms\ntimeout = 1s\nbudget = 1s\nseed = 10\n") == 0,
		      "%s", error.text);
	ck_assert_uint_eq(matrix.duration_ns, 1000000);
	ck_assert_uint_eq(matrix.timeout_ns, 1000000000);
	ck_assert_uint_eq(matrix.budget_ns, 1000000000);
	ck_assert_uint_eq(matrix.seed, 10);
	matrix_file_fini(&matrix);
	ck_assert_msg(parse("[matrix]\nscenarios = a\nduration = 720h\ntimeout = 1440h\nbudget = 1440h\n") == 0, "%s",
		      error.text);
	ck_assert_uint_eq(matrix.duration_ns, 720 * 3600000000000);
	ck_assert_uint_eq(matrix.timeout_ns, 1440 * 3600000000000);
	ck_assert_uint_eq(matrix.budget_ns, 1440 * 3600000000000);
	matrix_file_fini(&matrix);
}
END_TEST

START_TEST(a_file_need_not_say_more_than_scenarios)
{
	ck_assert_msg(parse("\xef\xbb\xbf[matrix]\nscenarios=all") == 0, "%s", error.text);
	ck_assert(matrix.has_all_scenarios);
	ck_assert_uint_eq(matrix.kernels.count, 0);
	ck_assert(matrix.repeat_count == 0 && matrix.duration_ns == 0 && matrix.budget_ns == 0 && !matrix.has_seed);
	ck_assert_ptr_null(matrix.summary);
	matrix_file_fini(&matrix);
}
END_TEST

static const struct bad_file {
	const char *text;
	const char *message;
} bad_files[] = {
	{ "", "x.matrix:1: there is nothing in the file; begin with [matrix]" },
	{ "kernels = 6.1\n", "x.matrix:1:1: a line before the first section; begin with [matrix]" },
	{ "[scenario]\n", "x.matrix:1:1: '[scenario]': a matrix file has one section; write [matrix]" },
	{ "[matrix] x\n", "x.matrix:1:1: '[matrix] x': a matrix file has one section; write [matrix]" },
	{ "[matrix]\n[matrix]\n", "x.matrix:2: [matrix] is here twice, first in line 1; put its keys together" },
	{ "[matrix]\nkernels = 6.1\n", "x.matrix:1: [matrix] names no scenarios; add scenarios = all, or their names" },
	{ "[matrix]\nscenarios = a\nkernels = ,\n",
	  "x.matrix:3: 'kernels' names nothing; name something or leave it out" },
	{ "[matrix]\nscenarios =\n", "x.matrix:2: 'scenarios' names nothing; name something or leave it out" },
	{ "[matrix]\nscenarios = a all\n", "x.matrix:2:13: 'all' and others; write all, or the others" },
	{ "[matrix]\nscenarios\n", "x.matrix:2:1: no '=' in this line; write key = value" },
	{ "[matrix]\n= a\n", "x.matrix:2:1: no key before '='; write key = value" },
	{ "[matrix]\nscenario = a\n", "x.matrix:2:1: unknown key 'scenario'" },
	{ "[matrix]\nrepeat = 1\nrepeat = 2\n",
	  "x.matrix:3:1: key 'repeat' is given twice, first in line 2; keep one" },
	{ "[matrix]\nrepeat =\n", "x.matrix:2:1: key 'repeat' has no value; write one or leave the key out" },
	{ "[matrix]\nrepeat = x\n", "x.matrix:2:10: 'x' is no number; write a whole number from 1 to 100000" },
	{ "[matrix]\nrepeat = 0\n", "x.matrix:2:10: 0 is out of range; from 1 to 100000" },
	{ "[matrix]\njobs = 1025\n", "x.matrix:2:8: 1025 is out of range; from 1 to 1024" },
	{ "[matrix]\nrepeat = 2\n  3\n",
	  "x.matrix:3:3: an indented line goes on with the key before it, but 'repeat'" },
	{ "[matrix]\nduration = 5\n", "x.matrix:2:12: " },
	{ "[matrix]\nduration = 1us\n", "x.matrix:2:12: 1us is out of range; from 1ms to 720h" },
	{ "[matrix]\nduration = 721h\n", "x.matrix:2:12: 721h is out of range; from 1ms to 720h" },
	{ "[matrix]\ntimeout = 1441h\n", "x.matrix:2:11: 1441h is out of range; from 1s to 1440h" },
	{ "[matrix]\nbudget = 999ms\n", "x.matrix:2:10: 999ms is out of range; from 1s to 1440h" },
	{ "[matrix]\ntimeout = 999ms\n", "x.matrix:2:11: 999ms is out of range; from 1s to 1440h" },
	{ "[matrix]\nbudget = 9999h\n", "x.matrix:2:10: 9999h is out of range; from 1s to 1440h" },
	{ "[matrix]\nseed = zz\n", "x.matrix:2:8: 'zz' is no seed; write 0 to " },
	{ "[matrix]\nscenarios = \x01\n", "x.matrix:2:13: " },
};

START_TEST(a_bad_file_gets_one_line_that_names_the_place)
{
	matrix.summary = (char[]){ "untouched" };
	ck_assert_int_eq(parse(bad_files[_i].text), -EINVAL);
	ck_assert_msg(strncmp(error.text, bad_files[_i].message, strlen(bad_files[_i].message)) == 0, "%s", error.text);
	ck_assert_ptr_null(strchr(error.text, '\n'));
	ck_assert_str_eq(matrix.summary, "untouched");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("matrix file");
	TCase *tcase = tcase_create("matrix file");

	tcase_add_test(tcase, a_file_may_say_everything);
	tcase_add_test(tcase, times_have_their_limits_and_a_seed_may_be_decimal);
	tcase_add_test(tcase, a_file_need_not_say_more_than_scenarios);
	tcase_add_loop_test(tcase, a_bad_file_gets_one_line_that_names_the_place, 0,
			    sizeof(bad_files) / sizeof(bad_files[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}
