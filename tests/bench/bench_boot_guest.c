/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long from the execve of QEMU to the first attach, against what the same QEMU needs to start a bare init on the
 * same kernel that powers off at once?
 *
 * Both command lines come from `vm/boot --print` and are started in turn, A B A B, so that the ratio holds when the
 * machine's speed drifts.  The first attach is seen in the flight recorder, polled each millisecond.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/cell_spec.h"
#include "harness/engine/clock.h"
#include "harness/recorder/recorder.h"
#include "tests/bench/pairs.h"
#include "vm/child.h"

#define PAIR_COUNT     7
#define LIMIT_NS       60000000000ull
#define RECORDER_BYTES (64u << 20)

static const char scenario_text[] = "[scenario]\nsummary = boot\nduration = 60s\ndevices = 4\n[worker w]\nprogram =\n"
				    "  attach policy=containerd api=set_fd\n  detach\n";

static void *format_recorder(const char *path)
{
	struct cell_spec spec = { .scenario_name = "boot",
				  .scenario_text = scenario_text,
				  .scenario_bytes = sizeof(scenario_text) - 1,
				  .worker_count = 1,
				  .duration_ns = LIMIT_NS };
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t spec_bytes;
	char *text = cell_spec_format(&spec, &spec_bytes);
	void *memory;

	if (fd < 0 || !text || ftruncate(fd, RECORDER_BYTES) < 0)
		return NULL;
	memory = mmap(NULL, RECORDER_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (memory == MAP_FAILED || recorder_format(memory, RECORDER_BYTES, 1, 1, text, spec_bytes) < 0)
		return NULL;
	free(text);
	return memory;
}

/* Seconds from the start of the shell that becomes QEMU; 0 when it failed. */
static double time_guest(const char *command, const struct recorder *recorder)
{
	struct child child = CHILD_NONE;
	char *argv[] = { (char[]){ "/bin/sh" }, (char[]){ "-c" }, strdup(command), NULL };
	uint64_t start_ns = clock_now_ns();
	uint64_t took_ns = 0;

	if (!argv[2] || child_start(argv, STDERR_FILENO, STDERR_FILENO, &child) < 0)
		return 0;
	while (took_ns == 0 && clock_now_ns() - start_ns < LIMIT_NS) {
		/* Relaxed: only whether it has grown matters. */
		if (child_has_ended(&child, 1000000) && !recorder)
			took_ns = clock_now_ns() - start_ns;
		else if (recorder && atomic_load_explicit(&recorder->areas[0].attach_count, memory_order_relaxed) > 0)
			took_ns = clock_now_ns() - start_ns;
	}
	child_reap(&child);
	free(argv[2]);
	return (double)took_ns / 1e9;
}

static double time_first_attach(const char *command, const char *recorder_path)
{
	void *memory = format_recorder(recorder_path);
	struct recorder recorder;
	double seconds = 0;

	if (memory && recorder_open(memory, RECORDER_BYTES, &recorder) == 0)
		seconds = time_guest(command, &recorder);
	if (memory)
		munmap(memory, RECORDER_BYTES);
	return seconds;
}

int main(int argc, char *argv[])
{
	double first_attach[PAIR_COUNT];
	double bare[PAIR_COUNT];
	double ratio[PAIR_COUNT];

	if (argc != 4) {
		fprintf(stderr, "usage: bench-boot-guest LOOPRACE_COMMAND BARE_COMMAND RECORDER_FILE\n");
		return 2;
	}
	for (unsigned int pair = 0; pair < PAIR_COUNT; pair++) {
		bare[pair] = time_guest(argv[2], NULL);
		first_attach[pair] = time_first_attach(argv[1], argv[3]);
		if (bare[pair] == 0 || first_attach[pair] == 0) {
			fprintf(stderr, "bench-boot-guest: a guest did not get there within 60 s\n");
			return 99;
		}
		ratio[pair] = first_attach[pair] / bare[pair];
	}
	pairs_sort(first_attach, PAIR_COUNT);
	pairs_sort(bare, PAIR_COUNT);
	pairs_sort(ratio, PAIR_COUNT);
	printf("boot: first_attach=%.3f s bare_init=%.3f s ratio=%.3f (medians of %d pairs, min %.3f max %.3f)\n",
	       first_attach[PAIR_COUNT / 2], bare[PAIR_COUNT / 2], ratio[PAIR_COUNT / 2], PAIR_COUNT, ratio[0],
	       ratio[PAIR_COUNT - 1]);
	return 0;
}
