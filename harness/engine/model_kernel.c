/* SPDX-License-Identifier: Apache-2.0 */
/* The doors of the driver of model_kernel.h: each function takes the mutex, calls one of model_parts.h, and leaves. */
#include "harness/engine/model_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "harness/engine/clock.h"

/* A call is atomic. */
#define LOCKED(context, expression)                                                                                    \
	({                                                                                                             \
		struct model_kernel *model = (context);                                                                \
		int result_;                                                                                           \
                                                                                                                       \
		pthread_mutex_lock(&model->mutex);                                                                     \
		result_ = (expression);                                                                                \
		pthread_mutex_unlock(&model->mutex);                                                                   \
		result_;                                                                                               \
	})

/* --- core's door --- */

static int door_open(void *context, const char *path, int flags)
{
	return LOCKED(context, model_open_path(model, path, flags));
}

static int door_close(void *context, int fd)
{
	return LOCKED(context, model_close_fd(model, fd));
}

static int door_ioctl(void *context, int fd, unsigned long request, uintptr_t argument)
{
	return LOCKED(context, model_ioctl_fd(model, fd, request, argument, false));
}

static int door_stat(void *context, int fd, struct stat *ret_stat)
{
	return LOCKED(context, model_stat_fd(model, fd, ret_stat));
}

static uint64_t door_now_ns(void *context)
{
	return clock_now_ns();
}

static int door_pause_ns(void *context, uint64_t duration_ns)
{
	const struct looprace_kernel *real = looprace_kernel_real();

	return real->pause_ns(real->context, duration_ns);
}

/* --- the operations' door --- */

static int system_ioctl_compat(void *context, int fd, unsigned long request, uintptr_t argument)
{
	return LOCKED(context, model_ioctl_fd(model, fd, request, argument, true));
}

static int system_dup(void *context, int fd)
{
	return LOCKED(context, model_dup_fd(model, fd));
}

static int truncate_fd(struct model_kernel *model, int fd, uint64_t size_bytes)
{
	struct model_description *description = model_description_of(model, fd);

	if (!description)
		return -EBADF;
	if (!description->file || description->file->kind != BACKING_KIND_file ||
	    (description->flags & O_ACCMODE) == O_RDONLY)
		return -EINVAL;
	return model_file_truncate(description->file, size_bytes);
}

static int system_truncate(void *context, int fd, uint64_t size_bytes)
{
	return LOCKED(context, truncate_fd(model, fd, size_bytes));
}

static int system_io(void *context, struct io_ring *ring, enum system_io io, int fd, void *buffer,
		     uint64_t length_bytes, uint64_t offset_bytes)
{
	return LOCKED(context, model_io_fd(model, io, fd, buffer, length_bytes, offset_bytes));
}

static int system_map(void *context, int fd, uint64_t length_bytes, uint64_t offset_bytes, void **ret_memory)
{
	return LOCKED(context, model_map_fd(model, fd, length_bytes, offset_bytes, ret_memory));
}

static int system_unmap(void *context, void *memory, uint64_t length_bytes)
{
	return LOCKED(context, model_unmap(model, memory));
}

static int system_load(void *context, const void *memory, void *buffer, size_t bytes)
{
	return LOCKED(context, model_touch(model, memory, buffer, bytes, false));
}

static int system_store(void *context, void *memory, const void *buffer, size_t bytes)
{
	return LOCKED(context, model_touch(model, memory, (void *)buffer, bytes, true));
}

static int system_read_text(void *context, const char *path, char *ret_text, size_t text_bytes)
{
	return LOCKED(context, model_sysfs_read(model, path, ret_text, text_bytes));
}

static int system_exists(void *context, const char *path)
{
	return LOCKED(context, model_exists(model, path));
}

static int make_node(struct model_kernel *model, const char *path, unsigned int major, unsigned int minor)
{
	struct model_node *node = &model->nodes[model->node_count];

	for (unsigned int i = 0; i < model->node_count; i++)
		if (strcmp(model->nodes[i].path, path) == 0)
			return -EEXIST;
	if (model->node_count == MODEL_NODE_COUNT_MAX || strlen(path) >= sizeof(node->path))
		return -ENOSPC;
	strcpy(node->path, path);
	node->major = major;
	node->minor = minor;
	model->node_count++;
	return 0;
}

static int system_make_node(void *context, const char *path, unsigned int major, unsigned int minor)
{
	return LOCKED(context, make_node(model, path, major, minor));
}

static int remove_node(struct model_kernel *model, const char *path)
{
	for (unsigned int i = 0; i < model->node_count; i++)
		if (strcmp(model->nodes[i].path, path) == 0) {
			model->nodes[i] = model->nodes[--model->node_count];
			return 0;
		}
	return -ENOENT;
}

static int system_remove_node(void *context, const char *path)
{
	return LOCKED(context, remove_node(model, path));
}

static int system_mount(void *context, const char *source, const char *target, const char *type, unsigned long flags)
{
	return LOCKED(context, model_mount(model, source, target, type, flags));
}

static int system_unmount(void *context, const char *target)
{
	return LOCKED(context, model_unmount(model, target));
}

static int system_module_insert(void *context, const char *name)
{
	return LOCKED(context, model_module_insert(model, name));
}

static int system_module_remove(void *context, const char *name)
{
	return LOCKED(context, model_module_remove(model, name));
}

/* --- life --- */

enum plant model_kernel_plant(const char *name)
{
	static const char *const names[] = { "",
#define X(name, rule, summary) #name,
					     LOOPRACE_PLANTS(X)
#undef X
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return (enum plant)i;
	return PLANT_none;
}

static void open_doors(struct model_kernel *model)
{
	model->door = (struct looprace_kernel){
		.context = model,
		.open = door_open,
		.close = door_close,
		.ioctl = door_ioctl,
		.stat = door_stat,
		.now_ns = door_now_ns,
		.pause_ns = door_pause_ns,
	};
	model->system = (struct system){
		.context = model,
		.loop = &model->door,
		.ioctl_compat = system_ioctl_compat,
		.dup = system_dup,
		.truncate = system_truncate,
		.io = system_io,
		.map = system_map,
		.unmap = system_unmap,
		.load = system_load,
		.store = system_store,
		.read_text = system_read_text,
		.exists = system_exists,
		.make_node = system_make_node,
		.remove_node = system_remove_node,
		.mount = system_mount,
		.unmount = system_unmount,
		.module_insert = system_module_insert,
		.module_remove = system_module_remove,
		.inject_open = model_inject_open,
		.inject_set = model_inject_set,
		.inject_close = model_inject_close,
	};
}

struct model_kernel *model_kernel_new(enum plant plant, unsigned int device_count)
{
	struct model_kernel *model = calloc(1, sizeof(*model));

	if (!model)
		return NULL;
	model->devices = calloc(MODEL_DEVICE_COUNT_MAX, sizeof(*model->devices));
	if (!model->devices) {
		free(model);
		return NULL;
	}
	model->plant = plant;
	model->initial_device_count = device_count;
	pthread_mutex_init(&model->mutex, NULL);
	open_doors(model);
	/* Nobody else knows of it yet. */
	model_module_insert(model, "loop");
	return model;
}

/* Descriptions are freed here and not put: nobody is told of a release any more. */
static void free_descriptions(struct model_kernel *model)
{
	model->hear = NULL;
	for (unsigned int i = 0; i < MODEL_MAPPING_COUNT_MAX; i++)
		if (model->mappings[i].memory)
			model_unmap(model, model->mappings[i].memory);
	for (unsigned int i = 0; i < MODEL_MOUNT_COUNT_MAX; i++)
		if (model->mounts[i].description)
			model_unmount(model, model->mounts[i].target);
	for (int slot = 0; slot < MODEL_FD_COUNT_MAX; slot++)
		if (model->descriptors[slot])
			model_close_fd(model, MODEL_FD_FIRST + slot);
}

struct model_kernel *model_kernel_free(struct model_kernel *model)
{
	if (!model)
		return NULL;
	model->plant = PLANT_none;
	free_descriptions(model);
	for (int index = 0; index < model->device_end; index++)
		if (model->devices[index] && model->devices[index]->state == MODEL_STATE_bound)
			model_device_tear_down(model, model->devices[index]);
	model_unpin_all(model);
	for (int index = 0; index < model->device_end; index++)
		free(model->devices[index]);
	while (model->files) {
		struct model_file *next = model->files->next;

		model_file_free(model->files);
		model->files = next;
	}
	free(model->devices);
	pthread_mutex_destroy(&model->mutex);
	free(model);
	return NULL;
}

const struct looprace_kernel *model_kernel_door(struct model_kernel *model)
{
	return &model->door;
}

const struct system *model_kernel_system(struct model_kernel *model)
{
	return &model->system;
}

void model_kernel_listen(struct model_kernel *model, model_kernel_hear_fn *hear, void *context)
{
	pthread_mutex_lock(&model->mutex);
	model->hear = hear;
	model->hear_context = context;
	pthread_mutex_unlock(&model->mutex);
}

void model_kernel_mend(struct model_kernel *model)
{
	pthread_mutex_lock(&model->mutex);
	model->plant = PLANT_none;
	pthread_mutex_unlock(&model->mutex);
}

void model_kernel_set_privileged(struct model_kernel *model, bool is_privileged)
{
	pthread_mutex_lock(&model->mutex);
	model->is_unprivileged = !is_privileged;
	pthread_mutex_unlock(&model->mutex);
}

static int next_bound(const struct model_kernel *model, int after)
{
	for (int index = after + 1; index < model->device_end; index++)
		if (model->devices[index] && model->devices[index]->state == MODEL_STATE_bound)
			return index;
	return -1;
}

int model_kernel_next_bound(struct model_kernel *kernel, int after)
{
	return LOCKED(kernel, next_bound(model, after));
}
