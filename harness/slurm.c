/* SPDX-License-Identifier: Apache-2.0 */
/* The course of it: submit, wait, gather, or recover; see slurm.h. */
#include "harness/slurm.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "harness/commands.h"
#include "harness/engine/clock.h"
#include "harness/interrupt.h"
#include "harness/report/json.h"
#include "harness/run_kernels.h"
#include "harness/slurm_array.h"
#include "harness/slurm_commands.h"

#define POLL_MS	  1000
#define SECOND_NS 1000000000ull
/* A controller that is silent for so long is given up: it may be restarted, but a user who waits for the end may not. */
#define SILENCE_NS		   (300 * SECOND_NS)
#define SILENCE_AFTER_INTERRUPT_NS (15 * SECOND_NS)
/* Slurm's KillWait is 30 s unless its administrator wants another. */
#define CANCEL_NS (60 * SECOND_NS)

/* A run and the array of it that is on its way. */
struct course {
	struct run_setup *setup;
	uint64_t end_ns; /* nothing new begins afterwards; 0: no such time */
	struct slurm_array array;
};

static int complain(const char *what, int r)
{
	fprintf(stderr, "looprace run: --engine slurm: %s: %s\n", what, strerror(-r));
	return r;
}

/* --- submitting --- */

/* --jobs limits how many run at once. */
static int submit(struct course *course)
{
	const struct run_setup *setup = course->setup;
	struct slurm_array *array = &course->array;
	int r = slurm_array_write_script(array, setup->directory.path, &setup->plan.command, setup->whole_count);
	char *range;

	if (r < 0)
		return complain(array->folder, r);
	range = slurm_array_range(array->cell_count, setup->options.job_count);
	if (!range)
		return -ENOMEM;
	r = slurm_submit(array->folder, range, &array->job);
	free(range);
	return r;
}

/* --- waiting --- */

static void pause_a_while(void)
{
	nanosleep(&(struct timespec){ .tv_sec = POLL_MS / 1000, .tv_nsec = POLL_MS % 1000 * 1000000L }, NULL);
}

/* What the user and the budget want of it. */
struct wishes {
	bool is_cancelled;
	bool is_cut_short; /* what waits was cancelled */
};

static void grant(const struct course *course, struct wishes *wishes)
{
	const char *job = course->array.job;

	if (interrupt_was_asked(NULL) && !wishes->is_cancelled)
		wishes->is_cancelled = slurm_cancel(job, "");
	if (course->end_ns != 0 && clock_now_ns() >= course->end_ns && !wishes->is_cut_short)
		wishes->is_cut_short = slurm_cancel(job, "--state=PENDING");
}

static void wait_for_end(const struct course *course)
{
	const struct slurm_array *array = &course->array;
	struct wishes wishes = { .is_cancelled = false };
	uint64_t heard_ns = clock_now_ns();
	int told = -1;

	for (;;) {
		int count = slurm_count_left(array->job);
		uint64_t silence_ns = interrupt_was_asked(NULL) ? SILENCE_AFTER_INTERRUPT_NS : SILENCE_NS;

		if (count == 0)
			return;
		if (count > 0)
			heard_ns = clock_now_ns();
		else if (clock_now_ns() - heard_ns >= silence_ns)
			break;
		else if (told >= 0)
			fprintf(stderr, "looprace run: Slurm job %s: squeue does not answer; waiting\n", array->job);
		if (count > 0 && count != told)
			fprintf(stderr, "looprace run: Slurm job %s: %u of %u cells have ended\n", array->job,
				array->cell_count - (unsigned int)count, array->cell_count);
		told = count;
		grant(course, &wishes);
		pause_a_while();
	}
	fprintf(stderr,
		"looprace run: Slurm job %s: squeue does not answer; taking what is there, the others may go on until "
		"scancel %s\n",
		array->job, array->job);
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
static int move_cell(const struct course *course, const char *from, const char *relative)
{
	const char *slash = strchr(relative, '/');
	struct report_error error;
	char *kernel = slash ? strndup(relative, (size_t)(slash - relative)) : NULL;
	char *new_relative;
	char *to;
	int r;

	if (!kernel)
		return -EINVAL;
	r = run_directory_add_cell(&course->setup->directory, kernel, slash + 1, 1, &new_relative, &to, &error);
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
static unsigned int gather_from(const struct course *course, const char *folder)
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
		if (is_judged(from, was_cut_off) && move_cell(course, from, relatives[i]) == 0)
			moved_count++;
		free(from);
	}
	run_directory_free_list(relatives, count);
	return moved_count;
}

/* A job that was cut off may have judged its cell all the same; then its folder is not finished. */
static unsigned int gather_cell(const struct course *course, const char *folder)
{
	char *partial;
	unsigned int moved_count = 0;

	if (asprintf(&partial, "%s.partial", folder) >= 0) {
		moved_count = gather_from(course, access(folder, F_OK) == 0 ? folder : partial);
		free(partial);
	}
	return moved_count;
}

/* Why it came to none stands in its log, which goes with the folder. */
static void tell_log(const struct slurm_array *array, unsigned int index)
{
	char *line = slurm_array_last_words(array, index);

	fprintf(stderr, "looprace run: cell %u came to no verdict: Slurm job %s_%u\n", array->cells[index], array->job,
		index);
	if (line)
		fprintf(stderr, "  %s\n", line);
	free(line);
}

static void gather(const struct course *course, struct run_matrix_outcome *outcome)
{
	const struct slurm_array *array = &course->array;

	for (unsigned int i = 0; i < array->cell_count; i++) {
		char *folder = slurm_array_cell_folder(array, i);

		if (folder && gather_cell(course, folder) > 0) {
			outcome->judged_count++;
		} else if (slurm_array_has_begun(array, i)) {
			tell_log(array, i);
			outcome->failed_count++;
		} else {
			outcome->not_run_count++;
		}
		free(folder);
	}
}

/* --- all of it --- */

static void run_array(struct course *course, struct run_matrix_outcome *outcome)
{
	int r = submit(course);

	if (r < 0) {
		outcome->not_run_count += course->array.cell_count;
		outcome->exit_code = EXIT_CODE_BROKEN;
		return;
	}
	wait_for_end(course);
	gather(course, outcome);
	free(course->array.job);
	course->array.job = NULL;
}

static bool is_needed(const struct run_setup *setup, unsigned int kernel)
{
	for (unsigned int i = 0; i < setup->cell_count; i++)
		if (!setup->has_verdict[i] && setup->cells[i].kernel == kernel)
			return true;
	return false;
}

/* Once, here, and not by each job at the same time.  Which of them can be had is told by @ret_is_there. */
static int get_kernels(struct run_setup *setup, bool *ret_is_there)
{
	const struct run_kernels kernels = {
		.options = &setup->options,
		.paths = &setup->paths,
		.directory = &setup->directory,
		.scenarios = &setup->scenarios,
		.plan = &setup->plan,
	};
	int exit_code = 0;

	for (unsigned int i = 0; i < setup->options.kernels.count; i++) {
		struct kernel kernel;
		int r;

		if (!is_needed(setup, i))
			continue;
		r = run_kernels_get(&kernels, setup->options.kernels.texts[i], interrupt_was_asked, NULL, &kernel);
		ret_is_there[i] = r == 0;
		if (r == 0)
			kernel_fini(&kernel);
		else if (exit_code == 0)
			exit_code = r > 0 ? r : EXIT_CODE_BROKEN;
	}
	return exit_code;
}

static bool is_over(const struct course *course)
{
	return interrupt_was_asked(NULL) || (course->end_ns != 0 && clock_now_ns() >= course->end_ns);
}

/* As many arrays, one after the other, as it takes. */
static void run_arrays(struct course *course, const bool *has_kernel, struct run_matrix_outcome *outcome)
{
	const struct run_setup *setup = course->setup;
	struct slurm_array *array = &course->array;
	unsigned int size = slurm_array_size();
	bool is_refused = size == 0;

	/* Then all are counted. */
	if (is_refused) {
		outcome->exit_code = EXIT_CODE_BROKEN;
		size = SLURM_ARRAY_SIZE_MAX;
	}
	for (unsigned int next = 0; next < setup->cell_count;) {
		for (array->cell_count = 0; next < setup->cell_count && array->cell_count < size; next++) {
			const struct matrix_cell *cell = &setup->cells[next];

			if (setup->has_verdict[next])
				continue;
			if (cell->kernel == MATRIX_NO_KERNEL || has_kernel[cell->kernel])
				array->cells[array->cell_count++] = cell->number;
			else
				outcome->not_run_count++;
		}
		if (is_refused || is_over(course))
			outcome->not_run_count += array->cell_count;
		else if (array->cell_count > 0)
			run_array(course, outcome);
		is_refused = outcome->exit_code != 0;
	}
}

static void tell(const struct run_setup *setup, const struct run_matrix_outcome *outcome)
{
	unsigned int count = outcome->failed_count + outcome->not_run_count;

	/* Of the budget the caller tells. */
	if (count > 0 && outcome->judged_count + setup->verdict_count > 0 && !outcome->is_budget_over)
		fprintf(stderr,
			"looprace run: %u cells have no verdict; looprace run --resume %s --engine slurm runs them\n",
			count, setup->directory.final_path);
}

void slurm_run(struct run_setup *setup, uint64_t end_ns, struct run_matrix_outcome *ret_outcome)
{
	struct course course = { .setup = setup, .end_ns = end_ns };
	struct slurm_array *array = &course.array;
	struct run_matrix_outcome outcome = { .judged_count = 0 };
	bool *has_kernel = calloc(setup->options.kernels.count + 1, sizeof(*has_kernel));
	int r = slurm_array_find_folder(array, setup->directory.path);
	int kernel_exit_code;

	array->cells = calloc(SLURM_ARRAY_SIZE_MAX, sizeof(*array->cells));
	if (r == 0)
		r = array->cells && has_kernel ? 0 : -ENOMEM;
	if (r == 0 && mkdir(array->folder, 0777) < 0 && errno != EEXIST)
		r = -errno;
	if (r == 0) {
		kernel_exit_code = get_kernels(setup, has_kernel);
		run_arrays(&course, has_kernel, &outcome);
		outcome.is_budget_over = outcome.not_run_count > 0 && !interrupt_was_asked(NULL) && is_over(&course);
		if (outcome.exit_code == 0)
			outcome.exit_code = kernel_exit_code;
		/* Somebody else has cancelled what waited. */
		if (outcome.exit_code == 0 && outcome.not_run_count > 0)
			outcome.exit_code = EXIT_CODE_BROKEN;
		tell(setup, &outcome);
		slurm_array_remove_folder(array);
	} else {
		complain(setup->directory.path, r);
		outcome.exit_code = EXIT_CODE_BROKEN;
	}
	free(array->folder);
	free(array->cells);
	free(has_kernel);
	*ret_outcome = outcome;
}

/* --- what a killed run has left --- */

/* Calls @visit for each entry of a folder, with its path and its name. */
static void for_each(const char *parent, void (*visit)(struct course *course, const char *path, const char *name),
		     struct course *course)
{
	struct dirent **entries;
	int count = scandir(parent, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		char *path;

		if (entries[i]->d_name[0] != '.' && asprintf(&path, "%s/%s", parent, entries[i]->d_name) >= 0) {
			visit(course, path, entries[i]->d_name);
			free(path);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static void recover_cell(struct course *course, const char *path, const char *name)
{
	gather_from(course, path);
}

/* Slurm gives a job some time to end in order, and until then it writes. */
static void wait_for_cancelled(const char *job)
{
	uint64_t end_ns = clock_now_ns() + CANCEL_NS;

	while (slurm_count_left(job) > 0 && clock_now_ns() < end_ns && !interrupt_was_asked(NULL))
		pause_a_while();
}

/* A folder of an array has Slurm's number of it; beside it are files. */
static void recover_array(struct course *course, const char *path, const char *name)
{
	struct stat status;

	if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode))
		return;
	/* Where the cluster is out of reach its jobs go on, in a folder that is no longer there. */
	if (slurm_cancel(name, "--quiet"))
		wait_for_cancelled(name);
	for_each(path, recover_cell, course);
}

int slurm_recover(struct run_setup *setup)
{
	struct course course = { .setup = setup };
	struct slurm_array *array = &course.array;

	if (slurm_array_find_folder(array, setup->directory.path) < 0)
		return -ENOMEM;
	if (access(array->folder, F_OK) == 0) {
		for_each(array->folder, recover_array, &course);
		slurm_array_remove_folder(array);
	}
	free(array->folder);
	return 0;
}
