/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the program's files are: a build directory points to its source tree, anything else is an installation.
 */
#include "harness/paths.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Suite *test_suite(void);

static char directory[] = "/tmp/looprace-test-paths-XXXXXX";
static char marker[sizeof(directory) + 16];

static void make_directory(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(marker, sizeof(marker), "%s/source-dir", directory);
}

static void remove_directory(void)
{
	unlink(marker);
	rmdir(marker);
	rmdir(directory);
}

static void write_marker(const char *text)
{
	FILE *file = fopen(marker, "we");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

START_TEST(build_directory_uses_its_source_tree)
{
	struct paths paths;
	char guest[128];

	write_marker("/src/looprace\n");
	ck_assert_int_eq(paths_find_at(directory, &paths), 0);
	ck_assert(!paths.is_installed);
	ck_assert_str_eq(paths.scenario_dir, "/src/looprace/scenarios");
	ck_assert_str_eq(paths.vm_dir, "/src/looprace/vm");
	ck_assert_str_eq(paths.results_dir, "/src/looprace/results");
	snprintf(guest, sizeof(guest), "%s/looprace-guest", directory);
	ck_assert_str_eq(paths.guest_binary, guest);
	snprintf(guest, sizeof(guest), "%s/vm/looprace-kvm-probe", directory);
	ck_assert_str_eq(paths.kvm_probe, guest);
	paths_fini(&paths);
}
END_TEST

START_TEST(other_directory_is_an_installation)
{
	struct paths paths;

	ck_assert_int_eq(paths_find_at(directory, &paths), 0);
	ck_assert(paths.is_installed);
	ck_assert_ptr_nonnull(strstr(paths.scenario_dir, "/share/looprace/scenarios"));
	ck_assert_ptr_nonnull(strstr(paths.vm_dir, "/libexec/looprace/vm"));
	ck_assert_ptr_nonnull(strstr(paths.guest_binary, "/libexec/looprace/looprace-guest"));
	ck_assert_ptr_nonnull(strstr(paths.kvm_probe, "/libexec/looprace/vm/looprace-kvm-probe"));
	ck_assert_str_eq(paths.results_dir, "looprace-results");
	paths_fini(&paths);
}
END_TEST

START_TEST(empty_marker_is_an_error)
{
	struct paths paths;

	write_marker("");
	ck_assert_int_eq(paths_find_at(directory, &paths), -EIO);
}
END_TEST

START_TEST(marker_that_is_a_directory_is_an_error)
{
	struct paths paths;

	ck_assert_int_eq(mkdir(marker, 0700), 0);
	ck_assert_int_lt(paths_find_at(directory, &paths), 0);
}
END_TEST

START_TEST(running_program_finds_its_files)
{
	struct paths paths;

	ck_assert_int_eq(paths_find(&paths), 0);
	ck_assert_ptr_nonnull(paths.scenario_dir);
	paths_fini(&paths);
	paths_fini(&paths);
}
END_TEST

static const struct scenario_name {
	const char *name;
	const char *path;
} scenario_names[] = {
	{ "get_free_race", "/s/get_free_race.scenario" },
	{ "mine.scenario", "mine.scenario" },
	{ "dir/mine", "dir/mine" },
	{ "./mine", "./mine" },
	{ "/abs/mine.scenario", "/abs/mine.scenario" },
	{ ".scenario", "/s/.scenario.scenario" },
};

static void write_file(const char *path)
{
	FILE *file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fclose(file), 0);
}

START_TEST(scenario_of_a_known_bug_has_a_plain_name)
{
	struct paths paths = { .scenario_dir = directory };
	char folder[64], known_bug[96], own[96];
	char *path;

	snprintf(folder, sizeof(folder), "%s/known_bugs", directory);
	snprintf(known_bug, sizeof(known_bug), "%s/mine.scenario", folder);
	snprintf(own, sizeof(own), "%s/mine.scenario", directory);
	ck_assert_int_eq(mkdir(folder, 0700), 0);
	write_file(known_bug);
	path = paths_scenario(&paths, "mine");
	ck_assert_str_eq(path, known_bug);
	free(path);
	path = paths_scenario(&paths, "others");
	ck_assert_ptr_null(strstr(path, "known_bugs"));
	free(path);
	write_file(own);
	path = paths_scenario(&paths, "mine");
	ck_assert_str_eq(path, own);
	free(path);
	unlink(own);
	unlink(known_bug);
	rmdir(folder);
}
END_TEST

START_TEST(matrix_is_a_path_with_its_ending_or_a_name_that_no_scenario_has)
{
	struct paths paths = { .scenario_dir = directory };
	char matrix[96], scenario[96];
	char *path;

	snprintf(matrix, sizeof(matrix), "%s/mine.matrix", directory);
	snprintf(scenario, sizeof(scenario), "%s/mine.scenario", directory);
	ck_assert_ptr_null(paths_matrix(&paths, "mine"));
	ck_assert_ptr_null(paths_matrix(&paths, "mine.scenario"));
	path = paths_matrix(&paths, "elsewhere/its.matrix");
	ck_assert_str_eq(path, "elsewhere/its.matrix");
	free(path);
	write_file(matrix);
	path = paths_matrix(&paths, "mine");
	ck_assert_str_eq(path, matrix);
	free(path);
	ck_assert_ptr_null(paths_matrix(&paths, "./mine"));
	write_file(scenario);
	ck_assert_ptr_null(paths_matrix(&paths, "mine"));
	unlink(scenario);
	unlink(matrix);
}
END_TEST

START_TEST(scenario_is_a_name_or_a_path)
{
	struct paths paths = { .scenario_dir = (char[]){ "/s" } };
	char *path = paths_scenario(&paths, scenario_names[_i].name);

	ck_assert_str_eq(path, scenario_names[_i].path);
	free(path);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("paths");
	TCase *where = tcase_create("where");
	TCase *scenario = tcase_create("scenario");

	tcase_add_checked_fixture(where, make_directory, remove_directory);
	tcase_add_test(where, build_directory_uses_its_source_tree);
	tcase_add_test(where, other_directory_is_an_installation);
	tcase_add_test(where, empty_marker_is_an_error);
	tcase_add_test(where, marker_that_is_a_directory_is_an_error);
	tcase_add_test(where, running_program_finds_its_files);
	tcase_add_test(where, scenario_of_a_known_bug_has_a_plain_name);
	tcase_add_test(where, matrix_is_a_path_with_its_ending_or_a_name_that_no_scenario_has);
	suite_add_tcase(suite, where);

	tcase_add_loop_test(scenario, scenario_is_a_name_or_a_path, 0,
			    (int)(sizeof(scenario_names) / sizeof(scenario_names[0])));
	suite_add_tcase(suite, scenario);
	return suite;
}
