/* SPDX-License-Identifier: Apache-2.0 */
/* The files of /sys/block/loopN of the driver inside the harness, and which paths there are. */
#include "harness/engine/model_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SYSFS_PREFIX "/sys/block/"

/* What stands behind the device's name in a path, "" for its folder. */
struct sysfs_path {
	struct model_device *device;
	const char *rest;
};

static bool parse(const struct model_kernel *model, const char *path, struct sysfs_path *ret_path)
{
	char name[32];
	unsigned int partition;
	int index;
	size_t length;

	if (strncmp(path, SYSFS_PREFIX, strlen(SYSFS_PREFIX)) != 0)
		return false;
	path += strlen(SYSFS_PREFIX);
	length = strcspn(path, "/");
	if (length >= sizeof(name))
		return false;
	memcpy(name, path, length);
	name[length] = '\0';
	if (!model_parse_device_name(name, &index, &partition) || partition)
		return false;
	ret_path->device = model_device_at(model, index);
	ret_path->rest = path[length] ? path + length + 1 : "";
	return ret_path->device != NULL;
}

/* The group `loop` comes with a bind and goes with the release. */
static bool has_group(const struct model_kernel *model, const struct model_device *device)
{
	return device->state == MODEL_STATE_bound || model->plant == PLANT_sysfs_stays;
}

static const char *backing_path(const struct model_device *device)
{
	if (!device->backing)
		return "";
	return device->backing->file ? device->backing->file->path : "/dev/loop";
}

/* Writes the text of loop/NAME; -1: no such file. */
static int group_text(const struct model_kernel *model, const struct model_device *device, const char *name,
		      char *ret_text, size_t text_bytes)
{
	bool is_autoclear = device->flags & LO_FLAGS_AUTOCLEAR;

	if (model->plant == PLANT_sysfs_wrong_autoclear)
		is_autoclear = !is_autoclear;
	if (strcmp(name, "backing_file") == 0)
		return snprintf(ret_text, text_bytes, "%s", backing_path(device));
	if (strcmp(name, "offset") == 0)
		return snprintf(ret_text, text_bytes, "%llu", (unsigned long long)device->offset_bytes);
	if (strcmp(name, "sizelimit") == 0)
		return snprintf(ret_text, text_bytes, "%llu", (unsigned long long)device->limit_bytes);
	if (strcmp(name, "autoclear") == 0)
		return snprintf(ret_text, text_bytes, "%d", is_autoclear);
	if (strcmp(name, "partscan") == 0)
		return snprintf(ret_text, text_bytes, "%d", !!(device->flags & LO_FLAGS_PARTSCAN));
	if (strcmp(name, "dio") == 0)
		return snprintf(ret_text, text_bytes, "%d", !!(device->flags & LO_FLAGS_DIRECT_IO));
	return -1;
}

static int device_text(const struct model_kernel *model, const struct sysfs_path *path, char *ret_text,
		       size_t text_bytes)
{
	const struct model_device *device = path->device;

	if (strncmp(path->rest, "loop/", 5) == 0)
		return has_group(model, device) ? group_text(model, device, path->rest + 5, ret_text, text_bytes) : -1;
	if (strcmp(path->rest, "size") == 0)
		return snprintf(ret_text, text_bytes, "%llu",
				(unsigned long long)(device->capacity_bytes / MODEL_SECTOR_BYTES));
	if (strcmp(path->rest, "ro") == 0)
		return snprintf(ret_text, text_bytes, "%d", device->is_read_only);
	if (strcmp(path->rest, "diskseq") == 0)
		return snprintf(ret_text, text_bytes, "%llu", (unsigned long long)device->diskseq);
	if (strcmp(path->rest, "queue/logical_block_size") == 0)
		return snprintf(ret_text, text_bytes, "%u", device->block_bytes);
	return -1;
}

int model_sysfs_read(struct model_kernel *model, const char *path, char *ret_text, size_t text_bytes)
{
	struct sysfs_path parsed;
	int length;

	if (!parse(model, path, &parsed))
		return -ENOENT;
	length = device_text(model, &parsed, ret_text, text_bytes);
	if (length < 0)
		return -ENOENT;
	return (size_t)length < text_bytes ? length : (int)text_bytes - 1;
}

static bool has_sysfs_path(const struct model_kernel *model, const struct sysfs_path *path)
{
	char text[MODEL_PATH_BYTES + 1];
	unsigned int partition;
	int index;

	if (path->rest[0] == '\0')
		return true;
	if (strcmp(path->rest, "loop") == 0)
		return has_group(model, path->device);
	if (model_parse_device_name(path->rest, &index, &partition) && partition)
		return index == path->device->index && partition <= MODEL_PARTITION_COUNT_MAX &&
		       path->device->partitions[partition].is_there;
	return device_text(model, path, text, sizeof(text)) >= 0;
}

int model_exists(struct model_kernel *model, const char *path)
{
	struct model_device *device;
	struct sysfs_path parsed;
	unsigned int partition;
	int index;

	if (parse(model, path, &parsed))
		return has_sysfs_path(model, &parsed);
	if (strcmp(path, "/sys/module/loop") == 0 || strcmp(path, "/dev/loop-control") == 0)
		return model->has_module;
	if (strncmp(path, "/dev/", 5) == 0 && model_parse_device_name(path + 5, &index, &partition)) {
		device = model_device_at(model, index);
		return device && (!partition ||
				  (partition <= MODEL_PARTITION_COUNT_MAX && device->partitions[partition].is_there));
	}
	return model_file_find(model, path) != NULL;
}
