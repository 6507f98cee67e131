/* SPDX-License-Identifier: Apache-2.0 */
/*
 * looprace: attach backing files to Linux loop devices while others do the same.
 *
 * This is the public header of liblooprace.  The library is the attach algorithm of containerd's mount package and its
 * heirs: ask loop-control for a free device (LOOP_CTL_GET_FREE), bind the backing file to it (LOOP_CONFIGURE, or
 * LOOP_SET_FD and LOOP_SET_STATUS64), and when somebody else was faster, back off at random and try again.
 *
 * Errors: every function returns 0 for success, -errno for a fatal error that the caller passes up unchanged, and a
 * positive value only for the outcomes of the enum beside its prototype.  Losing a race is an outcome, never an error.
 *
 * The library starts no thread, prints nothing, never exits and keeps no state of its own: everything lives in the
 * structures that the caller passes, so two threads may call it at once with structures of their own.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What stands below, and nothing else of the library, is exported from the shared object. */
#pragma GCC visibility push(default)

/*
 * The only door to the kernel.  looprace_kernel_real() fills in the real one; a test passes a scripted one, a
 * recorder one that notes every call.  Each function returns what the system call returned, or -errno.
 */
struct looprace_kernel {
	void *context; /* handed back to every function below */
	int (*open)(void *context, const char *path, int flags);
	int (*close)(void *context, int fd);
	int (*ioctl)(void *context, int fd, unsigned long request, uintptr_t argument);
	int (*stat)(void *context, int fd, struct stat *ret_stat);
	/* CLOCK_MONOTONIC in ns. */
	uint64_t (*now_ns)(void *context);
	/* Waits @duration_ns, which may be 0.  0, or -ECANCELED when the caller wants the whole attach to end. */
	int (*pause_ns)(void *context, uint64_t duration_ns);
};

/**
 * looprace_kernel_real() - the running kernel
 *
 * Return: a table that needs no release; its context is NULL.  Every descriptor it opens is O_CLOEXEC.
 */
const struct looprace_kernel *looprace_kernel_real(void);

/* A small random generator (xoshiro256**), one for each worker, so that nobody shares a sequence by accident. */
struct looprace_random {
	uint64_t state[4];
};

/**
 * looprace_random_seed() - start a generator
 * @random:	generator to start
 * @seed:	the run's seed; any value
 * @stream:	number of the worker; different streams of one seed are unrelated
 */
void looprace_random_seed(struct looprace_random *random, uint64_t seed, uint64_t stream);

/**
 * looprace_random_below() - a uniform number
 * @random:	generator
 * @bound:	exclusive upper bound; 0 gives 0
 *
 * Return: a number in [0, bound), without modulo bias.
 */
uint64_t looprace_random_below(struct looprace_random *random, uint64_t bound);

/* Which ioctls bind. */
enum looprace_api {
	LOOPRACE_API_AUTO,	/* LOOP_CONFIGURE where the kernel has it (v5.8), else LOOP_SET_FD */
	LOOPRACE_API_CONFIGURE, /* LOOP_CONFIGURE only */
	LOOPRACE_API_SET_FD,	/* LOOP_SET_FD, then LOOP_SET_STATUS64 */
};

/* Where an attach stood when a call failed.  (stage, errno) decides what happens next, never a text. */
enum looprace_stage {
	LOOPRACE_STAGE_NONE,
	LOOPRACE_STAGE_BACKING,	 /* opening or reading the identity of the backing file */
	LOOPRACE_STAGE_CONTROL,	 /* opening loop-control */
	LOOPRACE_STAGE_GET_FREE, /* LOOP_CTL_GET_FREE, or LOOP_CTL_ADD when escaping from a poisoned index */
	LOOPRACE_STAGE_OPEN,	 /* opening /dev/loopN */
	LOOPRACE_STAGE_BIND,	 /* LOOP_SET_FD or LOOP_CONFIGURE */
	LOOPRACE_STAGE_STATUS,	 /* LOOP_SET_STATUS64, LOOP_SET_BLOCK_SIZE, LOOP_SET_DIRECT_IO after our LOOP_SET_FD */
	LOOPRACE_STAGE_VERIFY,	 /* reading back what was bound */
	LOOPRACE_STAGE_PAUSE,	 /* waiting between two tries */
	LOOPRACE_STAGE_COUNT,
};

/**
 * looprace_stage_name() - a stage in words
 * @stage:	any value of the enum
 *
 * Return: a static string such as "bind".
 */
const char *looprace_stage_name(enum looprace_stage stage);

/*
 * A backoff policy: one row of the table in core/policy.c.  A policy says how often to try, how long to wait after a
 * lost try, and which failures count as lost.
 */
struct looprace_policy {
	const char *name;
	const char *summary; /* one line */
	unsigned int try_count_max;
	enum looprace_api api;
	/* Only EBUSY is retried; ENXIO, ENOENT, ENODEV from open() are fatal, as in containerd. */
	bool retries_only_ebusy;
	/* Waits once more after the last try has failed, as containerd does. */
	bool pauses_after_last_try;
	/* Lost the same index this often in a row: escape by LOOP_CTL_ADD.  0 never escapes. */
	unsigned int escape_after_count;
	/* Reads the binding back and compares it with the request. */
	bool verifies;
	/* Time to wait after the lost try number @try_number (from 1), in ns; @random is the caller's generator. */
	uint64_t (*pause_ns)(unsigned int try_number, struct looprace_random *random);
};

/**
 * looprace_policy_at() - the table of policies
 * @index:	row, from 0
 *
 * Return: the row, or NULL behind the last one.
 */
const struct looprace_policy *looprace_policy_at(unsigned int index);

/**
 * looprace_policy_find() - a policy by name
 * @name:	such as "containerd"
 *
 * Return: the row, or NULL when there is none of that name.
 */
const struct looprace_policy *looprace_policy_find(const char *name);

/* Who a binding belongs to. */
struct looprace_identity {
	uint64_t dev;	  /* st_dev of the backing file */
	uint64_t inode;	  /* st_ino of the backing file */
	uint64_t diskseq; /* BLKGETDISKSEQ (v5.15) where it was read, else 0 */
};

struct looprace_attach_request {
	const char *backing_path; /* file to attach; also becomes lo_file_name */
	int backing_fd;		  /* borrowed descriptor of it, writable unless @read_only; or -1: the library opens it */
	int control_fd;		  /* borrowed descriptor of /dev/loop-control, or -1: the library opens it itself */
	bool read_only;
	bool autoclear; /* released by the last close; the handle's descriptor keeps it alive */
	bool direct_io;
	bool partition_scan;
	uint64_t offset_bytes;
	uint64_t size_limit_bytes; /* 0: to the end of the file */
	uint32_t block_size_bytes; /* 0: the kernel's default */
	const struct looprace_policy *policy; /* NULL: full_jitter */
	enum looprace_api api;		      /* AUTO: the policy's */
	unsigned int try_count_max;	      /* 0: the policy's */
	uint64_t budget_ns;		      /* give up when this much time has passed; 0: no limit */
	struct looprace_random *random;	      /* the caller's generator, never NULL */
};

/* What an attach went through, filled in on success and on failure alike. */
struct looprace_attach_counts {
	unsigned int try_count;
	unsigned int lost_count[LOOPRACE_STAGE_COUNT]; /* lost tries by the stage at which they were lost */
	unsigned int escape_count;
	int poisoned_index;	  /* the index that was lost too often in a row, or -1 */
	uint64_t paused_ns;	  /* sum of the asked pauses */
	bool direct_io_refused;	  /* direct I/O was asked for and the device works without it */
	enum looprace_stage stage; /* of the last failure, NONE after success */
	int error;		   /* errno (positive) of the last failure, 0 after success */
};

/* A bound device.  Owned by the caller, who ends it with looprace_detach() or looprace_close(). */
struct looprace_handle {
	int fd;	   /* open descriptor of /dev/loopN, or -1 */
	int index; /* N */
	bool read_only;
	bool direct_io; /* what the device really does, not what was asked */
	struct looprace_identity identity;
};
#define LOOPRACE_HANDLE_NULL ((struct looprace_handle){ .fd = -1, .index = -1 })

/* Outcomes of looprace_attach(), and of one try inside the library. */
enum {
	LOOP_ATTACH_LOST = 1,	 /* a try: somebody else has the device, or is taking it away; never returned to you */
	LOOP_ATTACH_GAVE_UP = 2, /* looprace_attach(): all tries or the budget are used up */
};

/**
 * looprace_attach() - bind a backing file to any free loop device
 * @kernel:	kernel to talk to
 * @request:	what to attach and how long to try
 * @ret_handle:	the bound device; written only on success
 * @ret_counts:	what it took; always written; may be NULL
 *
 * Return: 0; LOOP_ATTACH_GAVE_UP; or -errno of the call named by @ret_counts->stage (-ECANCELED when
 * @kernel->pause_ns() said so, -EINVAL for a request that no kernel accepts, -ESTALE when the device read back
 * another backing file than the one that was bound).  After a failure nothing is left bound or open.
 * Source: drivers/block/loop.c, loop_control_get_free() and loop_configure().
 */
int looprace_attach(const struct looprace_kernel *kernel, const struct looprace_attach_request *request,
		    struct looprace_handle *ret_handle, struct looprace_attach_counts *ret_counts);

/* Outcomes of looprace_detach() and looprace_detach_path(). */
enum {
	LOOP_DETACH_LAZY = 1,	 /* accepted, but others hold the device open: it goes at the last close */
	LOOP_DETACH_ALREADY = 2, /* the device was not bound any more */
};

/**
 * looprace_detach() - release a device through the handle that bound it
 * @kernel:	kernel to talk to
 * @handle:	a handle from looprace_attach(); its descriptor is closed, it becomes LOOPRACE_HANDLE_NULL
 *
 * Asks with LOOP_CLR_FD on the handle's own descriptor, which cannot hit a stranger's binding while that descriptor
 * is open (v5.8 to v7.3), then closes it.
 *
 * Return: 0, LOOP_DETACH_ALREADY, or -errno of LOOP_CLR_FD or close.
 */
int looprace_detach(const struct looprace_kernel *kernel, struct looprace_handle *handle);

/**
 * looprace_close() - drop a handle without asking for a release
 * @kernel:	kernel to talk to
 * @handle:	a handle from looprace_attach(); becomes LOOPRACE_HANDLE_NULL
 *
 * An autoclear device goes with its last close, any other stays bound.
 *
 * Return: 0 or -errno of close.
 */
int looprace_close(const struct looprace_kernel *kernel, struct looprace_handle *handle);

/**
 * looprace_detach_path() - release a device by its path, if it is still the one that was meant
 * @kernel:	kernel to talk to
 * @path:	such as "/dev/loop7"
 * @identity:	who must be bound there; dev and inode are compared, diskseq too where it is not 0; NULL: anybody
 *
 * Return: 0, LOOP_DETACH_LAZY, LOOP_DETACH_ALREADY, -ESTALE when somebody else is bound there now (nothing was
 * done), -ENOTBLK when @path is no loop device, or -errno of the failing call.
 */
int looprace_detach_path(const struct looprace_kernel *kernel, const char *path,
			 const struct looprace_identity *identity);

/**
 * looprace_detach_paths() - release several devices, all of them, whatever happens to one
 * @kernel:	kernel to talk to
 * @paths:	@count paths
 * @count:	how many
 * @ret_results: @count results of looprace_detach_path(); may be NULL
 *
 * Return: 0 when every result was >= 0, else the first -errno.  No failure stops the others (containerd's did).
 */
int looprace_detach_paths(const struct looprace_kernel *kernel, const char *const *paths, unsigned int count,
			  int *ret_results);

/**
 * looprace_read_identity() - who is bound to an open device
 * @kernel:	kernel to talk to
 * @fd:		descriptor of a loop device
 * @ret_identity: dev and inode from LOOP_GET_STATUS64; diskseq stays 0
 *
 * Return: 0, or -errno of LOOP_GET_STATUS64 (-ENXIO: nobody is).
 */
int looprace_read_identity(const struct looprace_kernel *kernel, int fd, struct looprace_identity *ret_identity);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
