/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sysfs says of a device what its ioctls say.
 *
 * The files of /sys/block/loopN/loop are read without a lock, one after the other, so under concurrency they may hold
 * anything that the device was meanwhile.  They are compared with a LOOP_GET_STATUS64 that the same worker made on the
 * same open file description, before or after, when nothing that changes a device was asked of it from the one to the
 * other.  The description is open all that time, so no close() of somebody else was the last one.
 *
 * The files exist only while the device is bound.  Since v6.11 they stay until its last close, so ENXIO proves that they
 * must be gone only when nothing was asked of the device since the description was opened.
 *
 * A bind for which there is no memory left to make the files succeeds without them, so a device into whose calls failures
 * were injected is not looked at.
 */
#include "harness/judge/rules.h"

#include <errno.h>
#include <linux/loop.h>
#include <stdlib.h>

#include "harness/judge/device_calls.h"
#include "harness/judge/text.h"

#define SYSFS_AUTOCLEAR 1u
#define SYSFS_PARTSCAN	2u
#define SYSFS_DIRECT_IO 4u
#define SYSFS_THERE	8u

/* What a worker last learnt through a description; found by its number, one place for several numbers. */
#define PLACE_COUNT 1024

struct place {
	uint32_t file; /* 0: none */
	const struct recorder_record *open;
	const struct recorder_record *report; /* a LOOP_GET_STATUS64, of @open's device */
	const struct recorder_record *sysfs;  /* a reading of sysfs that no report has followed yet */
};

struct sysfs_case {
	const struct judge_case *judge_case;
	struct device_calls changes;
	struct place *places;
	struct finding *finding;
};

/* What may change what a device says, as long as somebody has it open. */
static bool is_change(const struct recorder_record *record, bool has_returned)
{
	switch (record->call) {
	case RECORDER_CALL_set_fd:
	case RECORDER_CALL_configure:
	case RECORDER_CALL_clr_fd:
	case RECORDER_CALL_change_fd:
	case RECORDER_CALL_set_status:
	case RECORDER_CALL_set_status_old:
	case RECORDER_CALL_set_direct_io:
	case RECORDER_CALL_set_block_size:
	case RECORDER_CALL_add:
	case RECORDER_CALL_remove:
		return !has_returned || record->result >= 0;
	case RECORDER_CALL_other_ioctl:
		return true;
	default:
		return false;
	}
}

static bool is_reading(const struct recorder_record *record, bool has_returned)
{
	return has_returned && record->call == RECORDER_CALL_sysfs && record->is_extended;
}

static bool is_report(const struct recorder_record *record)
{
	return record->call == RECORDER_CALL_get_status && !record->partition;
}

static bool is_quiet(const struct sysfs_case *sysfs_case, const struct recorder_record *first,
		     const struct recorder_record *last)
{
	return last->return_ns <= sysfs_case->judge_case->horizon_ns &&
	       !device_calls_overlap(&sysfs_case->changes, first->device_index, recorder_call_ns(first),
				     last->return_ns);
}

/* --- what differs --- */

static bool flag_differs(const struct recorder_record *sysfs, uint64_t sysfs_flag, const struct recorder_record *report,
			 uint64_t flag)
{
	return !(sysfs->value & sysfs_flag) != !(report->detail & flag);
}

static const char *difference(const struct recorder_record *sysfs, const struct recorder_record *report)
{
	if (sysfs->inode && report->inode && (sysfs->inode != report->inode || sysfs->dev != report->dev))
		return "backing_file";
	if (flag_differs(sysfs, SYSFS_AUTOCLEAR, report, LO_FLAGS_AUTOCLEAR))
		return "autoclear";
	if (flag_differs(sysfs, SYSFS_PARTSCAN, report, LO_FLAGS_PARTSCAN))
		return "partscan";
	if (flag_differs(sysfs, SYSFS_DIRECT_IO, report, LO_FLAGS_DIRECT_IO))
		return "dio";
	if (report->is_extended && sysfs->offset != report->offset)
		return "offset";
	if (report->is_extended && sysfs->length != report->length)
		return "sizelimit";
	return NULL;
}

static bool is_missing(const struct recorder_record *sysfs)
{
	return sysfs->result == -ENOENT || sysfs->result == -ENODEV;
}

static int tell(struct sysfs_case *sysfs_case, unsigned int worker, const struct recorder_record *sysfs,
		const struct recorder_record *other, struct text *text)
{
	struct finding *finding = sysfs_case->finding;

	proof_add(finding, worker, sysfs);
	proof_add(finding, worker, other);
	finding->text = text_take(text);
	return finding->text ? 0 : -ENOMEM;
}

static void begin(const struct sysfs_case *sysfs_case, unsigned int worker, const struct recorder_record *sysfs,
		  struct text *text)
{
	text_add(text, "at ");
	text_add_time(text, recorder_call_ns(sysfs), sysfs_case->judge_case->origin_ns);
	text_add(text, " worker %u read /sys/block/loop%d/loop: ", worker, sysfs->device_index);
}

/* @report and @sysfs are of one description, with nothing between them. */
static int compare(struct sysfs_case *sysfs_case, unsigned int worker, const struct recorder_record *report,
		   const struct recorder_record *sysfs)
{
	const char *what = NULL;
	struct text text = TEXT_NULL;

	if (report->result != 0 || (sysfs->result < 0 && !is_missing(sysfs)))
		return 0;
	if (sysfs->result >= 0)
		what = difference(sysfs, report);
	if (sysfs->result >= 0 && !what)
		return 0;
	if (!finding_occurs(sysfs_case->judge_case, sysfs_case->finding, sysfs))
		return 0;
	begin(sysfs_case, worker, sysfs, &text);
	if (what)
		text_add(&text, "%s says something else than LOOP_GET_STATUS64", what);
	else
		text_add(&text, "there was no such folder, although LOOP_GET_STATUS64 says that the device is bound");
	text_add(&text, ", and nothing was asked of the device in between.  Both should say the same.");
	return tell(sysfs_case, worker, sysfs, report, &text);
}

/* Nothing was asked of the device since it was opened, and it is not bound. */
static int compare_unbound(struct sysfs_case *sysfs_case, unsigned int worker, const struct recorder_record *report,
			   const struct recorder_record *sysfs)
{
	struct text text = TEXT_NULL;

	if (report->result != -ENXIO || sysfs->result < 0 || !(sysfs->value & SYSFS_THERE) ||
	    !finding_occurs(sysfs_case->judge_case, sysfs_case->finding, sysfs))
		return 0;
	begin(sysfs_case, worker, sysfs, &text);
	text_add(&text, "it was there, although LOOP_GET_STATUS64 says that the device is not bound, and nothing was "
			"asked of it since it was opened.  The folder should go with the binding.");
	return tell(sysfs_case, worker, sysfs, report, &text);
}

/* --- one worker's records in order --- */

static struct place *place_of(struct sysfs_case *sysfs_case, uint32_t file)
{
	struct place *place = &sysfs_case->places[file % PLACE_COUNT];

	if (place->file != file)
		*place = (struct place){ .file = file };
	return place;
}

static int compare_pair(struct sysfs_case *sysfs_case, unsigned int worker, const struct place *place,
			const struct recorder_record *first, const struct recorder_record *last)
{
	const struct recorder_record *report = first == place->sysfs ? last : first;
	const struct recorder_record *sysfs = first == place->sysfs ? first : last;
	int r = 0;

	if (first->device_index != last->device_index)
		return 0;
	if (is_quiet(sysfs_case, first, last))
		r = compare(sysfs_case, worker, report, sysfs);
	if (r == 0 && place->open && place->open->device_index == first->device_index &&
	    is_quiet(sysfs_case, place->open, last))
		r = compare_unbound(sysfs_case, worker, report, sysfs);
	return r;
}

static int take_record(struct sysfs_case *sysfs_case, unsigned int worker, const struct recorder_record *record)
{
	struct place *place;
	int r = 0;

	if (!record->file || record->device_index < 0 ||
	    survey_device_flags(&sysfs_case->judge_case->survey, record->device_index) & SURVEY_DEVICE_INJECTED)
		return 0;
	if (record->call == RECORDER_CALL_open) {
		*place_of(sysfs_case, record->file) = (struct place){ .file = record->file, .open = record };
	} else if (is_reading(record, true)) {
		place = place_of(sysfs_case, record->file);
		if (place->report)
			r = compare_pair(sysfs_case, worker, place, place->report, record);
		place->sysfs = record;
	} else if (is_report(record)) {
		place = place_of(sysfs_case, record->file);
		place->report = record;
		if (place->sysfs)
			r = compare_pair(sysfs_case, worker, place, place->sysfs, record);
		place->sysfs = NULL;
	}
	return r;
}

static int judge_history(struct sysfs_case *sysfs_case, const struct history *history)
{
	int r = 0;

	for (unsigned int i = 0; i < history->worker_count; i++) {
		const struct history_worker *worker = &history->workers[i];

		/* A description of several workers has a place with each of them. */
		for (unsigned int j = 0; j < PLACE_COUNT; j++)
			sysfs_case->places[j] = (struct place){ 0 };
		for (uint64_t j = 0; r == 0 && j < worker->record_count; j++)
			r = take_record(sysfs_case, i, &worker->records[j]);
	}
	return r;
}

int rule_sysfs(const struct judge_case *judge_case, struct finding *finding)
{
	struct sysfs_case sysfs_case = { .judge_case = judge_case, .finding = finding };
	struct device_calls readings;
	int r;

	r = device_calls_init(judge_case->history, is_reading, &readings);
	if (r < 0)
		return r;
	if (readings.count) {
		sysfs_case.places = calloc(PLACE_COUNT, sizeof(*sysfs_case.places));
		r = sysfs_case.places ? device_calls_init(judge_case->history, is_change, &sysfs_case.changes)
				      : -ENOMEM;
		if (r == 0)
			r = judge_history(&sysfs_case, judge_case->history);
		device_calls_fini(&sysfs_case.changes);
		free(sysfs_case.places);
	} else {
		finding->verdict = VERDICT_SKIP;
	}
	device_calls_fini(&readings);
	return r;
}
