/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's numbers and structures for loop devices, also where the installed headers are older than the kernel
 * that runs: LOOP_CONFIGURE came with v5.8, BLKGETDISKSEQ with v5.15.  A binary built on an old system must still be
 * able to ask a new kernel, and learns from the errno when that kernel does not know the call.
 *
 * Nothing here is ours: a number that <linux/loop.h> has is taken from there.
 */
#pragma once

#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/loop.h>
#include <linux/major.h>
#include <linux/types.h>

#ifndef LOOP_SET_DIRECT_IO
#define LOOP_SET_DIRECT_IO 0x4C08
#endif

#ifndef LOOP_SET_BLOCK_SIZE
#define LOOP_SET_BLOCK_SIZE 0x4C09
#endif

#ifndef LOOP_CONFIGURE
#define LOOP_CONFIGURE 0x4C0A
struct loop_config {
	__u32 fd;
	__u32 block_size;
	struct loop_info64 info;
	__u64 __reserved[8];
};
#endif

#ifndef BLKGETDISKSEQ
#define BLKGETDISKSEQ _IOR(0x12, 128, __u64)
#endif
