/* SPDX-License-Identifier: Apache-2.0 */
/* One function for each word of LOOPRACE_FAULT_WORDS. */
#include "harness/guest_faults.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "vm/guest_platform.h"

#define RT_RUNTIME_FILE "/proc/sys/kernel/sched_rt_runtime_us"

static int plant_panic(void)
{
	return guest_plant_panic();
}

static int plant_reboot(void)
{
	return guest_plant_reboot();
}

/* A lock that another descriptor of this process holds for ever: a system call that never returns. */
static int plant_stuck(void)
{
	int holder = open("/run/stuck", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int waiter = open("/run/stuck", O_RDWR | O_CLOEXEC);

	if (holder < 0 || waiter < 0 || flock(holder, LOCK_EX) < 0)
		return -errno;
	return flock(waiter, LOCK_EX) < 0 ? -errno : 0;
}

static void *spin(void *argument)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
	return NULL;
}

/* One spinner of the highest real-time priority on each CPU, without the share that is kept for others. */
static int plant_freeze(void)
{
	long cpu_count = sysconf(_SC_NPROCESSORS_ONLN);
	struct sched_param parameters = { .sched_priority = 99 };
	int fd = open(RT_RUNTIME_FILE, O_WRONLY | O_CLOEXEC);
	pthread_attr_t attributes;
	pthread_t thread;

	if (fd < 0 || write(fd, "-1", 2) < 0)
		return -errno;
	close(fd);
	pthread_attr_init(&attributes);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
	pthread_attr_setschedparam(&attributes, &parameters);
	/* One more than there are CPUs: the last to be created may find its creator's CPU taken already. */
	for (long cpu = 0; cpu <= cpu_count; cpu++)
		pthread_create(&thread, &attributes, spin, NULL);
	spin(NULL);
	return 0;
}

static int plant_flood(void)
{
	static const char line[] = "<3>looprace: planted flood: this line is here to fill the console, again and again "
				   "and again, until somebody notices and ends the machine\n";
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	for (;;)
		if (write(fd, line, sizeof(line) - 1) < 0 && errno != EAGAIN)
			return -errno;
}

int guest_plant_fault(enum fault fault)
{
	static int (*const functions[])(void) = {
#define X(word) [FAULT_##word] = plant_##word,
		LOOPRACE_FAULT_WORDS(X)
#undef X
	};

	return functions[fault]();
}
