/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Differences between kernels, from histories made by hand: what is aligned and compared, how it is grouped and how short
 * a sequence shows it, and which traits explain it.
 */
#include <check.h>
#include <errno.h>
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

/* --- explaining --- */

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

START_TEST(trait_that_parts_other_kernels_does_not)
{
	kernel_count = 3;
	add_to_all(5, RECORDER_CALL_open, 3);
	add_to_all(8, RECORDER_CALL_clr_fd, 0);
	/* 6.1 is not like 6.12 in deferred_detach. */
	add_size(0, 9, 0);
	add_size(1, 9, 4096);
	add_size(2, 9, 4096);
	compare();
	ck_assert_uint_eq(differences_new_count(&differences), 1);
}
END_TEST

START_TEST(trait_without_its_cause_does_not)
{
	kernel_count = 3;
	add_to_all(5, RECORDER_CALL_open, 3);
	add_size(0, 9, 0);
	add_size(1, 9, 0);
	add_size(2, 9, 4096);
	compare();
	ck_assert_uint_eq(differences_new_count(&differences), 1);
}
END_TEST

START_TEST(explanation_is_kept_with_the_difference)
{
	kernel_count = 3;
	add(0, 6, RECORDER_CALL_change_fd, -EINVAL);
	add(1, 6, RECORDER_CALL_change_fd, -EBADF);
	add(2, 6, RECORDER_CALL_change_fd, -EBADF);
	compare();
	ck_assert_uint_eq(differences.list[0].traits, 1u << LOOP_TRAIT_change_fd_checks_fd_first);
}
END_TEST

static uint32_t explain_one(int first, int second, int third, unsigned int call)
{
	struct explain_case explain_case = { .kernel_count = KERNEL_COUNT,
					     .classes = { first, second, third },
					     .call = call,
					     .calls_so_far = UINT64_C(1) << call };

	for (unsigned int i = 0; i < KERNEL_COUNT; i++)
		explain_case.traits[i] = loop_traits_of(versions[i]);
	return explain(&explain_case);
}

START_TEST(kernel_that_did_not_make_the_call_does_not_count)
{
	ck_assert_uint_eq(explain_one(0, -1, 1, RECORDER_CALL_remove), 1u << LOOP_TRAIT_remove_returns_index);
	ck_assert_uint_eq(explain_one(-1, 0, 1, RECORDER_CALL_remove), 0);
}
END_TEST

START_TEST(several_traits_explain_what_none_does_alone)
{
	/* 5.10 has diskseq not, and its answer and those of the two others are three: nothing parts 6.1 from 6.12. */
	ck_assert_uint_eq(explain_one(0, 1, 2, RECORDER_CALL_diskseq), 0);
	/* Pages that were loaded, on a device that was cleared: EAGAIN up to 5.18, and 6.11 parts 6.1 from 6.12. */
	struct explain_case explain_case = { .kernel_count = KERNEL_COUNT,
					     .classes = { 0, 1, 2 },
					     .call = RECORDER_CALL_set_status,
					     .calls_so_far = UINT64_C(1) << RECORDER_CALL_load |
							     UINT64_C(1) << RECORDER_CALL_clr_fd };

	for (unsigned int i = 0; i < KERNEL_COUNT; i++)
		explain_case.traits[i] = loop_traits_of(versions[i]);
	ck_assert_uint_eq(explain(&explain_case), 1u << LOOP_TRAIT_deferred_detach | 1u << LOOP_TRAIT_eagain_on_dirty);
	/* Both part 5.10 from 6.12, which agree here. */
	explain_case.classes[2] = 0;
	ck_assert_uint_eq(explain(&explain_case), 0);
}
END_TEST

START_TEST(error_that_is_not_the_traits_is_not_explained)
{
	struct explain_case explain_case = { .kernel_count = 2,
					     .classes = { 0, 1 },
					     .results = { "0", "-EAGAIN" },
					     .call = RECORDER_CALL_open,
					     .calls_so_far = UINT64_C(1) << RECORDER_CALL_clr_fd };

	explain_case.traits[0] = loop_traits_of(versions[1]);
	explain_case.traits[1] = loop_traits_of(versions[2]);
	ck_assert_uint_eq(explain(&explain_case), 0);
	explain_case.results[1] = "-ENXIO";
	ck_assert_uint_eq(explain(&explain_case), 1u << LOOP_TRAIT_open_enxio_in_rundown);
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

START_TEST(what_nobody_knows_explains_nothing_alone)
{
	struct explain_case explain_case = { .kernel_count = 2,
					     .classes = { 0, 1 },
					     .call = RECORDER_CALL_clr_fd,
					     .calls_so_far = UINT64_C(1) << RECORDER_CALL_clr_fd };

	explain_case.traits[0] = (struct loop_traits){ .has = UINT32_MAX, .lacks = UINT32_MAX };
	explain_case.traits[1] = explain_case.traits[0];
	ck_assert_uint_eq(explain(&explain_case), 0);
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
	suite_add_tcase(suite, compares);
	tcase_add_checked_fixture(explains, setup, teardown);
	tcase_add_test(explains, trait_that_parts_the_same_kernels_explains);
	tcase_add_test(explains, trait_that_parts_other_kernels_does_not);
	tcase_add_test(explains, trait_without_its_cause_does_not);
	tcase_add_test(explains, explanation_is_kept_with_the_difference);
	tcase_add_test(explains, kernel_that_did_not_make_the_call_does_not_count);
	tcase_add_test(explains, several_traits_explain_what_none_does_alone);
	tcase_add_test(explains, error_that_is_not_the_traits_is_not_explained);
	tcase_add_test(explains, model_has_none_of_the_traits_that_it_does_not_need);
	tcase_add_test(explains, what_nobody_knows_explains_nothing_alone);
	tcase_add_test(explains, line_is_told_without_label_and_comment);
	suite_add_tcase(suite, explains);
	return suite;
}
