/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder of a run, from <name>.partial to its own name.
 *
 * The last rename is done with RENAME_NOREPLACE where the file system has it: a plain rename(2) would replace an empty
 * folder that somebody made meanwhile.  Removal (run_directory_abandon()) never leaves the .partial that we made and
 * never follows a symbolic link.
 */
#include "harness/report/run_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PARTIAL_ENDING ".partial"
#define LATEST_NAME    "latest"
/* Two seconds for the children of somebody who was killed. */
#define LOCK_TRY_COUNT 20
#define LOCK_WAIT_MS   100
/* Cells of the same kernel and scenario in one run; far more than anybody asks for. */
#define SAME_CELL_COUNT_MAX 10000

static int make_folders(const char *path)
{
	char *copy = strdup(path);
	int r = 0;

	if (!copy)
		return -ENOMEM;
	for (char *slash = copy + 1; r == 0; slash++) {
		char was;

		slash += strcspn(slash, "/");
		was = *slash;
		*slash = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST)
			r = -errno;
		*slash = was;
		if (!was)
			break;
	}
	free(copy);
	return r;
}

static char *path_without_end_slashes(const char *path)
{
	char *copy = strdup(path);
	size_t length = copy ? strlen(copy) : 0;

	while (length > 1 && copy[length - 1] == '/')
		copy[--length] = '\0';
	return copy;
}

char *run_directory_default_path(const char *parent, const char *prefix)
{
	struct tm utc;
	time_t now = time(NULL);
	char stamp[32];
	char *path;

	gmtime_r(&now, &utc);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc);
	if (asprintf(&path, "%s/%s%s-%d", parent, prefix, stamp, (int)getpid()) < 0)
		return NULL;
	return path;
}

/* -EEXIST when there is anything at all of that name, a dangling symbolic link too. */
static int check_absent(const char *path)
{
	struct stat status;

	if (lstat(path, &status) == 0)
		return -EEXIST;
	return errno == ENOENT ? 0 : -errno;
}

static int make_partial(struct run_directory *directory, struct report_error *ret_error)
{
	int r = check_absent(directory->final_path);

	if (r == -EEXIST) {
		report_error_set(ret_error, "%s: is there already; name a folder that does not exist yet",
				 directory->final_path);
		return r;
	}
	if (r == 0 && mkdir(directory->path, 0755) < 0)
		r = -errno;
	if (r == -EEXIST)
		report_error_set(ret_error,
				 "%s: another run writes it, or left it unfinished; remove it, or name another folder",
				 directory->path);
	else if (r == -ENOENT)
		report_error_set(ret_error, "%s: cannot be made: the folder above it is missing; make that first",
				 directory->final_path);
	else if (r < 0)
		report_error_set(ret_error, "%s: cannot be made: %s; name a folder that can be written with --out",
				 directory->path, strerror(-r));
	return r;
}

int run_directory_create(const char *out, const char *default_parent, struct run_directory *ret_directory,
			 struct report_error *ret_error)
{
	struct run_directory directory = { .has_latest = !out };
	int r;

	if (out && !*out) {
		report_error_set(ret_error, "--out: empty; the name of a folder is needed");
		return -EINVAL;
	}
	if (!out) {
		r = make_folders(default_parent);
		if (r < 0) {
			report_error_set(ret_error, "%s: cannot be made: %s; name another folder with --out",
					 default_parent, strerror(-r));
			return r;
		}
	}
	directory.final_path = out ? path_without_end_slashes(out) : run_directory_default_path(default_parent, "");
	if (!directory.final_path || asprintf(&directory.path, "%s" PARTIAL_ENDING, directory.final_path) < 0) {
		free(directory.final_path);
		report_error_set(ret_error, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	r = make_partial(&directory, ret_error);
	if (r < 0) {
		run_directory_fini(&directory);
		return r;
	}
	*ret_directory = directory;
	return 0;
}

/* --- a folder that is there already --- */

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* The folder that is meant: itself, or its .partial where only that is there. */
static char *find_folder(const char *path)
{
	char *plain = path_without_end_slashes(path);
	char *partial = NULL;
	char *found = NULL;

	if (plain && asprintf(&partial, "%s" PARTIAL_ENDING, plain) < 0)
		partial = NULL;
	if (plain && is_folder(plain))
		found = realpath(plain, NULL);
	else if (partial && is_folder(partial))
		found = realpath(partial, NULL);
	free(partial);
	free(plain);
	return found;
}

int run_directory_reopen(const char *path, struct run_directory *ret_directory, struct report_error *ret_error)
{
	struct run_directory directory = { .path = find_folder(path) };
	size_t ending_bytes = strlen(PARTIAL_ENDING);
	size_t bytes = directory.path ? strlen(directory.path) : 0;

	if (!directory.path) {
		report_error_set(ret_error, "%s: no such folder; the folder of a run would be right", path);
		return -ENOENT;
	}
	if (bytes > ending_bytes && strcmp(directory.path + bytes - ending_bytes, PARTIAL_ENDING) == 0)
		bytes -= ending_bytes;
	directory.final_path = strndup(directory.path, bytes);
	if (!directory.final_path) {
		report_error_set(ret_error, "%s", strerror(ENOMEM));
		run_directory_fini(&directory);
		return -ENOMEM;
	}
	*ret_directory = directory;
	return 0;
}

int run_directory_lock(const struct run_directory *directory, int *ret_fd, struct report_error *ret_error)
{
	int fd = open(directory->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? -errno : -EWOULDBLOCK;

	for (int tries_left = LOCK_TRY_COUNT; r == -EWOULDBLOCK && tries_left > 0; tries_left--) {
		/* Where the file system has no locks nobody can be told apart, and it goes without. */
		r = flock(fd, LOCK_EX | LOCK_NB) == 0 || errno == ENOLCK || errno == EOPNOTSUPP ? 0 : -errno;
		if (r == -EWOULDBLOCK)
			poll(NULL, 0, LOCK_WAIT_MS);
	}
	if (r == 0) {
		*ret_fd = fd;
		return 0;
	}
	if (r == -EWOULDBLOCK)
		report_error_set(ret_error, "%s: another looprace is writing it; wait until it has ended",
				 directory->path);
	else
		report_error_set(ret_error, "%s: cannot be opened: %s", directory->path, strerror(-r));
	if (fd >= 0)
		close(fd);
	return r;
}

/* Letters of a path element; dots alone would climb, an empty name would vanish. */
static char *path_element(const char *text)
{
	char *element = strdup(text && *text ? text : "unknown");

	if (!element)
		return NULL;
	if (strlen(element) > 128)
		element[128] = '\0';
	for (char *c = element; *c; c++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-", *c))
			*c = '_';
	if (element[0] == '.' || element[0] == '-')
		element[0] = '_';
	return element;
}

static int make_cell_folder(const char *run_path, const char *kernel, const char *scenario, unsigned int repeat_number,
			    char **ret_relative, char **ret_path)
{
	char *path = NULL, *relative = NULL;
	int r;

	if (asprintf(&path, "%s/%s", run_path, kernel) < 0)
		return -ENOMEM;
	r = mkdir(path, 0755) < 0 && errno != EEXIST ? -errno : -EEXIST;
	for (unsigned int i = repeat_number; r == -EEXIST && i < repeat_number + SAME_CELL_COUNT_MAX; i++) {
		free(path);
		free(relative);
		path = relative = NULL;
		if ((i == 1 ? asprintf(&relative, "%s/%s", kernel, scenario)
			    : asprintf(&relative, "%s/%s-%u", kernel, scenario, i)) < 0) {
			relative = NULL;
			r = -ENOMEM;
		} else if (asprintf(&path, "%s/%s", run_path, relative) < 0) {
			path = NULL;
			r = -ENOMEM;
		} else {
			r = mkdir(path, 0755) < 0 ? -errno : 0;
		}
	}
	if (r < 0) {
		free(path);
		free(relative);
		return r;
	}
	*ret_relative = relative;
	*ret_path = path;
	return 0;
}

int run_directory_add_cell(const struct run_directory *directory, const char *kernel, const char *scenario,
			   unsigned int repeat_number, char **ret_relative, char **ret_path,
			   struct report_error *ret_error)
{
	char *kernel_element = path_element(kernel);
	char *scenario_element = path_element(scenario);
	int r = -ENOMEM;

	if (kernel_element && scenario_element)
		r = make_cell_folder(directory->path, kernel_element, scenario_element, repeat_number, ret_relative,
				     ret_path);
	if (r < 0)
		report_error_set(ret_error, "%s: no folder for a cell can be made in it: %s", directory->path,
				 strerror(-r));
	free(kernel_element);
	free(scenario_element);
	return r;
}

static int rename_exclusively(const char *from, const char *to)
{
	int r;

	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	/* The file system lacks the flag (9p, some FUSE); a small window is left then. */
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	r = check_absent(to);
	if (r < 0)
		return r;
	return rename(from, to) < 0 ? -errno : 0;
}

int run_directory_unfinish(struct run_directory *directory, struct report_error *ret_error)
{
	char *partial;
	int r;

	if (strcmp(directory->path, directory->final_path) != 0)
		return 0;
	if (asprintf(&partial, "%s" PARTIAL_ENDING, directory->final_path) < 0) {
		report_error_set(ret_error, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	r = rename_exclusively(directory->path, partial);
	if (r < 0) {
		report_error_set(ret_error, "%s: cannot be renamed to %s: %s", directory->path, partial, strerror(-r));
		free(partial);
		return r;
	}
	free(directory->path);
	directory->path = partial;
	return 0;
}

static void sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

static int point_latest(const char *parent, const char *target)
{
	char *link = NULL, *temporary = NULL;
	struct stat status;
	int r = -ENOMEM;

	if (asprintf(&link, "%s/" LATEST_NAME, parent) < 0)
		link = NULL;
	if (asprintf(&temporary, "%s/." LATEST_NAME ".%d.tmp", parent, (int)getpid()) < 0)
		temporary = NULL;
	if (link && temporary) {
		r = 0;
		if (lstat(link, &status) < 0 || S_ISLNK(status.st_mode)) {
			unlink(temporary);
			r = symlink(target, temporary) < 0 || rename(temporary, link) < 0 ? -errno : 0;
			if (r < 0)
				unlink(temporary);
		}
	}
	free(link);
	free(temporary);
	return r;
}

int run_directory_finish(struct run_directory *directory, struct report_error *ret_error)
{
	char *parent, *path;
	int r;

	if (strcmp(directory->path, directory->final_path) == 0)
		return 0;
	parent = parent_of(directory->final_path);
	path = strdup(directory->final_path);
	r = parent && path ? rename_exclusively(directory->path, directory->final_path) : -ENOMEM;
	if (r < 0) {
		report_error_set(ret_error, "%s: cannot be renamed to %s: %s; the results stay where they are",
				 directory->path, directory->final_path, strerror(-r));
		free(path);
		free(parent);
		return r;
	}
	free(directory->path);
	directory->path = path;
	sync_folder(parent);
	if (directory->has_latest) {
		r = point_latest(parent, strrchr(directory->final_path, '/') + 1);
		if (r < 0)
			report_error_set(ret_error, "%s/" LATEST_NAME ": cannot be made to point to %s: %s", parent,
					 directory->final_path, strerror(-r));
	}
	free(parent);
	return r;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path) < 0 ? -errno : 0;
}

int run_directory_abandon(struct run_directory *directory)
{
	int r;

	if (!directory->path || strcmp(directory->path, directory->final_path) == 0)
		return 0;
	r = nftw(directory->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return r == -1 ? -errno : r;
}

void run_directory_fini(struct run_directory *directory)
{
	free(directory->path);
	free(directory->final_path);
	*directory = (struct run_directory){ 0 };
}
