/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The evidence of one cell (one scenario on one kernel) as files, there and back.
 *
 *	scenario	its exact text
 *	run.json	kernel, emulator, seed, limits, machine, how it ended
 *	state.json	what the guest found at its end: devices left over or lost, stuck calls, what is still in use
 *	history.bin	the flight recorder without its unused room; may be missing
 *	console.log	the kernel log; may be missing
 *
 * It holds no opinion: verdict.json, written beside it by reports.h, can be made anew from these five.
 * What is loaded is believed as little as what a crashed guest wrote.
 */
#pragma once

#include "harness/judge/judge.h"
#include "harness/report/files.h"

/* All strings are the record's own (malloc); NULL where unknown, null in JSON. */
struct cell_kernel {
	char *release;	    /* 6.1.0-56-cloud-amd64 */
	char *version;	    /* "#1 SMP ...", the guest's word */
	char *source;	    /* what the user asked for: path or series, resolved to a path */
	char *image_sha256; /* hexadecimal */
	char *boot;	    /* pvh, bzimage, or here */
	char *loop_driver;  /* module, builtin, missing */
	char *loop_sha256;  /* of loop.ko */
	char *taint;	    /* before the race, the loop driver loaded: letters such as "OE", or "" */
	char *instrumented; /* options that make it slow: "KASAN PROVE_LOCKING", or NULL where none is known */
};

struct cell_qemu {
	char *version;
	char *accel; /* kvm or tcg: what was used */
	char *accel_requested;
	char *accel_reason;
	char *workarounds;
	char *argv; /* one line, quoted for a shell */
};

/* The fixed limits of a kernel that is slow by a multiple are so many times as long. */
#define CELL_SLOW_LIMIT_FACTOR 4

struct cell_limits {
	uint64_t boot_ns;
	uint64_t run_ns;
	uint64_t silence_ns;
	uint64_t shutdown_ns;
	uint64_t console_bytes;
};

struct cell_record {
	/* --- run.json --- */
	char *looprace_version;
	char *scenario; /* its name */
	struct cell_kernel kernel;
	bool has_qemu; /* false: --here, or a model; qemu is null in JSON */
	struct cell_qemu qemu;
	uint64_t seed;
	unsigned int repeat_number; /* from 1: which of the runs of this scenario on this kernel */
	unsigned int worker_count; /* as run, after --workers */
	uint64_t duration_ns;	   /* as run, after --duration; 0: by rounds */
	unsigned int cpu_count;
	unsigned int memory_mib;
	unsigned int device_count;
	struct cell_limits limits;
	char *host_system; /* uname: system, release, machine */
	unsigned int host_cpu_count;
	char *command_line; /* repeats this cell */
	char *started_at;   /* RFC 3339, UTC */
	uint64_t start_ns;  /* start line by the guest's clock; the times of a proof count from it; 0: not reached */
	uint64_t boot_ns;
	uint64_t total_ns;
	enum ending ending;
	char *ending_detail;
	int exit_status; /* as waitpid() gives it */
	bool is_interrupted;
	/* --- state.json --- */
	char *skip_reason;   /* the need that is missing */
	char *broken_reason; /* the guest's words or the runner's */
	bool has_module;     /* removal of the loop module was tried */
	int module_remove_error;
	uint64_t harness_memory_kib; /* of the guest; 0: not said */
	unsigned int leftover_count;
	struct leftover *leftovers;
	unsigned int stuck_count;
	struct stuck_call *stucks; /* each stack is the record's own */
	bool has_unmount;	   /* unmounting the file system of the backing files was tried */
	int unmount_error;
	unsigned int resource_count;
	struct resource *resources; /* each name is the record's own */
	bool has_checked_devices;
	unsigned int checked_device_count;
	unsigned int lost_device_count;
	struct lost_device *lost_devices; /* each state and what is the record's own */
	unsigned int ignored_note_count; /* lines of the notes that were not understood */
};
#define CELL_RECORD_NULL ((struct cell_record){ .repeat_number = 1, .ending = ENDING_not_started })

/* More than these are counted as ignored notes: a guest that runs wild must not fill our memory. */
#define CELL_LEFTOVER_COUNT_MAX 4096
#define CELL_STUCK_COUNT_MAX 1024
#define CELL_RESOURCE_COUNT_MAX 256
#define CELL_LOST_DEVICE_COUNT_MAX 4096
#define CELL_STACK_BYTES_MAX 16384

/**
 * cell_record_set() - give a string of the record a value
 * @field:	such as &record.host_system; an old value is freed
 * @text:	copied; NULL clears the field
 *
 * Return: 0 or -ENOMEM.
 */
int cell_record_set(char **field, const char *text);

/**
 * cell_record_apply_kernel_info() - take over kernel.info of vm/prepare-kernel
 * @record:	its kernel is filled in
 * @text:	key=value lines; unknown keys are ignored
 * @text_bytes:	its length
 *
 * Return: 0 or -ENOMEM.
 */
int cell_record_apply_kernel_info(struct cell_record *record, const char *text, size_t text_bytes);

/**
 * cell_record_apply_boot_info() - take over what vm/boot --info wrote
 * @record:	its qemu is filled in, has_qemu is set
 * @text:	key=value lines; unknown keys are ignored
 * @text_bytes:	its length
 *
 * Return: 0 or -ENOMEM.
 */
int cell_record_apply_boot_info(struct cell_record *record, const char *text, size_t text_bytes);

/**
 * cell_record_apply_notes() - take over what the guest wrote into the recorder
 * @record:	kernel, skip and broken reasons, left-overs, lost devices, resources, stuck calls, unmounting and module
 *		removal are filled in
 * @notes:	lines "word key=value ..."; anything at all may stand there
 * @notes_bytes: its length
 *
 * The stack lines of a worker are joined with newlines.  Lines that are not understood are counted.
 *
 * Return: 0 or -ENOMEM.
 */
int cell_record_apply_notes(struct cell_record *record, const char *notes, size_t notes_bytes);

/**
 * cell_record_apply_history() - take over what the flight recorder holds beside the calls
 * @record:	its start_ns is filled in, and what cell_record_apply_notes() fills in
 * @history:	an open history
 *
 * Return: 0 or -ENOMEM.
 */
int cell_record_apply_history(struct cell_record *record, const struct history *history);

/**
 * cell_record_fini() - end a record
 * @record:	CELL_RECORD_NULL afterwards
 */
void cell_record_fini(struct cell_record *record);

/**
 * cell_write_scenario() - write the file `scenario`
 * @directory:	the cell's folder
 * @text:	exact text
 * @text_bytes:	its length
 * @ret_error:	one line that names the file; written only on failure
 *
 * Return: 0 or -errno.
 */
int cell_write_scenario(const char *directory, const char *text, size_t text_bytes, struct report_error *ret_error);

/**
 * cell_write() - write run.json and state.json
 * @directory:	the cell's folder
 * @record:	what they say
 * @ret_error:	one line that names the file; written only on failure
 *
 * Return: 0 or -errno.
 */
int cell_write(const char *directory, const struct cell_record *record, struct report_error *ret_error);

/**
 * cell_write_history() - write history.bin
 * @directory:	the cell's folder
 * @history:	an open history
 * @ret_error:	one line that names the file; written only on failure
 *
 * Return: 0 or -errno; after -ENOSPC there is no half file.
 */
int cell_write_history(const char *directory, const struct history *history, struct report_error *ret_error);

/**
 * cell_kernel_version() - which kernel ran
 * @record:	as far as it is filled in
 *
 * Return: by its release and its version; 0.0 when they are not those of a Linux kernel.
 */
struct kernel_version cell_kernel_version(const struct cell_record *record);

/**
 * cell_evidence() - what the judge needs, from parts that the caller has
 * @record:	borrowed by the outcome
 * @scenario:	borrowed
 * @history:	borrowed; NULL: there is none
 * @console:	borrowed; NULL: there is none
 * @console_bytes: its length
 * @ret_evidence: always written
 */
void cell_evidence(const struct cell_record *record, const struct scenario *scenario, const struct history *history,
		   const char *console, size_t console_bytes, struct evidence *ret_evidence);

/**
 * cell_read_record() - read run.json and state.json
 * @directory:	the cell's folder
 * @record:	CELL_RECORD_NULL; on failure partly filled: end it
 * @ret_error:	one line that names the file at fault; written only on failure
 *
 * Return: 0, -ENOENT when one is missing, -EINVAL when one is not what it should be, or another -errno.
 */
int cell_read_record(const char *directory, struct cell_record *record, struct report_error *ret_error);

/* A cell read back from its folder. */
struct cell {
	struct cell_record record;
	struct scenario *scenario; /* with the worker count and the duration that really ran */
	char *scenario_text;
	size_t scenario_bytes;
	void *history_memory; /* mapping */
	size_t history_bytes;
	bool has_history;
	struct history history;
	char *console;
	size_t console_bytes;
	struct evidence evidence; /* points into the above */
};

/**
 * cell_load() - read a cell's folder
 * @directory:	the cell's folder
 * @ret_cell:	end it with cell_free(); written only on success
 * @ret_error:	one line that names the file at fault; written only on failure
 *
 * history.bin and console.log may be missing; the judge says what that means.
 *
 * Return: 0, -ENOENT when a needed file is missing, -EINVAL or -EPROTO when one is not what it should be, or another
 * -errno.
 */
int cell_load(const char *directory, struct cell **ret_cell, struct report_error *ret_error);

/**
 * cell_free() - end a loaded cell
 * @cell:	may be NULL
 *
 * Return: NULL.
 */
struct cell *cell_free(struct cell *cell);
