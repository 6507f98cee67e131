/* SPDX-License-Identifier: Apache-2.0 */
/* The search itself; nothing is remembered between two calls. */
#include "harness/bisect.h"

/* The untested kernel between @good and @bad that is nearest to their middle; @bad when there is none. */
static unsigned int nearest_to_middle(const enum bisect_result *results, unsigned int good, unsigned int bad)
{
	unsigned int middle = good + (bad - good) / 2;

	for (unsigned int distance = 0; distance < bad - good; distance++) {
		if (middle + distance < bad && results[middle + distance] == BISECT_UNTESTED)
			return middle + distance;
		if (middle >= good + 1 + distance && results[middle - distance] == BISECT_UNTESTED)
			return middle - distance;
	}
	return bad;
}

static unsigned int count_results(const enum bisect_result *results, unsigned int good, unsigned int bad,
				  enum bisect_result wanted)
{
	unsigned int count = 0;

	for (unsigned int i = good + 1; i < bad; i++)
		count += results[i] == wanted;
	return count;
}

/* Each test halves what is left. */
static unsigned int halvings(unsigned int count)
{
	unsigned int steps = 0;

	for (; count > 0; count /= 2)
		steps++;
	return steps;
}

struct bisect_range bisect_range(const enum bisect_result *results, unsigned int count)
{
	struct bisect_range range = { .state = BISECT_UNFINISHED, .good = 0, .bad = count - 1 };
	unsigned int untested_count = count_results(results, 0, count - 1, BISECT_UNTESTED);

	if (results[0] != BISECT_GOOD && results[0] != BISECT_UNTESTED) {
		range.state = BISECT_NOT_GOOD;
		return range;
	}
	if (results[count - 1] != BISECT_BAD && results[count - 1] != BISECT_UNTESTED) {
		range.state = BISECT_NOT_BAD;
		return range;
	}
	if (results[0] == BISECT_UNTESTED || results[count - 1] == BISECT_UNTESTED) {
		range.step_count = halvings(untested_count) + (results[0] == BISECT_UNTESTED) +
				   (results[count - 1] == BISECT_UNTESTED);
		return range;
	}
	for (unsigned int i = count - 1; i > 0; i--)
		if (results[i] == BISECT_BAD)
			range.bad = i;
	for (unsigned int i = 0; i < range.bad; i++)
		if (results[i] == BISECT_GOOD)
			range.good = i;
	range.skipped_count = count_results(results, range.good, range.bad, BISECT_SKIP);
	range.step_count = halvings(count_results(results, range.good, range.bad, BISECT_UNTESTED));
	if (nearest_to_middle(results, range.good, range.bad) == range.bad)
		range.state = BISECT_FOUND;
	return range;
}

unsigned int bisect_next(const enum bisect_result *results, unsigned int count)
{
	struct bisect_range range = bisect_range(results, count);

	if (range.state != BISECT_UNFINISHED)
		return count;
	if (results[0] == BISECT_UNTESTED)
		return 0;
	if (results[count - 1] == BISECT_UNTESTED)
		return count - 1;
	return nearest_to_middle(results, range.good, range.bad);
}

enum bisect_result bisect_judge(const struct bisect_runs *runs)
{
	if (runs->bad_count > 0)
		return BISECT_BAD;
	return runs->run_count > 0 && runs->good_count >= runs->run_count ? BISECT_GOOD : BISECT_SKIP;
}

double bisect_miss_chance(double rate, unsigned int run_count)
{
	double chance = 1;

	for (unsigned int i = 0; i < run_count; i++)
		chance *= 1 - rate;
	return chance;
}
