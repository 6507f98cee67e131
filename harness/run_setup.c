/* SPDX-License-Identifier: Apache-2.0 */
/* A new run, up to its first cell; see run_setup.h. */
#include "harness/run_setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/commands.h"
#include "harness/engine/engine.h"
#include "harness/matrix_options.h"

#define MATRIX_BYTES_MAX (1u << 20)

static int usage(const char *text)
{
	fprintf(stderr, "looprace run: %s\n", text);
	return EXIT_CODE_USAGE;
}

/* --- kernels and scenarios --- */

static int copy_list(const struct text_list *list, struct text_list *ret_copy)
{
	const char **texts = calloc(list->count + 1, sizeof(*texts));

	if (!texts)
		return EXIT_CODE_BROKEN;
	for (unsigned int i = 0; i < list->count; i++)
		texts[i] = list->texts[i];
	*ret_copy = (struct text_list){ .texts = texts, .count = list->count };
	return 0;
}

static int read_matrix(struct run_setup *setup, const char *path)
{
	struct report_error file_error;
	struct options_error error = { "out of memory" };
	struct scenario_error parse_error;
	size_t text_bytes;
	char *text;
	int r = file_read(path[0] == '/' ? "/" : ".", path, MATRIX_BYTES_MAX, &text, &text_bytes, &file_error);

	if (r < 0) {
		fprintf(stderr, "looprace run: %s: %s; a matrix file would be right\n", path, strerror(-r));
		return EXIT_CODE_USAGE;
	}
	r = matrix_file_parse(text, text_bytes, path, &setup->matrix, &parse_error);
	free(text);
	if (r < 0) {
		fprintf(stderr, "%s\n", parse_error.text);
		return EXIT_CODE_USAGE;
	}
	r = matrix_options_apply(&setup->matrix, &setup->options, &error);
	if (r < 0)
		fprintf(stderr, "looprace run: %s: %s\n", path, error.text);
	return r < 0 ? EXIT_CODE_USAGE : 0;
}

/* One operand may be a matrix; then it is the only one. */
static int take_matrix(struct run_setup *setup)
{
	const struct text_list *operands = &setup->options.operands;

	for (unsigned int i = 0; i < operands->count; i++) {
		char *path = paths_matrix(&setup->paths, operands->texts[i]);
		int r;

		if (!path)
			continue;
		if (operands->count == 1) {
			r = read_matrix(setup, path);
		} else {
			fprintf(stderr,
				"looprace run: %s: a matrix names its scenarios; leave the other operands out\n", path);
			r = EXIT_CODE_USAGE;
		}
		free(path);
		return r;
	}
	return 0;
}

static int load_all(struct run_setup *setup)
{
	unsigned int count;
	char **names;
	int r;

	if (setup->options.operands.count > 0) {
		fprintf(stderr, "looprace run: --all: means all scenarios; leave \"%.64s\" out\n",
			setup->options.operands.texts[0]);
		return EXIT_CODE_USAGE;
	}
	r = run_scenarios_all(&setup->paths, &names, &count);
	if (r < 0) {
		fprintf(stderr, "looprace run: %s: %s; the folder of the scenarios would be right\n",
			setup->paths.scenario_dir, strerror(-r));
		return EXIT_CODE_USAGE;
	}
	r = run_scenarios_load(&setup->options, &setup->paths, (const char *const *)names, count, &setup->scenarios);
	run_scenarios_free_names(names, count);
	return r;
}

static int load_scenarios(struct run_setup *setup)
{
	static const char *const fallback[] = { OPTIONS_DEFAULT_SCENARIO };
	const struct text_list *operands = &setup->options.operands;

	if (setup->options.all)
		return load_all(setup);
	if (operands->count == 0)
		return run_scenarios_load(&setup->options, &setup->paths, fallback, 1, &setup->scenarios);
	return run_scenarios_load(&setup->options, &setup->paths, operands->texts, operands->count, &setup->scenarios);
}

/* Where one is needed and none is named. */
static void default_kernel(struct run_setup *setup)
{
	struct text_list *kernels = &setup->options.kernels;

	for (unsigned int i = 0; kernels->count == 0 && i < setup->scenarios.count; i++)
		if (run_scenario_boots_kernel(&setup->options, &setup->scenarios.items[i]))
			kernels->texts[kernels->count++] = OPTIONS_DEFAULT_KERNEL;
}

/* --- options --- */

static int choose_seed(struct run_setup *setup)
{
	setup->seed = setup->options.seed.number;
	if (setup->options.seed.is_given)
		return 0;
	if (getrandom(&setup->seed, sizeof(setup->seed), 0) != sizeof(setup->seed)) {
		perror("looprace run: getrandom");
		return EXIT_CODE_BROKEN;
	}
	return 0;
}

static bool races_real_kernel(const struct run_setup *setup)
{
	for (unsigned int i = 0; i < setup->scenarios.count; i++)
		if (setup->scenarios.items[i].scenario->kernel == SCENARIO_KERNEL_real)
			return true;
	return false;
}

static int check_here(const struct run_setup *setup)
{
	const char *backing_dir = setup->options.backing_dir;
	struct stat status;

	if (!setup->options.here)
		return 0;
	if (geteuid() != 0 && races_real_kernel(setup))
		return usage("--here: needs root, because it binds loop devices of this machine");
	if (backing_dir && (stat(backing_dir, &status) < 0 || !S_ISDIR(status.st_mode))) {
		fprintf(stderr, "looprace run: --backing-dir: %s: no such folder; an existing one would be right\n",
			backing_dir);
		return EXIT_CODE_USAGE;
	}
	for (unsigned int i = 0; i < setup->scenarios.count; i++) {
		char text[160];

		if (engine_find_refusal(setup->scenarios.items[i].scenario, text, sizeof(text))) {
			fprintf(stderr, "looprace run: --here: %s; only a virtual machine would be right for it\n",
				text);
			return EXIT_CODE_USAGE;
		}
	}
	return 0;
}

int run_setup_plan(struct run_setup *setup)
{
	const struct options *options = &setup->options;
	bool *boots_kernel = calloc(setup->scenarios.count + 1, sizeof(*boots_kernel));
	struct matrix_request request = {
		.kernel_count = options->kernels.count,
		.scenario_count = setup->scenarios.count,
		.boots_kernel = boots_kernel,
		.repeat_count = options->repeat_count ? options->repeat_count : 1,
		.seed = setup->seed,
		.shard_number = options->shard.count ? options->shard.number : 1,
		.shard_count = options->shard.count ? options->shard.count : 1,
	};
	int r = -ENOMEM;

	if (boots_kernel) {
		for (unsigned int i = 0; i < setup->scenarios.count; i++)
			boots_kernel[i] = run_scenario_boots_kernel(options, &setup->scenarios.items[i]);
		r = matrix_plan(&request, &setup->cells, &setup->cell_count);
	}
	setup->whole_count = (unsigned int)matrix_count(&request);
	if (r == 0 && setup->cell_count == 0)
		fprintf(stderr, "looprace run: --shard %u/%u: there are only %u cells, and none for this one\n",
			request.shard_number, request.shard_count, setup->whole_count);
	free(boots_kernel);
	if (r == -E2BIG)
		return usage(
			"--repeat: more than 100000 cells; fewer repeats, or parts of it with --shard and their own "
			"--seed, would be right");
	if (r < 0)
		return EXIT_CODE_BROKEN;
	setup->has_verdict = calloc(setup->cell_count + 1, sizeof(*setup->has_verdict));
	if (!setup->has_verdict)
		return EXIT_CODE_BROKEN;
	return setup->cell_count == 0 ? EXIT_CODE_SKIP : 0;
}

/* --- the folder --- */

static int describe_plan(struct run_setup *setup)
{
	const struct options *options = &setup->options;
	const char **names = calloc(setup->scenarios.count + 1, sizeof(*names));
	char started_at[RUN_NOW_BYTES];
	int r = -ENOMEM;

	for (unsigned int i = 0; names && i < setup->scenarios.count; i++)
		names[i] = setup->scenarios.items[i].name;
	if (names)
		r = command_of_run(options, names, setup->scenarios.count, setup->seed, &setup->plan.command);
	free(names);
	run_now_text(started_at, sizeof(started_at));
	setup->plan.started_at = strdup(started_at);
	setup->plan.working_directory = getcwd(NULL, 0);
	setup->plan.has_latest = setup->directory.has_latest;
	return r == 0 && setup->plan.started_at && setup->plan.working_directory ? 0 : -ENOMEM;
}

/* A job of a batch system is part of a run, and its kernels are those of the whole. */
static int take_kernels(struct run_setup *setup)
{
	const char *directory = getenv(RUN_PLAN_VARIABLE);
	struct report_error error = { "out of memory" };
	struct run_plan whole;
	int r;

	if (!directory || directory[0] == '\0')
		return 0;
	r = run_plan_read(directory, &whole, &error);
	if (r < 0) {
		fprintf(stderr, "looprace run: " RUN_PLAN_VARIABLE ": %s: %s\n", directory, error.text);
		return EXIT_CODE_USAGE;
	}
	run_plan_take_kernels(&setup->plan, &whole);
	run_plan_fini(&whole);
	return 0;
}

static int make_directory(struct run_setup *setup)
{
	struct report_error error = { "out of memory" };
	int r = run_directory_create(setup->options.out_dir, setup->paths.results_dir, &setup->directory, &error);

	if (r == -ENOMEM)
		return EXIT_CODE_BROKEN;
	if (r == 0) {
		r = run_directory_lock(&setup->directory, &setup->lock_fd, &error);
		if (r == 0)
			r = describe_plan(setup);
		if (r == 0)
			r = run_plan_write(setup->directory.path, &setup->plan, &setup->scenarios, &error);
		if (r < 0)
			run_directory_abandon(&setup->directory);
	}
	if (r == 0)
		return 0;
	fprintf(stderr, "looprace run: %s\n", error.text);
	return r == -ENOMEM ? EXIT_CODE_BROKEN : EXIT_CODE_USAGE;
}

int run_setup_new(const struct options *asked, struct run_setup *setup)
{
	int r;

	setup->options = *asked;
	setup->options.kernels = setup->options.operands = (struct text_list){ .count = 0 };
	r = paths_find(&setup->paths);
	if (r < 0) {
		fprintf(stderr, "looprace run: %s\n", strerror(-r));
		return EXIT_CODE_BROKEN;
	}
	r = copy_list(&asked->kernels, &setup->options.kernels);
	if (r == 0)
		r = copy_list(&asked->operands, &setup->options.operands);
	if (r == 0)
		r = take_matrix(setup);
	if (r == 0)
		r = load_scenarios(setup);
	if (r == 0)
		r = check_here(setup);
	if (r == 0)
		r = choose_seed(setup);
	if (r == 0) {
		default_kernel(setup);
		r = run_setup_plan(setup);
	}
	if (r == 0)
		r = take_kernels(setup);
	return r == 0 ? make_directory(setup) : r;
}

void run_setup_fini(struct run_setup *setup)
{
	run_scenarios_fini(&setup->scenarios);
	matrix_file_fini(&setup->matrix);
	run_plan_fini(&setup->plan);
	free(setup->cells);
	free(setup->has_verdict);
	options_fini(&setup->options);
	run_directory_fini(&setup->directory);
	paths_fini(&setup->paths);
	if (setup->lock_fd >= 0)
		close(setup->lock_fd);
	*setup = RUN_SETUP_NULL;
}
