/* SPDX-License-Identifier: Apache-2.0 */
/* What cells in a virtual machine and cells in this process share; see run_cell.h. */
#include "harness/run_cell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "harness/cell_spec.h"
#include "harness/repeat.h"

#define CONSOLE_BYTES_MAX (256u << 20)

static int map_new_file(const char *path, size_t bytes, void **ret_memory)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	void *memory;
	int error;

	if (fd < 0)
		return -errno;
	error = posix_fallocate(fd, 0, (off_t)bytes);
	if (error != 0) {
		close(fd);
		unlink(path);
		return -error;
	}
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (memory == MAP_FAILED) {
		error = errno;
		unlink(path);
		return -error;
	}
	*ret_memory = memory;
	return 0;
}

static int store_intention(struct run_cell *cell, struct report_error *ret_error)
{
	cell->record.ending = ENDING_abandoned;
	return cell_write(cell->path, &cell->record, ret_error);
}

int recorder_file_create(const struct run *run, const struct run_scenario *source, struct run_cell *cell,
			 struct recorder_file *ret_file, struct report_error *ret_error)
{
	const struct scenario *scenario = source->scenario;
	unsigned int worker_count = scenario_worker_count(scenario);
	struct cell_spec spec = {
		.scenario_name = scenario->name,
		.scenario_text = source->text,
		.scenario_bytes = source->text_bytes,
		.seed = cell->record.seed,
		.worker_count = worker_count,
		.duration_ns = scenario->duration_ns,
		.round_count = scenario->round_count,
	};
	struct recorder_file file = { .path = NULL };
	/* On the running kernel (--here) others cause uevents, too, and nobody there may want us to. */
	bool has_listener = cell->record.has_qemu || scenario->kernel != SCENARIO_KERNEL_real;
	unsigned int area_count = worker_count + has_listener;
	size_t spec_bytes = 0;
	char *text = cell_spec_format(&spec, &spec_bytes);
	int r = text && asprintf(&file.path, "%s/history.bin", cell->path) >= 0 ? 0 : -ENOMEM;

	if (r == 0) {
		file.bytes = recorder_size(area_count, scenario->duration_ns, spec_bytes);
		r = map_new_file(file.path, file.bytes, &file.memory);
	}
	if (r == 0)
		r = recorder_format(file.memory, file.bytes, area_count, cell->record.seed, text, spec_bytes);
	if (r == 0 && has_listener)
		recorder_format_listener(file.memory);
	free(text);
	if (r < 0)
		report_error_set(ret_error, "%s: %s; %zu MiB of room for the record would be right",
				 file.path ? file.path : cell->path, strerror(-r), file.bytes >> 20);
	else
		r = store_intention(cell, ret_error);
	if (r < 0) {
		recorder_file_remove(&file);
		return r;
	}
	*ret_file = file;
	return 0;
}

void recorder_file_close(struct recorder_file *file)
{
	if (file->memory)
		munmap(file->memory, file->bytes);
	free(file->path);
	*file = (struct recorder_file){ .path = NULL };
}

void recorder_file_remove(struct recorder_file *file)
{
	if (file->memory)
		unlink(file->path);
	recorder_file_close(file);
}

void run_now_text(char *ret_text, size_t text_bytes)
{
	time_t now = time(NULL);
	struct tm utc;

	gmtime_r(&now, &utc);
	strftime(ret_text, text_bytes, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static int set_started_at(struct cell_record *record)
{
	char text[RUN_NOW_BYTES];

	run_now_text(text, sizeof(text));
	return cell_record_set(&record->started_at, text);
}

static int set_host(struct cell_record *record)
{
	struct utsname host;
	char text[sizeof(host.sysname) + sizeof(host.release) + sizeof(host.machine) + 3];

	uname(&host);
	snprintf(text, sizeof(text), "%s %s %s", host.sysname, host.release, host.machine);
	record->host_cpu_count = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
	return cell_record_set(&record->host_system, text);
}

/* The kernel's release, or the word in its place. */
static int set_kernel_label(const struct run_scenario *source, const struct kernel *kernel, struct cell_record *record)
{
	struct utsname host;

	if (kernel)
		return cell_record_set(&record->kernel.release, kernel->identity.release);
	uname(&host);
	return cell_record_set(&record->kernel.release,
			       source->scenario->kernel == SCENARIO_KERNEL_real ? host.release : "model");
}

static int fill_record(const struct run *run, const struct run_scenario *source, const struct kernel *kernel,
		       uint64_t seed, struct cell_record *record)
{
	const struct scenario *scenario = source->scenario;
	char *command = command_of_cell(run->options, kernel ? kernel->name : NULL, source->name, seed);
	int r = command ? cell_record_set(&record->command_line, command) : -ENOMEM;

	free(command);
	record->seed = seed;
	record->worker_count = scenario_worker_count(scenario);
	record->duration_ns = scenario->duration_ns;
	record->device_count = scenario->device_count;
	if (r == 0 && kernel)
		r = cell_record_apply_kernel_info(record, kernel->info, kernel->info_bytes);
	if (r == 0)
		r = set_kernel_label(source, kernel, record);
	if (r == 0)
		r = cell_record_set(&record->looprace_version, LOOPRACE_VERSION);
	if (r == 0)
		r = cell_record_set(&record->scenario, scenario->name);
	if (r == 0)
		r = set_started_at(record);
	return r == 0 ? set_host(record) : r;
}

int run_cell_open(const struct run *run, const struct run_scenario *source, const struct kernel *kernel,
		  unsigned int repeat_number, uint64_t seed, struct run_cell *ret_cell, struct report_error *ret_error)
{
	struct run_cell cell = { .record = CELL_RECORD_NULL };
	int r = fill_record(run, source, kernel, seed, &cell.record);

	cell.record.repeat_number = repeat_number;
	if (r < 0)
		report_error_set(ret_error, "%s", strerror(-r));
	if (r == 0)
		r = run_directory_add_cell(run->directory, cell.record.kernel.release, source->scenario->name,
					   repeat_number, &cell.relative, &cell.path, ret_error);
	if (r == 0)
		r = cell_write_scenario(cell.path, source->text, source->text_bytes, ret_error);
	if (r < 0)
		return run_cell_refuse(&cell, r);
	*ret_cell = cell;
	return 0;
}

static int store_evidence(struct run_cell *cell, const struct history *history, struct report_error *ret_error)
{
	int r = cell_record_apply_history(&cell->record, history);

	if (r < 0) {
		report_error_set(ret_error, "%s: %s", cell->path, strerror(-r));
		return r;
	}
	r = cell_write(cell->path, &cell->record, ret_error);
	if (r < 0)
		return r;
	r = cell_write_history(cell->path, history, ret_error);
	/* Where the disk is full by now the recorder keeps its place: the same history, with room. */
	return r == -ENOSPC || r == -EDQUOT ? 0 : r;
}

int run_cell_judge(struct run_cell *cell, const struct run_scenario *source, const struct recorder_file *file,
		   struct report_error *ret_error)
{
	struct history_error history_error;
	struct history history;
	struct evidence evidence;
	struct report_cell report = { .directory = cell->relative,
				      .record = &cell->record,
				      .judgement = &cell->judgement };
	char *console = NULL;
	size_t console_bytes = 0;
	int stored;
	int r = history_open(file->memory, file->bytes, &history, &history_error);

	if (r < 0) {
		report_error_set(ret_error, "%s: %s", file->path, history_error.text);
		return r;
	}
	stored = store_evidence(cell, &history, ret_error);
	/* A missing console is something that the judge says. */
	file_read(cell->path, "console.log", CONSOLE_BYTES_MAX, &console, &console_bytes, NULL);
	cell_evidence(&cell->record, source->scenario, &history, console, console_bytes, &evidence);
	/* Judged even when it could not be stored: a full disk must not hide a violation. */
	r = judge(&evidence, &cell->judgement);
	free(console);
	history_close(&history);
	if (r < 0)
		report_error_set(ret_error, "%s: %s", cell->path, strerror(-r));
	else
		r = report_write_cell(cell->path, &report, stored < 0 ? NULL : ret_error);
	return stored < 0 ? stored : r;
}

static bool has_file(const struct run_cell *cell, const char *name)
{
	struct stat status;
	bool is_there;
	char *path;

	if (asprintf(&path, "%s/%s", cell->path, name) < 0)
		return false;
	is_there = stat(path, &status) == 0;
	free(path);
	return is_there;
}

static void remove_files(const struct run_cell *cell, const char *const *names, size_t count)
{
	char *path;

	for (size_t i = 0; i < count; i++) {
		if (asprintf(&path, "%s/%s", cell->path, names[i]) < 0)
			break;
		unlink(path);
		free(path);
	}
}

int run_cell_break(struct run_cell *cell, const char *reason, struct report_error *ret_error)
{
	static const char *const scratch[] = { "initramfs.cpio", "boot.info" };
	struct report_cell report = { .directory = cell->relative,
				      .record = &cell->record,
				      .judgement = &cell->judgement };
	int r = 0;

	remove_files(cell, scratch, sizeof(scratch) / sizeof(scratch[0]));
	(void)file_sweep(cell->path);
	if (has_file(cell, "verdict.json"))
		return 0;
	cell->judgement = (struct judgement){ .verdict = VERDICT_BROKEN, .reason = strdup(reason) };
	for (unsigned int rule = 0; rule < RULE_COUNT; rule++)
		cell->judgement.rule_verdicts[rule] = VERDICT_SKIP;
	if (!cell->judgement.reason)
		return -ENOMEM;
	if (!has_file(cell, "run.json") || !has_file(cell, "state.json"))
		r = store_intention(cell, ret_error);
	return r == 0 ? report_write_cell(cell->path, &report, ret_error) : r;
}

int run_cell_refuse(struct run_cell *cell, int r)
{
	static const char *const names[] = { "scenario", "run.json", "state.json" };

	if (cell->path) {
		remove_files(cell, names, sizeof(names) / sizeof(names[0]));
		rmdir(cell->path);
		/* The kernel's folder goes too, unless another cell is in it. */
		*strrchr(cell->path, '/') = '\0';
		rmdir(cell->path);
	}
	run_cell_fini(cell);
	return r == -ENOMEM ? r : RUN_CELL_NOT_RUN;
}

int run_cell_fail(struct run_cell *cell, int r, struct report_error *ret_error)
{
	bool is_violation = cell->judgement.reason && cell->judgement.verdict == VERDICT_VIOLATION;
	struct report_error error = *ret_error;

	if (is_violation)
		report_error_set(ret_error, "%s; the verdict is VIOLATION: %s", error.text, cell->judgement.reason);
	run_cell_fini(cell);
	return is_violation ? RUN_CELL_VIOLATION : r;
}

void run_cell_fini(struct run_cell *cell)
{
	cell_record_fini(&cell->record);
	judgement_fini(&cell->judgement);
	free(cell->relative);
	free(cell->path);
	*cell = (struct run_cell){ .record = CELL_RECORD_NULL };
}
