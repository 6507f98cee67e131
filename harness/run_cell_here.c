/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cell in this process: the running kernel's loop driver (--here), or the model of one.
 *
 * The kernel log is read from /dev/kmsg, from the start marker on.  The loop module is never removed here, and only
 * devices that are bound to this run's own backing files are ever detached.
 */
#include "harness/run_cell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/engine/clock.h"
#include "harness/engine/engine.h"
#include "harness/interrupt.h"

#define KMSG_RECORD_BYTES_MAX 8192

/* Open at the end of the log, so that what follows is ours to read; -1 where that is not allowed. */
static int kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

static void kmsg_write(int fd, const char *line)
{
	if (fd >= 0 && write(fd, line, strlen(line)) < 0)
		fprintf(stderr, "looprace run: /dev/kmsg: %s\n", strerror(errno));
}

/* "6,1234,5678901,-;text\n KEY=value" to "[    5.678901] text"; see Documentation/ABI/testing/dev-kmsg. */
static void print_kmsg_record(FILE *stream, const char *record, size_t bytes)
{
	const char *text = memchr(record, ';', bytes);
	unsigned long long microseconds = 0;

	if (!text)
		return;
	sscanf(record, "%*u,%*u,%llu", &microseconds);
	text++;
	bytes -= (size_t)(text - record);
	fprintf(stream, "[%5llu.%06llu] %.*s\n", microseconds / 1000000, microseconds % 1000000,
		(int)(memchr(text, '\n', bytes) ? (const char *)memchr(text, '\n', bytes) - text : (ptrdiff_t)bytes),
		text);
}

static int kmsg_store(int fd, const char *directory, struct report_error *ret_error)
{
	char record[KMSG_RECORD_BYTES_MAX];
	char *text = NULL;
	size_t bytes = 0;
	FILE *stream = open_memstream(&text, &bytes);
	ssize_t n;
	int r;

	if (!stream)
		return -ENOMEM;
	/* EPIPE: the log went round before we read it; the next read goes on with what is left. */
	while ((n = read(fd, record, sizeof(record))) > 0 || (n < 0 && (errno == EPIPE || errno == EINTR)))
		if (n > 0)
			print_kmsg_record(stream, record, (size_t)n);
	r = fclose(stream) == 0 ? file_write(directory, "console.log", text, bytes, ret_error) : -ENOMEM;
	free(text);
	return r;
}

static const char *backing_dir_of(const struct options *options)
{
	const char *tmpdir = getenv("TMPDIR");

	if (options->backing_dir)
		return options->backing_dir;
	return tmpdir && tmpdir[0] == '/' ? tmpdir : "/tmp";
}

/* What the engine calls at every tick. */
struct here_watch {
	struct progress progress;
	struct recorder_header *header;
	uint64_t deadline_ns; /* by --timeout; 0: none */
	bool is_timeout_over;
	bool is_quiet;
};

static void tick(void *context)
{
	struct here_watch *watch = context;

	if (!watch->is_quiet)
		progress_tick(&watch->progress);
	if (watch->deadline_ns == 0 || watch->is_timeout_over || clock_now_ns() < watch->deadline_ns)
		return;
	watch->is_timeout_over = true;
	/* Relaxed: the engine only decides to stop; no data travels with it. */
	atomic_store_explicit(&watch->header->stop_request, 1, memory_order_relaxed);
}

static int store_ending(struct cell_record *record, int r, bool is_timeout_over)
{
	record->is_interrupted = interrupt_was_asked(NULL);
	record->ending = r == -ETIMEDOUT			     ? ENDING_run_timeout
			 : record->is_interrupted || is_timeout_over ? ENDING_interrupted
								     : ENDING_finished;
	return is_timeout_over ? cell_record_set(&record->ending_detail, "--timeout was over") : 0;
}

static int run_engine(const struct run *run, const struct run_scenario *source, struct run_cell *cell,
		      struct recorder_file *file)
{
	const char *need = engine_missing_need(source->scenario);
	uint64_t timeout_ns = run->options->timeout_ns;
	struct here_watch watch = { .header = file->memory,
				    .is_quiet = run->is_quiet,
				    .deadline_ns = timeout_ns != 0 ? clock_now_ns() + timeout_ns : 0 };
	struct recorder recorder;
	struct engine_config config = {
		.scenario = source->scenario,
		.recorder = &recorder,
		.seed = cell->record.seed,
		.backing_dir = backing_dir_of(run->options),
		.interrupted = interrupt_flag(),
		.progress = tick,
		.progress_context = &watch,
	};
	int r = recorder_open(file->memory, file->bytes, &recorder);

	if (r < 0)
		return r;
	recorder_set_phase(&recorder, RECORDER_PHASE_setup);
	if (need) {
		recorder_note(&recorder, "skip need=%s", need);
	} else {
		progress_start(&watch.progress, cell->record.scenario, file->memory, file->bytes,
			       cell->record.duration_ns);
		r = engine_run(&config);
		progress_end(&watch.progress);
	}
	/* A stuck worker still writes; every other failure has left its note. */
	if (r != -ETIMEDOUT)
		recorder_finish(&recorder);
	return store_ending(&cell->record, r, watch.is_timeout_over);
}

static int run_and_judge(const struct run *run, const struct run_scenario *source, struct run_cell *cell,
			 struct recorder_file *file, struct report_error *ret_error)
{
	bool is_real = source->scenario->kernel == SCENARIO_KERNEL_real;
	int kmsg = is_real ? kmsg_open() : -1;
	uint64_t start_ns = clock_now_ns();
	int r;

	kmsg_write(kmsg, LOOPRACE_START_MARKER "\n");
	r = run_engine(run, source, cell, file);
	cell->record.total_ns = clock_now_ns() - start_ns;
	kmsg_write(kmsg, LOOPRACE_END_MARKER "\n");
	if (r < 0)
		report_error_set(ret_error, "%s: %s", cell->path, strerror(-r));
	if (r == 0 && kmsg >= 0)
		r = kmsg_store(kmsg, cell->path, ret_error);
	if (r == 0)
		r = run_cell_judge(cell, source, file, ret_error);
	/* A stuck worker may still write; the end of the process unmaps it. */
	if (cell->record.ending == ENDING_run_timeout)
		file->memory = NULL;
	recorder_file_close(file);
	if (kmsg >= 0)
		close(kmsg);
	return r;
}

int run_cell_here(const struct run *run, const struct run_scenario *source, struct run_cell *cell,
		  struct report_error *ret_error)
{
	struct recorder_file file;
	int r = cell_record_set(&cell->record.kernel.boot, "here");

	if (r < 0)
		report_error_set(ret_error, "%s", strerror(-r));
	else
		r = recorder_file_create(run, source, cell, &file, ret_error);
	if (r < 0)
		return run_cell_refuse(cell, r);
	r = run_and_judge(run, source, cell, &file, ret_error);
	return r < 0 ? run_cell_fail(cell, r, ret_error) : 0;
}
