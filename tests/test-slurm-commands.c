/* SPDX-License-Identifier: Apache-2.0 */
/* What Slurm's answers mean, and above all what one means that was not expected: never that an array has ended. */
#include "harness/slurm_commands.h"

#include <check.h>
#include <stdio.h>

Suite *test_suite(void);

static const struct {
	const char *answer;
	int count;
} left[] = {
	{ "0 jobs", 0 },
	{ "1 jobs", 1 },
	{ "1000 jobs", 1000 },
	/* Slurm 22.05, some minutes after the end of an array. */
	{ "slurm_load_jobs error: Invalid job id specified", 0 },
	{ "slurm_load_jobs error: Unable to contact slurm controller (connect failure)", -1 },
	{ "slurm_load_jobs error: Socket timed out on send/recv operation", -1 },
	{ "sh: 1: squeue: not found", -1 },
	{ "0 jobsworths", -1 },
	{ "0", -1 },
	{ "", -1 },
	{ NULL, -1 },
};

START_TEST(only_no_jobs_and_a_forgotten_array_mean_the_end)
{
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		ck_assert_msg(slurm_read_left(left[i].answer) == left[i].count, "'%s': %d, expected %d",
			      left[i].answer ? left[i].answer : "(nothing)", slurm_read_left(left[i].answer),
			      left[i].count);
}
END_TEST

static const struct {
	const char *answer;
	unsigned int size;
} sizes[] = {
	{ "MaxArraySize            = 4", 4 },
	{ "MaxArraySize = 999", 999 },
	{ "MaxArraySize            = 1001", SLURM_ARRAY_SIZE_MAX },
	{ "MaxArraySize            = 4000001", SLURM_ARRAY_SIZE_MAX },
	{ "MaxArraySize            = 0", SLURM_ARRAY_SIZE_MAX },
	{ "MaxArraySize            = (null)", SLURM_ARRAY_SIZE_MAX },
	{ NULL, SLURM_ARRAY_SIZE_MAX },
};

START_TEST(an_array_has_as_many_jobs_as_the_cluster_takes_but_never_more_than_ours_and_never_none)
{
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		ck_assert_msg(slurm_read_array_size(sizes[i].answer) == sizes[i].size, "'%s': %u, expected %u",
			      sizes[i].answer ? sizes[i].answer : "(nothing)", slurm_read_array_size(sizes[i].answer),
			      sizes[i].size);
}
END_TEST

START_TEST(the_name_of_the_cluster_is_no_part_of_the_number)
{
	char of_federation[] = "1234;north";
	char alone[] = "1234";

	slurm_read_job(of_federation);
	ck_assert_str_eq(of_federation, "1234");
	slurm_read_job(alone);
	ck_assert_str_eq(alone, "1234");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("slurm-commands");
	TCase *tcase = tcase_create("slurm-commands");

	tcase_add_test(tcase, only_no_jobs_and_a_forgotten_array_mean_the_end);
	tcase_add_test(tcase, an_array_has_as_many_jobs_as_the_cluster_takes_but_never_more_than_ours_and_never_none);
	tcase_add_test(tcase, the_name_of_the_cluster_is_no_part_of_the_number);
	suite_add_tcase(suite, tcase);
	return suite;
}
