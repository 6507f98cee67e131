/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts of the driver inside the harness.  A mounted file system is an opener that holds its device alone (O_EXCL); all
 * that is read of it is the magic number of its superblock.
 *
 * The backing files lie in a file system, too: unmounting a folder of theirs says whether one of them is still in use,
 * which is how a reference shows that nobody gave back.
 */
#include "harness/engine/model_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

/* Offset and value of s_magic. */
#define EXT4_MAGIC_AT	1080
#define EXT4_MAGIC_LOW	0x53
#define EXT4_MAGIC_HIGH 0xef

static bool has_ext4(struct model_kernel *model, struct model_device *device)
{
	uint8_t magic[2];

	return device->capacity_bytes >= EXT4_MAGIC_AT + sizeof(magic) &&
	       model_device_read(model, device, magic, sizeof(magic), EXT4_MAGIC_AT) == 0 &&
	       magic[0] == EXT4_MAGIC_LOW && magic[1] == EXT4_MAGIC_HIGH;
}

static struct model_mount *find_mount(struct model_kernel *model, const char *target)
{
	for (unsigned int i = 0; i < MODEL_MOUNT_COUNT_MAX; i++)
		if (model->mounts[i].description && strcmp(model->mounts[i].target, target) == 0)
			return &model->mounts[i];
	return NULL;
}

static struct model_mount *free_mount(struct model_kernel *model)
{
	for (unsigned int i = 0; i < MODEL_MOUNT_COUNT_MAX; i++)
		if (!model->mounts[i].description)
			return &model->mounts[i];
	return NULL;
}

int model_mount(struct model_kernel *model, const char *source, const char *target, const char *type,
		unsigned long flags)
{
	struct model_mount *mount = free_mount(model);
	struct model_device *device = NULL;
	unsigned int partition = 0;
	int index, r;

	if (strncmp(source, "/dev/", 5) == 0 && model_parse_device_name(source + 5, &index, &partition))
		device = model_device_at(model, index);
	if (!device || partition)
		return -ENOENT;
	if (strcmp(type, "ext4") != 0)
		return -ENODEV;
	if (!mount || strlen(target) >= sizeof(mount->target))
		return -ENOMEM;
	if (device->is_read_only && !(flags & MS_RDONLY))
		return -EACCES;
	r = model_open_device(model, device, 0, (flags & MS_RDONLY ? O_RDONLY : O_RDWR) | O_EXCL, &mount->description);
	if (r < 0)
		return r;
	if (!has_ext4(model, device)) {
		model_description_put(model, mount->description);
		mount->description = NULL;
		return -EINVAL;
	}
	strcpy(mount->target, target);
	return 0;
}

/* -1: no file lies there; otherwise how many are in use. */
static int use_count_below(const struct model_kernel *model, const char *folder)
{
	size_t length = strlen(folder);
	int count = -1;

	for (const struct model_file *file = model->files; file; file = file->next)
		if (strncmp(file->path, folder, length) == 0 && file->path[length] == '/')
			count = (count < 0 ? 0 : count) + (file->description_count > 0);
	return count;
}

int model_unmount(struct model_kernel *model, const char *target)
{
	struct model_mount *mount = find_mount(model, target);
	int use_count;

	if (mount) {
		model_description_put(model, mount->description);
		mount->description = NULL;
		return 0;
	}
	use_count = use_count_below(model, target);
	if (use_count < 0)
		return -EINVAL;
	return use_count ? -EBUSY : 0;
}
