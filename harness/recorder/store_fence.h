/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of stores to memory that may be mapped write-combining.
 *
 * A release store orders the stores before it only in ordinary (write-back) memory.  Stores to write-combining memory
 * wait in buffers of the CPU that may be written out in any order, and a release store on x86 is a plain mov, which does
 * not empty them.  sfence does (Intel SDM volume 3, 12.3.1 "Buffering of Write Combining Memory Locations"), so one
 * stands before each store by which others are told that something is there.  Under TCG, and where KVM makes guest
 * memory write-back whatever the guest asked for, it costs next to nothing.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

/* A record in the shared file, word by word: others may look at it while it is written. */
typedef _Atomic uint64_t __attribute__((may_alias)) recorder_slot_word;

/**
 * store_fence() - make all stores so far visible before any store that follows
 *
 * On other machines than x86 the release store that always follows is enough for what looprace maps there: an ordinary
 * file.
 */
static inline void store_fence(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_sfence();
#endif
}
