/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line: every good form is understood, every bad one gets one line that says what would be right.
 */
#include "harness/options.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define WORD_COUNT_MAX	  16

Suite *test_suite(void);

/* Splits at blanks; "''" stands for an empty word.  getopt wants a writable argv. */
struct command_line {
	char text[256];
	char *words[WORD_COUNT_MAX + 1];
	int count;
};

static void split(struct command_line *line, const char *text)
{
	char *rest = line->text;
	char *word;

	memset(line, 0, sizeof(*line));
	strncpy(line->text, text, sizeof(line->text) - 1);
	while ((word = strsep(&rest, " ")) && line->count < WORD_COUNT_MAX)
		line->words[line->count++] = strcmp(word, "''") == 0 ? strchr(word, '\0') : word;
}

static int parse(struct command_line *line, const char *text, struct options *options, struct options_error *error)
{
	split(line, text);
	memset(options, 0xaa, sizeof(*options));
	memset(error, 0, sizeof(*error));
	return options_parse(line->count, line->words, options, error);
}

static const struct bad_line {
	const char *line;
	const char *message;
} bad_lines[] = {
	{ "looprace", "" },
	{ "looprace rnu", "looprace: \"rnu\" is no command; did you mean \"run\"?" },
	{ "looprace scenarios", "looprace: \"scenarios\" is no command; looprace --help lists them" },
	{ "looprace ''", "looprace: \"\" is no command; looprace --help lists them" },
	{ "looprace kernnel", "looprace: \"kernnel\" is no command; did you mean \"kernel\"?" },
	{ "looprace ma", "looprace: \"ma\" is no command; did you mean \"matrix\"?" },
	{ "looprace m", "looprace: \"m\" is no command; looprace --help lists them" },
	{ "looprace a\nb", "looprace: \"a?b\" is no command; looprace --help lists them" },
	{ "looprace --json run", "looprace: there is no option --json; looprace --help lists them" },
	{ "looprace run --durtion 5s", "looprace run: there is no option --durtion; did you mean --duration?" },
	{ "looprace run --frobnicate=1",
	  "looprace run: there is no option --frobnicate; looprace run --help lists them" },
	{ "looprace run --json -xh", "looprace run: there is no option -x; looprace run --help lists them" },
	{ "looprace run --version", "looprace run: there is no option --version; looprace run --help lists them" },
	{ "looprace judge --seed 1 d", "looprace judge: there is no option --seed; looprace judge --help lists them" },
	{ "looprace run --engine cloud",
	  "looprace run: --engine: \"cloud\" is none of the words; local|slurm would be right" },
	{ "looprace run --engine slurm --shard 1/2",
	  "looprace run: --shard has no meaning with --engine slurm; leave one of them out" },
	{ "looprace matrix a", "looprace matrix: --emit is missing; --emit github or gitlab would be right" },
	{ "looprace bisect",
	  "looprace bisect: --good is missing; --good 6.1 --bad 6.12 --scenario get_free_burst would be right" },
	{ "looprace bisect --good 6.1 --scenario data",
	  "looprace bisect: --bad is missing; --good 6.1 --bad 6.12 --scenario get_free_burst would be right" },
	{ "looprace bisect --good 6.1 --bad 6.12",
	  "looprace bisect: --scenario is missing; --good 6.1 --bad 6.12 --scenario get_free_burst would be right" },
	{ "looprace bisect --good 1 --bad 2 data",
	  "looprace bisect: \"data\" is no option; --scenario data would be right" },
	{ "looprace bisect --good 1 --bad 2 --scenario s --cached --kernel 3",
	  "looprace bisect: --cached and --kernel both say what to choose from; leave one of them out" },
	{ "looprace bisect --resume d --bad 2", "looprace bisect: --resume: the search knows its --bad; leave it out" },
	{ "looprace bisect --here", "looprace bisect: there is no option --here; did you mean --help?" },
	{ "looprace kernel prune --cached",
	  "looprace kernel: --json and --cached go with kernel list only; leave them out" },
	{ "looprace kernel get 6.1 --json",
	  "looprace kernel: --json and --cached go with kernel list only; leave them out" },
	{ "looprace kernel get", "looprace kernel: no kernel is named; looprace kernel get 6.12 would be right" },
	{ "looprace run --seed", "looprace run: --seed: the value is missing; --seed S would be right" },
	{ "looprace run --out ''", "looprace run: --out: the value is empty; --out DIR would be right" },
	{ "looprace run --kernel=", "looprace run: --kernel: the value is empty; --kernel K would be right" },
	{ "looprace run --shard 3", "looprace run: --shard: \"3\" is no part of a whole; 1/8 to 8/8 would be right" },
	{ "looprace run --shard 0/4",
	  "looprace run: --shard: \"0/4\" is no part of a whole; 1/4 to 4/4 would be right" },
	{ "looprace run --shard 5/4",
	  "looprace run: --shard: \"5/4\" is no part of a whole; 1/4 to 4/4 would be right" },
	{ "looprace run --shard 1/0",
	  "looprace run: --shard: \"1/0\" is no part of a whole; 1/8 to 8/8 would be right" },
	{ "looprace run --shard 1/2/3",
	  "looprace run: --shard: \"1/2/3\" is no part of a whole; 1/8 to 8/8 would be right" },
	{ "looprace run --shard 0000000000000000001/2",
	  "looprace run: --shard: \"0000000000000000001/2\" is no part of a whole; 1/2 to 2/2 would be right" },
	{ "looprace run --shard 0000000000000001/2",
	  "looprace run: --shard: \"0000000000000001/2\" is no part of a whole; 1/2 to 2/2 would be right" },
	{ "looprace run --shard 1/100001",
	  "looprace run: --shard: \"1/100001\" is no part of a whole; 1/8 to 8/8 would be right" },
	{ "looprace run --shard /2", "looprace run: --shard: \"/2\" is no part of a whole; 1/2 to 2/2 would be right" },
	{ "looprace run --jobs 0", "looprace run: --jobs: 0 is out of range; 1 to 1024 would be right" },
	{ "looprace run --here --jobs 2",
	  "looprace run: --jobs has no meaning with --here, which boots no machine; leave one of them out" },
	{ "looprace run --resume d x", "looprace run: --resume: the run knows its scenarios; leave \"x\" out" },
	{ "looprace run --resume d --seed 0", "looprace run: --resume: the run knows its --seed; leave it out" },
	{ "looprace run --resume d --here", "looprace run: --resume: the run knows its --here; leave it out" },
	{ "looprace run --resume d --kernel 6.1", "looprace run: --resume: the run knows its --kernel; leave it out" },
	{ "looprace run --resume d --duration 1s",
	  "looprace run: --resume: the run knows its --duration; leave it out" },
	{ "looprace run --resume d --shard 1/2", "looprace run: --resume: the run knows its --shard; leave it out" },
	{ "looprace run --json=yes", "looprace run: --json takes no value" },
	{ "looprace run ''", "looprace run: an operand is empty; [SCENARIO]... would be right" },
	{ "looprace run --workers x", "looprace run: --workers: \"x\" is no count; 1 to 1024 would be right" },
	{ "looprace run --workers -1", "looprace run: --workers: \"-1\" is no count; 1 to 1024 would be right" },
	{ "looprace run --workers +1", "looprace run: --workers: \"+1\" is no count; 1 to 1024 would be right" },
	{ "looprace run --workers 1.5", "looprace run: --workers: \"1.5\" is no count; 1 to 1024 would be right" },
	{ "looprace run --workers 0", "looprace run: --workers: 0 is out of range; 1 to 1024 would be right" },
	{ "looprace run --workers 1025", "looprace run: --workers: 1025 is out of range; 1 to 1024 would be right" },
	{ "looprace run --workers 99999999999999999999",
	  "looprace run: --workers: 99999999999999999999 is out of range; 1 to 1024 would be right" },
	{ "looprace run --cpus 4294967298",
	  "looprace run: --cpus: 4294967298 is out of range; 1 to 255 would be right" },
	{ "looprace run --seed -1", "looprace run: --seed: \"-1\" is no seed; 0 to 18446744073709551615, or 0x and "
				    "hexadecimal digits would be right" },
	{ "looprace run --seed 0x", "looprace run: --seed: \"0x\" is no seed; 0 to 18446744073709551615, or 0x and "
				    "hexadecimal digits would be right" },
	{ "looprace run --seed ff", "looprace run: --seed: \"ff\" is no seed; 0 to 18446744073709551615, or 0x and "
				    "hexadecimal digits would be right" },
	{ "looprace run --seed 18446744073709551616",
	  "looprace run: --seed: 18446744073709551616 is out of range; 0 to 18446744073709551615, or 0x and "
	  "hexadecimal digits would be right" },
	{ "looprace run --duration 5",
	  "looprace run: --duration: \"5\" is no duration; such as 500ms, 5s or 2min, 1ms to 720h would be right" },
	{ "looprace run --duration 0s",
	  "looprace run: --duration: 0s is out of range; such as 500ms, 5s or 2min, 1ms to 720h would be right" },
	{ "looprace run --duration 721h",
	  "looprace run: --duration: 721h is out of range; such as 500ms, 5s or 2min, 1ms to 720h would be right" },
	{ "looprace run --timeout 10ms",
	  "looprace run: --timeout: 10ms is out of range; such as 90s or 5min, 1s to 1440h would be right" },
	{ "looprace run --memory lots",
	  "looprace run: --memory: \"lots\" is no amount of memory; 128 to 1048576, or such as 512MiB or 2GiB would be "
	  "right" },
	{ "looprace run --memory 64",
	  "looprace run: --memory: 64 is out of range; 128 to 1048576, or such as 512MiB or "
	  "2GiB would be right" },
	{ "looprace run --memory 200000KiB",
	  "looprace run: --memory: 200000KiB is not a whole number of MiB; 128 to 1048576, or such as 512MiB or 2GiB "
	  "would be right" },
	{ "looprace run --accel kv",
	  "looprace run: --accel: \"kv\" is none of the words; auto|kvm|tcg would be right" },
	{ "looprace run --accel tcgx",
	  "looprace run: --accel: \"tcgx\" is none of the words; auto|kvm|tcg would be right" },
	{ "looprace run --here --kernel 6.1",
	  "looprace run: --kernel has no meaning with --here, which boots no machine; leave one of them out" },
	{ "looprace run --here --cpus 2",
	  "looprace run: --cpus has no meaning with --here, which boots no machine; leave one of them out" },
	{ "looprace run --here --accel auto",
	  "looprace run: --accel has no meaning with --here, which boots no machine; leave one of them out" },
	{ "looprace run --backing-dir /tmp",
	  "looprace run: --backing-dir has a meaning only with --here; leave it out or add --here" },
	{ "looprace run --modules m",
	  "looprace run: --modules belongs to one kernel, not to 0; --kernel K --modules m would be right" },
	{ "looprace run --kernel a --kernel b --modules m",
	  "looprace run: --modules belongs to one kernel, not to 2; --kernel K --modules m would be right" },
	{ "looprace judge", "looprace judge: no directory is named; looprace judge results/latest would be right" },
	{ "looprace list polices", "looprace list: there are no \"polices\" to list; did you mean \"policies\"?" },
	{ "looprace list x",
	  "looprace list: there are no \"x\" to list; scenarios, matrices, operations, policies, rules or plants "
	  "would be right" },
	{ "looprace list rules policies",
	  "looprace list: \"policies\" is one word too many; one topic or none would be right" },
};

START_TEST(bad_line_is_refused_with_what_would_be_right)
{
	const struct bad_line *bad = &bad_lines[_i];
	struct command_line line;
	struct options_error error;
	struct options options;

	ck_assert_msg(parse(&line, bad->line, &options, &error) == -EINVAL, "taken: %s", bad->line);
	ck_assert_msg(strcmp(error.text, bad->message) == 0, "%s", error.text);
}
END_TEST

START_TEST(long_value_still_gives_one_whole_line)
{
	static char value[4096];
	char *words[] = { (char[]){ "looprace" }, (char[]){ "run" }, (char[]){ "--workers" }, value, NULL };
	struct options_error error;
	struct options options;

	memset(value, 'x', sizeof(value) - 1);
	ck_assert_int_eq(options_parse(4, words, &options, &error), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "1 to 1024 would be right"));
}
END_TEST

START_TEST(run_without_options_has_the_documented_defaults)
{
	struct command_line line;
	struct options_error error;
	struct options options;

	ck_assert_int_eq(parse(&line, "looprace run", &options, &error), 0);
	ck_assert_int_eq(options.command, COMMAND_run);
	ck_assert_uint_eq(options.kernels.count, 0);
	ck_assert_uint_eq(options.operands.count, 0);
	ck_assert_uint_eq(options.cpu_count, 2);
	ck_assert_uint_eq(options.memory_mib, 256);
	ck_assert_str_eq(options.accel, "auto");
	ck_assert_uint_eq(options.duration_ns, 0);
	ck_assert_uint_eq(options.timeout_ns, 0);
	ck_assert_uint_eq(options.worker_count, 0);
	ck_assert(!options.seed.is_given && !options.here && !options.json && !options.wants_help);
	ck_assert(!options.out_dir && !options.modules_dir && !options.loop_module && !options.backing_dir);
	options_fini(&options);
}
END_TEST

START_TEST(run_takes_every_option_in_any_order)
{
	struct command_line line;
	struct options_error error;
	struct options options;

	ck_assert_int_eq(parse(&line,
			       "looprace run a --kernel 6.1 --duration=500ms b --seed 0xffffffffffffffff --kernel k",
			       &options, &error),
			 0);
	ck_assert_uint_eq(options.kernels.count, 2);
	ck_assert_str_eq(options.kernels.texts[0], "6.1");
	ck_assert_str_eq(options.kernels.texts[1], "k");
	ck_assert_uint_eq(options.operands.count, 2);
	ck_assert_str_eq(options.operands.texts[0], "a");
	ck_assert_str_eq(options.operands.texts[1], "b");
	ck_assert_uint_eq(options.duration_ns, 500000000);
	ck_assert(options.seed.is_given);
	ck_assert_uint_eq(options.seed.number, UINT64_MAX);
	options_fini(&options);
}
END_TEST

START_TEST(run_takes_a_machine)
{
	struct command_line line;
	struct options_error error;
	struct options options;

	ck_assert_int_eq(parse(&line, "looprace run --cpus 4 --memory 2GiB --accel tcg --workers 64 --timeout 90s",
			       &options, &error),
			 0);
	ck_assert_uint_eq(options.cpu_count, 4);
	ck_assert_uint_eq(options.memory_mib, 2048);
	ck_assert_str_eq(options.accel, "tcg");
	ck_assert_uint_eq(options.worker_count, 64);
	ck_assert_uint_eq(options.timeout_ns, 90000000000);
	options_fini(&options);
}
END_TEST

START_TEST(run_takes_paths)
{
	struct command_line line;
	struct options_error error;
	struct options options;

	ck_assert_int_eq(parse(&line, "looprace run --kernel k --modules m --loop-module ko --out o --json --seed 010",
			       &options, &error),
			 0);
	ck_assert_str_eq(options.modules_dir, "m");
	ck_assert_str_eq(options.loop_module, "ko");
	ck_assert_str_eq(options.out_dir, "o");
	ck_assert(options.json);
	ck_assert_uint_eq(options.seed.number, 10);
	options_fini(&options);
}
END_TEST

START_TEST(run_takes_a_matrix)
{
	struct command_line line;
	struct options_error error;
	struct options options;

	ck_assert_int_eq(
		parse(&line, "looprace run --all --repeat 3 --jobs 2 --budget 2h --shard 02/8", &options, &error), 0);
	ck_assert(options.all);
	ck_assert_uint_eq(options.repeat_count, 3);
	ck_assert_uint_eq(options.job_count, 2);
	ck_assert_uint_eq(options.budget_ns, 7200000000000);
	ck_assert_uint_eq(options.shard.number, 2);
	ck_assert_uint_eq(options.shard.count, 8);
	options_fini(&options);
	ck_assert_int_eq(parse(&line, "looprace run a b", &options, &error), 0);
	ck_assert(!options.all && !options.repeat_count && !options.job_count && !options.shard.count);
	options_fini(&options);
	ck_assert_int_eq(parse(&line, "looprace run --shard 000000000000001/100000 --seed 0XfF", &options, &error), 0);
	ck_assert(options.shard.number == 1 && options.shard.count == 100000 && options.seed.number == 255);
	options_fini(&options);
}
END_TEST

START_TEST(resume_takes_what_is_of_this_part_of_the_run)
{
	struct command_line line;
	struct options_error error;
	struct options options;

	ck_assert_int_eq(
		parse(&line, "looprace run --json --resume d --jobs 3 --budget 2s --engine slurm", &options, &error),
		0);
	ck_assert_str_eq(options.resume_dir, "d");
	ck_assert_uint_eq(options.job_count, 3);
	ck_assert_uint_eq(options.budget_ns, 2000000000);
	ck_assert_str_eq(options.engine, "slurm");
	ck_assert(options.json);
	options_fini(&options);
}
END_TEST

START_TEST(here_takes_a_backing_directory)
{
	struct command_line line;
	struct options_error error;
	struct options options;

	ck_assert_int_eq(parse(&line, "looprace run --backing-dir /b --here --workers 3", &options, &error), 0);
	ck_assert(options.here);
	ck_assert_str_eq(options.backing_dir, "/b");
	options_fini(&options);
}
END_TEST

START_TEST(operands_after_two_dashes_may_begin_with_a_dash)
{
	struct command_line line;
	struct options_error error;
	struct options options;

	ck_assert_int_eq(parse(&line, "looprace judge -- --json", &options, &error), 0);
	ck_assert_int_eq(options.command, COMMAND_judge);
	ck_assert(!options.json);
	ck_assert_uint_eq(options.operands.count, 1);
	ck_assert_str_eq(options.operands.texts[0], "--json");
	options_fini(&options);
}
END_TEST

static const struct help_line {
	const char *line;
	enum command command;
} help_lines[] = {
	{ "looprace --help", COMMAND_NONE },	{ "looprace -h", COMMAND_NONE },
	{ "looprace run --help", COMMAND_run }, { "looprace run -h x y", COMMAND_run },
	{ "looprace judge -h", COMMAND_judge }, { "looprace list --json -h nonsense", COMMAND_list },
};

START_TEST(help_wins_over_everything_else)
{
	struct command_line line;
	struct options_error error;
	struct options options;

	ck_assert_int_eq(parse(&line, help_lines[_i].line, &options, &error), 0);
	ck_assert(options.wants_help);
	ck_assert_int_eq(options.command, help_lines[_i].command);
	options_fini(&options);
}
END_TEST

START_TEST(help_names_every_option_of_its_command_and_no_other)
{
	const struct option_info *info;
	char needle[64];
	char *text = options_help((enum command)_i);

	ck_assert_ptr_nonnull(text);
	for (unsigned int i = 0; (info = option_at(i)); i++) {
		const char *found;

		snprintf(needle, sizeof(needle), "--%s%s%s ", info->name, info->metavar ? " " : "",
			 info->metavar ? info->metavar : "");
		found = strstr(text, needle);
		ck_assert_msg(!found == !(info->commands & 1u << _i), "%s", needle);
	}
	free(text);
}
END_TEST

START_TEST(help_fits_into_eighty_columns)
{
	char *text = options_help((enum command)_i);
	char *rest = text;
	const char *row;

	ck_assert_ptr_nonnull(text);
	while ((row = strsep(&rest, "\n"))) {
		ck_assert_msg(strlen(row) <= 80, "%s", row);
		ck_assert_msg(!row[0] || row[strlen(row) - 1] != ' ', "blank at the end: %s", row);
	}
	free(text);
}
END_TEST

START_TEST(options_fini_may_be_called_twice)
{
	struct command_line line;
	struct options_error error;
	struct options options;

	ck_assert_int_eq(parse(&line, "looprace run a --kernel k", &options, &error), 0);
	options_fini(&options);
	options_fini(&options);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("options");
	TCase *bad = tcase_create("bad lines");
	TCase *good = tcase_create("good lines");
	TCase *help = tcase_create("help");

	tcase_add_loop_test(bad, bad_line_is_refused_with_what_would_be_right, 0, (int)ARRAY_SIZE(bad_lines));
	tcase_add_test(bad, long_value_still_gives_one_whole_line);
	suite_add_tcase(suite, bad);

	tcase_add_test(good, run_without_options_has_the_documented_defaults);
	tcase_add_test(good, run_takes_every_option_in_any_order);
	tcase_add_test(good, run_takes_a_machine);
	tcase_add_test(good, run_takes_paths);
	tcase_add_test(good, run_takes_a_matrix);
	tcase_add_test(good, resume_takes_what_is_of_this_part_of_the_run);
	tcase_add_test(good, here_takes_a_backing_directory);
	tcase_add_test(good, operands_after_two_dashes_may_begin_with_a_dash);
	tcase_add_test(good, options_fini_may_be_called_twice);
	suite_add_tcase(suite, good);

	tcase_add_loop_test(help, help_wins_over_everything_else, 0, (int)ARRAY_SIZE(help_lines));
	tcase_add_loop_test(help, help_names_every_option_of_its_command_and_no_other, 0, COMMAND_COUNT + 1);
	tcase_add_loop_test(help, help_fits_into_eighty_columns, 0, COMMAND_COUNT + 1);
	suite_add_tcase(suite, help);
	return suite;
}
