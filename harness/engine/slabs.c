/* SPDX-License-Identifier: Apache-2.0 */
/* Reading /proc/slabinfo; see slabs.h. */
#include "harness/engine/slabs.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* General ones by size, without those that are only for page cache and user memory. */
static bool is_wanted(const char *name)
{
	static const char *const names[] = { "pool_workqueue", "maple_node", "request_queue",	 "bdev_cache",
					     "blkdev_queue",   "filp",	     "kernfs_node_cache" };

	if (strncmp(name, "kmalloc-", 8) == 0)
		return isdigit((unsigned char)name[8]);
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void shrink(const char *name)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	/* Without it the count is less exact, no more. */
	if (write(fd, "1\n", 2) < 0)
		path[0] = '\0';
	close(fd);
}

static void read_counts(struct slabs *slabs)
{
	FILE *file = fopen("/proc/slabinfo", "re");
	struct slab slab;
	unsigned long long count, slab_count;
	char line[512];

	slabs->count = 0;
	while (file && slabs->count < SLAB_COUNT_MAX && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%39s %llu %*u %*u %llu", slab.name, &count, &slab_count) != 3 ||
		    !is_wanted(slab.name))
			continue;
		slab.object_count = count;
		slab.slab_object_count = slab_count;
		slabs->slabs[slabs->count++] = slab;
	}
	if (file)
		fclose(file);
}

void slabs_count(struct slabs *ret_slabs)
{
	read_counts(ret_slabs);
	for (unsigned int i = 0; i < ret_slabs->count; i++)
		shrink(ret_slabs->slabs[i].name);
	read_counts(ret_slabs);
}

const struct slab *slabs_find(const struct slabs *slabs, const char *name)
{
	for (unsigned int i = 0; i < slabs->count; i++)
		if (strcmp(slabs->slabs[i].name, name) == 0)
			return &slabs->slabs[i];
	return NULL;
}

int64_t slabs_growth(const struct slabs *before, const struct slab *slab)
{
	const struct slab *earlier = slabs_find(before, slab->name);

	return earlier ? (int64_t)slab->object_count - (int64_t)earlier->object_count : 0;
}
