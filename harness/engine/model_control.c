/* SPDX-License-Identifier: Apache-2.0 */
/* What /dev/loop-control and the module do in the driver inside the harness: devices that come and go. */
#include "harness/engine/model_parts.h"

#include <errno.h>
#include <string.h>

static int get_free(struct model_kernel *model)
{
	int index;

	if (model->plant == PLANT_bound_is_free)
		for (index = 0; index < model->device_end; index++)
			if (model_device_at(model, index) && model_device_at(model, index)->state == MODEL_STATE_bound)
				return index;
	for (index = 0; index < model->device_end; index++)
		if (model_device_at(model, index) && model_device_at(model, index)->state == MODEL_STATE_unbound)
			return index;
	return model_control_ioctl(model, LOOP_CTL_ADD, -1);
}

static int add(struct model_kernel *model, int index)
{
	if (index >= MODEL_DEVICE_COUNT_MAX)
		return -EINVAL;
	if (index >= 0)
		return model_device_add(model, index);
	for (index = 0; index < MODEL_DEVICE_COUNT_MAX; index++) {
		int r = model_device_add(model, index);

		if (r != -EEXIST)
			return r;
	}
	return -ENOSPC;
}

/* What is hidden is busy to LOOP_CTL_ADD and absent to all others, as while the real one checks it; here for ever. */
static int refuse_removal(struct model_kernel *model, struct model_device *device)
{
	device->is_hidden = model->plant == PLANT_remove_hides;
	return -EBUSY;
}

static int remove_device(struct model_kernel *model, int index)
{
	struct model_device *device;

	if (index < 0)
		return -EINVAL;
	device = model_device_at(model, index);
	if (!device)
		return -ENODEV;
	if (device->state != MODEL_STATE_unbound || model_device_opener_count(device) > 0)
		return refuse_removal(model, device);
	model_device_delete(model, device);
	return 0;
}

int model_control_ioctl(struct model_kernel *model, unsigned long request, int index)
{
	switch (request) {
	case LOOP_CTL_GET_FREE:
		return get_free(model);
	case LOOP_CTL_ADD:
		return add(model, index);
	case LOOP_CTL_REMOVE:
		return remove_device(model, index);
	default:
		return -ENOSYS;
	}
}

int model_module_insert(struct model_kernel *model, const char *name)
{
	if (strcmp(name, "loop") != 0)
		return -ENOENT;
	if (model->has_module)
		return -EEXIST;
	model->has_module = true;
	for (unsigned int index = 0; index < model->initial_device_count; index++)
		model_device_add(model, (int)index);
	return 0;
}

/* Every open descriptor and every bound device holds the module. */
static bool is_in_use(const struct model_kernel *model)
{
	if (model->control_opener_count || model->module_pin_count)
		return true;
	for (int index = 0; index < model->device_end; index++) {
		const struct model_device *device = model->devices[index];

		if (device && (device->state == MODEL_STATE_bound || model_device_opener_count(device) > 0))
			return true;
	}
	return false;
}

int model_module_remove(struct model_kernel *model, const char *name)
{
	if (strcmp(name, "loop") != 0 || !model->has_module)
		return -ENOENT;
	if (is_in_use(model))
		return -EAGAIN;
	for (int index = 0; index < model->device_end; index++)
		if (model_device_at(model, index))
			model_device_delete(model, model->devices[index]);
	model->has_module = false;
	return 0;
}
