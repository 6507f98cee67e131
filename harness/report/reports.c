/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict of a run, and its reports as files. */
#include "harness/report/reports.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum verdict report_worst_verdict(const struct report_cell *cells, unsigned int cell_count)
{
	enum verdict worst = VERDICT_SKIP;

	/* A run that shows nothing must not look like one that shows that all is well. */
	if (cell_count == 0)
		return VERDICT_BROKEN;
	for (unsigned int i = 0; i < cell_count; i++)
		if (cells[i].judgement->verdict > worst)
			worst = cells[i].judgement->verdict;
	return worst;
}

/* Takes @text. */
static int write_text(const char *directory, const char *name, char *text, struct report_error *ret_error)
{
	int r;

	if (!text) {
		report_error_set(ret_error, "%s/%s: %s", directory, name, strerror(ENOMEM));
		return -ENOMEM;
	}
	r = file_write(directory, name, text, strlen(text), ret_error);
	free(text);
	return r;
}

int report_write_cell(const char *directory, const struct report_cell *cell, struct report_error *ret_error)
{
	return write_text(directory, "verdict.json", report_cell_json(cell), ret_error);
}

struct report_run report_of_cells(const struct report_cell *cells, unsigned int cell_count, bool is_interrupted)
{
	struct report_run run = { .is_interrupted = is_interrupted, .cell_count = cell_count, .cells = cells };

	for (unsigned int i = 0; i < cell_count; i++) {
		const struct cell_record *record = cells[i].record;

		/* As text: RFC 3339 in UTC sorts as time does. */
		if (record->started_at && (!run.started_at || strcmp(record->started_at, run.started_at) < 0))
			run.started_at = record->started_at;
		run.total_ns += record->total_ns;
		run.is_interrupted |= record->is_interrupted;
	}
	return run;
}

const struct report_format *report_format_at(unsigned int index)
{
	static const struct report_format formats[] = {
#define X(name, file_name, text) { #name, file_name, text },
		REPORT_FORMATS(X)
#undef X
	};

	return index < sizeof(formats) / sizeof(formats[0]) ? &formats[index] : NULL;
}

int report_write_formats(const char *directory, const struct report_run *run, struct report_error *ret_error)
{
	const struct report_format *format;
	struct report_run written = *run;
	int r = 0;

	written.written_to = directory;
	for (unsigned int i = 0; r == 0 && (format = report_format_at(i)); i++)
		r = write_text(directory, format->file_name, format->text(&written), ret_error);
	return r;
}

int report_write(const char *directory, const struct report_run *run, struct report_error *ret_error)
{
	struct report_cell *cells = calloc(run->cell_count + 1, sizeof(*cells));
	struct report_run merged;
	int r;

	if (!cells) {
		report_error_set(ret_error, "%s: %s", directory, strerror(ENOMEM));
		return -ENOMEM;
	}
	memcpy(cells, run->cells, run->cell_count * sizeof(*cells));
	report_order(cells, run->cell_count);
	merged = report_of_cells(cells, run->cell_count, run->is_interrupted);
	r = write_text(directory, "run.json", report_run_json(run), ret_error);
	if (r == 0)
		r = report_write_formats(directory, &merged, ret_error);
	free(cells);
	return r;
}
