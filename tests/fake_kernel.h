/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scripted kernel behind struct looprace_kernel.
 *
 * A test lists the calls that it expects, in order, each with its result.  Any other call, or one that comes too early,
 * fails the test at once with both calls in words; fake_kernel_finish() fails it for calls that were left over and for
 * descriptors that were not closed.  The clock stands still but for pauses and for what a call is told to take, so a
 * test that waits 200 seconds runs in no time.
 *
 * It knows nothing about loop devices: what a kernel would answer is the test's business.  Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/looprace.h"
#include "core/loop_uapi.h"

#define FAKE_FD_COUNT_MAX 64

enum fake_call_kind {
	FAKE_CALL_OPEN,
	FAKE_CALL_CLOSE,
	FAKE_CALL_IOCTL,
	FAKE_CALL_STAT,
	FAKE_CALL_PAUSE,
};

/* One expected call.  Fields that do not belong to its kind stay 0. */
struct fake_call {
	enum fake_call_kind kind;
	int result;	       /* what the call returns; a descriptor from open() becomes open */
	const char *path;      /* open */
	int flags;	       /* open */
	int fd;		       /* close, ioctl, stat */
	unsigned long request; /* ioctl */
	uintptr_t argument;    /* ioctl with a number; pointers are not compared, see fake_kernel.config and .status */
	uint64_t duration_ns;  /* pause: how long it must be */
	bool takes_any_duration; /* pause: any length will do */
	struct stat stat;	 /* stat: the answer */
	struct loop_info64 info; /* LOOP_GET_STATUS64: the answer */
	uint64_t diskseq;	 /* BLKGETDISKSEQ: the answer */
	uint64_t takes_ns;	 /* the clock moves on by this */
};

struct fake_kernel {
	struct looprace_kernel kernel; /* give this to the code under test */
	struct fake_call *calls;
	size_t call_count, made_count;
	uint64_t now_ns;
	unsigned int now_count; /* how often the clock was read */
	bool is_open[FAKE_FD_COUNT_MAX];
	bool is_lent[FAKE_FD_COUNT_MAX]; /* belongs to the test: may be used, must not be closed */
	/* What the last calls of this kind were given. */
	struct loop_config config;
	struct loop_info64 status;
	uint64_t pauses_ns[256]; /* each pause that was asked */
	size_t pause_count;
};

/**
 * fake_kernel_init() - a kernel that expects nothing yet
 * @fake:	kernel; to be ended with fake_kernel_finish()
 */
void fake_kernel_init(struct fake_kernel *fake);

/**
 * fake_kernel_expect() - one more expected call
 * @fake:	kernel
 * @call:	copied
 */
void fake_kernel_expect(struct fake_kernel *fake, struct fake_call call);

/**
 * fake_kernel_lend() - a descriptor that the test opened itself
 * @fake:	kernel
 * @fd:		0 .. FAKE_FD_COUNT_MAX - 1
 */
void fake_kernel_lend(struct fake_kernel *fake, int fd);

/**
 * fake_kernel_open_count() - descriptors that the code under test holds
 * @fake:	kernel
 *
 * Return: how many it opened and did not close; lent ones do not count.
 */
unsigned int fake_kernel_open_count(const struct fake_kernel *fake);

/**
 * fake_kernel_finish() - fail the test for what is left over, then forget everything
 * @fake:	kernel
 * @open_count:	descriptors that the code under test may still hold (1 for a handle)
 */
void fake_kernel_finish(struct fake_kernel *fake, unsigned int open_count);

/* Expected calls, short. */
#define expect_open(fake, path_, flags_, result_)                                                                      \
	fake_kernel_expect(                                                                                            \
		fake, (struct fake_call){ .kind = FAKE_CALL_OPEN, .path = path_, .flags = flags_, .result = result_ })
#define expect_close(fake, fd_) fake_kernel_expect(fake, (struct fake_call){ .kind = FAKE_CALL_CLOSE, .fd = fd_ })
#define expect_ioctl(fake, fd_, request_, argument_, result_)                                                          \
	fake_kernel_expect(fake, (struct fake_call){ .kind = FAKE_CALL_IOCTL,                                          \
						     .fd = fd_,                                                        \
						     .request = request_,                                              \
						     .argument = (uintptr_t)(intptr_t)(argument_),                     \
						     .result = result_ })
#define expect_pause(fake, duration_ns_, result_)                                                                      \
	fake_kernel_expect(                                                                                            \
		fake, (struct fake_call){ .kind = FAKE_CALL_PAUSE, .duration_ns = duration_ns_, .result = result_ })
#define expect_any_pause(fake)                                                                                         \
	fake_kernel_expect(fake, (struct fake_call){ .kind = FAKE_CALL_PAUSE, .takes_any_duration = true })
