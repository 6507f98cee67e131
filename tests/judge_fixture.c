/* SPDX-License-Identifier: Apache-2.0 */
/* A case for the judge; see judge_fixture.h. */
#include "tests/judge_fixture.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define BACKING_DEV 25

struct judge_fixture fixture;

static char console[65536];

void judge_fixture_set_console(const char *text)
{
	snprintf(console, sizeof(console), "[    0.000000] Linux version 6.1.0\n[    1.200000] %s\n%s",
		 LOOPRACE_START_MARKER, text);
	fixture.evidence.console = console;
	fixture.evidence.console_bytes = strlen(console);
}

void judge_fixture_setup(void)
{
	memset(&fixture, 0, sizeof(fixture));
	history_builder_init(&fixture.builder, 4);
	snprintf(fixture.scenario.name, sizeof(fixture.scenario.name), "a_test");
	fixture.scenario.group_count = 1;
	fixture.scenario.groups[0].count = 4;
	fixture.evidence.scenario = &fixture.scenario;
	fixture.evidence.ending = ENDING_finished;
	fixture.evidence.ending_detail = "";
	fixture.evidence.kernel.major = 6;
	fixture.evidence.kernel.minor = 1;
	fixture.evidence.has_module = true;
	judge_fixture_set_console("[    2.000000] loop0: detected capacity change from 0 to 2048\n");
}

void judge_fixture_teardown(void)
{
	judgement_fini(&fixture.judgement);
	history_builder_fini(&fixture.builder);
}

void judge_fixture_finish(void)
{
	history_builder_finish(&fixture.builder);
	fixture.evidence.history = history_builder_read(&fixture.builder);
}

void judge_fixture_cut_off(enum recorder_phase phase, enum ending ending)
{
	atomic_store(&fixture.builder.recorder.header->phase, phase);
	fixture.evidence.history = history_builder_read(&fixture.builder);
	fixture.evidence.ending = ending;
}

void judge_fixture_expect(enum expectation_subject subject, enum comparison comparison, uint64_t number,
			  const char *rule)
{
	struct expectation *expectation = &fixture.scenario.expectations[fixture.scenario.expectation_count++];

	expectation->subject = subject;
	expectation->comparison = comparison;
	expectation->number = number;
	if (rule)
		snprintf(expectation->rule, sizeof(expectation->rule), "%s", rule);
}

const struct judgement *judge_fixture_judge(void)
{
	int r;

	judgement_fini(&fixture.judgement);
	r = judge(&fixture.evidence, &fixture.judgement);
	ck_assert_int_eq(r, 0);
	ck_assert_ptr_nonnull(fixture.judgement.reason);
	ck_assert_ptr_null(strchr(fixture.judgement.reason, '\n'));
	return &fixture.judgement;
}

const struct finding *judge_fixture_finding(enum rule rule)
{
	for (unsigned int i = 0; i < fixture.judgement.finding_count; i++)
		if (fixture.judgement.findings[i].rule == rule)
			return &fixture.judgement.findings[i];
	return NULL;
}

/* Each worker opens each device under an open file description of its own. */
static struct history_call call_on_device(unsigned int worker, enum recorder_call call, int index, int result,
					  uint64_t call_ns, uint64_t return_ns)
{
	return (struct history_call){
		.worker = worker,
		.call = call,
		.index = index,
		.file = 1000 * (worker + 1) + (uint32_t)index,
		.result = result,
		.call_ns = call_ns,
		.return_ns = return_ns,
		.try_number = call == RECORDER_CALL_set_fd || call == RECORDER_CALL_configure,
	};
}

void add_configure(unsigned int worker, int index, uint64_t flags, uint64_t call_ns, uint64_t return_ns)
{
	struct history_call call = call_on_device(worker, RECORDER_CALL_configure, index, 0, call_ns, return_ns);

	call.dev = BACKING_DEV;
	call.inode = 100 + worker;
	call.detail = flags;
	history_builder_add(&fixture.builder, call);
}

void add_failed_bind(unsigned int worker, int index, int result, uint64_t call_ns, uint64_t return_ns)
{
	struct history_call call = call_on_device(worker, RECORDER_CALL_set_fd, index, result, call_ns, return_ns);

	call.dev = BACKING_DEV;
	call.inode = 100 + worker;
	history_builder_add(&fixture.builder, call);
}

void add_bind(unsigned int worker, int index, uint64_t call_ns, uint64_t return_ns)
{
	add_failed_bind(worker, index, 0, call_ns, return_ns);
}

void add_clear(unsigned int worker, int index, int result, uint64_t call_ns, uint64_t return_ns)
{
	history_builder_add(&fixture.builder,
			    call_on_device(worker, RECORDER_CALL_clr_fd, index, result, call_ns, return_ns));
}

void add_close(unsigned int worker, int index, uint64_t call_ns, uint64_t return_ns)
{
	history_builder_add(&fixture.builder,
			    call_on_device(worker, RECORDER_CALL_close, index, 0, call_ns, return_ns));
}

void add_report(unsigned int worker, int index, int result, uint64_t inode, uint64_t call_ns, uint64_t return_ns)
{
	struct history_call call = call_on_device(worker, RECORDER_CALL_get_status, index, result, call_ns, return_ns);

	call.dev = result ? 0 : BACKING_DEV;
	call.inode = inode;
	history_builder_add(&fixture.builder, call);
}

void add_attach(unsigned int worker, int index, int result, uint64_t detail, uint64_t call_ns, uint64_t return_ns)
{
	struct history_call call = call_on_device(worker, RECORDER_CALL_attach, index, result, call_ns, return_ns);

	call.detail = detail;
	call.round = 7;
	history_builder_add(&fixture.builder, call);
}
