/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line for each thing that is wrong.
 *
 * The message has a fixed room, and a path may be longer than it: of a long path only the end is shown, because a
 * message without its second half helps nobody.
 */
#include "harness/scenario/complaint.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "harness/scenario/scenario.h"

#define FILE_NAME_BYTES_SHOWN 200

/* Column from 1, or 0.  Compared as numbers, because @at may belong to another object. */
static unsigned int column_of(const struct complaint *complaint, const char *at)
{
	uintptr_t start = (uintptr_t)complaint->line_text;
	uintptr_t place = (uintptr_t)at;

	if (!complaint->line_text || place < start || place > start + complaint->line_bytes)
		return 0;
	return (unsigned int)(place - start) + 1;
}

static int put_place(const struct complaint *complaint, const char *at, char *text, size_t text_bytes)
{
	size_t name_bytes = strlen(complaint->file_name);
	bool is_long = name_bytes > FILE_NAME_BYTES_SHOWN;
	const char *name = complaint->file_name + (is_long ? name_bytes - FILE_NAME_BYTES_SHOWN : 0);
	const char *dots = is_long ? "..." : "";
	unsigned int column = column_of(complaint, at);

	if (complaint->line == 0)
		return snprintf(text, text_bytes, "%s%s: ", dots, name);
	if (column == 0)
		return snprintf(text, text_bytes, "%s%s:%u: ", dots, name, complaint->line);
	return snprintf(text, text_bytes, "%s%s:%u:%u: ", dots, name, complaint->line, column);
}

int complain(const struct complaint *complaint, const char *at, const char *format, ...)
{
	char *text = complaint->error->text;
	size_t place_bytes = (size_t)put_place(complaint, at, text, sizeof(complaint->error->text));
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text + place_bytes, sizeof(complaint->error->text) - place_bytes, format, arguments);
	va_end(arguments);
	return -EINVAL;
}
