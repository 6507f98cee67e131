/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which cells a stored run has.  It looks at the folders, not at run.json: a run that was killed has no run.json yet,
 * and its finished cells can be judged all the same.
 */
#include "harness/report/run_directory.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct list {
	char **items;
	unsigned int count;
};

/* More cells than any run has; a folder tree may come from a stranger. */
#define CELL_COUNT_MAX 100000

static bool holds_cell(const char *root, const char *relative)
{
	struct stat status;
	bool is_there;
	char *path;

	/* The name of a run's own run.json is the same; only a cell has its scenario beside it. */
	if (asprintf(&path, "%s/%s/scenario", root, relative) < 0)
		return false;
	is_there = stat(path, &status) == 0 && S_ISREG(status.st_mode);
	free(path);
	return is_there;
}

static int append(struct list *list, const char *relative)
{
	char **items;

	if (list->count >= CELL_COUNT_MAX)
		return -E2BIG;
	items = reallocarray(list->items, list->count + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	list->items = items;
	items[list->count] = strdup(relative);
	if (!items[list->count])
		return -ENOMEM;
	list->count++;
	return 0;
}

static int collect(const char *root, const char *relative, unsigned int depth, struct list *list)
{
	struct dirent *entry;
	char *path;
	DIR *folder;
	int r = 0;

	if (asprintf(&path, "%s/%s", root, relative) < 0)
		return -ENOMEM;
	folder = opendir(path);
	free(path);
	/* A plain file beside the kernels' folders is no error; below the root nothing else is. */
	if (!folder)
		return depth > 0 && errno == ENOTDIR ? 0 : -errno;
	while (r == 0 && (entry = readdir(folder))) {
		char *below;

		if (entry->d_name[0] == '.')
			continue;
		if (asprintf(&below, "%s%s%s", depth ? relative : "", depth ? "/" : "", entry->d_name) < 0) {
			r = -ENOMEM;
			break;
		}
		if (depth == 0)
			r = collect(root, below, 1, list);
		else if (holds_cell(root, below))
			r = append(list, below);
		free(below);
	}
	closedir(folder);
	return r;
}

/* "a-2" before "a-10". */
static int compare(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

int run_directory_list_cells(const char *path, char ***ret_relatives, unsigned int *ret_count,
			     struct report_error *ret_error)
{
	struct list list = { 0 };
	int r = holds_cell(path, ".") ? append(&list, ".") : collect(path, ".", 0, &list);

	if (r == 0 && list.count == 0) {
		report_error_set(ret_error,
				 "%s: holds no results; name a run's folder, such as results/latest, or a cell's",
				 path);
		return -ENOENT;
	}
	if (r < 0) {
		report_error_set(ret_error, "%s: cannot be read: %s", path, strerror(-r));
		run_directory_free_list(list.items, list.count);
		return r;
	}
	qsort(list.items, list.count, sizeof(*list.items), compare);
	*ret_relatives = list.items;
	*ret_count = list.count;
	return 0;
}

void run_directory_free_list(char **relatives, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		free(relatives[i]);
	free(relatives);
}

int run_directory_each_cell(const char *path,
			    int (*visit)(const char *directory, void *context, struct report_error *ret_error),
			    void *context, struct report_error *ret_error)
{
	char **relatives;
	unsigned int count;
	int r = run_directory_list_cells(path, &relatives, &count, ret_error);

	if (r < 0)
		return r;
	for (unsigned int i = 0; r == 0 && i < count; i++) {
		char *directory = NULL;

		/* A cell that was named itself is called as it was named. */
		if (strcmp(relatives[i], ".") == 0)
			directory = strdup(path);
		else if (asprintf(&directory, "%s/%s", path, relatives[i]) < 0)
			directory = NULL;
		if (directory) {
			r = visit(directory, context, ret_error);
		} else {
			r = -ENOMEM;
			report_error_set(ret_error, "%s: %s", path, strerror(ENOMEM));
		}
		free(directory);
	}
	run_directory_free_list(relatives, count);
	return r;
}
