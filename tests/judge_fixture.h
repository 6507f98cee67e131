/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A case for the judge: evidence that is sound until a test spoils one thing in it.
 */
#pragma once

#include "harness/judge/judge.h"
#include "tests/history_builder.h"

/* One case; a test changes what it likes before it calls judge_fixture_judge(). */
extern struct judge_fixture {
	struct history_builder builder; /* 4 workers */
	struct scenario scenario;	/* expects nothing */
	struct evidence evidence;	/* finished, quiet kernel log with our marker, no history yet */
	struct judgement judgement;
} fixture;

/* For tcase_add_checked_fixture(). */
void judge_fixture_setup(void);
void judge_fixture_teardown(void);

/**
 * judge_fixture_finish() - the run ends well: trailer, and the history becomes part of the evidence
 */
void judge_fixture_finish(void);

/**
 * judge_fixture_cut_off() - the run does not end well: no trailer, the history as far as it came is part of the evidence
 * @phase:	how far the guest had come
 * @ending:	how it ended
 */
void judge_fixture_cut_off(enum recorder_phase phase, enum ending ending);

/**
 * judge_fixture_expect() - add a row to the scenario's [expect]
 */
void judge_fixture_expect(enum expectation_subject subject, enum comparison comparison, uint64_t number,
			  const char *rule);

/**
 * judge_fixture_set_console() - another kernel log
 * @text:	behind the start marker
 */
void judge_fixture_set_console(const char *text);

/**
 * judge_fixture_judge() - judge the evidence
 *
 * Return: the fixture's judgement.
 */
const struct judgement *judge_fixture_judge(void);

/**
 * judge_fixture_finding() - what a rule found, after judge_fixture_judge()
 *
 * Return: the finding, or NULL when there is none.
 */
const struct finding *judge_fixture_finding(enum rule rule);

/* Short forms for histories.  A bind is LOOP_SET_FD; worker W's backing file is inode 100 + W of device 25. */
void add_bind(unsigned int worker, int index, uint64_t call_ns, uint64_t return_ns);
void add_failed_bind(unsigned int worker, int index, int result, uint64_t call_ns, uint64_t return_ns);
void add_configure(unsigned int worker, int index, uint64_t flags, uint64_t call_ns, uint64_t return_ns);
void add_clear(unsigned int worker, int index, int result, uint64_t call_ns, uint64_t return_ns);
void add_close(unsigned int worker, int index, uint64_t call_ns, uint64_t return_ns);
void add_report(unsigned int worker, int index, int result, uint64_t inode, uint64_t call_ns, uint64_t return_ns);
void add_attach(unsigned int worker, int index, int result, uint64_t detail, uint64_t call_ns, uint64_t return_ns);

/* assert_verdict() - judge and compare, with the reason as message */
#define assert_verdict(want)                                                                                           \
	do {                                                                                                            \
		const struct judgement *judged = judge_fixture_judge();                                                 \
		ck_assert_msg(judged->verdict == (want), "%s: %s", verdict_name(judged->verdict), judged->reason);      \
	} while (0)

/* assert_says() - does a text hold the words */
#define assert_says(text, words) ck_assert_msg(strstr(text, words) != NULL, "'%s' is not in: %s", words, text)
