/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listener: it hears every uevent of the machine over netlink and writes those of loop devices into the recorder's
 * last area, each at the time of its receipt.
 *
 * The kernel puts an event into the queue of every socket that listens before the call that caused it goes on.  So when
 * a mark that the listener itself caused has come through, everything that was sent before it has come, too, or is lost
 * for good.  The area's first record is the mark `begin`, its last one the mark `end`; without both nothing can be said
 * of an event that is not there.  SEQNUM counts all events of the machine: what is missing between the marks is written
 * as one record `uevent_gap` before the mark `end`; a queue that ran over is one at the time at which that was noticed.
 *
 * Where the driver is played by a model there is no socket: the model pushes its events.
 */
#pragma once

#include "harness/engine/uevent.h"

struct uevent_listener;

/**
 * uevent_listener_start() - begin to hear the kernel's uevents
 * @recorder:	whose last area is a listener's; only this listener writes there
 * @ret_listener: ended by uevent_listener_stop()
 *
 * Return: 0 with the mark `begin` on its way; or -errno: no netlink, or no right to cause the mark (not root).
 */
int uevent_listener_start(struct recorder *recorder, struct uevent_listener **ret_listener);

/**
 * uevent_listener_start_model() - take the uevents of a model of the kernel
 * @recorder:	as above
 * @ret_listener: likewise
 *
 * Return: 0 or -ENOMEM.
 */
int uevent_listener_start_model(struct recorder *recorder, struct uevent_listener **ret_listener);

/**
 * uevent_listener_push() - a model of the kernel says something
 * @listener:	struct uevent_listener * from uevent_listener_start_model(); NULL: nobody listens
 * @message:	as netlink brings it, with a SEQNUM that counts up; such a function is a model_kernel_hear_fn
 * @bytes:	its length
 *
 * Any thread may push; events are written in the order of the pushes.
 */
void uevent_listener_push(void *listener, const char *message, size_t bytes);

/**
 * uevent_listener_stop() - hear what is on its way, write the mark `end`, and free the listener
 * @listener:	NULL is allowed; nobody pushes any more
 */
void uevent_listener_stop(struct uevent_listener *listener);

/**
 * uevent_listener_has_area() - is there a place for a listener's records
 * @recorder:	an open recorder
 *
 * Return: true when its last area is a listener's.
 */
bool uevent_listener_has_area(const struct recorder *recorder);
