/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The live line of a run whose cells run at the same time: how many are done, what they said, how long it may still take.
 * On a terminal the line is redrawn; elsewhere a new one is written now and then.
 */
#pragma once

#include "harness/judge/judge.h"

#include <stddef.h>
#include <stdint.h>

struct matrix_progress {
	unsigned int total_count;
	unsigned int earlier_count; /* of a run that is gone on with: done before we began */
	unsigned int done_count;    /* with those */
	unsigned int running_count;
	unsigned int verdict_counts[VERDICT_VIOLATION + 1]; /* of those done by us */
	uint64_t start_ns;
	uint64_t next_line_ns;
	bool is_terminal;
	bool is_shown;
};

#define MATRIX_PROGRESS_BYTES 192

/**
 * matrix_progress_text() - the line
 * @progress:	its counts
 * @elapsed_ns:	since it began
 * @text:	MATRIX_PROGRESS_BYTES of room
 *
 * The time left supposes that cells go on to take as long as those that are done.
 *
 * Return: @text.
 */
const char *matrix_progress_text(const struct matrix_progress *progress, uint64_t elapsed_ns,
				 char text[MATRIX_PROGRESS_BYTES]);

/**
 * matrix_progress_start() - begin
 * @progress:	its total and earlier counts are set, all else is written
 */
void matrix_progress_start(struct matrix_progress *progress);

/**
 * matrix_progress_tick() - show what there is now
 * @progress:	from matrix_progress_start()
 */
void matrix_progress_tick(struct matrix_progress *progress);

/**
 * matrix_progress_end() - clear the line
 * @progress:	from matrix_progress_start()
 */
void matrix_progress_end(struct matrix_progress *progress);
