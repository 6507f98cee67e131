/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PID 1 of a benchmark guest: how much of the kernel's own attach rate does the harness reach?
 *
 * It runs, in turn in the same guest, a bare loop of ioctls and the engine with the same ioctls, and lets the kernel
 * count: a kretprobe on loop_configure() with a histogram of its return values.  The engine records into the ivshmem
 * memory, as in a real run.  One line for each thread count goes to the kernel log.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "harness/engine/clock.h"
#include "harness/engine/engine.h"
#include "harness/engine/stop.h"
#include "tests/bench/pairs.h"
#include "vm/guest_platform.h"

#define PAIR_COUNT	 15
#define LEAD_NS		 100000000u
#define WINDOW_NS	 1000000000u
#define TICK_NS		 50000000u /* as the engine's supervisor */
#define THREAD_COUNT_MAX 64
#define TRACING		 "/sys/kernel/tracing"
#define HISTOGRAM	 TRACING "/events/kprobes/cfgret/hist"

static void say(const char *text)
{
	guest_kmsg(text);
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	close(fd);
	return n < 0 ? -errno : 0;
}

/* maxactive 128: sleeping callers of loop_configure() must not use up the probe's slots, or the kernel miscounts. */
static int start_counting(void)
{
	int r;

	if (mount("tracefs", TRACING, "tracefs", 0, NULL) < 0 && errno != EBUSY)
		return -errno;
	r = write_text(TRACING "/kprobe_events", "r128:cfgret loop_configure ret=$retval:s32");
	return r < 0 ? r : write_text(TRACING "/events/kprobes/cfgret/trigger", "hist:keys=ret:size=256");
}

/* Attaches that the kernel has counted so far: calls of loop_configure() that returned 0. */
static unsigned long long attach_count(void)
{
	FILE *file = fopen(HISTOGRAM, "re");
	unsigned long long count = 0;
	unsigned long long result;
	unsigned long long hits;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "{ ret: %llu } hitcount: %llu", &result, &hits) == 2 && result == 0)
			count = hits;
	if (file)
		fclose(file);
	return count;
}

/* --- the bare loop --- */

static struct stop bare_stop;

static void bare_round(int control, int backing)
{
	struct loop_info64 info = { .lo_offset = 0 };
	char path[32];
	int index = ioctl(control, LOOP_CTL_GET_FREE);
	int fd;

	snprintf(path, sizeof(path), "/dev/loop%d", index);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	if (ioctl(fd, LOOP_SET_FD, backing) == 0) {
		ioctl(fd, LOOP_SET_STATUS64, &info);
		ioctl(fd, LOOP_CLR_FD);
	}
	close(fd);
}

static void *bare_loop(void *argument)
{
	char path[64];
	int control = open("/dev/loop-control", O_RDONLY | O_CLOEXEC);
	int backing;

	snprintf(path, sizeof(path), "/run/bare%ld", (long)(intptr_t)argument);
	backing = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (ftruncate(backing, 1 << 20) < 0)
		say("bench: ftruncate failed");
	while (!stop_is_raised(&bare_stop))
		bare_round(control, backing);
	close(backing);
	close(control);
	return NULL;
}

/* The kernel's count between two moments, both inside the time in which all threads run. */
struct window {
	unsigned long long count;
	uint64_t start_ns; /* 0: has not begun */
	double rate;	   /* 0: has not ended */
	_Atomic int is_over;
	uint64_t first_look_ns;
};

static void window_look(void *context)
{
	struct window *window = context;
	uint64_t now_ns = clock_now_ns();

	if (window->first_look_ns == 0)
		window->first_look_ns = now_ns;
	if (window->start_ns == 0 && now_ns - window->first_look_ns >= LEAD_NS) {
		window->count = attach_count();
		window->start_ns = clock_now_ns();
	} else if (window->start_ns != 0 && window->rate == 0 && now_ns - window->start_ns >= WINDOW_NS) {
		window->rate =
			(double)(attach_count() - window->count) * 1e9 / (double)(clock_now_ns() - window->start_ns);
		/* Relaxed: read by the thread that writes it, the engine's supervisor. */
		atomic_store_explicit(&window->is_over, 1, memory_order_relaxed);
	}
}

static double bare_rate(unsigned int thread_count)
{
	pthread_t threads[THREAD_COUNT_MAX];
	struct window window = { .count = 0 };

	bare_stop = (struct stop){ 0 };
	for (unsigned int i = 0; i < thread_count; i++)
		pthread_create(&threads[i], NULL, bare_loop, (void *)(intptr_t)i);
	while (window.rate == 0) {
		stop_wait(&bare_stop, TICK_NS);
		window_look(&window);
	}
	stop_raise(&bare_stop);
	for (unsigned int i = 0; i < thread_count; i++)
		pthread_join(threads[i], NULL);
	return window.rate;
}

/* --- the engine, with the same ioctls: no verification, no backoff --- */

static double harness_rate(void *memory, size_t bytes, unsigned int thread_count)
{
	static const char text[] = "[scenario]\nsummary = rate\nduration = 20s\n[worker w]\ncount = 1\nprogram =\n"
				   "  attach policy=none api=set_fd\n  detach\n";
	struct scenario_error error;
	struct scenario *scenario;
	struct recorder recorder;
	struct window window = { .count = 0 };
	struct engine_config config = { .recorder = &recorder,
					.seed = 1,
					.backing_dir = "/run",
					.interrupted = &window.is_over,
					.progress = window_look,
					.progress_context = &window };

	memset(memory, 0, bytes);
	if (scenario_parse(text, sizeof(text) - 1, "rate", &scenario, &error) < 0 ||
	    scenario_set_worker_count(scenario, thread_count) < 0 ||
	    recorder_format(memory, bytes, thread_count, 1, text, sizeof(text) - 1) < 0 ||
	    recorder_open(memory, bytes, &recorder) < 0) {
		say("bench: the engine could not be set up");
		return 0;
	}
	config.scenario = scenario;
	if (engine_run(&config) < 0)
		say("bench: the engine failed");
	scenario_free(scenario);
	return window.rate;
}

static void compare(void *memory, size_t bytes, unsigned int thread_count)
{
	double bare[PAIR_COUNT];
	double harness[PAIR_COUNT];
	double ratio[PAIR_COUNT];
	char line[256];

	for (unsigned int pair = 0; pair < PAIR_COUNT; pair++) {
		/* In changing order, because a machine that warms up or slows down favours whoever goes first. */
		if (pair % 2 == 0)
			bare[pair] = bare_rate(thread_count);
		harness[pair] = harness_rate(memory, bytes, thread_count);
		if (pair % 2 != 0)
			bare[pair] = bare_rate(thread_count);
		ratio[pair] = bare[pair] > 0 ? harness[pair] / bare[pair] : 0;
	}
	for (unsigned int pair = 0; pair < PAIR_COUNT; pair++) {
		snprintf(line, sizeof(line), "bench: pair threads=%u bare=%.1f/s harness=%.1f/s", thread_count,
			 bare[pair], harness[pair]);
		say(line);
	}
	pairs_sort(bare, PAIR_COUNT);
	pairs_sort(harness, PAIR_COUNT);
	pairs_sort(ratio, PAIR_COUNT);
	snprintf(line, sizeof(line),
		 "bench: threads=%u bare=%.1f/s harness=%.1f/s ratio=%.3f (medians of %d pairs, min %.3f max %.3f)",
		 thread_count, bare[PAIR_COUNT / 2], harness[PAIR_COUNT / 2], ratio[PAIR_COUNT / 2], PAIR_COUNT,
		 ratio[0], ratio[PAIR_COUNT - 1]);
	say(line);
}

int main(void)
{
	static const unsigned int thread_counts[] = { 1, 8, 64 };
	char failed[64];
	char cell[64];
	void *memory;
	size_t bytes;

	guest_early_mounts();
	guest_set_console_level(5);
	if (guest_read_cell(cell, sizeof(cell)) < 0 || guest_map_recorder(&memory, &bytes) < 0 ||
	    guest_load_modules("order", failed, sizeof(failed)) < 0 || start_counting() < 0) {
		say("bench: set-up failed");
		guest_power_off();
	}
	for (size_t i = 0; i < sizeof(thread_counts) / sizeof(thread_counts[0]); i++)
		compare(memory, bytes, thread_counts[i]);
	say("bench: end");
	guest_power_off();
	return 1;
}
