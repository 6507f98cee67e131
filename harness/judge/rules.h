/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rules share: the case before them, and how they state what they found.  Private to this folder.
 */
#pragma once

#include "harness/judge/backings.h"
#include "harness/judge/bindings.h"
#include "harness/judge/examination.h"
#include "harness/judge/judge.h"
#include "harness/judge/kernel_log.h"

/* The evidence, and what more than one rule reads out of it. */
struct judge_case {
	const struct evidence *evidence;
	const struct history *history; /* NULL: there is none */
	struct backings backings;      /* empty without a history */
	struct survey survey;	       /* likewise */
	struct bindings bindings;      /* likewise */
	struct examination examination; /* not done without a history, or for a kernel that is not known */
	struct kernel_log log;
	uint64_t origin_ns;  /* the start line, for times in texts */
	uint64_t horizon_ns; /* up to here all calls of all workers are known */
};

/**
 * rule_<name>() - judge one rule
 * @judge_case:	the case
 * @finding:	comes with its rule, VERDICT_PASS and everything else 0; the rule sets verdict (SKIP: no evidence for it),
 *		and unless it passes or skips, count, text and calls
 *
 * Return: 0 or -ENOMEM.
 */
#define X(name, summary) int rule_##name(const struct judge_case *judge_case, struct finding *finding);
LOOPRACE_RULES(X)
#undef X

/**
 * exclusive_bind_count() - how often an index was bound twice without a release in between
 * identity_count() - how often a bound device reported another backing file, or none
 * @judge_case:	of which history, survey, bindings and horizon_ns are read
 * @ret_count:	written only on success
 *
 * Return: 0 or -ENOMEM.
 */
int exclusive_bind_count(const struct judge_case *judge_case, uint64_t *ret_count);
int identity_count(const struct judge_case *judge_case, uint64_t *ret_count);

/**
 * counts_take() - what a history counts up to
 * @history:	an open history, or NULL
 * @ret_counts:	written only on success
 *
 * Return: 0 or -ENOMEM.
 */
int counts_take(const struct history *history, struct judgement_counts *ret_counts);

/**
 * expectation_holds() - does a number fit what is expected
 * @expectation: a row
 * @number:	what there was
 *
 * Return: true when it fits.
 */
bool expectation_holds(const struct expectation *expectation, uint64_t number);

/**
 * comparison_text() - an expectation's comparison as in the scenario
 * @comparison:	any
 *
 * Return: a static string, such as ">= ".
 */
const char *comparison_text(enum comparison comparison);

/**
 * finding_occurs() - the rule is broken once more
 * @judge_case:	of which it is
 * @finding:	counts it; verdict becomes VIOLATION
 * @culprit:	the call that shows it, or NULL; a known bug is known by its line in the scenario
 *
 * What was told of an occurrence before (text and calls) is cleared when this one is to be told instead.  Who looks for
 * the earliest, or collects its text elsewhere, asks finding_knows() first.
 *
 * Return: true when this occurrence is to be told: the first that is not a known bug, or the first of all as long as
 * there is no other.
 */
bool finding_occurs(const struct judge_case *judge_case, struct finding *finding,
		    const struct recorder_record *culprit);

/**
 * finding_occurs_in_log() - the same for a line of the kernel log
 * @judge_case:	of which it is
 * @finding:	as above
 * @line:	the report; when the name of a known bug quotes something, the line has to hold it
 *
 * Return: as above.
 */
bool finding_occurs_in_log(const struct judge_case *judge_case, struct finding *finding, const char *line);

/**
 * finding_knows() - would an occurrence be a known bug of this kernel
 * @judge_case:	of which it is; without evidence or scenario nothing is known
 * @rule:	that it breaks
 * @culprit:	the call that shows it, or NULL, which only a known bug without a line fits
 *
 * Return: row of the scenario's expectations, or -1.
 */
int finding_knows(const struct judge_case *judge_case, enum rule rule, const struct recorder_record *culprit);

/**
 * known_bug_holds() - is an expectation a known bug of the kernel that ran
 * @judge_case:	of which the scenario and the kernel are read
 * @row:	of the scenario's expectations
 *
 * Return: true when it is.
 */
bool known_bug_holds(const struct judge_case *judge_case, unsigned int row);

/**
 * proof_add() - cite a call
 * @finding:	when it cites PROOF_CALL_COUNT_MAX calls already, nothing happens; nor does a call appear twice
 * @worker:	whose
 * @record:	copied, to its place in the order of time
 */
void proof_add(struct finding *finding, unsigned int worker, const struct recorder_record *record);

/**
 * proof_add_pending() - cite the calls that the workers were in, the oldest first
 * @finding:	as above
 * @history:	an open history, or NULL
 */
void proof_add_pending(struct finding *finding, const struct history *history);

/**
 * unexplained_cite() - the proof of what the model cannot explain
 * @judge_case:	of which it is
 * @unexplained: at least one device
 * @text:	what was found, without a full stop; the rest is appended
 * @finding:	gets its verdict, its count and its calls
 */
void unexplained_cite(const struct judge_case *judge_case, const struct unexplained *unexplained, struct text *text,
		      struct finding *finding);

/**
 * error_name() - an errno as a word
 * @error:	positive or negative
 *
 * Return: a static string such as "EBUSY"; "an unknown error" for what no call of ours gives.
 */
const char *error_name(int error);
