/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which traits explain a difference between 5.10, 6.1, 6.12 and 7.2: those that are about these calls and part exactly
 * these kernels, and nothing else.
 */
#include <check.h>
#include <string.h>

#include "harness/diff/explain.h"

#define KERNEL_COUNT 4

static const struct kernel_version versions[KERNEL_COUNT] = {
	{ 5, 10, 262 }, { 6, 1, 192 }, { 6, 12, 117 }, { 7, 2, 12 }
};

static struct explain_step steps[4];
static struct explain_case explain_case;

static void setup(void)
{
	explain_case = (struct explain_case){ .kernel_count = KERNEL_COUNT, .steps = steps };
	for (unsigned int i = 0; i < KERNEL_COUNT; i++) {
		explain_case.traits[i] = loop_traits_of(versions[i]);
		explain_case.words_before[i] = "";
	}
}

static void step(unsigned int call, unsigned int how)
{
	steps[explain_case.step_count++] = (struct explain_step){ .call = call, .how = how };
}

/* What the kernels answer; "": the call was not made. */
static void differ(enum outcome_field field, const char *first, const char *second, const char *third,
		   const char *fourth)
{
	const char *words[KERNEL_COUNT] = { first, second, third, fourth };

	explain_case.field = field;
	memcpy(explain_case.words, words, sizeof(words));
}

/* What they answered before, and what explains that. */
static void were(const char *first, const char *second, const char *third, const char *fourth, uint32_t traits)
{
	const char *words[KERNEL_COUNT] = { first, second, third, fourth };

	memcpy(explain_case.words_before, words, sizeof(words));
	explain_case.traits_before = traits;
}

static void assert_traits(uint32_t wanted)
{
	char is[256], right[256];
	uint32_t traits = explain(&explain_case);

	loop_traits_format(traits, is, sizeof(is));
	loop_traits_format(wanted, right, sizeof(right));
	ck_assert_msg(traits == wanted, "explained by %s, %s would be right", is, right);
}
#define T(name) (UINT32_C(1) << LOOP_TRAIT_##name)

/* --- one trait --- */

START_TEST(trait_that_parts_the_same_kernels_explains)
{
	step(RECORDER_CALL_clr_fd, EXPLAIN_SUCCEEDED);
	step(RECORDER_CALL_size, EXPLAIN_SUCCEEDED);
	differ(OUTCOME_size, "0", "0", "1", "1");
	assert_traits(T(deferred_detach));
}
END_TEST

START_TEST(trait_that_parts_other_kernels_does_not)
{
	step(RECORDER_CALL_clr_fd, EXPLAIN_SUCCEEDED);
	step(RECORDER_CALL_size, EXPLAIN_SUCCEEDED);
	/* 6.1 is not like 6.12 in deferred_detach, nor are 6.12 and 7.2 parted by it. */
	differ(OUTCOME_size, "0", "1", "1", "1");
	assert_traits(0);
	differ(OUTCOME_size, "0", "0", "0", "1");
	assert_traits(0);
	differ(OUTCOME_size, "0", "0", "1", "2");
	assert_traits(0);
}
END_TEST

START_TEST(trait_without_its_cause_does_not)
{
	step(RECORDER_CALL_open, EXPLAIN_SUCCEEDED);
	step(RECORDER_CALL_size, EXPLAIN_SUCCEEDED);
	differ(OUTCOME_size, "0", "0", "1", "1");
	assert_traits(0);
	/* A release that was refused is none. */
	steps[0] = (struct explain_step){ .call = RECORDER_CALL_clr_fd };
	assert_traits(0);
}
END_TEST

START_TEST(kernel_that_did_not_make_the_call_does_not_count)
{
	step(RECORDER_CALL_remove, EXPLAIN_SUCCEEDED);
	differ(OUTCOME_result, "1", "", "0", "0");
	assert_traits(T(remove_returns_index));
	differ(OUTCOME_result, "", "1", "0", "0");
	assert_traits(0);
}
END_TEST

START_TEST(answer_that_is_not_the_traits_is_not_explained)
{
	step(RECORDER_CALL_clr_fd, EXPLAIN_SUCCEEDED);
	step(RECORDER_CALL_open, EXPLAIN_SUCCEEDED);
	differ(OUTCOME_result, "0", "0", "-EAGAIN", "-EAGAIN");
	assert_traits(0);
	differ(OUTCOME_result, "0", "0", "-ENXIO", "-ENXIO");
	assert_traits(T(open_enxio_in_rundown));
}
END_TEST

START_TEST(answer_must_be_on_the_traits_side)
{
	step(RECORDER_CALL_open, EXPLAIN_EXCLUSIVE | EXPLAIN_SUCCEEDED);
	step(RECORDER_CALL_set_block_size, EXPLAIN_SUCCEEDED);
	differ(OUTCOME_result, "0", "-EBUSY", "-EBUSY", "-EBUSY");
	assert_traits(T(block_size_excl_check));
	/* That 5.10 refuses what all others allow is not because they check more. */
	differ(OUTCOME_result, "-EBUSY", "0", "0", "0");
	assert_traits(0);
}
END_TEST

START_TEST(latest_cause_is_the_reason)
{
	step(RECORDER_CALL_truncate, EXPLAIN_SUCCEEDED);
	step(RECORDER_CALL_clr_fd, EXPLAIN_SUCCEEDED);
	step(RECORDER_CALL_read, EXPLAIN_SUCCEEDED);
	differ(OUTCOME_result, "4096", "4096", "-EIO", "-EIO");
	assert_traits(T(deferred_detach));
	steps[0].call = RECORDER_CALL_clr_fd;
	steps[1].call = RECORDER_CALL_truncate;
	assert_traits(T(eof_read_is_error));
}
END_TEST

START_TEST(what_is_not_the_traits_is_not_explained)
{
	/* Of LOOP_CHANGE_FD that drops the cache, data tell, and no result does. */
	step(RECORDER_CALL_change_fd, EXPLAIN_SUCCEEDED);
	step(RECORDER_CALL_read, EXPLAIN_SUCCEEDED);
	differ(OUTCOME_content, "0", "1", "1", "1");
	assert_traits(T(change_fd_drops_cache));
	differ(OUTCOME_result, "0", "1", "1", "1");
	assert_traits(0);
}
END_TEST

START_TEST(call_of_another_kind_is_no_cause)
{
	step(RECORDER_CALL_set_status, EXPLAIN_SUCCEEDED);
	step(RECORDER_CALL_get_status, EXPLAIN_SUCCEEDED);
	differ(OUTCOME_encryption, "0", "1", "1", "1");
	assert_traits(0);
	steps[0].how |= EXPLAIN_ENCRYPTED;
	assert_traits(T(xor_transfer));
	/* Nor does encryption explain what else a status tells. */
	differ(OUTCOME_flags, "0", "1", "1", "1");
	assert_traits(0);
}
END_TEST

START_TEST(cause_must_be_the_latest_deed_where_the_row_says_so)
{
	step(RECORDER_CALL_open, EXPLAIN_SUCCEEDED);
	step(RECORDER_CALL_size, EXPLAIN_SUCCEEDED);
	step(RECORDER_CALL_partitions, EXPLAIN_SUCCEEDED);
	differ(OUTCOME_partitions, "0x2", "0", "0x2", "0x2");
	assert_traits(T(open_rescans_partitions));
	steps[1].call = RECORDER_CALL_read;
	assert_traits(0);
}
END_TEST

START_TEST(partition_is_taken_away_through_itself_only)
{
	step(RECORDER_CALL_change_fd, EXPLAIN_SUCCEEDED);
	step(RECORDER_CALL_partitions, EXPLAIN_SUCCEEDED);
	differ(OUTCOME_partitions, "0", "1", "1", "1");
	assert_traits(0);
	steps[0].how |= EXPLAIN_PARTITION;
	assert_traits(T(change_fd_drops_open_partition));
}
END_TEST

START_TEST(partitions_outlive_a_release_through_one_only)
{
	step(RECORDER_CALL_clr_fd, EXPLAIN_SUCCEEDED);
	step(RECORDER_CALL_partitions, EXPLAIN_SUCCEEDED);
	differ(OUTCOME_partitions, "0x6", "0", "0", "0");
	assert_traits(0);
	steps[0].how |= EXPLAIN_PARTITION;
	assert_traits(T(scanned_partitions_outlive));
}
END_TEST

START_TEST(what_nobody_knows_explains_nothing_alone)
{
	step(RECORDER_CALL_clr_fd, EXPLAIN_SUCCEEDED);
	differ(OUTCOME_result, "0", "1", "", "");
	explain_case.traits[0] = (struct loop_traits){ .has = UINT32_MAX, .lacks = UINT32_MAX };
	explain_case.traits[1] = explain_case.traits[0];
	assert_traits(0);
}
END_TEST

/* --- several --- */

START_TEST(several_traits_explain_what_none_does_alone)
{
	/* Pages that were loaded, on a device that was cleared: EAGAIN up to 5.18, and 6.11 parts 6.1 from 6.12. */
	step(RECORDER_CALL_load, EXPLAIN_SUCCEEDED);
	step(RECORDER_CALL_clr_fd, EXPLAIN_SUCCEEDED);
	step(RECORDER_CALL_set_status, 0);
	differ(OUTCOME_result, "-EAGAIN", "0", "-ENXIO", "-ENXIO");
	assert_traits(T(deferred_detach) | T(eagain_on_dirty));
	/* Both part 5.10 from 6.12, which agree here. */
	differ(OUTCOME_result, "-EAGAIN", "0", "-EAGAIN", "-EAGAIN");
	assert_traits(0);
}
END_TEST

/* 5.10 reads what it has kept, and so does not see that the file cannot be read; 6.12 can read it. */
START_TEST(trait_may_hide_another)
{
	step(RECORDER_CALL_change_fd, EXPLAIN_SUCCEEDED);
	step(RECORDER_CALL_read, EXPLAIN_SUCCEEDED);
	differ(OUTCOME_result, "4096", "-EIO", "4096", "4096");
	assert_traits(0);
	steps[0].how |= EXPLAIN_WRITE_ONLY;
	assert_traits(T(write_only_file_read) | T(change_fd_drops_cache));
	/* Where nothing was kept, 5.10 is as 6.1. */
	steps[0].call = RECORDER_CALL_set_fd;
	assert_traits(0);
	differ(OUTCOME_result, "-EIO", "-EIO", "4096", "4096");
	assert_traits(T(write_only_file_read));
}
END_TEST

/* --- what was told before --- */

/* 5.10 has taken the partitions away when it was told to, 6.1 does when the device is opened anew. */
static void agree_for_different_reasons(void)
{
	step(RECORDER_CALL_change_fd, EXPLAIN_SUCCEEDED | EXPLAIN_PARTITION);
	step(RECORDER_CALL_open, EXPLAIN_SUCCEEDED);
	step(RECORDER_CALL_partitions, EXPLAIN_SUCCEEDED);
	differ(OUTCOME_partitions, "0", "0", "0x6", "0x6");
}

START_TEST(kernels_that_differed_before_may_agree_for_another_reason)
{
	agree_for_different_reasons();
	assert_traits(0);
	were("0", "0x6", "0x6", "0x6", T(change_fd_drops_open_partition));
	assert_traits(T(change_fd_drops_open_partition) | T(open_rescans_partitions));
}
END_TEST

START_TEST(what_was_not_explained_before_explains_nothing_now)
{
	agree_for_different_reasons();
	were("0", "0x6", "0x6", "0x6", 0);
	assert_traits(0);
}
END_TEST

START_TEST(what_was_told_before_does_not_excuse_other_kernels)
{
	agree_for_different_reasons();
	were("0", "0x6", "0x6", "0x6", T(change_fd_drops_open_partition));
	/* Neither of the two traits parts 6.12 from 7.2. */
	differ(OUTCOME_partitions, "0", "0", "0x6", "0");
	assert_traits(0);
	/* Both were as 6.1, and had something to take away. */
	differ(OUTCOME_partitions, "0x6", "0", "0", "0");
	assert_traits(0);
	/* What they still differ in needs a trait that parts some of the others. */
	differ(OUTCOME_partitions, "0", "0x6", "0x6", "0x2");
	assert_traits(0);
}
END_TEST

/* 6.12 and later have never had the partition, so that there was none to take away; 6.18 would have, and 7.2 not. */
START_TEST(trait_does_not_show_where_there_is_nothing_to_show_it)
{
	static const struct kernel_version v6_18 = { 6, 18, 15 };

	explain_case.traits[2] = loop_traits_of(v6_18);
	step(RECORDER_CALL_partition_add, 0);
	step(RECORDER_CALL_open, EXPLAIN_SUCCEEDED);
	step(RECORDER_CALL_partitions, EXPLAIN_SUCCEEDED);
	differ(OUTCOME_partitions, "0x2", "0", "0", "0");
	assert_traits(0);
	were("0x2", "0x2", "0", "0", T(partition_beyond_end_refused));
	assert_traits(T(partition_beyond_end_refused) | T(open_rescans_partitions));
	/* Where both had it, both would have shown whether they take it away. */
	were("0x2", "0x2", "0x6", "0x6", T(partition_beyond_end_refused));
	assert_traits(0);
}
END_TEST

START_TEST(what_is_as_it_was_is_explained_as_it_was)
{
	step(RECORDER_CALL_close, EXPLAIN_SUCCEEDED);
	step(RECORDER_CALL_partitions, EXPLAIN_SUCCEEDED);
	differ(OUTCOME_partitions, "0x2", "0", "0", "0");
	were("0x2", "0", "0", "0", 0);
	assert_traits(0);
	were("0x2", "0", "0", "0", T(partition_beyond_end_refused));
	assert_traits(T(partition_beyond_end_refused));
	were("0x2", "0x2", "0", "0", T(partition_beyond_end_refused));
	assert_traits(0);
}
END_TEST

START_TEST(model_has_none_of_the_traits_that_it_does_not_need)
{
	struct loop_traits traits = loop_traits_of(versions[2]);

	ck_assert(has_trait(traits, LOOP_TRAIT_write_only_file_read));
	traits = loop_traits_for_model(traits);
	ck_assert(!has_trait(traits, LOOP_TRAIT_write_only_file_read));
	ck_assert(lacks_trait(traits, LOOP_TRAIT_write_only_file_read));
	ck_assert(has_trait(traits, LOOP_TRAIT_deferred_detach));
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void)
{
	Suite *suite = suite_create("explain");
	TCase *explains = tcase_create("explaining");

	tcase_add_checked_fixture(explains, setup, NULL);
	tcase_add_test(explains, trait_that_parts_the_same_kernels_explains);
	tcase_add_test(explains, trait_that_parts_other_kernels_does_not);
	tcase_add_test(explains, trait_without_its_cause_does_not);
	tcase_add_test(explains, kernel_that_did_not_make_the_call_does_not_count);
	tcase_add_test(explains, answer_that_is_not_the_traits_is_not_explained);
	tcase_add_test(explains, latest_cause_is_the_reason);
	tcase_add_test(explains, answer_must_be_on_the_traits_side);
	tcase_add_test(explains, what_is_not_the_traits_is_not_explained);
	tcase_add_test(explains, call_of_another_kind_is_no_cause);
	tcase_add_test(explains, cause_must_be_the_latest_deed_where_the_row_says_so);
	tcase_add_test(explains, partition_is_taken_away_through_itself_only);
	tcase_add_test(explains, partitions_outlive_a_release_through_one_only);
	tcase_add_test(explains, what_nobody_knows_explains_nothing_alone);
	tcase_add_test(explains, several_traits_explain_what_none_does_alone);
	tcase_add_test(explains, trait_may_hide_another);
	tcase_add_test(explains, trait_does_not_show_where_there_is_nothing_to_show_it);
	tcase_add_test(explains, kernels_that_differed_before_may_agree_for_another_reason);
	tcase_add_test(explains, what_was_not_explained_before_explains_nothing_now);
	tcase_add_test(explains, what_was_told_before_does_not_excuse_other_kernels);
	tcase_add_test(explains, what_is_as_it_was_is_explained_as_it_was);
	tcase_add_test(explains, model_has_none_of_the_traits_that_it_does_not_need);
	suite_add_tcase(suite, explains);
	return suite;
}
