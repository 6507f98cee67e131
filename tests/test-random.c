/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The random generator: the numbers of xoshiro256**, the same from the same seed, others from another stream.
 */
#include "core/looprace.h"

#include <check.h>

Suite *test_suite(void);

START_TEST(generator_draws_the_published_numbers)
{
	/* The authors' C code from the state 1, 2, 3, 4; its second number is 0, which this bound excludes. */
	static const uint64_t wanted[] = { UINT64_C(11520), UINT64_C(1509978240), UINT64_C(1215971899390074240),
					   UINT64_C(1216172134540287360), UINT64_C(607988272756665600) };
	struct looprace_random random = { { 1, 2, 3, 4 } };

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		ck_assert_uint_eq(looprace_random_below(&random, UINT64_MAX), wanted[i]);
}
END_TEST

START_TEST(same_seed_and_stream_repeat)
{
	struct looprace_random a, b;

	looprace_random_seed(&a, 42, 7);
	looprace_random_seed(&b, 42, 7);
	for (int i = 0; i < 100; i++)
		ck_assert_uint_eq(looprace_random_below(&a, UINT64_MAX), looprace_random_below(&b, UINT64_MAX));
}
END_TEST

START_TEST(neighbouring_seeds_and_streams_differ)
{
	uint64_t first[20][20];
	struct looprace_random random;

	for (uint64_t i = 0; i < 400; i++) {
		looprace_random_seed(&random, i / 20, i % 20);
		first[i / 20][i % 20] = looprace_random_below(&random, UINT64_MAX);
		for (uint64_t j = 0; j < i; j++)
			ck_assert_uint_ne(first[i / 20][i % 20], first[j / 20][j % 20]);
	}
}
END_TEST

START_TEST(bound_is_never_reached_and_all_below_it_are)
{
	struct looprace_random random;
	unsigned int seen_count[10] = { 0 };

	looprace_random_seed(&random, 1, 1);
	for (int i = 0; i < 10000; i++) {
		uint64_t value = looprace_random_below(&random, 10);

		ck_assert_uint_lt(value, 10);
		seen_count[value]++;
	}
	/* 1000 each are expected, with a standard deviation of 30; the seed is fixed, so this never flickers. */
	for (int i = 0; i < 10; i++)
		ck_assert_uint_gt(seen_count[i], 850);
}
END_TEST

START_TEST(numbers_that_would_bias_are_drawn_again)
{
	/* 2^64 mod bound is 2^63 - 1, so about every second raw number is refused; of what stays nothing is folded. */
	const uint64_t bound = (UINT64_C(1) << 63) + 1;
	struct looprace_random random;
	unsigned int high_count = 0;

	looprace_random_seed(&random, 3, 0);
	for (int i = 0; i < 1000; i++)
		high_count += looprace_random_below(&random, bound) >= bound / 2;
	/* A plain remainder would make the lower half twice as likely: about 250 instead of 500. */
	ck_assert_uint_gt(high_count, 430);
	ck_assert_uint_lt(high_count, 570);
}
END_TEST

START_TEST(bound_of_zero_and_one_give_zero)
{
	struct looprace_random random;

	looprace_random_seed(&random, 1, 1);
	ck_assert_uint_eq(looprace_random_below(&random, 0), 0);
	ck_assert_uint_eq(looprace_random_below(&random, 1), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("random");
	TCase *generator = tcase_create("generator");

	tcase_add_test(generator, generator_draws_the_published_numbers);
	tcase_add_test(generator, same_seed_and_stream_repeat);
	tcase_add_test(generator, neighbouring_seeds_and_streams_differ);
	tcase_add_test(generator, bound_is_never_reached_and_all_below_it_are);
	tcase_add_test(generator, numbers_that_would_bias_are_drawn_again);
	tcase_add_test(generator, bound_of_zero_and_one_give_zero);
	suite_add_tcase(suite, generator);
	return suite;
}
