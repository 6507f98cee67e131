/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What planted faults do with time and with references: let others in where nobody may be, never come back, never give
 * back.
 */
#include "harness/engine/model_parts.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/engine/clock.h"

/* How long others are let in: well above a context switch. */
#define WINDOW_NS 50000

/* A sched_yield() loop, so that others come in on a machine with one CPU too. */
void model_open_window(struct model_kernel *model)
{
	uint64_t end_ns = clock_now_ns() + WINDOW_NS;

	pthread_mutex_unlock(&model->mutex);
	do {
		sched_yield();
	} while (clock_now_ns() < end_ns);
	pthread_mutex_lock(&model->mutex);
}

void model_pin(struct model_kernel *model, struct model_description *description)
{
	if (description->pin_count++ > 0)
		return;
	description->next_pinned = model->pinned;
	model->pinned = description;
}

void model_unpin_all(struct model_kernel *model)
{
	while (model->pinned) {
		struct model_description *description = model->pinned;

		model->pinned = description->next_pinned;
		for (unsigned int count = description->pin_count; count > 0; count--)
			model_description_put(model, description);
	}
}

void model_block_forever(struct model_kernel *model)
{
	static const uint32_t nobody_wakes_it;

	pthread_mutex_unlock(&model->mutex);
	for (;;)
		syscall(SYS_futex, &nobody_wakes_it, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}
