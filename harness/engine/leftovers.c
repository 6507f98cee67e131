/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device is ours when LOOP_GET_STATUS64 reports one of our backing files.  Detaching compares that once more on the
 * very descriptor through which it clears, so a stranger who took the index in between keeps his device.
 */
#include "harness/engine/leftovers.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static bool is_of(const struct backing *backing, const struct looprace_identity *identity)
{
	return backing->fd >= 0 && backing->identity.dev == identity->dev && backing->identity.inode == identity->inode;
}

/* The backing file that a device is bound to, a worker's or one with a name, or NULL: it is nobody's of us. */
static const struct backing *owner_of(const struct looprace_identity *identity, const struct worker *workers,
				      unsigned int worker_count)
{
	const struct worker_shared *shared = worker_count ? workers[0].shared : NULL;

	for (unsigned int i = 0; i < worker_count; i++)
		if (is_of(&workers[i].backing, identity))
			return &workers[i].backing;
	for (unsigned int i = 0; shared && shared->backings && i < shared->scenario->backing_count; i++)
		if (is_of(&shared->backings[i], identity))
			return &shared->backings[i];
	return NULL;
}

bool leftovers_release_device(struct recorder *recorder, const struct looprace_kernel *kernel, int index,
			      const struct worker *workers, unsigned int worker_count)
{
	struct looprace_identity identity;
	const struct backing *owner;
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

/* The folder is there while the device is bound: a cheap question where there are hundreds of devices. */
static bool looks_bound(int index)
{
	char path[48];

	snprintf(path, sizeof(path), "/sys/block/loop%d/loop", index);
	return access(path, F_OK) == 0;
}

unsigned int leftovers_release(struct recorder *recorder, const struct looprace_kernel *kernel,
			       const struct worker *workers, unsigned int worker_count)
{
	DIR *dir = opendir("/sys/block");
	struct dirent *entry;
	unsigned int count = 0;

	while (dir && (entry = readdir(dir))) {
		int index;

		if (sscanf(entry->d_name, "loop%d", &index) == 1 && looks_bound(index))
			count += leftovers_release_device(recorder, kernel, index, workers, worker_count);
	}
	if (dir)
		closedir(dir);
	return count;
}
