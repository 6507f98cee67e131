/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations' door to the kernel: what core's struct looprace_kernel has, and all that only a tester does.
 * system_real() is the running kernel; model_kernel.h has one that keeps its devices in memory, for tests and for
 * scenarios that need no root.
 *
 * Nothing here is recorded: an operation notes its call around the function (recording_kernel.h).  Every function
 * returns what the system call returned, or -errno.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/looprace.h"
#include "harness/scenario/operations.h"

/* What goes through io_uring. */
enum system_io { SYSTEM_IO_read, SYSTEM_IO_write, SYSTEM_IO_fsync, SYSTEM_IO_discard, SYSTEM_IO_zeroout };

struct io_ring; /* of one worker; see io_ring.h */

struct system {
	void *context;			    /* handed back to every function below */
	const struct looprace_kernel *loop; /* open, close, ioctl, stat; has a context of its own */

	/* The same ioctl through the 32-bit entry (int 0x80); a pointer must lie below 4 GiB. */
	int (*ioctl_compat)(void *context, int fd, unsigned long request, uintptr_t argument);
	int (*dup)(void *context, int fd);
	int (*truncate)(void *context, int fd, uint64_t size_bytes);
	/* Bytes read or written, or 0. */
	int (*io)(void *context, struct io_ring *ring, enum system_io io, int fd, void *buffer, uint64_t length_bytes,
		  uint64_t offset_bytes);
	int (*map)(void *context, int fd, uint64_t length_bytes, uint64_t offset_bytes, void **ret_memory);
	int (*unmap)(void *context, void *memory, uint64_t length_bytes);
	/* Copies out of a mapping or into it; -EFAULT where the page cannot be had (SIGBUS). */
	int (*load)(void *context, const void *memory, void *buffer, size_t bytes);
	int (*store)(void *context, void *memory, const void *buffer, size_t bytes);
	/* The first line of a small file, such as of sysfs, without its newline; its length. */
	int (*read_text)(void *context, const char *path, char *ret_text, size_t text_bytes);
	/* 1 when there is such a path, 0 when not. */
	int (*exists)(void *context, const char *path);
	int (*make_node)(void *context, const char *path, unsigned int major, unsigned int minor);
	int (*remove_node)(void *context, const char *path);
	/* Makes the folder @target, too; unmount() removes it. */
	int (*mount)(void *context, const char *source, const char *target, const char *type, unsigned long flags);
	int (*unmount)(void *context, const char *target);
	int (*module_insert)(void *context, const char *name);
	int (*module_remove)(void *context, const char *name);
	/* Faults on demand, as in fault_points.h: a descriptor of the calling thread, what it was set to before, 0. */
	int (*inject_open)(void *context, enum injection_kind kind, unsigned int percent);
	int (*inject_set)(void *context, int fd, unsigned int value);
	int (*inject_close)(void *context, int fd);
};

/**
 * system_real() - the running kernel
 *
 * Return: a table that needs no release.
 */
const struct system *system_real(void);
