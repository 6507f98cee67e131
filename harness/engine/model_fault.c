/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What planted faults do with time: let others in where nobody may be, and never come back.
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

void model_block_forever(struct model_kernel *model)
{
	static const uint32_t nobody_wakes_it;

	pthread_mutex_unlock(&model->mutex);
	for (;;)
		syscall(SYS_futex, &nobody_wakes_it, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}
