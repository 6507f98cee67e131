/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PURE: the kernels between two others, out of what `looprace kernel list --json` prints.
 *
 * That list is ordered by series and version, so "between" is a matter of its order.  Versions are compared only for a
 * release such as 6.12.50 that need not have been packaged: then the row ends at the nearest kernel beyond it.  Debug
 * kernels are left out: another configuration is another question.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "harness/report/files.h"

struct kernel_row {
	char **versions; /* of packages */
	unsigned int count;
	bool is_descending; /* the first one is the newest */
};

/**
 * kernel_row_between() - the kernels from one to another
 * @list:	text of the list
 * @bytes:	its length
 * @from:	a version; a series: the newest one of it; or a release, such as 6.12.50: all packages of it, or the nearest
 *		kernel beyond it
 * @to:		likewise; may be older
 * @ret_row:	both ends and all between them, in order; end it with kernel_row_fini(); written only on success
 * @ret_error:	one line that tells what would be right; written only on failure
 *
 * Return: 0; -EINVAL when one is not in the list, or beyond it, or both are the same; -EPROTO when the text is no such list; -ENOMEM.
 */
int kernel_row_between(const char *list, size_t bytes, const char *from, const char *to, struct kernel_row *ret_row,
		       struct report_error *ret_error);

/**
 * kernel_row_fini() - end a row
 * @row:	all zero afterwards; may be all zero already
 */
void kernel_row_fini(struct kernel_row *row);
