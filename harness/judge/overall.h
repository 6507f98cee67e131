/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what each rule found to one verdict and its reason.  Private to this folder.
 */
#pragma once

#include "harness/judge/rules.h"

/**
 * overall_mark_expected() - which findings did the scenario plant itself
 * @judge_case:	the case
 * @judgement:	its findings' is_expected is set
 */
void overall_mark_expected(const struct judge_case *judge_case, struct judgement *judgement);

/**
 * overall_decide() - verdict and reason
 * @judge_case:	the case
 * @judgement:	findings (worst first) and counts are there, verdict and reason are set
 *
 * Return: 0 or -ENOMEM.
 */
int overall_decide(const struct judge_case *judge_case, struct judgement *judgement);
