/* SPDX-License-Identifier: Apache-2.0 */
/* See histogram.h.  Bins are found by the time's highest bit and the two below it: no logarithm, no rounding. */
#include "harness/stats/histogram.h"

unsigned int histogram_bin(uint64_t ns)
{
	unsigned int bits;

	if (ns >> HISTOGRAM_BITS_MIN == 0)
		return 0;
	if (ns >> HISTOGRAM_BITS_MAX != 0)
		return HISTOGRAM_BIN_COUNT - 1;
	bits = 63 - (unsigned int)__builtin_clzll(ns);
	return 1 + (bits - HISTOGRAM_BITS_MIN) * HISTOGRAM_OCTAVE_BIN_COUNT +
	       (unsigned int)(ns >> (bits - 2)) % HISTOGRAM_OCTAVE_BIN_COUNT;
}

uint64_t histogram_bin_begin(unsigned int bin)
{
	unsigned int octave = (bin - 1) / HISTOGRAM_OCTAVE_BIN_COUNT;
	unsigned int quarter = (bin - 1) % HISTOGRAM_OCTAVE_BIN_COUNT;

	if (bin == 0)
		return 0;
	return (UINT64_C(4) + quarter) << (HISTOGRAM_BITS_MIN - 2 + octave);
}

void histogram_add(struct histogram *sum, const struct histogram *histogram)
{
	for (unsigned int bin = 0; bin < HISTOGRAM_BIN_COUNT; bin++)
		sum->counts[bin] += histogram->counts[bin];
}

uint64_t histogram_total(const struct histogram *histogram)
{
	uint64_t total = 0;

	for (unsigned int bin = 0; bin < HISTOGRAM_BIN_COUNT; bin++)
		total += histogram->counts[bin];
	return total;
}

uint64_t histogram_percentile(const struct histogram *histogram, unsigned int percent)
{
	uint64_t total = histogram_total(histogram);
	/* Rounded up, without a product that could overflow. */
	uint64_t rank = total / 100 * percent + (total % 100 * percent + 99) / 100;
	unsigned int bin = 0;

	if (total == 0)
		return 0;
	for (uint64_t seen = histogram->counts[0]; seen < rank; seen += histogram->counts[bin])
		bin++;
	return bin + 1 < HISTOGRAM_BIN_COUNT ? histogram_bin_begin(bin + 1) : UINT64_MAX;
}
