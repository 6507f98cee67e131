/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What differs between the loop drivers of different kernels, as data: a new kernel is a new row and not a new branch in
 * the model.  Only what a recorded call can show has a row.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(name, first version that has it, first version that has it no more (0, 0: all since), what it is, and from where) */
#define LOOP_TRAITS(X)                                                                                                 \
	X(deferred_detach, 6, 11, 0, 0,                                                                                 \
	  "LOOP_CLR_FD by the only opener leaves the device in rundown until its last close (commit 18048c1af783)")     \
	X(open_enxio_in_rundown, 6, 11, 0, 0,                                                                           \
	  "open() of a device in rundown fails with ENXIO; it looks first and is counted later (commit 18048c1af783)")  \
	X(eagain_on_dirty, 5, 0, 5, 19,                                                                                 \
	  "LOOP_SET_STATUS64 and LOOP_SET_BLOCK_SIZE may fail with EAGAIN while pages of the device are cached "        \
	  "(since commit 5db470e229e2, until 98ded54a3383)")

enum loop_trait {
#define X(name, from_major, from_minor, until_major, until_minor, reason) LOOP_TRAIT_##name,
	LOOP_TRAITS(X)
#undef X
		LOOP_TRAIT_COUNT,
};

/**
 * loop_traits_of() - the traits of a kernel
 * @major:	version
 * @minor:	version
 *
 * Return: a set, bit 1 << enum loop_trait.
 */
uint32_t loop_traits_of(unsigned int major, unsigned int minor);

/**
 * loop_trait_name() - a trait in one word
 * loop_trait_reason() - what it is, and from where
 * @trait:	below LOOP_TRAIT_COUNT
 *
 * Return: a static string.
 */
const char *loop_trait_name(enum loop_trait trait);
const char *loop_trait_reason(enum loop_trait trait);

/**
 * loop_traits_format() - a set in words
 * @traits:	set
 * @text:	"deferred_detach, open_enxio_in_rundown" or "none", cut at @text_bytes
 * @text_bytes:	room, at least 1
 *
 * Return: as snprintf().
 */
int loop_traits_format(uint32_t traits, char *text, size_t text_bytes);

/**
 * has_trait() - is a trait in a set
 * @traits:	set
 * @trait:	of the enum
 *
 * Return: true when it is.
 */
static inline bool has_trait(uint32_t traits, enum loop_trait trait)
{
	return traits >> trait & 1;
}
