/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child process that cannot be left behind: its own process group, killed by the kernel when its parent's thread
 * dies, and watched through a pidfd, so that its end is seen at once and its number can never mean somebody else.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct child {
	pid_t pid; /* also the number of its process group */
	int pidfd;
};

#define CHILD_NONE                                                                                                     \
	{                                                                                                              \
		.pid = -1, .pidfd = -1                                                                                 \
	}

/**
 * child_start() - run a program in a process group of its own
 * @argv:	NULL-terminated; argv[0] is the path, PATH is not searched
 * @output_fd:	its standard output; standard input is /dev/null
 * @error_fd:	its standard error; may be the same
 * @ret_child:	owned by the caller, ended by child_reap(); written only on success
 *
 * The program gets no other descriptor of ours, no blocked and no ignored signal.  It is killed when the calling
 * thread dies.
 *
 * Return: 0 when the program runs, or -errno, also that of execve(); then no process is left.
 */
int child_start(char *const argv[], int output_fd, int error_fd, struct child *ret_child);

/**
 * child_has_ended() - wait for the child to end, for a while
 * @child:	a started child
 * @wait_ns:	longest time; rounded up to a millisecond.  A signal handler of the caller ends the wait early.
 *
 * Return: true when it has ended; it is not reaped yet.
 */
bool child_has_ended(const struct child *child, uint64_t wait_ns);

/**
 * child_reap() - end the whole process group
 * @child:	a started child, ended or not; CHILD_NONE afterwards
 *
 * Kills what still runs of the group and waits until nothing of it is left.
 *
 * Return: the child's status as waitpid() gives it.
 */
int child_reap(struct child *child);
