/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one table of operations: what a worker's program may say.
 *
 * The parser, `looprace list operations`, the manual page, the engine's dispatch and the tests all expand this table;
 * a row without an engine function op_<name>() does not compile.
 *
 * OPERATION(name, summary) is followed by its ARGUMENTs, in the order in which they stand in
 * struct operation_call.arguments: ARGUMENT(operation, name, type, default text, summary).
 * An argument of type POSITIONAL_* is written bare ("hold 0..500us"); all others as name=value.
 *
 * A worker's descriptors have names.  `attached` is the device of its last attach; others begin to be with `as=`.  An
 * operation on a descriptor that is not open, because its open() lost a race, is left out.  What names mean is looked up
 * when all of the scenario was read, so a default that is a name, such as `device`, is an error where nobody opens it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* clang-format off */
#define LOOPRACE_OPERATIONS(OPERATION, ARGUMENT)                                                                       \
	OPERATION(attach, "find a free device and bind the worker's backing file to it")                               \
	ARGUMENT(attach, policy, POLICY, "full_jitter", "backoff policy, see looprace list policies")                  \
	ARGUMENT(attach, api, API, "auto", "auto, set_fd or configure")                                                \
	ARGUMENT(attach, read_only, BOOL, "no", "bind read-only")                                                      \
	ARGUMENT(attach, autoclear, BOOL, "no", "let the last close release the device")                               \
	ARGUMENT(attach, direct_io, BOOL, "no", "read and write the backing file around the page cache")               \
	ARGUMENT(attach, partition_scan, BOOL, "no", "look for a partition table when binding")                        \
	ARGUMENT(attach, offset, SIZE, "0B", "first byte of the backing file that the device shows")                   \
	ARGUMENT(attach, size_limit, SIZE, "0B", "most bytes that the device shows; 0B: all")                          \
	ARGUMENT(attach, block_size, SIZE, "0B", "logical block size; 0B: the kernel's default")                       \
	ARGUMENT(attach, tries, COUNT, "0", "most tries; 0: the policy's own number")                                  \
	ARGUMENT(attach, budget, DURATION, "0s", "give up after this time; 0s: never")                                 \
	OPERATION(detach,                                                                                              \
		 "ask for the release of the attached device and close it; nothing to do when attach gave up")         \
	OPERATION(close,                                                                                               \
		 "close a descriptor; the attached device is closed without asking for its release, as autoclear users do")\
	ARGUMENT(close, descriptor, POSITIONAL_DESCRIPTOR, "attached", "which")                                        \
	OPERATION(check, "read something back and record it for the judge")                                            \
	ARGUMENT(check, what, POSITIONAL_CHECK, "identity",                                                            \
		 "identity, sysfs, size, block_size, diskseq, read_only or partitions; all: each of these in turn")    \
	ARGUMENT(check, on, DESCRIPTOR, "attached", "descriptor of the device")                                        \
	OPERATION(hold, "wait a random time, drawn anew from the seed in each round")                                  \
	ARGUMENT(hold, time, POSITIONAL_DURATION_RANGE, "0us", "such as 500us, or 0..500us")                           \
	OPERATION(after, "wait until all workers of a group have run a line of theirs in this round")                  \
	ARGUMENT(after, line, POSITIONAL_LABEL, "", "GROUP.LABEL")                                                     \
	OPERATION(fault, "plant a fault, to prove that it is noticed; only inside a virtual machine")                  \
	ARGUMENT(fault, what, POSITIONAL_FAULT, "panic",                                                               \
		 "panic, reboot, stuck (this call never returns), freeze (all CPUs), flood (the console)")             \
	ARGUMENT(fault, round, COUNT, "1", "in which round of the worker, from 1")                                     \
	OPERATION(ctl_add, "LOOP_CTL_ADD: make a device")                                                              \
	ARGUMENT(ctl_add, index, POSITIONAL_NUMBER, "0", "which; a negative one lets the kernel choose")               \
	ARGUMENT(ctl_add, compat, BOOL, "no", "through the 32-bit entry of the kernel")                                \
	OPERATION(ctl_remove, "LOOP_CTL_REMOVE: take a device away")                                                   \
	ARGUMENT(ctl_remove, index, POSITIONAL_NUMBER, "0", "which")                                                   \
	ARGUMENT(ctl_remove, compat, BOOL, "no", "through the 32-bit entry of the kernel")                             \
	OPERATION(ctl_get_free, "LOOP_CTL_GET_FREE: ask for a free device, which `got` then means")                    \
	ARGUMENT(ctl_get_free, compat, BOOL, "no", "through the 32-bit entry of the kernel")                           \
	OPERATION(open, "open a device")                                                                               \
	ARGUMENT(open, device, POSITIONAL_DEVICE, "got",                                                               \
		 "name of a [device], loopN, or got: what the worker's last ctl_get_free returned")                    \
	ARGUMENT(open, as, DESCRIPTOR, "device", "name of the descriptor")                                             \
	ARGUMENT(open, mode, MODE, "rw", "rw, ro or wo")                                                               \
	ARGUMENT(open, exclusive, BOOL, "no", "O_EXCL")                                                                \
	ARGUMENT(open, direct, BOOL, "no", "O_DIRECT")                                                                 \
	ARGUMENT(open, partition, COUNT, "0", "a partition of the device; 0: all of it")                               \
	ARGUMENT(open, own_node, BOOL, "no",                                                                           \
		 "through a device node of our own, which may lead to a device that does not exist")                   \
	OPERATION(open_file, "open a backing file")                                                                    \
	ARGUMENT(open_file, file, POSITIONAL_FILE, "own", "name of a [backing], or own: the worker's own")             \
	ARGUMENT(open_file, as, DESCRIPTOR, "file", "name of the descriptor")                                          \
	ARGUMENT(open_file, mode, MODE, "rw", "rw, ro or wo")                                                          \
	ARGUMENT(open_file, direct, BOOL, "no", "O_DIRECT")                                                            \
	ARGUMENT(open_file, path_only, BOOL, "no", "O_PATH")                                                           \
	OPERATION(dup, "a second descriptor of the same open file description")                                        \
	ARGUMENT(dup, descriptor, POSITIONAL_DESCRIPTOR, "device", "of which")                                         \
	ARGUMENT(dup, as, DESCRIPTOR, "copy", "name of the new one")                                                   \
	OPERATION(set_fd, "LOOP_SET_FD: bind")                                                                         \
	ARGUMENT(set_fd, descriptor, POSITIONAL_DESCRIPTOR, "device", "of the device")                                 \
	ARGUMENT(set_fd, file, FILE, "own", "backing file")                                                            \
	ARGUMENT(set_fd, from, DESCRIPTOR, "none", "a descriptor to bind instead, such as one of another device")      \
	ARGUMENT(set_fd, compat, BOOL, "no", "through the 32-bit entry of the kernel")                                 \
	OPERATION(configure, "LOOP_CONFIGURE: bind and set up in one call")                                            \
	ARGUMENT(configure, descriptor, POSITIONAL_DESCRIPTOR, "device", "of the device")                              \
	ARGUMENT(configure, file, FILE, "own", "backing file")                                                         \
	ARGUMENT(configure, from, DESCRIPTOR, "none", "a descriptor to bind instead")                                  \
	ARGUMENT(configure, offset, SIZE, "0B", "first byte of the backing file that the device shows")                \
	ARGUMENT(configure, size_limit, SIZE, "0B", "most bytes that the device shows; 0B: all")                       \
	ARGUMENT(configure, block_size, SIZE, "0B", "logical block size; 0B: the kernel's default")                    \
	ARGUMENT(configure, read_only, BOOL, "no", "LO_FLAGS_READ_ONLY")                                               \
	ARGUMENT(configure, autoclear, BOOL, "no", "LO_FLAGS_AUTOCLEAR")                                               \
	ARGUMENT(configure, partition_scan, BOOL, "no", "LO_FLAGS_PARTSCAN")                                           \
	ARGUMENT(configure, direct_io, BOOL, "no", "LO_FLAGS_DIRECT_IO")                                               \
	ARGUMENT(configure, flags, NUMBER, "0", "more lo_flags, as they are")                                          \
	ARGUMENT(configure, encryption, COUNT, "0", "lo_encrypt_type; 1: LO_CRYPT_XOR, with a key of zeros")           \
	ARGUMENT(configure, key_size, COUNT, "0", "lo_encrypt_key_size; 0: 32 with an encryption")                     \
	ARGUMENT(configure, compat, BOOL, "no", "through the 32-bit entry of the kernel")                              \
	OPERATION(clr_fd, "LOOP_CLR_FD: ask for the release")                                                          \
	ARGUMENT(clr_fd, descriptor, POSITIONAL_DESCRIPTOR, "device", "of the device")                                 \
	ARGUMENT(clr_fd, compat, BOOL, "no", "through the 32-bit entry of the kernel")                                 \
	OPERATION(change_fd, "LOOP_CHANGE_FD: bind another file of the same size to a read-only device")               \
	ARGUMENT(change_fd, descriptor, POSITIONAL_DESCRIPTOR, "device", "of the device")                              \
	ARGUMENT(change_fd, file, FILE, "own", "backing file")                                                         \
	ARGUMENT(change_fd, from, DESCRIPTOR, "none", "a descriptor to bind instead")                                  \
	ARGUMENT(change_fd, compat, BOOL, "no", "through the 32-bit entry of the kernel")                              \
	OPERATION(set_status, "LOOP_SET_STATUS64, or LOOP_SET_STATUS")                                                 \
	ARGUMENT(set_status, descriptor, POSITIONAL_DESCRIPTOR, "device", "of the device")                             \
	ARGUMENT(set_status, offset, SIZE, "0B", "first byte of the backing file that the device shows")               \
	ARGUMENT(set_status, size_limit, SIZE, "0B", "most bytes that the device shows; 0B: all")                      \
	ARGUMENT(set_status, read_only, BOOL, "no", "LO_FLAGS_READ_ONLY")                                              \
	ARGUMENT(set_status, autoclear, BOOL, "no", "LO_FLAGS_AUTOCLEAR")                                              \
	ARGUMENT(set_status, partition_scan, BOOL, "no", "LO_FLAGS_PARTSCAN")                                          \
	ARGUMENT(set_status, direct_io, BOOL, "no", "LO_FLAGS_DIRECT_IO")                                              \
	ARGUMENT(set_status, flags, NUMBER, "0", "more lo_flags, as they are")                                         \
	ARGUMENT(set_status, encryption, COUNT, "0", "lo_encrypt_type; 1: LO_CRYPT_XOR, with a key of zeros")          \
	ARGUMENT(set_status, key_size, COUNT, "0", "lo_encrypt_key_size; 0: 32 with an encryption")                    \
	ARGUMENT(set_status, layout, LAYOUT, "info64",                                                                 \
		 "info64 or info: struct loop_info64 or the old struct loop_info")                                     \
	ARGUMENT(set_status, pointer, POINTER, "good", "good, null or bad (it leads nowhere)")                         \
	ARGUMENT(set_status, compat, BOOL, "no", "through the 32-bit entry of the kernel")                             \
	OPERATION(get_status, "LOOP_GET_STATUS64, or LOOP_GET_STATUS")                                                 \
	ARGUMENT(get_status, descriptor, POSITIONAL_DESCRIPTOR, "device", "of the device")                             \
	ARGUMENT(get_status, layout, LAYOUT, "info64",                                                                 \
		 "info64 or info: struct loop_info64 or the old struct loop_info")                                     \
	ARGUMENT(get_status, pointer, POINTER, "good", "good, null or bad (it leads nowhere)")                         \
	ARGUMENT(get_status, compat, BOOL, "no", "through the 32-bit entry of the kernel")                             \
	OPERATION(set_capacity, "LOOP_SET_CAPACITY: follow the size of the backing file")                              \
	ARGUMENT(set_capacity, descriptor, POSITIONAL_DESCRIPTOR, "device", "of the device")                           \
	ARGUMENT(set_capacity, compat, BOOL, "no", "through the 32-bit entry of the kernel")                           \
	OPERATION(set_direct_io, "LOOP_SET_DIRECT_IO")                                                                 \
	ARGUMENT(set_direct_io, descriptor, POSITIONAL_DESCRIPTOR, "device", "of the device")                          \
	ARGUMENT(set_direct_io, value, NUMBER, "1", "the argument")                                                    \
	ARGUMENT(set_direct_io, compat, BOOL, "no", "through the 32-bit entry of the kernel")                          \
	OPERATION(set_block_size, "LOOP_SET_BLOCK_SIZE")                                                               \
	ARGUMENT(set_block_size, descriptor, POSITIONAL_DESCRIPTOR, "device", "of the device")                         \
	ARGUMENT(set_block_size, value, NUMBER, "512", "the argument, bytes")                                          \
	ARGUMENT(set_block_size, compat, BOOL, "no", "through the 32-bit entry of the kernel")                         \
	OPERATION(ioctl, "any other ioctl")                                                                            \
	ARGUMENT(ioctl, descriptor, POSITIONAL_DESCRIPTOR, "device", "of the device")                                  \
	ARGUMENT(ioctl, request, NUMBER, "0x4c7f", "its number")                                                       \
	ARGUMENT(ioctl, argument, NUMBER, "0", "its argument")                                                         \
	ARGUMENT(ioctl, compat, BOOL, "no", "through the 32-bit entry of the kernel")                                  \
	OPERATION(read, "read blocks through io_uring, and record whose they are")                                     \
	ARGUMENT(read, descriptor, POSITIONAL_DESCRIPTOR, "device", "of a device or a file")                           \
	ARGUMENT(read, at, SIZE, "0B", "first byte")                                                                   \
	ARGUMENT(read, length, SIZE, "4KiB", "bytes, a multiple of 512B")                                              \
	OPERATION(write, "write tagged blocks through io_uring: owner, generation, sector")                            \
	ARGUMENT(write, descriptor, POSITIONAL_DESCRIPTOR, "device", "of a device or a file")                          \
	ARGUMENT(write, at, SIZE, "0B", "first byte")                                                                  \
	ARGUMENT(write, length, SIZE, "4KiB", "bytes, a multiple of 512B")                                             \
	ARGUMENT(write, owner, FILE, "own",                                                                            \
		 "whose tags: the backing file that the worker believes behind the descriptor")                        \
	OPERATION(fsync, "fsync through io_uring")                                                                     \
	ARGUMENT(fsync, descriptor, POSITIONAL_DESCRIPTOR, "device", "of a device or a file")                          \
	OPERATION(discard,                                                                                             \
		 "let go of a range: fallocate() with a punched hole, or BLKDISCARD, through io_uring where it can")   \
	ARGUMENT(discard, descriptor, POSITIONAL_DESCRIPTOR, "device", "of a device or a file")                        \
	ARGUMENT(discard, at, SIZE, "0B", "first byte")                                                                \
	ARGUMENT(discard, length, SIZE, "4KiB", "bytes")                                                               \
	OPERATION(zeroout, "write zeros to a range, by fallocate() through io_uring")                                  \
	ARGUMENT(zeroout, descriptor, POSITIONAL_DESCRIPTOR, "device", "of a device or a file")                        \
	ARGUMENT(zeroout, at, SIZE, "0B", "first byte")                                                                \
	ARGUMENT(zeroout, length, SIZE, "4KiB", "bytes")                                                               \
	OPERATION(flush_buffers, "BLKFLSBUF: write back and drop the device's cached pages")                           \
	ARGUMENT(flush_buffers, descriptor, POSITIONAL_DESCRIPTOR, "device", "of the device")                          \
	OPERATION(map, "map a range into memory; a descriptor has one mapping at most")                                \
	ARGUMENT(map, descriptor, POSITIONAL_DESCRIPTOR, "device", "of a device or a file")                            \
	ARGUMENT(map, at, SIZE, "0B", "first byte, a multiple of 4KiB")                                                \
	ARGUMENT(map, length, SIZE, "4KiB", "bytes")                                                                   \
	OPERATION(unmap, "take the mapping away")                                                                      \
	ARGUMENT(unmap, descriptor, POSITIONAL_DESCRIPTOR, "device", "whose")                                          \
	OPERATION(load, "read blocks from the mapping, and record whose they are")                                     \
	ARGUMENT(load, descriptor, POSITIONAL_DESCRIPTOR, "device", "whose mapping")                                   \
	ARGUMENT(load, at, SIZE, "0B", "first byte, of the device")                                                    \
	ARGUMENT(load, length, SIZE, "4KiB", "bytes, a multiple of 512B")                                              \
	OPERATION(store, "write tagged blocks to the mapping")                                                         \
	ARGUMENT(store, descriptor, POSITIONAL_DESCRIPTOR, "device", "whose mapping")                                  \
	ARGUMENT(store, at, SIZE, "0B", "first byte, of the device")                                                   \
	ARGUMENT(store, length, SIZE, "4KiB", "bytes, a multiple of 512B")                                             \
	ARGUMENT(store, owner, FILE, "own", "whose tags")                                                              \
	OPERATION(truncate, "make a backing file shorter or longer")                                                   \
	ARGUMENT(truncate, file, POSITIONAL_FILE, "own", "which")                                                      \
	ARGUMENT(truncate, size, SIZE, "0B", "new size")                                                               \
	OPERATION(partition_add, "BLKPG_ADD_PARTITION: make a partition without a partition table")                    \
	ARGUMENT(partition_add, descriptor, POSITIONAL_DESCRIPTOR, "device", "of the device")                          \
	ARGUMENT(partition_add, number, COUNT, "1", "of the partition")                                                \
	ARGUMENT(partition_add, start, SIZE, "0B", "first byte")                                                       \
	ARGUMENT(partition_add, length, SIZE, "64KiB", "bytes")                                                        \
	OPERATION(partition_delete, "BLKPG_DEL_PARTITION")                                                             \
	ARGUMENT(partition_delete, descriptor, POSITIONAL_DESCRIPTOR, "device", "of the device")                       \
	ARGUMENT(partition_delete, number, COUNT, "1", "of the partition")                                             \
	OPERATION(partition_reread, "BLKRRPART: read the partition table anew")                                        \
	ARGUMENT(partition_reread, descriptor, POSITIONAL_DESCRIPTOR, "device", "of the device")                       \
	OPERATION(mount, "mount the ext4 file system of a device, for the worker")                                     \
	ARGUMENT(mount, device, POSITIONAL_DEVICE, "got", "which")                                                     \
	ARGUMENT(mount, read_only, BOOL, "no", "MS_RDONLY")                                                            \
	OPERATION(unmount, "unmount what the worker has mounted")                                                      \
	OPERATION(module_remove, "remove the loop module, without waiting")                                            \
	OPERATION(module_insert, "insert the loop module")                                                             \
	OPERATION(inject,                                                                                              \
		 "from here on let something fail inside each call of the worker, for want of memory or by an I/O error")\
	ARGUMENT(inject, what, POSITIONAL_INJECTION, "fail_nth",                                                       \
		 "fail_nth (the Nth thing in a call that can fail), failslab, fail_page_alloc, fail_make_request, or none")\
	ARGUMENT(inject, value, COUNT_RANGE, "1",                                                                      \
		 "N, of the others a percentage; of a range such as 1..30 each round takes the next")
/* clang-format on */

/* The words that arguments of these types may take, in the order of their values. */
#define LOOPRACE_API_WORDS(X) X(auto) X(configure) X(set_fd)
#define LOOPRACE_CHECK_WORDS(X) X(identity) X(sysfs) X(size) X(block_size) X(diskseq) X(read_only) X(partitions) X(all)
#define LOOPRACE_MODE_WORDS(X) X(rw) X(ro) X(wo)
#define LOOPRACE_LAYOUT_WORDS(X) X(info64) X(info)
#define LOOPRACE_POINTER_WORDS(X) X(good) X(null) X(bad)
/* Names of the kernel's: the files of /proc and debugfs that turn them on. */
#define LOOPRACE_INJECTION_WORDS(X) X(none) X(fail_nth) X(failslab) X(fail_page_alloc) X(fail_make_request)
#define LOOPRACE_FAULT_WORDS(X) X(panic) X(reboot) X(stuck) X(freeze) X(flood)

enum operation {
#define OPERATION(name, summary) OPERATION_##name,
#define ARGUMENT(operation, name, type, fallback, summary)
	LOOPRACE_OPERATIONS(OPERATION, ARGUMENT)
#undef OPERATION
#undef ARGUMENT
		OPERATION_COUNT,
};

enum fault {
#define X(word) FAULT_##word,
	LOOPRACE_FAULT_WORDS(X)
#undef X
};

enum injection_kind {
#define X(word) INJECTION_##word,
	LOOPRACE_INJECTION_WORDS(X)
#undef X
};

#define X(word) CHECK_##word,
enum check_subject { LOOPRACE_CHECK_WORDS(X) };
#undef X
#define X(word) MODE_##word,
enum open_mode { LOOPRACE_MODE_WORDS(X) };
#undef X
#define X(word) LAYOUT_##word,
enum info_layout { LOOPRACE_LAYOUT_WORDS(X) };
#undef X
#define X(word) POINTER_##word,
enum pointer_kind { LOOPRACE_POINTER_WORDS(X) };
#undef X

enum argument_type {
	ARGUMENT_POLICY,   /* value: row of looprace_policy_at() */
	ARGUMENT_API,	   /* value: enum looprace_api */
	ARGUMENT_BOOL,	   /* yes or no */
	/* Bytes, with a unit: B, KiB, MiB, GiB; or a bare 0x... of up to 64 bits, for what no sane program asks for. */
	ARGUMENT_SIZE,
	ARGUMENT_COUNT,	   /* a bare number */
	ARGUMENT_COUNT_RANGE, /* such as 5, or 1..30 */
	ARGUMENT_NUMBER,   /* a bare number, may be negative (two's complement in 64 bits) or 0x... */
	ARGUMENT_DURATION, /* ns; written with a unit: ns, us, ms, s, min */
	ARGUMENT_MODE,	   /* enum open_mode */
	ARGUMENT_LAYOUT,   /* enum info_layout */
	ARGUMENT_POINTER,  /* enum pointer_kind */
	ARGUMENT_DESCRIPTOR, /* row of scenario.descriptors; SCENARIO_DESCRIPTOR_NONE for none */
	ARGUMENT_FILE,	     /* row of scenario.backings; SCENARIO_BACKING_OWN for own */
	ARGUMENT_POSITIONAL_NUMBER, /* this and all below are written bare */
	ARGUMENT_POSITIONAL_DESCRIPTOR,
	ARGUMENT_POSITIONAL_FILE,
	ARGUMENT_POSITIONAL_DEVICE, /* row of scenario.devices; SCENARIO_DEVICE_GOT for got; others + N for loopN */
	ARGUMENT_POSITIONAL_LABEL,  /* row of scenario.labels */
	ARGUMENT_POSITIONAL_DURATION_RANGE,
	ARGUMENT_POSITIONAL_CHECK,
	ARGUMENT_POSITIONAL_FAULT,
	ARGUMENT_POSITIONAL_INJECTION, /* enum injection_kind */
};

static inline bool argument_is_positional(enum argument_type type)
{
	return type >= ARGUMENT_POSITIONAL_NUMBER;
}

/* The most arguments that an operation has; a static assertion in operations.c holds it true. */
#define OPERATION_ARGUMENT_COUNT_MAX 14

struct argument_info {
	const char *name;
	enum argument_type type;
	const char *fallback; /* default, as text */
	const char *summary;
};

struct operation_info {
	const char *name;
	const char *summary;
	unsigned int argument_count;
	struct argument_info arguments[OPERATION_ARGUMENT_COUNT_MAX];
};

/**
 * operation_info() - a row of the table
 * @operation:	below OPERATION_COUNT
 *
 * Return: the row, static.
 */
const struct operation_info *operation_info(enum operation operation);

/*
 * Position of an argument in struct operation_call.arguments, such as ARGUMENT_AT(attach, policy).
 *
 * The table is expanded once into structures that are never made: one structure an operation, one byte an argument
 * behind a first byte, so that offsetof() is an argument's position and sizeof() their count.
 */
#define ARGUMENT_AT(operation, name) (offsetof(struct operation_shape_##operation, name) - 1)
/* clang-format off */
struct operation_shape_nothing {
	char base;
#define OPERATION(name, summary) }; struct operation_shape_##name { char base;
#define ARGUMENT(operation, name, type, fallback, summary) char name;
	LOOPRACE_OPERATIONS(OPERATION, ARGUMENT)
#undef OPERATION
#undef ARGUMENT
};
/* clang-format on */
