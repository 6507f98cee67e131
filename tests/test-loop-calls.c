/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each call on a loop device may return, in each state of the device and on each group of kernels: a table of single
 * calls behind a short history that brings the device into the state.  Most come in pairs, a result that is right and one
 * beside it that is not.
 */
#include "harness/judge/examination.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <string.h>

#include "tests/history_builder.h"

#define INDEX 3
#define DEV   25
#define MIB   (1u << 20)

static const struct kernel_version kernels[] = { { 5, 10, 262 }, { 6, 1, 192 }, { 6, 12, 117 }, { 7, 3, 4 } };

#define KERNEL_COUNT (sizeof(kernels) / sizeof(kernels[0]))

/* Sets of kernels. */
#define ON_5_10	   1u
#define ON_6_1	   2u
#define ON_6_12	   4u
#define ON_7_3	   8u
#define ON_ALL	   15u
#define ON_NONE	   0u
#define UP_TO_6_1  (ON_5_10 | ON_6_1)
#define SINCE_6_1  (ON_6_1 | ON_6_12 | ON_7_3)
#define SINCE_6_12 (ON_6_12 | ON_7_3)

enum state {
	ABSENT,
	UNBOUND,	   /* worker 0 has it open, for reading and writing, as file 1 */
	READ_OPENED,	   /* only for reading */
	BOUND,		   /* to inode 100, offset 4096, limit 65536 */
	BOUND_READ_ONLY,   /* to all of inode 100 */
	BOUND_PARTSCAN,	   /* and with direct I/O asked for */
	BOUND_READ_OPENED, /* by worker 1, whose file 2 is closed; worker 0 has it open for reading */
	CLEARED,	   /* LOOP_CLR_FD by the only opener */
	SHARED,		   /* unbound, and worker 1 has it open as well, as file 2 */
	HELD,		   /* unbound, and worker 1 has it O_EXCL */
	BOUND_HELD,	   /* bound, and worker 1 has it O_EXCL */
	LEFT,		   /* bound, and nobody has it open */
};

static struct history_builder builder;

static void add(struct history_call call, uint64_t call_ns)
{
	call.index = call.call == RECORDER_CALL_truncate ? -1 : INDEX;
	call.call_ns = call_ns;
	call.return_ns = call_ns + 1;
	history_builder_add(&builder, call);
}

static void add_open(unsigned int worker, uint32_t file, uint32_t flags, uint64_t call_ns)
{
	add((struct history_call){ .worker = worker,
				   .call = RECORDER_CALL_open,
				   .file = file,
				   .result = 10,
				   .is_extended = true,
				   .open_flags = flags },
	    call_ns);
}

static void add_bind(unsigned int worker, uint32_t file, uint64_t flags, uint64_t offset, uint64_t limit,
		     uint64_t call_ns)
{
	add((struct history_call){ .worker = worker,
				   .call = RECORDER_CALL_configure,
				   .file = file,
				   .dev = DEV,
				   .inode = 100,
				   .detail = flags,
				   .is_extended = true,
				   .offset = offset,
				   .length = limit,
				   .open_flags = O_RDWR },
	    call_ns);
}

static void bring_into(enum state state)
{
	bool is_read = state == READ_OPENED || state == BOUND_READ_OPENED;
	bool is_place = state == BOUND || state == BOUND_HELD || state == CLEARED;

	if (state == ABSENT) {
		add((struct history_call){ .call = RECORDER_CALL_open, .result = -ENOENT, .is_extended = true }, 1);
		return;
	}
	if (state == BOUND_READ_OPENED) {
		add_open(1, 2, O_RDWR, 3);
		add_bind(1, 2, 0, 0, 0, 5);
		add((struct history_call){ .worker = 1, .call = RECORDER_CALL_close, .file = 2 }, 7);
	}
	add_open(0, 1, is_read ? O_RDONLY : O_RDWR, 10);
	if (is_place)
		add_bind(0, 1, 0, 4096, 65536, 20);
	else if (state == BOUND_READ_ONLY)
		add_bind(0, 1, LO_FLAGS_READ_ONLY, 0, 0, 20);
	else if (state == BOUND_PARTSCAN)
		add_bind(0, 1, LO_FLAGS_PARTSCAN | LO_FLAGS_DIRECT_IO, 0, 0, 20);
	else if (state == LEFT)
		add_bind(0, 1, 0, 0, 0, 20);
	if (state == CLEARED)
		add((struct history_call){ .call = RECORDER_CALL_clr_fd, .file = 1 }, 30);
	if (state == SHARED)
		add_open(1, 2, O_RDWR, 30);
	if (state == HELD || state == BOUND_HELD)
		add_open(1, 2, O_RDWR | O_EXCL, 30);
	if (state == LEFT)
		add((struct history_call){ .call = RECORDER_CALL_close, .file = 1 }, 30);
}

static void setup(void)
{
	history_builder_init(&builder, 3);
	recorder_note(&builder.recorder, "backing number=0 dev=25 inode=100 bytes=1048576 content=tags name=worker0");
	recorder_note(&builder.recorder, "backing number=1 dev=25 inode=101 bytes=1048576 content=tags name=worker1");
	recorder_note(&builder.recorder, "backing number=2 dev=25 inode=102 bytes=65536 content=tags name=worker2");
}

static void teardown(void)
{
	history_builder_fini(&builder);
}

static uint64_t failures_on(struct kernel_version kernel)
{
	struct loop_model model = { .traits = loop_traits_of(kernel), .checks_get_free = true };
	const struct history *history = history_builder_read(&builder);
	struct examination examination;
	struct backings backings;
	struct survey survey;
	uint64_t count;

	ck_assert_int_eq(backings_init(history, &backings), 0);
	ck_assert_int_eq(survey_init(history, &backings, &survey), 0);
	model.backings = &backings;
	model.survey = &survey;
	ck_assert_int_eq(examination_init(history, UINT64_MAX, &model, &examination), 0);
	ck_assert_uint_eq(examination.unknown_count, 0);
	count = examination.model_failures.device_count + examination.get_free_failures.device_count;
	examination_fini(&examination);
	survey_fini(&survey);
	backings_fini(&backings);
	return count;
}

struct call_case {
	const char *label;
	enum state state;
	unsigned int sound_on; /* there the result is possible */
	struct history_call call;
};

/* Calls by worker 0 on file 1, and so on; what is not said is 0. */
#define CALL(name, ...)                                                                                                \
	{                                                                                                              \
		.call = RECORDER_CALL_##name, .file = 1, .is_extended = true, __VA_ARGS__                              \
	}
#define ON_FILE(name, number, ...)                                                                                     \
	{                                                                                                              \
		.call = RECORDER_CALL_##name, .file = number, .is_extended = true, __VA_ARGS__                         \
	}
#define FILE_100 .dev = DEV, .inode = 100, .open_flags = O_RDWR
#define FILE_101 .dev = DEV, .inode = 101, .open_flags = O_RDWR
#define FILE_102 .dev = DEV, .inode = 102, .open_flags = O_RDWR
#define NO_FILE	 .open_flags = O_RDWR
#define FOLDER	 .dev = DEV, .inode = 999, .open_flags = O_RDONLY

/* clang-format off */
static const struct call_case cases[] = {
	/* open */
	{ "open", UNBOUND, ON_ALL, ON_FILE(open, 5, .result = 7, .open_flags = O_RDWR) },
	{ "open", BOUND, ON_ALL, ON_FILE(open, 5, .result = 7, .open_flags = O_RDONLY) },
	{ "open in rundown", CLEARED, UP_TO_6_1, ON_FILE(open, 5, .result = 7, .open_flags = O_RDWR) },
	{ "open in rundown: ENXIO", CLEARED, SINCE_6_12, ON_FILE(open, 0, .result = -ENXIO) },
	{ "open: ENXIO", BOUND, ON_NONE, ON_FILE(open, 0, .result = -ENXIO) },
	{ "open: ENOENT", UNBOUND, ON_NONE, ON_FILE(open, 0, .result = -ENOENT) },
	{ "open: ENOENT", ABSENT, ON_ALL, ON_FILE(open, 0, .result = -ENOENT) },
	{ "open: EBUSY", UNBOUND, ON_NONE, ON_FILE(open, 0, .result = -EBUSY) },
	{ "open: EACCES", UNBOUND, ON_NONE, ON_FILE(open, 0, .result = -EACCES) },
	{ "open O_EXCL", SHARED, ON_ALL, ON_FILE(open, 5, .result = 7, .open_flags = O_RDWR | O_EXCL) },
	{ "open O_EXCL", HELD, ON_NONE, ON_FILE(open, 5, .result = 7, .open_flags = O_RDWR | O_EXCL) },
	{ "open O_EXCL: EBUSY", HELD, ON_ALL, ON_FILE(open, 0, .result = -EBUSY, .open_flags = O_RDWR | O_EXCL) },
	{ "open O_EXCL: EBUSY", SHARED, ON_NONE, ON_FILE(open, 0, .result = -EBUSY, .open_flags = O_RDWR | O_EXCL) },
	/* LOOP_SET_FD */
	{ "set_fd", UNBOUND, ON_ALL, CALL(set_fd, FILE_100) },
	{ "set_fd", READ_OPENED, ON_ALL, CALL(set_fd, FILE_100) },
	{ "set_fd", BOUND, ON_NONE, CALL(set_fd, FILE_101) },
	{ "set_fd after a release", CLEARED, UP_TO_6_1, CALL(set_fd, FILE_101) },
	{ "set_fd: EBUSY", CLEARED, SINCE_6_12, CALL(set_fd, FILE_101, .result = -EBUSY) },
	{ "set_fd: EBUSY", BOUND, ON_ALL, CALL(set_fd, FILE_101, .result = -EBUSY) },
	{ "set_fd: EBUSY", UNBOUND, ON_NONE, CALL(set_fd, FILE_101, .result = -EBUSY) },
	{ "set_fd: EBUSY", SHARED, ON_NONE, CALL(set_fd, FILE_101, .result = -EBUSY) },
	{ "set_fd: EBUSY", HELD, ON_ALL, CALL(set_fd, FILE_101, .result = -EBUSY) },
	{ "set_fd", HELD, ON_NONE, CALL(set_fd, FILE_101) },
	{ "set_fd by the holder", HELD, ON_ALL, ON_FILE(set_fd, 2, FILE_101, .worker = 1, ) },
	{ "set_fd by the holder: EBUSY", HELD, ON_NONE, ON_FILE(set_fd, 2, FILE_101, .worker = 1, .result = -EBUSY) },
	{ "set_fd: EBADF", UNBOUND, ON_NONE, CALL(set_fd, FILE_100, .result = -EBADF) },
	{ "set_fd of nothing: EBADF", BOUND, ON_ALL, CALL(set_fd, NO_FILE, .result = -EBADF) },
	{ "set_fd of nothing", UNBOUND, ON_NONE, CALL(set_fd, NO_FILE) },
	{ "set_fd of O_PATH: EBADF", UNBOUND, ON_ALL, CALL(set_fd, .dev = DEV, .inode = 100, .open_flags = O_PATH, .result = -EBADF) },
	{ "set_fd of O_PATH", UNBOUND, ON_NONE, CALL(set_fd, .dev = DEV, .inode = 100, .open_flags = O_PATH) },
	{ "set_fd of a folder: EINVAL", UNBOUND, ON_ALL, CALL(set_fd, FOLDER, .result = -EINVAL) },
	{ "set_fd: EINVAL", UNBOUND, ON_NONE, CALL(set_fd, FILE_100, .result = -EINVAL) },
	{ "set_fd: ENXIO", UNBOUND, ON_NONE, CALL(set_fd, FILE_100, .result = -ENXIO) },
	{ "set_fd: EPERM", UNBOUND, ON_NONE, CALL(set_fd, FILE_100, .result = -EPERM) },
	{ "set_fd: ENOMEM", UNBOUND, ON_ALL, CALL(set_fd, FILE_100, .result = -ENOMEM) },
	{ "set_fd: EIO", UNBOUND, ON_NONE, CALL(set_fd, FILE_100, .result = -EIO) },
	{ "set_fd: EIO when a failure was injected", UNBOUND, ON_ALL, CALL(set_fd, FILE_100, .is_injected = true, .result = -EIO) },
	{ "set_fd: EBUSY is not excused by an injected failure", UNBOUND, ON_NONE, CALL(set_fd, FILE_100, .is_injected = true, .result = -EBUSY) },
	/* LOOP_CONFIGURE */
	{ "configure", UNBOUND, ON_ALL, CALL(configure, FILE_100, .offset = 512, .length = 1024, .block_size = 4096) },
	{ "configure with blocks of 64 KiB", UNBOUND, ON_7_3, CALL(configure, FILE_100, .block_size = 65536) },
	{ "configure with blocks of 64 KiB: EINVAL", UNBOUND, ON_5_10 | ON_6_1 | ON_6_12, CALL(configure, FILE_100, .block_size = 65536, .result = -EINVAL) },
	{ "configure with blocks of 3 B", UNBOUND, ON_NONE, CALL(configure, FILE_100, .block_size = 3) },
	{ "configure with blocks of 3 B: EINVAL", UNBOUND, ON_ALL, CALL(configure, FILE_100, .block_size = 3, .result = -EINVAL) },
	{ "configure with blocks of 3 B: EINVAL", BOUND, ON_NONE, CALL(configure, FILE_100, .block_size = 3, .result = -EINVAL) },
	{ "configure with blocks of 512 B: EINVAL", UNBOUND, ON_NONE, CALL(configure, FILE_100, .block_size = 512, .result = -EINVAL) },
	{ "configure with flag 0x40", UNBOUND, ON_NONE, CALL(configure, FILE_100, .detail = 0x40) },
	{ "configure with flag 0x40: EINVAL", UNBOUND, ON_ALL, CALL(configure, FILE_100, .detail = 0x40, .result = -EINVAL) },
	{ "configure with all flags", UNBOUND, ON_ALL, CALL(configure, FILE_100, .detail = 1 | 4 | 8 | 16) },
	{ "configure with a negative offset", UNBOUND, ON_NONE, CALL(configure, FILE_100, .offset = UINT64_C(1) << 63) },
	{ "configure with a negative offset: EOVERFLOW", UNBOUND, ON_ALL, CALL(configure, FILE_100, .offset = UINT64_C(1) << 63, .result = -EOVERFLOW) },
	{ "configure: EOVERFLOW", UNBOUND, ON_NONE, CALL(configure, FILE_100, .offset = INT64_MAX, .result = -EOVERFLOW) },
	{ "configure with a negative limit: EOVERFLOW", BOUND, ON_NONE, CALL(configure, FILE_100, .length = UINT64_MAX, .result = -EOVERFLOW) },
	{ "configure with XOR", UNBOUND, ON_5_10, CALL(configure, FILE_100, .encrypt_type = 1, .key_size = 32) },
	{ "configure with XOR: EINVAL", UNBOUND, SINCE_6_1, CALL(configure, FILE_100, .encrypt_type = 1, .key_size = 32, .result = -EINVAL) },
	{ "configure with XOR: EINVAL", BOUND, ON_NONE, CALL(configure, FILE_100, .encrypt_type = 1, .key_size = 32, .result = -EINVAL) },
	{ "configure with XOR and no key", UNBOUND, ON_NONE, CALL(configure, FILE_100, .encrypt_type = 1) },
	{ "configure with a key of 33 B", UNBOUND, ON_NONE, CALL(configure, FILE_100, .key_size = 33) },
	{ "configure with a key of 33 B: EINVAL", UNBOUND, ON_ALL, CALL(configure, FILE_100, .key_size = 33, .result = -EINVAL) },
	{ "configure with a key and no encryption", UNBOUND, ON_ALL, CALL(configure, FILE_100, .key_size = 32) },
	{ "configure with a key and no encryption: EINVAL", UNBOUND, ON_NONE, CALL(configure, FILE_100, .key_size = 32, .result = -EINVAL) },
	{ "configure: EFAULT", UNBOUND, ON_NONE, CALL(configure, FILE_100, .result = -EFAULT) },
	/* LOOP_CLR_FD */
	{ "clr_fd", BOUND, ON_ALL, CALL(clr_fd) },
	{ "clr_fd", BOUND_READ_OPENED, ON_ALL, CALL(clr_fd) },
	{ "clr_fd", UNBOUND, ON_NONE, CALL(clr_fd) },
	{ "clr_fd", CLEARED, ON_NONE, CALL(clr_fd) },
	{ "clr_fd: ENXIO", CLEARED, ON_ALL, CALL(clr_fd, .result = -ENXIO) },
	{ "clr_fd: ENXIO", BOUND, ON_NONE, CALL(clr_fd, .result = -ENXIO) },
	{ "clr_fd: EPERM", BOUND_READ_OPENED, ON_NONE, CALL(clr_fd, .result = -EPERM) },
	{ "clr_fd: EBUSY", BOUND_HELD, ON_NONE, CALL(clr_fd, .result = -EBUSY) },
	{ "clr_fd", BOUND_HELD, ON_ALL, CALL(clr_fd) },
	/* LOOP_CHANGE_FD */
	{ "change_fd", BOUND_READ_ONLY, ON_ALL, CALL(change_fd, FILE_101) },
	{ "change_fd", BOUND, ON_NONE, CALL(change_fd, FILE_101) },
	{ "change_fd: EINVAL", BOUND, ON_ALL, CALL(change_fd, FILE_101, .result = -EINVAL) },
	{ "change_fd: EINVAL", BOUND_READ_ONLY, ON_NONE, CALL(change_fd, FILE_101, .result = -EINVAL) },
	{ "change_fd of another size", BOUND_READ_ONLY, ON_NONE, CALL(change_fd, FILE_102) },
	{ "change_fd of another size: EINVAL", BOUND_READ_ONLY, ON_ALL, CALL(change_fd, FILE_102, .result = -EINVAL) },
	{ "change_fd: ENXIO", UNBOUND, ON_ALL, CALL(change_fd, FILE_101, .result = -ENXIO) },
	{ "change_fd: ENXIO", BOUND_READ_ONLY, ON_NONE, CALL(change_fd, FILE_101, .result = -ENXIO) },
	{ "change_fd: EINVAL", UNBOUND, ON_NONE, CALL(change_fd, FILE_101, .result = -EINVAL) },
	{ "change_fd of nothing: EBADF", UNBOUND, SINCE_6_1, CALL(change_fd, NO_FILE, .result = -EBADF) },
	{ "change_fd of nothing: EBADF", BOUND, ON_ALL, CALL(change_fd, NO_FILE, .result = -EBADF) },
	{ "change_fd: EBADF", BOUND, ON_NONE, CALL(change_fd, FILE_101, .result = -EBADF) },
	/* LOOP_SET_STATUS64, LOOP_SET_STATUS */
	{ "set_status", BOUND, ON_ALL, CALL(set_status, .offset = 8192) },
	{ "set_status", UNBOUND, ON_NONE, CALL(set_status) },
	{ "set_status: ENXIO", UNBOUND, ON_ALL, CALL(set_status, .result = -ENXIO) },
	{ "set_status: ENXIO", CLEARED, ON_ALL, CALL(set_status, .result = -ENXIO) },
	{ "set_status: ENXIO", BOUND, ON_NONE, CALL(set_status, .result = -ENXIO) },
	{ "set_status: EPERM", BOUND, ON_NONE, CALL(set_status, .result = -EPERM) },
	{ "set_status: EPERM", BOUND_READ_OPENED, ON_ALL, CALL(set_status, .result = -EPERM) },
	{ "set_status: EINVAL", BOUND, ON_NONE, CALL(set_status, .result = -EINVAL) },
	{ "set_status with XOR", BOUND, ON_5_10, CALL(set_status, .encrypt_type = 1, .key_size = 1) },
	{ "set_status with XOR: EINVAL", BOUND, SINCE_6_1, CALL(set_status, .encrypt_type = 1, .key_size = 1, .result = -EINVAL) },
	{ "set_status with XOR: EINVAL", UNBOUND, ON_NONE, CALL(set_status, .encrypt_type = 1, .key_size = 1, .result = -EINVAL) },
	{ "set_status_old with XOR", BOUND, ON_5_10, CALL(set_status_old, .encrypt_type = 1, .key_size = 1) },
	/* A module may have registered others, before v5.16. */
	{ "set_status with encryption 18", BOUND, ON_5_10, CALL(set_status, .encrypt_type = 18, .key_size = 1) },
	{ "set_status with encryption 18: EINVAL", BOUND, ON_ALL, CALL(set_status, .encrypt_type = 18, .key_size = 1, .result = -EINVAL) },
	{ "set_status with encryption 20", BOUND, ON_NONE, CALL(set_status, .encrypt_type = 20, .key_size = 1) },
	{ "set_status: EAGAIN", BOUND, ON_5_10, CALL(set_status, .result = -EAGAIN) },
	{ "set_status with a negative limit", BOUND, ON_NONE, CALL(set_status, .length = UINT64_MAX) },
	{ "set_status with a negative limit: EOVERFLOW", BOUND, ON_ALL, CALL(set_status, .length = UINT64_MAX, .result = -EOVERFLOW) },
	{ "set_status with a negative limit: EOVERFLOW", UNBOUND, ON_NONE, CALL(set_status, .length = UINT64_MAX, .result = -EOVERFLOW) },
	{ "set_status of a bad pointer: EFAULT", UNBOUND, ON_ALL, CALL(set_status, .call_flags = RECORDER_FLAG_BAD_POINTER, .result = -EFAULT) },
	{ "set_status of a bad pointer", BOUND, ON_NONE, CALL(set_status, .call_flags = RECORDER_FLAG_BAD_POINTER) },
	{ "set_status: EFAULT", BOUND, ON_NONE, CALL(set_status, .result = -EFAULT) },
	{ "set_status_old", BOUND, ON_ALL, CALL(set_status_old, .offset = 8192) },
	{ "set_status_old with a negative offset: EOVERFLOW", BOUND, ON_ALL, CALL(set_status_old, .offset = (uint64_t)-1, .result = -EOVERFLOW) },
	/* LOOP_GET_STATUS64, LOOP_GET_STATUS */
	{ "get_status", BOUND, ON_ALL, CALL(get_status, FILE_100, .offset = 4096, .length = 65536) },
	{ "get_status of another file", BOUND, ON_NONE, CALL(get_status, FILE_101, .offset = 4096, .length = 65536) },
	{ "get_status of another offset", BOUND, ON_NONE, CALL(get_status, FILE_100, .offset = 8192, .length = 65536) },
	{ "get_status of another limit", BOUND, ON_NONE, CALL(get_status, FILE_100, .offset = 4096) },
	{ "get_status of a flag", BOUND, ON_NONE, CALL(get_status, FILE_100, .offset = 4096, .length = 65536, .detail = LO_FLAGS_AUTOCLEAR) },
	{ "get_status of a flag", BOUND, ON_NONE, CALL(get_status, FILE_100, .offset = 4096, .length = 65536, .detail = LO_FLAGS_READ_ONLY) },
	{ "get_status of a flag", BOUND, ON_NONE, CALL(get_status, FILE_100, .offset = 4096, .length = 65536, .detail = LO_FLAGS_DIRECT_IO) },
	{ "get_status of a flag", BOUND, ON_NONE, CALL(get_status, FILE_100, .offset = 4096, .length = 65536, .detail = 0x40) },
	{ "get_status", BOUND_READ_ONLY, ON_ALL, CALL(get_status, FILE_100, .detail = LO_FLAGS_READ_ONLY) },
	{ "get_status without a flag", BOUND_READ_ONLY, ON_NONE, CALL(get_status, FILE_100) },
	{ "get_status", BOUND_PARTSCAN, ON_ALL, CALL(get_status, FILE_100, .detail = LO_FLAGS_PARTSCAN) },
	{ "get_status with direct I/O", BOUND_PARTSCAN, ON_ALL, CALL(get_status, FILE_100, .detail = LO_FLAGS_PARTSCAN | LO_FLAGS_DIRECT_IO) },
	{ "get_status", UNBOUND, ON_NONE, CALL(get_status, FILE_100) },
	{ "get_status: ENXIO", CLEARED, ON_ALL, CALL(get_status, .result = -ENXIO) },
	{ "get_status: ENXIO", BOUND, ON_NONE, CALL(get_status, .result = -ENXIO) },
	{ "get_status: EINVAL", BOUND, ON_NONE, CALL(get_status, .result = -EINVAL) },
	{ "get_status of NULL: EINVAL", UNBOUND, ON_ALL, CALL(get_status, .call_flags = RECORDER_FLAG_BAD_POINTER, .value = 1, .result = -EINVAL) },
	{ "get_status of a bad pointer: EFAULT", BOUND, ON_ALL, CALL(get_status, .call_flags = RECORDER_FLAG_BAD_POINTER, .result = -EFAULT) },
	{ "get_status of a bad pointer: EFAULT", UNBOUND, ON_NONE, CALL(get_status, .call_flags = RECORDER_FLAG_BAD_POINTER, .result = -EFAULT) },
	{ "get_status of a bad pointer", BOUND, ON_NONE, CALL(get_status, FILE_100, .call_flags = RECORDER_FLAG_BAD_POINTER, .offset = 4096, .length = 65536) },
	{ "get_status_old", BOUND, ON_ALL, CALL(get_status_old, FILE_100, .offset = 4096) },
	{ "get_status_old: EOVERFLOW", BOUND, ON_NONE, CALL(get_status_old, .result = -EOVERFLOW) },
	{ "get_status_old by compat: EOVERFLOW", BOUND, ON_ALL, CALL(get_status_old, .call_flags = RECORDER_FLAG_COMPAT, .result = -EOVERFLOW) },
	/* LOOP_SET_CAPACITY, LOOP_SET_DIRECT_IO, LOOP_SET_BLOCK_SIZE */
	{ "set_capacity", BOUND, ON_ALL, CALL(set_capacity) },
	{ "set_capacity", UNBOUND, ON_NONE, CALL(set_capacity) },
	{ "set_capacity: ENXIO", UNBOUND, ON_ALL, CALL(set_capacity, .result = -ENXIO) },
	{ "set_capacity: EPERM", BOUND, ON_NONE, CALL(set_capacity, .result = -EPERM) },
	{ "set_capacity: EPERM", BOUND_READ_OPENED, ON_ALL, CALL(set_capacity, .result = -EPERM) },
	{ "set_direct_io", BOUND, ON_ALL, CALL(set_direct_io, .value = 1) },
	{ "set_direct_io: EINVAL", BOUND, ON_ALL, CALL(set_direct_io, .value = 1, .result = -EINVAL) },
	{ "set_direct_io of 0: EINVAL", BOUND, ON_NONE, CALL(set_direct_io, .value = 0, .result = -EINVAL) },
	{ "set_direct_io: EINVAL", UNBOUND, ON_NONE, CALL(set_direct_io, .value = 1, .result = -EINVAL) },
	{ "set_direct_io: ENXIO", UNBOUND, ON_ALL, CALL(set_direct_io, .value = 1, .result = -ENXIO) },
	{ "set_block_size", BOUND, ON_ALL, CALL(set_block_size, .value = 4096) },
	{ "set_block_size: EINVAL", BOUND, ON_NONE, CALL(set_block_size, .value = 4096, .result = -EINVAL) },
	{ "set_block_size of 513", BOUND, ON_NONE, CALL(set_block_size, .value = 513) },
	{ "set_block_size of 513: EINVAL", BOUND, ON_ALL, CALL(set_block_size, .value = 513, .result = -EINVAL) },
	{ "set_block_size of 513: EINVAL", UNBOUND, ON_NONE, CALL(set_block_size, .value = 513, .result = -EINVAL) },
	{ "set_block_size of 513: ENXIO", UNBOUND, ON_ALL, CALL(set_block_size, .value = 513, .result = -ENXIO) },
	{ "set_block_size of 0", BOUND, SINCE_6_12, CALL(set_block_size, .value = 0) },
	{ "set_block_size of 0: EINVAL", BOUND, UP_TO_6_1, CALL(set_block_size, .value = 0, .result = -EINVAL) },
	{ "set_block_size of 8 KiB", BOUND, ON_7_3, CALL(set_block_size, .value = 8192) },
	{ "set_block_size of 4 GiB and 512", BOUND, ON_5_10 | SINCE_6_12, CALL(set_block_size, .value = (UINT64_C(1) << 32) | 512) },
	{ "set_block_size of 4 GiB and 512: EINVAL", BOUND, UP_TO_6_1, CALL(set_block_size, .value = (UINT64_C(1) << 32) | 512, .result = -EINVAL) },
	{ "set_block_size: EBUSY", BOUND, ON_NONE, CALL(set_block_size, .value = 512, .result = -EBUSY) },
	{ "set_block_size: EBUSY", BOUND_HELD, SINCE_6_1, CALL(set_block_size, .value = 512, .result = -EBUSY) },
	{ "set_block_size", BOUND_HELD, ON_5_10, CALL(set_block_size, .value = 4096) },
	{ "set_block_size: EAGAIN", BOUND, ON_5_10, CALL(set_block_size, .value = 4096, .result = -EAGAIN) },
	{ "set_block_size: EPERM", BOUND, ON_NONE, CALL(set_block_size, .value = 4096, .result = -EPERM) },
	/* other numbers */
	{ "ioctl 0x4c7f: EINVAL", BOUND, ON_ALL, CALL(other_ioctl, .value = 0x4c7f, .result = -EINVAL) },
	{ "ioctl 0x4c7f", BOUND, ON_NONE, CALL(other_ioctl, .value = 0x4c7f) },
	{ "ioctl 0x4c7f: ENXIO", UNBOUND, ON_NONE, CALL(other_ioctl, .value = 0x4c7f, .result = -ENXIO) },
	{ "ioctl 0x4c7f by compat: ENOTTY", UNBOUND, ON_ALL, CALL(other_ioctl, .value = 0x4c7f, .call_flags = RECORDER_FLAG_COMPAT, .result = -ENOTTY) },
	{ "ioctl 0x4c7f by compat: EINVAL", UNBOUND, ON_NONE, CALL(other_ioctl, .value = 0x4c7f, .call_flags = RECORDER_FLAG_COMPAT, .result = -EINVAL) },
	{ "BLKROSET", UNBOUND, ON_ALL, CALL(other_ioctl, .value = 0x125d, .result = -EFAULT) },
	/* what is read without a lock */
	{ "size", UNBOUND, ON_ALL, CALL(size, .capacity_bytes = 0) },
	{ "size of what is not bound", UNBOUND, ON_NONE, CALL(size, .capacity_bytes = 512) },
	{ "size", BOUND, ON_ALL, CALL(size, .capacity_bytes = 65536) },
	{ "size without the limit", BOUND, ON_NONE, CALL(size, .capacity_bytes = MIB - 4096) },
	{ "size", BOUND_READ_ONLY, ON_ALL, CALL(size, .capacity_bytes = MIB) },
	{ "size after a release", CLEARED, UP_TO_6_1, CALL(size, .capacity_bytes = 0) },
	{ "size in rundown", CLEARED, SINCE_6_12, CALL(size, .capacity_bytes = 65536) },
	{ "block size", UNBOUND, ON_ALL, CALL(block_size, .block_size = 512) },
	{ "block size", UNBOUND, ON_NONE, CALL(block_size, .block_size = 4096) },
	{ "block size", BOUND, ON_ALL, CALL(block_size, .block_size = 512) },
	{ "block size", BOUND, ON_NONE, CALL(block_size, .block_size = 1024) },
	{ "block size of direct I/O", BOUND_PARTSCAN, ON_ALL, CALL(block_size, .block_size = 1024) },
	{ "read-only", BOUND, ON_ALL, CALL(read_only, .value = 0) },
	{ "read-only", BOUND, ON_NONE, CALL(read_only, .value = 1) },
	{ "read-only", BOUND_READ_ONLY, ON_ALL, CALL(read_only, .value = 1) },
	{ "read-only", BOUND_READ_ONLY, ON_NONE, CALL(read_only, .value = 0) },
	{ "diskseq", BOUND, ON_ALL, CALL(diskseq, .diskseq = 17) },
	/* loop-control */
	{ "add", ABSENT, ON_ALL, ON_FILE(add, 0, .value = INDEX, .result = INDEX) },
	{ "add of another index", ABSENT, ON_NONE, ON_FILE(add, 0, .value = INDEX + 1, .result = INDEX) },
	{ "add of any index", ABSENT, ON_ALL, ON_FILE(add, 0, .value = (uint64_t)-1, .result = INDEX) },
	{ "add", UNBOUND, ON_NONE, ON_FILE(add, 0, .value = INDEX, .result = INDEX) },
	{ "add: EEXIST", UNBOUND, ON_ALL, ON_FILE(add, 0, .value = INDEX, .result = -EEXIST) },
	{ "add: EEXIST", ABSENT, ON_NONE, ON_FILE(add, 0, .value = INDEX, .result = -EEXIST) },
	{ "add: EINVAL", ABSENT, ON_NONE, ON_FILE(add, 0, .value = INDEX, .result = -EINVAL) },
	{ "remove", UNBOUND, ON_NONE, ON_FILE(remove, 0, .value = INDEX, .worker = 2) },
	{ "remove: EBUSY", UNBOUND, ON_ALL, ON_FILE(remove, 0, .value = INDEX, .worker = 2, .result = -EBUSY) },
	{ "remove: EBUSY", LEFT, ON_ALL, ON_FILE(remove, 0, .value = INDEX, .result = -EBUSY) },
	{ "remove", LEFT, ON_NONE, ON_FILE(remove, 0, .value = INDEX) },
	{ "remove: ENODEV", UNBOUND, ON_NONE, ON_FILE(remove, 0, .value = INDEX, .result = -ENODEV) },
	{ "remove: ENODEV", ABSENT, ON_ALL, ON_FILE(remove, 0, .value = INDEX, .result = -ENODEV) },
	{ "remove: EBUSY", ABSENT, ON_NONE, ON_FILE(remove, 0, .value = INDEX, .result = -EBUSY) },
	{ "get_free", UNBOUND, ON_ALL, ON_FILE(get_free, 0, .result = INDEX) },
	{ "get_free", BOUND, ON_NONE, ON_FILE(get_free, 0, .result = INDEX) },
	{ "get_free", CLEARED, UP_TO_6_1, ON_FILE(get_free, 0, .result = INDEX) },
	{ "get_free", ABSENT, ON_ALL, ON_FILE(get_free, 0, .result = INDEX) },
	/* mount */
	{ "mount", LEFT, ON_ALL, ON_FILE(mount, 0, .value = 0) },
	{ "mount", BOUND_HELD, ON_NONE, ON_FILE(mount, 0, .value = 0) },
	{ "mount: EBUSY", BOUND_HELD, ON_ALL, ON_FILE(mount, 0, .result = -EBUSY) },
};
/* clang-format on */

#define CASE_COUNT (sizeof(cases) / sizeof(cases[0]))

START_TEST(result_is_possible_where_it_should_be)
{
	const struct call_case *call_case = &cases[_i];

	bring_into(call_case->state);
	add(call_case->call, 100);
	for (unsigned int i = 0; i < KERNEL_COUNT; i++) {
		bool is_sound = failures_on(kernels[i]) == 0;

		ck_assert_msg(is_sound == (call_case->sound_on >> i & 1), "%s (state %u) on %u.%u is %s",
			      call_case->label, call_case->state, kernels[i].major, kernels[i].minor,
			      is_sound ? "allowed" : "not allowed");
	}
}
END_TEST

/* --- what a call leaves behind --- */

#define STEP_COUNT_MAX 8

struct effect_case {
	const char *label;
	enum state state;
	unsigned int sound_on;
	struct history_call calls[STEP_COUNT_MAX]; /* one after the other */
};

#define CLOSE(number) ON_FILE(close, number, .call_flags = RECORDER_FLAG_LAST_CLOSE)
#define REPORT(...)   CALL(get_status, .dev = DEV, __VA_ARGS__)
#define PART	      LO_FLAGS_PARTSCAN
#define TRUNCATE(bytes)                                                                                                \
	{                                                                                                              \
		.call = RECORDER_CALL_truncate, .worker = 2, .dev = DEV, .inode = 100, .is_extended = true,            \
		.length = bytes                                                                                        \
	}

/* clang-format off */
static const struct effect_case effects[] = {
	{ "set_status sets offset, limit and autoclear", BOUND, ON_ALL,
	  { CALL(set_status, .offset = 512, .length = 1024, .detail = LO_FLAGS_AUTOCLEAR), REPORT(.inode = 100, .offset = 512, .length = 1024, .detail = LO_FLAGS_AUTOCLEAR), CALL(size, .capacity_bytes = 1024) } },
	{ "set_status does nothing", BOUND, ON_NONE, { CALL(set_status, .offset = 512), REPORT(.inode = 100, .offset = 4096, .length = 65536) } },
	{ "set_status does not update the size", BOUND, ON_NONE, { CALL(set_status), CALL(size, .capacity_bytes = 65536) } },
	{ "set_status makes it read-only", BOUND, ON_NONE,
	  { CALL(set_status, .offset = 4096, .length = 65536, .detail = LO_FLAGS_READ_ONLY), REPORT(.inode = 100, .offset = 4096, .length = 65536, .detail = LO_FLAGS_READ_ONLY) } },
	{ "encryption takes direct I/O away", BOUND_PARTSCAN, ON_5_10,
	  { CALL(set_direct_io, .value = 1), CALL(set_status, .encrypt_type = 1, .key_size = 1), REPORT(.inode = 100, .detail = PART) } },
	{ "a status without encryption takes direct I/O away", BOUND_PARTSCAN, ON_NONE,
	  { CALL(set_direct_io, .value = 1), CALL(set_status), REPORT(.inode = 100, .detail = PART) } },
	{ "set_status keeps partscan", BOUND_PARTSCAN, ON_ALL, { CALL(set_status), REPORT(.inode = 100, .detail = PART) } },
	{ "set_status clears partscan", BOUND_PARTSCAN, ON_NONE, { CALL(set_status), REPORT(.inode = 100) } },
	{ "set_status sets partscan", BOUND, ON_ALL, { CALL(set_status, .detail = PART), REPORT(.inode = 100, .detail = PART) } },
	{ "the old layout has no limit", BOUND, ON_ALL, { CALL(set_status_old, .offset = 4096), REPORT(.inode = 100, .offset = 4096), CALL(size, .capacity_bytes = MIB - 4096) } },
	{ "the old layout keeps the limit", BOUND, ON_NONE, { CALL(set_status_old, .offset = 4096), REPORT(.inode = 100, .offset = 4096, .length = 65536) } },
	{ "a failed set_status moves it", BOUND, ON_NONE,
	  { CALL(set_status, .offset = 512, .length = UINT64_MAX, .result = -EOVERFLOW), REPORT(.inode = 100, .offset = 512, .length = 65536) } },
	{ "set_status takes a release back", SHARED, ON_ALL,
	  { CALL(set_fd, FILE_100), CALL(clr_fd), CALL(set_status), CLOSE(1), CLOSE(2), ON_FILE(open, 5, .result = 9, .open_flags = O_RDWR), ON_FILE(get_status, 5, .dev = DEV, .inode = 100) } },
	{ "set_capacity follows the file", BOUND_READ_ONLY, ON_ALL, { TRUNCATE(8192), CALL(size, .capacity_bytes = MIB), CALL(set_capacity), CALL(size, .capacity_bytes = 8192) } },
	{ "set_capacity does nothing", BOUND_READ_ONLY, ON_NONE, { TRUNCATE(8192), CALL(set_capacity), CALL(size, .capacity_bytes = MIB) } },
	{ "the size follows the file by itself", BOUND_READ_ONLY, ON_NONE, { TRUNCATE(8192), CALL(size, .capacity_bytes = 8192) } },
	{ "a file behind whose end the device begins", BOUND, ON_ALL, { TRUNCATE(512), CALL(set_capacity), CALL(size, .capacity_bytes = 0) } },
	{ "sizes are whole sectors", BOUND_READ_ONLY, ON_ALL, { TRUNCATE(1535), CALL(set_capacity), CALL(size, .capacity_bytes = 1024) } },
	{ "set_block_size sets it", BOUND, ON_ALL, { CALL(set_block_size, .value = 2048), CALL(block_size, .block_size = 2048) } },
	{ "set_block_size does nothing", BOUND, ON_NONE, { CALL(set_block_size, .value = 2048), CALL(block_size, .block_size = 512) } },
	{ "set_block_size of 0 resets", BOUND, SINCE_6_12, { CALL(set_block_size, .value = 2048), CALL(set_block_size, .value = 0), CALL(block_size, .block_size = 512) } },
	{ "a release resets the block size", BOUND, ON_ALL,
	  { CALL(set_block_size, .value = 2048), CALL(clr_fd), CLOSE(1), ON_FILE(open, 5, .result = 9, .open_flags = O_RDWR), ON_FILE(block_size, 5, .block_size = 512) } },
	{ "a release keeps the block size", BOUND, ON_NONE,
	  { CALL(set_block_size, .value = 2048), CALL(clr_fd), CLOSE(1), ON_FILE(open, 5, .result = 9, .open_flags = O_RDWR), ON_FILE(block_size, 5, .block_size = 2048) } },
	{ "a release keeps the size", BOUND, ON_NONE,
	  { CALL(clr_fd), CLOSE(1), ON_FILE(open, 5, .result = 9, .open_flags = O_RDWR), ON_FILE(size, 5, .capacity_bytes = 65536) } },
	{ "a release keeps the device read-only", BOUND_READ_ONLY, ON_ALL,
	  { CALL(clr_fd), CLOSE(1), ON_FILE(open, 5, .result = 9, .open_flags = O_RDWR), ON_FILE(read_only, 5, .value = 1), ON_FILE(set_fd, 5, FILE_100), ON_FILE(read_only, 5, .value = 0) } },
	{ "flags of the last binding", BOUND_READ_ONLY, ON_NONE,
	  { CALL(clr_fd), CLOSE(1), ON_FILE(open, 5, .result = 9, .open_flags = O_RDWR), ON_FILE(set_fd, 5, FILE_100), ON_FILE(get_status, 5, .dev = DEV, .inode = 100, .detail = LO_FLAGS_READ_ONLY) } },
	{ "set_direct_io sets it", BOUND_READ_ONLY, ON_ALL, { CALL(set_direct_io, .value = 1), REPORT(.inode = 100, .detail = LO_FLAGS_READ_ONLY | LO_FLAGS_DIRECT_IO) } },
	{ "set_direct_io does nothing", BOUND_READ_ONLY, ON_NONE, { CALL(set_direct_io, .value = 1), REPORT(.inode = 100, .detail = LO_FLAGS_READ_ONLY) } },
	{ "a device opened for reading is bound read-only", READ_OPENED, ON_ALL, { CALL(set_fd, FILE_100), REPORT(.inode = 100, .detail = LO_FLAGS_READ_ONLY) } },
	{ "a device opened for reading is bound writable", READ_OPENED, ON_NONE, { CALL(set_fd, FILE_100), REPORT(.inode = 100) } },
	{ "a file opened for reading is bound writable", UNBOUND, ON_NONE, { CALL(set_fd, .dev = DEV, .inode = 100, .open_flags = O_RDONLY), REPORT(.inode = 100) } },
	{ "change_fd shows the new file", BOUND_READ_ONLY, ON_ALL, { CALL(change_fd, FILE_101), REPORT(.inode = 101, .detail = LO_FLAGS_READ_ONLY) } },
	{ "change_fd shows the old file", BOUND_READ_ONLY, ON_NONE, { CALL(change_fd, FILE_101), REPORT(.inode = 100, .detail = LO_FLAGS_READ_ONLY) } },
	{ "a bind raises the diskseq", UNBOUND, ON_ALL, { CALL(diskseq, .diskseq = 7), CALL(set_fd, FILE_100), CALL(diskseq, .diskseq = 9), CALL(diskseq, .diskseq = 9) } },
	{ "a bind keeps the diskseq", UNBOUND, ON_NONE, { CALL(diskseq, .diskseq = 7), CALL(set_fd, FILE_100), CALL(diskseq, .diskseq = 7) } },
	{ "a report raises the diskseq", BOUND, ON_NONE, { CALL(diskseq, .diskseq = 7), REPORT(.inode = 100, .offset = 4096, .length = 65536), CALL(diskseq, .diskseq = 8) } },
	{ "change_fd keeps the diskseq", BOUND_READ_ONLY, ON_NONE, { CALL(diskseq, .diskseq = 7), CALL(change_fd, FILE_101), CALL(diskseq, .diskseq = 7) } },
	{ "a release keeps the diskseq", BOUND, ON_NONE,
	  { CALL(diskseq, .diskseq = 7), CALL(clr_fd), CLOSE(1), ON_FILE(open, 5, .result = 9, .open_flags = O_RDWR), ON_FILE(diskseq, 5, .diskseq = 7) } },
	{ "a late refusal may raise the diskseq", UNBOUND, SINCE_6_12,
	  { CALL(diskseq, .diskseq = 7), CALL(configure, FILE_100, .block_size = 3, .result = -EINVAL), CALL(diskseq, .diskseq = 8) } },
	{ "a copy holds the device", UNBOUND, ON_ALL,
	  { CALL(configure, FILE_100, .detail = LO_FLAGS_AUTOCLEAR), CALL(dup, .result = 11), ON_FILE(close, 1, .call_flags = 0), REPORT(.inode = 100, .detail = LO_FLAGS_AUTOCLEAR) } },
	{ "a copy does not hold the device", UNBOUND, ON_NONE,
	  { CALL(configure, FILE_100, .detail = LO_FLAGS_AUTOCLEAR), CALL(dup, .result = 11), ON_FILE(close, 1, .call_flags = 0), REPORT(.result = -ENXIO) } },
	{ "the last close of a copy releases", UNBOUND, ON_ALL,
	  { CALL(configure, FILE_100, .detail = LO_FLAGS_AUTOCLEAR), CALL(dup, .result = 11), ON_FILE(close, 1, .call_flags = 0), CLOSE(1), ON_FILE(open, 5, .result = 9, .open_flags = O_RDWR), ON_FILE(set_fd, 5, FILE_101) } },
	{ "a copy that is still open keeps it bound", UNBOUND, ON_NONE,
	  { CALL(configure, FILE_100, .detail = LO_FLAGS_AUTOCLEAR), CALL(dup, .result = 11), ON_FILE(close, 1, .call_flags = 0), ON_FILE(open, 5, .result = 9, .open_flags = O_RDWR), ON_FILE(set_fd, 5, FILE_101) } },
	{ "a mapping holds the device", UNBOUND, ON_ALL,
	  { CALL(configure, FILE_100, .detail = LO_FLAGS_AUTOCLEAR), CALL(map), CLOSE(1), ON_FILE(open, 5, .result = 9, .open_flags = O_RDWR), ON_FILE(get_status, 5, .dev = DEV, .inode = 100, .detail = LO_FLAGS_AUTOCLEAR) } },
	{ "munmap after the close releases", UNBOUND, ON_ALL,
	  { CALL(configure, FILE_100, .detail = LO_FLAGS_AUTOCLEAR), CALL(map), CLOSE(1), CALL(unmap), ON_FILE(open, 5, .result = 9, .open_flags = O_RDWR), ON_FILE(set_fd, 5, FILE_101) } },
	{ "a mount holds the device", LEFT, ON_ALL,
	  { ON_FILE(mount, 0, .value = 0), ON_FILE(open, 5, .result = 9, .open_flags = O_RDWR), ON_FILE(clr_fd, 5, .value = 0), CLOSE(5), ON_FILE(open, 6, .result = 9, .open_flags = O_RDWR), ON_FILE(get_status, 6, .dev = DEV, .inode = 100, .detail = LO_FLAGS_AUTOCLEAR) } },
	{ "an unmount releases", LEFT, ON_ALL,
	  { ON_FILE(mount, 0, .value = 0), ON_FILE(open, 5, .result = 9, .open_flags = O_RDWR), ON_FILE(clr_fd, 5, .value = 0), CLOSE(5), ON_FILE(unmount, 0, .value = 0), ON_FILE(open, 6, .result = 9, .open_flags = O_RDWR), ON_FILE(set_fd, 6, FILE_101) } },
	{ "an unmount does not release", LEFT, ON_NONE,
	  { ON_FILE(mount, 0, .value = 0), ON_FILE(open, 5, .result = 9, .open_flags = O_RDWR), ON_FILE(clr_fd, 5, .value = 0), CLOSE(5), ON_FILE(unmount, 0, .value = 0), ON_FILE(open, 6, .result = 9, .open_flags = O_RDWR), ON_FILE(set_fd, 6, FILE_101, .result = -EBUSY) } },
	{ "all descriptors of a partition are one opener", LEFT, UP_TO_6_1,
	  { ON_FILE(open, 5, .result = 9, .open_flags = O_RDWR, .partition = 1), ON_FILE(open, 6, .result = 9, .open_flags = O_RDWR, .partition = 1), ON_FILE(clr_fd, 5, .partition = 1), ON_FILE(set_fd, 6, FILE_101, .partition = 1) } },
	{ "each descriptor of a partition is an opener", LEFT, SINCE_6_12,
	  { ON_FILE(open, 5, .result = 9, .open_flags = O_RDWR, .partition = 1), ON_FILE(open, 6, .result = 9, .open_flags = O_RDWR, .partition = 1), ON_FILE(clr_fd, 5, .partition = 1), ON_FILE(get_status, 6, .dev = DEV, .inode = 100, .detail = LO_FLAGS_AUTOCLEAR, .partition = 1) } },
	{ "io_uring may hold what was closed", UNBOUND, ON_ALL,
	  { CALL(configure, FILE_100, .detail = LO_FLAGS_AUTOCLEAR), CALL(fsync), CLOSE(1), ON_FILE(open, 5, .result = 9, .open_flags = O_RDWR), ON_FILE(set_fd, 5, FILE_101, .result = -EBUSY) } },
	{ "nobody holds what was closed", UNBOUND, ON_NONE,
	  { CALL(configure, FILE_100, .detail = LO_FLAGS_AUTOCLEAR), CLOSE(1), ON_FILE(open, 5, .result = 9, .open_flags = O_RDWR), ON_FILE(set_fd, 5, FILE_101, .result = -EBUSY) } },
	{ "a holder that has closed holds no more", HELD, ON_ALL, { ON_FILE(close, 2, .worker = 1, .call_flags = RECORDER_FLAG_LAST_CLOSE), CALL(set_fd, FILE_100) } },
	{ "a holder that has closed still holds", HELD, ON_NONE, { ON_FILE(close, 2, .worker = 1, .call_flags = RECORDER_FLAG_LAST_CLOSE), CALL(set_fd, FILE_100, .result = -EBUSY) } },
	{ "a device that was removed is gone", UNBOUND, SINCE_6_1, { CLOSE(1), ON_FILE(remove, 0, .value = INDEX), ON_FILE(open, 0, .result = -ENOENT), ON_FILE(add, 0, .value = INDEX, .result = INDEX), ON_FILE(open, 5, .result = 9), ON_FILE(set_fd, 5, FILE_101) } },
	{ "a device that comes back by GET_FREE has a diskseq of its own", UNBOUND, SINCE_6_1,
	  { CALL(diskseq, .diskseq = 7), CLOSE(1), ON_FILE(remove, 0, .value = INDEX), ON_FILE(get_free, 0, .result = INDEX), ON_FILE(open, 5, .result = 9), ON_FILE(diskseq, 5, .diskseq = 9) } },
	{ "a device that comes back by open has a diskseq of its own", UNBOUND, SINCE_6_1,
	  { CALL(diskseq, .diskseq = 7), CLOSE(1), ON_FILE(remove, 0, .value = INDEX), ON_FILE(open, 5, .result = 9), ON_FILE(diskseq, 5, .diskseq = 9) } },
	{ "a device that comes back keeps its diskseq", UNBOUND, ON_NONE,
	  { CALL(diskseq, .diskseq = 7), CLOSE(1), ON_FILE(remove, 0, .value = INDEX), ON_FILE(get_free, 0, .result = INDEX), ON_FILE(open, 5, .result = 9), ON_FILE(diskseq, 5, .diskseq = 7) } },
	{ "remove tells the index", UNBOUND, ON_5_10, { CLOSE(1), ON_FILE(remove, 0, .value = INDEX, .result = INDEX), ON_FILE(open, 0, .result = -ENOENT) } },
	{ "a device that was removed is there", UNBOUND, ON_NONE, { CLOSE(1), ON_FILE(remove, 0, .value = INDEX), ON_FILE(add, 0, .value = INDEX, .result = -EEXIST) } },
};
/* clang-format on */

#define EFFECT_COUNT (sizeof(effects) / sizeof(effects[0]))

START_TEST(state_is_what_the_calls_have_made_of_it)
{
	const struct effect_case *effect = &effects[_i];

	bring_into(effect->state);
	for (unsigned int i = 0; i < STEP_COUNT_MAX && effect->calls[i].call != RECORDER_CALL_none; i++)
		add(effect->calls[i], 100 + 10 * i);
	for (unsigned int i = 0; i < KERNEL_COUNT; i++) {
		bool is_sound = failures_on(kernels[i]) == 0;

		ck_assert_msg(is_sound == (effect->sound_on >> i & 1), "%s: on %u.%u it is %s", effect->label,
			      kernels[i].major, kernels[i].minor, is_sound ? "allowed" : "not allowed");
	}
}
END_TEST

/* --- the proof --- */

static struct unexplained examine_on(struct kernel_version kernel, struct examination *ret_examination)
{
	struct loop_model model = { .traits = loop_traits_of(kernel), .checks_get_free = true };
	const struct history *history = history_builder_read(&builder);
	struct backings backings;
	struct survey survey;

	ck_assert_int_eq(backings_init(history, &backings), 0);
	ck_assert_int_eq(survey_init(history, &backings, &survey), 0);
	model.backings = &backings;
	model.survey = &survey;
	ck_assert_int_eq(examination_init(history, UINT64_MAX, &model, ret_examination), 0);
	survey_fini(&survey);
	backings_fini(&backings);
	return ret_examination->model_failures;
}

START_TEST(node_of_a_device_may_be_missing_when_there_was_no_memory_for_it)
{
	bring_into(UNBOUND);
	add((struct history_call){ .worker = 1, .call = RECORDER_CALL_open, .result = -ENOENT, .is_extended = true },
	    100);
	ck_assert_uint_eq(failures_on(kernels[0]), 1);
	add((struct history_call){ .call = RECORDER_CALL_clr_fd, .file = 1, .result = -ENXIO, .is_injected = true },
	    200);
	ck_assert_uint_eq(failures_on(kernels[0]), 0);
}
END_TEST

START_TEST(bind_that_failed_for_want_of_memory_has_not_bound)
{
	struct history_call bind = { .call = RECORDER_CALL_set_fd, .file = 1, .dev = DEV, .inode = 100 };

	bind.result = -ENOMEM;
	bind.is_injected = true;
	bring_into(UNBOUND);
	add(bind, 100);
	add((struct history_call){ .call = RECORDER_CALL_get_status, .file = 1, .result = -ENXIO }, 200);
	ck_assert_uint_eq(failures_on(kernels[0]), 0);
	add((struct history_call){ .call = RECORDER_CALL_get_status, .file = 1, .dev = DEV, .inode = 100 }, 300);
	ck_assert_uint_eq(failures_on(kernels[0]), 1);
}
END_TEST

START_TEST(proof_of_what_is_read_is_short)
{
	struct examination examination;
	struct unexplained unexplained;

	bring_into(BOUND);
	for (unsigned int i = 0; i < 20; i++)
		add((struct history_call)REPORT(.inode = 100, .offset = 4096, .length = 65536), 40 + 2 * i);
	add((struct history_call)CALL(set_block_size, .value = 2048), 100);
	for (unsigned int i = 0; i < 20; i++)
		add((struct history_call)CALL(size, .capacity_bytes = 65536), 110 + 2 * i);
	add((struct history_call)CALL(block_size, .block_size = 1024), 200);
	unexplained = examine_on(kernels[_i], &examination);
	ck_assert_uint_eq(unexplained.device_count, 1);
	ck_assert(unexplained.is_whole);
	ck_assert_uint_eq(unexplained.call_count, 2);
	ck_assert_int_eq(unexplained.calls[0].record->call, RECORDER_CALL_set_block_size);
	ck_assert_int_eq(unexplained.calls[1].record->call, RECORDER_CALL_block_size);
	ck_assert_str_eq(unexplained.reason,
			 "loop3 was bound to inode 100, offset 4096, size limit 65536, with blocks of "
			 "2048 bytes");
	examination_fini(&examination);
}
END_TEST

/* --- calls that overlap --- */

static void add_span(struct history_call call, uint64_t call_ns, uint64_t return_ns)
{
	call.index = call.call == RECORDER_CALL_truncate ? -1 : INDEX;
	call.call_ns = call_ns;
	call.return_ns = return_ns;
	history_builder_add(&builder, call);
}

static void assert_failures(unsigned int sound_on)
{
	for (unsigned int i = 0; i < KERNEL_COUNT; i++)
		ck_assert_msg((failures_on(kernels[i]) == 0) == (sound_on >> i & 1), "on %u.%u", kernels[i].major,
			      kernels[i].minor);
}

START_TEST(what_is_read_without_a_lock_means_nothing_while_it_is_changed)
{
	bring_into(UNBOUND);
	add_open(1, 2, O_RDWR, 30);
	add_span((struct history_call)CALL(set_fd, FILE_100), 100, 200);
	/* The size is there before the device is bound. */
	add_span((struct history_call)ON_FILE(size, 2, .worker = 1, .capacity_bytes = MIB), 110, 120);
	add_span((struct history_call)ON_FILE(get_free, 0, .worker = 1, .result = INDEX), 130, 140);
	add_span((struct history_call)ON_FILE(block_size, 2, .worker = 1, .block_size = 4096), 150, 250);
	assert_failures(ON_ALL);
	add_span((struct history_call)ON_FILE(block_size, 2, .worker = 1, .block_size = 4096), 300, 310);
	assert_failures(ON_NONE);
}
END_TEST

START_TEST(device_that_is_looked_at_for_removal_is_hidden)
{
	bring_into(UNBOUND);
	add_span((struct history_call)ON_FILE(remove, 0, .worker = 1, .value = INDEX, .result = -EBUSY), 100, 200);
	add_span((struct history_call)ON_FILE(remove, 0, .worker = 2, .value = INDEX, .result = -ENODEV), 110, 120);
	assert_failures(SINCE_6_1);
	add_span((struct history_call)ON_FILE(remove, 0, .worker = 2, .value = INDEX, .result = -ENODEV), 210, 220);
	assert_failures(ON_NONE);
}
END_TEST

START_TEST(device_that_comes_or_goes_is_there_for_nobody)
{
	bring_into(ABSENT);
	add_span((struct history_call)ON_FILE(add, 0, .value = INDEX, .result = INDEX), 100, 200);
	add_span((struct history_call)ON_FILE(add, 0, .worker = 1, .value = INDEX, .result = -EEXIST), 110, 120);
	add_span((struct history_call)ON_FILE(remove, 0, .worker = 1, .value = INDEX, .result = -ENODEV), 130, 140);
	add_span((struct history_call)ON_FILE(open, 0, .worker = 1, .result = -ENXIO), 150, 160);
	assert_failures(ON_ALL);
}
END_TEST

START_TEST(device_that_is_being_added_can_be_bound_already)
{
	bring_into(ABSENT);
	add_span((struct history_call)ON_FILE(add, 0, .value = INDEX, .result = INDEX), 100, 300);
	add_span((struct history_call)ON_FILE(open, 5, .worker = 1, .result = 9, .open_flags = O_RDWR), 110, 120);
	add_span((struct history_call)ON_FILE(set_fd, 5, .worker = 1, FILE_100), 130, 140);
	add_span((struct history_call)ON_FILE(remove, 0, .worker = 2, .value = INDEX, .result = -ENODEV), 150, 160);
	add_span((struct history_call)ON_FILE(set_fd, 5, .worker = 1, FILE_100, .result = -EBUSY), 310, 320);
	assert_failures(ON_ALL);
	add_span((struct history_call)ON_FILE(set_fd, 5, .worker = 1, FILE_100), 330, 340);
	assert_failures(ON_NONE);
}
END_TEST

/* Whoever opens a device while it is removed may have one that is gone, whose calls say nothing of its successor. */
START_TEST(descriptor_of_a_removed_device_proves_nothing)
{
	bring_into(UNBOUND);
	add((struct history_call)CLOSE(1), 40);
	add_span((struct history_call)ON_FILE(remove, 0, .worker = 1, .value = INDEX), 100, 200);
	add_span((struct history_call)ON_FILE(open, 5, .worker = 2, .result = 9, .open_flags = O_RDWR), 110, 120);
	add_span((struct history_call)ON_FILE(set_fd, 5, .worker = 2, FILE_100, .result = -EBUSY), 210, 220);
	add_span((struct history_call)ON_FILE(get_status, 5, .worker = 2, .result = -ENXIO), 230, 240);
	assert_failures(SINCE_6_1);
}
END_TEST

START_TEST(descriptor_of_a_removed_device_may_be_of_its_successor)
{
	bring_into(UNBOUND);
	add((struct history_call)CLOSE(1), 40);
	add_span((struct history_call)ON_FILE(remove, 0, .worker = 1, .value = INDEX), 100, 200);
	add_span((struct history_call)ON_FILE(open, 5, .worker = 2, .result = 9, .open_flags = O_RDWR), 110, 220);
	add_span((struct history_call)ON_FILE(add, 0, .worker = 1, .value = INDEX, .result = INDEX), 230, 240);
	add_span((struct history_call)ON_FILE(open, 6, .result = 9, .open_flags = O_RDWR), 250, 260);
	add_span((struct history_call)ON_FILE(set_fd, 6, FILE_100), 270, 280);
	add_span((struct history_call)ON_FILE(set_status, 5, .worker = 2, .offset = 4096), 290, 300);
	add_span((struct history_call)ON_FILE(get_status, 6, .dev = DEV, .inode = 100, .offset = 4096), 310, 320);
	assert_failures(SINCE_6_1);
	add_span((struct history_call)ON_FILE(get_status, 6, .dev = DEV, .inode = 100, .offset = 8192), 330, 340);
	assert_failures(ON_NONE);
}
END_TEST

START_TEST(device_that_is_open_all_the_time_is_not_removed)
{
	bring_into(UNBOUND);
	add_span((struct history_call)ON_FILE(remove, 0, .worker = 1, .value = INDEX), 100, 200);
	add_span((struct history_call)ON_FILE(open, 5, .worker = 2, .result = 9, .open_flags = O_RDWR), 110, 120);
	assert_failures(ON_NONE);
}
END_TEST

START_TEST(file_whose_size_changes_makes_no_size_wrong)
{
	bring_into(UNBOUND);
	add_span((struct history_call){ .call = RECORDER_CALL_truncate,
					.worker = 2,
					.dev = DEV,
					.inode = 100,
					.is_extended = true,
					.length = 4096 },
		 90, 150);
	add_span((struct history_call)CALL(set_fd, FILE_100), 100, 110);
	add_span((struct history_call)CALL(size, .capacity_bytes = 4096), 120, 130);
	assert_failures(ON_ALL);
	/* But it stays what was read. */
	add_span((struct history_call)CALL(size, .capacity_bytes = MIB), 140, 145);
	assert_failures(ON_NONE);
}
END_TEST

START_TEST(backing_file_that_is_a_device_holds_it)
{
	/* Another device is bound to this one through file 1, whose close is then not its last. */
	bring_into(BOUND);
	add((struct history_call)CALL(set_status, .offset = 4096, .length = 65536, .detail = LO_FLAGS_AUTOCLEAR), 40);
	history_builder_add(&builder, (struct history_call){ .worker = 1,
							     .call = RECORDER_CALL_set_fd,
							     .index = INDEX + 1,
							     .file = 9,
							     .call_ns = 50,
							     .return_ns = 60,
							     .is_extended = true,
							     .value = INDEX + 1 });
	add((struct history_call)CLOSE(1), 70);
	add_open(2, 6, O_RDWR, 80);
	add((struct history_call)ON_FILE(set_fd, 6, .worker = 2, FILE_101, .result = -EBUSY), 90);
	assert_failures(ON_ALL);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("loop-calls");
	TCase *tcase = tcase_create("single");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, result_is_possible_where_it_should_be, 0, CASE_COUNT);
	tcase_add_loop_test(tcase, state_is_what_the_calls_have_made_of_it, 0, EFFECT_COUNT);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("proof");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, proof_of_what_is_read_is_short, 0, KERNEL_COUNT);
	tcase_add_test(tcase, node_of_a_device_may_be_missing_when_there_was_no_memory_for_it);
	tcase_add_test(tcase, bind_that_failed_for_want_of_memory_has_not_bound);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("overlapping");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_is_read_without_a_lock_means_nothing_while_it_is_changed);
	tcase_add_test(tcase, device_that_is_looked_at_for_removal_is_hidden);
	tcase_add_test(tcase, device_that_comes_or_goes_is_there_for_nobody);
	tcase_add_test(tcase, device_that_is_being_added_can_be_bound_already);
	tcase_add_test(tcase, descriptor_of_a_removed_device_proves_nothing);
	tcase_add_test(tcase, descriptor_of_a_removed_device_may_be_of_its_successor);
	tcase_add_test(tcase, device_that_is_open_all_the_time_is_not_removed);
	tcase_add_test(tcase, file_whose_size_changes_makes_no_size_wrong);
	tcase_add_test(tcase, backing_file_that_is_a_device_holds_it);
	suite_add_tcase(suite, tcase);
	return suite;
}
