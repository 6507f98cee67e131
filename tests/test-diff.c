/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Differences between kernels, from histories made by hand: what is aligned and compared, how it is grouped and how short
 * a sequence shows it, and what explain.c is told of it.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "harness/diff/differences.h"
#include "harness/diff/program_text.h"
#include "tests/history_builder.h"

#define KERNEL_COUNT 3

/* 5.10, 6.1 and 6.12: far enough apart for most traits. */
static const struct kernel_version versions[KERNEL_COUNT] = { { 5, 10, 262 }, { 6, 1, 192 }, { 6, 12, 117 } };

static struct history_builder builders[KERNEL_COUNT];
static struct differences differences;
static unsigned int kernel_count;

static void setup(void)
{
	for (unsigned int i = 0; i < KERNEL_COUNT; i++)
		history_builder_init(&builders[i], 1);
	kernel_count = 2;
}

static void teardown(void)
{
	differences_fini(&differences);
	for (unsigned int i = 0; i < KERNEL_COUNT; i++)
		history_builder_fini(&builders[i]);
}

/* The lines of the scenario; the calls below say which one they stand in. */
static const char text[] = "[worker w]\n"					 /* 1 */
			   "program =\n"					 /* 2 */
			   "    ctl_remove 0\n"					 /* 3 */
			   "    ctl_add 0\n"					 /* 4 */
			   "    open disk as=device\n"				 /* 5 */
			   "    label: set_block_size device value=8192 ; why\n" /* 6 */
			   "    check size on=device\n"				 /* 7 */
			   "    clr_fd device\n"				 /* 8 */
			   "    close device";					 /* 9 */

static struct history_call call_at(unsigned int line, enum recorder_call call, int result)
{
	return (struct history_call){ .call = call,
				      .index = 0,
				      .call_ns = line * 10,
				      .return_ns = line * 10 + 1,
				      .result = result,
				      .round = 1,
				      .line = (uint16_t)line,
				      .is_extended = true };
}

static void add(unsigned int kernel, unsigned int line, enum recorder_call call, int result)
{
	history_builder_add(&builders[kernel], call_at(line, call, result));
}

static void add_to_all(unsigned int line, enum recorder_call call, int result)
{
	for (unsigned int i = 0; i < kernel_count; i++)
		add(i, line, call, result);
}

static void add_size(unsigned int kernel, unsigned int line, uint64_t bytes)
{
	struct history_call call = call_at(line, RECORDER_CALL_size, 0);

	call.capacity_bytes = bytes;
	history_builder_add(&builders[kernel], call);
}

static void compare(void)
{
	struct diff_source sources[KERNEL_COUNT];

	differences_init(kernel_count, &differences);
	for (unsigned int i = 0; i < kernel_count; i++)
		sources[i] = (struct diff_source){ .kernel = i,
						   .history = history_builder_read(&builders[i]),
						   .traits = loop_traits_of(versions[i]) };
	ck_assert_int_eq(differences_add(&differences, "test", text, sizeof(text) - 1, sources, kernel_count), 0);
	differences_sort(&differences);
}

static void assert_steps(const struct difference *difference, unsigned int count, const char *const *steps)
{
	ck_assert_uint_eq(difference->step_count, count);
	for (unsigned int i = 0; i < count; i++)
		ck_assert_str_eq(difference->steps[i].text, steps[i]);
}
#define assert_sequence(difference, ...)                                                                               \
	do {                                                                                                           \
		static const char *const wanted[] = { __VA_ARGS__ };                                                   \
		assert_steps(difference, sizeof(wanted) / sizeof(wanted[0]), wanted);                                  \
	} while (0)

/* --- comparing --- */

START_TEST(equal_histories_have_no_difference)
{
	add_to_all(5, RECORDER_CALL_open, 3);
	add_to_all(6, RECORDER_CALL_set_block_size, -EINVAL);
	compare();
	ck_assert_uint_eq(differences.count, 0);
	ck_assert_uint_eq(differences.compared_count, 2);
}
END_TEST

START_TEST(descriptors_are_not_compared)
{
	add(0, 5, RECORDER_CALL_open, 3);
	add(1, 5, RECORDER_CALL_open, 17);
	compare();
	ck_assert_uint_eq(differences.count, 0);
}
END_TEST

START_TEST(indices_are_compared)
{
	add(0, 5, RECORDER_CALL_get_free, 0);
	add(1, 5, RECORDER_CALL_get_free, 1);
	compare();
	ck_assert_uint_eq(differences.count, 1);
	ck_assert_str_eq(differences.list[0].answers[0], "0");
	ck_assert_str_eq(differences.list[0].answers[1], "1");
}
END_TEST

START_TEST(difference_has_the_sequence_that_leads_to_it)
{
	add_to_all(3, RECORDER_CALL_remove, 0);
	add_to_all(4, RECORDER_CALL_add, 0);
	add_to_all(5, RECORDER_CALL_open, 3);
	add_size(0, 7, 0);
	add_size(1, 7, 0);
	add(0, 8, RECORDER_CALL_clr_fd, 0);
	add(1, 8, RECORDER_CALL_clr_fd, -EBUSY);
	compare();
	ck_assert_uint_eq(differences.count, 1);
	ck_assert_uint_eq(differences_new_count(&differences), 1);
	ck_assert_str_eq(differences.list[0].record_call, "LOOP_CLR_FD");
	ck_assert_str_eq(differences.list[0].answers[0], "0");
	ck_assert_str_eq(differences.list[0].answers[1], "-EBUSY");
	ck_assert_uint_eq(differences.list[0].line, 8);
	/* From the device's making on, without what only asks. */
	assert_sequence(&differences.list[0], "open disk as=device", "clr_fd device");
}
END_TEST

START_TEST(what_follows_from_a_difference_is_counted_with_it)
{
	add_to_all(5, RECORDER_CALL_open, 3);
	add(0, 6, RECORDER_CALL_set_block_size, -EINVAL);
	add(1, 6, RECORDER_CALL_set_block_size, 0);
	add_size(0, 7, 512);
	add_size(1, 7, 8192);
	compare();
	ck_assert_uint_eq(differences.count, 1);
	ck_assert_uint_eq(differences.list[0].consequence_count, 1);
}
END_TEST

START_TEST(next_program_starts_afresh)
{
	add_to_all(5, RECORDER_CALL_open, 3);
	add(0, 6, RECORDER_CALL_set_block_size, -EINVAL);
	add(1, 6, RECORDER_CALL_set_block_size, 0);
	for (unsigned int i = 0; i < kernel_count; i++) {
		struct history_call call = call_at(5, RECORDER_CALL_open, 3);

		call.round = 2;
		history_builder_add(&builders[i], call);
		call = call_at(7, RECORDER_CALL_size, 0);
		call.round = 2;
		call.capacity_bytes = i;
		history_builder_add(&builders[i], call);
	}
	compare();
	ck_assert_uint_eq(differences.count, 2);
	ck_assert_uint_eq(differences.list[0].consequence_count + differences.list[1].consequence_count, 0);
}
END_TEST

START_TEST(call_that_was_not_made_is_no_difference)
{
	add(0, 5, RECORDER_CALL_open, 3);
	add(1, 5, RECORDER_CALL_open, -ENXIO);
	add_size(0, 7, 512);
	add_to_all(8, RECORDER_CALL_clr_fd, 0);
	compare();
	ck_assert_uint_eq(differences.count, 1);
	ck_assert_str_eq(differences.list[0].record_call, "open");
}
END_TEST

START_TEST(same_difference_twice_is_one_with_the_shorter_example)
{
	for (uint32_t round = 1; round <= 2; round++)
		for (unsigned int i = 0; i < kernel_count; i++) {
			struct history_call call = call_at(5, RECORDER_CALL_open, 3);

			call.round = round;
			history_builder_add(&builders[i], call);
			if (round == 1) {
				call = call_at(8, RECORDER_CALL_clr_fd, 0);
				history_builder_add(&builders[i], call);
			}
			call = call_at(9, RECORDER_CALL_close, i ? -EIO : 0);
			call.round = round;
			history_builder_add(&builders[i], call);
		}
	compare();
	ck_assert_uint_eq(differences.count, 1);
	ck_assert_uint_eq(differences.list[0].count, 2);
	assert_sequence(&differences.list[0], "open disk as=device", "close device");
}
END_TEST

START_TEST(call_that_never_returned_is_told)
{
	struct history_call call = call_at(8, RECORDER_CALL_clr_fd, 0);

	add(0, 8, RECORDER_CALL_clr_fd, 0);
	call.return_ns = 0;
	history_builder_add(&builders[1], call);
	compare();
	ck_assert_uint_eq(differences.count, 1);
	ck_assert_str_eq(differences.list[0].answers[1], "does not return");
}
END_TEST

START_TEST(diskseq_is_compared_by_how_far_it_came)
{
	static const uint64_t seqs[2][2] = { { 7, 8 }, { 100, 101 } };

	for (unsigned int i = 0; i < kernel_count; i++)
		for (unsigned int k = 0; k < 2; k++) {
			struct history_call call = call_at(6 + k, RECORDER_CALL_diskseq, 0);

			call.diskseq = seqs[i][k];
			history_builder_add(&builders[i], call);
		}
	compare();
	ck_assert_uint_eq(differences.count, 0);
}
END_TEST

START_TEST(file_is_compared_by_its_name)
{
	for (unsigned int i = 0; i < kernel_count; i++) {
		struct history_call call = call_at(7, RECORDER_CALL_get_status, 0);

		recorder_note(&builders[i].recorder,
			      "backing number=0 dev=25 inode=%u bytes=512 content=tags name=worker0", 300 + i);
		call.dev = 25;
		call.inode = 300 + i;
		history_builder_add(&builders[i], call);
	}
	compare();
	ck_assert_uint_eq(differences.count, 0);
}
END_TEST

START_TEST(another_file_is_a_difference)
{
	for (unsigned int i = 0; i < kernel_count; i++) {
		struct history_call call = call_at(7, RECORDER_CALL_get_status, 0);

		recorder_note(&builders[i].recorder, "backing number=0 dev=25 inode=1 bytes=512 content=tags name=own");
		recorder_note(&builders[i].recorder,
			      "backing number=1 dev=25 inode=2 bytes=512 content=tags name=twin");
		call.dev = 25;
		call.inode = 1 + i;
		history_builder_add(&builders[i], call);
	}
	compare();
	ck_assert_uint_eq(differences.count, 1);
	ck_assert_int_eq(differences.list[0].field, OUTCOME_file);
	ck_assert_str_eq(differences.list[0].answers[0], "own");
	ck_assert_str_eq(differences.list[0].answers[1], "twin");
}
END_TEST

START_TEST(encryption_is_compared)
{
	for (unsigned int i = 0; i < kernel_count; i++) {
		struct history_call call = call_at(7, RECORDER_CALL_get_status, 0);

		call.encrypt_type = 1 - i;
		call.key_size = 5;
		history_builder_add(&builders[i], call);
	}
	compare();
	ck_assert_uint_eq(differences.count, 1);
	ck_assert_str_eq(differences.list[0].answers[0], "type 1, a key of 5 bytes");
	ck_assert_str_eq(differences.list[0].answers[1], "type 0, a key of 5 bytes");
}
END_TEST

/* Added where none was removed, or removed and not added again: what shows it needs the whole program. */
START_TEST(device_is_anew_only_when_it_was_removed_and_added)
{
	add_to_all(3, RECORDER_CALL_get_free, 0);
	add_to_all(4, RECORDER_CALL_add, 0);
	add_to_all(6, RECORDER_CALL_remove, 0);
	add(0, 7, RECORDER_CALL_get_free, 0);
	add(1, 7, RECORDER_CALL_get_free, 1);
	compare();
	ck_assert_uint_eq(differences.count, 1);
	ck_assert_uint_eq(differences.list[0].step_count, 4);
}
END_TEST

/* --- explaining: what explain.c is told; what it makes of it, tests/test-explain.c looks at --- */

START_TEST(trait_that_parts_the_same_kernels_explains)
{
	kernel_count = 3;
	add_to_all(5, RECORDER_CALL_open, 3);
	add_to_all(8, RECORDER_CALL_clr_fd, 0);
	add_size(0, 9, 0);
	add_size(1, 9, 0);
	add_size(2, 9, 4096);
	compare();
	ck_assert_uint_eq(differences.count, 1);
	ck_assert_uint_eq(differences.list[0].traits, 1u << LOOP_TRAIT_deferred_detach);
	ck_assert_uint_eq(differences_new_count(&differences), 0);
}
END_TEST

START_TEST(trait_without_its_cause_does_not)
{
	kernel_count = 3;
	add_to_all(5, RECORDER_CALL_open, 3);
	add_to_all(8, RECORDER_CALL_clr_fd, -ENXIO);
	add_size(0, 9, 0);
	add_size(1, 9, 0);
	add_size(2, 9, 4096);
	compare();
	ck_assert_uint_eq(differences_new_count(&differences), 1);
}
END_TEST

START_TEST(how_a_call_was_made_is_told)
{
	kernel_count = 3;
	for (unsigned int i = 0; i < kernel_count; i++) {
		struct history_call call = call_at(6, RECORDER_CALL_set_fd, 0);

		call.open_flags = i < 2 ? O_WRONLY : O_WRONLY | O_DIRECT;
		history_builder_add(&builders[i], call);
	}
	add(0, 7, RECORDER_CALL_read, -EIO);
	add(1, 7, RECORDER_CALL_read, -EIO);
	add(2, 7, RECORDER_CALL_read, 4096);
	compare();
	ck_assert_uint_eq(differences.count, 1);
	ck_assert_uint_eq(differences.list[0].traits, 1u << LOOP_TRAIT_write_only_file_read);
}
END_TEST

static void add_partitions(unsigned int kernel, unsigned int line, uint64_t set)
{
	struct history_call call = call_at(line, RECORDER_CALL_partitions, 0);

	call.value = set;
	history_builder_add(&builders[kernel], call);
}

START_TEST(kernels_may_agree_for_different_reasons)
{
	kernel_count = 3;
	for (unsigned int i = 0; i < kernel_count; i++) {
		struct history_call call = call_at(6, RECORDER_CALL_change_fd, 0);

		call.partition = 1;
		history_builder_add(&builders[i], call);
		add_partitions(i, 7, i == 0 ? 0 : 6);
		add(i, 8, RECORDER_CALL_open, 3);
		add_partitions(i, 9, i < 2 ? 0 : 6);
	}
	compare();
	ck_assert_uint_eq(differences.count, 2);
	ck_assert_uint_eq(differences_new_count(&differences), 0);
	ck_assert_uint_eq(differences.list[1].traits,
			  1u << LOOP_TRAIT_change_fd_drops_open_partition | 1u << LOOP_TRAIT_open_rescans_partitions);
}
END_TEST

/* The same answers in the end; but that they were unlike before is itself unexplained. */
START_TEST(unknown_difference_stays_new_and_excuses_nothing)
{
	kernel_count = 3;
	for (unsigned int i = 0; i < kernel_count; i++) {
		struct history_call call = call_at(6, RECORDER_CALL_change_fd, 0);

		call.partition = 1;
		history_builder_add(&builders[i], call);
		add_partitions(i, 7, i == 1 ? 0 : 6);
		add(i, 8, RECORDER_CALL_open, 3);
		add_partitions(i, 9, i < 2 ? 0 : 6);
	}
	compare();
	ck_assert_uint_eq(differences.count, 2);
	ck_assert_uint_eq(differences_new_count(&differences), 2);
}
END_TEST

/* --- lines --- */

START_TEST(line_is_told_without_label_and_comment)
{
	struct program_text lines;
	char *line, *shape;

	ck_assert_int_eq(program_text_init(text, sizeof(text) - 1, &lines), 0);
	line = program_text_line(&lines, 6);
	shape = program_text_shape(&lines, 6);
	ck_assert_str_eq(line, "set_block_size device value=8192");
	ck_assert_str_eq(shape, "set_block_size value=");
	free(line);
	free(shape);
	line = program_text_line(&lines, 9);
	ck_assert_str_eq(line, "close device");
	free(line);
	line = program_text_line(&lines, 10);
	ck_assert_str_eq(line, "?");
	free(line);
	program_text_fini(&lines);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void)
{
	Suite *suite = suite_create("diff");
	TCase *compares = tcase_create("comparing");
	TCase *explains = tcase_create("explaining");

	tcase_add_checked_fixture(compares, setup, teardown);
	tcase_add_test(compares, equal_histories_have_no_difference);
	tcase_add_test(compares, descriptors_are_not_compared);
	tcase_add_test(compares, indices_are_compared);
	tcase_add_test(compares, difference_has_the_sequence_that_leads_to_it);
	tcase_add_test(compares, what_follows_from_a_difference_is_counted_with_it);
	tcase_add_test(compares, next_program_starts_afresh);
	tcase_add_test(compares, call_that_was_not_made_is_no_difference);
	tcase_add_test(compares, same_difference_twice_is_one_with_the_shorter_example);
	tcase_add_test(compares, call_that_never_returned_is_told);
	tcase_add_test(compares, diskseq_is_compared_by_how_far_it_came);
	tcase_add_test(compares, file_is_compared_by_its_name);
	tcase_add_test(compares, another_file_is_a_difference);
	tcase_add_test(compares, encryption_is_compared);
	tcase_add_test(compares, device_is_anew_only_when_it_was_removed_and_added);
	suite_add_tcase(suite, compares);
	tcase_add_checked_fixture(explains, setup, teardown);
	tcase_add_test(explains, trait_that_parts_the_same_kernels_explains);
	tcase_add_test(explains, trait_without_its_cause_does_not);
	tcase_add_test(explains, how_a_call_was_made_is_told);
	tcase_add_test(explains, kernels_may_agree_for_different_reasons);
	tcase_add_test(explains, unknown_difference_stays_new_and_excuses_nothing);
	tcase_add_test(explains, line_is_told_without_label_and_comment);
	suite_add_tcase(suite, explains);
	return suite;
}
