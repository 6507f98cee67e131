/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See plots.h.  A line a scenario, in it one below the other the kernels, each with a colour and a shape of point of its
 * own: names stand where they can be read, and no kernel is told by its colour alone.
 */
#include "harness/report/html/plots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEIGHT_FIXED  120 /* axis, names of the kernels */
#define HEIGHT_KERNEL 13
#define HEIGHT_GAP    12 /* between two scenarios */
#define KEY_HEIGHT    18

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

static void put_axes(FILE *script, const struct plot_data *data, unsigned int height)
{
	fprintf(script,
		"set encoding utf8\n"
		"set terminal svg size 960,%u font 'sans-serif,12' noenhanced\n"
		"set border 3\nset grid xtics mxtics lt 1 lw 0.5 lc rgb '#8b949e', lt 1 lw 0.2 lc rgb '#8b949e'\n"
		"set tics nomirror out\nset key outside top left horizontal Left reverse maxcols 3\n"
		"set yrange [%u.5:-0.5]\nset ytics (",
		height, data->scenario_count - 1);
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

char *plot_script(enum plot plot, const struct plot_data *data)
{
	unsigned int height = HEIGHT_FIXED + data->kernel_count / 3 * KEY_HEIGHT +
			      data->scenario_count * (data->kernel_count * HEIGHT_KERNEL + HEIGHT_GAP);
	char *script = NULL;
	size_t script_bytes;
	FILE *stream = open_memstream(&script, &script_bytes);

	if (!stream)
		return NULL;
	put_axes(stream, data, height);
	put_data(stream, data);
	if (plot == PLOT_LATENCY)
		put_latency(stream, data);
	else
		put_collisions(stream, data);
	if (fclose(stream) == 0)
		return script;
	free(script);
	return NULL;
}

/* --- the picture --- */

static const char style[] = "<style>svg{color:#1f2328;background:#fff}"
			    "@media(prefers-color-scheme:dark){svg{color:#e6edf3;background:#14171c}}</style>";

/* gnuplot names the colour of what it was not told a colour for in either kind of quotes. */
static size_t black_bytes(const char *at)
{
	return strncmp(at, "\"black\"", 7) == 0 || strncmp(at, "'black'", 7) == 0 ? 7 : 0;
}

char *plot_adapt(const char *svg)
{
	const char *begin = strstr(svg, "<svg");
	const char *body = begin ? strchr(begin, '>') : NULL;
	char *text = NULL;
	size_t text_bytes;
	FILE *stream = body ? open_memstream(&text, &text_bytes) : NULL;

	if (!stream)
		return NULL;
	fwrite(begin, 1, (size_t)(body + 1 - begin), stream);
	fputs(style, stream);
	for (const char *at = body + 1; *at;) {
		if (black_bytes(at)) {
			fputs("\"currentColor\"", stream);
			at += black_bytes(at);
		} else {
			fputc(*at++, stream);
		}
	}
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}
