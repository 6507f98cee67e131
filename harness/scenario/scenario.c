/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be asked of a parsed scenario.
 */
#include "harness/scenario/scenario.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/scenario/words.h"

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

static bool is_zero(struct kernel_version version)
{
	return version.major == 0 && version.minor == 0 && version.patch <= 0;
}

static bool is_before(struct kernel_version left, struct kernel_version right)
{
	if (left.major != right.major)
		return left.major < right.major;
	if (left.minor != right.minor)
		return left.minor < right.minor;
	return (left.patch < 0 ? 0 : left.patch) < (right.patch < 0 ? 0 : right.patch);
}

bool kernel_range_has(const struct kernel_range *range, struct kernel_version kernel)
{
	if (is_zero(range->from) && is_zero(range->before))
		return true;
	if (is_zero(kernel) || is_before(kernel, range->from))
		return false;
	return is_zero(range->before) || is_before(kernel, range->before);
}

const struct expectation *scenario_expectation(const struct scenario *scenario, enum expectation_subject subject,
					       struct kernel_version kernel)
{
	const struct expectation *found = NULL;

	for (unsigned int i = 0; i < scenario->expectation_count; i++) {
		const struct expectation *expectation = &scenario->expectations[i];

		if (expectation->subject == subject && kernel_range_has(&expectation->kernels, kernel))
			found = expectation;
	}
	return found;
}

int scenario_check_rules(const struct scenario *scenario, const char *file_name, const char *const *rules,
			 unsigned int rule_count, struct scenario_error *ret_error)
{
	const struct words words = { .what = "rule", .list = rules, .count = rule_count };
	unsigned int index;

	for (unsigned int i = 0; i < scenario->expectation_count; i++) {
		const struct expectation *expectation = &scenario->expectations[i];
		const struct complaint complaint = { .file_name = file_name,
						     .line = expectation->line,
						     .error = ret_error };

		if (*expectation->rule && strcmp(expectation->rule, "none") != 0 &&
		    words_find(&words, span_of(expectation->rule), &index) < 0)
			return words_complain(&complaint, &words, span_of(expectation->rule));
	}
	return 0;
}
