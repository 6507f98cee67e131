/* SPDX-License-Identifier: Apache-2.0 */
/* The script of an array is run here by a shell, as Slurm does, with a program that tells what it was asked for. */
#include "harness/slurm_array.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Suite *test_suite(void);

static char folder[] = "/tmp/looprace it's XXXXXX";
static unsigned int cells[] = { 0, 5, 12 };
static struct slurm_array array = { .folder = folder, .cells = cells, .cell_count = 3 };
/* Arrays of their own, because struct command_words may change its words. */
static char name[] = "looprace", run[] = "run", scenario[] = "it's long.scenario", shard[] = "--shard", part[] = "2/3",
	    repeat[] = "--repeat", times[] = "7";
static char *words[] = { name, run, scenario, shard, part, repeat, times, NULL };
static const struct command_words command = { .words = words, .count = 7 };
static const struct slurm_script script = {
	.program = "/bin/echo",
	.directory = "/",
	.run = folder,
	.command = &command,
	.whole_count = 21,
};

static void make_folder(void)
{
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static char *in_folder(const char *relative)
{
	char *path;

	ck_assert_int_gt(asprintf(&path, "%s/%s", folder, relative), 0);
	return path;
}

static void remove_folder(void)
{
	slurm_array_remove_folder(&array);
	ck_assert_int_ne(access(folder, F_OK), 0);
}

/* The exit code of the job with that index; what it has said is in @said, without the last newline. */
static int run_job(const char *index, char *said, int said_bytes)
{
	char *text;
	size_t bytes;
	char *path = in_folder("said");
	FILE *stream;
	int status;

	ck_assert_int_eq(slurm_array_script(&array, &script, &text, &bytes), 0);
	ck_assert_uint_eq(strlen(text), bytes);
	setenv("SLURM_ARRAY_JOB_ID", "17", 1);
	setenv("SLURM_ARRAY_TASK_ID", index, 1);
	setenv("SAID", path, 1);
	stream = popen("exec sh >\"$SAID\" 2>/dev/null", "w");
	ck_assert_ptr_nonnull(stream);
	fputs(text, stream);
	status = pclose(stream);
	said[0] = '\0';
	stream = fopen(path, "r");
	if (stream) {
		if (!fgets(said, said_bytes, stream))
			said[0] = '\0';
		fclose(stream);
	}
	said[strcspn(said, "\n")] = '\0';
	free(path);
	free(text);
	return status;
}

START_TEST(a_job_runs_the_cell_of_its_index_as_a_shard_of_the_whole)
{
	static const struct {
		const char *index;
		const char *shard;
		unsigned int cell;
	} jobs[] = { { "0", "1/21", 0 }, { "1", "6/21", 5 }, { "2", "13/21", 12 } };

	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
		char said[512];
		char *wanted;

		ck_assert_int_gt(asprintf(&wanted, "run it's long.scenario --repeat 7 --shard %s --out %s/17/%u",
					  jobs[i].shard, folder, jobs[i].cell),
				 0);
		ck_assert_int_eq(run_job(jobs[i].index, said, sizeof(said)), 0);
		ck_assert_str_eq(said, wanted);
		free(wanted);
	}
}
END_TEST

START_TEST(what_an_earlier_try_has_left_is_removed_and_nothing_else)
{
	static const char *const names[] = { "17", "17/5", "17/5/run.json", "17/5.partial", "17/12" };
	char said[512];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = in_folder(names[i]);

		ck_assert_int_eq(mkdir(path, 0777), 0);
		free(path);
	}
	ck_assert_int_eq(run_job("1", said, sizeof(said)), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = in_folder(names[i]);
		bool is_of_cell = strncmp(names[i], "17/5", 4) == 0;

		ck_assert_msg((access(path, F_OK) != 0) == is_of_cell, "%s", path);
		free(path);
	}
}
END_TEST

START_TEST(a_job_whose_run_is_gone_runs_nothing_and_does_not_make_it_anew)
{
	char said[512];
	char *gone = in_folder("gone/.slurm");
	char *gone_run = in_folder("gone");

	array.folder = gone;
	ck_assert_int_ne(run_job("1", said, sizeof(said)), 0);
	array.folder = folder;
	ck_assert_str_eq(said, "");
	ck_assert_int_ne(access(gone_run, F_OK), 0);
	free(gone_run);
	free(gone);
}
END_TEST

START_TEST(memory_that_was_short_gives_no_script)
{
	struct slurm_script short_one = script;
	size_t bytes;
	char *text;

	short_one.directory = NULL;
	ck_assert_int_eq(slurm_array_script(&array, &short_one, &text, &bytes), -ENOMEM);
}
END_TEST

START_TEST(indices_count_from_0_and_jobs_limit_how_many_run_at_once)
{
	static const struct {
		unsigned int cell_count, job_count;
		const char *range;
	} rows[] = { { 1, 0, "0-0" }, { 6, 0, "0-5" }, { 6, 1, "0-5%1" }, { 1000, 20, "0-999%20" } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *range = slurm_array_range(rows[i].cell_count, rows[i].job_count);

		ck_assert_str_eq(range, rows[i].range);
		free(range);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("slurm-array");
	TCase *tcase = tcase_create("slurm-array");

	tcase_add_checked_fixture(tcase, make_folder, remove_folder);
	tcase_add_test(tcase, a_job_runs_the_cell_of_its_index_as_a_shard_of_the_whole);
	tcase_add_test(tcase, what_an_earlier_try_has_left_is_removed_and_nothing_else);
	tcase_add_test(tcase, a_job_whose_run_is_gone_runs_nothing_and_does_not_make_it_anew);
	tcase_add_test(tcase, memory_that_was_short_gives_no_script);
	tcase_add_test(tcase, indices_count_from_0_and_jobs_limit_how_many_run_at_once);
	suite_add_tcase(suite, tcase);
	return suite;
}
