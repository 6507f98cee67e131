/* SPDX-License-Identifier: Apache-2.0 */
/* The loop driver of model_kernel.h. */
#include "harness/engine/model_kernel.h"

#include <errno.h>
#include <linux/loop.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/major.h>
#include <sys/sysmacros.h>

#include "harness/engine/clock.h"

#define DEVICE_COUNT_MAX 2048
#define FD_COUNT_MAX	 4096
#define FD_FIRST	 100000
#define CONTROL_FD	 (FD_FIRST - 1)

/* How long the unchecked driver lets others in between its check and its bind: well above a context switch. */
#define WINDOW_NS 50000

struct model_device {
	bool exists;
	bool is_bound;
	bool clears_at_last_close;
	uint64_t inode;
	unsigned int opener_count;
};

struct model_kernel {
	struct looprace_kernel door;
	bool is_unchecked;
	pthread_mutex_t mutex; /* over everything below */
	struct model_device devices[DEVICE_COUNT_MAX];
	int16_t device_of_fd[FD_COUNT_MAX]; /* -1: closed */
};

static int open_device(struct model_kernel *model, int index)
{
	if (index < 0 || index >= DEVICE_COUNT_MAX || !model->devices[index].exists)
		return -ENOENT;
	for (int slot = 0; slot < FD_COUNT_MAX; slot++)
		if (model->device_of_fd[slot] < 0) {
			model->device_of_fd[slot] = (int16_t)index;
			model->devices[index].opener_count++;
			return FD_FIRST + slot;
		}
	return -EMFILE;
}

static int model_open(void *context, const char *path, int flags)
{
	struct model_kernel *model = context;
	int index;
	int fd;

	if (strcmp(path, "/dev/loop-control") == 0)
		return CONTROL_FD;
	if (sscanf(path, "/dev/loop%d", &index) != 1)
		return -ENOENT;
	pthread_mutex_lock(&model->mutex);
	fd = open_device(model, index);
	pthread_mutex_unlock(&model->mutex);
	return fd;
}

static int model_close(void *context, int fd)
{
	struct model_kernel *model = context;
	struct model_device *device;
	int slot = fd - FD_FIRST;

	if (fd == CONTROL_FD || fd >= MODEL_KERNEL_BACKING_FD_FIRST)
		return 0;
	if (slot < 0 || slot >= FD_COUNT_MAX)
		return -EBADF;
	pthread_mutex_lock(&model->mutex);
	device = &model->devices[model->device_of_fd[slot]];
	model->device_of_fd[slot] = -1;
	if (--device->opener_count == 0 && device->clears_at_last_close)
		device->is_bound = device->clears_at_last_close = false;
	pthread_mutex_unlock(&model->mutex);
	return 0;
}

static int get_free(struct model_kernel *model)
{
	for (int index = 0; index < DEVICE_COUNT_MAX; index++)
		if (!model->devices[index].is_bound) {
			model->devices[index].exists = true;
			return index;
		}
	return -ENOSPC;
}

/* Others may enter the driver: a sched_yield() loop, so that they do so on a machine with one CPU too. */
static void open_window(struct model_kernel *model)
{
	uint64_t end_ns = clock_now_ns() + WINDOW_NS;

	pthread_mutex_unlock(&model->mutex);
	do {
		sched_yield();
	} while (clock_now_ns() < end_ns);
	pthread_mutex_lock(&model->mutex);
}

static int bind_device(struct model_kernel *model, struct model_device *device, int backing_fd, uint32_t flags)
{
	if (backing_fd < MODEL_KERNEL_BACKING_FD_FIRST)
		return -EBADF;
	if (device->is_bound)
		return -EBUSY;
	if (model->is_unchecked)
		open_window(model);
	device->is_bound = true;
	device->clears_at_last_close = flags & LO_FLAGS_AUTOCLEAR;
	device->inode = (uint64_t)(backing_fd - MODEL_KERNEL_BACKING_FD_FIRST) + 1;
	return 0;
}

/* Like LOOP_CLR_FD up to v6.10: at once when nobody else has the device open, else at the last close. */
static int clear_device(struct model_device *device)
{
	if (!device->is_bound)
		return -ENXIO;
	if (device->opener_count > 1)
		device->clears_at_last_close = true;
	else
		device->is_bound = device->clears_at_last_close = false;
	return 0;
}

static int get_status(const struct model_device *device, struct loop_info64 *ret_info)
{
	if (!device->is_bound)
		return -ENXIO;
	memset(ret_info, 0, sizeof(*ret_info));
	ret_info->lo_inode = device->inode;
	ret_info->lo_flags = device->clears_at_last_close ? LO_FLAGS_AUTOCLEAR : 0;
	return 0;
}

static int device_ioctl(struct model_kernel *model, struct model_device *device, unsigned long request,
			uintptr_t argument)
{
	switch (request) {
	case LOOP_SET_FD:
		return bind_device(model, device, (int)argument, 0);
	case LOOP_CONFIGURE: {
		const struct loop_config *config = (const struct loop_config *)argument;

		return bind_device(model, device, (int)config->fd, config->info.lo_flags);
	}
	case LOOP_SET_STATUS64:
		if (!device->is_bound)
			return -ENXIO;
		device->clears_at_last_close = ((const struct loop_info64 *)argument)->lo_flags & LO_FLAGS_AUTOCLEAR;
		return 0;
	case LOOP_GET_STATUS64:
		return get_status(device, (struct loop_info64 *)argument);
	case LOOP_CLR_FD:
		return clear_device(device);
	default:
		return -EINVAL;
	}
}

static int model_ioctl(void *context, int fd, unsigned long request, uintptr_t argument)
{
	struct model_kernel *model = context;
	int slot = fd - FD_FIRST;
	int r;

	pthread_mutex_lock(&model->mutex);
	if (fd == CONTROL_FD)
		r = request == LOOP_CTL_GET_FREE ? get_free(model) : -ENOSYS;
	else if (slot < 0 || slot >= FD_COUNT_MAX || model->device_of_fd[slot] < 0)
		r = -EBADF;
	else
		r = device_ioctl(model, &model->devices[model->device_of_fd[slot]], request, argument);
	pthread_mutex_unlock(&model->mutex);
	return r;
}

static int model_stat(void *context, int fd, struct stat *ret_stat)
{
	struct model_kernel *model = context;
	int slot = fd - FD_FIRST;

	memset(ret_stat, 0, sizeof(*ret_stat));
	if (fd >= MODEL_KERNEL_BACKING_FD_FIRST) {
		ret_stat->st_mode = S_IFREG | 0600;
		ret_stat->st_ino = (ino_t)(fd - MODEL_KERNEL_BACKING_FD_FIRST) + 1;
		return 0;
	}
	if (slot < 0 || slot >= FD_COUNT_MAX)
		return -EBADF;
	ret_stat->st_mode = S_IFBLK | 0600;
	pthread_mutex_lock(&model->mutex);
	ret_stat->st_rdev = makedev(LOOP_MAJOR, (unsigned int)model->device_of_fd[slot]);
	pthread_mutex_unlock(&model->mutex);
	return 0;
}

static uint64_t model_now_ns(void *context)
{
	return clock_now_ns();
}

static int model_pause_ns(void *context, uint64_t duration_ns)
{
	const struct looprace_kernel *real = looprace_kernel_real();

	return real->pause_ns(real->context, duration_ns);
}

struct model_kernel *model_kernel_new(bool is_unchecked)
{
	struct model_kernel *model = calloc(1, sizeof(*model));

	if (!model)
		return NULL;
	model->is_unchecked = is_unchecked;
	pthread_mutex_init(&model->mutex, NULL);
	memset(model->device_of_fd, 0xff, sizeof(model->device_of_fd));
	model->door = (struct looprace_kernel){
		.context = model,
		.open = model_open,
		.close = model_close,
		.ioctl = model_ioctl,
		.stat = model_stat,
		.now_ns = model_now_ns,
		.pause_ns = model_pause_ns,
	};
	return model;
}

struct model_kernel *model_kernel_free(struct model_kernel *model)
{
	if (model) {
		pthread_mutex_destroy(&model->mutex);
		free(model);
	}
	return NULL;
}

const struct looprace_kernel *model_kernel_door(struct model_kernel *model)
{
	return &model->door;
}

int model_kernel_backing_fd(unsigned int worker, struct looprace_identity *ret_identity)
{
	*ret_identity = (struct looprace_identity){ .inode = worker + 1 };
	return MODEL_KERNEL_BACKING_FD_FIRST + (int)worker;
}

unsigned int model_kernel_bound_count(struct model_kernel *model)
{
	unsigned int count = 0;

	pthread_mutex_lock(&model->mutex);
	for (int index = 0; index < DEVICE_COUNT_MAX; index++)
		count += model->devices[index].is_bound;
	pthread_mutex_unlock(&model->mutex);
	return count;
}
