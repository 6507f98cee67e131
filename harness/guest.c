/* SPDX-License-Identifier: Apache-2.0 */
/*
 * looprace-guest: PID 1 of the virtual machine.
 *
 * It learns its cell first, and only then touches the device that is the flight recorder, so that a booted machine can
 * be saved and cloned (facts: a clone cannot be loaded when that BAR was enabled before).  The start marker goes into
 * the kernel log before the loop driver is loaded, so that a crash while loading counts.  Whatever goes wrong is noted
 * in the recorder; without a recorder there is only the kernel log.
 */
#include "harness/cell_spec.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "harness/engine/engine.h"
#include "harness/engine/resources.h"
#include "harness/guest_faults.h"
#include "harness/recorder/markers.h"
#include "vm/guest_platform.h"

/* A file system of its own: that it can be unmounted in the end shows that no backing file is held any more. */
#define BACKING_DIR "/run/looprace-backing"
#define EXT4_LIST   "/modules/order.ext4"

/* Warnings and worse reach the slow serial port; the driver's line at every attach (level info) does not. */
#define CONSOLE_LEVEL 5

static void note_kernel(struct recorder *recorder)
{
	struct utsname kernel;

	uname(&kernel);
	recorder_note(recorder, "kernel release=%s version=%s", kernel.release, kernel.version);
	recorder_note(recorder, "loop driver=%s",
		      access("/sys/module/loop/initstate", F_OK) == 0 ? "module"
		      : access("/dev/loop-control", F_OK) == 0	      ? "builtin"
								      : "missing");
}

/* With what the loop driver has added; a stock kernel with its own driver has none. */
static void note_taint(struct recorder *recorder)
{
	uint64_t flags;

	if (guest_taint(&flags) == 0)
		recorder_note(recorder, "taint flags=%" PRIu64, flags);
}

static int load_modules(struct recorder *recorder, const char *list)
{
	char failed[64] = "";
	int r = guest_load_modules(list, failed, sizeof(failed));

	if (r < 0)
		recorder_note(recorder, "broken what=loading %s: %s", failed, strerror(-r));
	return r;
}

static int load_driver(struct recorder *recorder, const struct scenario *scenario)
{
	int r = load_modules(recorder, "order");

	/* Modules of the file system come only with a kernel that has it not built in, and cost time. */
	if (r == 0 && (engine_needs(scenario) & 1u << NEED_ext4) && access(EXT4_LIST, F_OK) == 0)
		r = load_modules(recorder, "order.ext4");
	return r;
}

static void remove_driver(struct recorder *recorder)
{
	int r;

	if (access("/sys/module/loop/initstate", F_OK) < 0)
		return;
	r = guest_remove_module("loop");
	recorder_note(recorder, "rmmod error=%d", -r);
}

/* Everything is released and closed by now, and close() does not return before what it released is gone. */
static void unmount_backing(struct recorder *recorder)
{
	recorder_note(recorder, "unmount error=%d", umount2(BACKING_DIR, 0) < 0 ? errno : 0);
}

static int run_engine(const struct engine_config *config)
{
	struct recorder *recorder = config->recorder;
	int r = guest_mount_tmpfs(BACKING_DIR);

	if (r < 0) {
		recorder_note(recorder, "broken what=mounting %s: %s", BACKING_DIR, strerror(-r));
		return r;
	}
	r = engine_run(config);
	recorder_note(recorder, "memory harness_kib=%llu", (unsigned long long)guest_memory_kib());
	/* After a stuck call the driver is in use, and the broken run has nothing to tell about its removal. */
	if (r < 0)
		return r;
	unmount_backing(recorder);
	remove_driver(recorder);
	return 0;
}

static int run_scenario(struct recorder *recorder, const struct scenario *scenario, uint64_t seed,
			const struct resources *before)
{
	const char *need;
	struct engine_config config = {
		.scenario = scenario,
		.recorder = recorder,
		.seed = seed,
		.backing_dir = BACKING_DIR,
		.is_virtual_machine = true,
		.plant_fault = guest_plant_fault,
		.insert_module = guest_insert_module,
	};
	struct resources after;
	int r;

	/* Where there is none, the need is not met. */
	if (engine_needs(scenario) & 1u << NEED_fault_injection)
		guest_mount_debugfs();
	need = engine_missing_need(scenario);
	if (need) {
		recorder_note(recorder, "skip need=%s", need);
		return 0;
	}
	r = run_engine(&config);
	if (r == 0) {
		resources_count(&after);
		resources_note(recorder, before, &after, access("/dev/loop-control", F_OK) == 0);
	}
	return r;
}

/* Return: 0 when the trailer may be written. */
static int run_cell(struct recorder *recorder)
{
	const struct recorder_header *header = recorder->header;
	struct scenario_error error;
	struct resources before;
	struct scenario *scenario;
	uint64_t seed;
	int r = cell_spec_parse((const char *)header + header->spec_offset, header->spec_bytes, &scenario, &seed,
				&error);

	if (r < 0) {
		recorder_note(recorder, "broken what=%s", error.text);
		return 0;
	}
	guest_kmsg(LOOPRACE_START_MARKER);
	recorder_set_phase(recorder, RECORDER_PHASE_setup);
	resources_count(&before);
	r = load_driver(recorder, scenario);
	note_kernel(recorder);
	note_taint(recorder);
	if (r == 0)
		r = run_scenario(recorder, scenario, seed, &before);
	scenario_free(scenario);
	guest_kmsg(LOOPRACE_END_MARKER);
	/* A thread that is stuck may still write; the host sees that the trailer is missing and reads the notes. */
	return r == -ETIMEDOUT ? r : 0;
}

static void give_up(const char *what, int r)
{
	char line[160];

	snprintf(line, sizeof(line), "looprace: guest: %s: %s", what, strerror(-r));
	guest_kmsg(line);
	guest_power_off();
}

int main(void)
{
	struct recorder recorder;
	char cell[SCENARIO_NAME_BYTES];
	void *memory;
	size_t bytes;
	int r = guest_early_mounts();

	if (r < 0)
		give_up("mounts", r);
	guest_set_console_level(CONSOLE_LEVEL);
	r = guest_read_cell(cell, sizeof(cell));
	if (r < 0)
		give_up("cell", r);
	r = guest_map_recorder(&memory, &bytes);
	if (r < 0)
		give_up("recorder", r);
	r = recorder_open(memory, bytes, &recorder);
	if (r < 0)
		give_up("recorder", r);
	recorder_set_phase(&recorder, RECORDER_PHASE_boot);
	if (run_cell(&recorder) == 0)
		recorder_finish(&recorder);
	guest_power_off();
	return 1;
}
