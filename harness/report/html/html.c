/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer of html.h.  It goes through the format itself, because printf() cannot be told to escape; each conversion
 * but those of text is passed on to printf(), whose outcome (digits, signs, a dot) needs no escaping.
 */
#include "harness/report/html/html.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/text.h"

struct html {
	FILE *stream;
	char *text;
	size_t text_bytes;
};

struct html *html_begin(void)
{
	struct html *html = calloc(1, sizeof(*html));

	if (!html)
		return NULL;
	html->stream = open_memstream(&html->text, &html->text_bytes);
	if (html->stream)
		return html;
	free(html);
	return NULL;
}

char *html_end(struct html *html)
{
	bool has_failed;
	char *text;

	if (!html)
		return NULL;
	has_failed = ferror(html->stream) != 0;
	has_failed |= fclose(html->stream) != 0;
	text = html->text;
	free(html);
	if (!has_failed)
		return text;
	free(text);
	return NULL;
}

/* One conversion of a number: @format is "%" up to and with its letter. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void put_number(FILE *stream, const char *format, const char *letter, va_list *arguments)
{
	if (strchr("eEfFgG", *letter))
		fprintf(stream, format, va_arg(*arguments, double));
	else if (*letter == 'd')
		fprintf(stream, format, va_arg(*arguments, int));
	else if (letter[-1] == 'l')
		/* long and long long are the same here: uint64_t is a long. */
		fprintf(stream, format, va_arg(*arguments, unsigned long));
	else
		fprintf(stream, format, va_arg(*arguments, unsigned int));
}
#pragma GCC diagnostic pop

void html_put_checked(struct html *html, const char *markup, ...)
{
	va_list arguments;

	if (!html)
		return;
	va_start(arguments, markup);
	while (*markup) {
		size_t plain_bytes = strcspn(markup, "%");
		const char *letter = markup + plain_bytes;
		char format[16];

		fwrite(markup, 1, plain_bytes, html->stream);
		if (!*letter)
			break;
		markup = letter++;
		letter += strspn(letter, "0123456789.+-l");
		if (*letter == 's') {
			const char *text = va_arg(arguments, const char *);

			text_print_xml(html->stream, text ? text : "");
		} else if (*letter == 'c') {
			const char text[] = { (char)va_arg(arguments, int), '\0' };

			text_print_xml(html->stream, text);
		} else if (*letter == '%') {
			fputc('%', html->stream);
		} else {
			snprintf(format, sizeof(format), "%.*s", (int)(letter + 1 - markup), markup);
			put_number(html->stream, format, letter, &arguments);
		}
		markup = letter + 1;
	}
	va_end(arguments);
}

void html_put_duration(struct html *html, uint64_t ns)
{
	static const struct {
		uint64_t ns;
		const char *name;
	} units[] = { { 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (ns < units[i].ns)
			continue;
		html_put(html, "%" PRIu64 ".%" PRIu64 " %s", ns / units[i].ns, ns % units[i].ns * 10 / units[i].ns,
			 units[i].name);
		return;
	}
	html_put(html, "%" PRIu64 " ns", ns);
}

static bool is_plain_in_url(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~/+", c));
}

void html_put_url(struct html *html, const char *path)
{
	if (*path != '/')
		html_put(html, "./");
	for (; *path; path++) {
		if (is_plain_in_url(*path))
			html_put(html, "%c", *path);
		else
			html_put(html, "%%%02X", (unsigned char)*path);
	}
}

/* Blanks at the begin of a line are only for the reader of the source. */
static void put_data(struct html *html, const char *svg)
{
	static const char plain[] = "=':;,()!?*";
	bool is_line_begin = true;

	for (; *svg; svg++) {
		bool is_blank = *svg == ' ' || *svg == '\t' || *svg == '\n';

		if (is_blank && is_line_begin)
			continue;
		is_line_begin = *svg == '\n';
		if (is_blank)
			html_put(html, "%%20");
		else if (is_plain_in_url(*svg) || strchr(plain, *svg))
			html_put(html, "%c", *svg);
		else
			html_put(html, "%%%02X", (unsigned char)*svg);
	}
}

void html_put_image(struct html *html, const char *svg, const char *text)
{
	if (!svg)
		return;
	html_put(html, "<div class=\"wide\"><img alt=\"%s\" src=\"data:image/svg+xml,", text);
	put_data(html, svg);
	html_put(html, "\"></div>\n");
}
