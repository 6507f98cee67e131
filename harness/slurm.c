/* SPDX-License-Identifier: Apache-2.0 */
/* Submit, wait, gather; see slurm.h. */
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
#include "harness/script.h"

/* Slurm's own MaxArraySize is 1001 unless its administrator wants another; more jobs at once than this help nobody. */
#define ARRAY_CELL_COUNT_MAX 1000
#define POLL_MS		     1000
#define SECOND_NS	     1000000000ull
/* A controller that is silent for so long is given up: it may be restarted, but a user who waits for the end may not. */
#define SILENCE_NS		   (300 * SECOND_NS)
#define SILENCE_AFTER_INTERRUPT_NS (15 * SECOND_NS)
/* Slurm's KillWait is 30 s unless its administrator wants another. */
#define CANCEL_NS (60 * SECOND_NS)

/* One array of jobs. */
struct array {
	struct run_setup *setup;
	uint64_t end_ns;     /* nothing new begins afterwards; 0: no such time */
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

/* As a shell reads it. */
static int put_word(FILE *stream, const char *name, const char *value)
{
	char *words[] = { (char *)(uintptr_t)value };
	char *text = value ? command_words_quote(&(struct command_words){ .words = words, .count = 1 }) : NULL;

	if (!text)
		return -ENOMEM;
	fprintf(stream, "%s=%s\n", name, text);
	free(text);
	return 0;
}

/* All but the part of the whole that is run: each job has its own. */
static int put_command(FILE *stream, const struct command_words *command)
{
	struct command_words words = { .words = calloc(command->count + 1, sizeof(*words.words)) };
	char *text;

	for (unsigned int i = 1; words.words && i < command->count; i++) {
		if (strcmp(command->words[i], "--shard") == 0)
			i++;
		else
			words.words[words.count++] = command->words[i];
	}
	text = words.words ? command_words_quote(&words) : NULL;
	free(words.words);
	if (!text)
		return -ENOMEM;
	fprintf(stream, "exec \"$program\" %s", text);
	free(text);
	return 0;
}

/*
 * A job needs no file but the program's own: Slurm keeps a copy of this.  What an earlier try of the same cell has left,
 * as after Slurm's own requeue, is in the way.  Where the run's folder is gone nobody waits for the job any more, and it
 * must not make it anew.
 */
static int print_job(FILE *stream, const struct array *array)
{
	char *program = realpath("/proc/self/exe", NULL);
	char *directory = getcwd(NULL, 0);
	char *run = realpath(array->setup->directory.path, NULL);
	int r;

	fputs("#!/bin/sh\nset -eu\n", stream);
	r = put_word(stream, "program", program);
	if (r == 0)
		r = put_word(stream, "directory", directory);
	if (r == 0)
		r = put_word(stream, "folder", array->folder);
	if (r == 0)
		r = put_word(stream, "export " RUN_PLAN_VARIABLE, run);
	fputs("cell=$(sed -n \"$((SLURM_ARRAY_TASK_ID + 1))p\" <<'END'\n", stream);
	for (unsigned int i = 0; i < array->cell_count; i++)
		fprintf(stream, "%u\n", array->cells[i]);
	fputs("END\n)\n"
	      "out=$folder/$SLURM_ARRAY_JOB_ID/$cell\n"
	      "rm -rf \"$out\" \"$out.partial\"\n"
	      "mkdir \"$folder/$SLURM_ARRAY_JOB_ID\" 2>/dev/null || [ -d \"$folder/$SLURM_ARRAY_JOB_ID\" ]\n"
	      "cd \"$directory\"\n",
	      stream);
	if (r == 0)
		r = put_command(stream, &array->setup->plan.command);
	fprintf(stream, " --shard \"$((cell + 1))/%u\" --out \"$out\"\n", array->setup->whole_count);
	free(run);
	free(directory);
	free(program);
	return r;
}

static int write_job(const struct array *array)
{
	char *text = NULL;
	size_t bytes;
	FILE *stream = open_memstream(&text, &bytes);
	int r = -ENOMEM;

	if (stream) {
		r = print_job(stream, array);
		if (fclose(stream) != 0)
			r = -ENOMEM;
	}
	if (r == 0)
		r = file_write(array->folder, "job.sh", text, bytes, NULL);
	free(text);
	return r;
}

/* --jobs limits how many run at once. */
static int submit(struct array *array)
{
	unsigned int job_count = array->setup->options.job_count;
	char *range = NULL;
	int r = write_job(array);

	if (r < 0)
		return complain(array->folder, r);
	if (job_count == 0)
		r = asprintf(&range, "0-%u", array->cell_count - 1);
	else
		r = asprintf(&range, "0-%u%%%u", array->cell_count - 1, job_count);
	if (r < 0)
		return -ENOMEM;
	r = shell("exec sbatch --parsable --job-name=looprace --array=\"$1\" --output=\"$2/%A_%a.log\" \"$2/job.sh\"",
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

/* How many cells an array may have; 0: the cluster does not answer, and scontrol has said so. */
static unsigned int array_size(void)
{
	static const char text[] =
		"config=$(scontrol show config) && printf '%s' \"$config\" | sed -n 's/^MaxArraySize *= *//p'";
	char *line = NULL;
	int r = shell(text, "", "", interrupt_was_asked, &line);
	int size = r == 0 && line ? atoi(line) : 0;

	free(line);
	/* 127: there is none, as there is no sbatch, which is told below. */
	if (r != 0 && r != 127)
		return 0;
	return size > 0 && size < ARRAY_CELL_COUNT_MAX ? (unsigned int)size : ARRAY_CELL_COUNT_MAX;
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

static bool cancel(const char *job, const char *option)
{
	char *line = NULL;
	bool is_done = shell("exec scancel $2 \"$1\"", job, option, never, &line) == 0;

	free(line);
	return is_done;
}

static void pause_a_while(void)
{
	nanosleep(&(struct timespec){ .tv_sec = POLL_MS / 1000, .tv_nsec = POLL_MS % 1000 * 1000000L }, NULL);
}

/* What the user and the budget want of an array that is on its way. */
struct wishes {
	bool is_cancelled;
	bool is_cut_short; /* what waits was cancelled */
};

static void grant(const struct array *array, struct wishes *wishes)
{
	if (interrupt_was_asked(NULL) && !wishes->is_cancelled)
		wishes->is_cancelled = cancel(array->job, "");
	if (array->end_ns != 0 && clock_now_ns() >= array->end_ns && !wishes->is_cut_short)
		wishes->is_cut_short = cancel(array->job, "--state=PENDING");
}

static void wait_for_end(const struct array *array)
{
	struct wishes wishes = { .is_cancelled = false };
	uint64_t heard_ns = clock_now_ns();
	int told = -1;

	for (;;) {
		int count = count_left(array);
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
		grant(array, &wishes);
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
static unsigned int gather_cell(const struct array *array, const char *folder)
{
	char *partial;
	unsigned int moved_count = 0;

	if (asprintf(&partial, "%s.partial", folder) >= 0) {
		moved_count = gather_from(array, access(folder, F_OK) == 0 ? folder : partial);
		free(partial);
	}
	return moved_count;
}

/* Did its job ever begin?  Its log is made when it does. */
static bool has_begun(const struct array *array, unsigned int index)
{
	char *log;
	bool is_there;

	if (asprintf(&log, "%s/%s_%u.log", array->folder, array->job, index) < 0)
		return true;
	is_there = access(log, F_OK) == 0;
	free(log);
	return is_there;
}

/* Why it came to none stands in its log, which goes with the folder. */
static void tell_log(const struct array *array, unsigned int index)
{
	char *log;
	char *line = NULL;

	fprintf(stderr, "looprace run: cell %u came to no verdict: Slurm job %s_%u\n", array->cells[index], array->job,
		index);
	if (asprintf(&log, "%s/%s_%u.log", array->folder, array->job, index) < 0)
		return;
	if (shell("tail -n 1 \"$1\" 2>/dev/null || :", log, "", never, &line) == 0 && line)
		fprintf(stderr, "  %s\n", line);
	free(line);
	free(log);
}

static void gather(const struct array *array, struct run_matrix_outcome *outcome)
{
	for (unsigned int i = 0; i < array->cell_count; i++) {
		char *folder;
		unsigned int moved_count = 0;

		if (asprintf(&folder, "%s/%s/%u", array->folder, array->job, array->cells[i]) >= 0) {
			moved_count = gather_cell(array, folder);
			free(folder);
		}
		if (moved_count > 0) {
			outcome->judged_count++;
		} else if (has_begun(array, i)) {
			tell_log(array, i);
			outcome->failed_count++;
		} else {
			outcome->not_run_count++;
		}
	}
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

static int find_folder(struct array *array)
{
	char *run = realpath(array->setup->directory.path, NULL);
	int r = run ? asprintf(&array->folder, "%s/.slurm", run) : -1;

	free(run);
	return r < 0 ? -ENOMEM : 0;
}

static void remove_folder(const struct array *array)
{
	char *line = NULL;

	shell("exec rm -rf \"$1\"", array->folder, "", never, &line);
	free(line);
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

static bool is_over(const struct array *array)
{
	return interrupt_was_asked(NULL) || (array->end_ns != 0 && clock_now_ns() >= array->end_ns);
}

/* As many arrays, one after the other, as it takes. */
static void run_arrays(struct array *array, const bool *has_kernel, struct run_matrix_outcome *outcome)
{
	const struct run_setup *setup = array->setup;
	unsigned int size = array_size();
	bool is_refused = size == 0;

	/* Then all are counted. */
	if (is_refused) {
		outcome->exit_code = EXIT_CODE_BROKEN;
		size = ARRAY_CELL_COUNT_MAX;
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
		if (is_refused || is_over(array))
			outcome->not_run_count += array->cell_count;
		else if (array->cell_count > 0)
			run_array(array, outcome);
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
	struct array array = { .setup = setup, .end_ns = end_ns };
	struct run_matrix_outcome outcome = { .judged_count = 0 };
	bool *has_kernel = calloc(setup->options.kernels.count + 1, sizeof(*has_kernel));
	int r = find_folder(&array);
	int kernel_exit_code;

	array.cells = calloc(ARRAY_CELL_COUNT_MAX, sizeof(*array.cells));
	if (r == 0)
		r = array.cells && has_kernel ? 0 : -ENOMEM;
	if (r == 0 && mkdir(array.folder, 0777) < 0 && errno != EEXIST)
		r = -errno;
	if (r == 0) {
		kernel_exit_code = get_kernels(setup, has_kernel);
		run_arrays(&array, has_kernel, &outcome);
		outcome.is_budget_over = outcome.not_run_count > 0 && !interrupt_was_asked(NULL) && is_over(&array);
		if (outcome.exit_code == 0)
			outcome.exit_code = kernel_exit_code;
		/* Somebody else has cancelled what waited. */
		if (outcome.exit_code == 0 && outcome.not_run_count > 0)
			outcome.exit_code = EXIT_CODE_BROKEN;
		tell(setup, &outcome);
		remove_folder(&array);
	} else {
		complain(setup->directory.path, r);
		outcome.exit_code = EXIT_CODE_BROKEN;
	}
	free(array.folder);
	free(array.cells);
	free(has_kernel);
	*ret_outcome = outcome;
}

/* --- what a killed run has left --- */

/* Calls @visit for each entry of a folder, with its path and its name. */
static void for_each(const char *parent, void (*visit)(struct array *array, const char *path, const char *name),
		     struct array *array)
{
	struct dirent **entries;
	int count = scandir(parent, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		char *path;

		if (entries[i]->d_name[0] != '.' && asprintf(&path, "%s/%s", parent, entries[i]->d_name) >= 0) {
			visit(array, path, entries[i]->d_name);
			free(path);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static void recover_cell(struct array *array, const char *path, const char *name)
{
	gather_from(array, path);
}

/* Slurm gives a job some time to end in order, and until then it writes. */
static void wait_for_cancelled(const struct array *array)
{
	uint64_t end_ns = clock_now_ns() + CANCEL_NS;

	while (count_left(array) > 0 && clock_now_ns() < end_ns && !interrupt_was_asked(NULL))
		pause_a_while();
}

/* A folder of an array has Slurm's number of it; beside it are files. */
static void recover_array(struct array *array, const char *path, const char *name)
{
	struct stat status;

	if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode))
		return;
	array->job = (char *)(uintptr_t)name;
	/* Where the cluster is out of reach its jobs go on, in a folder that is no longer there. */
	if (cancel(name, "--quiet"))
		wait_for_cancelled(array);
	array->job = NULL;
	for_each(path, recover_cell, array);
}

int slurm_recover(struct run_setup *setup)
{
	struct array array = { .setup = setup };

	if (find_folder(&array) < 0)
		return -ENOMEM;
	if (access(array.folder, F_OK) == 0) {
		for_each(array.folder, recover_array, &array);
		remove_folder(&array);
	}
	free(array.folder);
	return 0;
}
