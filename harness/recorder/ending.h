/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a guest may end.  The runner decides which it was, run.json stores its name, the judge reads it: one table.
 */
#pragma once

/* How the guest ended, as the runner saw it; stored as a word in run.json. */
#define LOOPRACE_ENDINGS(X)                                                                                            \
	X(finished, "the trailer was written and the machine went off by itself")                                       \
	X(vanished, "the machine ended without a trailer: panic, reboot or power-off")                                  \
	X(killed, "the emulator was ended by a signal that was not ours")                                               \
	X(boot_timeout, "no start marker within the boot limit")                                                        \
	X(silent, "the heartbeat stopped while the workers ran")                                                        \
	X(run_timeout, "no trailer within the limit")                                                                   \
	X(shutdown_timeout, "the trailer was written but the machine did not go off within its limit")                  \
	X(console_flood, "the console log outgrew its limit")                                                           \
	X(interrupted, "the user asked to stop")                                                                        \
	X(not_started, "the emulator could not be started")                                                             \
	X(abandoned, "looprace itself was ended before the cell was")

enum ending {
#define X(name, summary) ENDING_##name,
	LOOPRACE_ENDINGS(X)
#undef X
		ENDING_COUNT,
};

/**
 * ending_name() - an ending in one word
 * ending_summary() - an ending in one line
 * @ending:	below ENDING_COUNT
 *
 * Return: a static string.
 */
const char *ending_name(enum ending ending);
const char *ending_summary(enum ending ending);
