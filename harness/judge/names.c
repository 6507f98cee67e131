/* SPDX-License-Identifier: Apache-2.0 */
/* The words for the rules and the verdicts. */
#include "harness/judge/judge.h"

const char *rule_name(enum rule rule)
{
	static const char *const names[] = {
#define X(name, summary) [RULE_##name] = #name,
		LOOPRACE_RULES(X)
#undef X
	};

	return (unsigned int)rule < RULE_COUNT ? names[rule] : "?";
}

const char *rule_summary(enum rule rule)
{
	static const char *const summaries[] = {
#define X(name, summary) [RULE_##name] = summary,
		LOOPRACE_RULES(X)
#undef X
	};

	return (unsigned int)rule < RULE_COUNT ? summaries[rule] : "?";
}

const char *verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_SKIP:
		return "SKIP";
	case VERDICT_PASS:
		return "PASS";
	case VERDICT_UNKNOWN:
		return "UNKNOWN";
	case VERDICT_BROKEN:
		return "BROKEN";
	case VERDICT_VIOLATION:
		return "VIOLATION";
	}
	return "?";
}

int verdict_exit_code(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_PASS:
		return 0;
	case VERDICT_VIOLATION:
		return 1;
	case VERDICT_SKIP:
		return 77;
	case VERDICT_UNKNOWN:
	case VERDICT_BROKEN:
		break;
	}
	return 99;
}
