/* SPDX-License-Identifier: Apache-2.0 */
/* The evidence of a cell: what the guest's notes become, and files there and back, damaged ones too. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/report/cell_json.h"
#include "tests/history_builder.h"
#include "tests/report_folder.h"

Suite *test_suite(void);

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

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

Suite *test_suite(void)
{
	Suite *suite = suite_create("cell");
	TCase *tcase = folder_add_case(suite, "notes");

	tcase_add_test(tcase, notes_become_the_record);
	tcase_add_test(tcase, notes_that_make_no_sense_are_counted_and_nothing_else);
	tcase_add_test(tcase, a_guest_that_runs_wild_does_not_fill_our_memory);

	tcase = folder_add_case(suite, "cell");
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
	return suite;
}
