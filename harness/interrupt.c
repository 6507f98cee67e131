/* SPDX-License-Identifier: Apache-2.0 */
/* The signal handler behind interrupt.h: the only global state of the program. */
#include "harness/interrupt.h"

#include <signal.h>
#include <stddef.h>

static _Atomic int first_signal;

static void on_signal(int number)
{
	/* Relaxed: who reads it only decides to stop; no data travels with it. */
	atomic_store_explicit(&first_signal, number, memory_order_relaxed);
}

void interrupt_watch(void)
{
	/* No SA_RESTART: a wait should end and look at the flag. */
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

const _Atomic int *interrupt_flag(void)
{
	return &first_signal;
}

bool interrupt_was_asked(void *context)
{
	/* Relaxed: see on_signal(). */
	return atomic_load_explicit(&first_signal, memory_order_relaxed) != 0;
}
