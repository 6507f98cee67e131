/* SPDX-License-Identifier: Apache-2.0 */
/* The line of a whole run: what is done, what it said, and how long the rest may take. */
#include "harness/matrix_progress.h"

#include <check.h>

Suite *test_suite(void);

#define SECOND_NS 1000000000ull

static char text[MATRIX_PROGRESS_BYTES];

START_TEST(nothing_is_guessed_before_a_cell_is_done)
{
	const struct matrix_progress progress = { .total_count = 80, .running_count = 2 };

	ck_assert_str_eq(matrix_progress_text(&progress, 100 * SECOND_NS, text), "0/80 cells, 2 running");
}
END_TEST

START_TEST(verdicts_are_told_worst_first)
{
	struct matrix_progress progress = { .total_count = 80, .done_count = 40, .running_count = 2 };

	progress.verdict_counts[VERDICT_PASS] = 37;
	progress.verdict_counts[VERDICT_SKIP] = 2;
	progress.verdict_counts[VERDICT_VIOLATION] = 1;
	ck_assert_str_eq(matrix_progress_text(&progress, 80 * SECOND_NS, text),
			 "40/80 cells, 2 running: 1 VIOLATION, 37 PASS, 2 SKIP, about 80 s left");
}
END_TEST

/* A run that is gone on with has done some before: they took none of our time. */
START_TEST(the_guess_counts_from_our_own_cells)
{
	struct matrix_progress progress = { .total_count = 40, .earlier_count = 20, .done_count = 30 };

	progress.verdict_counts[VERDICT_PASS] = 10;
	ck_assert_str_eq(matrix_progress_text(&progress, 600 * SECOND_NS, text),
			 "30/40 cells, 0 running: 10 PASS, about 10 min left");
	ck_assert_str_eq(matrix_progress_text(&progress, 7200 * SECOND_NS, text),
			 "30/40 cells, 0 running: 10 PASS, about 2.0 h left");
	progress.done_count = 40;
	ck_assert_str_eq(matrix_progress_text(&progress, 600 * SECOND_NS, text), "40/40 cells, 0 running: 10 PASS");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("matrix progress");
	TCase *tcase = tcase_create("matrix progress");

	tcase_add_test(tcase, nothing_is_guessed_before_a_cell_is_done);
	tcase_add_test(tcase, verdicts_are_told_worst_first);
	tcase_add_test(tcase, the_guess_counts_from_our_own_cells);
	suite_add_tcase(suite, tcase);
	return suite;
}
