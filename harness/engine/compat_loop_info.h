/* SPDX-License-Identifier: Apache-2.0 */
/* What a 32-bit program calls struct loop_info: struct compat_loop_info of drivers/block/loop.c, which no UAPI header has. */
#pragma once

#include <linux/loop.h>
#include <stdint.h>

struct compat_loop_info {
	int32_t lo_number;
	uint16_t lo_device;
	uint32_t lo_inode;
	uint16_t lo_rdevice;
	int32_t lo_offset;
	int32_t lo_encrypt_type;
	int32_t lo_encrypt_key_size;
	int32_t lo_flags;
	char lo_name[LO_NAME_SIZE];
	uint8_t lo_encrypt_key[LO_KEY_SIZE];
	uint32_t lo_init[2];
	char reserved[4];
};
