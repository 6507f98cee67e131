/* SPDX-License-Identifier: Apache-2.0 */
/* Many cells on the terminal: the table of kernels and scenarios, and what is told beside it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/table.h"
#include "tests/report_samples.h"

#define CELL_COUNT_MAX 64

static struct report_samples samples;
static struct cell_record records[CELL_COUNT_MAX];
static struct judgement judgements[CELL_COUNT_MAX];
static struct report_cell cells[CELL_COUNT_MAX];
static struct report_run run;

static void setup(void)
{
	report_samples_init(&samples);
	run = (struct report_run){ .cells = cells, .directory = "results/run" };
}

static void teardown(void)
{
	report_samples_fini(&samples);
}

/* Borrows what it can from a sample. */
static void add(const char *kernel, const char *scenario, unsigned int sample)
{
	unsigned int at = run.cell_count++;

	records[at] = samples.records[sample];
	records[at].kernel.release = (char *)(uintptr_t)kernel;
	records[at].scenario = (char *)(uintptr_t)scenario;
	records[at].repeat_number = at + 1;
	judgements[at] = samples.judgements[sample];
	cells[at] = (struct report_cell){ .directory = "x/y", .record = &records[at], .judgement = &judgements[at] };
}

static char *print(void)
{
	size_t text_bytes;
	char *text = NULL;
	FILE *stream = open_memstream(&text, &text_bytes);

	report_print_summary(stream, &run, false);
	ck_assert_int_eq(fclose(stream), 0);
	return text;
}

static void assert_says(const char *words)
{
	char *text = print();

	ck_assert_msg(strstr(text, words) != NULL, "no %s in:\n%s", words, text);
	free(text);
}

START_TEST(kernel_is_called_by_what_tells_it_from_the_others)
{
	add("6.1.0-56-cloud-amd64", "a", SAMPLE_PASS);
	add("6.1.0-55-cloud-amd64", "a", SAMPLE_PASS);
	add("6.12.90-cloud-amd64", "a", SAMPLE_PASS);
	add("6.18.1", "a", SAMPLE_PASS);
	add("6.18.1-kasan", "a", SAMPLE_PASS);
	assert_says("   6.1.0-55  6.1.0-56  6.12.90  6.18.1  6.18.1-kasan\n"
		    "a  PASS      PASS      PASS     PASS    PASS\n");
}
END_TEST

START_TEST(place_says_what_its_repeats_are)
{
	struct finding *finding = &samples.judgements[SAMPLE_EXPECTED].findings[0];

	finding->is_expected = false;
	finding->known_count = finding->count;
	finding->known_name = "a bug";
	for (unsigned int i = 0; i < 10; i++) {
		add("6.1.0", "flaky", i < 2 ? SAMPLE_VIOLATION : SAMPLE_PASS);
		add("6.1.0", "always", SAMPLE_VIOLATION);
	}
	add("6.1.0", "unsure", SAMPLE_UNKNOWN);
	add("6.1.0", "unsure", SAMPLE_PASS);
	add("6.1.0", "unsure", SAMPLE_PASS);
	add("6.1.0", "bug", SAMPLE_EXPECTED);
	add("6.1.0", "none", SAMPLE_SKIP);
	add("6.1.0", "out", SAMPLE_BROKEN);
	add("6.2.0", "bug", SAMPLE_PASS);
	assert_says("always  VIOL        -\n"
		    "bug     known       PASS\n"
		    "flaky   flaky 2/10  -\n"
		    "none    SKIP        -\n"
		    "out     BROK        -\n"
		    "unsure  UNKN 1/3    -\n");
	assert_says("flaky      6.1.0  flaky: VIOLATION in 2 of 10, 20.0 % (95 % interval 2.5 % to 55.6 %)\n");
	assert_says("known bug  bug: a bug (6.1.0)\n");
	records[0].kernel.loop_sha256 = (char *)(uintptr_t) "another";
	assert_says("to 55.6 %); not all with the same kernel image and driver\n");
	assert_says("VIOLATION  27 cells: 12 VIOLATION 1 BROKEN 1 UNKNOWN 12 PASS 1 SKIP\n");
}
END_TEST

START_TEST(known_bug_is_told_once_with_its_kernels)
{
	struct finding *finding = &samples.judgements[SAMPLE_EXPECTED].findings[0];

	finding->is_expected = false;
	finding->known_count = finding->count;
	finding->known_name = "a bug";
	add("6.1.0-56", "a", SAMPLE_EXPECTED);
	add("6.2.0", "a", SAMPLE_PASS);
	add("6.12.117+deb12-cloud-amd64", "a", SAMPLE_EXPECTED);
	add("6.12.117+deb12-cloud-amd64", "b", SAMPLE_EXPECTED);
	assert_says("known bug  a: a bug (6.1.0, 6.12.117)\n"
		    "known bug  b: a bug (6.12.117)\n"
		    "PASS");
}
END_TEST

START_TEST(what_passed_needs_no_block_and_repeats_need_one)
{
	unsigned int block_count = 0;
	char *text;

	for (unsigned int i = 0; i < 10; i++) {
		add("6.1.0", "good", SAMPLE_PASS);
		add("6.1.0", "bad", SAMPLE_VIOLATION);
	}
	text = print();
	ck_assert_ptr_null(strstr(text, "PASS       6.1.0"));
	for (const char *at = text; (at = strstr(at, "VIOLATION  6.1.0  bad\n")); at++)
		block_count++;
	ck_assert_uint_eq(block_count, 1);
	free(text);
}
END_TEST

START_TEST(blocks_end_somewhere)
{
	static char names[30][8];

	for (unsigned int i = 0; i < 30; i++) {
		snprintf(names[i], sizeof(names[i]), "s%02u", i);
		add("6.1.0", names[i], SAMPLE_BROKEN);
	}
	assert_says("10 more kernels and scenarios are not well");
}
END_TEST

START_TEST(what_is_missing_for_many_is_told_once)
{
	add("6.1.0", "a", SAMPLE_SKIP);
	add("6.1.0", "b", SAMPLE_SKIP);
	add("6.1.0", "c", SAMPLE_SKIP);
	add("6.2.0", "c", SAMPLE_SKIP);
	assert_says("\nSKIP       6.1.0  a: needs LOOP_CONFIGURE (v5.8) # and says so (and 2 more)\n"
		    "SKIP       6.2.0  c: needs LOOP_CONFIGURE (v5.8) # and says so\n");
}
END_TEST

START_TEST(table_fits_a_terminal)
{
	static char names[40][24];
	unsigned int table_count = 0;
	char *text;

	for (unsigned int i = 0; i < 40; i++) {
		snprintf(names[i], sizeof(names[i]), "6.%u.0-cloud-amd64", i);
		add(names[i], "a_scenario_with_a_long_name", SAMPLE_PASS);
	}
	text = print();
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		ck_assert_msg(strlen(line) <= 80, "%zu: %s", strlen(line), line);
		table_count += strncmp(line, "a_scenario", 10) == 0;
	}
	ck_assert_uint_gt(table_count, 3);
	free(text);
}
END_TEST

START_TEST(cells_that_are_none_make_no_table)
{
	assert_says("BROKEN     0 cells:\n");
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("table");
	TCase *tcase = tcase_create("summary");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, kernel_is_called_by_what_tells_it_from_the_others);
	tcase_add_test(tcase, place_says_what_its_repeats_are);
	tcase_add_test(tcase, known_bug_is_told_once_with_its_kernels);
	tcase_add_test(tcase, what_passed_needs_no_block_and_repeats_need_one);
	tcase_add_test(tcase, blocks_end_somewhere);
	tcase_add_test(tcase, what_is_missing_for_many_is_told_once);
	tcase_add_test(tcase, table_fits_a_terminal);
	tcase_add_test(tcase, cells_that_are_none_make_no_table);
	suite_add_tcase(suite, tcase);
	return suite;
}
