/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in the folders of a report's cells, for the formats that quote it.  A folder that is gone is no error: the
 * report is made without.
 */
#pragma once

#include "harness/report/reports.h"

/* More than a guest may write: what is longer is no kernel log of ours. */
#define CONSOLE_BYTES_MAX (64u << 20)

/**
 * cell_folder() - where the evidence of a cell is now
 * @run:	the report
 * @cell:	one of its cells
 *
 * Return: malloc'ed path; NULL when it is not known, not there, or memory is short.
 */
char *cell_folder(const struct report_run *run, const struct report_cell *cell);

/**
 * cell_file_read() - a file of a cell
 * @run:	the report
 * @cell:	one of its cells
 * @name:	such as "console.log"
 * @bytes_max:	a longer file is refused
 * @ret_content: malloc'ed, with a NUL behind its last byte; the caller frees it; written only on success
 * @ret_bytes:	its length without that NUL
 *
 * Return: 0, -ENOENT when there is none, or another -errno.
 */
int cell_file_read(const struct report_run *run, const struct report_cell *cell, const char *name, size_t bytes_max,
		   char **ret_content, size_t *ret_bytes);
