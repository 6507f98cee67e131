/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a difference between kernels one that the model expects?
 *
 * A trait explains it when it is about these calls (explanations.h) and never parts two kernels that agree.  Of such
 * traits one is taken that alone parts all kernels that do not, else as few as are needed for it.  Where nobody knows whether a kernel has a
 * trait, it may stand on either side.
 *
 * Two kernels may agree for different reasons.  One trait may hide another: explanations.h says which.  And one kernel
 * may have taken a partition away when another call told it to, where the other does so only now.  So where the program
 * has told before that kernels are unlike in what is looked at, and traits explained that, each two that were unlike are
 * let be: what they still differ in, that explanation goes on to explain, and that they agree contradicts no trait.  Nor
 * does it then of two whose answers are what they were: nothing may have been there for the trait to show itself by.
 * Where all answers are what they were, so is their explanation.
 */
#pragma once

#include "harness/diff/outcome.h"
#include "harness/judge/traits.h"

#define EXPLAIN_KERNEL_COUNT_MAX 64

/* What a call was like, on any of the kernels. */
#define EXPLAIN_SUCCEEDED  1u
#define EXPLAIN_REFUSED	   2u	/* with EINVAL */
#define EXPLAIN_PARTITION  4u	/* on a descriptor of a partition */
#define EXPLAIN_EXCLUSIVE  8u	/* open: with O_EXCL */
#define EXPLAIN_WRITE_ONLY 16u	/* bind: of a descriptor that is for writing only */
#define EXPLAIN_DIRECT	   32u	/* bind: with direct I/O, or of a descriptor with O_DIRECT */
#define EXPLAIN_ENCRYPTED  64u	/* bind, status: with an encryption, or the size of a key */
#define EXPLAIN_LARGE	   128u /* LOOP_CONFIGURE, LOOP_SET_BLOCK_SIZE: blocks of more than 512 bytes */
#define EXPLAIN_NEGATIVE   256u /* LOOP_CTL_ADD, LOOP_CTL_REMOVE: of a negative index */
/* And no call between it and the one that differs did more than ask; explain() sees that itself. */
#define EXPLAIN_LATEST 512u

/* A call of the program, up to that which differs. */
struct explain_step {
	unsigned int line; /* of the scenario */
	unsigned int call; /* enum recorder_call */
	unsigned int how;  /* EXPLAIN_* */
};

/* A difference, as far as it matters here. */
struct explain_case {
	unsigned int kernel_count; /* at most EXPLAIN_KERNEL_COUNT_MAX */
	struct loop_traits traits[EXPLAIN_KERNEL_COUNT_MAX];
	const char *words[EXPLAIN_KERNEL_COUNT_MAX]; /* such as "-EBUSY"; "": the call was not made there */
	enum outcome_field field;		     /* what differs */
	const struct explain_step *steps;	     /* from the first; the last is the call that differs */
	unsigned int step_count;		     /* not 0 */
	/* What was told of the same before. */
	const char *words_before[EXPLAIN_KERNEL_COUNT_MAX]; /* "": nothing */
	uint32_t traits_before; /* that explain how they differ; 0: they do not, or nothing does */
};

/**
 * explain() - the traits that explain a difference
 * @explain_case: it
 *
 * Return: bits 1 << enum loop_trait; 0: nothing does.
 */
uint32_t explain(const struct explain_case *explain_case);
