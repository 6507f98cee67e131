/* SPDX-License-Identifier: Apache-2.0 */
/* Submit, wait, gather; see slurm.h. */
#include "harness/slurm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "harness/commands.h"
#include "harness/interrupt.h"
#include "harness/report/json.h"
#include "harness/script.h"

/* Slurm's own MaxArraySize is 1001 unless its administrator wants another; the indices of an array stay below it. */
#define ARRAY_CELL_COUNT_MAX 1000
#define POLL_MS		     1000
/* So often squeue may fail in a row before the array is taken for over: the controller may be restarted. */
#define UNKNOWN_COUNT_MAX 60

/* One array of jobs. */
struct array {
	struct run_setup *setup;
	char *folder;	     /* <run>/.slurm, absolute */
	unsigned int *cells; /* their numbers */
	unsigned int cell_count;
	char *job; /* Slurm's number of it */
};

static bool never(void *context)
{
	return false;
}

static int complain(const char *what, int r)
{
	fprintf(stderr, "looprace run: --engine slurm: %s: %s\n", what, strerror(-r));
	return r;
}

/* Runs a line of shell with up to two arguments, which are $1 and $2; its last line of output comes back. */
static int shell(const char *text, const char *first, const char *second, bool (*wants_stop)(void *), char **ret_line)
{
	static char program[] = "/bin/sh";
	static char flag[] = "-c";
	static char name[] = "sh";
	/* execv() wants char *const *, but changes nothing. */
	char *argv[] = {
		program, flag, (char *)(uintptr_t)text, name, (char *)(uintptr_t)first, (char *)(uintptr_t)second, NULL
	};

	return script_run(argv, wants_stop, NULL, ret_line);
}

/* --- submitting --- */

static int write_cells(const struct array *array)
{
	char *text = NULL;
	size_t bytes;
	FILE *stream = open_memstream(&text, &bytes);
	int r;

	if (!stream)
		return -ENOMEM;
	for (unsigned int i = 0; i < array->cell_count; i++)
		fprintf(stream, "%u\n", array->cells[i]);
	r = fclose(stream) == 0 ? file_write(array->folder, "cells", text, bytes, NULL) : -ENOMEM;
	free(text);
	return r;
}

/* What an earlier try of the same cell has left, as after Slurm's own requeue, is in the way. */
static int write_job(const struct array *array)
{
	char *run = command_words_quote(&array->setup->plan.command);
	char *program = realpath("/proc/self/exe", NULL);
	char *directory = getcwd(NULL, 0);
	char *text = NULL;
	int r = -ENOMEM;

	if (run && program && directory &&
	    asprintf(&text,
		     "#!/bin/sh\n"
		     "set -eu\n"
		     "cd '%s'\n"
		     "cell=$(sed -n \"$((SLURM_ARRAY_TASK_ID + 1))p\" '%s/cells')\n"
		     "out='%s'/$cell\n"
		     "rm -rf \"$out\" \"$out.partial\"\n"
		     "exec '%s' %s --shard \"$((cell + 1))/%u\" --out \"$out\"\n",
		     directory, array->folder, array->folder, program, run + strlen("looprace "),
		     array->setup->cell_count) >= 0)
		r = file_write(array->folder, "job.sh", text, strlen(text), NULL);
	free(text);
	free(directory);
	free(program);
	free(run);
	return r;
}

/* --jobs limits how many run at once. */
static int submit(struct array *array)
{
	unsigned int job_count = array->setup->options.job_count;
	char *range = NULL;
	int r = write_cells(array);

	if (r == 0)
		r = write_job(array);
	if (r < 0)
		return complain(array->folder, r);
	if (job_count == 0)
		r = asprintf(&range, "0-%u", array->cell_count - 1);
	else
		r = asprintf(&range, "0-%u%%%u", array->cell_count - 1, job_count);
	if (r < 0)
		return -ENOMEM;
	r = shell("exec sbatch --parsable --job-name=looprace --array=\"$1\" --output=\"$2/%a.log\" \"$2/job.sh\"",
		  range, array->folder, interrupt_was_asked, &array->job);
	free(range);
	/* The reason was printed by sbatch; 127: there is none. */
	if (r == 127)
		fputs("looprace run: --engine slurm: no sbatch; the package slurm-client would be right\n", stderr);
	if (r == 0 && !array->job)
		return -EPROTO;
	/* "JOB;CLUSTER" */
	if (r == 0)
		array->job[strcspn(array->job, ";")] = '\0';
	return r > 0 ? -EIO : r;
}

/* --- waiting --- */

/* Jobs of the array that have not ended; -1: Slurm does not say.  What it has forgotten has ended long ago. */
static int count_left(const struct array *array)
{
	static const char text[] =
		"if out=$(squeue -h -r -j \"$1\" -o %i 2>&1); then printf '%s' \"$out\" | grep -c '' || :\n"
		"else case $out in *'Invalid job id'*) echo 0 ;; *) echo -1 ;; esac; fi";
	char *line = NULL;
	int count = -1;

	if (shell(text, array->job, "", never, &line) == 0 && line)
		count = atoi(line);
	free(line);
	return count;
}

static void pause_a_while(void)
{
	nanosleep(&(struct timespec){ .tv_sec = POLL_MS / 1000, .tv_nsec = POLL_MS % 1000 * 1000000L }, NULL);
}

static void wait_for_end(const struct array *array)
{
	unsigned int unknown_count = 0;
	bool is_cancelled = false;
	int told = -1;

	while (unknown_count < UNKNOWN_COUNT_MAX) {
		int count = count_left(array);

		if (count == 0)
			return;
		unknown_count = count < 0 ? unknown_count + 1 : 0;
		if (count > 0 && count != told)
			fprintf(stderr, "looprace run: Slurm job %s: %u of %u cells have ended\n", array->job,
				array->cell_count - (unsigned int)count, array->cell_count);
		told = count;
		if (interrupt_was_asked(NULL) && !is_cancelled) {
			char *line = NULL;

			is_cancelled = shell("exec scancel \"$1\"", array->job, "", never, &line) == 0;
			free(line);
		}
		pause_a_while();
	}
	fprintf(stderr, "looprace run: Slurm job %s: squeue says nothing of it; taking what is there\n", array->job);
}

/* --- gathering --- */

/* A job that was cut off has no such file, or one that says so. */
static bool was_interrupted(const char *folder)
{
	bool is_interrupted = true;
	json_t *run;

	if (json_read(folder, "run.json", &run, NULL) < 0)
		return true;
	is_interrupted = !json_is_false(json_object_get(run, "is_interrupted"));
	json_decref(run);
	return is_interrupted;
}

/* What the end of its job has broken is no answer. */
static bool is_judged(const char *directory, bool was_cut_off)
{
	const char *verdict;
	bool is_answer;
	json_t *root;

	if (json_read(directory, "verdict.json", &root, NULL) < 0)
		return false;
	verdict = json_string_value(json_object_get(root, "verdict"));
	is_answer = verdict && (!was_cut_off || strcmp(verdict, "PASS") == 0 || strcmp(verdict, "VIOLATION") == 0);
	json_decref(root);
	return is_answer;
}

/* @relative is "<kernel>/<scenario>". */
static int move_cell(const struct array *array, const char *from, const char *relative)
{
	const char *slash = strchr(relative, '/');
	struct report_error error;
	char *kernel = slash ? strndup(relative, (size_t)(slash - relative)) : NULL;
	char *new_relative;
	char *to;
	int r;

	if (!kernel)
		return -EINVAL;
	r = run_directory_add_cell(&array->setup->directory, kernel, slash + 1, 1, &new_relative, &to, &error);
	free(kernel);
	if (r < 0)
		return r;
	/* The name has the number of the repeat already.  The new folder is empty, and is replaced. */
	r = rename(from, to) < 0 ? -errno : 0;
	free(new_relative);
	free(to);
	return r;
}

/* Of a job's folder.  Returns how many were moved. */
static unsigned int gather_from(const struct array *array, const char *folder)
{
	unsigned int moved_count = 0;
	struct report_error error;
	char **relatives;
	unsigned int count;
	bool was_cut_off = was_interrupted(folder);

	if (run_directory_list_cells(folder, &relatives, &count, &error) < 0)
		return 0;
	for (unsigned int i = 0; i < count; i++) {
		char *from;

		if (asprintf(&from, "%s/%s", folder, relatives[i]) < 0)
			continue;
		if (is_judged(from, was_cut_off) && move_cell(array, from, relatives[i]) == 0)
			moved_count++;
		free(from);
	}
	run_directory_free_list(relatives, count);
	return moved_count;
}

/* A job that was cut off may have judged its cell all the same; then its folder is not finished. */
static unsigned int gather_cell(const struct array *array, unsigned int cell)
{
	char *folder;
	char *partial;
	unsigned int moved_count = 0;

	if (asprintf(&folder, "%s/%u", array->folder, cell) < 0)
		return 0;
	if (asprintf(&partial, "%s.partial", folder) >= 0) {
		moved_count = gather_from(array, access(folder, F_OK) == 0 ? folder : partial);
		free(partial);
	}
	free(folder);
	return moved_count;
}

/* Why it came to none stands in its log, which goes with the folder. */
static void tell_log(const struct array *array, unsigned int index)
{
	char number[16];
	char *line = NULL;

	fprintf(stderr, "looprace run: cell %u came to no verdict: Slurm job %s_%u\n", array->cells[index], array->job,
		index);
	snprintf(number, sizeof(number), "%u", index);
	if (shell("tail -n 1 \"$2/$1.log\" 2>/dev/null || :", number, array->folder, never, &line) == 0 && line)
		fprintf(stderr, "  %s\n", line);
	free(line);
}

static void gather(const struct array *array, struct run_matrix_outcome *outcome)
{
	unsigned int moved_count = 0;

	for (unsigned int i = 0; i < array->cell_count; i++) {
		bool is_there = gather_cell(array, array->cells[i]) > 0;

		if (!is_there)
			tell_log(array, i);
		moved_count += is_there;
	}
	outcome->judged_count += moved_count;
	outcome->failed_count += array->cell_count - moved_count;
}

/* --- all of it --- */

static void run_array(struct array *array, struct run_matrix_outcome *outcome)
{
	int r = submit(array);

	if (r < 0) {
		outcome->not_run_count += array->cell_count;
		outcome->exit_code = EXIT_CODE_BROKEN;
		return;
	}
	wait_for_end(array);
	gather(array, outcome);
	free(array->job);
	array->job = NULL;
}

static int make_folder(struct array *array)
{
	char *run = realpath(array->setup->directory.path, NULL);
	int r = -ENOMEM;

	if (run && asprintf(&array->folder, "%s/.slurm", run) >= 0)
		r = mkdir(array->folder, 0777) < 0 && errno != EEXIST ? -errno : 0;
	free(run);
	return r;
}

void slurm_run(struct run_setup *setup, struct run_matrix_outcome *ret_outcome)
{
	struct array array = { .setup = setup };
	struct run_matrix_outcome outcome = { .judged_count = 0 };
	char *line = NULL;
	unsigned int next = 0;
	int r = make_folder(&array);

	array.cells = calloc(ARRAY_CELL_COUNT_MAX, sizeof(*array.cells));
	if (r < 0 || !array.cells) {
		complain(setup->directory.path, r < 0 ? r : -ENOMEM);
		outcome.exit_code = EXIT_CODE_BROKEN;
		next = setup->cell_count;
	}
	while (next < setup->cell_count && outcome.exit_code == 0 && !interrupt_was_asked(NULL)) {
		for (array.cell_count = 0; next < setup->cell_count && array.cell_count < ARRAY_CELL_COUNT_MAX; next++)
			if (!setup->has_verdict[next])
				array.cells[array.cell_count++] = setup->cells[next].number;
		if (array.cell_count > 0)
			run_array(&array, &outcome);
	}
	if (outcome.failed_count > 0)
		fprintf(stderr,
			"looprace run: %u cells have no verdict; looprace run --resume %s --engine slurm runs them\n",
			outcome.failed_count, setup->directory.final_path);
	if (array.folder)
		shell("exec rm -rf \"$1\"", array.folder, "", never, &line);
	free(line);
	free(array.folder);
	free(array.cells);
	*ret_outcome = outcome;
}
