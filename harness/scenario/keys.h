/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sections of a scenario file and their keys, once: X(key, summary).  The keys of [expect] are
 * LOOPRACE_EXPECTATIONS.  keys.c has a function for each key; a test looks for each of them in the manual.
 */
#pragma once

#define SCENARIO_SECTIONS(X)                                                                                           \
	X(scenario, "what is raced, and for how long")                                                                  \
	X(backing, "a backing file that workers can share")                                                             \
	X(device, "a loop device of a chosen number")                                                                   \
	X(descriptor, "a descriptor that all workers share")                                                            \
	X(worker, "a group of workers and their program")                                                               \
	X(expect, "what must come of it")

#define SCENARIO_KEYS(X)                                                                                               \
	X(summary, "one line for looprace list scenarios")                                                              \
	X(needs, "what must be there, divided by commas or blanks; else the scenario is skipped")                       \
	X(duration, "how long the workers race")                                                                        \
	X(rounds, "how many rounds each worker makes")                                                                  \
	X(devices, "loop devices that exist at the start")                                                              \
	X(backing_size, "size of each backing file that does not say its own")                                          \
	X(content, "what each worker's backing file holds at the start")                                                \
	X(call_limit, "the longest that a call may take")                                                               \
	X(kernel, "what answers the ioctls")                                                                            \
	X(plant, "the fault that the model kernel has")

#define BACKING_KEYS(X)                                                                                                \
	X(kind, "what it is")                                                                                           \
	X(content, "what it holds at the start")                                                                        \
	X(size, "its size")

#define DEVICE_KEYS(X)                                                                                                 \
	X(index, "N of /dev/loopN")                                                                                     \
	X(absent, "yes: there is no such device at the start; otherwise there is, and it is not bound")

#define DESCRIPTOR_KEYS(X) X(shared, "yes: one for all workers, whoever opens it")

#define WORKER_KEYS(X)                                                                                                 \
	X(count, "how many workers")                                                                                    \
	X(align, "how they come to collide")                                                                            \
	X(program, "what each does in a round")

#define SCENARIO_BACKING_BYTES_DEFAULT (1ULL << 20)
#define SCENARIO_CALL_LIMIT_NS_DEFAULT 30000000000ULL
