/* SPDX-License-Identifier: Apache-2.0 */
/* What a backing file holds at the start: the same bytes in every run, so that the judge knows them. */
#pragma once

#include "harness/scenario/scenario.h"

/**
 * backing_content_fill() - a part of a file's first content
 * @content:	what it is to hold
 * @number:	of the backing file: the owner in its tags
 * @file_bytes:	its size
 * @offset_bytes: where the part begins, a multiple of 512
 * @buffer:	8-byte aligned
 * @length_bytes: room; what lies behind the end of the file becomes zeros
 */
void backing_content_fill(enum backing_content content, uint32_t number, uint64_t file_bytes, uint64_t offset_bytes,
			  void *buffer, uint64_t length_bytes);

/**
 * backing_content_write() - put it into a new file
 * @fd:		of a sparse file of that size, open for writing
 * @content:	as above
 * @number:	as above
 * @file_bytes:	as above
 *
 * Return: 0 or -errno (-ENOSPC: an ext4 file system does not fit).
 */
int backing_content_write(int fd, enum backing_content content, uint32_t number, uint64_t file_bytes);
