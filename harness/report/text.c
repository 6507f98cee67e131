/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One decoder of UTF-8 that believes nothing: no overlong forms, no surrogates, nothing above U+10FFFF.  The C1
 * controls (U+0080 to U+009F) count as control characters: some terminals obey them.
 */
#include "harness/report/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the character that begins here, 0 when it is none. */
static unsigned int decode(const unsigned char *text, uint32_t *ret_code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int length = text[0] < 0x80 ? 1 : text[0] < 0xc2 ? 0 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	uint32_t code;

	if (length == 0 || text[0] > 0xf4)
		return 0;
	code = length == 1 ? text[0] : text[0] & (0x7fu >> length);
	for (unsigned int i = 1; i < length; i++) {
		/* The NUL at the end is no continuation byte, so this never reads past it. */
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3fu);
	}
	if (code < least[length] || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
		return 0;
	*ret_code = code;
	return length;
}

/* XML 1.0 has no U+FFFE and U+FFFF; U+202A to U+202E and U+2066 to U+2069 turn the direction of what follows. */
static bool is_plain(uint32_t code)
{
	return code >= 0x20 && (code < 0x7f || code > 0x9f) && code != 0xfffe && code != 0xffff &&
	       !(code >= 0x202a && code <= 0x202e) && !(code >= 0x2066 && code <= 0x2069);
}

bool text_is_utf8(const char *text)
{
	uint32_t code;

	while (*text) {
		unsigned int length = decode((const unsigned char *)text, &code);

		if (length == 0)
			return false;
		text += length;
	}
	return true;
}

static void print_escaped(FILE *stream, const char *text, unsigned int length)
{
	for (unsigned int i = 0; i < length; i++)
		fprintf(stream, "\\x%02x", (unsigned char)text[i]);
}

char *text_to_utf8(const char *text)
{
	char *copy = NULL;
	size_t copy_bytes;
	FILE *stream = open_memstream(&copy, &copy_bytes);
	uint32_t code;

	if (!stream)
		return NULL;
	while (*text) {
		unsigned int length = decode((const unsigned char *)text, &code);

		if (length == 0)
			print_escaped(stream, text, length = 1);
		else
			fwrite(text, 1, length, stream);
		text += length;
	}
	if (fclose(stream) != 0) {
		free(copy);
		return NULL;
	}
	return copy;
}

/* Prints the character at *text and moves behind it. */
static void print_next(FILE *stream, const char **text, const char *forbidden)
{
	uint32_t code = 0;
	unsigned int length = decode((const unsigned char *)*text, &code);

	if (length == 1 && (code == '\n' || code == '\t' || code == '\r'))
		fputc(' ', stream);
	else if (length == 0 || !is_plain(code) || (length == 1 && strchr(forbidden, (int)code)))
		print_escaped(stream, *text, length ? length : 1);
	else
		fwrite(*text, 1, length, stream);
	*text += length ? length : 1;
}

void text_print_line(FILE *stream, const char *text, const char *forbidden)
{
	while (*text)
		print_next(stream, &text, forbidden);
}

void text_print_xml(FILE *stream, const char *text)
{
	while (*text) {
		switch (*text) {
		case '&':
			fputs("&amp;", stream);
			break;
		case '<':
			fputs("&lt;", stream);
			break;
		case '>':
			fputs("&gt;", stream);
			break;
		case '"':
			fputs("&quot;", stream);
			break;
		case '\n':
			fputc('\n', stream);
			break;
		default:
			print_next(stream, &text, "");
			continue;
		}
		text++;
	}
}

void text_print_wrapped(FILE *stream, const char *text, unsigned int indent, unsigned int width)
{
	unsigned int column = 0;

	while (*text) {
		size_t word_bytes;

		text += strspn(text, " \t\r\n");
		word_bytes = strcspn(text, " \t\r\n");
		if (word_bytes == 0)
			break;
		if (column > 0 && column + 1 + word_bytes > width) {
			fputc('\n', stream);
			column = 0;
		}
		column += column == 0 ? indent : 1;
		fprintf(stream, "%*s", (int)(column <= indent ? indent : 1), "");
		column += (unsigned int)word_bytes;
		for (const char *end = text + word_bytes; text < end;)
			print_next(stream, &text, "");
	}
	fputc('\n', stream);
}
