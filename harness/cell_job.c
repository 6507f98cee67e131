/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cell as a job; see cell_job.h.
 *
 * The exit codes begin above those that a library or a sanitizer ends a process with, so that such an end is not taken
 * for a verdict.
 */
#include "harness/cell_job.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum {
	CODE_JUDGED = 192, /* plus the verdict */
	CODE_FAILED = 208,
	CODE_REFUSED,
	CODE_UNSTORED_VIOLATION,
};

int cell_job_new(const struct run *run, const struct run_scenario *source, const struct kernel *kernel,
		 unsigned int repeat_number, uint64_t seed, struct cell_job **ret_job)
{
	struct report_error error = { "out of memory" };
	struct cell_job *job = malloc(sizeof(*job));
	int r = -ENOMEM;

	if (job) {
		*job = (struct cell_job){ .run = run, .source = source, .kernel = kernel };
		r = run_cell_open(run, source, kernel, repeat_number, seed, &job->cell, &error);
	}
	if (r != 0) {
		if (error.text[0])
			fprintf(stderr, "looprace run: %s\n", error.text);
		free(job);
		return r;
	}
	*ret_job = job;
	return 0;
}

int cell_job_work(void *context)
{
	struct report_error error = { "out of memory" };
	struct cell_job *job = context;
	int r = job->kernel ? run_cell_guest(job->run, job->source, job->kernel, &job->cell, &error)
			    : run_cell_here(job->run, job->source, &job->cell, &error);

	if (r == 0)
		return CODE_JUDGED + (int)job->cell.judgement.verdict;
	if (error.text[0])
		fprintf(stderr, "looprace run: %s\n", error.text);
	if (r == RUN_CELL_VIOLATION)
		return CODE_UNSTORED_VIOLATION;
	return r == RUN_CELL_NOT_RUN ? CODE_REFUSED : CODE_FAILED;
}

static void describe_death(const struct job_end *end, char *text, size_t text_bytes)
{
	static const char kept[] = "what it recorded is kept, and looprace judge tells what that shows";

	if (end->is_limit_over)
		snprintf(text, text_bytes, "the cell's process hung and was killed after %" PRIu64 " s, its limit; %s",
			 end->limit_ns / 1000000000, kept);
	else if (WIFSIGNALED(end->status))
		snprintf(text, text_bytes, "the cell's process was ended by signal %d (%s); %s", WTERMSIG(end->status),
			 strsignal(WTERMSIG(end->status)), kept);
	else
		snprintf(text, text_bytes, "the cell's process ended with exit code %d; %s", WEXITSTATUS(end->status),
			 kept);
}

/* The process may have died behind its last deed: then its verdict is there. */
static enum cell_outcome tell_death(struct cell_job *job, const struct job_end *end, enum verdict *ret_verdict)
{
	struct report_error error = { "out of memory" };
	char reason[160];

	describe_death(end, reason, sizeof(reason));
	if (run_cell_break(&job->cell, reason, &error) < 0) {
		fprintf(stderr, "looprace run: %s\n", error.text);
		return CELL_FAILED;
	}
	*ret_verdict = VERDICT_BROKEN;
	return CELL_JUDGED;
}

enum cell_outcome cell_job_outcome(struct cell_job *job, const struct job_end *end, enum verdict *ret_verdict)
{
	int code = !end->is_limit_over && WIFEXITED(end->status) ? WEXITSTATUS(end->status) : -1;

	if (code >= CODE_JUDGED && code <= CODE_JUDGED + (int)VERDICT_VIOLATION) {
		*ret_verdict = (enum verdict)(code - CODE_JUDGED);
		return CELL_JUDGED;
	}
	if (code == CODE_FAILED)
		return CELL_FAILED;
	if (code == CODE_REFUSED)
		return CELL_REFUSED;
	if (code == CODE_UNSTORED_VIOLATION)
		return CELL_UNSTORED_VIOLATION;
	return tell_death(job, end, ret_verdict);
}

void cell_job_free(struct cell_job *job)
{
	if (job)
		run_cell_fini(&job->cell);
	free(job);
}
