/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loop driver inside the harness, for scenarios whose answer must be known: it needs no root and no kernel support,
 * and touches nothing of the machine that it runs on.
 *
 * It has backing files, devices, partitions, mounts, uevents and sysfs, all in memory, and behaves as Linux 6.10 does
 * (the judge judges it as that).  It is sound: what the real driver of that version does wrong, it does right.
 *
 * It can be told to have one fault, by a name of harness/scenario/plants.h: so every rule of the judge is shown to
 * notice what it is there for.  It is not the judge's model, and shares no line with it.
 */
#pragma once

#include "core/looprace.h"
#include "harness/engine/system.h"
#include "harness/scenario/plants.h"
#include "harness/scenario/scenario.h"

/* PLANT_<name>: the fault that a model kernel has. */
enum plant {
	PLANT_none,
#define X(name, rule, summary) PLANT_##name,
	LOOPRACE_PLANTS(X)
#undef X
};

/* Where its backing files lie, as far as it is concerned. */
#define MODEL_KERNEL_BACKING_DIR "/model"

struct model_kernel;

/**
 * model_kernel_plant() - a fault by its name
 * @name:	such as of a scenario; "" is none
 *
 * Return: PLANT_none for a name that there is not.
 */
enum plant model_kernel_plant(const char *name);

/**
 * model_kernel_new() - a driver with its module inserted
 * @plant:	the fault that it has
 * @device_count: devices from loop0 on; more come when somebody asks for them
 *
 * Return: owned by the caller, who ends it with model_kernel_free(); NULL without memory.
 */
struct model_kernel *model_kernel_new(enum plant plant, unsigned int device_count);

/**
 * model_kernel_free() - end it
 * @model:	may be NULL; nobody is in a call any more
 *
 * Return: NULL.
 */
struct model_kernel *model_kernel_free(struct model_kernel *model);

/**
 * model_kernel_door() - talk to it as core does
 * model_kernel_system() - talk to it as the operations do
 * @model:	any number of threads may use it
 *
 * Return: borrowed table, valid as long as @model.
 */
const struct looprace_kernel *model_kernel_door(struct model_kernel *model);
const struct system *model_kernel_system(struct model_kernel *model);

/**
 * model_kernel_add_file() - make a backing file
 * @model:	the driver
 * @path:	by which it can be opened
 * @kind:	what it is; BACKING_KIND_closed is none
 * @bytes:	its size, all of it a hole
 *
 * Return: 0, -EEXIST, -ENAMETOOLONG or -ENOMEM.
 */
int model_kernel_add_file(struct model_kernel *model, const char *path, enum backing_kind kind, uint64_t bytes);

/* Hears a uevent as netlink brings it: @message has @bytes bytes, with NULs between its lines. */
typedef void model_kernel_hear_fn(void *context, const char *message, size_t bytes);

/**
 * model_kernel_listen() - hear its uevents
 * @model:	the driver
 * @hear:	called in the thread of whoever causes the event, one call at a time; it must not call the driver
 * @context:	handed to @hear
 */
void model_kernel_listen(struct model_kernel *model, model_kernel_hear_fn *hear, void *context);

/**
 * model_kernel_mend() - take its fault away
 * @model:	the driver; what the fault has done stays
 */
void model_kernel_mend(struct model_kernel *model);

/**
 * model_kernel_set_privileged() - do callers have CAP_SYS_ADMIN
 * @model:	the driver; at first they have
 * @is_privileged: true when they have
 */
void model_kernel_set_privileged(struct model_kernel *model, bool is_privileged);

/**
 * model_kernel_next_bound() - the devices that are bound now
 * @kernel:	the driver
 * @after:	number of a device, or -1 for the first
 *
 * Return: the next number above, or -1 when there is none.
 */
int model_kernel_next_bound(struct model_kernel *kernel, int after);
