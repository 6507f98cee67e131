/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rule uevents weighs: the events of devices and partitions that were heard, and the calls that must have caused
 * some.  Which calls those are, and why, is said at the top of rule_uevents.c.
 */
#pragma once

#include "harness/judge/rules.h"

/* What causes an event of a device or partition: X(name, channel, text before the device, text behind it). */
#define UEVENT_CAUSES(X)                                                                                               \
	X(bind, change, "bound", "")                                                                                   \
	X(capacity, change, "set the size of", "")                                                                     \
	X(exchange, change, "exchanged the backing file of", "")                                                       \
	X(release, change, "had bound", ", which was released later")                                                  \
	X(release_media, media, "had bound", ", which was released later")                                             \
	X(add, add, "made", "")                                                                                        \
	X(remove, remove, "removed", "")                                                                               \
	X(partition_add, add, "found a partition table and made", "")                                                  \
	X(partition_remove, remove, "had made", ", and its device was released later")

enum uevent_channel {
	UEVENT_CHANNEL_change,
	UEVENT_CHANNEL_media,
	UEVENT_CHANNEL_add,
	UEVENT_CHANNEL_remove,
};

enum uevent_cause {
#define X(name, channel, before, behind) UEVENT_CAUSE_##name,
	UEVENT_CAUSES(X)
#undef X
		UEVENT_CAUSE_NONE, /* it is an event */
};

/* One that must be heard, or one that was. */
struct uevent_item {
	uint64_t at_ns; /* of the call; of the receipt */
	const struct recorder_record *record;
	uint64_t heard_count;  /* of a cause: what was heard since */
	uint64_t ended_ns_max; /* of a call: when all before it on the device had returned; UINT64_MAX: never */
	unsigned int worker;
	int device_index;
	uint8_t partition;
	uint8_t channel;
	uint8_t cause;
	bool is_missing;
};

struct uevent_items {
	struct uevent_item *items;
	uint64_t count;
	uint64_t capacity_count;
};

struct uevents {
	const struct judge_case *judge_case;
	struct finding *finding;
	struct uevent_items items;  /* causes and events */
	struct uevent_items binds;  /* successful ones, by device, then time */
	struct uevent_items events; /* `add` and `remove`, by device and partition, then their numbers */
	struct uevent_items calls;  /* all that may change a device, by device, then time; only where they are needed */
	/* Of many records only every batch_count-th device's are weighed at a time, from number batch on. */
	unsigned int batch;
	unsigned int batch_count;
	uint64_t gap_count;
	uint64_t lost_count; /* in gaps of known size */
	bool *does_io;	     /* by device: something may let go of it a little later than its last close */
	bool has_partitions; /* somebody asked for them, or they were heard of */
	bool is_table_doubtful;
	bool has_media; /* releases say DISK_MEDIA_CHANGE, LOOP_CHANGE_FD says something */
};

/**
 * uevents_were_heard() - is it known that everything was heard
 * @listener:	of a history
 *
 * Return: true when both of the listener's marks are there and its area was large enough.
 */
bool uevents_were_heard(const struct history_worker *listener);

/**
 * uevents_begin() - look at how much there is
 * @uevents:	with judge_case, finding and has_media; all else 0; end it with uevents_fini(), also after a failure
 *
 * Return: 0 or -ENOMEM.
 */
int uevents_begin(struct uevents *uevents);

/**
 * uevents_collect() - read a batch of events and causes out of the history
 * @uevents:	with its batch set; what was collected before is forgotten
 *
 * Return: 0 or -ENOMEM.
 */
int uevents_collect(struct uevents *uevents);

/**
 * uevents_fini() - end it
 * @uevents:	as above
 */
void uevents_fini(struct uevents *uevents);

/**
 * uevents_collect_calls() - read all calls that may change a device, unless that was done
 * @uevents:	as above
 *
 * Return: 0 or -ENOMEM.
 */
int uevents_collect_calls(struct uevents *uevents);

/**
 * uevents_find_calls() - where the calls on a device from some moment on begin
 * @uevents:	whose calls were collected
 * @device_index: N of /dev/loopN
 * @at_ns:	the moment
 *
 * Return: a position in uevents->calls, or their count.
 */
uint64_t uevents_find_calls(const struct uevents *uevents, int device_index, uint64_t at_ns);

/**
 * uevent_items_append() - one more
 * uevent_items_sort() - put them in order
 * @items:	all zero at first
 * @item:	copied
 * @compare:	as for qsort()
 *
 * Return: 0 or -ENOMEM.
 */
int uevent_items_append(struct uevent_items *items, struct uevent_item item);
void uevent_items_sort(struct uevent_items *items, int (*compare)(const void *, const void *));

/**
 * uevent_compare_numbers() - order of two numbers
 * uevent_compare_places() - order of two items by device and partition
 *
 * Return: less than 0, 0 or more, as for qsort().
 */
int uevent_compare_numbers(uint64_t left, uint64_t right);
int uevent_compare_places(const struct uevent_item *a, const struct uevent_item *b);
