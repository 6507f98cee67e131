/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of backing files: what the guest's notes say is found by number and by identity, and what is no sound line
 * is not believed.
 */
#include <check.h>
#include <string.h>

#include "harness/judge/backings.h"
#include "tests/history_builder.h"

static struct history_builder builder;
static struct backings backings;

static void setup(void)
{
	history_builder_init(&builder, 2);
}

static void teardown(void)
{
	backings_fini(&backings);
	history_builder_fini(&builder);
}

#define note(...) recorder_note(&builder.recorder, __VA_ARGS__)

static void read_them(void)
{
	int r = backings_init(history_builder_read(&builder), &backings);

	ck_assert_int_eq(r, 0);
}

START_TEST(files_are_found_by_number_and_by_identity)
{
	const struct backing_file *file;

	note("kernel release=6.1.0 version=#1");
	note("backing number=0 dev=25 inode=300 bytes=1048576 content=zeros name=worker0");
	note("backing number=1 dev=25 inode=200 bytes=4096 content=tags name=worker1");
	note("backing number=1024 dev=24 inode=200 bytes=1048576 content=ext4 name=image");
	note("trait name=deferred_detach value=1");
	read_them();
	ck_assert_uint_eq(backings.count, 3);
	file = backings_with_number(&backings, 1);
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(file->inode, 200);
	ck_assert_uint_eq(file->size_bytes, 4096);
	ck_assert_int_eq(file->content, BACKING_CONTENT_tags);
	file = backings_with_identity(&backings, 24, 200);
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(file->number, BACKINGS_NAMED_FIRST);
	ck_assert_str_eq(file->name, "image");
	ck_assert_uint_eq(backings_with_identity(&backings, 25, 300)->number, 0);
	ck_assert_uint_eq(backings_with_identity(&backings, 25, 200)->number, 1);
}
END_TEST

START_TEST(what_is_not_there_is_not_found)
{
	note("backing number=1 dev=25 inode=200 bytes=4096 content=tags name=worker1");
	read_them();
	ck_assert_ptr_null(backings_with_number(&backings, 0));
	ck_assert_ptr_null(backings_with_number(&backings, 2));
	ck_assert_ptr_null(backings_with_number(&backings, UINT32_MAX));
	ck_assert_ptr_null(backings_with_identity(&backings, 25, 199));
	ck_assert_ptr_null(backings_with_identity(&backings, 25, 201));
	ck_assert_ptr_null(backings_with_identity(&backings, 24, 200));
}
END_TEST

START_TEST(no_history_and_no_notes_have_no_files)
{
	ck_assert_int_eq(backings_init(NULL, &backings), 0);
	ck_assert_ptr_null(backings_with_number(&backings, 0));
	read_them();
	ck_assert_ptr_null(backings_with_identity(&backings, 0, 0));
}
END_TEST

static const char *const unsound[] = {
	"",
	"backing",
	"backing ",
	"backing number=",
	"backing number=0 dev=25",
	"backing number=0 dev=25 inode=300 bytes=4096 content=tags",
	"backing number=0 dev=25 inode=300 bytes=4096 content=tags name=",
	"backing number=0 dev=25 inode=300 bytes=4096 content=tagsname=worker0",
	"backing number=0 dev=25 inode=300 bytes=4096 content=gold name=worker0",
	"backing number=0 dev=25 inode= bytes=4096 content=tags name=worker0",
	"backing number=-1 dev=25 inode=300 bytes=4096 content=tags name=worker0",
	"backing number=0x1 dev=25 inode=300 bytes=4096 content=tags name=worker0",
	"backing number=4294967296 dev=25 inode=300 bytes=4096 content=tags name=worker0",
	"backing number=0 dev=18446744073709551616 inode=300 bytes=4096 content=tags name=worker0",
	"backing number=0 dev=25 inode=99999999999999999999999 bytes=4096 content=tags name=worker0",
	"backing dev=25 number=0 inode=300 bytes=4096 content=tags name=worker0",
	" backing number=0 dev=25 inode=300 bytes=4096 content=tags name=worker0",
	"backing number=0 dev=25 inode=300 bytes=4096 content=tags name=worker\033[2J",
	"backing number=0 dev=25 inode=300 bytes=4096 content=tags name=two words",
	"backing number=0 dev=25 inode=300 bytes=4096 content=tags "
	"name=0123456789012345678901234567890123456789012345678901234567890123",
};

START_TEST(unsound_line_is_no_line)
{
	note("%s", unsound[_i]);
	note("backing number=7 dev=25 inode=200 bytes=4096 content=tags name=worker7");
	read_them();
	ck_assert_uint_eq(backings.count, 1);
	ck_assert_uint_eq(backings.files[0].number, 7);
}
END_TEST

START_TEST(first_of_two_lines_that_contradict_each_other_counts)
{
	note("backing number=3 dev=25 inode=300 bytes=4096 content=tags name=worker3");
	note("backing number=3 dev=25 inode=301 bytes=4096 content=tags name=again");
	note("backing number=2 dev=25 inode=300 bytes=4096 content=tags name=worker2");
	read_them();
	ck_assert_uint_eq(backings.count, 2);
	ck_assert_str_eq(backings_with_number(&backings, 3)->name, "worker3");
	ck_assert_str_eq(backings_with_identity(&backings, 25, 300)->name, "worker2");
	ck_assert_ptr_null(backings_with_identity(&backings, 25, 301));
}
END_TEST

START_TEST(more_files_than_a_run_can_have_are_not_read)
{
	for (unsigned int i = 0; i < BACKINGS_COUNT_MAX + 10; i++)
		note("backing number=%u dev=25 inode=%u bytes=512 content=tags name=w", 5000 - i, i);
	read_them();
	ck_assert_uint_eq(backings.count, BACKINGS_COUNT_MAX);
	for (unsigned int i = 0; i < BACKINGS_COUNT_MAX; i++) {
		ck_assert_uint_eq(backings_with_number(&backings, 5000 - i)->inode, i);
		ck_assert_uint_eq(backings_with_identity(&backings, 25, i)->number, 5000 - i);
	}
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void)
{
	Suite *suite = suite_create("backings");
	TCase *tcase = tcase_create("backings");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, files_are_found_by_number_and_by_identity);
	tcase_add_test(tcase, what_is_not_there_is_not_found);
	tcase_add_test(tcase, no_history_and_no_notes_have_no_files);
	tcase_add_loop_test(tcase, unsound_line_is_no_line, 0, sizeof(unsound) / sizeof(*unsound));
	tcase_add_test(tcase, first_of_two_lines_that_contradict_each_other_counts);
	tcase_add_test(tcase, more_files_than_a_run_can_have_are_not_read);
	suite_add_tcase(suite, tcase);
	return suite;
}
