/* SPDX-License-Identifier: Apache-2.0 */
/* A generation barrier; see rendezvous.h for what it is for and what it cannot do. */
#include "harness/engine/rendezvous.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* About 50 us natively: longer than members with CPUs of their own are apart. */
#define SPIN_COUNT_OWN_CPU 2000
#define SPIN_COUNT_SHARED  20

/* How often a sleeping member looks whether somebody will never come. */
#define ABANDON_LOOK_NS 50000000

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

void rendezvous_init(struct rendezvous *rendezvous, uint32_t member_count)
{
	rendezvous->member_count = member_count;
	rendezvous->spin_count =
		member_count <= (uint32_t)sysconf(_SC_NPROCESSORS_ONLN) ? SPIN_COUNT_OWN_CPU : SPIN_COUNT_SHARED;
	atomic_init(&rendezvous->arrived_count, 0);
	atomic_init(&rendezvous->generation, 0);
	rendezvous->goes_on = true;
}

static void sleep_until_moved(struct rendezvous *rendezvous, uint32_t generation)
{
	struct timespec limit = { .tv_nsec = ABANDON_LOOK_NS };

	/* Returns at once when the generation has moved already; any other return means: look again. */
	syscall(SYS_futex, &rendezvous->generation, FUTEX_WAIT_PRIVATE, generation, &limit, NULL, 0);
}

static void let_go(struct rendezvous *rendezvous, uint32_t generation)
{
	/* Relaxed: published by the release below, before anybody can arrive again. */
	atomic_store_explicit(&rendezvous->arrived_count, 0, memory_order_relaxed);
	/* Release: pairs with the acquire of those who wait; goes_on travels with it. */
	atomic_store_explicit(&rendezvous->generation, generation + 1, memory_order_release);
	syscall(SYS_futex, &rendezvous->generation, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

bool rendezvous_meet(struct rendezvous *rendezvous, const struct stop *stop, const struct stop *abandon)
{
	/* Relaxed: our own arrival below orders it; nobody can move the generation before we have arrived. */
	uint32_t generation = atomic_load_explicit(&rendezvous->generation, memory_order_relaxed);
	unsigned int spins = 0;

	/* Acquire and release: the last to arrive sees what every other did before it arrived. */
	if (atomic_fetch_add_explicit(&rendezvous->arrived_count, 1, memory_order_acq_rel) + 1 ==
	    rendezvous->member_count) {
		bool goes_on = !stop_is_raised(stop);

		rendezvous->goes_on = goes_on;
		let_go(rendezvous, generation);
		return goes_on;
	}
	/* Acquire: pairs with the release in let_go(). */
	while (atomic_load_explicit(&rendezvous->generation, memory_order_acquire) == generation) {
		if (++spins < rendezvous->spin_count) {
			relax();
			continue;
		}
		if (stop_is_raised(abandon))
			return false;
		sleep_until_moved(rendezvous, generation);
	}
	return rendezvous->goes_on;
}
