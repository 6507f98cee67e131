/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a flight recorder: the reader, the compactor, the parser of notes, the judge and the reports.
 *
 * Beyond "no sanitizer has anything to say": an error is one line, a compacted history is judged as the one that it was
 * made from, and whatever the bytes say, records that do not fit their checksums make neither a PASS nor a VIOLATION.
 *
 * The mutator knows the layout.  It changes calls, counts, offsets and notes rather than padding, and mostly repairs the
 * checksums afterwards, since without that nothing would get past them.
 */
#include "tests/fuzz/fuzz.h"

#include <check.h>
#include <errno.h>
#include <string.h>

#include "core/looprace.h"
#include "harness/recorder/layout.h"
#include "harness/report/reports.h"
#include "tests/judge_fixture.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* --- what is judged with the history; the header's seed chooses --- */

#define SCENARIO(expectations)                                                                                         \
	"[scenario]\nrounds = 9\n[worker w]\ncount = 4\nprogram =\n  attach\n[expect]\n" expectations
static const char *const scenario_texts[] = {
	SCENARIO("gave_up = any\n"),
	SCENARIO("lost_tries = >= 1\ngave_up = 0\n[expect kernel >= 6.11]\ngave_up = any\n"),
	SCENARIO("violation = exclusive_bind\n"),
	SCENARIO("violation = liveness\nattaches = <= 3\n"),
};
static const char *const releases[] = { "6.1.0-56-cloud-amd64", "6.12.1", "7", NULL };

static struct scenario *scenarios[COUNT_OF(scenario_texts)];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct scenario_error error;

	for (size_t i = 0; i < COUNT_OF(scenarios); i++)
		if (scenario_parse(scenario_texts[i], strlen(scenario_texts[i]), "fuzz", &scenarios[i], &error) < 0) {
			fprintf(stderr, "%s\n", error.text);
			exit(1);
		}
	return 0;
}

/* --- one input --- */

/* Reads all of it, where the sanitizers see it. */
static void touch(const void *memory, size_t bytes)
{
	const volatile uint8_t *at = memory;

	for (size_t i = 0; i < bytes; i++)
		(void)at[i];
}

static void walk(const struct history *history)
{
	touch(history->spec, history->spec_bytes);
	touch(history->notes, history->notes_bytes);
	fuzz_require(history->worker_count >= 1 && history->worker_count <= RECORDER_AREA_COUNT_MAX);
	fuzz_require(*recorder_phase_text(history->phase) != '?');
	fuzz_require(history->area_count == history->worker_count + (history->listener != NULL));
	for (unsigned int i = 0; i < history->area_count; i++) {
		const struct history_worker *worker = &history->workers[i];

		touch(worker->records, worker->record_count * sizeof(*worker->records));
		fuzz_require(!worker->pending || (worker->pending->return_ns == 0 && worker->pending->result == 0));
	}
}

static void check_findings(const struct history *history, const struct judgement *judgement)
{
	bool is_damaged;

	fuzz_require(judgement->reason && !strpbrk(judgement->reason, "\r\n"));
	fuzz_require(judgement->finding_count <= RULE_COUNT);
	is_damaged = history_is_damaged(history);
	for (unsigned int i = 0; i < judgement->finding_count; i++) {
		const struct finding *finding = &judgement->findings[i];

		fuzz_require(finding->text && *finding->text && finding->call_count <= PROOF_CALL_COUNT_MAX);
		fuzz_require(finding->verdict > VERDICT_PASS && (unsigned int)finding->rule < RULE_COUNT);
		fuzz_require(finding->verdict != VERDICT_VIOLATION || finding->call_count == 0 || !is_damaged);
		for (unsigned int c = 0; c < finding->call_count; c++)
			fuzz_require(finding->calls[c].worker < history->area_count);
		for (unsigned int c = 1; c < finding->call_count; c++)
			fuzz_require(finding->calls[c].record.call_ns >= finding->calls[c - 1].record.call_ns);
	}
}

static void report(const struct cell_record *record, const struct judgement *judgement)
{
	const struct report_cell cell = { .directory = "6.1/fuzz", .record = record, .judgement = judgement };
	const struct report_run run = { .command_line = "fuzz", .cell_count = 1, .cells = &cell };
	char *texts[] = { report_verdict_json(&run), report_ktap(&run), report_junit(&run), NULL };
	size_t summary_bytes;
	FILE *stream = open_memstream(&texts[3], &summary_bytes);

	fuzz_require(stream);
	report_print_summary(stream, &run, false);
	fclose(stream);
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		fuzz_require(texts[i]);
		/* Nothing of a guest reaches a terminal as a control sequence, or a program as no text. */
		for (const char *at = texts[i]; *at; at++)
			fuzz_require((unsigned char)*at >= ' ' || *at == '\n');
		free(texts[i]);
	}
}

static enum verdict judge_once(const struct history *history, char **ret_reason)
{
	struct cell_record record = CELL_RECORD_NULL;
	uint64_t choice = history->header->seed;
	struct judgement judgement;
	struct evidence evidence;
	enum verdict verdict;

	fuzz_require(cell_record_set(&record.kernel.release, releases[choice / 64 % COUNT_OF(releases)]) == 0);
	fuzz_require(cell_record_set(&record.scenario, "fuzz") == 0);
	record.ending = choice % 16 < ENDING_COUNT ? choice % 16 : ENDING_finished;
	fuzz_require(cell_record_apply_history(&record, history) == 0);
	/* The notes are the kernel log, too: both are lines of text from a guest. */
	cell_evidence(&record, scenarios[choice / 16 % COUNT_OF(scenarios)], history, history->notes,
		      history->notes_bytes, &evidence);
	fuzz_require(judge(&evidence, &judgement) == 0);
	verdict = judgement.verdict;
	check_findings(history, &judgement);
	if (verdict == VERDICT_PASS && record.ending == ENDING_finished)
		fuzz_require(history->is_complete && history_checksum_fits(history));
	report(&record, &judgement);
	*ret_reason = strdup(judgement.reason);
	judgement_fini(&judgement);
	cell_record_fini(&record);
	return verdict;
}

static void check_compact(const struct history *history, enum verdict verdict, const char *reason)
{
	struct history_error error;
	struct history copy;
	char *copy_reason;
	size_t bytes;
	void *memory;

	fuzz_require(history_compact(history, &memory, &bytes) == 0);
	fuzz_require(history_open(memory, bytes, &copy, &error) == 0);
	fuzz_require(copy.area_count == history->area_count && copy.worker_count == history->worker_count);
	fuzz_require(copy.notes_bytes == history->notes_bytes);
	fuzz_require(copy.is_complete == history->is_complete && copy.phase == history->phase);
	fuzz_require(history_checksum_fits(&copy) == history_checksum_fits(history));
	fuzz_require(history_is_damaged(&copy) == history_is_damaged(history));
	for (unsigned int i = 0; i < copy.area_count; i++) {
		fuzz_require(copy.workers[i].record_count == history->workers[i].record_count);
		fuzz_require(!copy.workers[i].pending == !history->workers[i].pending);
	}
	fuzz_require(judge_once(&copy, &copy_reason) == verdict && strcmp(copy_reason, reason) == 0);
	free(copy_reason);
	history_close(&copy);
	free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct history_error error = { "" };
	struct history history;
	enum verdict verdict;
	char *reason;
	int r;

	r = history_open(data, size, &history, &error);
	if (r < 0) {
		fuzz_require(r == -EPROTO && *error.text && !strpbrk(error.text, "\r\n"));
		return 0;
	}
	walk(&history);
	judge_live(&history);
	verdict = judge_once(&history, &reason);
	check_compact(&history, verdict, reason);
	free(reason);
	history_close(&history);
	return 0;
}

/* --- sound inputs to begin with --- */

/* The fixtures assert through libcheck, which wants its runner around it; here libFuzzer is the runner. */
void _mark_point(const char *file, int line)
{
}

void _ck_assert_failed(const char *file, int line, const char *expression, const char *message, ...)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, expression);
	abort();
}

static const char *const lines[] = {
	LOOPRACE_START_MARKER,
	LOOPRACE_END_MARKER,
	"kernel release=6.1.0-56-cloud-amd64 version=#1 SMP",
	"loop driver=module",
	"skip need=loop_control",
	"broken what=no memory for the backing files",
	"stuck worker=0 call=LOOP_SET_FD index=0 for_ns=61000000000",
	"stack worker=0 text=[<0>] loop_configure+0x123/0x456 [loop]",
	"leftover index=1 dev=25 inode=100 worker=0",
	"rmmod error=16",
	"rmmod error=0",
	"backing number=0 dev=25 inode=100 bytes=1048576 content=tags name=worker0",
	"backing number=1 dev=25 inode=101 bytes=1048576 content=partitions name=worker1",
	"backing number=2 dev=25 inode=102 bytes=1048576 content=zeros name=worker2",
	"memory harness_kib=1234",
	"[    2.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000",
	"[    2.000001] Oops: 0000 [#1] PREEMPT SMP",
	"[    2.000002] Kernel panic - not syncing: Fatal exception",
	"<4>[    2.1][  T12] INFO: task looprace:12 blocked for more than 120 seconds.",
	"[    2.2] BUG kmalloc-64 (Tainted: G    B): Poison overwritten",
	"[    2.3] EXT4-fs (loop0): WARNING: mounting unchecked fs",
	"[    2.4] blk_update_request: I/O error; Buffer I/O error on dev loop3, logical block 0",
};

/* Blocks are written and read within 1 ns; @choice says which, and what is wrong with them. */
static void add_blocks(unsigned int worker, int index, uint64_t at_ns, uint64_t choice)
{
	static const enum recorder_call calls[] = { RECORDER_CALL_read,	 RECORDER_CALL_write, RECORDER_CALL_blocks,
						    RECORDER_CALL_map,	 RECORDER_CALL_load,  RECORDER_CALL_discard,
						    RECORDER_CALL_fsync, RECORDER_CALL_store };
	struct history_call call = {
		.worker = worker,
		.call = calls[choice / 2 % COUNT_OF(calls)],
		.index = choice & 64 ? -1 : index,
		.file = 10 + (uint32_t)index,
		.dev = 25,
		.inode = 100 + worker,
		.call_ns = at_ns,
		.return_ns = at_ns + 1,
		.result = 4096,
		.is_extended = true,
		.offset = choice % 4 * 4096,
		.length = 4096,
	};

	call.run_offset = call.offset;
	call.run_block_count = 8;
	call.sector = call.offset / 512;
	call.owner = worker;
	call.generation = choice & 32 ? (uint64_t)(worker + 1) << 40 | choice % 8 : 0;
	call.content = choice & 16 ? RECORDER_CONTENT_tags : (uint32_t)choice % 5;
	history_builder_add(&fixture.builder, call);
}

/* One worker attaches and detaches; @at_ns is its clock. */
static void add_round(unsigned int worker, int index, uint64_t at_ns, uint64_t choice)
{
	add_failed_bind(worker, index + 1, -EBUSY, at_ns + 1, at_ns + 2);
	if (choice & 1)
		add_configure(worker, index, choice & 2 ? 4 : 0, at_ns + 3, at_ns + 5);
	else
		add_bind(worker, index, at_ns + 3, at_ns + 5);
	add_attach(worker, index, 0, 1, at_ns, at_ns + 6);
	add_report(worker, index, 0, 100 + (choice & 4 ? 0 : worker), at_ns + 7, at_ns + 8);
	add_blocks(worker, index, at_ns + 8, choice);
	if (choice & 8)
		add_clear(worker, index, choice & 16 ? -EBUSY : 0, at_ns + 9, choice & 32 ? 0 : at_ns + 11);
	if (!(choice & 8) || !(choice & 32))
		add_close(worker, index, at_ns + 12, at_ns + 13);
	if (choice & 64)
		add_attach(worker, -1, LOOP_ATTACH_GAVE_UP, 3 | (uint64_t)LOOPRACE_STAGE_BIND << 32, at_ns + 14,
			   at_ns + 15);
}

/* The area behind the workers' in a history with a listener. */
#define LISTENER 4

static void add_uevent(uint64_t action, int index, uint64_t at_ns, uint64_t choice)
{
	struct history_call call = {
		.worker = LISTENER,
		.call = choice % 64 == 63 ? RECORDER_CALL_uevent_gap : RECORDER_CALL_uevent,
		.index = index,
		.partition = choice % 4 == 3,
		.call_ns = at_ns,
		.return_ns = at_ns,
		.detail = 500 + at_ns,
		.value = action,
		.call_flags = choice & 4 ? RECORDER_FLAG_MEDIA_CHANGE : 0,
		.is_extended = true,
	};

	history_builder_add(&fixture.builder, call);
}

/* What the kernel might have said: changes mostly, of the two devices that the workers share. */
static void add_uevents(struct looprace_random *random)
{
	uint64_t count = looprace_random_below(random, 64);

	add_uevent(RECORDER_UEVENT_begin, -1, 1, 0);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t choice = looprace_random_below(random, 256);

		add_uevent(choice & 128 ? RECORDER_UEVENT_change : choice % RECORDER_UEVENT_ACTION_COUNT,
			   (int)(choice / 8 % 2), 20 * i + 2, choice);
	}
	if (looprace_random_below(random, 8))
		add_uevent(RECORDER_UEVENT_end, -1, 20 * count + 2, 0);
}

/* A recorder as a guest's workers write it: a sound run, a broken rule, or a run cut off. */
static size_t make_sound(uint8_t *data, size_t max_size, struct looprace_random *random)
{
	size_t bytes;
	void *memory;

	judge_fixture_setup();
	if (looprace_random_below(random, 2)) {
		history_builder_fini(&fixture.builder);
		history_builder_init_with_listener(&fixture.builder, LISTENER);
		add_uevents(random);
	}
	recorder_note(&fixture.builder.recorder, "%s", LOOPRACE_START_MARKER);
	for (uint64_t i = looprace_random_below(random, 8); i > 0; i--)
		recorder_note(&fixture.builder.recorder, "%s", lines[looprace_random_below(random, COUNT_OF(lines))]);
	for (unsigned int worker = 0; worker < 4; worker++) {
		uint64_t round_count = looprace_random_below(random, 3);

		for (uint64_t round = 0; round <= round_count; round++) {
			bool is_last = round == round_count;
			uint64_t choice = looprace_random_below(random, 128);

			/* A call that does not return is its worker's last. */
			add_round(worker, worker % 2, 100 * (round * 4 + worker) + 1,
				  is_last ? choice : choice & ~(uint64_t)32);
		}
	}
	fixture.builder.recorder.header->seed =
		looprace_random_below(random, 4) ? 0 : looprace_random_below(random, 256);
	if (looprace_random_below(random, 4))
		judge_fixture_finish();
	else
		judge_fixture_cut_off(RECORDER_PHASE_run, ENDING_vanished);
	fuzz_require(history_compact(history_builder_read(&fixture.builder), &memory, &bytes) == 0);
	judge_fixture_teardown();
	bytes = bytes < max_size ? bytes : max_size;
	memcpy(data, memory, bytes);
	free(memory);
	return bytes;
}

/* --- the mutator --- */

static uint64_t mix_record(uint64_t checksum, const struct recorder_record *record)
{
	size_t word_count = record->is_extended ? RECORDER_RECORD_WORD_COUNT : RECORDER_RECORD_SHORT_WORD_COUNT;
	const uint64_t *words = (const uint64_t *)record;

	for (size_t i = 0; i < word_count; i++)
		checksum = recorder_mix(checksum, words[i]);
	return checksum;
}

/* The checksums of whatever the records are now, and the trailer; as a stored file, or as a recorder in use. */
static void seal(uint8_t *data, size_t size, bool is_stored)
{
	struct recorder_header *header = (struct recorder_header *)data;
	struct history_error error;
	struct recorder_area *areas;
	struct history history;

	if (history_open(data, size, &history, &error) < 0)
		return;
	areas = (struct recorder_area *)(data + header->areas_offset);
	for (unsigned int i = 0; i < history.area_count; i++) {
		uint64_t checksum = RECORDER_CHECKSUM_START;

		for (uint64_t r = 0; r < history.workers[i].record_count; r++)
			checksum = mix_record(checksum, &history.workers[i].records[r]);
		areas[i].checksum = checksum;
	}
	header->trailer_magic = RECORDER_TRAILER_MAGIC;
	header->trailer_checksum = recorder_trailer_checksum(areas, history.area_count);
	header->file_checksum = is_stored ? recorder_file_checksum(data, history.file_bytes) : 0;
	history_close(&history);
}

/* A number that is at the edge of something. */
static uint64_t edge(struct looprace_random *random, size_t size)
{
	const uint64_t edges[] = { 0,	      1,	  2,	     8,		 64,   1024,	  4096,
				   INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX, size, size / 128 };
	uint64_t number = edges[looprace_random_below(random, COUNT_OF(edges))];

	return number + looprace_random_below(random, 3) - 1;
}

static void change_word(uint8_t *words, size_t bytes, struct looprace_random *random, size_t size)
{
	uint64_t number = edge(random, size);
	size_t at = 8 * looprace_random_below(random, bytes / 8);
	uint64_t old;

	memcpy(&old, words + at, sizeof(old));
	if (looprace_random_below(random, 2))
		number = old + looprace_random_below(random, 129) - 64;
	memcpy(words + at, &number, looprace_random_below(random, 4) ? 8 : 4);
}

/* What a call says: a likely value, or that of another call. */
static void change_record(struct recorder_record *record, const struct recorder_record *other,
			  struct looprace_random *random, size_t size)
{
	static const int results[] = { 0, 0, -EBUSY, -ENXIO, -EINVAL, LOOP_ATTACH_GAVE_UP, INT32_MIN, INT32_MAX, 4 };

	switch (looprace_random_below(random, 10)) {
	case 0:
		record->call = (uint16_t)looprace_random_below(random, RECORDER_CALL_COUNT + 1);
		break;
	case 1:
		record->result = results[looprace_random_below(random, COUNT_OF(results))];
		break;
	case 2:
		record->device_index = (int32_t)looprace_random_below(random, 4) - 1;
		break;
	case 3:
		record->call_ns = other->call_ns + looprace_random_below(random, 5) - 2;
		break;
	case 4:
		record->return_ns = other->return_ns + looprace_random_below(random, 5) - 2;
		break;
	case 5:
		record->inode = other->inode;
		break;
	case 6:
		record->file = other->file;
		break;
	case 7:
		record->detail = other->detail;
		break;
	case 8:
		memcpy(record, other, sizeof(*record));
		break;
	default:
		change_word((uint8_t *)record, sizeof(*record), random, size);
	}
}

static struct recorder_record *pick_record(const struct history *history, struct looprace_random *random)
{
	const struct history_worker *worker = &history->workers[looprace_random_below(random, history->area_count)];

	if (worker->record_count == 0)
		return NULL;
	return (struct recorder_record *)worker->records + looprace_random_below(random, worker->record_count);
}

static void change_notes(const struct history *history, struct looprace_random *random)
{
	const char *line = lines[looprace_random_below(random, COUNT_OF(lines))];
	char *notes = (char *)history->notes;
	size_t line_bytes = strlen(line), at;

	if (history->notes_bytes == 0)
		return;
	at = looprace_random_below(random, history->notes_bytes);
	if (looprace_random_below(random, 2))
		LLVMFuzzerMutate((uint8_t *)notes + at, history->notes_bytes - at, history->notes_bytes - at);
	else if (line_bytes < history->notes_bytes - at) {
		memcpy(notes + at, line, line_bytes);
		notes[at + line_bytes] = '\n';
	}
}

static void change(uint8_t *data, size_t size, struct looprace_random *random)
{
	struct recorder_record *record, *other;
	struct history_error error;
	struct history history;

	if (history_open(data, size, &history, &error) < 0) {
		change_word(data, sizeof(struct recorder_header), random, size);
		return;
	}
	record = pick_record(&history, random);
	other = pick_record(&history, random);
	switch (looprace_random_below(random, 8)) {
	case 0:
		change_word(data, sizeof(struct recorder_header), random, size);
		break;
	case 1:
		change_word((uint8_t *)history.areas, history.area_count * sizeof(*history.areas), random, size);
		break;
	case 2:
		change_notes(&history, random);
		break;
	case 3:
		((struct recorder_header *)data)->seed = looprace_random_below(random, 256);
		break;
	default:
		if (record && other)
			change_record(record, other, random, size);
	}
	history_close(&history);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	struct looprace_random random;

	looprace_random_seed(&random, seed, 0);
	if (size < sizeof(struct recorder_header) || looprace_random_below(&random, 32) == 0)
		size = make_sound(data, max_size, &random);
	for (uint64_t i = looprace_random_below(&random, 4); i > 0 && size >= RECORDER_HEADER_BYTES; i--)
		change(data, size, &random);
	if (looprace_random_below(&random, 16) == 0)
		size = LLVMFuzzerMutate(data, size, max_size);
	if (looprace_random_below(&random, 8))
		seal(data, size, looprace_random_below(&random, 2));
	return size;
}
