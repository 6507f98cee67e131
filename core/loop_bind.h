/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Set up one device: open it, bind the backing file, set it up, read it back.  This is setupLoopDev() of the reference.
 *
 * With LOOP_CONFIGURE, one call does it all, so the device is never half bound; where the kernel lacks it,
 * LOOP_SET_FD and LOOP_SET_STATUS64 on the same descriptor.  It neither chooses the index nor waits for another one.
 */
#pragma once

#include "core/attach_state.h"

/**
 * loop_bind() - try to bind one device
 * @state:	attach in progress
 * @index:	device to bind
 * @ret_handle:	the bound device; written only on success
 *
 * Return: 0; LOOP_ATTACH_LOST when somebody else has the device; or -errno.  After a failure nothing of ours is bound
 * there and the device is closed; what somebody else has bound there is left alone.
 */
int loop_bind(struct attach_state *state, int index, struct looprace_handle *ret_handle);
