/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing the files of fault_points.h. */
#include "harness/engine/fault_points.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/recorder/kernel_file.h"

#define DEBUG_DIR  "/sys/kernel/debug"
#define PATH_BYTES 128

/* Attributes that only some kinds have: not having them is no failure. */
static int set_attribute(const char *kind, const char *attribute, const char *value)
{
	char path[PATH_BYTES];
	int r;

	snprintf(path, sizeof(path), DEBUG_DIR "/%s/%s", kind, attribute);
	r = kernel_file_write(path, value);
	return r == -ENOENT ? 0 : r;
}

bool fault_points_are_there(void)
{
	return access("/proc/thread-self/fail-nth", W_OK) == 0 && access(DEBUG_DIR "/failslab/probability", W_OK) == 0;
}

struct setting {
	const char *attribute;
	const char *value;
};

static int apply(const char *kind, const struct setting *settings, size_t setting_count)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < setting_count; i++)
		r = set_attribute(kind, settings[i].attribute, settings[i].value);
	return r;
}

/*
 * What fail_nth heeds, too.  By default only allocations that must not sleep fail, which are the rarest, of pages only
 * several at a time, and every failure writes a stack to the log.  Of a probability only those are hit who ask for it.
 */
static int make_ready(const char *kind)
{
	static const struct setting settings[] = {
		{ "task-filter", "Y" }, { "verbose", "0" }, { "ignore-gfp-wait", "N" }, { "min-order", "0" }
	};

	return apply(kind, settings, sizeof(settings) / sizeof(settings[0]));
}

/* By default it is over after the first failure. */
static int set_probability(const char *kind, unsigned int percent)
{
	char text[16];
	const struct setting settings[] = { { "interval", "1" }, { "times", "-1" }, { "probability", text } };

	snprintf(text, sizeof(text), "%u", percent);
	return apply(kind, settings, sizeof(settings) / sizeof(settings[0]));
}

/* Requests fail only on devices that say so. */
static void mark_loop_devices(void)
{
	DIR *directory = opendir("/sys/block");
	const struct dirent *entry;
	char path[PATH_BYTES];

	while (directory && (entry = readdir(directory)) != NULL) {
		if (strncmp(entry->d_name, "loop", 4) != 0 || strlen(entry->d_name) > 32)
			continue;
		snprintf(path, sizeof(path), "/sys/block/%.32s/make-it-fail", entry->d_name);
		/* One that is just being removed is not marked any more. */
		kernel_file_write(path, "1");
	}
	if (directory)
		closedir(directory);
}

int fault_points_open(void *context, enum injection_kind kind, unsigned int percent)
{
	static const char *const names[] = {
#define X(word) #word,
		LOOPRACE_INJECTION_WORDS(X)
#undef X
	};
	bool is_nth = kind == INJECTION_fail_nth;
	int r = 0;

	for (enum injection_kind i = INJECTION_failslab; r == 0 && i <= INJECTION_fail_make_request; i++)
		r = make_ready(names[i]);
	if (r == 0 && !is_nth)
		r = set_probability(names[kind], percent);
	if (r < 0)
		return r;
	if (kind == INJECTION_fail_make_request)
		mark_loop_devices();
	r = open(is_nth ? "/proc/thread-self/fail-nth" : "/proc/thread-self/make-it-fail", O_RDWR | O_CLOEXEC);
	return r < 0 ? -errno : r;
}

int fault_points_set(void *context, int fd, unsigned int value)
{
	char text[16];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	int before;

	if (n < 0)
		return -errno;
	text[n] = '\0';
	before = atoi(text);
	snprintf(text, sizeof(text), "%u", value);
	return pwrite(fd, text, strlen(text), 0) < 0 ? -errno : before;
}

int fault_points_close(void *context, int fd)
{
	return close(fd) < 0 ? -errno : 0;
}
