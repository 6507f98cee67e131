/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of shell and the readers of their answers; see slurm_commands.h. */
#include "harness/slurm_commands.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/interrupt.h"
#include "harness/script.h"

/* The shell's own exit code. */
#define NOT_FOUND 127

/* --- answers --- */

void slurm_read_job(char *answer)
{
	answer[strcspn(answer, ";")] = '\0';
}

unsigned int slurm_read_array_size(const char *answer)
{
	int size;

	if (!answer || sscanf(answer, "MaxArraySize = %d", &size) != 1)
		return SLURM_ARRAY_SIZE_MAX;
	return size > 0 && size < SLURM_ARRAY_SIZE_MAX ? (unsigned int)size : SLURM_ARRAY_SIZE_MAX;
}

int slurm_read_left(const char *answer)
{
	int length = 0;
	int count;

	if (!answer)
		return -1;
	if (sscanf(answer, "%d jobs%n", &count, &length) == 1 && length > 0 && answer[length] == '\0')
		return count;
	/* What it has forgotten has ended long ago. */
	return strstr(answer, "Invalid job id") ? 0 : -1;
}

/* --- commands --- */

bool slurm_never(void *context)
{
	return false;
}

int slurm_shell(const char *text, const char *first, const char *second, bool (*wants_stop)(void *context),
		char **ret_line)
{
	static char program[] = "/bin/sh";
	static char flag[] = "-c";
	static char name[] = "sh";
	/* execv() wants char *const *, but changes nothing. */
	char *argv[] = {
		program, flag, (char *)(uintptr_t)text, name, (char *)(uintptr_t)first, (char *)(uintptr_t)second, NULL
	};

	return script_run(argv, wants_stop, NULL, ret_line);
}

int slurm_submit(const char *folder, const char *range, char **ret_job)
{
	static const char text[] =
		"exec sbatch --parsable --job-name=looprace --array=\"$1\" --output=\"$2/%A_%a.log\" \"$2/job.sh\"";
	char *line = NULL;
	int r = slurm_shell(text, range, folder, interrupt_was_asked, &line);

	/* Any other reason was printed by sbatch. */
	if (r == NOT_FOUND)
		fputs("looprace run: --engine slurm: no sbatch; the package slurm-client would be right\n", stderr);
	if (r != 0)
		return r > 0 ? -EIO : r;
	if (!line)
		return -EPROTO;
	slurm_read_job(line);
	*ret_job = line;
	return 0;
}

unsigned int slurm_array_size(void)
{
	static const char text[] =
		"config=$(scontrol show config) && printf '%s' \"$config\" | sed -n '/^MaxArraySize *=/p'";
	char *line = NULL;
	int r = slurm_shell(text, "", "", interrupt_was_asked, &line);
	unsigned int size = slurm_read_array_size(line);

	free(line);
	/* Where there is no scontrol there is no sbatch, which slurm_submit() tells. */
	return r == 0 || r == NOT_FOUND ? size : 0;
}

int slurm_count_left(const char *job)
{
	/* A line that script_run() does not cut. */
	static const char text[] =
		"if out=$(squeue -h -r -j \"$1\" -o %i 2>&1); then echo \"$(printf '%s' \"$out\" | grep -c '') jobs\"\n"
		"else printf '%s' \"$out\" | tr '\\n' ' ' | head -c 4000; fi";
	char *line = NULL;
	int count = slurm_shell(text, job, "", slurm_never, &line) == 0 ? slurm_read_left(line) : -1;

	free(line);
	return count;
}

bool slurm_cancel(const char *job, const char *option)
{
	char *line = NULL;
	bool is_done = slurm_shell("exec scancel $2 \"$1\"", job, option, slurm_never, &line) == 0;

	free(line);
	return is_done;
}
