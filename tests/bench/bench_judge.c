/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long the judge takes, and how much memory, for histories of 100,000 to 10,000,000 calls.
 *
 * The histories come from a loop driver that is played here, with time that is played, too: each call of a worker takes
 * effect at moments within its interval (open() and a clear of v6.1 at two), in the order of those moments.  So calls
 * overlap as they do on a machine with as many CPUs as there are workers, lost races are as frequent as in
 * get_free_race, and the answer is known: a judge that finds anything in them ends the benchmark with an error.
 *
 * Each history is made and judged by a process of its own, whose peak of memory holds the history as well.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/judge/judge.h"

#define WORKER_COUNT 16
#define DEVICE_COUNT 64
#define BACKING_DEV  21

enum status { UNBOUND, BOUND, RUNDOWN };

struct device {
	enum status status;
	bool is_autoclear;
	unsigned int opener_count;
	uint64_t inode;
};

/* A worker goes through the calls of an attach and a detach; the next effect of the call that it is in is due at due_ns. */
struct worker {
	enum recorder_call call;
	bool is_second;
	uint64_t call_ns;
	uint64_t due_ns;
	int index;
	uint32_t file;
	uint32_t file_count;
	unsigned int lost_count;
	struct recorder_writer writer;
};

struct play {
	bool is_deferred; /* as since v6.11 */
	uint64_t random;
	struct recorder recorder;
	struct device devices[DEVICE_COUNT];
	struct worker workers[WORKER_COUNT];
	uint64_t call_count;
	uint64_t lost_count;
};

static uint64_t random_below(struct play *play, uint64_t count)
{
	play->random = play->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (play->random >> 33) % count;
}

static void begin(struct play *play, struct worker *worker, enum recorder_call call, uint64_t pause_ns)
{
	worker->call = call;
	worker->is_second = false;
	worker->call_ns = worker->due_ns + 100 + pause_ns;
	worker->due_ns = worker->call_ns + 200 + random_below(play, 4000);
}

/* What the driver does at the moment that is due, and what the call returns; -EAGAIN: it has a second moment. */
static int take_effect(struct play *play, struct worker *worker)
{
	struct device *device = &play->devices[worker->index >= 0 ? worker->index : 0];

	switch ((unsigned int)worker->call) {
	case RECORDER_CALL_get_free:
		for (worker->index = 0; play->devices[worker->index].status != UNBOUND;)
			worker->index++;
		return worker->index;
	case RECORDER_CALL_open:
		if (play->is_deferred && !worker->is_second)
			return device->status == RUNDOWN ? -ENXIO : -EAGAIN;
		device->opener_count++;
		return 10;
	case RECORDER_CALL_configure:
		if (device->status != UNBOUND)
			return -EBUSY;
		device->status = BOUND;
		device->inode = (uint64_t)(worker - play->workers) + 1;
		return 0;
	case RECORDER_CALL_get_status:
		return device->status == BOUND ? 0 : -ENXIO;
	case RECORDER_CALL_clr_fd:
		if (worker->is_second) {
			device->status = UNBOUND;
			return 0;
		}
		if (device->status != BOUND)
			return -ENXIO;
		device->is_autoclear = device->opener_count > 1 || play->is_deferred;
		if (device->opener_count == 1)
			device->status = RUNDOWN;
		return device->status == RUNDOWN && !play->is_deferred ? -EAGAIN : 0;
	case RECORDER_CALL_close:
		if (--device->opener_count == 0 && (device->status == RUNDOWN || device->is_autoclear))
			*device = (struct device){ .status = UNBOUND };
		return 0;
	default:
		return -ENOSYS;
	}
}

static void record(struct play *play, struct worker *worker, int result, uint64_t return_ns)
{
	struct device *device = &play->devices[worker->index];
	struct recorder_record *row = recorder_begin(&worker->writer, worker->call);

	if (!row)
		return;
	if (worker->call == RECORDER_CALL_open && result >= 0)
		worker->file = ++worker->file_count + ((uint32_t)(worker - play->workers) << 22);
	if (worker->call != RECORDER_CALL_get_free && (worker->call != RECORDER_CALL_open || result >= 0))
		row->file = worker->file;
	row->device_index = worker->index;
	recorder_started(&worker->writer, worker->call_ns);
	if (worker->call == RECORDER_CALL_configure) {
		row->dev = BACKING_DEV;
		row->inode = (uint64_t)(worker - play->workers) + 1;
	} else if (worker->call == RECORDER_CALL_get_status && result == 0) {
		row->dev = BACKING_DEV;
		row->inode = device->inode;
		row->detail = device->is_autoclear ? LO_FLAGS_AUTOCLEAR : 0;
	}
	recorder_end(&worker->writer, result, return_ns);
	play->call_count++;
}

/* A lost race ends in a pause at random that grows, as in the policy full_jitter. */
static void lose(struct play *play, struct worker *worker)
{
	unsigned int shift = worker->lost_count < 6 ? worker->lost_count++ : 6;

	play->lost_count++;
	begin(play, worker, RECORDER_CALL_get_free, random_below(play, UINT64_C(4000) << shift));
}

static void go_on(struct play *play, struct worker *worker, int result)
{
	const struct device *device = &play->devices[worker->index];
	bool is_ours = device->status == BOUND && device->inode == (uint64_t)(worker - play->workers) + 1;

	switch ((unsigned int)worker->call) {
	case RECORDER_CALL_get_free:
		begin(play, worker, RECORDER_CALL_open, 0);
		break;
	case RECORDER_CALL_open:
		if (result < 0)
			lose(play, worker);
		else
			begin(play, worker, RECORDER_CALL_configure, 0);
		break;
	case RECORDER_CALL_configure:
		begin(play, worker, result < 0 ? RECORDER_CALL_close : RECORDER_CALL_get_status, 0);
		break;
	case RECORDER_CALL_get_status:
		begin(play, worker, RECORDER_CALL_clr_fd, random_below(play, 20000));
		worker->lost_count = 0;
		break;
	case RECORDER_CALL_clr_fd:
		begin(play, worker, RECORDER_CALL_close, 0);
		break;
	default:
		if (is_ours)
			begin(play, worker, RECORDER_CALL_get_free, 0);
		else
			lose(play, worker);
	}
}

static void play_next(struct play *play)
{
	struct worker *worker = play->workers;
	uint64_t return_ns;
	int result;

	for (unsigned int i = 1; i < WORKER_COUNT; i++)
		if (play->workers[i].due_ns < worker->due_ns)
			worker = &play->workers[i];
	result = take_effect(play, worker);
	if (result == -EAGAIN) {
		worker->is_second = true;
		worker->due_ns += 100 + random_below(play, 2000);
		return;
	}
	return_ns = worker->due_ns + 100 + random_below(play, 4000);
	record(play, worker, result, return_ns);
	worker->due_ns = return_ns;
	go_on(play, worker, result);
}

static void *new_history(struct play *play, uint64_t call_count, uint64_t *ret_bytes)
{
	/* Workers come about evenly; a quarter more is room enough. */
	uint64_t bytes = call_count * RECORDER_RECORD_BYTES * 5 / 4 + (2u << 20);
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	if (recorder_format(memory, bytes, WORKER_COUNT, 1, "", 0) < 0 ||
	    recorder_open(memory, bytes, &play->recorder) < 0)
		return NULL;
	for (unsigned int i = 0; i < WORKER_COUNT; i++) {
		struct worker *worker = &play->workers[i];

		recorder_writer_init(&play->recorder, i, &worker->writer);
		worker->due_ns = 1000000;
		begin(play, worker, RECORDER_CALL_get_free, random_below(play, 100000));
	}
	while (play->call_count < call_count)
		play_next(play);
	for (unsigned int i = 0; i < WORKER_COUNT; i++)
		recorder_writer_fini(&play->workers[i].writer);
	recorder_finish(&play->recorder);
	*ret_bytes = bytes;
	return memory;
}

static uint64_t peak_kib(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	uint64_t kib = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "VmHWM: %" SCNu64, &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int judge_history(const struct history *history, unsigned int minor, struct judgement *ret_judgement,
			 uint64_t *ret_ns)
{
	struct scenario scenario = { .name = "bench", .group_count = 1, .groups[0].count = WORKER_COUNT };
	struct evidence evidence = {
		.scenario = &scenario,
		.history = history,
		.console = LOOPRACE_START_MARKER "\n",
		.console_bytes = sizeof(LOOPRACE_START_MARKER),
		.ending = ENDING_finished,
		.ending_detail = "",
		.kernel.major = 6,
		.kernel.minor = minor,
	};
	uint64_t start_ns = now_ns();
	int r = judge(&evidence, ret_judgement);

	*ret_ns = now_ns() - start_ns;
	return r;
}

static int bench(uint64_t call_count, unsigned int minor)
{
	struct play play = { .is_deferred = minor >= 11, .random = 42 };
	struct judgement judgement;
	struct history_error error;
	struct history history;
	uint64_t bytes, ns, history_kib;
	void *memory;

	memory = new_history(&play, call_count, &bytes);
	if (!memory || history_open(memory, bytes, &history, &error) < 0) {
		fprintf(stderr, "no memory for a history of %" PRIu64 " calls\n", call_count);
		return 1;
	}
	history_kib = peak_kib();
	if (judge_history(&history, minor, &judgement, &ns) < 0)
		return 1;
	printf("%9" PRIu64 " calls, %u workers, v6.%-2u: %7.3f s, %4.0f ns a call, %4" PRIu64
	       " MiB at the peak (history: %" PRIu64 "), %.1f %% of tries lost: %s\n",
	       play.call_count, WORKER_COUNT, minor, (double)ns / 1e9, (double)ns / (double)play.call_count,
	       peak_kib() / 1024, history_kib / 1024,
	       100.0 * (double)play.lost_count / (double)(play.lost_count + play.call_count / 6),
	       verdict_name(judgement.verdict));
	if (judgement.verdict != VERDICT_PASS)
		printf("  %s\n", judgement.reason);
	return judgement.verdict != VERDICT_PASS;
}

static int bench_in_child(uint64_t call_count, unsigned int minor)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		status = bench(call_count, minor);
		fflush(stdout);
		_exit(status);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 1;
	return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

int main(int argc, char **argv)
{
	static const uint64_t counts[] = { 100000, 1000000, 10000000 };
	int result = 0;

	if (argc > 1) {
		printf("Usage: bench-judge\n\nJudges played histories of 100,000 to 10,000,000 calls.\n");
		return strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ? 0 : 2;
	}
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		for (unsigned int minor = 1; minor <= 12; minor += 11)
			result |= bench_in_child(counts[i], minor);
	return result;
}
