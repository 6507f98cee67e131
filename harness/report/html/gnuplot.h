/* SPDX-License-Identifier: Apache-2.0 */
/* gnuplot as a child process. */
#pragma once

/**
 * gnuplot_run() - have a script run
 * @script:	trusted: it can do whatever gnuplot can
 * @ret_output:	what it printed; the caller frees it; written only on success
 *
 * Reads no start-up file of the user.  What gnuplot complains of is not shown.
 *
 * Return: 0, -ENOENT when it is not installed, -EIO when it failed or took more than a minute, or another -errno.
 */
int gnuplot_run(const char *script, char **ret_output);
