/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running a plan on a Slurm cluster: an array of jobs, one for each cell that has no verdict, each a `looprace run` of one
 * shard, on a folder that all nodes share.
 *
 * A job works in a folder of its own, .slurm/<array>/<cell> of the run; what it has judged is moved into the run when the
 * array is over.  So a run looks the same wherever its cells ran, and a cell whose job died, or was cancelled, is simply
 * missing: `looprace run --resume` runs it, on the cluster or here.  Kernels are got before the first array, and are the same
 * for all jobs: see run_kernels.h.  sbatch, squeue, scancel and scontrol are all that is asked of Slurm.
 */
#pragma once

#include "harness/run_matrix.h"
#include "harness/run_setup.h"

/**
 * slurm_run() - run the cells of a setup that have no verdict
 * @setup:	a run that is ready to begin
 * @end_ns:	jobs that wait are cancelled then; 0: no such time
 * @ret_outcome: always written
 *
 * Returns when no job of the array is left, or when Slurm has not answered for minutes; an interrupt cancels them.
 */
void slurm_run(struct run_setup *setup, uint64_t end_ns, struct run_matrix_outcome *ret_outcome);

/**
 * slurm_recover() - gather what the jobs of a killed run have judged
 * @setup:	its folder is open
 *
 * Those that still run are cancelled, if Slurm can be reached.
 *
 * Return: 0 or -ENOMEM.
 */
int slurm_recover(struct run_setup *setup);
