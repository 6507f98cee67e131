/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files by which the kernel is asked and told, in /proc, /sys and its debugfs: small, without a size, and written with one
 * write(2), which is what the kernel takes as one order.
 */
#pragma once

#include <stddef.h>

/**
 * kernel_file_read() - read one to its end
 * @path:	absolute
 * @ret_text:	a string afterwards, "" after a failure to read; cut to @text_bytes
 * @text_bytes:	at least 1
 *
 * Return: 0 or -errno.
 */
int kernel_file_read(const char *path, char *ret_text, size_t text_bytes);

/**
 * kernel_file_write() - write one
 * @path:	absolute; it must be there
 * @text:	what to write
 *
 * Return: 0 or -errno, also that of what the kernel thinks of @text.
 */
int kernel_file_write(const char *path, const char *text);
