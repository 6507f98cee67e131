/* SPDX-License-Identifier: Apache-2.0 */
/* Mapped devices and files; see mapping.h. */
#include "harness/engine/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

/* Where this thread goes on when a page cannot be had; NULL: it is not in a copy. */
static _Thread_local sigjmp_buf *volatile fault_exit;

static void on_fault(int number)
{
	if (fault_exit)
		siglongjmp(*fault_exit, 1);
	/* A real bug: end as without us, when the instruction is tried again. */
	signal(number, SIG_DFL);
}

static void catch_faults(void)
{
	/* Not deferred, so that the next signal comes through although the handler is left by a jump. */
	struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
}

/* ThreadSanitizer's own handler stands before ours and blocks all signals, whatever the flags say. */
static void let_faults_through(void)
{
	sigset_t faults;

	sigemptyset(&faults);
	sigaddset(&faults, SIGBUS);
	sigaddset(&faults, SIGSEGV);
	pthread_sigmask(SIG_UNBLOCK, &faults, NULL);
}

static int copy(void *to, const void *from, size_t bytes)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	sigjmp_buf exit;

	pthread_once(&once, catch_faults);
	if (sigsetjmp(exit, 0) != 0) {
		fault_exit = NULL;
		let_faults_through();
		return -EFAULT;
	}
	fault_exit = &exit;
	memcpy(to, from, bytes);
	fault_exit = NULL;
	return 0;
}

int mapping_load(void *context, const void *memory, void *buffer, size_t bytes)
{
	return copy(buffer, memory, bytes);
}

int mapping_store(void *context, void *memory, const void *buffer, size_t bytes)
{
	return copy(memory, buffer, bytes);
}

int mapping_map(void *context, int fd, uint64_t length_bytes, uint64_t offset_bytes, void **ret_memory)
{
	bool is_writable = (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR;
	void *memory;

	memory = mmap(NULL, length_bytes, is_writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd,
		      (off_t)offset_bytes);
	/* A read-only device can be opened for writing, but not be mapped so. */
	if (memory == MAP_FAILED && errno == EINVAL && is_writable)
		memory = mmap(NULL, length_bytes, PROT_READ, MAP_SHARED, fd, (off_t)offset_bytes);
	if (memory == MAP_FAILED)
		return -errno;
	*ret_memory = memory;
	return 0;
}

int mapping_unmap(void *context, void *memory, uint64_t length_bytes)
{
	return munmap(memory, length_bytes) < 0 ? -errno : 0;
}
