/* SPDX-License-Identifier: Apache-2.0 */
/* The waiting behind stop.h.  The word is private to the process, so the futexes are too. */
#include "harness/engine/stop.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "harness/engine/clock.h"

void stop_raise(struct stop *stop)
{
	/* Release: pairs with the acquire in stop_wait(), for who waits to read what was written before. */
	atomic_store_explicit(&stop->word, 1, memory_order_release);
	syscall(SYS_futex, &stop->word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

bool stop_wait(struct stop *stop, uint64_t duration_ns)
{
	uint64_t deadline_ns = clock_now_ns() + duration_ns;
	uint64_t left_ns = duration_ns;

	/* Acquire: pairs with the release in stop_raise(). */
	while (atomic_load_explicit(&stop->word, memory_order_acquire) == 0) {
		struct timespec left = { .tv_sec = (time_t)(left_ns / 1000000000u),
					 .tv_nsec = (long)(left_ns % 1000000000u) };
		uint64_t now_ns;

		if (left_ns == 0)
			return false;
		/* ETIMEDOUT, EINTR and EAGAIN (the word changed) all mean: look again. */
		syscall(SYS_futex, &stop->word, FUTEX_WAIT_PRIVATE, 0, &left, NULL, 0);
		now_ns = clock_now_ns();
		left_ns = now_ns < deadline_ns ? deadline_ns - now_ns : 0;
	}
	return true;
}
