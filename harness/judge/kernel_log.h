/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel log read as an oracle: which lines are reports of a bug, and on which side of our start marker they stand.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL_LOG_LINE_BYTES 240
#define KERNEL_LOG_REPORT_COUNT_MAX 8

struct kernel_log_line {
	bool is_found;
	uint64_t time_us; /* the kernel's own time stamp; 0 without one */
	size_t offset;	  /* where the line begins in the log, bytes */
	/* Without time stamp; printable; what was no valid UTF-8 or a control character is '?'. */
	char text[KERNEL_LOG_LINE_BYTES];
};

struct kernel_log {
	bool has_marker;
	uint64_t report_count; /* behind the marker */
	bool has_only_hangs;   /* all of these tell of a panic or of something that waits too long */
	struct kernel_log_line reports[KERNEL_LOG_REPORT_COUNT_MAX]; /* the first of these */
	struct kernel_log_line panic;	      /* behind the marker */
	struct kernel_log_line before_marker; /* the first report before it */
	/* Data races, told by KCSAN, in whose stacks the loop driver has no function; no reports. */
	uint64_t foreign_race_count;
	/* The guest's first process ended, and no report stands before that: our own fault. */
	struct kernel_log_line init_died;
};

/**
 * kernel_log_read() - find the reports
 * @console:	anything at all; may be NULL
 * @console_bytes: its length
 * @has_io:	workers read or write devices themselves: that one of it failed is told by its result, and is mostly due
 * @ret_log:	written only on success
 *
 * Return: 0 or -ENOMEM.
 */
int kernel_log_read(const char *console, size_t console_bytes, bool has_io, struct kernel_log *ret_log);
