/* SPDX-License-Identifier: Apache-2.0 */
/* See links.h. */
#include "harness/report/html/links.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the folders that both paths begin with, without the slash behind them. */
static size_t common_bytes(const char *a, const char *b)
{
	size_t common = 0;

	for (size_t i = 0;; i++) {
		bool a_ends = a[i] == '\0' || a[i] == '/';
		bool b_ends = b[i] == '\0' || b[i] == '/';

		if (a_ends && b_ends)
			common = i;
		if (a[i] == '\0' || a[i] != b[i])
			return common;
	}
}

char *path_between(const char *from, const char *to)
{
	size_t common = common_bytes(from, to);
	const char *rest = to + common + strspn(to + common, "/");
	const char *separator = "";
	char *path = NULL;
	size_t path_bytes;
	FILE *stream = open_memstream(&path, &path_bytes);

	if (!stream)
		return NULL;
	for (const char *up = from + common; *(up += strspn(up, "/")); up += strcspn(up, "/")) {
		fprintf(stream, "%s..", separator);
		separator = "/";
	}
	if (*rest)
		fprintf(stream, "%s%s", separator, rest);
	else if (!*separator)
		fputc('.', stream);
	if (fclose(stream) == 0)
		return path;
	free(path);
	return NULL;
}

char *path_as_link(const char *page_directory, const char *path)
{
	char *from = realpath(page_directory, NULL);
	char *to = realpath(path, NULL);
	char *link = from && to ? path_between(from, to) : strdup(path);

	free(from);
	free(to);
	return link;
}
