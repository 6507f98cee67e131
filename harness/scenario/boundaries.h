/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values at the border: what is worth trying for an argument, by its type, beside the table of operations.
 *
 * X(type, argument, values divided by blanks).  A row that names an argument counts for that one, "" for all others of
 * the type.  They are the borders of what a driver may compare with (a sector, a page, the largest block, what a signed or
 * a 32-bit number holds), not what some kernel is known to do: scenarios/make_contract.c tries each of them with each
 * operation, and looprace diff shows where kernels part.
 */
#pragma once

#include "harness/scenario/operations.h"

/* clang-format off */
#define LOOPRACE_BOUNDARIES(X)                                                                                         \
	X(BOOL, "", "yes")                                                                                             \
	X(SIZE, "block_size", "1B 511B 512B 513B 1KiB 4KiB 4097B 8KiB 64KiB 65537B 128KiB 0x80000000 0xffffffff")      \
	X(SIZE, "length", "512B 1KiB 64KiB 1MiB")                                                                      \
	X(SIZE, "", "512B 1B 513B 4KiB 64KiB 1MiB 2MiB 0x7fffffff 0x80000000 0x7fffffffffffffff 0x8000000000000000 "   \
		    "0xffffffffffffffff")                                                                              \
	X(COUNT, "encryption", "1 2 18 19 20 4294967295")                                                              \
	X(COUNT, "key_size", "1 32 33 4294967295")                                                                     \
	X(COUNT, "partition", "1 2 15 16 255")                                                                         \
	X(COUNT, "", "1 2 15 16 255 256")                                                                              \
	X(NUMBER, "flags", "0x1 0x2 0x4 0x8 0x10 0x20 0x40 0x100 0x10000 0x80000000 0xffffffff")                       \
	X(NUMBER, "request", "0x4c0b 0x4c10 0x4c80 0x4c82 0x4cff")                                                     \
	X(NUMBER, "argument", "1 -1")                                                                                  \
	X(NUMBER, "", "4096 -1 0 1 511 512 513 1024 4097 8192 65536 65537 131072 0x7fffffff 0x80000000 0xffffffff "     \
		      "0x100000000 0x100000200 0x8000000000000000")                                                    \
	X(POSITIONAL_NUMBER, "", "1 -1 -2 2 7 255 256 1048575 0x80000000 0x7fffffff 1048576")                          \
	X(MODE, "", "ro wo")                                                                                           \
	X(LAYOUT, "", "info")                                                                                          \
	X(POINTER, "", "null bad")                                                                                     \
	X(FILE, "", "twin small directory character pipe proc closed")                                                 \
	X(POSITIONAL_FILE, "", "twin small directory character proc")                                                  \
	X(DESCRIPTOR, "from", "device below written path")
/* clang-format on */

struct boundary {
	enum argument_type type;
	const char *argument; /* "": any of the type */
	const char *values;   /* divided by blanks, the most common first */
};

static const struct boundary boundaries[] = {
#define X(type, argument, values) { ARGUMENT_##type, argument, values },
	LOOPRACE_BOUNDARIES(X)
#undef X
};
#define BOUNDARY_COUNT (sizeof(boundaries) / sizeof(boundaries[0]))
