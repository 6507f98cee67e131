/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `looprace run`: every scenario on every kernel, one after the other.
 *
 * All that can be wrong with the command line is found before anything runs: then nothing is left behind.  From the
 * first guest on, whatever happens ends in a verdict for its cell and in reports over all cells that ran.
 */
#include "harness/commands.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "harness/engine/clock.h"
#include "harness/engine/engine.h"
#include "harness/interrupt.h"
#include "harness/run_cell.h"
#include "harness/scenario/strict.h"

#define SCENARIO_BYTES_MAX (1u << 20)

struct run_state {
	struct run run;
	struct paths paths;
	struct run_directory directory;
	struct run_scenario *scenarios;
	unsigned int scenario_count;
	struct run_cell *cells;
	unsigned int cell_count;
	unsigned int cell_capacity;
	unsigned int failed_count;	       /* cells without a judgement: the reason was printed */
	unsigned int refused_count;	       /* cells that did not run and left nothing, likewise */
	unsigned int unstored_violation_count; /* of those without a judgement that is stored */
	uint64_t start_ns;
	char started_at[32];
};

static int usage(const char *text)
{
	fprintf(stderr, "looprace run: %s\n", text);
	return EXIT_CODE_USAGE;
}

/* --- scenarios --- */

/* The scenario module does not know the judge, so it is told the names of rules here. */
static int check_rules(const char *path, const struct scenario *scenario)
{
	const char *rules[RULE_COUNT];
	struct scenario_error error;

	for (unsigned int rule = 0; rule < RULE_COUNT; rule++)
		rules[rule] = rule_name((enum rule)rule);
	if (scenario_check_rules(scenario, path, rules, RULE_COUNT, &error) == 0)
		return 0;
	fprintf(stderr, "%s\n", error.text);
	return EXIT_CODE_USAGE;
}

static int apply_overrides(const struct options *options, struct run_scenario *source)
{
	struct scenario *scenario = source->scenario;

	if (options->duration_ns != 0) {
		scenario->duration_ns = options->duration_ns;
		scenario->round_count = 0;
	}
	if (options->worker_count != 0 && scenario_set_worker_count(scenario, options->worker_count) < 0) {
		fprintf(stderr, "looprace run: --workers: %u: %s has %u groups; %u to %d would be right\n",
			options->worker_count, scenario->name, scenario->group_count, scenario->group_count,
			SCENARIO_WORKER_COUNT_MAX);
		return EXIT_CODE_USAGE;
	}
	return 0;
}

static int make_strict(struct run_scenario *source)
{
	char *text;
	int r = scenario_make_strict(source->text, source->text_bytes, &text, &source->text_bytes);

	if (r < 0)
		return EXIT_CODE_BROKEN;
	free(source->text);
	source->text = text;
	return 0;
}

static int read_scenario(const struct options *options, const char *path, struct run_scenario *source)
{
	struct scenario_error error;
	struct report_error file_error;
	int r = file_read(path[0] == '/' ? "/" : ".", path, SCENARIO_BYTES_MAX, &source->text, &source->text_bytes,
			  &file_error);

	if (r < 0) {
		fprintf(stderr,
			"looprace run: %s: %s; a scenario file, or a name of looprace list scenarios would be right\n",
			path, strerror(-r));
		return EXIT_CODE_USAGE;
	}
	if (options->strict && make_strict(source) != 0)
		return EXIT_CODE_BROKEN;
	r = scenario_parse(source->text, source->text_bytes, path, &source->scenario, &error);
	if (r < 0) {
		fprintf(stderr, "%s\n", error.text);
		return EXIT_CODE_USAGE;
	}
	return check_rules(path, source->scenario);
}

static int load_scenarios(struct run_state *state)
{
	static const char *const fallback[] = { OPTIONS_DEFAULT_SCENARIO };
	const struct options *options = state->run.options;
	bool has_names = options->operands.count > 0;
	unsigned int count = has_names ? options->operands.count : 1;
	int exit_code = 0;

	state->scenarios = calloc(count, sizeof(*state->scenarios));
	if (!state->scenarios)
		return EXIT_CODE_BROKEN;
	for (unsigned int i = 0; exit_code == 0 && i < count; i++) {
		struct run_scenario *source = &state->scenarios[state->scenario_count++];
		char *path;

		source->name = has_names ? options->operands.texts[i] : fallback[0];
		path = paths_scenario(&state->paths, source->name);
		exit_code = path ? read_scenario(options, path, source) : EXIT_CODE_BROKEN;
		if (exit_code == 0)
			exit_code = apply_overrides(options, source);
		free(path);
	}
	return exit_code;
}

/* --- running --- */

static bool is_in_process(const struct run_state *state, const struct run_scenario *source)
{
	return state->run.options->here || source->scenario->kernel != SCENARIO_KERNEL_real;
}

static bool needs_guest(const struct run_state *state)
{
	for (unsigned int i = 0; i < state->scenario_count; i++)
		if (!is_in_process(state, &state->scenarios[i]))
			return true;
	return false;
}

static struct run_cell *next_cell(struct run_state *state)
{
	if (state->cell_count == state->cell_capacity) {
		unsigned int capacity = state->cell_capacity ? 2 * state->cell_capacity : 8;
		struct run_cell *cells = realloc(state->cells, capacity * sizeof(*cells));

		if (!cells)
			return NULL;
		state->cells = cells;
		state->cell_capacity = capacity;
	}
	return &state->cells[state->cell_count];
}

/* Kernel NULL: in this process. */
static void run_one(struct run_state *state, const struct run_scenario *source, const struct kernel *kernel)
{
	struct run_cell *cell = next_cell(state);
	struct report_error error = { "out of memory" };
	int r = -ENOMEM;

	if (cell)
		r = kernel ? run_cell_guest(&state->run, source, kernel, cell, &error)
			   : run_cell_here(&state->run, source, cell, &error);
	if (r == 0) {
		state->cell_count++;
		return;
	}
	if (error.text[0])
		fprintf(stderr, "looprace run: %s\n", error.text);
	if (r == RUN_CELL_VIOLATION)
		state->unstored_violation_count++;
	if (r == RUN_CELL_NOT_RUN)
		state->refused_count++;
	else
		state->failed_count++;
}

static void run_in_process(struct run_state *state)
{
	for (unsigned int i = 0; i < state->scenario_count && !interrupt_was_asked(NULL); i++)
		if (is_in_process(state, &state->scenarios[i]))
			run_one(state, &state->scenarios[i], NULL);
}

static int run_on_kernel(struct run_state *state, const char *name)
{
	struct kernel kernel;
	int r = kernel_prepare(state->run.options, &state->paths, name, &kernel);

	if (r != 0)
		return r > 0 ? r : EXIT_CODE_BROKEN;
	for (unsigned int i = 0; i < state->scenario_count && !interrupt_was_asked(NULL); i++)
		if (!is_in_process(state, &state->scenarios[i]))
			run_one(state, &state->scenarios[i], &kernel);
	kernel_fini(&kernel);
	return 0;
}

static int run_on_kernels(struct run_state *state)
{
	const struct text_list *kernels = &state->run.options->kernels;
	int exit_code = 0;

	if (!needs_guest(state))
		return 0;
	exit_code = kernel_check_emulator(state->run.options, &state->paths);
	if (exit_code != 0)
		return exit_code > 0 ? exit_code : EXIT_CODE_BROKEN;
	if (kernels->count == 0)
		return run_on_kernel(state, OPTIONS_DEFAULT_KERNEL);
	for (unsigned int i = 0; i < kernels->count && !interrupt_was_asked(NULL); i++) {
		int r = run_on_kernel(state, kernels->texts[i]);

		if (exit_code == 0)
			exit_code = r;
	}
	return exit_code;
}

/* --- results --- */

static int report(struct run_state *state)
{
	struct report_cell *cells = calloc(state->cell_count, sizeof(*cells));
	struct report_run run = {
		.directory = state->directory.final_path,
		.command_line = state->cells[0].record.command_line,
		.started_at = state->started_at,
		.total_ns = clock_now_ns() - state->start_ns,
		.is_interrupted = interrupt_was_asked(NULL),
		.cell_count = state->cell_count,
		.cells = cells,
	};
	struct report_error error;
	int exit_code;

	if (!cells)
		return EXIT_CODE_BROKEN;
	for (unsigned int i = 0; i < state->cell_count; i++)
		cells[i] = (struct report_cell){ .directory = state->cells[i].relative,
						 .record = &state->cells[i].record,
						 .judgement = &state->cells[i].judgement };
	exit_code = verdict_exit_code(report_worst_verdict(cells, state->cell_count));
	if (report_write(state->directory.path, &run, &error) < 0 ||
	    run_directory_finish(&state->directory, &error) < 0) {
		fprintf(stderr, "looprace run: %s\n", error.text);
		run.directory = state->directory.path;
		if (exit_code != EXIT_CODE_VIOLATION)
			exit_code = EXIT_CODE_BROKEN;
	}
	if (state->run.options->json) {
		char *text = report_verdict_json(&run);

		fputs(text ? text : "", stdout);
		free(text);
	} else {
		report_print_summary(stdout, &run, isatty(STDOUT_FILENO) == 1);
	}
	free(cells);
	return exit_code;
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

static int finish(struct run_state *state, int exit_code)
{
	if (state->failed_count > 0)
		exit_code = worse(exit_code, EXIT_CODE_BROKEN);
	if (state->refused_count > 0)
		exit_code = worse(exit_code, EXIT_CODE_USAGE);
	if (state->unstored_violation_count > 0)
		exit_code = worse(exit_code, EXIT_CODE_VIOLATION);
	/* What did not run is not known to be sound. */
	if (interrupt_was_asked(NULL))
		exit_code = worse(exit_code, EXIT_CODE_BROKEN);
	if (state->cell_count == 0) {
		if (interrupt_was_asked(NULL))
			fputs("looprace run: interrupted before anything ran\n", stderr);
		/* A cell that failed may have left evidence; a run without any has not. */
		if (state->failed_count == 0)
			run_directory_abandon(&state->directory);
		return exit_code;
	}
	return exit_code == 0 ? report(state) : worse(report(state), exit_code);
}

/* --- setting out --- */

static int choose_seed(struct run_state *state)
{
	state->run.seed = state->run.options->seed.number;
	if (state->run.options->seed.is_given)
		return 0;
	if (getrandom(&state->run.seed, sizeof(state->run.seed), 0) != sizeof(state->run.seed)) {
		perror("looprace run: getrandom");
		return EXIT_CODE_BROKEN;
	}
	return 0;
}

static bool races_real_kernel(const struct run_state *state)
{
	for (unsigned int i = 0; i < state->scenario_count; i++)
		if (state->scenarios[i].scenario->kernel == SCENARIO_KERNEL_real)
			return true;
	return false;
}

static int check_here(const struct run_state *state)
{
	const char *backing_dir = state->run.options->backing_dir;
	struct stat status;

	if (!state->run.options->here)
		return 0;
	if (geteuid() != 0 && races_real_kernel(state))
		return usage("--here: needs root, because it binds loop devices of this machine");
	if (backing_dir && (stat(backing_dir, &status) < 0 || !S_ISDIR(status.st_mode))) {
		fprintf(stderr, "looprace run: --backing-dir: %s: no such folder; an existing one would be right\n",
			backing_dir);
		return EXIT_CODE_USAGE;
	}
	for (unsigned int i = 0; i < state->scenario_count; i++) {
		char text[160];

		if (engine_find_refusal(state->scenarios[i].scenario, text, sizeof(text))) {
			fprintf(stderr, "looprace run: --here: %s; only a virtual machine would be right for it\n",
				text);
			return EXIT_CODE_USAGE;
		}
	}
	return 0;
}

static int make_directory(struct run_state *state)
{
	struct report_error error;
	int r = run_directory_create(state->run.options->out_dir, state->paths.results_dir, &state->directory, &error);

	if (r == 0)
		return 0;
	if (r == -ENOMEM)
		return EXIT_CODE_BROKEN;
	fprintf(stderr, "looprace run: %s\n", error.text);
	return EXIT_CODE_USAGE;
}

static void fini(struct run_state *state)
{
	for (unsigned int i = 0; i < state->cell_count; i++)
		run_cell_fini(&state->cells[i]);
	for (unsigned int i = 0; i < state->scenario_count; i++) {
		scenario_free(state->scenarios[i].scenario);
		free(state->scenarios[i].text);
	}
	free(state->cells);
	free(state->scenarios);
	run_directory_fini(&state->directory);
	paths_fini(&state->paths);
}

static int prepare(struct run_state *state)
{
	time_t now = time(NULL);
	struct tm utc;
	int r = paths_find(&state->paths);

	if (r < 0) {
		fprintf(stderr, "looprace run: %s\n", strerror(-r));
		return EXIT_CODE_BROKEN;
	}
	/* vm/boot looks beside itself and in build/; a build of another name tells it where its probe is. */
	if (setenv("LOOPRACE_KVM_PROBE", state->paths.kvm_probe, 0) < 0)
		return EXIT_CODE_BROKEN;
	gmtime_r(&now, &utc);
	strftime(state->started_at, sizeof(state->started_at), "%Y-%m-%dT%H:%M:%SZ", &utc);
	r = load_scenarios(state);
	if (r == 0)
		r = check_here(state);
	if (r == 0)
		r = choose_seed(state);
	return r == 0 ? make_directory(state) : r;
}

int cmd_run(const struct options *options)
{
	struct run_state state = { .run = { .options = options }, .start_ns = clock_now_ns() };
	int exit_code;

	state.run.paths = &state.paths;
	state.run.directory = &state.directory;
	interrupt_watch();
	exit_code = prepare(&state);
	if (exit_code == 0) {
		run_in_process(&state);
		exit_code = finish(&state, run_on_kernels(&state));
	}
	fini(&state);
	return exit_code;
}
