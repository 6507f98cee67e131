/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a history tells of each open file description, device and backing file as a whole, read in one pass before any
 * rule asks.  Workers' records are in order only within a worker, so all that is said here holds whatever the order was:
 *
 *	a description that several workers use, that was copied or mapped is closed last by the latest of all that held it;
 *	an open() that overlaps a LOOP_CTL_REMOVE may be of a device that is gone;
 *	the size of a backing file is known while no ftruncate() goes on and no write can have made it longer.
 *
 * Where something is not known, it says so; the rules must be lenient with it.
 */
#pragma once

#include "harness/judge/backings.h"
#include "harness/recorder/history.h"

/* Of an open file description. */
#define SURVEY_FILE_SHARED    1u  /* more than one worker makes calls on it */
#define SURVEY_FILE_HELD      2u  /* dup() or mmap() hold it, too: survey_last_close() knows which close counts */
#define SURVEY_FILE_IO	      4u  /* a request of io_uring may hold it for a moment longer than its close() */
#define SURVEY_FILE_AUTOCLEAR 8u  /* LO_FLAGS_AUTOCLEAR was asked for through it */
#define SURVEY_FILE_DOUBTFUL  16u /* opened while its device was being removed: it may be of a device that is gone */
#define SURVEY_FILE_OPENED    32u /* its open() is in the history */
#define SURVEY_FILE_TWICE     64u /* two open() have that number: nothing can be said of it */

/* Of a device. */
#define SURVEY_DEVICE_STACKED	      1u /* another device has it as its backing file, which holds a description of it */
#define SURVEY_DEVICE_CHANGED	      2u  /* LOOP_CHANGE_FD may have given it another backing file */
#define SURVEY_DEVICE_DOUBTFUL	      4u  /* it has a doubtful file */
#define SURVEY_DEVICE_UNSEEN_OPEN     8u  /* calls on descriptors whose open() is not in the history */
#define SURVEY_DEVICE_WILD	      16u /* an ioctl with arguments that the record does not tell */
#define SURVEY_DEVICE_PARTITIONS_MANY 32u /* descriptors of more partitions than are counted one by one */
#define SURVEY_DEVICE_PARTITIONS      64u /* descriptors of partitions */
#define SURVEY_DEVICE_INJECTED	      128u /* something was made to fail inside a call on it */

/* Devices with a higher index are not followed; minor numbers end there. */
#define SURVEY_DEVICE_COUNT (1 << 20)

/* A file's number: whoever opened it in the high bits, a count in the low ones, see recording_kernel.h. */
#define SURVEY_FILE_BITS    22
#define SURVEY_OPENER_COUNT (1 << (32 - SURVEY_FILE_BITS))

/* How it was opened. */
#define SURVEY_MODE_WRITABLE  1u
#define SURVEY_MODE_READABLE  2u /* neither: the record does not tell */
#define SURVEY_MODE_EXCLUSIVE 4u

/* Partitions with a higher number are not counted one by one. */
#define SURVEY_PARTITION_COUNT 4

struct survey_file {
	uint16_t user; /* the first worker that used it + 1; 0: nobody */
	uint8_t flags;
	uint8_t mode; /* SURVEY_MODE_* */
};

struct survey_opener {
	uint32_t file_count; /* that there is room for */
	struct survey_file *files;
};

/* The end of a description that is held more than once. */
struct survey_closing {
	uint32_t file;	     /* 0: an empty place */
	uint32_t held_count; /* descriptors and mappings */
	uint32_t let_go_count;
	bool has_last_flag;
	const struct recorder_record *last; /* the close or munmap that was called last */
	uint64_t call_ns;
	uint64_t return_ns; /* the latest of all; UINT64_MAX: not yet */
};

struct survey_truncate {
	uint64_t dev, inode;
	uint64_t call_ns, return_ns;
	uint64_t return_ns_max; /* of this one and all of the file before it in the array */
	uint64_t size_bytes;
	bool is_certain; /* it returned 0 */
};

struct survey_removal {
	int device_index;
	uint64_t call_ns, return_ns;
	uint64_t return_ns_max;
};

struct survey {
	struct survey_opener openers[SURVEY_OPENER_COUNT];
	uint64_t device_count;
	uint8_t *devices; /* by index */
	uint64_t closing_count;
	uint64_t closing_capacity_count; /* a power of two, or 0 */
	struct survey_closing *closings;
	uint64_t truncate_count;
	struct survey_truncate *truncates; /* by file, then call_ns */
	uint64_t removal_count;
	struct survey_removal *removals; /* by device, then call_ns */
	bool has_writes;		 /* through a device or a file */
	bool has_long_writes;		 /* to a file, behind the end of some backing file */
	bool has_injected;		 /* something was made to fail inside a call, on whatever device */
	bool has_module_calls;		 /* the driver was removed or inserted in between */
};

/**
 * survey_init() - read a history
 * @history:	an open history, which must outlive it; NULL: nothing is known
 * @backings:	of that history
 * @ret_survey:	end it with survey_fini(); written only on success
 *
 * Return: 0 or -ENOMEM.
 */
int survey_init(const struct history *history, const struct backings *backings, struct survey *ret_survey);

/**
 * survey_fini() - end it
 * @survey:	all zero afterwards
 */
void survey_fini(struct survey *survey);

/**
 * survey_file() - what is known of a description
 * survey_file_flags() - the flags of that
 * survey_device_flags() - what is known of a device
 * @survey:	of a history
 * @file:	its number
 * @index:	N of /dev/loopN
 *
 * Return: all zero for one that is not followed.
 */
static inline struct survey_file survey_file(const struct survey *survey, uint32_t file)
{
	const struct survey_opener *opener = &survey->openers[file >> SURVEY_FILE_BITS];
	uint32_t number = file & ((1u << SURVEY_FILE_BITS) - 1);

	return number < opener->file_count ? opener->files[number] : (struct survey_file){ 0 };
}

static inline unsigned int survey_file_flags(const struct survey *survey, uint32_t file)
{
	return survey_file(survey, file).flags;
}

static inline unsigned int survey_device_flags(const struct survey *survey, int index)
{
	return index >= 0 && (uint64_t)index < survey->device_count ? survey->devices[index] : 0;
}

/**
 * survey_last_close() - is this the close (or munmap) with which a description that is held more than once ends
 * @survey:	of a history
 * @record:	a close or munmap of a file with SURVEY_FILE_HELD
 * @ret_return_ns: when it has ended for certain; UINT64_MAX: nobody knows; written only when it is
 *
 * Return: true when it is.
 */
bool survey_last_close(const struct survey *survey, const struct recorder_record *record, uint64_t *ret_return_ns);

/**
 * survey_file_size() - how large a backing file was all through a span of time
 * @survey:	of a history
 * @backings:	of that history
 * @dev:	of the file
 * @inode:	likewise
 * @begin_ns:	begin of the span
 * @end_ns:	end of it
 * @ret_bytes:	written only when it is known
 *
 * Return: true when it is known.
 */
bool survey_file_size(const struct survey *survey, const struct backings *backings, uint64_t dev, uint64_t inode,
		      uint64_t begin_ns, uint64_t end_ns, uint64_t *ret_bytes);
