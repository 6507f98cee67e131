/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies from and to the memory of whoever calls the driver inside the harness.
 *
 * A scenario may pass a pointer that leads nowhere, and is to get EFAULT and no crash.  The kernel looks for us: it copies
 * from our own memory to our own memory.  Where a sandbox forbids that, the pointers that a scenario can ask for are
 * still known by their address.
 */
#include "harness/engine/model_parts.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* Nothing is ever mapped below (vm.mmap_min_addr), nor above where a 64-bit address is the kernel's. */
#define ADDRESS_MIN 65536u
#define ADDRESS_MAX ((uintptr_t)INT64_MAX)

static bool is_address(uintptr_t address, size_t bytes)
{
	return address >= ADDRESS_MIN && address <= ADDRESS_MAX && bytes <= ADDRESS_MAX - address;
}

int model_copy_in(void *to, uintptr_t from, size_t bytes)
{
	struct iovec local = { to, bytes }, remote = { (void *)from, bytes };
	ssize_t copied;

	if (!is_address(from, bytes))
		return -EFAULT;
	copied = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
	if (copied < 0 && (errno == EPERM || errno == ENOSYS)) {
		memcpy(to, (const void *)from, bytes);
		return 0;
	}
	return copied == (ssize_t)bytes ? 0 : -EFAULT;
}

int model_copy_out(uintptr_t to, const void *from, size_t bytes)
{
	struct iovec local = { (void *)from, bytes }, remote = { (void *)to, bytes };
	ssize_t copied;

	if (!is_address(to, bytes))
		return -EFAULT;
	copied = process_vm_writev(getpid(), &local, 1, &remote, 1, 0);
	if (copied < 0 && (errno == EPERM || errno == ENOSYS)) {
		memcpy((void *)to, from, bytes);
		return 0;
	}
	return copied == (ssize_t)bytes ? 0 : -EFAULT;
}
