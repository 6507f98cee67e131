/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop driver inside the harness against what is known of the kernel's, call by call: which errno comes first, what a
 * successful call changes, who counts as an opener, which uevents there are.  What planted faults do is asked in
 * tests/faults, by the judge.
 */
#include "harness/engine/model_kernel.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/blkpg.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "core/loop_uapi.h"

Suite *test_suite(void);

#define FILE_BYTES  (1u << 20)
#define BAD_ADDRESS ((uintptr_t)16)

static struct model_kernel *model;
static const struct system *sys;
static const struct looprace_kernel *kernel;
static int control, device, file_a, file_b, file_long, file_read_only;
static char events[4096]; /* "action name[flags] ..." */

static void hear(void *context, const char *message, size_t bytes)
{
	const char *at = strchr(message, '@');
	const char *resize = memmem(message, bytes, "RESIZE=1", 8);
	const char *media = memmem(message, bytes, "DISK_MEDIA_CHANGE=1", 19);

	snprintf(events + strlen(events), sizeof(events) - strlen(events), "%s%.*s %s%s", *events ? ", " : "",
		 (int)(at - message), message, strrchr(message, '/') + 1,
		 resize	 ? "!"
		 : media ? "*"
			 : "");
}

static int open_path(const char *path, int flags)
{
	return kernel->open(kernel->context, path, flags);
}

static int call(int fd, unsigned long request, uintptr_t argument)
{
	return kernel->ioctl(kernel->context, fd, request, argument);
}

static int shut(int fd)
{
	return kernel->close(kernel->context, fd);
}

static int io(enum system_io what, int fd, void *buffer, uint64_t bytes, uint64_t offset_bytes)
{
	return sys->io(sys->context, NULL, what, fd, buffer, bytes, offset_bytes);
}

static void set_up(void)
{
	model = model_kernel_new(PLANT_none, 2);
	ck_assert_ptr_nonnull(model);
	sys = model_kernel_system(model);
	kernel = sys->loop;
	ck_assert_int_eq(model_kernel_add_file(model, "/m/a", BACKING_KIND_file, FILE_BYTES), 0);
	ck_assert_int_eq(model_kernel_add_file(model, "/m/b", BACKING_KIND_file, FILE_BYTES), 0);
	ck_assert_int_eq(model_kernel_add_file(model, "/m/long", BACKING_KIND_file, 2 * FILE_BYTES), 0);
	ck_assert_int_eq(model_kernel_add_file(model, "/m/folder", BACKING_KIND_directory, 0), 0);
	ck_assert_int_eq(model_kernel_add_file(model, "/m/pipe", BACKING_KIND_pipe, 0), 0);
	ck_assert_int_eq(model_kernel_add_file(model, "/m/null", BACKING_KIND_character, 0), 0);
	ck_assert_int_eq(model_kernel_add_file(model, "/m/proc", BACKING_KIND_proc, 0), 0);
	control = open_path("/dev/loop-control", O_RDWR);
	device = open_path("/dev/loop0", O_RDWR);
	file_a = open_path("/m/a", O_RDWR);
	file_b = open_path("/m/b", O_RDWR);
	file_long = open_path("/m/long", O_RDWR);
	file_read_only = open_path("/m/a", O_RDONLY);
	ck_assert_int_ge(device, 0);
	ck_assert_int_ge(file_read_only, 0);
	events[0] = '\0';
	model_kernel_listen(model, hear, NULL);
}

static void tear_down(void)
{
	model = model_kernel_free(model);
}

static struct loop_info64 status(int fd)
{
	struct loop_info64 info = { 0 };

	ck_assert_int_eq(call(fd, LOOP_GET_STATUS64, (uintptr_t)&info), 0);
	return info;
}

static uint64_t size_of(int fd)
{
	uint64_t bytes = 0;

	ck_assert_int_eq(call(fd, BLKGETSIZE64, (uintptr_t)&bytes), 0);
	return bytes;
}

static uint64_t diskseq_of(int fd)
{
	uint64_t diskseq = 0;

	ck_assert_int_eq(call(fd, BLKGETDISKSEQ, (uintptr_t)&diskseq), 0);
	return diskseq;
}

static int configure(int fd, int backing, uint32_t flags, uint64_t offset_bytes, uint64_t limit_bytes,
		     uint32_t block_bytes)
{
	struct loop_config config = {
		.fd = (uint32_t)backing,
		.block_size = block_bytes,
		.info = { .lo_offset = offset_bytes, .lo_sizelimit = limit_bytes, .lo_flags = flags },
	};

	return call(fd, LOOP_CONFIGURE, (uintptr_t)&config);
}

static int add_partition(int fd, int number, int64_t start_bytes, int64_t length_bytes)
{
	struct blkpg_partition partition = { .start = start_bytes, .length = length_bytes, .pno = number };
	struct blkpg_ioctl_arg request = { .op = BLKPG_ADD_PARTITION,
					   .datalen = sizeof(partition),
					   .data = &partition };

	return call(fd, BLKPG, (uintptr_t)&request);
}

/* --- which errno comes first: loop.md 1.2, column 6.1 --- */

/* How loop0 stands when the call comes. */
enum stand { UNBOUND, BOUND, READ_ONLY, HELD };

/* What the call's argument is. */
enum what {
	NOTHING,   /* 0 */
	BAD,	   /* a pointer that leads nowhere */
	A,	   /* descriptor of a file */
	LONGER,	   /* of a longer one */
	CLOSED,	   /* of nothing */
	PATH_ONLY, /* O_PATH */
	ITSELF,	   /* the device */
	PARTITION, /* of the device */
	LOWER,	   /* loop1, not bound */
	FOLDER,
	PIPE,
	CHARACTER,
	PROC,
	INFO,		/* struct loop_info64, all 0 */
	INFO_OLD,	/* struct loop_info */
	INFO_CRYPTED,	/* lo_encrypt_type 1 */
	INFO_FAR,	/* lo_offset of 2^63 */
	CONFIG,		/* struct loop_config of a */
	CONFIG_CLOSED,	/* of no file */
	CONFIG_FLAG,	/* a flag that there is not */
	CONFIG_FLAGS,	/* and a wrong block size */
	CONFIG_BLOCK,	/* a wrong block size, and an offset of 2^63 */
	CONFIG_CRYPTED, /* and an offset of 2^63 */
	CONFIG_FAR,	/* lo_sizelimit of 2^63 */
	NUMBER,		/* of the row */
};

/* clang-format off */
static const struct refusal {
	const char *label;
	enum stand stand;
	unsigned long request;
	enum what what;
	int want;
	uint64_t number;
	bool is_unprivileged; /* with a descriptor that cannot write */
	bool is_compat;
} refusals[] = {
	{ "set_fd", UNBOUND, LOOP_SET_FD, A, .want = 0 },
	{ "set_fd of nothing", UNBOUND, LOOP_SET_FD, CLOSED, .want = -EBADF },
	{ "set_fd of nothing before the state", BOUND, LOOP_SET_FD, CLOSED, .want = -EBADF },
	{ "set_fd of a path", UNBOUND, LOOP_SET_FD, PATH_ONLY, .want = -EBADF },
	{ "set_fd of a bound device", BOUND, LOOP_SET_FD, A, .want = -EBUSY },
	{ "set_fd of a held device", HELD, LOOP_SET_FD, A, .want = -EBUSY },
	{ "set_fd of itself", UNBOUND, LOOP_SET_FD, ITSELF, .want = -EBADF },
	{ "set_fd of itself, bound", BOUND, LOOP_SET_FD, ITSELF, .want = -EBUSY },
	{ "set_fd of a lower device that is not bound", UNBOUND, LOOP_SET_FD, LOWER, .want = -EINVAL },
	{ "set_fd of a folder", UNBOUND, LOOP_SET_FD, FOLDER, .want = -EINVAL },
	{ "set_fd of a pipe", UNBOUND, LOOP_SET_FD, PIPE, .want = -EINVAL },
	{ "set_fd of a character device", UNBOUND, LOOP_SET_FD, CHARACTER, .want = -EINVAL },
	{ "set_fd of a file of proc", UNBOUND, LOOP_SET_FD, PROC, .want = 0 },
	{ "set_fd without rights", UNBOUND, LOOP_SET_FD, A, .want = 0, .is_unprivileged = true },
	{ "configure", UNBOUND, LOOP_CONFIGURE, CONFIG, .want = 0 },
	{ "configure by no pointer", UNBOUND, LOOP_CONFIGURE, NOTHING, .want = -EFAULT },
	{ "configure by a bad pointer", UNBOUND, LOOP_CONFIGURE, BAD, .want = -EFAULT },
	{ "configure of nothing", UNBOUND, LOOP_CONFIGURE, CONFIG_CLOSED, .want = -EBADF },
	{ "configure of a bound device", BOUND, LOOP_CONFIGURE, CONFIG_FLAGS, .want = -EBUSY },
	{ "configure with a wrong flag", UNBOUND, LOOP_CONFIGURE, CONFIG_FLAG, .want = -EINVAL },
	{ "configure with wrong flags", UNBOUND, LOOP_CONFIGURE, CONFIG_FLAGS, .want = -EINVAL },
	{ "configure with a wrong block size", UNBOUND, LOOP_CONFIGURE, CONFIG_BLOCK, .want = -EINVAL },
	{ "configure with encryption", UNBOUND, LOOP_CONFIGURE, CONFIG_CRYPTED, .want = -EINVAL },
	{ "configure with a limit out of reach", UNBOUND, LOOP_CONFIGURE, CONFIG_FAR, .want = -EOVERFLOW },
	{ "clr_fd", BOUND, LOOP_CLR_FD, NOTHING, .want = 0 },
	{ "clr_fd of an unbound device", UNBOUND, LOOP_CLR_FD, NOTHING, .want = -ENXIO },
	{ "clr_fd without rights", BOUND, LOOP_CLR_FD, NOTHING, .want = 0, .is_unprivileged = true },
	{ "set_status", BOUND, LOOP_SET_STATUS64, INFO, .want = 0 },
	{ "set_status without rights", UNBOUND, LOOP_SET_STATUS64, BAD, .want = -EPERM, .is_unprivileged = true },
	{ "set_status by a bad pointer", UNBOUND, LOOP_SET_STATUS64, BAD, .want = -EFAULT },
	{ "set_status of an unbound device", UNBOUND, LOOP_SET_STATUS64, INFO_FAR, .want = -ENXIO },
	{ "set_status with encryption", BOUND, LOOP_SET_STATUS64, INFO_CRYPTED, .want = -EINVAL },
	{ "set_status with an offset out of reach", BOUND, LOOP_SET_STATUS64, INFO_FAR, .want = -EOVERFLOW },
	{ "old set_status", BOUND, LOOP_SET_STATUS, INFO_OLD, .want = 0 },
	{ "get_status", BOUND, LOOP_GET_STATUS64, INFO, .want = 0 },
	{ "get_status by no pointer", UNBOUND, LOOP_GET_STATUS64, NOTHING, .want = -EINVAL },
	{ "get_status of an unbound device", UNBOUND, LOOP_GET_STATUS64, BAD, .want = -ENXIO },
	{ "get_status by a bad pointer", BOUND, LOOP_GET_STATUS64, BAD, .want = -EFAULT },
	{ "old get_status", BOUND, LOOP_GET_STATUS, INFO_OLD, .want = 0 },
	{ "old get_status by no pointer", UNBOUND, LOOP_GET_STATUS, NOTHING, .want = -EINVAL },
	{ "change_fd", READ_ONLY, LOOP_CHANGE_FD, A, .want = 0 },
	{ "change_fd to nothing", UNBOUND, LOOP_CHANGE_FD, CLOSED, .want = -EBADF },
	{ "change_fd of an unbound device", UNBOUND, LOOP_CHANGE_FD, A, .want = -ENXIO },
	{ "change_fd of a device that can be written", BOUND, LOOP_CHANGE_FD, LONGER, .want = -EINVAL },
	{ "change_fd to itself", READ_ONLY, LOOP_CHANGE_FD, ITSELF, .want = -EBADF },
	{ "change_fd to its own partition", READ_ONLY, LOOP_CHANGE_FD, PARTITION, .want = -EBADF },
	{ "change_fd to a folder", READ_ONLY, LOOP_CHANGE_FD, FOLDER, .want = -EINVAL },
	{ "change_fd to a longer file", READ_ONLY, LOOP_CHANGE_FD, LONGER, .want = -EINVAL },
	{ "set_capacity", BOUND, LOOP_SET_CAPACITY, NOTHING, .want = 0 },
	{ "set_capacity of an unbound device", UNBOUND, LOOP_SET_CAPACITY, NOTHING, .want = -ENXIO },
	{ "set_capacity without rights", UNBOUND, LOOP_SET_CAPACITY, NOTHING, .want = -EPERM, .is_unprivileged = true },
	{ "set_direct_io", BOUND, LOOP_SET_DIRECT_IO, NUMBER, .want = 0, .number = 1 },
	{ "set_direct_io of an unbound device", UNBOUND, LOOP_SET_DIRECT_IO, NUMBER, .want = -ENXIO, .number = 1 },
	{ "set_direct_io without rights", UNBOUND, LOOP_SET_DIRECT_IO, NUMBER, .want = -EPERM, .is_unprivileged = true },
	{ "set_block_size", BOUND, LOOP_SET_BLOCK_SIZE, NUMBER, .want = 0, .number = 4096 },
	{ "set_block_size of 0", BOUND, LOOP_SET_BLOCK_SIZE, NUMBER, .want = -EINVAL, .number = 0 },
	{ "set_block_size below 512", BOUND, LOOP_SET_BLOCK_SIZE, NUMBER, .want = -EINVAL, .number = 256 },
	{ "set_block_size of no power of two", BOUND, LOOP_SET_BLOCK_SIZE, NUMBER, .want = -EINVAL, .number = 1536 },
	{ "set_block_size above a page", BOUND, LOOP_SET_BLOCK_SIZE, NUMBER, .want = -EINVAL, .number = 8192 },
	{ "set_block_size of 2^32 + 512", BOUND, LOOP_SET_BLOCK_SIZE, NUMBER, .want = -EINVAL, .number = UINT64_C(0x100000200) },
	{ "set_block_size of an unbound device", UNBOUND, LOOP_SET_BLOCK_SIZE, NUMBER, .want = -ENXIO, .number = 3 },
	{ "set_block_size without rights", UNBOUND, LOOP_SET_BLOCK_SIZE, NUMBER, .want = -EPERM, .is_unprivileged = true },
	{ "an unknown number", UNBOUND, 0x4c7f, NOTHING, .want = -EINVAL },
	{ "an unknown number, 32 bits", UNBOUND, 0x4c7f, NOTHING, .want = -ENOTTY, .is_compat = true },
	{ "set_fd, 32 bits", UNBOUND, LOOP_SET_FD, A, .want = 0, .is_compat = true },
	{ "clr_fd, 32 bits", UNBOUND, LOOP_CLR_FD, NOTHING, .want = -ENXIO, .is_compat = true },
	{ "reread of an unbound device", UNBOUND, BLKRRPART, NOTHING, .want = -EINVAL },
	{ "flush of an unbound device", UNBOUND, BLKFLSBUF, NOTHING, .want = 0 },
};
/* clang-format on */

static void stand(enum stand stand)
{
	if (stand == BOUND)
		ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_b), 0);
	if (stand == READ_ONLY) {
		ck_assert_int_eq(configure(device, file_b, LO_FLAGS_READ_ONLY | LO_FLAGS_PARTSCAN, 0, 0, 0), 0);
		ck_assert_int_eq(add_partition(device, 1, 0, FILE_BYTES), 0);
	}
	if (stand == HELD)
		ck_assert_int_ge(open_path("/dev/loop0", O_RDONLY | O_EXCL), 0);
}

/* A descriptor that the test opens for the row, or -1. */
static int opened_for(enum what what)
{
	static const struct {
		enum what what;
		const char *path;
		int flags;
	} paths[] = {
		{ PATH_ONLY, "/m/a", O_PATH },		 { ITSELF, "/dev/loop0", O_RDONLY },
		{ PARTITION, "/dev/loop0p1", O_RDONLY }, { LOWER, "/dev/loop1", O_RDONLY },
		{ FOLDER, "/m/folder", O_RDONLY },	 { PIPE, "/m/pipe", O_RDONLY },
		{ CHARACTER, "/m/null", O_RDWR },	 { PROC, "/m/proc", O_RDONLY },
	};

	for (unsigned int i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (paths[i].what == what)
			return open_path(paths[i].path, paths[i].flags);
	return what == A ? file_a : what == LONGER ? file_long : -1;
}

static uintptr_t argument_of(const struct refusal *row)
{
	static struct loop_info64 info;
	static struct loop_info old;
	static struct loop_config config;
	enum what what = row->what;

	old = (struct loop_info){ 0 };
	info = (struct loop_info64){
		.lo_encrypt_type = what == INFO_CRYPTED || what == CONFIG_CRYPTED,
		.lo_flags = what == CONFIG_FLAG || what == CONFIG_FLAGS ? 2 : 0,
		.lo_sizelimit = what == CONFIG_FAR ? UINT64_C(1) << 63 : 0,
	};
	if (what == INFO_CRYPTED || what == INFO_FAR || what == CONFIG_BLOCK || what == CONFIG_CRYPTED)
		info.lo_offset = UINT64_C(1) << 63;
	config = (struct loop_config){ .fd = (uint32_t)(what == CONFIG_CLOSED ? -1 : file_a), .info = info };
	if (what == CONFIG_FLAGS || what == CONFIG_BLOCK)
		config.block_size = 3;
	if (what == NOTHING || what == NUMBER)
		return row->number;
	if (what == BAD)
		return BAD_ADDRESS;
	if (what == INFO_OLD)
		return (uintptr_t)&old;
	if (what >= INFO)
		return what >= CONFIG ? (uintptr_t)&config : (uintptr_t)&info;
	return (uintptr_t)opened_for(what);
}

START_TEST(calls_are_refused_in_the_kernels_order)
{
	const struct refusal *row = &refusals[_i];
	uintptr_t argument;
	int fd = device, r;

	stand(row->stand);
	if (row->is_unprivileged) {
		model_kernel_set_privileged(model, false);
		fd = open_path("/dev/loop0", O_RDONLY);
		shut(device);
	}
	argument = argument_of(row);
	r = row->is_compat ? sys->ioctl_compat(sys->context, fd, row->request, argument)
			   : call(fd, row->request, argument);
	ck_assert_msg(r == row->want, "%s: got %d, not %d", row->label, r, row->want);
}
END_TEST

/* --- loop-control: loop.md 1.1, column 6.1 --- */

START_TEST(control_adds_and_removes_devices)
{
	ck_assert_int_eq(call(control, LOOP_CTL_ADD, 0), -EEXIST);
	ck_assert_int_eq(call(control, LOOP_CTL_ADD, 7), 7);
	ck_assert_int_eq(call(control, LOOP_CTL_ADD, (uintptr_t)-1), 2);
	ck_assert_int_eq(call(control, LOOP_CTL_ADD, 1u << 20), -EINVAL);
	ck_assert_int_eq(call(control, LOOP_CTL_ADD, (1u << 20) - 1), (1 << 20) - 1);
	ck_assert_int_eq(call(control, LOOP_CTL_REMOVE, (uintptr_t)-1), -EINVAL);
	ck_assert_int_eq(call(control, LOOP_CTL_REMOVE, 3), -ENODEV);
	ck_assert_int_eq(call(control, LOOP_CTL_REMOVE, 7), 0);
	ck_assert_int_eq(call(control, LOOP_CTL_REMOVE, 7), -ENODEV);
	ck_assert_int_eq(open_path("/dev/loop7", O_RDONLY), -ENOENT);
	ck_assert_int_eq(call(control, LOOP_CTL_REMOVE, 0), -EBUSY); /* it is open */
	ck_assert_int_eq(call(control, LOOP_SET_FD, 0), -ENOSYS);
	ck_assert_str_eq(events, "add loop7, add loop2, add loop1048575, remove loop7");
}
END_TEST

START_TEST(bound_device_cannot_be_removed)
{
	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_a), 0);
	shut(device);
	ck_assert_int_eq(call(control, LOOP_CTL_REMOVE, 0), -EBUSY);
}
END_TEST

START_TEST(get_free_returns_the_lowest_unbound_device_or_makes_one)
{
	int second = open_path("/dev/loop1", O_RDWR);

	ck_assert_int_eq(call(control, LOOP_CTL_GET_FREE, 0), 0);
	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_a), 0);
	ck_assert_int_eq(call(control, LOOP_CTL_GET_FREE, 0), 1);
	ck_assert_int_eq(call(second, LOOP_SET_FD, (uintptr_t)file_a), 0);
	ck_assert_int_eq(call(control, LOOP_CTL_GET_FREE, 0), 2);
	ck_assert_int_eq(call(control, LOOP_CTL_ADD, 2), -EEXIST);
}
END_TEST

/* --- the states of loop.md 2 --- */

START_TEST(only_opener_clears_at_once)
{
	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_a), 0);
	ck_assert_int_eq(call(device, LOOP_CLR_FD, 0), 0);
	ck_assert_int_eq(call(control, LOOP_CTL_GET_FREE, 0), 0);
	ck_assert_uint_eq(size_of(device), 0);
	ck_assert_int_eq(sys->exists(sys->context, "/sys/block/loop0/loop"), 0);
	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_b), 0);
}
END_TEST

START_TEST(one_of_two_openers_clears_at_the_last_close)
{
	int second = open_path("/dev/loop0", O_RDONLY);

	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_a), 0);
	ck_assert_int_eq(call(device, LOOP_CLR_FD, 0), 0);
	ck_assert_uint_eq(status(device).lo_flags, LO_FLAGS_AUTOCLEAR);
	shut(device);
	ck_assert_uint_eq(status(second).lo_flags, LO_FLAGS_AUTOCLEAR);
	shut(second);
	ck_assert_int_eq(model_kernel_next_bound(model, -1), -1);
}
END_TEST

START_TEST(set_status_cancels_a_release)
{
	struct loop_info64 info = { 0 };
	int second = open_path("/dev/loop0", O_RDONLY);

	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_a), 0);
	ck_assert_int_eq(call(device, LOOP_CLR_FD, 0), 0);
	ck_assert_int_eq(call(device, LOOP_SET_STATUS64, (uintptr_t)&info), 0);
	shut(device);
	shut(second);
	ck_assert_int_eq(model_kernel_next_bound(model, -1), 0);
}
END_TEST

START_TEST(copy_of_a_descriptor_is_no_second_opener)
{
	int copy = sys->dup(sys->context, device);

	ck_assert_int_ge(copy, 0);
	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_a), 0);
	ck_assert_int_eq(call(copy, LOOP_CLR_FD, 0), 0);
	ck_assert_int_eq(model_kernel_next_bound(model, -1), -1);
	ck_assert_int_eq(configure(device, file_a, LO_FLAGS_AUTOCLEAR, 0, 0, 0), 0);
	shut(device);
	ck_assert_int_eq(model_kernel_next_bound(model, -1), 0);
	shut(copy);
	ck_assert_int_eq(model_kernel_next_bound(model, -1), -1);
}
END_TEST

START_TEST(stacked_device_is_no_opener_of_the_lower_one)
{
	int upper = open_path("/dev/loop1", O_RDWR);
	uint8_t byte[512];

	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_a), 0);
	ck_assert_int_eq(call(upper, LOOP_SET_FD, (uintptr_t)device), 0);
	ck_assert_uint_eq(size_of(upper), FILE_BYTES);
	/* The upper one is no backing of the lower one. */
	ck_assert_int_eq(call(device, LOOP_CHANGE_FD, (uintptr_t)upper), -EINVAL);
	ck_assert_int_eq(call(device, LOOP_CLR_FD, 0), 0);
	ck_assert_int_eq(io(SYSTEM_IO_read, upper, byte, sizeof(byte), 0), -EIO);
	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)upper), -EBADF);
}
END_TEST

START_TEST(backing_keeps_its_description_open)
{
	ck_assert_int_eq(sys->unmount(sys->context, "/m"), -EBUSY);
	ck_assert_int_eq(configure(device, file_a, LO_FLAGS_AUTOCLEAR, 0, 0, 0), 0);
	shut(file_a);
	shut(file_b);
	shut(file_long);
	shut(file_read_only);
	ck_assert_int_eq(sys->unmount(sys->context, "/m"), -EBUSY);
	shut(device);
	ck_assert_int_eq(sys->unmount(sys->context, "/m"), 0);
}
END_TEST

START_TEST(node_without_a_device_makes_it)
{
	ck_assert_int_eq(sys->make_node(sys->context, "/n/5", 7, 5), 0);
	ck_assert_int_eq(open_path("/dev/loop5", O_RDONLY), -ENOENT);
	ck_assert_int_ge(open_path("/n/5", O_RDONLY), 0);
	ck_assert_int_ge(open_path("/dev/loop5", O_RDONLY), 0);
	ck_assert_str_eq(events, "add loop5");
}
END_TEST

START_TEST(holder_keeps_other_holders_away)
{
	int holder = open_path("/dev/loop0", O_RDWR | O_EXCL);

	ck_assert_int_ge(holder, 0);
	ck_assert_int_eq(open_path("/dev/loop0", O_RDONLY | O_EXCL), -EBUSY);
	/* But not from clearing, and the holder itself binds. */
	ck_assert_int_eq(call(holder, LOOP_SET_FD, (uintptr_t)file_a), 0);
	ck_assert_int_eq(call(device, LOOP_CLR_FD, 0), 0);
	shut(holder);
	ck_assert_int_ge(open_path("/dev/loop0", O_RDONLY | O_EXCL), 0);
}
END_TEST

/* --- what is reported --- */

static const struct {
	const char *label;
	uint64_t offset_bytes, limit_bytes;
	uint64_t want_bytes;
} capacities[] = {
	{ "all", 0, 0, FILE_BYTES },
	{ "behind an offset", 4096, 0, FILE_BYTES - 4096 },
	{ "up to a limit", 0, 8192, 8192 },
	{ "a limit behind the end", 0, 2 * FILE_BYTES, FILE_BYTES },
	{ "an offset behind the end", 2 * FILE_BYTES, 0, 0 },
	{ "no whole sector", 0, 1000, 512 },
	{ "both", FILE_BYTES - 1024, 4096, 1024 },
};

START_TEST(capacity_is_the_smallest_of_limit_and_rest)
{
	struct loop_info64 info = { .lo_offset = capacities[_i].offset_bytes,
				    .lo_sizelimit = capacities[_i].limit_bytes };
	uint64_t bytes;

	ck_assert_int_eq(configure(device, file_a, 0, info.lo_offset, info.lo_sizelimit, 0), 0);
	bytes = size_of(device);
	ck_assert_msg(bytes == capacities[_i].want_bytes, "%s: %llu", capacities[_i].label, (unsigned long long)bytes);
	ck_assert_uint_eq(status(device).lo_offset, info.lo_offset);
	ck_assert_uint_eq(status(device).lo_sizelimit, info.lo_sizelimit);
	/* The same by LOOP_SET_STATUS64. */
	ck_assert_int_eq(call(device, LOOP_CLR_FD, 0), 0);
	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_a), 0);
	ck_assert_int_eq(call(device, LOOP_SET_STATUS64, (uintptr_t)&info), 0);
	ck_assert_uint_eq(size_of(device), capacities[_i].want_bytes);
}
END_TEST

START_TEST(capacity_follows_the_file_only_when_asked)
{
	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_a), 0);
	ck_assert_int_eq(sys->truncate(sys->context, file_a, 4096), 0);
	ck_assert_uint_eq(size_of(device), FILE_BYTES);
	ck_assert_int_eq(call(device, LOOP_SET_CAPACITY, 0), 0);
	ck_assert_uint_eq(size_of(device), 4096);
	ck_assert_str_eq(events, "change loop0, change loop0!");
}
END_TEST

#define F(name) LO_FLAGS_##name

static const struct {
	const char *label;
	uint32_t by_configure, by_set_status;
	uint32_t want_first, want;
} flag_cases[] = {
	{ "autoclear comes", 0, F(AUTOCLEAR), 0, F(AUTOCLEAR) },
	{ "autoclear goes", F(AUTOCLEAR), 0, F(AUTOCLEAR), 0 },
	{ "partscan stays", F(PARTSCAN), 0, F(PARTSCAN), F(PARTSCAN) },
	{ "partscan comes", 0, F(PARTSCAN), 0, F(PARTSCAN) },
	{ "read_only is not settable", 0, F(READ_ONLY), 0, 0 },
	{ "read_only stays", F(READ_ONLY), 0, F(READ_ONLY), F(READ_ONLY) },
	{ "direct_io is not settable", 0, F(DIRECT_IO), 0, 0 },
	{ "direct_io stays", F(DIRECT_IO), 0, F(DIRECT_IO), F(DIRECT_IO) },
	{ "unknown bits are ignored", 0, 0xffffffe2, 0, 0 },
};

START_TEST(flags_are_set_as_each_call_may)
{
	struct loop_info64 info = { .lo_flags = flag_cases[_i].by_set_status };
	const char *label = flag_cases[_i].label;

	ck_assert_int_eq(configure(device, file_a, flag_cases[_i].by_configure, 0, 0, 0), 0);
	ck_assert_msg(status(device).lo_flags == flag_cases[_i].want_first, "%s: first", label);
	ck_assert_int_eq(call(device, LOOP_SET_STATUS64, (uintptr_t)&info), 0);
	ck_assert_msg(status(device).lo_flags == flag_cases[_i].want, "%s: got %x", label, status(device).lo_flags);
	ck_assert_int_eq(call(device, LOOP_CLR_FD, 0), 0);
	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_a), 0);
	ck_assert_uint_eq(status(device).lo_flags, 0);
}
END_TEST

START_TEST(what_cannot_be_written_makes_read_only)
{
	int reader = open_path("/dev/loop1", O_RDONLY);
	uint8_t block[512] = { 1 };
	int is_read_only = 0;

	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_read_only), 0);
	ck_assert_uint_eq(status(device).lo_flags, LO_FLAGS_READ_ONLY);
	ck_assert_int_eq(io(SYSTEM_IO_write, device, block, sizeof(block), 0), -EPERM);
	ck_assert_int_eq(call(reader, LOOP_SET_FD, (uintptr_t)file_b), 0);
	ck_assert_uint_eq(status(reader).lo_flags, LO_FLAGS_READ_ONLY);
	/* It outlives the binding, up to the next. */
	ck_assert_int_eq(call(device, LOOP_CLR_FD, 0), 0);
	ck_assert_int_eq(call(device, BLKROGET, (uintptr_t)&is_read_only), 0);
	ck_assert_int_eq(is_read_only, 1);
	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_b), 0);
	ck_assert_int_eq(call(device, BLKROGET, (uintptr_t)&is_read_only), 0);
	ck_assert_int_eq(is_read_only, 0);
}
END_TEST

START_TEST(old_status_forgets_the_limit)
{
	struct loop_info old = { .lo_offset = 512 };
	struct loop_info64 far = { .lo_offset = UINT64_C(1) << 40 };

	ck_assert_int_eq(configure(device, file_a, 0, 0, 4096, 0), 0);
	ck_assert_int_eq(call(device, LOOP_SET_STATUS, (uintptr_t)&old), 0);
	ck_assert_uint_eq(status(device).lo_sizelimit, 0);
	ck_assert_uint_eq(status(device).lo_offset, 512);
	old.lo_offset = -512;
	ck_assert_int_eq(call(device, LOOP_SET_STATUS, (uintptr_t)&old), -EOVERFLOW);
	ck_assert_int_eq(call(device, LOOP_SET_STATUS64, (uintptr_t)&far), 0);
	ck_assert_int_eq(call(device, LOOP_GET_STATUS, (uintptr_t)&old), -EOVERFLOW);
}
END_TEST

START_TEST(misaligned_offset_ends_direct_io_for_good)
{
	struct loop_info64 info = { .lo_offset = 512 };

	ck_assert_int_eq(configure(device, file_a, LO_FLAGS_DIRECT_IO, 0, 0, 4096), 0);
	ck_assert_int_eq(call(device, LOOP_SET_STATUS64, (uintptr_t)&info), 0);
	ck_assert_uint_eq(status(device).lo_flags, 0);
	ck_assert_int_eq(call(device, LOOP_SET_DIRECT_IO, 1), -EINVAL);
	info.lo_offset = 0;
	ck_assert_int_eq(call(device, LOOP_SET_STATUS64, (uintptr_t)&info), 0);
	ck_assert_uint_eq(status(device).lo_flags, 0);
	ck_assert_int_eq(call(device, LOOP_SET_DIRECT_IO, 1), 0);
}
END_TEST

START_TEST(every_binding_has_a_diskseq_of_its_own)
{
	uint64_t before = diskseq_of(device), bound, changed;

	ck_assert_int_eq(configure(device, file_b, LO_FLAGS_READ_ONLY, 0, 0, 0), 0);
	bound = diskseq_of(device);
	ck_assert_uint_gt(bound, before);
	ck_assert_int_eq(call(device, LOOP_CHANGE_FD, (uintptr_t)file_a), 0);
	changed = diskseq_of(device);
	ck_assert_uint_gt(changed, bound);
	ck_assert_int_eq(call(device, LOOP_CLR_FD, 0), 0);
	ck_assert_uint_gt(diskseq_of(device), changed);
}
END_TEST

START_TEST(sysfs_says_what_the_ioctls_say)
{
	char text[64];

	ck_assert_int_eq(sys->exists(sys->context, "/sys/block/loop0"), 1);
	ck_assert_int_eq(sys->exists(sys->context, "/sys/block/loop9"), 0);
	ck_assert_int_eq(sys->read_text(sys->context, "/sys/block/loop0/loop/offset", text, sizeof(text)), -ENOENT);
	ck_assert_int_eq(configure(device, file_a, LO_FLAGS_AUTOCLEAR, 4096, 8192, 0), 0);
	ck_assert_int_eq(sys->read_text(sys->context, "/sys/block/loop0/loop/offset", text, sizeof(text)), 4);
	ck_assert_str_eq(text, "4096");
	sys->read_text(sys->context, "/sys/block/loop0/loop/sizelimit", text, sizeof(text));
	ck_assert_str_eq(text, "8192");
	sys->read_text(sys->context, "/sys/block/loop0/loop/backing_file", text, sizeof(text));
	ck_assert_str_eq(text, "/m/a");
	sys->read_text(sys->context, "/sys/block/loop0/loop/autoclear", text, sizeof(text));
	ck_assert_str_eq(text, "1");
	sys->read_text(sys->context, "/sys/block/loop0/loop/partscan", text, sizeof(text));
	ck_assert_str_eq(text, "0");
}
END_TEST

/* --- data --- */

START_TEST(data_goes_to_the_file_at_the_offset)
{
	uint8_t block[1024], back[1024];

	memset(block, 0xa5, sizeof(block));
	ck_assert_int_eq(configure(device, file_a, 0, 4096, 8192, 0), 0);
	ck_assert_int_eq(io(SYSTEM_IO_write, device, block, sizeof(block), 512), 1024);
	ck_assert_int_eq(io(SYSTEM_IO_read, file_a, back, sizeof(back), 4096 + 512), 1024);
	ck_assert_mem_eq(back, block, sizeof(back));
	/* The end of the device is one, and the file does not grow. */
	ck_assert_int_eq(io(SYSTEM_IO_write, device, block, sizeof(block), 8192 - 512), 512);
	ck_assert_int_eq(io(SYSTEM_IO_write, device, block, sizeof(block), 8192), -ENOSPC);
	ck_assert_int_eq(io(SYSTEM_IO_read, device, back, sizeof(back), 8192), 0);
	ck_assert_int_eq(io(SYSTEM_IO_discard, device, NULL, 512, 512), 0);
	ck_assert_int_eq(io(SYSTEM_IO_read, device, back, sizeof(back), 512), 1024);
	ck_assert_uint_eq(back[0], 0);
	ck_assert_uint_eq(back[512], 0xa5);
}
END_TEST

START_TEST(unbound_device_reads_nothing_and_takes_nothing)
{
	uint8_t block[512] = { 1 };

	ck_assert_int_eq(io(SYSTEM_IO_read, device, block, sizeof(block), 0), 0);
	ck_assert_int_eq(io(SYSTEM_IO_write, device, block, sizeof(block), 0), -ENOSPC);
	ck_assert_int_eq(io(SYSTEM_IO_fsync, device, NULL, 0, 0), 0);
}
END_TEST

START_TEST(read_behind_the_files_end_is_zeros)
{
	uint8_t block[512] = { 1 };

	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_a), 0);
	ck_assert_int_eq(sys->truncate(sys->context, file_a, 0), 0);
	ck_assert_int_eq(io(SYSTEM_IO_read, device, block, sizeof(block), 4096), 512);
	ck_assert_uint_eq(block[0], 0);
	/* A write makes the file longer. */
	ck_assert_int_eq(io(SYSTEM_IO_write, device, block, sizeof(block), 4096), 512);
	ck_assert_int_eq(call(device, LOOP_SET_CAPACITY, 0), 0);
	ck_assert_uint_eq(size_of(device), 4096 + 512);
}
END_TEST

START_TEST(what_was_cut_off_does_not_come_back)
{
	uint8_t block[512];

	memset(block, 5, sizeof(block));
	ck_assert_int_eq(io(SYSTEM_IO_write, file_a, block, sizeof(block), 4096), 512);
	ck_assert_int_eq(io(SYSTEM_IO_write, file_a, block, sizeof(block), 8192), 512);
	ck_assert_int_eq(sys->truncate(sys->context, file_a, 4096 + 256), 0);
	ck_assert_int_eq(sys->truncate(sys->context, file_a, FILE_BYTES), 0);
	ck_assert_int_eq(io(SYSTEM_IO_read, file_a, block, sizeof(block), 4096), 512);
	ck_assert_uint_eq(block[255], 5);
	ck_assert_uint_eq(block[256], 0);
	ck_assert_int_eq(io(SYSTEM_IO_read, file_a, block, sizeof(block), 8192), 512);
	ck_assert_uint_eq(block[0], 0);
}
END_TEST

START_TEST(mapping_ends_with_its_binding)
{
	uint8_t block[512] = { 7 }, back[512];
	void *memory;

	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_a), 0);
	ck_assert_int_eq(sys->map(sys->context, device, 8192, 4096, &memory), 0);
	ck_assert_int_eq(sys->store(sys->context, (uint8_t *)memory + 512, block, sizeof(block)), 0);
	ck_assert_int_eq(io(SYSTEM_IO_read, file_a, back, sizeof(back), 4096 + 512), 512);
	ck_assert_uint_eq(back[0], 7);
	ck_assert_int_eq(call(device, LOOP_CLR_FD, 0), 0);
	ck_assert_int_eq(sys->load(sys->context, memory, back, sizeof(back)), -EFAULT);
	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_b), 0);
	ck_assert_int_eq(sys->load(sys->context, memory, back, sizeof(back)), -EFAULT);
	ck_assert_int_eq(sys->unmap(sys->context, memory, 8192), 0);
}
END_TEST

/* --- partitions --- */

static void write_table(int fd)
{
	uint8_t sector[512] = { 0 };

	for (unsigned int i = 0; i < 2; i++) {
		uint8_t *entry = sector + 446 + 16 * i;

		entry[4] = 0x83;
		entry[8] = i ? 128 : 64;
		entry[12] = 32;
	}
	sector[510] = 0x55;
	sector[511] = 0xaa;
	ck_assert_int_eq(io(SYSTEM_IO_write, fd, sector, sizeof(sector), 0), 512);
}

START_TEST(partitions_come_from_the_table_and_go_with_the_binding)
{
	uint8_t block[512] = { 9 };
	int partition, second;

	write_table(file_a);
	ck_assert_int_eq(configure(device, file_a, LO_FLAGS_PARTSCAN, 0, 0, 0), 0);
	ck_assert_str_eq(events, "change loop0, change loop0, add loop0p1, add loop0p2");
	ck_assert_int_eq(sys->exists(sys->context, "/sys/block/loop0/loop0p2"), 1);
	partition = open_path("/dev/loop0p1", O_RDWR);
	ck_assert_uint_eq(size_of(partition), 32 * 512);
	ck_assert_int_eq(io(SYSTEM_IO_write, partition, block, sizeof(block), 512), 512);
	ck_assert_int_eq(io(SYSTEM_IO_read, file_a, block, sizeof(block), 65 * 512), 512);
	ck_assert_uint_eq(block[0], 9);
	/* All LOOP_* ioctls are the whole device's; the partition is an opener. */
	ck_assert_int_eq(call(device, LOOP_CLR_FD, 0), 0);
	ck_assert_uint_eq(status(partition).lo_flags, LO_FLAGS_PARTSCAN | LO_FLAGS_AUTOCLEAR);
	ck_assert_int_eq(call(device, BLKRRPART, 0), -EBUSY);
	shut(device);
	events[0] = '\0';
	ck_assert_int_eq(call(partition, LOOP_CLR_FD, 0), 0);
	ck_assert_str_eq(events, "change loop0, change loop0*, remove loop0p1, remove loop0p2");
	/* Its descriptor never shows the next binding. */
	second = open_path("/dev/loop0", O_RDWR);
	ck_assert_int_eq(configure(second, file_a, LO_FLAGS_PARTSCAN, 0, 0, 0), 0);
	ck_assert_int_eq(io(SYSTEM_IO_read, partition, block, sizeof(block), 0), -EIO);
}
END_TEST

START_TEST(partitions_are_made_and_deleted_by_hand)
{
	struct blkpg_partition partition = { .pno = 1 };
	struct blkpg_ioctl_arg request = { .op = BLKPG_DEL_PARTITION,
					   .datalen = sizeof(partition),
					   .data = &partition };
	int fd;

	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_a), 0);
	ck_assert_int_eq(call(device, BLKRRPART, 0), -EINVAL);
	ck_assert_int_eq(add_partition(device, 1, 4096, 8192), 0);
	ck_assert_int_eq(add_partition(device, 1, 65536, 8192), -EBUSY);
	ck_assert_int_eq(add_partition(device, 2, 8192, 8192), -EBUSY);
	ck_assert_int_eq(add_partition(device, 0, 65536, 512), -EINVAL);
	ck_assert_int_eq(add_partition(device, 2, 65536, 0), -EINVAL);
	ck_assert_int_eq(add_partition(device, 2, 100, 512), -EINVAL);
	ck_assert_int_eq(add_partition(device, 2, 65536, FILE_BYTES), -EINVAL);
	fd = open_path("/dev/loop0p1", O_RDONLY);
	ck_assert_int_eq(add_partition(fd, 2, 0, 512), -EINVAL);
	ck_assert_int_eq(call(device, BLKPG, (uintptr_t)&request), -EBUSY);
	shut(fd);
	ck_assert_int_eq(call(device, BLKPG, (uintptr_t)&request), 0);
	ck_assert_int_eq(call(device, BLKPG, (uintptr_t)&request), -ENXIO);
	ck_assert_str_eq(events, "change loop0, add loop0p1, remove loop0p1");
}
END_TEST

/* --- uevents of loop.md 1.4 that were not seen above --- */

START_TEST(change_fd_has_an_event_whether_it_succeeds_or_not)
{
	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_read_only), 0);
	events[0] = '\0';
	ck_assert_int_eq(call(device, LOOP_CHANGE_FD, (uintptr_t)-1), -EBADF);
	ck_assert_str_eq(events, "");
	ck_assert_int_eq(call(device, LOOP_CHANGE_FD, (uintptr_t)file_long), -EINVAL);
	ck_assert_str_eq(events, "change loop0");
	ck_assert_int_eq(call(device, LOOP_CHANGE_FD, (uintptr_t)file_b), 0);
	ck_assert_str_eq(events, "change loop0, change loop0");
}
END_TEST

START_TEST(change_fd_compares_what_the_device_shows)
{
	ck_assert_int_eq(configure(device, file_a, LO_FLAGS_READ_ONLY, 0, 4096, 0), 0);
	ck_assert_int_eq(call(device, LOOP_CHANGE_FD, (uintptr_t)file_long), 0);
	ck_assert_uint_eq(size_of(device), 4096);
}
END_TEST

START_TEST(set_status_has_an_event_when_the_size_changes)
{
	struct loop_info64 info = { .lo_flags = LO_FLAGS_AUTOCLEAR };

	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_a), 0);
	events[0] = '\0';
	ck_assert_int_eq(call(device, LOOP_SET_STATUS64, (uintptr_t)&info), 0);
	ck_assert_str_eq(events, "");
	info.lo_offset = 4096;
	ck_assert_int_eq(call(device, LOOP_SET_STATUS64, (uintptr_t)&info), 0);
	ck_assert_str_eq(events, "change loop0!");
	info.lo_offset = FILE_BYTES;
	ck_assert_int_eq(call(device, LOOP_SET_STATUS64, (uintptr_t)&info), 0);
	ck_assert_str_eq(events, "change loop0!, change loop0");
}
END_TEST

/* --- mounts and the module --- */

START_TEST(mount_holds_its_device)
{
	const uint8_t magic[2] = { 0x53, 0xef };

	ck_assert_int_eq(sys->mount(sys->context, "/dev/loop9", "/t", "ext4", 0), -ENOENT);
	ck_assert_int_eq(sys->mount(sys->context, "/dev/loop0", "/t", "ext4", 0), -EINVAL);
	ck_assert_int_eq(io(SYSTEM_IO_write, file_a, (void *)magic, 2, 1080), 2);
	ck_assert_int_eq(configure(device, file_a, LO_FLAGS_AUTOCLEAR, 0, 0, 0), 0);
	ck_assert_int_eq(sys->mount(sys->context, "/dev/loop0", "/t", "ext4", 0), 0);
	ck_assert_int_eq(sys->mount(sys->context, "/dev/loop0", "/u", "ext4", 0), -EBUSY);
	ck_assert_int_eq(open_path("/dev/loop0", O_RDONLY | O_EXCL), -EBUSY);
	shut(device);
	ck_assert_int_eq(model_kernel_next_bound(model, -1), 0);
	ck_assert_int_eq(sys->unmount(sys->context, "/t"), 0);
	ck_assert_int_eq(model_kernel_next_bound(model, -1), -1);
	ck_assert_int_eq(sys->unmount(sys->context, "/t"), -EINVAL);
}
END_TEST

START_TEST(module_goes_when_nobody_uses_it)
{
	ck_assert_int_eq(sys->module_insert(sys->context, "loop"), -EEXIST);
	ck_assert_int_eq(sys->module_remove(sys->context, "loop"), -EAGAIN);
	shut(device);
	ck_assert_int_eq(sys->module_remove(sys->context, "loop"), -EAGAIN);
	device = open_path("/dev/loop0", O_RDWR);
	shut(control);
	ck_assert_int_eq(sys->module_remove(sys->context, "loop"), -EAGAIN);
	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_a), 0);
	shut(device);
	ck_assert_int_eq(sys->module_remove(sys->context, "loop"), -EAGAIN);
	device = open_path("/dev/loop0", O_RDWR);
	ck_assert_int_eq(call(device, LOOP_CLR_FD, 0), 0);
	shut(device);
	ck_assert_int_eq(sys->module_remove(sys->context, "loop"), 0);
	ck_assert_int_eq(open_path("/dev/loop0", O_RDWR), -ENOENT);
	ck_assert_int_lt(open_path("/dev/loop-control", O_RDWR), 0);
	ck_assert_int_eq(sys->module_remove(sys->context, "loop"), -ENOENT);
	ck_assert_int_eq(sys->module_insert(sys->context, "loop"), 0);
	ck_assert_int_ge(open_path("/dev/loop1", O_RDWR), 0);
}
END_TEST

/* --- failures on demand --- */

START_TEST(bind_fails_at_each_of_its_places_and_leaves_nothing)
{
	int fd = sys->inject_open(sys->context, INJECTION_fail_nth, 1);

	device = open_path("/dev/loop0", O_RDWR);
	ck_assert_int_ge(fd, 0);
	for (unsigned int nth = 1; nth <= 2; nth++) {
		ck_assert_int_eq(sys->inject_set(sys->context, fd, nth), 0);
		ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_a), -ENOMEM);
		/* 0: it came to the place. */
		ck_assert_int_eq(sys->inject_set(sys->context, fd, 0), 0);
		ck_assert_int_eq(call(device, LOOP_CLR_FD, 0), -ENXIO);
	}
	ck_assert_int_eq(sys->inject_set(sys->context, fd, 3), 0);
	ck_assert_int_eq(call(device, LOOP_SET_FD, (uintptr_t)file_a), 0);
	ck_assert_int_eq(sys->inject_set(sys->context, fd, 0), 1);
	ck_assert_int_eq(sys->inject_close(sys->context, fd), 0);
}
END_TEST

/* --- several threads --- */

#define RACERS	    4
#define RACE_ROUNDS 500

static _Atomic unsigned int owner_count;
static _Atomic unsigned int clash_count;

static void *race(void *argument)
{
	int backing = open_path("/m/long", O_RDWR);

	for (unsigned int i = 0; i < RACE_ROUNDS; i++) {
		int fd = open_path("/dev/loop1", O_RDWR);

		if (configure(fd, backing, LO_FLAGS_AUTOCLEAR, 0, 0, 0) == 0) {
			if (atomic_fetch_add(&owner_count, 1) != 0)
				atomic_fetch_add(&clash_count, 1);
			atomic_fetch_sub(&owner_count, 1);
			call(fd, LOOP_CLR_FD, 0);
		}
		shut(fd);
	}
	return NULL;
}

START_TEST(only_one_of_several_threads_binds)
{
	pthread_t threads[RACERS];

	model_kernel_listen(model, NULL, NULL);
	for (unsigned int i = 0; i < RACERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, race, NULL), 0);
	for (unsigned int i = 0; i < RACERS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(atomic_load(&clash_count), 0);
	ck_assert_int_eq(model_kernel_next_bound(model, -1), -1);
}
END_TEST

START_TEST(faults_have_their_names)
{
	ck_assert_int_eq(model_kernel_plant(""), PLANT_none);
	ck_assert_int_eq(model_kernel_plant("unchecked_bind"), PLANT_unchecked_bind);
	ck_assert_int_eq(model_kernel_plant("always_busy"), PLANT_always_busy);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

Suite *test_suite(void)
{
	Suite *suite = suite_create("model-kernel");
	TCase *calls = tcase_create("calls");
	TCase *states = tcase_create("states");
	TCase *reports = tcase_create("reports");
	TCase *data = tcase_create("data");
	TCase *rest = tcase_create("rest");
	TCase *all[] = { calls, states, reports, data, rest };

	for (int i = 0; i < COUNT(all); i++) {
		/* Sanitizers on a busy machine; nothing here is expected to come near it. */
		tcase_set_timeout(all[i], 60);
		tcase_add_checked_fixture(all[i], set_up, tear_down);
		suite_add_tcase(suite, all[i]);
	}
	tcase_add_loop_test(calls, calls_are_refused_in_the_kernels_order, 0, COUNT(refusals));
	tcase_add_test(calls, control_adds_and_removes_devices);
	tcase_add_test(calls, bound_device_cannot_be_removed);
	tcase_add_test(calls, get_free_returns_the_lowest_unbound_device_or_makes_one);
	tcase_add_test(states, only_opener_clears_at_once);
	tcase_add_test(states, one_of_two_openers_clears_at_the_last_close);
	tcase_add_test(states, set_status_cancels_a_release);
	tcase_add_test(states, copy_of_a_descriptor_is_no_second_opener);
	tcase_add_test(states, stacked_device_is_no_opener_of_the_lower_one);
	tcase_add_test(states, backing_keeps_its_description_open);
	tcase_add_test(states, node_without_a_device_makes_it);
	tcase_add_test(states, holder_keeps_other_holders_away);
	tcase_add_loop_test(reports, capacity_is_the_smallest_of_limit_and_rest, 0, COUNT(capacities));
	tcase_add_test(reports, capacity_follows_the_file_only_when_asked);
	tcase_add_loop_test(reports, flags_are_set_as_each_call_may, 0, COUNT(flag_cases));
	tcase_add_test(reports, what_cannot_be_written_makes_read_only);
	tcase_add_test(reports, old_status_forgets_the_limit);
	tcase_add_test(reports, misaligned_offset_ends_direct_io_for_good);
	tcase_add_test(reports, every_binding_has_a_diskseq_of_its_own);
	tcase_add_test(reports, sysfs_says_what_the_ioctls_say);
	tcase_add_test(data, data_goes_to_the_file_at_the_offset);
	tcase_add_test(data, unbound_device_reads_nothing_and_takes_nothing);
	tcase_add_test(data, read_behind_the_files_end_is_zeros);
	tcase_add_test(data, what_was_cut_off_does_not_come_back);
	tcase_add_test(data, mapping_ends_with_its_binding);
	tcase_add_test(data, partitions_come_from_the_table_and_go_with_the_binding);
	tcase_add_test(data, partitions_are_made_and_deleted_by_hand);
	tcase_add_test(rest, change_fd_has_an_event_whether_it_succeeds_or_not);
	tcase_add_test(rest, change_fd_compares_what_the_device_shows);
	tcase_add_test(rest, set_status_has_an_event_when_the_size_changes);
	tcase_add_test(rest, mount_holds_its_device);
	tcase_add_test(rest, module_goes_when_nobody_uses_it);
	tcase_add_test(rest, bind_fails_at_each_of_its_places_and_leaves_nothing);
	tcase_add_test(rest, only_one_of_several_threads_binds);
	tcase_add_test(rest, faults_have_their_names);
	return suite;
}
