/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several pieces of work at the same time, each in a process of its own, so that one that dies takes no other with it.
 *
 * A process, not a thread: what a cell does may end it (a bug of ours, the kernel's OOM killer, somebody's kill), and
 * the engine may leave a worker behind that never returns.  Each job is in a process group of its own, so that Ctrl-C at
 * the terminal reaches only us and we pass it on once; it is killed by the kernel when we are.  What a job has to tell
 * is its exit code; all else it leaves in files.
 */
#pragma once

#include "vm/child.h"

struct job {
	struct child child;
	void *context;
	uint64_t limit_ns;
	uint64_t deadline_ns;
};

struct jobs {
	struct job *slots;
	unsigned int slot_count;
	unsigned int running_count;
};

/* How a job ended. */
struct job_end {
	void *context;
	int status;	    /* as waitpid() gives it */
	bool is_limit_over; /* we killed it */
	uint64_t limit_ns;  /* its own */
};

/**
 * jobs_init() - room for jobs
 * @jobs:	ended by jobs_fini()
 * @slot_count:	how many at the same time, at least 1
 *
 * Return: 0 or -ENOMEM.
 */
int jobs_init(struct jobs *jobs, unsigned int slot_count);

/**
 * jobs_start() - begin one
 * @jobs:	has room: running_count is below slot_count
 * @work:	called in the new process, which ends with what it returns; must not touch what it shares with others
 * @context:	for @work, and given back when it has ended
 * @limit_ns:	it is killed after this time
 *
 * Return: 0 or -errno of fork().
 */
int jobs_start(struct jobs *jobs, int (*work)(void *context), void *context, uint64_t limit_ns);

/**
 * jobs_wait() - wait until one has ended, for a while
 * @jobs:	running_count may be 0: then it only waits
 * @wait_ns:	longest time; a signal handler ends the wait early
 * @ret_end:	which and how; written only when one has ended
 *
 * Ends those whose time is over.
 *
 * Return: true when one has ended; its slot is free.
 */
bool jobs_wait(struct jobs *jobs, uint64_t wait_ns, struct job_end *ret_end);

/**
 * jobs_signal() - a signal for each that runs
 * @jobs:	may be none
 * @number:	such as SIGTERM
 */
void jobs_signal(const struct jobs *jobs, int number);

/**
 * jobs_fini() - kill what still runs, and free
 * @jobs:	all zero afterwards
 */
void jobs_fini(struct jobs *jobs);
