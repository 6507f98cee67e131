/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the run of report_samples.h as a run's folder, for checks by other programs than ours: see check-reports. */
#include <stdio.h>
#include <stdlib.h>

#include "harness/recorder/markers.h"
#include "harness/report/run_directory.h"
#include "tests/report_samples.h"

static const char scenario[] = "[scenario]\nsummary = " NASTY "\n";
static const char console[] = "[    0.000001] boot\r\n[    0.000002] " LOOPRACE_START_MARKER "\r\n"
			      "[    1.000000] " NASTY "\r\n[    2.000000] Kernel panic - not syncing: " NASTY "\r\n";

static int write_run(const char *out, struct report_samples *samples, struct report_error *error)
{
	static char directories[SAMPLE_COUNT][256];
	struct run_directory directory;
	int r = run_directory_create(out, NULL, &directory, error);

	if (r < 0)
		return r;
	for (unsigned int i = 0; r == 0 && i < SAMPLE_COUNT; i++) {
		const struct cell_record *record = &samples->records[i];
		char *relative, *path;

		r = run_directory_add_cell(&directory, record->kernel.release, record->scenario, 1, &relative, &path,
					   error);
		if (r < 0)
			break;
		snprintf(directories[i], sizeof(directories[i]), "%s", relative);
		samples->cells[i].directory = directories[i];
		r = cell_write_scenario(path, scenario, sizeof(scenario) - 1, error);
		if (r == 0)
			r = file_write(path, "console.log", console, sizeof(console) - 1, error);
		if (r == 0)
			r = cell_write(path, record, error);
		if (r == 0)
			r = report_write_cell(path, &samples->cells[i], error);
		free(relative);
		free(path);
	}
	if (r == 0)
		r = report_write(directory.path, &samples->run, error);
	if (r == 0)
		r = run_directory_finish(&directory, error);
	run_directory_fini(&directory);
	return r;
}

int main(int argc, char **argv)
{
	struct report_samples samples;
	struct report_error error;
	int r;

	if (argc != 2) {
		fputs("Usage: write-reports NEW_FOLDER\n", stderr);
		return 2;
	}
	report_samples_init(&samples);
	r = write_run(argv[1], &samples, &error);
	if (r < 0)
		fprintf(stderr, "write-reports: %s\n", error.text);
	else
		report_print_summary(stdout, &samples.run, false);
	report_samples_fini(&samples);
	return r < 0 ? 1 : 0;
}
