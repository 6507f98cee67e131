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
#define SCENARIO_BACKING_COUNT_MAX 16
#define SCENARIO_DEVICE_COUNT_MAX 16
#define SCENARIO_DESCRIPTOR_COUNT_MAX 16
#define SCENARIO_LABEL_COUNT_MAX 64

/* Values of arguments that name something; anything else is the row of the scenario's table. */
#define SCENARIO_BACKING_OWN	     1000u /* the worker's own backing file */
#define SCENARIO_DEVICE_GOT	     1000u /* what the worker's last ctl_get_free returned */
#define SCENARIO_DEVICE_INDEX_FIRST  2000u /* + N: loopN */
#define SCENARIO_DESCRIPTOR_NONE     1000u
#define SCENARIO_DESCRIPTOR_ATTACHED 0u /* the worker's last attach; the first row of every table of descriptors */

/* A value of any type: a plain one has low == high; words are their position; bool is 0 or 1. */
struct argument_value {
	uint64_t low;
	uint64_t high;
};

struct operation_call {
	enum operation operation;
	unsigned int line; /* in the scenario file, for messages and proofs */
	int label;	   /* row of scenario.labels, or -1 */
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
	X(model, "a loop driver inside the harness, sound but for what plant says: needs no root and no kernel support")

enum scenario_kernel {
#define X(name, summary) SCENARIO_KERNEL_##name,
	LOOPRACE_KERNELS(X)
#undef X
};

/* What a backing file is. */
#define LOOPRACE_BACKING_KINDS(X)                                                                                      \
	X(file, "a regular file")                                                                                       \
	X(directory, "a directory, which cannot be bound")                                                              \
	X(character, "a character device, which cannot be bound")                                                       \
	X(pipe, "a pipe, which cannot be bound")                                                                        \
	X(proc, "/proc/version: a file that can be read but not written")                                               \
	X(closed, "a descriptor that is not open")

enum backing_kind {
#define X(name, summary) BACKING_KIND_##name,
	LOOPRACE_BACKING_KINDS(X)
#undef X
};

/* What a backing file holds at the start. */
#define LOOPRACE_CONTENTS(X)                                                                                           \
	X(zeros, "nothing: a sparse file")                                                                              \
	X(tags, "tagged blocks: owner, generation 0, sector")                                                           \
	X(partitions, "the same behind an MBR partition table with two partitions")                                     \
	X(ext4, "an ext4 file system")

enum backing_content {
#define X(name, summary) BACKING_CONTENT_##name,
	LOOPRACE_CONTENTS(X)
#undef X
};

/* [backing NAME] */
struct backing_object {
	char name[SCENARIO_NAME_BYTES];
	enum backing_kind kind;
	enum backing_content content;
	uint64_t size_bytes;
};

/* [device NAME] */
struct device_object {
	char name[SCENARIO_NAME_BYTES];
	unsigned int index; /* N of /dev/loopN */
	bool is_absent;	    /* it does not exist at the start; otherwise it does, and is not bound */
};

/* [descriptor NAME] makes one that all workers share; any other name is a worker's own. */
struct descriptor_object {
	char name[SCENARIO_NAME_BYTES];
	bool is_shared;
};

/* "LABEL: operation ..." in a program. */
struct label_object {
	char name[SCENARIO_NAME_BYTES];
	unsigned int group;
	unsigned int call; /* of the group's calls */
};

/* What a scenario may need; it is skipped where that is missing. */
#define LOOPRACE_NEEDS(X)                                                                                              \
	X(loop_control, "/dev/loop-control (v3.1)")                                                                     \
	X(loop_configure, "LOOP_CONFIGURE (v5.8)")                                                                      \
	X(loop_module, "a loop driver that is a module")                                                                \
	X(io_uring, "io_uring (v5.1), which reads, writes, fsync, discard and zeroout go through")                      \
	X(ia32, "the 32-bit entry of a 64-bit kernel (CONFIG_IA32_EMULATION)")                                          \
	X(ext4, "ext4, built in or as a module that came with the guest")                                               \
	X(diskseq, "BLKGETDISKSEQ (v5.15)")                                                                             \
	X(fault_injection, "a kernel with CONFIG_FAULT_INJECTION, such as kasan-6.12")

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
	X(injected, "calls into which a failure was injected; not reached makes the verdict UNKNOWN")                    \
	X(gave_up, "attaches that ended without a device; anything else breaks the rule gave_up")                        \
	X(violation, "name of the rule that must be broken: the scenario plants the fault itself")                      \
	X(known_bug, "RULE at GROUP.LABEL: NAME. A known bug of these kernels, which breaks the rule at that line. It "   \
		     "must be found, is reported by its name, and hides nothing else")

enum expectation_subject {
#define X(name, summary) EXPECT_##name,
	LOOPRACE_EXPECTATIONS(X)
#undef X
		EXPECT_COUNT,
};

enum comparison { COMPARE_EQUAL, COMPARE_AT_LEAST, COMPARE_AT_MOST, COMPARE_ANY };

/*
 * A kernel's version as far as it is known.  patch is the stable release, -1 when unknown; 0.0 is an unknown kernel.
 */
struct kernel_version {
	unsigned int major;
	unsigned int minor;
	int patch;
};

/*
 * From one version up to before another.  6.11 as a lower bound means 6.11.0, "<= 6.12" reaches to before 6.13,
 * "= 5.10" is >= 5.10, < 5.11, "<= 6.12.117" reaches to before 6.12.118.  0.0.0 as an upper bound: no end.
 */
struct kernel_range {
	struct kernel_version from;
	struct kernel_version before;
};

struct expectation {
	enum expectation_subject subject;
	enum comparison comparison;
	uint64_t number;
	/* For EXPECT_violation and EXPECT_known_bug; "none": no rule may be broken, which is also the default. */
	char rule[32];
	unsigned int line; /* in the scenario file */
	int label;     /* for EXPECT_known_bug: row of scenario.labels, or -1: anywhere */
	char name[96]; /* for EXPECT_known_bug */
	/*
	 * Holds on these kernels ([expect kernel >= 6.11, < 7.2]); the last one that fits counts.  Of EXPECT_known_bug all
	 * that fit hold, each for its rule and label, and a row with the rule "none" means nothing.
	 */
	struct kernel_range kernels;
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
	enum backing_content backing_content; /* of each worker's backing file */
	uint64_t call_limit_ns;	    /* a call that takes longer breaks the rule liveness */
	enum scenario_kernel kernel;
	unsigned int group_count;
	struct worker_group groups[SCENARIO_GROUP_COUNT_MAX];
	unsigned int expectation_count;
	struct expectation expectations[SCENARIO_EXPECTATION_COUNT_MAX];
	unsigned int backing_count;
	struct backing_object backings[SCENARIO_BACKING_COUNT_MAX];
	unsigned int device_object_count;
	struct device_object devices[SCENARIO_DEVICE_COUNT_MAX];
	unsigned int descriptor_count; /* at least 1: `attached` */
	struct descriptor_object descriptors[SCENARIO_DESCRIPTOR_COUNT_MAX];
	unsigned int label_count;
	struct label_object labels[SCENARIO_LABEL_COUNT_MAX];
	char planted[32]; /* kernel = model: name of the fault that the model has; "": none */
	/* Some program has an `after`: all workers begin each of their rounds together. */
	bool is_ordered;
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
 * kernel_range_has() - is a kernel in a range
 * @range:	0.0 to 0.0: all kernels
 * @kernel:	0.0 when unknown, which only the range of all kernels has
 *
 * Return: true when it is.
 */
bool kernel_range_has(const struct kernel_range *range, struct kernel_version kernel);

/**
 * scenario_expectation() - the expectation that holds on a kernel
 * @scenario:	a parsed scenario
 * @subject:	what it is about
 * @kernel:	the kernel that ran; when it is not known, only unconditional expectations hold; when its stable release is
 *		not known, it counts as .0
 *
 * Return: the last fitting row, or NULL when the scenario says nothing about it.
 */
const struct expectation *scenario_expectation(const struct scenario *scenario, enum expectation_subject subject,
					       struct kernel_version kernel);

/**
 * scenario_check_rules() - do the rules that [expect] names exist
 * @scenario:	a parsed scenario
 * @file_name:	for the message
 * @rules:	the judge's names; "none" is always allowed
 * @rule_count:	how many
 * @ret_error:	written only on failure
 *
 * The rules belong to the judge, which knows scenarios and not the reverse; so whoever knows both asks.
 *
 * Return: 0, or -EINVAL.
 */
int scenario_check_rules(const struct scenario *scenario, const char *file_name, const char *const *rules,
			 unsigned int rule_count, struct scenario_error *ret_error);

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
