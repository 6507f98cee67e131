/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for the first bad kernel: it finds every boundary in few steps, steps round what cannot be tested, and is
 * not begun between ends that are not what they should be.
 */
#include "harness/bisect.h"

#include <check.h>
#include <stdint.h>

#define COUNT_MAX 64

Suite *test_suite(void);

/* Kernels from @first_bad on are bad, those whose bit is set in @untestable cannot be tested. */
static unsigned int search(enum bisect_result *results, unsigned int count, unsigned int first_bad, uint64_t untestable)
{
	unsigned int steps = 0;
	unsigned int next;

	for (; (next = bisect_next(results, count)) < count; steps++) {
		ck_assert_int_eq(results[next], BISECT_UNTESTED);
		results[next] = untestable >> next & 1 ? BISECT_SKIP : next < first_bad ? BISECT_GOOD : BISECT_BAD;
	}
	return steps;
}

START_TEST(every_boundary_is_found_in_few_steps)
{
	for (unsigned int count = 2; count <= COUNT_MAX; count++)
		for (unsigned int first_bad = 1; first_bad < count; first_bad++) {
			enum bisect_result results[COUNT_MAX] = { BISECT_UNTESTED };
			unsigned int steps = search(results, count, first_bad, 0);
			struct bisect_range range = bisect_range(results, count);

			ck_assert_int_eq(range.state, BISECT_FOUND);
			ck_assert_uint_eq(range.bad, first_bad);
			ck_assert_uint_eq(range.good, first_bad - 1);
			ck_assert_uint_eq(range.skipped_count, 0);
			/* Two ends, and the logarithm of the rest: 62 kernels between them need 6 tests. */
			ck_assert_uint_le(steps, 2 + 6);
		}
}
END_TEST

START_TEST(ends_are_tested_first)
{
	enum bisect_result results[5] = { BISECT_UNTESTED };

	ck_assert_uint_eq(bisect_next(results, 5), 0);
	results[0] = BISECT_GOOD;
	ck_assert_uint_eq(bisect_next(results, 5), 4);
	results[4] = BISECT_BAD;
	ck_assert_uint_eq(bisect_next(results, 5), 2);
}
END_TEST

START_TEST(steps_that_are_left_are_told)
{
	enum bisect_result results[9] = { BISECT_UNTESTED };

	ck_assert_uint_eq(bisect_range(results, 9).step_count, 2 + 3);
	results[0] = BISECT_GOOD;
	results[8] = BISECT_BAD;
	ck_assert_uint_eq(bisect_range(results, 9).step_count, 3);
	results[4] = BISECT_BAD;
	ck_assert_uint_eq(bisect_range(results, 9).step_count, 2);
}
END_TEST

START_TEST(good_end_that_is_bad_ends_the_search)
{
	enum bisect_result results[3] = { BISECT_BAD };

	ck_assert_int_eq(bisect_range(results, 3).state, BISECT_NOT_GOOD);
	ck_assert_uint_eq(bisect_next(results, 3), 3);
	results[0] = BISECT_SKIP;
	ck_assert_int_eq(bisect_range(results, 3).state, BISECT_NOT_GOOD);
}
END_TEST

START_TEST(bad_end_that_is_good_ends_the_search)
{
	enum bisect_result results[3] = { BISECT_GOOD, BISECT_UNTESTED, BISECT_GOOD };

	ck_assert_int_eq(bisect_range(results, 3).state, BISECT_NOT_BAD);
	ck_assert_uint_eq(bisect_next(results, 3), 3);
	results[2] = BISECT_SKIP;
	ck_assert_int_eq(bisect_range(results, 3).state, BISECT_NOT_BAD);
}
END_TEST

START_TEST(neighbours_are_tested_instead_of_what_cannot_be)
{
	enum bisect_result results[9] = { BISECT_UNTESTED };
	struct bisect_range range;

	/* The middle and both beside it. */
	search(results, 9, 7, 0x38);
	range = bisect_range(results, 9);
	ck_assert_int_eq(range.state, BISECT_FOUND);
	ck_assert_uint_eq(range.good, 6);
	ck_assert_uint_eq(range.bad, 7);
	ck_assert_uint_eq(range.skipped_count, 0);
}
END_TEST

START_TEST(skipped_kernels_at_the_boundary_are_counted)
{
	for (unsigned int first_bad = 3; first_bad <= 6; first_bad++) {
		enum bisect_result results[9] = { BISECT_UNTESTED };
		struct bisect_range range;

		search(results, 9, first_bad, 0x38);
		range = bisect_range(results, 9);
		ck_assert_int_eq(range.state, BISECT_FOUND);
		ck_assert_uint_eq(range.good, 2);
		ck_assert_uint_eq(range.bad, 6);
		ck_assert_uint_eq(range.skipped_count, 3);
	}
}
END_TEST

START_TEST(search_ends_whatever_cannot_be_tested)
{
	for (uint64_t untestable = 0; untestable < 1u << 10; untestable++)
		for (unsigned int first_bad = 1; first_bad < 12; first_bad++) {
			enum bisect_result results[12] = { BISECT_UNTESTED };
			struct bisect_range range;

			search(results, 12, first_bad, untestable << 1);
			range = bisect_range(results, 12);
			ck_assert_int_eq(range.state, BISECT_FOUND);
			ck_assert_uint_lt(range.good, first_bad);
			ck_assert_uint_ge(range.bad, first_bad);
			ck_assert_uint_eq(range.bad - range.good - 1, range.skipped_count);
		}
}
END_TEST

START_TEST(what_is_known_already_is_not_asked_again)
{
	enum bisect_result results[33] = { [0] = BISECT_GOOD, [5] = BISECT_GOOD, [20] = BISECT_BAD, [32] = BISECT_BAD };

	ck_assert_uint_eq(bisect_next(results, 33), 12);
	ck_assert_uint_le(search(results, 33, 11, 0), 4);
	ck_assert_uint_eq(bisect_range(results, 33).bad, 11);
}
END_TEST

START_TEST(one_bad_run_makes_a_kernel_bad)
{
	ck_assert_int_eq(bisect_judge(&(struct bisect_runs){ 5, 4, 1 }), BISECT_BAD);
	ck_assert_int_eq(bisect_judge(&(struct bisect_runs){ 5, 0, 1 }), BISECT_BAD);
}
END_TEST

START_TEST(all_runs_must_be_good_for_a_good_kernel)
{
	ck_assert_int_eq(bisect_judge(&(struct bisect_runs){ 5, 5, 0 }), BISECT_GOOD);
	ck_assert_int_eq(bisect_judge(&(struct bisect_runs){ 5, 4, 0 }), BISECT_SKIP);
	ck_assert_int_eq(bisect_judge(&(struct bisect_runs){ 0, 0, 0 }), BISECT_SKIP);
}
END_TEST

START_TEST(rare_bug_is_missed_by_few_runs)
{
	ck_assert_double_eq_tol(bisect_miss_chance(0.5, 3), 0.125, 1e-12);
	ck_assert_double_eq_tol(bisect_miss_chance(1, 1), 0, 1e-12);
	ck_assert_double_eq_tol(bisect_miss_chance(0.2, 10), 0.1073741824, 1e-12);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("bisect");
	TCase *tcase = tcase_create("bisect");

	tcase_add_test(tcase, every_boundary_is_found_in_few_steps);
	tcase_add_test(tcase, ends_are_tested_first);
	tcase_add_test(tcase, steps_that_are_left_are_told);
	tcase_add_test(tcase, good_end_that_is_bad_ends_the_search);
	tcase_add_test(tcase, bad_end_that_is_good_ends_the_search);
	tcase_add_test(tcase, neighbours_are_tested_instead_of_what_cannot_be);
	tcase_add_test(tcase, skipped_kernels_at_the_boundary_are_counted);
	tcase_add_test(tcase, search_ends_whatever_cannot_be_tested);
	tcase_add_test(tcase, what_is_known_already_is_not_asked_again);
	tcase_add_test(tcase, one_bad_run_makes_a_kernel_bad);
	tcase_add_test(tcase, all_runs_must_be_good_for_a_good_kernel);
	tcase_add_test(tcase, rare_bug_is_missed_by_few_runs);
	suite_add_tcase(suite, tcase);
	return suite;
}
