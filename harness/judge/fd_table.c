/* SPDX-License-Identifier: Apache-2.0 */
/* Open file descriptions of a worker; see fd_table.h. */
#include "harness/judge/fd_table.h"

#include <errno.h>
#include <stdlib.h>

int fd_table_init(struct fd_table *ret_table)
{
	struct fd_state *states = calloc(FD_TABLE_COUNT, sizeof(*states));

	if (!states)
		return -ENOMEM;
	*ret_table = (struct fd_table){ .states = states };
	return 0;
}

void fd_table_fini(struct fd_table *table)
{
	free(table->states);
	*table = (struct fd_table){ 0 };
}

struct fd_state *fd_table_at(struct fd_table *table, unsigned int worker, uint32_t file)
{
	struct fd_state *state = &table->states[file % FD_TABLE_COUNT];

	if (file == 0)
		return NULL;
	if (state->owner != worker + 1 || state->file != file)
		*state = (struct fd_state){ .owner = worker + 1, .file = file };
	return state;
}
