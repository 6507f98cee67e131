/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parser of the command line.  It hands the table to getopt_long() and each value to the reader of its type;
 * getopt's own messages are off, because ours say what would be right.
 */
#include "harness/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/reports.h"
#include "harness/scenario/scenario.h"

#define NS_PER_MS	  1000000ULL
#define NS_PER_S	  (1000 * NS_PER_MS)
#define NS_PER_DAY	  (24 * 3600 * NS_PER_S)
#define MEBIBYTE	  (1ULL << 20)
#define SHARD_COUNT_MAX	  100000
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* getopt_long() returns this plus the row of the option, above every letter. */
#define OPTION_VALUE_BASE 256
#define OPTION_COUNT_MAX  64

#define RUN		  (1u << COMMAND_run)
#define JUDGE		  (1u << COMMAND_judge)
#define LIST		  (1u << COMMAND_list)
#define KERNEL		  (1u << COMMAND_kernel)
#define DIFF		  (1u << COMMAND_diff)
#define BISECT		  (1u << COMMAND_bisect)
#define MATRIX		  (1u << COMMAND_matrix)
#define REPORT		  (1u << COMMAND_report)

/* What --format takes: text is for the terminal, all for a folder. */
#define FORMAT_WORD(name, file_name, text) "|" #name
#define FORMAT_WORDS			   "text" REPORT_FORMATS(FORMAT_WORD) "|all"

/* clang-format off */
static const struct option_info option_table[] = {
	{ .name = "kernel", .metavar = "K", .type = OPTION_TEXT_LIST, .place = OPTION_IN_GUEST, .commands = RUN | MATRIX,
	  .offset = offsetof(struct options, kernels),
	  .help = "kernel to boot: a vmlinuz or bzImage, a kernel build tree, a series, a package's version, or a debug "
		  "kernel such as kasan-6.12; may be given more than once; default: " OPTIONS_DEFAULT_KERNEL,
	  .manual = "For a series such as 6.1 the newest package of that series that the machine's own package mirror offers is "
		    "fetched, unpacked without being installed, and kept for the next time. See looprace kernel." },
	{ .name = "kernel", .metavar = "BETWEEN", .type = OPTION_TEXT_LIST, .commands = BISECT,
	  .offset = offsetof(struct options, kernels),
	  .help = "kernel to test between the two, one option for each, in order; default: those of looprace kernel list" },
	{ .name = "modules", .metavar = "DIR", .type = OPTION_TEXT, .place = OPTION_IN_GUEST, .commands = RUN,
	  .offset = offsetof(struct options, modules_dir),
	  .help = "folder with the kernel's modules, such as lib/modules/6.1.0; default: found beside the kernel" },
	{ .name = "loop-module", .metavar = "KO", .type = OPTION_TEXT, .place = OPTION_IN_GUEST, .commands = RUN,
	  .offset = offsetof(struct options, loop_module),
	  .help = "boot the kernel with this loop.ko instead of its own" },
	{ .name = "duration", .metavar = "D", .type = OPTION_DURATION, .commands = RUN | BISECT | MATRIX,
	  .offset = offsetof(struct options, duration_ns), .minimum = NS_PER_MS, .maximum = 30 * NS_PER_DAY,
	  .range = "such as 500ms, 5s or 2min, 1ms to 720h",
	  .help = "how long the workers race, such as 5s; default: as the scenario says" },
	{ .name = "seed", .metavar = "S", .type = OPTION_SEED, .commands = RUN | BISECT | MATRIX,
	  .offset = offsetof(struct options, seed),
	  .range = "0 to 18446744073709551615, or 0x and hexadecimal digits",
	  .help = "where all randomness starts, decimal or 0x and hexadecimal; default: drawn, and told" },
	{ .name = "workers", .metavar = "N", .type = OPTION_COUNT, .commands = RUN | BISECT | MATRIX,
	  .offset = offsetof(struct options, worker_count), .minimum = 1, .maximum = SCENARIO_WORKER_COUNT_MAX,
	  .help = "how many threads race, shared out among the scenario's groups; default: as the scenario says" },
	{ .name = "strict", .type = OPTION_FLAG, .commands = RUN | MATRIX,
	  .offset = offsetof(struct options, strict),
	  .help = "a known bug is a violation, whatever the scenario says of it",
	  .manual = "For those who have mended one, or look for the kernel that brought it." },
	{ .name = "cpus", .metavar = "N", .type = OPTION_COUNT, .place = OPTION_IN_GUEST, .commands = RUN | BISECT | MATRIX,
	  .offset = offsetof(struct options, cpu_count), .minimum = 1, .maximum = 255,
	  .help = "CPUs of the virtual machine; default: 2" },
	{ .name = "memory", .metavar = "MIB", .type = OPTION_MEBIBYTES, .place = OPTION_IN_GUEST, .commands = RUN | BISECT | MATRIX,
	  .offset = offsetof(struct options, memory_mib), .minimum = 128, .maximum = 1u << 20,
	  .range = "128 to 1048576, or such as 512MiB or 2GiB",
	  .help = "memory of the virtual machine in MiB, or with a unit, such as 2GiB; default: 256" },
	{ .name = "timeout", .metavar = "D", .type = OPTION_DURATION, .commands = RUN | BISECT | MATRIX,
	  .offset = offsetof(struct options, timeout_ns), .minimum = NS_PER_S, .maximum = 60 * NS_PER_DAY,
	  .range = "such as 90s or 5min, 1s to 1440h",
	  .help = "end a scenario that takes longer than this, boot and shutdown included; default: the scenario's "
		  "duration and fixed limits for boot and shutdown",
	  .manual = "The process of a cell that does not end in a multiple of that is killed, and the cell is BROKEN." },
	{ .name = "accel", .metavar = "A", .type = OPTION_WORD, .place = OPTION_IN_GUEST, .commands = RUN | BISECT | MATRIX,
	  .offset = offsetof(struct options, accel), .words = "auto|kvm|tcg",
	  .help = "auto, kvm or tcg: what runs the virtual machine; default: auto",
	  .manual = "With auto it is KVM where a probe shows that it really runs, and TCG, QEMU's emulator, everywhere "
		    "else. With kvm a machine where KVM does not run is an error." },
	{ .name = "all", .type = OPTION_FLAG, .commands = RUN | MATRIX, .offset = offsetof(struct options, all),
	  .help = "all scenarios that come with looprace, but those in known_bugs/ and contract/" },
	{ .name = "repeat", .metavar = "N", .type = OPTION_COUNT, .commands = RUN | BISECT | MATRIX,
	  .offset = offsetof(struct options, repeat_count), .minimum = 1, .maximum = 100000,
	  .help = "run each scenario on each kernel so often, each time with another seed; default: 1",
	  .manual = "The first time has the seed of the run, the others have seeds that follow from it; each result names its "
		    "own. The first repeats of all come before the second ones." },
	{ .name = "jobs", .metavar = "J", .type = OPTION_COUNT, .place = OPTION_IN_GUEST, .commands = RUN | BISECT | MATRIX,
	  .offset = offsetof(struct options, job_count), .minimum = 1, .maximum = 1024,
	  .help = "so many at the same time, each in a process of its own; default: 1",
	  .manual = "A virtual machine has two CPUs unless told otherwise, and what races in it should really run at once: more "
		    "jobs than the machine has CPUs make races rarer, not faster to find." },
	{ .name = "budget", .metavar = "D", .type = OPTION_DURATION, .commands = RUN | MATRIX,
	  .offset = offsetof(struct options, budget_ns), .minimum = NS_PER_S, .maximum = 60 * NS_PER_DAY,
	  .range = "such as 90s or 2h, 1s to 1440h",
	  .help = "begin nothing new after this time; what did not run is told, and --resume runs it",
	  .manual = "A run that is gone on with has as much time anew, or another --budget. With --engine slurm the jobs that still "
		    "wait are cancelled." },
	{ .name = "shard", .metavar = "I/N", .type = OPTION_SHARD, .commands = RUN, .offset = offsetof(struct options, shard),
	  .help = "run only the I-th of N parts, on each of N machines another; the same --seed goes with all of them",
	  .manual = "looprace report puts the folders of all parts together." },
	{ .name = "engine", .metavar = "E", .type = OPTION_WORD, .place = OPTION_IN_GUEST, .commands = RUN,
	  .offset = offsetof(struct options, engine), .words = "local|slurm",
	  .help = "local or slurm: where the cells run, on this machine or as an array of Slurm jobs; default: local",
	  .manual = "Each cell is a job of its own. This program, its files, the kernels and the run directory must be on a "
		    "file system that all nodes share. With --jobs at most so many run at once. A cell whose job dies has no "
		    "verdict; --resume runs it again, with --engine slurm or without. What else a job needs is told to sbatch by its "
		    "own variables, such as SBATCH_PARTITION or SBATCH_TIMELIMIT." },
	{ .name = "resume", .metavar = "DIR", .type = OPTION_TEXT, .commands = RUN | BISECT,
	  .offset = offsetof(struct options, resume_dir),
	  .help = "go on with a run that was interrupted: run what has no verdict yet, as DIR says; only --jobs, --budget, --json "
		  "and --engine go with it" },
	{ .name = "emit", .metavar = "SERVICE", .type = OPTION_WORD, .commands = MATRIX,
	  .offset = offsetof(struct options, emit), .words = "github|gitlab",
	  .help = "github or gitlab: the CI service whose configuration to print" },
	{ .name = "shards", .metavar = "N", .type = OPTION_COUNT, .commands = MATRIX,
	  .offset = offsetof(struct options, shard_count), .minimum = 1, .maximum = 200,
	  .help = "jobs that share the cells of the matrix; default: 4" },
	{ .name = "good", .metavar = "K", .type = OPTION_TEXT, .commands = BISECT,
	  .offset = offsetof(struct options, good),
	  .help = "kernel on which the scenario passes; older or newer than the bad one" },
	{ .name = "bad", .metavar = "K", .type = OPTION_TEXT, .commands = BISECT,
	  .offset = offsetof(struct options, bad),
	  .help = "kernel on which the scenario is a VIOLATION" },
	{ .name = "scenario", .metavar = "S", .type = OPTION_TEXT, .commands = BISECT,
	  .offset = offsetof(struct options, scenario),
	  .help = "name (see looprace list scenarios) or path of a scenario file" },
	{ .name = "rule", .metavar = "R", .type = OPTION_TEXT, .commands = BISECT,
	  .offset = offsetof(struct options, rule),
	  .help = "look for this rule only, whatever else is broken; default: the verdict decides" },
	{ .name = "cached", .type = OPTION_FLAG, .commands = BISECT | KERNEL,
	  .offset = offsetof(struct options, cached),
	  .help = "only kernels that need not be fetched; of looprace kernel for list" },
	{ .name = "out", .metavar = "DIR", .type = OPTION_TEXT, .commands = RUN | BISECT,
	  .offset = offsetof(struct options, out_dir),
	  .help = "run directory to make; it must not exist yet; default: results/<UTC time>-<pid>",
	  .manual = "In a source tree results is the folder of that tree; an installed looprace calls it looprace-results "
		    "and makes it in the current directory." },
	{ .name = "format", .metavar = "F", .type = OPTION_WORD, .commands = REPORT,
	  .offset = offsetof(struct options, format), .words = FORMAT_WORDS,
	  .help = FORMAT_WORDS ": what to make; all, with --out DIR, is a file of each; default: text" },
	{ .name = "out", .metavar = "PATH", .type = OPTION_TEXT, .commands = REPORT,
	  .offset = offsetof(struct options, out_dir),
	  .help = "file to write, or folder to write it into; default: standard output" },
	{ .name = "kcidb-origin", .metavar = "ID", .type = OPTION_TEXT, .commands = REPORT,
	  .offset = offsetof(struct options, kcidb_origin),
	  .help = "of a kcidb report: who sends it, as KernelCI knows it; all ids begin with it; default: looprace" },
	{ .name = "evidence-url", .metavar = "URL", .type = OPTION_TEXT, .commands = REPORT,
	  .offset = offsetof(struct options, evidence_url),
	  .help = "of a kcidb report: where others find the cells' folders, for links to log, history and the rest" },
	{ .name = "here", .type = OPTION_FLAG, .commands = RUN, .offset = offsetof(struct options, here),
	  .help = "race on the running kernel, without a virtual machine; root only",
	  .manual = "Only devices that this run has bound are detached, and an interrupt leaves none behind. A bug of the "
		    "kernel can still take the machine down." },
	{ .name = "backing-dir", .metavar = "DIR", .type = OPTION_TEXT, .place = OPTION_HERE, .commands = RUN,
	  .offset = offsetof(struct options, backing_dir),
	  .help = "with --here: where the backing files are made; default: $TMPDIR, else /tmp" },
	{ .name = "json", .type = OPTION_FLAG, .commands = RUN | BISECT | JUDGE | LIST | KERNEL | DIFF,
	  .offset = offsetof(struct options, json),
	  .help = "print JSON on standard output, and nothing else there" },
	{ .name = "help", .letter = 'h', .type = OPTION_FLAG,
	  .commands = RUN | BISECT | MATRIX | JUDGE | REPORT | LIST | KERNEL | DIFF | 1u << COMMAND_NONE,
	  .offset = offsetof(struct options, wants_help), .help = "show this help" },
	{ .name = "version", .type = OPTION_FLAG, .commands = 1u << COMMAND_NONE,
	  .offset = offsetof(struct options, wants_version), .help = "show the version" },
};
/* clang-format on */
_Static_assert(ARRAY_SIZE(option_table) < OPTION_COUNT_MAX, "getopt's table has room for every row");

static const struct command_info command_table[] = {
#define X(name, ...) { #name, __VA_ARGS__ },
	LOOPRACE_COMMANDS(X)
#undef X
};

static const char *const topic_table[] = {
#define X(name) #name,
	LOOPRACE_TOPICS(X)
#undef X
};

const struct command_info *command_info(enum command command)
{
	return &command_table[command];
}

const struct option_info *option_at(unsigned int index)
{
	return index < ARRAY_SIZE(option_table) ? &option_table[index] : NULL;
}

/* One parse under way. */
struct parse {
	struct options *options;
	struct options_error *error;
	char prefix[32]; /* "looprace run" */
};

/* Notes what is wrong, as one line, whatever the user has typed. */
static int __attribute__((format(printf, 2, 3))) fail(struct parse *parse, const char *format, ...)
{
	char *text = parse->error->text;
	size_t room = sizeof(parse->error->text);
	va_list arguments;
	int used;

	used = snprintf(text, room, "%s: ", parse->prefix);
	va_start(arguments, format);
	vsnprintf(text + used, room - (size_t)used, format, arguments);
	va_end(arguments);
	for (; *text; text++)
		if (iscntrl((unsigned char)*text))
			*text = '?';
	return -EINVAL;
}

/* Levenshtein's distance; words longer than the row count as far away. */
static unsigned int edit_distance(const char *a, const char *b)
{
	unsigned int row[32];
	size_t b_length = strlen(b);

	if (b_length >= ARRAY_SIZE(row))
		return ARRAY_SIZE(row);
	for (size_t j = 0; j <= b_length; j++)
		row[j] = (unsigned int)j;
	for (size_t i = 0; a[i]; i++) {
		unsigned int diagonal = row[0];

		row[0] = (unsigned int)i + 1;
		for (size_t j = 0; j < b_length; j++) {
			unsigned int best = diagonal + (a[i] != b[j]);

			diagonal = row[j + 1];
			if (best > row[j] + 1)
				best = row[j] + 1;
			if (best > row[j + 1] + 1)
				best = row[j + 1] + 1;
			row[j + 1] = best;
		}
	}
	return row[b_length];
}

/* Keeps the nearest of the words that were shown to it, if it is near enough to have been meant. */
struct suggestion {
	const char *word;
	unsigned int distance;
};
#define SUGGESTION_NULL ((struct suggestion){ .distance = 4 })

static void suggest(struct suggestion *suggestion, const char *typed, const char *word)
{
	unsigned int distance = edit_distance(typed, word);

	if (strlen(typed) >= 2 && strncmp(typed, word, strlen(typed)) == 0)
		distance = 1;
	if (distance < suggestion->distance && 2 * distance <= strlen(typed) + 1) {
		suggestion->word = word;
		suggestion->distance = distance;
	}
}

static int parse_command(struct parse *parse, const char *word)
{
	struct suggestion suggestion = SUGGESTION_NULL;

	for (unsigned int i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(word, command_table[i].name) == 0) {
			parse->options->command = (enum command)i;
			snprintf(parse->prefix, sizeof(parse->prefix), "looprace %s", word);
			return 0;
		}
		suggest(&suggestion, word, command_table[i].name);
	}
	if (suggestion.word)
		return fail(parse, "\"%.64s\" is no command; did you mean \"%s\"?", word, suggestion.word);
	return fail(parse, "\"%.64s\" is no command; looprace --help lists them", word);
}

/* A whole number in digits of @base and nothing else; strtoull() alone would take signs, blanks and prefixes. */
static int read_number(const char *text, int base, uint64_t *ret_number)
{
	unsigned long long number;
	const char *digits = base == 16 ? "0123456789abcdefABCDEF" : "0123456789";

	if (!text[0] || text[strspn(text, digits)])
		return -EINVAL;
	errno = 0;
	number = strtoull(text, NULL, base);
	if (errno)
		return -errno;
	*ret_number = number;
	return 0;
}

static int set_count(struct parse *parse, const struct option_info *info, const char *value, unsigned int *ret_count)
{
	uint64_t number = 0;
	int r = read_number(value, 10, &number);

	if (r == -EINVAL)
		return fail(parse, "--%s: \"%.64s\" is no count; %llu to %llu would be right", info->name, value,
			    (unsigned long long)info->minimum, (unsigned long long)info->maximum);
	if (r < 0 || number < info->minimum || number > info->maximum)
		return fail(parse, "--%s: %.64s is out of range; %llu to %llu would be right", info->name, value,
			    (unsigned long long)info->minimum, (unsigned long long)info->maximum);
	*ret_count = (unsigned int)number;
	return 0;
}

static int set_mebibytes(struct parse *parse, const struct option_info *info, const char *value, unsigned int *ret_mib)
{
	uint64_t number = 0;
	int r = read_number(value, 10, &number);

	if (r == -EINVAL) {
		r = scenario_parse_size(value, &number);
		if (r == 0 && number % MEBIBYTE != 0)
			return fail(parse, "--%s: %.64s is not a whole number of MiB; %s would be right", info->name,
				    value, info->range);
		number /= MEBIBYTE;
	}
	if (r == -EINVAL)
		return fail(parse, "--%s: \"%.64s\" is no amount of memory; %s would be right", info->name, value,
			    info->range);
	if (r < 0 || number < info->minimum || number > info->maximum)
		return fail(parse, "--%s: %.64s is out of range; %s would be right", info->name, value, info->range);
	*ret_mib = (unsigned int)number;
	return 0;
}

static int set_duration(struct parse *parse, const struct option_info *info, const char *value, uint64_t *ret_ns)
{
	uint64_t ns = 0;
	int r = scenario_parse_duration(value, &ns);

	if (r == -EINVAL)
		return fail(parse, "--%s: \"%.64s\" is no duration; %s would be right", info->name, value, info->range);
	if (r < 0 || ns < info->minimum || ns > info->maximum)
		return fail(parse, "--%s: %.64s is out of range; %s would be right", info->name, value, info->range);
	*ret_ns = ns;
	return 0;
}

static int set_seed(struct parse *parse, const struct option_info *info, const char *value, struct seed *ret_seed)
{
	bool is_hexadecimal = strncmp(value, "0x", 2) == 0 || strncmp(value, "0X", 2) == 0;
	uint64_t number = 0;
	int r = read_number(is_hexadecimal ? value + 2 : value, is_hexadecimal ? 16 : 10, &number);

	if (r == -EINVAL)
		return fail(parse, "--%s: \"%.64s\" is no seed; %s would be right", info->name, value, info->range);
	if (r < 0)
		return fail(parse, "--%s: %.64s is out of range; %s would be right", info->name, value, info->range);
	*ret_seed = (struct seed){ .number = number, .is_given = true };
	return 0;
}

static int set_shard(struct parse *parse, const struct option_info *info, const char *value, struct shard *ret_shard)
{
	const char *slash = strchr(value, '/');
	uint64_t number = 0, count = 0;
	char number_text[16] = "";
	unsigned int right;

	if (slash && (size_t)(slash - value) < sizeof(number_text))
		memcpy(number_text, value, (size_t)(slash - value));
	if (slash && read_number(slash + 1, 10, &count) == 0 && count >= 1 && count <= SHARD_COUNT_MAX)
		right = (unsigned int)count;
	else
		right = 0;
	if (right == 0 || read_number(number_text, 10, &number) < 0 || number < 1 || number > count)
		return fail(parse, "--%s: \"%.64s\" is no part of a whole; 1/%u to %u/%u would be right", info->name,
			    value, right ? right : 8, right ? right : 8, right ? right : 8);
	*ret_shard = (struct shard){ .number = (unsigned int)number, .count = (unsigned int)count };
	return 0;
}

static int set_word(struct parse *parse, const struct option_info *info, const char *value, const char **ret_word)
{
	const char *word = info->words;
	size_t length;

	for (;; word += length + 1) {
		length = strcspn(word, "|");
		if (strlen(value) == length && strncmp(value, word, length) == 0) {
			*ret_word = value;
			return 0;
		}
		if (!word[length])
			return fail(parse, "--%s: \"%.64s\" is none of the words; %s would be right", info->name, value,
				    info->words);
	}
}

static int append_text(struct text_list *list, const char *text)
{
	const char **texts = reallocarray(list->texts, list->count + 1, sizeof(*texts));

	if (!texts)
		return -ENOMEM;
	texts[list->count++] = text;
	list->texts = texts;
	return 0;
}

static int set_option(struct parse *parse, const struct option_info *info, const char *value)
{
	void *member = (char *)parse->options + info->offset;

	if (info->metavar && !value[0])
		return fail(parse, "--%s: the value is empty; --%s %s would be right", info->name, info->name,
			    info->metavar);
	switch (info->type) {
	case OPTION_FLAG:
		*(bool *)member = true;
		return 0;
	case OPTION_TEXT:
		*(const char **)member = value;
		return 0;
	case OPTION_TEXT_LIST:
		return append_text(member, value);
	case OPTION_WORD:
		return set_word(parse, info, value, member);
	case OPTION_COUNT:
		return set_count(parse, info, value, member);
	case OPTION_MEBIBYTES:
		return set_mebibytes(parse, info, value, member);
	case OPTION_DURATION:
		return set_duration(parse, info, value, member);
	case OPTION_SEED:
		return set_seed(parse, info, value, member);
	case OPTION_SHARD:
		return set_shard(parse, info, value, member);
	}
	return -EINVAL;
}

/* @letter is 0 when it was a long option, which then is @word. */
static int fail_unknown_option(struct parse *parse, const char *word, int letter)
{
	struct suggestion suggestion = SUGGESTION_NULL;
	const char *help = parse->options->command == COMMAND_NONE ? "looprace" : parse->prefix;
	char name[48];

	if (letter)
		return fail(parse, "there is no option -%c; %s --help lists them", letter, help);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	for (unsigned int i = 0; i < ARRAY_SIZE(option_table); i++)
		if (option_table[i].commands & 1u << parse->options->command)
			suggest(&suggestion, name, option_table[i].name);
	if (suggestion.word)
		return fail(parse, "there is no option --%s; did you mean --%s?", name, suggestion.word);
	return fail(parse, "there is no option --%s; %s --help lists them", name, help);
}

/*
 * getopt's tables for one subcommand.  The leading '-' or '+' of the letters is the caller's business.
 * Without a subcommand parsing stops at the first operand, because that one is the subcommand.
 */
static void make_getopt_tables(enum command command, struct option longs[OPTION_COUNT_MAX],
			       char letters[OPTION_COUNT_MAX])
{
	unsigned int long_count = 0;
	unsigned int letter_count = 0;

	if (command == COMMAND_NONE)
		letters[letter_count++] = '+';
	letters[letter_count++] = ':';
	for (unsigned int i = 0; i < ARRAY_SIZE(option_table); i++) {
		const struct option_info *info = &option_table[i];

		if (!(info->commands & 1u << command))
			continue;
		longs[long_count++] = (struct option){ info->name, info->metavar ? required_argument : no_argument,
						       NULL, OPTION_VALUE_BASE + (int)i };
		if (info->letter)
			letters[letter_count++] = info->letter;
	}
	longs[long_count] = (struct option){ 0 };
	letters[letter_count] = '\0';
}

static const struct option_info *option_of_letter(int letter)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(option_table); i++)
		if (option_table[i].letter == letter)
			return &option_table[i];
	return NULL;
}

static int parse_options(struct parse *parse, int argc, char *argv[])
{
	struct option longs[OPTION_COUNT_MAX];
	char letters[OPTION_COUNT_MAX];
	const struct option_info *info;
	int value;
	int r;

	make_getopt_tables(parse->options->command, longs, letters);
	opterr = 0;
	optind = 0; /* glibc: start anew, also after a parse that ended early */
	while ((value = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (value == ':') {
			info = optopt >= OPTION_VALUE_BASE ? option_at((unsigned int)(optopt - OPTION_VALUE_BASE))
							   : NULL;
			return info ? fail(parse, "--%s: the value is missing; --%s %s would be right", info->name,
					   info->name, info->metavar)
				    : -EINVAL;
		}
		if (value == '?' && optopt >= OPTION_VALUE_BASE)
			return fail(parse, "--%s takes no value", option_table[optopt - OPTION_VALUE_BASE].name);
		if (value == '?')
			return fail_unknown_option(parse, argv[optind - 1], optopt);
		info = value >= OPTION_VALUE_BASE ? option_at((unsigned int)(value - OPTION_VALUE_BASE))
						  : option_of_letter(value);
		r = set_option(parse, info, optarg);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_given(const struct options *options, const struct option_info *info)
{
	const void *member = (const char *)options + info->offset;

	if (info->type == OPTION_TEXT_LIST)
		return ((const struct text_list *)member)->count > 0;
	if (info->type == OPTION_TEXT || info->type == OPTION_WORD)
		return *(const char *const *)member;
	if (info->type == OPTION_COUNT || info->type == OPTION_MEBIBYTES)
		return *(const unsigned int *)member > 0;
	if (info->type == OPTION_DURATION)
		return *(const uint64_t *)member > 0;
	if (info->type == OPTION_SEED)
		return ((const struct seed *)member)->is_given;
	if (info->type == OPTION_SHARD)
		return ((const struct shard *)member)->count > 0;
	return *(const bool *)member;
}

/* The run that is gone on with has all its options already. */
static int check_resume(struct parse *parse)
{
	static const char *const of_this_part[] = { "resume", "jobs", "budget", "json", "engine" };
	const struct options *options = parse->options;

	if (options->operands.count > 0)
		return fail(parse, "--resume: the run knows its scenarios; leave \"%.64s\" out",
			    options->operands.texts[0]);
	for (unsigned int i = 0; i < ARRAY_SIZE(option_table); i++) {
		const struct option_info *info = &option_table[i];
		bool is_refused = info->commands & RUN && is_given(options, info);

		for (size_t j = 0; j < ARRAY_SIZE(of_this_part); j++)
			is_refused = is_refused && strcmp(info->name, of_this_part[j]) != 0;
		if (is_refused)
			return fail(parse, "--resume: the run knows its --%s; leave it out", info->name);
	}
	return 0;
}

/* Options that do not go together.  Runs before the defaults are filled in. */
static int check_run(struct parse *parse)
{
	const struct options *options = parse->options;

	if (options->resume_dir)
		return check_resume(parse);
	for (unsigned int i = 0; i < ARRAY_SIZE(option_table); i++) {
		const struct option_info *info = &option_table[i];

		if (info->place == OPTION_EVERYWHERE || !is_given(options, info))
			continue;
		if (options->here && info->place == OPTION_IN_GUEST)
			return fail(parse,
				    "--%s has no meaning with --here, which boots no machine; leave one of them out",
				    info->name);
		if (!options->here && info->place == OPTION_HERE)
			return fail(parse, "--%s has a meaning only with --here; leave it out or add --here",
				    info->name);
	}
	if (options->engine && strcmp(options->engine, "slurm") == 0 && options->shard.count)
		return fail(parse, "--shard has no meaning with --engine slurm; leave one of them out");
	if (options->modules_dir && options->kernels.count != 1)
		return fail(parse, "--modules belongs to one kernel, not to %u; --kernel K --modules %s would be right",
			    options->kernels.count, options->modules_dir);
	return 0;
}

static int check_bisect(struct parse *parse)
{
	const struct options *options = parse->options;

	if (options->operands.count > 0)
		return fail(parse, "\"%.64s\" is no option; --scenario %.64s would be right",
			    options->operands.texts[0], options->operands.texts[0]);
	if (options->resume_dir) {
		for (unsigned int i = 0; i < ARRAY_SIZE(option_table); i++) {
			const struct option_info *info = &option_table[i];

			if (info->commands & BISECT && is_given(options, info) && strcmp(info->name, "resume") != 0 &&
			    strcmp(info->name, "json") != 0)
				return fail(parse, "--resume: the search knows its --%s; leave it out", info->name);
		}
		return 0;
	}
	if (!options->good || !options->bad || !options->scenario)
		return fail(parse, "--%s is missing; --good 6.1 --bad 6.12 --scenario get_free_burst would be right",
			    !options->good  ? "good"
			    : !options->bad ? "bad"
					    : "scenario");
	if (options->cached && options->kernels.count > 0)
		return fail(parse, "--cached and --kernel both say what to choose from; leave one of them out");
	return 0;
}

static int check_topic(struct parse *parse)
{
	const struct text_list *operands = &parse->options->operands;
	struct suggestion suggestion = SUGGESTION_NULL;

	if (operands->count > 1)
		return fail(parse, "\"%.64s\" is one word too many; one topic or none would be right",
			    operands->texts[1]);
	if (operands->count == 0)
		return 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(topic_table); i++) {
		if (strcmp(operands->texts[0], topic_table[i]) == 0)
			return 0;
		suggest(&suggestion, operands->texts[0], topic_table[i]);
	}
	if (suggestion.word)
		return fail(parse, "there are no \"%.64s\" to list; did you mean \"%s\"?", operands->texts[0],
			    suggestion.word);
	return fail(parse,
		    "there are no \"%.64s\" to list; scenarios, matrices, operations, policies, rules or plants would "
		    "be right",
		    operands->texts[0]);
}

static int check_kernel_action(struct parse *parse)
{
	static const struct {
		const char *name;
		unsigned int operand_count_min;
	} actions[] = {
#define X(name, operand_count_min, way, script, argument, summary) { #name, operand_count_min },
		LOOPRACE_KERNEL_ACTIONS(X)
#undef X
	};
	const struct text_list *operands = &parse->options->operands;
	struct suggestion suggestion = SUGGESTION_NULL;

	if (operands->count == 0)
		return fail(parse, "no action; looprace kernel list would be right");
	for (unsigned int i = 0; i < ARRAY_SIZE(actions); i++) {
		if (strcmp(operands->texts[0], actions[i].name) != 0) {
			suggest(&suggestion, operands->texts[0], actions[i].name);
			continue;
		}
		if ((parse->options->json || parse->options->cached) && strcmp(actions[i].name, "list") != 0)
			return fail(parse, "--json and --cached go with kernel list only; leave them out");
		if (operands->count - 1 >= actions[i].operand_count_min)
			return 0;
		return fail(parse, "no kernel is named; looprace kernel %s 6.12 would be right", actions[i].name);
	}
	if (suggestion.word)
		return fail(parse, "unknown action \"%.64s\"; did you mean \"%s\"?", operands->texts[0],
			    suggestion.word);
	return fail(parse, "unknown action \"%.64s\"; list, get, build, path or prune would be right",
		    operands->texts[0]);
}

static int check_report(struct parse *parse)
{
	const struct options *options = parse->options;

	if (options->operands.count == 0)
		return fail(parse, "no directory is named; looprace report results/latest would be right");
	if (options->format && strcmp(options->format, "all") == 0 && !options->out_dir)
		return fail(parse, "--format: all are several files; --format all --out DIR would be right");
	return 0;
}

static int check_operands(struct parse *parse)
{
	const struct options *options = parse->options;

	for (unsigned int i = 0; i < options->operands.count; i++)
		if (!options->operands.texts[i][0])
			return fail(parse, "an operand is empty; %s would be right",
				    command_info(options->command)->operands);
	switch (options->command) {
	case COMMAND_run:
		return check_run(parse);
	case COMMAND_matrix:
		return options->emit ? 0 : fail(parse, "--emit is missing; --emit github or gitlab would be right");
	case COMMAND_bisect:
		return check_bisect(parse);
	case COMMAND_judge:
		if (options->operands.count == 0)
			return fail(parse, "no directory is named; looprace judge results/latest would be right");
		return 0;
	case COMMAND_diff:
		if (options->operands.count == 0)
			return fail(parse, "no directory is named; looprace diff results/latest would be right");
		return 0;
	case COMMAND_report:
		return check_report(parse);
	case COMMAND_list:
		return check_topic(parse);
	case COMMAND_kernel:
		return check_kernel_action(parse);
	case COMMAND_NONE:
		return 0;
	}
	return 0;
}

static void set_defaults(struct options *options)
{
	if (!options->cpu_count)
		options->cpu_count = 2;
	if (!options->memory_mib)
		options->memory_mib = 256;
	if (!options->accel)
		options->accel = "auto";
	if (!options->format)
		options->format = "text";
}

static int parse_all(struct parse *parse, int argc, char *argv[])
{
	struct options *options = parse->options;
	int r;

	r = parse_options(parse, argc, argv);
	if (r < 0 || options->wants_help || options->wants_version)
		return r;
	if (optind >= argc) {
		parse->error->text[0] = '\0';
		return -EINVAL;
	}
	r = parse_command(parse, argv[optind]);
	if (r < 0)
		return r;
	/* The subcommand stands where getopt expects the name of the program. */
	argc -= optind;
	argv += optind;
	r = parse_options(parse, argc, argv);
	if (r < 0 || options->wants_help)
		return r;
	for (; optind < argc; optind++) {
		r = append_text(&options->operands, argv[optind]);
		if (r < 0)
			return r;
	}
	r = check_operands(parse);
	if (r < 0)
		return r;
	set_defaults(options);
	return 0;
}

int options_parse(int argc, char *argv[], struct options *ret_options, struct options_error *ret_error)
{
	struct options options = { .command = COMMAND_NONE };
	struct parse parse = { .options = &options, .error = ret_error, .prefix = "looprace" };
	int r;

	r = parse_all(&parse, argc, argv);
	if (r < 0) {
		options_fini(&options);
		return r;
	}
	*ret_options = options;
	return 0;
}

void options_fini(struct options *options)
{
	free(options->kernels.texts);
	free(options->operands.texts);
	memset(options, 0, sizeof(*options));
}
