/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ext4 file system of 1 MiB without a journal, made at build time (make-ext4-image), as those of its blocks that are
 * not zeros.  It holds one file, `content`, of EXT4_IMAGE_FILE_BYTES bytes: 0 to 250, over and over.
 */
#pragma once

#include <stdint.h>

#define EXT4_IMAGE_BYTES       (1u << 20)
#define EXT4_IMAGE_BLOCK_BYTES 1024u
#define EXT4_IMAGE_FILE_BYTES  (16u << 10)

struct ext4_image_block {
	uint32_t number;
	uint8_t bytes[EXT4_IMAGE_BLOCK_BYTES];
};

extern const struct ext4_image_block ext4_image_blocks[];
extern const unsigned int ext4_image_block_count;
