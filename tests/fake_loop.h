/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of an attach, as scripts for the fake kernel: what loop-control and a loop device are asked, and answer.
 *
 * Every test file about attaching needs the same few sequences; a test then shows only the step that it is about.
 */
#pragma once

#include <fcntl.h>

#include "tests/fake_kernel.h"

#define BACKING_FD    3
#define CONTROL_FD    4
#define DEVICE_FD     5

#define BACKING_PATH  "/images/one.img"
#define BACKING_DEV   0x801
#define BACKING_INODE 4711

/* Requests with everything at its default, a generator that is started, and nothing lent. */
struct looprace_attach_request fake_loop_request(struct looprace_random *random, const char *policy_name);

/* The backing file is opened and identified, loop-control opened. */
void expect_begin(struct fake_kernel *fake);
/* Both are closed. */
void expect_end(struct fake_kernel *fake);

/* fstat() of the backing file. */
void expect_backing_stat(struct fake_kernel *fake, int result);
/* LOOP_CTL_GET_FREE answers @index, or fails with -errno. */
void expect_get_free(struct fake_kernel *fake, int index);
/* /dev/loop@index is opened as DEVICE_FD. */
void expect_device(struct fake_kernel *fake, int index, int flags);
/* fstat() of the opened device, which is a loop device indeed. */
void expect_device_stat(struct fake_kernel *fake);
/* LOOP_GET_STATUS64 answers with our backing file and @flags. */
void expect_get_status(struct fake_kernel *fake, unsigned int flags);
/* BLKGETDISKSEQ answers @diskseq. */
void expect_diskseq(struct fake_kernel *fake, uint64_t diskseq);
/* A whole try by a policy that does not verify, lost by LOOP_SET_FD. */
void expect_try_lost_by_set_fd(struct fake_kernel *fake, int index, int error);
/* A whole try by such a policy, lost by LOOP_CONFIGURE. */
void expect_try_lost_by_configure(struct fake_kernel *fake, int index, int error);
/* LOOP_CONFIGURE without success, then the question whether the kernel knows it, with its answer. */
void expect_probe(struct fake_kernel *fake, int error, int probe_error);
