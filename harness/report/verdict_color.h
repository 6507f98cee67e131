/* SPDX-License-Identifier: Apache-2.0 */
/* The colours of the verdicts on a terminal. */
#pragma once

#include "harness/judge/judge.h"

#define COLOR_END "\033[0m"
/* Neither pass nor violation: both. */
#define COLOR_FLAKY "\033[1;33m"

static inline const char *verdict_color(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_PASS:
		return "\033[32m";
	case VERDICT_VIOLATION:
		return "\033[1;31m";
	case VERDICT_BROKEN:
		return "\033[35m";
	case VERDICT_UNKNOWN:
		return "\033[33m";
	case VERDICT_SKIP:
		return "\033[36m";
	}
	return "";
}
