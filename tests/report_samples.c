/* SPDX-License-Identifier: Apache-2.0 */
/* The made-up run of report_samples.h. */
#include "tests/report_samples.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool is_so)
{
	if (!is_so)
		abort();
}

static void set(char **field, const char *text)
{
	must(cell_record_set(field, text) == 0);
}

static void fill_record(struct cell_record *record, const char *kernel, const char *scenario)
{
	static const char kernel_info[] =
		"release=?\nboot=pvh\nloop=module\nsource=/boot/vmlinuz\n"
		"image_sha256=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
		"loop_sha256=\nunknown=1\n";
	static const char boot_info[] = "qemu_version=7.2.22\naccel=tcg\naccel_requested=auto\n"
					"accel_reason=/dev/kvm is missing\nargv=qemu-system-x86_64 -m 512\n";

	*record = CELL_RECORD_NULL;
	must(cell_record_apply_kernel_info(record, kernel_info, sizeof(kernel_info) - 1) == 0);
	must(cell_record_apply_boot_info(record, boot_info, sizeof(boot_info) - 1) == 0);
	set(&record->looprace_version, "0.1.0");
	set(&record->kernel.release, kernel);
	set(&record->scenario, scenario);
	set(&record->command_line, "looprace run get_free_race --kernel 6.1 --seed 0xfedcba9876543210");
	set(&record->started_at, "2026-11-23T12:34:56Z");
	set(&record->host_system, "Linux 6.1.0 x86_64");
	set(&record->ending_detail, "");
	record->seed = 0xfedcba9876543210;
	record->worker_count = 16;
	record->duration_ns = 5000000000;
	record->start_ns = 1000000000;
	record->cpu_count = 2;
	record->memory_mib = 512;
	record->device_count = 4;
	record->limits = (struct cell_limits){ 60, 35, 20, 10, 1 << 20 };
	record->host_cpu_count = 2;
	record->boot_ns = 1234567890;
	record->total_ns = 7654321098;
	record->ending = ENDING_finished;
}

static void fill_judgement(struct judgement *judgement, enum verdict verdict, const char *reason)
{
	judgement->verdict = verdict;
	judgement->reason = strdup(reason);
	must(judgement->reason);
	for (unsigned int rule = 0; rule < RULE_COUNT; rule++)
		judgement->rule_verdicts[rule] = verdict == VERDICT_SKIP ? VERDICT_SKIP : VERDICT_PASS;
	judgement->counts = (struct judgement_counts){
		.record_count = 123456,
		.attach_count = 15234,
		.bind_count = 40000,
		.lost_bind_count = 24766,
		.try_count = 40000,
		.lost_try_count = 24766,
		.run_ns = 5000000000,
		.attach_p50_ns = 120000,
		.attach_p99_ns = 3200000,
		.attach_max_ns = 81000000,
	};
	judgement->counts.attach_times[0].counts[histogram_bin(110000)] = 9000;
	judgement->counts.attach_times[0].counts[histogram_bin(130000)] = 234;
	judgement->counts.attach_times[2].counts[histogram_bin(3200000)] = 5999;
	judgement->counts.attach_times[ATTACH_LOSS_COUNT - 1].counts[histogram_bin(81000000)] = 1;
}

static void add_finding(struct judgement *judgement, enum rule rule, enum verdict verdict, bool is_expected,
			const char *text)
{
	struct finding *findings =
		realloc(judgement->findings, (judgement->finding_count + 1) * sizeof(*judgement->findings));
	struct finding *finding;

	must(findings);
	judgement->findings = findings;
	finding = &findings[judgement->finding_count++];
	*finding = (struct finding){ .rule = rule, .verdict = verdict, .count = 17, .is_expected = is_expected };
	finding->text = strdup(text);
	must(finding->text);
	finding->call_count = 3;
	for (unsigned int i = 0; i < finding->call_count; i++)
		finding->calls[i] = (struct proof_call){
			.worker = i,
			.record = { .call_ns = 1200000000 + i * 1000,
				    .return_ns = i == 2 ? 0 : 1200050000,
				    .dev = 25,
				    .inode = UINT64_MAX - i,
				    .device_index = i == 1 ? -1 : 3,
				    .result = i == 0 ? -EBUSY : 0,
				    .call = RECORDER_CALL_configure,
				    .try_number = 2,
				    .file = 7,
				    .round = 9 },
		};
	judgement->rule_verdicts[rule] = verdict;
}

static void add_leftovers(struct cell_record *record)
{
	static const char notes[] = "leftover index=2 dev=25 inode=18446744073709551615 worker=5\n"
				    "stuck worker=3 call=LOOP_SET_FD index=0 for_ns=123\n"
				    "stack worker=3 text=[<0>] loop_configure+0x1\nstack worker=3 text=" NASTY "\n"
				    "rmmod error=16\nmemory harness_kib=1234\n"
				    "unmount error=16\nresource name=fds before=4 after=9\n"
				    "device index=3 state=bound error=16 what=" NASTY "\ndevices checked=9\n";

	must(cell_record_apply_notes(record, notes, sizeof(notes) - 1) == 0);
}

void report_samples_init(struct report_samples *samples)
{
	static const char *const names[SAMPLE_COUNT] = { "get_free_race", "get_free_burst", "configure_race",
							 "get_free_race", "get_free_race",  "known_race" };
	static const char *const kernels[SAMPLE_COUNT] = {
		"6.1.0-56-cloud-amd64", "6.1.0-56-cloud-amd64", "6.1.0-56-cloud-amd64", "4.19.0-1-amd64", NULL,
		"6.1.0-56-cloud-amd64"
	};
	struct judgement *judgements = samples->judgements;

	memset(samples, 0, sizeof(*samples));
	for (unsigned int i = 0; i < SAMPLE_COUNT; i++) {
		fill_record(&samples->records[i], kernels[i], names[i]);
		samples->cells[i] = (struct report_cell){ .directory = "kernel/scenario",
							  .record = &samples->records[i],
							  .judgement = &samples->judgements[i] };
	}
	fill_judgement(&judgements[SAMPLE_PASS], VERDICT_PASS, "all rules hold; 24766 of 40000 tries lost a race");
	fill_judgement(&judgements[SAMPLE_VIOLATION], VERDICT_VIOLATION, "exclusive_bind: " NASTY);
	add_finding(&judgements[SAMPLE_VIOLATION], RULE_exclusive_bind, VERDICT_VIOLATION, false,
		    "loop3 was bound twice. " NASTY);
	add_leftovers(&samples->records[SAMPLE_VIOLATION]);
	set(&samples->records[SAMPLE_VIOLATION].kernel.version, NASTY);
	set(&samples->records[SAMPLE_VIOLATION].command_line, "looprace run '" NASTY "'");
	fill_judgement(&judgements[SAMPLE_UNKNOWN], VERDICT_UNKNOWN, "the window was not hit: 0 lost tries");
	/* As an older looprace judged. */
	memset(judgements[SAMPLE_UNKNOWN].counts.attach_times, 0, sizeof(judgements->counts.attach_times));
	fill_judgement(&judgements[SAMPLE_SKIP], VERDICT_SKIP, "needs LOOP_CONFIGURE (v5.8) # and says so");
	fill_judgement(&judgements[SAMPLE_BROKEN], VERDICT_BROKEN, "the emulator was killed: signal 9");
	memset(&judgements[SAMPLE_BROKEN].counts, 0, sizeof(judgements->counts));
	samples->records[SAMPLE_BROKEN].has_qemu = false;
	set(&samples->records[SAMPLE_BROKEN].command_line, NULL);
	samples->cells[SAMPLE_BROKEN].directory = NULL;
	fill_judgement(&judgements[SAMPLE_EXPECTED], VERDICT_PASS, "the planted fault was found");
	add_finding(&judgements[SAMPLE_EXPECTED], RULE_identity, VERDICT_VIOLATION, true,
		    "loop3 shows inode 4, not 5.");
	samples->run = (struct report_run){
		.directory = "results/20261123T123456Z-42",
		.command_line = "looprace run",
		.started_at = "2026-11-23T12:34:56Z",
		.total_ns = 46123456789,
		.cell_count = SAMPLE_COUNT,
		.cells = samples->cells,
	};
}

void report_samples_fini(struct report_samples *samples)
{
	for (unsigned int i = 0; i < SAMPLE_COUNT; i++) {
		cell_record_fini(&samples->records[i]);
		judgement_fini(&samples->judgements[i]);
	}
	memset(samples, 0, sizeof(*samples));
}
