/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of policies: its rows, and the range of every pause.
 */
#include "core/looprace.h"
#include "core/policies.h"

#include <check.h>

#define NS_PER_MS  UINT64_C(1000000)
#define DRAW_COUNT 4000

Suite *test_suite(void);

/* The least and the most that a policy waits after a lost try, over many draws from one fixed seed. */
struct range {
	uint64_t min_ns, max_ns;
};

static struct range range_after(const char *policy_name, unsigned int try_number)
{
	const struct looprace_policy *policy = looprace_policy_find(policy_name);
	struct range range = { .min_ns = UINT64_MAX };
	struct looprace_random random;

	looprace_random_seed(&random, 5, try_number);
	for (int i = 0; i < DRAW_COUNT; i++) {
		uint64_t pause_ns = policy->pause_ns(try_number, &random);

		range.min_ns = pause_ns < range.min_ns ? pause_ns : range.min_ns;
		range.max_ns = pause_ns > range.max_ns ? pause_ns : range.max_ns;
	}
	return range;
}

START_TEST(table_has_the_names_of_the_list_in_its_order)
{
	unsigned int row = 0;

#define X(word, text)                                                                                                  \
	ck_assert_ptr_eq(looprace_policy_at(row), looprace_policy_find(#word));                                        \
	ck_assert_str_eq(looprace_policy_at(row)->name, #word);                                                        \
	ck_assert_str_eq(looprace_policy_at(row)->summary, text);                                                      \
	row++;
	LOOPRACE_POLICIES(X)
#undef X
	ck_assert_ptr_null(looprace_policy_at(row));
}
END_TEST

START_TEST(unknown_name_is_not_found)
{
	ck_assert_ptr_null(looprace_policy_find("containerd "));
	ck_assert_ptr_null(looprace_policy_find(""));
}
END_TEST

START_TEST(full_jitter_is_the_default_and_has_its_rules)
{
	const struct looprace_policy *policy = looprace_policy_at(0);

	ck_assert_str_eq(policy->name, "full_jitter");
	ck_assert_uint_eq(policy->try_count_max, 64);
	ck_assert_int_eq(policy->api, LOOPRACE_API_AUTO);
	ck_assert_uint_eq(policy->escape_after_count, 4);
	ck_assert(policy->verifies);
	ck_assert(!policy->retries_only_ebusy);
	ck_assert(!policy->pauses_after_last_try);
}
END_TEST

START_TEST(containerd_has_the_rules_of_the_reference)
{
	const struct looprace_policy *policy = looprace_policy_find("containerd");

	ck_assert_uint_eq(policy->try_count_max, 199);
	ck_assert_int_eq(policy->api, LOOPRACE_API_SET_FD);
	ck_assert_uint_eq(policy->escape_after_count, 0);
	ck_assert(!policy->verifies);
	ck_assert(policy->retries_only_ebusy);
	ck_assert(policy->pauses_after_last_try);
}
END_TEST

START_TEST(none_never_waits_nor_escapes_nor_verifies)
{
	const struct looprace_policy *policy = looprace_policy_find("none");

	ck_assert_uint_eq(policy->try_count_max, 64);
	ck_assert_int_eq(policy->api, LOOPRACE_API_AUTO);
	ck_assert_uint_eq(policy->escape_after_count, 0);
	ck_assert(!policy->verifies);
	ck_assert_uint_eq(range_after("none", 1).max_ns, 0);
	ck_assert_uint_eq(range_after("none", 64).max_ns, 0);
}
END_TEST

START_TEST(containerd_waits_whole_milliseconds_below_ten_times_the_try)
{
	const struct looprace_policy *policy = looprace_policy_find("containerd");
	struct looprace_random random;

	looprace_random_seed(&random, 9, 9);
	for (unsigned int try_number = 1; try_number <= 199; try_number++) {
		for (int i = 0; i < 100; i++) {
			uint64_t pause_ns = policy->pause_ns(try_number, &random);

			ck_assert_uint_eq(pause_ns % NS_PER_MS, 0);
			ck_assert_uint_lt(pause_ns, 10 * try_number * NS_PER_MS);
		}
	}
}
END_TEST

START_TEST(containerd_uses_its_whole_range)
{
	ck_assert_uint_eq(range_after("containerd", 1).min_ns, 0);
	ck_assert_uint_eq(range_after("containerd", 1).max_ns, 9 * NS_PER_MS);
	ck_assert_uint_eq(range_after("containerd", 20).min_ns, 0);
	ck_assert_uint_eq(range_after("containerd", 20).max_ns, 199 * NS_PER_MS);
}
END_TEST

START_TEST(full_jitter_doubles_its_range_up_to_fifty_milliseconds)
{
	static const unsigned int try_numbers[] = { 1, 2, 3, 9, 10, 11, 31, 32, 63, 64, 65, 1000000, UINT32_MAX };

	for (size_t i = 0; i < sizeof(try_numbers) / sizeof(try_numbers[0]); i++) {
		unsigned int try_number = try_numbers[i];
		uint64_t limit_ns = try_number < 10 ? UINT64_C(50000) << try_number : 50 * NS_PER_MS;
		struct range range = range_after("full_jitter", try_number);

		ck_assert_msg(range.max_ns <= limit_ns, "try %u: %llu ns", try_number,
			      (unsigned long long)range.max_ns);
		ck_assert_msg(range.max_ns > limit_ns / 100 * 99, "try %u: never above %llu ns", try_number,
			      (unsigned long long)range.max_ns);
		ck_assert_msg(range.min_ns < limit_ns / 100, "try %u: never below %llu ns", try_number,
			      (unsigned long long)range.min_ns);
	}
}
END_TEST

START_TEST(pauses_repeat_from_the_same_seed)
{
	const struct looprace_policy *policy;

	for (unsigned int row = 0; (policy = looprace_policy_at(row)); row++) {
		struct looprace_random a, b;

		looprace_random_seed(&a, 11, 3);
		looprace_random_seed(&b, 11, 3);
		for (unsigned int try_number = 1; try_number < 200; try_number++)
			ck_assert_uint_eq(policy->pause_ns(try_number, &a), policy->pause_ns(try_number, &b));
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("policy");
	TCase *rows = tcase_create("rows");
	TCase *pauses = tcase_create("pauses");

	tcase_add_test(rows, table_has_the_names_of_the_list_in_its_order);
	tcase_add_test(rows, unknown_name_is_not_found);
	tcase_add_test(rows, full_jitter_is_the_default_and_has_its_rules);
	tcase_add_test(rows, containerd_has_the_rules_of_the_reference);
	tcase_add_test(rows, none_never_waits_nor_escapes_nor_verifies);
	suite_add_tcase(suite, rows);
	tcase_add_test(pauses, containerd_waits_whole_milliseconds_below_ten_times_the_try);
	tcase_add_test(pauses, containerd_uses_its_whole_range);
	tcase_add_test(pauses, full_jitter_doubles_its_range_up_to_fifty_milliseconds);
	tcase_add_test(pauses, pauses_repeat_from_the_same_seed);
	suite_add_tcase(suite, pauses);
	return suite;
}
