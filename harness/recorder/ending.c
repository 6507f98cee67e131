/* SPDX-License-Identifier: Apache-2.0 */
/* The words for the table of ending.h.  Pure. */
#include "harness/recorder/ending.h"

const char *ending_name(enum ending ending)
{
	static const char *const names[] = {
#define X(name, summary) [ENDING_##name] = #name,
		LOOPRACE_ENDINGS(X)
#undef X
	};

	return (unsigned int)ending < ENDING_COUNT ? names[ending] : "?";
}

const char *ending_summary(enum ending ending)
{
	static const char *const summaries[] = {
#define X(name, summary) [ENDING_##name] = summary,
		LOOPRACE_ENDINGS(X)
#undef X
	};

	return (unsigned int)ending < ENDING_COUNT ? summaries[ending] : "?";
}
