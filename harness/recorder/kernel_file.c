/* SPDX-License-Identifier: Apache-2.0 */
/* Only system calls: PID 1 of the guest has nothing else. */
#include "harness/recorder/kernel_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int kernel_file_read(const char *path, char *ret_text, size_t text_bytes)
{
	size_t used_bytes = 0;
	ssize_t n = 1;
	int fd, r = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (n > 0 && used_bytes < text_bytes - 1) {
		n = read(fd, ret_text + used_bytes, text_bytes - 1 - used_bytes);
		if (n < 0)
			r = -errno;
		else
			used_bytes += (size_t)n;
	}
	close(fd);
	ret_text[used_bytes] = '\0';
	return r;
}

int kernel_file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		r = -errno;
	close(fd);
	return r;
}
