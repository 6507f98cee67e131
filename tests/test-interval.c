/* SPDX-License-Identifier: Apache-2.0 */
/* The interval of a rate.  The numbers were computed in exact fractions, by bisection on the sums of binomial terms. */
#include <check.h>
#include <math.h>

#include "harness/stats/interval.h"

static const struct {
	uint64_t hit_count, try_count;
	double low, high;
} known[] = {
	{ 0, 0, 0, 1 },
	{ 0, 10, 0, 0.308497108 },
	{ 1, 2, 0.012579117, 0.987420883 },
	{ 2, 10, 0.025210726, 0.556095462 },
	{ 5, 10, 0.187086028, 0.812913972 },
	{ 10, 10, 0.691502892, 1 },
	{ 11, 10, 0.691502892, 1 },
	{ 1, 100, 0.000253146, 0.054459385 },
	{ 37, 100, 0.275566580, 0.472351641 },
};

START_TEST(interval_is_that_of_clopper_and_pearson)
{
	struct interval interval = interval_of_rate(known[_i].hit_count, known[_i].try_count);

	ck_assert_double_eq_tol(interval.low, known[_i].low, 1e-9);
	ck_assert_double_eq_tol(interval.high, known[_i].high, 1e-9);
}
END_TEST

START_TEST(interval_holds_the_rate_and_mirrors)
{
	for (uint64_t tries = 1; tries < 60; tries++) {
		for (uint64_t hits = 0; hits <= tries; hits++) {
			struct interval interval = interval_of_rate(hits, tries);
			struct interval mirror = interval_of_rate(tries - hits, tries);
			double rate = (double)hits / (double)tries;

			ck_assert_double_le(interval.low, rate);
			ck_assert_double_ge(interval.high, rate);
			ck_assert_double_eq_tol(interval.low, 1 - mirror.high, 1e-12);
		}
	}
}
END_TEST

START_TEST(interval_of_many_is_the_normal_one)
{
	struct interval interval = interval_of_rate(1000000, 2000000);
	double half = 1.959964 * sqrt(0.25 / 2e6);

	ck_assert_double_eq_tol(interval.low, 0.5 - half, 1e-6);
	ck_assert_double_eq_tol(interval.high, 0.5 + half, 1e-6);
	interval = interval_of_rate(1, UINT64_MAX);
	ck_assert_double_ge(interval.low, 0);
	ck_assert_double_le(interval.high, 1e-18);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("interval");
	TCase *tcase = tcase_create("rate");

	tcase_add_loop_test(tcase, interval_is_that_of_clopper_and_pearson, 0, (int)(sizeof(known) / sizeof(known[0])));
	tcase_add_test(tcase, interval_holds_the_rate_and_mirrors);
	tcase_add_test(tcase, interval_of_many_is_the_normal_one);
	suite_add_tcase(suite, tcase);
	return suite;
}
