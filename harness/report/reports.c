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

int report_write(const char *directory, const struct report_run *run, struct report_error *ret_error)
{
	static const struct {
		const char *name;
		char *(*text)(const struct report_run *run);
	} files[] = {
		{ "run.json", report_run_json },
		{ "verdict.json", report_verdict_json },
		{ "report.ktap", report_ktap },
		{ "report.junit.xml", report_junit },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(files) / sizeof(files[0]); i++)
		r = write_text(directory, files[i].name, files[i].text(run), ret_error);
	return r;
}
