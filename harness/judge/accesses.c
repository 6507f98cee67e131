/* SPDX-License-Identifier: Apache-2.0 */
/* What may have changed blocks; see accesses.h. */
#include "harness/judge/accesses.h"

#include <errno.h>
#include <stdlib.h>

#include "harness/recorder/block_tag.h"

/* An operation's limit (DATA_BYTES_MAX of the engine); a damaged record may say more. */
#define ACCESS_BLOCK_COUNT_MAX 2048u

/* Zeros in more blocks than this are looked up one access at a time. */
#define NARROW_BLOCK_COUNT_MAX 256u

/* 32 bytes each. */
#define TOUCH_COUNT_MAX (16u << 20)

/* Before this version LOOP_CHANGE_FD left the old file's pages in the cache (facts of 5.10; dropped in 6.1). */
#define CHANGE_FD_DROPS_CACHE_MAJOR 6

static uint64_t min(uint64_t left, uint64_t right)
{
	return left < right ? left : right;
}

uint64_t read_block_count(const struct recorder_record *record)
{
	if (!is_read_record(record) || !record->is_extended || record->result < 0 ||
	    record->content == RECORDER_CONTENT_none || record->run_block_count > ACCESS_BLOCK_COUNT_MAX)
		return 0;
	return record->run_block_count;
}

static bool is_write(const struct recorder_record *record)
{
	return record->is_extended && (record->call == RECORDER_CALL_write || record->call == RECORDER_CALL_store);
}

static bool is_zeroing(const struct recorder_record *record)
{
	return record->is_extended && (record->call == RECORDER_CALL_discard || record->call == RECORDER_CALL_zeroout ||
				       record->call == RECORDER_CALL_truncate);
}

/* --- flushes --- */

struct flush {
	int device_index;
	uint8_t partition;
	uint64_t call_ns;
	uint64_t return_ns;
	uint64_t first_return_ns; /* of this flush and all of the cache's that began after it */
};

struct flushes {
	uint64_t count;
	struct flush *flushes; /* by device, partition, then call */
};

static int compare_caches(int left_device, uint8_t left_partition, int right_device, uint8_t right_partition)
{
	if (left_device != right_device)
		return left_device < right_device ? -1 : 1;
	return (left_partition > right_partition) - (left_partition < right_partition);
}

static int compare_flushes(const void *left, const void *right)
{
	const struct flush *a = left, *b = right;
	int order = compare_caches(a->device_index, a->partition, b->device_index, b->partition);

	return order ? order : (a->call_ns > b->call_ns) - (a->call_ns < b->call_ns);
}

static bool is_flush(const struct accesses *accesses, const struct recorder_record *record)
{
	const struct description *description;

	if (record->device_index < 0 || record->result < 0)
		return false;
	if (record->call == RECORDER_CALL_fsync || record->call == RECORDER_CALL_flush_buffers)
		return true;
	if (record->call != RECORDER_CALL_close)
		return false;
	description = descriptions_find(&accesses->descriptions, record->file);
	return description && description->close == record &&
	       descriptions_is_alone(&accesses->descriptions, description);
}

static int collect_flushes(const struct accesses *accesses, struct flushes *ret_flushes)
{
	const struct history *history = accesses->judge_case->history;
	struct flushes flushes = { 0 };
	uint64_t room = 0;

	for (unsigned int i = 0; i < history->worker_count; i++)
		for (uint64_t j = 0; j < history->workers[i].record_count; j++)
			room += is_flush(accesses, &history->workers[i].records[j]);
	flushes.flushes = malloc((room + 1) * sizeof(*flushes.flushes));
	if (!flushes.flushes)
		return -ENOMEM;
	for (unsigned int i = 0; i < history->worker_count; i++)
		for (uint64_t j = 0; j < history->workers[i].record_count; j++) {
			const struct recorder_record *record = &history->workers[i].records[j];

			if (!is_flush(accesses, record) || flushes.count == room)
				continue;
			flushes.flushes[flushes.count++] = (struct flush){ .device_index = record->device_index,
									   .partition = record->partition,
									   .call_ns = recorder_call_ns(record),
									   .return_ns = record->return_ns };
		}
	qsort(flushes.flushes, flushes.count, sizeof(*flushes.flushes), compare_flushes);
	for (uint64_t i = flushes.count; i-- > 0;) {
		struct flush *flush = &flushes.flushes[i];
		bool is_last = i + 1 == flushes.count || compare_caches(flush->device_index, flush->partition,
									flush[1].device_index, flush[1].partition) != 0;

		flush->first_return_ns = is_last ? flush->return_ns : min(flush->return_ns, flush[1].first_return_ns);
	}
	*ret_flushes = flushes;
	return 0;
}

/* When the first flush was over that began after @time_ns. */
static uint64_t flushed_ns(const struct flushes *flushes, const struct recorder_record *record, uint64_t time_ns)
{
	uint64_t low = 0, high = flushes->count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		const struct flush *flush = &flushes->flushes[middle];
		int order =
			compare_caches(flush->device_index, flush->partition, record->device_index, record->partition);

		if (order < 0 || (order == 0 && flush->call_ns < time_ns))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == flushes->count || compare_caches(flushes->flushes[low].device_index, flushes->flushes[low].partition,
						    record->device_index, record->partition) != 0)
		return UINT64_MAX;
	return flushes->flushes[low].first_return_ns;
}

/* A device that was let go of before its cache was flushed may have lost what was in it, and fsync says nothing. */
static uint64_t settled_ns(const struct accesses *accesses, const struct flushes *flushes, const struct access *access)
{
	const struct recorder_record *record = access->record;
	bool is_at_once = record->device_index < 0 || access->is_zeroing ||
			  (access->is_direct && record->call == RECORDER_CALL_write);
	uint64_t time_ns;

	if (access->return_ns == UINT64_MAX)
		return UINT64_MAX;
	time_ns = is_at_once ? access->return_ns : flushed_ns(flushes, record, access->return_ns);
	if (record->device_index >= 0 && !is_at_once &&
	    bindings_was_cleared(&accesses->judge_case->bindings, record->device_index, access->call_ns, time_ns))
		return UINT64_MAX;
	return time_ns;
}

/* --- accesses --- */

/* Pages that a mapping pins stay, whatever LOOP_CHANGE_FD and LOOP_SET_STATUS drop; so do a partition's. */
static bool has_old_pages(const struct accesses *accesses, const struct recorder_record *record)
{
	const struct judge_case *judge_case = accesses->judge_case;
	bool is_model =
		judge_case->evidence->scenario && judge_case->evidence->scenario->kernel != SCENARIO_KERNEL_real;

	if (record->device_index < 0 || is_model || is_write(record) || is_zeroing(record))
		return false;
	if (record->call == RECORDER_CALL_load || record->partition || accesses->has_maps)
		return true;
	return !(record->detail & 1) && judge_case->evidence->kernel.major < CHANGE_FD_DROPS_CACHE_MAJOR;
}

void accesses_places(const struct accesses *accesses, const struct recorder_record *record,
		     const struct recorder_record *map, uint64_t return_ns, uint64_t at_bytes,
		     struct places *ret_places)
{
	views_places(&accesses->views, record, recorder_call_ns(map ? map : record), return_ns, at_bytes,
		     has_old_pages(accesses, record), ret_places);
	/* A file system writes what it likes. */
	for (unsigned int i = 0; i < ret_places->count; i++)
		if (ret_places->places[i].file->content == BACKING_CONTENT_ext4)
			ret_places->is_open = true;
}

static void fill_range(const struct recorder_record *record, bool has_returned, struct access *access)
{
	uint64_t bytes = record->length;

	access->begin_bytes = record->call == RECORDER_CALL_truncate ? record->length : record->offset;
	if (record->call == RECORDER_CALL_truncate)
		bytes = UINT64_MAX;
	/* A write that failed, or is not over, may have written some of it; one that was short has written just that. */
	if (has_returned && record->call == RECORDER_CALL_write && record->result >= 0)
		bytes = min(bytes, (uint64_t)record->result);
	if (__builtin_add_overflow(access->begin_bytes, bytes, &access->end_bytes))
		access->end_bytes = UINT64_MAX;
}

static void fill_access(struct accesses *accesses, const struct flushes *flushes, unsigned int worker,
			const struct recorder_record *record, bool has_returned, struct access *access)
{
	*access = (struct access){
		.record = record,
		.worker = worker,
		.is_zeroing = is_zeroing(record),
		.is_direct = (record->detail & 1) != 0,
		.call_ns = recorder_call_ns(record),
		.return_ns = has_returned ? record->return_ns : UINT64_MAX,
	};
	fill_range(record, has_returned, access);
	accesses_places(accesses, record, NULL, access->return_ns, access->begin_bytes, &access->places);
	if (record->device_index < 0 && access->places.count &&
	    access->end_bytes > access->places.places[0].file->size_bytes)
		accesses->has_size_changes = true;
	access->settled_ns = settled_ns(accesses, flushes, access);
	access->is_certain = has_returned && record->result >= 0 && access->places.count == 1 &&
			     !access->places.is_open && record->call != RECORDER_CALL_truncate;
	if (record->device_index >= 0 && access->is_certain) {
		access->view = views_only(&accesses->views, record->device_index, access->call_ns, access->return_ns);
		access->is_certain = access->view != NULL;
	}
}

/* Twice over the records: first without room, to count. */
static void collect_accesses(struct accesses *accesses, const struct flushes *flushes, uint64_t room)
{
	const struct history *history = accesses->judge_case->history;

	accesses->count = 0;
	for (unsigned int i = 0; i < history->worker_count; i++) {
		const struct history_worker *worker = &history->workers[i];

		if (room)
			accesses->worker_first[i] = min(accesses->count, room);
		for (uint64_t j = 0; j <= worker->record_count; j++) {
			bool has_returned = j < worker->record_count;
			const struct recorder_record *record = has_returned ? &worker->records[j] : worker->pending;

			if (!record || !(is_write(record) || is_zeroing(record)))
				continue;
			if (accesses->count < room)
				fill_access(accesses, flushes, i, record, has_returned,
					    &accesses->accesses[accesses->count]);
			accesses->count++;
		}
	}
	if (room) {
		accesses->count = min(accesses->count, room);
		accesses->worker_first[history->worker_count] = accesses->count;
	}
}

const struct access *accesses_write(const struct accesses *accesses, uint64_t generation)
{
	uint64_t worker = generation >> GENERATION_COUNT_BITS;
	uint64_t low, high;

	if (worker < 1 || worker > accesses->judge_case->history->worker_count || !accesses->count)
		return NULL;
	low = accesses->worker_first[worker - 1];
	high = accesses->worker_first[worker];
	/* What makes zeros stands between the writes and has no generation: it counts as the next write's. */
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		uint64_t at = middle;

		while (at < high && accesses->accesses[at].is_zeroing)
			at++;
		if (at < high && accesses->accesses[at].record->generation < generation)
			low = at + 1;
		else
			high = middle;
	}
	while (low < accesses->worker_first[worker] && accesses->accesses[low].is_zeroing)
		low++;
	if (low == accesses->worker_first[worker] || accesses->accesses[low].record->generation != generation)
		return NULL;
	return &accesses->accesses[low];
}

/* --- touched blocks --- */

static bool is_wide(const struct access *access)
{
	uint64_t bytes = access->end_bytes - access->begin_bytes;

	return access->is_zeroing && (access->places.is_open || bytes / BLOCK_BYTES > NARROW_BLOCK_COUNT_MAX);
}

static void touch(struct accesses *accesses, uint64_t room, uint32_t number, const struct place *place)
{
	const struct access *access = &accesses->accesses[number];
	uint64_t bytes = min(access->end_bytes - access->begin_bytes, ACCESS_BLOCK_COUNT_MAX * BLOCK_BYTES);
	uint64_t block = place->at_bytes / BLOCK_BYTES;
	uint64_t end = (place->at_bytes + bytes + BLOCK_BYTES - 1) / BLOCK_BYTES;

	for (; block < end; block++) {
		if (accesses->touch_count < room)
			accesses->touches[accesses->touch_count] = (struct touch){
				.file = place->file,
				.block = block,
				.return_ns = access->return_ns,
				.access = number,
			};
		accesses->touch_count++;
	}
}

static void collect_touches(struct accesses *accesses, uint64_t room)
{
	accesses->touch_count = 0;
	accesses->wide_count = 0;
	for (uint64_t i = 0; i < accesses->count; i++) {
		const struct access *access = &accesses->accesses[i];

		if (is_wide(access)) {
			accesses->wides[accesses->wide_count++] = (uint32_t)i;
			continue;
		}
		for (unsigned int p = 0; p < access->places.count; p++)
			touch(accesses, room, (uint32_t)i, &access->places.places[p]);
	}
}

static int compare_blocks(const struct backing_file *left_file, uint64_t left, const struct backing_file *right_file,
			  uint64_t right)
{
	if (left_file != right_file)
		return left_file->number < right_file->number ? -1 : 1;
	return (left > right) - (left < right);
}

static int compare_touches(const void *left, const void *right)
{
	const struct touch *a = left, *b = right;
	int order = compare_blocks(a->file, a->block, b->file, b->block);

	return order ? order : (a->return_ns > b->return_ns) - (a->return_ns < b->return_ns);
}

static int make_touches(struct accesses *accesses)
{
	uint64_t room;

	accesses->wides = malloc((accesses->count + 1) * sizeof(*accesses->wides));
	if (!accesses->wides)
		return -ENOMEM;
	collect_touches(accesses, 0);
	room = accesses->touch_count;
	accesses->is_cut = room > TOUCH_COUNT_MAX;
	if (accesses->is_cut)
		room = 0;
	accesses->touches = malloc((room + 1) * sizeof(*accesses->touches));
	if (!accesses->touches)
		return -ENOMEM;
	collect_touches(accesses, room);
	accesses->touch_count = room;
	qsort(accesses->touches, room, sizeof(*accesses->touches), compare_touches);
	return 0;
}

static uint64_t first_touch(const struct accesses *accesses, const struct backing_file *file, uint64_t block)
{
	uint64_t low = 0, high = accesses->touch_count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (compare_blocks(accesses->touches[middle].file, accesses->touches[middle].block, file, block) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct touch *accesses_touches(const struct accesses *accesses, const struct backing_file *file, uint64_t block,
				     uint64_t *ret_count)
{
	uint64_t first = first_touch(accesses, file, block);

	*ret_count = first_touch(accesses, file, block + 1) - first;
	return accesses->touches + first;
}

/* --- mappings --- */

static bool is_map(const struct recorder_record *record)
{
	return record->call == RECORDER_CALL_map && record->device_index >= 0 && record->result >= 0;
}

static int compare_maps(const void *left, const void *right)
{
	const struct recorder_record *const *a = left, *const *b = right;
	uint64_t left_ns = recorder_call_ns(*a), right_ns = recorder_call_ns(*b);

	if ((*a)->file != (*b)->file)
		return (*a)->file < (*b)->file ? -1 : 1;
	return (left_ns > right_ns) - (left_ns < right_ns);
}

static int collect_maps(struct accesses *accesses)
{
	const struct history *history = accesses->judge_case->history;
	uint64_t room = 0;

	for (unsigned int i = 0; i < history->worker_count; i++)
		for (uint64_t j = 0; j < history->workers[i].record_count; j++)
			room += is_map(&history->workers[i].records[j]);
	accesses->maps = malloc((room + 1) * sizeof(*accesses->maps));
	if (!accesses->maps)
		return -ENOMEM;
	for (unsigned int i = 0; i < history->worker_count; i++)
		for (uint64_t j = 0; j < history->workers[i].record_count; j++)
			if (is_map(&history->workers[i].records[j]) && accesses->map_count < room)
				accesses->maps[accesses->map_count++] = &history->workers[i].records[j];
	qsort(accesses->maps, accesses->map_count, sizeof(*accesses->maps), compare_maps);
	return 0;
}

const struct recorder_record *accesses_map(const struct accesses *accesses, const struct recorder_record *record)
{
	uint64_t low = 0, high = accesses->map_count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (compare_maps(&accesses->maps[middle], &record) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && accesses->maps[low - 1]->file == record->file ? accesses->maps[low - 1] : NULL;
}

/* --- all of it --- */

/* What is there to judge at all; most histories have no data in them. */
static bool look(struct accesses *accesses)
{
	const struct history *history = accesses->judge_case->history;
	bool has_reads = false;

	for (unsigned int i = 0; i < history->worker_count; i++)
		for (uint64_t j = 0; j < history->workers[i].record_count; j++) {
			const struct recorder_record *record = &history->workers[i].records[j];

			has_reads |= record->call >= RECORDER_CALL_read && record->call <= RECORDER_CALL_blocks;
			accesses->has_maps |= record->call == RECORDER_CALL_map && record->device_index >= 0;
			accesses->has_size_changes |= record->call == RECORDER_CALL_truncate;
		}
	return has_reads;
}

static int fill(struct accesses *accesses)
{
	const struct judge_case *judge_case = accesses->judge_case;
	struct flushes flushes = { 0 };
	uint64_t room;
	int r;

	r = views_init(judge_case->history, &judge_case->backings, &accesses->views);
	if (r == 0)
		r = descriptions_init(judge_case->history, &accesses->descriptions);
	if (r == 0)
		r = collect_maps(accesses);
	if (r == 0)
		r = collect_flushes(accesses, &flushes);
	if (r < 0)
		return r;
	collect_accesses(accesses, &flushes, 0);
	room = min(accesses->count, UINT32_MAX);
	accesses->accesses = malloc((room + 1) * sizeof(*accesses->accesses));
	accesses->worker_first = calloc(judge_case->history->worker_count + 1, sizeof(*accesses->worker_first));
	r = accesses->accesses && accesses->worker_first ? 0 : -ENOMEM;
	if (r == 0 && room)
		collect_accesses(accesses, &flushes, room);
	if (r == 0)
		r = make_touches(accesses);
	free(flushes.flushes);
	return r;
}

int accesses_init(const struct judge_case *judge_case, struct accesses *ret_accesses)
{
	struct accesses accesses = { .judge_case = judge_case };
	int r;

	if (!judge_case->history || !look(&accesses))
		return 0;
	r = fill(&accesses);
	if (r < 0) {
		accesses_fini(&accesses);
		return r;
	}
	*ret_accesses = accesses;
	return 1;
}

void accesses_fini(struct accesses *accesses)
{
	views_fini(&accesses->views);
	descriptions_fini(&accesses->descriptions);
	free(accesses->accesses);
	free(accesses->worker_first);
	free(accesses->touches);
	free(accesses->wides);
	free(accesses->maps);
	*accesses = (struct accesses){ 0 };
}
