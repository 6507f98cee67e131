/* SPDX-License-Identifier: Apache-2.0 */
/* Figures from a running recorder; see progress.h. */
#include "harness/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/engine/clock.h"
#include "harness/judge/judge.h"

#define SECOND_NS	 1000000000u
#define LINE_INTERVAL_NS (10ull * SECOND_NS)

/* Judging the history so far may take a twentieth of the time. */
#define JUDGE_SHARE 20

void progress_start(struct progress *progress, const char *label, const void *memory, size_t memory_bytes,
		    uint64_t duration_ns)
{
	*progress = (struct progress){
		.label = label,
		.memory = memory,
		.memory_bytes = memory_bytes,
		.duration_ns = duration_ns,
		.is_terminal = isatty(STDERR_FILENO) == 1,
		.begin_ns = clock_now_ns(),
		.next_line_ns = clock_now_ns() + LINE_INTERVAL_NS,
	};
}

static void show(struct progress *progress, const char *text)
{
	if (progress->is_terminal) {
		fprintf(stderr, "\r\033[K%s: %s", progress->label, text);
		progress->is_shown = true;
	} else if (clock_now_ns() >= progress->next_line_ns) {
		fprintf(stderr, "%s: %s\n", progress->label, text);
		progress->next_line_ns = clock_now_ns() + LINE_INTERVAL_NS;
	}
	fflush(stderr);
}

static void judge_so_far(struct progress *progress, const struct history *history)
{
	uint64_t start_ns = clock_now_ns();
	uint64_t took_ns;

	if (start_ns < progress->next_judge_ns)
		return;
	progress->violation_count = judge_live(history);
	took_ns = clock_now_ns() - start_ns;
	progress->next_judge_ns = start_ns + SECOND_NS + JUDGE_SHARE * took_ns;
}

static void show_run(struct progress *progress, const struct history *history)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t attach_count = 0;
	uint64_t lost_count = 0;
	char of[32] = "";
	char text[160];
	double seconds;

	for (unsigned int i = 0; i < history->worker_count; i++) {
		attach_count += history->workers[i].attach_count;
		lost_count += history->workers[i].lost_count;
	}
	if (progress->start_ns == 0)
		progress->start_ns = progress->sample_ns = now_ns;
	if (now_ns - progress->sample_ns < SECOND_NS / 2)
		return;
	judge_so_far(progress, history);
	seconds = (double)(now_ns - progress->sample_ns) / SECOND_NS;
	if (progress->duration_ns != 0)
		snprintf(of, sizeof(of), "/%.0f", (double)progress->duration_ns / SECOND_NS);
	snprintf(text, sizeof(text), "%.1f%s s  %.0f attaches/s  %.0f lost tries/s  %" PRIu64 " violations",
		 (double)(now_ns - progress->start_ns) / SECOND_NS, of,
		 (double)(attach_count - progress->sample_attach_count) / seconds,
		 (double)(lost_count - progress->sample_lost_count) / seconds, progress->violation_count);
	show(progress, text);
	progress->sample_ns = now_ns;
	progress->sample_attach_count = attach_count;
	progress->sample_lost_count = lost_count;
}

/* Before and after the race: in which phase, and for how long the whole cell has lasted. */
static void show_phase(struct progress *progress, enum recorder_phase phase)
{
	char text[64];

	snprintf(text, sizeof(text), "%s, %.1f s",
		 phase == RECORDER_PHASE_formatted ? "boot" : recorder_phase_name(phase),
		 (double)(clock_now_ns() - progress->begin_ns) / SECOND_NS);
	show(progress, text);
}

void progress_tick(void *context)
{
	struct progress *progress = context;
	struct history_error error;
	struct history history;

	if (history_open(progress->memory, progress->memory_bytes, &history, &error) < 0)
		return;
	if (history.phase == RECORDER_PHASE_run)
		show_run(progress, &history);
	else
		show_phase(progress, history.phase);
	history_close(&history);
}

void progress_end(struct progress *progress)
{
	if (progress->is_shown)
		fputs("\r\033[K", stderr);
	fflush(stderr);
	progress->is_shown = false;
}
