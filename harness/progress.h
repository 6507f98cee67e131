/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The live line: elapsed time, attaches and lost tries a second, violations so far.
 *
 * It reads the recorder while the guest writes it and so costs the guest nothing.  On a terminal the line is redrawn;
 * elsewhere a new line is written now and then, so that a CI log shows that the run lives.
 */
#pragma once

#include "harness/recorder/recorder.h"

#include <stdbool.h>
#include <stddef.h>

struct progress {
	const char *label; /* "6.1.0-56-cloud-amd64 get_free_race" */
	const void *memory; /* the recorder */
	size_t memory_bytes;
	uint64_t duration_ns; /* of the scenario; 0: by rounds */
	bool is_terminal;
	bool is_shown; /* the line on the terminal needs to be ended */
	uint64_t begin_ns; /* host clock at progress_start() */
	uint64_t start_ns; /* host clock when the workers were first seen to run; 0: not yet */
	uint64_t next_line_ns;
	uint64_t next_judge_ns;
	uint64_t violation_count;
	uint64_t sample_ns; /* of the figures that the rates count from */
	uint64_t sample_attach_count;
	uint64_t sample_lost_count;
};

/**
 * progress_start() - begin to show a cell
 * @progress:	ended by progress_end()
 * @label:	borrowed
 * @memory:	mapped recorder, borrowed
 * @memory_bytes: its size
 * @duration_ns: how long the workers will run; 0: unknown
 */
void progress_start(struct progress *progress, const char *label, const void *memory, size_t memory_bytes,
		    uint64_t duration_ns);

/**
 * progress_tick() - show what there is now; call it about ten times a second
 * @context:	struct progress
 */
void progress_tick(void *context);

/**
 * progress_end() - clear the line
 * @progress:	from progress_start()
 */
void progress_end(struct progress *progress);
