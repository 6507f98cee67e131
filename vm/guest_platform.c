/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What PID 1 asks of the guest's kernel: mounts, modules, log, and its own end.  Only system calls and files of /proc:
 * the initramfs holds nothing but this program and the modules.  What comes from the host is in guest_channel.c.
 */
#include "vm/guest_platform.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/recorder/kernel_file.h"

#define MODULE_DIR	       "/modules"
#define KLOG_SET_CONSOLE_LEVEL 8

/* --- mounts --- */

static int mount_one(const char *type, const char *directory)
{
	if (mkdir(directory, 0755) < 0 && errno != EEXIST)
		return -errno;
	/* EBUSY: the kernel mounted it itself (CONFIG_DEVTMPFS_MOUNT does, where it has a root device). */
	if (mount(type, directory, type, 0, NULL) < 0 && errno != EBUSY)
		return -errno;
	return 0;
}

/* The kernel opens /dev/console for PID 1; in an initramfs without that node it starts PID 1 with nothing open. */
static int open_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return -errno;
	} while (fd <= STDERR_FILENO);
	close(fd);
	return 0;
}

int guest_early_mounts(void)
{
	static const struct {
		const char *type;
		const char *directory;
	} mounts[] = {
		{ "devtmpfs", "/dev" },
		{ "proc", "/proc" },
		{ "sysfs", "/sys" },
		{ "tmpfs", "/run" },
	};
	int r;

	if (getpid() != 1)
		return -EPERM;
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		r = mount_one(mounts[i].type, mounts[i].directory);
		if (r < 0)
			return r;
	}
	return open_standard_descriptors();
}

int guest_mount_tmpfs(const char *directory)
{
	return getpid() == 1 ? mount_one("tmpfs", directory) : -EPERM;
}

int guest_mount_debugfs(void)
{
	return getpid() == 1 ? mount_one("debugfs", "/sys/kernel/debug") : -EPERM;
}

/* --- the kernel log --- */

int guest_set_console_level(int level)
{
	return klogctl(KLOG_SET_CONSOLE_LEVEL, NULL, level) < 0 ? -errno : 0;
}

void guest_kmsg(const char *line)
{
	char text[512];

	/* Opened anew for each line: the kernel drops what comes too fast through one open file, without an error. */
	snprintf(text, sizeof(text), "<4>%s\n", line);
	kernel_file_write("/dev/kmsg", text);
}

/* --- modules --- */

static int load_module(const char *file_name, const char *parameters)
{
	char path[256];
	int fd, r = 0;

	snprintf(path, sizeof(path), MODULE_DIR "/%s", file_name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (syscall(SYS_finit_module, fd, parameters, 0) < 0)
		r = -errno;
	close(fd);
	return r;
}

static int fail_at(int r, const char *name, char *ret_failed, size_t failed_bytes)
{
	snprintf(ret_failed, failed_bytes, "%s", name);
	return r;
}

/* What loop.ko is given: the kernel itself applies such words only to what is built in. */
static int loop_parameters(char *ret_parameters, size_t parameter_bytes)
{
	uint64_t device_count;
	int r = guest_command_line_number("looprace.devices", &device_count);

	ret_parameters[0] = '\0';
	if (r == 0)
		snprintf(ret_parameters, parameter_bytes, "max_loop=%" PRIu64, device_count);
	return r == -ENOENT ? 0 : r;
}

int guest_load_modules(const char *list, char *ret_failed, size_t failed_bytes)
{
	char order[4096], parameters[64], path[256];
	char *rest = NULL;
	int r = loop_parameters(parameters, sizeof(parameters));

	if (r < 0)
		return fail_at(r, "looprace.devices", ret_failed, failed_bytes);
	snprintf(path, sizeof(path), MODULE_DIR "/%s", list);
	r = kernel_file_read(path, order, sizeof(order));
	if (r < 0)
		return fail_at(r, path, ret_failed, failed_bytes);
	for (char *name = strtok_r(order, "\n", &rest); name; name = strtok_r(NULL, "\n", &rest)) {
		r = load_module(name, strcmp(name, "loop.ko") == 0 ? parameters : "");
		/* Two lists may have a module in common. */
		if (r < 0 && r != -EEXIST)
			return fail_at(r, name, ret_failed, failed_bytes);
	}
	return 0;
}

int guest_insert_module(const char *name)
{
	char parameters[64], file_name[64];
	int r = loop_parameters(parameters, sizeof(parameters));

	if (r < 0)
		return r;
	snprintf(file_name, sizeof(file_name), "%s.ko", name);
	return load_module(file_name, strcmp(name, "loop") == 0 ? parameters : "");
}

int guest_remove_module(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) < 0 ? -errno : 0;
}

/* --- what /proc tells --- */

static int parse_number(const char *text, uint64_t *ret_number)
{
	char *end;
	unsigned long long number;

	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0')
		return -EINVAL;
	*ret_number = number;
	return 0;
}

int guest_taint(uint64_t *ret_flags)
{
	char text[32];
	int r = kernel_file_read("/proc/sys/kernel/tainted", text, sizeof(text));

	if (r < 0)
		return r;
	text[strcspn(text, "\n")] = '\0';
	return parse_number(text, ret_flags);
}

int guest_command_line_number(const char *word, uint64_t *ret_number)
{
	/* The kernel's own limit on x86 is 2048. */
	char line[4096];
	const char *value = NULL;
	size_t word_bytes = strlen(word);
	char *rest = NULL;
	int r = kernel_file_read("/proc/cmdline", line, sizeof(line));

	if (r < 0)
		return r;
	for (char *token = strtok_r(line, " \n", &rest); token; token = strtok_r(NULL, " \n", &rest))
		if (strncmp(token, word, word_bytes) == 0 && token[word_bytes] == '=')
			value = token + word_bytes + 1;
	return value ? parse_number(value, ret_number) : -ENOENT;
}

/* The number of a line such as "\nVmHWM:	1234 kB", or 0. */
static uint64_t read_kib(const char *path, const char *field)
{
	char text[8192];
	const char *line;

	if (kernel_file_read(path, text, sizeof(text)) < 0)
		return 0;
	line = strstr(text, field);
	return line ? strtoull(line + strlen(field), NULL, 10) : 0;
}

uint64_t guest_memory_kib(void)
{
	/*
	 * Before v6.2 each thread keeps up to 64 pages for itself before it adds them to the counter that the peak is
	 * taken from (a small PID 1 on 6.1 read 4 KiB).  smaps_rollup counts the pages themselves, but those of now.
	 */
	uint64_t peak_kib = read_kib("/proc/self/status", "\nVmHWM:");
	uint64_t now_kib = read_kib("/proc/self/smaps_rollup", "\nRss:");

	return peak_kib > now_kib ? peak_kib : now_kib;
}

/* --- the end --- */

_Noreturn void guest_power_off(void)
{
	if (getpid() != 1)
		_exit(2);
	reboot(RB_POWER_OFF);
	/* A machine without a power switch: QEMU is told to end at a restart too. */
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

int guest_plant_panic(void)
{
	if (getpid() != 1)
		return -EPERM;
	return kernel_file_write("/proc/sysrq-trigger", "c");
}

int guest_plant_reboot(void)
{
	if (getpid() != 1)
		return -EPERM;
	return reboot(RB_AUTOBOOT) < 0 ? -errno : 0;
}
