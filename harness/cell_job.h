/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cell as a job: what its process does, and what is to be said of a process that died instead.
 *
 * The cell's folder is made before the process is, so that whatever becomes of the process has a place to be told.
 */
#pragma once

#include "harness/jobs.h"
#include "harness/run_cell.h"

struct cell_job {
	const struct run *run;
	const struct run_scenario *source;
	const struct kernel *kernel; /* NULL: boots none */
	struct run_cell cell;
};

/* What came of a cell. */
enum cell_outcome {
	CELL_JUDGED,
	CELL_FAILED,		 /* without a judgement: the reason was printed */
	CELL_REFUSED,		 /* did not run and left nothing, likewise */
	CELL_UNSTORED_VIOLATION, /* judged, but that could not be stored: likewise */
};

/**
 * cell_job_new() - make a cell's folder
 * @run:	the run
 * @source:	its scenario
 * @kernel:	its kernel, prepared, or NULL
 * @repeat_number: from 1
 * @seed:	of this repeat
 * @ret_job:	ended by cell_job_free(); written only on success
 *
 * Return: 0, RUN_CELL_NOT_RUN or -ENOMEM; the reason was printed.
 */
int cell_job_new(const struct run *run, const struct run_scenario *source, const struct kernel *kernel,
		 unsigned int repeat_number, uint64_t seed, struct cell_job **ret_job);

/**
 * cell_job_work() - run the cell; for jobs_start()
 * @context:	struct cell_job
 *
 * Return: what cell_job_outcome() understands.
 */
int cell_job_work(void *context);

/**
 * cell_job_outcome() - what came of it
 * @job:	the cell
 * @end:	how its process ended; a cell whose process died gets the verdict BROKEN
 * @ret_verdict: written only with CELL_JUDGED
 */
enum cell_outcome cell_job_outcome(struct cell_job *job, const struct job_end *end, enum verdict *ret_verdict);

/**
 * cell_job_free() - end it; its folder stays
 * @job:	may be NULL
 */
void cell_job_free(struct cell_job *job);
