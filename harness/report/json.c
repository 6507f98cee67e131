/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small things around jansson.  A failed allocation shows as NULL anywhere in a tree that is being built; jansson's
 * setters fail on NULL, and whoever builds sees it at the end, in one place.
 */
#include "harness/report/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/text.h"

#define JSON_BYTES_MAX (64u << 20)

json_t *json_text(const char *text)
{
	json_t *value;
	char *valid;

	if (!text)
		return json_null();
	if (text_is_utf8(text))
		return json_string(text);
	valid = text_to_utf8(text);
	value = valid ? json_string(valid) : NULL;
	free(valid);
	return value;
}

json_t *json_count(uint64_t number)
{
	return json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number);
}

json_t *json_identity(uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	return json_string(text);
}

json_t *json_seed(uint64_t seed)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, seed);
	return json_string(text);
}

json_t *json_errno(int error)
{
	/* In 64 bits: a damaged record may say INT32_MIN. */
	int64_t number = error < 0 ? -(int64_t)error : error;
	const char *name = number <= INT32_MAX ? strerrorname_np((int)number) : NULL;

	if (error == 0)
		return json_null();
	return name ? json_string(name) : json_sprintf("%" PRId64, number);
}

char *json_print(json_t *root)
{
	char *text = root ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) : NULL;
	size_t text_bytes = text ? strlen(text) : 0;
	char *line = text ? realloc(text, text_bytes + 2) : NULL;

	json_decref(root);
	if (!line) {
		free(text);
		return NULL;
	}
	memcpy(line + text_bytes, "\n", 2);
	return line;
}

int json_write(const char *directory, const char *name, json_t *root, struct report_error *ret_error)
{
	char *text = json_print(root);
	int r;

	if (!text) {
		report_error_set(ret_error, "%s/%s: %s", directory, name, strerror(ENOMEM));
		return -ENOMEM;
	}
	r = file_write(directory, name, text, strlen(text), ret_error);
	free(text);
	return r;
}

static int check_version(const char *directory, const char *name, json_t *root, struct report_error *ret_error)
{
	json_t *version = json_object_get(root, "format_version");

	if (!json_is_object(root)) {
		report_error_set(ret_error, "%s/%s: an object would be right", directory, name);
		return -EINVAL;
	}
	if (json_is_integer(version) && json_integer_value(version) == REPORT_FORMAT_VERSION)
		return 0;
	if (json_is_integer(version))
		report_error_set(ret_error, "%s/%s: format_version %" JSON_INTEGER_FORMAT "; this looprace reads %d",
				 directory, name, json_integer_value(version), REPORT_FORMAT_VERSION);
	else
		report_error_set(ret_error, "%s/%s: no format_version; a file that looprace wrote would be right",
				 directory, name);
	return -EINVAL;
}

int json_read(const char *directory, const char *name, json_t **ret_root, struct report_error *ret_error)
{
	json_error_t error;
	size_t text_bytes;
	json_t *root;
	char *text;
	int r = file_read(directory, name, JSON_BYTES_MAX, &text, &text_bytes, ret_error);

	if (r < 0)
		return r;
	root = json_loadb(text, text_bytes, JSON_REJECT_DUPLICATES, &error);
	free(text);
	if (!root) {
		report_error_set(ret_error, "%s/%s:%d: not JSON: %s", directory, name, error.line, error.text);
		return -EINVAL;
	}
	r = check_version(directory, name, root, ret_error);
	if (r < 0) {
		json_decref(root);
		return r;
	}
	*ret_root = root;
	return 0;
}
