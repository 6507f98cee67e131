/* SPDX-License-Identifier: Apache-2.0 */
/* The words for the tables of recorder.h.  Pure. */
#include "harness/recorder/recorder.h"

const char *recorder_call_text(unsigned int call)
{
	static const char *const texts[] = {
#define X(name, text) [RECORDER_CALL_##name] = text,
		RECORDER_CALLS(X)
#undef X
	};

	return call < RECORDER_CALL_COUNT ? texts[call] : "?";
}

const char *recorder_phase_name(unsigned int phase)
{
	static const char *const names[] = {
#define X(name, text) [RECORDER_PHASE_##name] = #name,
		RECORDER_PHASES(X)
#undef X
	};

	return phase < RECORDER_PHASE_COUNT ? names[phase] : "?";
}

const char *recorder_phase_text(unsigned int phase)
{
	static const char *const texts[] = {
#define X(name, text) [RECORDER_PHASE_##name] = text,
		RECORDER_PHASES(X)
#undef X
	};

	return phase < RECORDER_PHASE_COUNT ? texts[phase] : "?";
}

const char *recorder_uevent_action_text(uint64_t action)
{
	static const char *const texts[] = {
#define X(name, text) [RECORDER_UEVENT_##name] = text,
		RECORDER_UEVENT_ACTIONS(X)
#undef X
	};

	return action < RECORDER_UEVENT_ACTION_COUNT ? texts[action] : "?";
}

const char *recorder_content_text(unsigned int content)
{
	static const char *const texts[] = {
#define X(name, text) [RECORDER_CONTENT_##name] = text,
		RECORDER_CONTENTS(X)
#undef X
	};

	return content < sizeof(texts) / sizeof(texts[0]) ? texts[content] : "?";
}
