/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the program's files: see paths.h for the rule.
 */
#include "harness/paths.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MATRIX_ENDING ".matrix"

/* The first line of a file, or -ENOENT and so on. */
static int read_line(const char *path, char *ret_line, size_t line_bytes)
{
	FILE *file = fopen(path, "re");
	char *line;

	if (!file)
		return -errno;
	line = fgets(ret_line, (int)line_bytes, file);
	fclose(file);
	if (!line)
		return -EIO;
	line[strcspn(line, "\n")] = '\0';
	return 0;
}

static int join(char **ret_path, const char *dir, const char *name)
{
	return asprintf(ret_path, "%s/%s", dir, name) < 0 ? -ENOMEM : 0;
}

static int fill_in(struct paths *paths, const char *data_dir, const char *vm_parent_dir, const char *guest_dir)
{
	if (join(&paths->scenario_dir, data_dir, "scenarios") < 0)
		paths->scenario_dir = NULL;
	if (join(&paths->vm_dir, vm_parent_dir, "vm") < 0)
		paths->vm_dir = NULL;
	if (join(&paths->guest_binary, guest_dir, "looprace-guest") < 0)
		paths->guest_binary = NULL;
	if (join(&paths->kvm_probe, guest_dir, "vm/looprace-kvm-probe") < 0)
		paths->kvm_probe = NULL;
	if (paths->is_installed)
		paths->results_dir = strdup("looprace-results");
	else if (join(&paths->results_dir, data_dir, "results") < 0)
		paths->results_dir = NULL;
	return paths->scenario_dir && paths->vm_dir && paths->guest_binary && paths->kvm_probe && paths->results_dir
		       ? 0
		       : -ENOMEM;
}

int paths_find_at(const char *executable_dir, struct paths *ret_paths)
{
	struct paths paths = { 0 };
	char source_dir[PATH_MAX];
	char *marker;
	int r;

	r = join(&marker, executable_dir, "source-dir");
	if (r < 0)
		return r;
	r = read_line(marker, source_dir, sizeof(source_dir));
	free(marker);
	if (r < 0 && r != -ENOENT)
		return r;
	paths.is_installed = r == -ENOENT;
	if (paths.is_installed)
		r = fill_in(&paths, LOOPRACE_DATA_DIR, LOOPRACE_LIBEXEC_DIR, LOOPRACE_LIBEXEC_DIR);
	else
		r = fill_in(&paths, source_dir, source_dir, executable_dir);
	if (r < 0) {
		paths_fini(&paths);
		return r;
	}
	*ret_paths = paths;
	return 0;
}

int paths_find(struct paths *ret_paths)
{
	char executable[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", executable, sizeof(executable) - 1);

	if (length < 0)
		return -errno;
	executable[length] = '\0';
	*strrchr(executable, '/') = '\0';
	return paths_find_at(executable, ret_paths);
}

void paths_fini(struct paths *paths)
{
	free(paths->scenario_dir);
	free(paths->vm_dir);
	free(paths->guest_binary);
	free(paths->kvm_probe);
	free(paths->results_dir);
	memset(paths, 0, sizeof(*paths));
}

static bool ends_with(const char *name, const char *ending)
{
	size_t length = strlen(name);
	size_t ending_length = strlen(ending);

	return length > ending_length && strcmp(name + length - ending_length, ending) == 0;
}

char *paths_scenario(const struct paths *paths, const char *name)
{
	static const char ending[] = ".scenario";
	char *path, *known_bug;

	if (strchr(name, '/') || ends_with(name, ending))
		return strdup(name);
	if (asprintf(&path, "%s/%s%s", paths->scenario_dir, name, ending) < 0)
		return NULL;
	/* Where there is none at all, whoever opens it names the first place. */
	if (access(path, F_OK) == 0 ||
	    asprintf(&known_bug, "%s/%s/%s%s", paths->scenario_dir, PATHS_KNOWN_BUGS_DIR, name, ending) < 0)
		return path;
	if (access(known_bug, F_OK) == 0) {
		free(path);
		return known_bug;
	}
	free(known_bug);
	return path;
}

char *paths_matrix(const struct paths *paths, const char *name)
{
	char *path, *scenario;
	bool is_scenario;

	if (ends_with(name, MATRIX_ENDING))
		return strdup(name);
	if (strchr(name, '/') || asprintf(&path, "%s/%s" MATRIX_ENDING, paths->scenario_dir, name) < 0)
		return NULL;
	scenario = paths_scenario(paths, name);
	is_scenario = !scenario || access(scenario, F_OK) == 0;
	free(scenario);
	if (!is_scenario && access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}
