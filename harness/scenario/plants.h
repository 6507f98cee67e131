/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The faults that the loop driver inside the harness can be told to have, once: X(name, rule that catches it, summary).
 *
 * `plant = NAME` takes one of these words; the model kernel acts on it, and tests/faults has a scenario for each row.
 * The rule is a word here, because the rules belong to the judge, which knows scenarios and not the reverse.
 */
#pragma once

/* clang-format off */
#define LOOPRACE_PLANTS(X)                                                                                             \
	X(unchecked_bind, exclusive_bind, "between its check and its bind it lets others in")
/* clang-format on */
