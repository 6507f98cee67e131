/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running a plan on a Slurm cluster: an array of jobs, one for each cell that has no verdict, each a `looprace run` of one
 * shard, on a folder that all nodes share.
 *
 * A job works in a folder of its own below .slurm/ of the run; what it has judged is moved into the run when the array is
 * over.  So a run looks the same wherever its cells ran, and a cell whose job died, or was cancelled, is simply missing:
 * `looprace run --resume` runs it, on the cluster or here.  sbatch, squeue and scancel are all that is asked of Slurm.
 */
#pragma once

#include "harness/run_matrix.h"
#include "harness/run_setup.h"

/**
 * slurm_run() - run the cells of a setup that have no verdict
 * @setup:	a run that is ready to begin
 * @ret_outcome: always written
 *
 * Returns when no job of the array is left; an interrupt cancels them.
 */
void slurm_run(struct run_setup *setup, struct run_matrix_outcome *ret_outcome);
