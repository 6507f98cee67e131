/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tagged blocks: what was written is read back as one run, and every way in which blocks of two writes can stand side
 * by side, or be mixed, is told apart.
 */
#include <check.h>
#include <string.h>

#include "harness/recorder/block_tag.h"

#define BLOCK_COUNT 8

static uint64_t buffer[BLOCK_COUNT * BLOCK_BYTES / sizeof(uint64_t)];

static uint8_t *block(unsigned int number)
{
	return (uint8_t *)buffer + (size_t)number * BLOCK_BYTES;
}

static void write_tags(unsigned int first, unsigned int count, uint32_t owner, uint64_t generation, uint64_t sector)
{
	const struct block_tag tag = { .sector = sector, .generation = generation, .owner = owner };

	block_tag_encode(&tag, block(first), count);
}

static void setup(void)
{
	memset(buffer, 0, sizeof(buffer));
}

/* Reads the next run and compares. */
static void assert_run(uint64_t *at, enum recorder_content content, uint64_t first_block, uint64_t block_count)
{
	struct block_run run;

	ck_assert(block_run_next(buffer, BLOCK_COUNT, at, &run));
	ck_assert_int_eq(run.content, content);
	ck_assert_uint_eq(run.first_block, first_block);
	ck_assert_uint_eq(run.block_count, block_count);
	ck_assert_uint_eq(*at, first_block + block_count);
}

static void assert_tags(uint64_t *at, uint64_t first_block, uint64_t block_count, uint32_t owner, uint64_t generation,
			uint64_t sector)
{
	struct block_run run;

	ck_assert(block_run_next(buffer, BLOCK_COUNT, at, &run));
	ck_assert_int_eq(run.content, RECORDER_CONTENT_tags);
	ck_assert_uint_eq(run.first_block, first_block);
	ck_assert_uint_eq(run.block_count, block_count);
	ck_assert_uint_eq(run.tag.owner, owner);
	ck_assert_uint_eq(run.tag.generation, generation);
	ck_assert_uint_eq(run.tag.sector, sector);
}

static void assert_end(uint64_t at)
{
	struct block_run run = { .block_count = 77 };

	ck_assert(!block_run_next(buffer, BLOCK_COUNT, &at, &run));
	ck_assert_uint_eq(run.block_count, 77);
}

START_TEST(what_one_write_wrote_is_one_run)
{
	uint64_t at = 0;

	write_tags(0, BLOCK_COUNT, UINT32_MAX, UINT64_MAX - 1, 1ULL << 40);
	assert_tags(&at, 0, BLOCK_COUNT, UINT32_MAX, UINT64_MAX - 1, 1ULL << 40);
	assert_end(at);
}
END_TEST

START_TEST(blocks_of_two_writes_are_two_runs)
{
	uint64_t at = 0;

	write_tags(0, 4, 3, 10, 100);
	write_tags(4, 4, 3, 11, 104);
	assert_tags(&at, 0, 4, 3, 10, 100);
	assert_tags(&at, 4, 4, 3, 11, 104);
	assert_end(at);
}
END_TEST

START_TEST(blocks_of_two_owners_are_two_runs)
{
	uint64_t at = 0;

	write_tags(0, 3, 3, 0, 100);
	write_tags(3, 5, 4, 0, 103);
	assert_tags(&at, 0, 3, 3, 0, 100);
	assert_tags(&at, 3, 5, 4, 0, 103);
}
END_TEST

START_TEST(sectors_that_do_not_count_up_are_two_runs)
{
	uint64_t at = 0;

	write_tags(0, 4, 3, 10, 100);
	write_tags(4, 4, 3, 10, 100);
	assert_tags(&at, 0, 4, 3, 10, 100);
	assert_tags(&at, 4, 4, 3, 10, 100);
	assert_end(at);
}
END_TEST

START_TEST(zeros_are_a_run)
{
	uint64_t at = 0;

	write_tags(2, 1, 3, 10, 100);
	assert_run(&at, RECORDER_CONTENT_zeros, 0, 2);
	assert_tags(&at, 2, 1, 3, 10, 100);
	assert_run(&at, RECORDER_CONTENT_zeros, 3, 5);
	assert_end(at);
}
END_TEST

START_TEST(block_with_one_wrong_byte_is_no_sound_block)
{
	uint64_t at = 0;

	write_tags(0, BLOCK_COUNT, 3, 10, 100);
	block(1)[_i] ^= 0x20;
	assert_tags(&at, 0, 1, 3, 10, 100);
	/* Without the magic nobody can tell that it was one of ours. */
	assert_run(&at, _i < 8 ? RECORDER_CONTENT_foreign : RECORDER_CONTENT_torn, 1, 1);
	assert_tags(&at, 2, 6, 3, 10, 102);
	assert_end(at);
}
END_TEST

START_TEST(block_that_two_writes_share_is_torn)
{
	uint64_t at = 0;

	write_tags(0, 1, 3, 10, 100);
	write_tags(1, 1, 3, 11, 100);
	memcpy(block(0) + _i, block(1) + _i, BLOCK_BYTES - (size_t)_i);
	assert_run(&at, RECORDER_CONTENT_torn, 0, 1);
}
END_TEST

START_TEST(block_of_which_the_end_is_zeros_is_torn)
{
	uint64_t at = 0;

	write_tags(0, 1, 3, 10, 100);
	memset(block(0) + BLOCK_BYTES - 8, 0, 8);
	assert_run(&at, RECORDER_CONTENT_torn, 0, 1);
}
END_TEST

START_TEST(zeros_with_one_bit_are_foreign)
{
	uint64_t at = 0;

	block(0)[_i] = 1;
	assert_run(&at, RECORDER_CONTENT_foreign, 0, 1);
	assert_run(&at, RECORDER_CONTENT_zeros, 1, BLOCK_COUNT - 1);
}
END_TEST

START_TEST(no_two_writes_have_the_same_generation)
{
	ck_assert_uint_ne(block_tag_generation(0, 1), 0);
	ck_assert_uint_ne(block_tag_generation(0, 1), block_tag_generation(0, 2));
	ck_assert_uint_ne(block_tag_generation(0, 1), block_tag_generation(1, 1));
	ck_assert_uint_eq(block_tag_generation(1023, 5) >> GENERATION_COUNT_BITS, 1024);
	ck_assert_uint_eq(block_tag_generation(0, 1ULL << 40 | 7), block_tag_generation(0, 7));
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void)
{
	Suite *suite = suite_create("block-tag");
	TCase *tcase = tcase_create("block-tag");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, what_one_write_wrote_is_one_run);
	tcase_add_test(tcase, blocks_of_two_writes_are_two_runs);
	tcase_add_test(tcase, blocks_of_two_owners_are_two_runs);
	tcase_add_test(tcase, sectors_that_do_not_count_up_are_two_runs);
	tcase_add_test(tcase, zeros_are_a_run);
	tcase_add_loop_test(tcase, block_with_one_wrong_byte_is_no_sound_block, 0, BLOCK_BYTES);
	tcase_add_loop_test(tcase, block_that_two_writes_share_is_torn, 24, 504);
	tcase_add_test(tcase, block_of_which_the_end_is_zeros_is_torn);
	tcase_add_loop_test(tcase, zeros_with_one_bit_are_foreign, 0, BLOCK_BYTES);
	tcase_add_test(tcase, no_two_writes_have_the_same_generation);
	suite_add_tcase(suite, tcase);
	return suite;
}
