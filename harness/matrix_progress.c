/* SPDX-License-Identifier: Apache-2.0 */
/* The line of a whole run; see matrix_progress.h. */
#include "harness/matrix_progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "harness/engine/clock.h"

#define SECOND_NS	 1000000000ull
#define LINE_INTERVAL_NS (10 * SECOND_NS)

static int put_time_left(char *text, size_t room, uint64_t left_s)
{
	if (left_s >= 5400)
		return snprintf(text, room, ", about %.1f h left", (double)left_s / 3600);
	if (left_s >= 90)
		return snprintf(text, room, ", about %" PRIu64 " min left", (left_s + 30) / 60);
	return snprintf(text, room, ", about %" PRIu64 " s left", left_s);
}

const char *matrix_progress_text(const struct matrix_progress *progress, uint64_t elapsed_ns,
				 char text[MATRIX_PROGRESS_BYTES])
{
	static const enum verdict order[] = { VERDICT_VIOLATION, VERDICT_BROKEN, VERDICT_UNKNOWN, VERDICT_PASS,
					      VERDICT_SKIP };
	unsigned int ours = progress->done_count - progress->earlier_count;
	unsigned int left = progress->total_count - progress->done_count;
	const char *separator = ":";
	size_t used;

	used = (size_t)snprintf(text, MATRIX_PROGRESS_BYTES, "%u/%u cells, %u running", progress->done_count,
				progress->total_count, progress->running_count);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (progress->verdict_counts[order[i]] == 0)
			continue;
		used += (size_t)snprintf(text + used, MATRIX_PROGRESS_BYTES - used, "%s %u %s", separator,
					 progress->verdict_counts[order[i]], verdict_name(order[i]));
		separator = ",";
	}
	/* Cells of the shortest kind may end first: the guess gets better with time. */
	if (ours > 0 && left > 0)
		put_time_left(text + used, MATRIX_PROGRESS_BYTES - used, elapsed_ns / SECOND_NS * left / ours);
	return text;
}

void matrix_progress_start(struct matrix_progress *progress)
{
	*progress = (struct matrix_progress){
		.total_count = progress->total_count,
		.earlier_count = progress->earlier_count,
		.done_count = progress->earlier_count,
		.start_ns = clock_now_ns(),
		.next_line_ns = clock_now_ns() + LINE_INTERVAL_NS,
		.is_terminal = isatty(STDERR_FILENO) == 1,
	};
}

void matrix_progress_tick(struct matrix_progress *progress)
{
	uint64_t now_ns = clock_now_ns();
	char text[MATRIX_PROGRESS_BYTES];

	if (progress->is_terminal) {
		fprintf(stderr, "\r\033[K%s", matrix_progress_text(progress, now_ns - progress->start_ns, text));
		progress->is_shown = true;
	} else if (now_ns >= progress->next_line_ns) {
		fprintf(stderr, "%s\n", matrix_progress_text(progress, now_ns - progress->start_ns, text));
		progress->next_line_ns = now_ns + LINE_INTERVAL_NS;
	}
	fflush(stderr);
}

void matrix_progress_end(struct matrix_progress *progress)
{
	if (progress->is_shown)
		fputs("\r\033[K", stderr);
	fflush(stderr);
	progress->is_shown = false;
}
