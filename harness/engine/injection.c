/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's side of fault injection; the kernel's is in fault_points.h. */
#include "harness/engine/injection.h"

void injection_set(struct injection *injection, const struct system *system, enum injection_kind kind,
		   unsigned int value)
{
	if (injection->fd >= 0)
		injection->system->inject_close(injection->system->context, injection->fd);
	injection->fd = -1;
	injection->system = system;
	injection->kind = kind;
	injection->value = value;
	if (kind != INJECTION_none)
		injection->fd = system->inject_open(system->context, kind, value);
}

static bool is_left_alone(enum recorder_call call)
{
	switch ((int)call) {
	case RECORDER_CALL_pause:
	case RECORDER_CALL_after:
	case RECORDER_CALL_fault:
	/* A page that cannot be had is asked for again, for ever. */
	case RECORDER_CALL_load:
	case RECORDER_CALL_store:
	/* What a module's init needs is not the loop driver's alone, and without the module there is no race. */
	case RECORDER_CALL_module_insert:
	case RECORDER_CALL_module_remove:
		return true;
	default:
		return false;
	}
}

void injection_arm(struct injection *injection, enum recorder_call call)
{
	unsigned int value = injection->kind == INJECTION_fail_nth ? injection->value : 1;

	injection->is_armed = injection->fd >= 0 && !is_left_alone(call) &&
			      injection->system->inject_set(injection->system->context, injection->fd, value) >= 0;
}

bool injection_disarm(struct injection *injection)
{
	bool is_hit;
	int left;

	if (!injection->is_armed)
		return false;
	injection->is_armed = false;
	left = injection->system->inject_set(injection->system->context, injection->fd, 0);
	/* The kernel counts down to 0, and then fails. */
	is_hit = injection->kind != INJECTION_fail_nth || left == 0;
	injection->hit_count += is_hit;
	return is_hit;
}
