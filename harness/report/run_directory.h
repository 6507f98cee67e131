/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder that a run leaves behind.
 *
 * While the run lasts it is called <name>.partial; the last act renames it, so that a folder without that ending always
 * is a whole run.  An existing folder is never written to.  Below it each cell has <kernel>/<scenario>/.
 */
#pragma once

#include "harness/report/files.h"

struct run_directory {
	char *path;	  /* where to write now: <final_path>.partial until run_directory_finish() */
	char *final_path; /* as the user will find it */
	bool has_latest;  /* the symbolic link `latest` beside it is to point to it */
};

/**
 * run_directory_default_path() - what a folder is called that the user has not named
 * @parent:	folder that holds it
 * @prefix:	of its name, or ""
 *
 * Return: malloc'ed, <@parent>/<@prefix><UTC time>-<pid>; NULL when memory is short.
 */
char *run_directory_default_path(const char *parent, const char *prefix);

/**
 * run_directory_create() - make the folder
 * @out:	wanted folder, which must not exist while its parent does; NULL: <@default_parent>/<UTC time>-<pid>
 * @default_parent: for @out NULL; made with its parents when missing; `latest` in it will point to the finished run
 * @ret_directory: end it with run_directory_fini(); written only on success
 * @ret_error:	one line for the user; written only on failure
 *
 * Return: 0, -EEXIST when the folder or its .partial is there already, or -errno of mkdir (-EACCES, -EROFS, -ENOSPC,
 * -ENOENT when the parent is missing).
 */
int run_directory_create(const char *out, const char *default_parent, struct run_directory *ret_directory,
			 struct report_error *ret_error);

/**
 * run_directory_reopen() - go on with a folder that was made earlier
 * @path:	of the finished run or of its .partial; with or without that ending when only the latter is there
 * @ret_directory: end it with run_directory_fini(); its paths are absolute, has_latest is false; written only on success
 * @ret_error:	one line; written only on failure
 *
 * Does not look what is in it.
 *
 * Return: 0, -ENOENT when neither is there, -ENOTDIR, or another -errno.
 */
int run_directory_reopen(const char *path, struct run_directory *ret_directory, struct report_error *ret_error);

/**
 * run_directory_unfinish() - call a folder .partial again, because more is to come into it
 * @directory:	from run_directory_reopen()
 * @ret_error:	one line; written only on failure
 *
 * Return: 0 or -errno.
 */
int run_directory_unfinish(struct run_directory *directory, struct report_error *ret_error);

/**
 * run_directory_lock() - make sure that nobody else writes the folder
 * @directory:	from run_directory_create() or run_directory_reopen()
 * @ret_fd:	closing it ends the lock, as does the end of all processes that inherited it; written only on success
 * @ret_error:	one line; written only on failure
 *
 * Waits for a moment: who was killed just now may have children that are still dying.
 *
 * Return: 0, -EWOULDBLOCK when somebody else holds it, or another -errno.
 */
int run_directory_lock(const struct run_directory *directory, int *ret_fd, struct report_error *ret_error);

/**
 * run_directory_add_cell() - make a cell's folder
 * @directory:	from run_directory_create()
 * @kernel:	kernel release, or a label where it is unknown; anything but letters, digits and "._+-" becomes "_"
 * @scenario:	name of the scenario; likewise
 * @repeat_number: from 1: which run of the two it is
 * @ret_relative: "<kernel>/<scenario>" for the first, "<kernel>/<scenario>-2" ... for the others, or a higher number
 *		where that was taken; the caller frees it
 * @ret_path:	the same below @directory->path; the caller frees it
 * @ret_error:	one line; written only on failure
 *
 * Return: 0, or -errno of mkdir, or -ENOMEM.
 */
int run_directory_add_cell(const struct run_directory *directory, const char *kernel, const char *scenario,
			   unsigned int repeat_number, char **ret_relative, char **ret_path,
			   struct report_error *ret_error);

/**
 * run_directory_finish() - the run is whole: give the folder its name
 * @directory:	from run_directory_create(); path becomes final_path
 * @ret_error:	one line; written only on failure
 *
 * Moves `latest` too, where there is one; a `latest` that is no symbolic link is left alone.
 *
 * Return: 0, -EEXIST when somebody made a folder of the final name meanwhile (the .partial stays), or -errno.
 */
int run_directory_finish(struct run_directory *directory, struct report_error *ret_error);

/**
 * run_directory_abandon() - remove an unfinished folder, because nothing ran
 * @directory:	from run_directory_create(); does nothing after run_directory_finish()
 *
 * Return: 0 or -errno of the first removal that failed.
 */
int run_directory_abandon(struct run_directory *directory);

/**
 * run_directory_fini() - free the structure, leave the folder
 * @directory:	all zero afterwards; may be all zero already
 */
void run_directory_fini(struct run_directory *directory);

/**
 * run_directory_list_cells() - the cells of a stored run
 * @path:	a run's folder, finished or not, or the folder of one cell
 * @ret_relatives: sorted array of paths below @path ("." for a cell's own folder); end it with
 *		run_directory_free_list(); written only on success
 * @ret_count:	its length, at least 1
 * @ret_error:	one line; written only on failure
 *
 * Return: 0, -ENOENT when @path is not there or holds no cell, or another -errno.
 */
int run_directory_list_cells(const char *path, char ***ret_relatives, unsigned int *ret_count,
			     struct report_error *ret_error);

/**
 * run_directory_each_cell() - do something with each cell of a stored run, in the order of run_directory_list_cells()
 * @path:	a run's folder, finished or not, or the folder of one cell
 * @visit:	is told the folder of a cell; what it returns other than 0 ends the walk; it says why in its ret_error
 * @context:	handed on to @visit
 * @ret_error:	one line; written only on failure
 *
 * Return: 0, what @visit returned, or as run_directory_list_cells().
 */
int run_directory_each_cell(const char *path,
			    int (*visit)(const char *directory, void *context, struct report_error *ret_error),
			    void *context, struct report_error *ret_error);

/**
 * run_directory_free_list() - free what run_directory_list_cells() gave
 * @relatives:	may be NULL
 * @count:	its length
 */
void run_directory_free_list(char **relatives, unsigned int count);
