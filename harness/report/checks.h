/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cell as a list of checks, for formats that know test cases: one for the run as a whole, one for each rule.
 *
 * The worst of a cell's checks always is the cell's verdict, so that no reader of KTAP or JUnit can see something else
 * than verdict.json says.  A rule whose violation the scenario planted, or that is wholly a known bug of
 * the kernel, has passed.
 */
#pragma once

#include "harness/report/reports.h"

struct check {
	const char *name; /* "run", or the rule's */
	enum verdict verdict;
	const char *text; /* why; never NULL */
	const struct finding *finding; /* or NULL */
};

#define CHECK_COUNT (1 + RULE_COUNT)

/**
 * checks_of() - the checks of a cell
 * @cell:	a cell
 * @ret_checks:	borrow from @cell
 */
void checks_of(const struct report_cell *cell, struct check ret_checks[CHECK_COUNT]);

/**
 * report_kernel() - what to call a cell's kernel
 * report_scenario() - what to call a cell's scenario
 * @cell:	a cell
 *
 * Return: the name, or "unknown".
 */
const char *report_kernel(const struct report_cell *cell);
const char *report_scenario(const struct report_cell *cell);

/* Room for a cell's name. */
#define REPORT_NAME_BYTES 320

/**
 * report_cell_name() - what to call a cell among those of its kernel
 * @cell:	a cell
 * @name:	REPORT_NAME_BYTES of room
 *
 * Return: @name: the scenario, with "-1", "-2" ... behind it where the report has several of it on this kernel.
 */
const char *report_cell_name(const struct report_cell *cell, char name[REPORT_NAME_BYTES]);

/* Room for a call of a proof as text. */
#define REPORT_CALL_BYTES 256

/**
 * report_call() - a call of a proof, in one line
 * @cell:	whose finding cites it
 * @proof:	the call
 * @text:	REPORT_CALL_BYTES of room
 *
 * Return: @text.
 */
const char *report_call(const struct report_cell *cell, const struct proof_call *proof, char text[REPORT_CALL_BYTES]);
