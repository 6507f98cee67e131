/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --strict: known bugs are taken out, all else stays as it is, to the byte.
 */
#include "harness/scenario/strict.h"

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/scenario/scenario.h"

Suite *test_suite(void);

static void check_strict(const char *text, const char *expected)
{
	char *strict = NULL;
	size_t bytes = 0;

	ck_assert_int_eq(scenario_make_strict(text, strlen(text), &strict, &bytes), 0);
	ck_assert_str_eq(strict, expected);
	ck_assert_uint_eq(bytes, strlen(expected));
	free(strict);
}

START_TEST(known_bug_becomes_none)
{
	check_strict("[expect]\nknown_bug = data: x\ngave_up = any\n",
		     "[expect]\nknown_bug = none ; --strict: known_bug = data: x\ngave_up = any\n");
	check_strict("known_bug\t : none", "known_bug = none ; --strict: known_bug\t : none");
}
END_TEST

START_TEST(second_known_bug_of_a_section_becomes_a_comment)
{
	check_strict("known_bug = a: x\nknown_bug = b: y\n[expect kernel = 5.10]\nknown_bug = a: x\n",
		     "known_bug = none ; --strict: known_bug = a: x\n# --strict: known_bug = b: y\n"
		     "[expect kernel = 5.10]\nknown_bug = none ; --strict: known_bug = a: x\n");
}
END_TEST

START_TEST(line_that_continues_becomes_a_comment)
{
	check_strict("known_bug = data:\n  x\n\ty\n\n z\ngave_up = any\n",
		     "known_bug = none ; --strict: known_bug = data:\n# --strict:   x\n# --strict: \ty\n\n z\ngave_up "
		     "= any\n");
}
END_TEST

START_TEST(all_else_stays)
{
	static const char *const texts[] = {
		"",
		"\n\n",
		"known_bugs = 3\n",
		"# known_bug = data: x\n",
		"program =\n\tknown_bug\n  known_bug = 3\n",
		"known_bug",
		"violation = data",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check_strict(texts[i], texts[i]);
}
END_TEST

static void check_file(const char *path)
{
	static char text[1 << 16];
	struct scenario_error error = { "" };
	struct scenario *scenario = NULL;
	FILE *file = fopen(path, "r");
	char *strict = NULL;
	size_t bytes;

	ck_assert_ptr_nonnull(file);
	bytes = fread(text, 1, sizeof(text), file);
	fclose(file);
	ck_assert_int_eq(scenario_make_strict(text, bytes, &strict, &bytes), 0);
	ck_assert_msg(scenario_parse(strict, bytes, path, &scenario, &error) == 0, "%s", error.text);
	for (unsigned int i = 0; i < scenario->expectation_count; i++)
		ck_assert(scenario->expectations[i].subject != EXPECT_known_bug || !scenario->expectations[i].name[0]);
	scenario_free(scenario);
	free(strict);
}

START_TEST(shipped_known_bugs_are_sound_scenarios_without_them)
{
	const char *root = getenv("LOOPRACE_SOURCE_ROOT");
	char pattern[4096];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/scenarios/known_bugs/*.scenario", root ? root : ".");
	ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_file(found.gl_pathv[i]);
	globfree(&found);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("strict");
	TCase *tcase = tcase_create("strict");

	tcase_add_test(tcase, known_bug_becomes_none);
	tcase_add_test(tcase, second_known_bug_of_a_section_becomes_a_comment);
	tcase_add_test(tcase, line_that_continues_becomes_a_comment);
	tcase_add_test(tcase, all_else_stays);
	tcase_add_test(tcase, shipped_known_bugs_are_sound_scenarios_without_them);
	suite_add_tcase(suite, tcase);
	return suite;
}
