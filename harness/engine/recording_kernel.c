/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of core, noted in the flight recorder; see recording_kernel.h. */
#include "harness/engine/recording_kernel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/loop_uapi.h"
#include "harness/engine/clock.h"

/* A minor number has 20 bits. */
#define LOOP_INDEX_MAX (1 << 20)

/* One just before the first bind of an attach, one just after it. */
#define MEETINGS_OF_A_BIND 2

/* Numbers of a worker's open file descriptions: its own number above, a count below. */
#define FILE_COUNT_BITS 22

static struct recorder_record *begin(struct recording_kernel *recording, enum recorder_call call, uint32_t file,
				     int index)
{
	struct recorder_record *record = recorder_begin(&recording->writer, call);

	if (!record)
		return NULL;
	record->file = file;
	record->device_index = index;
	record->try_number = recording->try_number;
	record->round = recording->round;
	record->line = recording->line;
	return record;
}

/* The call follows.  A full area must not change what is called, only what is noted. */
static void started(struct recording_kernel *recording, const struct recorder_record *record)
{
	if (!record)
		return;
	recorder_started(&recording->writer, clock_now_ns());
	injection_arm(&recording->injection, (enum recorder_call)record->call);
}

static void ended(struct recording_kernel *recording, struct recorder_record *record, int result, uint64_t return_ns)
{
	if (!record)
		return;
	record->is_injected = injection_disarm(&recording->injection);
	recorder_end(&recording->writer, result, return_ns);
}

struct recording_device *recording_kernel_device(struct recording_kernel *recording, int fd)
{
	for (unsigned int i = 0; i < RECORDING_FD_COUNT_MAX; i++)
		if (recording->devices[i].fd == fd)
			return &recording->devices[i];
	return NULL;
}

static void remember_device(struct recording_kernel *recording, int fd, int index, uint32_t file)
{
	struct recording_device *device = recording_kernel_device(recording, -1);

	if (device)
		*device = (struct recording_device){ .fd = fd, .index = index, .file = file };
}

uint32_t recording_kernel_new_file(struct recording_kernel *recording)
{
	uint32_t number = ++recording->file_count & ((1u << FILE_COUNT_BITS) - 1);

	/* Only after four million of them. */
	if (number == 0)
		number = ++recording->file_count & ((1u << FILE_COUNT_BITS) - 1);
	return recording->file_first + number;
}

bool recording_kernel_drop(_Atomic unsigned int *use_count)
{
	/* Release and acquire: whoever frees comes after all that the others did with it. */
	if (use_count && atomic_fetch_sub_explicit(use_count, 1, memory_order_acq_rel) != 1)
		return false;
	free(use_count);
	return true;
}

/* N of "/dev/loopN", or -1 for any other path; sscanf() would cost more than a fast system call. */
static int device_index_in(const char *path)
{
	static const char prefix[] = "/dev/loop";
	int index = 0;

	if (strncmp(path, prefix, sizeof(prefix) - 1) != 0)
		return -1;
	path += sizeof(prefix) - 1;
	for (; *path >= '0' && *path <= '9' && index <= LOOP_INDEX_MAX; path++)
		index = index * 10 + (*path - '0');
	return *path == '\0' && path[-1] >= '0' && path[-1] <= '9' ? index : -1;
}

static int recording_open(void *context, const char *path, int flags)
{
	struct recording_kernel *recording = context;
	const struct looprace_kernel *inner = recording->inner;
	struct recorder_record *record;
	int index = device_index_in(path);
	uint64_t return_ns;
	uint32_t file;
	int fd;

	/* Loop-control and backing files are opened outside of the race; what they answer says nothing about it. */
	if (index < 0)
		return inner->open(inner->context, path, flags);
	file = recording_kernel_new_file(recording);
	record = begin(recording, RECORDER_CALL_open, 0, index);
	started(recording, record);
	fd = inner->open(inner->context, path, flags);
	return_ns = clock_now_ns();
	if (fd >= 0)
		remember_device(recording, fd, index, file);
	if (record)
		record->file = fd >= 0 ? file : 0;
	ended(recording, record, fd, return_ns);
	return fd;
}

static int recording_close(void *context, int fd)
{
	struct recording_kernel *recording = context;
	const struct looprace_kernel *inner = recording->inner;
	struct recording_device *device = recording_kernel_device(recording, fd);
	_Atomic unsigned int *use_count;
	struct recorder_record *record;
	bool is_last;
	int r;

	if (!device)
		return inner->close(inner->context, fd);
	use_count = device->use_count;
	device->fd = -1;
	record = begin(recording, RECORDER_CALL_close, device->file, device->index);
	started(recording, record);
	r = inner->close(inner->context, fd);
	is_last = recording_kernel_drop(use_count);
	/* Where there never was another descriptor, this was the last one; the record need not say so. */
	if (record && use_count) {
		record->is_extended = 1;
		record->call_flags = is_last ? RECORDER_FLAG_LAST_CLOSE : 0;
	}
	ended(recording, record, r, clock_now_ns());
	return r;
}

static enum recorder_call call_of_request(unsigned long request)
{
	switch (request) {
	case LOOP_CTL_GET_FREE:
		return RECORDER_CALL_get_free;
	case LOOP_CTL_ADD:
		return RECORDER_CALL_add;
	case LOOP_CTL_REMOVE:
		return RECORDER_CALL_remove;
	case LOOP_SET_FD:
		return RECORDER_CALL_set_fd;
	case LOOP_CONFIGURE:
		return RECORDER_CALL_configure;
	case LOOP_CLR_FD:
		return RECORDER_CALL_clr_fd;
	case LOOP_SET_STATUS64:
		return RECORDER_CALL_set_status;
	case LOOP_GET_STATUS64:
		return RECORDER_CALL_get_status;
	case LOOP_SET_BLOCK_SIZE:
		return RECORDER_CALL_set_block_size;
	case LOOP_SET_DIRECT_IO:
		return RECORDER_CALL_set_direct_io;
	case BLKGETDISKSEQ:
		return RECORDER_CALL_diskseq;
	default:
		return RECORDER_CALL_other_ioctl;
	}
}

static bool is_bind(enum recorder_call call)
{
	return call == RECORDER_CALL_set_fd || call == RECORDER_CALL_configure;
}

/* A binding of a whole file, as every plain attach asks for, needs no second half. */
static void note_info(struct recorder_record *record, const struct loop_info64 *info, uint32_t block_size)
{
	record->detail = info->lo_flags;
	if (info->lo_offset == 0 && info->lo_sizelimit == 0 && block_size == 0)
		return;
	record->is_extended = 1;
	record->offset = info->lo_offset;
	record->length = info->lo_sizelimit;
	record->block_size = block_size;
}

/* What is known of a call before it is made. */
static void note_request(const struct recording_kernel *recording, struct recorder_record *record,
			 enum recorder_call call, unsigned long request, uintptr_t argument)
{
	if (is_bind(call)) {
		record->dev = recording->backing.dev;
		record->inode = recording->backing.inode;
	}
	if (call == RECORDER_CALL_configure)
		note_info(record, &((const struct loop_config *)argument)->info,
			  ((const struct loop_config *)argument)->block_size);
	else if (call == RECORDER_CALL_set_status)
		note_info(record, (const struct loop_info64 *)argument, 0);
	else if (call == RECORDER_CALL_add || call == RECORDER_CALL_set_block_size ||
		 call == RECORDER_CALL_set_direct_io || call == RECORDER_CALL_other_ioctl) {
		record->is_extended = 1;
		record->value = call == RECORDER_CALL_other_ioctl ? request : argument;
	}
}

static void meet(struct recording_kernel *recording)
{
	recording->meetings_left--;
	rendezvous_meet(recording->meeting, recording->stop, recording->abandon);
}

static int recording_ioctl(void *context, int fd, unsigned long request, uintptr_t argument)
{
	struct recording_kernel *recording = context;
	const struct looprace_kernel *inner = recording->inner;
	enum recorder_call call = call_of_request(request);
	const struct recording_device *device;
	struct recorder_record *record;
	uint64_t return_ns;
	int result;

	if (call == RECORDER_CALL_get_free)
		recording->try_number++;
	if (is_bind(call) && recording->meetings_left == MEETINGS_OF_A_BIND)
		meet(recording);
	device = recording_kernel_device(recording, fd);
	record = begin(recording, call, device ? device->file : 0, device ? device->index : -1);
	if (!record)
		return inner->ioctl(inner->context, fd, request, argument);
	note_request(recording, record, call, request, argument);
	started(recording, record);
	result = inner->ioctl(inner->context, fd, request, argument);
	return_ns = clock_now_ns();
	if (result >= 0 && (call == RECORDER_CALL_get_free || call == RECORDER_CALL_add))
		record->device_index = result;
	if (result >= 0 && call == RECORDER_CALL_get_status) {
		const struct loop_info64 *info = (const struct loop_info64 *)argument;

		note_info(record, info, 0);
		record->dev = info->lo_device;
		record->inode = info->lo_inode;
	}
	if (result >= 0 && call == RECORDER_CALL_diskseq) {
		record->is_extended = 1;
		record->diskseq = *(const uint64_t *)argument;
	}
	ended(recording, record, result, return_ns);
	if (is_bind(call) && recording->meetings_left > 0)
		meet(recording);
	return result;
}

static int recording_stat(void *context, int fd, struct stat *ret_stat)
{
	const struct looprace_kernel *inner = ((struct recording_kernel *)context)->inner;

	return inner->stat(inner->context, fd, ret_stat);
}

static uint64_t recording_now_ns(void *context)
{
	return clock_now_ns();
}

static int recording_pause_ns(void *context, uint64_t duration_ns)
{
	struct recording_kernel *recording = context;
	struct recorder_record *record;
	int r;

	/* A policy that does not wait asks only whether the attach should end. */
	if (duration_ns == 0)
		return stop_is_raised(recording->stop) ? -ECANCELED : 0;
	record = begin(recording, RECORDER_CALL_pause, 0, -1);
	if (record)
		record->detail = duration_ns;
	started(recording, record);
	r = stop_wait(recording->stop, duration_ns) ? -ECANCELED : 0;
	ended(recording, record, r, clock_now_ns());
	return r;
}

void recording_kernel_init(struct recording_kernel *recording, const struct looprace_kernel *inner,
			   struct recorder *recorder, unsigned int worker, struct stop *stop, struct stop *abandon)
{
	memset(recording, 0, sizeof(*recording));
	recording->kernel = (struct looprace_kernel){
		.context = recording,
		.open = recording_open,
		.close = recording_close,
		.ioctl = recording_ioctl,
		.stat = recording_stat,
		.now_ns = recording_now_ns,
		.pause_ns = recording_pause_ns,
	};
	recording->inner = inner;
	recording->file_first = worker << FILE_COUNT_BITS;
	recording->stop = stop;
	recording->abandon = abandon;
	recording->injection = INJECTION_NULL;
	for (unsigned int i = 0; i < RECORDING_FD_COUNT_MAX; i++)
		recording->devices[i].fd = -1;
	recorder_writer_init(recorder, worker, &recording->writer);
}

void recording_kernel_arm(struct recording_kernel *recording, struct rendezvous *meeting)
{
	recording->meeting = meeting;
	recording->meetings_left = meeting ? MEETINGS_OF_A_BIND : 0;
}

void recording_kernel_disarm(struct recording_kernel *recording)
{
	while (recording->meetings_left > 0)
		meet(recording);
}

uint64_t recording_kernel_span_begins(struct recording_kernel *recording)
{
	recording->span_hit_count = recording->injection.hit_count;
	return clock_now_ns();
}

void recording_kernel_span(struct recording_kernel *recording, enum recorder_call call, int index, int result,
			   uint64_t detail, uint64_t start_ns)
{
	struct recorder_record *record = begin(recording, call, 0, index);

	if (!record)
		return;
	record->dev = recording->backing.dev;
	record->inode = recording->backing.inode;
	record->detail = detail;
	record->is_injected = recording->injection.hit_count != recording->span_hit_count;
	recorder_started(&recording->writer, start_ns);
	recorder_end(&recording->writer, result, clock_now_ns());
}
