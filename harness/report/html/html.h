/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTML and SVG in memory, written so that escaping cannot be forgotten.
 *
 * There is one way to write: html_put().  Its format must be a literal of ours and is markup; whatever %s stands for is
 * text and is escaped, in an element as in an attribute with double quotes.  There is no way to write a string as
 * markup, and the stream is hidden, so that nobody can go round it.
 *
 * Running out of memory is remembered and told once, by html_end().
 */
#pragma once

#include <inttypes.h>
#include <stdint.h>

struct html;

/**
 * html_begin() - begin a text
 *
 * Return: end it with html_end(); NULL when memory is short, which all functions here take.
 */
struct html *html_begin(void);

/**
 * html_put() - write markup with text in it
 * @html:	from html_begin()
 * @markup:	a literal, such as "<td class=\"%s\">%u %s</td>": %s with text of any kind (control characters become
 *		\xNN, NULL becomes nothing), %c likewise; %d, %u, PRIu64 and %.1f as for printf()
 */
#define html_put(html, ...) html_put_checked(html, "" __VA_ARGS__)
void html_put_checked(struct html *html, const char *markup, ...) __attribute__((format(printf, 2, 3)));

/**
 * html_put_duration() - write a time as a person would say it
 * @html:	from html_begin()
 * @ns:		such as 1234567: "1.2 ms"
 */
void html_put_duration(struct html *html, uint64_t ns);

/**
 * html_put_url() - write a path as the value of href
 * @html:	from html_begin()
 * @path:	of a file; what may not stand in a URL becomes %NN
 *
 * A relative path begins with "./", so that a name with a colon in it is no scheme.
 */
void html_put_url(struct html *html, const char *path);

/**
 * html_put_image() - write a picture that is part of the page
 * @html:	from html_begin()
 * @svg:	a whole SVG file; NULL when there was no memory for it
 * @text:	what stands there where no pictures are shown
 *
 * As <img> with a data: URL: a text browser shows @text and not the picture's labels in a heap, its ids are its own, and
 * nothing in it can run or load anything.
 */
void html_put_image(struct html *html, const char *svg, const char *text);

/**
 * html_end() - end a text
 * @html:	freed
 *
 * Return: malloc'ed text; NULL when memory was short.
 */
char *html_end(struct html *html);
