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

#include "harness/engine/clock.h"
#include "harness/engine/engine.h"
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

/* A cell on its way through one guest or two. */
struct guest_run {
	const struct run *run;
	const struct run_scenario *source;
	const struct kernel *kernel;
	struct run_cell *cell;
	struct guest_files files;
	struct recorder_file recorder;
	const char *accel;
	uint64_t deadline_ns; /* by --timeout; 0: none */
	struct progress progress;
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

/* The script itself says what is wrong. */
static int make_initramfs(const struct guest_run *guest, struct report_error *ret_error)
{
	char *script;
	char *line;
	int r;

	if (asprintf(&script, "%s/make-initramfs", guest->run->paths->vm_dir) < 0)
		return -ENOMEM;
	r = script_run((char *const[]){ script, guest->run->paths->guest_binary, guest->kernel->prepared_dir,
					guest->files.initramfs, NULL },
		       interrupt_was_asked, NULL, &line);
	if (r == 0)
		free(line);
	else if (r > 0 || r == -ECANCELED)
		report_error_set(ret_error, "%s", "");
	else
		report_error_set(ret_error, "%s: %s", script, strerror(-r));
	free(script);
	return r > 0 ? -EIO : r;
}

/* Limits of a kernel; instrumented: one that is slow by a multiple. */
static struct cell_limits limits_of(const struct run *run, const struct scenario *scenario, bool is_instrumented)
{
	uint64_t factor = is_instrumented ? CELL_SLOW_LIMIT_FACTOR : 1;
	uint64_t run_ns = scenario->duration_ns != 0 ? scenario->duration_ns : ROUNDS_LIMIT_NS;
	struct cell_limits limits = {
		.boot_ns = factor * BOOT_LIMIT_NS,
		.run_ns =
			run_ns + factor * SETUP_LIMIT_NS + 3 * scenario->call_limit_ns + ENGINE_TEARDOWN_CALL_LIMIT_NS,
		.silence_ns = factor * SILENCE_LIMIT_NS,
		.shutdown_ns = factor * SHUTDOWN_LIMIT_NS,
		.console_bytes = CONSOLE_BYTES_MAX,
	};

	if (run->options->timeout_ns != 0 && run->options->timeout_ns < limits.boot_ns)
		limits.boot_ns = run->options->timeout_ns;
	return limits;
}

/* The user's own limit says nothing about the kernel: it ends a guest as Ctrl-C does. */
static bool is_timeout_over(const struct guest_run *guest)
{
	return guest->deadline_ns != 0 && clock_now_ns() >= guest->deadline_ns;
}

static bool wants_stop(void *context)
{
	return interrupt_was_asked(NULL) || is_timeout_over(context);
}

static void show_progress(void *context)
{
	struct guest_run *guest = context;

	if (!guest->run->is_quiet)
		progress_tick(&guest->progress);
}

static struct vm_request request_of(struct guest_run *guest)
{
	const struct options *options = guest->run->options;
	const struct guest_files *files = &guest->files;
	const struct cell_record *record = &guest->cell->record;

	return (struct vm_request){
		.boot_script = files->boot_script,
		.kernel_dir = guest->kernel->prepared_dir,
		.initramfs = files->initramfs,
		.recorder_file = guest->recorder.path,
		.header = guest->recorder.memory,
		.console_file = files->console,
		.error_file = files->error,
		.info_file = files->info,
		.cell = record->scenario,
		.accel = guest->accel,
		.cpu_count = options->cpu_count,
		.memory_mib = options->memory_mib,
		.device_count = record->device_count,
		.boot_limit_ns = record->limits.boot_ns,
		.run_limit_ns = record->limits.run_ns,
		.silence_limit_ns = record->limits.silence_ns,
		.shutdown_limit_ns = record->limits.shutdown_ns,
		.console_bytes_max = record->limits.console_bytes,
		.wants_stop = wants_stop,
		.progress = show_progress,
		.context = guest,
	};
}

static int store_outcome(const struct guest_run *guest, const struct vm_outcome *outcome)
{
	struct cell_record *record = &guest->cell->record;
	bool is_by_timeout = outcome->ending == ENDING_interrupted && !interrupt_was_asked(NULL);
	char detail[sizeof(outcome->detail) + 32];
	char *info;
	size_t info_bytes;
	int r;

	record->ending = outcome->ending;
	record->exit_status = outcome->exit_status;
	record->boot_ns = outcome->boot_ns;
	record->total_ns = outcome->total_ns;
	record->is_interrupted = interrupt_was_asked(NULL);
	snprintf(detail, sizeof(detail), "%s%s", is_by_timeout ? "--timeout was over: " : "", outcome->detail);
	r = cell_record_set(&record->ending_detail, detail);
	if (r == 0 && file_read(guest->cell->path, "boot.info", INFO_BYTES_MAX, &info, &info_bytes, NULL) == 0) {
		r = cell_record_apply_boot_info(record, info, info_bytes);
		free(info);
	}
	return r;
}

static int run_guest(struct guest_run *guest, struct report_error *ret_error)
{
	const struct cell_record *record = &guest->cell->record;
	struct vm_outcome outcome;
	struct vm_request request;
	char *label = NULL;
	int r;

	if (asprintf(&label, "%s %s", guest->kernel->identity.release, record->scenario) < 0)
		return -ENOMEM;
	progress_start(&guest->progress, label, guest->recorder.memory, guest->recorder.bytes, record->duration_ns);
	request = request_of(guest);
	vm_run(&request, &outcome);
	progress_end(&guest->progress);
	free(label);
	r = store_outcome(guest, &outcome);
	if (r < 0)
		report_error_set(ret_error, "%s: %s", guest->cell->path, strerror(-r));
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
static const char *next_accel(const struct guest_run *guest)
{
	const char *used = guest->cell->record.qemu.accel;
	const char *asked = guest->run->options->accel;

	return used && strcmp(used, "kvm") == 0 && strcmp(asked, "auto") == 0 ? "tcg" : asked;
}

/* The recorder of a second try is new: it must not find what the first one wrote. */
static int run_with_retry(struct guest_run *guest, struct report_error *ret_error)
{
	for (int try = 1;; try++) {
		int r = run_guest(guest, ret_error);

		if (r < 0 || try == BOOT_TRY_COUNT || !died_before_start(guest->cell) || is_timeout_over(guest))
			return r;
		guest->accel = next_accel(guest);
		fprintf(stderr, "looprace run: %s: the guest ended before the start marker (%s); trying once more%s\n",
			guest->kernel->identity.release, guest->cell->record.ending_detail,
			guest->accel == guest->run->options->accel ? "" : " with tcg");
		recorder_file_remove(&guest->recorder);
		r = recorder_file_create(guest->run, guest->source, guest->cell, &guest->recorder, ret_error);
		if (r < 0)
			return r;
	}
}

static int run_and_judge(struct guest_run *guest, struct report_error *ret_error)
{
	int r = run_with_retry(guest, ret_error);

	remove_scratch(&guest->files);
	if (r == 0)
		r = run_cell_judge(guest->cell, guest->source, &guest->recorder, ret_error);
	recorder_file_close(&guest->recorder);
	return r;
}

static int make_files(struct guest_run *guest, struct report_error *ret_error)
{
	int r = recorder_file_create(guest->run, guest->source, guest->cell, &guest->recorder, ret_error);

	if (r < 0)
		return r;
	r = make_initramfs(guest, ret_error);
	if (r < 0)
		recorder_file_remove(&guest->recorder);
	return r;
}

static void describe_machine(const struct run *run, const struct run_scenario *source, struct cell_record *record)
{
	record->has_qemu = true;
	record->cpu_count = run->options->cpu_count;
	record->memory_mib = run->options->memory_mib;
	record->limits = limits_of(run, source->scenario, record->kernel.instrumented != NULL);
}

/* For a judge that holds a long history against a model on a busy machine. */
#define JUDGE_LIMIT_NS (600 * SECOND_NS)

uint64_t run_cell_limit_ns(const struct run *run, const struct run_scenario *source)
{
	struct cell_limits limits = limits_of(run, source->scenario, true);

	return BOOT_TRY_COUNT * (limits.boot_ns + limits.run_ns + limits.shutdown_ns) + JUDGE_LIMIT_NS;
}

int run_cell_guest(const struct run *run, const struct run_scenario *source, const struct kernel *kernel,
		   struct run_cell *cell, struct report_error *ret_error)
{
	uint64_t timeout_ns = run->options->timeout_ns;
	struct guest_run guest = {
		.run = run,
		.source = source,
		.kernel = kernel,
		.cell = cell,
		.accel = run->options->accel,
		.deadline_ns = timeout_ns != 0 ? clock_now_ns() + timeout_ns : 0,
	};
	int r = guest_files_init(&guest.files, run->paths, cell->path);

	describe_machine(run, source, &cell->record);
	if (r < 0)
		report_error_set(ret_error, "%s", strerror(-r));
	else
		r = make_files(&guest, ret_error);
	if (r < 0) {
		guest_files_fini(&guest.files);
		return run_cell_refuse(cell, r);
	}
	r = run_and_judge(&guest, ret_error);
	guest_files_fini(&guest.files);
	return r < 0 ? run_cell_fail(cell, r, ret_error) : 0;
}
