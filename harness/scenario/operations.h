/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one table of operations: what a worker's program may say.
 *
 * The parser, `looprace list operations`, the manual page, the engine's dispatch and the tests all expand this table;
 * a row without an engine function op_<name>() does not compile.
 *
 * OPERATION(name, summary) is followed by its ARGUMENTs, in the order in which they stand in
 * struct operation_call.arguments: ARGUMENT(operation, name, type, default text, summary).
 * An argument of type POSITIONAL_* is written bare ("hold 0..500us"); all others as name=value.
 */
#pragma once

#define LOOPRACE_OPERATIONS(OPERATION, ARGUMENT)                                                                       \
	OPERATION(attach, "find a free device and bind the worker's backing file to it")                                \
	ARGUMENT(attach, policy, POLICY, "full_jitter", "backoff policy, see looprace list policies")                   \
	ARGUMENT(attach, api, API, "auto", "auto, set_fd or configure")                                                 \
	ARGUMENT(attach, read_only, BOOL, "no", "bind read-only")                                                       \
	ARGUMENT(attach, autoclear, BOOL, "no", "let the last close release the device")                               \
	ARGUMENT(attach, direct_io, BOOL, "no", "read and write the backing file around the page cache")               \
	ARGUMENT(attach, partition_scan, BOOL, "no", "look for a partition table when binding")                        \
	ARGUMENT(attach, offset, SIZE, "0B", "first byte of the backing file that the device shows")                    \
	ARGUMENT(attach, size_limit, SIZE, "0B", "most bytes that the device shows; 0B: all")                           \
	ARGUMENT(attach, block_size, SIZE, "0B", "logical block size; 0B: the kernel's default")                        \
	ARGUMENT(attach, tries, COUNT, "0", "most tries; 0: the policy's own number")                                   \
	ARGUMENT(attach, budget, DURATION, "0s", "give up after this time; 0s: never")                                  \
	OPERATION(detach, "ask for the release of the attached device and close it; nothing to do when attach gave up")  \
	OPERATION(close, "close the attached device without asking for its release, as autoclear users do")             \
	OPERATION(check, "read something back and record it for the judge")                                             \
	ARGUMENT(check, what, POSITIONAL_CHECK, "identity", "identity: which backing file the device reports")          \
	OPERATION(hold, "wait a random time, drawn anew from the seed in each round")                                   \
	ARGUMENT(hold, time, POSITIONAL_DURATION_RANGE, "0us", "such as 500us, or 0..500us")                            \
	OPERATION(fault, "plant a fault, to prove that it is noticed; only inside a virtual machine")                   \
	ARGUMENT(fault, what, POSITIONAL_FAULT, "panic",                                                                \
		 "panic, reboot, stuck (this call never returns), freeze (all CPUs), flood (the console)")               \
	ARGUMENT(fault, round, COUNT, "1", "in which round of the worker, from 1")

/* The words that arguments of type API, POSITIONAL_CHECK and POSITIONAL_FAULT may take, in the order of their values. */
#define LOOPRACE_API_WORDS(X) X(auto) X(configure) X(set_fd)
#define LOOPRACE_CHECK_WORDS(X) X(identity)
#define LOOPRACE_FAULT_WORDS(X) X(panic) X(reboot) X(stuck) X(freeze) X(flood)

enum operation {
#define OPERATION(name, summary) OPERATION_##name,
#define ARGUMENT(operation, name, type, fallback, summary)
	LOOPRACE_OPERATIONS(OPERATION, ARGUMENT)
#undef OPERATION
#undef ARGUMENT
		OPERATION_COUNT,
};

enum fault {
#define X(word) FAULT_##word,
	LOOPRACE_FAULT_WORDS(X)
#undef X
};

enum argument_type {
	ARGUMENT_POLICY,   /* value: row of looprace_policy_at() */
	ARGUMENT_API,	   /* value: enum looprace_api */
	ARGUMENT_BOOL,	   /* yes or no */
	ARGUMENT_SIZE,	   /* bytes; written with a unit: B, KiB, MiB, GiB */
	ARGUMENT_COUNT,	   /* a bare number */
	ARGUMENT_DURATION, /* ns; written with a unit: ns, us, ms, s, min */
	ARGUMENT_POSITIONAL_DURATION_RANGE,
	ARGUMENT_POSITIONAL_CHECK,
	ARGUMENT_POSITIONAL_FAULT,
};

/* The most arguments that an operation has; a static assertion in operations.c holds it true. */
#define OPERATION_ARGUMENT_COUNT_MAX 12

struct argument_info {
	const char *name;
	enum argument_type type;
	const char *fallback; /* default, as text */
	const char *summary;
};

struct operation_info {
	const char *name;
	const char *summary;
	unsigned int argument_count;
	struct argument_info arguments[OPERATION_ARGUMENT_COUNT_MAX];
};

/**
 * operation_info() - a row of the table
 * @operation:	below OPERATION_COUNT
 *
 * Return: the row, static.
 */
const struct operation_info *operation_info(enum operation operation);

/* Position of an argument in struct operation_call.arguments, such as ARGUMENT_AT_attach_policy. */
enum attach_argument {
	ARGUMENT_AT_attach_policy,
	ARGUMENT_AT_attach_api,
	ARGUMENT_AT_attach_read_only,
	ARGUMENT_AT_attach_autoclear,
	ARGUMENT_AT_attach_direct_io,
	ARGUMENT_AT_attach_partition_scan,
	ARGUMENT_AT_attach_offset,
	ARGUMENT_AT_attach_size_limit,
	ARGUMENT_AT_attach_block_size,
	ARGUMENT_AT_attach_tries,
	ARGUMENT_AT_attach_budget,
};
