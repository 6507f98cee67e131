/* SPDX-License-Identifier: Apache-2.0 */
/* See evidence_files.h.  What a run writes about itself lies above its cells, which it knows only by where they will be. */
#include "harness/report/evidence_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *cell_folder(const struct report_run *run, const struct report_cell *cell)
{
	char *path;

	if (cell->path)
		return strdup(cell->path);
	if (!run->written_to || !cell->directory || asprintf(&path, "%s/%s", run->written_to, cell->directory) < 0)
		return NULL;
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

int cell_file_read(const struct report_run *run, const struct report_cell *cell, const char *name, size_t bytes_max,
		   char **ret_content, size_t *ret_bytes)
{
	char *folder = cell_folder(run, cell);
	int r = folder ? file_read(folder, name, bytes_max, ret_content, ret_bytes, NULL) : -ENOENT;

	free(folder);
	return r;
}
