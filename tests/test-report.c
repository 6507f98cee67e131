/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence there and back, run folders, and reports of the made-up run of report_samples.h.  What other programs say of
 * the reports is asked in tests/report.
 */
#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/report/cell_json.h"
#include "harness/report/checks.h"
#include "harness/report/run_directory.h"
#include "harness/report/text.h"
#include "tests/history_builder.h"
#include "tests/report_samples.h"

Suite *test_suite(void);

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char folder[64];
static struct report_samples samples;
static struct report_error error;

static void setup(void)
{
	snprintf(folder, sizeof(folder), "/tmp/looprace-test-report-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	report_samples_init(&samples);
	memset(&error, 0, sizeof(error));
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	return remove(path);
}

static void teardown(void)
{
	report_samples_fini(&samples);
	ck_assert_int_eq(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* "<folder>/name" in one of a few buffers. */
static const char *in(const char *name)
{
	static char paths[8][256];
	static unsigned int next;
	char *path = paths[next++ % ARRAY_COUNT(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static bool exists(const char *name)
{
	struct stat status;

	return lstat(in(name), &status) == 0;
}

static void put(const char *name, const char *content, size_t content_bytes)
{
	FILE *file = fopen(in(name), "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(content, 1, content_bytes, file), content_bytes);
	ck_assert_int_eq(fclose(file), 0);
}

static void put_text(const char *name, const char *text)
{
	put(name, text, strlen(text));
}

/* One line that names what is wrong. */
static void assert_message(const char *needle)
{
	ck_assert_msg(strstr(error.text, needle) != NULL, "no \"%s\" in: %s", needle, error.text);
	ck_assert_ptr_null(strchr(error.text, '\n'));
}

/* --- text --- */

START_TEST(bytes_that_are_no_utf8_are_escaped)
{
	static const struct {
		const char *text;
		const char *wanted;
	} cases[] = {
		{ "plain \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", "plain \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "\xff", "\\xff" },
		{ "cut \xe2\x82", "cut \\xe2\\x82" },
		{ "overlong \xc0\xaf", "overlong \\xc0\\xaf" },
		{ "overlong \xe0\x80\xaf", "overlong \\xe0\\x80\\xaf" },
		{ "surrogate \xed\xa0\x80", "surrogate \\xed\\xa0\\x80" },
		{ "too high \xf4\x90\x80\x80", "too high \\xf4\\x90\\x80\\x80" },
		{ "control \033[31m", "control \033[31m" },
	};
	char *text = text_to_utf8(cases[_i].text);

	ck_assert_str_eq(text, cases[_i].wanted);
	ck_assert_int_eq(text_is_utf8(cases[_i].text), strcmp(cases[_i].text, cases[_i].wanted) == 0);
	free(text);
}
END_TEST

/* --- files --- */

START_TEST(a_file_that_cannot_be_written_whole_leaves_the_old_one)
{
	const struct rlimit limit = { 4096, 4096 };
	char *big = calloc(1, 10000);
	char *content;
	size_t content_bytes;

	ck_assert_int_eq(file_write(folder, "state.json", "old", 3, &error), 0);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(file_write(folder, "state.json", big, 10000, &error), -EFBIG);
	assert_message("/state.json: cannot be written: ");
	ck_assert_int_eq(file_read(folder, "state.json", 100, &content, &content_bytes, &error), 0);
	ck_assert_str_eq(content, "old");
	/* Nothing but the file is in the folder: removing it leaves the folder empty. */
	ck_assert_int_eq(unlink(in("state.json")), 0);
	ck_assert_int_eq(rmdir(folder), 0);
	ck_assert_int_eq(mkdir(folder, 0700), 0);
	free(content);
	free(big);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_named)
{
	char *content = NULL;
	size_t content_bytes;

	ck_assert_int_eq(file_read(folder, "missing", 100, &content, &content_bytes, &error), -ENOENT);
	assert_message("/missing: cannot be read: No such file");
	put_text("long", "0123456789");
	ck_assert_int_eq(file_read(folder, "long", 9, &content, &content_bytes, &error), -EFBIG);
	assert_message("/long: too long; at most 9 bytes");
	ck_assert_int_eq(mkfifo(in("fifo"), 0600), 0);
	ck_assert_int_eq(file_read(folder, "fifo", 9, &content, &content_bytes, &error), -EINVAL);
	assert_message("/fifo: not a file");
	ck_assert_int_eq(file_read("", in("long"), 10, &content, &content_bytes, &error), 0);
	ck_assert_uint_eq(content_bytes, 10);
	free(content);
}
END_TEST

/* --- run folder --- */

START_TEST(a_run_gets_its_name_when_it_is_whole)
{
	struct run_directory directory;

	ck_assert_int_eq(run_directory_create(in("mine/"), NULL, &directory, &error), 0);
	ck_assert_str_eq(directory.path, in("mine.partial"));
	ck_assert(exists("mine.partial") && !exists("mine"));
	ck_assert_int_eq(run_directory_finish(&directory, &error), 0);
	ck_assert_str_eq(directory.path, in("mine"));
	ck_assert(!exists("mine.partial") && exists("mine") && !exists("latest"));
	/* Too late: it is whole. */
	ck_assert_int_eq(run_directory_abandon(&directory), 0);
	ck_assert(exists("mine"));
	run_directory_fini(&directory);
	run_directory_fini(&directory);
}
END_TEST

START_TEST(latest_points_to_the_newest_finished_run)
{
	struct run_directory first, second;
	char target[256] = "";

	ck_assert_int_eq(run_directory_create(NULL, in("a/results"), &first, &error), 0);
	ck_assert_int_eq(run_directory_finish(&first, &error), 0);
	/* Another process; here the pid is ours too, so the name must differ by hand. */
	ck_assert_int_eq(rename(first.final_path, in("a/results/old")), 0);
	ck_assert_int_eq(run_directory_create(NULL, in("a/results"), &second, &error), 0);
	ck_assert_int_gt(readlink(in("a/results/latest"), target, sizeof(target) - 1), 0);
	ck_assert_ptr_null(strchr(target, '/'));
	ck_assert_int_eq(unlink(in("a/results/latest")), 0);
	ck_assert_int_eq(symlink("old", in("a/results/latest")), 0);
	ck_assert_int_eq(run_directory_finish(&second, &error), 0);
	memset(target, 0, sizeof(target));
	ck_assert_int_gt(readlink(in("a/results/latest"), target, sizeof(target) - 1), 0);
	ck_assert_str_eq(target, strrchr(second.path, '/') + 1);
	run_directory_fini(&first);
	run_directory_fini(&second);
}
END_TEST

START_TEST(a_latest_that_is_no_link_is_left_alone)
{
	struct run_directory directory;

	ck_assert_int_eq(mkdir(in("latest"), 0700), 0);
	ck_assert_int_eq(run_directory_create(NULL, folder, &directory, &error), 0);
	ck_assert_int_eq(run_directory_finish(&directory, &error), 0);
	ck_assert_int_eq(rmdir(in("latest")), 0);
	run_directory_fini(&directory);
}
END_TEST

START_TEST(an_existing_folder_is_never_taken)
{
	struct run_directory directory;

	ck_assert_int_eq(mkdir(in("old"), 0700), 0);
	ck_assert_int_eq(run_directory_create(in("old"), NULL, &directory, &error), -EEXIST);
	assert_message("/old: is there already; name a folder that does not exist yet");
	ck_assert(!exists("old.partial"));
	ck_assert_int_eq(symlink("nowhere", in("dangling")), 0);
	ck_assert_int_eq(run_directory_create(in("dangling"), NULL, &directory, &error), -EEXIST);
	ck_assert_int_eq(mkdir(in("new.partial"), 0700), 0);
	ck_assert_int_eq(run_directory_create(in("new"), NULL, &directory, &error), -EEXIST);
	assert_message("/new.partial: another run writes it, or left it unfinished");
}
END_TEST

START_TEST(a_folder_that_cannot_be_made_is_named)
{
	struct run_directory directory;

	ck_assert_int_eq(run_directory_create(in("no/where"), NULL, &directory, &error), -ENOENT);
	assert_message("/no/where: cannot be made: the folder above it is missing");
	put_text("file", "");
	ck_assert_int_eq(run_directory_create(in("file/mine"), NULL, &directory, &error), -ENOTDIR);
	assert_message("/file/mine");
	ck_assert_int_eq(run_directory_create(NULL, in("file/results"), &directory, &error), -ENOTDIR);
	assert_message("/file/results: cannot be made");
	ck_assert_int_eq(run_directory_create("", NULL, &directory, &error), -EINVAL);
	assert_message("--out: empty");
}
END_TEST

START_TEST(a_final_name_that_was_taken_meanwhile_is_left_alone)
{
	struct run_directory directory;

	ck_assert_int_eq(run_directory_create(in("mine"), NULL, &directory, &error), 0);
	ck_assert_int_eq(mkdir(in("mine"), 0700), 0);
	ck_assert_int_eq(run_directory_finish(&directory, &error), -EEXIST);
	assert_message("/mine.partial: cannot be renamed");
	ck_assert(exists("mine.partial"));
	run_directory_fini(&directory);
}
END_TEST

START_TEST(an_abandoned_run_leaves_nothing)
{
	struct run_directory directory;
	char *relative, *path;

	ck_assert_int_eq(run_directory_create(in("mine"), NULL, &directory, &error), 0);
	ck_assert_int_eq(run_directory_add_cell(&directory, "6.1", "race", 1, &relative, &path, &error), 0);
	put_text("outside", "");
	ck_assert_int_eq(symlink("../../../outside", in("mine.partial/6.1/race/link")), 0);
	put_text("mine.partial/6.1/race/scenario", "");
	ck_assert_int_eq(run_directory_abandon(&directory), 0);
	ck_assert(!exists("mine.partial") && !exists("mine") && exists("outside"));
	run_directory_fini(&directory);
	free(relative);
	free(path);
}
END_TEST

START_TEST(a_cell_stays_below_its_run_whatever_its_kernel_is_called)
{
	static const struct {
		const char *kernel;
		const char *scenario;
		const char *wanted;
	} cases[] = {
		{ "6.1.0-56-cloud-amd64", "get_free_race", "6.1.0-56-cloud-amd64/get_free_race" },
		{ "6.1.0-56-cloud-amd64", "get_free_race", "6.1.0-56-cloud-amd64/get_free_race-2" },
		{ "6.1.0-56-cloud-amd64", "get_free_race", "6.1.0-56-cloud-amd64/get_free_race-3" },
		{ "..", "../../x", "_./_._.._x" },
		{ "a/b c\n", "", "a_b_c_/unknown" },
		{ NULL, "-rf", "unknown/_rf" },
	};
	struct run_directory directory;

	ck_assert_int_eq(run_directory_create(in("mine"), NULL, &directory, &error), 0);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		char *relative, *path;

		ck_assert_int_eq(run_directory_add_cell(&directory, cases[i].kernel, cases[i].scenario, 1, &relative,
							&path, &error),
				 0);
		ck_assert_str_eq(relative, cases[i].wanted);
		ck_assert_int_eq(access(path, F_OK), 0);
		free(relative);
		free(path);
	}
	run_directory_fini(&directory);
}
END_TEST

START_TEST(the_cells_of_a_run_are_found)
{
	static const char *const cells[] = { "b/one", "a/ten-10", "a/ten-2", "a/no_cell" };
	static const char *const wanted[] = { "a/ten-2", "a/ten-10", "b/one" };
	char **relatives;
	unsigned int count;

	ck_assert_int_eq(mkdir(in("a"), 0700), 0);
	ck_assert_int_eq(mkdir(in("b"), 0700), 0);
	put_text("run.json", "{}");
	for (size_t i = 0; i < ARRAY_COUNT(cells); i++) {
		char name[64];

		ck_assert_int_eq(mkdir(in(cells[i]), 0700), 0);
		snprintf(name, sizeof(name), "%s/scenario", cells[i]);
		if (i < 3)
			put_text(name, "");
	}
	ck_assert_int_eq(run_directory_list_cells(folder, &relatives, &count, &error), 0);
	ck_assert_uint_eq(count, ARRAY_COUNT(wanted));
	for (size_t i = 0; i < ARRAY_COUNT(wanted); i++)
		ck_assert_str_eq(relatives[i], wanted[i]);
	run_directory_free_list(relatives, count);
	ck_assert_int_eq(run_directory_list_cells(in("b/one"), &relatives, &count, &error), 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(relatives[0], ".");
	run_directory_free_list(relatives, count);
	ck_assert_int_eq(run_directory_list_cells(in("a/no_cell"), &relatives, &count, &error), -ENOENT);
	assert_message("/a/no_cell: holds no results; name a run's folder");
	ck_assert_int_eq(run_directory_list_cells(in("nowhere"), &relatives, &count, &error), -ENOENT);
	assert_message("/nowhere: cannot be read: No such file");
	ck_assert_int_eq(run_directory_list_cells(in("run.json"), &relatives, &count, &error), -ENOTDIR);
	assert_message("/run.json: cannot be read");
}
END_TEST

/* --- notes --- */

START_TEST(notes_become_the_record)
{
	static const char notes[] = "kernel release=6.1.0-56-cloud-amd64 version=#1 SMP x=1 y\n"
				    "loop driver=module\n"
				    "skip need=loop_control\n"
				    "broken what=loading a=b failed\n"
				    "broken what=a consequence\n"
				    "stuck worker=3 call=LOOP_SET_FD index=-1 for_ns=123\n"
				    "stack worker=3 text=[<0>] one\n"
				    "stuck worker=4 call=planted fault index=7 for_ns=18446744073709551615\n"
				    "stack worker=3 text=[<0>] two worker=4\n"
				    "leftover index=2 dev=25 inode=18446744073709551615 worker=5\n"
				    "leftover index=3 dev=26 inode=4 worker=-1\n"
				    "rmmod error=16\n"
				    "unmount error=17\n"
				    "resource name=slab_a-b before=4 after=9\n"
				    "device index=5 state=lost error=6 what=open of /dev/loop5 index=6\n"
				    "devices checked=8\n"
				    "backing number=0 dev=25 inode=4 bytes=512 content=tags name=worker0\n"
				    "trait name=eagain_on_dirty value=1\n"
				    "taint flags=12288\n"
				    "memory harness_kib=1234";
	struct cell_record record = CELL_RECORD_NULL;

	ck_assert_int_eq(cell_record_apply_notes(&record, notes, sizeof(notes) - 1), 0);
	ck_assert_str_eq(record.kernel.release, "6.1.0-56-cloud-amd64");
	ck_assert_str_eq(record.kernel.version, "#1 SMP x=1 y");
	ck_assert_str_eq(record.kernel.loop_driver, "module");
	ck_assert_str_eq(record.kernel.taint, "OE");
	ck_assert_str_eq(record.skip_reason, "loop_control");
	ck_assert_str_eq(record.broken_reason, "loading a=b failed");
	ck_assert_uint_eq(record.stuck_count, 2);
	ck_assert_int_eq(record.stucks[0].call, RECORDER_CALL_set_fd);
	ck_assert_int_eq(record.stucks[0].device_index, -1);
	ck_assert_uint_eq(record.stucks[0].duration_ns, 123);
	ck_assert_str_eq(record.stucks[0].stack, "[<0>] one\n[<0>] two worker=4");
	ck_assert_int_eq(record.stucks[1].call, RECORDER_CALL_fault);
	ck_assert_uint_eq(record.stucks[1].duration_ns, UINT64_MAX);
	ck_assert_str_eq(record.stucks[1].stack, "");
	ck_assert_uint_eq(record.leftover_count, 2);
	ck_assert_uint_eq(record.leftovers[0].inode, UINT64_MAX);
	ck_assert_int_eq(record.leftovers[0].worker, 5);
	ck_assert_int_eq(record.leftovers[1].worker, -1);
	ck_assert(record.has_module);
	ck_assert_int_eq(record.module_remove_error, 16);
	ck_assert(record.has_unmount);
	ck_assert_int_eq(record.unmount_error, 17);
	ck_assert_uint_eq(record.resource_count, 1);
	ck_assert_str_eq(record.resources[0].name, "slab_a-b");
	ck_assert_uint_eq(record.resources[0].before, 4);
	ck_assert_uint_eq(record.resources[0].after, 9);
	ck_assert(record.has_checked_devices);
	ck_assert_uint_eq(record.checked_device_count, 8);
	ck_assert_uint_eq(record.lost_device_count, 1);
	ck_assert_int_eq(record.lost_devices[0].device_index, 5);
	ck_assert_str_eq(record.lost_devices[0].state, "lost");
	ck_assert_int_eq(record.lost_devices[0].error, 6);
	ck_assert_str_eq(record.lost_devices[0].what, "open of /dev/loop5 index=6");
	ck_assert_uint_eq(record.harness_memory_kib, 1234);
	ck_assert_uint_eq(record.ignored_note_count, 0);
	cell_record_fini(&record);
}
END_TEST

START_TEST(notes_that_make_no_sense_are_counted_and_nothing_else)
{
	static const char *const lines[] = {
		"kernel release=6.1",
		"kernel",
		"loop driver=\033[31m",
		"skip",
		"skip need=",
		"broken who=me",
		"stuck worker=3 call=LOOP_SET_FDX index=0 for_ns=1",
		"stuck worker=-2 call=open index=0 for_ns=1",
		"stuck worker=2147483648 call=open index=0 for_ns=1",
		"stuck worker=1 call=open index=0 for_ns=-1",
		"stuck worker=1 call=open index=0 for_ns=18446744073709551616",
		"stack worker=3 text=nobody is stuck",
		"leftover index=2 dev=0x25 inode=1 worker=1",
		"leftover index=2 dev=25 worker=1",
		"rmmod error=99999",
		"rmmod",
		"memory harness_kib=lots",
		"unmount error=-16",
		"resource name= before=1 after=2",
		"resource name=fds before=1 after=-2",
		"resource name=fds before=1",
		"devices checked=all",
		"device index=5 state=lost error=6",
		"device index=5 state=lost error=6 what=",
		"device index=5 error=6 what=open",
		"device index=x state=lost error=6 what=open",
		"device index=5 state=lost error=4096 what=open",
		"",
		"unknown word=1",
		"\xff\xfe\x01",
		"stackworker=1",
	};
	struct cell_record record = CELL_RECORD_NULL, nothing = CELL_RECORD_NULL;
	json_t *state, *empty;

	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		char line[128];
		int length = snprintf(line, sizeof(line), "%s\n", lines[i]);

		ck_assert_int_eq(cell_record_apply_notes(&record, line, (size_t)length), 0);
		ck_assert_msg(record.ignored_note_count == i + 1, "%zu: %s", i, lines[i]);
	}
	record.ignored_note_count = 0;
	state = cell_state_to_json(&record);
	empty = cell_state_to_json(&nothing);
	ck_assert(json_equal(state, empty));
	json_decref(state);
	json_decref(empty);
	ck_assert_ptr_null(record.kernel.release);
	ck_assert_ptr_null(record.kernel.loop_driver);
	cell_record_fini(&record);
}
END_TEST

START_TEST(a_guest_that_runs_wild_does_not_fill_our_memory)
{
	static const char first[] = "stuck worker=0 call=open index=0 for_ns=1\n";
	static const char notes[] = "leftover index=2 dev=25 inode=1 worker=1\n"
				    "stuck worker=1 call=open index=0 for_ns=1\n"
				    "stack worker=0 text=0123456789012345678901234567890123456789\n";
	struct cell_record record = CELL_RECORD_NULL;

	ck_assert_int_eq(cell_record_apply_notes(&record, first, sizeof(first) - 1), 0);
	for (unsigned int i = 0; i < 10000; i++)
		ck_assert_int_eq(cell_record_apply_notes(&record, notes, sizeof(notes) - 1), 0);
	ck_assert_uint_eq(record.leftover_count, CELL_LEFTOVER_COUNT_MAX);
	ck_assert_uint_eq(record.stuck_count, CELL_STUCK_COUNT_MAX);
	ck_assert_uint_le(strlen(record.stucks[0].stack), CELL_STACK_BYTES_MAX);
	ck_assert_uint_gt(strlen(record.stucks[0].stack), CELL_STACK_BYTES_MAX - 100);
	cell_record_fini(&record);
}
END_TEST

/* --- cell --- */

static const char scenario_text[] = "[scenario]\nsummary = a test\nduration = 1s\n\n"
				    "[worker attacher]\ncount = 4\nprogram =\n    attach\n    detach\n";

/* A cell of two workers with all five files, in the test's folder. */
static void write_cell(struct cell_record *record)
{
	struct history_builder builder;

	history_builder_init(&builder, 2);
	history_builder_add(&builder,
			    (struct history_call){ .call = RECORDER_CALL_open, .call_ns = 10, .return_ns = 20 });
	history_builder_add(&builder, (struct history_call){ .worker = 1, .call = RECORDER_CALL_close, .call_ns = 30 });
	recorder_note(&builder.recorder, "memory harness_kib=77");
	atomic_store(&builder.recorder.header->start_ns, 5);
	record->worker_count = 2;
	ck_assert_int_eq(cell_record_apply_history(record, history_builder_read(&builder)), 0);
	ck_assert_int_eq(cell_write_scenario(folder, scenario_text, sizeof(scenario_text) - 1, &error), 0);
	ck_assert_int_eq(cell_write(folder, record, &error), 0);
	ck_assert_int_eq(cell_write_history(folder, history_builder_read(&builder), &error), 0);
	put_text("console.log", "looprace: start\n");
	history_builder_fini(&builder);
}

START_TEST(a_cell_is_read_back_as_it_was_written)
{
	struct cell_record *record = &samples.records[SAMPLE_VIOLATION];
	json_t *run, *state, *run_again, *state_again;
	struct cell *cell;

	record->repeat_number = 3;
	write_cell(record);
	ck_assert_msg(cell_load(folder, &cell, &error) == 0, "%s", error.text);
	run = cell_run_to_json(record);
	state = cell_state_to_json(record);
	run_again = cell_run_to_json(&cell->record);
	state_again = cell_state_to_json(&cell->record);
	ck_assert(json_equal(run, run_again));
	ck_assert(json_equal(state, state_again));
	json_decref(run);
	json_decref(state);
	json_decref(run_again);
	json_decref(state_again);
	ck_assert_uint_eq(cell->record.seed, 0xfedcba9876543210);
	ck_assert_uint_eq(cell->record.leftovers[0].inode, UINT64_MAX);
	ck_assert_uint_eq(cell->record.repeat_number, 3);
	ck_assert_uint_eq(cell->record.start_ns, 5);
	ck_assert_uint_eq(cell->record.harness_memory_kib, 77);
	ck_assert_ptr_nonnull(strchr(cell->record.stucks[0].stack, '\n'));
	ck_assert_str_eq(cell->scenario->name, record->scenario);
	cell_free(cell);
}
END_TEST

/* run.json and state.json are as they were written before anything ran; the notes are in the recorder alone. */
START_TEST(an_abandoned_cell_knows_what_its_recorder_says)
{
	struct cell_record *record = &samples.records[SAMPLE_PASS];
	struct cell *cell;

	write_cell(record);
	record->ending = ENDING_abandoned;
	record->start_ns = record->harness_memory_kib = 0;
	ck_assert_int_eq(cell_write(folder, record, &error), 0);
	ck_assert_msg(cell_load(folder, &cell, &error) == 0, "%s", error.text);
	ck_assert_uint_eq(cell->record.start_ns, 5);
	ck_assert_uint_eq(cell->record.harness_memory_kib, 77);
	cell_free(cell);
}
END_TEST

START_TEST(a_loaded_cell_is_evidence)
{
	struct cell *cell;

	samples.records[SAMPLE_VIOLATION].ending = ENDING_run_timeout;
	write_cell(&samples.records[SAMPLE_VIOLATION]);
	ck_assert_msg(cell_load(folder, &cell, &error) == 0, "%s", error.text);
	ck_assert_ptr_eq(cell->evidence.scenario, cell->scenario);
	/* As run: --workers 2 and --duration 5s, not what the text says. */
	ck_assert_uint_eq(scenario_worker_count(cell->evidence.scenario), 2);
	ck_assert_uint_eq(cell->evidence.scenario->duration_ns, 5000000000);
	ck_assert_uint_eq(cell->evidence.history->worker_count, 2);
	ck_assert_uint_eq(cell->evidence.history->workers[0].record_count, 1);
	ck_assert_ptr_nonnull(cell->evidence.history->workers[1].pending);
	ck_assert_mem_eq(cell->evidence.console, "looprace: start\n", cell->evidence.console_bytes);
	ck_assert_int_eq(cell->evidence.ending, ENDING_run_timeout);
	ck_assert_uint_eq(cell->evidence.kernel.major, 6);
	ck_assert_uint_eq(cell->evidence.kernel.minor, 1);
	ck_assert(cell->evidence.has_module);
	ck_assert_int_eq(cell->evidence.module_remove_error, EBUSY);
	ck_assert_uint_eq(cell->evidence.leftover_count, 1);
	ck_assert_uint_eq(cell->evidence.stuck_count, 1);
	cell_free(cell);
}
END_TEST

/* The stable release is in the release, or in what Debian says of itself, or not to be known (-1). */
START_TEST(the_kernel_of_the_evidence_is_known)
{
	static const struct {
		const char *release;
		const char *version;
		struct kernel_version kernel;
	} cases[] = {
		{ "6.1.0-56-cloud-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-1 (2026-10-02)", { 6, 1, 192 } },
		{ "6.12.117+deb12-cloud-amd64", "#1 SMP Debian 6.12.117-1~deb12u1 (2026-10-02)", { 6, 12, 117 } },
		{ "6.12.117+deb12-cloud-amd64", "#1 SMP", { 6, 12, 117 } },
		{ "5.10.0-32-cloud-amd64", "#1 SMP Debian 5.10.223-1 (2024-08-10)", { 5, 10, 223 } },
		{ "7.3.4", NULL, { 7, 3, 4 } },
		{ "6.1.0", "#1 SMP", { 6, 1, 0 } },
		{ "6.18.0-rc3", "#1 SMP", { 6, 18, 0 } },
		{ "6.18-rc3", "#1 SMP", { 6, 18, -1 } },
		{ "5.15.0-91-generic", "#101-Ubuntu SMP", { 5, 15, -1 } },
		{ "6.1.0-56-cloud-amd64", "#1 SMP Debian 6.12.5-1", { 6, 1, -1 } },
		{ "6.1.0-56-cloud-amd64", "#1 SMP Debian", { 6, 1, -1 } },
		{ "unknown", "#1 SMP Debian 6.1.192-1", { 0, 0, -1 } },
		{ NULL, NULL, { 0, 0, -1 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cell_record record = CELL_RECORD_NULL;
		struct evidence evidence;

		record.kernel.release = (char *)cases[i].release;
		record.kernel.version = (char *)cases[i].version;
		cell_evidence(&record, NULL, NULL, NULL, 0, &evidence);
		ck_assert_msg(memcmp(&evidence.kernel, &cases[i].kernel, sizeof(evidence.kernel)) == 0,
			      "case %zu: got %u.%u.%d", i, evidence.kernel.major, evidence.kernel.minor,
			      evidence.kernel.patch);
	}
}
END_TEST

START_TEST(a_cell_may_lack_history_and_console)
{
	struct cell *cell;

	write_cell(&samples.records[SAMPLE_BROKEN]);
	ck_assert_int_eq(unlink(in("history.bin")), 0);
	ck_assert_msg(cell_load(folder, &cell, &error) == 0, "%s", error.text);
	ck_assert_ptr_null(cell->evidence.history);
	ck_assert_ptr_nonnull(cell->evidence.console);
	cell_free(cell);
	ck_assert_int_eq(unlink(in("console.log")), 0);
	ck_assert_msg(cell_load(folder, &cell, &error) == 0, "%s", error.text);
	ck_assert_ptr_null(cell->evidence.history);
	ck_assert_ptr_null(cell->evidence.console);
	ck_assert_uint_eq(cell->evidence.kernel.major, 0);
	ck_assert(!cell->record.has_qemu);
	ck_assert_str_eq(error.text, "");
	cell_free(cell);
	ck_assert_ptr_null(cell_free(NULL));
}
END_TEST

START_TEST(a_missing_file_of_a_cell_is_named)
{
	static const char *const names[] = { "run.json", "state.json", "scenario" };
	struct cell *cell;
	char needle[64];

	write_cell(&samples.records[SAMPLE_PASS]);
	ck_assert_int_eq(unlink(in(names[_i])), 0);
	ck_assert_int_eq(cell_load(folder, &cell, &error), -ENOENT);
	snprintf(needle, sizeof(needle), "/%s: cannot be read: No such file", names[_i]);
	assert_message(needle);
}
END_TEST

/* Replaces the first @from in a file by @to. */
static void edit(const char *name, const char *from, const char *to)
{
	char *content, *at, *edited;
	size_t content_bytes;

	ck_assert_int_eq(file_read(folder, name, 1 << 20, &content, &content_bytes, &error), 0);
	at = strstr(content, from);
	ck_assert_msg(at != NULL, "no %s in %s", from, content);
	ck_assert_int_gt(asprintf(&edited, "%.*s%s%s", (int)(at - content), content, to, at + strlen(from)), 0);
	put_text(name, edited);
	free(edited);
	free(content);
}

static const struct corruption {
	const char *file;
	const char *from; /* NULL: the whole file */
	const char *to;
	const char *message;
} corruptions[] = {
	{ "run.json", NULL, "", "/run.json:1: not JSON: " },
	{ "run.json", NULL, "{\"format_version\": 1", "/run.json:1: not JSON: " },
	{ "run.json", NULL, "\x7f\x45LF\x02", "/run.json:1: not JSON: " },
	{ "run.json", NULL, "[1]", "/run.json: an object would be right" },
	{ "run.json", NULL, "{}", "/run.json: no format_version" },
	{ "run.json", "\"format_version\": 1", "\"format_version\": 2",
	  "/run.json: format_version 2; this looprace reads 1" },
	{ "run.json", "\"format_version\": 1", "\"format_version\": 1, \"seed\": 1", "/run.json" },
	{ "run.json", "\"seed\": \"0x", "\"seed\": \"zz", "/run.json: seed: a string such as \"0x1f\" would be right" },
	{ "run.json", "\"0xfedcba9876543210\"", "7", "/run.json: seed: " },
	{ "run.json", "\"0xfedcba9876543210\"", "\"0x1fedcba9876543210\"", "/run.json: seed: " },
	{ "run.json", "\"finished\"", "\"melted\"", "/run.json: ending: how the guest ended" },
	{ "run.json", "\"kernel\": {", "\"kernel\": 1, \"other\": {", "/run.json: kernel: an object would be right" },
	{ "run.json", "\"release\": \"6.1", "\"release\": 6, \"x\": \"",
	  "/run.json: kernel.release: a string or null would" },
	{ "run.json", "\"worker_count\": 2", "\"worker_count\": -1", "/run.json: worker_count: a number, 0 or more," },
	{ "run.json", "\"worker_count\": 2", "\"worker_count\": 99999",
	  "/run.json: worker_count: 99999; 1 to 1024 would" },
	{ "run.json", "\"worker_count\": 2", "\"worker_count\": 0", "/run.json: worker_count: 0; 1 to 1024 would" },
	{ "run.json", "\"worker_count\": 2", "\"worker_count\": 4294967298", "/run.json: worker_count: " },
	{ "run.json", "\"boot_ns\": 1234567890", "\"boot_ns\": 1.5", "/run.json: boot_ns: a number, 0 or more," },
	{ "run.json", "\"repeat_number\": 1", "\"repeat_number\": 0", "/run.json: repeat_number: 1 or more would" },
	{ "run.json", "\"repeat_number\": 1", "\"repeat_number\": \"1\"", "/run.json: repeat_number: a number, 0 or" },
	{ "run.json", "\"is_interrupted\": false", "\"is_interrupted\": 0",
	  "/run.json: is_interrupted: true or false" },
	{ "run.json", "\"scenario\": \"get_free_race\"", "\"scenario\": null",
	  "/run.json: scenario: a name would be right" },
	{ "run.json", "\"scenario\": \"get_", "\"scenario\": \"\\u0000", "/run.json" },
	{ "state.json", NULL, "[]", "/state.json: an object would be right" },
	{ "state.json", "\"leftovers\": []", "\"leftovers\": {}", "/state.json: leftovers: an array of devices would" },
	{ "state.json", "\"leftovers\": []", "\"leftovers\": [1]",
	  "/state.json: leftovers: device_index, dev, inode and" },
	{ "state.json", "\"leftovers\": []",
	  "\"leftovers\": [{\"device_index\": 1, \"dev\": \"1\", \"inode\": \"-1\", \"worker\": 1}]",
	  "/state.json: leftovers: " },
	{ "state.json", "\"stuck_calls\": []",
	  "\"stuck_calls\": [{\"worker\": 1, \"call\": \"x\", \"device_index\": 1, \"duration_ns\": 1, \"stack\": "
	  "\"\"}]",
	  "/state.json: stuck_calls: worker, call, device_index, duration_ns and stack in each" },
	{ "state.json", "\"module_removal\": null", "\"module_removal\": 16", "/state.json: module_removal: null, or" },
	{ "state.json", "\"unmount\": null", "\"unmount\": {}", "/state.json: unmount: null, or" },
	{ "state.json", "\"resources\": []", "\"resources\": 1", "/state.json: resources: an array of counts" },
	{ "state.json", "\"resources\": []", "\"resources\": [{\"name\": \"a\", \"before\": 1, \"after\": -1}]",
	  "/state.json: resources: name, before and after in each" },
	{ "state.json", "\"devices\": null", "\"devices\": {\"checked_count\": 1}",
	  "/state.json: devices: null, or an object with checked_count and an array lost" },
	{ "state.json", "\"devices\": null",
	  "\"devices\": {\"checked_count\": 1, \"lost\": [{\"device_index\": 1, \"error\": 1, \"state\": \"lost\"}]}",
	  "/state.json: devices.lost: device_index, state, error and what in each" },
	{ "scenario", NULL, "[scenario]\nsummary = x\nwhat = 1\n", "/scenario:3" },
	{ "history.bin", NULL, "", "/history.bin: empty, or no file" },
	{ "history.bin", NULL, "this is no flight recorder, but long enough to be looked at for a moment",
	  "/history.bin: " },
};

START_TEST(a_corrupt_file_of_a_cell_is_named)
{
	const struct corruption *corruption = &corruptions[_i];
	struct cell *cell = NULL;

	write_cell(&samples.records[SAMPLE_PASS]);
	if (corruption->from)
		edit(corruption->file, corruption->from, corruption->to);
	else
		put_text(corruption->file, corruption->to);
	ck_assert_msg(cell_load(folder, &cell, &error) < 0, "%d: loaded", _i);
	ck_assert_ptr_null(cell);
	assert_message(corruption->message);
}
END_TEST

START_TEST(older_evidence_says_nothing_of_what_was_not_looked_at)
{
	static const char *const additions[][2] = {
		{ "\"unmount\": null,", "" },
		{ "\"resources\": [],", "" },
		{ "\"devices\": null,", "" },
	};
	struct cell *cell;

	write_cell(&samples.records[SAMPLE_PASS]);
	for (size_t i = 0; i < ARRAY_COUNT(additions); i++)
		edit("state.json", additions[i][0], additions[i][1]);
	edit("run.json", ",\n  \"repeat_number\": 1", "");
	edit("run.json", ",\n    \"taint\": null", "");
	ck_assert_msg(cell_load(folder, &cell, &error) == 0, "%s", error.text);
	ck_assert_uint_eq(cell->record.repeat_number, 1);
	ck_assert(!cell->evidence.has_unmount);
	ck_assert(!cell->evidence.has_checked_devices);
	ck_assert_uint_eq(cell->evidence.resource_count, 0);
	cell_free(cell);
}
END_TEST

START_TEST(a_history_of_another_run_is_no_evidence)
{
	struct cell_record *record = &samples.records[SAMPLE_PASS];
	struct cell *cell;

	write_cell(record);
	record->start_ns++;
	ck_assert_int_eq(cell_write(folder, record, &error), 0);
	ck_assert_int_eq(cell_load(folder, &cell, &error), -EPROTO);
	assert_message("/history.bin: of another run: ");
	/* Written before the start, it cannot know. */
	record->ending = ENDING_abandoned;
	ck_assert_int_eq(cell_write(folder, record, &error), 0);
	ck_assert_msg(cell_load(folder, &cell, &error) == 0, "%s", error.text);
	cell_free(cell);
}
END_TEST

START_TEST(a_history_cut_anywhere_is_no_crash)
{
	char *content;
	size_t content_bytes;

	write_cell(&samples.records[SAMPLE_PASS]);
	ck_assert_int_eq(file_read(folder, "history.bin", 1 << 20, &content, &content_bytes, &error), 0);
	for (size_t cut = 0; cut < content_bytes; cut += 61) {
		struct cell *cell;

		put("history.bin", content, cut);
		if (cell_load(folder, &cell, &error) == 0)
			cell_free(cell);
		else
			assert_message("/history.bin: ");
	}
	free(content);
}
END_TEST

/* --- reports --- */

START_TEST(the_worst_verdict_is_the_runs)
{
	static const struct {
		enum verdict verdicts[3];
		enum verdict wanted;
	} cases[] = {
		{ { VERDICT_PASS, VERDICT_SKIP, VERDICT_SKIP }, VERDICT_PASS },
		{ { VERDICT_SKIP, VERDICT_SKIP, VERDICT_SKIP }, VERDICT_SKIP },
		{ { VERDICT_SKIP, VERDICT_UNKNOWN, VERDICT_PASS }, VERDICT_UNKNOWN },
		{ { VERDICT_BROKEN, VERDICT_UNKNOWN, VERDICT_PASS }, VERDICT_BROKEN },
		{ { VERDICT_PASS, VERDICT_VIOLATION, VERDICT_BROKEN }, VERDICT_VIOLATION },
	};

	for (unsigned int i = 0; i < 3; i++)
		samples.judgements[i].verdict = cases[_i].verdicts[i];
	ck_assert_int_eq(report_worst_verdict(samples.cells, 3), cases[_i].wanted);
	ck_assert_int_eq(report_worst_verdict(NULL, 0), VERDICT_BROKEN);
}
END_TEST

START_TEST(the_worst_check_of_a_cell_is_its_verdict)
{
	for (unsigned int i = 0; i < SAMPLE_COUNT; i++) {
		enum verdict worst = VERDICT_SKIP;
		struct check checks[CHECK_COUNT];

		checks_of(&samples.cells[i], checks);
		for (unsigned int c = 0; c < CHECK_COUNT; c++)
			worst = checks[c].verdict > worst ? checks[c].verdict : worst;
		ck_assert_msg(worst == samples.judgements[i].verdict, "sample %u: %s", i, verdict_name(worst));
	}
}
END_TEST

START_TEST(a_violation_that_no_rule_claims_fails_the_run_check)
{
	struct check checks[CHECK_COUNT];

	/* The scenario planted a fault, and nobody found it. */
	samples.judgements[SAMPLE_PASS].verdict = VERDICT_VIOLATION;
	checks_of(&samples.cells[SAMPLE_PASS], checks);
	ck_assert_str_eq(checks[0].name, "run");
	ck_assert_int_eq(checks[0].verdict, VERDICT_VIOLATION);
}
END_TEST

START_TEST(a_planted_violation_that_was_found_is_a_rule_that_passed)
{
	struct check checks[CHECK_COUNT];

	/* Found, but something else is wrong. */
	samples.judgements[SAMPLE_EXPECTED].verdict = VERDICT_UNKNOWN;
	checks_of(&samples.cells[SAMPLE_EXPECTED], checks);
	ck_assert_int_eq(checks[0].verdict, VERDICT_UNKNOWN);
	ck_assert_int_eq(checks[1 + RULE_identity].verdict, VERDICT_PASS);
}
END_TEST

static json_t *parse(char *text)
{
	json_error_t json_error;
	json_t *root = text ? json_loads(text, JSON_REJECT_DUPLICATES, &json_error) : NULL;

	ck_assert_msg(root != NULL, "%s", text ? json_error.text : "no memory");
	free(text);
	return root;
}

START_TEST(an_errno_has_a_name_whatever_its_sign)
{
	static const struct {
		int error;
		const char *text;
	} cases[] = { { EBUSY, "EBUSY" }, { -EBUSY, "EBUSY" }, { 4000, "4000" }, { INT32_MIN, "2147483648" } };
	json_t *name = json_errno(cases[_i].error);

	ck_assert_str_eq(json_string_value(name), cases[_i].text);
	json_decref(name);
	name = json_errno(0);
	ck_assert(json_is_null(name));
	json_decref(name);
}
END_TEST

START_TEST(a_number_too_great_for_json_is_the_greatest)
{
	json_t *root;

	samples.judgements[SAMPLE_PASS].counts.run_ns = UINT64_MAX;
	root = parse(report_cell_json(&samples.cells[SAMPLE_PASS]));
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(root, "counts"), "run_ns")), INT64_MAX);
	json_decref(root);
}
END_TEST

/*
 * KTAP from the line at *text on, of one depth: version, plan, results in order, and subtests before their result.
 * Returns how many results failed.
 */
static unsigned int check_ktap(const char **text, unsigned int depth)
{
	unsigned int planned_count, number = 0, failed_count = 0, failed_below_count = 0;
	const char *indented;
	char name[64];
	int used;

	ck_assert_int_eq(strncmp(*text + 2 * depth, "KTAP version 1\n", 15), 0);
	*text = strchr(*text, '\n') + 1;
	while (sscanf(*text + 2 * depth, "# Subtest: %63[^\n]%n", name, &used) == 1)
		*text = strchr(*text, '\n') + 1;
	ck_assert_int_eq(sscanf(*text + 2 * depth, "1..%u\n", &planned_count), 1);
	*text = strchr(*text, '\n') + 1;
	while (**text && strspn(*text, " ") >= 2 * depth) {
		bool has_failed;

		indented = *text + 2 * depth;
		if (*indented == ' ') {
			failed_below_count += check_ktap(text, depth + 1);
			continue;
		}
		if (*indented == '#') {
			*text = strchr(*text, '\n') + 1;
			continue;
		}
		has_failed = strncmp(indented, "not ", 4) == 0;
		indented += has_failed ? 4 : 0;
		ck_assert_msg(strncmp(indented, "ok ", 3) == 0, "%.60s", *text);
		ck_assert_uint_eq(strtoul(indented + 3, NULL, 10), ++number);
		failed_count += has_failed;
		/* A parent fails when one of its children does. */
		ck_assert_msg(has_failed || failed_below_count == 0, "%.60s", *text);
		failed_below_count = 0;
		*text = strchr(*text, '\n') + 1;
	}
	ck_assert_uint_eq(number, planned_count);
	return failed_count;
}

START_TEST(ktap_is_sound)
{
	char *text = report_ktap(&samples.run);
	const char *next = text;

	/* Two of the three kernels have a cell that is no pass. */
	ck_assert_uint_eq(check_ktap(&next, 0), 2);
	ck_assert_str_eq(next, "");
	ck_assert_ptr_nonnull(strstr(text, "    not ok 2 exclusive_bind\n"));
	ck_assert_ptr_nonnull(strstr(text, "    not ok 1 run # ERROR UNKNOWN: the window was not hit: 0 lost tries\n"));
	ck_assert_ptr_nonnull(strstr(text, "    ok 1 run # SKIP needs LOOP_CONFIGURE (v5.8) \\x23 and says so\n"));
	ck_assert_ptr_nonnull(strstr(text, "  ok 4 known_race\n"));
	free(text);
}
END_TEST

START_TEST(junit_holds_no_markup_of_a_guest)
{
	char *text = report_junit(&samples.run);

	ck_assert_ptr_null(strstr(text, "<b>"));
	ck_assert_ptr_null(strstr(text, "]]>"));
	ck_assert(text_is_utf8(text));
	for (const char *c = text; *c; c++)
		ck_assert_msg((unsigned char)*c >= 0x20 || *c == '\n', "\\x%02x", (unsigned char)*c);
	ck_assert_ptr_nonnull(
		strstr(text, "classname=\"6.1.0-56-cloud-amd64.get_free_burst\" name=\"exclusive_bind\""));
	ck_assert_ptr_nonnull(strstr(text, "<testsuites name=\"looprace\" tests=\"96\" failures=\"1\" errors=\"2\""));
	ck_assert_ptr_nonnull(strstr(text, "<skipped>needs LOOP_CONFIGURE (v5.8) # and says so</skipped>"));
	ck_assert_ptr_nonnull(strstr(text, "<error type=\"BROKEN\" message=\"the emulator was killed: signal 9\">"));
	free(text);
}
END_TEST

static char *summary(bool has_color)
{
	char *text;
	size_t text_bytes;
	FILE *stream = open_memstream(&text, &text_bytes);

	report_print_summary(stream, &samples.run, has_color);
	ck_assert_int_eq(fclose(stream), 0);
	return text;
}

START_TEST(the_summary_says_what_to_do_next)
{
	char *text = summary(false);

	ck_assert_ptr_nonnull(strstr(text, "VIOLATION  6.1.0-56-cloud-amd64  get_free_burst\n"));
	ck_assert_ptr_nonnull(strstr(text, "24766 tries lost (61.9 %)"));
	ck_assert_ptr_nonnull(strstr(text, "worker 0  LOOP_CONFIGURE(loop3) = -16 EBUSY"));
	ck_assert_ptr_nonnull(
		strstr(text, "  repeat   looprace run get_free_race --kernel 6.1 --seed 0xfedcba9876543210\n"));
	ck_assert_ptr_nonnull(strstr(text, "  evidence results/20261123T123456Z-42/kernel/scenario\n"));
	ck_assert_ptr_nonnull(strstr(text, "VIOLATION  6 cells: 1 VIOLATION 1 BROKEN 1 UNKNOWN 2 PASS 1 SKIP\n"));
	ck_assert_ptr_null(strchr(text, '\033'));
	free(text);
}
END_TEST

/* The planted violation as a known bug instead: all of it, or all but one occurrence. */
static struct finding *make_known(uint64_t known_count)
{
	struct finding *finding = &samples.judgements[SAMPLE_EXPECTED].findings[0];

	finding->is_expected = false;
	finding->known_count = known_count;
	finding->known_name = "a <known> bug";
	return finding;
}

START_TEST(a_known_bug_is_a_rule_that_passed_and_is_told_by_its_name)
{
	struct finding *finding = make_known(17);
	struct check checks[CHECK_COUNT];
	json_t *root;
	char *text;

	checks_of(&samples.cells[SAMPLE_EXPECTED], checks);
	ck_assert_int_eq(checks[0].verdict, VERDICT_PASS);
	ck_assert_int_eq(checks[1 + finding->rule].verdict, VERDICT_PASS);
	text = summary(false);
	ck_assert_ptr_nonnull(strstr(text, "known bug  known_race: a <known> bug (6.1.0)\n"));
	free(text);
	samples.run.cells = &samples.cells[SAMPLE_EXPECTED];
	samples.run.cell_count = 1;
	text = summary(false);
	ck_assert_ptr_nonnull(strstr(text, "identity (known bug: a <known> bug), 17 times; the first:"));
	free(text);
	text = report_ktap(&samples.run);
	ck_assert_ptr_nonnull(strstr(text, "# known bug: a <known> bug\n"));
	free(text);
	text = report_junit(&samples.run);
	ck_assert_ptr_nonnull(strstr(text, "<system-out>known bug: a &lt;known&gt; bug\n"));
	free(text);
	root = parse(report_cell_json(&samples.cells[SAMPLE_EXPECTED]));
	ck_assert_str_eq(
		json_string_value(json_object_get(json_array_get(json_object_get(root, "findings"), 0), "known_bug")),
		"a <known> bug");
	json_decref(root);
}
END_TEST

START_TEST(a_known_bug_does_not_hide_what_is_more)
{
	struct finding *finding = make_known(16);
	struct check checks[CHECK_COUNT];
	char *text;

	samples.judgements[SAMPLE_EXPECTED].verdict = VERDICT_VIOLATION;
	checks_of(&samples.cells[SAMPLE_EXPECTED], checks);
	ck_assert_int_eq(checks[1 + finding->rule].verdict, VERDICT_VIOLATION);
	text = summary(false);
	ck_assert_ptr_null(strstr(text, "(known bug"));
	ck_assert_ptr_nonnull(strstr(text, "17 times, known bugs included; the first:"));
	free(text);
}
END_TEST

START_TEST(the_summary_tells_what_is_unusual_of_the_kernel)
{
	char *text;

	ck_assert_int_eq(cell_record_set(&samples.records[SAMPLE_UNKNOWN].kernel.taint, "W"), 0);
	text = summary(false);
	ck_assert_ptr_nonnull(strstr(text, "\n  kernel   tainted from the start (W): a warning\n"));
	free(text);
}
END_TEST

START_TEST(the_summary_tells_the_machine_even_when_qemu_is_unknown)
{
	char *text;

	ck_assert_int_eq(cell_record_set(&samples.records[SAMPLE_UNKNOWN].qemu.version, NULL), 0);
	text = summary(false);
	ck_assert_ptr_nonnull(strstr(text, "  machine  tcg, 2 CPUs, 512 MiB, QEMU 7.2.22\n"));
	ck_assert_ptr_nonnull(strstr(text, "  machine  tcg, 2 CPUs, 512 MiB, QEMU ?\n"));
	free(text);
}
END_TEST

START_TEST(the_summary_has_colors_when_asked)
{
	char *text = summary(true);

	ck_assert_ptr_nonnull(strstr(text, "\033[1;31mVIOLATION\033[0m  6.1"));
	ck_assert_ptr_nonnull(strstr(text, "\\x1b[31m<b>"));
	free(text);
}
END_TEST

START_TEST(the_summary_fits_the_terminal)
{
	char *text;

	free(samples.judgements[SAMPLE_PASS].reason);
	samples.judgements[SAMPLE_PASS].reason = strdup(
		"a long reason with so many words that it cannot stand in one line of a terminal, and then again: "
		"a long reason with so many words that it cannot stand in one line of a terminal, and so on");
	samples.run.cell_count = 1;
	text = summary(false);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_msg(strlen(line) <= 100, "%zu: %s", strlen(line), line);
	free(text);
}
END_TEST

START_TEST(all_reports_are_written)
{
	static const char *const names[] = { "run.json", "verdict.json", "report.ktap", "report.junit.xml",
					     "report.kcidb.json" };

	ck_assert_int_eq(report_write(folder, &samples.run, &error), 0);
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		ck_assert_msg(exists(names[i]), "%s", names[i]);
	ck_assert_int_eq(report_write(in("nowhere"), &samples.run, &error), -ENOENT);
	assert_message("/nowhere/run.json: cannot be written: No such file");
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return tcase;
}

Suite *test_suite(void)
{
	Suite *suite = suite_create("report");
	TCase *tcase = add_case(suite, "text and files");

	tcase_add_loop_test(tcase, bytes_that_are_no_utf8_are_escaped, 0, 8);
	tcase_add_test(tcase, a_file_that_cannot_be_written_whole_leaves_the_old_one);
	tcase_add_test(tcase, a_file_that_cannot_be_read_is_named);

	tcase = add_case(suite, "run folder");
	tcase_add_test(tcase, a_run_gets_its_name_when_it_is_whole);
	tcase_add_test(tcase, latest_points_to_the_newest_finished_run);
	tcase_add_test(tcase, a_latest_that_is_no_link_is_left_alone);
	tcase_add_test(tcase, an_existing_folder_is_never_taken);
	tcase_add_test(tcase, a_folder_that_cannot_be_made_is_named);
	tcase_add_test(tcase, a_final_name_that_was_taken_meanwhile_is_left_alone);
	tcase_add_test(tcase, an_abandoned_run_leaves_nothing);
	tcase_add_test(tcase, a_cell_stays_below_its_run_whatever_its_kernel_is_called);
	tcase_add_test(tcase, the_cells_of_a_run_are_found);

	tcase = add_case(suite, "notes");
	tcase_add_test(tcase, notes_become_the_record);
	tcase_add_test(tcase, notes_that_make_no_sense_are_counted_and_nothing_else);
	tcase_add_test(tcase, a_guest_that_runs_wild_does_not_fill_our_memory);

	tcase = add_case(suite, "cell");
	tcase_add_test(tcase, a_cell_is_read_back_as_it_was_written);
	tcase_add_test(tcase, an_abandoned_cell_knows_what_its_recorder_says);
	tcase_add_test(tcase, a_loaded_cell_is_evidence);
	tcase_add_test(tcase, the_kernel_of_the_evidence_is_known);
	tcase_add_test(tcase, a_cell_may_lack_history_and_console);
	tcase_add_loop_test(tcase, a_missing_file_of_a_cell_is_named, 0, 3);
	tcase_add_loop_test(tcase, a_corrupt_file_of_a_cell_is_named, 0, ARRAY_COUNT(corruptions));
	tcase_add_test(tcase, older_evidence_says_nothing_of_what_was_not_looked_at);
	tcase_add_test(tcase, a_history_of_another_run_is_no_evidence);
	tcase_add_test(tcase, a_history_cut_anywhere_is_no_crash);

	tcase = add_case(suite, "reports");
	tcase_add_loop_test(tcase, the_worst_verdict_is_the_runs, 0, 5);
	tcase_add_test(tcase, the_worst_check_of_a_cell_is_its_verdict);
	tcase_add_test(tcase, a_violation_that_no_rule_claims_fails_the_run_check);
	tcase_add_test(tcase, a_planted_violation_that_was_found_is_a_rule_that_passed);
	tcase_add_test(tcase, a_known_bug_is_a_rule_that_passed_and_is_told_by_its_name);
	tcase_add_test(tcase, a_known_bug_does_not_hide_what_is_more);
	tcase_add_loop_test(tcase, an_errno_has_a_name_whatever_its_sign, 0, 4);
	tcase_add_test(tcase, a_number_too_great_for_json_is_the_greatest);
	tcase_add_test(tcase, ktap_is_sound);
	tcase_add_test(tcase, junit_holds_no_markup_of_a_guest);
	tcase_add_test(tcase, the_summary_says_what_to_do_next);
	tcase_add_test(tcase, the_summary_tells_the_machine_even_when_qemu_is_unknown);
	tcase_add_test(tcase, the_summary_tells_what_is_unusual_of_the_kernel);
	tcase_add_test(tcase, the_summary_has_colors_when_asked);
	tcase_add_test(tcase, the_summary_fits_the_terminal);
	tcase_add_test(tcase, all_reports_are_written);
	return suite;
}
