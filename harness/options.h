/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line: one table of subcommands and one of options.
 *
 * The parser, `--help` of every subcommand and the manual page are made from these two tables, so a new option is one
 * row here and one member of struct options.  This module decides what a command line means and what is wrong with it;
 * it prints nothing, opens nothing and does not look whether a path exists.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_VERDICT_CODES "0 pass, 1 violation, 2 usage, 77 skip, 99 broken or unknown"

/* X(name, operands as shown in the usage line, summary, what to call an operand, what the operands are, exit codes) */
#define LOOPRACE_COMMANDS(X)                                                                                           \
	X(run, "[SCENARIO]...", "race the loop driver of real kernels and judge what happened", "SCENARIO",            \
	  "name (see looprace list scenarios) or path of a scenario file, or of one matrix file, which names kernels " \
	  "and "                                                                                                       \
	  "scenarios; default: " OPTIONS_DEFAULT_SCENARIO,                                                             \
	  OPTIONS_VERDICT_CODES)                                                                                       \
	X(judge, "DIR...", "judge stored evidence again, with today's rules", "DIR",                                   \
	  "run directory, or a single cell of one", OPTIONS_VERDICT_CODES)                                             \
	X(report, "DIR...", "report stored results, of one run or of many, in one of several formats", "DIR",          \
	  "run directory, finished or not, or a single cell of one; all together make one report",                     \
	  OPTIONS_VERDICT_CODES)                                                                                       \
	X(diff, "DIR...", "compare what calls gave on different kernels", "DIR",                                       \
	  "run directories that hold the same scenarios on different kernels",                                         \
	  "0 nothing is NEW, 1 something is, 2 usage or nothing to compare, 99 broken")                                \
	X(matrix, "[SCENARIO]...", "write a matrix as the configuration of a CI service", "SCENARIO",                  \
	  "scenarios, or one matrix file, as for looprace run", "0 written, 2 usage, 99 broken")                       \
	X(bisect, "", "find the two kernels between which a scenario goes from good to bad", NULL, NULL,               \
	  "0 the two are neighbours, 2 usage, 77 kernels between them could not be tested, 99 no answer")              \
	X(kernel, "ACTION [KERNEL]...", "list, get, build, find and throw away kernels", "ACTION",                     \
	  "list, get, build, path or prune; then series (6.1), versions (6.1.192-2) or debug kernels (kasan-6.12)",    \
	  "0 done, 2 usage or nothing of that name, 99 an archive or a build failed")                                  \
	X(list, "[TOPIC]", "show what there is, each with one line", "TOPIC",                                          \
	  "scenarios, matrices, operations, policies, rules or plants; default: all", "0 shown, 2 usage")

/* What `looprace list` can show, in this order. */
#define LOOPRACE_TOPICS(X) X(scenarios) X(matrices) X(operations) X(policies) X(rules) X(plants)

/*
 * What `looprace kernel` can do: X(name, least operands, EACH kernel by itself or ALL at once, the script of vm/ that
 * does it; NULL: the one that gets the kernel at hand, its first argument or NULL, summary).
 */
#define LOOPRACE_KERNEL_ACTIONS(X)                                                                                     \
	X(list, 0, ALL, "list-kernels", NULL,                                                                          \
	  "what the configured archives offer and what is cached, by series and version")                              \
	X(get, 1, EACH, NULL, NULL,                                                                                    \
	  "fetch kernels, or build them where they are debug kernels; prints where they are")                          \
	X(build, 1, EACH, "build-kernel", NULL, "build debug kernels, such as kasan-6.12; prints where they are")      \
	X(path, 1, EACH, NULL, "--cached", "where cached kernels are; fetches and builds nothing")                     \
	X(prune, 0, ALL, "prune-kernels", NULL, "throw away kernels: those named, or all that a newer one has replaced")

#define OPTIONS_DEFAULT_SCENARIO "get_free_race"
#define OPTIONS_DEFAULT_KERNEL	 "6.1"
#define OPTIONS_DEFAULT_SHARDS	 4

enum command {
#define X(name, ...) COMMAND_##name,
	LOOPRACE_COMMANDS(X)
#undef X
		COMMAND_COUNT,
	COMMAND_NONE = COMMAND_COUNT, /* `looprace --help`, `looprace --version` */
};

struct command_info {
	const char *name;
	const char *operands;
	const char *summary;
	const char *operand;
	const char *operand_help;
	const char *exit_codes;
};

/**
 * command_info() - a row of the table of subcommands
 * @command:	below COMMAND_COUNT
 *
 * Return: the row, static.
 */
const struct command_info *command_info(enum command command);

/* What an option's value is, and so the type of its member in struct options. */
enum option_type {
	OPTION_FLAG,	  /* bool; takes no value */
	OPTION_TEXT,	  /* const char *, never empty */
	OPTION_TEXT_LIST, /* struct text_list; may be given again */
	OPTION_WORD,	  /* const char *, one of option_info.words */
	OPTION_COUNT,	  /* unsigned int, minimum to maximum */
	OPTION_MEBIBYTES, /* unsigned int, minimum to maximum; written "512", "512MiB" or "2GiB" */
	OPTION_DURATION,  /* uint64_t in ns, minimum to maximum; written "5s" */
	OPTION_SEED,	  /* struct seed; decimal, or hexadecimal after 0x */
	OPTION_SHARD,	  /* struct shard; written "2/8" */
};

/* With which way of running an option makes sense. */
enum option_place {
	OPTION_EVERYWHERE,
	OPTION_IN_GUEST, /* not with --here */
	OPTION_HERE,	 /* only with --here */
};

struct option_info {
	const char *name;    /* without the dashes */
	char letter;	     /* 0: there is no short form */
	const char *metavar; /* NULL: takes no value */
	enum option_type type;
	enum option_place place;
	unsigned int commands; /* bit 1 << enum command */
	size_t offset;	       /* of the member in struct options */
	uint64_t minimum;
	uint64_t maximum;
	const char *words;  /* for OPTION_WORD, such as "auto|kvm|tcg" */
	const char *range;  /* what would be right, for messages */
	const char *help;   /* for --help and the manual page */
	const char *manual; /* further sentences for the manual page, or NULL */
};

/**
 * option_at() - the table of options
 * @index:	row, from 0
 *
 * Return: the row, or NULL behind the last one.
 */
const struct option_info *option_at(unsigned int index);

struct text_list {
	const char **texts; /* borrowed from the command line; the array is owned */
	unsigned int count;
};

struct seed {
	uint64_t number;
	bool is_given;
};

/* The whole is 0/0. */
struct shard {
	unsigned int number; /* from 1 */
	unsigned int count;
};

/* A command line, understood.  All strings are borrowed from argv. */
struct options {
	enum command command;
	bool wants_help;
	bool wants_version;

	/* run: the kernels and the scenarios; empty means the defaults above */
	struct text_list kernels;
	struct text_list operands; /* run: scenarios; judge: directories; list: at most one topic */
	const char *modules_dir;   /* NULL: beside the kernel */
	const char *loop_module;   /* NULL: the kernel's own loop.ko */

	/* run: overrides; 0 means what the scenario says */
	uint64_t duration_ns;
	uint64_t timeout_ns;
	unsigned int worker_count;
	struct seed seed;
	bool strict; /* known bugs are violations */

	/* run: the matrix; 0 means what the matrix file says, else 1, or no end */
	bool all; /* all scenarios */
	unsigned int repeat_count;
	unsigned int job_count;
	uint64_t budget_ns;
	struct shard shard;
	const char *engine;	/* "slurm"; NULL or "local": here */
	const char *resume_dir; /* NULL: begin a new run */

	/* run: the machine */
	unsigned int cpu_count;	 /* default 2 */
	unsigned int memory_mib; /* default 256 */
	const char *accel;	 /* "auto", "kvm" or "tcg"; never NULL */

	/* run: without a virtual machine */
	bool here;
	const char *backing_dir; /* NULL: the default place for temporary files */

	/* matrix */
	const char *emit;	  /* a CI service */
	unsigned int shard_count; /* 0: OPTIONS_DEFAULT_SHARDS */

	/* bisect */
	const char *good; /* kernels */
	const char *bad;
	const char *scenario;
	const char *rule; /* NULL: all of them */
	bool cached;	  /* only kernels that need not be fetched */

	const char *out_dir; /* run: NULL: results/<UTC time>-<pid>; report: file or folder, NULL: standard output */
	const char *format;  /* of a report; never NULL */
	const char *kcidb_origin; /* NULL: looprace */
	const char *evidence_url; /* NULL: nowhere */
	bool json;
};

struct options_error {
	char text[512];
};

/**
 * options_parse() - understand a command line
 * @argc:	as main() has it
 * @argv:	as main() has it; its order is changed, operands go to the end
 * @ret_options: end it with options_fini(); written only on success
 * @ret_error:	one line without a newline, written only on -EINVAL; empty when there is no subcommand at all
 *
 * With --help or --version nothing else is checked.  Uses getopt_long() and so must not run in two threads at once.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int options_parse(int argc, char *argv[], struct options *ret_options, struct options_error *ret_error);

/**
 * options_fini() - end a parsed command line
 * @options:	all zero afterwards
 */
void options_fini(struct options *options);

/**
 * options_help() - the text of --help
 * @command:	of which subcommand; COMMAND_NONE: of the program
 *
 * Return: malloc'ed text, at most 80 columns wide, or NULL when memory is short.
 */
char *options_help(enum command command);
