/* SPDX-License-Identifier: Apache-2.0 */
/* A folder for each test of what is written and read, the made-up run of report_samples.h, and the last message. */
#pragma once

#include <check.h>

#include "tests/report_samples.h"

extern char folder[64];
extern struct report_samples samples;
extern struct report_error error;

/**
 * folder_add_case() - make a test case whose tests each have all three anew
 * @suite:	whose it is
 * @name:	what it is about
 *
 * Return: the test case.
 */
TCase *folder_add_case(Suite *suite, const char *name);

/**
 * in() - "<folder>/name"
 * @name:	of a file, or a path
 *
 * Return: one of a few buffers, which the eighth call after this one takes again.
 */
const char *in(const char *name);

/**
 * exists() - is there something of that name in the folder
 * @name:	of a file, or a path
 *
 * Return: true for a link that leads nowhere, too.
 */
bool exists(const char *name);

/* Writes a file into the folder. */
void put(const char *name, const char *content, size_t content_bytes);
void put_text(const char *name, const char *text);

/* The message must be one line that has these words. */
void assert_message(const char *needle);
