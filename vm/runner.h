/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runner: start one guest by vm/boot, watch it through the flight recorder, and end it, whatever happens.
 * It never leaves a QEMU behind: the child asks the kernel to be killed with its parent, before it becomes vm/boot.
 */
#pragma once

#include "harness/recorder/ending.h"
#include "harness/recorder/recorder.h"

#include <stdbool.h>
#include <stdint.h>

struct vm_request {
	const char *boot_script;    /* path of vm/boot */
	const char *kernel_dir;	    /* what vm/prepare-kernel made */
	const char *initramfs;	    /* what vm/make-initramfs made */
	const char *recorder_file;  /* formatted; shared with the guest */
	struct recorder_header *header; /* the host's mapping of it */
	const char *console_file;   /* kernel log, written by QEMU */
	const char *error_file;	    /* standard error of vm/boot and QEMU */
	const char *info_file;	    /* key=value lines written by vm/boot: accel, accel_reason, qemu_version, workarounds, argv */
	const char *accel;	    /* auto, kvm or tcg; NULL: auto */
	const char *cell;	    /* word that the guest reads first, through fw_cfg */
	unsigned int cpu_count;
	unsigned int memory_mib;
	unsigned int device_count;  /* loop.max_loop on the kernel command line; 0: the kernel's default */
	/* Limits; 0: none. */
	uint64_t boot_limit_ns;	    /* from start to phase setup */
	uint64_t run_limit_ns;	    /* from phase setup to the trailer */
	uint64_t silence_limit_ns;  /* longest time without a heartbeat */
	uint64_t shutdown_limit_ns; /* from the trailer to the end of QEMU */
	uint64_t console_bytes_max; /* of the console file, and of the error file */
	/* Asked often; true: the user wants to stop.  The guest is asked to end, then, after a grace time, killed. */
	bool (*wants_stop)(void *context);
	/* Called about ten times a second while the guest runs; may be NULL. */
	void (*progress)(void *context);
	void *context;
};

struct vm_outcome {
	enum ending ending;
	char detail[256];	/* one line, such as the first line of QEMU's error */
	int exit_status;	/* as waitpid() gives it */
	uint64_t boot_ns;	/* host clock: from fork to phase setup; 0: never */
	uint64_t total_ns;	/* from fork to the end of QEMU */
};

/**
 * vm_run() - run one guest from start to end
 * @request:	what to run, and its limits
 * @ret_outcome: always written
 *
 * The guest is killed when the calling thread dies.  Time in which the runner itself did not run, such as a suspended
 * host's, counts for no limit.
 *
 * Return: 0 when vm/boot ran in any way (the ending says how, and is not_started when it or QEMU refused), or -errno
 * when it could not even be executed; then the ending is not_started and the detail names the file.  No process is left
 * in either case.
 */
int vm_run(const struct vm_request *request, struct vm_outcome *ret_outcome);
