/* SPDX-License-Identifier: Apache-2.0 */
/* `looprace judge`: read stored evidence and judge it with today's rules.  Nothing stored is changed. */
#include "harness/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/report/reports.h"
#include "harness/report/run_directory.h"

struct judged {
	struct cell *cell;
	struct judgement judgement;
	char *directory;
};

struct judged_list {
	struct judged *entries;
	unsigned int count;
};

static int judge_cell(const char *directory, void *context, struct report_error *ret_error)
{
	struct judged_list *list = context;
	struct judged *entries = realloc(list->entries, (list->count + 1) * sizeof(*entries));
	struct judged judged = { .cell = NULL };
	int r;

	if (!entries)
		return -ENOMEM;
	list->entries = entries;
	r = cell_load(directory, &judged.cell, ret_error);
	if (r == 0)
		r = judge(&judged.cell->evidence, &judged.judgement);
	if (r == 0 && !(judged.directory = strdup(directory)))
		r = -ENOMEM;
	if (r < 0) {
		judgement_fini(&judged.judgement);
		cell_free(judged.cell);
		return r;
	}
	list->entries[list->count++] = judged;
	return 0;
}

static int show(const struct judged_list *list, bool as_json)
{
	struct report_cell *cells = calloc(list->count, sizeof(*cells));
	struct report_run run = { .command_line = "looprace judge", .cell_count = list->count, .cells = cells };
	int exit_code;
	char *text;

	if (!cells)
		return EXIT_CODE_BROKEN;
	for (unsigned int i = 0; i < list->count; i++)
		cells[i] = (struct report_cell){ .directory = list->entries[i].directory,
						 .record = &list->entries[i].cell->record,
						 .judgement = &list->entries[i].judgement };
	run.started_at = cells[0].record->started_at;
	if (as_json) {
		text = report_verdict_json(&run);
		fputs(text ? text : "", stdout);
		free(text);
	} else {
		report_print_summary(stdout, &run, isatty(STDOUT_FILENO) == 1);
	}
	exit_code = verdict_exit_code(report_worst_verdict(cells, list->count));
	free(cells);
	return exit_code;
}

int cmd_judge(const struct options *options)
{
	struct judged_list list = { .entries = NULL };
	struct report_error error = { "out of memory" };
	int exit_code = EXIT_CODE_USAGE;
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < options->operands.count; i++)
		r = run_directory_each_cell(options->operands.texts[i], judge_cell, &list, &error);
	if (r < 0)
		fprintf(stderr, "looprace judge: %s\n", error.text);
	if (r == 0 && list.count > 0)
		exit_code = show(&list, options->json);
	for (unsigned int i = 0; i < list.count; i++) {
		judgement_fini(&list.entries[i].judgement);
		cell_free(list.entries[i].cell);
		free(list.entries[i].directory);
	}
	free(list.entries);
	return exit_code;
}
