/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the partitions of a backing file with content = partitions are: two of the same size, behind 64 KiB that hold
 * the partition table.  The guest writes that table, and the judge must know what a partition's block is in the file.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PARTITION_LAYOUT_COUNT	     2u
#define PARTITION_LAYOUT_ALIGN_BYTES (64u << 10)

/**
 * partition_layout() - a partition's place
 * @file_bytes:	size of the backing file
 * @number:	of the partition
 * @ret_start_bytes: in the file; written only when there is one
 * @ret_bytes:	its size; likewise
 *
 * Return: true when there is a partition of that number.
 */
static inline bool partition_layout(uint64_t file_bytes, unsigned int number, uint64_t *ret_start_bytes,
				    uint64_t *ret_bytes)
{
	const uint64_t align = PARTITION_LAYOUT_ALIGN_BYTES;
	uint64_t bytes;

	if (file_bytes < align || number < 1 || number > PARTITION_LAYOUT_COUNT)
		return false;
	bytes = (file_bytes - align) / PARTITION_LAYOUT_COUNT / align * align;
	if (bytes == 0)
		return false;
	*ret_start_bytes = align + (number - 1) * bytes;
	*ret_bytes = bytes;
	return true;
}
