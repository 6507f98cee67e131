/* SPDX-License-Identifier: Apache-2.0 */
/* gnuplot as a child process. */
#pragma once

/* A minute, of which the plots of a page take less than a second. */
#define GNUPLOT_TIME_MS 60000

/**
 * gnuplot_run() - have a script run
 * @script:	trusted: it can do whatever gnuplot can
 * @time_ms:	then it is killed
 * @ret_output:	what it printed; the caller frees it; written only on success
 *
 * Reads no start-up file of the user.  What gnuplot complains of is not shown.
 *
 * Return: 0, -ENOENT when it is not installed, -ETIMEDOUT, -EIO when it failed, or another -errno.
 */
int gnuplot_run(const char *script, int time_ms, char **ret_output);
