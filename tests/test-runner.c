/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runner without QEMU: this binary also plays vm/boot and the guest.  When its first argument is one of vm/boot's,
 * it acts a part instead of running tests; the part is the word that a real guest would read as its cell.  The limits
 * are tested in the watch, which has no clock; the runs with a played guest test that each ending really is reached,
 * that the words fit, and that no process is left.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vm/runner.h"
#include "vm/watch.h"

#define RECORDER_BYTES 4096
#define MS_NS	       1000000ULL
#define LONG_LIMIT_NS  (100 * 1000 * MS_NS)
#define SHORT_LIMIT_NS (300 * MS_NS)
/* No test needs it; it bounds what a failing test can leave behind. */
#define ACTOR_LIFE_S 60
#define INHERITED_FD 100

/* --- the played guest --- */

struct stage {
	struct recorder_header *header;
	int console_fd;
};

static void beat_once(const struct stage *stage)
{
	atomic_fetch_add(&stage->header->heartbeat, 1);
	poll(NULL, 0, 5);
}

static void set_phase(const struct stage *stage, enum recorder_phase phase)
{
	atomic_store(&stage->header->phase, phase);
}

static void write_trailer(const struct stage *stage)
{
	set_phase(stage, RECORDER_PHASE_done);
	atomic_store(&stage->header->trailer_magic, RECORDER_TRAILER_MAGIC);
}

static _Noreturn void hang(void)
{
	for (;;)
		pause();
}

static void play_finish(const struct stage *stage)
{
	for (int i = 0; i < 10; i++)
		beat_once(stage);
	write_trailer(stage);
}

static void play_vanish(const struct stage *stage)
{
	beat_once(stage);
}

static void play_fail_late(const struct stage *stage)
{
	fprintf(stderr, "qemu-system-x86_64: something is wrong\n");
	_exit(1);
}

static void play_killed(const struct stage *stage)
{
	raise(SIGKILL);
}

static void play_no_boot(const struct stage *stage)
{
	hang();
}

static void play_silent(const struct stage *stage)
{
	hang();
}

static void play_endless(const struct stage *stage)
{
	signal(SIGTERM, SIG_IGN);
	for (;;)
		beat_once(stage);
}

static void play_stays_on(const struct stage *stage)
{
	signal(SIGTERM, SIG_IGN);
	write_trailer(stage);
	hang();
}

static void play_flood(const struct stage *stage)
{
	static const char line[] = "[    1.000000] loop: the same again and again\n";

	for (;;) {
		for (int i = 0; i < 100; i++)
			if (write(stage->console_fd, line, sizeof(line) - 1) < 0)
				_exit(1);
		beat_once(stage);
	}
}

static void play_refuse(const struct stage *stage)
{
	fprintf(stderr, "a first line\nvm/boot: no QEMU is installed;\tinstall qemu-system-x86\n\n");
	_exit(2);
}

static void play_refuse_quietly(const struct stage *stage)
{
	_exit(2);
}

static void play_obey(const struct stage *stage)
{
	while (atomic_load(&stage->header->stop_request) == 0)
		beat_once(stage);
	write_trailer(stage);
}

static void play_panic_when_asked(const struct stage *stage)
{
	while (atomic_load(&stage->header->stop_request) == 0)
		beat_once(stage);
}

/* Ends well, but a process that it started stays. */
static void play_leave_behind(const struct stage *stage)
{
	pid_t pid = fork();

	if (pid == 0)
		hang();
	atomic_store(&stage->header->end_ns, (uint64_t)pid);
	write_trailer(stage);
}

/* Copies into the console what the child inherited. */
static void play_report_itself(const struct stage *stage)
{
	char line[256];
	FILE *status = fopen("/proc/self/status", "re");

	while (status && fgets(line, sizeof(line), status))
		if (strncmp(line, "Sig", 3) == 0)
			dprintf(stage->console_fd, "%s", line);
	dprintf(stage->console_fd, "inherited %s\n", fcntl(INHERITED_FD, F_GETFD) < 0 ? "no" : "yes");
	dprintf(stage->console_fd, "leads %s\n", getpgrp() == getpid() ? "yes" : "no");
	dprintf(stage->console_fd, "input %zd\n", read(STDIN_FILENO, line, 1));
	write_trailer(stage);
}

static const struct part {
	const char *name;
	enum recorder_phase phase; /* that it has reached when it starts */
	void (*play)(const struct stage *stage);
} parts[] = {
	{ "finish", RECORDER_PHASE_run, play_finish },
	{ "vanish", RECORDER_PHASE_run, play_vanish },
	{ "fail_late", RECORDER_PHASE_run, play_fail_late },
	{ "killed", RECORDER_PHASE_run, play_killed },
	{ "no_boot", RECORDER_PHASE_boot, play_no_boot },
	{ "silent", RECORDER_PHASE_run, play_silent },
	{ "endless", RECORDER_PHASE_run, play_endless },
	{ "stays_on", RECORDER_PHASE_run, play_stays_on },
	{ "flood", RECORDER_PHASE_run, play_flood },
	{ "refuse", RECORDER_PHASE_formatted, play_refuse },
	{ "refuse_quietly", RECORDER_PHASE_formatted, play_refuse_quietly },
	{ "obey", RECORDER_PHASE_run, play_obey },
	{ "panic_when_asked", RECORDER_PHASE_run, play_panic_when_asked },
	{ "leave_behind", RECORDER_PHASE_run, play_leave_behind },
	{ "report_itself", RECORDER_PHASE_run, play_report_itself },
};

static const char *option(int argc, char **argv, const char *name)
{
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return argv[i + 1];
	return "";
}

/* Before main(): glibc passes the arguments to constructors. */
__attribute__((constructor)) static void play(int argc, char **argv)
{
	struct stage stage = { 0 };
	const char *cell;
	int fd;

	if (argc < 2 || strcmp(argv[1], "--kernel-dir") != 0)
		return;
	alarm(ACTOR_LIFE_S);
	cell = option(argc, argv, "--cell");
	fd = open(option(argc, argv, "--recorder"), O_RDWR | O_CLOEXEC);
	stage.console_fd = open(option(argc, argv, "--console"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	stage.header = mmap(NULL, RECORDER_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd < 0 || stage.console_fd < 0 || stage.header == MAP_FAILED)
		_exit(3);
	/* The guest's clock is nobody's business here: this field tells the test whom to look for afterwards. */
	atomic_store(&stage.header->start_ns, (uint64_t)getpid());
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(parts[i].name, cell) == 0) {
			set_phase(&stage, parts[i].phase);
			parts[i].play(&stage);
			_exit(0);
		}
	_exit(4);
}

/* --- fixture: a request for a played guest, with limits that no test reaches by accident --- */

static char directory[64];
static char self_path[4096];
static char recorder_path[128], console_path[128], error_path[128], script_path[128];
static struct recorder_header *header;
static struct vm_request request;
static struct vm_outcome outcome;

static void set_up(void)
{
	ssize_t n = readlink("/proc/self/exe", self_path, sizeof(self_path) - 1);
	int fd;

	ck_assert(n > 0);
	self_path[n] = '\0';
	snprintf(directory, sizeof(directory), "/tmp/looprace-test-runner-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(recorder_path, sizeof(recorder_path), "%s/recorder", directory);
	snprintf(console_path, sizeof(console_path), "%s/console", directory);
	snprintf(error_path, sizeof(error_path), "%s/error", directory);
	snprintf(script_path, sizeof(script_path), "%s/boot", directory);
	fd = open(recorder_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, RECORDER_BYTES), 0);
	header = mmap(NULL, RECORDER_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(header, MAP_FAILED);
	close(fd);
	memset(&outcome, 0xa5, sizeof(outcome));
	request = (struct vm_request){
		.boot_script = self_path,
		.kernel_dir = "/nonexistent/kernel",
		.initramfs = "/nonexistent/initramfs",
		.recorder_file = recorder_path,
		.header = header,
		.console_file = console_path,
		.error_file = error_path,
		.cpu_count = 2,
		.memory_mib = 256,
		.boot_limit_ns = LONG_LIMIT_NS,
		.run_limit_ns = LONG_LIMIT_NS,
		.silence_limit_ns = LONG_LIMIT_NS,
		.shutdown_limit_ns = LONG_LIMIT_NS,
		.console_bytes_max = 1 << 20,
	};
}

static void tear_down(void)
{
	munmap(header, RECORDER_BYTES);
	unlink(recorder_path);
	unlink(console_path);
	unlink(error_path);
	unlink(script_path);
	rmdir(directory);
}

/* A dead process that init has not reaped yet counts as gone: a pidfd tells the two apart, kill() does not. */
static void assert_gone(uint64_t pid)
{
	struct pollfd pollfd = { .events = POLLIN };

	ck_assert_uint_gt(pid, 0);
	pollfd.fd = pidfd_open((pid_t)pid, 0);
	if (pollfd.fd < 0) {
		ck_assert_int_eq(errno, ESRCH);
		return;
	}
	ck_assert_msg(poll(&pollfd, 1, 0) == 1, "process %d still runs", (int)pid);
	close(pollfd.fd);
}

/* Runs a part and checks what holds after every run. */
static void run_part(const char *part)
{
	request.cell = part;
	ck_assert_int_eq(vm_run(&request, &outcome), 0);
	assert_gone(atomic_load(&header->start_ns));
	ck_assert_msg(outcome.detail[0] != '\0', "no detail");
	ck_assert_ptr_null(strchr(outcome.detail, '\n'));
	ck_assert_uint_gt(outcome.total_ns, 0);
}

static void assert_ending(enum ending ending)
{
	ck_assert_msg(outcome.ending == ending, "ending %d, not %d: %s", outcome.ending, ending, outcome.detail);
}

static void assert_detail(const char *words)
{
	ck_assert_msg(strstr(outcome.detail, words) != NULL, "'%s' lacks '%s'", outcome.detail, words);
}

static void assert_file_has(const char *path, const char *words)
{
	char text[8192] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(read(fd, text, sizeof(text) - 1), 0);
	close(fd);
	ck_assert_msg(strstr(text, words) != NULL, "%s lacks '%s'", path, words);
}

/* --- each ending, with a played guest --- */

START_TEST(guest_with_trailer_is_finished)
{
	run_part("finish");
	assert_ending(ENDING_finished);
	ck_assert_int_eq(outcome.exit_status, 0);
	assert_detail("with a trailer");
}
END_TEST

START_TEST(guest_without_trailer_has_vanished)
{
	run_part("vanish");
	assert_ending(ENDING_vanished);
	ck_assert_msg(outcome.boot_ns > 0, "it had booted, if only for less than the time between two looks");
	assert_detail("phase run");
	assert_detail("without a trailer");
}
END_TEST

START_TEST(emulator_error_in_mid_run_is_vanished_with_its_words)
{
	run_part("fail_late");
	assert_ending(ENDING_vanished);
	assert_detail("exit status 1");
	assert_detail("something is wrong");
}
END_TEST

START_TEST(foreign_signal_is_killed)
{
	run_part("killed");
	assert_ending(ENDING_killed);
	assert_detail("SIGKILL");
	ck_assert(WIFSIGNALED(outcome.exit_status));
}
END_TEST

START_TEST(guest_that_never_boots_is_boot_timeout)
{
	request.boot_limit_ns = SHORT_LIMIT_NS;
	request.cell = "no_boot";
	ck_assert_int_eq(vm_run(&request, &outcome), 0);
	assert_ending(ENDING_boot_timeout);
	ck_assert_uint_eq(outcome.boot_ns, 0);
}
END_TEST

START_TEST(guest_without_heartbeat_is_silent)
{
	request.silence_limit_ns = SHORT_LIMIT_NS;
	run_part("silent");
	assert_ending(ENDING_silent);
	assert_detail("phase run");
	ck_assert_uint_gt(outcome.boot_ns, 0);
}
END_TEST

START_TEST(guest_that_never_ends_is_run_timeout)
{
	request.run_limit_ns = SHORT_LIMIT_NS;
	run_part("endless");
	assert_ending(ENDING_run_timeout);
}
END_TEST

START_TEST(guest_that_stays_on_is_shutdown_timeout)
{
	request.shutdown_limit_ns = SHORT_LIMIT_NS;
	run_part("stays_on");
	assert_ending(ENDING_shutdown_timeout);
}
END_TEST

START_TEST(guest_that_floods_the_console_is_ended)
{
	run_part("flood");
	assert_ending(ENDING_console_flood);
	assert_detail("1048576");
}
END_TEST

START_TEST(emulator_that_refuses_is_not_started_with_its_last_line)
{
	run_part("refuse");
	assert_ending(ENDING_not_started);
	ck_assert_str_eq(outcome.detail, "vm/boot: no QEMU is installed; install qemu-system-x86");
	ck_assert_uint_eq(outcome.boot_ns, 0);
}
END_TEST

START_TEST(emulator_that_refuses_without_words_is_not_started_with_its_status)
{
	run_part("refuse_quietly");
	assert_ending(ENDING_not_started);
	assert_detail("exit status 2, with no message");
}
END_TEST

START_TEST(missing_boot_script_is_an_error_that_names_it)
{
	request.boot_script = "/nonexistent/boot";
	ck_assert_int_eq(vm_run(&request, &outcome), -ENOENT);
	assert_ending(ENDING_not_started);
	ck_assert_str_eq(outcome.detail, "/nonexistent/boot: No such file or directory");
}
END_TEST

START_TEST(unwritable_error_file_is_an_error_that_names_it)
{
	request.error_file = "/nonexistent/error";
	ck_assert_int_eq(vm_run(&request, &outcome), -ENOENT);
	assert_ending(ENDING_not_started);
	ck_assert_str_eq(outcome.detail, "/nonexistent/error: No such file or directory");
}
END_TEST

/* --- stopping --- */

struct stopper {
	unsigned int progress_count;
	unsigned int stop_after_count;
};

static void count_progress(void *context)
{
	((struct stopper *)context)->progress_count++;
}

static bool stop_after_progress(void *context)
{
	struct stopper *stopper = context;

	return stopper->progress_count >= stopper->stop_after_count;
}

static void run_and_stop(const char *part)
{
	struct stopper stopper = { .stop_after_count = 3 };

	request.wants_stop = stop_after_progress;
	request.progress = count_progress;
	request.context = &stopper;
	run_part(part);
	ck_assert_uint_ge(stopper.progress_count, 3);
}

START_TEST(guest_that_obeys_a_stop_is_interrupted_with_its_trailer)
{
	run_and_stop("obey");
	assert_ending(ENDING_interrupted);
	assert_detail("with a trailer");
	ck_assert_int_eq(outcome.exit_status, 0);
}
END_TEST

START_TEST(guest_that_ignores_a_stop_is_killed_after_the_grace_time)
{
	run_and_stop("endless");
	assert_ending(ENDING_interrupted);
	assert_detail("killed after the grace time");
	ck_assert(WIFSIGNALED(outcome.exit_status));
}
END_TEST

START_TEST(guest_that_panics_while_stopping_has_vanished)
{
	run_and_stop("panic_when_asked");
	assert_ending(ENDING_vanished);
}
END_TEST

/* --- the child --- */

START_TEST(grandchildren_are_ended_too)
{
	run_part("leave_behind");
	assert_ending(ENDING_finished);
	assert_gone(atomic_load(&header->end_ns));
}
END_TEST

START_TEST(child_inherits_neither_signals_nor_descriptors_nor_input)
{
	int input_fds[2];
	sigset_t set;

	ck_assert_int_eq(pipe(input_fds), 0);
	ck_assert_int_eq(write(input_fds[1], "x", 1), 1);
	ck_assert_int_eq(dup2(input_fds[0], STDIN_FILENO), STDIN_FILENO);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	signal(SIGUSR1, SIG_IGN);
	ck_assert_int_eq(dup2(STDERR_FILENO, INHERITED_FD), INHERITED_FD);
	run_part("report_itself");
	assert_ending(ENDING_finished);
	assert_file_has(console_path, "SigBlk:\t0000000000000000");
	assert_file_has(console_path, "SigIgn:\t0000000000000000");
	assert_file_has(console_path, "inherited no");
	assert_file_has(console_path, "leads yes");
	assert_file_has(console_path, "input 0");
}
END_TEST

START_TEST(guest_dies_with_its_runner)
{
	struct pollfd pollfd = { .events = POLLIN };
	pid_t runner = fork();

	request.cell = "endless";
	if (runner == 0) {
		vm_run(&request, &outcome);
		_exit(0);
	}
	while (atomic_load(&header->start_ns) == 0)
		poll(NULL, 0, 5);
	pollfd.fd = pidfd_open((pid_t)atomic_load(&header->start_ns), 0);
	ck_assert_int_ge(pollfd.fd, 0);
	ck_assert_int_eq(poll(&pollfd, 1, 0), 0);
	ck_assert_int_eq(kill(runner, SIGKILL), 0);
	ck_assert_int_eq(waitpid(runner, NULL, 0), runner);
	/* The bound is far below ACTOR_LIFE_S, at which the actor would end by itself. */
	ck_assert_msg(poll(&pollfd, 1, 20000) == 1, "the guest outlived its runner");
	close(pollfd.fd);
}
END_TEST

START_TEST(boot_script_gets_the_whole_request)
{
	FILE *script = fopen(script_path, "we");

	ck_assert_ptr_nonnull(script);
	fprintf(script, "#!/bin/sh\nprintf '<%%s>' \"$@\"\nexit 1\n");
	ck_assert_int_eq(fchmod(fileno(script), 0700), 0);
	fclose(script);
	request.boot_script = script_path;
	request.kernel_dir = "a kernel";
	request.initramfs = "b";
	request.recorder_file = "c";
	request.cell = "d";
	request.console_file = "e";
	request.info_file = "f";
	request.accel = "tcg";
	request.device_count = 4;
	ck_assert_int_eq(vm_run(&request, &outcome), 0);
	assert_ending(ENDING_not_started);
	assert_file_has(error_path, "<--kernel-dir><a kernel><--initramfs><b><--recorder><c><--cell><d><--console><e>"
				    "<--info><f><--accel><tcg><--cpus><2><--memory><256><--devices><4>");
}
END_TEST

/* --- the watch: limits without a clock --- */

static struct watch watch;
static struct watch_picture seen;
static enum ending limit_ending;

static void set_up_watch(void)
{
	request = (struct vm_request){
		.boot_limit_ns = 10000 * MS_NS,
		.run_limit_ns = 20000 * MS_NS,
		.silence_limit_ns = 3000 * MS_NS,
		.shutdown_limit_ns = 4000 * MS_NS,
		.console_bytes_max = 1000,
	};
	seen = (struct watch_picture){ .now_ns = 5 };
	limit_ending = ENDING_COUNT;
	watch_start(&request, seen.now_ns, &watch);
}

/* Looks every 100 ms; false: a limit was hit before all of the time was over. */
static bool pass_ms(unsigned int duration_ms, bool beats)
{
	for (unsigned int ms = 0; ms < duration_ms; ms += 100) {
		seen.now_ns += 100 * MS_NS;
		seen.heartbeat += beats;
		if (watch_look(&watch, &seen, &limit_ending))
			return false;
	}
	return true;
}

START_TEST(boot_limit_ends_at_phase_setup)
{
	seen.phase = RECORDER_PHASE_boot;
	ck_assert(pass_ms(9900, false));
	seen.phase = RECORDER_PHASE_setup;
	ck_assert(pass_ms(15000, true));

	set_up_watch();
	seen.phase = RECORDER_PHASE_boot;
	ck_assert(!pass_ms(10200, true));
	ck_assert_int_eq(limit_ending, ENDING_boot_timeout);
}
END_TEST

START_TEST(run_limit_starts_at_phase_setup_and_ends_at_the_trailer)
{
	ck_assert(pass_ms(5000, false));
	seen.phase = RECORDER_PHASE_run;
	ck_assert(pass_ms(20000, true));
	ck_assert(!pass_ms(300, true));
	ck_assert_int_eq(limit_ending, ENDING_run_timeout);

	set_up_watch();
	seen.phase = RECORDER_PHASE_run;
	ck_assert(pass_ms(19000, true));
	seen.has_trailer = true;
	ck_assert(pass_ms(3900, false));
}
END_TEST

START_TEST(shutdown_limit_starts_at_the_trailer)
{
	seen.phase = RECORDER_PHASE_done;
	seen.has_trailer = true;
	ck_assert(pass_ms(3900, false));
	ck_assert(!pass_ms(400, false));
	ck_assert_int_eq(limit_ending, ENDING_shutdown_timeout);
}
END_TEST

/* Run and drain have a heartbeat; the other phases do not, and are not missed for it. */
START_TEST(silence_counts_only_in_phases_with_a_heartbeat)
{
	bool has_heartbeat = _i == RECORDER_PHASE_run || _i == RECORDER_PHASE_drain;

	seen.phase = (uint32_t)_i;
	ck_assert(pass_ms(3000, false));
	ck_assert_msg(pass_ms(300, false) == !has_heartbeat, "phase %d", _i);
	if (has_heartbeat)
		ck_assert_int_eq(limit_ending, ENDING_silent);
}
END_TEST

START_TEST(heartbeat_starts_the_silence_anew)
{
	seen.phase = RECORDER_PHASE_run;
	for (int i = 0; i < 4; i++) {
		ck_assert(pass_ms(2900, false));
		ck_assert(pass_ms(100, true));
	}
}
END_TEST

START_TEST(phase_that_makes_no_sense_still_has_the_run_limit)
{
	seen.phase = 0xdeadbeef;
	ck_assert(!pass_ms(30000, false));
	ck_assert_int_eq(limit_ending, ENDING_run_timeout);
}
END_TEST

START_TEST(time_in_which_nobody_looked_is_not_counted)
{
	seen.phase = RECORDER_PHASE_run;
	ck_assert(pass_ms(2000, false));
	seen.now_ns += 3600 * 1000 * MS_NS;
	ck_assert(pass_ms(900, false));
	ck_assert(!pass_ms(500, false));
	ck_assert_int_eq(limit_ending, ENDING_silent);
}
END_TEST

START_TEST(ordinary_delay_is_counted)
{
	seen.phase = RECORDER_PHASE_run;
	ck_assert(pass_ms(2000, false));
	seen.now_ns += 1500 * MS_NS;
	ck_assert(!pass_ms(100, false));
	ck_assert_int_eq(limit_ending, ENDING_silent);
}
END_TEST

START_TEST(log_at_its_limit_is_no_flood)
{
	seen.log_bytes = 1000;
	ck_assert(pass_ms(100, false));
	seen.log_bytes = 1001;
	ck_assert(!pass_ms(100, false));
	ck_assert_int_eq(limit_ending, ENDING_console_flood);
}
END_TEST

START_TEST(stop_has_a_grace_time_of_5_s)
{
	seen.phase = RECORDER_PHASE_run;
	ck_assert(pass_ms(2000, true));
	seen.wants_stop = true;
	ck_assert(pass_ms(5000, true));
	ck_assert(!pass_ms(300, true));
	ck_assert_int_eq(limit_ending, ENDING_interrupted);
}
END_TEST

START_TEST(stop_while_booting_has_a_grace_time_to_boot_and_another_to_end)
{
	seen.wants_stop = true;
	ck_assert(pass_ms(4500, false));
	seen.phase = RECORDER_PHASE_run;
	ck_assert(pass_ms(5000, true));
	ck_assert(!pass_ms(300, true));
	ck_assert_int_eq(limit_ending, ENDING_interrupted);

	set_up_watch();
	seen.wants_stop = true;
	ck_assert(!pass_ms(5300, false));
	ck_assert_int_eq(limit_ending, ENDING_interrupted);
}
END_TEST

START_TEST(limit_of_zero_is_none)
{
	request = (struct vm_request){ 0 };
	seen.phase = RECORDER_PHASE_run;
	seen.log_bytes = UINT64_MAX;
	ck_assert(pass_ms(1000000, false));
}
END_TEST

static TCase *new_case(const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 50);
	return tcase;
}

static TCase *runs(void)
{
	TCase *tcase = new_case("runs");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, guest_with_trailer_is_finished);
	tcase_add_test(tcase, guest_without_trailer_has_vanished);
	tcase_add_test(tcase, emulator_error_in_mid_run_is_vanished_with_its_words);
	tcase_add_test(tcase, foreign_signal_is_killed);
	tcase_add_test(tcase, guest_that_never_boots_is_boot_timeout);
	tcase_add_test(tcase, guest_without_heartbeat_is_silent);
	tcase_add_test(tcase, guest_that_never_ends_is_run_timeout);
	tcase_add_test(tcase, guest_that_stays_on_is_shutdown_timeout);
	tcase_add_test(tcase, guest_that_floods_the_console_is_ended);
	tcase_add_test(tcase, emulator_that_refuses_is_not_started_with_its_last_line);
	tcase_add_test(tcase, emulator_that_refuses_without_words_is_not_started_with_its_status);
	tcase_add_test(tcase, missing_boot_script_is_an_error_that_names_it);
	tcase_add_test(tcase, unwritable_error_file_is_an_error_that_names_it);
	tcase_add_test(tcase, guest_that_obeys_a_stop_is_interrupted_with_its_trailer);
	tcase_add_test(tcase, guest_that_ignores_a_stop_is_killed_after_the_grace_time);
	tcase_add_test(tcase, guest_that_panics_while_stopping_has_vanished);
	tcase_add_test(tcase, grandchildren_are_ended_too);
	tcase_add_test(tcase, child_inherits_neither_signals_nor_descriptors_nor_input);
	tcase_add_test(tcase, guest_dies_with_its_runner);
	tcase_add_test(tcase, boot_script_gets_the_whole_request);
	return tcase;
}

static TCase *limits(void)
{
	TCase *tcase = new_case("limits");

	tcase_add_checked_fixture(tcase, set_up_watch, NULL);
	tcase_add_test(tcase, boot_limit_ends_at_phase_setup);
	tcase_add_test(tcase, run_limit_starts_at_phase_setup_and_ends_at_the_trailer);
	tcase_add_test(tcase, shutdown_limit_starts_at_the_trailer);
	tcase_add_loop_test(tcase, silence_counts_only_in_phases_with_a_heartbeat, 0, RECORDER_PHASE_COUNT);
	tcase_add_test(tcase, heartbeat_starts_the_silence_anew);
	tcase_add_test(tcase, phase_that_makes_no_sense_still_has_the_run_limit);
	tcase_add_test(tcase, time_in_which_nobody_looked_is_not_counted);
	tcase_add_test(tcase, ordinary_delay_is_counted);
	tcase_add_test(tcase, log_at_its_limit_is_no_flood);
	tcase_add_test(tcase, stop_has_a_grace_time_of_5_s);
	tcase_add_test(tcase, stop_while_booting_has_a_grace_time_to_boot_and_another_to_end);
	tcase_add_test(tcase, limit_of_zero_is_none);
	return tcase;
}

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("runner");

	suite_add_tcase(suite, limits());
	suite_add_tcase(suite, runs());
	return suite;
}
