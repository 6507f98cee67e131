/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of test-operations.c: what a line of a program asks of the kernel, and what is recorded of the answer. */
#pragma once

#include <errno.h>
#include <limits.h>

#define OPEN "  open five as=device\n"

struct operation_case {
	const char *prepare; /* lines before */
	const char *line;
	int result; /* of its calls; INT_MAX: success, and for an open a descriptor */
	const char *asked;
	const char *record; /* see describe() */
};

/* clang-format off */
static const struct operation_case cases[] = {
/* loop-control */
{ "", "ctl_add 7", 7, "ioctl 3 0x4c80 0x7;",
  "LOOP_CTL_ADD index=7 partition=0 file=0 result=7 value=0x7" },
{ "", "ctl_add 7", -EEXIST, "ioctl 3 0x4c80 0x7;",
  "LOOP_CTL_ADD index=7 partition=0 file=0 result=-17 value=0x7" },
{ "", "ctl_add -1", 12, "ioctl 3 0x4c80 0xffffffffffffffff;",
  "LOOP_CTL_ADD index=12 partition=0 file=0 result=12 value=0xffffffffffffffff" },
{ "", "ctl_add 7 compat=yes", -EEXIST, "compat 3 0x4c80 0x7;",
  "LOOP_CTL_ADD index=7 partition=0 file=0 result=-17 value=0x7 call_flags=1" },
{ "", "ctl_remove 7", INT_MAX, "ioctl 3 0x4c81 0x7;",
  "LOOP_CTL_REMOVE index=7 partition=0 file=0 result=0 value=0x7" },
{ "", "ctl_remove 7", 7, "ioctl 3 0x4c81 0x7;",
  "LOOP_CTL_REMOVE index=7 partition=0 file=0 result=7 value=0x7" },
{ "", "ctl_remove -5", 3, "ioctl 3 0x4c81 0xfffffffffffffffb;",
  "LOOP_CTL_REMOVE index=3 partition=0 file=0 result=3 value=0xfffffffffffffffb" },
{ "", "ctl_remove -5", -EINVAL, "ioctl 3 0x4c81 0xfffffffffffffffb;",
  "LOOP_CTL_REMOVE index=-1 partition=0 file=0 result=-22 value=0xfffffffffffffffb" },
{ "", "ctl_get_free", 4, "ioctl 3 0x4c82 0;",
  "LOOP_CTL_GET_FREE index=4 partition=0 file=0 result=4" },
{ "", "ctl_get_free compat=yes", 4, "compat 3 0x4c82 0;",
  "LOOP_CTL_GET_FREE index=4 partition=0 file=0 result=4 call_flags=1" },

/* opening and closing */
{ "", "open five as=device", INT_MAX, "open /dev/loop5 0x2;",
  "open index=5 partition=0 file=1 result=50 open_flags=0x2" },
{ "", "open five as=device", -ENXIO, "open /dev/loop5 0x2;",
  "open index=5 partition=0 file=0 result=-6 open_flags=0x2" },
{ "", "open loop70000 as=device mode=ro", INT_MAX, "open /dev/loop70000 0;",
  "open index=70000 partition=0 file=1 result=50" },
{ "  ctl_get_free\n", "open got as=device mode=wo exclusive=yes direct=yes", INT_MAX, "open /dev/loop0 0x4081;",
  "open index=0 partition=0 file=1 result=50 open_flags=0x4081" },
{ "", "open five as=device partition=2", INT_MAX, "open /dev/loop5p2 0x2;",
  "open index=5 partition=2 file=1 result=50 open_flags=0x2" },
{ "", "open five as=device own_node=yes", INT_MAX,
  "node /here/looprace-node-0 7 5;open /here/looprace-node-0 0x2;unlink /here/looprace-node-0;",
  "open index=5 partition=0 file=1 result=50 open_flags=0x2" },
{ OPEN, "close device", INT_MAX, "close 50;", "close index=5 partition=0 file=1 result=0" },
{ "  open five as=device partition=2\n", "close device", INT_MAX, "close 50;",
  "close index=5 partition=2 file=1 result=0" },
{ "  open five as=common\n", "close common", INT_MAX, "close 50;",
  "close index=5 partition=0 file=1 result=0 call_flags=2" },
{ "", "open_file a as=file direct=yes", INT_MAX, "open /here/a.img 0x4002;",
  "open of a file index=-1 partition=0 file=1 result=50 dev=7 inode=31 open_flags=0x4002" },
{ "", "open_file own as=file mode=ro path_only=yes", INT_MAX, "open /here/own.img 0x200000;",
  "open of a file index=-1 partition=0 file=1 result=50 dev=7 inode=30 open_flags=0x200000" },
{ "  open_file a as=file\n", "close file", INT_MAX, "close 50;",
  "close of a file index=-1 partition=0 file=1 result=0" },
{ OPEN, "dup device as=copy", INT_MAX, "dup 50;", "dup index=5 partition=0 file=1 result=51" },
{ OPEN "  dup device as=copy\n", "close device", INT_MAX, "close 50;",
  "close index=5 partition=0 file=1 result=0" },
{ OPEN "  dup device as=copy\n", "get_status copy pointer=null", -EINVAL, "ioctl 51 0x4c05 0;",
  "LOOP_GET_STATUS64 index=5 partition=0 file=1 result=-22 value=0x1 call_flags=16" },

/* binding */
{ OPEN, "set_fd device", INT_MAX, "ioctl 50 0x4c00 0x1e;",
  "LOOP_SET_FD index=5 partition=0 file=1 result=0 dev=7 inode=30 open_flags=0x2" },
{ OPEN, "set_fd device file=a compat=yes", -EBUSY, "compat 50 0x4c00 0x1f;",
  "LOOP_SET_FD index=5 partition=0 file=1 result=-16 dev=7 inode=31 open_flags=0x2 call_flags=1" },
{ OPEN, "set_fd device file=nothing", -EBADF, "ioctl 50 0x4c00 0xffffffffffffffff;",
  "LOOP_SET_FD index=5 partition=0 file=1 result=-9" },
{ OPEN "  open six as=other mode=ro\n", "set_fd device from=other", INT_MAX, "ioctl 50 0x4c00 0x33;",
  "LOOP_SET_FD index=5 partition=0 file=1 result=0 dev=9 inode=51 value=0x7" },
{ OPEN, "set_fd device from=device", -EBADF, "ioctl 50 0x4c00 0x32;",
  "LOOP_SET_FD index=5 partition=0 file=1 result=-9 dev=9 inode=50 value=0x6 open_flags=0x2" },
{ "  open_file a as=file mode=ro path_only=yes\n" OPEN, "set_fd device from=file", -EBADF, "ioctl 51 0x4c00 0x32;",
  "LOOP_SET_FD index=5 partition=0 file=2 result=-9 dev=9 inode=50 open_flags=0x200000" },
{ OPEN, "configure device file=a", INT_MAX,
  "ioctl 50 0x4c0a fd=31 block=0 offset=0 limit=0 flags=0 name=/here/a.img;",
  "LOOP_CONFIGURE index=5 partition=0 file=1 result=0 dev=7 inode=31 open_flags=0x2" },
{ OPEN, "configure device file=b offset=4KiB size_limit=64KiB block_size=1KiB read_only=yes autoclear=yes "
  "partition_scan=yes direct_io=yes flags=0x80000000", INT_MAX,
  "ioctl 50 0x4c0a fd=32 block=1024 offset=0x1000 limit=0x10000 flags=0x8000001d name=/here/b.img;",
  "LOOP_CONFIGURE index=5 partition=0 file=1 result=0 dev=7 inode=32 detail=0x8000001d offset=0x1000 "
  "length=0x10000 block_size=1024 open_flags=0x2" },
{ OPEN, "configure device file=a offset=0xffffffffffffffff size_limit=0x8000000000000000 block_size=0xffffffff "
  "compat=yes", -EOVERFLOW,
  "compat 50 0x4c0a fd=31 block=4294967295 offset=0xffffffffffffffff limit=0x8000000000000000 flags=0 "
  "name=/here/a.img;",
  "LOOP_CONFIGURE index=5 partition=0 file=1 result=-75 dev=7 inode=31 offset=0xffffffffffffffff "
  "length=0x8000000000000000 block_size=4294967295 open_flags=0x2 call_flags=1" },
{ OPEN "  open six as=other partition=1\n", "configure device from=other", INT_MAX,
  "ioctl 50 0x4c0a fd=51 block=0 offset=0 limit=0 flags=0 name=;",
  "LOOP_CONFIGURE index=5 partition=0 file=1 result=0 dev=9 inode=51 value=0x7 open_flags=0x2" },
{ OPEN, "clr_fd device", INT_MAX, "ioctl 50 0x4c01 0;",
  "LOOP_CLR_FD index=5 partition=0 file=1 result=0" },
{ OPEN, "clr_fd device compat=yes", -ENXIO, "compat 50 0x4c01 0;",
  "LOOP_CLR_FD index=5 partition=0 file=1 result=-6 call_flags=1" },
{ OPEN, "change_fd device file=b", INT_MAX, "ioctl 50 0x4c06 0x20;",
  "LOOP_CHANGE_FD index=5 partition=0 file=1 result=0 dev=7 inode=32 open_flags=0x2" },
{ OPEN "  open six as=other partition=1\n", "change_fd device from=other compat=yes", INT_MAX,
  "compat 50 0x4c06 0x33;",
  "LOOP_CHANGE_FD index=5 partition=0 file=1 result=0 dev=9 inode=51 value=0x7 open_flags=0x2 call_flags=1" },

/* status */
{ OPEN, "set_status device", INT_MAX, "ioctl 50 0x4c04 offset=0 limit=0 flags=0 name=;",
  "LOOP_SET_STATUS64 index=5 partition=0 file=1 result=0" },
{ OPEN, "set_status device offset=1KiB size_limit=4KiB read_only=yes autoclear=yes partition_scan=yes direct_io=yes "
  "flags=0x40", INT_MAX, "ioctl 50 0x4c04 offset=0x400 limit=0x1000 flags=0x5d name=;",
  "LOOP_SET_STATUS64 index=5 partition=0 file=1 result=0 detail=0x5d offset=0x400 length=0x1000" },
{ OPEN, "set_status device offset=512B compat=yes", INT_MAX, "compat 50 0x4c04 offset=0x200 limit=0 flags=0 name=;",
  "LOOP_SET_STATUS64 index=5 partition=0 file=1 result=0 offset=0x200 call_flags=1" },
{ OPEN, "set_status device layout=info offset=512B autoclear=yes", INT_MAX,
  "ioctl 50 0x4c02 offset=0x200 flags=0x4;",
  "LOOP_SET_STATUS index=5 partition=0 file=1 result=0 detail=0x4 offset=0x200" },
{ OPEN, "set_status device layout=info offset=0x80000000 compat=yes autoclear=yes", -EOVERFLOW,
  "compat 50 0x4c02 offset=0x80000000 flags=0x4;",
  "LOOP_SET_STATUS index=5 partition=0 file=1 result=-75 detail=0x4 offset=0xffffffff80000000 call_flags=1" },
{ OPEN, "set_status device encryption=1", INT_MAX,
  "ioctl 50 0x4c04 offset=0 limit=0 flags=0 name= encryption=1,32;",
  "LOOP_SET_STATUS64 index=5 partition=0 file=1 result=0 encrypt_type=1 key_size=32" },
{ OPEN, "set_status device layout=info encryption=2 key_size=1", -EINVAL,
  "ioctl 50 0x4c02 offset=0 flags=0 key_size=1;",
  "LOOP_SET_STATUS index=5 partition=0 file=1 result=-22 encrypt_type=2 key_size=1" },
{ OPEN, "set_status device layout=info encryption=1 key_size=5 compat=yes", -EINVAL,
  "compat 50 0x4c02 offset=0 flags=0 key_size=5;",
  "LOOP_SET_STATUS index=5 partition=0 file=1 result=-22 call_flags=1 encrypt_type=1 key_size=5" },
{ OPEN, "configure device file=a key_size=33", -EINVAL,
  "ioctl 50 0x4c0a fd=31 block=0 offset=0 limit=0 flags=0 name=/here/a.img encryption=0,33;",
  "LOOP_CONFIGURE index=5 partition=0 file=1 result=-22 dev=7 inode=31 open_flags=0x2 key_size=33" },
{ OPEN, "set_status device pointer=bad", -EFAULT, "ioctl 50 0x4c04 0x10;",
  "LOOP_SET_STATUS64 index=5 partition=0 file=1 result=-14 call_flags=16" },
{ OPEN, "set_status device pointer=null compat=yes", -EFAULT, "compat 50 0x4c04 0;",
  "LOOP_SET_STATUS64 index=5 partition=0 file=1 result=-14 value=0x1 call_flags=17" },
{ OPEN, "get_status device", INT_MAX, "ioctl 50 0x4c05;",
  "LOOP_GET_STATUS64 index=5 partition=0 file=1 result=0 dev=21 inode=22 detail=0x4 offset=0x1000 "
  "length=0x2000" },
{ OPEN, "get_status device", -ENXIO, "ioctl 50 0x4c05;",
  "LOOP_GET_STATUS64 index=5 partition=0 file=1 result=-6" },
{ OPEN, "get_status device compat=yes", INT_MAX, "compat 50 0x4c05;",
  "LOOP_GET_STATUS64 index=5 partition=0 file=1 result=0 dev=21 inode=22 detail=0x4 offset=0x1000 "
  "length=0x2000 call_flags=1" },
{ OPEN, "get_status device layout=info", INT_MAX, "ioctl 50 0x4c03;",
  "LOOP_GET_STATUS index=5 partition=0 file=1 result=0 dev=21 inode=22 detail=0x4 offset=0xfffffffffffffe00" },
{ OPEN, "get_status device layout=info compat=yes", INT_MAX, "compat 50 0x4c03;",
  "LOOP_GET_STATUS index=5 partition=0 file=1 result=0 dev=21 inode=22 detail=0x4 offset=0xfffffffffffffe00 "
  "call_flags=1" },
{ OPEN, "get_status device pointer=bad", -EFAULT, "ioctl 50 0x4c05 0x10;",
  "LOOP_GET_STATUS64 index=5 partition=0 file=1 result=-14 call_flags=16" },
{ OPEN, "get_status device pointer=bad", INT_MAX, "ioctl 50 0x4c05 0x10;",
  "LOOP_GET_STATUS64 index=5 partition=0 file=1 result=0 call_flags=16" },

/* settings */
{ OPEN, "set_capacity device", INT_MAX, "ioctl 50 0x4c07 0;",
  "LOOP_SET_CAPACITY index=5 partition=0 file=1 result=0" },
{ OPEN, "set_capacity device compat=yes", -ENXIO, "compat 50 0x4c07 0;",
  "LOOP_SET_CAPACITY index=5 partition=0 file=1 result=-6 call_flags=1" },
{ OPEN, "set_direct_io device", -EINVAL, "ioctl 50 0x4c08 0x1;",
  "LOOP_SET_DIRECT_IO index=5 partition=0 file=1 result=-22 value=0x1" },
{ OPEN, "set_direct_io device value=-1 compat=yes", -EINVAL, "compat 50 0x4c08 0xffffffffffffffff;",
  "LOOP_SET_DIRECT_IO index=5 partition=0 file=1 result=-22 value=0xffffffff call_flags=1" },
{ OPEN, "set_block_size device value=1024", INT_MAX, "ioctl 50 0x4c09 0x400;",
  "LOOP_SET_BLOCK_SIZE index=5 partition=0 file=1 result=0 value=0x400 block_size=1024" },
{ OPEN, "set_block_size device value=0x100000200", INT_MAX, "ioctl 50 0x4c09 0x100000200;",
  "LOOP_SET_BLOCK_SIZE index=5 partition=0 file=1 result=0 value=0x100000200 block_size=512" },
{ OPEN, "ioctl device request=0x4c7f argument=0x77", -EINVAL, "ioctl 50 0x4c7f 0x77;",
  "ioctl index=5 partition=0 file=1 result=-22 length=0x77 value=0x4c7f" },
{ OPEN, "ioctl device compat=yes", -ENOTTY, "compat 50 0x4c7f 0;",
  "ioctl index=5 partition=0 file=1 result=-25 value=0x4c7f call_flags=1" },
{ OPEN, "flush_buffers device", INT_MAX, "ioctl 50 0x1261 0;",
  "BLKFLSBUF index=5 partition=0 file=1 result=0" },

/* partitions */
{ OPEN, "partition_add device number=3 start=128KiB length=64KiB", INT_MAX,
  "ioctl 50 0x1269 op=1 number=3 start=131072 length=65536 bytes=152;",
  "BLKPG_ADD_PARTITION index=5 partition=0 file=1 result=0 offset=0x20000 length=0x10000 value=0x3" },
{ OPEN, "partition_delete device number=3", -ENXIO, "ioctl 50 0x1269 op=2 number=3 start=0 length=0 bytes=152;",
  "BLKPG_DEL_PARTITION index=5 partition=0 file=1 result=-6 value=0x3" },
{ OPEN, "partition_reread device", -EINVAL, "ioctl 50 0x125f 0;",
  "BLKRRPART index=5 partition=0 file=1 result=-22" },

/* reading back */
{ OPEN, "check identity on=device", INT_MAX, "ioctl 50 0x4c05;",
  "LOOP_GET_STATUS64 index=5 partition=0 file=1 result=0 dev=21 inode=22 detail=0x4 offset=0x1000 "
  "length=0x2000" },
{ OPEN, "check sysfs on=device", INT_MAX,
  "read /sys/block/loop5/loop/backing_file;read /sys/block/loop5/loop/autoclear;read /sys/block/loop5/loop/partscan;"
  "read /sys/block/loop5/loop/dio;read /sys/block/loop5/loop/offset;read /sys/block/loop5/loop/sizelimit;"
  "read /sys/block/loop5/size;",
  "read of sysfs index=5 partition=0 file=1 result=0 dev=7 inode=31 offset=0x1000 length=0x2000 value=0xa "
  "capacity_bytes=8192" },
{ OPEN, "check sysfs on=device", -ENOENT, "read /sys/block/loop5/loop/backing_file;read /sys/block/loop5/size;",
  "read of sysfs index=5 partition=0 file=1 result=-2" },
{ OPEN, "check size on=device", INT_MAX, "ioctl 50 0x80081272;",
  "BLKGETSIZE64 index=5 partition=0 file=1 result=0 capacity_bytes=1048576" },
{ OPEN, "check block_size on=device", INT_MAX, "ioctl 50 0x1268;",
  "BLKSSZGET index=5 partition=0 file=1 result=0 block_size=512" },
{ OPEN, "check diskseq on=device", INT_MAX, "ioctl 50 0x80081280;",
  "BLKGETDISKSEQ index=5 partition=0 file=1 result=0 diskseq=1048576" },
{ OPEN, "check diskseq on=device", -ENOTTY, "ioctl 50 0x80081280;",
  "BLKGETDISKSEQ index=5 partition=0 file=1 result=-25" },
{ OPEN, "check read_only on=device", INT_MAX, "ioctl 50 0x125e;",
  "BLKROGET index=5 partition=0 file=1 result=0 value=0x1" },
{ OPEN, "check partitions on=device", INT_MAX, "",
  "partitions in sysfs index=5 partition=0 file=1 result=0 value=0x4" },
{ OPEN, "check all on=device", -ENOTTY,
  "ioctl 50 0x4c05;read /sys/block/loop5/loop/backing_file;read /sys/block/loop5/size;ioctl 50 0x80081272;"
  "ioctl 50 0x1268;ioctl 50 0x80081280;ioctl 50 0x125e;",
  "partitions in sysfs index=5 partition=0 file=1 result=0 value=0x4" },

/* mounts and the module */
{ "", "mount five", INT_MAX, "mount /dev/loop5 /here/looprace-mount-0 ext4 0;",
  "mount index=5 partition=0 file=0 result=0" },
{ "", "mount five read_only=yes", -EBUSY, "mount /dev/loop5 /here/looprace-mount-0 ext4 1;",
  "mount index=5 partition=0 file=0 result=-16 value=0x1" },
{ "  mount five\n", "unmount", INT_MAX, "unmount /here/looprace-mount-0;",
  "umount index=5 partition=0 file=0 result=0" },
{ "", "module_remove", -EAGAIN, "remove loop;", "delete_module index=-1 partition=0 file=0 result=-11" },
{ "", "module_insert", -EEXIST, "insert loop;", "finit_module index=-1 partition=0 file=0 result=-17" },
};
/* clang-format on */
