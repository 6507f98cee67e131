/* SPDX-License-Identifier: Apache-2.0 */
/* Making and removing backing files; see backing.h. */
#include "harness/engine/backing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/engine/backing_content.h"
#include "harness/engine/model_kernel.h"

/* How much of a first content is made at once. */
#define MODEL_PART_BYTES (32u << 10)

static int make_file(struct backing *backing)
{
	backing->open_flags = O_RDWR;
	backing->fd = open(backing->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (backing->fd < 0)
		return -errno;
	backing->is_made = true;
	if (ftruncate(backing->fd, (off_t)backing->size_bytes) < 0)
		return -errno;
	return backing_content_write(backing->fd, backing->content, backing->number, backing->size_bytes);
}

static int make_directory(struct backing *backing)
{
	backing->open_flags = O_RDONLY | O_DIRECTORY;
	if (mkdir(backing->path, 0700) < 0)
		return -errno;
	backing->is_made = true;
	backing->fd = open(backing->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return backing->fd < 0 ? -errno : 0;
}

static int open_existing(struct backing *backing, const char *path, int flags)
{
	snprintf(backing->path, sizeof(backing->path), "%s", path);
	backing->open_flags = flags;
	backing->fd = open(path, flags | O_CLOEXEC);
	return backing->fd < 0 ? -errno : 0;
}

static int make_pipe(struct backing *backing)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	backing->fd = fds[0];
	backing->other_fd = fds[1];
	snprintf(backing->path, sizeof(backing->path), "/proc/self/fd/%d", fds[0]);
	return 0;
}

static int make(struct backing *backing)
{
	switch (backing->kind) {
	case BACKING_KIND_file:
		return make_file(backing);
	case BACKING_KIND_directory:
		return make_directory(backing);
	case BACKING_KIND_character:
		return open_existing(backing, "/dev/null", O_RDWR);
	case BACKING_KIND_pipe:
		return make_pipe(backing);
	case BACKING_KIND_proc:
		return open_existing(backing, "/proc/version", O_RDONLY);
	case BACKING_KIND_closed:
		backing->path[0] = '\0';
		return 0;
	}
	return -EINVAL;
}

int backing_create(const char *dir, unsigned int number, const struct backing_object *object,
		   struct backing *ret_backing)
{
	struct backing backing = BACKING_NULL;
	struct stat status;
	int r;

	backing.number = number;
	backing.kind = object->kind;
	backing.content = object->content;
	backing.size_bytes = object->size_bytes;
	/* A scenario may call one of its own worker0. */
	if (snprintf(backing.path, sizeof(backing.path), "%s/looprace-%d-%s%s.img", dir, (int)getpid(),
		     number < BACKING_NUMBER_NAMED ? "" : "named-", object->name) >= (int)sizeof(backing.path))
		return -ENAMETOOLONG;
	r = make(&backing);
	if (r == 0 && backing.fd >= 0 && fstat(backing.fd, &status) < 0)
		r = -errno;
	if (r < 0) {
		backing_remove(&backing);
		return r;
	}
	if (backing.fd >= 0) {
		backing.identity.dev = status.st_dev;
		backing.identity.inode = status.st_ino;
	}
	*ret_backing = backing;
	return 0;
}

/* What the names of kinds mean to open(), where there is something to open. */
static int open_flags_of(enum backing_kind kind)
{
	return kind == BACKING_KIND_file || kind == BACKING_KIND_character ? O_RDWR : O_RDONLY;
}

static int fill_model(struct model_kernel *model, const struct backing *backing)
{
	const struct system *system = model_kernel_system(model);
	_Alignas(8) uint8_t part[MODEL_PART_BYTES];

	if (backing->kind != BACKING_KIND_file || backing->content == BACKING_CONTENT_zeros)
		return 0;
	for (uint64_t at = 0; at < backing->size_bytes; at += sizeof(part)) {
		uint64_t left_bytes = backing->size_bytes - at;
		uint64_t bytes = left_bytes < sizeof(part) ? left_bytes : sizeof(part);
		int r;

		backing_content_fill(backing->content, backing->number, backing->size_bytes, at, part, bytes);
		r = system->io(system->context, NULL, SYSTEM_IO_write, backing->fd, part, bytes, at);
		if (r < 0)
			return r;
	}
	return 0;
}

int backing_model(struct model_kernel *model, unsigned int number, const struct backing_object *object,
		  struct backing *ret_backing)
{
	const struct looprace_kernel *kernel = model_kernel_door(model);
	struct backing backing = BACKING_NULL;
	struct stat status;
	int r;

	backing.number = number;
	backing.kind = object->kind;
	backing.content = object->content;
	backing.size_bytes = object->size_bytes;
	backing.open_flags = open_flags_of(object->kind);
	backing.is_model = true;
	if (object->kind != BACKING_KIND_closed) {
		snprintf(backing.path, sizeof(backing.path), "%s/%s.img", MODEL_KERNEL_BACKING_DIR, object->name);
		r = model_kernel_add_file(model, backing.path, object->kind, object->size_bytes);
		if (r == 0)
			r = kernel->open(kernel->context, backing.path, backing.open_flags);
		if (r < 0)
			return r;
		backing.fd = r;
		r = kernel->stat(kernel->context, backing.fd, &status);
		if (r < 0)
			return r;
		backing.identity.dev = status.st_dev;
		backing.identity.inode = status.st_ino;
		r = fill_model(model, &backing);
		if (r < 0)
			return r;
	}
	*ret_backing = backing;
	return 0;
}

void backing_remove(struct backing *backing)
{
	/* A descriptor of the model kernel is none of this process's, and goes with the model. */
	if (!backing->is_model && backing->fd >= 0)
		close(backing->fd);
	if (backing->other_fd >= 0)
		close(backing->other_fd);
	if (backing->is_made && backing->kind == BACKING_KIND_directory)
		rmdir(backing->path);
	else if (backing->is_made)
		unlink(backing->path);
	*backing = BACKING_NULL;
}
