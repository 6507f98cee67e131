/* SPDX-License-Identifier: Apache-2.0 */
/* Making and removing backing files; see backing.h. */
#include "harness/engine/backing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/engine/model_kernel.h"

int backing_create(const char *dir, unsigned int worker, uint64_t size_bytes, struct backing *ret_backing)
{
	struct backing backing = BACKING_NULL;
	struct stat status;
	int r = 0;

	if (snprintf(backing.path, sizeof(backing.path), "%s/looprace-%d-worker%u.img", dir, (int)getpid(), worker) >=
	    (int)sizeof(backing.path))
		return -ENAMETOOLONG;
	backing.fd = open(backing.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (backing.fd < 0)
		return -errno;
	if (ftruncate(backing.fd, (off_t)size_bytes) < 0 || fstat(backing.fd, &status) < 0) {
		r = -errno;
		backing_remove(&backing);
		return r;
	}
	backing.identity.dev = status.st_dev;
	backing.identity.inode = status.st_ino;
	*ret_backing = backing;
	return 0;
}

void backing_model(unsigned int worker, struct backing *ret_backing)
{
	*ret_backing = BACKING_NULL;
	ret_backing->fd = model_kernel_backing_fd(worker, &ret_backing->identity);
}

void backing_remove(struct backing *backing)
{
	if (backing->path[0] != '\0') {
		if (backing->fd >= 0)
			close(backing->fd);
		unlink(backing->path);
	}
	*backing = BACKING_NULL;
}
