/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors and open file descriptions of the driver inside the harness, and what a path leads to.
 *
 * open() makes a description and a number for it, dup() another number, a bind one more reference.  Who opens and closes
 * devices is counted here; what the last close means is the device's business.
 */
#include "harness/engine/model_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/major.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#define CONTROL_PATH  "/dev/loop-control"
#define CONTROL_MINOR 237

bool model_parse_device_name(const char *name, int *ret_index, unsigned int *ret_partition)
{
	unsigned int partition = 0;
	int index, length = 0;

	if (strncmp(name, "loop", 4) != 0 || name[4] < '0' || name[4] > '9' ||
	    sscanf(name, "loop%7d%n", &index, &length) != 1)
		return false;
	name += length;
	if (*name != '\0') {
		if (name[0] != 'p' || name[1] < '1' || name[1] > '9' ||
		    sscanf(name, "p%4u%n", &partition, &length) != 1 || name[length] != '\0')
			return false;
	}
	*ret_index = index;
	*ret_partition = partition;
	return true;
}

static struct model_description **slot_of(struct model_kernel *model, int fd)
{
	if (fd < MODEL_FD_FIRST || fd >= MODEL_FD_FIRST + MODEL_FD_COUNT_MAX ||
	    !model->descriptors[fd - MODEL_FD_FIRST])
		return NULL;
	return &model->descriptors[fd - MODEL_FD_FIRST];
}

struct model_description *model_description_of(const struct model_kernel *model, int fd)
{
	struct model_description **slot = slot_of((struct model_kernel *)model, fd);

	return slot ? *slot : NULL;
}

struct model_description *model_description_get(struct model_description *description)
{
	description->reference_count++;
	return description;
}

/* The lowest free number, as in the kernel. */
static int install(struct model_kernel *model, struct model_description *description)
{
	for (unsigned int slot = model->free_slot; slot < MODEL_FD_COUNT_MAX; slot++)
		if (!model->descriptors[slot]) {
			model->descriptors[slot] = description;
			model->free_slot = slot + 1;
			return MODEL_FD_FIRST + (int)slot;
		}
	return -EMFILE;
}

/* --- opening --- */

static const struct model_description **holder_of(struct model_device *device, unsigned int partition)
{
	return partition ? &device->partitions[partition].holder : &device->holder;
}

/* A partition's holder keeps others from the whole, and the whole's from every partition; two partitions get along. */
static bool is_held(const struct model_device *device, unsigned int partition)
{
	return partition ? device->holder || device->partitions[partition].holder : model_device_has_holder(device);
}

int model_open_device(struct model_kernel *model, struct model_device *device, unsigned int partition, int flags,
		      struct model_description **ret_description)
{
	struct model_description *description;

	if (partition > MODEL_PARTITION_COUNT_MAX || (partition && !device->partitions[partition].is_there))
		return -ENOENT;
	if (flags & O_EXCL && is_held(device, partition))
		return -EBUSY;
	description = model_allocate() == 0 ? calloc(1, sizeof(*description)) : NULL;
	if (!description)
		return -ENOMEM;
	description->reference_count = 1;
	description->flags = flags;
	description->device = device;
	description->partition = partition;
	description->partition_serial = device->partitions[partition].serial;
	if (flags & O_EXCL)
		*holder_of(device, partition) = description;
	if (partition)
		device->partitions[partition].opener_count++;
	else
		device->opener_count++;
	*ret_description = description;
	return 0;
}

static int open_file(struct model_file *file, int flags, struct model_description **ret_description)
{
	bool wants_write = (flags & O_ACCMODE) != O_RDONLY;
	struct model_description *description;

	if (!(flags & O_PATH) && wants_write) {
		if (file->kind == BACKING_KIND_directory)
			return -EISDIR;
		if (file->kind == BACKING_KIND_proc)
			return -EACCES;
	}
	description = calloc(1, sizeof(*description));
	if (!description)
		return -ENOMEM;
	description->reference_count = 1;
	description->flags = flags;
	description->file = file;
	file->description_count++;
	if (flags & O_TRUNC && wants_write)
		model_file_truncate(file, 0);
	*ret_description = description;
	return 0;
}

static int open_control(struct model_kernel *model, int flags, struct model_description **ret_description)
{
	struct model_description *description;

	if (!model->has_module)
		return -ENODEV;
	description = calloc(1, sizeof(*description));
	if (!description)
		return -ENOMEM;
	description->reference_count = 1;
	description->flags = flags;
	model->control_opener_count++;
	*ret_description = description;
	return 0;
}

/* Through a node the driver makes the device that is not there (CONFIG_BLOCK_LEGACY_AUTOLOAD). */
static int open_node(struct model_kernel *model, const struct model_node *node, int flags,
		     struct model_description **ret_description)
{
	int r;

	if (node->major != LOOP_MAJOR || node->minor >= MODEL_DEVICE_COUNT_MAX || !model->has_module)
		return -ENXIO;
	if (!model_device_at(model, (int)node->minor)) {
		r = model_device_add(model, (int)node->minor);
		if (r < 0)
			return r == -EEXIST ? -ENXIO : r;
	}
	return model_open_device(model, model_device_at(model, (int)node->minor), 0, flags, ret_description);
}

static const struct model_node *find_node(const struct model_kernel *model, const char *path)
{
	for (unsigned int i = 0; i < model->node_count; i++)
		if (strcmp(model->nodes[i].path, path) == 0)
			return &model->nodes[i];
	return NULL;
}

static int open_anything(struct model_kernel *model, const char *path, int flags,
			 struct model_description **ret_description)
{
	const struct model_node *node = find_node(model, path);
	struct model_file *file = model_file_find(model, path);
	struct model_device *device;
	unsigned int partition;
	int index;

	if (strcmp(path, CONTROL_PATH) == 0)
		return open_control(model, flags, ret_description);
	if (node)
		return open_node(model, node, flags, ret_description);
	if (file)
		return open_file(file, flags, ret_description);
	if (strncmp(path, "/dev/", 5) != 0 || !model_parse_device_name(path + 5, &index, &partition))
		return -ENOENT;
	device = model_device_at(model, index);
	if (!device)
		return -ENOENT;
	return model_open_device(model, device, partition, flags, ret_description);
}

int model_open_path(struct model_kernel *model, const char *path, int flags)
{
	struct model_description *description;
	int r = open_anything(model, path, flags, &description);

	if (r < 0)
		return r;
	r = install(model, description);
	if (r < 0)
		model_description_put(model, description);
	return r;
}

int model_dup_fd(struct model_kernel *model, int fd)
{
	struct model_description *description = model_description_of(model, fd);
	int r;

	if (!description)
		return -EBADF;
	r = install(model, description);
	if (r >= 0)
		model_description_get(description);
	return r;
}

/* --- closing --- */

static void release_device(struct model_kernel *model, struct model_description *description)
{
	struct model_device *device = description->device;
	const struct model_description **holder = holder_of(device, description->partition);

	if (*holder == description)
		*holder = NULL;
	if (description->partition)
		device->partitions[description->partition].opener_count--;
	else
		device->opener_count--;
	model_device_closed(model, device);
}

void model_description_put(struct model_kernel *model, struct model_description *description)
{
	if (--description->reference_count > 0)
		return;
	if (description->device)
		release_device(model, description);
	else if (description->file)
		description->file->description_count--;
	else
		model->control_opener_count--;
	free(description);
}

int model_close_fd(struct model_kernel *model, int fd)
{
	struct model_description **slot = slot_of(model, fd);
	struct model_description *description;

	if (!slot)
		return -EBADF;
	description = *slot;
	*slot = NULL;
	if ((unsigned int)(fd - MODEL_FD_FIRST) < model->free_slot)
		model->free_slot = (unsigned int)(fd - MODEL_FD_FIRST);
	model_description_put(model, description);
	return 0;
}

/* --- what is behind a descriptor --- */

static mode_t mode_of(enum backing_kind kind)
{
	switch (kind) {
	case BACKING_KIND_directory:
		return S_IFDIR | 0700;
	case BACKING_KIND_character:
		return S_IFCHR | 0600;
	case BACKING_KIND_pipe:
		return S_IFIFO | 0600;
	case BACKING_KIND_proc:
		return S_IFREG | 0444;
	case BACKING_KIND_file:
	case BACKING_KIND_closed:
		break;
	}
	return S_IFREG | 0600;
}

int model_stat_fd(struct model_kernel *model, int fd, struct stat *ret_stat)
{
	const struct model_description *description = model_description_of(model, fd);
	struct stat status = { .st_dev = MODEL_DEV };

	if (!description)
		return -EBADF;
	if (description->file) {
		status.st_ino = (ino_t)description->file->inode;
		status.st_mode = mode_of(description->file->kind);
		status.st_size = (off_t)description->file->bytes;
	} else if (description->device) {
		status.st_mode = S_IFBLK | 0600;
		status.st_rdev = description->partition ? makedev(BLOCK_EXT_MAJOR, description->partition_serial)
							: makedev(LOOP_MAJOR, (unsigned int)description->device->index);
		/* devtmpfs has an inode a node; no file of ours has such a number. */
		status.st_ino =
			(ino_t)(UINT64_C(1) << 32 | (uint64_t)description->device->index << 8 | description->partition);
	} else {
		status.st_mode = S_IFCHR | 0600;
		status.st_rdev = makedev(10, CONTROL_MINOR);
	}
	*ret_stat = status;
	return 0;
}
