/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is unusual about the kernel that a cell ran on.  It forbids nothing and changes no verdict, but who reads the verdict
 * should know it: a taint from the start, a version that the judge knows nothing of, a driver that cannot be replaced, a debug kernel.
 */
#pragma once

#include "harness/report/cell.h"

/* X(name) */
#define REPORT_REMARKS(X) X(taint) X(version) X(builtin) X(instrumented)

enum report_remark {
#define X(name) REPORT_REMARK_##name,
	REPORT_REMARKS(X)
#undef X
		REPORT_REMARK_COUNT,
};

#define REPORT_REMARK_BYTES 512

/* The newest series whose driver the judge's traits were read from; newer ones are judged like it. */
#define REPORT_NEWEST_MAJOR 7
#define REPORT_NEWEST_MINOR 3

/**
 * report_remark() - one remark
 * @record:	of a cell
 * @remark:	which
 * @ret_text:	REPORT_REMARK_BYTES; written only when there is something to say
 *
 * Return: true when there is.
 */
bool report_remark(const struct cell_record *record, enum report_remark remark, char *ret_text);

/**
 * report_taint_letters() - a taint as the kernel's own messages have it
 * @flags:	of /proc/sys/kernel/tainted
 * @ret_letters: room for 65 bytes; such as "OE", empty for none
 */
void report_taint_letters(uint64_t flags, char *ret_letters);
