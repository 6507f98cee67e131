/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An array of Slurm jobs as its jobs see it: the script that all of them run, and the files of the folder .slurm in the
 * run's own.  Which cell a job has stands in the script, by the job's index in the array.
 *
 *	.slurm/job.sh			the script
 *	.slurm/<array>_<index>.log	what a job has said; Slurm makes it when the job begins
 *	.slurm/<array>/<cell>		the run of a job
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "harness/repeat.h"

struct slurm_array {
	char *folder;	     /* <run>/.slurm, absolute */
	unsigned int *cells; /* their numbers, by index */
	unsigned int cell_count;
	char *job; /* Slurm's number of it */
};

/* What the script follows from. */
struct slurm_script {
	const char *program;		     /* this one, absolute */
	const char *directory;		     /* where it was started */
	const char *run;		     /* folder of the whole run, absolute */
	const struct command_words *command; /* of the whole run */
	unsigned int whole_count;	     /* cells of it */
};

/**
 * slurm_array_range() - the indices of an array as sbatch wants them
 * @cell_count:	at least 1
 * @job_count:	how many may run at once; 0: all
 *
 * PURE.
 *
 * Return: malloc'ed, NULL when memory is short.
 */
char *slurm_array_range(unsigned int cell_count, unsigned int job_count);

/**
 * slurm_array_script() - the script of an array
 * @array:	its folder and its cells
 * @script:	what else it says; NULL as a string is memory that was short
 * @ret_text:	malloc'ed; written only on success
 * @ret_bytes:	its length; likewise
 *
 * PURE.  A job needs no file but the program's own: Slurm keeps a copy of the script.  What an earlier try of the same cell
 * has left, as after Slurm's own requeue, is in the way and is removed.  Where the run's folder is gone nobody waits for the
 * job any more, and it does not make it anew.
 *
 * Return: 0 or -ENOMEM.
 */
int slurm_array_script(const struct slurm_array *array, const struct slurm_script *script, char **ret_text,
		       size_t *ret_bytes);

/**
 * slurm_array_find_folder() - where the array works
 * @array:	its folder is filled in, and freed by the caller
 * @run_path:	folder of the run, which is there
 *
 * Return: 0 or -ENOMEM.
 */
int slurm_array_find_folder(struct slurm_array *array, const char *run_path);

/**
 * slurm_array_remove_folder() - remove it with all that is in it
 * @array:	its folder
 */
void slurm_array_remove_folder(const struct slurm_array *array);

/**
 * slurm_array_write_script() - the script as a file of the folder
 * @array:	its folder and its cells
 * @run_path:	folder of the run, which is there
 * @command:	of the whole run
 * @whole_count: cells of it
 *
 * Return: 0 or a negative errno.
 */
int slurm_array_write_script(const struct slurm_array *array, const char *run_path, const struct command_words *command,
			     unsigned int whole_count);

/**
 * slurm_array_cell_folder() - what a job leaves when it ends in order; with ".partial" until then
 * @array:	it was submitted
 * @index:	of the job
 *
 * Return: malloc'ed path, NULL when memory is short.
 */
char *slurm_array_cell_folder(const struct slurm_array *array, unsigned int index);

/**
 * slurm_array_has_begun() - did a job ever begin
 * @array:	it was submitted
 * @index:	of the job
 *
 * Return: true when there is a log of it, or when memory is short.
 */
bool slurm_array_has_begun(const struct slurm_array *array, unsigned int index);

/**
 * slurm_array_last_words() - the end of a job's log
 * @array:	it was submitted
 * @index:	of the job
 *
 * Return: its last line, malloc'ed; NULL where there is none.
 */
char *slurm_array_last_words(const struct slurm_array *array, unsigned int index);
