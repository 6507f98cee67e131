/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel that notes every call: the door through which core's algorithm reaches the loop driver, with the flight
 * recorder behind it.  Between the two clock reads of a call stands the call and nothing else.
 *
 * It is also where workers are made to collide: with a meeting place set, the first bind of an attach waits there for
 * the other workers, after all of them have asked for a free device.
 */
#pragma once

#include "core/looprace.h"
#include "harness/engine/injection.h"
#include "harness/engine/rendezvous.h"
#include "harness/engine/stop.h"
#include "harness/recorder/recorder.h"

/* Devices that core may have open at once for one worker: the one it tries, the one it holds, and room. */
#define RECORDING_FD_COUNT_MAX 8

/* A device that core has open. */
struct recording_device {
	int fd; /* -1: free */
	int index;
	uint32_t file; /* number of its open file description in the record */
	_Atomic unsigned int
		*use_count; /* descriptors of the description, when there ever was more than one; or NULL */
};

struct recording_kernel {
	struct looprace_kernel kernel; /* pass this to core; its context is the struct */
	const struct looprace_kernel *inner;
	struct recorder_writer writer;
	struct stop *stop;
	struct looprace_identity backing; /* of this worker's backing file */
	uint32_t round;
	uint16_t line; /* of the scenario, of the operation at hand */
	uint16_t try_number;
	/*
	 * Set before an attach: the workers meet here before its first bind, and again after it, so that the winner keeps
	 * the device until all others have lost.  meetings_left counts down to 0.
	 */
	struct rendezvous *meeting;
	unsigned int meetings_left;
	struct stop *abandon;
	uint32_t file_first; /* numbers of this worker's open file descriptions begin behind this */
	uint32_t file_count;
	struct recording_device devices[RECORDING_FD_COUNT_MAX];
	struct injection injection;
	uint64_t span_hit_count; /* of the injection, when the span at hand began */
};

/**
 * recording_kernel_init() - a worker's door
 * @recording:	belongs to that worker's thread; must not move afterwards
 * @inner:	kernel that really answers
 * @recorder:	open recorder
 * @worker:	area in it
 * @stop:	ends pauses early
 * @abandon:	ends meetings early
 */
void recording_kernel_init(struct recording_kernel *recording, const struct looprace_kernel *inner,
			   struct recorder *recorder, unsigned int worker, struct stop *stop, struct stop *abandon);

/**
 * recording_kernel_arm() - make the first bind of the next attach meet the others
 * @recording:	a worker's door
 * @meeting:	where, or NULL: nowhere
 */
void recording_kernel_arm(struct recording_kernel *recording, struct rendezvous *meeting);

/**
 * recording_kernel_disarm() - hold the meetings that an attach did not come to
 * @recording:	a worker's door; an attach that failed before its first bind must not keep the others waiting
 */
void recording_kernel_disarm(struct recording_kernel *recording);

/**
 * recording_kernel_span_begins() - a span of calls begins, such as a whole attach
 * @recording:	a worker's door
 *
 * Return: now, for recording_kernel_span().
 */
uint64_t recording_kernel_span_begins(struct recording_kernel *recording);

/**
 * recording_kernel_span() - note a span that covers calls already noted, such as a whole attach
 * @recording:	a worker's door
 * @call:	RECORDER_CALL_attach or RECORDER_CALL_detach
 * @index:	device, or -1
 * @result:	what the span came to
 * @detail:	see recorder.h
 * @start_ns:	when it began; it ends now
 */
void recording_kernel_span(struct recording_kernel *recording, enum recorder_call call, int index, int result,
			   uint64_t detail, uint64_t start_ns);

/**
 * recording_kernel_new_file() - a number for a new open file description
 * @recording:	a worker's door
 *
 * Return: unique within the run, never 0.
 */
uint32_t recording_kernel_new_file(struct recording_kernel *recording);

/**
 * recording_kernel_device() - what is known of a descriptor that core has opened
 * @recording:	a worker's door
 * @fd:		descriptor
 *
 * Return: borrowed until it is closed; NULL when it is none of a device.
 */
struct recording_device *recording_kernel_device(struct recording_kernel *recording, int fd);

/**
 * recording_kernel_drop() - a descriptor of an open file description is closed
 * @use_count:	of the description; freed with the last; NULL: there was only one
 *
 * To be called when the close() has returned and before the clock is read: of several closes at once the one that
 * comes last here is called the last one, and the moment at which the kernel let go lies within its record.
 *
 * Return: true when it was the last.
 */
bool recording_kernel_drop(_Atomic unsigned int *use_count);
