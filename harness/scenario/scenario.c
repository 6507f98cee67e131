/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be asked of a parsed scenario.
 */
#include "harness/scenario/scenario.h"

#include <errno.h>
#include <stdlib.h>

struct scenario *scenario_free(struct scenario *scenario)
{
	if (!scenario)
		return NULL;
	for (unsigned int i = 0; i < scenario->group_count; i++)
		free(scenario->groups[i].calls);
	free(scenario->summary);
	free(scenario);
	return NULL;
}

unsigned int scenario_worker_count(const struct scenario *scenario)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < scenario->group_count; i++)
		count += scenario->groups[i].count;
	return count;
}

/* The group that is furthest from its share, upwards (@direction 1) or downwards (-1), among those that may change. */
static unsigned int furthest_group(const int64_t *lack, const struct scenario *scenario, int direction)
{
	unsigned int best = scenario->group_count;

	for (unsigned int i = 0; i < scenario->group_count; i++) {
		if (direction < 0 && scenario->groups[i].count == 1)
			continue;
		if (best == scenario->group_count || lack[i] * direction > lack[best] * direction)
			best = i;
	}
	return best;
}

/*
 * Rounds every share down, but to no less than one, then moves single workers to or from the group that is furthest
 * from its share until the sum fits.  @lack is in units of 1/total worker, so that no fraction is lost.
 */
int scenario_set_worker_count(struct scenario *scenario, unsigned int count)
{
	int64_t total = scenario_worker_count(scenario);
	int64_t lack[SCENARIO_GROUP_COUNT_MAX];
	int64_t missing = count;

	if (count < scenario->group_count || count > SCENARIO_WORKER_COUNT_MAX)
		return -ERANGE;
	for (unsigned int i = 0; i < scenario->group_count; i++) {
		struct worker_group *group = &scenario->groups[i];
		int64_t share = (int64_t)count * group->count;

		group->count = share >= total ? (unsigned int)(share / total) : 1;
		lack[i] = share - group->count * total;
		missing -= group->count;
	}
	while (missing != 0) {
		int direction = missing > 0 ? 1 : -1;
		unsigned int i = furthest_group(lack, scenario, direction);

		scenario->groups[i].count += (unsigned int)direction;
		lack[i] -= direction * total;
		missing -= direction;
	}
	return 0;
}

static bool holds_on(const struct expectation *expectation, unsigned int major, unsigned int minor)
{
	if (expectation->kernel_major == 0 && expectation->kernel_minor == 0)
		return true;
	if (major != expectation->kernel_major)
		return major > expectation->kernel_major;
	return minor >= expectation->kernel_minor;
}

const struct expectation *scenario_expectation(const struct scenario *scenario, enum expectation_subject subject,
					       unsigned int kernel_major, unsigned int kernel_minor)
{
	const struct expectation *found = NULL;

	for (unsigned int i = 0; i < scenario->expectation_count; i++) {
		const struct expectation *expectation = &scenario->expectations[i];

		if (expectation->subject == subject && holds_on(expectation, kernel_major, kernel_minor))
			found = expectation;
	}
	return found;
}
