/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device is ours when LOOP_GET_STATUS64 reports one of our backing files.  Detaching compares that once more on the
 * very descriptor through which it clears, so a stranger who took the index in between keeps his device.
 */
#include "harness/engine/leftovers.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>

static const struct worker *owner_of(const struct looprace_identity *identity, const struct worker *workers,
				     unsigned int worker_count)
{
	for (unsigned int i = 0; i < worker_count; i++)
		if (workers[i].backing.identity.dev == identity->dev &&
		    workers[i].backing.identity.inode == identity->inode)
			return &workers[i];
	return NULL;
}

bool leftovers_release_device(struct recorder *recorder, const struct looprace_kernel *kernel, int index,
			      const struct worker *workers, unsigned int worker_count)
{
	struct looprace_identity identity;
	const struct worker *owner;
	char path[32];
	int fd;
	int r;

	snprintf(path, sizeof(path), "/dev/loop%d", index);
	fd = kernel->open(kernel->context, path, O_RDONLY);
	if (fd < 0)
		return false;
	r = looprace_read_identity(kernel, fd, &identity);
	kernel->close(kernel->context, fd);
	if (r < 0)
		return false;
	owner = owner_of(&identity, workers, worker_count);
	if (!owner)
		return false;
	recorder_note(recorder, "leftover index=%d dev=%llu inode=%llu worker=%u", index,
		      (unsigned long long)identity.dev, (unsigned long long)identity.inode, owner->number);
	looprace_detach_path(kernel, path, &identity);
	return true;
}

unsigned int leftovers_release(struct recorder *recorder, const struct worker *workers, unsigned int worker_count)
{
	DIR *dir = opendir("/sys/block");
	struct dirent *entry;
	unsigned int count = 0;

	while (dir && (entry = readdir(dir))) {
		int index;

		if (sscanf(entry->d_name, "loop%d", &index) == 1)
			count += leftovers_release_device(recorder, looprace_kernel_real(), index, workers,
							  worker_count);
	}
	if (dir)
		closedir(dir);
	return count;
}
