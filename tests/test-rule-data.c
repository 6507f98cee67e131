/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules data, isolation and read_only: histories of tagged blocks that break them, and near misses that a sound
 * kernel can produce.
 *
 * Calls follow each other unless a test says otherwise.  The backing files are worker0 to worker3 (inodes 100 to 103 of
 * device 25, 1 MiB of tags) and `other` (inode 200); `sparse` (inode 201) begins as zeros.
 */
#include <check.h>
#include <errno.h>
#include <linux/loop.h>
#include <string.h>

#include "harness/recorder/block_tag.h"
#include "tests/judge_fixture.h"

#define KIB	     1024u
#define OTHER_INODE  200
#define SPARSE_INODE 201

static uint64_t now_ns;

static void setup(void)
{
	judge_fixture_setup();
	now_ns = 1000;
	for (unsigned int i = 0; i < 4; i++)
		recorder_note(&fixture.builder.recorder,
			      "backing number=%u dev=25 inode=%u bytes=1048576 content=tags name=worker%u", i, 100 + i,
			      i);
	recorder_note(&fixture.builder.recorder,
		      "backing number=1024 dev=25 inode=200 bytes=1048576 content=partitions name=other");
	recorder_note(&fixture.builder.recorder,
		      "backing number=1025 dev=25 inode=201 bytes=1048576 content=zeros name=sparse");
}

/* --- calls --- */

/* A call of 50 ns behind the one before. */
static struct history_call next_call(unsigned int worker, enum recorder_call call, int index, uint32_t file)
{
	now_ns += 100;
	return (struct history_call){
		.worker = worker,
		.call = call,
		.index = index,
		.file = file,
		.call_ns = now_ns,
		.return_ns = now_ns + 50,
	};
}

static void add(struct history_call call)
{
	history_builder_add(&fixture.builder, call);
}

static void open_device(unsigned int worker, int index, uint32_t file, uint8_t partition)
{
	struct history_call call = next_call(worker, RECORDER_CALL_open, index, file);

	call.partition = partition;
	call.result = 3;
	add(call);
}

static void bind_part(unsigned int worker, int index, uint32_t file, uint64_t inode, uint64_t offset, uint64_t limit,
		      uint64_t flags)
{
	struct history_call call = next_call(worker, RECORDER_CALL_configure, index, file);

	call.dev = 25;
	call.inode = inode;
	call.detail = flags;
	call.is_extended = true;
	call.offset = offset;
	call.length = limit;
	add(call);
}

static void bind_file(unsigned int worker, int index, uint32_t file, uint64_t inode)
{
	bind_part(worker, index, file, inode, 0, 0, 0);
}

static void simple(unsigned int worker, enum recorder_call call, int index, uint32_t file)
{
	add(next_call(worker, call, index, file));
}

static struct history_call io(unsigned int worker, enum recorder_call call, int index, uint32_t file, uint64_t at,
			      uint64_t bytes)
{
	struct history_call made = next_call(worker, call, index, file);

	made.is_extended = true;
	made.offset = at;
	made.length = bytes;
	made.result = (int32_t)bytes;
	made.run_offset = at;
	made.run_block_count = (uint32_t)(bytes / BLOCK_BYTES);
	if (index < 0) {
		made.dev = 25;
		made.inode = 100 + worker;
	}
	return made;
}

/* The worker's @count-th write, of blocks of its own file from @sector on. */
static struct history_call write_call(unsigned int worker, int index, uint32_t file, uint64_t at, uint64_t count)
{
	struct history_call call = io(worker, RECORDER_CALL_write, index, file, at, 4 * KIB);

	call.sector = at / BLOCK_BYTES;
	call.generation = block_tag_generation(worker, count);
	call.owner = worker;
	call.content = RECORDER_CONTENT_tags;
	return call;
}

static void write_blocks(unsigned int worker, int index, uint32_t file, uint64_t at, uint64_t count)
{
	add(write_call(worker, index, file, at, count));
}

static struct history_call read_call(unsigned int worker, int index, uint32_t file, uint64_t at, uint32_t owner,
				     uint64_t generation, uint64_t sector)
{
	struct history_call call = io(worker, RECORDER_CALL_read, index, file, at, 4 * KIB);

	call.sector = sector;
	call.generation = generation;
	call.owner = owner;
	call.content = RECORDER_CONTENT_tags;
	return call;
}

static void read_blocks(unsigned int worker, int index, uint32_t file, uint64_t at, uint32_t owner, uint64_t generation,
			uint64_t sector)
{
	add(read_call(worker, index, file, at, owner, generation, sector));
}

static void read_content(unsigned int worker, int index, uint32_t file, uint64_t at, enum recorder_content content)
{
	struct history_call call = read_call(worker, index, file, at, 0, 0, 0);

	call.content = content;
	add(call);
}

/* Worker 0 opens loop2 as file 10 and binds its own file to it. */
static void begin(void)
{
	open_device(0, 2, 10, 0);
	bind_file(0, 2, 10, 100);
}

#define FIRST  block_tag_generation(0, 1)
#define SECOND block_tag_generation(0, 2)

/* --- verdicts --- */

static void assert_sound(enum rule rule)
{
	const struct finding *finding;

	judge_fixture_finish();
	judge_fixture_judge();
	finding = judge_fixture_finding(rule);
	ck_assert_msg(!finding, "%s", finding ? finding->text : "");
	ck_assert_int_eq(fixture.judgement.rule_verdicts[rule], VERDICT_PASS);
}

static const struct finding *assert_broken(enum rule rule)
{
	const struct finding *finding;

	judge_fixture_finish();
	judge_fixture_judge();
	finding = judge_fixture_finding(rule);
	ck_assert_ptr_nonnull(finding);
	ck_assert_int_eq(finding->verdict, VERDICT_VIOLATION);
	ck_assert_uint_ge(finding->call_count, 1);
	return finding;
}

/* --- data --- */

START_TEST(history_without_data_is_no_evidence)
{
	begin();
	judge_fixture_finish();
	judge_fixture_judge();
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_data], VERDICT_SKIP);
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_isolation], VERDICT_SKIP);
	ck_assert_int_eq(fixture.judgement.rule_verdicts[RULE_read_only], VERDICT_SKIP);
}
END_TEST

START_TEST(what_was_written_is_read)
{
	begin();
	read_blocks(0, 2, 10, 8 * KIB, 0, 0, 16);
	write_blocks(0, 2, 10, 8 * KIB, 1);
	read_blocks(0, 2, 10, 8 * KIB, 0, FIRST, 16);
	write_blocks(0, 2, 10, 8 * KIB, 2);
	read_blocks(0, 2, 10, 8 * KIB, 0, SECOND, 16);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(block_of_another_owner_is_a_violation_that_names_him)
{
	const struct finding *finding;

	open_device(1, 3, 20, 0);
	bind_file(1, 3, 20, 101);
	write_blocks(1, 3, 20, 8 * KIB, 1);
	begin();
	read_blocks(0, 2, 10, 8 * KIB, 1, block_tag_generation(1, 1), 16);
	finding = assert_broken(RULE_data);
	assert_says(finding->text, "worker 0 read loop2 at byte 8192");
	assert_says(finding->text, "found what worker 1 had written for block 16 of worker1");
	assert_says(finding->text, "What it read is block 16 of worker0");
	ck_assert_uint_eq(finding->count, 1);
}
END_TEST

START_TEST(first_content_of_another_file_is_a_violation)
{
	begin();
	read_blocks(0, 2, 10, 8 * KIB, 3, 0, 16);
	assert_says(assert_broken(RULE_data)->text, "block 16 of worker3 as it was at the start");
}
END_TEST

START_TEST(further_blocks_of_a_read_are_judged_like_the_first)
{
	struct history_call call;

	begin();
	call = read_call(0, 2, 10, 8 * KIB, 0, 0, 16);
	add(call);
	call.call = RECORDER_CALL_blocks;
	call.run_offset = 16 * KIB;
	call.owner = 3;
	call.sector = 32;
	add(call);
	assert_says(assert_broken(RULE_data)->text, "block 32 of worker3");
}
END_TEST

START_TEST(block_at_another_sector_is_a_violation)
{
	begin();
	write_blocks(0, 2, 10, 8 * KIB, 1);
	read_blocks(0, 2, 10, 16 * KIB, 0, FIRST, 16);
	assert_says(assert_broken(RULE_data)->text, "What it read is block 32 of worker0");
}
END_TEST

START_TEST(offset_moves_what_a_device_shows)
{
	begin();
	write_blocks(0, 2, 10, 72 * KIB, 1);
	simple(0, RECORDER_CALL_fsync, 2, 10);
	open_device(0, 3, 11, 0);
	bind_part(0, 3, 11, 100, 64 * KIB, 0, 0);
	read_blocks(0, 3, 11, 8 * KIB, 0, FIRST, 144);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(offset_that_is_ignored_is_a_violation)
{
	open_device(0, 3, 11, 0);
	bind_part(0, 3, 11, 100, 64 * KIB, 0, 0);
	read_blocks(0, 3, 11, 8 * KIB, 0, 0, 16);
	assert_says(assert_broken(RULE_data)->text, "What it read is block 144 of worker0");
}
END_TEST

START_TEST(overwritten_block_is_a_violation)
{
	const struct finding *finding;

	begin();
	write_blocks(0, 2, 10, 8 * KIB, 1);
	write_blocks(0, 2, 10, 8 * KIB, 2);
	read_blocks(0, 2, 10, 8 * KIB, 0, FIRST, 16);
	finding = assert_broken(RULE_data);
	assert_says(finding->text, "Worker 0 had written block 16 of worker0 later");
	ck_assert_uint_eq(finding->call_count, 4);
}
END_TEST

START_TEST(write_that_was_not_over_when_the_read_began_may_be_missing)
{
	struct history_call call;

	begin();
	write_blocks(0, 2, 10, 8 * KIB, 1);
	open_device(1, 2, 20, 0);
	call = write_call(1, 2, 20, 8 * KIB, 1);
	call.return_ns = now_ns + 500;
	add(call);
	read_blocks(0, 2, 10, 8 * KIB, 0, FIRST, 16);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(writes_that_overlap_may_come_in_any_order)
{
	struct history_call call;

	begin();
	open_device(1, 2, 20, 0);
	call = write_call(0, 2, 10, 8 * KIB, 1);
	call.return_ns = now_ns + 500;
	add(call);
	write_blocks(1, 2, 20, 8 * KIB, 1);
	now_ns += 1000;
	read_blocks(1, 2, 20, 8 * KIB, 0, FIRST, 16);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(either_of_two_writes_that_overlapped_may_have_stayed)
{
	struct history_call call;

	begin();
	open_device(1, 2, 20, 0);
	call = write_call(0, 2, 10, 8 * KIB, 1);
	call.return_ns = now_ns + 500;
	add(call);
	write_blocks(1, 2, 20, 8 * KIB, 1);
	now_ns += 1000;
	read_blocks(1, 2, 20, 8 * KIB, 1, block_tag_generation(1, 1), 16);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(block_that_an_earlier_binding_wrote_may_be_out_of_date)
{
	begin();
	write_blocks(0, 2, 10, 8 * KIB, 1);
	simple(0, RECORDER_CALL_fsync, 2, 10);
	open_device(0, 3, 11, 0);
	bind_file(0, 3, 11, 100);
	write_blocks(0, 3, 11, 8 * KIB, 2);
	read_blocks(0, 3, 11, 8 * KIB, 0, FIRST, 16);
	assert_broken(RULE_data);
}
END_TEST

START_TEST(failed_write_to_a_file_may_have_written_nothing)
{
	struct history_call call = write_call(0, -1, 30, 8 * KIB, 1);

	call.result = -ENOSPC;
	add(call);
	read_blocks(0, -1, 30, 8 * KIB, 0, 0, 16);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(write_of_half_a_block_leaves_the_rest)
{
	struct history_call call = io(0, RECORDER_CALL_discard, -1, 30, 8 * KIB + 256, 4 * KIB);

	call.result = 0;
	add(call);
	read_blocks(0, -1, 30, 12 * KIB, 0, 0, 24);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(failed_write_may_have_written_or_not)
{
	struct history_call call;

	begin();
	call = write_call(0, 2, 10, 8 * KIB, 1);
	call.result = -EIO;
	add(call);
	read_blocks(0, 2, 10, 8 * KIB, 0, 0, 16);
	read_blocks(0, 2, 10, 8 * KIB, 0, FIRST, 16);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(block_that_nobody_wrote_is_a_violation)
{
	begin();
	write_blocks(0, 2, 10, 8 * KIB, 1);
	read_blocks(0, 2, 10, 8 * KIB, 0, SECOND, 16);
	assert_says(assert_broken(RULE_data)->text, "a block that nobody has written");
}
END_TEST

/* Written through a device, read from the file. */
static void write_and_read_file(bool is_flushed)
{
	begin();
	write_blocks(0, 2, 10, 8 * KIB, 1);
	if (is_flushed)
		simple(0, RECORDER_CALL_fsync, 2, 10);
	read_blocks(0, -1, 30, 8 * KIB, 0, 0, 16);
}

START_TEST(flushed_block_that_the_file_does_not_have_is_a_violation)
{
	write_and_read_file(true);
	assert_says(assert_broken(RULE_data)->text, "worker 0 read its backing file");
}
END_TEST

START_TEST(block_that_was_not_flushed_need_not_be_in_the_file)
{
	write_and_read_file(false);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(flush_that_began_before_the_write_was_over_says_nothing)
{
	struct history_call call;

	begin();
	open_device(1, 2, 20, 0);
	call = next_call(1, RECORDER_CALL_fsync, 2, 20);
	call.return_ns = now_ns + 300;
	add(call);
	write_blocks(0, 2, 10, 8 * KIB, 1);
	now_ns += 500;
	read_blocks(0, -1, 30, 8 * KIB, 0, 0, 16);
	assert_sound(RULE_data);
}
END_TEST

/* Written, closed, bound anew, read. */
static void write_close_and_read(bool has_other_opener, bool is_cleared)
{
	begin();
	if (has_other_opener)
		open_device(1, 2, 20, 0);
	write_blocks(0, 2, 10, 8 * KIB, 1);
	if (is_cleared)
		simple(0, RECORDER_CALL_clr_fd, 2, 10);
	simple(0, RECORDER_CALL_close, 2, 10);
	open_device(0, 3, 11, 0);
	bind_file(0, 3, 11, 100);
	read_blocks(0, 3, 11, 8 * KIB, 0, 0, 16);
}

START_TEST(last_close_flushes)
{
	write_close_and_read(false, false);
	assert_broken(RULE_data);
}
END_TEST

START_TEST(close_that_is_not_the_last_does_not_flush)
{
	write_close_and_read(true, false);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(what_was_not_flushed_before_the_release_may_be_lost)
{
	write_close_and_read(false, true);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(device_that_was_bound_before_may_have_cached_the_old_block)
{
	open_device(0, 3, 11, 0);
	bind_file(0, 3, 11, 100);
	begin();
	write_blocks(0, 2, 10, 8 * KIB, 1);
	simple(0, RECORDER_CALL_fsync, 2, 10);
	read_blocks(0, 3, 11, 8 * KIB, 0, 0, 16);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(direct_read_knows_no_cache)
{
	struct history_call call;

	open_device(0, 3, 11, 0);
	bind_file(0, 3, 11, 100);
	begin();
	write_blocks(0, 2, 10, 8 * KIB, 1);
	simple(0, RECORDER_CALL_fsync, 2, 10);
	call = read_call(0, 3, 11, 8 * KIB, 0, 0, 16);
	call.detail = 1;
	add(call);
	assert_broken(RULE_data);
}
END_TEST

START_TEST(old_page_may_have_been_written_back_beside_a_new_block)
{
	open_device(1, 3, 20, 0);
	bind_file(1, 3, 20, 100);
	begin();
	/* Device 3 holds the page as it was, and makes it dirty: it is written back some time. */
	write_blocks(1, 3, 20, 12 * KIB, 1);
	write_blocks(0, 2, 10, 8 * KIB, 1);
	simple(0, RECORDER_CALL_fsync, 2, 10);
	read_blocks(0, -1, 30, 8 * KIB, 0, 0, 16);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(zeros_that_nobody_made_are_a_violation)
{
	begin();
	read_content(0, 2, 10, 8 * KIB, RECORDER_CONTENT_zeros);
	assert_says(assert_broken(RULE_data)->text, "found zeros");
}
END_TEST

START_TEST(sparse_file_begins_with_zeros)
{
	open_device(0, 2, 10, 0);
	bind_file(0, 2, 10, SPARSE_INODE);
	read_content(0, 2, 10, 8 * KIB, RECORDER_CONTENT_zeros);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(zeros_where_a_write_was_are_a_violation)
{
	open_device(0, 2, 10, 0);
	bind_file(0, 2, 10, SPARSE_INODE);
	write_blocks(0, 2, 10, 8 * KIB, 1);
	read_content(0, 2, 10, 8 * KIB, RECORDER_CONTENT_zeros);
	assert_broken(RULE_data);
}
END_TEST

static void discard(unsigned int worker, int index, uint32_t file, uint64_t at, uint64_t bytes, int result)
{
	struct history_call call = io(worker, RECORDER_CALL_discard, index, file, at, bytes);

	call.result = result;
	add(call);
}

START_TEST(discarded_block_reads_as_zeros)
{
	begin();
	discard(0, 2, 10, 8 * KIB, 4 * KIB, 0);
	read_content(0, 2, 10, 8 * KIB, RECORDER_CONTENT_zeros);
	write_blocks(0, 2, 10, 8 * KIB, 1);
	discard(0, 2, 10, 0, 1024 * KIB, 0);
	read_content(0, 2, 10, 8 * KIB, RECORDER_CONTENT_zeros);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(discard_that_did_nothing_is_a_violation)
{
	begin();
	discard(0, 2, 10, 8 * KIB, 4 * KIB, 0);
	read_blocks(0, 2, 10, 8 * KIB, 0, 0, 16);
	assert_says(assert_broken(RULE_data)->text, "Worker 0 had made zeros of block 16 of worker0 later");
}
END_TEST

START_TEST(discard_that_failed_or_missed_the_block_changes_nothing)
{
	begin();
	discard(0, 2, 10, 8 * KIB, 4 * KIB, -EOPNOTSUPP);
	discard(0, 2, 10, 12 * KIB, 4 * KIB, 0);
	read_blocks(0, 2, 10, 8 * KIB, 0, 0, 16);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(torn_block_without_two_writes_is_a_violation)
{
	begin();
	write_blocks(0, 2, 10, 8 * KIB, 1);
	simple(0, RECORDER_CALL_fsync, 2, 10);
	read_content(0, 2, 10, 8 * KIB, RECORDER_CONTENT_torn);
	assert_says(assert_broken(RULE_data)->text, "part of one write and part of another");
}
END_TEST

START_TEST(block_may_be_torn_while_it_is_written)
{
	struct history_call call;

	begin();
	open_device(1, 2, 20, 0);
	call = write_call(1, 2, 20, 8 * KIB, 1);
	call.return_ns = now_ns + 500;
	add(call);
	read_content(0, 2, 10, 8 * KIB, RECORDER_CONTENT_torn);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(partition_table_is_nobodys)
{
	open_device(0, 2, 10, 0);
	bind_file(0, 2, 10, OTHER_INODE);
	struct history_call call = io(0, RECORDER_CALL_read, 2, 10, 0, BLOCK_BYTES);

	call.content = RECORDER_CONTENT_foreign;
	add(call);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(what_no_worker_has_written_is_a_violation)
{
	begin();
	read_content(0, 2, 10, 8 * KIB, RECORDER_CONTENT_foreign);
	assert_says(assert_broken(RULE_data)->text, "found what no worker has written");
}
END_TEST

START_TEST(read_beyond_the_limit_is_a_violation)
{
	open_device(0, 2, 10, 0);
	bind_part(0, 2, 10, 100, 0, 8 * KIB, 0);
	read_blocks(0, 2, 10, 8 * KIB, 0, 0, 16);
	assert_says(assert_broken(RULE_data)->text, "should have ended the read at the end of the device");
}
END_TEST

START_TEST(read_up_to_the_limit_is_sound)
{
	open_device(0, 2, 10, 0);
	bind_part(0, 2, 10, 100, 0, 12 * KIB, 0);
	read_blocks(0, 2, 10, 8 * KIB, 0, 0, 16);
	assert_sound(RULE_data);
}
END_TEST

/* A bind of another file that overlaps the read: either may be seen. */
START_TEST(binds_that_race_with_a_read_are_all_possible)
{
	struct history_call call;

	begin();
	simple(0, RECORDER_CALL_clr_fd, 2, 10);
	call = next_call(1, RECORDER_CALL_set_fd, 2, 20);
	call.dev = 25;
	call.inode = 101;
	call.return_ns = now_ns + 500;
	add(call);
	read_blocks(0, 2, 10, 8 * KIB, 0, 0, 16);
	read_blocks(0, 2, 10, 8 * KIB, 1, 0, 16);
	assert_sound(RULE_data);
}
END_TEST

static void change_and_read(unsigned int major)
{
	struct history_call call;

	fixture.evidence.kernel.major = major;
	begin();
	read_blocks(0, 2, 10, 8 * KIB, 0, 0, 16);
	call = next_call(0, RECORDER_CALL_change_fd, 2, 10);
	call.dev = 25;
	call.inode = OTHER_INODE;
	add(call);
	read_blocks(0, 2, 10, 8 * KIB, 0, 0, 16);
}

START_TEST(old_file_after_change_fd_is_a_violation)
{
	change_and_read(6);
	assert_says(assert_broken(RULE_data)->text, "What it read is block 16 of other");
}
END_TEST

START_TEST(old_kernels_keep_the_cache_at_change_fd)
{
	change_and_read(5);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(old_offset_after_set_status_is_a_violation)
{
	struct history_call call;

	begin();
	call = next_call(0, RECORDER_CALL_set_status, 2, 10);
	call.is_extended = true;
	call.offset = 64 * KIB;
	add(call);
	read_blocks(0, 2, 10, 8 * KIB, 0, 0, 16);
	assert_says(assert_broken(RULE_data)->text, "What it read is block 144 of worker0");
}
END_TEST

START_TEST(old_file_under_a_new_binding_is_a_violation)
{
	begin();
	simple(0, RECORDER_CALL_clr_fd, 2, 10);
	bind_file(0, 2, 10, OTHER_INODE);
	read_blocks(0, 2, 10, 8 * KIB, 0, 0, 16);
	assert_broken(RULE_data);
}
END_TEST

START_TEST(mapping_may_show_its_own_binding)
{
	struct history_call call;

	begin();
	add(io(0, RECORDER_CALL_map, 2, 10, 0, 16 * KIB));
	simple(0, RECORDER_CALL_clr_fd, 2, 10);
	bind_file(0, 2, 10, OTHER_INODE);
	call = read_call(0, 2, 10, 8 * KIB, 0, 0, 16);
	call.call = RECORDER_CALL_load;
	add(call);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(partition_shows_its_part_of_the_file)
{
	bind_file(0, 2, 10, OTHER_INODE);
	open_device(0, 2, 11, 1);
	struct history_call call = read_call(0, 2, 11, 8 * KIB, 1024, 0, 144);

	call.partition = 1;
	add(call);
	assert_sound(RULE_data);
}
END_TEST

START_TEST(partition_that_shows_another_part_is_a_violation)
{
	bind_file(0, 2, 10, OTHER_INODE);
	open_device(0, 2, 11, 1);
	struct history_call call = read_call(0, 2, 11, 8 * KIB, 1024, 0, 16);

	call.partition = 1;
	add(call);
	assert_broken(RULE_data);
}
END_TEST

START_TEST(file_that_is_none_of_ours_says_nothing)
{
	open_device(0, 2, 10, 0);
	bind_file(0, 2, 10, 999);
	read_blocks(0, 2, 10, 8 * KIB, 3, 0, 16);
	assert_sound(RULE_data);
}
END_TEST

/* --- isolation --- */

/* Worker 1 has a descriptor open while worker 0's binding goes and another comes; it sees @owner's block. */
static void outlive(uint8_t partition, bool opens_before, uint32_t owner)
{
	struct history_call call;

	begin();
	if (opens_before)
		open_device(1, 2, 20, partition);
	simple(0, RECORDER_CALL_clr_fd, 2, 10);
	if (!opens_before)
		open_device(1, 2, 20, partition);
	simple(0, RECORDER_CALL_close, 2, 10);
	open_device(2, 2, 30, 0);
	bind_file(2, 2, 30, 102);
	call = read_call(1, 2, 20, 8 * KIB, owner, 0, 16);
	call.partition = partition;
	add(call);
}

START_TEST(descriptor_that_shows_the_next_bindings_data_is_a_violation)
{
	const struct finding *finding;

	outlive(0, true, 2);
	finding = assert_broken(RULE_isolation);
	assert_says(finding->text, "worker 1 opened loop2");
	assert_says(finding->text, "under the binding of worker0 that worker 0 made");
	assert_says(finding->text, "block 16 of worker2, which belongs to the binding of worker2 that worker 2 made");
	ck_assert_uint_ge(finding->call_count, 4);
}
END_TEST

START_TEST(partition_that_shows_the_next_bindings_data_is_a_violation)
{
	outlive(1, true, 2);
	assert_says(assert_broken(RULE_isolation)->text, "worker 1 opened partition 1 of loop2");
}
END_TEST

START_TEST(descriptor_that_shows_its_own_binding_is_sound)
{
	outlive(0, true, 0);
	assert_sound(RULE_isolation);
}
END_TEST

START_TEST(descriptor_that_was_opened_after_the_release_is_no_proof)
{
	outlive(0, false, 2);
	assert_sound(RULE_isolation);
}
END_TEST

START_TEST(descriptor_that_binds_anew_sees_what_it_bound)
{
	begin();
	simple(0, RECORDER_CALL_clr_fd, 2, 10);
	simple(0, RECORDER_CALL_close, 2, 10);
	open_device(1, 2, 20, 0);
	bind_file(1, 2, 20, 101);
	read_blocks(1, 2, 20, 8 * KIB, 1, 0, 16);
	assert_sound(RULE_isolation);
}
END_TEST

START_TEST(descriptor_that_let_go_itself_may_see_the_next_binding)
{
	begin();
	open_device(1, 2, 20, 0);
	simple(0, RECORDER_CALL_close, 2, 10);
	simple(1, RECORDER_CALL_clr_fd, 2, 20);
	open_device(2, 2, 30, 0);
	bind_file(2, 2, 30, 102);
	read_blocks(1, 2, 20, 8 * KIB, 2, 0, 16);
	assert_sound(RULE_isolation);
}
END_TEST

START_TEST(mapping_that_shows_the_next_bindings_data_is_a_violation)
{
	struct history_call call;

	begin();
	add(io(0, RECORDER_CALL_map, 2, 10, 0, 16 * KIB));
	simple(0, RECORDER_CALL_clr_fd, 2, 10);
	bind_file(0, 2, 10, OTHER_INODE);
	call = read_call(0, 2, 10, 8 * KIB, 1024, 0, 16);
	call.call = RECORDER_CALL_load;
	add(call);
	assert_says(assert_broken(RULE_isolation)->text, "worker 0 mapped loop2");
}
END_TEST

/* --- read_only --- */

static void begin_read_only(void)
{
	open_device(0, 2, 10, 0);
	bind_part(0, 2, 10, 100, 0, 0, LO_FLAGS_READ_ONLY);
}

START_TEST(write_to_a_read_only_device_is_a_violation)
{
	const struct finding *finding;

	begin_read_only();
	write_blocks(0, 2, 10, 8 * KIB, 1);
	finding = assert_broken(RULE_read_only);
	assert_says(finding->text, "loop2 was bound read-only to worker0 by worker 0");
	assert_says(finding->text, "should have refused it with EPERM");
	ck_assert_uint_eq(finding->call_count, 2);
}
END_TEST

START_TEST(refused_write_to_a_read_only_device_is_sound)
{
	struct history_call call;

	begin_read_only();
	call = write_call(0, 2, 10, 8 * KIB, 1);
	call.result = -EPERM;
	add(call);
	discard(0, 2, 10, 8 * KIB, 4 * KIB, -EPERM);
	read_blocks(0, -1, 30, 8 * KIB, 0, 0, 16);
	assert_sound(RULE_read_only);
}
END_TEST

START_TEST(write_to_the_next_binding_of_a_device_that_was_read_only_is_sound)
{
	begin_read_only();
	simple(0, RECORDER_CALL_clr_fd, 2, 10);
	simple(0, RECORDER_CALL_close, 2, 10);
	begin();
	write_blocks(0, 2, 10, 8 * KIB, 1);
	assert_sound(RULE_read_only);
}
END_TEST

START_TEST(device_that_reports_read_only_is_read_only)
{
	struct history_call call;

	begin();
	call = next_call(0, RECORDER_CALL_get_status, 2, 10);
	call.detail = LO_FLAGS_READ_ONLY;
	add(call);
	write_blocks(0, 2, 10, 8 * KIB, 1);
	assert_broken(RULE_read_only);
}
END_TEST

START_TEST(refused_write_that_reached_the_file_is_a_violation)
{
	struct history_call call;

	begin_read_only();
	call = write_call(0, 2, 10, 8 * KIB, 1);
	call.result = -EPERM;
	add(call);
	read_blocks(0, -1, 30, 8 * KIB, 0, FIRST, 16);
	assert_says(assert_broken(RULE_read_only)->text, "from the backing file");
}
END_TEST

START_TEST(store_into_a_mapping_of_a_read_only_device_may_stay_in_its_cache)
{
	struct history_call call;

	begin_read_only();
	call = write_call(0, 2, 10, 8 * KIB, 1);
	call.call = RECORDER_CALL_store;
	call.result = 0;
	add(call);
	read_blocks(0, 2, 10, 8 * KIB, 0, FIRST, 16);
	assert_sound(RULE_read_only);
}
END_TEST

Suite *test_suite(void);
Suite *test_suite(void)
{
	Suite *suite = suite_create("rule-data");
	TCase *data = tcase_create("data");
	TCase *isolation = tcase_create("isolation");
	TCase *read_only = tcase_create("read_only");

	tcase_add_checked_fixture(data, setup, judge_fixture_teardown);
	tcase_add_test(data, history_without_data_is_no_evidence);
	tcase_add_test(data, what_was_written_is_read);
	tcase_add_test(data, block_of_another_owner_is_a_violation_that_names_him);
	tcase_add_test(data, first_content_of_another_file_is_a_violation);
	tcase_add_test(data, further_blocks_of_a_read_are_judged_like_the_first);
	tcase_add_test(data, block_at_another_sector_is_a_violation);
	tcase_add_test(data, offset_moves_what_a_device_shows);
	tcase_add_test(data, offset_that_is_ignored_is_a_violation);
	tcase_add_test(data, overwritten_block_is_a_violation);
	tcase_add_test(data, write_that_was_not_over_when_the_read_began_may_be_missing);
	tcase_add_test(data, writes_that_overlap_may_come_in_any_order);
	tcase_add_test(data, either_of_two_writes_that_overlapped_may_have_stayed);
	tcase_add_test(data, block_that_an_earlier_binding_wrote_may_be_out_of_date);
	tcase_add_test(data, failed_write_to_a_file_may_have_written_nothing);
	tcase_add_test(data, write_of_half_a_block_leaves_the_rest);
	tcase_add_test(data, failed_write_may_have_written_or_not);
	tcase_add_test(data, block_that_nobody_wrote_is_a_violation);
	tcase_add_test(data, flushed_block_that_the_file_does_not_have_is_a_violation);
	tcase_add_test(data, block_that_was_not_flushed_need_not_be_in_the_file);
	tcase_add_test(data, flush_that_began_before_the_write_was_over_says_nothing);
	tcase_add_test(data, last_close_flushes);
	tcase_add_test(data, close_that_is_not_the_last_does_not_flush);
	tcase_add_test(data, what_was_not_flushed_before_the_release_may_be_lost);
	tcase_add_test(data, device_that_was_bound_before_may_have_cached_the_old_block);
	tcase_add_test(data, direct_read_knows_no_cache);
	tcase_add_test(data, old_page_may_have_been_written_back_beside_a_new_block);
	tcase_add_test(data, zeros_that_nobody_made_are_a_violation);
	tcase_add_test(data, sparse_file_begins_with_zeros);
	tcase_add_test(data, zeros_where_a_write_was_are_a_violation);
	tcase_add_test(data, discarded_block_reads_as_zeros);
	tcase_add_test(data, discard_that_did_nothing_is_a_violation);
	tcase_add_test(data, discard_that_failed_or_missed_the_block_changes_nothing);
	tcase_add_test(data, torn_block_without_two_writes_is_a_violation);
	tcase_add_test(data, block_may_be_torn_while_it_is_written);
	tcase_add_test(data, partition_table_is_nobodys);
	tcase_add_test(data, what_no_worker_has_written_is_a_violation);
	tcase_add_test(data, read_beyond_the_limit_is_a_violation);
	tcase_add_test(data, read_up_to_the_limit_is_sound);
	tcase_add_test(data, binds_that_race_with_a_read_are_all_possible);
	tcase_add_test(data, old_file_after_change_fd_is_a_violation);
	tcase_add_test(data, old_kernels_keep_the_cache_at_change_fd);
	tcase_add_test(data, old_offset_after_set_status_is_a_violation);
	tcase_add_test(data, old_file_under_a_new_binding_is_a_violation);
	tcase_add_test(data, mapping_may_show_its_own_binding);
	tcase_add_test(data, partition_shows_its_part_of_the_file);
	tcase_add_test(data, partition_that_shows_another_part_is_a_violation);
	tcase_add_test(data, file_that_is_none_of_ours_says_nothing);
	suite_add_tcase(suite, data);
	tcase_add_checked_fixture(isolation, setup, judge_fixture_teardown);
	tcase_add_test(isolation, descriptor_that_shows_the_next_bindings_data_is_a_violation);
	tcase_add_test(isolation, partition_that_shows_the_next_bindings_data_is_a_violation);
	tcase_add_test(isolation, descriptor_that_shows_its_own_binding_is_sound);
	tcase_add_test(isolation, descriptor_that_was_opened_after_the_release_is_no_proof);
	tcase_add_test(isolation, descriptor_that_binds_anew_sees_what_it_bound);
	tcase_add_test(isolation, descriptor_that_let_go_itself_may_see_the_next_binding);
	tcase_add_test(isolation, mapping_that_shows_the_next_bindings_data_is_a_violation);
	suite_add_tcase(suite, isolation);
	tcase_add_checked_fixture(read_only, setup, judge_fixture_teardown);
	tcase_add_test(read_only, write_to_a_read_only_device_is_a_violation);
	tcase_add_test(read_only, refused_write_to_a_read_only_device_is_sound);
	tcase_add_test(read_only, write_to_the_next_binding_of_a_device_that_was_read_only_is_sound);
	tcase_add_test(read_only, device_that_reports_read_only_is_read_only);
	tcase_add_test(read_only, refused_write_that_reached_the_file_is_a_violation);
	tcase_add_test(read_only, store_into_a_mapping_of_a_read_only_device_may_stay_in_its_cache);
	suite_add_tcase(suite, read_only);
	return suite;
}
