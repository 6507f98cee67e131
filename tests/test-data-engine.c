/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's ways to data, on files that need no root: io_uring, mappings whose pages cannot be had, and what backing
 * files hold at the start.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/engine/backing_content.h"
#include "harness/engine/ext4_image.h"
#include "harness/engine/io_ring.h"
#include "harness/engine/mapping.h"
#include "harness/recorder/block_tag.h"
#include "harness/recorder/partition_layout.h"

#define FILE_BYTES (1u << 20)

static _Alignas(4096) uint8_t buffer[FILE_BYTES];
static struct io_ring *ring;
static int fd;

static void setup(void)
{
	char path[] = "/tmp/looprace-test-XXXXXX";

	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	unlink(path);
	ck_assert_int_eq(ftruncate(fd, FILE_BYTES), 0);
	memset(buffer, 0, sizeof(buffer));
}

static void teardown(void)
{
	close(fd);
	ring = io_ring_free(ring);
}

/* --- io_uring --- */

/* False where this machine does not let us have one; the guests do. */
static bool has_ring(void)
{
	int r = io_ring_new(&ring);

	ck_assert(r == 0 || r == -ENOSYS || r == -EPERM);
	return r == 0;
}

static int run(enum system_io io, int on_fd, uint64_t length, uint64_t offset)
{
	return io_ring_run(NULL, ring, io, on_fd, buffer, length, offset);
}

START_TEST(what_the_ring_writes_is_in_the_file)
{
	uint8_t seen[8192];

	if (!has_ring())
		return;
	memset(buffer, 0x5a, 8192);
	ck_assert_int_eq(run(SYSTEM_IO_write, fd, 8192, 4096), 8192);
	ck_assert_int_eq(run(SYSTEM_IO_fsync, fd, 0, 0), 0);
	ck_assert_int_eq(pread(fd, seen, sizeof(seen), 4096), sizeof(seen));
	ck_assert_mem_eq(seen, buffer, sizeof(seen));
}
END_TEST

START_TEST(what_the_ring_reads_is_of_the_file)
{
	if (!has_ring())
		return;
	ck_assert_int_eq(pwrite(fd, "looprace", 8, 12288), 8);
	ck_assert_int_eq(run(SYSTEM_IO_read, fd, 4096, 12288), 4096);
	ck_assert_mem_eq(buffer, "looprace", 8);
	ck_assert_int_eq(run(SYSTEM_IO_read, fd, 4096, FILE_BYTES - 512), 512);
	ck_assert_int_eq(run(SYSTEM_IO_read, fd, 4096, FILE_BYTES), 0);
}
END_TEST

START_TEST(errors_of_the_ring_are_those_of_the_call)
{
	if (!has_ring())
		return;
	ck_assert_int_eq(run(SYSTEM_IO_read, -1, 4096, 0), -EBADF);
	ck_assert_int_eq(run(SYSTEM_IO_fsync, -1, 0, 0), -EBADF);
	/* And the next request is not mixed up with what was behind the failed one. */
	ck_assert_int_eq(run(SYSTEM_IO_read, fd, 512, 0), 512);
}
END_TEST

START_TEST(discarded_range_of_a_file_reads_as_zeros)
{
	int r;

	if (!has_ring())
		return;
	memset(buffer, 0x5a, 16384);
	ck_assert_int_eq(run(SYSTEM_IO_write, fd, 16384, 0), 16384);
	r = run(SYSTEM_IO_discard, fd, 4096, 4096);
	if (r == -EOPNOTSUPP)
		return;
	ck_assert_int_eq(r, 0);
	ck_assert_int_eq(pread(fd, buffer, 16384, 0), 16384);
	ck_assert_int_eq(buffer[4095], 0x5a);
	ck_assert_int_eq(buffer[4096], 0);
	ck_assert_int_eq(buffer[8191], 0);
	ck_assert_int_eq(buffer[8192], 0x5a);
}
END_TEST

/* --- mappings --- */

START_TEST(page_behind_the_end_of_the_file_is_an_error)
{
	void *memory;

	ck_assert_int_eq(mapping_map(NULL, fd, 2 * FILE_BYTES, 0, &memory), 0);
	ck_assert_int_eq(mapping_load(NULL, (char *)memory + FILE_BYTES, buffer, 4096), -EFAULT);
	ck_assert_int_eq(mapping_store(NULL, (char *)memory + FILE_BYTES, buffer, 4096), -EFAULT);
	/* And the next one is not. */
	ck_assert_int_eq(mapping_store(NULL, memory, "looprace", 8), 0);
	ck_assert_int_eq(mapping_load(NULL, memory, buffer, 8), 0);
	ck_assert_mem_eq(buffer, "looprace", 8);
	ck_assert_int_eq(mapping_unmap(NULL, memory, 2 * FILE_BYTES), 0);
}
END_TEST

START_TEST(mapping_of_a_descriptor_for_reading_can_be_read_only)
{
	char path[64];
	void *memory;
	int read_fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	read_fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(read_fd, 0);
	ck_assert_int_eq(mapping_map(NULL, read_fd, 4096, 0, &memory), 0);
	ck_assert_int_eq(mapping_load(NULL, memory, buffer, 4096), 0);
	ck_assert_int_eq(mapping_store(NULL, memory, buffer, 4096), -EFAULT);
	mapping_unmap(NULL, memory, 4096);
	close(read_fd);
}
END_TEST

START_TEST(what_cannot_be_mapped_is_told)
{
	void *memory = NULL;

	ck_assert_int_eq(mapping_map(NULL, -1, 4096, 0, &memory), -EBADF);
	ck_assert_int_eq(mapping_map(NULL, fd, 4096, 1, &memory), -EINVAL);
	ck_assert_ptr_null(memory);
}
END_TEST

/* --- first contents --- */

static void write_content(enum backing_content content)
{
	ck_assert_int_eq(backing_content_write(fd, content, 7, FILE_BYTES), 0);
	ck_assert_int_eq(pread(fd, buffer, FILE_BYTES, 0), FILE_BYTES);
}

START_TEST(file_of_tags_holds_its_own_sectors)
{
	struct block_run run;
	uint64_t at = 0;

	write_content(BACKING_CONTENT_tags);
	ck_assert(block_run_next(buffer, FILE_BYTES / BLOCK_BYTES, &at, &run));
	ck_assert_int_eq(run.content, RECORDER_CONTENT_tags);
	ck_assert_uint_eq(run.block_count, FILE_BYTES / BLOCK_BYTES);
	ck_assert_uint_eq(run.tag.owner, 7);
	ck_assert_uint_eq(run.tag.generation, 0);
	ck_assert_uint_eq(run.tag.sector, 0);
}
END_TEST

START_TEST(partition_table_is_where_the_judge_believes_it)
{
	uint64_t start_bytes, bytes;
	struct block_run run;
	uint64_t at = 0;

	write_content(BACKING_CONTENT_partitions);
	ck_assert(partition_layout(FILE_BYTES, 2, &start_bytes, &bytes));
	ck_assert_uint_eq(start_bytes % PARTITION_LAYOUT_ALIGN_BYTES, 0);
	ck_assert_uint_le(start_bytes + bytes, FILE_BYTES);
	ck_assert_uint_eq(*(uint16_t *)&buffer[510], 0xaa55);
	ck_assert_uint_eq(*(uint16_t *)&buffer[446 + 16 + 8], start_bytes / BLOCK_BYTES);
	ck_assert_uint_eq(*(uint16_t *)&buffer[446 + 16 + 12], bytes / BLOCK_BYTES);
	ck_assert_uint_eq(buffer[446 + 16 + 4], 0x83);
	ck_assert(block_run_next(buffer, FILE_BYTES / BLOCK_BYTES, &at, &run));
	ck_assert_int_eq(run.content, RECORDER_CONTENT_foreign);
	ck_assert_uint_eq(run.block_count, 1);
	ck_assert(block_run_next(buffer, FILE_BYTES / BLOCK_BYTES, &at, &run));
	ck_assert_int_eq(run.content, RECORDER_CONTENT_tags);
	ck_assert_uint_eq(run.tag.sector, 1);
	ck_assert_uint_eq(at, FILE_BYTES / BLOCK_BYTES);
}
END_TEST

START_TEST(small_file_has_no_partitions)
{
	uint64_t start_bytes = 5, bytes;

	ck_assert(!partition_layout(128u << 10, 1, &start_bytes, &bytes));
	ck_assert(!partition_layout(FILE_BYTES, 0, &start_bytes, &bytes));
	ck_assert(!partition_layout(FILE_BYTES, 3, &start_bytes, &bytes));
	ck_assert_uint_eq(start_bytes, 5);
}
END_TEST

START_TEST(file_of_zeros_is_sparse)
{
	write_content(BACKING_CONTENT_zeros);
	ck_assert_int_eq(lseek(fd, 0, SEEK_DATA), -1);
}
END_TEST

START_TEST(ext4_file_system_has_its_file)
{
	uint8_t pattern[251];
	uint8_t *content;

	write_content(BACKING_CONTENT_ext4);
	/* Magic and state (cleanly unmounted) of the superblock. */
	ck_assert_uint_eq(*(uint16_t *)&buffer[1024 + 56], 0xef53);
	ck_assert_uint_eq(*(uint16_t *)&buffer[1024 + 58], 1);
	for (unsigned int i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)i;
	content = memmem(buffer, FILE_BYTES, pattern, sizeof(pattern));
	ck_assert_ptr_nonnull(content);
	ck_assert_uint_eq((content - buffer) % EXT4_IMAGE_BLOCK_BYTES, 0);
	ck_assert_uint_eq(content[EXT4_IMAGE_FILE_BYTES - 1], (EXT4_IMAGE_FILE_BYTES - 1) % 251);
}
END_TEST

START_TEST(ext4_file_system_needs_room)
{
	ck_assert_int_eq(backing_content_write(fd, BACKING_CONTENT_ext4, 7, EXT4_IMAGE_BYTES - 512), -ENOSPC);
}
END_TEST

START_TEST(part_of_a_content_is_the_same_as_in_the_whole)
{
	static const enum backing_content contents[] = { BACKING_CONTENT_zeros, BACKING_CONTENT_tags,
							 BACKING_CONTENT_partitions, BACKING_CONTENT_ext4 };
	static _Alignas(8) uint8_t part[2560];

	write_content(contents[_i]);
	for (uint64_t at = 0; at + sizeof(part) <= FILE_BYTES; at += 1536) {
		backing_content_fill(contents[_i], 7, FILE_BYTES, at, part, sizeof(part));
		ck_assert_mem_eq(part, buffer + at, sizeof(part));
	}
}
END_TEST

START_TEST(half_a_block_at_the_end_stays_zeros)
{
	static _Alignas(8) uint8_t part[2048];

	memset(part, 0xff, sizeof(part));
	backing_content_fill(BACKING_CONTENT_tags, 7, 4096 + 1024 + 100, 4096, part, sizeof(part));
	ck_assert_uint_ne(part[512], 0);
	for (unsigned int i = 1024; i < sizeof(part); i++)
		ck_assert_uint_eq(part[i], 0);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void)
{
	Suite *suite = suite_create("data-engine");
	TCase *tcase = tcase_create("data-engine");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_the_ring_writes_is_in_the_file);
	tcase_add_test(tcase, what_the_ring_reads_is_of_the_file);
	tcase_add_test(tcase, errors_of_the_ring_are_those_of_the_call);
	tcase_add_test(tcase, discarded_range_of_a_file_reads_as_zeros);
	tcase_add_test(tcase, page_behind_the_end_of_the_file_is_an_error);
	tcase_add_test(tcase, mapping_of_a_descriptor_for_reading_can_be_read_only);
	tcase_add_test(tcase, what_cannot_be_mapped_is_told);
	tcase_add_test(tcase, file_of_tags_holds_its_own_sectors);
	tcase_add_test(tcase, partition_table_is_where_the_judge_believes_it);
	tcase_add_test(tcase, small_file_has_no_partitions);
	tcase_add_test(tcase, file_of_zeros_is_sparse);
	tcase_add_test(tcase, ext4_file_system_has_its_file);
	tcase_add_test(tcase, ext4_file_system_needs_room);
	tcase_add_loop_test(tcase, part_of_a_content_is_the_same_as_in_the_whole, 0, 4);
	tcase_add_test(tcase, half_a_block_at_the_end_stays_zeros);
	suite_add_tcase(suite, tcase);
	return suite;
}
