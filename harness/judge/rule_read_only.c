/* SPDX-License-Identifier: Apache-2.0 */
/* a read-only device takes no writes, and its backing file never changes through it. */
#include "harness/judge/rules.h"

int rule_read_only(const struct judge_case *judge_case, struct finding *finding)
{
	finding->verdict = VERDICT_SKIP;
	return 0;
}
