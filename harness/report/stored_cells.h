/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judged cells read back from their folders, so that a report can be made from what is stored and from nothing else:
 * of one run or of many, of a run's shards, of cells that a batch system ran somewhere.
 *
 * The verdict is the one in verdict.json: nothing is judged again (looprace judge does that).  A cell that has none, as
 * its process was killed, is BROKEN and says so.
 */
#pragma once

#include "harness/report/reports.h"

struct stored_cells {
	unsigned int count;
	/*
	 * In the order of report_order().  directory is "<kernel>/<scenario>", the same wherever the run's folder is now;
	 * path is where the cell's folder can be opened.
	 */
	struct report_cell *cells;
	bool is_interrupted; /* one of the runs says of itself that it was, or a cell does */
	void *owned;	     /* what the cells point to */
};

/**
 * stored_cells_load() - read the cells of some runs
 * @directories: folders of runs (finished or .partial) or of single cells; the same cell named twice counts once
 * @count:	their number, at least 1
 * @ret_cells:	end it with stored_cells_fini(); written only on success
 * @ret_error:	one line that names the file at fault; written only on failure
 *
 * Return: 0, -ENOENT when a folder is not there or holds no cell, -EINVAL or -EPROTO when a file is not what it should
 * be, or another -errno.
 */
int stored_cells_load(const char *const *directories, unsigned int count, struct stored_cells *ret_cells,
		      struct report_error *ret_error);

/**
 * stored_cells_fini() - end them
 * @cells:	all zero afterwards; may be all zero already
 */
void stored_cells_fini(struct stored_cells *cells);
