/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cell in a virtual machine.
 *
 * A guest that ends before its start marker has not touched the loop driver yet: that is our fault or the emulator's
 * (1 of 135 TCG boots of 6.12 did so), so it is tried again once, and said.
 */
#include "harness/run_cell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/interrupt.h"
#include "harness/script.h"
#include "vm/runner.h"

#define SECOND_NS 1000000000ull

/* Limits for software emulation on a busy host; they end a dead guest, no verdict depends on being close to them. */
#define BOOT_LIMIT_NS	  (60 * SECOND_NS)
#define SILENCE_LIMIT_NS  (20 * SECOND_NS)
#define SHUTDOWN_LIMIT_NS (20 * SECOND_NS)
#define SETUP_LIMIT_NS	  (30 * SECOND_NS)
/* A scenario that ends by its rounds says nothing about its time. */
#define ROUNDS_LIMIT_NS	  (600 * SECOND_NS)
#define CONSOLE_BYTES_MAX (4ull << 20)
#define INFO_BYTES_MAX	  (64u << 10)

#define BOOT_TRY_COUNT	  2

/* Paths of the files that one guest needs, all in the cell's folder; only the console stays. */
struct guest_files {
	char *boot_script;
	char *initramfs;
	char *console;
	char *error;
	char *info;
};

static void guest_files_fini(struct guest_files *files)
{
	free(files->boot_script);
	free(files->initramfs);
	free(files->console);
	free(files->error);
	free(files->info);
}

static int guest_files_init(struct guest_files *files, const struct paths *paths, const char *directory)
{
	memset(files, 0, sizeof(*files));
	if (asprintf(&files->boot_script, "%s/boot", paths->vm_dir) < 0 ||
	    asprintf(&files->initramfs, "%s/initramfs.cpio", directory) < 0 ||
	    asprintf(&files->console, "%s/console.log", directory) < 0 ||
	    asprintf(&files->error, "%s/qemu.log", directory) < 0 ||
	    asprintf(&files->info, "%s/boot.info", directory) < 0) {
		guest_files_fini(files);
		return -ENOMEM;
	}
	return 0;
}

static void remove_scratch(const struct guest_files *files)
{
	struct stat status;

	unlink(files->initramfs);
	unlink(files->info);
	if (stat(files->error, &status) == 0 && status.st_size == 0)
		unlink(files->error);
}

static int make_initramfs(const struct run *run, const struct kernel *kernel, const struct guest_files *files,
			  struct report_error *ret_error)
{
	char *script;
	char *line;
	int r;

	if (asprintf(&script, "%s/make-initramfs", run->paths->vm_dir) < 0)
		return -ENOMEM;
	r = script_run(
		(char *const[]){ script, run->paths->guest_binary, kernel->prepared_dir, files->initramfs, NULL },
		interrupt_was_asked, NULL, &line);
	free(script);
	if (r == 0) {
		free(line);
		return 0;
	}
	report_error_set(ret_error, "%s: the initramfs could not be made", files->initramfs);
	return r > 0 ? -EIO : r;
}

static struct cell_limits limits_of(const struct run *run, const struct scenario *scenario)
{
	uint64_t run_ns = scenario->duration_ns != 0 ? scenario->duration_ns : ROUNDS_LIMIT_NS;
	struct cell_limits limits = {
		.boot_ns = BOOT_LIMIT_NS,
		.run_ns = run_ns + SETUP_LIMIT_NS + 3 * scenario->call_limit_ns,
		.silence_ns = SILENCE_LIMIT_NS,
		.shutdown_ns = SHUTDOWN_LIMIT_NS,
		.console_bytes = CONSOLE_BYTES_MAX,
	};

	if (run->options->timeout_ns != 0) {
		limits.run_ns = run->options->timeout_ns;
		if (limits.boot_ns > run->options->timeout_ns)
			limits.boot_ns = run->options->timeout_ns;
	}
	return limits;
}

static struct vm_request request_of(const struct run *run, const struct kernel *kernel, const struct run_cell *cell,
				    const struct guest_files *files, const struct recorder_file *recorder,
				    const char *accel, struct progress *progress)
{
	const struct cell_limits *limits = &cell->record.limits;

	return (struct vm_request){
		.boot_script = files->boot_script,
		.kernel_dir = kernel->prepared_dir,
		.initramfs = files->initramfs,
		.recorder_file = recorder->path,
		.header = recorder->memory,
		.console_file = files->console,
		.error_file = files->error,
		.info_file = files->info,
		.cell = cell->record.scenario,
		.accel = accel,
		.cpu_count = run->options->cpu_count,
		.memory_mib = run->options->memory_mib,
		.device_count = cell->record.device_count,
		.boot_limit_ns = limits->boot_ns,
		.run_limit_ns = limits->run_ns,
		.silence_limit_ns = limits->silence_ns,
		.shutdown_limit_ns = limits->shutdown_ns,
		.console_bytes_max = limits->console_bytes,
		.wants_stop = interrupt_was_asked,
		.progress = progress_tick,
		.context = progress,
	};
}

/* One guest.  Its recorder is new: a second try must not find what the first one wrote. */
static int run_guest(const struct run *run, const struct run_scenario *source, const struct kernel *kernel,
		     struct run_cell *cell, const struct guest_files *files, const char *accel,
		     struct recorder_file *recorder, struct report_error *ret_error)
{
	struct cell_record *record = &cell->record;
	struct vm_outcome outcome;
	struct vm_request request;
	struct progress progress;
	char *label = NULL;
	char *info;
	size_t info_bytes;
	int r = recorder_file_create(run, source, cell->path, recorder, ret_error);

	if (r < 0)
		return r;
	if (asprintf(&label, "%s %s", kernel->release, record->scenario) < 0)
		return -ENOMEM;
	progress_start(&progress, label, recorder->memory, recorder->bytes, record->duration_ns);
	request = request_of(run, kernel, cell, files, recorder, accel, &progress);
	vm_run(&request, &outcome);
	progress_end(&progress);
	free(label);
	record->ending = outcome.ending;
	record->exit_status = outcome.exit_status;
	record->boot_ns = outcome.boot_ns;
	record->total_ns = outcome.total_ns;
	record->is_interrupted = interrupt_was_asked(NULL);
	r = cell_record_set(&record->ending_detail, outcome.detail);
	if (r == 0 && file_read(cell->path, "boot.info", INFO_BYTES_MAX, &info, &info_bytes, NULL) == 0) {
		r = cell_record_apply_boot_info(record, info, info_bytes);
		free(info);
	}
	if (r < 0)
		report_error_set(ret_error, "%s: %s", cell->path, strerror(-r));
	return r;
}

/* Did the guest end before it could do anything to the loop driver? */
static bool died_before_start(const struct run_cell *cell)
{
	enum ending ending = cell->record.ending;

	return cell->record.boot_ns == 0 && !cell->record.is_interrupted &&
	       (ending == ENDING_vanished || ending == ENDING_boot_timeout || ending == ENDING_killed);
}

/* A guest that does not come up under KVM gets its second try under TCG, unless the user insists on KVM. */
static const char *next_accel(const struct run *run, const struct run_cell *cell)
{
	const char *used = cell->record.qemu.accel;

	return used && strcmp(used, "kvm") == 0 && strcmp(run->options->accel, "auto") == 0 ? "tcg"
											    : run->options->accel;
}

static int run_with_retry(const struct run *run, const struct run_scenario *source, const struct kernel *kernel,
			  struct run_cell *cell, const struct guest_files *files, struct recorder_file *recorder,
			  struct report_error *ret_error)
{
	const char *accel = run->options->accel;

	for (int try = 1;; try++) {
		int r = run_guest(run, source, kernel, cell, files, accel, recorder, ret_error);

		if (r < 0 || try == BOOT_TRY_COUNT || !died_before_start(cell))
			return r;
		accel = next_accel(run, cell);
		fprintf(stderr, "looprace run: %s: the guest ended before the start marker (%s); trying once more%s\n",
			kernel->release, cell->record.ending_detail, accel == run->options->accel ? "" : " with tcg");
		recorder_file_remove(recorder);
	}
}

static int run_and_judge(const struct run *run, const struct run_scenario *source, const struct kernel *kernel,
			 struct run_cell *cell, const struct guest_files *files, struct report_error *ret_error)
{
	struct recorder_file recorder = { .path = NULL };
	int r = make_initramfs(run, kernel, files, ret_error);

	if (r == 0)
		r = run_with_retry(run, source, kernel, cell, files, &recorder, ret_error);
	remove_scratch(files);
	if (r == 0)
		r = run_cell_judge(cell, source, &recorder, ret_error);
	recorder_file_remove(&recorder);
	return r;
}

int run_cell_guest(const struct run *run, const struct run_scenario *source, const struct kernel *kernel,
		   struct run_cell *ret_cell, struct report_error *ret_error)
{
	struct guest_files files;
	struct run_cell cell;
	int r = run_cell_open(run, source, kernel, kernel->release, &cell, ret_error);

	if (r < 0)
		return r;
	cell.record.has_qemu = true;
	cell.record.cpu_count = run->options->cpu_count;
	cell.record.memory_mib = run->options->memory_mib;
	cell.record.limits = limits_of(run, source->scenario);
	r = guest_files_init(&files, run->paths, cell.path);
	if (r == 0) {
		r = run_and_judge(run, source, kernel, &cell, &files, ret_error);
		guest_files_fini(&files);
	} else {
		report_error_set(ret_error, "%s", strerror(-r));
	}
	if (r < 0) {
		run_cell_fini(&cell);
		return r;
	}
	*ret_cell = cell;
	return 0;
}
