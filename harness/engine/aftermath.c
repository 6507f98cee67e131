/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trying out devices; see aftermath.h.
 *
 * A program may leave devices bound, also to each other: a device is only released for good when the one that stands on
 * it is.  So all are released before the first is tried out.
 *
 * What is used up for good by a bind or by a removal shows only when there are many of them: see leaks.h.
 *
 * With the last close() of a device its backing file is released: the file that was bound here is unlinked by then, so
 * its inode goes at that very moment, and the file system's count of inodes tells.
 */
#include "harness/engine/aftermath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "harness/engine/clock.h"
#include "harness/engine/leaks.h"

#define SCRATCH_BYTES (64u << 10)

/* The devices that are looked for by number.  Those that a scenario names may have any. */
#define INDEX_COUNT 1024

/* Far below what the oldest kernels would choke on (1 << 20). */
#define INDEX_MAX (1 << 19)

/* A chain of devices that stand on each other is released in so many passes at most. */
#define RELEASE_PASS_COUNT 8

struct candidates {
	unsigned int count;
	int indices[AFTERMATH_DEVICE_COUNT_MAX];
};

/* A device that is being tried out. */
struct trial {
	const struct aftermath *aftermath;
	const struct looprace_kernel *kernel;
	int control_fd;
	int index;
	char path[32];
	bool was_there;
	bool is_sound; /* so far */
	int fd;	       /* of the device, or -1 */
	const char *state;
};

struct scratch {
	char path[256];
	int fd;
	struct looprace_identity identity;
};

static int call(const struct trial *trial, int fd, unsigned long request, uintptr_t argument)
{
	return trial->kernel->ioctl(trial->kernel->context, fd, request, argument);
}

/* Notes what failed: @r is -errno, or an answer that is wrong. */
static bool fails(const struct trial *trial, int r, const char *what)
{
	recorder_note(trial->aftermath->recorder, "device index=%d state=%s error=%d what=%s", trial->index,
		      trial->state, r < 0 ? -r : 0, what);
	return false;
}

static bool exists(const struct aftermath *aftermath, int index, const char *below)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/block/loop%d%s", index, below);
	return aftermath->system->exists(aftermath->system->context, path) == 1;
}

/* --- which --- */

static void add_candidate(struct candidates *candidates, uint64_t index)
{
	if (index > INDEX_MAX || candidates->count == AFTERMATH_DEVICE_COUNT_MAX)
		return;
	for (unsigned int i = 0; i < candidates->count; i++)
		if (candidates->indices[i] == (int)index)
			return;
	candidates->indices[candidates->count++] = (int)index;
}

static void add_called(const struct operation_call *call, struct candidates *candidates)
{
	const struct argument_value *index = NULL;

	if (call->operation == OPERATION_ctl_add)
		index = &call->arguments[ARGUMENT_AT(ctl_add, index)];
	else if (call->operation == OPERATION_ctl_remove)
		index = &call->arguments[ARGUMENT_AT(ctl_remove, index)];
	if (index && index->low == index->high)
		add_candidate(candidates, index->low);
}

/* Those that the scenario means first; among the others the kernel takes the lowest first. */
static void choose(const struct aftermath *aftermath, struct candidates *candidates)
{
	const struct scenario *scenario = aftermath->scenario;

	for (unsigned int i = 0; i < scenario->device_object_count; i++)
		add_candidate(candidates, scenario->devices[i].index);
	for (unsigned int g = 0; g < scenario->group_count; g++)
		for (unsigned int i = 0; i < scenario->groups[g].call_count; i++)
			add_called(&scenario->groups[g].calls[i], candidates);
	for (int index = 0; index < INDEX_COUNT; index++)
		if (exists(aftermath, index, ""))
			add_candidate(candidates, (uint64_t)index);
}

/* --- releasing --- */

static bool release(const struct looprace_kernel *kernel, int index)
{
	struct looprace_identity identity;
	bool was_bound;
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/loop%d", index);
	fd = kernel->open(kernel->context, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	was_bound = looprace_read_identity(kernel, fd, &identity) == 0;
	if (was_bound)
		kernel->ioctl(kernel->context, fd, LOOP_CLR_FD, 0);
	kernel->close(kernel->context, fd);
	return was_bound;
}

static void release_all(const struct aftermath *aftermath, const struct looprace_kernel *kernel,
			const struct candidates *candidates)
{
	bool is_again = true;

	for (unsigned int pass = 0; is_again && pass < RELEASE_PASS_COUNT; pass++) {
		is_again = false;
		for (unsigned int i = 0; i < candidates->count; i++)
			is_again |= release(kernel, candidates->indices[i]);
		/* The others only where they show that they are bound. */
		for (int index = 0; index < INDEX_COUNT; index++)
			if (exists(aftermath, index, "/loop"))
				is_again |= release(kernel, index);
	}
}

/* --- trying out --- */

static int scratch_create(const struct trial *trial, struct scratch *ret_scratch)
{
	const struct aftermath *aftermath = trial->aftermath;
	struct scratch scratch = { .fd = aftermath->scratch_fd };
	struct stat status;
	int r;

	if (aftermath->scratch_dir) {
		snprintf(scratch.path, sizeof(scratch.path), "%s/looprace-%d-aftermath", aftermath->scratch_dir,
			 (int)getpid());
		scratch.fd = open(scratch.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (scratch.fd < 0)
			return -errno;
	}
	r = trial->kernel->stat(trial->kernel->context, scratch.fd, &status);
	if (r == 0 && aftermath->scratch_dir)
		r = ftruncate(scratch.fd, SCRATCH_BYTES) < 0 ? -errno : 0;
	if (r < 0) {
		if (aftermath->scratch_dir) {
			close(scratch.fd);
			unlink(scratch.path);
		}
		return r;
	}
	scratch.identity.dev = status.st_dev;
	scratch.identity.inode = status.st_ino;
	*ret_scratch = scratch;
	return 0;
}

static void scratch_remove(const struct trial *trial, struct scratch *scratch)
{
	if (!trial->aftermath->scratch_dir)
		return;
	close(scratch->fd);
	unlink(scratch->path);
}

/* Inodes of the scratch files' file system that are in use. */
static uint64_t inode_count(const struct aftermath *aftermath)
{
	struct statfs status;

	if (!aftermath->scratch_dir || statfs(aftermath->scratch_dir, &status) < 0)
		return 0;
	return status.f_files - status.f_ffree;
}

static bool opens(struct trial *trial)
{
	trial->state = "lost";
	trial->fd = trial->kernel->open(trial->kernel->context, trial->path, O_RDWR | O_CLOEXEC);
	return trial->fd >= 0 || fails(trial, trial->fd, "open of the device");
}

static bool closes(struct trial *trial)
{
	int r = trial->kernel->close(trial->kernel->context, trial->fd);

	trial->fd = -1;
	return r == 0 || fails(trial, r, "close of the device");
}

static bool is_unbound(struct trial *trial, const char *what)
{
	struct loop_info64 info = { 0 };
	int r = call(trial, trial->fd, LOOP_GET_STATUS64, (uintptr_t)&info);

	trial->state = r == 0 ? "bound" : r == -ENXIO ? "unbound" : "lost";
	return r == -ENXIO || fails(trial, r, what);
}

static bool reports(struct trial *trial, const struct scratch *scratch)
{
	struct loop_info64 info = { 0 };
	struct looprace_identity identity;
	int r = looprace_read_identity(trial->kernel, trial->fd, &identity);

	if (r == 0)
		r = call(trial, trial->fd, LOOP_GET_STATUS64, (uintptr_t)&info);
	if (r < 0)
		return fails(trial, r, "LOOP_GET_STATUS64 after LOOP_SET_FD");
	if (identity.dev != scratch->identity.dev || identity.inode != scratch->identity.inode)
		return fails(trial, 0, "LOOP_GET_STATUS64 after LOOP_SET_FD: it reports another backing file");
	if (info.lo_offset || info.lo_sizelimit || (info.lo_flags & (LO_FLAGS_AUTOCLEAR | LO_FLAGS_READ_ONLY)))
		return fails(
			trial, 0,
			"LOOP_GET_STATUS64 after LOOP_SET_FD: it reports an offset, a limit or flags that nobody set");
	return true;
}

static bool binds(struct trial *trial, const struct scratch *scratch)
{
	int r = call(trial, trial->fd, LOOP_SET_FD, (uintptr_t)scratch->fd);

	if (r < 0)
		return fails(trial, r, "LOOP_SET_FD, with nobody else about");
	trial->state = "bound";
	if (!reports(trial, scratch))
		return false;
	r = call(trial, trial->fd, LOOP_CLR_FD, 0);
	return r == 0 || fails(trial, r, "LOOP_CLR_FD by the only opener");
}

static bool is_released(struct trial *trial)
{
	return opens(trial) && is_unbound(trial, "LOOP_GET_STATUS64 after release and last close") && closes(trial);
}

static bool makes(struct trial *trial)
{
	int r = call(trial, trial->control_fd, LOOP_CTL_ADD, (uintptr_t)trial->index);

	trial->state = "lost";
	return r == trial->index || fails(trial, r, "LOOP_CTL_ADD of a device that does not exist");
}

static bool removes(struct trial *trial)
{
	int r = call(trial, trial->control_fd, LOOP_CTL_ADD, (uintptr_t)trial->index);

	trial->state = "unbound";
	if (r != -EEXIST)
		return fails(trial, r, "LOOP_CTL_ADD of a device that exists");
	r = call(trial, trial->control_fd, LOOP_CTL_REMOVE, (uintptr_t)trial->index);
	if (r < 0)
		return fails(trial, r, "LOOP_CTL_REMOVE of a device that nobody uses");
	return !exists(trial->aftermath, trial->index, "") || fails(trial, 0, "LOOP_CTL_REMOVE: it is still there");
}

/* What is held of the scratch file when it should be gone is added up in @held_count. */
static bool works(struct trial *trial, uint64_t *held_count)
{
	uint64_t before_count = inode_count(trial->aftermath);
	struct scratch scratch;
	bool is_sound;
	int r;

	if (!opens(trial) || !is_unbound(trial, "LOOP_GET_STATUS64 when everything was released"))
		return false;
	r = scratch_create(trial, &scratch);
	if (r < 0) {
		recorder_note(trial->aftermath->recorder, "broken what=scratch file: %s", strerror(-r));
		return false;
	}
	is_sound = binds(trial, &scratch);
	scratch_remove(trial, &scratch);
	is_sound = closes(trial) && is_sound;
	if (is_sound && inode_count(trial->aftermath) > before_count)
		*held_count += 1;
	return is_sound && is_released(trial);
}

static void start_trial(const struct aftermath *aftermath, const struct looprace_kernel *kernel, int control_fd,
			int index, struct trial *ret_trial)
{
	*ret_trial = (struct trial){
		.aftermath = aftermath,
		.kernel = kernel,
		.control_fd = control_fd,
		.index = index,
		.was_there = exists(aftermath, index, ""),
		.fd = -1,
	};
	snprintf(ret_trial->path, sizeof(ret_trial->path), "/dev/loop%d", index);
}

/*
 * Two passes, because binding takes no time and removal tens of milliseconds.  Return: how many devices were tried out
 * as far as binding goes.
 */
static unsigned int try_out(struct trial *trials, unsigned int trial_count, uint64_t *held_count)
{
	uint64_t start_ns = clock_now_ns();
	unsigned int count = 0;

	for (; count < trial_count && clock_now_ns() - start_ns < AFTERMATH_BUDGET_NS; count++) {
		struct trial *trial = &trials[count];

		trial->is_sound = trial->was_there || makes(trial);
		trial->is_sound = trial->is_sound && works(trial, held_count);
		if (trial->fd >= 0)
			trial->kernel->close(trial->kernel->context, trial->fd);
	}
	for (unsigned int i = 0; i < count && clock_now_ns() - start_ns < AFTERMATH_BUDGET_NS; i++)
		if (trials[i].is_sound && removes(&trials[i]) && trials[i].was_there)
			makes(&trials[i]);
	return count;
}

/* --- what is used up for good --- */

static bool calls_control(const struct scenario *scenario)
{
	for (unsigned int g = 0; g < scenario->group_count; g++)
		for (unsigned int i = 0; i < scenario->groups[g].call_count; i++)
			if (scenario->groups[g].calls[i].operation == OPERATION_ctl_add ||
			    scenario->groups[g].calls[i].operation == OPERATION_ctl_remove)
				return true;
	return false;
}

struct device_use {
	const struct trial *trial;
	int scratch_fd;
	bool is_removed;
};

static void use(void *context)
{
	const struct device_use *device_use = context;
	const struct trial *trial = device_use->trial;
	const struct looprace_kernel *kernel = trial->kernel;
	int fd = kernel->open(kernel->context, trial->path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	call(trial, fd, LOOP_SET_FD, (uintptr_t)device_use->scratch_fd);
	/* A bind that fails, too. */
	call(trial, fd, LOOP_SET_FD, (uintptr_t)device_use->scratch_fd);
	call(trial, fd, LOOP_CLR_FD, 0);
	kernel->close(kernel->context, fd);
	if (!device_use->is_removed)
		return;
	call(trial, trial->control_fd, LOOP_CTL_REMOVE, (uintptr_t)trial->index);
	call(trial, trial->control_fd, LOOP_CTL_ADD, (uintptr_t)trial->index);
}

/* Removal is looked at only where a scenario is about it. */
static void look_for_leaks(const struct trial *trial)
{
	struct device_use device_use = { .trial = trial, .is_removed = calls_control(trial->aftermath->scenario) };
	const struct leak_search search = {
		.recorder = trial->aftermath->recorder,
		.use = use,
		.context = &device_use,
	};
	struct scratch scratch;

	if (scratch_create(trial, &scratch) < 0)
		return;
	device_use.scratch_fd = scratch.fd;
	leaks_look(&search);
	scratch_remove(trial, &scratch);
}

void aftermath_check(const struct looprace_kernel *kernel, void *context)
{
	const struct aftermath *aftermath = context;
	struct candidates candidates = { 0 };
	struct trial trials[AFTERMATH_DEVICE_COUNT_MAX];
	uint64_t start_ns = clock_now_ns();
	uint64_t held_count = 0;
	unsigned int count;
	/* Without it there is no driver any more: a scenario may have removed it. */
	int control_fd = kernel->open(kernel->context, "/dev/loop-control", O_RDONLY | O_CLOEXEC);

	if (control_fd < 0)
		return;
	choose(aftermath, &candidates);
	release_all(aftermath, kernel, &candidates);
	for (unsigned int i = 0; i < candidates.count; i++)
		start_trial(aftermath, kernel, control_fd, candidates.indices[i], &trials[i]);
	count = try_out(trials, candidates.count, &held_count);
	for (unsigned int i = 0; i < count && aftermath->scratch_dir; i++) {
		if (trials[i].is_sound && exists(aftermath, trials[i].index, "")) {
			look_for_leaks(&trials[i]);
			break;
		}
	}
	kernel->close(kernel->context, control_fd);
	if (aftermath->scratch_dir)
		recorder_note(aftermath->recorder, "resource name=files_after_last_close before=0 after=%llu",
			      (unsigned long long)held_count);
	recorder_note(aftermath->recorder, "devices checked=%u for_ns=%llu", count,
		      (unsigned long long)(clock_now_ns() - start_ns));
}
