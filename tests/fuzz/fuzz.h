/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fuzz targets share: libFuzzer's entry points, and a way to say what must hold.
 *
 * A target brings a mutator of its own instead of a corpus: from an empty input it makes a sound one, then changes that
 * where it is interesting.  So a run starts from the same point on every machine, and -seed=1 repeats it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* libFuzzer calls these three. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

/* libFuzzer's own mutator: changes bytes, knows nothing.  Returns the new size. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* fuzz_require() - what must hold for every input; ends the run and keeps the input when it does not */
#define fuzz_require(condition)                                                                                        \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                 \
			abort();                                                                                       \
		}                                                                                                      \
	} while (0)
