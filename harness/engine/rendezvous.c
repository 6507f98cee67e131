/* SPDX-License-Identifier: Apache-2.0 */
/* A generation barrier; see rendezvous.h for what it is for and what it cannot do. */
#include "harness/engine/rendezvous.h"

#include <sched.h>

/* Spins between two yields: long enough that members on their own CPUs never enter the scheduler. */
#define SPINS_BEFORE_YIELD 200

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

void rendezvous_init(struct rendezvous *rendezvous, uint32_t member_count)
{
	rendezvous->member_count = member_count;
	atomic_init(&rendezvous->arrived_count, 0);
	atomic_init(&rendezvous->generation, 0);
	rendezvous->goes_on = true;
}

bool rendezvous_meet(struct rendezvous *rendezvous, const struct stop *stop, const struct stop *abandon)
{
	/* Relaxed: our own arrival below orders it; nobody can move the generation before we have arrived. */
	uint32_t generation = atomic_load_explicit(&rendezvous->generation, memory_order_relaxed);
	unsigned int spins = 0;

	/* Acquire and release: the last to arrive sees what every other did before it arrived. */
	if (atomic_fetch_add_explicit(&rendezvous->arrived_count, 1, memory_order_acq_rel) + 1 ==
	    rendezvous->member_count) {
		rendezvous->goes_on = !stop_is_raised(stop);
		/* Relaxed: published by the release below, before anybody can arrive again. */
		atomic_store_explicit(&rendezvous->arrived_count, 0, memory_order_relaxed);
		/* Release: pairs with the acquire in the loop below; goes_on travels with it. */
		atomic_store_explicit(&rendezvous->generation, generation + 1, memory_order_release);
		return rendezvous->goes_on;
	}
	/* Acquire: pairs with the release of the last to arrive. */
	while (atomic_load_explicit(&rendezvous->generation, memory_order_acquire) == generation) {
		if (++spins % SPINS_BEFORE_YIELD != 0) {
			relax();
			continue;
		}
		if (stop_is_raised(abandon))
			return false;
		sched_yield();
	}
	return rendezvous->goes_on;
}
