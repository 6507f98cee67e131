/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole files or none: temporary name, fsync, rename, fsync of the folder.  The temporary name starts with a dot and
 * carries our pid, so that two processes never share one and a killed one's remains are easy to tell.
 *
 * Reading opens without following a terminal or waiting for a FIFO's writer (O_NONBLOCK, O_NOCTTY), and goes on only
 * when the file turns out to be a regular one.
 */
#include "harness/report/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void report_error_set(struct report_error *error, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return;
	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	for (char *c = error->text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
}

static int write_whole(int fd, const void *content, size_t content_bytes)
{
	const char *next = content;

	while (content_bytes > 0) {
		ssize_t written = write(fd, next, content_bytes);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		/* No regular file answers 0 but a full one; looping on it would hang. */
		if (written == 0)
			return -ENOSPC;
		next += written;
		content_bytes -= (size_t)written;
	}
	return 0;
}

static int open_temporary(int folder_fd, const char *name)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(folder_fd, name, flags, 0644);

	/* Left by a killed process that had our pid. */
	if (fd < 0 && errno == EEXIST && unlinkat(folder_fd, name, 0) == 0)
		fd = openat(folder_fd, name, flags, 0644);
	return fd < 0 ? -errno : fd;
}

static int write_and_rename(int folder_fd, const char *name, const void *content, size_t content_bytes)
{
	char temporary[NAME_MAX + 1];
	int fd, r;

	if ((size_t)snprintf(temporary, sizeof(temporary), ".%s.%d.tmp", name, (int)getpid()) >= sizeof(temporary))
		return -ENAMETOOLONG;
	fd = open_temporary(folder_fd, temporary);
	if (fd < 0)
		return fd;
	r = write_whole(fd, content, content_bytes);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && renameat(folder_fd, temporary, folder_fd, name) < 0)
		r = -errno;
	if (r < 0) {
		unlinkat(folder_fd, temporary, 0);
		return r;
	}
	/* Some file systems cannot sync a folder; the file itself is safe by then. */
	(void)fsync(folder_fd);
	return 0;
}

int file_write(const char *directory, const char *name, const void *content, size_t content_bytes,
	       struct report_error *ret_error)
{
	int folder_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = folder_fd < 0 ? -errno : 0;

	if (r == 0) {
		r = write_and_rename(folder_fd, name, content, content_bytes);
		close(folder_fd);
	}
	if (r == -ENOSPC || r == -EDQUOT)
		report_error_set(ret_error, "%s/%s: %s; %zu bytes are needed", directory, name, strerror(-r),
				 content_bytes);
	else if (r < 0)
		report_error_set(ret_error, "%s/%s: cannot be written: %s", directory, name, strerror(-r));
	return r;
}

static bool is_temporary(const char *name)
{
	static const char ending[] = ".tmp";
	size_t bytes = strlen(name);

	return name[0] == '.' && bytes >= sizeof(ending) && strcmp(name + bytes - strlen(ending), ending) == 0;
}

int file_sweep(const char *directory)
{
	DIR *folder = opendir(directory);
	struct dirent *entry;

	if (!folder)
		return -errno;
	while ((entry = readdir(folder)))
		if (is_temporary(entry->d_name))
			(void)unlinkat(dirfd(folder), entry->d_name, 0);
	closedir(folder);
	return 0;
}

static int read_whole(int fd, size_t bytes_max, char **ret_content, size_t *ret_bytes)
{
	size_t filled_bytes = 0, room_bytes;
	struct stat status;
	char *content;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if ((uintmax_t)status.st_size > bytes_max)
		return -EFBIG;
	/* The size when it was opened counts; what is appended meanwhile is not ours. */
	room_bytes = (size_t)status.st_size;
	content = malloc(room_bytes + 1);
	if (!content)
		return -ENOMEM;
	while (filled_bytes < room_bytes) {
		ssize_t got = read(fd, content + filled_bytes, room_bytes - filled_bytes);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int r = -errno;

			free(content);
			return r;
		}
		if (got == 0)
			break;
		filled_bytes += (size_t)got;
	}
	content[filled_bytes] = '\0';
	*ret_content = content;
	*ret_bytes = filled_bytes;
	return 0;
}

int file_read(const char *directory, const char *name, size_t bytes_max, char **ret_content, size_t *ret_bytes,
	      struct report_error *ret_error)
{
	char *path = NULL;
	int fd, r;

	if (asprintf(&path, "%s%s%s", directory, *directory ? "/" : "", name) < 0)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	r = fd < 0 ? -errno : read_whole(fd, bytes_max, ret_content, ret_bytes);
	if (r == -EFBIG)
		report_error_set(ret_error, "%s: too long; at most %zu bytes are read", path, bytes_max);
	else if (r == -EINVAL)
		report_error_set(ret_error, "%s: not a file; a regular file is needed", path);
	else if (r < 0)
		report_error_set(ret_error, "%s: cannot be read: %s", path, strerror(-r));
	if (fd >= 0)
		close(fd);
	free(path);
	return r;
}
