/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations against a scripted kernel: what reaches it, and what the record says.
 *
 * Each row of the table is a line of a program, behind lines that prepare it.  The kernel writes down what it was asked
 * and answers with the row's result; both texts must be the row's.
 */
#include "harness/engine/operation.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/blkpg.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/loop_uapi.h"
#include "harness/engine/engine.h"
#include "harness/engine/objects.h"
#include "harness/engine/operation_call.h"
#include "harness/engine/operation_functions.h"
#include "harness/recorder/history.h"
#include "tests/operation-cases.h"

Suite *test_suite(void);

#define FILE_BYTES (16u << 20)

/* --- the scripted kernel --- */

static char asked[1024]; /* by the last line of the program */
static int result;	 /* of its calls; INT_MAX: the first descriptor that is free */
static int next_fd;

static void ask(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void ask(const char *format, ...)
{
	size_t used = strlen(asked);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(asked + used, sizeof(asked) - used, format, arguments);
	va_end(arguments);
}

static int answer_fd(void)
{
	return result == INT_MAX ? next_fd++ : result;
}

static int answer(void)
{
	return result == INT_MAX ? 0 : result;
}

static int fake_open(void *context, const char *path, int flags)
{
	ask("open %s %#x;", path, (unsigned int)flags);
	return answer_fd();
}

static int fake_close(void *context, int fd)
{
	ask("close %d;", fd);
	return 0;
}

static int fake_stat(void *context, int fd, struct stat *ret_stat)
{
	memset(ret_stat, 0, sizeof(*ret_stat));
	ret_stat->st_dev = 9;
	ret_stat->st_ino = (ino_t)fd;
	return 0;
}

static void ask_info(const struct loop_info64 *info)
{
	ask(" offset=%#llx limit=%#llx flags=%#x name=%s", (unsigned long long)info->lo_offset,
	    (unsigned long long)info->lo_sizelimit, info->lo_flags, info->lo_file_name);
	if (info->lo_encrypt_type || info->lo_encrypt_key_size)
		ask(" encryption=%u,%u", info->lo_encrypt_type, info->lo_encrypt_key_size);
}

static void fill_info(struct loop_info64 *info)
{
	info->lo_device = 21;
	info->lo_inode = 22;
	info->lo_offset = 4096;
	info->lo_sizelimit = 8192;
	info->lo_flags = LO_FLAGS_AUTOCLEAR;
}

/* The 32-bit layout, by its offsets. */
static void ask_old_info(uintptr_t argument, bool is_compat)
{
	const struct loop_info *info = (const struct loop_info *)argument;
	const int32_t *words = (const int32_t *)argument;

	if (is_compat)
		ask(" offset=%#x flags=%#x", (unsigned int)words[4], (unsigned int)words[7]);
	else
		ask(" offset=%#x flags=%#x", (unsigned int)info->lo_offset, (unsigned int)info->lo_flags);
	if (is_compat ? words[5] : info->lo_encrypt_type)
		ask(" key_size=%d", is_compat ? words[6] : info->lo_encrypt_key_size);
}

static void fill_old_info(uintptr_t argument, bool is_compat)
{
	struct loop_info *info = (struct loop_info *)argument;
	int32_t *words = (int32_t *)argument;

	if (is_compat) {
		words[1] = 21;
		words[2] = 22;
		words[4] = -512;
		words[7] = LO_FLAGS_AUTOCLEAR;
	} else {
		info->lo_device = 21;
		info->lo_inode = 22;
		info->lo_offset = -512;
		info->lo_flags = LO_FLAGS_AUTOCLEAR;
	}
}

static void ask_blkpg(const struct blkpg_ioctl_arg *blkpg)
{
	const struct blkpg_partition *partition = blkpg->data;

	ask(" op=%d number=%d start=%lld length=%lld bytes=%d", blkpg->op, partition->pno, partition->start,
	    partition->length, blkpg->datalen);
}

static bool is_good(uintptr_t argument)
{
	return argument > 4096;
}

/* A pointer that leads somewhere leads below 4 GiB, also natively, and is told by what stands there. */
static void look_at(unsigned long request, uintptr_t argument, bool is_compat)
{
	const struct loop_config *config = (const struct loop_config *)argument;

	if (!is_good(argument)) {
		ask(" %#lx", (unsigned long)argument);
		return;
	}
	if (argument >= UINT64_C(1) << 32) {
		ask(" %#lx", (unsigned long)argument);
		return;
	}
	switch (request) {
	case LOOP_CONFIGURE:
		ask(" fd=%d block=%u", (int)config->fd, config->block_size);
		ask_info(&config->info);
		break;
	case LOOP_SET_STATUS64:
		ask_info((const struct loop_info64 *)argument);
		break;
	case LOOP_SET_STATUS:
		ask_old_info(argument, is_compat);
		break;
	case LOOP_GET_STATUS64:
		fill_info((struct loop_info64 *)argument);
		break;
	case LOOP_GET_STATUS:
		fill_old_info(argument, is_compat);
		break;
	case BLKPG:
		ask_blkpg((const struct blkpg_ioctl_arg *)argument);
		break;
	case BLKGETSIZE64:
	case BLKGETDISKSEQ:
		*(uint64_t *)argument = 1u << 20;
		break;
	case BLKSSZGET:
	case BLKROGET:
		*(uint32_t *)argument = 512;
		break;
	default:
		ask(" %#lx", (unsigned long)argument);
		break;
	}
}

static int fake_ioctl(void *context, int fd, unsigned long request, uintptr_t argument)
{
	ask("ioctl %d %#lx", fd, request);
	look_at(request, argument, false);
	ask(";");
	return answer();
}

static int fake_ioctl_compat(void *context, int fd, unsigned long request, uintptr_t argument)
{
	ask("compat %d %#lx", fd, request);
	look_at(request, argument, true);
	ask(";");
	return answer();
}

static int fake_dup(void *context, int fd)
{
	ask("dup %d;", fd);
	return answer_fd();
}

static int fake_read_text(void *context, const char *path, char *ret_text, size_t text_bytes)
{
	const char *name = strrchr(path, '/') + 1;

	ask("read %s;", path);
	if (result != INT_MAX)
		return result;
	snprintf(ret_text, text_bytes, "%s",
		 strcmp(name, "backing_file") == 0 ? "/here/a.img"
		 : strcmp(name, "offset") == 0	   ? "4096"
		 : strcmp(name, "sizelimit") == 0  ? "8192"
		 : strcmp(name, "size") == 0	   ? "16"
		 : strcmp(name, "partscan") == 0   ? "1"
						   : "0");
	return (int)strlen(ret_text);
}

static int fake_exists(void *context, const char *path)
{
	return strcmp(path, "/sys/block/loop5/loop5p2") == 0;
}

static int fake_make_node(void *context, const char *path, unsigned int major, unsigned int minor)
{
	ask("node %s %u %u;", path, major, minor);
	return 0;
}

static int fake_remove_node(void *context, const char *path)
{
	ask("unlink %s;", path);
	return 0;
}

static int fake_mount(void *context, const char *source, const char *target, const char *type, unsigned long flags)
{
	ask("mount %s %s %s %lu;", source, target, type, flags);
	return answer();
}

static int fake_unmount(void *context, const char *target)
{
	ask("unmount %s;", target);
	return answer();
}

static int fake_module_insert(void *context, const char *name)
{
	ask("insert %s;", name);
	return answer();
}

static int fake_module_remove(void *context, const char *name)
{
	ask("remove %s;", name);
	return answer();
}

static unsigned int places; /* at which something can fail, in each call */
static unsigned int armed;

static int fake_inject_open(void *context, enum injection_kind kind, unsigned int percent)
{
	ask("inject %u %u;", kind, percent);
	return answer_fd();
}

static int fake_inject_set(void *context, int fd, unsigned int value)
{
	unsigned int before = armed;

	ask("arm %d %u;", fd, value);
	armed = value;
	return (int)(before > places ? before - places : 0);
}

static int fake_inject_close(void *context, int fd)
{
	ask("end %d;", fd);
	return 0;
}

static const struct looprace_kernel fake_kernel = {
	.open = fake_open, .close = fake_close, .ioctl = fake_ioctl, .stat = fake_stat
};
static const struct system fake_system = {
	.loop = &fake_kernel,
	.ioctl_compat = fake_ioctl_compat,
	.dup = fake_dup,
	.read_text = fake_read_text,
	.exists = fake_exists,
	.make_node = fake_make_node,
	.remove_node = fake_remove_node,
	.mount = fake_mount,
	.unmount = fake_unmount,
	.module_insert = fake_module_insert,
	.module_remove = fake_module_remove,
	.inject_open = fake_inject_open,
	.inject_set = fake_inject_set,
	.inject_close = fake_inject_close,
};

/* --- a worker without a thread --- */

static void *memory;
static struct recorder recorder;
static struct scenario *scenario;
static struct worker_shared shared;
static struct worker worker;
static struct backing backings[SCENARIO_BACKING_COUNT_MAX];

#define HEADER                                                                                                         \
	"[scenario]\nsummary = test\nrounds = 1\n"                                                                     \
	"[backing a]\nkind = file\n[backing b]\nkind = file\n[backing nothing]\nkind = closed\n"                       \
	"[device five]\nindex = 5\n[device six]\nindex = 6\n"
#define SHARED "[descriptor common]\nshared = yes\n"
#define WORKER "[worker w]\ncount = 1\nprogram =\n"

static void set_up_scenario(const char *text)
{
	struct scenario_error error;

	if (scenario_parse(text, strlen(text), "test.scenario", &scenario, &error) < 0)
		ck_abort_msg("%s", error.text);
	memory = aligned_alloc(4096, FILE_BYTES);
	ck_assert_ptr_nonnull(memory);
	memset(memory, 0, FILE_BYTES);
	ck_assert_int_eq(recorder_format(memory, FILE_BYTES, 1, 1, "", 0), 0);
	ck_assert_int_eq(recorder_open(memory, FILE_BYTES, &recorder), 0);
}

static void set_up_worker(void)
{
	shared = (struct worker_shared){
		.scenario = scenario, .control_fd = 3, .system = &fake_system, .work_dir = "/here", .backings = backings
	};
	worker = (struct worker){ .shared = &shared,
				  .group = &scenario->groups[0],
				  .handle = LOOPRACE_HANDLE_NULL,
				  .got_index = -1,
				  .mounted_index = -1,
				  .backing = { .fd = 30, .path = "/here/own.img", .open_flags = O_RDWR } };
	worker.backing.identity = (struct looprace_identity){ .dev = 7, .inode = 30 };
	backings[0] = (struct backing){ .fd = 31, .path = "/here/a.img", .open_flags = O_RDWR };
	backings[0].identity = (struct looprace_identity){ .dev = 7, .inode = 31 };
	backings[1] = (struct backing){ .fd = 32, .path = "/here/b.img", .open_flags = O_RDWR };
	backings[1].identity = (struct looprace_identity){ .dev = 7, .inode = 32 };
	backings[2] = (struct backing){ .fd = -1 };
	for (unsigned int i = 0; i < SCENARIO_DESCRIPTOR_COUNT_MAX; i++) {
		worker.descriptors[i] = DESCRIPTOR_NULL;
		shared.descriptors[i].descriptor = DESCRIPTOR_NULL;
		pthread_rwlock_init(&shared.descriptors[i].lock, NULL);
	}
	recording_kernel_init(&worker.recording, &fake_kernel, &recorder, 0, &shared.stop, &shared.abandon);
	worker.recording.round = 4;
	next_fd = 50;
}

static void set_up(const char *program)
{
	char text[4096];

	/* A name that nobody opens is an error of the scenario. */
	snprintf(text, sizeof(text), HEADER "%s" WORKER "%s", strstr(program, "common") ? SHARED : "", program);
	set_up_scenario(text);
	set_up_worker();
}

/* Runs the program; what its last line asked stays in `asked`. */
static void run_program(int last_result)
{
	const struct worker_group *group = &scenario->groups[0];

	for (unsigned int i = 0; i < group->call_count; i++) {
		asked[0] = '\0';
		result = i + 1 < group->call_count ? INT_MAX : last_result;
		operation_run(&worker, &group->calls[i]);
	}
}

static void describe(const struct recorder_record *record, char *ret_text, size_t text_bytes)
{
	int used = snprintf(ret_text, text_bytes, "%s index=%d partition=%u file=%u result=%d",
			    recorder_call_text(record->call), record->device_index, record->partition, record->file,
			    record->result);

#define TELL(member, format)                                                                                           \
	if (record->member)                                                                                            \
		used += snprintf(ret_text + used, text_bytes - (size_t)used, " " #member "=" format,                   \
				 (unsigned long long)record->member);
	TELL(dev, "%llu")
	TELL(inode, "%llu")
	TELL(detail, "%#llx")
	TELL(is_injected, "%llu")
	if (!record->is_extended)
		return;
	TELL(offset, "%#llx")
	TELL(length, "%#llx")
	TELL(value, "%#llx")
	TELL(diskseq, "%llu")
	TELL(capacity_bytes, "%llu")
	TELL(block_size, "%llu")
	TELL(open_flags, "%#llx")
	TELL(call_flags, "%llu")
	TELL(encrypt_type, "%llu")
	TELL(key_size, "%llu")
#undef TELL
}

static void last_record(char *ret_text, size_t text_bytes)
{
	struct history_error error;
	struct history history;

	recorder_writer_fini(&worker.recording.writer);
	if (history_open(memory, FILE_BYTES, &history, &error) < 0)
		ck_abort_msg("%s", error.text);
	ret_text[0] = '\0';
	if (history.workers[0].record_count > 0)
		describe(&history.workers[0].records[history.workers[0].record_count - 1], ret_text, text_bytes);
	history_close(&history);
}

static uint64_t record_count(void)
{
	/* Relaxed: one thread. */
	return atomic_load_explicit(&recorder.areas[0].count, memory_order_relaxed);
}

static void tear_down(void)
{
	scenario_free(scenario);
	free(memory);
}

/* --- each operation, once and more --- */

START_TEST(operation_asks_and_records)
{
	const struct operation_case *c = &cases[_i];
	char program[1024];
	char record[512];
	snprintf(program, sizeof(program), "%s  %s\n", c->prepare, c->line);
	set_up(program);
	run_program(c->result);
	ck_assert_msg(strcmp(asked, c->asked) == 0, "%s: asked %s", c->line, asked);
	last_record(record, sizeof(record));
	ck_assert_msg(strcmp(record, c->record) == 0, "%s: recorded %s", c->line, record);
	tear_down();
}
END_TEST

/* Of these other tests speak: those of the engine and of data, and the ones about order below. */
static bool is_tested_elsewhere(enum operation operation)
{
	static const enum operation others[] = {
		OPERATION_attach,  OPERATION_detach,  OPERATION_hold,	  OPERATION_after,
		OPERATION_fault,   OPERATION_read,    OPERATION_write,	  OPERATION_fsync,
		OPERATION_discard, OPERATION_zeroout, OPERATION_map,	  OPERATION_unmap,
		OPERATION_load,	   OPERATION_store,   OPERATION_truncate, OPERATION_inject,
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i] == operation)
			return true;
	return false;
}

START_TEST(every_operation_has_a_row)
{
	for (unsigned int operation = 0; operation < OPERATION_COUNT; operation++) {
		const char *name = operation_info((enum operation)operation)->name;
		bool has_row = is_tested_elsewhere((enum operation)operation);

		for (size_t i = 0; !has_row && i < sizeof(cases) / sizeof(cases[0]); i++)
			has_row = strncmp(cases[i].line, name, strlen(name)) == 0 &&
				  strchr(" ", cases[i].line[strlen(name)]) != NULL;
		ck_assert_msg(has_row, "%s", name);
	}
}
END_TEST

/* Operations that need a descriptor, and none is open: the open() before them has failed. */
static const char *const left_out[] = {
	"close device",
	"dup device as=copy",
	"set_fd device file=a",
	"configure device file=a compat=yes",
	"clr_fd device",
	"change_fd device file=a",
	"set_status device",
	"get_status device layout=info",
	"set_capacity device",
	"set_direct_io device",
	"set_block_size device",
	"ioctl device",
	"flush_buffers device",
	"partition_add device",
	"partition_delete device",
	"partition_reread device",
	"check sysfs on=device",
	"check identity on=device",
	"check partitions on=device",
};

START_TEST(operation_on_a_descriptor_that_is_not_open_is_left_out)
{
	char program[256];

	snprintf(program, sizeof(program), OPEN "  %s\n", left_out[_i]);
	set_up(program);
	result = -ENXIO;
	operation_run(&worker, &scenario->groups[0].calls[0]);
	ck_assert_uint_eq(record_count(), 1);
	asked[0] = '\0';
	operation_run(&worker, &scenario->groups[0].calls[1]);
	ck_assert_msg(asked[0] == '\0', "%s: asked %s", left_out[_i], asked);
	ck_assert_uint_eq(record_count(), 1);
	tear_down();
}
END_TEST

START_TEST(operation_with_a_second_descriptor_that_is_not_open_is_left_out)
{
	set_up(OPEN "  open six as=other\n  set_fd device from=other\n");
	result = INT_MAX;
	operation_run(&worker, &scenario->groups[0].calls[0]);
	result = -ENXIO;
	operation_run(&worker, &scenario->groups[0].calls[1]);
	asked[0] = '\0';
	operation_run(&worker, &scenario->groups[0].calls[2]);
	ck_assert_str_eq(asked, "");
	ck_assert_uint_eq(record_count(), 2);
	tear_down();
}
END_TEST

START_TEST(got_device_that_nobody_got_is_left_out)
{
	set_up("  ctl_get_free\n  open got as=device\n  mount got\n");
	result = -EINTR;
	operation_run(&worker, &scenario->groups[0].calls[0]);
	asked[0] = '\0';
	operation_run(&worker, &scenario->groups[0].calls[1]);
	operation_run(&worker, &scenario->groups[0].calls[2]);
	ck_assert_str_eq(asked, "");
	tear_down();
}
END_TEST

START_TEST(name_that_is_open_already_is_closed_first)
{
	set_up(OPEN "  open six as=device\n");
	run_program(INT_MAX);
	ck_assert_str_eq(asked, "close 50;open /dev/loop6 0x2;");
	ck_assert_uint_eq(record_count(), 3);
	tear_down();
}
END_TEST

START_TEST(record_tells_round_and_line)
{
	set_up(OPEN "  clr_fd device\n");
	run_program(INT_MAX);
	ck_assert_uint_eq(worker.recording.writer.record.round, 4);
	ck_assert_uint_eq(worker.recording.writer.record.line, scenario->groups[0].calls[1].line);
	ck_assert_uint_gt(scenario->groups[0].calls[1].line, scenario->groups[0].calls[0].line);
	tear_down();
}
END_TEST

START_TEST(only_the_last_close_of_a_description_is_called_that)
{
	char record[512];

	set_up(OPEN "  dup device as=copy\n  dup copy as=third\n  close device\n  close third\n");
	run_program(INT_MAX);
	last_record(record, sizeof(record));
	ck_assert_ptr_null(strstr(record, "call_flags"));
	asked[0] = '\0';
	objects_descriptors_close(&worker, false);
	ck_assert_str_eq(asked, "close 51;");
	last_record(record, sizeof(record));
	ck_assert_ptr_nonnull(strstr(record, "call_flags=2"));
	tear_down();
}
END_TEST

START_TEST(copy_of_an_attached_device_outlives_it_and_closes_last)
{
	char record[512];

	set_up("  attach\n  dup attached as=copy\n  check size on=copy\n");
	worker.handle.fd = worker.recording.kernel.open(&worker.recording, "/dev/loop9", O_RDWR);
	worker.handle.index = 9;
	result = INT_MAX;
	next_fd = 60;
	operation_run(&worker, &scenario->groups[0].calls[1]);
	looprace_close(&worker.recording.kernel, &worker.handle);
	last_record(record, sizeof(record));
	ck_assert_ptr_null(strstr(record, "call_flags"));
	ck_assert_ptr_nonnull(strstr(record, "close index=9"));
	asked[0] = '\0';
	objects_descriptors_close(&worker, false);
	ck_assert_str_eq(asked, "close 60;");
	last_record(record, sizeof(record));
	ck_assert_ptr_nonnull(strstr(record, "call_flags=2"));
	tear_down();
}
END_TEST

START_TEST(calls_of_an_attach_tell_what_they_cost_nothing_to_tell)
{
	static const struct {
		unsigned long request;
		const char *record;
	} calls[] = {
		{ BLKGETDISKSEQ, "BLKGETDISKSEQ index=9 partition=0 file=1 result=0 diskseq=1048576" },
		{ LOOP_GET_STATUS64, "LOOP_GET_STATUS64 index=9 partition=0 file=1 result=0 dev=21 inode=22 detail=0x4 "
				     "offset=0x1000 length=0x2000" },
		{ LOOP_CLR_FD, "LOOP_CLR_FD index=9 partition=0 file=1 result=0" },
	};
	const struct looprace_kernel *kernel = &worker.recording.kernel;
	char record[512];
	int fd;

	set_up("  attach\n");
	result = INT_MAX;
	fd = kernel->open(kernel->context, "/dev/loop9", O_RDWR);
	last_record(record, sizeof(record));
	ck_assert_str_eq(record, "open index=9 partition=0 file=1 result=50");
	for (unsigned int i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		kernel->ioctl(kernel->context, fd, calls[i].request, (uintptr_t)operation_scratch(&worker));
		last_record(record, sizeof(record));
		ck_assert_str_eq(record, calls[i].record);
	}
	kernel->close(kernel->context, fd);
	last_record(record, sizeof(record));
	ck_assert_str_eq(record, "close index=9 partition=0 file=1 result=0");
	ck_assert_uint_eq(worker.recording.writer.record.is_extended, 0);
	tear_down();
}
END_TEST

/* --- injected failures --- */

/* In round 4 the range is at its fourth number. */
static const struct injection_case {
	const char *inject;
	unsigned int places;
	const char *asked; /* by the call behind it */
	bool is_injected;
} injections[] = {
	{ "inject fail_nth value=2", 2, "arm 51 2;ioctl 50 0x4c01 0;arm 51 0;", true },
	{ "inject fail_nth value=2", 1, "arm 51 2;ioctl 50 0x4c01 0;arm 51 0;", false },
	{ "inject fail_nth value=3..10", 5, "arm 51 6;ioctl 50 0x4c01 0;arm 51 0;", false },
	{ "inject fail_nth value=3..10", 6, "arm 51 6;ioctl 50 0x4c01 0;arm 51 0;", true },
	{ "inject fail_nth value=1..3", 1, "arm 51 1;ioctl 50 0x4c01 0;arm 51 0;", true },
	{ "inject failslab value=7", 0, "arm 51 1;ioctl 50 0x4c01 0;arm 51 0;", true },
	{ "inject none", 9, "ioctl 50 0x4c01 0;", false },
};

START_TEST(failure_is_injected_into_the_call_and_nothing_else)
{
	const struct injection_case *c = &injections[_i];
	char program[256];
	char record[512];

	snprintf(program, sizeof(program), OPEN "  %s\n  clr_fd device\n", c->inject);
	set_up(program);
	places = c->places;
	run_program(0);
	ck_assert_msg(strcmp(asked, c->asked) == 0, "%s: asked %s", c->inject, asked);
	last_record(record, sizeof(record));
	ck_assert_str_eq(record, c->is_injected ? "LOOP_CLR_FD index=5 partition=0 file=1 result=0 is_injected=1"
						: "LOOP_CLR_FD index=5 partition=0 file=1 result=0");
	tear_down();
}
END_TEST

START_TEST(injection_tells_the_kernel_what_and_ends_the_one_before)
{
	set_up("  inject failslab value=7\n  inject fail_make_request value=9\n");
	run_program(INT_MAX);
	ck_assert_str_eq(asked, "end 50;inject 4 9;");
	tear_down();
}
END_TEST

START_TEST(where_the_kernel_refuses_nothing_counts_as_injected)
{
	set_up(OPEN "  inject failslab\n  clr_fd device\n");
	for (unsigned int i = 0; i < 3; i++) {
		asked[0] = '\0';
		result = i == 1 ? -EACCES : INT_MAX;
		operation_run(&worker, &scenario->groups[0].calls[i]);
	}
	ck_assert_str_eq(asked, "ioctl 50 0x4c01 0;");
	ck_assert_uint_eq(worker.recording.injection.hit_count, 0);
	tear_down();
}
END_TEST

START_TEST(attach_with_a_call_that_was_hit_was_hit)
{
	struct recording_kernel *recording = &worker.recording;
	const struct looprace_kernel *kernel = &worker.recording.kernel;
	char record[512];

	set_up("  inject fail_nth\n");
	places = 1;
	run_program(INT_MAX);
	recording_kernel_span_begins(recording);
	recording_kernel_span(recording, RECORDER_CALL_attach, 9, 0, 0, 1);
	last_record(record, sizeof(record));
	ck_assert_ptr_null(strstr(record, "is_injected"));
	recording_kernel_span_begins(recording);
	kernel->open(kernel->context, "/dev/loop9", O_RDWR);
	recording_kernel_span(recording, RECORDER_CALL_attach, 9, 0, 0, 1);
	last_record(record, sizeof(record));
	ck_assert_ptr_nonnull(strstr(record, "is_injected=1"));
	tear_down();
}
END_TEST

START_TEST(open_file_descriptions_have_numbers_of_their_worker)
{
	set_up("  attach\n");
	recording_kernel_init(&worker.recording, &fake_kernel, &recorder, 0, &shared.stop, &shared.abandon);
	ck_assert_uint_eq(recording_kernel_new_file(&worker.recording), 1);
	ck_assert_uint_eq(recording_kernel_new_file(&worker.recording), 2);
	worker.recording.file_first = 1023u << 22;
	worker.recording.file_count = (1u << 22) - 2;
	ck_assert_uint_eq(recording_kernel_new_file(&worker.recording), UINT32_MAX);
	/* It never is 0, which means none, and never that of another worker. */
	ck_assert_uint_eq(recording_kernel_new_file(&worker.recording), (1023u << 22) + 1);
	tear_down();
}
END_TEST

START_TEST(call_is_made_when_the_area_is_full)
{
	set_up(OPEN "  clr_fd device\n");
	result = INT_MAX;
	operation_run(&worker, &scenario->groups[0].calls[0]);
	worker.recording.writer.capacity_count = worker.recording.writer.count;
	asked[0] = '\0';
	operation_run(&worker, &scenario->groups[0].calls[1]);
	ck_assert_str_eq(asked, "ioctl 50 0x4c01 0;");
	ck_assert_uint_eq(record_count(), 1);
	tear_down();
}
END_TEST

START_TEST(loop_control_is_opened_for_each_call_where_it_would_hold_the_module)
{
	set_up("  ctl_add 9\n");
	shared.control_fd = -1;
	run_program(INT_MAX);
	ck_assert_str_eq(asked, "open /dev/loop-control 0x2;ioctl 50 0x4c80 0x9;close 50;");
	ck_assert_uint_eq(record_count(), 1);
	tear_down();
}
END_TEST

START_TEST(what_is_mounted_is_unmounted_before_the_next)
{
	set_up("  mount five\n  mount six read_only=yes\n");
	run_program(INT_MAX);
	ck_assert_str_eq(asked, "unmount /here/looprace-mount-0;mount /dev/loop6 /here/looprace-mount-0 ext4 1;");
	tear_down();
}
END_TEST

/* --- shared descriptors --- */

/* Closes it while another thread may be in a call on it. */
static void *closer(void *argument)
{
	struct worker *other = argument;
	struct descriptor *slot = descriptor_take_slot(other, 1);

	slot->fd = -1;
	descriptor_put(other, 1, slot);
	return NULL;
}

START_TEST(shared_descriptor_is_not_closed_under_a_call)
{
	struct worker other = { .shared = &shared };
	struct descriptor *descriptor;
	pthread_t thread;

	set_up("  open five as=common\n");
	run_program(INT_MAX);
	ck_assert_str_eq(scenario->descriptors[1].name, "common");
	descriptor = descriptor_take(&worker, 1);
	ck_assert_ptr_nonnull(descriptor);
	ck_assert_int_eq(pthread_create(&thread, NULL, closer, &other), 0);
	/* Whatever the closer does meanwhile, it is still open: ThreadSanitizer would see a write. */
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(descriptor->fd, 50);
	descriptor_put(&worker, 1, descriptor);
	pthread_join(thread, NULL);
	ck_assert_ptr_null(descriptor_take(&worker, 1));
	free(shared.descriptors[1].descriptor.use_count);
	tear_down();
}
END_TEST

/*
 * Everybody opens, doubles, binds and closes the same three names, in all orders of two: if the locks had no order, this
 * would not end.
 */
#define CROWD                                                                                                          \
	"[scenario]\nsummary = test\nkernel = model\nrounds = 500\n[device one]\nindex = 1\n[device two]\nindex = 2\n" \
	"[descriptor a]\nshared = yes\n[descriptor b]\nshared = yes\n[descriptor c]\nshared = yes\n"                   \
	"[worker up]\ncount = 3\nprogram =\n"                                                                          \
	"  open one as=a\n  dup a as=b\n  set_fd b from=a\n  dup b as=c\n  clr_fd c\n  close a\n  close b\n"           \
	"[worker down]\ncount = 3\nprogram =\n"                                                                        \
	"  open two as=c\n  dup c as=b\n  set_fd a from=c\n  dup b as=a\n  clr_fd a\n  close c\n  close b\n"

START_TEST(shared_descriptors_are_used_by_all_at_once)
{
	struct engine_config config = { .recorder = &recorder, .seed = 1, .backing_dir = "/tmp" };

	set_up_scenario(CROWD);
	ck_assert_int_eq(recorder_format(memory, FILE_BYTES, 6, 1, "", 0), 0);
	ck_assert_int_eq(recorder_open(memory, FILE_BYTES, &recorder), 0);
	config.scenario = scenario;
	ck_assert_int_eq(engine_run(&config), 0);
	tear_down();
}
END_TEST

/* --- what names stand for on the running kernel --- */

static char directory[] = "/tmp/looprace-test-XXXXXX";

static bool is_empty(const char *path)
{
	DIR *stream = opendir(path);
	unsigned int count = 0;

	ck_assert_ptr_nonnull(stream);
	while (readdir(stream))
		count++;
	closedir(stream);
	/* "." and ".." */
	return count == 2;
}

START_TEST(backing_of_every_kind_is_made_and_leaves_nothing_behind)
{
	static const mode_t types[] = { S_IFREG, S_IFDIR, S_IFCHR, S_IFIFO, S_IFREG, 0 };
	struct backing_object object = { .name = "worker0", .kind = (enum backing_kind)_i, .size_bytes = 8192 };
	struct backing backing;
	struct stat status;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(backing_create(directory, BACKING_NUMBER_NAMED, &object, &backing), 0);
	ck_assert_int_eq(fstat(backing.fd, &status), types[_i] ? 0 : -1);
	if (types[_i]) {
		ck_assert_uint_eq(status.st_mode & S_IFMT, types[_i]);
		ck_assert_uint_eq(status.st_ino, backing.identity.inode);
		ck_assert_uint_eq(status.st_dev, backing.identity.dev);
	}
	if (object.kind == BACKING_KIND_file)
		ck_assert_int_eq(status.st_size, 8192);
	/* What the scenario opens by the name is the same thing. */
	if (types[_i])
		ck_assert_int_eq(stat(backing.path, &status), 0);
	backing_remove(&backing);
	ck_assert_int_eq(backing.fd, -1);
	ck_assert(is_empty(directory));
	ck_assert_int_eq(rmdir(directory), 0);
}
END_TEST

START_TEST(named_backing_is_no_worker_s_own_and_a_stranger_s_file_stays)
{
	struct backing_object object = { .name = "worker0", .size_bytes = 4096 };
	struct backing own;
	struct backing named;
	struct backing again;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(backing_create(directory, 0, &object, &own), 0);
	ck_assert_int_eq(backing_create(directory, BACKING_NUMBER_NAMED, &object, &named), 0);
	ck_assert_int_eq(backing_create(directory, 0, &object, &again), -EEXIST);
	ck_assert_int_eq(access(own.path, F_OK), 0);
	backing_remove(&own);
	backing_remove(&named);
	ck_assert(is_empty(directory));
	ck_assert_int_eq(rmdir(directory), 0);
}
END_TEST

START_TEST(running_kernel_answers_as_the_door_promises)
{
	const struct system *system = system_real();
	char path[64];
	char text[64];
	int fd;
	int copy;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/file", directory);
	ck_assert_int_eq(system->exists(system->context, path), 0);
	ck_assert_int_eq(system->read_text(system->context, path, text, sizeof(text)), -ENOENT);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(write(fd, "first\nsecond\n", 13), 13);
	ck_assert_int_eq(system->exists(system->context, path), 1);
	ck_assert_int_eq(system->read_text(system->context, path, text, sizeof(text)), 5);
	ck_assert_str_eq(text, "first");
	copy = system->dup(system->context, fd);
	ck_assert_int_gt(copy, fd);
	ck_assert_int_ne(fcntl(copy, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(system->truncate(system->context, copy, 1 << 20), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), 1 << 20);
	ck_assert_int_eq(system->dup(system->context, -1), -EBADF);
	ck_assert_int_eq(system->truncate(system->context, -1, 0), -EBADF);
	ck_assert_int_eq(system->unmount(system->context, path), geteuid() == 0 ? -EINVAL : -EPERM);
	ck_assert_int_eq(system->module_insert(system->context, "loop"), -EPERM);
	ck_assert_int_eq(system->remove_node(system->context, path), 0);
	ck_assert_int_eq(rmdir(directory), 0);
	close(copy);
	close(fd);
}
END_TEST

/* --- order, through the whole engine on the model kernel --- */

#define ORDERED                                                                                                        \
	"[scenario]\nsummary = test\nkernel = model\nrounds = 200\n[device one]\nindex = 1\n"                          \
	"[descriptor common]\nshared = yes\n"                                                                          \
	"[worker first]\ncount = 2\nprogram =\n"                                                                       \
	"  made: ctl_get_free\n  after second.opened\n  looked: check identity on=common\n"                            \
	"[worker second]\ncount = 1\nprogram =\n"                                                                      \
	"  after first.made\n  opened: open one as=common\n  after first.looked\n  close common\n"

struct ordered_round {
	uint64_t last_made_ns, open_call_ns, open_return_ns, first_look_ns, last_look_ns, close_call_ns;
};

static void look_at_record(struct ordered_round *rounds, const struct recorder_record *record)
{
	struct ordered_round *round = &rounds[record->round];
	uint64_t call_ns = atomic_load_explicit(&((struct recorder_record *)record)->call_ns, memory_order_relaxed);

	switch (record->call) {
	case RECORDER_CALL_get_free:
		if (record->return_ns > round->last_made_ns)
			round->last_made_ns = record->return_ns;
		break;
	case RECORDER_CALL_open:
		round->open_call_ns = call_ns;
		round->open_return_ns = record->return_ns;
		break;
	case RECORDER_CALL_get_status:
		if (round->first_look_ns == 0 || call_ns < round->first_look_ns)
			round->first_look_ns = call_ns;
		if (record->return_ns > round->last_look_ns)
			round->last_look_ns = record->return_ns;
		break;
	case RECORDER_CALL_close:
		round->close_call_ns = call_ns;
		break;
	default:
		break;
	}
}

START_TEST(labelled_lines_run_in_their_order_in_every_round)
{
	static struct ordered_round rounds[201];
	struct engine_config config = { .recorder = &recorder, .seed = 1, .backing_dir = "/tmp" };
	struct history_error error;
	struct history history;

	set_up_scenario(ORDERED);
	ck_assert_int_eq(recorder_format(memory, FILE_BYTES, 3, 1, "", 0), 0);
	ck_assert_int_eq(recorder_open(memory, FILE_BYTES, &recorder), 0);
	config.scenario = scenario;
	ck_assert(scenario->is_ordered);
	ck_assert_int_eq(engine_run(&config), 0);
	ck_assert_int_eq(history_open(memory, FILE_BYTES, &history, &error), 0);
	for (unsigned int w = 0; w < 3; w++)
		for (uint64_t i = 0; i < history.workers[w].record_count; i++)
			look_at_record(rounds, &history.workers[w].records[i]);
	for (unsigned int i = 1; i <= 200; i++) {
		ck_assert_uint_gt(rounds[i].last_made_ns, rounds[i - 1].close_call_ns);
		ck_assert_uint_ge(rounds[i].open_call_ns, rounds[i].last_made_ns);
		ck_assert_uint_ge(rounds[i].first_look_ns, rounds[i].open_return_ns);
		ck_assert_uint_ge(rounds[i].close_call_ns, rounds[i].last_look_ns);
	}
	history_close(&history);
	tear_down();
}
END_TEST

static int plant_stuck(enum fault fault)
{
	struct stop never = { 0 };

	stop_wait(&never, UINT64_C(3600) * 1000000000u);
	return 0;
}

#define STUCK                                                                                                          \
	"[scenario]\nsummary = test\nkernel = model\nrounds = 3\ncall_limit = 200ms\n"                                 \
	"[worker first]\nprogram =\n  fault stuck round=2\n  gone: hold 0us\n"                                         \
	"[worker second]\nprogram =\n  after first.gone\n"

START_TEST(who_waits_for_a_stuck_worker_is_not_called_stuck_and_ends)
{
	struct engine_config config = { .recorder = &recorder,
					.seed = 1,
					.is_virtual_machine = true,
					.plant_fault = plant_stuck,
					.backing_dir = "/tmp" };
	struct history_error error;
	struct history history;

	set_up_scenario(STUCK);
	ck_assert_int_eq(recorder_format(memory, FILE_BYTES, 2, 1, "", 0), 0);
	ck_assert_int_eq(recorder_open(memory, FILE_BYTES, &recorder), 0);
	config.scenario = scenario;
	/* Endless without a duration, if nobody noticed that the others wait for the one that is stuck. */
	ck_assert_int_eq(engine_run(&config), -ETIMEDOUT);
	ck_assert_int_eq(history_open(memory, FILE_BYTES, &history, &error), 0);
	ck_assert_ptr_nonnull(memmem(history.notes, history.notes_bytes, "stuck worker=0", 14));
	ck_assert_ptr_null(memmem(history.notes, history.notes_bytes, "stuck worker=1", 14));
	history_close(&history);
	/* The stuck thread still uses all of it. */
}
END_TEST

static void *wait_for_ever(void *argument)
{
	struct order *order = argument;

	return order_wait(order, 0, 1) ? order : NULL;
}

START_TEST(wait_ends_when_the_run_is_abandoned)
{
	struct order order;
	pthread_t thread;
	void *has_come;

	set_up_scenario(ORDERED);
	order_init(&order, scenario);
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_ever, &order), 0);
	order_abandon(&order);
	ck_assert_int_eq(pthread_join(thread, &has_come), 0);
	ck_assert_ptr_null(has_come);
	tear_down();
}
END_TEST

START_TEST(wait_is_over_when_all_of_the_group_have_passed)
{
	struct order order;
	pthread_t thread;
	void *has_come;

	set_up_scenario(ORDERED);
	order_init(&order, scenario);
	order_pass(&order, 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_ever, &order), 0);
	order_pass(&order, 0);
	ck_assert_int_eq(pthread_join(thread, &has_come), 0);
	ck_assert_ptr_eq(has_come, &order);
	tear_down();
}
END_TEST

/* --- where the machine is not ours --- */

static const struct refusal_case {
	const char *program;
	const char *refusal; /* NULL: allowed */
} refusals[] = {
	{ "  attach\n  check sysfs\n  set_capacity attached\n  partition_reread attached\n  detach\n", NULL },
	{ "  ctl_get_free\n  open got as=x\n  set_fd x\n  read x\n  close x\n", NULL },
	{ "  open_file own as=f\n  write f\n  truncate own size=4KiB\n", NULL },
	{ "  inject fail_nth\n  attach\n  detach\n", "this scenario changes what the kernel lets fail (line 6)" },
	{ "  ctl_get_free\n  open got as=x\n  clr_fd x\n",
	  "this scenario changes devices that others may have bound meanwhile (line 8)" },
	{ "  attach\n  dup attached as=x\n  write x\n",
	  "this scenario changes devices that others may have bound meanwhile (line 8)" },
	{ "  open loop3 as=x\n", "this scenario opens devices by their number (line 6)" },
	{ "  ctl_get_free\n  open got as=x own_node=yes\n", "this scenario makes device nodes (line 7)" },
	{ "  ctl_add 3\n", "this scenario makes or removes devices of its choice (line 6)" },
	{ "  ctl_remove 3\n", "this scenario makes or removes devices of its choice (line 6)" },
	{ "  mount loop3\n", "this scenario mounts (line 6)" },
	{ "  module_remove\n", "this scenario removes or inserts the loop module (line 6)" },
	{ "  module_insert\n", "this scenario removes or inserts the loop module (line 6)" },
	{ "  fault panic\n", "this scenario plants faults (line 6)" },
};

START_TEST(only_what_cannot_harm_others_is_allowed_on_their_machine)
{
	const struct refusal_case *c = &refusals[_i];
	struct engine_config config = { .recorder = &recorder, .seed = 1, .backing_dir = "/nowhere" };
	char refusal[160] = "";
	char text[512];

	snprintf(text, sizeof(text), "[scenario]\nsummary = test\nrounds = 1\n[worker w]\nprogram =\n%s", c->program);
	set_up_scenario(text);
	ck_assert_int_eq(engine_find_refusal(scenario, refusal, sizeof(refusal)), c->refusal != NULL);
	ck_assert_msg(strcmp(refusal, c->refusal ? c->refusal : "") == 0, "%s: %s", c->program, refusal);
	config.scenario = scenario;
	/* The engine refuses by itself, before it does anything. */
	if (c->refusal)
		ck_assert_int_eq(engine_run(&config), -EPERM);
	tear_down();
}
END_TEST

START_TEST(operations_bring_their_needs)
{
	set_up_scenario("[scenario]\nsummary = test\nrounds = 1\n[worker w]\nprogram =\n"
			"  open loop1 as=x\n  clr_fd x compat=yes\n  read x\n  mount loop1\n  module_remove\n"
			"  inject fail_nth\n");
	ck_assert_uint_eq(engine_needs(scenario), 1u << NEED_ia32 | 1u << NEED_io_uring | 1u << NEED_ext4 |
							  1u << NEED_loop_module | 1u << NEED_fault_injection);
	tear_down();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("operations");
	TCase *calls = tcase_create("calls");
	TCase *objects = tcase_create("objects");
	TCase *real = tcase_create("running kernel");
	TCase *order = tcase_create("order");
	TCase *here = tcase_create("not our machine");

	/* A deadlock never ends; a slow machine does. */
	tcase_set_timeout(objects, 120);
	tcase_set_timeout(order, 120);
	tcase_add_loop_test(calls, operation_asks_and_records, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(calls, every_operation_has_a_row);
	tcase_add_loop_test(calls, operation_on_a_descriptor_that_is_not_open_is_left_out, 0,
			    (int)(sizeof(left_out) / sizeof(left_out[0])));
	tcase_add_test(calls, operation_with_a_second_descriptor_that_is_not_open_is_left_out);
	tcase_add_test(calls, record_tells_round_and_line);
	tcase_add_test(calls, got_device_that_nobody_got_is_left_out);
	tcase_add_test(calls, call_is_made_when_the_area_is_full);
	tcase_add_test(calls, loop_control_is_opened_for_each_call_where_it_would_hold_the_module);
	tcase_add_test(calls, what_is_mounted_is_unmounted_before_the_next);
	tcase_add_test(objects, name_that_is_open_already_is_closed_first);
	tcase_add_test(objects, only_the_last_close_of_a_description_is_called_that);
	tcase_add_test(objects, copy_of_an_attached_device_outlives_it_and_closes_last);
	tcase_add_test(objects, calls_of_an_attach_tell_what_they_cost_nothing_to_tell);
	tcase_add_loop_test(calls, failure_is_injected_into_the_call_and_nothing_else, 0,
			    (int)(sizeof(injections) / sizeof(injections[0])));
	tcase_add_test(calls, injection_tells_the_kernel_what_and_ends_the_one_before);
	tcase_add_test(calls, where_the_kernel_refuses_nothing_counts_as_injected);
	tcase_add_test(calls, attach_with_a_call_that_was_hit_was_hit);
	tcase_add_test(objects, open_file_descriptions_have_numbers_of_their_worker);
	tcase_add_test(objects, shared_descriptor_is_not_closed_under_a_call);
	tcase_add_test(objects, shared_descriptors_are_used_by_all_at_once);
	tcase_add_loop_test(real, backing_of_every_kind_is_made_and_leaves_nothing_behind, 0, BACKING_KIND_closed + 1);
	tcase_add_test(real, named_backing_is_no_worker_s_own_and_a_stranger_s_file_stays);
	tcase_add_test(real, running_kernel_answers_as_the_door_promises);
	tcase_add_test(order, labelled_lines_run_in_their_order_in_every_round);
	tcase_add_test(order, who_waits_for_a_stuck_worker_is_not_called_stuck_and_ends);
	tcase_add_test(order, wait_ends_when_the_run_is_abandoned);
	tcase_add_test(order, wait_is_over_when_all_of_the_group_have_passed);
	tcase_add_loop_test(here, only_what_cannot_harm_others_is_allowed_on_their_machine, 0,
			    (int)(sizeof(refusals) / sizeof(refusals[0])));
	tcase_add_test(here, operations_bring_their_needs);
	suite_add_tcase(suite, calls);
	suite_add_tcase(suite, objects);
	suite_add_tcase(suite, real);
	suite_add_tcase(suite, order);
	suite_add_tcase(suite, here);
	return suite;
}
