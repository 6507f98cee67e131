/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text from a guest on its way into a report.  It may hold anything: escape sequences, half of a UTF-8 character, the
 * markup of the report itself.  Whatever its reader could take for more than text becomes \xNN.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/**
 * text_is_utf8() - can it stand in JSON as it is
 * @text:	any bytes up to a NUL
 *
 * Return: true when it is valid UTF-8; control characters are, since JSON escapes them.
 */
bool text_is_utf8(const char *text);

/**
 * text_to_utf8() - the same as valid UTF-8
 * @text:	any bytes up to a NUL
 *
 * Return: malloc'ed copy in which bytes that are no UTF-8 are \xNN; NULL when memory is short.
 */
char *text_to_utf8(const char *text);

/**
 * text_print_line() - print it as a part of one line
 * @stream:	where to
 * @text:	any bytes up to a NUL; line ends and tabs become blanks, other control characters \xNN
 * @forbidden:	further characters (ASCII) that become \xNN, such as "#"; "" for none
 */
void text_print_line(FILE *stream, const char *text, const char *forbidden);

/**
 * text_print_xml() - print it as XML character data
 * @stream:	where to
 * @text:	any bytes up to a NUL; line ends stay
 */
void text_print_xml(FILE *stream, const char *text);

/**
 * text_print_wrapped() - print it as a paragraph
 * @stream:	where to
 * @text:	as for text_print_line()
 * @indent:	blanks before each line
 * @width:	columns in all; a longer word stands alone
 *
 * Ends with a newline.
 */
void text_print_wrapped(FILE *stream, const char *text, unsigned int indent, unsigned int width);
