/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are written wholly or not at all, and the folders of runs. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/report/run_directory.h"
#include "tests/report_folder.h"

Suite *test_suite(void);

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- files --- */

START_TEST(a_file_that_cannot_be_written_whole_leaves_the_old_one)
{
	const struct rlimit limit = { 4096, 4096 };
	char *big = calloc(1, 10000);
	char *content;
	size_t content_bytes;

	ck_assert_int_eq(file_write(folder, "state.json", "old", 3, &error), 0);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(file_write(folder, "state.json", big, 10000, &error), -EFBIG);
	assert_message("/state.json: cannot be written: ");
	ck_assert_int_eq(file_read(folder, "state.json", 100, &content, &content_bytes, &error), 0);
	ck_assert_str_eq(content, "old");
	/* Nothing but the file is in the folder: removing it leaves the folder empty. */
	ck_assert_int_eq(unlink(in("state.json")), 0);
	ck_assert_int_eq(rmdir(folder), 0);
	ck_assert_int_eq(mkdir(folder, 0700), 0);
	free(content);
	free(big);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_named)
{
	char *content = NULL;
	size_t content_bytes;

	ck_assert_int_eq(file_read(folder, "missing", 100, &content, &content_bytes, &error), -ENOENT);
	assert_message("/missing: cannot be read: No such file");
	put_text("long", "0123456789");
	ck_assert_int_eq(file_read(folder, "long", 9, &content, &content_bytes, &error), -EFBIG);
	assert_message("/long: too long; at most 9 bytes");
	ck_assert_int_eq(mkfifo(in("fifo"), 0600), 0);
	ck_assert_int_eq(file_read(folder, "fifo", 9, &content, &content_bytes, &error), -EINVAL);
	assert_message("/fifo: not a file");
	ck_assert_int_eq(file_read("", in("long"), 10, &content, &content_bytes, &error), 0);
	ck_assert_uint_eq(content_bytes, 10);
	free(content);
}
END_TEST

/* --- run folder --- */

START_TEST(a_run_gets_its_name_when_it_is_whole)
{
	struct run_directory directory;

	ck_assert_int_eq(run_directory_create(in("mine/"), NULL, &directory, &error), 0);
	ck_assert_str_eq(directory.path, in("mine.partial"));
	ck_assert(exists("mine.partial") && !exists("mine"));
	ck_assert_int_eq(run_directory_finish(&directory, &error), 0);
	ck_assert_str_eq(directory.path, in("mine"));
	ck_assert(!exists("mine.partial") && exists("mine") && !exists("latest"));
	/* Too late: it is whole. */
	ck_assert_int_eq(run_directory_abandon(&directory), 0);
	ck_assert(exists("mine"));
	run_directory_fini(&directory);
	run_directory_fini(&directory);
}
END_TEST

START_TEST(latest_points_to_the_newest_finished_run)
{
	struct run_directory first, second;
	char target[256] = "";

	ck_assert_int_eq(run_directory_create(NULL, in("a/results"), &first, &error), 0);
	ck_assert_int_eq(run_directory_finish(&first, &error), 0);
	/* Another process; here the pid is ours too, so the name must differ by hand. */
	ck_assert_int_eq(rename(first.final_path, in("a/results/old")), 0);
	ck_assert_int_eq(run_directory_create(NULL, in("a/results"), &second, &error), 0);
	ck_assert_int_gt(readlink(in("a/results/latest"), target, sizeof(target) - 1), 0);
	ck_assert_ptr_null(strchr(target, '/'));
	ck_assert_int_eq(unlink(in("a/results/latest")), 0);
	ck_assert_int_eq(symlink("old", in("a/results/latest")), 0);
	ck_assert_int_eq(run_directory_finish(&second, &error), 0);
	memset(target, 0, sizeof(target));
	ck_assert_int_gt(readlink(in("a/results/latest"), target, sizeof(target) - 1), 0);
	ck_assert_str_eq(target, strrchr(second.path, '/') + 1);
	run_directory_fini(&first);
	run_directory_fini(&second);
}
END_TEST

START_TEST(a_latest_that_is_no_link_is_left_alone)
{
	struct run_directory directory;

	ck_assert_int_eq(mkdir(in("latest"), 0700), 0);
	ck_assert_int_eq(run_directory_create(NULL, folder, &directory, &error), 0);
	ck_assert_int_eq(run_directory_finish(&directory, &error), 0);
	ck_assert_int_eq(rmdir(in("latest")), 0);
	run_directory_fini(&directory);
}
END_TEST

START_TEST(an_existing_folder_is_never_taken)
{
	struct run_directory directory;

	ck_assert_int_eq(mkdir(in("old"), 0700), 0);
	ck_assert_int_eq(run_directory_create(in("old"), NULL, &directory, &error), -EEXIST);
	assert_message("/old: is there already; name a folder that does not exist yet");
	ck_assert(!exists("old.partial"));
	ck_assert_int_eq(symlink("nowhere", in("dangling")), 0);
	ck_assert_int_eq(run_directory_create(in("dangling"), NULL, &directory, &error), -EEXIST);
	ck_assert_int_eq(mkdir(in("new.partial"), 0700), 0);
	ck_assert_int_eq(run_directory_create(in("new"), NULL, &directory, &error), -EEXIST);
	assert_message("/new.partial: another run writes it, or left it unfinished");
}
END_TEST

START_TEST(a_folder_that_cannot_be_made_is_named)
{
	struct run_directory directory;

	ck_assert_int_eq(run_directory_create(in("no/where"), NULL, &directory, &error), -ENOENT);
	assert_message("/no/where: cannot be made: the folder above it is missing");
	put_text("file", "");
	ck_assert_int_eq(run_directory_create(in("file/mine"), NULL, &directory, &error), -ENOTDIR);
	assert_message("/file/mine");
	ck_assert_int_eq(run_directory_create(NULL, in("file/results"), &directory, &error), -ENOTDIR);
	assert_message("/file/results: cannot be made");
	ck_assert_int_eq(run_directory_create("", NULL, &directory, &error), -EINVAL);
	assert_message("--out: empty");
}
END_TEST

START_TEST(a_final_name_that_was_taken_meanwhile_is_left_alone)
{
	struct run_directory directory;

	ck_assert_int_eq(run_directory_create(in("mine"), NULL, &directory, &error), 0);
	ck_assert_int_eq(mkdir(in("mine"), 0700), 0);
	ck_assert_int_eq(run_directory_finish(&directory, &error), -EEXIST);
	assert_message("/mine.partial: cannot be renamed");
	ck_assert(exists("mine.partial"));
	run_directory_fini(&directory);
}
END_TEST

START_TEST(an_abandoned_run_leaves_nothing)
{
	struct run_directory directory;
	char *relative, *path;

	ck_assert_int_eq(run_directory_create(in("mine"), NULL, &directory, &error), 0);
	ck_assert_int_eq(run_directory_add_cell(&directory, "6.1", "race", 1, &relative, &path, &error), 0);
	put_text("outside", "");
	ck_assert_int_eq(symlink("../../../outside", in("mine.partial/6.1/race/link")), 0);
	put_text("mine.partial/6.1/race/scenario", "");
	ck_assert_int_eq(run_directory_abandon(&directory), 0);
	ck_assert(!exists("mine.partial") && !exists("mine") && exists("outside"));
	run_directory_fini(&directory);
	free(relative);
	free(path);
}
END_TEST

START_TEST(a_cell_stays_below_its_run_whatever_its_kernel_is_called)
{
	static const struct {
		const char *kernel;
		const char *scenario;
		const char *wanted;
	} cases[] = {
		{ "6.1.0-56-cloud-amd64", "get_free_race", "6.1.0-56-cloud-amd64/get_free_race" },
		{ "6.1.0-56-cloud-amd64", "get_free_race", "6.1.0-56-cloud-amd64/get_free_race-2" },
		{ "6.1.0-56-cloud-amd64", "get_free_race", "6.1.0-56-cloud-amd64/get_free_race-3" },
		{ "..", "../../x", "_./_._.._x" },
		{ "a/b c\n", "", "a_b_c_/unknown" },
		{ NULL, "-rf", "unknown/_rf" },
	};
	struct run_directory directory;

	ck_assert_int_eq(run_directory_create(in("mine"), NULL, &directory, &error), 0);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		char *relative, *path;

		ck_assert_int_eq(run_directory_add_cell(&directory, cases[i].kernel, cases[i].scenario, 1, &relative,
							&path, &error),
				 0);
		ck_assert_str_eq(relative, cases[i].wanted);
		ck_assert_int_eq(access(path, F_OK), 0);
		free(relative);
		free(path);
	}
	run_directory_fini(&directory);
}
END_TEST

/* In the order in which they are found. */
static const char *const wanted[] = { "a/ten-2", "a/ten-10", "b/one" };

static void make_cells(void)
{
	static const char *const cells[] = { "b/one", "a/ten-10", "a/ten-2", "a/no_cell" };

	ck_assert_int_eq(mkdir(in("a"), 0700), 0);
	ck_assert_int_eq(mkdir(in("b"), 0700), 0);
	put_text("run.json", "{}");
	for (size_t i = 0; i < ARRAY_COUNT(cells); i++) {
		char name[64];

		ck_assert_int_eq(mkdir(in(cells[i]), 0700), 0);
		snprintf(name, sizeof(name), "%s/scenario", cells[i]);
		if (i < 3)
			put_text(name, "");
	}
}

START_TEST(the_cells_of_a_run_are_found)
{
	char **relatives;
	unsigned int count;

	make_cells();
	ck_assert_int_eq(run_directory_list_cells(folder, &relatives, &count, &error), 0);
	ck_assert_uint_eq(count, ARRAY_COUNT(wanted));
	for (size_t i = 0; i < ARRAY_COUNT(wanted); i++)
		ck_assert_str_eq(relatives[i], wanted[i]);
	run_directory_free_list(relatives, count);
	ck_assert_int_eq(run_directory_list_cells(in("b/one"), &relatives, &count, &error), 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(relatives[0], ".");
	run_directory_free_list(relatives, count);
	ck_assert_int_eq(run_directory_list_cells(in("a/no_cell"), &relatives, &count, &error), -ENOENT);
	assert_message("/a/no_cell: holds no results; name a run's folder");
	ck_assert_int_eq(run_directory_list_cells(in("nowhere"), &relatives, &count, &error), -ENOENT);
	assert_message("/nowhere: cannot be read: No such file");
	ck_assert_int_eq(run_directory_list_cells(in("run.json"), &relatives, &count, &error), -ENOTDIR);
	assert_message("/run.json: cannot be read");
}
END_TEST

struct visits {
	unsigned int count;
	unsigned int last; /* this one ends the walk */
	char directories[4][256];
};

static int visit(const char *directory, void *context, struct report_error *ret_error)
{
	struct visits *visits = context;

	snprintf(visits->directories[visits->count++], sizeof(visits->directories[0]), "%s", directory);
	if (visits->count < visits->last)
		return 0;
	report_error_set(ret_error, "enough");
	return -EPERM;
}

START_TEST(each_cell_is_visited_until_a_visitor_has_enough)
{
	struct visits visits = { .last = 9 };

	make_cells();
	ck_assert_int_eq(run_directory_each_cell(folder, visit, &visits, &error), 0);
	ck_assert_uint_eq(visits.count, ARRAY_COUNT(wanted));
	for (size_t i = 0; i < ARRAY_COUNT(wanted); i++)
		ck_assert_str_eq(visits.directories[i], in(wanted[i]));
	visits = (struct visits){ .last = 2 };
	ck_assert_int_eq(run_directory_each_cell(folder, visit, &visits, &error), -EPERM);
	ck_assert_uint_eq(visits.count, 2);
	assert_message("enough");
	visits = (struct visits){ .last = 9 };
	ck_assert_int_eq(run_directory_each_cell(in("b/one"), visit, &visits, &error), 0);
	ck_assert_str_eq(visits.directories[0], in("b/one"));
	ck_assert_int_eq(run_directory_each_cell(in("a/no_cell"), visit, &visits, &error), -ENOENT);
	assert_message("/a/no_cell: holds no results");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("run-directory");
	TCase *tcase = folder_add_case(suite, "files");

	tcase_add_test(tcase, a_file_that_cannot_be_written_whole_leaves_the_old_one);
	tcase_add_test(tcase, a_file_that_cannot_be_read_is_named);

	tcase = folder_add_case(suite, "run folder");
	tcase_add_test(tcase, a_run_gets_its_name_when_it_is_whole);
	tcase_add_test(tcase, latest_points_to_the_newest_finished_run);
	tcase_add_test(tcase, a_latest_that_is_no_link_is_left_alone);
	tcase_add_test(tcase, an_existing_folder_is_never_taken);
	tcase_add_test(tcase, a_folder_that_cannot_be_made_is_named);
	tcase_add_test(tcase, a_final_name_that_was_taken_meanwhile_is_left_alone);
	tcase_add_test(tcase, an_abandoned_run_leaves_nothing);
	tcase_add_test(tcase, a_cell_stays_below_its_run_whatever_its_kernel_is_called);
	tcase_add_test(tcase, the_cells_of_a_run_are_found);
	tcase_add_test(tcase, each_cell_is_visited_until_a_visitor_has_enough);
	return suite;
}
