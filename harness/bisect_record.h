/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bisect.json: all that a search has to know, written anew after every step, so that it goes on after an interruption
 * at any point, and so that everybody can see how it came to its answer.
 */
#pragma once

#include <stdint.h>

#include "harness/bisect.h"
#include "harness/repeat.h"
#include "harness/report/files.h"

struct bisect_kernel {
	char *name;	 /* as --kernel takes it */
	char *directory; /* of its run, below the folder of the search; NULL: not tested yet */
	enum bisect_result result;
	char *reason; /* why it is bad or cannot be tested; else NULL */
	struct bisect_runs runs;
};

struct bisect_record {
	struct command_words run; /* looprace run ..., without --kernel and --out */
	char *rule;		  /* NULL: all of them */
	unsigned int repeat_count;
	bool is_descending; /* the good end is newer than the bad one */
	struct bisect_kernel *kernels;
	unsigned int kernel_count;
};

/**
 * bisect_results() - what the search wants to know
 * @record:	a record
 *
 * Return: malloc'ed, one for each kernel; NULL when memory is short.
 */
enum bisect_result *bisect_results(const struct bisect_record *record);

/**
 * bisect_take_run() - read what came of the runs of one kernel
 * @directory:	finished folder of that kernel's run
 * @rule:	only this one counts; NULL: the verdict does
 * @kernel:	its result, reason and runs are written, on success only
 * @ret_error:	one line that names the file; written only on failure
 *
 * Return: 0 or -errno.
 */
int bisect_take_run(const char *directory, const char *rule, unsigned int repeat_count, struct bisect_kernel *kernel,
		    struct report_error *ret_error);

/**
 * bisect_record_json() - the content of bisect.json
 * @record:	a record
 *
 * Return: malloc'ed text, NULL when memory is short.
 */
char *bisect_record_json(const struct bisect_record *record);

/**
 * bisect_record_write() - write bisect.json
 * @directory:	folder of the search
 * @record:	a record
 * @ret_error:	one line that names the file; written only on failure
 *
 * Return: 0 or -errno.
 */
int bisect_record_write(const char *directory, const struct bisect_record *record, struct report_error *ret_error);

/**
 * bisect_record_read() - read it back
 * @directory:	folder of the search
 * @ret_record:	end it with bisect_record_fini(); written only on success
 * @ret_error:	one line that names the file; written only on failure
 *
 * Return: 0, -EINVAL when it is not what it should be, or -errno.
 */
int bisect_record_read(const char *directory, struct bisect_record *ret_record, struct report_error *ret_error);

/**
 * bisect_record_fini() - end a record
 * @record:	all zero afterwards; may be all zero already
 */
void bisect_record_fini(struct bisect_record *record);
