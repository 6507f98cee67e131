/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a scenario must not do to a machine that others use: see engine_find_refusal().
 *
 * Allowed is what can only touch devices that this run has bound: core's attach with everything on `attached`, and
 * through any other descriptor of a device only looking, and binding, which fails where somebody else is bound.
 */
#include "harness/engine/engine.h"

#include <stdio.h>

/* Through a descriptor these change whatever is bound there, or its data. */
static bool changes_device(enum operation operation)
{
	static const bool does[OPERATION_COUNT] = {
		[OPERATION_clr_fd] = true,
		[OPERATION_change_fd] = true,
		[OPERATION_set_status] = true,
		[OPERATION_set_capacity] = true,
		[OPERATION_set_direct_io] = true,
		[OPERATION_set_block_size] = true,
		[OPERATION_ioctl] = true,
		[OPERATION_write] = true,
		[OPERATION_discard] = true,
		[OPERATION_zeroout] = true,
		[OPERATION_store] = true,
		[OPERATION_partition_add] = true,
		[OPERATION_partition_delete] = true,
		[OPERATION_partition_reread] = true,
	};

	return does[operation];
}

/* Bit N: row N of the table of descriptors may be a device that was not attached, or a copy that outlives its attach. */
static uint32_t find_device_rows(const struct worker_group *group)
{
	uint32_t rows = 0;

	for (unsigned int i = 0; i < group->call_count; i++) {
		const struct operation_call *call = &group->calls[i];

		if (call->operation == OPERATION_open)
			rows |= 1u << call->arguments[ARGUMENT_AT(open, as)].low;
		else if (call->operation == OPERATION_dup)
			rows |= 1u << call->arguments[ARGUMENT_AT(dup, as)].low;
	}
	return rows;
}
_Static_assert(SCENARIO_DESCRIPTOR_COUNT_MAX <= 32, "a bit for each");

static const char *refuse_call(const struct operation_call *call, uint32_t device_rows)
{
	switch ((int)call->operation) {
	case OPERATION_fault:
		return "plants faults";
	case OPERATION_ctl_add:
	case OPERATION_ctl_remove:
		return "makes or removes devices of its choice";
	case OPERATION_inject:
		return "changes what the kernel lets fail";
	case OPERATION_mount:
		return "mounts";
	case OPERATION_module_remove:
	case OPERATION_module_insert:
		return "removes or inserts the loop module";
	case OPERATION_open:
		if (call->arguments[ARGUMENT_AT(open, own_node)].low)
			return "makes device nodes";
		if (call->arguments[ARGUMENT_AT(open, device)].low != SCENARIO_DEVICE_GOT)
			return "opens devices by their number";
		break;
	default:
		/* The descriptor is the first argument of all of them. */
		if (changes_device(call->operation) && (device_rows & 1u << call->arguments[0].low))
			return "changes devices that others may have bound meanwhile";
		break;
	}
	return NULL;
}

bool engine_find_refusal(const struct scenario *scenario, char *ret_text, size_t text_bytes)
{
	uint32_t device_rows = 0;

	if (scenario->kernel == SCENARIO_KERNEL_real && scenario->device_object_count > 0) {
		snprintf(ret_text, text_bytes, "this scenario names devices");
		return true;
	}
	/* A shared descriptor may be opened by one group and used by another. */
	for (unsigned int g = 0; g < scenario->group_count; g++)
		device_rows |= find_device_rows(&scenario->groups[g]);
	for (unsigned int g = 0; g < scenario->group_count; g++)
		for (unsigned int i = 0; i < scenario->groups[g].call_count; i++) {
			const struct operation_call *call = &scenario->groups[g].calls[i];
			const char *what = refuse_call(call, device_rows);

			/* The model has devices of its own, but a fault is planted into the machine. */
			if (!what || (scenario->kernel != SCENARIO_KERNEL_real && call->operation != OPERATION_fault))
				continue;
			snprintf(ret_text, text_bytes, "this scenario %s (line %u)", what, call->line);
			return true;
		}
	return false;
}
