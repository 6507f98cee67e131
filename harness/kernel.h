/* SPDX-License-Identifier: Apache-2.0 */
/* From the argument of --kernel to a folder that vm/boot can start: the scripts of vm/ do the work. */
#pragma once

#include "harness/options.h"
#include "harness/paths.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Which kernel it is, exactly: a name such as 6.1 means another one after an update, and a path another one after a build.
 */
struct kernel_identity {
	char *version; /* of the fetched or built one: 6.1.192-2; NULL: a path */
	char *release; /* 6.1.0-56-cloud-amd64 */
	char *image_sha256;
	char *loop_sha256; /* NULL: no module */
};

struct kernel {
	const char *name; /* as given: "6.1", a path */
	struct kernel_identity identity;
	char *prepared_dir; /* made by vm/prepare-kernel */
	char *info;	    /* content of its kernel.info */
	size_t info_bytes;
};

/**
 * kernel_check_emulator() - is there something to boot kernels with
 * @options:	its accel
 * @paths:	where the scripts are
 *
 * Asked before a kernel is fetched, so that a missing QEMU costs one line and no time.
 *
 * Return: 0; a positive exit code of the program (the reason was printed); -ECANCELED; or -errno.
 */
int kernel_check_emulator(const struct options *options, const struct paths *paths);

/**
 * kernel_script() - which script of vm/ gets a kernel
 * @name:	as given by the user
 *
 * Return: "fetch-kernel" for a series such as 6.1 or a version such as 6.1.192-2, "build-kernel" for a debug kernel such as
 * kasan-6.12; NULL for everything else and for what is a path here.  Static.
 */
const char *kernel_script(const char *name);

/* What kernel_prepare() is to do. */
struct kernel_request {
	const struct options *options; /* modules folder and loop module */
	const struct paths *paths;
	const char *name; /* path of a kernel or of a build tree, a series, a package's version or a debug kernel */
	const struct kernel_identity *wanted; /* the only one that will do; NULL: what the name means now */
	bool (*wants_stop)(void *context);    /* asked about five times a second; true ends it */
	void *context;
};

/**
 * kernel_prepare() - get a kernel ready to boot
 * @request:	which; its name is borrowed by the kernel
 * @ret_kernel:	end it with kernel_fini(); written only on success
 *
 * A series is fetched unless it is cached; progress and errors go to standard error, from the scripts themselves.  Of a
 * kernel that is wanted exactly, that version is; where it cannot be had that is said in a line.
 *
 * Return: 0; a positive exit code of the program when it could not be done (the reason was printed); -ECANCELED when
 * the user asked to stop; or -errno.
 */
int kernel_prepare(const struct kernel_request *request, struct kernel *ret_kernel);

/**
 * kernel_identity_fini() - end an identity
 * @identity:	all zero afterwards
 */
void kernel_identity_fini(struct kernel_identity *identity);

/**
 * kernel_fini() - end a prepared kernel; the cached folder stays
 * @kernel:	all zero afterwards
 */
void kernel_fini(struct kernel *kernel);
