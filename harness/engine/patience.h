/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a call has really had.  Where a whole machine stands still for seconds, because its host is busy or was
 * suspended, the clock goes on and no call does; whoever looks at calls again and again sees that from how late it is
 * itself.  What was before such a gap is not held against a call.
 */
#pragma once

#include <stdint.h>

/* Looks are some ten milliseconds apart.  One that is this late did not run in between, and then nobody did. */
#define PATIENCE_LATE_NS 1000000000u

struct patience {
	uint64_t looked_at_ns; /* 0: not yet */
	uint64_t forgiven_ns;  /* what began before this counts as begun then */
};

/**
 * patience_look() - to be called at each regular look
 * @patience:	all 0 at first
 * @now_ns:	the clock
 */
static inline void patience_look(struct patience *patience, uint64_t now_ns)
{
	if (patience->looked_at_ns && now_ns > patience->looked_at_ns + PATIENCE_LATE_NS)
		patience->forgiven_ns = now_ns;
	patience->looked_at_ns = now_ns;
}

/**
 * patience_duration_ns() - how long has a call had
 * @patience:	as above
 * @call_ns:	when it began
 * @now_ns:	the clock
 *
 * Return: ns.
 */
static inline uint64_t patience_duration_ns(const struct patience *patience, uint64_t call_ns, uint64_t now_ns)
{
	uint64_t begin_ns = call_ns > patience->forgiven_ns ? call_ns : patience->forgiven_ns;

	return now_ns > begin_ns ? now_ns - begin_ns : 0;
}
