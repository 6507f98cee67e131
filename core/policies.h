/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of the backoff policies, once.  core/policy.c gives each its row, the scenario parser its word, the manual
 * its paragraph.  X(name, summary); the first is the default.
 */
#pragma once

#define LOOPRACE_POLICIES(X)                                                                                           \
	X(full_jitter, "uniform in 0..min(50 ms, 50 us * 2^r) after lost try r; retries every lost race; 64 tries")     \
	X(containerd, "the reference, bug-compatible: uniform integer 0..10r-1 ms, EBUSY only, 199 tries, SET_FD API")   \
	X(none, "no wait at all: try again at once; 64 tries")
