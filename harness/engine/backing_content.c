/* SPDX-License-Identifier: Apache-2.0 */
/* The first content of backing files; see backing_content.h. */
#include "harness/engine/backing_content.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "harness/engine/ext4_image.h"
#include "harness/recorder/block_tag.h"
#include "harness/recorder/partition_layout.h"

#define PART_BYTES (32u << 10)

/* Of a DOS partition table. */
#define TABLE_OFFSET	 446
#define TABLE_ROW_BYTES	 16
#define TABLE_TYPE_LINUX 0x83

static void put_32(uint8_t *bytes, uint64_t value)
{
	for (unsigned int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
}

static void fill_table(uint64_t file_bytes, uint8_t *block)
{
	memset(block, 0, BLOCK_BYTES);
	for (unsigned int number = 1; number <= PARTITION_LAYOUT_COUNT; number++) {
		uint8_t *row = block + TABLE_OFFSET + (number - 1) * TABLE_ROW_BYTES;
		uint64_t start_bytes, bytes;

		if (!partition_layout(file_bytes, number, &start_bytes, &bytes))
			continue;
		row[4] = TABLE_TYPE_LINUX;
		put_32(row + 8, start_bytes / BLOCK_BYTES);
		put_32(row + 12, bytes / BLOCK_BYTES);
	}
	block[510] = 0x55;
	block[511] = 0xaa;
}

static void fill_ext4(uint64_t offset_bytes, uint8_t *bytes, uint64_t length_bytes)
{
	for (unsigned int i = 0; i < ext4_image_block_count; i++) {
		const struct ext4_image_block *block = &ext4_image_blocks[i];
		uint64_t begin = (uint64_t)block->number * EXT4_IMAGE_BLOCK_BYTES;
		uint64_t end = begin + EXT4_IMAGE_BLOCK_BYTES;

		if (begin < offset_bytes)
			begin = offset_bytes;
		if (end > offset_bytes + length_bytes)
			end = offset_bytes + length_bytes;
		if (begin < end)
			memcpy(bytes + (begin - offset_bytes), block->bytes + begin % EXT4_IMAGE_BLOCK_BYTES,
			       end - begin);
	}
}

void backing_content_fill(enum backing_content content, uint32_t number, uint64_t file_bytes, uint64_t offset_bytes,
			  void *buffer, uint64_t length_bytes)
{
	const struct block_tag tag = { .sector = offset_bytes / BLOCK_BYTES, .owner = number };
	uint64_t whole_bytes = 0;

	memset(buffer, 0, length_bytes);
	/* The file may end in the middle of a block, which then stays zeros. */
	if (offset_bytes < file_bytes)
		whole_bytes = (file_bytes - offset_bytes) / BLOCK_BYTES * BLOCK_BYTES;
	if (whole_bytes > length_bytes)
		whole_bytes = length_bytes / BLOCK_BYTES * BLOCK_BYTES;
	switch (content) {
	case BACKING_CONTENT_zeros:
		break;
	case BACKING_CONTENT_tags:
	case BACKING_CONTENT_partitions:
		block_tag_encode(&tag, buffer, whole_bytes / BLOCK_BYTES);
		if (content == BACKING_CONTENT_partitions && offset_bytes == 0 && whole_bytes)
			fill_table(file_bytes, buffer);
		break;
	case BACKING_CONTENT_ext4:
		fill_ext4(offset_bytes, buffer, whole_bytes);
		break;
	}
}

int backing_content_write(int fd, enum backing_content content, uint32_t number, uint64_t file_bytes)
{
	_Alignas(8) uint8_t part[PART_BYTES];
	uint64_t end_bytes = file_bytes / BLOCK_BYTES * BLOCK_BYTES;

	if (content == BACKING_CONTENT_zeros)
		return 0;
	if (content == BACKING_CONTENT_ext4) {
		if (file_bytes < EXT4_IMAGE_BYTES)
			return -ENOSPC;
		end_bytes = EXT4_IMAGE_BYTES;
	}
	for (uint64_t at = 0; at < end_bytes; at += sizeof(part)) {
		uint64_t bytes = end_bytes - at < sizeof(part) ? end_bytes - at : sizeof(part);
		ssize_t n;

		backing_content_fill(content, number, file_bytes, at, part, bytes);
		n = pwrite(fd, part, bytes, (off_t)at);
		if (n != (ssize_t)bytes)
			return n < 0 ? -errno : -ENOSPC;
	}
	return 0;
}
