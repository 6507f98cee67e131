/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is tried out when a run is over: against a driver of a few lines, sound but for one thing.  And what its parts
 * promise: a call that never returns is named, a leak is told from noise.
 */
#include "harness/engine/aftermath.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/engine/leaks.h"
#include "harness/engine/patience.h"
#include "harness/engine/supervised.h"
#include "harness/recorder/history.h"

Suite *test_suite(void);

#define FILE_BYTES   (16u << 20)
#define DEVICE_COUNT 80
#define CONTROL_FD   9000
#define SCRATCH_FD   9001
#define DEVICE_FD    100 /* + index */

enum flaw {
	FLAW_none,
	FLAW_open,	      /* of a device fails */
	FLAW_bound,	      /* a device cannot be released */
	FLAW_bind,	      /* fails */
	FLAW_other_file,      /* is reported */
	FLAW_flags_left,      /* of the binding before */
	FLAW_clear,	      /* fails */
	FLAW_stays_bound,     /* after the last close */
	FLAW_close,	      /* fails */
	FLAW_add_of_existing, /* succeeds */
	FLAW_remove,	      /* fails */
	FLAW_remove_lies,     /* says 0 */
	FLAW_add,	      /* of what was removed fails */
};

static struct driver {
	enum flaw flaw;
	bool exists[DEVICE_COUNT];
	bool is_bound[DEVICE_COUNT];
	int backing[DEVICE_COUNT]; /* descriptor */
	bool is_cleared[DEVICE_COUNT];
	unsigned int remove_count;
	unsigned int open_count;
	bool hangs;
	pthread_mutex_t hang;
} driver;

static void *memory;
static struct recorder recorder;
static struct history history;

static int driver_open(void *context, const char *path, int flags)
{
	int index;

	if (strcmp(path, "/dev/loop-control") == 0)
		return CONTROL_FD;
	ck_assert_int_eq(sscanf(path, "/dev/loop%d", &index), 1);
	driver.open_count++;
	if (driver.flaw == FLAW_open || !driver.exists[index])
		return -ENXIO;
	return DEVICE_FD + index;
}

static int driver_close(void *context, int fd)
{
	int index = fd - DEVICE_FD;

	if (fd == CONTROL_FD)
		return 0;
	if (driver.is_cleared[index] && driver.flaw != FLAW_stays_bound)
		driver.is_bound[index] = false;
	driver.is_cleared[index] = false;
	return driver.flaw == FLAW_close ? -EIO : 0;
}

static int control(unsigned long request, int index)
{
	bool did_exist = driver.exists[index];

	if (request == LOOP_CTL_ADD) {
		if (did_exist && driver.flaw != FLAW_add_of_existing)
			return -EEXIST;
		if (driver.flaw == FLAW_add)
			return -EEXIST;
		driver.exists[index] = true;
		return index;
	}
	ck_assert_uint_eq(request, LOOP_CTL_REMOVE);
	if (driver.flaw == FLAW_remove || !did_exist)
		return -ENODEV;
	driver.exists[index] = driver.flaw == FLAW_remove_lies;
	driver.remove_count++;
	return 0;
}

static int driver_ioctl(void *context, int fd, unsigned long request, uintptr_t argument)
{
	struct loop_info64 *info = (struct loop_info64 *)argument;
	int index = fd - DEVICE_FD;

	if (fd == CONTROL_FD)
		return control(request, (int)argument);
	if (driver.hangs) {
		pthread_mutex_lock(&driver.hang);
		pthread_mutex_unlock(&driver.hang);
	}
	switch (request) {
	case LOOP_SET_FD:
		if (driver.flaw == FLAW_bind || driver.is_bound[index])
			return -EBUSY;
		driver.is_bound[index] = true;
		driver.backing[index] = (int)argument;
		return 0;
	case LOOP_CLR_FD:
		if (driver.flaw == FLAW_clear || driver.flaw == FLAW_bound)
			return driver.flaw == FLAW_clear ? -EIO : 0;
		driver.is_cleared[index] = true;
		return 0;
	case LOOP_GET_STATUS64:
		if (!driver.is_bound[index])
			return -ENXIO;
		memset(info, 0, sizeof(*info));
		info->lo_device = 7;
		info->lo_inode = (uint64_t)driver.backing[index] + (driver.flaw == FLAW_other_file);
		info->lo_flags = driver.flaw == FLAW_flags_left ? LO_FLAGS_AUTOCLEAR : 0;
		return 0;
	default:
		return -EINVAL;
	}
}

static int driver_stat(void *context, int fd, struct stat *ret_stat)
{
	memset(ret_stat, 0, sizeof(*ret_stat));
	ret_stat->st_dev = 7;
	ret_stat->st_ino = (ino_t)fd;
	return 0;
}

static int driver_exists(void *context, const char *path)
{
	int index, length = 0;

	ck_assert_int_eq(sscanf(path, "/sys/block/loop%d%n", &index, &length), 1);
	if (index >= DEVICE_COUNT || !driver.exists[index])
		return 0;
	return path[length] == '\0' || driver.is_bound[index];
}

static const struct looprace_kernel kernel = {
	.open = driver_open,
	.close = driver_close,
	.ioctl = driver_ioctl,
	.stat = driver_stat,
};
static const struct system system_of_driver = { .loop = &kernel, .exists = driver_exists };

static void setup(void)
{
	memset(&driver, 0, sizeof(driver));
	pthread_mutex_init(&driver.hang, NULL);
	for (int i = 0; i < 3; i++)
		driver.exists[i] = true;
	memory = calloc(1, FILE_BYTES);
	ck_assert_ptr_nonnull(memory);
	ck_assert_int_eq(recorder_format(memory, FILE_BYTES, 1, 1, "x", 1), 0);
	ck_assert_int_eq(recorder_open(memory, FILE_BYTES, &recorder), 0);
}

static void teardown(void)
{
	history_close(&history);
	free(memory);
}

static const char *notes(void)
{
	static char text[65536];
	struct history_error error;

	history_close(&history);
	ck_assert_int_eq(history_open(memory, FILE_BYTES, &history, &error), 0);
	ck_assert_uint_lt(history.notes_bytes, sizeof(text));
	memcpy(text, history.notes, history.notes_bytes);
	text[history.notes_bytes] = '\0';
	return text;
}

static const char *check_devices(const struct scenario *scenario)
{
	struct aftermath aftermath = {
		.recorder = &recorder,
		.scenario = scenario,
		.system = &system_of_driver,
		.scratch_fd = SCRATCH_FD,
	};

	aftermath_check(&kernel, &aftermath);
	return notes();
}

static const struct scenario no_scenario;

/* --- the devices --- */

START_TEST(sound_devices_are_checked_and_nothing_is_noted)
{
	const char *text = check_devices(&no_scenario);

	ck_assert_msg(strncmp(text, "devices checked=3 ", 18) == 0, "%s", text);
	ck_assert_uint_eq(driver.remove_count, 3);
	for (int i = 0; i < 3; i++)
		ck_assert(driver.exists[i] && !driver.is_bound[i]);
}
END_TEST

static const struct {
	enum flaw flaw;
	const char *note;
} flaws[] = {
	{ FLAW_open, "device index=0 state=lost error=6 what=open" },
	{ FLAW_bound, "device index=1 state=bound error=0 what=LOOP_GET_STATUS64 when everything was released" },
	{ FLAW_bind, "device index=0 state=unbound error=16 what=LOOP_SET_FD" },
	{ FLAW_other_file, "device index=0 state=bound error=0 what=LOOP_GET_STATUS64 after LOOP_SET_FD: it reports" },
	{ FLAW_flags_left, "device index=0 state=bound error=0 what=LOOP_GET_STATUS64 after LOOP_SET_FD: it reports" },
	{ FLAW_clear, "device index=0 state=bound error=5 what=LOOP_CLR_FD" },
	{ FLAW_stays_bound, "device index=0 state=bound error=0 what=LOOP_GET_STATUS64 after release" },
	{ FLAW_close, "device index=0 state=bound error=5 what=close" },
	{ FLAW_add_of_existing, "device index=0 state=unbound error=0 what=LOOP_CTL_ADD of a device that exists" },
	{ FLAW_remove, "device index=0 state=unbound error=19 what=LOOP_CTL_REMOVE of" },
	{ FLAW_remove_lies, "device index=0 state=unbound error=0 what=LOOP_CTL_REMOVE: it is still there" },
	{ FLAW_add, "device index=0 state=lost error=17 what=LOOP_CTL_ADD of a device that does not exist" },
};

START_TEST(device_that_fails_is_noted)
{
	const char *text;

	driver.flaw = flaws[_i].flaw;
	driver.is_bound[1] = true;
	text = check_devices(&no_scenario);
	ck_assert_msg(strstr(text, flaws[_i].note) != NULL, "'%s' is not in: %s", flaws[_i].note, text);
	/* What failed once is not tried out further. */
	if (flaws[_i].flaw == FLAW_bind)
		ck_assert_uint_eq(driver.remove_count, 0);
	text = strstr(text, " index=0 ");
	ck_assert_msg(!text || !strstr(text + 1, " index=0 "), "%s", text);
}
END_TEST

START_TEST(what_is_bound_is_released_before_anything_is_tried_out)
{
	driver.is_bound[0] = driver.is_bound[2] = true;
	ck_assert_ptr_null(strstr(check_devices(&no_scenario), "device index"));
	ck_assert(!driver.is_bound[0] && !driver.is_bound[2]);
}
END_TEST

START_TEST(devices_of_the_scenario_come_first_even_absent_ones)
{
	static struct scenario scenario;
	static struct operation_call calls[] = { { .operation = OPERATION_ctl_remove } };

	scenario.device_object_count = 1;
	scenario.devices[0].index = 77;
	scenario.group_count = 1;
	scenario.groups[0].call_count = 1;
	scenario.groups[0].calls = calls;
	calls[0].arguments[ARGUMENT_AT(ctl_remove, index)] = (struct argument_value){ 78, 78 };
	driver.flaw = FLAW_add;
	ck_assert_ptr_nonnull(strstr(check_devices(&scenario), "device index=77 state=lost error=17"));
	ck_assert_ptr_nonnull(strstr(check_devices(&scenario), "device index=78 state=lost error=17"));
	driver.flaw = FLAW_none;
	driver.exists[0] = driver.exists[1] = driver.exists[2] = true;
	check_devices(&scenario);
	/* As it was before. */
	ck_assert(!driver.exists[77] && !driver.exists[78] && driver.exists[0]);
}
END_TEST

START_TEST(no_more_devices_are_tried_out_than_there_is_time_for)
{
	for (int i = 0; i < DEVICE_COUNT; i++)
		driver.exists[i] = true;
	driver.is_bound[DEVICE_COUNT - 1] = true;
	ck_assert_ptr_nonnull(strstr(check_devices(&no_scenario), "devices checked=64 "));
	/* But all are released. */
	ck_assert(!driver.is_bound[DEVICE_COUNT - 1]);
}
END_TEST

/* --- calls that never return --- */

static unsigned int beat_count;

static void beat(void *context)
{
	beat_count++;
}

START_TEST(call_that_never_returns_is_named_and_ends_the_check)
{
	static struct aftermath aftermath;
	const struct supervision supervision = {
		.recorder = &recorder,
		.kernel = &kernel,
		.call_limit_ns = 100000000,
		.beat = beat,
	};

	aftermath = (struct aftermath){
		.recorder = &recorder,
		.scenario = &no_scenario,
		.system = &system_of_driver,
		.scratch_fd = SCRATCH_FD,
	};
	driver.hangs = true;
	pthread_mutex_lock(&driver.hang);
	ck_assert_int_eq(supervised_run(&supervision, aftermath_check, &aftermath), -ETIMEDOUT);
	ck_assert_ptr_nonnull(strstr(notes(), "stuck worker=-1 call=LOOP_GET_STATUS64 index=0 for_ns="));
	ck_assert_uint_gt(beat_count, 0);
}
END_TEST

START_TEST(check_that_ends_in_time_is_not_stuck)
{
	struct aftermath aftermath = {
		.recorder = &recorder,
		.scenario = &no_scenario,
		.system = &system_of_driver,
		.scratch_fd = SCRATCH_FD,
	};
	const struct supervision supervision = {
		.recorder = &recorder,
		.kernel = &kernel,
		.call_limit_ns = 10000000000,
	};

	ck_assert_int_eq(supervised_run(&supervision, aftermath_check, &aftermath), 0);
	ck_assert_ptr_null(strstr(notes(), "stuck"));
	ck_assert_ptr_nonnull(strstr(notes(), "devices checked=3"));
}
END_TEST

START_TEST(time_in_which_the_machine_stood_still_is_not_held_against_a_call)
{
	const uint64_t second_ns = 1000000000, tick_ns = 20000000;
	struct patience patience = { 0 };

	patience_look(&patience, 5 * second_ns);
	ck_assert_uint_eq(patience_duration_ns(&patience, 5 * second_ns, 6 * second_ns), second_ns);
	patience_look(&patience, 5 * second_ns + tick_ns);
	ck_assert_uint_eq(patience_duration_ns(&patience, 5 * second_ns, 6 * second_ns), second_ns);
	/* A gap of 28 s. */
	patience_look(&patience, 33 * second_ns);
	ck_assert_uint_eq(patience_duration_ns(&patience, 5 * second_ns, 33 * second_ns), 0);
	patience_look(&patience, 33 * second_ns + tick_ns);
	ck_assert_uint_eq(patience_duration_ns(&patience, 5 * second_ns, 34 * second_ns), second_ns);
	ck_assert_uint_eq(patience_duration_ns(&patience, 33 * second_ns + tick_ns, 34 * second_ns),
			  second_ns - tick_ns);
	/* Clocks of two CPUs. */
	ck_assert_uint_eq(patience_duration_ns(&patience, 35 * second_ns, 34 * second_ns), 0);
}
END_TEST

/* --- leaks --- */

static const struct {
	const char *what;
	unsigned int slab_object_count;
	uint64_t counts[6]; /* after 11 uses each */
	uint64_t objects_per_use;
} growths[] = {
	{ "one object a use", 64, { 100, 111, 122, 133, 144, 155 }, 1 },
	{ "two objects a use", 64, { 100, 122, 144, 166, 188, 210 }, 2 },
	{ "three cycles, noise in the others", 64, { 100, 111, 122, 133, 99, 150 }, 1 },
	{ "noise first", 64, { 100, 90, 139, 150, 161, 172 }, 1 },
	{ "nothing", 64, { 100, 100, 100, 100, 100, 100 }, 0 },
	{ "less and less", 64, { 100, 89, 78, 67, 56, 45 }, 0 },
	{ "noise in between", 64, { 100, 111, 122, 122, 121, 132 }, 1 },
	{ "two cycles", 64, { 100, 111, 122, 122, 121, 121 }, 0 },
	{ "growth that changes", 64, { 100, 111, 133, 144, 166, 199 }, 0 },
	{ "no multiple of the uses", 64, { 100, 112, 124, 136, 148, 160 }, 0 },
	{ "whole slabs that a CPU takes into use", 33, { 100, 133, 166, 199, 232, 265 }, 0 },
	{ "more than a use can leave", 64, { 0, 1100, 2200, 3300, 4400, 5500 }, 0 },
	{ "one object a use, seen by the slab", 16, { 96, 112, 112, 128, 144, 144 }, 1 },
	{ "three objects a use, seen by the slab", 16, { 96, 128, 160, 192, 224, 256 }, 3 },
	{ "one slab short of one a use", 16, { 96, 112, 112, 128, 128, 135 }, 1 },
	{ "more than one slab short", 16, { 96, 112, 112, 128, 128, 134 }, 0 },
	{ "between one and two a use", 16, { 96, 112, 128, 144, 160, 177 }, 0 },
	{ "slabs too large to tell", 28, { 84, 112, 112, 140, 140, 140 }, 0 },
	{ "slabs that come and go", 16, { 96, 112, 128, 112, 128, 112 }, 0 },
};

START_TEST(leak_is_told_from_noise)
{
	struct slabs *counts = calloc(6, sizeof(*counts));

	ck_assert_ptr_nonnull(counts);
	for (unsigned int i = 0; i < 6; i++) {
		counts[i].count = 1;
		snprintf(counts[i].slabs[0].name, sizeof(counts[i].slabs[0].name), "kmalloc-64");
		counts[i].slabs[0].object_count = growths[_i].counts[i];
		counts[i].slabs[0].slab_object_count = growths[_i].slab_object_count;
	}
	ck_assert_msg(leaks_is_suspect(counts, 5, "kmalloc-64") == growths[_i].objects_per_use, "%s", growths[_i].what);
	ck_assert_uint_eq(leaks_is_suspect(counts, 5, "kmalloc-32"), 0);
	free(counts);
}
END_TEST

#define COUNT_OF(array) (int)(sizeof(array) / sizeof((array)[0]))

Suite *test_suite(void)
{
	Suite *suite = suite_create("aftermath");
	TCase *tcase = tcase_create("devices");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, sound_devices_are_checked_and_nothing_is_noted);
	tcase_add_loop_test(tcase, device_that_fails_is_noted, 0, COUNT_OF(flaws));
	tcase_add_test(tcase, what_is_bound_is_released_before_anything_is_tried_out);
	tcase_add_test(tcase, devices_of_the_scenario_come_first_even_absent_ones);
	tcase_add_test(tcase, no_more_devices_are_tried_out_than_there_is_time_for);
	tcase_add_test(tcase, call_that_never_returns_is_named_and_ends_the_check);
	tcase_add_test(tcase, check_that_ends_in_time_is_not_stuck);
	tcase_add_test(tcase, time_in_which_the_machine_stood_still_is_not_held_against_a_call);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("leaks");
	tcase_add_loop_test(tcase, leak_is_told_from_noise, 0, COUNT_OF(growths));
	suite_add_tcase(suite, tcase);
	return suite;
}
