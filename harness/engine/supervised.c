/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread and its watchdog; see supervised.h.
 *
 * Notes are one thread's business.  While the thread runs they are its own; when the supervisor gives it up they are
 * the supervisor's, and the thread never again gets beyond the call that it is in.
 */
#include "harness/engine/supervised.h"

#include <errno.h>
#include <linux/loop.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness/engine/clock.h"
#include "harness/engine/patience.h"
#include "harness/engine/stop.h"
#include "harness/engine/watchdog.h"

#define TICK_NS 20000000u

struct supervised {
	struct looprace_kernel door;
	const struct looprace_kernel *inner;
	void (*function)(const struct looprace_kernel *kernel, void *context);
	void *context;
	struct stop is_done;
	struct patience patience; /* the supervisor's */
	pthread_mutex_t lock;	  /* of what follows */
	bool is_given_up;
	uint64_t call_ns; /* 0: in no call */
	enum recorder_call call;
	int device_index;
	pid_t thread_id;
};

static void call_begins(struct supervised *supervised, enum recorder_call call, int device_index)
{
	pthread_mutex_lock(&supervised->lock);
	supervised->call = call;
	supervised->device_index = device_index;
	supervised->call_ns = clock_now_ns();
	pthread_mutex_unlock(&supervised->lock);
}

static void call_ends(struct supervised *supervised)
{
	bool is_given_up;

	pthread_mutex_lock(&supervised->lock);
	supervised->call_ns = 0;
	is_given_up = supervised->is_given_up;
	pthread_mutex_unlock(&supervised->lock);
	/* Back after all, but too late. */
	while (is_given_up)
		pause();
}

static enum recorder_call call_of(unsigned long request)
{
	switch (request) {
	case LOOP_CTL_ADD:
		return RECORDER_CALL_add;
	case LOOP_CTL_REMOVE:
		return RECORDER_CALL_remove;
	case LOOP_CTL_GET_FREE:
		return RECORDER_CALL_get_free;
	case LOOP_SET_FD:
		return RECORDER_CALL_set_fd;
	case LOOP_CLR_FD:
		return RECORDER_CALL_clr_fd;
	case LOOP_GET_STATUS64:
		return RECORDER_CALL_get_status;
	default:
		return RECORDER_CALL_other_ioctl;
	}
}

static int door_open(void *context, const char *path, int flags)
{
	struct supervised *supervised = context;
	int index = -1;
	int r;

	sscanf(path, "/dev/loop%d", &index);
	call_begins(supervised, RECORDER_CALL_open, index);
	r = supervised->inner->open(supervised->inner->context, path, flags);
	call_ends(supervised);
	return r;
}

/* The function has one device open at a time: the last one. */
static int door_close(void *context, int fd)
{
	struct supervised *supervised = context;
	int r;

	call_begins(supervised, RECORDER_CALL_close, supervised->device_index);
	r = supervised->inner->close(supervised->inner->context, fd);
	call_ends(supervised);
	return r;
}

static int door_ioctl(void *context, int fd, unsigned long request, uintptr_t argument)
{
	struct supervised *supervised = context;
	bool names_device = request == LOOP_CTL_ADD || request == LOOP_CTL_REMOVE;
	int r;

	call_begins(supervised, call_of(request), names_device ? (int)argument : supervised->device_index);
	r = supervised->inner->ioctl(supervised->inner->context, fd, request, argument);
	call_ends(supervised);
	return r;
}

static int door_stat(void *context, int fd, struct stat *ret_stat)
{
	struct supervised *supervised = context;

	return supervised->inner->stat(supervised->inner->context, fd, ret_stat);
}

static uint64_t door_now_ns(void *context)
{
	struct supervised *supervised = context;

	return supervised->inner->now_ns(supervised->inner->context);
}

static int door_pause_ns(void *context, uint64_t duration_ns)
{
	struct supervised *supervised = context;

	return supervised->inner->pause_ns(supervised->inner->context, duration_ns);
}

static void *thread_main(void *argument)
{
	struct supervised *supervised = argument;

	pthread_mutex_lock(&supervised->lock);
	supervised->thread_id = (pid_t)syscall(SYS_gettid);
	pthread_mutex_unlock(&supervised->lock);
	supervised->function(&supervised->door, supervised->context);
	stop_raise(&supervised->is_done);
	return NULL;
}

/* Gives the thread up when it is in a call that should have come back by now. */
static bool give_up(const struct supervision *supervision, struct supervised *supervised)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t duration_ns = 0;

	patience_look(&supervised->patience, now_ns);
	pthread_mutex_lock(&supervised->lock);
	if (supervised->call_ns)
		duration_ns = patience_duration_ns(&supervised->patience, supervised->call_ns, now_ns);
	supervised->is_given_up = duration_ns >= supervision->call_limit_ns;
	pthread_mutex_unlock(&supervised->lock);
	if (!supervised->is_given_up)
		return false;
	recorder_note(supervision->recorder, "stuck worker=-1 call=%s index=%d for_ns=%llu",
		      recorder_call_text(supervised->call), supervised->device_index, (unsigned long long)duration_ns);
	watchdog_note_stack(supervision->recorder, -1, supervised->thread_id);
	return true;
}

int supervised_run(const struct supervision *supervision,
		   void (*function)(const struct looprace_kernel *kernel, void *context), void *context)
{
	/* On the heap, because a stuck thread outlives this call. */
	struct supervised *supervised = calloc(1, sizeof(*supervised));
	pthread_t thread;
	int error;

	if (!supervised)
		return -ENOMEM;
	supervised->door = (struct looprace_kernel){
		.context = supervised,
		.open = door_open,
		.close = door_close,
		.ioctl = door_ioctl,
		.stat = door_stat,
		.now_ns = door_now_ns,
		.pause_ns = door_pause_ns,
	};
	supervised->inner = supervision->kernel;
	supervised->function = function;
	supervised->context = context;
	supervised->device_index = -1;
	pthread_mutex_init(&supervised->lock, NULL);
	error = pthread_create(&thread, NULL, thread_main, supervised);
	if (error) {
		free(supervised);
		return -error;
	}
	while (!stop_wait(&supervised->is_done, TICK_NS)) {
		if (supervision->beat)
			supervision->beat(supervision->beat_context);
		if (give_up(supervision, supervised)) {
			pthread_detach(thread);
			return -ETIMEDOUT;
		}
	}
	pthread_join(thread, NULL);
	pthread_mutex_destroy(&supervised->lock);
	free(supervised);
	return 0;
}
