/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of a run: its order, its seeds, and that shards are an exact division of it. */
#include "harness/matrix.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

Suite *test_suite(void);

static const bool all_boot[] = { true, true, true, true, true };
static const bool second_does_not[] = { true, false, true };

static struct matrix_cell *plan(const struct matrix_request *request, unsigned int *ret_count)
{
	struct matrix_cell *cells = NULL;

	ck_assert_int_eq(matrix_plan(request, &cells, ret_count), 0);
	return cells;
}

START_TEST(cells_go_by_repeat_then_kernel_then_scenario)
{
	static const struct matrix_cell wanted[] = {
		{ 0, MATRIX_NO_KERNEL, 1, 1, 7 },
		{ 1, 0, 0, 1, 7 },
		{ 2, 0, 2, 1, 7 },
		{ 3, 1, 0, 1, 7 },
		{ 4, 1, 2, 1, 7 },
		{ 5, MATRIX_NO_KERNEL, 1, 2, 0 },
		{ 6, 0, 0, 2, 0 },
		{ 7, 0, 2, 2, 0 },
		{ 8, 1, 0, 2, 0 },
		{ 9, 1, 2, 2, 0 },
	};
	const struct matrix_request request = { .kernel_count = 2,
						.scenario_count = 3,
						.boots_kernel = second_does_not,
						.repeat_count = 2,
						.seed = 7,
						.shard_number = 1,
						.shard_count = 1 };
	unsigned int count;
	struct matrix_cell *cells = plan(&request, &count);

	ck_assert_uint_eq(count, 10);
	ck_assert_uint_eq(matrix_count(&request), 10);
	for (unsigned int i = 0; i < count; i++) {
		ck_assert_uint_eq(cells[i].number, wanted[i].number);
		ck_assert_uint_eq(cells[i].kernel, wanted[i].kernel);
		ck_assert_uint_eq(cells[i].scenario, wanted[i].scenario);
		ck_assert_uint_eq(cells[i].repeat_number, wanted[i].repeat_number);
		ck_assert_uint_eq(cells[i].seed, wanted[i].seed ? wanted[i].seed : matrix_seed(7, 2));
	}
	free(cells);
}
END_TEST

START_TEST(the_first_repeat_has_the_seed_of_the_run_and_the_others_have_their_own)
{
	static const uint64_t seeds[] = { 0, 1, 2, 0x8a5cd789635d2dff, UINT64_MAX };

	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		ck_assert_uint_eq(matrix_seed(seeds[i], 1), seeds[i]);
		for (unsigned int a = 1; a <= 50; a++)
			for (unsigned int b = a + 1; b <= 50; b++)
				ck_assert_uint_ne(matrix_seed(seeds[i], a), matrix_seed(seeds[i], b));
	}
	/* Of two runs whose seeds follow each other, the repeats do not. */
	ck_assert_uint_ne(matrix_seed(1, 3), matrix_seed(2, 2));
	/* A stored run is gone on with by a later looprace, and must find the seeds that it began with. */
	ck_assert_uint_eq(matrix_seed(1, 2), 0xbeeb8da1658eec67);
}
END_TEST

START_TEST(shards_have_each_cell_once_and_as_it_is_in_the_whole)
{
	struct matrix_request request = { .kernel_count = 3,
					  .scenario_count = 5,
					  .boots_kernel = all_boot,
					  .repeat_count = 2,
					  .seed = 9,
					  .shard_number = 1,
					  .shard_count = 1 };
	unsigned int whole_count;
	struct matrix_cell *whole = plan(&request, &whole_count);

	ck_assert_uint_eq(whole_count, 30);
	for (request.shard_count = 1; request.shard_count <= 40; request.shard_count++) {
		unsigned int seen[30] = { 0 };
		unsigned int least = UINT32_MAX, most = 0;

		for (request.shard_number = 1; request.shard_number <= request.shard_count; request.shard_number++) {
			unsigned int count;
			struct matrix_cell *cells = plan(&request, &count);

			for (unsigned int i = 0; i < count; i++) {
				ck_assert_uint_lt(cells[i].number, whole_count);
				ck_assert_int_eq(memcmp(&cells[i], &whole[cells[i].number], sizeof(cells[i])), 0);
				ck_assert(i == 0 || cells[i].number > cells[i - 1].number);
				ck_assert_uint_eq(cells[i].number % request.shard_count, request.shard_number - 1);
				seen[cells[i].number]++;
			}
			least = count < least ? count : least;
			most = count > most ? count : most;
			free(cells);
		}
		for (unsigned int i = 0; i < whole_count; i++)
			ck_assert_uint_eq(seen[i], 1);
		ck_assert_uint_le(most - least, 1);
	}
	free(whole);
}
END_TEST

START_TEST(a_matrix_beyond_all_measure_is_refused)
{
	struct matrix_request request = { .kernel_count = 2,
					  .scenario_count = 5,
					  .boots_kernel = all_boot,
					  .repeat_count = 10000,
					  .shard_number = 1,
					  .shard_count = 1 };
	struct matrix_cell *cells = NULL;
	unsigned int count;

	ck_assert_int_eq(matrix_plan(&request, &cells, &count), 0);
	ck_assert_uint_eq(count, MATRIX_CELL_COUNT_MAX);
	free(cells);
	cells = NULL;
	request.repeat_count++;
	ck_assert_int_eq(matrix_plan(&request, &cells, &count), -E2BIG);
	request.kernel_count = UINT32_MAX;
	request.repeat_count = UINT32_MAX;
	ck_assert_uint_eq(matrix_count(&request), UINT64_MAX);
	ck_assert_int_eq(matrix_plan(&request, &cells, &count), -E2BIG);
	ck_assert_ptr_null(cells);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("matrix");
	TCase *tcase = tcase_create("matrix");

	tcase_add_test(tcase, cells_go_by_repeat_then_kernel_then_scenario);
	tcase_add_test(tcase, the_first_repeat_has_the_seed_of_the_run_and_the_others_have_their_own);
	tcase_add_test(tcase, shards_have_each_cell_once_and_as_it_is_in_the_whole);
	tcase_add_test(tcase, a_matrix_beyond_all_measure_is_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}
