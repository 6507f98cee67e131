/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The five files of a cell's evidence.
 *
 * history.bin is mapped, not read: it may be hundreds of MiB.  The mapping is private, and the history's reader checks
 * every offset against its size; only somebody who cuts the file while it is judged could still hurt (SIGBUS).
 */
#include "harness/report/cell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/report/cell_json.h"

#define SCENARIO_BYTES_MAX (1u << 20)
#define CONSOLE_BYTES_MAX  (256u << 20)

/* --- writing --- */

int cell_write_scenario(const char *directory, const char *text, size_t text_bytes, struct report_error *ret_error)
{
	return file_write(directory, "scenario", text, text_bytes, ret_error);
}

int cell_write(const char *directory, const struct cell_record *record, struct report_error *ret_error)
{
	int r = json_write(directory, "run.json", cell_run_to_json(record), ret_error);

	return r < 0 ? r : json_write(directory, "state.json", cell_state_to_json(record), ret_error);
}

int cell_write_history(const char *directory, const struct history *history, struct report_error *ret_error)
{
	size_t memory_bytes;
	void *memory;
	int r = history_compact(history, &memory, &memory_bytes);

	if (r < 0) {
		report_error_set(ret_error, "%s/history.bin: %s", directory, strerror(-r));
		return r;
	}
	r = file_write(directory, "history.bin", memory, memory_bytes, ret_error);
	free(memory);
	return r;
}

/* --- evidence --- */

/*
 * The stable release, or -1.  "6.12.117+deb12-cloud-amd64" has it; "6.1.0-56-cloud-amd64" counts a distribution's builds
 * instead, and Debian tells the release in the version: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-1 (2026-10-02)".  Other
 * distributions do not tell.
 */
static int find_patch(const char *release, const char *version, unsigned int major, unsigned int minor)
{
	static const char debian[] = "Debian ";
	const char *told = version ? strstr(version, debian) : NULL;
	unsigned int told_major, told_minor, patch;
	char mark = '\0';
	char digit = '\0';

	if (told && sscanf(told + strlen(debian), "%5u.%5u.%5u", &told_major, &told_minor, &patch) == 3 &&
	    told_major == major && told_minor == minor)
		return (int)patch;
	if (sscanf(release, "%*5u.%*5u.%5u%c%c", &patch, &mark, &digit) < 1)
		return -1;
	return patch == 0 && mark == '-' && digit >= '0' && digit <= '9' ? -1 : (int)patch;
}

static struct kernel_version parse_release(const char *release, const char *version)
{
	unsigned int major, minor;

	if (!release || sscanf(release, "%5u.%5u", &major, &minor) != 2)
		return (struct kernel_version){ .patch = -1 };
	return (struct kernel_version){ .major = major,
					.minor = minor,
					.patch = find_patch(release, version, major, minor) };
}

struct kernel_version cell_kernel_version(const struct cell_record *record)
{
	return parse_release(record->kernel.release, record->kernel.version);
}

void cell_evidence(const struct cell_record *record, const struct scenario *scenario, const struct history *history,
		   const char *console, size_t console_bytes, struct evidence *ret_evidence)
{
	*ret_evidence = (struct evidence){
		.scenario = scenario,
		.history = history,
		.console = console,
		.console_bytes = console_bytes,
		.ending = record->ending,
		.ending_detail = record->ending_detail ? record->ending_detail : "",
		.skip_reason = record->skip_reason,
		.broken_reason = record->broken_reason,
		.host_ns = record->has_qemu ? record->total_ns : 0,
		.is_shared = record->kernel.boot && strcmp(record->kernel.boot, "here") == 0,
		.has_module = record->has_module,
		.module_remove_error = record->module_remove_error,
		.leftover_count = record->leftover_count,
		.leftovers = record->leftovers,
		.stuck_count = record->stuck_count,
		.stucks = record->stucks,
		.has_unmount = record->has_unmount,
		.unmount_error = record->unmount_error,
		.resource_count = record->resource_count,
		.resources = record->resources,
		.has_checked_devices = record->has_checked_devices,
		.checked_device_count = record->checked_device_count,
		.lost_device_count = record->lost_device_count,
		.lost_devices = record->lost_devices,
	};
	ret_evidence->kernel = cell_kernel_version(record);
}

/* --- reading --- */

int cell_read_record(const char *directory, struct cell_record *record, struct report_error *ret_error)
{
	char *run_path = NULL, *state_path = NULL;
	json_t *run = NULL, *state = NULL;
	int r = -ENOMEM;

	if (asprintf(&run_path, "%s/run.json", directory) < 0)
		run_path = NULL;
	if (asprintf(&state_path, "%s/state.json", directory) < 0)
		state_path = NULL;
	if (run_path && state_path)
		r = json_read(directory, "run.json", &run, ret_error);
	if (r == 0)
		r = cell_run_from_json(run, run_path, record, ret_error);
	if (r == 0)
		r = json_read(directory, "state.json", &state, ret_error);
	if (r == 0)
		r = cell_state_from_json(state, state_path, record, ret_error);
	if (r == 0 && !record->scenario) {
		report_error_set(ret_error, "%s: scenario: a name would be right", run_path);
		r = -EINVAL;
	}
	json_decref(run);
	json_decref(state);
	free(run_path);
	free(state_path);
	return r;
}

/* What ran may differ from the text by --workers and --duration; run.json knows. */
static int apply_overrides(const char *directory, struct cell *cell, struct report_error *ret_error)
{
	struct scenario *scenario = cell->scenario;
	unsigned int worker_count = cell->record.worker_count;

	snprintf(scenario->name, sizeof(scenario->name), "%s", cell->record.scenario);
	if (cell->record.duration_ns != scenario->duration_ns && cell->record.duration_ns != 0) {
		scenario->duration_ns = cell->record.duration_ns;
		scenario->round_count = 0;
	}
	if (worker_count == scenario_worker_count(scenario) || scenario_set_worker_count(scenario, worker_count) == 0)
		return 0;
	report_error_set(ret_error, "%s/run.json: worker_count: %u; %u to %d would be right for this scenario",
			 directory, worker_count, scenario->group_count, SCENARIO_WORKER_COUNT_MAX);
	return -EINVAL;
}

static int load_scenario(const char *directory, struct cell *cell, struct report_error *ret_error)
{
	struct scenario_error error;
	char *path;
	int r = file_read(directory, "scenario", SCENARIO_BYTES_MAX, &cell->scenario_text, &cell->scenario_bytes,
			  ret_error);

	if (r < 0)
		return r;
	if (asprintf(&path, "%s/scenario", directory) < 0)
		return -ENOMEM;
	r = scenario_parse(cell->scenario_text, cell->scenario_bytes, path, &cell->scenario, &error);
	free(path);
	if (r < 0) {
		report_error_set(ret_error, "%s", error.text);
		return r;
	}
	return apply_overrides(directory, cell, ret_error);
}

static int map_file(const char *path, void **ret_memory, size_t *ret_bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	void *memory;
	int r = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		r = -errno;
	/* An empty file cannot be mapped. */
	else if (!S_ISREG(status.st_mode) || status.st_size == 0)
		r = -EPROTO;
	if (r == 0) {
		memory = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (memory == MAP_FAILED)
			r = -errno;
	}
	close(fd);
	if (r < 0)
		return r;
	*ret_memory = memory;
	*ret_bytes = (size_t)status.st_size;
	return 0;
}

/*
 * The recorder of another run may be sound, but tells nothing about this one.  The guest's clock at the start line tells
 * them apart, to the nanosecond; a record of before the start does not know it.
 */
static bool is_of_cell(const struct history *history, const struct cell_record *record)
{
	uint64_t start_ns = atomic_load_explicit(&history->header->start_ns, memory_order_relaxed);

	/* As JSON has it. */
	if (start_ns > INT64_MAX)
		start_ns = INT64_MAX;
	return record->ending == ENDING_abandoned || start_ns == record->start_ns;
}

static int load_history(const char *directory, struct cell *cell, struct report_error *ret_error)
{
	struct history_error error = { "empty, or no file; a flight recorder would be right" };
	char *path;
	int r;

	if (asprintf(&path, "%s/history.bin", directory) < 0)
		return -ENOMEM;
	r = map_file(path, &cell->history_memory, &cell->history_bytes);
	if (r == 0)
		r = history_open(cell->history_memory, cell->history_bytes, &cell->history, &error);
	cell->has_history = r == 0;
	if (r == 0 && !is_of_cell(&cell->history, &cell->record)) {
		snprintf(error.text, sizeof(error.text), "of another run: its start_ns is not that of run.json");
		r = -EPROTO;
	}
	/* A record of before the start does not know what the guest said; its recorder does. */
	if (r == 0 && cell->record.ending == ENDING_abandoned)
		r = cell_record_apply_history(&cell->record, &cell->history);
	if (r == -EPROTO)
		report_error_set(ret_error, "%s: %s", path, error.text);
	else if (r < 0 && r != -ENOENT)
		report_error_set(ret_error, "%s: cannot be read: %s", path, strerror(-r));
	free(path);
	return r == -ENOENT ? 0 : r;
}

static int load(const char *directory, struct cell *cell, struct report_error *ret_error)
{
	int r = cell_read_record(directory, &cell->record, ret_error);

	if (r == 0)
		r = load_scenario(directory, cell, ret_error);
	if (r == 0)
		r = load_history(directory, cell, ret_error);
	if (r == 0)
		r = file_read(directory, "console.log", CONSOLE_BYTES_MAX, &cell->console, &cell->console_bytes,
			      ret_error);
	if (r == -ENOENT && cell->scenario)
		r = 0;
	return r;
}

int cell_load(const char *directory, struct cell **ret_cell, struct report_error *ret_error)
{
	struct cell *cell = calloc(1, sizeof(*cell));
	struct report_error error;
	int r = -ENOMEM;

	report_error_set(&error, "%s: %s", directory, strerror(ENOMEM));
	if (cell) {
		cell->record = CELL_RECORD_NULL;
		r = load(directory, cell, &error);
	}
	if (r < 0) {
		cell_free(cell);
		*ret_error = error;
		return r;
	}
	cell_evidence(&cell->record, cell->scenario, cell->has_history ? &cell->history : NULL, cell->console,
		      cell->console_bytes, &cell->evidence);
	*ret_cell = cell;
	return 0;
}

struct cell *cell_free(struct cell *cell)
{
	if (!cell)
		return NULL;
	if (cell->has_history)
		history_close(&cell->history);
	if (cell->history_memory)
		munmap(cell->history_memory, cell->history_bytes);
	free(cell->console);
	free(cell->scenario_text);
	scenario_free(cell->scenario);
	cell_record_fini(&cell->record);
	free(cell);
	return NULL;
}
