/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One loop device as the driver ought to behave: a sequential model for linearize.h.
 *
 *	absent   -- LOOP_CTL_ADD, or a LOOP_CTL_GET_FREE that finds none --> unbound
 *	unbound  -- LOOP_SET_FD, LOOP_CONFIGURE -----------------------> bound
 *	unbound  -- LOOP_CTL_REMOVE while nobody has it open ----------> absent
 *	bound    -- LOOP_CLR_FD by the only opener --------------------> rundown
 *	bound    -- LOOP_CLR_FD with other openers --------------------> bound, autoclear
 *	bound    -- last close of an autoclear device -----------------> unbound
 *	rundown  -- up to v6.10 the same LOOP_CLR_FD; else last close --> unbound
 *
 * A bound device knows its backing file, offset, limit and flags, its capacity, block size and diskseq.  Openers are open
 * file descriptions; an open is counted at some moment within the call, a close likewise.  A call that fails changes
 * nothing.  Kernels differ by traits.h only.
 *
 * What a call may return for its arguments alone is settled when the record becomes a call (loop_call.c): a call that
 * failed is then no more than the set of states in which it may fail so.  What it does is in loop_model.c.
 *
 * What the history does not tell makes the model wider, never narrower: where others may have the device open, no close
 * need be the last one, and a release may come at any time after it was asked for; where others may bind devices too, an
 * unbound device may be theirs.  A value that is not known becomes known by the first report of it.
 */
#pragma once

#include "harness/judge/linearize.h"
#include "harness/judge/survey.h"
#include "harness/judge/text.h"
#include "harness/judge/traits.h"
#include "harness/recorder/recorder.h"

struct loop_model {
	struct loop_traits traits;
	bool has_other_openers; /* openers whose calls are not in the history */
	bool has_other_binders; /* and such that bind and release devices */
	bool checks_get_free;	/* what LOOP_CTL_GET_FREE returns must be unbound */
	bool has_quiet_reads;	/* what is read without a lock is told only where nothing was changed meanwhile */
	/* What is known of backing files; each may be NULL. */
	const struct scenario *scenario;
	const struct backings *backings;
	const struct survey *survey;
};

enum loop_status { LOOP_STATUS_unbound, LOOP_STATUS_bound, LOOP_STATUS_rundown, LOOP_STATUS_absent };

/* Sets of states, for calls that failed. */
#define LOOP_IN(status)	  (1u << LOOP_STATUS_##status)
#define LOOP_IN_ANY	  15u
#define LOOP_IN_NOT_BOUND (LOOP_IN(unbound) | LOOP_IN(rundown) | LOOP_IN(absent))

/* Of a bound device. */
#define LOOP_STATE_AUTOCLEAR 1u
#define LOOP_STATE_PARTSCAN  2u
#define LOOP_STATE_READ_ONLY 4u
#define LOOP_STATE_DIRECT_IO 8u

/* What is not known. */
#define LOOP_UNKNOWN_FILE	    1u /* which file, with which flags, offset and limit; but AUTOCLEAR, when set, is */
#define LOOP_UNKNOWN_READ_ONLY	    2u
#define LOOP_UNKNOWN_DIRECT_IO	    4u
#define LOOP_UNKNOWN_CAPACITY	    8u
#define LOOP_UNKNOWN_BLOCK_SIZE	    16u
#define LOOP_UNKNOWN_DISK_READ_ONLY 32u
#define LOOP_UNKNOWN_DIRECT_FILE    64u /* the backing file's descriptor may be O_DIRECT */

#define LOOP_MARK_HIDDEN	    1u /* being added or removed */
#define LOOP_MARK_DISK_READ_ONLY    2u
/* What is known of the diskseq: nothing; that it is this; that it is larger; that it is this or larger. */
#define LOOP_MARK_DISKSEQ_IS	 4u
#define LOOP_MARK_DISKSEQ_LARGER 8u
#define LOOP_MARK_DISKSEQ	 12u

#define LOOP_PARTITION_COUNT	 SURVEY_PARTITION_COUNT

/* Laid over struct linearize_state. */
struct loop_state {
	uint8_t status;	 /* enum loop_status */
	uint8_t flags;	 /* LOOP_STATE_* */
	uint8_t unknown; /* LOOP_UNKNOWN_* */
	uint8_t marks;	 /* LOOP_MARK_* */
	uint16_t opener_count;
	uint8_t exclusive_count;	   /* of these, O_EXCL and of the whole device, or mounted */
	uint8_t exclusive_partition_count; /* of these, O_EXCL and of a partition */
	uint8_t mount_count;
	uint8_t lingering_count; /* of the openers: closed, but io_uring may still hold them */
	uint8_t partition_opener_counts[LOOP_PARTITION_COUNT];
	uint16_t reserved;
	uint32_t dev; /* backing file of a bound device, folded */
	uint32_t block_size;
	uint64_t inode;
	uint64_t offset;
	uint64_t limit;
	uint64_t capacity_bytes;
	uint64_t diskseq;
};
_Static_assert(sizeof(struct loop_state) == sizeof(struct linearize_state), "one is the other");

/* How a call was made, and what its record tells. */
#define LOOP_HOW_EXCLUSIVE     1u     /* on an O_EXCL descriptor: nobody else can have it so */
#define LOOP_HOW_IO	       2u     /* io_uring may hold the descriptor after its close */
#define LOOP_HOW_HOLDER	       4u     /* failed as it may while another has the device exclusively */
#define LOOP_HOW_IMPOSSIBLE    8u     /* no state explains the result */
#define LOOP_HOW_READ_ONLY     16u    /* bind: makes the device read-only for certain */
#define LOOP_HOW_MAY_READ_ONLY 32u    /* bind: perhaps */
#define LOOP_HOW_DIRECT_FILE   64u    /* bind, LOOP_CHANGE_FD: the file's descriptor may be O_DIRECT */
#define LOOP_HOW_SIZE	       128u   /* bind: value is the file's size */
#define LOOP_HOW_REFUSED       256u   /* LOOP_CHANGE_FD: EINVAL, as for a writable device or another size */
#define LOOP_HOW_LATE	       512u   /* LOOP_CONFIGURE: failed after it had changed diskseq and read-only state */
#define LOOP_HOW_OLD	       1024u  /* the old layout of loop_info */
#define LOOP_HOW_PLACE	       2048u  /* report: offset and limit are told */
#define LOOP_HOW_TRANSIENT     4096u  /* the call may have the device open for a while */
#define LOOP_HOW_PERHAPS       8192u  /* of this device, or of one before it that is gone */
#define LOOP_HOW_TRANSFER      16384u /* LOOP_SET_STATUS*: with an encryption, which direct I/O does not go with */

/* Laid over struct linearize_call.arguments. */
struct loop_arguments {
	uint64_t inode;
	uint64_t offset;
	uint64_t limit;
	uint64_t value;	   /* of the call: the file's size, what was reported, what was asked for */
	uint64_t begin_ns; /* of calls that look at the size of a file which only the state knows */
	uint64_t end_ns;
	uint32_t dev;
	uint32_t block_size;
	uint32_t flags; /* LOOP_STATE_* */
	uint16_t how;	/* LOOP_HOW_* */
	uint8_t partition;
	uint8_t statuses; /* of a call that failed: LOOP_IN() where it may fail so */
};
_Static_assert(sizeof(struct loop_arguments) == sizeof(((struct linearize_call *)NULL)->arguments), "one is the other");

/**
 * loop_model_linearize() - the model as linearize.h wants it
 * @model:	must outlive it
 *
 * Return: the functions.
 */
struct linearize_model loop_model_linearize(const struct loop_model *model);

/**
 * loop_model_initial() - in which states a device may be before anybody has used it
 * @ret_states:	room for LOOP_MODEL_INITIAL_COUNT_MAX
 *
 * Return: how many.
 */
#define LOOP_MODEL_INITIAL_COUNT_MAX 4
unsigned int loop_model_initial(struct linearize_state *ret_states);

/**
 * loop_model_anywhere() - in which states a device may be in the middle of a history
 * @ret_states:	room for LOOP_MODEL_INITIAL_COUNT_MAX; fit for a model that has other openers
 *
 * Return: how many.
 */
unsigned int loop_model_anywhere(struct linearize_state *ret_states);

/**
 * loop_model_call() - a record as a call of the model
 * @model:	the kernel, and what is known of the history
 * @record:	any
 * @call_ns:	when it was made
 * @return_ns:	when it returned; UINT64_MAX: it has not, or its result must not be believed
 * @ret_call:	written only when it is one
 *
 * Return: true when the record is a call on a device that the model speaks of; false also for a call without result that
 * could have had no effect.
 */
bool loop_model_call(const struct loop_model *model, const struct recorder_record *record, uint64_t call_ns,
		     uint64_t return_ns, struct linearize_call *ret_call);

/**
 * loop_model_knows_file() - is a file one of the run's own regular files
 * @model:	with what is known of backing files
 * @dev:	of the file; folded is enough
 * @inode:	likewise
 *
 * Return: true when it is, so that its size is known and nothing is wrong with binding it.
 */
bool loop_model_knows_file(const struct loop_model *model, uint64_t dev, uint64_t inode);

/**
 * loop_model_reads() - does a call read what the driver changes without a lock
 * loop_model_changes() - may a call change what such a call reads
 * @record:	any
 * @has_result:	of the record
 *
 * The driver changes these one after the other, so that they are known only while no call that changes them goes on.
 */
bool loop_model_reads(const struct recorder_record *record);
bool loop_model_changes(const struct recorder_record *record, bool has_result);

/**
 * loop_model_add_state() - a state in words, such as "bound to inode 17"
 * @text:	appended to
 * @state:	any
 * @record:	the call in whose light it is seen, which says what of it matters
 */
void loop_model_add_state(struct text *text, const struct linearize_state *state, const struct recorder_record *record);

/**
 * loop_model_allows() - could a call have returned something else
 * @model:	a model
 * @state:	in which it takes effect
 * @record:	its arguments count, its result does not
 * @result:	0 or -errno
 *
 * Return: true when it could have returned that.
 */
bool loop_model_allows(const struct loop_model *model, const struct linearize_state *state,
		       const struct recorder_record *record, int result);
