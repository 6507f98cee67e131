/* SPDX-License-Identifier: Apache-2.0 */
/* The running kernel behind struct system: each function is one system call, or reads one small file. */
#include "harness/engine/system.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "harness/engine/fault_points.h"
#include "harness/engine/io_ring.h"
#include "harness/engine/mapping.h"

/* Number of ioctl() in the 32-bit table (arch/x86/entry/syscalls/syscall_32.tbl). */
#define SYS_32_IOCTL 54

#ifdef __x86_64__
static int real_ioctl_compat(void *context, int fd, unsigned long request, uintptr_t argument)
{
	long r;

	/* The entry takes 32 bits of each register, and does not promise r8 to r11. */
	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(SYS_32_IOCTL), "b"(fd), "c"((uint32_t)request), "d"((uint32_t)argument)
			 : "memory", "cc", "r8", "r9", "r10", "r11");
	return (int)r;
}
#else
static int real_ioctl_compat(void *context, int fd, unsigned long request, uintptr_t argument)
{
	return -ENOSYS;
}
#endif

static int real_dup(void *context, int fd)
{
	int r = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return r < 0 ? -errno : r;
}

static int real_truncate(void *context, int fd, uint64_t size_bytes)
{
	return ftruncate(fd, (off_t)size_bytes) < 0 ? -errno : 0;
}

static int real_read_text(void *context, const char *path, char *ret_text, size_t text_bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	int r;

	if (fd < 0)
		return -errno;
	n = read(fd, ret_text, text_bytes - 1);
	r = n < 0 ? -errno : 0;
	close(fd);
	if (r < 0)
		return r;
	ret_text[n] = '\0';
	ret_text[strcspn(ret_text, "\n")] = '\0';
	return (int)strlen(ret_text);
}

static int real_exists(void *context, const char *path)
{
	return access(path, F_OK) == 0;
}

static int real_make_node(void *context, const char *path, unsigned int major, unsigned int minor)
{
	return mknod(path, S_IFBLK | 0600, makedev(major, minor)) < 0 ? -errno : 0;
}

static int real_remove_node(void *context, const char *path)
{
	return unlink(path) < 0 ? -errno : 0;
}

static int real_mount(void *context, const char *source, const char *target, const char *type, unsigned long flags)
{
	if (mkdir(target, 0700) < 0 && errno != EEXIST)
		return -errno;
	return mount(source, target, type, flags, NULL) < 0 ? -errno : 0;
}

static int real_unmount(void *context, const char *target)
{
	if (umount2(target, 0) < 0)
		return -errno;
	rmdir(target);
	return 0;
}

/* What a module needs (a folder, parameters) only the guest's init knows; engine_config.insert_module replaces it. */
static int real_module_insert(void *context, const char *name)
{
	return -EPERM;
}

static int real_module_remove(void *context, const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) < 0 ? -errno : 0;
}

const struct system *system_real(void)
{
	static struct system system = {
		.ioctl_compat = real_ioctl_compat,
		.dup = real_dup,
		.truncate = real_truncate,
		.io = io_ring_run,
		.map = mapping_map,
		.unmap = mapping_unmap,
		.load = mapping_load,
		.store = mapping_store,
		.read_text = real_read_text,
		.exists = real_exists,
		.make_node = real_make_node,
		.remove_node = real_remove_node,
		.mount = real_mount,
		.unmount = real_unmount,
		.module_insert = real_module_insert,
		.module_remove = real_module_remove,
		.inject_open = fault_points_open,
		.inject_set = fault_points_set,
		.inject_close = fault_points_close,
	};

	/* Asked by the supervisor, before there are workers. */
	system.loop = looprace_kernel_real();
	return &system;
}
