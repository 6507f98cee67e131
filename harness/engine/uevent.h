/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One uevent: what the kernel tells over netlink of a device, as text ("change@/devices/virtual/block/loop0", then
 * KEY=value strings, each ended by NUL), and what the flight recorder keeps of it.  Only parsing: nothing is received.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/recorder/recorder.h"

/* The listener's own marks carry this in SYNTH_UUID, and what they mark in SYNTH_ARG_LOOPRACE. */
#define UEVENT_MARK_UUID "6c6f6f70-7261-4365-8061-746865726531"

struct uevent {
	enum recorder_uevent_action action; /* begin and end: one of the listener's marks */
	int device_index;		    /* N of loopN; -1: not of a loop device */
	unsigned int partition;		    /* M of loopNpM; 0: the whole device */
	uint64_t sequence;		    /* SEQNUM, counts all uevents of the machine; 0: it had none */
	uint64_t diskseq;		    /* DISKSEQ, since v5.15 */
	bool is_resize;			    /* RESIZE=1 */
	bool is_media_change;		    /* DISK_MEDIA_CHANGE=1 */
	bool is_synthetic;		    /* somebody wrote to a file `uevent` in sysfs: no word of the driver's */
};

/**
 * uevent_parse() - read a message of the kernel
 * @message:	strings that end in NUL; the last one need not
 * @bytes:	their length together
 * @ret_uevent:	written only on success
 *
 * Return: true when it is a uevent.
 */
bool uevent_parse(const char *message, size_t bytes, struct uevent *ret_uevent);
