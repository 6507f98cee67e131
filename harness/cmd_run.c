/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `looprace run`: cells of a matrix, and what came of them.
 *
 * All that can be wrong with the command line is found before anything runs: then nothing is left behind.  From the
 * first guest on, whatever happens ends in a verdict for its cell and in reports over all cells that are stored.
 */
#include "harness/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/engine/clock.h"
#include "harness/interrupt.h"
#include "harness/report/mixed_kernels.h"
#include "harness/report/stored_cells.h"
#include "harness/run_matrix.h"
#include "harness/run_setup.h"
#include "harness/slurm.h"

/* --- results --- */

static int write_reports(struct run_setup *setup, struct report_run *run)
{
	struct report_error error;

	if (report_write(setup->directory.path, run, &error) == 0 &&
	    run_directory_finish(&setup->directory, &error) == 0)
		return 0;
	fprintf(stderr, "looprace run: %s\n", error.text);
	run->directory = setup->directory.path;
	return EXIT_CODE_BROKEN;
}

static void print_report(const struct options *options, const struct report_run *run)
{
	char *text;

	if (!options->json) {
		report_print_summary(stdout, run, isatty(STDOUT_FILENO) == 1);
		return;
	}
	text = report_verdict_json(run);
	fputs(text ? text : "", stdout);
	free(text);
}

/* A violation outweighs what went wrong elsewhere. */
static int worse(int a, int b)
{
	static const int order[] = { EXIT_CODE_VIOLATION, EXIT_CODE_BROKEN, EXIT_CODE_USAGE, EXIT_CODE_SKIP };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return EXIT_CODE_PASS;
}

/* It was gone on with, and had nothing left to do: then it keeps the reports that it has. */
static bool is_finished(const struct run_setup *setup)
{
	return setup->verdict_count == setup->cell_count &&
	       strcmp(setup->directory.path, setup->directory.final_path) == 0;
}

/* From what is stored, of this run and of the one that it goes on with. */
static int report(struct run_setup *setup, uint64_t total_ns, bool is_whole)
{
	char *command_line = command_words_quote(&setup->plan.command);
	const char *path = setup->directory.path;
	struct stored_cells stored;
	struct report_error error;
	struct report_run run;
	int exit_code;

	if (stored_cells_load(&path, 1, &stored, &error) < 0) {
		fprintf(stderr, "looprace run: %s\n", error.text);
		free(command_line);
		return EXIT_CODE_BROKEN;
	}
	run = (struct report_run){
		.directory = setup->directory.final_path,
		.command_line = command_line,
		.started_at = setup->plan.started_at,
		.total_ns = total_ns,
		.is_interrupted = !is_whole,
		.cell_count = stored.count,
		.cells = stored.cells,
	};
	exit_code = verdict_exit_code(report_worst_verdict(stored.cells, stored.count));
	if (!is_finished(setup))
		exit_code = worse(exit_code, write_reports(setup, &run));
	mixed_kernels_print(stderr, "looprace run: ", stored.cells, stored.count);
	print_report(&setup->options, &run);
	stored_cells_fini(&stored);
	free(command_line);
	return exit_code;
}

/* What did not run is not known to be sound. */
static int exit_code_of(const struct run_matrix_outcome *outcome)
{
	int exit_code = outcome->exit_code;

	if (outcome->failed_count > 0)
		exit_code = worse(exit_code, EXIT_CODE_BROKEN);
	if (outcome->refused_count > 0)
		exit_code = worse(exit_code, EXIT_CODE_USAGE);
	if (outcome->unstored_violation_count > 0)
		exit_code = worse(exit_code, EXIT_CODE_VIOLATION);
	if (interrupt_was_asked(NULL) || outcome->is_budget_over)
		exit_code = worse(exit_code, EXIT_CODE_BROKEN);
	return exit_code;
}

static int finish(struct run_setup *setup, const struct run_matrix_outcome *outcome, uint64_t total_ns)
{
	bool is_whole = !interrupt_was_asked(NULL) && !outcome->is_budget_over;
	int exit_code = exit_code_of(outcome);

	if (outcome->is_budget_over)
		fprintf(stderr,
			"looprace run: the budget is over and %u of %u cells did not run; looprace run --resume %s "
			"runs them\n",
			outcome->not_run_count, setup->cell_count, setup->directory.final_path);
	if (is_finished(setup))
		fprintf(stderr, "looprace run: %s: all %u cells have a verdict; there is nothing to do\n",
			setup->directory.path, setup->cell_count);
	if (outcome->judged_count + setup->verdict_count == 0) {
		if (interrupt_was_asked(NULL))
			fputs("looprace run: interrupted before anything ran\n", stderr);
		/* A cell that failed may have left evidence; a run without any has not. */
		if (outcome->failed_count == 0)
			run_directory_abandon(&setup->directory);
		return exit_code;
	}
	return worse(report(setup, total_ns, is_whole), exit_code);
}

/* --- the run --- */

static int run(struct run_setup *setup, uint64_t start_ns)
{
	unsigned int job_count = setup->options.job_count ? setup->options.job_count : 1;
	struct run_matrix matrix = {
		.run = { .options = &setup->options,
			 .paths = &setup->paths,
			 .directory = &setup->directory,
			 .is_quiet = job_count > 1 },
		.plan = &setup->plan,
		.scenarios = &setup->scenarios,
		.kernels = setup->options.kernels.texts,
		.kernel_count = setup->options.kernels.count,
		.cells = setup->cells,
		.cell_count = setup->cell_count,
		.has_verdict = setup->has_verdict,
		.job_count = job_count,
		.end_ns = setup->options.budget_ns ? start_ns + setup->options.budget_ns : 0,
	};
	struct run_matrix_outcome outcome;

	/* vm/boot looks beside itself and in build/; a build of another name tells it where its probe is. */
	if (setenv("LOOPRACE_KVM_PROBE", setup->paths.kvm_probe, 0) < 0)
		return EXIT_CODE_BROKEN;
	if (setup->options.engine && strcmp(setup->options.engine, "slurm") == 0)
		slurm_run(setup, matrix.end_ns, &outcome);
	else
		run_matrix(&matrix, &outcome);
	return finish(setup, &outcome, clock_now_ns() - start_ns);
}

int cmd_run(const struct options *options)
{
	struct run_setup setup = RUN_SETUP_NULL;
	uint64_t start_ns = clock_now_ns();
	int exit_code;

	interrupt_watch();
	exit_code = options->resume_dir ? run_setup_resume(options, &setup) : run_setup_new(options, &setup);
	if (exit_code == 0)
		exit_code = run(&setup, start_ns);
	run_setup_fini(&setup);
	return exit_code;
}
