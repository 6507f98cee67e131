/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runner: start one guest by vm/boot, watch it through the flight recorder, and end it, whatever happens.
 *
 * Here are only the system calls around two parts that can be tested alone: vm/child.c holds on to the process,
 * vm/watch.c decides.  The guest is watched through shared memory and the size of its log files, never by talking to
 * it, because a guest that is worth watching is one that may have stopped talking.  The words in the outcome are for
 * people; whoever decides something looks at the ending.
 */
#include "vm/runner.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vm/child.h"
#include "vm/watch.h"

#define PROGRESS_INTERVAL_NS 100000000ULL
#define ERROR_TAIL_BYTES     4096

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* --- the command line of vm/boot --- */

struct boot_command {
	char *argv[24];
	unsigned int count;
	char numbers[3][12];
	unsigned int number_count;
};

static void add_word(struct boot_command *command, const char *word)
{
	assert(command->count + 1 < sizeof(command->argv) / sizeof(command->argv[0]));
	/* execv() wants char *const *, but changes nothing. */
	command->argv[command->count++] = (char *)(uintptr_t)word;
	command->argv[command->count] = NULL;
}

static void add_option(struct boot_command *command, const char *option, const char *value)
{
	if (!value)
		return;
	add_word(command, option);
	add_word(command, value);
}

static void add_number(struct boot_command *command, const char *option, unsigned int value)
{
	char *text = command->numbers[command->number_count];

	if (value == 0)
		return;
	assert(command->number_count < sizeof(command->numbers) / sizeof(command->numbers[0]));
	command->number_count++;
	snprintf(text, sizeof(command->numbers[0]), "%u", value);
	add_option(command, option, text);
}

static void build_command(struct boot_command *command, const struct vm_request *request)
{
	*command = (struct boot_command){ 0 };
	add_word(command, request->boot_script);
	add_option(command, "--kernel-dir", request->kernel_dir);
	add_option(command, "--initramfs", request->initramfs);
	add_option(command, "--recorder", request->recorder_file);
	add_option(command, "--cell", request->cell);
	add_option(command, "--console", request->console_file);
	add_option(command, "--info", request->info_file);
	add_option(command, "--accel", request->accel);
	add_number(command, "--cpus", request->cpu_count);
	add_number(command, "--memory", request->memory_mib);
	add_number(command, "--devices", request->device_count);
}

/* --- what is seen from outside --- */

static uint64_t file_bytes(const char *path)
{
	struct stat stat_buffer;

	return path && stat(path, &stat_buffer) == 0 ? (uint64_t)stat_buffer.st_size : 0;
}

static void take_picture(const struct vm_request *request, struct watch_picture *ret_picture)
{
	struct recorder_header *header = request->header;
	uint64_t console_bytes = file_bytes(request->console_file);
	uint64_t error_bytes = file_bytes(request->error_file);

	*ret_picture = (struct watch_picture){
		/*
		 * acquire: pairs with the release in recorder_finish() and recorder_set_phase(), so that who sees the
		 * phase or the trailer also sees what was written before.  The heartbeat guards nothing.
		 */
		.has_trailer =
			atomic_load_explicit(&header->trailer_magic, memory_order_acquire) == RECORDER_TRAILER_MAGIC,
		.phase = atomic_load_explicit(&header->phase, memory_order_acquire),
		.heartbeat = atomic_load_explicit(&header->heartbeat, memory_order_relaxed),
		.log_bytes = console_bytes > error_bytes ? console_bytes : error_bytes,
		.wants_stop = request->wants_stop && request->wants_stop(request->context),
		.now_ns = now_ns(),
	};
}

/* The last line with something in it of what vm/boot and QEMU said, or "". */
static void read_last_error(const struct vm_request *request, char *line, size_t line_bytes)
{
	char tail[ERROR_TAIL_BYTES + 1] = "";
	uint64_t size_bytes = file_bytes(request->error_file);
	int fd = open(request->error_file, O_RDONLY | O_CLOEXEC);
	char *start, *end;
	ssize_t n;

	line[0] = '\0';
	if (fd < 0)
		return;
	n = pread(fd, tail, ERROR_TAIL_BYTES,
		  size_bytes > ERROR_TAIL_BYTES ? (off_t)(size_bytes - ERROR_TAIL_BYTES) : 0);
	close(fd);
	if (n <= 0)
		return;
	for (end = tail + n; end > tail && (unsigned char)end[-1] <= ' '; end--)
		;
	*end = '\0';
	start = memrchr(tail, '\n', (size_t)(end - tail));
	start = start ? start + 1 : tail;
	for (char *c = start; c < end; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	snprintf(line, line_bytes, "%s", start);
}

/* --- the words of the outcome --- */

static void append(char *text, size_t text_bytes, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void append(char *text, size_t text_bytes, const char *format, ...)
{
	size_t used_bytes = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + used_bytes, text_bytes - used_bytes, format, arguments);
	va_end(arguments);
}

static void append_status(char *text, size_t text_bytes, int status)
{
	const char *name;

	if (WIFSIGNALED(status)) {
		name = sigabbrev_np(WTERMSIG(status));
		append(text, text_bytes, "signal %d (SIG%s)", WTERMSIG(status), name ? name : "?");
	} else {
		append(text, text_bytes, "exit status %d", WEXITSTATUS(status));
	}
}

static double seconds(uint64_t duration_ns)
{
	return (double)duration_ns / 1e9;
}

/* What happened to a guest that QEMU itself ended, with QEMU's own words where it has any. */
static void describe_own_end(const struct vm_request *request, const struct watch_picture *picture,
			     struct vm_outcome *outcome)
{
	char *text = outcome->detail;
	char error[160];

	if (outcome->ending != ENDING_not_started)
		append(text, sizeof(outcome->detail), "ended in phase %s, %s, %.1f s after the start, ",
		       recorder_phase_name(picture->phase),
		       picture->has_trailer ? "with a trailer" : "without a trailer", seconds(outcome->total_ns));
	append_status(text, sizeof(outcome->detail), outcome->exit_status);
	/* On a good end QEMU's standard error holds at most warnings. */
	if (outcome->exit_status == 0)
		return;
	read_last_error(request, error, sizeof(error));
	if (error[0] == '\0')
		append(text, sizeof(outcome->detail), ", with no message");
	else if (outcome->ending == ENDING_not_started)
		snprintf(text, sizeof(outcome->detail), "%s", error);
	else
		append(text, sizeof(outcome->detail), ": %s", error);
}

static void describe(const struct vm_request *request, const struct watch_picture *picture, struct vm_outcome *outcome)
{
	char *text = outcome->detail;
	const size_t text_bytes = sizeof(outcome->detail);
	const char *phase = recorder_phase_name(picture->phase);

	switch (outcome->ending) {
	case ENDING_boot_timeout:
		append(text, text_bytes, "no start marker within %.1f s, phase %s", seconds(request->boot_limit_ns),
		       phase);
		break;
	case ENDING_silent:
		append(text, text_bytes, "no heartbeat for %.1f s in phase %s, %.1f s after the start",
		       seconds(request->silence_limit_ns), phase, seconds(outcome->total_ns));
		break;
	case ENDING_run_timeout:
		append(text, text_bytes, "no trailer within %.1f s after the boot, phase %s",
		       seconds(request->run_limit_ns), phase);
		break;
	case ENDING_shutdown_timeout:
		append(text, text_bytes, "not off within %.1f s after the trailer",
		       seconds(request->shutdown_limit_ns));
		break;
	case ENDING_console_flood:
		append(text, text_bytes, "%" PRIu64 " bytes of log, the limit is %" PRIu64 ", phase %s",
		       picture->log_bytes, request->console_bytes_max, phase);
		break;
	case ENDING_interrupted:
		append(text, text_bytes, "stopped by the user in phase %s, %s, %.1f s after the start", phase,
		       picture->has_trailer ? "with a trailer" : "killed after the grace time",
		       seconds(outcome->total_ns));
		break;
	case ENDING_finished:
	case ENDING_vanished:
	case ENDING_killed:
	case ENDING_not_started:
		describe_own_end(request, picture, outcome);
		break;
	case ENDING_abandoned:
	case ENDING_COUNT:
		assert(false);
		break;
	}
}

/* --- the run --- */

/* Also after the end: a guest may boot and vanish between two looks, and whoever reads 0 must be right. */
static void note_boot(const struct watch_picture *picture, uint64_t started_ns, struct vm_outcome *outcome)
{
	if (outcome->boot_ns == 0 && (picture->phase >= RECORDER_PHASE_setup || picture->has_trailer))
		outcome->boot_ns = picture->now_ns - started_ns;
}

/* Until the guest has ended or must be killed; true: must be killed, and *ret_ending was written. */
static bool watch_guest(const struct vm_request *request, const struct child *child, uint64_t started_ns,
			struct watch *watch, struct watch_picture *ret_picture, struct vm_outcome *outcome)
{
	uint64_t progress_ns = started_ns;

	watch_start(request, started_ns, watch);
	while (!child_has_ended(child, watch_pause_ns(watch))) {
		take_picture(request, ret_picture);
		/* release: pairs with the acquire in the guest's supervisor, which ends early when it sees it. */
		if (ret_picture->wants_stop && !watch->stop_ns)
			atomic_store_explicit(&request->header->stop_request, 1, memory_order_release);
		note_boot(ret_picture, started_ns, outcome);
		if (watch_look(watch, ret_picture, &outcome->ending))
			return true;
		if (request->progress && ret_picture->now_ns - progress_ns >= PROGRESS_INTERVAL_NS) {
			progress_ns = ret_picture->now_ns;
			request->progress(request->context);
		}
	}
	return false;
}

static int start_guest(const struct vm_request *request, struct child *ret_child, struct vm_outcome *outcome)
{
	struct boot_command command;
	const char *culprit = request->error_file;
	int error_fd, r;

	build_command(&command, request);
	error_fd = open(request->error_file, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	if (error_fd < 0) {
		r = -errno;
	} else {
		culprit = request->boot_script;
		r = child_start(command.argv, error_fd, error_fd, ret_child);
		close(error_fd);
	}
	if (r < 0)
		snprintf(outcome->detail, sizeof(outcome->detail), "%s: %s", culprit, strerrordesc_np(-r));
	return r;
}

int vm_run(const struct vm_request *request, struct vm_outcome *ret_outcome)
{
	struct vm_outcome outcome = { .ending = ENDING_not_started };
	struct watch_picture picture;
	struct child child = CHILD_NONE;
	struct watch watch;
	uint64_t started_ns = now_ns();
	bool was_killed;
	int r;

	assert(request->boot_script && request->error_file && request->header);
	r = start_guest(request, &child, &outcome);
	if (r < 0) {
		*ret_outcome = outcome;
		return r;
	}

	was_killed = watch_guest(request, &child, started_ns, &watch, &picture, &outcome);
	outcome.exit_status = child_reap(&child);
	outcome.total_ns = now_ns() - started_ns;
	/* It may have ended by itself just before our signal came: then that is what happened. */
	if (!was_killed || !WIFSIGNALED(outcome.exit_status)) {
		/* Once more: the guest may have written a lot since the latest look. */
		take_picture(request, &picture);
		note_boot(&picture, started_ns, &outcome);
		outcome.ending = watch_ended(&watch, &picture, outcome.exit_status);
	}
	describe(request, &picture, &outcome);
	*ret_outcome = outcome;
	return 0;
}
