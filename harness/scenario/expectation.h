/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The right-hand side of what [expect] says, and the kernels for which it is said.
 */
#pragma once

#include "harness/scenario/complaint.h"
#include "harness/scenario/scenario.h"
#include "harness/scenario/words.h"

/* The names of all subjects. */
extern const struct words expectation_words;

/**
 * expectation_parse_condition() - the rest of a section's head, behind "expect"
 * @complaint:	where to say what is wrong
 * @text:	"kernel >= 6.11, < 7.2", or nothing
 * @ret_kernels: all kernels for nothing; written only on success
 *
 * Return: 0 or -EINVAL.
 */
int expectation_parse_condition(const struct complaint *complaint, struct span text, struct kernel_range *ret_kernels);

/**
 * kernel_range_is() - are two ranges the same
 * @left:	as parsed
 * @right:	as parsed
 */
bool kernel_range_is(const struct kernel_range *left, const struct kernel_range *right);

/**
 * expectation_parse() - what is expected of a subject
 * @complaint:	where to say what is wrong
 * @subject:	of what
 * @text:	">= 1", "<= 5", "0", "any"; for EXPECT_violation the name of a rule, which is not checked here; for
 *		EXPECT_known_bug "RULE at GROUP.LABEL: NAME", "RULE: NAME" or "none"
 * @ret_expectation: all but the kernels and the label; written only on success
 * @ret_label:	"GROUP.LABEL", not looked up; empty when there is none; written only on success
 *
 * Return: 0 or -EINVAL.
 */
int expectation_parse(const struct complaint *complaint, enum expectation_subject subject, struct span text,
		      struct expectation *ret_expectation, struct span *ret_label);
