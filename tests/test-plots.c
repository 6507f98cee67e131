/* SPDX-License-Identifier: Apache-2.0 */
/* The plots of the page: what they are made of, what gnuplot is told, and what becomes of what it answers, or does not. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/report/html/figures.h"
#include "harness/report/html/gnuplot.h"
#include "harness/report/html/plots.h"
#include "tests/report_samples.h"

Suite *test_suite(void);

static struct report_samples samples;

static void setup(void)
{
	report_samples_init(&samples);
}

static void teardown(void)
{
	report_samples_fini(&samples);
}

static unsigned int count_of(const char *text, const char *needle)
{
	unsigned int count = 0;

	for (const char *at = text; (at = strstr(at, needle)); at += strlen(needle))
		count++;
	return count;
}

static void assert_has(const char *text, const char *needle)
{
	ck_assert_msg(strstr(text, needle) != NULL, "no \"%s\" in: %.2000s", needle, text);
}

static void assert_lacks(const char *text, const char *needle)
{
	ck_assert_msg(strstr(text, needle) == NULL, "\"%s\" in: %.2000s", needle, strstr(text, needle));
}

/* --- what they are made of --- */

/* The sound cell three times, with other numbers. */
static void fill_repeats(struct report_cell cells[3], struct judgement judgements[3])
{
	for (unsigned int i = 0; i < 3; i++) {
		judgements[i] = samples.judgements[SAMPLE_PASS];
		judgements[i].counts.attach_p50_ns = 1000 * (3 - i);
		judgements[i].counts.attach_max_ns = 5000 + i;
		cells[i] = samples.cells[SAMPLE_PASS];
		cells[i].judgement = &judgements[i];
	}
}

START_TEST(figures_of_repeats_are_sums_medians_and_the_longest)
{
	struct judgement judgements[3];
	struct report_cell cells[3];
	struct grid_place place = { .cells = cells, .cell_count = 3 };
	struct figures figures;

	fill_repeats(cells, judgements);
	judgements[2].counts.attach_count = 0;
	ck_assert_int_eq(figures_of(&place, &figures), 0);
	ck_assert_uint_eq(figures.attach_count, 2 * 15234);
	ck_assert_uint_eq(figures.p50_ns, 3000);
	ck_assert_uint_eq(figures.max_ns, 5001);
	judgements[2].counts.attach_count = 1;
	ck_assert_int_eq(figures_of(&place, &figures), 0);
	ck_assert_uint_eq(figures.p50_ns, 2000);
	ck_assert(figures_percent(1, 0) == 0 && figures_percent(1, 4) == 25);
}
END_TEST

START_TEST(times_of_repeats_are_summed_up_but_for_what_an_older_looprace_judged)
{
	struct judgement judgements[3];
	struct report_cell cells[3];
	struct grid_place place = { .cells = cells, .cell_count = 3 };
	struct figures figures;
	struct histogram times;

	fill_repeats(cells, judgements);
	memset(judgements[1].counts.attach_times, 0, sizeof(judgements[1].counts.attach_times));
	ck_assert_int_eq(figures_of(&place, &figures), 0);
	times = figures_times(&figures);
	ck_assert_uint_eq(figures.untimed_cell_count, 1);
	ck_assert_uint_eq(histogram_total(&times), 2 * 15234);
	ck_assert_uint_eq(histogram_total(&figures.times[0]), 2 * 9234);
	ck_assert_uint_eq(figures.times[2].counts[histogram_bin(3200000)], 2 * 5999);
}
END_TEST

START_TEST(gnuplot_is_told_no_name_that_it_could_run)
{
	char kernel[] = "6.1`id`'\"\n$(x);system('y')";
	struct grid grid;
	struct figures figures = { .attach_count = 1, .p50_ns = 1500, .p99_ns = 2000, .max_ns = 3000 };
	struct plot_data data;
	struct report_run run = { .cell_count = 1, .cells = &samples.cells[SAMPLE_PASS] };
	char *script;

	free(samples.records[SAMPLE_PASS].kernel.release);
	samples.records[SAMPLE_PASS].kernel.release = strdup(kernel);
	ck_assert_int_eq(grid_make(&run, &grid), 0);
	plot_select(&grid, &figures, &data);
	ck_assert_uint_eq(data.scenario_count, 1);
	script = plot_script(&data);
	assert_has(script, "'6.1_id______x__system__y__'");
	assert_lacks(script, "`");
	assert_lacks(script, "system(");
	assert_has(script, "1.500 2.000 3.000");
	free(script);
	grid_fini(&grid);
}
END_TEST

START_TEST(plots_show_no_more_than_can_be_read)
{
	enum { KERNEL_COUNT = 12, SCENARIO_COUNT = 50 };
	static struct figures figures[KERNEL_COUNT * SCENARIO_COUNT];
	struct grid grid = { .kernel_count = KERNEL_COUNT, .scenario_count = SCENARIO_COUNT };
	struct plot_data data;

	plot_select(&grid, figures, &data);
	ck_assert_uint_eq(data.scenario_count + data.kernel_count, 0);
	ck_assert(!data.has_more);
	figures[3 * SCENARIO_COUNT + 7].attach_count = 1;
	plot_select(&grid, figures, &data);
	ck_assert_uint_eq(data.scenario_count, 1);
	ck_assert_uint_eq(data.scenarios[0], 7);
	ck_assert_uint_eq(data.kernels[0], 3);
	for (unsigned int i = 0; i < KERNEL_COUNT * SCENARIO_COUNT; i++)
		figures[i].attach_count = 1;
	plot_select(&grid, figures, &data);
	ck_assert_uint_eq(data.scenario_count, PLOT_SCENARIO_COUNT_MAX);
	ck_assert_uint_eq(data.kernel_count, PLOT_KERNEL_COUNT_MAX);
	ck_assert(data.has_more);
}
END_TEST

/* A table of one kernel and so many scenarios, of which each has one attach more than the one before. */
static void fill_distributions(struct figures *figures, unsigned int count)
{
	memset(figures, 0, count * sizeof(*figures));
	for (unsigned int i = 0; i < count; i++) {
		figures[i].attach_count = PLOT_DISTRIBUTION_ATTACH_MIN - 1 + i;
		figures[i].times[i % ATTACH_LOSS_COUNT].counts[7] = figures[i].attach_count;
	}
}

START_TEST(distributions_are_those_of_the_scenarios_with_the_most_attaches)
{
	static struct figures figures[PLOT_DISTRIBUTION_COUNT_MAX + 3];
	struct grid grid = { .kernel_count = 1, .scenario_count = PLOT_DISTRIBUTION_COUNT_MAX + 1 };
	struct plot_data data;

	fill_distributions(figures, PLOT_DISTRIBUTION_COUNT_MAX + 3);
	figures[4].untimed_cell_count = 2;
	plot_select(&grid, figures, &data);
	/* The first has too few. */
	ck_assert_uint_eq(data.distribution_count, PLOT_DISTRIBUTION_COUNT_MAX);
	ck_assert_uint_eq(data.distributions[0], 1);
	ck_assert(!data.has_more_distributions);
	ck_assert_uint_eq(data.untimed_cell_count, 2);
	grid.scenario_count += 2;
	plot_select(&grid, figures, &data);
	ck_assert_uint_eq(data.distribution_count, PLOT_DISTRIBUTION_COUNT_MAX);
	ck_assert_uint_eq(data.distributions[0], 3);
	ck_assert_uint_eq(data.distributions[PLOT_DISTRIBUTION_COUNT_MAX - 1], PLOT_DISTRIBUTION_COUNT_MAX + 2);
	ck_assert(data.has_more_distributions);
}
END_TEST

START_TEST(curve_rises_from_0_to_100_percent)
{
	struct report_run run = { .cell_count = 1, .cells = &samples.cells[SAMPLE_PASS] };
	struct figures figures;
	struct plot_data data;
	struct grid grid;
	char *script;

	ck_assert_int_eq(grid_make(&run, &grid), 0);
	ck_assert_int_eq(figures_of(&grid.places[0], &figures), 0);
	plot_select(&grid, &figures, &data);
	script = plot_script(&data);
	/* 9000 and 234 of 15234, and then nothing up to the 5999; the last one alone. */
	assert_has(script, "$times0 << END\n98304 0\n114688 59.078\n131072 60.614\n163840 60.614\n");
	assert_has(script, "\n3145728 60.614\n3670016 99.993\n");
	assert_has(script, "\n83886080 100.000\nEND\n");
	ck_assert_uint_eq(count_of(script, "set terminal svg"), PLOT_COUNT + 1);
	free(script);
	grid_fini(&grid);
}
END_TEST

/* --- gnuplot --- */

START_TEST(black_of_a_plot_is_what_the_text_is)
{
	const char *output =
		"<?xml version=\"1.0\"?>\n<svg width=\"1\"\n>\n<g fill=\"black\" stroke='black'>black</g></svg>"
		"\n<?xml version=\"1.0\"?>\n<svg><g/></svg>\n<svg>cut";
	char *svg = plot_next(&output);

	ck_assert_int_eq(strncmp(svg, "<svg width=\"1\"\n><style>", 23), 0);
	assert_has(svg, "<g fill=\"currentColor\" stroke=\"currentColor\">black</g></svg>");
	assert_has(svg, "prefers-color-scheme:dark");
	assert_lacks(svg, "<g/>");
	free(svg);
	svg = plot_next(&output);
	assert_has(svg, "<g/></svg>");
	free(svg);
	ck_assert_ptr_null(plot_next(&output));
	ck_assert_str_eq(output, "\n<svg>cut");
}
END_TEST

/* Puts a gnuplot that is such a script where all will find it; "": there is none.  To be undone by forget_gnuplot(). */
static char gnuplot_folder[] = "/tmp/looprace-test-plots-XXXXXX";

static void have_gnuplot(const char *script)
{
	char path[64];

	ck_assert_ptr_nonnull(mkdtemp(gnuplot_folder));
	snprintf(path, sizeof(path), "%s/gnuplot", gnuplot_folder);
	if (*script) {
		FILE *file = fopen(path, "we");

		ck_assert_ptr_nonnull(file);
		fputs(script, file);
		ck_assert_int_eq(fclose(file), 0);
		ck_assert_int_eq(chmod(path, 0700), 0);
	}
	ck_assert_int_eq(setenv("PATH", gnuplot_folder, 1), 0);
}

static void forget_gnuplot(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/gnuplot", gnuplot_folder);
	unlink(path);
	ck_assert_int_eq(rmdir(gnuplot_folder), 0);
}

START_TEST(page_without_gnuplot_says_so_and_has_the_numbers)
{
	static const struct {
		const char *script;
		const char *want;
		unsigned int plot_count;
	} cases[] = {
		{ "", "There are no plots here: gnuplot is not installed", 0 },
		{ "#!/bin/sh\necho '<svg></svg>'\nexit 1\n", "There are no plots here: gnuplot failed.", 0 },
		{ "#!/bin/sh\necho no picture\n", "There are no plots here: gnuplot failed.", 0 },
		{ "#!/bin/sh\necho '<svg></svg>'\nkill -9 $$\n", "There are no plots here: gnuplot failed.", 0 },
		{ "#!/bin/sh\necho '<svg></svg>'\n", "There are no plots here: gnuplot failed.", 0 },
		/* As many pictures as are asked for: of the whole, and of four scenarios. */
		{ "#!/bin/sh\nwhile read -r line; do case $line in set\\ terminal*) echo \"<svg>$line</svg>\" ;; esac; "
		  "done\n",
		  "size%20960,", 2 + 3 },
	};
	char *page;

	have_gnuplot(cases[_i].script);
	page = report_html(&samples.run);
	forget_gnuplot();

	assert_has(page, cases[_i].want);
	ck_assert_uint_eq(count_of(page, "alt=\"(plot of"), cases[_i].plot_count);
	assert_has(page, "<td class=\"number\">15234</td><td class=\"number\">3047</td>");
	free(page);
}
END_TEST

START_TEST(gnuplot_that_hangs_is_killed_when_its_time_is_over)
{
	char *output = NULL;

	/* It has stopped, and nobody goes on with it. */
	have_gnuplot("#!/bin/sh\nkill -STOP $$\n");
	ck_assert_int_eq(gnuplot_run("plot 1\n", 1, &output), -ETIMEDOUT);
	ck_assert_ptr_null(output);
	forget_gnuplot();
}
END_TEST

START_TEST(page_tells_which_cells_have_no_times)
{
	char *page;

	have_gnuplot("");
	page = report_html(&samples.run);
	assert_has(page, "<p class=\"faint\">1 cell was judged by an older looprace");
	assert_has(page,
		   "<td class=\"number\">2 to 3</td><td class=\"number\">5999</td><td class=\"number\">39.4 %</td>"
		   "<td class=\"number\">3.6 ms</td>");
	assert_has(page, "<td class=\"number\">16 and more</td><td class=\"number\">1</td>");
	free(page);
	for (unsigned int i = 0; i < SAMPLE_COUNT; i++)
		memset(samples.judgements[i].counts.attach_times, 0, sizeof(samples.judgements[i].counts.attach_times));
	page = report_html(&samples.run);
	assert_has(page, "5 cells were judged by an older looprace");
	assert_lacks(page, "The times by lost tries");
	free(page);
	forget_gnuplot();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("plots");
	TCase *tcase = tcase_create("plots");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, figures_of_repeats_are_sums_medians_and_the_longest);
	tcase_add_test(tcase, times_of_repeats_are_summed_up_but_for_what_an_older_looprace_judged);
	tcase_add_test(tcase, gnuplot_is_told_no_name_that_it_could_run);
	tcase_add_test(tcase, plots_show_no_more_than_can_be_read);
	tcase_add_test(tcase, distributions_are_those_of_the_scenarios_with_the_most_attaches);
	tcase_add_test(tcase, curve_rises_from_0_to_100_percent);
	tcase_add_test(tcase, black_of_a_plot_is_what_the_text_is);
	tcase_add_test(tcase, gnuplot_that_hangs_is_killed_when_its_time_is_over);
	tcase_add_test(tcase, page_tells_which_cells_have_no_times);
	tcase_add_loop_test(tcase, page_without_gnuplot_says_so_and_has_the_numbers, 0, 6);
	suite_add_tcase(suite, tcase);
	return suite;
}
