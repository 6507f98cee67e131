/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that do a piece of work each; see jobs.h.  Ended and reaped by vm/child.h, which knows how. */
#include "harness/jobs.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "harness/engine/clock.h"

int jobs_init(struct jobs *jobs, unsigned int slot_count)
{
	struct job *slots = calloc(slot_count, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (unsigned int i = 0; i < slot_count; i++)
		slots[i].child = (struct child)CHILD_NONE;
	*jobs = (struct jobs){ .slots = slots, .slot_count = slot_count };
	return 0;
}

static _Noreturn void work_and_end(int (*work)(void *context), void *context, pid_t parent)
{
	setpgid(0, 0);
	/* In a group that is not the terminal's we may still write to it, even where the user has set tostop. */
	signal(SIGTTOU, SIG_IGN);
	/* The parent may have died before prctl(): then no signal will come. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(127);
	/* Not exit(): what the parent had not written yet of its standard output is not ours to write. */
	_exit(work(context));
}

static struct job *free_slot(const struct jobs *jobs)
{
	for (unsigned int i = 0; i < jobs->slot_count; i++)
		if (jobs->slots[i].child.pid < 0)
			return &jobs->slots[i];
	return NULL;
}

int jobs_start(struct jobs *jobs, int (*work)(void *context), void *context, uint64_t limit_ns)
{
	struct job *job = free_slot(jobs);
	struct child child = CHILD_NONE;
	pid_t parent = getpid();

	assert(job);
	child.pid = fork();
	if (child.pid < 0)
		return -errno;
	if (child.pid == 0)
		work_and_end(work, context, parent);
	/* Both sides ask for it: whoever comes first, the group exists before anybody relies on it. */
	setpgid(child.pid, child.pid);
	child.pidfd = pidfd_open(child.pid, 0);
	if (child.pidfd < 0) {
		int r = -errno;

		child_reap(&child);
		return r;
	}
	*job = (struct job){
		.child = child, .context = context, .limit_ns = limit_ns, .deadline_ns = clock_now_ns() + limit_ns
	};
	jobs->running_count++;
	return 0;
}

static void end_job(struct jobs *jobs, struct job *job, bool is_limit_over, struct job_end *ret_end)
{
	*ret_end =
		(struct job_end){ .context = job->context, .is_limit_over = is_limit_over, .limit_ns = job->limit_ns };
	ret_end->status = child_reap(&job->child);
	jobs->running_count--;
}

/* A job that has ended is believed to have done so in time, however late we look. */
static bool take_ended(struct jobs *jobs, struct job_end *ret_end)
{
	for (unsigned int i = 0; i < jobs->slot_count; i++) {
		struct job *job = &jobs->slots[i];
		bool has_ended = job->child.pid >= 0 && child_has_ended(&job->child, 0);

		if (job->child.pid >= 0 && (has_ended || clock_now_ns() >= job->deadline_ns)) {
			end_job(jobs, job, !has_ended, ret_end);
			return true;
		}
	}
	return false;
}

static void wait_for_any(const struct jobs *jobs, uint64_t wait_ns)
{
	const struct timespec wait = { .tv_sec = (time_t)(wait_ns / 1000000000),
				       .tv_nsec = (long)(wait_ns % 1000000000) };
	struct pollfd *polls = calloc(jobs->slot_count, sizeof(*polls));
	unsigned int count = 0;

	for (unsigned int i = 0; polls && i < jobs->slot_count; i++)
		if (jobs->slots[i].child.pid >= 0)
			polls[count++] = (struct pollfd){ .fd = jobs->slots[i].child.pidfd, .events = POLLIN };
	ppoll(polls, count, &wait, NULL);
	free(polls);
}

bool jobs_wait(struct jobs *jobs, uint64_t wait_ns, struct job_end *ret_end)
{
	if (take_ended(jobs, ret_end))
		return true;
	wait_for_any(jobs, wait_ns);
	return take_ended(jobs, ret_end);
}

void jobs_signal(const struct jobs *jobs, int number)
{
	for (unsigned int i = 0; i < jobs->slot_count; i++)
		if (jobs->slots[i].child.pid >= 0)
			pidfd_send_signal(jobs->slots[i].child.pidfd, number, NULL, 0);
}

void jobs_fini(struct jobs *jobs)
{
	for (unsigned int i = 0; i < jobs->slot_count; i++)
		if (jobs->slots[i].child.pid >= 0)
			child_reap(&jobs->slots[i].child);
	free(jobs->slots);
	*jobs = (struct jobs){ .slot_count = 0 };
}
