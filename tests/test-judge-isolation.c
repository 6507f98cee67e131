/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions that outlive their binding, as the rule isolation sees them: by who can open them. */
#include <check.h>
#include <string.h>

#include "tests/judge_fixture.h"

Suite *test_suite(void);

static void add_call(enum recorder_call call, uint32_t file, uint64_t call_ns, uint8_t partition)
{
	history_builder_add(&fixture.builder, (struct history_call){
						      .call = call,
						      .index = 0,
						      .file = file,
						      .call_ns = call_ns,
						      .return_ns = call_ns + 50,
						      .partition = partition,
						      .dev = call == RECORDER_CALL_set_fd ? 25 : 0,
						      .inode = call == RECORDER_CALL_set_fd ? 100 : 0,
						      .value = call == RECORDER_CALL_partition_add,
					      });
}

/* Bound, a partition made, released, and bound again. */
static void begin(void)
{
	add_call(RECORDER_CALL_open, 1, 1000, 0);
	add_call(RECORDER_CALL_set_fd, 1, 1100, 0);
	add_call(RECORDER_CALL_partition_add, 1, 1200, 0);
	add_call(RECORDER_CALL_clr_fd, 1, 1300, 0);
	add_call(RECORDER_CALL_close, 1, 1400, 0);
	add_call(RECORDER_CALL_open, 2, 1500, 0);
	add_call(RECORDER_CALL_set_fd, 2, 1600, 0);
}

static const struct finding *isolation(void)
{
	judge_fixture_finish();
	judge_fixture_judge();
	return judge_fixture_finding(RULE_isolation);
}

START_TEST(partition_of_the_last_binding_is_left)
{
	begin();
	add_call(RECORDER_CALL_open, 3, 1700, 1);
	ck_assert_ptr_nonnull(isolation());
	ck_assert_int_eq(isolation()->verdict, VERDICT_VIOLATION);
	ck_assert_uint_eq(isolation()->call_count, 3);
	assert_says(isolation()->text, "opened partition 1 of loop0");
}
END_TEST

START_TEST(partition_of_this_binding_is_not)
{
	begin();
	add_call(RECORDER_CALL_partition_add, 2, 1650, 0);
	add_call(RECORDER_CALL_open, 3, 1700, 1);
	ck_assert_ptr_null(isolation());
}
END_TEST

START_TEST(partition_may_be_made_while_it_is_opened)
{
	begin();
	history_builder_add(&fixture.builder,
			    (struct history_call){
				    .worker = 1, .call = RECORDER_CALL_partition_reread, .file = 9, .call_ns = 1740 });
	add_call(RECORDER_CALL_open, 3, 1700, 1);
	ck_assert_ptr_null(isolation());
}
END_TEST

START_TEST(bind_that_overlaps_the_open_proves_nothing)
{
	begin();
	history_builder_add(
		&fixture.builder,
		(struct history_call){
			.worker = 1, .call = RECORDER_CALL_set_fd, .file = 9, .call_ns = 1690, .return_ns = 1800 });
	add_call(RECORDER_CALL_open, 3, 1700, 1);
	ck_assert_ptr_null(isolation());
}
END_TEST

START_TEST(open_that_fails_is_what_is_due)
{
	begin();
	history_builder_add(
		&fixture.builder,
		(struct history_call){
			.call = RECORDER_CALL_open, .partition = 1, .result = -2, .call_ns = 1700, .return_ns = 1750 });
	ck_assert_ptr_null(isolation());
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("isolation");
	TCase *tcase = tcase_create("left partitions");

	tcase_add_checked_fixture(tcase, judge_fixture_setup, judge_fixture_teardown);
	tcase_add_test(tcase, partition_of_the_last_binding_is_left);
	tcase_add_test(tcase, partition_of_this_binding_is_not);
	tcase_add_test(tcase, partition_may_be_made_while_it_is_opened);
	tcase_add_test(tcase, bind_that_overlaps_the_open_proves_nothing);
	tcase_add_test(tcase, open_that_fails_is_what_is_due);
	suite_add_tcase(suite, tcase);
	return suite;
}
