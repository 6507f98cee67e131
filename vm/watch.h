/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decisions of the runner: given what is seen of a guest from time to time, must it be killed now, and how did it
 * end?  Pure: no clock and no system call, so that each limit is tested without waiting for it.
 */
#pragma once

#include "vm/runner.h"

#include <stdbool.h>
#include <stdint.h>

/* What is seen at one look. */
struct watch_picture {
	uint64_t now_ns; /* CLOCK_MONOTONIC of the host */
	uint32_t phase;	 /* as the guest wrote it: any number */
	uint64_t heartbeat;
	bool has_trailer;
	uint64_t log_bytes; /* the larger of console and error file */
	bool wants_stop;
};

/* All times are those of the watch's own clock, see watch_look(); 0: has not happened. */
struct watch {
	const struct vm_request *request;
	uint64_t looked_at_ns; /* host clock at the latest look */
	uint64_t now_ns;       /* the watch's clock: from 1 on */
	uint64_t booted_ns;
	uint64_t trailer_ns;
	uint64_t stop_ns;
	uint64_t heartbeat;
	uint64_t heartbeat_ns;
};

/**
 * watch_start() - begin
 * @request:	borrowed; only its limits are used
 * @now_ns:	host clock when the guest was started
 * @ret_watch:	needs no release
 */
void watch_start(const struct vm_request *request, uint64_t now_ns, struct watch *ret_watch);

/**
 * watch_pause_ns() - how long to wait until the next look
 * @watch:	a started watch
 *
 * Return: 10 ms until the guest has booted, 100 ms after.
 */
uint64_t watch_pause_ns(const struct watch *watch);

/**
 * watch_look() - take in one picture
 * @watch:	a started watch
 * @picture:	of a guest that has not ended
 * @ret_ending:	written only when the guest must be killed
 *
 * Time that passed between two looks and was not asked for (the host was suspended, or so busy that we did not run) is
 * not held against the guest, which most likely did not run either: more than 2 s of it stop the watch's clock.
 *
 * Return: true when a limit was outlived and the guest must be killed now.
 */
bool watch_look(struct watch *watch, const struct watch_picture *picture, enum ending *ret_ending);

/**
 * watch_ended() - how a guest ended that nobody killed for a limit
 * @watch:	after the latest look
 * @picture:	taken after the end
 * @status:	as waitpid() gives it
 *
 * Return: the ending.
 */
enum ending watch_ended(const struct watch *watch, const struct watch_picture *picture, int status);
