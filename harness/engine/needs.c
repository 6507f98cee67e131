/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One probe for each row of LOOPRACE_NEEDS: does the running kernel have what a scenario asks for?  What its operations
 * cannot do without is asked for too, so that a forgotten word in `needs` does not become a run full of ENOSYS.
 */
#include "harness/engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/engine/fault_points.h"
#include "harness/engine/system.h"

static bool has_loop_control(void)
{
	return access("/dev/loop-control", R_OK) == 0;
}

/* Asked with a descriptor that cannot be bound: EBADF says that the ioctl is known, and nothing is changed. */
static bool has_loop_configure(void)
{
	struct loop_config config = { .fd = (uint32_t)-1 };
	int control = open("/dev/loop-control", O_RDONLY | O_CLOEXEC);
	char path[32];
	int index;
	int fd;
	bool is_known;

	if (control < 0)
		return false;
	index = ioctl(control, LOOP_CTL_GET_FREE);
	close(control);
	if (index < 0)
		return false;
	snprintf(path, sizeof(path), "/dev/loop%d", index);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	is_known = ioctl(fd, LOOP_CONFIGURE, &config) < 0 && errno == EBADF;
	close(fd);
	return is_known;
}

/* A module that is loaded shows its state; a built-in driver has a folder for its parameters only. */
static bool has_loop_module(void)
{
	return access("/sys/module/loop/initstate", F_OK) == 0;
}

static bool has_io_uring(void)
{
	struct io_uring_params parameters = { 0 };
	int fd = (int)syscall(SYS_io_uring_setup, 1, &parameters);

	/* ENOSYS, or EPERM where kernel.io_uring_disabled says so. */
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

#ifdef __x86_64__
/* Where the 32-bit entry is missing, int $0x80 is a fault; so a child tries. */
static bool has_ia32(void)
{
	const struct system *system = system_real();
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(system->ioctl_compat(system->context, -1, 0, 0) == -EBADF ? 0 : 1);
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
#else
static bool has_ia32(void)
{
	return false;
}
#endif

/* Listed when it is built in or loaded; the guest loads it for scenarios that mount. */
static bool has_ext4(void)
{
	FILE *stream = fopen("/proc/filesystems", "re");
	char line[128];
	bool is_listed = false;

	while (stream && !is_listed && fgets(line, sizeof(line), stream))
		is_listed = strcmp(line, "\text4\n") == 0;
	if (stream)
		fclose(stream);
	return is_listed;
}

static bool has_diskseq(void)
{
	return access("/sys/block/loop0/diskseq", F_OK) == 0;
}

static bool has_fault_injection(void)
{
	return fault_points_are_there();
}

static bool is_compat(const struct operation_call *call)
{
	const struct operation_info *info = operation_info(call->operation);

	for (unsigned int i = 0; i < info->argument_count; i++)
		if (strcmp(info->arguments[i].name, "compat") == 0)
			return call->arguments[i].low != 0;
	return false;
}

static uint32_t needs_of_call(const struct operation_call *call)
{
	static const struct {
		enum operation operation;
		enum need need;
	} rows[] = {
		{ OPERATION_read, NEED_io_uring },
		{ OPERATION_write, NEED_io_uring },
		{ OPERATION_fsync, NEED_io_uring },
		{ OPERATION_discard, NEED_io_uring },
		{ OPERATION_zeroout, NEED_io_uring },
		{ OPERATION_mount, NEED_ext4 },
		{ OPERATION_module_remove, NEED_loop_module },
		{ OPERATION_module_insert, NEED_loop_module },
		{ OPERATION_inject, NEED_fault_injection },
	};
	uint32_t needs = is_compat(call) ? 1u << NEED_ia32 : 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].operation == call->operation)
			needs |= 1u << rows[i].need;
	return needs;
}

uint32_t engine_needs(const struct scenario *scenario)
{
	uint32_t needs = scenario->needs;

	/* The model kernel has all that it needs. */
	if (scenario->kernel != SCENARIO_KERNEL_real)
		return needs;
	for (unsigned int g = 0; g < scenario->group_count; g++)
		for (unsigned int i = 0; i < scenario->groups[g].call_count; i++)
			needs |= needs_of_call(&scenario->groups[g].calls[i]);
	return needs;
}

const char *engine_missing_need(const struct scenario *scenario)
{
	static const struct {
		const char *name;
		bool (*is_met)(void);
	} needs[NEED_COUNT] = {
#define X(need, summary) [NEED_##need] = { #need, has_##need },
		LOOPRACE_NEEDS(X)
#undef X
	};

	uint32_t wanted = engine_needs(scenario);

	for (unsigned int need = 0; need < NEED_COUNT; need++)
		if ((wanted & 1u << need) && !needs[need].is_met())
			return needs[need].name;
	return NULL;
}
