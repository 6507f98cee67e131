/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What attaching cost: plots, and the same numbers as tables.  The plots are gnuplot's, which is started once for all of
 * them; a machine without it makes the same page without them.
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

static void put_summary_plots(struct html *html, const struct plot_data *data, char *const *svgs)
{
	for (unsigned int plot = 0; plot < PLOT_COUNT; plot++) {
		html_put(html, "<h3>%s</h3>\n<p>%s%s</p>\n", plots[plot].title, plots[plot].caption,
			 data->has_more ? " Not all kernels and scenarios fit into the plot." : "");
		html_put_image(html, svgs[plot], plots[plot].text);
	}
}

static void put_distributions(struct html *html, const struct plot_data *data, char *const *svgs)
{
	if (data->distribution_count == 0)
		return;
	html_put(
		html,
		"<h3>How the times of attaches spread</h3>\n<p>How many of the attaches that got a device took at "
		"most so long, pauses included; all repeats together. A step far to the right is what waiting after "
		"lost tries costs. Times are known to a quarter of themselves.%s Scenarios with fewer than %d attaches "
		"have no plot.</p>\n",
		data->has_more_distributions ? " Shown are the scenarios with the most attaches." : "",
		PLOT_DISTRIBUTION_ATTACH_MIN);
	for (unsigned int i = 0; i < data->distribution_count; i++) {
		html_put(html, "<h4>%s</h4>\n", data->grid->scenarios[data->distributions[i]]);
		html_put_image(html, svgs[i], "(plot of the times in the table of lost tries below)");
	}
}

/* Takes all pictures off gnuplot's output, or none. */
static int take_pictures(const char *output, char **svgs, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		svgs[i] = plot_next(&output);
		if (!svgs[i])
			return -EIO;
	}
	return 0;
}

static void put_plots(struct html *html, const struct plot_data *data)
{
	char *svgs[PLOT_COUNT + PLOT_DISTRIBUTION_COUNT_MAX] = { NULL };
	unsigned int count = PLOT_COUNT + data->distribution_count;
	char *script = plot_script(data);
	char *output = NULL;
	int r = script ? gnuplot_run(script, GNUPLOT_TIME_MS, &output) : -ENOMEM;

	if (r == 0)
		r = take_pictures(output, svgs, count);
	if (r == 0) {
		put_summary_plots(html, data, svgs);
		put_distributions(html, data, svgs + PLOT_COUNT);
	} else if (r == -ENOENT) {
		html_put(html, "<p>There are no plots here: gnuplot is not installed where this page was made "
			       "(Debian: gnuplot-nox).</p>\n");
	} else {
		html_put(html, "<p>There are no plots here: gnuplot %s.</p>\n",
			 r == -ETIMEDOUT ? "took more than a minute" : "failed");
	}
	for (unsigned int i = 0; i < count; i++)
		free(svgs[i]);
	free(script);
	free(output);
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

	html_put(html, "<tr><td>%s</td><td>%s</td><td class=\"number\">%" PRIu64 "</td><td class=\"number\">%.0f</td>",
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

	html_put(page->html,
		 "<details><summary>The numbers</summary><div class=\"wide\"><table>\n<thead><tr>"
		 "<th>scenario</th><th>kernel</th><th>attaches</th><th>per second</th><th>p50</th><th>p99</th>"
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

/* --- what a lost try costs --- */

static void put_limit_cell(struct html *html, uint64_t ns)
{
	if (ns == UINT64_MAX)
		html_put(html, "<td class=\"number\">over a minute</td>");
	else
		put_duration_cell(html, ns);
}

static void put_loss_name(struct html *html, unsigned int loss)
{
	unsigned int begin = attach_loss_begin(loss);

	html_put(html, "<td class=\"number\">%u", begin);
	if (loss + 1 == ATTACH_LOSS_COUNT)
		html_put(html, " and more");
	else if (attach_loss_begin(loss + 1) > begin + 1)
		html_put(html, " to %u", attach_loss_begin(loss + 1) - 1);
	html_put(html, "</td>");
}

static void put_losses(const struct page *page, const struct figures *figures, const char *scenario, const char *kernel)
{
	struct histogram all = figures_times(figures);

	for (unsigned int loss = 0; loss < ATTACH_LOSS_COUNT; loss++) {
		const struct histogram *times = &figures->times[loss];
		uint64_t count = histogram_total(times);

		if (count == 0)
			continue;
		html_put(page->html, "<tr><td>%s</td><td>%s</td>", scenario, kernel);
		put_loss_name(page->html, loss);
		html_put(page->html, "<td class=\"number\">%" PRIu64 "</td><td class=\"number\">%.1f %%</td>", count,
			 figures_percent(count, histogram_total(&all)));
		put_limit_cell(page->html, histogram_percentile(times, 50));
		put_limit_cell(page->html, histogram_percentile(times, 99));
		html_put(page->html, "</tr>\n");
	}
}

static void put_losses_table(const struct page *page, const struct plot_data *data)
{
	const struct grid *grid = data->grid;

	if (data->distribution_count == 0)
		return;
	html_put(page->html,
		 "<details><summary>The times by lost tries</summary><div class=\"wide\"><table>\n<thead><tr>"
		 "<th>scenario</th><th>kernel</th><th>tries lost by an attach</th><th>attaches</th><th>share</th>"
		 "<th>half took at most</th><th>99 %% took at most</th></tr></thead>\n<tbody>\n");
	for (unsigned int i = 0; i < data->distribution_count; i++)
		for (unsigned int k = 0; k < data->kernel_count; k++)
			put_losses(page,
				   &data->figures[data->kernels[k] * grid->scenario_count + data->distributions[i]],
				   grid->scenarios[data->distributions[i]], grid->kernels[data->kernels[k]]);
	html_put(page->html, "</tbody></table></div></details>\n");
}

static void put_untimed(struct html *html, unsigned int cell_count)
{
	if (cell_count > 0)
		html_put(html,
			 "<p class=\"faint\">%u cell%s judged by an older looprace, which kept no times of single "
			 "attaches: "
			 "the curves and the times by lost tries are without %s.</p>\n",
			 cell_count, cell_count == 1 ? " was" : "s were", cell_count == 1 ? "it" : "them");
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
			put_losses_table(page, &data);
			put_untimed(page->html, data.untimed_cell_count);
		}
	}
	free(figures);
}
