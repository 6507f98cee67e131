/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict as the page shows it: word, symbol and colour together, never the colour alone. */
#pragma once

#include "harness/report/grid.h"

struct mark {
	const char *style;  /* class of style.c */
	const char *symbol; /* one character, UTF-8 */
	const char *word;
};

/**
 * mark_of_verdict() - of a cell or a run
 * @verdict:	any
 *
 * Return: static strings.
 */
struct mark mark_of_verdict(enum verdict verdict);

/**
 * mark_of_place() - of all repeats at a place
 * @place:	with or without cells
 *
 * Return: the worst verdict's mark; one of its own for a flaky place and for one where nothing ran.
 */
struct mark mark_of_place(const struct grid_place *place);
