/* SPDX-License-Identifier: Apache-2.0 */
/* The script and the files of an array; see slurm_array.h. */
#include "harness/slurm_array.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/report/files.h"
#include "harness/run_plan.h"
#include "harness/slurm_commands.h"

/* --- text --- */

char *slurm_array_range(unsigned int cell_count, unsigned int job_count)
{
	char *range;
	int r;

	if (job_count == 0)
		r = asprintf(&range, "0-%u", cell_count - 1);
	else
		r = asprintf(&range, "0-%u%%%u", cell_count - 1, job_count);
	return r < 0 ? NULL : range;
}

/* As a shell reads it. */
static int put_word(FILE *stream, const char *name, const char *value)
{
	char *words[] = { (char *)(uintptr_t)value };
	char *text = value ? command_words_quote(&(struct command_words){ .words = words, .count = 1 }) : NULL;

	if (!text)
		return -ENOMEM;
	fprintf(stream, "%s=%s\n", name, text);
	free(text);
	return 0;
}

/* All but the part of the whole that is run: each job has its own. */
static int put_command(FILE *stream, const struct command_words *command)
{
	struct command_words words = { .words = calloc(command->count + 1, sizeof(*words.words)) };
	char *text;

	for (unsigned int i = 1; words.words && i < command->count; i++) {
		if (strcmp(command->words[i], "--shard") == 0)
			i++;
		else
			words.words[words.count++] = command->words[i];
	}
	text = words.words ? command_words_quote(&words) : NULL;
	free(words.words);
	if (!text)
		return -ENOMEM;
	fprintf(stream, "exec \"$program\" %s", text);
	free(text);
	return 0;
}

static int print_script(FILE *stream, const struct slurm_array *array, const struct slurm_script *script)
{
	int r;

	fputs("#!/bin/sh\nset -eu\n", stream);
	r = put_word(stream, "program", script->program);
	if (r == 0)
		r = put_word(stream, "directory", script->directory);
	if (r == 0)
		r = put_word(stream, "folder", array->folder);
	if (r == 0)
		r = put_word(stream, "export " RUN_PLAN_VARIABLE, script->run);
	fputs("cell=$(sed -n \"$((SLURM_ARRAY_TASK_ID + 1))p\" <<'END'\n", stream);
	for (unsigned int i = 0; i < array->cell_count; i++)
		fprintf(stream, "%u\n", array->cells[i]);
	fputs("END\n)\n"
	      "out=$folder/$SLURM_ARRAY_JOB_ID/$cell\n"
	      "rm -rf \"$out\" \"$out.partial\"\n"
	      "mkdir \"$folder/$SLURM_ARRAY_JOB_ID\" 2>/dev/null || [ -d \"$folder/$SLURM_ARRAY_JOB_ID\" ]\n"
	      "cd \"$directory\"\n",
	      stream);
	if (r == 0)
		r = put_command(stream, script->command);
	fprintf(stream, " --shard \"$((cell + 1))/%u\" --out \"$out\"\n", script->whole_count);
	return r;
}

int slurm_array_script(const struct slurm_array *array, const struct slurm_script *script, char **ret_text,
		       size_t *ret_bytes)
{
	char *text = NULL;
	size_t bytes;
	FILE *stream = open_memstream(&text, &bytes);
	int r;

	if (!stream)
		return -ENOMEM;
	r = print_script(stream, array, script);
	if (fclose(stream) != 0)
		r = -ENOMEM;
	if (r < 0) {
		free(text);
		return r;
	}
	*ret_text = text;
	*ret_bytes = bytes;
	return 0;
}

/* --- files --- */

int slurm_array_find_folder(struct slurm_array *array, const char *run_path)
{
	char *run = realpath(run_path, NULL);
	char *folder;
	int r = run ? asprintf(&folder, "%s/.slurm", run) : -1;

	free(run);
	if (r < 0)
		return -ENOMEM;
	array->folder = folder;
	return 0;
}

void slurm_array_remove_folder(const struct slurm_array *array)
{
	char *line = NULL;

	slurm_shell("exec rm -rf \"$1\"", array->folder, "", slurm_never, &line);
	free(line);
}

int slurm_array_write_script(const struct slurm_array *array, const char *run_path, const struct command_words *command,
			     unsigned int whole_count)
{
	char *program = realpath("/proc/self/exe", NULL);
	char *directory = getcwd(NULL, 0);
	char *run = realpath(run_path, NULL);
	const struct slurm_script script = {
		.program = program,
		.directory = directory,
		.run = run,
		.command = command,
		.whole_count = whole_count,
	};
	size_t bytes;
	char *text;
	int r = slurm_array_script(array, &script, &text, &bytes);

	if (r == 0) {
		r = file_write(array->folder, "job.sh", text, bytes, NULL);
		free(text);
	}
	free(run);
	free(directory);
	free(program);
	return r;
}

char *slurm_array_cell_folder(const struct slurm_array *array, unsigned int index)
{
	char *folder;

	return asprintf(&folder, "%s/%s/%u", array->folder, array->job, array->cells[index]) < 0 ? NULL : folder;
}

static char *log_path(const struct slurm_array *array, unsigned int index)
{
	char *path;

	return asprintf(&path, "%s/%s_%u.log", array->folder, array->job, index) < 0 ? NULL : path;
}

bool slurm_array_has_begun(const struct slurm_array *array, unsigned int index)
{
	char *log = log_path(array, index);
	bool is_there = !log || access(log, F_OK) == 0;

	free(log);
	return is_there;
}

char *slurm_array_last_words(const struct slurm_array *array, unsigned int index)
{
	char *log = log_path(array, index);
	char *line = NULL;

	if (log && slurm_shell("tail -n 1 \"$1\" 2>/dev/null || :", log, "", slurm_never, &line) != 0)
		line = NULL;
	free(log);
	return line;
}
