/* SPDX-License-Identifier: Apache-2.0 */
/* Ctrl-C and SIGTERM: asked for once, everything ends in good order; asked for twice, at once. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

/**
 * interrupt_watch() - note SIGINT, SIGTERM and SIGHUP from now on
 *
 * After the first signal the default actions are back, so that a second one ends the program; QEMU dies with it.
 */
void interrupt_watch(void);

/**
 * interrupt_flag() - the word that a signal sets
 *
 * Return: 0, or the number of the first signal; static.
 */
const _Atomic int *interrupt_flag(void);

/**
 * interrupt_was_asked() - has a signal come
 * @context:	not used; the shape is that of the callbacks who ask
 *
 * Return: true after the first.
 */
bool interrupt_was_asked(void *context);
