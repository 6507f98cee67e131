/* SPDX-License-Identifier: Apache-2.0 */
/* Open file descriptions of devices; see descriptions.h. */
#include "harness/judge/descriptions.h"

#include <errno.h>
#include <stdlib.h>

static bool is_open(const struct recorder_record *record)
{
	return record->call == RECORDER_CALL_open && record->result >= 0 && record->file != 0 &&
	       record->device_index >= 0;
}

static uint64_t collect_opens(struct descriptions *descriptions, const struct history *history, uint64_t room)
{
	uint64_t count = 0;

	for (unsigned int i = 0; i < history->worker_count; i++)
		for (uint64_t j = 0; j < history->workers[i].record_count; j++) {
			const struct recorder_record *record = &history->workers[i].records[j];

			if (!is_open(record))
				continue;
			if (count < room)
				descriptions->descriptions[count] = (struct description){
					.file = record->file,
					.worker = i,
					.device_index = record->device_index,
					.partition = record->partition,
					.open = record,
					.call_ns = recorder_call_ns(record),
					.end_ns = UINT64_MAX,
				};
			count++;
		}
	return count < room ? count : room;
}

static uint64_t count_opens(const struct history *history)
{
	uint64_t count = 0;

	for (unsigned int i = 0; i < history->worker_count; i++)
		for (uint64_t j = 0; j < history->workers[i].record_count; j++)
			count += is_open(&history->workers[i].records[j]);
	return count < UINT32_MAX ? count : UINT32_MAX;
}

static int compare(const void *left, const void *right)
{
	const struct description *a = left, *b = right;

	if (a->device_index != b->device_index)
		return a->device_index < b->device_index ? -1 : 1;
	return (a->call_ns > b->call_ns) - (a->call_ns < b->call_ns);
}

struct file_place {
	uint32_t file;
	uint32_t place;
};

static int compare_places(const void *left, const void *right)
{
	const struct file_place *a = left, *b = right;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	return (a->place > b->place) - (a->place < b->place);
}

static int sort_by_file(struct descriptions *descriptions)
{
	struct file_place *places = malloc((descriptions->count + 1) * sizeof(*places));

	if (!places)
		return -ENOMEM;
	for (uint64_t i = 0; i < descriptions->count; i++)
		places[i] = (struct file_place){ .file = descriptions->descriptions[i].file, .place = (uint32_t)i };
	qsort(places, descriptions->count, sizeof(*places), compare_places);
	for (uint64_t i = 0; i < descriptions->count; i++)
		descriptions->by_file[i] = places[i].place;
	free(places);
	return 0;
}

static struct description *find(const struct descriptions *descriptions, uint32_t file)
{
	uint64_t low = 0, high = descriptions->count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (descriptions->descriptions[descriptions->by_file[middle]].file < file)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == descriptions->count || descriptions->descriptions[descriptions->by_file[low]].file != file)
		return NULL;
	return &descriptions->descriptions[descriptions->by_file[low]];
}

const struct description *descriptions_find(const struct descriptions *descriptions, uint32_t file)
{
	return find(descriptions, file);
}

static void read_closes(struct descriptions *descriptions, const struct history *history)
{
	for (unsigned int i = 0; i < history->worker_count; i++)
		for (uint64_t j = 0; j < history->workers[i].record_count; j++) {
			const struct recorder_record *record = &history->workers[i].records[j];
			struct description *description;

			if (record->call != RECORDER_CALL_close ||
			    (record->is_extended && !(record->call_flags & RECORDER_FLAG_LAST_CLOSE)))
				continue;
			description = find(descriptions, record->file);
			if (!description)
				continue;
			description->close = record;
			description->end_ns = record->return_ns;
		}
}

static void sum_up_ends(struct descriptions *descriptions)
{
	for (uint64_t i = 0; i < descriptions->count; i++) {
		struct description *this = &descriptions->descriptions[i];
		bool is_first = i == 0 || this[-1].device_index != this->device_index;
		uint64_t latest_ns = is_first ? 0 : this[-1].latest_end_ns;
		uint64_t next_ns = is_first ? 0 : this[-1].next_latest_end_ns;

		if (this->end_ns > latest_ns) {
			next_ns = latest_ns;
			latest_ns = this->end_ns;
		} else if (this->end_ns > next_ns) {
			next_ns = this->end_ns;
		}
		this->latest_end_ns = latest_ns;
		this->next_latest_end_ns = next_ns;
	}
}

int descriptions_init(const struct history *history, struct descriptions *ret_descriptions)
{
	struct descriptions descriptions = { 0 };
	uint64_t room = count_opens(history);
	int r;

	/* One more, because a size of 0 may give NULL. */
	descriptions.descriptions = malloc((room + 1) * sizeof(*descriptions.descriptions));
	descriptions.by_file = malloc((room + 1) * sizeof(*descriptions.by_file));
	if (!descriptions.descriptions || !descriptions.by_file) {
		descriptions_fini(&descriptions);
		return -ENOMEM;
	}
	descriptions.count = collect_opens(&descriptions, history, room);
	qsort(descriptions.descriptions, descriptions.count, sizeof(*descriptions.descriptions), compare);
	r = sort_by_file(&descriptions);
	if (r < 0) {
		descriptions_fini(&descriptions);
		return r;
	}
	read_closes(&descriptions, history);
	sum_up_ends(&descriptions);
	*ret_descriptions = descriptions;
	return 0;
}

void descriptions_fini(struct descriptions *descriptions)
{
	free(descriptions->descriptions);
	free(descriptions->by_file);
	*descriptions = (struct descriptions){ 0 };
}

/* The last description of the device that was opened up to @time_ns. */
static const struct description *last_opened(const struct descriptions *descriptions, int device_index,
					     uint64_t time_ns)
{
	uint64_t low = 0, high = descriptions->count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		const struct description *description = &descriptions->descriptions[middle];

		if (description->device_index < device_index ||
		    (description->device_index == device_index && description->call_ns <= time_ns))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || descriptions->descriptions[low - 1].device_index != device_index)
		return NULL;
	return &descriptions->descriptions[low - 1];
}

bool descriptions_is_alone(const struct descriptions *descriptions, const struct description *description)
{
	const struct description *last;

	if (!description->close)
		return false;
	last = last_opened(descriptions, description->device_index, description->end_ns);
	if (!last)
		return false;
	/* The latest end of all others: the two latest are known, and it is at most one of them. */
	return (last->latest_end_ns == description->end_ns ? last->next_latest_end_ns : last->latest_end_ns) <
	       recorder_call_ns(description->close);
}
