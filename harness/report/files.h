/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole files or none.  Everything that looprace leaves behind is written under a temporary name, synced and renamed,
 * so that neither a full disk nor a kill leaves half a file that looks like a whole one.
 *
 * Reading is limited: evidence may come from a stranger, and a path may name a device that never ends.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* One line for the user: "path: what; what would be right". */
struct report_error {
	char text[1024];
};

/**
 * report_error_set() - write a message
 * @error:	may be NULL
 * @format:	printf's, without a newline; control characters in the outcome become '?'
 */
void report_error_set(struct report_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * file_sweep() - remove what a process that was killed had not finished writing
 * @directory:	folder that nobody else writes by now
 *
 * Return: 0, or -errno of reading the folder.
 */
int file_sweep(const char *directory);

/**
 * file_write() - replace a file by new content, wholly or not at all
 * @directory:	existing folder
 * @name:	file in it
 * @content:	@content_bytes bytes
 * @content_bytes: its length
 * @ret_error:	one line that names the file; written only on failure; may be NULL
 *
 * Return: 0, or -errno (-ENOSPC: the disk is full); after a failure the old file, if any, is untouched and the
 * temporary one is gone.
 */
int file_write(const char *directory, const char *name, const void *content, size_t content_bytes,
	       struct report_error *ret_error);

/**
 * file_read() - a whole regular file
 * @directory:	folder, or "" when @name is a whole path
 * @name:	file in it
 * @bytes_max:	a longer file is refused
 * @ret_content: malloc'ed, with a NUL behind its last byte; the caller frees it; written only on success
 * @ret_bytes:	its length without that NUL
 * @ret_error:	one line that names the file; written only on failure; may be NULL
 *
 * Return: 0, -ENOENT, -EFBIG, -EINVAL (not a regular file), or another -errno.
 */
int file_read(const char *directory, const char *name, size_t bytes_max, char **ret_content, size_t *ret_bytes,
	      struct report_error *ret_error);
