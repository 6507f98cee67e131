/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the list with jansson; the names in it are borrowed until the row is made. */
#include "harness/kernel_list.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define NOT_FOUND ((size_t)-1)

/* "kasan-6.12.117" is no kernel of a distribution. */
static const char *version_at(const json_t *list, size_t i)
{
	const char *version = json_string_value(json_object_get(json_array_get(list, i), "version"));

	return version && isdigit((unsigned char)version[0]) ? version : NULL;
}

/* Of a series the last, and so the newest one. */
static size_t find(const json_t *list, const char *name)
{
	size_t found = NOT_FOUND;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *version = version_at(list, i);
		const char *series = json_string_value(json_object_get(json_array_get(list, i), "series"));

		if (version && strcmp(version, name) == 0)
			return i;
		if (version && series && strcmp(series, name) == 0)
			found = i;
	}
	return found;
}

static int append(struct kernel_row *row, const char *version)
{
	char **versions = reallocarray(row->versions, row->count + 1, sizeof(*versions));

	if (!versions)
		return -ENOMEM;
	row->versions = versions;
	versions[row->count] = strdup(version);
	return versions[row->count++] ? 0 : -ENOMEM;
}

static int fill(const json_t *list, size_t from, size_t to, struct kernel_row *row)
{
	int r = 0;

	row->is_descending = from > to;
	for (size_t i = from; r == 0; i += row->is_descending ? NOT_FOUND : 1) {
		const char *version = version_at(list, i);

		if (version)
			r = append(row, version);
		if (i == to)
			break;
	}
	return r;
}

static int find_both(const json_t *list, const char *const names[2], size_t indices[2], struct report_error *ret_error)
{
	for (unsigned int i = 0; i < 2; i++) {
		indices[i] = find(list, names[i]);
		if (indices[i] == NOT_FOUND) {
			report_error_set(ret_error,
					 "%s: not in the list of kernels; a series or version of looprace kernel list "
					 "would be right, or the kernels in their order as --kernel K",
					 names[i]);
			return -EINVAL;
		}
	}
	if (indices[0] == indices[1]) {
		report_error_set(ret_error, "%s and %s are the same kernel; two different ones would be right",
				 names[0], names[1]);
		return -EINVAL;
	}
	return 0;
}

int kernel_row_between(const char *list, size_t bytes, const char *from, const char *to, struct kernel_row *ret_row,
		       struct report_error *ret_error)
{
	struct kernel_row row = { .count = 0 };
	json_error_t json_error;
	json_t *root = json_loadb(list, bytes, 0, &json_error);
	size_t indices[2];
	int r;

	if (!json_is_array(root)) {
		report_error_set(ret_error, "the list of kernels is no JSON array");
		json_decref(root);
		return -EPROTO;
	}
	r = find_both(root, (const char *const[2]){ from, to }, indices, ret_error);
	if (r == 0) {
		r = fill(root, indices[0], indices[1], &row);
		if (r < 0)
			report_error_set(ret_error, "out of memory");
	}
	json_decref(root);
	if (r < 0) {
		kernel_row_fini(&row);
		return r;
	}
	*ret_row = row;
	return 0;
}

void kernel_row_fini(struct kernel_row *row)
{
	for (unsigned int i = 0; i < row->count; i++)
		free(row->versions[i]);
	free(row->versions);
	memset(row, 0, sizeof(*row));
}
