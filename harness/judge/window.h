/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a history that cannot be explained to the few calls that show it.
 *
 * The end of a history is unexplainable by itself when it is so from any state that a device may be in; the shortest such
 * end is looked for first.  Then every call in it is tried without its result: as one that may have taken effect at any
 * time or never (one that failed may be left out).  If the rest still cannot be explained, that call is not part of the
 * proof.
 */
#pragma once

#include "harness/judge/examination.h"

/* How far back a window may reach, in calls on the device. */
#define WINDOW_CALL_COUNT_MAX 256

/**
 * window_shrink() - the calls that show it
 * @model:	the kernel
 * @calls:	the latest calls on the device, by call time, all made before the culprit returned; those that are not
 *		needed are taken out
 * @call_count:	how many, at most WINDOW_CALL_COUNT_MAX
 * @culprit:	position of the call whose return cannot be explained
 * @ret_count:	how many are left; written only on success
 * @ret_is_whole: what is left shows it whatever was before; false: nothing was taken out
 *
 * Return: 0 or -ENOMEM.
 */
int window_shrink(const struct loop_model *model, struct examined_call *calls, unsigned int call_count,
		  unsigned int culprit, unsigned int *ret_count, bool *ret_is_whole);
