/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judgements for readers: JSON for programs, KTAP for kernel people's tools, JUnit XML for CI servers, kcidb JSON for
 * KernelCI, HTML for people who did not run it, and a few lines for the terminal.  All say the same; results/README.md
 * tells how each renders the five verdicts.
 *
 * Nothing here decides anything: the verdicts come from the judge.
 */
#pragma once

#include "harness/report/cell.h"

#include <stdio.h>

struct report_cell {
	const char *directory;		   /* below the run's folder: "<kernel>/<scenario>"; NULL: the run's own */
	const char *path;		   /* its folder as it can be opened now; in no report; NULL: not known */
	const char *judged_by;		   /* the looprace that judged it; NULL: this one */
	unsigned int repeat;		   /* from 1 where a report has several of its kernel and scenario; else 0 */
	const struct cell_record *record;  /* never NULL; names scenario and kernel */
	const struct judgement *judgement; /* never NULL */
};

struct report_run {
	const char *directory;	  /* the run's folder as the user will find it; NULL: none was kept */
	const char *written_to;	  /* folder that the report is written to: its links begin there; NULL: it is printed */
	const char *command_line; /* repeats the run */
	const char *started_at;	  /* RFC 3339, UTC */
	uint64_t total_ns;
	bool is_interrupted;
	const char *kcidb_origin; /* the name that KernelCI knows who reports by; NULL: looprace */
	const char *evidence_url; /* where others find the folders of the cells; NULL: nowhere */
	unsigned int cell_count;
	const struct report_cell *cells;
};

/**
 * report_order() - put cells into the order of a report, which does not depend on where and when they ran
 * @cells:	@cell_count cells; sorted: kernels as versions go, scenarios by name, repeats; their repeat is set
 * @cell_count:	how many
 */
void report_order(struct report_cell *cells, unsigned int cell_count);

/**
 * report_same_place() - are two cells of the same kernel and scenario
 * @a:		one
 * @b:		the other
 *
 * Return: true when they are.
 */
bool report_same_place(const struct report_cell *a, const struct report_cell *b);

/**
 * report_worst_verdict() - the verdict of a run
 * @cells:	@cell_count cells
 * @cell_count:	how many
 *
 * Return: VIOLATION before BROKEN before UNKNOWN before PASS before SKIP; without cells BROKEN.
 */
enum verdict report_worst_verdict(const struct report_cell *cells, unsigned int cell_count);

/**
 * report_write_cell() - write a cell's verdict.json
 * @directory:	the cell's folder
 * @cell:	what to say
 * @ret_error:	one line that names the file; written only on failure
 *
 * Return: 0 or -errno.
 */
int report_write_cell(const char *directory, const struct report_cell *cell, struct report_error *ret_error);

/**
 * report_of_cells() - a report over some cells, wherever and whenever they ran
 * @cells:	in the order of report_order(); borrowed
 * @cell_count:	how many
 * @is_interrupted: are cells missing?
 *
 * What it says of the whole follows from the cells: it began when the first of them did, and took as long as all of them
 * together.  So shards of a run, merged, are told as the whole run would be.
 *
 * Return: the report.
 */
struct report_run report_of_cells(const struct report_cell *cells, unsigned int cell_count, bool is_interrupted);

/* X(name as --format has it, file's name, what makes the text) */
#define REPORT_FORMATS(X)                                                                                              \
	X(json, "verdict.json", report_verdict_json)                                                                   \
	X(ktap, "report.ktap", report_ktap)                                                                            \
	X(junit, "report.junit.xml", report_junit)                                                                     \
	X(kcidb, "report.kcidb.json", report_kcidb)                                                                    \
	X(html, "report.html", report_html)

struct report_format {
	const char *name;
	const char *file_name;
	char *(*text)(const struct report_run *run); /* malloc'ed; NULL when memory is short */
};

/**
 * report_format_at() - the table of formats
 * @index:	row, from 0
 *
 * Return: the row, or NULL behind the last one.
 */
const struct report_format *report_format_at(unsigned int index);

/**
 * report_write_formats() - write a report in all formats
 * @directory:	existing folder
 * @run:	what to say
 * @ret_error:	one line that names the file; written only on failure
 *
 * Return: 0 or -errno.
 */
int report_write_formats(const char *directory, const struct report_run *run, struct report_error *ret_error);

/**
 * report_write() - write a run's run.json, and its report in all formats
 * @directory:	where to write now, such as struct run_directory's path
 * @run:	what to say
 * @ret_error:	one line that names the file; written only on failure
 *
 * The reports are what `looprace report` makes of the folder; only run.json knows more of the run than its cells do.
 *
 * Return: 0 or -errno.
 */
int report_write(const char *directory, const struct report_run *run, struct report_error *ret_error);

/* The same as text, malloc'ed; the caller frees it.  Return: the text, or NULL when memory is short. */
char *report_run_json(const struct report_run *run);	 /* run.json */
char *report_verdict_json(const struct report_run *run); /* verdict.json; what --json prints */
char *report_cell_json(const struct report_cell *cell);	 /* a cell's verdict.json */
char *report_ktap(const struct report_run *run);
char *report_junit(const struct report_run *run);
char *report_kcidb(const struct report_run *run);
char *report_html(const struct report_run *run); /* see html/page.h */

/**
 * report_print_summary() - a run on the terminal
 * @stream:	where to
 * @run:	what to say
 * @has_color:	ANSI colours
 *
 * A single cell is a block: verdict, kernel, scenario, why, figures, then each finding with its proof, where the evidence
 * is and the command that repeats it.  Of several cells, one such block for each kernel and scenario that is not well;
 * then the table of all, what there is to say of it, and the totals.
 */
void report_print_summary(FILE *stream, const struct report_run *run, bool has_color);
