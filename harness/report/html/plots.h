/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plots of what attaching cost, for gnuplot: one script for all is made here, and its pictures are adapted here; that it
 * runs is gnuplot.h's matter.
 */
#pragma once

#include "harness/report/html/figures.h"

enum plot {
	PLOT_LATENCY,	 /* of successful attaches: median, 99 %, longest */
	PLOT_COLLISIONS, /* share of the tries that lost a race */
	PLOT_COUNT,	 /* behind them a picture for each of plot_data.distributions */
};

/* More of them would be a picture that nobody can read. */
#define PLOT_KERNEL_COUNT_MAX	10
#define PLOT_SCENARIO_COUNT_MAX 40
/* So many pictures of how the times spread, of scenarios with so many attaches: fewer would be no curve. */
#define PLOT_DISTRIBUTION_COUNT_MAX  12
#define PLOT_DISTRIBUTION_ATTACH_MIN 20

/* The figures of all places, [kernel * scenario_count + scenario]; of those that the plots show. */
struct plot_data {
	const struct grid *grid;
	const struct figures *figures;
	unsigned int scenario_count; /* with any attach, at most PLOT_SCENARIO_COUNT_MAX */
	unsigned int scenarios[PLOT_SCENARIO_COUNT_MAX];
	unsigned int kernel_count; /* likewise */
	unsigned int kernels[PLOT_KERNEL_COUNT_MAX];
	bool has_more; /* some did not fit */
	unsigned int distribution_count; /* those with the most attaches */
	unsigned int distributions[PLOT_DISTRIBUTION_COUNT_MAX];
	bool has_more_distributions;
	unsigned int untimed_cell_count; /* cells that no distribution can show */
};

/**
 * plot_select() - which kernels and scenarios have something to show
 * @grid:	table of the run
 * @figures:	of all its places
 * @ret_data:	borrows both
 */
void plot_select(const struct grid *grid, const struct figures *figures, struct plot_data *ret_data);

/**
 * plot_script() - what gnuplot is to do
 * @data:	with at least one scenario
 *
 * Names from outside are in it as letters, digits and "._+-" only: gnuplot's strings can run commands.
 *
 * Return: malloc'ed script that prints PLOT_COUNT and then distribution_count SVGs; NULL when memory is short.
 */
char *plot_script(const struct plot_data *data);

/**
 * plot_next() - take a picture off what gnuplot printed, and make it fit a light and a dark page
 * @output:	where the rest begins; moved behind the picture on success
 *
 * Return: malloc'ed SVG in which black is what the page's text is; NULL when there is none, or memory is short.
 */
char *plot_next(const char **output);
