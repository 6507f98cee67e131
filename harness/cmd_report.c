/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `looprace report`: from the stored verdicts to one report, over as many runs as are named.  Nothing is judged, and the
 * exit code is that of the worst verdict, so that a job that merges the shards of others fails when one of them should.
 */
#include "harness/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/report/mixed_kernels.h"
#include "harness/report/stored_cells.h"

static int fail(const char *text)
{
	fprintf(stderr, "looprace report: %s\n", text);
	return EXIT_CODE_USAGE;
}

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int write_all(const char *folder, const struct report_run *run)
{
	struct report_error error;

	if (mkdir(folder, 0755) < 0 && errno != EEXIST) {
		report_error_set(&error, "--out: %s: cannot be made: %s; name a folder that can be written", folder,
				 strerror(errno));
		return fail(error.text);
	}
	return report_write_formats(folder, run, &error) < 0 ? fail(error.text) : 0;
}

static char *summary(const struct report_run *run)
{
	size_t text_bytes;
	char *text = NULL;
	FILE *stream = open_memstream(&text, &text_bytes);

	if (!stream)
		return NULL;
	report_print_summary(stream, run, false);
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

/* The folder of the file that --out names; NULL when memory is short. */
static char *folder_of(const char *out)
{
	const char *slash = strrchr(out, '/');

	if (is_folder(out))
		return strdup(out);
	return slash ? strndup(out, slash == out ? 1 : (size_t)(slash - out)) : strdup(".");
}

/* Wholly or not at all, as everything that is written for others to find. */
static int write_one(const char *out, const struct report_format *format, const struct report_run *run)
{
	struct report_run written = *run;
	struct report_error error = { "out of memory" };
	const char *slash = strrchr(out, '/');
	char *folder = folder_of(out);
	char *text = NULL;
	int r = -ENOMEM;

	if (folder) {
		written.written_to = folder;
		text = format->text(&written);
	}
	if (text)
		r = file_write(folder,
			       is_folder(out) ? format->file_name
			       : slash	      ? slash + 1
					      : out,
			       text, strlen(text), &error);
	free(folder);
	free(text);
	return r < 0 ? fail(error.text) : 0;
}

static int print_one(const struct report_format *format, const struct report_run *run)
{
	char *text = format->text(run);

	if (!text)
		return fail(strerror(ENOMEM));
	fputs(text, stdout);
	free(text);
	return 0;
}

static int show(const struct options *options, const struct report_run *run)
{
	struct report_format format = { .name = "text", .file_name = "report.txt", .text = summary };
	const struct report_format *row;

	if (strcmp(options->format, "all") == 0)
		return write_all(options->out_dir, run);
	if (strcmp(options->format, "text") == 0 && !options->out_dir) {
		report_print_summary(stdout, run, isatty(STDOUT_FILENO) == 1);
		return 0;
	}
	for (unsigned int i = 0; (row = report_format_at(i)); i++)
		if (strcmp(row->name, options->format) == 0)
			format = *row;
	return options->out_dir ? write_one(options->out_dir, &format, run) : print_one(&format, run);
}

/* Who sends it, and where its files are. */
static int check_kcidb(const struct options *options, struct report_error *ret_error)
{
	static const char origin_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	const char *origin = options->kcidb_origin, *url = options->evidence_url;

	if ((origin || url) && strcmp(options->format, "kcidb") != 0 && strcmp(options->format, "all") != 0)
		report_error_set(ret_error, "--%s has a meaning only for --format kcidb or all; leave it out",
				 origin ? "kcidb-origin" : "evidence-url");
	else if (origin && origin[strspn(origin, origin_letters)])
		report_error_set(ret_error,
				 "--kcidb-origin: \"%.64s\" is no origin; small letters, digits and _ would be right",
				 origin);
	else if (url && strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
		report_error_set(ret_error, "--evidence-url: \"%.64s\" is no URL; https://host/folder would be right",
				 url);
	/* A query or a fragment would swallow what is put behind it. */
	else if (url && url[strcspn(url, " \t\r\n\"<>\\^`{|}#?")])
		report_error_set(
			ret_error,
			"--evidence-url: \"%.64s\" has a character that no folder's URL has; https://host/folder "
			"would be right",
			url);
	else
		return 0;
	return -EINVAL;
}

int cmd_report(const struct options *options)
{
	struct stored_cells stored;
	struct report_error error;
	struct report_run run;
	int exit_code;

	if (check_kcidb(options, &error) < 0)
		return fail(error.text);
	if (stored_cells_load(options->operands.texts, options->operands.count, &stored, &error) < 0)
		return fail(error.text);
	run = report_of_cells(stored.cells, stored.count, stored.is_interrupted);
	run.kcidb_origin = options->kcidb_origin;
	run.evidence_url = options->evidence_url;
	mixed_kernels_print(stderr, "looprace report: ", stored.cells, stored.count);
	exit_code = show(options, &run);
	if (exit_code == 0)
		exit_code = verdict_exit_code(report_worst_verdict(stored.cells, stored.count));
	stored_cells_fini(&stored);
	return exit_code;
}
