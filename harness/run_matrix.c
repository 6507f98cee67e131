/* SPDX-License-Identifier: Apache-2.0 */
/* Running a plan; see run_matrix.h. */
#include "harness/run_matrix.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/cell_job.h"
#include "harness/commands.h"
#include "harness/engine/clock.h"
#include "harness/interrupt.h"
#include "harness/matrix_progress.h"
#include "harness/run_kernels.h"

/* A job that ends is seen at once; this is how often the line of progress moves. */
#define TICK_NS	       500000000u
#define JUDGE_GRACE_NS 15000000000u

struct kernel_slot {
	enum { KERNEL_WANTED, KERNEL_READY, KERNEL_FAILED } state;
	struct kernel kernel;
};

/* A plan on its way. */
struct progress_of_run {
	const struct run_matrix *matrix;
	struct run_matrix_outcome *outcome;
	struct kernel_slot *kernels;
	bool *is_begun; /* by cell */
	struct jobs jobs;
	struct matrix_progress progress;
	bool was_stopped; /* the jobs were asked to end */
};

static bool is_over(const struct progress_of_run *state)
{
	const struct run_matrix *matrix = state->matrix;

	return interrupt_was_asked(NULL) || (matrix->end_ns != 0 && clock_now_ns() >= matrix->end_ns);
}

static bool is_pending(const struct progress_of_run *state, unsigned int cell)
{
	return !state->matrix->has_verdict[cell] && !state->is_begun[cell];
}

static const struct kernel_slot *kernel_of(const struct progress_of_run *state, const struct matrix_cell *cell)
{
	return cell->kernel == MATRIX_NO_KERNEL ? NULL : &state->kernels[cell->kernel];
}

/* --- cells --- */

/*
 * When a cell's process is taken to hang.  The user's own limit is for all of a cell but its judge, who may need a
 * multiple of it on a busy machine.
 */
static uint64_t limit_of(const struct run *run, const struct run_scenario *source)
{
	uint64_t timeout_ns = run->options->timeout_ns;
	uint64_t own_ns = run_cell_limit_ns(run, source);
	uint64_t asked_ns = 5 * timeout_ns + JUDGE_GRACE_NS;

	return timeout_ns != 0 && asked_ns < own_ns ? asked_ns : own_ns;
}

static void begin(struct progress_of_run *state, unsigned int index)
{
	const struct run_matrix *matrix = state->matrix;
	const struct matrix_cell *cell = &matrix->cells[index];
	const struct run_scenario *source = &matrix->scenarios->items[cell->scenario];
	const struct kernel_slot *slot = kernel_of(state, cell);
	struct cell_job *job;
	int r;

	state->is_begun[index] = true;
	r = cell_job_new(&matrix->run, source, slot ? &slot->kernel : NULL, cell->repeat_number, cell->seed, &job);
	if (r != 0) {
		if (r == RUN_CELL_NOT_RUN)
			state->outcome->refused_count++;
		else
			state->outcome->failed_count++;
		return;
	}
	r = jobs_start(&state->jobs, cell_job_work, job, limit_of(&matrix->run, source));
	if (r < 0) {
		perror("looprace run: fork");
		run_cell_refuse(&job->cell, r);
		cell_job_free(job);
		state->outcome->refused_count++;
	}
}

/* Cells whose kernels are ready, while there is room.  With one job none is passed over. */
static void begin_cells(struct progress_of_run *state)
{
	const struct run_matrix *matrix = state->matrix;

	for (unsigned int i = 0; i < matrix->cell_count; i++) {
		const struct kernel_slot *slot = kernel_of(state, &matrix->cells[i]);

		if (state->jobs.running_count == state->jobs.slot_count || is_over(state))
			return;
		if (!is_pending(state, i) || (slot && slot->state == KERNEL_FAILED))
			continue;
		if (!slot || slot->state == KERNEL_READY)
			begin(state, i);
		else if (state->jobs.slot_count == 1)
			return;
	}
}

static void take_end(struct progress_of_run *state, const struct job_end *end)
{
	struct cell_job *job = end->context;
	enum verdict verdict;

	switch (cell_job_outcome(job, end, &verdict)) {
	case CELL_JUDGED:
		state->outcome->judged_count++;
		state->progress.verdict_counts[verdict]++;
		break;
	case CELL_FAILED:
		state->outcome->failed_count++;
		break;
	case CELL_REFUSED:
		state->outcome->refused_count++;
		break;
	case CELL_UNSTORED_VIOLATION:
		state->outcome->failed_count++;
		state->outcome->unstored_violation_count++;
		break;
	}
	state->progress.done_count++;
	cell_job_free(job);
}

/* Looks after the jobs for a while: takes what has ended, fills the room, shows where we are. */
static void look_after(struct progress_of_run *state, uint64_t wait_ns)
{
	struct job_end end;

	while (jobs_wait(&state->jobs, wait_ns, &end)) {
		take_end(state, &end);
		wait_ns = 0;
	}
	if (interrupt_was_asked(NULL) && !state->was_stopped) {
		state->was_stopped = true;
		jobs_signal(&state->jobs, SIGTERM);
	}
	begin_cells(state);
	state->progress.running_count = state->jobs.running_count;
	if (state->jobs.slot_count > 1)
		matrix_progress_tick(&state->progress);
}

/* --- kernels --- */

static struct kernel_slot *next_wanted_kernel(const struct progress_of_run *state)
{
	for (unsigned int i = 0; i < state->matrix->cell_count; i++) {
		const struct matrix_cell *cell = &state->matrix->cells[i];

		if (is_pending(state, i) && cell->kernel != MATRIX_NO_KERNEL &&
		    state->kernels[cell->kernel].state == KERNEL_WANTED)
			return &state->kernels[cell->kernel];
	}
	return NULL;
}

/* While a kernel is got, the cells of the others go on. */
static bool wants_stop(void *context)
{
	struct progress_of_run *state = context;

	if (state->jobs.slot_count > 1)
		look_after(state, 0);
	return interrupt_was_asked(NULL);
}

static void get_kernel(struct progress_of_run *state, struct kernel_slot *slot)
{
	const struct run *run = &state->matrix->run;
	const struct run_kernels kernels = {
		.options = run->options,
		.paths = run->paths,
		.directory = run->directory,
		.scenarios = state->matrix->scenarios,
		.plan = state->matrix->plan,
	};
	int r = run_kernels_get(&kernels, state->matrix->kernels[slot - state->kernels], wants_stop, state,
				&slot->kernel);

	slot->state = r == 0 ? KERNEL_READY : KERNEL_FAILED;
	if (r != 0 && state->outcome->exit_code == 0)
		state->outcome->exit_code = r > 0 ? r : EXIT_CODE_BROKEN;
}

/* Return: is there something to boot kernels with. */
static bool check_emulator(struct progress_of_run *state)
{
	int r = next_wanted_kernel(state) ? kernel_check_emulator(state->matrix->run.options, state->matrix->run.paths)
					  : 0;

	if (r != 0)
		state->outcome->exit_code = r > 0 ? r : EXIT_CODE_BROKEN;
	return r == 0;
}

/* --- all --- */

static void run_cells(struct progress_of_run *state)
{
	bool may_boot = false, is_checked = false;

	for (;;) {
		struct kernel_slot *slot = is_over(state) ? NULL : next_wanted_kernel(state);

		look_after(state, 0);
		if (slot && (state->jobs.slot_count > 1 || state->jobs.running_count == 0)) {
			/* What needs no emulator has run by then, or runs. */
			if (!is_checked)
				may_boot = check_emulator(state);
			is_checked = true;
			if (may_boot)
				get_kernel(state, slot);
			else
				slot->state = KERNEL_FAILED;
			continue;
		}
		if (state->jobs.running_count == 0)
			return;
		look_after(state, TICK_NS);
	}
}

static void count_not_run(struct progress_of_run *state)
{
	const struct run_matrix *matrix = state->matrix;

	for (unsigned int i = 0; i < matrix->cell_count; i++)
		state->outcome->not_run_count += is_pending(state, i);
	state->outcome->is_budget_over =
		state->outcome->not_run_count > 0 && !interrupt_was_asked(NULL) && is_over(state);
}

static int init(struct progress_of_run *state)
{
	const struct run_matrix *matrix = state->matrix;

	state->progress.total_count = matrix->cell_count;
	for (unsigned int i = 0; i < matrix->cell_count; i++)
		state->progress.earlier_count += matrix->has_verdict[i];
	matrix_progress_start(&state->progress);
	state->kernels = calloc(matrix->kernel_count + 1, sizeof(*state->kernels));
	state->is_begun = calloc(matrix->cell_count + 1, sizeof(*state->is_begun));
	return state->kernels && state->is_begun ? jobs_init(&state->jobs, matrix->job_count) : -ENOMEM;
}

void run_matrix(const struct run_matrix *matrix, struct run_matrix_outcome *ret_outcome)
{
	struct progress_of_run state = { .matrix = matrix, .outcome = ret_outcome };

	*ret_outcome = (struct run_matrix_outcome){ .exit_code = 0 };
	if (init(&state) == 0) {
		run_cells(&state);
		matrix_progress_end(&state.progress);
		count_not_run(&state);
	} else {
		ret_outcome->exit_code = EXIT_CODE_BROKEN;
	}
	jobs_fini(&state.jobs);
	for (unsigned int i = 0; state.kernels && i < matrix->kernel_count; i++)
		kernel_fini(&state.kernels[i].kernel);
	free(state.kernels);
	free(state.is_begun);
}
