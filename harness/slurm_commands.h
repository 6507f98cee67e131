/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of Slurm, and how its answers are read: sbatch, squeue, scancel and scontrol, each by a line of shell.
 *
 * What they complain of goes to the user as it comes, but for squeue, which is asked again and again.  The readers are PURE:
 * from the last line of an answer to what it means.
 */
#pragma once

#include <stdbool.h>

/* Slurm's own MaxArraySize is 1001 unless its administrator wants another; more jobs at once than this help nobody. */
#define SLURM_ARRAY_SIZE_MAX 1000

/**
 * slurm_shell() - run a line of shell
 * @text:	the line
 * @first:	its $1
 * @second:	its $2
 * @wants_stop:	as script_run() has it; its context is NULL
 * @ret_line:	as script_run() has it
 *
 * Return: as script_run() has it.
 */
int slurm_shell(const char *text, const char *first, const char *second, bool (*wants_stop)(void *context),
		char **ret_line);

/**
 * slurm_never() - for what an interrupt shall not end
 *
 * Return: false.
 */
bool slurm_never(void *context);

/**
 * slurm_submit() - sbatch: begin an array
 * @folder:	its job.sh is run; logs of its jobs are written there as <array>_<index>.log
 * @range:	of indices, see slurm_array_range()
 * @ret_job:	Slurm's number of the array, malloc'ed; written only on success
 *
 * An interrupt ends it.
 *
 * Return: 0 or a negative errno; what sbatch complained of was printed.
 */
int slurm_submit(const char *folder, const char *range, char **ret_job);

/**
 * slurm_array_size() - scontrol: how many jobs an array may have
 *
 * An interrupt ends it.
 *
 * Return: up to SLURM_ARRAY_SIZE_MAX; 0: the cluster does not answer, and scontrol has said so.
 */
unsigned int slurm_array_size(void);

/**
 * slurm_count_left() - squeue: jobs of an array that have not ended
 * @job:	Slurm's number of it
 *
 * Return: how many; -1: Slurm does not say.
 */
int slurm_count_left(const char *job);

/**
 * slurm_cancel() - scancel: end the jobs of an array
 * @job:	Slurm's number of it
 * @option:	one more word for scancel, or ""
 *
 * Return: true when Slurm has taken note; they may need a while.
 */
bool slurm_cancel(const char *job, const char *option);

/**
 * slurm_read_job() - what sbatch --parsable has answered
 * @answer:	"JOB" or "JOB;CLUSTER"; is cut behind JOB
 */
void slurm_read_job(char *answer);

/**
 * slurm_read_array_size() - what scontrol shows of MaxArraySize
 * @answer:	the line, or NULL where there was none
 *
 * Return: as slurm_array_size() has it, but never 0.
 */
unsigned int slurm_read_array_size(const char *answer);

/**
 * slurm_read_left() - what squeue has answered
 * @answer:	"COUNT jobs", or else its complaint; NULL where there was neither
 *
 * Return: as slurm_count_left() has it.
 */
int slurm_read_left(const char *answer);
