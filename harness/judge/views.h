/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What devices showed: which backing file, from which byte on.  A bind begins a view, and so do LOOP_CHANGE_FD and
 * LOOP_SET_STATUS, which leave the binding and change what it shows.
 *
 * A call on a device may have met any view that is not certainly over when it began, and that was asked for before it
 * returned; so where binds race with a read there is more than one place that the read may show, and all are allowed.
 */
#pragma once

#include "harness/judge/backings.h"

struct view {
	uint64_t call_ns;
	uint64_t return_ns;	   /* UINT64_MAX: it has not returned, and may have had its effect or not */
	uint64_t latest_call_ns;   /* of this view and all of the device's before it in the array */
	uint64_t earliest_call_ns; /* of this view and all of the device's behind it */
	const struct recorder_record *record;
	unsigned int worker;
	int device_index;
	const struct backing_file *file; /* NULL: none of ours, such as another device */
	uint64_t offset_bytes;
	uint64_t limit_bytes;		    /* 0: none */
	const struct recorder_record *bind; /* that made the binding; NULL: not known */
	uint64_t bind_call_ns;
	bool is_read_only; /* asked for by the bind */
	bool is_odd;	   /* begins in the middle of a block */
};

struct partition_start {
	int device_index;
	unsigned int number;
	uint64_t call_ns;
	uint64_t start_bytes;
};

struct views {
	const struct backings *backings;
	uint64_t count;
	struct view *views; /* by device, then return */
	uint64_t partition_count;
	struct partition_start *partitions; /* made by BLKPG; in no order */
};

/* A block in a backing file. */
struct place {
	const struct backing_file *file;
	uint64_t at_bytes;
};

/* More places than these are as good as any. */
#define PLACES_COUNT_MAX 4

struct places {
	unsigned int count;
	bool is_open; /* it may be elsewhere, too */
	struct place places[PLACES_COUNT_MAX];
};

/**
 * views_init() - read them out of a history
 * @history:	an open history
 * @backings:	of it; must outlive the views
 * @ret_views:	end them with views_fini(); written only on success
 *
 * Return: 0 or -ENOMEM.
 */
int views_init(const struct history *history, const struct backings *backings, struct views *ret_views);

/**
 * views_fini() - end them
 * @views:	all zero afterwards
 */
void views_fini(struct views *views);

/**
 * views_next() - the views that a call may have met
 * @views:	of a history
 * @device_index: on which it was
 * @call_ns:	when it began
 * @return_ns:	when it ended
 * @after:	NULL at first, then what this returned
 *
 * Return: one of them, NULL at the end.
 */
const struct view *views_next(const struct views *views, int device_index, uint64_t call_ns, uint64_t return_ns,
			      const struct view *after);

/**
 * views_only() - the view that a call certainly met
 * @views:	as above
 * @device_index: as above
 * @call_ns:	as above
 * @return_ns:	as above
 *
 * Return: it, or NULL when there is none, or more than one is possible.
 */
const struct view *views_only(const struct views *views, int device_index, uint64_t call_ns, uint64_t return_ns);

/**
 * views_places() - where a block may be
 * @views:	as above
 * @record:	of a read or a write, through a device or on a file
 * @call_ns:	when it began; through a mapping: when that was made
 * @return_ns:	when it ended, UINT64_MAX: it has not
 * @at_bytes:	where the block is, seen from the device, partition or file
 * @has_old_pages: the page cache may also show the binding as it was earlier
 * @ret_places:	always written
 */
void views_places(const struct views *views, const struct recorder_record *record, uint64_t call_ns, uint64_t return_ns,
		  uint64_t at_bytes, bool has_old_pages, struct places *ret_places);

/**
 * places_meet() - may two blocks be the same
 * @left:	where the one may be
 * @right:	where the other may be
 *
 * Return: true when they may.
 */
bool places_meet(const struct places *left, const struct places *right);
