/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many times were how long, in bins of a fixed place, so that the histogram of many runs is the sum of theirs: what a
 * percentile is not.  Each power of two is four bins, so a time is known to a quarter of itself; what is shorter than a
 * microsecond or longer than a minute is one bin each.
 *
 * PURE, like the judge: no I/O, no clock, no global state.
 */
#pragma once

#include <stdint.h>

/* Powers of two, in ns: 1.024 us and 68.7 s. */
#define HISTOGRAM_BITS_MIN	   10
#define HISTOGRAM_BITS_MAX	   36
#define HISTOGRAM_OCTAVE_BIN_COUNT 4
#define HISTOGRAM_BIN_COUNT	   (1 + (HISTOGRAM_BITS_MAX - HISTOGRAM_BITS_MIN) * HISTOGRAM_OCTAVE_BIN_COUNT + 1)

struct histogram {
	uint64_t counts[HISTOGRAM_BIN_COUNT];
};

/**
 * histogram_bin() - in which bin a time counts
 * @ns:		any
 *
 * Return: below HISTOGRAM_BIN_COUNT; the bin whose begin is at most @ns and whose successor's begin is more.
 */
unsigned int histogram_bin(uint64_t ns);

/**
 * histogram_bin_begin() - the shortest time of a bin
 * @bin:	below HISTOGRAM_BIN_COUNT
 *
 * Return: ns; 0 for the first.
 */
uint64_t histogram_bin_begin(unsigned int bin);

/**
 * histogram_add() - count all of one histogram in another, too
 * @sum:	grows
 * @histogram:	is added
 */
void histogram_add(struct histogram *sum, const struct histogram *histogram);

/**
 * histogram_total() - how many times there are
 * @histogram:	any
 *
 * Return: the sum of its counts.
 */
uint64_t histogram_total(const struct histogram *histogram);

/**
 * histogram_percentile() - what a share of the times did not exceed
 * @histogram:	any
 * @percent:	1 to 100
 *
 * Return: the begin of the bin behind the one that holds the time in question, so at most a quarter too long; UINT64_MAX
 * when that is the last one; 0 without times.
 */
uint64_t histogram_percentile(const struct histogram *histogram, unsigned int percent);
