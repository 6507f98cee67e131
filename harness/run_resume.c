/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Going on with a run that was cut off.
 *
 * The plan is made anew from the command line that matrix.json holds, and is the same; a cell of it is known among those
 * that are stored by the command line that repeats it.  A cell that was interrupted by the user has no verdict of its own
 * unless it found a violation, so it runs again.  Only folders without a verdict are removed, and only when the plan has
 * been read and the folder is ours alone.
 */
#include "harness/run_setup.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/commands.h"
#include "harness/report/stored_cells.h"
#include "harness/slurm.h"

static int say(const struct report_error *error)
{
	fprintf(stderr, "looprace run: --resume: %s\n", error->text);
	return EXIT_CODE_USAGE;
}

/* --- the plan --- */

static int open_folder(const char *path, struct run_setup *setup)
{
	struct report_error error;
	int r = run_directory_reopen(path, &setup->directory, &error);

	if (r < 0)
		return say(&error);
	r = run_directory_lock(&setup->directory, &setup->lock_fd, &error);
	if (r < 0)
		return say(&error);
	r = run_plan_read(setup->directory.path, &setup->plan, &error);
	if (r == -ENOENT) {
		fprintf(stderr,
			"looprace run: --resume: %s: holds no " RUN_PLAN_NAME "; the folder of a run would be right\n",
			setup->directory.path);
		return EXIT_CODE_USAGE;
	}
	setup->directory.has_latest = setup->plan.has_latest;
	return r < 0 ? say(&error) : 0;
}

/* The stored command line, with what may be given anew. */
static int read_options(const struct options *asked, struct run_setup *setup)
{
	const struct command_words *command = &setup->plan.command;
	char **argv = calloc(command->count + 1, sizeof(*argv));
	struct options_error error = { "out of memory" };
	int r = -ENOMEM;

	/* The parser changes the order of what it is given. */
	for (unsigned int i = 0; argv && i < command->count; i++)
		argv[i] = command->words[i];
	if (argv)
		r = options_parse((int)command->count, argv, &setup->options, &error);
	free(argv);
	if (r < 0 || setup->options.wants_help || !setup->options.seed.is_given) {
		fprintf(stderr, "looprace run: --resume: %s/" RUN_PLAN_NAME ": command: %s\n", setup->directory.path,
			r < 0 ? error.text : "one with its seed would be right");
		return EXIT_CODE_USAGE;
	}
	setup->seed = setup->options.seed.number;
	setup->options.json = asked->json;
	setup->options.engine = asked->engine;
	if (asked->job_count != 0)
		setup->options.job_count = asked->job_count;
	if (asked->budget_ns != 0)
		setup->options.budget_ns = asked->budget_ns;
	return 0;
}

static int take_scenarios(struct run_setup *setup)
{
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < setup->plan.scenario_count; i++) {
		struct run_plan_scenario *scenario = &setup->plan.scenarios[i];

		r = run_scenarios_add(&setup->options, scenario->name, scenario->text, strlen(scenario->text),
				      &setup->scenarios);
		scenario->text = NULL;
	}
	return r;
}

static int go_to(const struct run_setup *setup)
{
	if (chdir(setup->plan.working_directory) == 0)
		return 0;
	fprintf(stderr, "looprace run: --resume: %s: %s; it was started there, and its paths count from there\n",
		setup->plan.working_directory, strerror(errno));
	return EXIT_CODE_USAGE;
}

/* --- what is stored --- */

static bool has_own_verdict(const struct report_cell *stored)
{
	if (!stored->judged_by)
		return false;
	return !stored->record->is_interrupted || stored->judgement->verdict == VERDICT_PASS ||
	       stored->judgement->verdict == VERDICT_VIOLATION;
}

static int mark(struct run_setup *setup, const struct report_cell *stored)
{
	for (unsigned int i = 0; i < setup->cell_count; i++) {
		const struct matrix_cell *cell = &setup->cells[i];
		const char *kernel =
			cell->kernel == MATRIX_NO_KERNEL ? NULL : setup->options.kernels.texts[cell->kernel];
		char *command;
		bool is_it;

		if (setup->has_verdict[i] || cell->seed != stored->record->seed)
			continue;
		command = command_of_cell(&setup->options, kernel, setup->scenarios.items[cell->scenario].name,
					  cell->seed);
		if (!command)
			return -ENOMEM;
		is_it = stored->record->command_line && strcmp(command, stored->record->command_line) == 0;
		free(command);
		if (is_it) {
			setup->has_verdict[i] = true;
			setup->verdict_count++;
			return 0;
		}
	}
	return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path) < 0 ? -errno : 0;
}

static bool is_kept(const struct stored_cells *stored, const char *path)
{
	for (unsigned int i = 0; i < stored->count; i++)
		if (strcmp(stored->cells[i].path, path) == 0 && has_own_verdict(&stored->cells[i]))
			return true;
	return false;
}

/* Calls @visit for each folder in a folder. */
static int for_each_folder(const char *parent, int (*visit)(const char *path, const struct stored_cells *stored),
			   const struct stored_cells *stored)
{
	DIR *folder = opendir(parent);
	struct dirent *entry;
	int r = 0;

	if (!folder)
		return -errno;
	while (r == 0 && (entry = readdir(folder))) {
		struct stat status;
		char *path;

		if (entry->d_name[0] == '.')
			continue;
		if (asprintf(&path, "%s/%s", parent, entry->d_name) < 0)
			r = -ENOMEM;
		else if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode))
			r = visit(path, stored);
		if (r != -ENOMEM)
			free(path);
	}
	closedir(folder);
	return r;
}

static int sweep_cell(const char *path, const struct stored_cells *stored)
{
	int r = is_kept(stored, path) ? 0 : nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);

	return r == -1 ? -errno : r;
}

static int sweep_kernel(const char *path, const struct stored_cells *stored)
{
	int r = for_each_folder(path, sweep_cell, stored);

	if (r == 0)
		rmdir(path); /* stays where cells are in it */
	return r;
}

static int look_at_cells(struct run_setup *setup)
{
	const char *path = setup->directory.path;
	struct stored_cells stored = { .count = 0 };
	struct report_error error;
	int r = stored_cells_load(&path, 1, &stored, &error);

	/* Killed before its first cell. */
	if (r < 0 && r != -ENOENT)
		return say(&error);
	r = 0;
	for (unsigned int i = 0; r == 0 && i < stored.count; i++)
		if (has_own_verdict(&stored.cells[i]))
			r = mark(setup, &stored.cells[i]);
	if (r == 0 && setup->verdict_count < setup->cell_count)
		r = for_each_folder(path, sweep_kernel, &stored);
	if (r == 0)
		r = file_sweep(path);
	stored_cells_fini(&stored);
	if (r == 0)
		return 0;
	fprintf(stderr, "looprace run: --resume: %s: %s\n", path, strerror(-r));
	return EXIT_CODE_BROKEN;
}

int run_setup_resume(const struct options *asked, struct run_setup *setup)
{
	struct report_error error;
	int r = paths_find(&setup->paths);

	if (r < 0) {
		fprintf(stderr, "looprace run: %s\n", strerror(-r));
		return EXIT_CODE_BROKEN;
	}
	r = open_folder(asked->resume_dir, setup);
	if (r == 0)
		r = read_options(asked, setup);
	if (r == 0)
		r = take_scenarios(setup);
	if (r == 0)
		r = go_to(setup);
	if (r == 0)
		r = run_setup_plan(setup);
	if (r == 0)
		r = slurm_recover(setup) == 0 ? 0 : EXIT_CODE_BROKEN;
	if (r == 0)
		r = look_at_cells(setup);
	if (r == 0 && setup->verdict_count < setup->cell_count && run_directory_unfinish(&setup->directory, &error) < 0)
		r = say(&error);
	return r;
}
