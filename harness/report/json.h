/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What jansson leaves to its user.  Its integers are signed: a 64-bit number that may use the highest bit (seed, inode)
 * is written as a string, a count or a time is clamped to 2^63-1.  Its strings must be UTF-8: text of a guest is made so.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "harness/report/files.h"

/* The version of all our JSON files; grows when an old reader would misunderstand a new file. */
#define REPORT_FORMAT_VERSION 1

/**
 * json_text() - a string, or null
 * @text:	any bytes; NULL becomes null
 *
 * Return: new reference, NULL when memory is short.
 */
json_t *json_text(const char *text);

/**
 * json_count() - a number of things, or of nanoseconds
 * @number:	above 2^63-1 it is clamped to that
 *
 * Return: new reference, NULL when memory is short.
 */
json_t *json_count(uint64_t number);

/**
 * json_identity() - a number that is a name, such as an inode
 * @number:	any
 *
 * Return: new reference to its decimal digits as a string, NULL when memory is short.
 */
json_t *json_identity(uint64_t number);

/**
 * json_seed() - a seed as --seed takes it
 * @seed:	any
 *
 * Return: new reference to "0x..." as a string, NULL when memory is short.
 */
json_t *json_seed(uint64_t seed);

/**
 * json_errno() - an errno by name
 * @error:	of either sign, or 0
 *
 * Return: new reference: "EBUSY", null for 0, the number as a string where it has no name; NULL when memory is short.
 */
json_t *json_errno(int error);

/**
 * json_print() - as text
 * @root:	reference is taken; may be NULL: memory was short
 *
 * Return: malloc'ed text that ends in a newline, NULL when memory is short.
 */
char *json_print(json_t *root);

/**
 * json_write() - as a file, see file_write()
 * @root:	reference is taken; may be NULL: memory was short
 */
int json_write(const char *directory, const char *name, json_t *root, struct report_error *ret_error);

/**
 * json_read() - a file that we wrote
 * @directory:	folder
 * @name:	file in it
 * @ret_root:	an object of our format version; the caller drops the reference; written only on success
 * @ret_error:	one line that names the file, and the line in it; written only on failure
 *
 * Return: 0, -EINVAL when it is not what it should be, or -errno.
 */
int json_read(const char *directory, const char *name, json_t **ret_root, struct report_error *ret_error);
