/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One cell: one scenario on one kernel, from its specification to its judged evidence.
 *
 *	run_cell_guest.c	in a virtual machine
 *	run_cell_here.c		in this process: on the running kernel, or on the model of one
 *	run_cell.c		what both share: the recorder file, the evidence, the verdict
 */
#pragma once

#include "harness/kernel.h"
#include "harness/options.h"
#include "harness/paths.h"
#include "harness/progress.h"
#include "harness/report/reports.h"
#include "harness/report/run_directory.h"

/* What the cells of a run share. */
struct run {
	const struct options *options;
	const struct paths *paths;
	const struct run_directory *directory;
	bool is_quiet; /* no line of progress for each cell: several run at once */
};

/* A scenario that was asked for, with the overrides of the command line. */
struct run_scenario {
	char *name; /* as asked for */
	char *text;
	size_t text_bytes;
	struct scenario *scenario;
};

/* Nothing ran and nothing is left of the cell: no room for its evidence, mostly, or the user's wish to stop. */
#define RUN_CELL_NOT_RUN 1

/* A violation was found, but it could not be stored: an outcome all the same, and the one that counts most. */
#define RUN_CELL_VIOLATION 2

#define RUN_NOW_BYTES	   32

/**
 * run_now_text() - the time of day, as run.json has it
 * @ret_text:	always written: RFC 3339, UTC
 * @text_bytes:	at least RUN_NOW_BYTES
 */
void run_now_text(char *ret_text, size_t text_bytes);

struct run_cell {
	struct cell_record record;
	struct judgement judgement;
	char *relative; /* folder below the run's */
	char *path;	/* folder now */
};

/*
 * The flight recorder, mapped: the cell's history.bin from the start, so that it is there whatever ends us.  In the end
 * the same history without the unused room takes its place.
 */
struct recorder_file {
	char *path;
	void *memory;
	size_t bytes;
};

/**
 * recorder_file_create() - make room for the evidence before anything runs
 * @run:	the run
 * @source:	the scenario
 * @cell:	its record, so far, goes to run.json: the ending is "abandoned" until another is known
 * @ret_file:	ended by recorder_file_close() or recorder_file_remove(); written only on success
 * @ret_error:	one line; written only on failure
 *
 * The room is allocated on the disk now: a disk that fills up later must not kill QEMU by SIGBUS.
 *
 * Return: 0, -ENOSPC, or another -errno.
 */
int recorder_file_create(const struct run *run, const struct run_scenario *source, struct run_cell *cell,
			 struct recorder_file *ret_file, struct report_error *ret_error);

/**
 * recorder_file_close() - unmap
 * recorder_file_remove() - unmap and remove: what is in it is not worth keeping
 * @file:	all zero afterwards
 */
void recorder_file_close(struct recorder_file *file);
void recorder_file_remove(struct recorder_file *file);

/**
 * run_cell_open() - make the cell's folder and begin its record
 * @run:	the run
 * @source:	the scenario
 * @kernel:	prepared kernel, or NULL where none is booted
 * @repeat_number: from 1
 * @seed:	of this repeat
 * @ret_cell:	ended by run_cell_fini(); written only on success
 * @ret_error:	one line; written only on failure
 *
 * Return: 0, RUN_CELL_NOT_RUN or -ENOMEM.
 */
int run_cell_open(const struct run *run, const struct run_scenario *source, const struct kernel *kernel,
		  unsigned int repeat_number, uint64_t seed, struct run_cell *ret_cell, struct report_error *ret_error);

/**
 * run_cell_judge() - store the evidence, judge it, store the verdict
 * @cell:	its record says how the guest ended
 * @source:	the scenario
 * @file:	the recorder
 * @ret_error:	one line; written only on failure
 *
 * Return: 0 or -errno; after a failure what could be stored is there.
 */
int run_cell_judge(struct run_cell *cell, const struct run_scenario *source, const struct recorder_file *file,
		   struct report_error *ret_error);

/**
 * run_cell_guest() - a cell in a virtual machine
 * run_cell_here() - a cell in this process
 * @run:	the run
 * @source:	the scenario
 * @kernel:	prepared kernel
 * @cell:	from run_cell_open(); ended on failure
 * @ret_error:	one line; written only on failure
 *
 * Return: 0 when there is a judgement, RUN_CELL_NOT_RUN (then the error is empty when somebody else has told it),
 * RUN_CELL_VIOLATION (then the error says what could not be stored, and the verdict), or -errno.
 */
int run_cell_guest(const struct run *run, const struct run_scenario *source, const struct kernel *kernel,
		   struct run_cell *cell, struct report_error *ret_error);
int run_cell_here(const struct run *run, const struct run_scenario *source, struct run_cell *cell,
		  struct report_error *ret_error);

/**
 * run_cell_limit_ns() - how long a cell may take, by all its own limits, two tries, a slow kernel and a slow judge
 * @run:	the run
 * @source:	the scenario
 *
 * Return: the time after which its process is taken to hang.
 */
uint64_t run_cell_limit_ns(const struct run *run, const struct run_scenario *source);

/**
 * run_cell_break() - the verdict of a cell whose process died: BROKEN, with what is known of its evidence kept
 * @cell:	from run_cell_open()
 * @reason:	one line
 * @ret_error:	one line; written only on failure
 *
 * A verdict that is there already stays.
 *
 * Return: 0 or -errno.
 */
int run_cell_break(struct run_cell *cell, const char *reason, struct report_error *ret_error);

/**
 * run_cell_refuse() - end a cell that never ran: its folder goes
 * @cell:	all zero afterwards
 * @r:		-errno, why
 *
 * Return: RUN_CELL_NOT_RUN, or -ENOMEM.
 */
int run_cell_refuse(struct run_cell *cell, int r);

/**
 * run_cell_fail() - end a cell whose evidence or verdict could not be stored
 * @cell:	ended
 * @r:		why
 * @ret_error:	one line; the verdict is appended when it is VIOLATION
 *
 * Return: @r, or RUN_CELL_VIOLATION.
 */
int run_cell_fail(struct run_cell *cell, int r, struct report_error *ret_error);

/**
 * run_cell_fini() - free a cell's memory; its folder stays
 * @cell:	all zero afterwards
 */
void run_cell_fini(struct run_cell *cell);
