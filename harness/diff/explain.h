/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a difference between kernels one that the model expects?
 *
 * A trait explains it when it is about these calls (explanations.h) and never parts two kernels that agree.  Of such
 * traits the fewest are taken that together part all kernels that do not.  Where nobody knows whether a kernel has a
 * trait, it may stand on either side.
 */
#pragma once

#include "harness/judge/traits.h"

#define EXPLAIN_KERNEL_COUNT_MAX 64

/* Beside the calls: some descriptor of the program was one of a partition. */
#define EXPLAIN_PARTITION (UINT64_C(1) << 63)

/* A difference, as far as it matters here. */
struct explain_case {
	unsigned int kernel_count; /* at most EXPLAIN_KERNEL_COUNT_MAX */
	/* Equal numbers: these kernels agree; negative: the call was not made there. */
	int classes[EXPLAIN_KERNEL_COUNT_MAX];
	struct loop_traits traits[EXPLAIN_KERNEL_COUNT_MAX];
	const char *results[EXPLAIN_KERNEL_COUNT_MAX]; /* such as "-EBUSY"; NULL: something else than the result differs */
	unsigned int call;	 /* enum recorder_call: which differs */
	uint64_t calls_so_far;	 /* bits of enum recorder_call: what was called before, and itself; EXPLAIN_PARTITION */
};

/**
 * explain() - the traits that explain a difference
 * @explain_case: it
 *
 * Return: bits 1 << enum loop_trait; 0: nothing does.
 */
uint32_t explain(const struct explain_case *explain_case);
