/* SPDX-License-Identifier: Apache-2.0 */
/* Bins of times: where they begin, what they add up to, and what a percentile of them is. */
#include <check.h>

#include "harness/stats/histogram.h"

Suite *test_suite(void);

static const struct {
	uint64_t ns, begin_ns, next_ns;
} places[] = {
	{ 0, 0, 1024 },
	{ 1023, 0, 1024 },
	{ 1024, 1024, 1280 },
	{ 1279, 1024, 1280 },
	{ 1280, 1280, 1536 },
	{ 2047, 1792, 2048 },
	{ 1000000, 917504, 1048576 },
	{ (UINT64_C(1) << 36) - 1, UINT64_C(7) << 33, UINT64_C(1) << 36 },
};

START_TEST(time_lies_between_the_begin_of_its_bin_and_of_the_next)
{
	unsigned int bin = histogram_bin(places[_i].ns);

	ck_assert_uint_eq(histogram_bin_begin(bin), places[_i].begin_ns);
	ck_assert_uint_eq(histogram_bin_begin(bin + 1), places[_i].next_ns);
}
END_TEST

START_TEST(bins_follow_one_another_to_the_last)
{
	for (unsigned int bin = 0; bin < HISTOGRAM_BIN_COUNT; bin++) {
		ck_assert_uint_eq(histogram_bin(histogram_bin_begin(bin)), bin);
		if (bin > 0)
			ck_assert_uint_eq(histogram_bin(histogram_bin_begin(bin) - 1), bin - 1);
	}
	ck_assert_uint_eq(histogram_bin(UINT64_MAX), HISTOGRAM_BIN_COUNT - 1);
}
END_TEST

START_TEST(percentile_is_where_the_bin_of_its_rank_ends)
{
	struct histogram histogram = { { 0 } };

	ck_assert_uint_eq(histogram_percentile(&histogram, 50), 0);
	histogram.counts[histogram_bin(1100)] = 1;
	histogram.counts[histogram_bin(5000)] = 98;
	ck_assert_uint_eq(histogram_percentile(&histogram, 1), 1280);
	ck_assert_uint_eq(histogram_percentile(&histogram, 2), 5120);
	ck_assert_uint_eq(histogram_percentile(&histogram, 100), 5120);
	histogram.counts[histogram_bin(UINT64_MAX)] = 1;
	ck_assert_uint_eq(histogram_percentile(&histogram, 99), 5120);
	ck_assert_uint_eq(histogram_percentile(&histogram, 100), UINT64_MAX);
}
END_TEST

START_TEST(histogram_of_two_runs_is_their_sum)
{
	struct histogram one = { { 0 } }, other = { { 0 } };

	one.counts[3] = 5;
	other.counts[3] = 7;
	other.counts[HISTOGRAM_BIN_COUNT - 1] = UINT64_MAX / 2;
	histogram_add(&one, &other);
	ck_assert_uint_eq(one.counts[3], 12);
	ck_assert_uint_eq(histogram_total(&one), UINT64_MAX / 2 + 12);
	/* A rank of so many does not overflow. */
	ck_assert_uint_eq(histogram_percentile(&one, 100), UINT64_MAX);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("histogram");
	TCase *tcase = tcase_create("histogram");

	tcase_add_loop_test(tcase, time_lies_between_the_begin_of_its_bin_and_of_the_next, 0,
			    sizeof(places) / sizeof(places[0]));
	tcase_add_test(tcase, bins_follow_one_another_to_the_last);
	tcase_add_test(tcase, percentile_is_where_the_bin_of_its_rank_ends);
	tcase_add_test(tcase, histogram_of_two_runs_is_their_sum);
	suite_add_tcase(suite, tcase);
	return suite;
}
