/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A made-up run for the tests of reports: a cell for each verdict, and in them the text that a hostile guest would like
 * to see in a report.
 */
#pragma once

#include "harness/report/reports.h"

/* Escape sequences, markup of every report, half of a UTF-8 character, line ends, a direction mark. */
#define NASTY "\033[31m<b>&\"'# ok 1 - no # SKIP ]]>\r\n1..0\nnot ok 9\t\x01\xc3\xff\x80\xe2\x80\xae \xc3\xa4\xc2\x9b" "31m"

enum {
	SAMPLE_PASS,
	SAMPLE_VIOLATION, /* with a proof, and nasty text */
	SAMPLE_UNKNOWN,
	SAMPLE_SKIP,	  /* on another kernel */
	SAMPLE_BROKEN,	  /* on a kernel that never said its name, without an emulator */
	SAMPLE_EXPECTED,  /* a pass: the scenario planted the violation */
	SAMPLE_COUNT,
};

struct report_samples {
	struct cell_record records[SAMPLE_COUNT];
	struct judgement judgements[SAMPLE_COUNT];
	struct report_cell cells[SAMPLE_COUNT];
	struct report_run run;
};

/**
 * report_samples_init() - make the run
 * @samples:	end it with report_samples_fini(); points into itself
 *
 * Aborts when memory is short.
 */
void report_samples_init(struct report_samples *samples);

/**
 * report_samples_fini() - end the run
 * @samples:	all zero afterwards
 */
void report_samples_fini(struct report_samples *samples);
