/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scripted kernel.  It asserts in the thread of the test, which is where the code under test runs.
 */
#include "tests/fake_kernel.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *request_name(unsigned long request)
{
	/* clang-format off */
	static const struct {
		unsigned long request;
		const char *name;
	} requests[] = {
#define REQUEST(name) { name, #name }
		REQUEST(LOOP_SET_FD), REQUEST(LOOP_CLR_FD), REQUEST(LOOP_SET_STATUS64), REQUEST(LOOP_GET_STATUS64),
		REQUEST(LOOP_SET_DIRECT_IO), REQUEST(LOOP_SET_BLOCK_SIZE), REQUEST(LOOP_CONFIGURE),
		REQUEST(LOOP_CTL_ADD), REQUEST(LOOP_CTL_GET_FREE), REQUEST(BLKGETDISKSEQ),
#undef REQUEST
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		if (requests[i].request == request)
			return requests[i].name;
	}
	return "unknown ioctl";
}

/* A call in words. */
static void describe(const struct fake_call *call, char *text, size_t text_size)
{
	switch (call->kind) {
	case FAKE_CALL_OPEN:
		snprintf(text, text_size, "open(%s, %#o)", call->path, (unsigned int)call->flags);
		break;
	case FAKE_CALL_CLOSE:
		snprintf(text, text_size, "close(%d)", call->fd);
		break;
	case FAKE_CALL_IOCTL:
		snprintf(text, text_size, "ioctl(%d, %s, %ld)", call->fd, request_name(call->request),
			 (long)call->argument);
		break;
	case FAKE_CALL_STAT:
		snprintf(text, text_size, "stat(%d)", call->fd);
		break;
	case FAKE_CALL_PAUSE:
		snprintf(text, text_size, "pause(%llu ns)", (unsigned long long)call->duration_ns);
		break;
	}
}

/* The requests whose argument is a pointer into the caller's memory. */
static bool takes_pointer(unsigned long request)
{
	return request == LOOP_CONFIGURE || request == LOOP_SET_STATUS64 || request == LOOP_GET_STATUS64 ||
	       request == BLKGETDISKSEQ;
}

static bool is_match(const struct fake_call *wanted, const struct fake_call *made)
{
	if (wanted->kind != made->kind)
		return false;
	switch (made->kind) {
	case FAKE_CALL_OPEN:
		return strcmp(wanted->path, made->path) == 0 && wanted->flags == made->flags;
	case FAKE_CALL_CLOSE:
	case FAKE_CALL_STAT:
		return wanted->fd == made->fd;
	case FAKE_CALL_IOCTL:
		return wanted->fd == made->fd && wanted->request == made->request &&
		       (takes_pointer(made->request) || wanted->argument == made->argument);
	case FAKE_CALL_PAUSE:
		return wanted->takes_any_duration || wanted->duration_ns == made->duration_ns;
	}
	return false;
}

/* The next expected call, which must be this one. */
static const struct fake_call *take(struct fake_kernel *fake, const struct fake_call *made)
{
	char made_text[160], wanted_text[160] = "nothing more";
	const struct fake_call *wanted = NULL;

	if (fake->made_count < fake->call_count) {
		wanted = &fake->calls[fake->made_count];
		describe(wanted, wanted_text, sizeof(wanted_text));
	}
	describe(made, made_text, sizeof(made_text));
	ck_assert_msg(wanted && is_match(wanted, made), "call %zu: %s, expected %s", fake->made_count + 1, made_text,
		      wanted_text);
	fake->made_count++;
	fake->now_ns += wanted->takes_ns;
	return wanted;
}

static void check_usable(const struct fake_kernel *fake, int fd, const char *what)
{
	ck_assert_msg(fd >= 0 && fd < FAKE_FD_COUNT_MAX && (fake->is_open[fd] || fake->is_lent[fd]),
		      "%s on descriptor %d, which is not open", what, fd);
}

static int fake_open(void *context, const char *path, int flags)
{
	struct fake_kernel *fake = context;
	int fd = take(fake, &(struct fake_call){ .kind = FAKE_CALL_OPEN, .path = path, .flags = flags })->result;

	if (fd >= 0) {
		ck_assert_msg(fd < FAKE_FD_COUNT_MAX && !fake->is_open[fd] && !fake->is_lent[fd],
			      "the test opens descriptor %d twice", fd);
		fake->is_open[fd] = true;
	}
	return fd;
}

static int fake_close(void *context, int fd)
{
	struct fake_kernel *fake = context;

	check_usable(fake, fd, "close");
	ck_assert_msg(!fake->is_lent[fd], "descriptor %d was lent and must not be closed", fd);
	fake->is_open[fd] = false;
	return take(fake, &(struct fake_call){ .kind = FAKE_CALL_CLOSE, .fd = fd })->result;
}

static int fake_ioctl(void *context, int fd, unsigned long request, uintptr_t argument)
{
	struct fake_kernel *fake = context;
	const struct fake_call *call;

	check_usable(fake, fd, request_name(request));
	call = take(fake,
		    &(struct fake_call){ .kind = FAKE_CALL_IOCTL, .fd = fd, .request = request, .argument = argument });
	if (request == LOOP_CONFIGURE)
		memcpy(&fake->config, (const void *)argument, sizeof(fake->config));
	if (request == LOOP_SET_STATUS64)
		memcpy(&fake->status, (const void *)argument, sizeof(fake->status));
	if (request == LOOP_GET_STATUS64 && call->result >= 0)
		memcpy((void *)argument, &call->info, sizeof(call->info));
	if (request == BLKGETDISKSEQ && call->result >= 0)
		memcpy((void *)argument, &call->diskseq, sizeof(call->diskseq));
	return call->result;
}

static int fake_stat(void *context, int fd, struct stat *ret_stat)
{
	struct fake_kernel *fake = context;
	const struct fake_call *call;

	check_usable(fake, fd, "stat");
	call = take(fake, &(struct fake_call){ .kind = FAKE_CALL_STAT, .fd = fd });
	if (call->result >= 0)
		*ret_stat = call->stat;
	return call->result;
}

static uint64_t fake_now_ns(void *context)
{
	struct fake_kernel *fake = context;

	fake->now_count++;
	return fake->now_ns;
}

static int fake_pause_ns(void *context, uint64_t duration_ns)
{
	struct fake_kernel *fake = context;
	const struct fake_call *call =
		take(fake, &(struct fake_call){ .kind = FAKE_CALL_PAUSE, .duration_ns = duration_ns });

	ck_assert_uint_lt(fake->pause_count, sizeof(fake->pauses_ns) / sizeof(fake->pauses_ns[0]));
	fake->pauses_ns[fake->pause_count++] = duration_ns;
	fake->now_ns += duration_ns;
	return call->result;
}

void fake_kernel_init(struct fake_kernel *fake)
{
	*fake = (struct fake_kernel){
		.kernel = {
			.context = fake,
			.open = fake_open,
			.close = fake_close,
			.ioctl = fake_ioctl,
			.stat = fake_stat,
			.now_ns = fake_now_ns,
			.pause_ns = fake_pause_ns,
		},
	};
}

void fake_kernel_expect(struct fake_kernel *fake, struct fake_call call)
{
	struct fake_call *calls = realloc(fake->calls, (fake->call_count + 1) * sizeof(*calls));

	ck_assert_ptr_nonnull(calls);
	calls[fake->call_count++] = call;
	fake->calls = calls;
}

void fake_kernel_lend(struct fake_kernel *fake, int fd)
{
	fake->is_lent[fd] = true;
}

unsigned int fake_kernel_open_count(const struct fake_kernel *fake)
{
	unsigned int count = 0;

	for (int fd = 0; fd < FAKE_FD_COUNT_MAX; fd++)
		count += fake->is_open[fd];
	return count;
}

void fake_kernel_finish(struct fake_kernel *fake, unsigned int open_count)
{
	char text[160];

	if (fake->made_count < fake->call_count) {
		describe(&fake->calls[fake->made_count], text, sizeof(text));
		ck_abort_msg("%zu expected calls were not made, the first is %s", fake->call_count - fake->made_count,
			     text);
	}
	ck_assert_uint_eq(fake_kernel_open_count(fake), open_count);
	free(fake->calls);
	fake_kernel_init(fake);
}
