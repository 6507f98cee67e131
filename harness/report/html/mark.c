/* SPDX-License-Identifier: Apache-2.0 */
/* See mark.h. */
#include "harness/report/html/mark.h"

struct mark mark_of_verdict(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_PASS:
		return (struct mark){ "pass", "✓", verdict_name(verdict) };
	case VERDICT_VIOLATION:
		return (struct mark){ "violation", "✗", verdict_name(verdict) };
	case VERDICT_BROKEN:
		return (struct mark){ "broken", "!", verdict_name(verdict) };
	case VERDICT_UNKNOWN:
		return (struct mark){ "unknown", "?", verdict_name(verdict) };
	case VERDICT_SKIP:
		return (struct mark){ "skip", "–", verdict_name(verdict) };
	}
	return (struct mark){ "broken", "!", "?" };
}

struct mark mark_of_place(const struct grid_place *place)
{
	if (place->cell_count == 0)
		return (struct mark){ "absent", "·", "not run" };
	if (place->is_flaky)
		return (struct mark){ "flaky", "≈", "FLAKY" };
	return mark_of_verdict(place->worst);
}
