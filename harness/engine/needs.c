/* SPDX-License-Identifier: Apache-2.0 */
/* One probe for each row of LOOPRACE_NEEDS: does the running kernel have what a scenario asks for? */
#include "harness/engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

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
	return true;
}

static bool has_ia32(void)
{
	return true;
}

static bool has_ext4(void)
{
	return false;
}

static bool has_diskseq(void)
{
	return access("/sys/block/loop0/diskseq", F_OK) == 0;
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

	for (unsigned int need = 0; need < NEED_COUNT; need++)
		if ((scenario->needs & 1u << need) && !needs[need].is_met())
			return needs[need].name;
	return NULL;
}
