/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of an attach, as scripts for the fake kernel.
 */
#include "tests/fake_loop.h"

#include <check.h>
#include <sys/sysmacros.h>

struct looprace_attach_request fake_loop_request(struct looprace_random *random, const char *policy_name)
{
	const struct looprace_policy *policy = looprace_policy_find(policy_name);

	ck_assert_ptr_nonnull(policy);
	looprace_random_seed(random, 1, 0);
	return (struct looprace_attach_request){
		.backing_path = BACKING_PATH,
		.backing_fd = -1,
		.control_fd = -1,
		.policy = policy,
		.random = random,
	};
}

void expect_begin(struct fake_kernel *fake)
{
	expect_open(fake, BACKING_PATH, O_RDWR, BACKING_FD);
	expect_backing_stat(fake, 0);
	expect_open(fake, "/dev/loop-control", O_RDONLY, CONTROL_FD);
}

void expect_end(struct fake_kernel *fake)
{
	expect_close(fake, CONTROL_FD);
	expect_close(fake, BACKING_FD);
}

void expect_backing_stat(struct fake_kernel *fake, int result)
{
	fake_kernel_expect(fake, (struct fake_call){
					 .kind = FAKE_CALL_STAT,
					 .fd = BACKING_FD,
					 .result = result,
					 .stat = { .st_mode = S_IFREG, .st_dev = BACKING_DEV, .st_ino = BACKING_INODE },
				 });
}

void expect_get_free(struct fake_kernel *fake, int index)
{
	expect_ioctl(fake, CONTROL_FD, LOOP_CTL_GET_FREE, 0, index);
}

void expect_device(struct fake_kernel *fake, int index, int flags)
{
	/* The path must outlive the call of this function. */
	static const char *const paths[] = { "/dev/loop0", "/dev/loop1", "/dev/loop2", "/dev/loop3", "/dev/loop4",
					     "/dev/loop5", "/dev/loop6", "/dev/loop7", "/dev/loop8", "/dev/loop9" };

	ck_assert_int_lt(index, (int)(sizeof(paths) / sizeof(paths[0])));
	expect_open(fake, paths[index], flags, DEVICE_FD);
}

void expect_device_stat(struct fake_kernel *fake)
{
	fake_kernel_expect(fake, (struct fake_call){
					 .kind = FAKE_CALL_STAT,
					 .fd = DEVICE_FD,
					 .stat = { .st_mode = S_IFBLK, .st_rdev = makedev(LOOP_MAJOR, 0) },
				 });
}

void expect_get_status(struct fake_kernel *fake, unsigned int flags)
{
	fake_kernel_expect(fake,
			   (struct fake_call){
				   .kind = FAKE_CALL_IOCTL,
				   .fd = DEVICE_FD,
				   .request = LOOP_GET_STATUS64,
				   .info = { .lo_device = BACKING_DEV, .lo_inode = BACKING_INODE, .lo_flags = flags },
			   });
}

void expect_diskseq(struct fake_kernel *fake, uint64_t diskseq)
{
	fake_kernel_expect(fake, (struct fake_call){
					 .kind = FAKE_CALL_IOCTL,
					 .fd = DEVICE_FD,
					 .request = BLKGETDISKSEQ,
					 .diskseq = diskseq,
				 });
}

void expect_try_lost_by_set_fd(struct fake_kernel *fake, int index, int error)
{
	expect_get_free(fake, index);
	expect_device(fake, index, O_RDWR);
	expect_ioctl(fake, DEVICE_FD, LOOP_SET_FD, BACKING_FD, -error);
	expect_close(fake, DEVICE_FD);
}

void expect_try_lost_by_configure(struct fake_kernel *fake, int index, int error)
{
	expect_get_free(fake, index);
	expect_device(fake, index, O_RDWR);
	expect_ioctl(fake, DEVICE_FD, LOOP_CONFIGURE, 0, -error);
	expect_close(fake, DEVICE_FD);
}

void expect_probe(struct fake_kernel *fake, int error, int probe_error)
{
	expect_ioctl(fake, DEVICE_FD, LOOP_CONFIGURE, 0, -error);
	expect_ioctl(fake, DEVICE_FD, LOOP_CONFIGURE, 0, -probe_error);
}
