/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for lines of other workers; see order.h. */
#include "harness/engine/order.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Added by order_abandon(), so that the word on which a sleeper sleeps changes: far more than a run can count. */
#define ABANDONED_COUNT (1u << 31)

void order_init(struct order *order, const struct scenario *scenario)
{
	for (unsigned int i = 0; i < scenario->label_count; i++) {
		atomic_init(&order->labels[i].passed_count, 0);
		order->labels[i].worker_count = scenario->groups[scenario->labels[i].group].count;
	}
	atomic_init(&order->is_abandoned, 0);
}

static void wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void order_pass(struct order *order, unsigned int label)
{
	/* Release: pairs with the acquire in order_wait(), for who reads what was written before. */
	atomic_fetch_add_explicit(&order->labels[label].passed_count, 1, memory_order_release);
	wake(&order->labels[label].passed_count);
}

bool order_wait(struct order *order, unsigned int label, uint64_t round)
{
	_Atomic uint32_t *word = &order->labels[label].passed_count;
	uint32_t wanted = (uint32_t)(round * order->labels[label].worker_count);

	for (;;) {
		/* Acquire: pairs with the release in order_pass() and in order_abandon(). */
		uint32_t count = atomic_load_explicit(word, memory_order_acquire);

		/* Relaxed: ordered by the load above, as the flag is raised before the word changes. */
		if (atomic_load_explicit(&order->is_abandoned, memory_order_relaxed) != 0)
			return false;
		/* The difference, so that a count may run over. */
		if ((int32_t)(count - wanted) >= 0)
			return true;
		/* Returns at once when the word has changed already; any return means: look again. */
		syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, count, NULL, NULL, 0);
	}
}

void order_abandon(struct order *order)
{
	/* Relaxed: published by the release below. */
	atomic_store_explicit(&order->is_abandoned, 1, memory_order_relaxed);
	for (unsigned int i = 0; i < SCENARIO_LABEL_COUNT_MAX; i++) {
		atomic_fetch_add_explicit(&order->labels[i].passed_count, ABANDONED_COUNT, memory_order_release);
		wake(&order->labels[i].passed_count);
	}
}
