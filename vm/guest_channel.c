/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes from the host: the cell's word through QEMU's fw_cfg, and the recorder through an ivshmem device.
 *
 * fw_cfg is read by port I/O instead of the kernel's qemu_fw_cfg driver, which is a module, and copies the list of
 * files when it is loaded, while a cloned machine must see the list that its own QEMU was started with.  The recorder
 * is mapped from sysfs, which needs no driver at all; it worked on 5.10, 6.1, 6.12 and 7.3.
 */
#include "vm/guest_platform.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* --- fw_cfg: docs/specs/fw_cfg.txt of QEMU --- */

#define FW_CFG_SELECTOR_PORT 0x510
#define FW_CFG_DATA_PORT     0x511
#define FW_CFG_SIGNATURE     0x0000
#define FW_CFG_FILE_DIR	     0x0019
#define FW_CFG_CELL_NAME     "opt/looprace/cell"
/* QEMU has room for some tens; anything beyond is not a directory. */
#define FW_CFG_FILE_COUNT_MAX 4096

/* Numbers are big-endian. */
struct fw_cfg_file {
	uint8_t size_bytes[4];
	uint8_t selector[2];
	uint8_t reserved[2];
	char name[56];
};
_Static_assert(sizeof(struct fw_cfg_file) == 64, "the layout is QEMU's");

static void fw_cfg_select(uint16_t selector)
{
	outw(selector, FW_CFG_SELECTOR_PORT);
}

/* Not insb() of <sys/io.h>: it does not tell the compiler that memory changes, which then reads stale bytes. */
static void fw_cfg_read(void *buffer, size_t buffer_bytes)
{
	__asm__ volatile("rep insb" : "+D"(buffer), "+c"(buffer_bytes) : "d"(FW_CFG_DATA_PORT) : "memory");
}

static uint32_t big_endian_32(const uint8_t bytes[4])
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int find_cell(uint16_t *ret_selector, uint32_t *ret_size_bytes)
{
	struct fw_cfg_file file;
	uint8_t count_bytes[4];
	uint32_t count;

	fw_cfg_select(FW_CFG_FILE_DIR);
	fw_cfg_read(count_bytes, sizeof(count_bytes));
	count = big_endian_32(count_bytes);
	for (uint32_t i = 0; i < count && i < FW_CFG_FILE_COUNT_MAX; i++) {
		fw_cfg_read(&file, sizeof(file));
		if (strncmp(file.name, FW_CFG_CELL_NAME, sizeof(file.name)) == 0) {
			*ret_selector = (uint16_t)(file.selector[0] << 8 | file.selector[1]);
			*ret_size_bytes = big_endian_32(file.size_bytes);
			return 0;
		}
	}
	return -ENOENT;
}

struct cell_word {
	char text[256];
};

static int read_cell_once(struct cell_word *word)
{
	char signature[4];
	uint16_t selector;
	uint32_t size_bytes;
	int r;

	fw_cfg_select(FW_CFG_SIGNATURE);
	fw_cfg_read(signature, sizeof(signature));
	if (memcmp(signature, "QEMU", sizeof(signature)) != 0)
		return -ENODEV;
	r = find_cell(&selector, &size_bytes);
	if (r < 0)
		return r;
	if (size_bytes >= sizeof(word->text))
		return -E2BIG;
	fw_cfg_select(selector);
	fw_cfg_read(word->text, size_bytes);
	word->text[size_bytes] = '\0';
	return 0;
}

/*
 * A machine that is saved in the middle of a reading and resumed in another QEMU reads one half from each.  So a
 * reading counts when the next one says the same.
 */
static int read_cell(struct cell_word *ret_word)
{
	struct cell_word word = { "" };
	int r, r_before;

	r = read_cell_once(&word);
	do {
		r_before = r;
		*ret_word = word;
		r = read_cell_once(&word);
	} while (r != r_before || strcmp(word.text, ret_word->text) != 0);
	return r;
}

int guest_read_cell(char *ret_cell, size_t cell_bytes)
{
	static const struct timespec interval = { .tv_nsec = 1000000 };
	struct cell_word word;
	int r;

	if (ioperm(FW_CFG_SELECTOR_PORT, 2, 1) < 0)
		return -errno;
	for (;;) {
		r = read_cell(&word);
		if (r < 0 || strcmp(word.text, "wait") != 0)
			break;
		/* Not a synchronisation: there is nothing in the machine that could wake us. */
		nanosleep(&interval, NULL);
	}
	ioperm(FW_CFG_SELECTOR_PORT, 2, 0);
	if (r < 0)
		return r;
	if (strlen(word.text) >= cell_bytes)
		return -E2BIG;
	strcpy(ret_cell, word.text);
	return 0;
}

/* --- ivshmem: docs/specs/ivshmem-spec.txt of QEMU; BAR 2 is the shared memory --- */

#define PCI_DEVICE_DIR "/sys/bus/pci/devices"
#define IVSHMEM_VENDOR "0x1af4"
#define IVSHMEM_DEVICE "0x1110"

static bool attribute_is(int device_fd, const char *attribute, const char *value)
{
	char text[16] = "";
	int fd = openat(device_fd, attribute, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	return n > 0 && strcspn(text, "\n") == strlen(value) && strncmp(text, value, strlen(value)) == 0;
}

/* Return: a descriptor of the device's directory, -ENODEV, or -errno. */
static int open_ivshmem(void)
{
	DIR *directory = opendir(PCI_DEVICE_DIR);
	struct dirent *entry;
	int fd = -1;

	if (!directory)
		return -errno;
	while (fd < 0 && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		fd = openat(dirfd(directory), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 &&
		    !(attribute_is(fd, "vendor", IVSHMEM_VENDOR) && attribute_is(fd, "device", IVSHMEM_DEVICE))) {
			close(fd);
			fd = -1;
		}
	}
	closedir(directory);
	return fd < 0 ? -ENODEV : fd;
}

static int enable_device(int device_fd)
{
	int fd = openat(device_fd, "enable", O_WRONLY | O_CLOEXEC);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, "1", 1) < 0)
		r = -errno;
	close(fd);
	return r;
}

/* The write-combining file first: through the other one each store of a worker would go out alone, under KVM. */
static int open_shared_memory(int device_fd)
{
	int fd = openat(device_fd, "resource2_wc", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fd = openat(device_fd, "resource2", O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The size is that of resource2: v5.10 shows resource2_wc with a size of 0. */
static int shared_memory_bytes(int device_fd, size_t *ret_bytes)
{
	struct stat stat_buffer;

	if (fstatat(device_fd, "resource2", &stat_buffer, 0) < 0)
		return -errno;
	*ret_bytes = (size_t)stat_buffer.st_size;
	return 0;
}

static int map_shared_memory(int memory_fd, size_t bytes, void **ret_memory)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory_fd, 0);

	if (memory == MAP_FAILED)
		return -errno;
	*ret_memory = memory;
	return 0;
}

int guest_map_recorder(void **ret_memory, size_t *ret_bytes)
{
	int device_fd = open_ivshmem();
	size_t bytes = 0;
	int memory_fd, r;

	if (device_fd < 0)
		return device_fd;
	r = enable_device(device_fd);
	if (r == 0)
		r = shared_memory_bytes(device_fd, &bytes);
	if (r == 0) {
		memory_fd = open_shared_memory(device_fd);
		r = memory_fd;
		if (memory_fd >= 0) {
			r = map_shared_memory(memory_fd, bytes, ret_memory);
			close(memory_fd);
		}
	}
	if (r == 0)
		*ret_bytes = bytes;
	close(device_fd);
	return r;
}
