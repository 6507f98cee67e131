/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See plots.h.  A line a scenario, in it one below the other the kernels, each with a colour and a shape of point of its
 * own: names stand where they can be read, and no kernel is told by its colour alone.  A distribution has a curve a kernel,
 * in the same colours and points.
 */
#include "harness/report/html/plots.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEIGHT_FIXED	    120 /* axis, names of the kernels */
#define HEIGHT_KERNEL	    13
#define HEIGHT_GAP	    12 /* between two scenarios */
#define KEY_HEIGHT	    18
#define HEIGHT_DISTRIBUTION 260

/* Each has a contrast of 3 or more on white and on nearly black. */
static const char *const colors[] = { "#0a7bc2", "#d1590c", "#0a8f66", "#b8569a", "#8a7a12",
				      "#7a68d8", "#d13b4a", "#2a8f9e", "#8d6e52", "#767676" };
/* Circle, square, triangle, triangle down, diamond: full and then empty. */
static const int shapes[] = { 7, 5, 9, 11, 13, 6, 4, 8, 10, 12 };

_Static_assert(sizeof(colors) / sizeof(colors[0]) == PLOT_KERNEL_COUNT_MAX, "a colour for each kernel");
_Static_assert(sizeof(shapes) / sizeof(shapes[0]) == PLOT_KERNEL_COUNT_MAX, "a shape for each kernel");

static const struct figures *figures_at(const struct plot_data *data, unsigned int kernel, unsigned int scenario)
{
	return &data->figures[kernel * data->grid->scenario_count + scenario];
}

/* How many attaches of a scenario have a known time, on the kernels that are shown. */
static uint64_t timed_count(const struct plot_data *data, unsigned int scenario)
{
	uint64_t count = 0;

	for (unsigned int k = 0; k < data->kernel_count; k++) {
		struct histogram times = figures_times(figures_at(data, data->kernels[k], scenario));

		count += histogram_total(&times);
	}
	return count;
}

/* In the order of the other plots, whichever they are. */
static void select_distributions(struct plot_data *data)
{
	uint64_t counts[PLOT_SCENARIO_COUNT_MAX];

	for (unsigned int s = 0; s < data->scenario_count; s++) {
		counts[s] = timed_count(data, data->scenarios[s]);
		for (unsigned int k = 0; k < data->kernel_count; k++)
			data->untimed_cell_count +=
				figures_at(data, data->kernels[k], data->scenarios[s])->untimed_cell_count;
	}
	for (unsigned int s = 0; s < data->scenario_count; s++) {
		unsigned int more_count = 0;

		for (unsigned int other = 0; other < data->scenario_count; other++)
			more_count += counts[other] > counts[s] || (counts[other] == counts[s] && other < s);
		if (counts[s] < PLOT_DISTRIBUTION_ATTACH_MIN)
			continue;
		if (more_count < PLOT_DISTRIBUTION_COUNT_MAX)
			data->distributions[data->distribution_count++] = data->scenarios[s];
		else
			data->has_more_distributions = true;
	}
}

void plot_select(const struct grid *grid, const struct figures *figures, struct plot_data *ret_data)
{
	struct plot_data data = { .grid = grid, .figures = figures };

	for (unsigned int scenario = 0; scenario < grid->scenario_count; scenario++) {
		bool has_any = false;

		for (unsigned int kernel = 0; kernel < grid->kernel_count; kernel++)
			has_any |= figures_at(&data, kernel, scenario)->attach_count > 0;
		if (has_any && data.scenario_count < PLOT_SCENARIO_COUNT_MAX)
			data.scenarios[data.scenario_count++] = scenario;
		else
			data.has_more |= has_any;
	}
	for (unsigned int kernel = 0; kernel < grid->kernel_count; kernel++) {
		bool has_any = false;

		for (unsigned int i = 0; i < data.scenario_count; i++)
			has_any |= figures_at(&data, kernel, data.scenarios[i])->attach_count > 0;
		if (has_any && data.kernel_count < PLOT_KERNEL_COUNT_MAX)
			data.kernels[data.kernel_count++] = kernel;
		else
			data.has_more |= has_any;
	}
	select_distributions(&data);
	*ret_data = data;
}

/* --- the script --- */

static void put_name(FILE *script, const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";

	fputc('\'', script);
	for (unsigned int i = 0; name[i] && i < 48; i++)
		fputc(strchr(allowed, name[i]) ? name[i] : '_', script);
	fputc('\'', script);
}

static void put_terminal(FILE *script, unsigned int height)
{
	fprintf(script,
		"set terminal svg size 960,%u font 'sans-serif,12' noenhanced\n"
		"set border 3\nset grid xtics mxtics lt 1 lw 0.5 lc rgb '#8b949e', lt 1 lw 0.2 lc rgb '#8b949e'\n"
		"set tics nomirror out\nset key outside top left horizontal Left reverse maxcols 3\n",
		height);
}

static unsigned int key_height(const struct plot_data *data)
{
	return data->kernel_count / 3 * KEY_HEIGHT;
}

static void put_axes(FILE *script, const struct plot_data *data)
{
	put_terminal(script, HEIGHT_FIXED + key_height(data) +
				     data->scenario_count * (data->kernel_count * HEIGHT_KERNEL + HEIGHT_GAP));
	fprintf(script, "set yrange [%u.5:-0.5]\nset ytics (", data->scenario_count - 1);
	for (unsigned int i = 0; i < data->scenario_count; i++) {
		fputs(i ? ", " : "", script);
		put_name(script, data->grid->scenarios[data->scenarios[i]]);
		fprintf(script, " %u", i);
	}
	fputs(")\n", script);
}

/* A block of numbers a kernel: line, and the figures. */
static void put_data(FILE *script, const struct plot_data *data)
{
	for (unsigned int k = 0; k < data->kernel_count; k++) {
		fprintf(script, "$kernel%u << END\n", k);
		for (unsigned int s = 0; s < data->scenario_count; s++) {
			const struct figures *figures = figures_at(data, data->kernels[k], data->scenarios[s]);
			/* A gap as wide as one kernel between two scenarios. */
			double line = s + (k + 1.0) / (data->kernel_count + 1.0) - 0.5;

			if (figures->attach_count > 0)
				fprintf(script, "%.4f %.3f %.3f %.3f %.3f\n", line, (double)figures->p50_ns / 1e3,
					(double)figures->p99_ns / 1e3, (double)figures->max_ns / 1e3,
					figures_percent(figures->lost_try_count, figures->try_count));
		}
		fputs("END\n", script);
	}
}

static void put_latency(FILE *script, const struct plot_data *data)
{
	fputs("set logscale x\nset format x '%.0s %cs'\nset xlabel 'time of an attach'\nplot ", script);
	for (unsigned int k = 0; k < data->kernel_count; k++) {
		fprintf(script,
			"%s$kernel%u using ($2/1e6):1:(($3-$2)/1e6):(0) with vectors nohead lw 2.5 lc rgb '%s' "
			"notitle, "
			"'' using ($4/1e6):1 with points pt 2 ps 1 lc rgb '%s' notitle, "
			"'' using ($2/1e6):1 with points pt %d ps 0.8 lc rgb '%s' title ",
			k ? ", " : "", k, colors[k], colors[k], shapes[k], colors[k]);
		put_name(script, data->grid->kernels[data->kernels[k]]);
	}
	fputc('\n', script);
}

static void put_collisions(FILE *script, const struct plot_data *data)
{
	fputs("set xrange [0:*]\nset format x '%g %%'\nset xlabel 'tries that lost a race'\nplot ", script);
	for (unsigned int k = 0; k < data->kernel_count; k++) {
		fprintf(script,
			"%s$kernel%u using (0):1:5:(0) with vectors nohead lw 2.5 lc rgb '%s' notitle, "
			"'' using 5:1 with points pt %d ps 0.8 lc rgb '%s' title ",
			k ? ", " : "", k, colors[k], shapes[k], colors[k]);
		put_name(script, data->grid->kernels[data->kernels[k]]);
	}
	fputc('\n', script);
}

/* What share of the attaches took at most so long.  Nothing is known of the times within a bin: a point is its end. */
static void put_curve(FILE *script, unsigned int k, const struct histogram *times)
{
	uint64_t total = histogram_total(times), sum = 0;

	fprintf(script, "$times%u << END\n", k);
	for (unsigned int bin = 0; bin + 1 < HISTOGRAM_BIN_COUNT && total > 0 && sum < total; bin++) {
		/* The curve begins where the first bin does. */
		if (sum == 0 && times->counts[bin] > 0 && bin > 0)
			fprintf(script, "%" PRIu64 " 0\n", histogram_bin_begin(bin));
		sum += times->counts[bin];
		if (sum > 0)
			fprintf(script, "%" PRIu64 " %.3f\n", histogram_bin_begin(bin + 1),
				figures_percent(sum, total));
	}
	fputs("END\n", script);
}

static void put_distribution(FILE *script, const struct plot_data *data, unsigned int scenario)
{
	bool is_first = true;

	put_terminal(script, HEIGHT_DISTRIBUTION + key_height(data));
	fputs("set grid ytics\nset logscale x\nset format x '%.0s %cs'\nset yrange [0:100]\nset ytics 25\n"
	      "set format y '%g %%'\nset ylabel 'of the attaches'\nset xlabel 'took at most'\n",
	      script);
	for (unsigned int k = 0; k < data->kernel_count; k++) {
		struct histogram times = figures_times(figures_at(data, data->kernels[k], scenario));

		put_curve(script, k, &times);
	}
	fputs("plot ", script);
	for (unsigned int k = 0; k < data->kernel_count; k++) {
		struct histogram times = figures_times(figures_at(data, data->kernels[k], scenario));

		if (histogram_total(&times) == 0)
			continue;
		fprintf(script, "%s$times%u using ($1/1e9):2 with linespoints lw 1.5 pt %d ps 0.5 lc rgb '%s' title ",
			is_first ? "" : ", ", k, shapes[k], colors[k]);
		put_name(script, data->grid->kernels[data->kernels[k]]);
		is_first = false;
	}
	fputc('\n', script);
}

char *plot_script(const struct plot_data *data)
{
	/* Each picture is whole before the next one begins. */
	static const char next[] = "set output\nreset\n";
	char *script = NULL;
	size_t script_bytes;
	FILE *stream = open_memstream(&script, &script_bytes);

	if (!stream)
		return NULL;
	fputs("set encoding utf8\n", stream);
	put_axes(stream, data);
	put_data(stream, data);
	put_latency(stream, data);
	fputs(next, stream);
	put_axes(stream, data);
	put_collisions(stream, data);
	for (unsigned int i = 0; i < data->distribution_count; i++) {
		fputs(next, stream);
		put_distribution(stream, data, data->distributions[i]);
	}
	if (fclose(stream) == 0)
		return script;
	free(script);
	return NULL;
}

/* --- the picture --- */

static const char style[] = "<style>svg{color:#1f2328;background:#fff}"
			    "@media(prefers-color-scheme:dark){svg{color:#e6edf3;background:#14171c}}</style>";

static const char svg_end[] = "</svg>";

/* gnuplot names the colour of what it was not told a colour for in either kind of quotes. */
static size_t black_bytes(const char *at)
{
	return strncmp(at, "\"black\"", 7) == 0 || strncmp(at, "'black'", 7) == 0 ? 7 : 0;
}

char *plot_next(const char **output)
{
	const char *begin = strstr(*output, "<svg");
	const char *body = begin ? strchr(begin, '>') : NULL;
	const char *end = body ? strstr(body, svg_end) : NULL;
	char *text = NULL;
	size_t text_bytes;
	FILE *stream = end ? open_memstream(&text, &text_bytes) : NULL;

	if (!stream)
		return NULL;
	end += sizeof(svg_end) - 1;
	fwrite(begin, 1, (size_t)(body + 1 - begin), stream);
	fputs(style, stream);
	for (const char *at = body + 1; at < end;) {
		if (black_bytes(at)) {
			fputs("\"currentColor\"", stream);
			at += black_bytes(at);
		} else {
			fputc(*at++, stream);
		}
	}
	if (fclose(stream) == 0) {
		*output = end;
		return text;
	}
	free(text);
	return NULL;
}
