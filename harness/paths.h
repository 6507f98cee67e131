/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the files are that looprace needs at run time: scenarios, the scripts of vm/ and the guest's init; and where the
 * runs go that it makes.
 *
 * A build directory holds a file `source-dir` that names its source tree, so an executable that has this file beside it
 * was not installed and uses that tree.  Any other executable uses the directories of the installation.
 */
#pragma once

#include <stdbool.h>

/* A folder of scenarios in scenario_dir; their names are as good as those beside it. */
#define PATHS_KNOWN_BUGS_DIR "known_bugs"

struct paths {
	char *scenario_dir; /* holds *.scenario, and PATHS_KNOWN_BUGS_DIR with more of them */
	char *vm_dir;	    /* holds boot, prepare-kernel, fetch-kernel and make-initramfs */
	char *guest_binary; /* the static init of the guest */
	char *kvm_probe;    /* vm/boot asks it whether KVM really runs code */
	char *results_dir;  /* where runs are left: in a source tree its results/, else looprace-results where the user is */
	bool is_installed;
};

/**
 * paths_find() - find the files of the running program
 * @ret_paths:	end it with paths_fini(); written only on success
 *
 * Does not look whether they exist: whoever opens one says so.
 *
 * Return: 0, or -errno of reading /proc/self/exe or the file source-dir.
 */
int paths_find(struct paths *ret_paths);

/**
 * paths_find_at() - the same for an executable elsewhere
 * @executable_dir: directory of the executable
 * @ret_paths:	as above
 *
 * Return: as above.
 */
int paths_find_at(const char *executable_dir, struct paths *ret_paths);

/**
 * paths_fini() - end what paths_find() gave
 * @paths:	all zero afterwards
 */
void paths_fini(struct paths *paths);

/**
 * paths_scenario() - the file of a scenario that was named on the command line
 * @paths:	where the scenarios are
 * @name:	with a slash or the ending .scenario: a path, taken as it is; else the name of a scenario in scenario_dir,
 *		or in its PATHS_KNOWN_BUGS_DIR when it is there and not here
 *
 * Return: malloc'ed path, or NULL when memory is short.
 */
char *paths_scenario(const struct paths *paths, const char *name);

/**
 * paths_matrix() - the matrix file of a name on the command line
 * @paths:	where scenarios and matrices are
 * @name:	with the ending .matrix: a path, taken as it is; else the name of a matrix in scenario_dir, unless a scenario
 *		there is called so
 *
 * Return: malloc'ed path; NULL when it is no matrix, or memory is short.
 */
char *paths_matrix(const struct paths *paths, const char *name);
