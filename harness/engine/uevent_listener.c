/* SPDX-License-Identifier: Apache-2.0 */
/* The netlink socket, its thread, and how its marks come about; see uevent_listener.h. */
#include "harness/engine/uevent_listener.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/engine/clock.h"

/* About 30,000 events: what comes while the listener does not get the CPU. */
#define RECEIVE_BUFFER_BYTES (16 << 20)

#define KERNEL_GROUP	     1
/* The kernel writes no longer ones (UEVENT_BUFFER_SIZE 2048 and a head). */
#define MESSAGE_BYTES_MAX 8192

/* Always there, and no block device, whose events the driver may hold back. */
#define MARK_FILE      "/sys/devices/virtual/mem/null/uevent"
#define MARK_TRY_COUNT 3

/*
 * Since v6.11 numbers are given before the queue's lock is taken, so that an event of another CPU may come behind the
 * mark though it has a lower number.  Long enough for any CPU to get its turn.
 */
#define LATE_LIMIT_MS 1000

struct uevent_listener {
	struct recorder_writer writer;
	pthread_mutex_t lock; /* of a model's listener: several threads push */
	pthread_t thread;
	int socket_fd; /* -1: a model's */
	int stop_fd;   /* eventfd: readable when the listener is to end */
	bool has_begun;
	bool has_ended;
	uint64_t first_sequence; /* of the mark `begin` */
	uint64_t last_sequence;	 /* highest */
	uint64_t heard_count;	 /* events behind the mark `begin` */
};

/* --- records --- */

static void record_event(struct uevent_listener *listener, const struct uevent *uevent)
{
	struct recorder_record *record = recorder_begin(&listener->writer, RECORDER_CALL_uevent);
	uint64_t now_ns = clock_now_ns();

	/* A full area says so itself. */
	if (!record)
		return;
	record->device_index = uevent->device_index;
	record->partition = (uint8_t)uevent->partition;
	record->detail = uevent->sequence;
	record->is_extended = 1;
	record->value = uevent->action;
	record->diskseq = uevent->diskseq;
	record->call_flags = (uevent->is_resize ? RECORDER_FLAG_RESIZE : 0) |
			     (uevent->is_media_change ? RECORDER_FLAG_MEDIA_CHANGE : 0);
	recorder_started(&listener->writer, now_ns);
	recorder_end(&listener->writer, 0, now_ns);
}

/* @count 0: nobody knows how many. */
static void record_gap(struct uevent_listener *listener, uint64_t count, int error)
{
	struct recorder_record *record = recorder_begin(&listener->writer, RECORDER_CALL_uevent_gap);
	uint64_t now_ns = clock_now_ns();

	if (!record)
		return;
	record->is_extended = 1;
	record->value = count;
	recorder_started(&listener->writer, now_ns);
	recorder_end(&listener->writer, error, now_ns);
}

/* Numbers are unique, so that counting them is enough, in whatever order they come. */
static uint64_t missing_count(const struct uevent_listener *listener)
{
	return listener->last_sequence - listener->first_sequence - listener->heard_count;
}

static void hear(struct uevent_listener *listener, const struct uevent *uevent)
{
	if (uevent->action == RECORDER_UEVENT_begin && uevent->is_synthetic && !listener->has_begun) {
		listener->has_begun = true;
		listener->first_sequence = uevent->sequence;
		listener->last_sequence = uevent->sequence;
		record_event(listener, uevent);
		return;
	}
	/* What came before the mark is none of this run's, and has a lower number than it. */
	if (!listener->has_begun || uevent->sequence <= listener->first_sequence)
		return;
	listener->heard_count++;
	if (uevent->sequence > listener->last_sequence)
		listener->last_sequence = uevent->sequence;
	if (uevent->is_synthetic)
		listener->has_ended |= uevent->action == RECORDER_UEVENT_end;
	else if (uevent->device_index >= 0)
		record_event(listener, uevent);
}

static void end_records(struct uevent_listener *listener)
{
	static const struct uevent end = { .action = RECORDER_UEVENT_end, .device_index = -1 };

	if (listener->has_begun && missing_count(listener) != 0)
		record_gap(listener, missing_count(listener), 0);
	if (listener->has_begun && listener->has_ended)
		record_event(listener, &end);
	recorder_writer_fini(&listener->writer);
}

/* --- the kernel's events --- */

static int cause_mark(const char *word)
{
	char text[96];
	int fd = open(MARK_FILE, O_WRONLY | O_CLOEXEC);
	int length = snprintf(text, sizeof(text), "change " UEVENT_MARK_UUID " LOOPRACE=%s", word);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, (size_t)length) != length)
		r = errno ? -errno : -EIO;
	close(fd);
	return r;
}

/* Until the queue is empty. */
static void receive_all(struct uevent_listener *listener)
{
	for (;;) {
		char text[MESSAGE_BYTES_MAX];
		struct sockaddr_nl sender = { 0 };
		socklen_t sender_bytes = sizeof(sender);
		ssize_t n = recvfrom(listener->socket_fd, text, sizeof(text), MSG_DONTWAIT, (struct sockaddr *)&sender,
				     &sender_bytes);
		struct uevent uevent;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == ENOBUFS) {
			record_gap(listener, 0, -ENOBUFS);
			continue;
		}
		if (n < 0)
			return;
		/* Others than the kernel (port 0) may send to its group, too. */
		if (sender.nl_pid == 0 && uevent_parse(text, (size_t)n, &uevent))
			hear(listener, &uevent);
	}
}

/*
 * The mark is in the queue when the write returns, unless the queue was full: then it is empty now, and a second mark
 * fits.
 */
static void hear_the_rest(struct uevent_listener *listener)
{
	struct pollfd ready = { .fd = listener->socket_fd, .events = POLLIN };
	uint64_t start_ns = clock_now_ns();

	for (int try = 0; try < MARK_TRY_COUNT && !listener->has_ended; try++) {
		if (cause_mark("end") < 0)
			return;
		receive_all(listener);
	}
	while (missing_count(listener) != 0 && clock_now_ns() - start_ns < LATE_LIMIT_MS * 1000000ull) {
		if (poll(&ready, 1, LATE_LIMIT_MS) == 0)
			return;
		receive_all(listener);
	}
}

static void *listen_to_kernel(void *context)
{
	struct uevent_listener *listener = context;
	struct pollfd ready[] = {
		{ .fd = listener->socket_fd, .events = POLLIN },
		{ .fd = listener->stop_fd, .events = POLLIN },
	};

	while (!ready[1].revents) {
		if (poll(ready, 2, -1) < 0 && errno != EINTR)
			break;
		receive_all(listener);
	}
	hear_the_rest(listener);
	end_records(listener);
	return NULL;
}

static int open_socket(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP };
	int buffer_bytes = RECEIVE_BUFFER_BYTES;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	int r;

	if (fd < 0)
		return -errno;
	/* Without the right to more, the default is used; what does not fit is counted. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof(buffer_bytes)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof(buffer_bytes));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

/* --- beginning and end --- */

bool uevent_listener_has_area(const struct recorder *recorder)
{
	unsigned int area_count = recorder->header->area_count;

	return area_count > 1 && recorder->areas[area_count - 1].group == RECORDER_GROUP_LISTENER;
}

static struct uevent_listener *new_listener(struct recorder *recorder)
{
	struct uevent_listener *listener = calloc(1, sizeof(*listener));

	if (!listener)
		return NULL;
	recorder_writer_init(recorder, recorder->header->area_count - 1, &listener->writer);
	pthread_mutex_init(&listener->lock, NULL);
	listener->socket_fd = -1;
	listener->stop_fd = -1;
	return listener;
}

static void free_listener(struct uevent_listener *listener)
{
	if (listener->socket_fd >= 0)
		close(listener->socket_fd);
	if (listener->stop_fd >= 0)
		close(listener->stop_fd);
	pthread_mutex_destroy(&listener->lock);
	free(listener);
}

int uevent_listener_start(struct recorder *recorder, struct uevent_listener **ret_listener)
{
	struct uevent_listener *listener = new_listener(recorder);
	int r;

	if (!listener)
		return -ENOMEM;
	listener->stop_fd = eventfd(0, EFD_CLOEXEC);
	r = listener->stop_fd < 0 ? -errno : open_socket();
	if (r >= 0) {
		listener->socket_fd = r;
		r = cause_mark("begin");
	}
	if (r == 0)
		r = -pthread_create(&listener->thread, NULL, listen_to_kernel, listener);
	if (r < 0) {
		free_listener(listener);
		return r;
	}
	*ret_listener = listener;
	return 0;
}

int uevent_listener_start_model(struct recorder *recorder, struct uevent_listener **ret_listener)
{
	static const struct uevent begin = { .action = RECORDER_UEVENT_begin, .device_index = -1 };
	struct uevent_listener *listener = new_listener(recorder);

	if (!listener)
		return -ENOMEM;
	listener->has_begun = true;
	record_event(listener, &begin);
	*ret_listener = listener;
	return 0;
}

void uevent_listener_push(void *context, const char *message, size_t bytes)
{
	struct uevent_listener *listener = context;
	struct uevent uevent;

	if (!listener || !uevent_parse(message, bytes, &uevent))
		return;
	pthread_mutex_lock(&listener->lock);
	/* Where a model begins to count is its own affair. */
	if (listener->last_sequence == 0 && uevent.sequence > 0) {
		listener->first_sequence = uevent.sequence - 1;
		listener->last_sequence = listener->first_sequence;
	}
	hear(listener, &uevent);
	pthread_mutex_unlock(&listener->lock);
}

void uevent_listener_stop(struct uevent_listener *listener)
{
	const uint64_t one = 1;

	if (!listener)
		return;
	if (listener->socket_fd >= 0) {
		/* An eventfd takes its first number at once. */
		if (write(listener->stop_fd, &one, sizeof(one)) == sizeof(one))
			pthread_join(listener->thread, NULL);
	} else {
		listener->has_ended = true;
		end_records(listener);
	}
	free_listener(listener);
}
