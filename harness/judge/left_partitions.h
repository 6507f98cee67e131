/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions of a binding that are still there during the next one; a part of the rule isolation.  Private to this folder. */
#pragma once

#include "harness/judge/rules.h"

/**
 * left_partitions_find() - partitions that were opened although nothing can have made them since the device was bound
 * @judge_case:	with a history
 * @finding:	each open() of one occurs; text and calls are of the one to tell
 *
 * Return: 0 or -ENOMEM.
 */
int left_partitions_find(const struct judge_case *judge_case, struct finding *finding);
