/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The backoff policies, one row each.
 *
 * The names and summaries come from core/policies.h; a name without a POLICY_<name> here does not compile.  A policy
 * is data and one pure function from the number of the lost try to a time; the loop that obeys it is in loop_attach.c.
 *
 * Why full_jitter is the default: the window between LOOP_CTL_GET_FREE and the bind is about 10 us wide, containerd's
 * first pause alone is 4.5 ms on average.  Constant pauses are the fragile choice, since losers stay in step.
 */
#include "core/looprace.h"
#include "core/policies.h"

#include <stddef.h>
#include <string.h>

#define NS_PER_US	    UINT64_C(1000)
#define NS_PER_MS	    UINT64_C(1000000)

#define FULL_JITTER_BASE_NS (50 * NS_PER_US)
#define FULL_JITTER_CAP_NS  (50 * NS_PER_MS)

/* "Full jitter": the whole wait is random, and the range doubles up to a cap. */
static uint64_t pause_full_jitter(unsigned int try_number, struct looprace_random *random)
{
	/* From 2^10 on the cap rules; the shift must not run over for the tries after that. */
	unsigned int doubling_count = try_number < 10 ? try_number : 10;
	uint64_t range_ns = FULL_JITTER_BASE_NS << doubling_count;

	if (range_ns > FULL_JITTER_CAP_NS)
		range_ns = FULL_JITTER_CAP_NS;
	return looprace_random_below(random, range_ns + 1);
}

/* time.Millisecond * time.Duration(rand.Intn(retry*10)): whole milliseconds, never 10 * retry itself. */
static uint64_t pause_containerd(unsigned int try_number, struct looprace_random *random)
{
	return looprace_random_below(random, UINT64_C(10) * try_number) * NS_PER_MS;
}

static uint64_t pause_none(unsigned int try_number, struct looprace_random *random)
{
	return 0;
}

/* clang-format off */
#define POLICY_full_jitter					\
	.try_count_max = 64,					\
	.api = LOOPRACE_API_AUTO,				\
	.escape_after_count = 4,				\
	.verifies = true,					\
	.pause_ns = pause_full_jitter

/* "for retry := 1; retry < 200": 199 tries, and a pause after the last one too. */
#define POLICY_containerd					\
	.try_count_max = 199,					\
	.api = LOOPRACE_API_SET_FD,				\
	.retries_only_ebusy = true,				\
	.pauses_after_last_try = true,				\
	.pause_ns = pause_containerd

#define POLICY_none						\
	.try_count_max = 64,					\
	.api = LOOPRACE_API_AUTO,				\
	.pause_ns = pause_none
/* clang-format on */

static const struct looprace_policy policies[] = {
#define X(policy_name, text) { .name = #policy_name, .summary = text, POLICY_##policy_name },
	LOOPRACE_POLICIES(X)
#undef X
};

#define POLICY_COUNT (sizeof(policies) / sizeof(policies[0]))

const struct looprace_policy *looprace_policy_at(unsigned int index)
{
	return index < POLICY_COUNT ? &policies[index] : NULL;
}

const struct looprace_policy *looprace_policy_find(const char *name)
{
	for (unsigned int i = 0; i < POLICY_COUNT; i++) {
		if (strcmp(policies[i].name, name) == 0)
			return &policies[i];
	}
	return NULL;
}
