/* SPDX-License-Identifier: Apache-2.0 */
/* Running one of the scripts of vm/: what it says goes to the user as it comes, the last line of its output comes back. */
#pragma once

#include <stdbool.h>

/**
 * script_run() - run a script to its end
 * @argv:	NULL-terminated; argv[0] is the script's path
 * @wants_stop:	asked about five times a second; true ends the script
 * @ret_last_line: the last line of its standard output, malloc'ed, or NULL when there was none; all other lines, and after
 *		a failure that one too, were passed on to standard error.  Written only on success.
 *
 * Return: 0 when the script succeeded; its exit code (1 to 255) when it did not; -ECANCELED after @wants_stop; or
 * -errno when it could not be started.  No process of it is left.
 */
int script_run(char *const argv[], bool (*wants_stop)(void *context), void *context, char **ret_last_line);

/**
 * script_run_complaining() - the same, for those who keep what it complained of
 * @ret_complaint: the last line of its standard error, malloc'ed, or NULL when there was none; it was passed on, too.
 *		Written when the script failed or was ended.
 */
int script_run_complaining(char *const argv[], bool (*wants_stop)(void *context), void *context, char **ret_last_line,
			   char **ret_complaint);
