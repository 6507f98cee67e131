/* SPDX-License-Identifier: Apache-2.0 */
/* Text that grows; see text.h. */
#include "harness/judge/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static bool reserve(struct text *text, size_t more)
{
	size_t wanted = text->length + more + 1;
	char *bytes;

	if (wanted <= text->capacity)
		return true;
	wanted += wanted / 2;
	bytes = realloc(text->bytes, wanted);
	if (!bytes)
		return false;
	text->bytes = bytes;
	text->capacity = wanted;
	return true;
}

void text_add(struct text *text, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0 || !reserve(text, (size_t)length)) {
		text->has_failed = true;
		return;
	}
	va_start(arguments, format);
	vsnprintf(text->bytes + text->length, (size_t)length + 1, format, arguments);
	va_end(arguments);
	text->length += (size_t)length;
}

void text_add_time(struct text *text, uint64_t time_ns, uint64_t origin_ns)
{
	bool is_before = time_ns < origin_ns;
	uint64_t distance_ns = is_before ? origin_ns - time_ns : time_ns - origin_ns;

	text_add(text, "%c%llu.%06llu s", is_before ? '-' : '+', (unsigned long long)(distance_ns / 1000000000),
		 (unsigned long long)(distance_ns / 1000 % 1000000));
}

char *text_take(struct text *text)
{
	char *bytes = text->bytes;

	if (text->has_failed) {
		free(bytes);
		bytes = NULL;
	}
	*text = TEXT_NULL;
	return bytes;
}
