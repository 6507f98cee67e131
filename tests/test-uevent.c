/* SPDX-License-Identifier: Apache-2.0 */
/* Uevents as the kernel sends them (copied from real kernels), and what the listener writes of them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/engine/uevent_listener.h"
#include "tests/history_builder.h"

/* Its strings are separated by '|' here. */
static bool parse(const char *text, struct uevent *ret_uevent)
{
	char message[1024];
	size_t bytes = strlen(text) + 1;

	ck_assert_uint_le(bytes, sizeof(message));
	memcpy(message, text, bytes);
	for (size_t i = 0; i < bytes; i++)
		if (message[i] == '|')
			message[i] = '\0';
	return uevent_parse(message, bytes, ret_uevent);
}

START_TEST(uevent_of_a_device_is_read)
{
	struct uevent uevent;

	ck_assert(parse("change@/devices/virtual/block/loop3|ACTION=change|DEVPATH=/devices/virtual/block/loop3|"
			"SUBSYSTEM=block|DISK_MEDIA_CHANGE=1|MAJOR=7|MINOR=3|DEVNAME=loop3|DEVTYPE=disk|DISKSEQ=42|"
			"SEQNUM=1234",
			&uevent));
	ck_assert_int_eq(uevent.action, RECORDER_UEVENT_change);
	ck_assert_int_eq(uevent.device_index, 3);
	ck_assert_uint_eq(uevent.partition, 0);
	ck_assert_uint_eq(uevent.sequence, 1234);
	ck_assert_uint_eq(uevent.diskseq, 42);
	ck_assert(uevent.is_media_change && !uevent.is_resize && !uevent.is_synthetic);
}
END_TEST

START_TEST(uevent_of_a_partition_is_read)
{
	struct uevent uevent;

	ck_assert(parse("add@/devices/virtual/block/loop12/loop12p3|ACTION=add|SUBSYSTEM=block|RESIZE=1|"
			"DEVNAME=loop12p3|DEVTYPE=partition|PARTN=3|SEQNUM=18446744073709551615",
			&uevent));
	ck_assert_int_eq(uevent.action, RECORDER_UEVENT_add);
	ck_assert_int_eq(uevent.device_index, 12);
	ck_assert_uint_eq(uevent.partition, 3);
	ck_assert_uint_eq(uevent.sequence, UINT64_MAX);
	ck_assert(uevent.is_resize && !uevent.is_media_change);
}
END_TEST

START_TEST(only_loop_devices_have_an_index)
{
	static const char *const heads[] = {
		"SUBSYSTEM=block|DEVNAME=sda",		"SUBSYSTEM=block|DEVNAME=loop",
		"SUBSYSTEM=block|DEVNAME=loopy",	"SUBSYSTEM=block|DEVNAME=loop3x",
		"SUBSYSTEM=block|DEVNAME=loop3p",	"SUBSYSTEM=misc|DEVNAME=loop3",
		"SUBSYSTEM=block|DEVNAME=loop-control", "DEVNAME=loop3",
		"SUBSYSTEM=block|DEVNAME=loop12345678", "SUBSYSTEM=block|DEVNAME=loop1p2p3",
	};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct uevent uevent;
		char text[128];

		snprintf(text, sizeof(text), "add@/x|ACTION=add|%s|SEQNUM=5", heads[i]);
		ck_assert(parse(text, &uevent));
		ck_assert_msg(uevent.device_index == -1 && uevent.partition == 0, "%s", heads[i]);
		ck_assert_uint_eq(uevent.sequence, 5);
	}
}
END_TEST

START_TEST(only_its_own_mark_is_a_mark)
{
	struct uevent uevent;

#define SYNTHETIC(uuid, argument) "change@/x|ACTION=change|SYNTH_UUID=" uuid "|SYNTH_ARG_" argument "|SEQNUM=5"
	ck_assert(parse(SYNTHETIC(UEVENT_MARK_UUID, "LOOPRACE=begin"), &uevent));
	ck_assert_int_eq(uevent.action, RECORDER_UEVENT_begin);
	ck_assert(parse(SYNTHETIC(UEVENT_MARK_UUID, "LOOPRACE=end"), &uevent));
	ck_assert_int_eq(uevent.action, RECORDER_UEVENT_end);
	ck_assert(parse(SYNTHETIC("0", "LOOPRACE=end"), &uevent));
	ck_assert_int_eq(uevent.action, RECORDER_UEVENT_change);
	ck_assert(uevent.is_synthetic);
	ck_assert(parse(SYNTHETIC(UEVENT_MARK_UUID, "LOOPRACE=other"), &uevent));
	ck_assert_int_eq(uevent.action, RECORDER_UEVENT_change);
}
END_TEST

START_TEST(what_is_no_uevent_is_refused)
{
	struct uevent uevent;

	ck_assert(!uevent_parse("", 0, &uevent));
	ck_assert(!uevent_parse("change@/x", 9, &uevent));
	ck_assert(!uevent_parse("libudev\0\376\355\312\376", 12, &uevent));
	/* The last string was cut off: its number is not to be trusted. */
	ck_assert(uevent_parse("change@/x\0SEQNUM=12", 19, &uevent));
	ck_assert_uint_eq(uevent.sequence, 0);
	ck_assert(parse("frobnicate@/x|ACTION=frobnicate|SEQNUM=5", &uevent));
	ck_assert_int_eq(uevent.action, RECORDER_UEVENT_other);
}
END_TEST

/* --- what the listener writes --- */

static struct history_builder builder;
static struct uevent_listener *listener;

static void setup(void)
{
	history_builder_init_with_listener(&builder, 1);
	ck_assert(uevent_listener_has_area(&builder.recorder));
	ck_assert_int_eq(uevent_listener_start_model(&builder.recorder, &listener), 0);
}

static void teardown(void)
{
	history_builder_fini(&builder);
}

static void push(const char *name, const char *extra, unsigned int sequence)
{
	char text[256];
	int length =
		snprintf(text, sizeof(text), "change@/x%cACTION=change%cSUBSYSTEM=block%cDEVNAME=%s%c%s%cSEQNUM=%u", 0,
			 0, 0, name, 0, extra, 0, sequence);

	uevent_listener_push(listener, text, (size_t)length + 1);
}

static const struct recorder_record *stop_and_read(uint64_t want_count)
{
	const struct history *history;

	uevent_listener_stop(listener);
	recorder_writer_fini(&builder.writers[0]);
	recorder_finish(&builder.recorder);
	history = history_builder_read(&builder);
	ck_assert(history->is_complete && history_checksum_fits(history));
	ck_assert_uint_eq(history->listener->record_count, want_count);
	ck_assert_uint_eq(history->listener->records[0].value, RECORDER_UEVENT_begin);
	ck_assert_uint_eq(history->listener->records[want_count - 1].value, RECORDER_UEVENT_end);
	return history->listener->records;
}

START_TEST(events_stand_between_the_marks)
{
	const struct recorder_record *records;

	push("loop3", "RESIZE=1", 100);
	push("loop4p2", "DISKSEQ=9", 101);
	records = stop_and_read(4);
	ck_assert_int_eq(records[1].call, RECORDER_CALL_uevent);
	ck_assert_int_eq(records[1].device_index, 3);
	ck_assert_uint_eq(records[1].value, RECORDER_UEVENT_change);
	ck_assert_uint_eq(records[1].call_flags, RECORDER_FLAG_RESIZE);
	ck_assert_uint_eq(records[1].detail, 100);
	ck_assert_uint_eq(records[1].return_ns, records[1].call_ns);
	ck_assert_int_eq(records[2].device_index, 4);
	ck_assert_uint_eq(records[2].partition, 2);
	ck_assert_uint_eq(records[2].diskseq, 9);
}
END_TEST

START_TEST(others_events_count_but_are_not_kept)
{
	push("sda", "X=1", 100);
	push("loop3", "SYNTH_UUID=0", 101);
	push("loop3", "X=1", 102);
	stop_and_read(3);
}
END_TEST

START_TEST(order_of_numbers_does_not_matter)
{
	push("sda", "X=1", 100);
	push("loop3", "X=1", 102);
	push("loop3", "X=1", 101);
	stop_and_read(4);
}
END_TEST

START_TEST(missing_numbers_are_a_gap)
{
	const struct recorder_record *records;

	push("sda", "X=1", 100);
	push("loop3", "X=1", 104);
	push("loop3", "X=1", 102);
	records = stop_and_read(5);
	ck_assert_int_eq(records[3].call, RECORDER_CALL_uevent_gap);
	ck_assert_uint_eq(records[3].value, 2);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("uevent");
	TCase *tcase = tcase_create("parser");

	tcase_add_test(tcase, uevent_of_a_device_is_read);
	tcase_add_test(tcase, uevent_of_a_partition_is_read);
	tcase_add_test(tcase, only_loop_devices_have_an_index);
	tcase_add_test(tcase, only_its_own_mark_is_a_mark);
	tcase_add_test(tcase, what_is_no_uevent_is_refused);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("listener");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, events_stand_between_the_marks);
	tcase_add_test(tcase, others_events_count_but_are_not_kept);
	tcase_add_test(tcase, order_of_numbers_does_not_matter);
	tcase_add_test(tcase, missing_numbers_are_a_gap);
	suite_add_tcase(suite, tcase);
	return suite;
}
