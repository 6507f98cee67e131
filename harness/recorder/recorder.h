/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flight recorder: one memory file that host and guest share, and the only channel between them.
 *
 *	+--------+-------+----------+-------+--------------+--------------+-----+----------------+
 *	| header | table | cell     | notes | area 0       | area 1       | ... | last area:     |
 *	| 4 KiB  | of    | spec     | text  | records of   | records of   |     | uevents, where |
 *	|        | areas | (host)   |(guest)| worker 0     | worker 1     |     | somebody hears |
 *	+--------+-------+----------+-------+--------------+--------------+-----+----------------+
 *
 * The host formats the file and writes the cell's specification before the guest runs.  The guest appends; the host may
 * read at any moment, also after the guest died.  In a virtual machine the file is an ivshmem BAR, outside of one an
 * ordinary mapped file.  Everything is little-endian, every offset counts bytes from the start of the file.
 *
 * A worker writes only into its own area.  It fills slot `count` when a call begins, so that a call which never returns
 * is seen, completes it when the call returns, and then publishes it by a release store of `count`.  Slots from `count`
 * on are zero but for that one.  A record has two halves; the second one is zero, and no part of the area's checksum,
 * unless the record says that it is extended.  A run is complete when the trailer is there and its checksum fits.
 *
 * The guest may have mapped the file write-combining (sysfs `resource2_wc`): reading it back is slow, and stores may
 * become visible out of order until an sfence.  So a worker keeps the record it is busy with in private memory, and only
 * ever stores to the file.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORDER_MAGIC 0x45434152504f4f4cULL /* "LOOPRACE" */
#define RECORDER_TRAILER_MAGIC 0x444e452d45434152ULL /* "RACE-END" */
#define RECORDER_VERSION 2
#define RECORDER_HEADER_BYTES 4096
#define RECORDER_RECORD_BYTES 128
#define RECORDER_RECORD_SHORT_BYTES 64
#define RECORDER_AREA_COUNT_MAX 1025 /* 1024 workers and the listener */
#define RECORDER_FILE_BYTES_MIN (1u << 20)
#define RECORDER_NOTES_BYTES (256u << 10)

/*
 * What a record is about.  X(name, text in proofs).  ATTACH and DETACH span a whole looprace_attach() or
 * looprace_detach(); all others are one system call, or one pause.
 */
#define RECORDER_CALLS(X)                                                                                              \
	X(none, "-")												       \
	X(get_free, "LOOP_CTL_GET_FREE")									       \
	X(add, "LOOP_CTL_ADD")											       \
	X(remove, "LOOP_CTL_REMOVE")										       \
	X(open, "open")												       \
	X(close, "close")											       \
	X(dup, "dup")												       \
	X(set_fd, "LOOP_SET_FD")										       \
	X(configure, "LOOP_CONFIGURE")										       \
	X(clr_fd, "LOOP_CLR_FD")										       \
	X(change_fd, "LOOP_CHANGE_FD")										       \
	X(set_status, "LOOP_SET_STATUS64")									       \
	X(set_status_old, "LOOP_SET_STATUS")									       \
	X(get_status, "LOOP_GET_STATUS64")									       \
	X(get_status_old, "LOOP_GET_STATUS")									       \
	X(set_capacity, "LOOP_SET_CAPACITY")									       \
	X(set_block_size, "LOOP_SET_BLOCK_SIZE")								       \
	X(set_direct_io, "LOOP_SET_DIRECT_IO")									       \
	X(other_ioctl, "ioctl")											       \
	X(partition_add, "BLKPG_ADD_PARTITION")									       \
	X(partition_delete, "BLKPG_DEL_PARTITION")								       \
	X(partition_reread, "BLKRRPART")									       \
	X(flush_buffers, "BLKFLSBUF")										       \
	X(size, "BLKGETSIZE64")											       \
	X(block_size, "BLKSSZGET")										       \
	X(diskseq, "BLKGETDISKSEQ")										       \
	X(read_only, "BLKROGET")										       \
	X(sysfs, "read of sysfs")										       \
	X(partitions, "partitions in sysfs")									       \
	X(open_file, "open of a file")										       \
	X(close_file, "close of a file")									       \
	X(truncate, "ftruncate")										       \
	X(read, "read")												       \
	X(write, "write")											       \
	X(fsync, "fsync")											       \
	X(discard, "discard")											       \
	X(zeroout, "zeroout")											       \
	X(map, "mmap")												       \
	X(unmap, "munmap")											       \
	X(load, "load from a mapping")										       \
	X(store, "store to a mapping")										       \
	X(blocks, "more blocks")										       \
	X(mount, "mount")											       \
	X(unmount, "umount")											       \
	X(module_remove, "delete_module")									       \
	X(module_insert, "finit_module")									       \
	X(uevent, "uevent")											       \
	X(uevent_gap, "lost uevents")										       \
	X(pause, "pause")											       \
	X(after, "wait for another worker")									       \
	X(fault, "planted fault")										       \
	X(attach, "attach")											       \
	X(detach, "detach")

enum recorder_call {
#define X(name, text) RECORDER_CALL_##name,
	RECORDER_CALLS(X)
#undef X
		RECORDER_CALL_COUNT,
};

/**
 * recorder_call_text() - a call in words
 * @call:	any number
 *
 * Return: a static string; "?" for a number that is no call.
 */
const char *recorder_call_text(unsigned int call);

/* How far the guest has come. */
#define RECORDER_PHASES(X)                                                                                             \
	X(formatted, "not started")                                                                                     \
	X(boot, "the guest's init runs")                                                                                \
	X(setup, "the start marker is in the kernel log; loop driver and files are being set up")                       \
	X(run, "workers run")                                                                                           \
	X(drain, "workers are stopping")                                                                                \
	X(teardown, "left-over devices are read and released, the loop driver is removed")                              \
	X(done, "the trailer is written")

enum recorder_phase {
#define X(name, text) RECORDER_PHASE_##name,
	RECORDER_PHASES(X)
#undef X
		RECORDER_PHASE_COUNT,
};

/**
 * recorder_phase_name() - a phase in one word
 * @phase:	any number
 *
 * Return: a static string; "?" for a number that is no phase.
 */
const char *recorder_phase_name(unsigned int phase);

/**
 * recorder_phase_text() - a phase in words
 * @phase:	any number
 *
 * Return: a static string; "?" for a number that is no phase.
 */
const char *recorder_phase_text(unsigned int phase);

/*
 * One call, in two halves of a cache line each.  The second half is written only where it has something to say
 * (is_extended): a race on GET_FREE pays for one.
 */
struct recorder_record {
	_Atomic uint64_t call_ns; /* CLOCK_MONOTONIC of the guest; 0: slot unused */
	uint64_t return_ns;	  /* 0: has not returned */
	uint64_t dev;		  /* backing file: bound to (binds), reported (get_status), the file itself (open_file) */
	uint64_t inode;		  /* likewise */
	uint64_t detail;	  /* RECORDER_DETAIL_* below */
	int32_t result;		  /* what the call returned, or -errno; attach: also LOOP_ATTACH_GAVE_UP */
	int32_t device_index;	  /* N of /dev/loopN, or -1 */
	uint16_t call;		  /* enum recorder_call */
	uint16_t try_number;	  /* of the attach that it belongs to, from 1; 0 outside */
	uint32_t file;		  /* open file description on which it was made, see below; 0: none */
	uint32_t round;		  /* of the worker, from 1 */
	uint16_t line;		  /* of the scenario file; 0: none */
	uint8_t partition;	  /* of the descriptor; 0: the whole device */
	uint8_t is_extended : 1;  /* the second half holds something */
	uint8_t is_injected : 1;  /* something was made to fail inside the call, or may have been (operation inject) */
	uint8_t reserved_bits : 6;

	uint64_t offset; /* bytes: lo_offset sent or reported; where a read or a write begins; start of a partition */
	uint64_t length; /* bytes: lo_sizelimit sent or reported; of a read or a write; of a partition; new file size */
	uint64_t value;	 /* see below */
	union {
		struct { /* of everything but I/O */
			uint64_t diskseq;	 /* reported */
			uint64_t capacity_bytes; /* reported */
			uint32_t block_size;	 /* sent or reported */
			uint32_t open_flags;	 /* of open and open_file: O_*; of a compat call: 1 in call_flags */
			uint32_t call_flags;	 /* RECORDER_FLAG_* */
			uint32_t reserved0;
			uint32_t encrypt_type;	 /* sent or reported */
			uint32_t key_size;	 /* likewise, bytes: lo_encrypt_key_size */
		};
		/*
		 * Of read, load, write, store and blocks: what stood in a run of 512-byte blocks (read), or was put there
		 * (written).  A read that saw more than one run is followed by a record `blocks` for each further one.
		 */
		struct {
			uint64_t sector;	  /* in the first block's tag; the following ones count up */
			uint64_t generation;	  /* in all tags */
			uint64_t run_offset;	  /* bytes, from the start of the device or file */
			uint32_t run_block_count; /* 512-byte blocks */
			uint32_t owner;		  /* in all tags: number of the backing file that they were written for */
			uint32_t content;	  /* enum recorder_content */
			uint32_t reserved2;
		};
	};
};
_Static_assert(sizeof(struct recorder_record) == RECORDER_RECORD_BYTES, "the layout is a file format");
_Static_assert(offsetof(struct recorder_record, offset) == RECORDER_RECORD_SHORT_BYTES, "the first half");

/* What a run of blocks held. */
#define RECORDER_CONTENTS(X)                                                                                           \
	X(none, "nothing was read")                                                                                     \
	X(zeros, "zeros")                                                                                               \
	X(tags, "whole tags of one owner and generation, sectors counting up")                                          \
	X(torn, "a tag that does not fit its checksum")                                                                 \
	X(foreign, "something that no worker has written")

enum recorder_content {
#define X(name, text) RECORDER_CONTENT_##name,
	RECORDER_CONTENTS(X)
#undef X
};

/* What a uevent says; begin and end are the listener's own marks: between them it has heard everything. */
#define RECORDER_UEVENT_ACTIONS(X)                                                                                     \
	X(begin, "the listener began")                                                                                  \
	X(end, "the listener ended")                                                                                    \
	X(add, "add")                                                                                                   \
	X(remove, "remove")                                                                                             \
	X(change, "change")                                                                                             \
	X(move, "move")                                                                                                 \
	X(online, "online")                                                                                             \
	X(offline, "offline")                                                                                           \
	X(bind, "bind")                                                                                                 \
	X(unbind, "unbind")                                                                                             \
	X(other, "another action")

enum recorder_uevent_action {
#define X(name, text) RECORDER_UEVENT_##name,
	RECORDER_UEVENT_ACTIONS(X)
#undef X
		RECORDER_UEVENT_ACTION_COUNT,
};

/**
 * recorder_uevent_action_text() - a uevent's action in words
 * recorder_content_text() - a run of blocks in words
 * @action:	any number
 * @content:	any number
 *
 * Return: a static string; "?" for a number that is none.
 */
const char *recorder_uevent_action_text(uint64_t action);
const char *recorder_content_text(unsigned int content);

#define RECORDER_FLAG_COMPAT 1u	      /* made through the 32-bit entry */
#define RECORDER_FLAG_LAST_CLOSE 2u   /* close: of the last descriptor of its open file description */
#define RECORDER_FLAG_RESIZE 4u	      /* uevent: with RESIZE=1 */
#define RECORDER_FLAG_MEDIA_CHANGE 8u /* uevent: with DISK_MEDIA_CHANGE=1 */
#define RECORDER_FLAG_BAD_POINTER 16u /* the ioctl's pointer leads nowhere */

/*
 * `file` numbers open file descriptions, uniquely within the run: each open() has a new one, dup() has its original's.
 *
 * `detail`:
 *   set_fd, configure, set_status, get_status: lo_flags (sent; for get_status reported); attach: lost tries in the low
 *   32 bits, enum looprace_stage of the last failure in the high 32; pause: asked ns; uevent: SEQNUM; all that reads or
 *   changes data: 1 when the descriptor has O_DIRECT; others 0.
 *
 * `value`:
 *   add, remove: the index asked for, as int; set_block_size, set_direct_io: the argument as passed; other_ioctl: the
 *   request, with its argument in length; get_status, set_status with RECORDER_FLAG_BAD_POINTER: 1 when it was NULL;
 *   change_fd, set_fd, configure with something else than a backing file: the loop device behind it + 1, or 0; mount:
 *   MS_* flags; partition_add, partition_delete: number; partitions: bit N set when partition N is there; sysfs:
 *   autoclear, partscan, dio as bits 0 to 2, is_there as bit 3; uevent: enum recorder_uevent_action; uevent_gap: how
 *   many; after: label.
 *
 * `open_flags` of set_fd, configure and change_fd are those with which the descriptor to bind was opened.
 */

/* Group of the last area, when it is not a worker's: the uevents of loop devices, as they were received. */
#define RECORDER_GROUP_LISTENER 0xffffffffu

struct recorder_area {
	uint64_t offset;	  /* of the first record */
	uint64_t capacity_count;  /* records that fit */
	_Atomic uint64_t count;	  /* published records; written by the worker alone */
	_Atomic uint64_t attach_count; /* for the progress line: successful attaches */
	_Atomic uint64_t lost_count;   /* for the progress line: lost tries */
	uint64_t checksum;	  /* over the published records; valid when the trailer is there */
	_Atomic uint32_t is_full; /* the area was used up and the worker stopped early */
	uint32_t group;		  /* worker group in the scenario, or RECORDER_GROUP_LISTENER */
	uint64_t reserved[1];
};
_Static_assert(sizeof(struct recorder_area) == 64, "the layout is a file format");

struct recorder_header {
	uint64_t magic;
	uint32_t version;
	uint32_t header_bytes;
	uint64_t file_bytes;
	uint64_t seed;
	uint64_t spec_offset;  /* cell specification: text, written by the host */
	uint64_t spec_bytes;
	uint64_t notes_offset; /* notes: lines of text, written by the guest's supervisor */
	uint64_t notes_capacity_bytes;
	_Atomic uint64_t notes_bytes;
	uint64_t areas_offset; /* table of struct recorder_area */
	uint32_t area_count;
	_Atomic uint32_t phase;	       /* enum recorder_phase */
	_Atomic uint32_t stop_request; /* host to guest: end early, 1 */
	uint32_t reserved0;
	_Atomic uint64_t heartbeat; /* grows while the guest's supervisor lives */
	uint64_t clock_id;	    /* CLOCK_MONOTONIC */
	_Atomic uint64_t start_ns;  /* start line, guest clock */
	_Atomic uint64_t end_ns;    /* end line */
	_Atomic uint64_t trailer_magic;
	uint64_t trailer_checksum; /* over the areas' counts and checksums */
	/* Over the whole file, this field taken as 0; only in a stored file.  0: a recorder that is, or was, in use. */
	uint64_t file_checksum;
};
_Static_assert(sizeof(struct recorder_header) <= RECORDER_HEADER_BYTES, "the layout is a file format");

/* --- host: make it --- */

/**
 * recorder_size() - file size for a run
 * @worker_count: areas
 * @duration_ns: how long the workers run; 0 when unknown
 * @spec_bytes:	length of the specification
 *
 * Return: bytes, a power of two (a PCI BAR must be one), 16 MiB to 1 GiB.
 */
uint64_t recorder_size(unsigned int worker_count, uint64_t duration_ns, size_t spec_bytes);

/**
 * recorder_format() - lay out a zeroed mapping
 * @memory:	mapping of @file_bytes zero bytes
 * @file_bytes:	its size
 * @area_count:	one area for each worker, and one for the listener if there is to be one, 1 to RECORDER_AREA_COUNT_MAX
 * @seed:	the run's seed
 * @spec:	cell specification, copied
 * @spec_bytes:	its length
 *
 * Return: 0, -EINVAL for an absurd count, or -ENOSPC when the file is too small for that many areas.
 */
int recorder_format(void *memory, uint64_t file_bytes, unsigned int area_count, uint64_t seed, const char *spec,
		    size_t spec_bytes);

/**
 * recorder_format_listener() - make the last area the uevent listener's
 * @memory:	formatted with at least two areas, otherwise as it was then
 *
 * Gives it a fourth of all areas' room, because it hears of all workers' devices, and takes that evenly from the others.
 */
void recorder_format_listener(void *memory);

/* --- guest: write it --- */

struct recorder {
	struct recorder_header *header;
	struct recorder_area *areas;
};

/**
 * recorder_open() - use a formatted mapping
 * @memory:	mapping
 * @memory_bytes: its size
 * @ret_recorder: borrows @memory; written only on success
 *
 * Return: 0, or -EPROTO when it is not a recorder of this version or its header points outside.
 */
int recorder_open(void *memory, uint64_t memory_bytes, struct recorder *ret_recorder);

/**
 * recorder_note() - append a line of text for the host
 * @recorder:	an open recorder; only one thread may write notes
 * @format:	printf's; a newline is added; a line that does not fit any more is dropped
 */
void recorder_note(struct recorder *recorder, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * recorder_set_phase() - say how far the guest has come
 * @recorder:	an open recorder
 * @phase:	grows
 */
void recorder_set_phase(struct recorder *recorder, enum recorder_phase phase);

/**
 * recorder_finish() - write the trailer, when all workers have ended
 * @recorder:	an open recorder; sets phase done
 */
void recorder_finish(struct recorder *recorder);

/* One worker's pen.  Belongs to that worker's thread alone, and is the only memory that it reads. */
struct recorder_writer {
	struct recorder_record record; /* the call at hand, filled in by the caller */
	struct recorder_area *area;
	struct recorder_record *slots;
	uint64_t count;
	uint64_t capacity_count;
	uint64_t checksum;
	uint64_t attach_count;
	uint64_t lost_count;
};

/**
 * recorder_writer_init() - take a worker's pen
 * @recorder:	an open recorder
 * @worker:	area, from 0
 * @ret_writer:	the pen
 */
void recorder_writer_init(struct recorder *recorder, unsigned int worker, struct recorder_writer *ret_writer);

/**
 * recorder_writer_fini() - put the pen down, before recorder_finish()
 * @writer:	leaves its checksum in the area
 */
void recorder_writer_fini(struct recorder_writer *writer);

/**
 * recorder_begin() - a call is about to be made
 * @writer:	the worker's pen
 * @call:	which
 *
 * Return: the record to fill in, all zero but for @call, with device_index -1; it is the writer's own and holds until
 * the next recorder_begin().  NULL when the area is full (area->is_full is set; the worker should end).
 */
struct recorder_record *recorder_begin(struct recorder_writer *writer, enum recorder_call call);

/**
 * recorder_started() - the clock was read, the call follows
 * @writer:	the worker's pen, after a recorder_begin() that returned a record
 * @call_ns:	now, never 0
 *
 * Shows the record, as far as it is filled in, to whoever looks: see recorder_pending().
 */
void recorder_started(struct recorder_writer *writer, uint64_t call_ns);

/**
 * recorder_end() - the call has returned; publish it
 * @writer:	the worker's pen, after recorder_started(); its record may have been filled in further, with what the call
 *		told; the time of the call stays as it was
 * @result:	what it returned
 * @return_ns:	when
 */
void recorder_end(struct recorder_writer *writer, int32_t result, uint64_t return_ns);

/**
 * recorder_count() - add to the counts of the progress line
 * @writer:	the worker's pen
 * @attach_count: successful attaches to add
 * @lost_count:	lost tries to add
 */
void recorder_count(struct recorder_writer *writer, unsigned int attach_count, unsigned int lost_count);

/**
 * recorder_pending() - which call is a worker in right now
 * @recorder:	an open recorder; any thread may ask, as the watchdog does
 * @worker:	area, from 0
 * @ret_record:	a copy, with return_ns and result 0; written only when there is one
 *
 * Return: true when there is one.
 */
bool recorder_pending(const struct recorder *recorder, unsigned int worker, struct recorder_record *ret_record);
