/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plots of what attaching cost, for gnuplot: its script is made here and its picture is adapted here; that it runs is
 * gnuplot.h's matter.
 */
#pragma once

#include "harness/report/html/figures.h"

enum plot {
	PLOT_LATENCY,	 /* of successful attaches: median, 99 %, longest */
	PLOT_COLLISIONS, /* share of the tries that lost a race */
	PLOT_COUNT,
};

/* More of them would be a picture that nobody can read. */
#define PLOT_KERNEL_COUNT_MAX	10
#define PLOT_SCENARIO_COUNT_MAX 40

/* The figures of all places, [kernel * scenario_count + scenario]; of those that the plots show. */
struct plot_data {
	const struct grid *grid;
	const struct figures *figures;
	unsigned int scenario_count; /* with any attach, at most PLOT_SCENARIO_COUNT_MAX */
	unsigned int scenarios[PLOT_SCENARIO_COUNT_MAX];
	unsigned int kernel_count; /* likewise */
	unsigned int kernels[PLOT_KERNEL_COUNT_MAX];
	bool has_more; /* some did not fit */
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
 * @plot:	which of them
 * @data:	with at least one scenario
 *
 * Names from outside are in it as letters, digits and "._+-" only: gnuplot's strings can run commands.
 *
 * Return: malloc'ed script that prints an SVG; NULL when memory is short.
 */
char *plot_script(enum plot plot, const struct plot_data *data);

/**
 * plot_adapt() - make gnuplot's picture fit a light and a dark page
 * @svg:	what gnuplot printed
 *
 * Return: malloc'ed copy in which black is what the page's text is; NULL when memory is short or it is no SVG.
 */
char *plot_adapt(const char *svg);
