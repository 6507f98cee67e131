/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The survey of a history; see survey.h.
 *
 * Three passes at most: the first marks files and devices; the others are made only for histories that have something
 * for them to find: descriptions held more than once, and devices that were removed.
 */
#include "harness/judge/survey.h"

#include <errno.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <stdlib.h>
#include <string.h>

/* A number that no opener reaches without as many records is a stranger's; it is not followed. */
#define FILE_COUNT_SLACK 4096

/* The ioctls of linux/loop.h, through an operation that knows no more of them than their number. */
#define LOOP_REQUEST_FIRST LOOP_SET_FD
#define LOOP_REQUEST_LAST  LOOP_CONFIGURE

struct surveyor {
	const struct history *history;
	struct survey *survey;
	uint64_t file_count_max;
	uint64_t truncate_capacity_count;
	uint64_t removal_capacity_count;
	uint64_t size_bytes_min; /* of all backing files */
	bool has_held_files;
};

/* A record as it stands, with times that a rule can use. */
static uint64_t return_ns_of(const struct recorder_record *record, bool has_returned)
{
	uint64_t call_ns = recorder_call_ns(record);

	if (!has_returned)
		return UINT64_MAX;
	return record->return_ns > call_ns ? record->return_ns : call_ns;
}

/* --- files and devices --- */

static int file_at(struct surveyor *surveyor, uint32_t file, struct survey_file **ret_file)
{
	struct survey_opener *opener = &surveyor->survey->openers[file >> SURVEY_FILE_BITS];
	uint32_t number = file & ((1u << SURVEY_FILE_BITS) - 1);

	*ret_file = NULL;
	if (file == 0 || number > surveyor->file_count_max)
		return 0;
	if (number >= opener->file_count) {
		uint32_t count = opener->file_count ? opener->file_count : 256;
		struct survey_file *files;

		while (count <= number)
			count *= 2;
		files = realloc(opener->files, count * sizeof(*files));
		if (!files)
			return -ENOMEM;
		memset(files + opener->file_count, 0, (count - opener->file_count) * sizeof(*files));
		opener->files = files;
		opener->file_count = count;
	}
	*ret_file = &opener->files[number];
	return 0;
}

static int mark_device(struct surveyor *surveyor, int64_t index, uint8_t flags)
{
	struct survey *survey = surveyor->survey;

	if (index < 0 || index >= SURVEY_DEVICE_COUNT)
		return 0;
	if ((uint64_t)index >= survey->device_count) {
		uint64_t count = survey->device_count ? survey->device_count : 64;
		uint8_t *devices;

		while (count <= (uint64_t)index)
			count *= 2;
		devices = realloc(survey->devices, count);
		if (!devices)
			return -ENOMEM;
		memset(devices + survey->device_count, 0, count - survey->device_count);
		survey->devices = devices;
		survey->device_count = count;
	}
	survey->devices[index] |= flags;
	return 0;
}

/* --- what a record says --- */

static bool is_write(const struct recorder_record *record)
{
	return record->call == RECORDER_CALL_write || record->call == RECORDER_CALL_store ||
	       record->call == RECORDER_CALL_zeroout || record->call == RECORDER_CALL_discard;
}

static bool is_io(const struct recorder_record *record)
{
	return record->call == RECORDER_CALL_read || record->call == RECORDER_CALL_write ||
	       record->call == RECORDER_CALL_fsync || record->call == RECORDER_CALL_discard ||
	       record->call == RECORDER_CALL_zeroout;
}

/* One that changes what other calls see, with arguments that the record does not tell. */
static bool is_wild(uint64_t request)
{
	return ((uint32_t)request >= LOOP_REQUEST_FIRST && (uint32_t)request <= LOOP_REQUEST_LAST) ||
	       (uint32_t)request == BLKROSET;
}

static unsigned int file_flags_of(const struct recorder_record *record, bool has_returned)
{
	bool may_have_succeeded = !has_returned || record->result >= 0;

	switch (record->call) {
	case RECORDER_CALL_open:
		return has_returned && record->result >= 0 ? SURVEY_FILE_OPENED : 0;
	case RECORDER_CALL_dup:
	case RECORDER_CALL_map:
		return may_have_succeeded ? SURVEY_FILE_HELD : 0;
	case RECORDER_CALL_close:
		return record->is_extended && !(record->call_flags & RECORDER_FLAG_LAST_CLOSE) ? SURVEY_FILE_HELD : 0;
	case RECORDER_CALL_set_fd:
	case RECORDER_CALL_configure:
	case RECORDER_CALL_set_status:
	case RECORDER_CALL_set_status_old:
		return may_have_succeeded && record->detail & LO_FLAGS_AUTOCLEAR ? SURVEY_FILE_AUTOCLEAR : 0;
	default:
		return is_io(record) ? SURVEY_FILE_IO : 0;
	}
}

static int note_truncate(struct surveyor *surveyor, const struct recorder_record *record, bool has_returned)
{
	struct survey *survey = surveyor->survey;

	if (survey->truncate_count == surveyor->truncate_capacity_count) {
		uint64_t count = surveyor->truncate_capacity_count * 2 + 64;
		struct survey_truncate *truncates = realloc(survey->truncates, count * sizeof(*truncates));

		if (!truncates)
			return -ENOMEM;
		survey->truncates = truncates;
		surveyor->truncate_capacity_count = count;
	}
	survey->truncates[survey->truncate_count++] = (struct survey_truncate){
		.dev = record->dev,
		.inode = record->inode,
		.call_ns = recorder_call_ns(record),
		.return_ns = return_ns_of(record, has_returned),
		.size_bytes = record->length,
		.is_certain = has_returned && record->result == 0,
	};
	return 0;
}

static int note_removal(struct surveyor *surveyor, const struct recorder_record *record, bool has_returned)
{
	struct survey *survey = surveyor->survey;

	if (survey->removal_count == surveyor->removal_capacity_count) {
		uint64_t count = surveyor->removal_capacity_count * 2 + 64;
		struct survey_removal *removals = realloc(survey->removals, count * sizeof(*removals));

		if (!removals)
			return -ENOMEM;
		survey->removals = removals;
		surveyor->removal_capacity_count = count;
	}
	survey->removals[survey->removal_count++] = (struct survey_removal){
		.device_index = record->device_index,
		.call_ns = recorder_call_ns(record),
		.return_ns = return_ns_of(record, has_returned),
	};
	return 0;
}

static void note_write(struct surveyor *surveyor, const struct recorder_record *record)
{
	surveyor->survey->has_writes = true;
	if (record->device_index < 0 && record->call != RECORDER_CALL_discard &&
	    (record->offset > surveyor->size_bytes_min || record->length > surveyor->size_bytes_min - record->offset))
		surveyor->survey->has_long_writes = true;
}

/* Calls that mean more than themselves. */
static int note_call(struct surveyor *surveyor, const struct recorder_record *record, bool has_returned)
{
	bool may_have_succeeded = !has_returned || record->result >= 0;
	int r = 0;

	switch (record->call) {
	case RECORDER_CALL_truncate:
		return may_have_succeeded ? note_truncate(surveyor, record, has_returned) : 0;
	case RECORDER_CALL_remove:
		return may_have_succeeded ? note_removal(surveyor, record, has_returned) : 0;
	case RECORDER_CALL_module_remove:
	case RECORDER_CALL_module_insert:
		surveyor->survey->has_module_calls = true;
		return 0;
	case RECORDER_CALL_change_fd:
		if (may_have_succeeded)
			r = mark_device(surveyor, record->device_index, SURVEY_DEVICE_CHANGED);
		break;
	case RECORDER_CALL_other_ioctl:
		return record->is_extended && !is_wild(record->value)
			       ? 0
			       : mark_device(surveyor, record->device_index, SURVEY_DEVICE_WILD);
	default:
		break;
	}
	if (r == 0 && may_have_succeeded && record->is_extended && record->value > 0 &&
	    (record->call == RECORDER_CALL_set_fd || record->call == RECORDER_CALL_configure ||
	     record->call == RECORDER_CALL_change_fd))
		r = mark_device(surveyor, (int64_t)(record->value - 1), SURVEY_DEVICE_STACKED);
	if (is_write(record))
		note_write(surveyor, record);
	return r;
}

static uint8_t mode_of(const struct recorder_record *record)
{
	unsigned int access = record->open_flags & O_ACCMODE;

	if (!record->is_extended)
		return 0;
	return (uint8_t)((access == O_RDONLY ? SURVEY_MODE_READABLE : SURVEY_MODE_WRITABLE) |
			 (record->open_flags & O_EXCL ? SURVEY_MODE_EXCLUSIVE : 0));
}

static int note_file(struct surveyor *surveyor, unsigned int worker, const struct recorder_record *record,
		     bool has_returned)
{
	unsigned int flags = file_flags_of(record, has_returned);
	struct survey_file *file;
	int r = file_at(surveyor, record->file, &file);

	if (r < 0 || !file)
		return r;
	if (flags & SURVEY_FILE_OPENED) {
		bool is_twice = file->flags & SURVEY_FILE_OPENED;

		flags |= is_twice ? SURVEY_FILE_TWICE : 0;
		file->mode = is_twice && file->mode != mode_of(record) ? 0 : mode_of(record);
	}
	if (file->user && file->user != worker + 1)
		flags |= SURVEY_FILE_SHARED;
	file->user = (uint16_t)(worker + 1);
	file->flags |= (uint8_t)flags;
	surveyor->has_held_files |= (flags & SURVEY_FILE_HELD) != 0;
	return 0;
}

static int note_record(struct surveyor *surveyor, unsigned int worker, const struct recorder_record *record,
		       bool has_returned)
{
	int r = 0;

	if (record->file != 0 && record->device_index >= 0)
		r = note_file(surveyor, worker, record, has_returned);
	if (r == 0 && record->partition)
		r = mark_device(surveyor, record->device_index,
				record->partition > SURVEY_PARTITION_COUNT
					? SURVEY_DEVICE_PARTITIONS | SURVEY_DEVICE_PARTITIONS_MANY
					: SURVEY_DEVICE_PARTITIONS);
	surveyor->survey->has_injected |= record->is_injected;
	if (r == 0 && record->is_injected)
		r = mark_device(surveyor, record->device_index, SURVEY_DEVICE_INJECTED);
	return r == 0 ? note_call(surveyor, record, has_returned) : r;
}

/* --- what ends descriptions that are held more than once --- */

static struct survey_closing *find_closing(const struct survey *survey, uint32_t file)
{
	uint64_t at = file * UINT64_C(0x9e3779b97f4a7c15) >> 20;

	for (;; at++) {
		struct survey_closing *closing = &survey->closings[at & (survey->closing_capacity_count - 1)];

		if (closing->file == file || closing->file == 0)
			return closing;
	}
}

static int grow_closings(struct survey *survey)
{
	struct survey before = *survey;

	survey->closing_capacity_count = before.closing_capacity_count ? before.closing_capacity_count * 2 : 64;
	survey->closings = calloc(survey->closing_capacity_count, sizeof(*survey->closings));
	if (!survey->closings) {
		survey->closings = before.closings;
		survey->closing_capacity_count = before.closing_capacity_count;
		return -ENOMEM;
	}
	for (uint64_t i = 0; i < before.closing_capacity_count; i++)
		if (before.closings[i].file != 0)
			*find_closing(survey, before.closings[i].file) = before.closings[i];
	free(before.closings);
	return 0;
}

static void let_go(struct survey_closing *closing, const struct recorder_record *record, bool has_returned)
{
	uint64_t call_ns = recorder_call_ns(record), return_ns = return_ns_of(record, has_returned);

	closing->let_go_count++;
	closing->has_last_flag |= record->call == RECORDER_CALL_close && record->is_extended &&
				  record->call_flags & RECORDER_FLAG_LAST_CLOSE;
	if (!closing->last || call_ns > closing->call_ns) {
		closing->last = record;
		closing->call_ns = call_ns;
	}
	if (return_ns > closing->return_ns)
		closing->return_ns = return_ns;
}

static int note_holding(struct surveyor *surveyor, unsigned int worker, const struct recorder_record *record,
			bool has_returned)
{
	struct survey *survey = surveyor->survey;
	struct survey_closing *closing;
	bool may_have_succeeded = !has_returned || record->result >= 0;

	if (record->file == 0 || record->device_index < 0 ||
	    !(survey_file_flags(survey, record->file) & SURVEY_FILE_HELD))
		return 0;
	if (record->call != RECORDER_CALL_dup && record->call != RECORDER_CALL_map &&
	    record->call != RECORDER_CALL_close && record->call != RECORDER_CALL_unmap)
		return 0;
	if (survey->closing_count * 2 >= survey->closing_capacity_count && grow_closings(survey) < 0)
		return -ENOMEM;
	closing = find_closing(survey, record->file);
	if (closing->file == 0) {
		*closing = (struct survey_closing){ .file = record->file, .held_count = 1 };
		survey->closing_count++;
	}
	if (record->call == RECORDER_CALL_close || (record->call == RECORDER_CALL_unmap && may_have_succeeded))
		let_go(closing, record, has_returned);
	else if (may_have_succeeded && record->call != RECORDER_CALL_close)
		closing->held_count += record->call != RECORDER_CALL_unmap;
	return 0;
}

bool survey_last_close(const struct survey *survey, const struct recorder_record *record, uint64_t *ret_return_ns)
{
	const struct survey_closing *closing;

	if (!survey->closing_capacity_count)
		return false;
	closing = find_closing(survey, record->file);
	if (closing->file == 0 || closing->last != record)
		return false;
	/* A mapping that stays, or a copy whose making is not in the history, holds it on. */
	if (closing->let_go_count < closing->held_count && !(closing->held_count == 1 && closing->has_last_flag))
		return false;
	if (closing->held_count == 1 && !closing->has_last_flag)
		return false;
	*ret_return_ns = closing->return_ns;
	return true;
}

/* --- opens that overlap a removal --- */

static int compare_numbers(uint64_t left, uint64_t right)
{
	return (left > right) - (left < right);
}

static int compare_removals(const void *left, const void *right)
{
	const struct survey_removal *a = left, *b = right;

	if (a->device_index != b->device_index)
		return a->device_index < b->device_index ? -1 : 1;
	return compare_numbers(a->call_ns, b->call_ns);
}

static void sort_removals(struct survey *survey)
{
	if (survey->removal_count)
		qsort(survey->removals, survey->removal_count, sizeof(*survey->removals), compare_removals);
	for (uint64_t i = 0; i < survey->removal_count; i++) {
		struct survey_removal *removal = &survey->removals[i];

		removal->return_ns_max = removal->return_ns;
		if (i && removal[-1].device_index == removal->device_index &&
		    removal[-1].return_ns_max > removal->return_ns)
			removal->return_ns_max = removal[-1].return_ns_max;
	}
}

static bool overlaps_removal(const struct survey *survey, int device_index, uint64_t begin_ns, uint64_t end_ns)
{
	uint64_t low = 0, high = survey->removal_count;

	/* The last removal of this device that was called in time. */
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		const struct survey_removal *removal = &survey->removals[middle];

		if (removal->device_index < device_index ||
		    (removal->device_index == device_index && removal->call_ns <= end_ns))
			low = middle + 1;
		else
			high = middle;
	}
	return low && survey->removals[low - 1].device_index == device_index &&
	       survey->removals[low - 1].return_ns_max >= begin_ns;
}

static int note_doubt(struct surveyor *surveyor, unsigned int worker, const struct recorder_record *record,
		      bool has_returned)
{
	bool has_failed = has_returned && record->result < 0;
	struct survey_file *file;
	int r;

	/* An open that finds nothing may have made the device anew before it failed (loop_probe()). */
	if ((record->call != RECORDER_CALL_open && record->call != RECORDER_CALL_mount) ||
	    (has_failed && record->result != -ENXIO) ||
	    !overlaps_removal(surveyor->survey, record->device_index, recorder_call_ns(record),
			      return_ns_of(record, has_returned)))
		return 0;
	r = file_at(surveyor, record->file, &file);
	if (r < 0)
		return r;
	if (file && !has_failed)
		file->flags |= SURVEY_FILE_DOUBTFUL;
	return mark_device(surveyor, record->device_index, SURVEY_DEVICE_DOUBTFUL);
}

/* A device is used through descriptors whose opening nobody saw: nobody can tell how many have it open. */
static int note_unseen(struct surveyor *surveyor, unsigned int worker, const struct recorder_record *record,
		       bool has_returned)
{
	switch (record->call) {
	case RECORDER_CALL_set_fd:
	case RECORDER_CALL_configure:
	case RECORDER_CALL_clr_fd:
	case RECORDER_CALL_change_fd:
	case RECORDER_CALL_set_status:
	case RECORDER_CALL_set_status_old:
	case RECORDER_CALL_get_status:
	case RECORDER_CALL_get_status_old:
	case RECORDER_CALL_set_capacity:
	case RECORDER_CALL_set_direct_io:
	case RECORDER_CALL_set_block_size:
	case RECORDER_CALL_close:
		if (survey_file_flags(surveyor->survey, record->file) & SURVEY_FILE_OPENED)
			return 0;
		return mark_device(surveyor, record->device_index, SURVEY_DEVICE_UNSEEN_OPEN);
	default:
		return 0;
	}
}

/* --- sizes of files --- */

static int compare_truncates(const void *left, const void *right)
{
	const struct survey_truncate *a = left, *b = right;

	if (a->inode != b->inode)
		return compare_numbers(a->inode, b->inode);
	if (a->dev != b->dev)
		return compare_numbers(a->dev, b->dev);
	return compare_numbers(a->call_ns, b->call_ns);
}

static bool is_same_file(const struct survey_truncate *truncate, uint64_t dev, uint64_t inode)
{
	return truncate->dev == dev && truncate->inode == inode;
}

static void sort_truncates(struct survey *survey)
{
	if (survey->truncate_count)
		qsort(survey->truncates, survey->truncate_count, sizeof(*survey->truncates), compare_truncates);
	for (uint64_t i = 0; i < survey->truncate_count; i++) {
		struct survey_truncate *truncate = &survey->truncates[i];

		truncate->return_ns_max = truncate->return_ns;
		if (i && is_same_file(&truncate[-1], truncate->dev, truncate->inode) &&
		    truncate[-1].return_ns_max > truncate->return_ns)
			truncate->return_ns_max = truncate[-1].return_ns_max;
	}
}

/* The last change of a file's size that was called up to @end_ns; count of all that stand before it is @ret_before. */
static const struct survey_truncate *last_truncate(const struct survey *survey, uint64_t dev, uint64_t inode,
						   uint64_t end_ns)
{
	struct survey_truncate key = { .dev = dev, .inode = inode, .call_ns = end_ns };
	uint64_t low = 0, high = survey->truncate_count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (compare_truncates(&survey->truncates[middle], &key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && is_same_file(&survey->truncates[low - 1], dev, inode) ? &survey->truncates[low - 1] : NULL;
}

bool survey_file_size(const struct survey *survey, const struct backings *backings, uint64_t dev, uint64_t inode,
		      uint64_t begin_ns, uint64_t end_ns, uint64_t *ret_bytes)
{
	const struct backing_file *file = backings_with_identity(backings, dev, inode);
	const struct survey_truncate *last;

	if (!file || survey->has_long_writes)
		return false;
	last = last_truncate(survey, dev, inode, end_ns);
	if (!last) {
		*ret_bytes = file->size_bytes;
		return true;
	}
	/* What was made shorter, a write makes longer. */
	if (!last->is_certain || survey->has_writes || last->return_ns_max >= begin_ns)
		return false;
	if (last > survey->truncates && is_same_file(&last[-1], dev, inode) && last[-1].return_ns_max >= last->call_ns)
		return false;
	*ret_bytes = last->size_bytes;
	return true;
}

/* --- begin and end --- */

static int each_record(struct surveyor *surveyor, int (*note)(struct surveyor *surveyor, unsigned int worker,
							      const struct recorder_record *record, bool has_returned))
{
	const struct history *history = surveyor->history;
	int r = 0;

	for (unsigned int i = 0; i < history->worker_count; i++) {
		const struct history_worker *worker = &history->workers[i];

		for (uint64_t j = 0; r == 0 && j < worker->record_count; j++)
			r = note(surveyor, i, &worker->records[j], true);
		if (r == 0 && worker->pending)
			r = note(surveyor, i, worker->pending, false);
	}
	return r;
}

static int look(struct surveyor *surveyor)
{
	int r = each_record(surveyor, note_record);

	if (r == 0)
		r = each_record(surveyor, note_unseen);
	if (r == 0 && surveyor->has_held_files)
		r = each_record(surveyor, note_holding);
	sort_removals(surveyor->survey);
	sort_truncates(surveyor->survey);
	if (r == 0 && surveyor->survey->removal_count)
		r = each_record(surveyor, note_doubt);
	return r;
}

int survey_init(const struct history *history, const struct backings *backings, struct survey *ret_survey)
{
	struct surveyor surveyor = { .history = history, .survey = ret_survey, .size_bytes_min = UINT64_MAX };
	int r;

	*ret_survey = (struct survey){ 0 };
	if (!history)
		return 0;
	surveyor.file_count_max = FILE_COUNT_SLACK;
	for (unsigned int i = 0; i < history->worker_count; i++)
		surveyor.file_count_max += history->workers[i].record_count;
	for (uint64_t i = 0; i < backings->count; i++)
		if (backings->files[i].size_bytes < surveyor.size_bytes_min)
			surveyor.size_bytes_min = backings->files[i].size_bytes;
	r = look(&surveyor);
	if (r < 0)
		survey_fini(ret_survey);
	return r;
}

void survey_fini(struct survey *survey)
{
	for (unsigned int i = 0; i < SURVEY_OPENER_COUNT; i++)
		free(survey->openers[i].files);
	free(survey->devices);
	free(survey->closings);
	free(survey->truncates);
	free(survey->removals);
	*survey = (struct survey){ 0 };
}
