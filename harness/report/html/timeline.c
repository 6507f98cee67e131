/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The picture of timeline.h.
 *
 * Of the calls of a proof one may take a microsecond and another begin a second later.  So the axis is no scale: what is
 * drawn is which moment comes before which, and each stretch between two moments is as wide as its length has digits
 * (in base 2).  The times themselves stand at the moments, and in the table beside the picture.
 */
#include "harness/report/html/timeline.h"

#include <stdio.h>
#include <stdlib.h>

#include "harness/report/html/html.h"

#define WIDTH		 960
#define LEFT		 84  /* where the bars begin; names of the rows stand before */
#define RIGHT		 936 /* where they end */
#define LANE_HEIGHT	 32
#define ROW_GAP		 8
#define AXIS_HEIGHT	 34
#define CHAR_WIDTH	 7 /* at most, of the labels' font, on average */
#define LABEL_CHARS	 118
#define MOMENT_COUNT_MAX (2 * PROOF_CALL_COUNT_MAX)

struct timeline {
	const struct finding *finding;
	struct html *svg;
	unsigned int row_count;
	const struct proof_call *rows[PROOF_CALL_COUNT_MAX]; /* the first call of each row */
	unsigned int moment_count;
	uint64_t moments[MOMENT_COUNT_MAX];    /* sorted, each once */
	unsigned int places[MOMENT_COUNT_MAX]; /* x of each */
};

static const char style[] =
	"svg{color:#1f2328;background:#fff}.row{fill:#f0f2f5}.ok{fill:#2f6fd0}.failed{fill:#b58900}"
	".open{fill:#c0392b}.moment{stroke:#8b949e;stroke-dasharray:2 3}.small{font-size:11px;fill:#59636e}"
	"text{font:12px sans-serif;fill:currentColor}"
	"@media(prefers-color-scheme:dark){svg{color:#e6edf3;background:#14171c}.row{fill:#20252c}.ok{fill:#6ea8fe}"
	".failed{fill:#d9a927}.open{fill:#ff7b72}.small{fill:#a5afba}}";

static bool is_same_row(const struct proof_call *a, const struct proof_call *b)
{
	bool is_kernel = proof_call_is_uevent(a);

	return is_kernel == proof_call_is_uevent(b) && (is_kernel || a->worker == b->worker);
}

static void find_rows(struct timeline *timeline)
{
	const struct finding *finding = timeline->finding;

	for (unsigned int i = 0; i < finding->call_count; i++) {
		unsigned int row = 0;

		while (row < timeline->row_count && !is_same_row(timeline->rows[row], &finding->calls[i]))
			row++;
		if (row == timeline->row_count)
			timeline->rows[timeline->row_count++] = &finding->calls[i];
	}
}

/* --- the axis --- */

/* 0: it has not returned. */
static uint64_t end_of(const struct proof_call *call)
{
	uint64_t begin_ns = recorder_call_ns(&call->record);

	if (proof_call_is_uevent(call))
		return begin_ns;
	if (!call->record.return_ns)
		return 0;
	return call->record.return_ns < begin_ns ? begin_ns : call->record.return_ns;
}

static void add_moment(struct timeline *timeline, uint64_t moment)
{
	unsigned int at = timeline->moment_count;

	for (unsigned int i = 0; i < timeline->moment_count; i++)
		if (timeline->moments[i] == moment)
			return;
	for (; at > 0 && timeline->moments[at - 1] > moment; at--)
		timeline->moments[at] = timeline->moments[at - 1];
	timeline->moments[at] = moment;
	timeline->moment_count++;
}

static unsigned int digits_of(uint64_t ns)
{
	return 4 + 64 - (unsigned int)__builtin_clzll(ns / 256 | 1);
}

static void place_moments(struct timeline *timeline)
{
	const struct finding *finding = timeline->finding;
	unsigned int digits[MOMENT_COUNT_MAX] = { 0 };
	/* A last stretch, for what has not returned. */
	unsigned int sum = 4, before = 0;

	for (unsigned int i = 0; i < finding->call_count; i++) {
		add_moment(timeline, recorder_call_ns(&finding->calls[i].record));
		if (end_of(&finding->calls[i]))
			add_moment(timeline, end_of(&finding->calls[i]));
	}
	for (unsigned int i = 1; i < timeline->moment_count; i++)
		sum += digits[i] = digits_of(timeline->moments[i] - timeline->moments[i - 1]);
	for (unsigned int i = 0; i < timeline->moment_count; i++) {
		before += digits[i];
		timeline->places[i] = LEFT + (RIGHT - LEFT) * before / sum;
	}
}

static unsigned int place_of(const struct timeline *timeline, uint64_t moment)
{
	for (unsigned int i = 0; i < timeline->moment_count; i++)
		if (timeline->moments[i] == moment)
			return timeline->places[i];
	return RIGHT;
}

/* The first moment as all other times of the report are told, the others counted from it, where there is room. */
static void draw_axis(const struct timeline *timeline, uint64_t origin_ns, unsigned int height)
{
	struct html *svg = timeline->svg;
	uint64_t first = timeline->moments[0];
	uint64_t distance_ns = first < origin_ns ? origin_ns - first : first - origin_ns;
	unsigned int free_from = LEFT + 100;

	html_put(svg, "<text class=\"small\" x=\"%d\" y=\"14\">%c%" PRIu64 ".%06u s</text>\n", LEFT,
		 first < origin_ns ? '-' : '+', distance_ns / 1000000000, (unsigned int)(distance_ns / 1000 % 1000000));
	for (unsigned int i = 0; i < timeline->moment_count; i++) {
		html_put(svg, "<path class=\"moment\" d=\"M%u.5 20V%u\"/>\n", timeline->places[i], height);
		if (i == 0 || timeline->places[i] < free_from || timeline->places[i] > WIDTH - 64)
			continue;
		html_put(svg, "<text class=\"small\" x=\"%u\" y=\"14\">+", timeline->places[i]);
		html_put_duration(svg, timeline->moments[i] - first);
		html_put(svg, "</text>\n");
		free_from = timeline->places[i] + 72;
	}
}

/* --- the rows --- */

static const char *class_of(const struct proof_call *call)
{
	return end_of(call) == 0 ? "open" : call->record.result < 0 ? "failed" : "ok";
}

static void draw_label(const struct timeline *timeline, unsigned int number, unsigned int x, unsigned int y)
{
	const struct proof_call *call = &timeline->finding->calls[number - 1];
	char title[LABEL_CHARS];
	int length = proof_call_title(call, title, sizeof(title));
	bool is_cut = length >= (int)sizeof(title);
	unsigned int width = CHAR_WIDTH * ((is_cut ? (unsigned int)sizeof(title) : (unsigned int)length) + 16);
	bool is_at_end = x + width > WIDTH;

	html_put(timeline->svg, "<text x=\"%u\" y=\"%u\" text-anchor=\"%s\">%u. %s%s", is_at_end ? WIDTH - 8 : x, y,
		 is_at_end ? "end" : "start", number, title, is_cut ? "..." : "");
	if (!end_of(call)) {
		html_put(timeline->svg, ", has not returned");
	} else if (!proof_call_is_uevent(call)) {
		html_put(timeline->svg, ", ");
		html_put_duration(timeline->svg, end_of(call) - recorder_call_ns(&call->record));
	}
	html_put(timeline->svg, "</text>\n");
}

static void draw_call(const struct timeline *timeline, unsigned int number, unsigned int y)
{
	const struct proof_call *call = &timeline->finding->calls[number - 1];
	unsigned int begin = place_of(timeline, recorder_call_ns(&call->record));
	unsigned int end = end_of(call) ? place_of(timeline, end_of(call)) : RIGHT + 16;

	html_put(timeline->svg, "<rect class=\"%s\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"9\" rx=\"2\"/>\n",
		 class_of(call), begin, y + 18, end > begin + 3 ? end - begin : 3);
	draw_label(timeline, number, begin, y + 13);
}

/* Returns where the next row begins. */
static unsigned int draw_row(const struct timeline *timeline, unsigned int row, unsigned int y)
{
	const struct finding *finding = timeline->finding;
	unsigned int lane_count = 0;

	for (unsigned int i = 0; i < finding->call_count; i++)
		lane_count += is_same_row(timeline->rows[row], &finding->calls[i]);
	html_put(timeline->svg, "<rect class=\"row\" x=\"0\" y=\"%u\" width=\"%d\" height=\"%u\" rx=\"4\"/>\n", y,
		 WIDTH, lane_count * LANE_HEIGHT);
	if (proof_call_is_uevent(timeline->rows[row]))
		html_put(timeline->svg, "<text x=\"8\" y=\"%u\">kernel</text>\n", y + 20);
	else
		html_put(timeline->svg, "<text x=\"8\" y=\"%u\">worker %u</text>\n", y + 20,
			 timeline->rows[row]->worker);
	return y + lane_count * LANE_HEIGHT + ROW_GAP;
}

static void draw_calls(const struct timeline *timeline, unsigned int row, unsigned int y)
{
	const struct finding *finding = timeline->finding;

	for (unsigned int i = 0; i < finding->call_count; i++) {
		if (!is_same_row(timeline->rows[row], &finding->calls[i]))
			continue;
		draw_call(timeline, i + 1, y);
		y += LANE_HEIGHT;
	}
}

char *timeline_svg(const struct finding *finding, uint64_t origin_ns)
{
	struct timeline timeline = { .finding = finding, .svg = html_begin() };
	unsigned int tops[PROOF_CALL_COUNT_MAX];
	unsigned int y = AXIS_HEIGHT - ROW_GAP;
	unsigned int height;

	find_rows(&timeline);
	place_moments(&timeline);
	height = y + finding->call_count * LANE_HEIGHT + timeline.row_count * ROW_GAP;
	html_put(timeline.svg,
		 "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" viewBox=\"0 0 %d %u\">\n"
		 "<style>%s</style>\n",
		 WIDTH, height, WIDTH, height, style);
	for (unsigned int row = 0; row < timeline.row_count; row++) {
		tops[row] = y;
		y = draw_row(&timeline, row, y);
	}
	draw_axis(&timeline, origin_ns, y - ROW_GAP);
	for (unsigned int row = 0; row < timeline.row_count; row++)
		draw_calls(&timeline, row, tops[row]);
	html_put(timeline.svg, "</svg>\n");
	return html_end(timeline.svg);
}
