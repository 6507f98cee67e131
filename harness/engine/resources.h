/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel has in use, counted before a run and after everything was released: what has grown was leaked.  Noted
 * as
 *
 *	resource name=N before=B after=A
 */
#pragma once

#include "harness/recorder/recorder.h"

struct resources {
	uint64_t descriptor_count; /* of this process */
	uint64_t
		loop_thread_count; /* kernel threads of the loop driver: those of devices, and rescuers of workqueues */
};

/**
 * resources_count() - count
 * @ret_resources:	always written; what cannot be counted is 0
 */
void resources_count(struct resources *ret_resources);

/**
 * resources_note() - note both counts of each
 * @recorder:	gets the notes
 * @before:	before the loop driver was loaded
 * @after:	after everything was released
 * @has_driver:	the driver is still there, whose devices may keep their threads: those are left out
 */
void resources_note(struct recorder *recorder, const struct resources *before, const struct resources *after,
		    bool has_driver);
