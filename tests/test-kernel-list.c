/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernels between two others: by the order of the list, upwards and downwards, without debug kernels.
 */
#include "harness/kernel_list.h"

#include <check.h>
#include <errno.h>
#include <string.h>

Suite *test_suite(void);

#define ROW(series, version) "{\"series\": \"" series "\", \"version\": \"" version "\", \"is_cached\": true}"

static const char list[] =
	"[" ROW("5.10", "5.10.223-1") "," ROW("5.10", "5.10.262-1") "," ROW("6.1", "6.1.192-2") "," ROW(
		"kasan-6.12", "kasan-6.12.117") "," ROW("6.12", "6.12.90-1~bpo12+1") "," ROW("6.12",
											     "6.12.117-1~deb12u1") "]";

static void check_row(const char *from, const char *to, const char *const *versions, unsigned int count)
{
	struct kernel_row row;
	struct report_error error = { "" };

	ck_assert_msg(kernel_row_between(list, strlen(list), from, to, &row, &error) == 0, "%s", error.text);
	ck_assert_uint_eq(row.count, count);
	for (unsigned int i = 0; i < count; i++)
		ck_assert_str_eq(row.versions[i], versions[i]);
	kernel_row_fini(&row);
}

static void check_refusal(const char *text, const char *from, const char *to, int expected, const char *message)
{
	struct kernel_row row = { .count = 7 };
	struct report_error error = { "" };

	ck_assert_int_eq(kernel_row_between(text, strlen(text), from, to, &row, &error), expected);
	ck_assert_ptr_nonnull(strstr(error.text, message));
	ck_assert_uint_eq(row.count, 7);
}

START_TEST(kernels_between_two_versions_are_in_order)
{
	check_row("5.10.262-1", "6.12.90-1~bpo12+1",
		  (const char *const[]){ "5.10.262-1", "6.1.192-2", "6.12.90-1~bpo12+1" }, 3);
	check_row("5.10.223-1", "5.10.262-1", (const char *const[]){ "5.10.223-1", "5.10.262-1" }, 2);
}
END_TEST

START_TEST(series_is_its_newest_version)
{
	check_row("5.10", "6.12",
		  (const char *const[]){ "5.10.262-1", "6.1.192-2", "6.12.90-1~bpo12+1", "6.12.117-1~deb12u1" }, 4);
}
END_TEST

/* The row holds at least what was named: it ends with the nearest kernel beyond the release. */
START_TEST(release_is_taken_as_far_as_the_nearest_kernel_beyond_it)
{
	check_row("5.10.250", "6.12.100",
		  (const char *const[]){ "5.10.223-1", "5.10.262-1", "6.1.192-2", "6.12.90-1~bpo12+1",
					 "6.12.117-1~deb12u1" },
		  5);
	check_row("6.12.91", "6.5", (const char *const[]){ "6.12.117-1~deb12u1", "6.12.90-1~bpo12+1", "6.1.192-2" }, 3);
	check_row("5.10.262", "6.1.192", (const char *const[]){ "5.10.262-1", "6.1.192-2" }, 2);
}
END_TEST

START_TEST(packages_of_a_release_all_belong_to_it)
{
	static const char three[] = "[" ROW("6.1", "6.1.8-1") "," ROW("6.1", "6.1.9-1~x") "," ROW("6.1", "6.1.9-1") "]";
	struct kernel_row row;
	struct report_error error;

	ck_assert_int_eq(kernel_row_between(three, strlen(three), "6.1.8", "6.1.9", &row, &error), 0);
	ck_assert_uint_eq(row.count, 3);
	ck_assert(!row.is_descending);
	kernel_row_fini(&row);
	ck_assert_int_eq(kernel_row_between(three, strlen(three), "6.1.9", "6.1.8", &row, &error), 0);
	ck_assert_uint_eq(row.count, 3);
	ck_assert(row.is_descending);
	ck_assert_str_eq(row.versions[0], "6.1.9-1");
	kernel_row_fini(&row);
}
END_TEST

START_TEST(release_beyond_all_kernels_is_refused)
{
	check_refusal(list, "5.9", "6.1", -EINVAL,
		      "5.9: older than all in the list of kernels; 5.10.223-1 is the oldest");
	check_refusal(list, "5.10", "6.18", -EINVAL,
		      "6.18: newer than all in the list of kernels; 6.12.117-1~deb12u1 is the newest");
	check_refusal(list, "6.18", "6.1", -EINVAL, "6.18: newer than all");
}
END_TEST

START_TEST(newer_good_kernel_makes_the_row_descend)
{
	struct kernel_row row;
	struct report_error error;

	check_row("6.12.90-1~bpo12+1", "5.10.262-1",
		  (const char *const[]){ "6.12.90-1~bpo12+1", "6.1.192-2", "5.10.262-1" }, 3);
	ck_assert_int_eq(kernel_row_between(list, strlen(list), "6.1", "5.10", &row, &error), 0);
	ck_assert(row.is_descending);
	kernel_row_fini(&row);
	ck_assert_int_eq(kernel_row_between(list, strlen(list), "5.10", "6.1", &row, &error), 0);
	ck_assert(!row.is_descending);
	kernel_row_fini(&row);
}
END_TEST

START_TEST(kernel_that_is_not_listed_is_named)
{
	check_refusal(list, "5.10", "6.1.192-9", -EINVAL, "6.1.192-9: not in the list of kernels; 6.1.192-2 is near");
	check_refusal(list, "5.10", "6", -EINVAL, "6: not in the list");
	check_refusal(list, "kasan-6.12", "6.1", -EINVAL, "kasan-6.12: not in the list");
	check_refusal("[]", "5.10", "6.1", -EINVAL, "5.10: not in the list");
}
END_TEST

START_TEST(kernel_is_not_between_itself)
{
	check_refusal(list, "6.12", "6.12.117-1~deb12u1", -EINVAL, "6.12 and 6.12.117-1~deb12u1 are the same");
}
END_TEST

START_TEST(text_that_is_no_list_is_refused)
{
	check_refusal("", "5.10", "6.1", -EPROTO, "no JSON array");
	check_refusal("{}", "5.10", "6.1", -EPROTO, "no JSON array");
	check_refusal("[1, null, {\"version\": 3}]", "5.10", "6.1", -EINVAL, "5.10: not in the list");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("kernel-list");
	TCase *tcase = tcase_create("kernel-list");

	tcase_add_test(tcase, kernels_between_two_versions_are_in_order);
	tcase_add_test(tcase, series_is_its_newest_version);
	tcase_add_test(tcase, release_is_taken_as_far_as_the_nearest_kernel_beyond_it);
	tcase_add_test(tcase, packages_of_a_release_all_belong_to_it);
	tcase_add_test(tcase, release_beyond_all_kernels_is_refused);
	tcase_add_test(tcase, newer_good_kernel_makes_the_row_descend);
	tcase_add_test(tcase, kernel_that_is_not_listed_is_named);
	tcase_add_test(tcase, kernel_is_not_between_itself);
	tcase_add_test(tcase, text_that_is_no_list_is_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}
