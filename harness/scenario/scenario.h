/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scenario: who races whom, for how long, and what must come of it.
 *
 * This header is what a scenario file means; scenario_parse() turns the text into it.  The format is in looprace(8).
 */
#pragma once

#include "harness/scenario/operations.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCENARIO_NAME_BYTES 64
#define SCENARIO_GROUP_COUNT_MAX 16
#define SCENARIO_WORKER_COUNT_MAX 1024
#define SCENARIO_EXPECTATION_COUNT_MAX 32

/* A value of any type: a plain one has low == high; words are their position; bool is 0 or 1. */
struct argument_value {
	uint64_t low;
	uint64_t high;
};

struct operation_call {
	enum operation operation;
	unsigned int line; /* in the scenario file, for messages */
	struct argument_value arguments[OPERATION_ARGUMENT_COUNT_MAX];
};

/* How the workers of a group come to collide. */
#define LOOPRACE_ALIGNS(X)                                                                                             \
	X(free, "each worker goes round on its own; collisions are natural")                                            \
	X(barrier, "all meet at the start of each round, and just before and after the first bind: all but one lose")

enum align {
#define X(name, summary) ALIGN_##name,
	LOOPRACE_ALIGNS(X)
#undef X
};

/* What answers the ioctls. */
#define LOOPRACE_KERNELS(X)                                                                                            \
	X(real, "the loop driver")                                                                                      \
	X(model, "a sound loop driver inside the harness: needs no root and no kernel support")                         \
	X(model_unchecked, "the same with a planted fault: between its check and its bind it lets others in")

enum scenario_kernel {
#define X(name, summary) SCENARIO_KERNEL_##name,
	LOOPRACE_KERNELS(X)
#undef X
};

/* What a scenario may need; it is skipped where that is missing. */
#define LOOPRACE_NEEDS(X)                                                                                              \
	X(loop_control, "/dev/loop-control (v3.1)")                                                                     \
	X(loop_configure, "LOOP_CONFIGURE (v5.8)")                                                                      \
	X(loop_module, "a loop driver that is a module")

enum need {
#define X(name, summary) NEED_##name,
	LOOPRACE_NEEDS(X)
#undef X
		NEED_COUNT,
};

/* What [expect] may speak of. */
#define LOOPRACE_EXPECTATIONS(X)                                                                                       \
	X(lost_tries, "tries that lost a race; not reached makes the verdict UNKNOWN: the window was not hit")          \
	X(attaches, "attaches that succeeded; not reached makes the verdict UNKNOWN")                                    \
	X(gave_up, "attaches that ended without a device; anything else breaks the rule gave_up")                        \
	X(violation, "name of the rule that must be broken: the scenario plants the fault itself")

enum expectation_subject {
#define X(name, summary) EXPECT_##name,
	LOOPRACE_EXPECTATIONS(X)
#undef X
		EXPECT_COUNT,
};

enum comparison { COMPARE_EQUAL, COMPARE_AT_LEAST, COMPARE_AT_MOST, COMPARE_ANY };

struct expectation {
	enum expectation_subject subject;
	enum comparison comparison;
	uint64_t number;
	char rule[32]; /* for EXPECT_violation; "none": no rule may be broken, which is also the default */
	/* Holds from this kernel on ([expect kernel >= 6.11]); 0.0 for all.  The last one that fits counts. */
	unsigned int kernel_major;
	unsigned int kernel_minor;
};

struct worker_group {
	char name[SCENARIO_NAME_BYTES];
	unsigned int count;
	enum align align;
	unsigned int call_count;
	struct operation_call *calls; /* owned by the scenario */
};

struct scenario {
	char name[SCENARIO_NAME_BYTES]; /* the file's name without folder and ending */
	char *summary;
	uint32_t needs;		    /* bit 1 << enum need */
	uint64_t duration_ns;	    /* 0: until the rounds are done */
	uint64_t round_count;	    /* rounds of each worker; 0: until the time is over */
	unsigned int device_count;  /* loop devices that exist at the start; 0: as the kernel made them */
	uint64_t backing_bytes;	    /* size of each worker's backing file */
	uint64_t call_limit_ns;	    /* a call that takes longer breaks the rule liveness */
	enum scenario_kernel kernel;
	unsigned int group_count;
	struct worker_group groups[SCENARIO_GROUP_COUNT_MAX];
	unsigned int expectation_count;
	struct expectation expectations[SCENARIO_EXPECTATION_COUNT_MAX];
};

/* What is wrong with a scenario: "file:line: what; what would be right". */
struct scenario_error {
	char text[512];
};

/**
 * scenario_parse() - text to scenario
 * @text:	the file's content; need not end in a NUL
 * @text_bytes:	its length
 * @file_name:	for messages and for the scenario's name
 * @ret_scenario: owned by the caller, who ends it with scenario_free(); written only on success
 * @ret_error:	written only on failure; one line without a newline
 *
 * Return: 0, -EINVAL with @ret_error set, or -ENOMEM with @ret_error set.
 */
int scenario_parse(const char *text, size_t text_bytes, const char *file_name, struct scenario **ret_scenario,
		   struct scenario_error *ret_error);

/**
 * scenario_free() - end a scenario
 * @scenario:	may be NULL
 *
 * Return: NULL.
 */
struct scenario *scenario_free(struct scenario *scenario);

/**
 * scenario_worker_count() - workers of all groups
 * @scenario:	a parsed scenario
 *
 * Return: the sum of the groups' counts, 1 to SCENARIO_WORKER_COUNT_MAX.
 */
unsigned int scenario_worker_count(const struct scenario *scenario);

/**
 * scenario_set_worker_count() - run with another number of workers
 * @scenario:	a parsed scenario
 * @count:	wanted sum, from the number of groups to SCENARIO_WORKER_COUNT_MAX; shared out in the groups' proportion,
 *		at least one each
 *
 * Return: 0, or -ERANGE.
 */
int scenario_set_worker_count(struct scenario *scenario, unsigned int count);

/**
 * scenario_expectation() - the expectation that holds on a kernel
 * @scenario:	a parsed scenario
 * @subject:	what it is about
 * @kernel_major: version of the kernel that ran; 0 with @kernel_minor 0 when unknown: only unconditional ones hold
 * @kernel_minor: as above
 *
 * Return: the last fitting row, or NULL when the scenario says nothing about it.
 */
const struct expectation *scenario_expectation(const struct scenario *scenario, enum expectation_subject subject,
					       unsigned int kernel_major, unsigned int kernel_minor);

/**
 * scenario_parse_duration() - "500us" to ns
 * @text:	a number and its unit (ns, us, ms, s, min, h); also used for the options of the command line
 * @ret_ns:	written only on success
 *
 * Return: 0, -EINVAL (no number, no unit, unknown unit), or -ERANGE.
 */
int scenario_parse_duration(const char *text, uint64_t *ret_ns);

/**
 * scenario_parse_size() - "64MiB" to bytes
 * @text:	a number and its unit (B, KiB, MiB, GiB)
 * @ret_bytes:	written only on success
 *
 * Return: 0, -EINVAL, or -ERANGE.
 */
int scenario_parse_size(const char *text, uint64_t *ret_bytes);
