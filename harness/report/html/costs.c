/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What attaching cost: two plots, and the same numbers as a table.  The plots are gnuplot's; a machine without it makes
 * the same page without them.
 */
#include "harness/report/html/parts.h"

#include <errno.h>
#include <stdlib.h>

#include "harness/report/html/gnuplot.h"
#include "harness/report/html/plots.h"

static const struct {
	const char *title;
	const char *caption;
	const char *text;
} plots[PLOT_COUNT] = {
	[PLOT_LATENCY] = { "Time of an attach",
			   "Of attaches that got a device, from the first call to the last, pauses included: the "
			   "median "
			   "(large point), up to 99 % (line), the longest (cross).",
			   "(plot of the times in the table below)" },
	[PLOT_COLLISIONS] = { "Collisions", "The share of all tries that lost a race, at open or at bind.",
			      "(plot of the lost tries in the table below)" },
};

/* 0, or why there is no picture. */
static int put_plot(struct html *html, enum plot plot, const struct plot_data *data)
{
	char *script = plot_script(plot, data);
	char *output = NULL, *svg = NULL;
	int r = script ? gnuplot_run(script, &output) : -ENOMEM;

	if (r == 0) {
		svg = plot_adapt(output);
		r = svg ? 0 : -EIO;
	}
	if (r == 0) {
		html_put(html, "<h3>%s</h3>\n<p>%s%s</p>\n", plots[plot].title, plots[plot].caption,
			 data->has_more ? " Not all kernels and scenarios fit into the plot." : "");
		html_put_image(html, svg, plots[plot].text);
	}
	free(script);
	free(output);
	free(svg);
	return r;
}

static void put_plots(struct html *html, const struct plot_data *data)
{
	int r = 0;

	for (unsigned int plot = 0; r == 0 && plot < PLOT_COUNT; plot++)
		r = put_plot(html, plot, data);
	if (r == -ENOENT)
		html_put(html, "<p>There are no plots here: gnuplot is not installed where this page was made "
			       "(Debian: gnuplot-nox).</p>\n");
	else if (r < 0)
		html_put(html, "<p>There are no plots here: gnuplot failed.</p>\n");
}

/* --- the same as a table --- */

static void put_duration_cell(struct html *html, uint64_t ns)
{
	html_put(html, "<td class=\"number\">");
	html_put_duration(html, ns);
	html_put(html, "</td>");
}

static void put_row(struct html *html, const char *scenario, const char *kernel, const struct figures *figures)
{
	double seconds = (double)figures->run_ns / 1e9;

	html_put(html,
		 "<tr><td>%s</td><td>%s</td><td class=\"number\">%" PRIu64 "</td><td class=\"number\">%.0f/s</td>",
		 scenario, kernel, figures->attach_count, seconds > 0 ? (double)figures->attach_count / seconds : 0);
	put_duration_cell(html, figures->p50_ns);
	put_duration_cell(html, figures->p99_ns);
	put_duration_cell(html, figures->max_ns);
	html_put(html, "<td class=\"number\">%.1f %%</td><td class=\"number\">%.1f %%</td></tr>\n",
		 figures_percent(figures->lost_try_count, figures->try_count),
		 figures_percent(figures->lost_bind_count, figures->bind_count));
}

static void put_table(const struct page *page, const struct figures *figures)
{
	const struct grid *grid = &page->grid;

	html_put(page->html, "<details><summary>The numbers</summary><div class=\"wide\"><table>\n<thead><tr>"
			     "<th>scenario</th><th>kernel</th><th>attaches</th><th>rate</th><th>p50</th><th>p99</th>"
			     "<th>longest</th><th>tries lost</th><th>binds EBUSY</th></tr></thead>\n<tbody>\n");
	for (unsigned int scenario = 0; scenario < grid->scenario_count; scenario++) {
		for (unsigned int kernel = 0; kernel < grid->kernel_count; kernel++) {
			const struct figures *place = &figures[kernel * grid->scenario_count + scenario];

			if (place->attach_count > 0)
				put_row(page->html, grid->scenarios[scenario], grid->kernels[kernel], place);
		}
	}
	html_put(page->html, "</tbody></table></div></details>\n");
}

void page_put_costs(const struct page *page)
{
	const struct grid *grid = &page->grid;
	unsigned int count = grid->kernel_count * grid->scenario_count;
	struct figures *figures = calloc(count + 1, sizeof(*figures));
	struct plot_data data;
	int r = figures ? 0 : -ENOMEM;

	for (unsigned int i = 0; r == 0 && i < count; i++)
		r = figures_of(&grid->places[i], &figures[i]);
	if (r == 0) {
		plot_select(grid, figures, &data);
		if (data.scenario_count == 0) {
			html_put(page->html, "<p>Nothing was attached.</p>\n");
		} else {
			put_plots(page->html, &data);
			put_table(page, figures);
		}
	}
	free(figures);
}
