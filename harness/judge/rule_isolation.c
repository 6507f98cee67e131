/* SPDX-License-Identifier: Apache-2.0 */
/* a descriptor, partition or mapping of one binding never shows a later binding's data. */
#include "harness/judge/rules.h"

int rule_isolation(const struct judge_case *judge_case, struct finding *finding)
{
	finding->verdict = VERDICT_SKIP;
	return 0;
}
