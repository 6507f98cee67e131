/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The random numbers of a worker: xoshiro256** (Blackman and Vigna, public domain), started by splitmix64.
 *
 * The reference draws from one generator that nobody seeded, so that every process waited the same times and collided
 * again.  Here each worker has a generator of its own, started from the run's seed and the worker's number: a run can
 * be repeated from its seed, and no two workers march in step.  Not for secrets.
 */
#include "core/looprace.h"

static uint64_t rotate_left(uint64_t value, unsigned int count)
{
	return (value << count) | (value >> (64 - count));
}

/* The next number of splitmix64; a bijection of its counter, so two streams never start alike. */
static uint64_t splitmix64(uint64_t *counter)
{
	uint64_t z = *counter += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

void looprace_random_seed(struct looprace_random *random, uint64_t seed, uint64_t stream)
{
	/* Mixed twice: seeds 1, 2, 3 and streams 1, 2, 3 are what people use, and seed + stream would make them meet. */
	uint64_t counter = seed;

	counter = splitmix64(&counter) ^ stream;
	counter = splitmix64(&counter);
	for (unsigned int i = 0; i < 4; i++)
		random->state[i] = splitmix64(&counter);
}

static uint64_t random_next(struct looprace_random *random)
{
	uint64_t *s = random->state;
	uint64_t result = rotate_left(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate_left(s[3], 45);
	return result;
}

uint64_t looprace_random_below(struct looprace_random *random, uint64_t bound)
{
	uint64_t leftover_count, value;

	if (bound == 0)
		return 0;
	/* The lowest 2^64 mod @bound numbers are drawn again: what stays is a whole multiple of @bound. */
	leftover_count = -bound % bound;
	do
		value = random_next(random);
	while (value < leftover_count);
	return value % bound;
}
