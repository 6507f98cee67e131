/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run for the person who started it: what happened first, then why, then the figures, then the proof, then what to do
 * next.  At most WIDTH columns, but a path or a command is never broken: it is there to be copied.
 *
 * Of many cells it tells in full what somebody has to look at, and of that one cell of each kernel and scenario; what
 * passed needs no words but in the table.  The table and the totals come last, where the end of a log is read first.
 */
#include "harness/report/reports.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/checks.h"
#include "harness/report/remark.h"
#include "harness/report/table.h"
#include "harness/report/text.h"
#include "harness/report/verdict_color.h"
#include "harness/stats/interval.h"

#define WIDTH  100
#define INDENT 11
/* Cells in full; a kernel that breaks everything should not fill the log. */
#define TROUBLE_COUNT_MAX 20

static void print_verdict(FILE *stream, enum verdict verdict, bool has_color)
{
	fprintf(stream, "%s%-9s%s", has_color ? verdict_color(verdict) : "", verdict_name(verdict),
		has_color ? COLOR_END : "");
}

/* With the unit that fits, and one decimal. */
static void print_time(FILE *stream, uint64_t ns)
{
	static const struct {
		uint64_t ns;
		const char *name;
	} units[] = { { 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (ns >= units[i].ns) {
			fprintf(stream, "%" PRIu64 ".%" PRIu64 " %s", ns / units[i].ns,
				ns % units[i].ns * 10 / units[i].ns, units[i].name);
			return;
		}
	}
	fprintf(stream, "%" PRIu64 " ns", ns);
}

static void print_figures(FILE *stream, const struct judgement_counts *counts)
{
	if (counts->foreign_race_count > 0)
		fprintf(stream,
			"%*sKCSAN told of %" PRIu64
			" data races in which the loop driver has no part, see console.log\n",
			INDENT, "", counts->foreign_race_count);
	if (counts->record_count == 0)
		return;
	if (counts->injected_count > 0)
		fprintf(stream, "%*s%" PRIu64 " calls with an injected failure\n", INDENT, "", counts->injected_count);
	if (counts->try_count == 0 && counts->attach_count == 0) {
		fprintf(stream, "%*s%" PRIu64 " calls; ran ", INDENT, "", counts->record_count);
		print_time(stream, counts->run_ns);
		fputc('\n', stream);
		return;
	}
	fprintf(stream, "%*s%" PRIu64 " attaches", INDENT, "", counts->attach_count);
	if (counts->run_ns > 0)
		fprintf(stream, ", %.0f/s", (double)counts->attach_count * 1e9 / (double)counts->run_ns);
	fprintf(stream, "; %" PRIu64 " tries lost", counts->lost_try_count);
	if (counts->try_count > 0)
		fprintf(stream, " (%.1f %%)", 100.0 * (double)counts->lost_try_count / (double)counts->try_count);
	if (counts->bind_count > 0)
		fprintf(stream, ", %.1f %% of binds EBUSY",
			100.0 * (double)counts->lost_bind_count / (double)counts->bind_count);
	fprintf(stream, "; %" PRIu64 " gave up", counts->gave_up_count);
	if (counts->failed_count > 0)
		fprintf(stream, ", %" PRIu64 " failed", counts->failed_count);
	if (counts->attach_count > 0) {
		fprintf(stream, "\n%*sattach p50 ", INDENT, "");
		print_time(stream, counts->attach_p50_ns);
		fputs(", p99 ", stream);
		print_time(stream, counts->attach_p99_ns);
		fputs(", longest ", stream);
		print_time(stream, counts->attach_max_ns);
		fputs("; ran ", stream);
		print_time(stream, counts->run_ns);
	}
	fputc('\n', stream);
}

static void print_finding(FILE *stream, const struct report_cell *cell, const struct finding *finding)
{
	char call[REPORT_CALL_BYTES];

	fprintf(stream, "\n%*s%s", INDENT, "", rule_name(finding->rule));
	if (finding->is_expected)
		fputs(" (planted by the scenario, and found)", stream);
	else if (finding_is_known(finding))
		fprintf(stream, " (known bug: %s)", finding->known_name);
	else if (finding->verdict != VERDICT_VIOLATION)
		fprintf(stream, " (%s)", verdict_name(finding->verdict));
	if (finding->count > 1)
		fprintf(stream, ", %" PRIu64 " times%s; the first:", finding->count,
			finding->known_count == 0 || finding_is_known(finding) ? "" : ", known bugs included");
	fputc('\n', stream);
	if (finding->text)
		text_print_wrapped(stream, finding->text, INDENT, WIDTH);
	for (unsigned int i = 0; i < finding->call_count; i++)
		fprintf(stream, "%*s%s\n", INDENT + 2, "", report_call(cell, &finding->calls[i], call));
}

static void print_kernel(FILE *stream, const struct cell_record *record)
{
	char text[REPORT_REMARK_BYTES];
	bool is_first = true;

	for (unsigned int remark = 0; remark < REPORT_REMARK_COUNT; remark++) {
		if (!report_remark(record, (enum report_remark)remark, text))
			continue;
		fputs(is_first ? "  kernel   " : "           ", stream);
		text_print_line(stream, text, "");
		fputc('\n', stream);
		is_first = false;
	}
}

/* Where it ran, and why not under KVM: software emulation is a different machine, and nobody should have to guess. */
static void print_machine(FILE *stream, const struct cell_record *record)
{
	const struct cell_qemu *qemu = &record->qemu;

	if (!record->has_qemu || !qemu->accel)
		return;
	fputs("  machine  ", stream);
	text_print_line(stream, qemu->accel, "");
	fprintf(stream, ", %u CPUs, %u MiB, QEMU ", record->cpu_count, record->memory_mib);
	text_print_line(stream, qemu->version ? qemu->version : "?", "");
	fputc('\n', stream);
	if (qemu->accel_reason && qemu->accel_reason[0])
		text_print_wrapped(stream, qemu->accel_reason, INDENT, WIDTH);
	if (qemu->workarounds && qemu->workarounds[0])
		text_print_wrapped(stream, qemu->workarounds, INDENT, WIDTH);
}

static void print_evidence(FILE *stream, const struct report_run *run, const struct report_cell *cell)
{
	if (!run->directory && !cell->directory)
		return;
	fputs("  evidence ", stream);
	/* A report over many runs knows where each cell is now, a run knows where it will be. */
	if (!run->directory && cell->path) {
		text_print_line(stream, cell->path, "");
		fputc('\n', stream);
		return;
	}
	if (run->directory)
		text_print_line(stream, run->directory, "");
	if (run->directory && cell->directory)
		fputc('/', stream);
	if (cell->directory)
		text_print_line(stream, cell->directory, "");
	fputc('\n', stream);
}

static void print_cell(FILE *stream, const struct report_run *run, const struct report_cell *cell, bool has_color)
{
	const struct judgement *judgement = cell->judgement;

	print_verdict(stream, judgement->verdict, has_color);
	fputs("  ", stream);
	text_print_line(stream, report_kernel(cell), "");
	fputs("  ", stream);
	text_print_line(stream, report_scenario(cell), "");
	fputc('\n', stream);
	text_print_wrapped(stream, judgement->reason, INDENT, WIDTH);
	print_figures(stream, &judgement->counts);
	for (unsigned int i = 0; i < judgement->finding_count; i++)
		print_finding(stream, cell, &judgement->findings[i]);
	if (judgement->finding_count > 0)
		fputc('\n', stream);
	print_kernel(stream, cell->record);
	print_machine(stream, cell->record);
	print_evidence(stream, run, cell);
	if (cell->record->command_line) {
		fputs("  repeat   ", stream);
		text_print_line(stream, cell->record->command_line, "");
		fputc('\n', stream);
	}
}

static void print_totals(FILE *stream, const struct report_run *run, bool has_color)
{
	static const enum verdict order[] = { VERDICT_VIOLATION, VERDICT_BROKEN, VERDICT_UNKNOWN, VERDICT_PASS,
					      VERDICT_SKIP };

	print_verdict(stream, report_worst_verdict(run->cells, run->cell_count), has_color);
	fprintf(stream, "  %u cells:", run->cell_count);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		unsigned int count = 0;

		for (unsigned int c = 0; c < run->cell_count; c++)
			count += run->cells[c].judgement->verdict == order[i];
		if (count > 0)
			fprintf(stream, " %u %s", count, verdict_name(order[i]));
	}
	fputc('\n', stream);
	if (run->directory) {
		fputs("  evidence ", stream);
		text_print_line(stream, run->directory, "");
		fputc('\n', stream);
	}
}

/* The first of the worst, whose proof stands for its repeats. */
static const struct report_cell *worst_cell(const struct grid_place *place)
{
	for (unsigned int i = 0; i < place->cell_count; i++)
		if (place->cells[i].judgement->verdict == place->worst)
			return &place->cells[i];
	return NULL;
}

static void print_troubles(FILE *stream, const struct report_run *run, const struct grid *grid, bool has_color)
{
	unsigned int shown_count = 0, left_out_count = 0;

	for (unsigned int i = 0; i < grid->kernel_count * grid->scenario_count; i++) {
		const struct grid_place *place = &grid->places[i];

		if (place->cell_count == 0 || place->worst == VERDICT_PASS || place->worst == VERDICT_SKIP)
			continue;
		if (shown_count == TROUBLE_COUNT_MAX) {
			left_out_count++;
			continue;
		}
		shown_count++;
		print_cell(stream, run, worst_cell(place), has_color);
		fputc('\n', stream);
	}
	if (left_out_count > 0)
		fprintf(stream, "%u more kernels and scenarios are not well; looprace report --format html has all\n\n",
			left_out_count);
}

/* Kernel and scenario, and what is to be said of them in a line. */
static void print_remark(FILE *stream, const char *label, const struct report_cell *cell)
{
	fprintf(stream, "%-9s  ", label);
	text_print_line(stream, report_kernel(cell), "");
	fputs("  ", stream);
	text_print_line(stream, report_scenario(cell), "");
	fputs(": ", stream);
}

static bool is_same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

/* A release may have been built twice, or have had another loop.ko. */
static bool has_one_driver(const struct grid_place *place)
{
	const struct cell_kernel *first = &place->cells[0].record->kernel;

	for (unsigned int i = 1; i < place->cell_count; i++) {
		const struct cell_kernel *other = &place->cells[i].record->kernel;

		if (!is_same_text(first->image_sha256, other->image_sha256) ||
		    !is_same_text(first->loop_sha256, other->loop_sha256))
			return false;
	}
	return true;
}

static void print_flaky(FILE *stream, const struct grid_place *place)
{
	unsigned int violation_count = place->verdict_counts[VERDICT_VIOLATION];
	unsigned int told_count = violation_count + place->verdict_counts[VERDICT_PASS];
	struct interval interval = interval_of_rate(violation_count, told_count);

	print_remark(stream, "flaky", place->cells);
	fprintf(stream, "VIOLATION in %u of %u, %.1f %% (95 %% interval %.1f %% to %.1f %%)%s\n", violation_count,
		told_count, 100.0 * violation_count / told_count, 100 * interval.low, 100 * interval.high,
		has_one_driver(place) ? "" : "; not all with the same kernel image and driver");
}

static bool has_known(const struct grid_place *place, const char *name)
{
	const struct judgement *judgement = place->cell_count > 0 ? worst_cell(place)->judgement : NULL;

	for (unsigned int i = 0; judgement && i < judgement->finding_count; i++)
		if (judgement->findings[i].known_name && strcmp(judgement->findings[i].known_name, name) == 0)
			return true;
	return false;
}

/* A bug that was found on many kernels, or by several rules, is one bug: told at the first kernel, with all of them. */
static void print_known_bug(FILE *stream, const struct grid *grid, unsigned int first, unsigned int scenario,
			    const char *name)
{
	const char *separator = "";

	for (unsigned int kernel = 0; kernel < first; kernel++)
		if (has_known(grid_place(grid, kernel, scenario), name))
			return;
	fputs("known bug  ", stream);
	text_print_line(stream, grid->scenarios[scenario], "");
	fputs(": ", stream);
	text_print_line(stream, name, "");
	fputs(" (", stream);
	for (unsigned int kernel = first; kernel < grid->kernel_count; kernel++) {
		if (!has_known(grid_place(grid, kernel, scenario), name))
			continue;
		fputs(separator, stream);
		table_print_kernel(stream, grid, kernel);
		separator = ", ";
	}
	fputs(")\n", stream);
}

static void print_known_bugs(FILE *stream, const struct grid *grid, unsigned int kernel, unsigned int scenario)
{
	const struct grid_place *place = grid_place(grid, kernel, scenario);
	const char *last_name = "";

	if (place->cell_count == 0)
		return;
	for (unsigned int i = 0; i < worst_cell(place)->judgement->finding_count; i++) {
		const char *name = worst_cell(place)->judgement->findings[i].known_name;

		/* The rules of one bug stand together, as what is worst stands first. */
		if (name && strcmp(name, last_name) != 0)
			print_known_bug(stream, grid, kernel, scenario, name);
		last_name = name ? name : last_name;
	}
}

static bool is_skip(const struct grid_place *place)
{
	return place->cell_count > 0 && place->worst == VERDICT_SKIP;
}

/* What is missing is missing for many scenarios of a kernel: told once. */
static void print_skips(FILE *stream, const struct grid *grid, unsigned int kernel)
{
	for (unsigned int i = 0; i < grid->scenario_count; i++) {
		const struct grid_place *place = grid_place(grid, kernel, i);
		unsigned int before_count = 0, after_count = 0;

		for (unsigned int j = 0; is_skip(place) && j < grid->scenario_count; j++) {
			const struct grid_place *other = grid_place(grid, kernel, j);

			if (j != i && is_skip(other) &&
			    strcmp(other->cells->judgement->reason, place->cells->judgement->reason) == 0)
				*(j < i ? &before_count : &after_count) += 1;
		}
		if (!is_skip(place) || before_count > 0)
			continue;
		print_remark(stream, "SKIP", place->cells);
		text_print_line(stream, place->cells->judgement->reason, "");
		if (after_count > 0)
			fprintf(stream, " (and %u more)", after_count);
		fputc('\n', stream);
	}
}

/* What the words of the table do not say: how flaky, which bug, what is missing. */
static void print_remarks(FILE *stream, const struct grid *grid)
{
	for (unsigned int i = 0; i < grid->kernel_count * grid->scenario_count; i++)
		if (grid->places[i].is_flaky)
			print_flaky(stream, &grid->places[i]);
	for (unsigned int scenario = 0; scenario < grid->scenario_count; scenario++)
		for (unsigned int kernel = 0; kernel < grid->kernel_count; kernel++)
			print_known_bugs(stream, grid, kernel, scenario);
	for (unsigned int kernel = 0; kernel < grid->kernel_count; kernel++)
		print_skips(stream, grid, kernel);
}

static void print_many(FILE *stream, const struct report_run *run, bool has_color)
{
	struct report_cell *cells = calloc(run->cell_count + 1, sizeof(*cells));
	struct report_run ordered = *run;
	struct grid grid;

	if (!cells)
		return;
	memcpy(cells, run->cells, run->cell_count * sizeof(*cells));
	report_order(cells, run->cell_count);
	ordered.cells = cells;
	if (grid_make(&ordered, &grid) == 0) {
		print_troubles(stream, &ordered, &grid, has_color);
		table_print(stream, &grid, has_color);
		fputc('\n', stream);
		print_remarks(stream, &grid);
		grid_fini(&grid);
	}
	free(cells);
}

void report_print_summary(FILE *stream, const struct report_run *run, bool has_color)
{
	if (run->cell_count == 1)
		print_cell(stream, run, &run->cells[0], has_color);
	else
		print_many(stream, run, has_color);
	if (run->cell_count != 1)
		print_totals(stream, run, has_color);
	if (run->is_interrupted)
		fputs("  interrupted: what did not run is missing here\n", stream);
}
