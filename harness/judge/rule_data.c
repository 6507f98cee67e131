/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is read through a binding was written to it, and is the latest.
 *
 * Every block that our workers write names its write, so the history says where that write can have gone: which
 * device, what the device showed then, and so which block of which file.  The same holds for the read.  If no place is
 * both, the block is foreign or went astray.  If there is one, nothing that certainly came later may have been
 * overwritten: a write that was over before a newer one of the same block began is out of date for every read that
 * began when the newer one was to be seen.  Through the same page cache that is at once.  From another one it is seen
 * when it was flushed (fsync, BLKFLSBUF, the last close) before the reader's cache was filled; a device's cache is
 * empty when it is bound.
 *
 * Zeros are believed where the file began with zeros or somebody made them; half a block where writes overlap; and
 * where binds race with a call, any of the bindings.  A mapping may show what it showed since it was made; what a
 * mapping pins, a partition cached, or a kernel before 6.0 kept at LOOP_CHANGE_FD may show the binding as it was
 * earlier.
 */
#include "harness/judge/rules.h"

#include <errno.h>
#include <stdlib.h>

#include "harness/judge/accesses.h"
#include "harness/judge/text.h"
#include "harness/recorder/block_tag.h"

/* A page cache writes back whole pages, as it has them: up to a folio of a device with large blocks. */
#define NEIGHBOUR_BYTES (64u << 10)

/*
 * Records looked at to make sure that what seems out of date could not have come back.  A driver that loses writes
 * shows it in every read: when this is used up, further ones are not counted.
 */
#define STEP_COUNT_MAX (64u << 20)

/* A run of blocks that somebody saw. */
struct sight {
	const struct accesses *accesses;
	const struct recorder_record *record;
	unsigned int worker;
	uint64_t call_ns;
	uint64_t return_ns;
	uint64_t block_count;
	struct places places;		   /* of the first block */
	const struct access *write;	   /* that the tags name, or NULL */
	const struct recorder_record *map; /* that it went through, or NULL */
	bool is_direct;
	uint64_t *step_count; /* of all of the rule's work so far */
};

/* What is wrong with it. */
struct flaw {
	const char *what;	    /* the end of "... should have" */
	uint64_t block;		    /* the first that is wrong, in the run */
	const struct access *newer; /* that should have been seen instead, or NULL */
};

/* --- what is the latest --- */

static bool is_same_cache(const struct access *left, const struct access *right)
{
	if (left->record->device_index != right->record->device_index ||
	    left->record->partition != right->record->partition)
		return false;
	if (left->record->device_index < 0)
		return true;
	return left->view && right->view && left->view->bind == right->view->bind;
}

/* From when on the reader's page cache held nothing from before; 0: that is not known. */
static uint64_t fresh_ns(const struct sight *sight, const struct view *view)
{
	if (sight->record->device_index < 0 || sight->is_direct)
		return sight->call_ns;
	return view && sight->record->partition == 0 ? view->bind_call_ns : 0;
}

static bool is_visible(const struct sight *sight, const struct view *view, const struct access *write)
{
	const struct recorder_record *record = sight->record;
	bool is_same =
		record->device_index == write->record->device_index && record->partition == write->record->partition;

	if (record->device_index >= 0)
		is_same = is_same && view && write->view && view->bind == write->view->bind;
	/* Mapped pages and O_DIRECT know nothing of each other. */
	if (is_same && sight->accesses->has_maps && (sight->is_direct || write->is_direct))
		return false;
	/* It was over when the read began. */
	if (is_same)
		return true;
	return write->settled_ns <= fresh_ns(sight, view);
}

static bool covers(const struct access *access, uint64_t block)
{
	uint64_t begin = access->places.places[0].at_bytes;

	return begin <= block * BLOCK_BYTES &&
	       access->end_bytes - access->begin_bytes >= (block + 1) * BLOCK_BYTES - begin;
}

/* May another device's cache, which held the block as it was, have written it back? */
static bool may_have_come_back(const struct sight *sight, const struct access *newer, const struct place *place)
{
	const struct accesses *accesses = sight->accesses;

	*sight->step_count += accesses->count;
	if (*sight->step_count > STEP_COUNT_MAX)
		return true;
	for (uint64_t i = 0; i < accesses->count; i++) {
		const struct access *access = &accesses->accesses[i];

		if (access->record->device_index < 0 || access->is_zeroing || is_same_cache(access, newer) ||
		    access->call_ns > sight->return_ns || access->settled_ns <= newer->call_ns)
			continue;
		if (access->places.is_open)
			return true;
		for (unsigned int p = 0; p < access->places.count; p++) {
			const struct place *other = &access->places.places[p];
			uint64_t bytes = access->end_bytes - access->begin_bytes;

			if (other->file == place->file && other->at_bytes < place->at_bytes + NEIGHBOUR_BYTES &&
			    place->at_bytes < other->at_bytes + bytes + NEIGHBOUR_BYTES)
				return true;
		}
	}
	return false;
}

/* A block that somebody reads while it is made zeros may be back in the cache before it is. */
static bool may_have_been_cached(const struct sight *sight, const struct access *newer)
{
	const struct history *history = sight->accesses->judge_case->history;

	if (!newer->is_zeroing || newer->record->device_index < 0)
		return false;
	for (unsigned int i = 0; i < history->worker_count; i++) {
		const struct history_worker *worker = &history->workers[i];

		if (i == newer->worker)
			continue;
		*sight->step_count += worker->record_count;
		if (*sight->step_count > STEP_COUNT_MAX)
			return true;
		for (uint64_t j = 0; j < worker->record_count; j++) {
			const struct recorder_record *record = &worker->records[j];

			if (is_read_record(record) && record->device_index == newer->record->device_index &&
			    recorder_call_ns(record) <= newer->return_ns && record->return_ns >= newer->call_ns)
				return true;
		}
	}
	return false;
}

/* Zeros may come from anything that makes zeros and was not certainly over before @newer began. */
static bool may_be_newer_zeros(const struct sight *sight, const struct access *newer, const struct touch *touches,
			       uint64_t touch_count)
{
	const struct accesses *accesses = sight->accesses;

	for (uint64_t i = 0; i < touch_count; i++) {
		const struct access *access = &accesses->accesses[touches[i].access];

		if (access->is_zeroing && access->call_ns <= sight->return_ns && access->settled_ns > newer->call_ns)
			return true;
	}
	for (uint64_t i = 0; i < accesses->wide_count; i++) {
		const struct access *access = &accesses->accesses[accesses->wides[i]];

		if (access->call_ns <= sight->return_ns && access->settled_ns > newer->call_ns)
			return true;
	}
	return false;
}

static bool was_over_before(const struct sight *sight, const struct access *newer)
{
	const struct access *write = sight->write;

	/* What the file held at the start. */
	if (!write)
		return true;
	if (write->settled_ns <= newer->call_ns)
		return true;
	return is_same_cache(write, newer) && write->return_ns <= newer->call_ns;
}

/* How many of a block's touches were over when the read began; they are sorted by that. */
static uint64_t count_over(const struct sight *sight, const struct touch *touches, uint64_t touch_count)
{
	uint64_t low = 0, high = touch_count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (touches[middle].return_ns <= sight->call_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * What should have been seen instead of a block, or NULL.  The latest touches are looked at first, and none that was
 * over before what was read: a history of many rounds has many touches of every block.
 */
static const struct access *find_newer(const struct sight *sight, const struct view *view, const struct place *place)
{
	const struct accesses *accesses = sight->accesses;
	bool is_zeros = sight->record->content == RECORDER_CONTENT_zeros;
	const struct touch *touches;
	uint64_t touch_count;

	touches = accesses_touches(accesses, place->file, place->at_bytes / BLOCK_BYTES, &touch_count);
	for (uint64_t i = count_over(sight, touches, touch_count); i-- > 0;) {
		const struct access *newer = &accesses->accesses[touches[i].access];

		if ((is_zeros && newer->is_zeroing) || (sight->write && newer->return_ns < sight->write->return_ns))
			break;
		if (newer == sight->write || !newer->is_certain || !covers(newer, touches[i].block) ||
		    !was_over_before(sight, newer) || !is_visible(sight, view, newer) ||
		    (is_zeros && may_be_newer_zeros(sight, newer, touches, touch_count)))
			continue;
		if (!may_have_come_back(sight, newer, place) && !may_have_been_cached(sight, newer))
			return newer;
	}
	return NULL;
}

static bool is_stale(const struct sight *sight, struct flaw *ret_flaw)
{
	const struct view *view = NULL;

	/* Blocks at odd places share sectors with their neighbours. */
	if (sight->accesses->is_cut || sight->places.is_open || sight->places.count != 1 ||
	    sight->places.places[0].at_bytes % BLOCK_BYTES != 0)
		return false;
	if (sight->record->device_index >= 0)
		view = views_only(&sight->accesses->views, sight->record->device_index, sight->call_ns,
				  sight->return_ns);
	for (uint64_t block = 0; block < sight->block_count; block++) {
		struct place place = sight->places.places[0];
		const struct access *newer;

		place.at_bytes += block * BLOCK_BYTES;
		newer = find_newer(sight, view, &place);
		if (!newer)
			continue;
		*ret_flaw = (struct flaw){ .what = "shown what was written later", .block = block, .newer = newer };
		return true;
	}
	return false;
}

/* --- what may be there at all --- */

/* Does a block that no write explains lie where two writes, or a write and the read, can have met? */
static bool may_be_torn(const struct sight *sight, const struct place *place)
{
	const struct accesses *accesses = sight->accesses;
	const struct touch *touches;
	uint64_t touch_count, latest_ns = 0;

	if (place->at_bytes % BLOCK_BYTES != 0)
		return true;
	touches = accesses_touches(accesses, place->file, place->at_bytes / BLOCK_BYTES, &touch_count);
	for (uint64_t i = 0; i < touch_count; i++) {
		const struct access *access = &accesses->accesses[touches[i].access];

		if (access->call_ns > sight->return_ns)
			continue;
		/* Touches are sorted by return, so whatever overlaps has one that returned before it. */
		if (!access->is_certain || !covers(access, touches[i].block) || access->settled_ns >= sight->call_ns ||
		    access->call_ns <= latest_ns)
			return true;
		latest_ns = access->settled_ns;
	}
	return false;
}

static bool may_be_zeros(const struct sight *sight, const struct place *place)
{
	const struct accesses *accesses = sight->accesses;
	const struct touch *touches;
	uint64_t touch_count;

	if (place->file->content == BACKING_CONTENT_zeros ||
	    place->at_bytes >= place->file->size_bytes / BLOCK_BYTES * BLOCK_BYTES)
		return true;
	touches = accesses_touches(accesses, place->file, place->at_bytes / BLOCK_BYTES, &touch_count);
	for (uint64_t i = 0; i < touch_count; i++) {
		const struct access *access = &accesses->accesses[touches[i].access];

		if (access->is_zeroing && access->call_ns <= sight->return_ns)
			return true;
	}
	for (uint64_t i = 0; i < accesses->wide_count; i++) {
		const struct access *access = &accesses->accesses[accesses->wides[i]];

		if (access->places.is_open && access->call_ns <= sight->return_ns)
			return true;
		for (unsigned int p = 0; p < access->places.count; p++)
			if (access->places.places[p].file == place->file && access->call_ns <= sight->return_ns &&
			    access->places.places[p].at_bytes < place->at_bytes + BLOCK_BYTES)
				return true;
	}
	return false;
}

static bool holds_for_some_place(const struct sight *sight, uint64_t block,
				 bool (*may_be)(const struct sight *sight, const struct place *place))
{
	for (unsigned int p = 0; p < sight->places.count; p++) {
		struct place place = sight->places.places[p];

		place.at_bytes += block * BLOCK_BYTES;
		if (may_be(sight, &place))
			return true;
	}
	return false;
}

static bool has_impossible_block(const struct sight *sight,
				 bool (*may_be)(const struct sight *sight, const struct place *place),
				 struct flaw *ret_flaw)
{
	for (uint64_t block = 0; !sight->places.is_open && block < sight->block_count; block++) {
		if (holds_for_some_place(sight, block, may_be))
			continue;
		*ret_flaw = (struct flaw){ .what = "shown a whole block", .block = block };
		return true;
	}
	return false;
}

static bool is_foreign_allowed(const struct sight *sight, const struct place *place)
{
	bool is_table = place->file->content == BACKING_CONTENT_partitions && place->at_bytes < BLOCK_BYTES;

	return is_table || sight->accesses->is_cut || may_be_torn(sight, place);
}

static bool is_torn_allowed(const struct sight *sight, const struct place *place)
{
	return sight->accesses->is_cut || may_be_torn(sight, place);
}

static bool is_zeros_allowed(const struct sight *sight, const struct place *place)
{
	return sight->accesses->is_cut || may_be_zeros(sight, place);
}

/* Where the tags of a run may have been written to; false when nobody wrote them. */
static bool origin_of(const struct sight *sight, struct places *ret_places)
{
	const struct recorder_record *record = sight->record;
	const struct access *write = sight->write;
	const struct backing_file *file;
	uint64_t skip;

	*ret_places = (struct places){ 0 };
	if (record->generation == 0) {
		file = backings_with_number(&sight->accesses->judge_case->backings, record->owner);
		if (!file || (file->content != BACKING_CONTENT_tags && file->content != BACKING_CONTENT_partitions))
			return false;
		ret_places->places[ret_places->count++] =
			(struct place){ .file = file, .at_bytes = record->sector * BLOCK_BYTES };
		return true;
	}
	if (!write || record->sector < write->record->sector || record->owner != write->record->owner)
		return false;
	skip = record->sector - write->record->sector;
	if (skip > write->record->run_block_count || sight->block_count > write->record->run_block_count - skip)
		return false;
	*ret_places = write->places;
	for (unsigned int p = 0; p < ret_places->count; p++)
		ret_places->places[p].at_bytes += skip * BLOCK_BYTES;
	return true;
}

/* A write that is missing in the history may have been recorded by nobody. */
static bool may_be_unknown(const struct sight *sight)
{
	const struct judge_case *judge_case = sight->accesses->judge_case;

	return judge_case->horizon_ns != UINT64_MAX || !judge_case->history->is_complete;
}

static bool is_wrong(const struct sight *sight, struct flaw *ret_flaw)
{
	struct places origin;

	switch (sight->record->content) {
	case RECORDER_CONTENT_tags:
		if (!origin_of(sight, &origin)) {
			*ret_flaw = (struct flaw){ .what = "shown what somebody had written" };
			return !may_be_unknown(sight);
		}
		if (!places_meet(&sight->places, &origin)) {
			*ret_flaw = (struct flaw){ .what = "shown that block" };
			return true;
		}
		return is_stale(sight, ret_flaw);
	case RECORDER_CONTENT_zeros:
		return has_impossible_block(sight, is_zeros_allowed, ret_flaw) || is_stale(sight, ret_flaw);
	case RECORDER_CONTENT_torn:
		return has_impossible_block(sight, is_torn_allowed, ret_flaw);
	case RECORDER_CONTENT_foreign:
		return has_impossible_block(sight, is_foreign_allowed, ret_flaw);
	default:
		return false;
	}
}

/* --- the end of a device --- */

/* What a device showed at most; UINT64_MAX: that is not known. */
static uint64_t capacity_of(const struct accesses *accesses, const struct view *view)
{
	uint64_t bytes = view->limit_bytes ? view->limit_bytes : UINT64_MAX;

	if (!view->bind)
		return UINT64_MAX;
	if (view->file && !accesses->has_size_changes) {
		uint64_t rest =
			view->offset_bytes < view->file->size_bytes ? view->file->size_bytes - view->offset_bytes : 0;

		bytes = rest < bytes ? rest : bytes;
	}
	return bytes;
}

static bool is_beyond_end(const struct sight *sight)
{
	const struct recorder_record *record = sight->record;
	const struct view *view = NULL;
	uint64_t end;

	if (record->call != RECORDER_CALL_read || record->device_index < 0 || record->partition ||
	    record->result <= 0 || __builtin_add_overflow(record->offset, (uint64_t)record->result, &end))
		return false;
	view = views_next(&sight->accesses->views, record->device_index, sight->call_ns, sight->return_ns, NULL);
	if (!view)
		return false;
	for (; view;
	     view = views_next(&sight->accesses->views, record->device_index, sight->call_ns, sight->return_ns, view))
		if (end <= capacity_of(sight->accesses, view))
			return false;
	return true;
}

/* --- in words --- */

static void add_block(struct text *text, const struct place *place)
{
	text_add(text, "block %llu of %s", (unsigned long long)(place->at_bytes / BLOCK_BYTES), place->file->name);
}

static void add_subject(struct text *text, const struct sight *sight, uint64_t block)
{
	const struct recorder_record *record = sight->record;
	uint64_t at_bytes = record->run_offset + block * BLOCK_BYTES;

	text_add(text, "worker %u read ", sight->worker);
	if (record->device_index < 0)
		text_add(text, "its backing file");
	else if (record->partition)
		text_add(text, "partition %u of loop%d", record->partition, record->device_index);
	else
		text_add(text, "loop%d", record->device_index);
	text_add(text, " at byte %llu, at ", (unsigned long long)at_bytes);
	text_add_time(text, sight->return_ns, sight->accesses->judge_case->origin_ns);
}

static void add_origin(struct text *text, const struct sight *sight, uint64_t block)
{
	const struct access *write = sight->write;
	const struct recorder_record *record = sight->record;
	const struct backing_file *owner = backings_with_number(&sight->accesses->judge_case->backings, record->owner);
	unsigned long long sector = record->sector + block;

	switch (record->content) {
	case RECORDER_CONTENT_tags:
		if (record->generation == 0)
			text_add(text, "found block %llu of %s as it was at the start", sector,
				 owner ? owner->name : "a file that is none of ours");
		else if (!write)
			text_add(text, "found a block that nobody has written (owner %u, generation %llu)",
				 record->owner, (unsigned long long)record->generation);
		else {
			text_add(text, "found what worker %u had written for block %llu of %s at ", write->worker,
				 sector, owner ? owner->name : "an unknown file");
			text_add_time(text, write->call_ns, sight->accesses->judge_case->origin_ns);
			if (write->record->device_index >= 0)
				text_add(text, " through loop%d", write->record->device_index);
		}
		break;
	case RECORDER_CONTENT_zeros:
		text_add(text, "found zeros");
		break;
	case RECORDER_CONTENT_torn:
		text_add(text,
			 "found a block that is part of one write and part of another, although no two met there");
		break;
	default:
		text_add(text, "found what no worker has written");
	}
}

static void add_expected(struct text *text, const struct sight *sight, const struct flaw *flaw)
{
	struct place place = sight->places.count ? sight->places.places[0] : (struct place){ 0 };

	place.at_bytes += flaw->block * BLOCK_BYTES;
	if (flaw->newer) {
		text_add(text, ".  Worker %u had %s ", flaw->newer->worker,
			 flaw->newer->is_zeroing ? "made zeros of" : "written");
		add_block(text, &place);
		text_add(text, " later, and that was over at ");
		text_add_time(text, flaw->newer->return_ns, sight->accesses->judge_case->origin_ns);
		text_add(text, ": the kernel should have %s.", flaw->what);
		return;
	}
	if (place.file) {
		text_add(text, ".  What it read is ");
		add_block(text, &place);
	}
	text_add(text, ": the kernel should have %s.", flaw->what);
}

static void cite(struct finding *finding, const struct sight *sight, const struct flaw *flaw)
{
	const struct view *view = NULL;

	if (sight->record->device_index >= 0)
		view = views_next(&sight->accesses->views, sight->record->device_index, sight->call_ns,
				  sight->return_ns, NULL);
	if (view)
		proof_add(finding, view->worker, view->record);
	if (sight->write)
		proof_add(finding, sight->write->worker, sight->write->record);
	if (sight->write && sight->write->view)
		proof_add(finding, sight->write->view->worker, sight->write->view->record);
	if (flaw->newer)
		proof_add(finding, flaw->newer->worker, flaw->newer->record);
	proof_add(finding, sight->worker, sight->record);
}

static int tell(struct finding *finding, const struct sight *sight, const struct flaw *flaw)
{
	struct text text = TEXT_NULL;

	add_subject(&text, sight, flaw->block);
	text_add(&text, ", and ");
	add_origin(&text, sight, flaw->block);
	add_expected(&text, sight, flaw);
	cite(finding, sight, flaw);
	finding->text = text_take(&text);
	return finding->text ? 0 : -ENOMEM;
}

static int tell_beyond_end(struct finding *finding, const struct sight *sight)
{
	struct text text = TEXT_NULL;

	add_subject(&text, sight, 0);
	text_add(&text,
		 ", and got %d bytes, more than its offset, its limit and the size of its backing file leave: the "
		 "kernel "
		 "should have ended the read at the end of the device.",
		 sight->record->result);
	cite(finding, sight, &(struct flaw){ 0 });
	finding->text = text_take(&text);
	return finding->text ? 0 : -ENOMEM;
}

/* @read: the read itself, when @record tells its further blocks. */
static int judge_record(const struct accesses *accesses, unsigned int worker, const struct recorder_record *read,
			const struct recorder_record *record, uint64_t *step_count, struct finding *finding)
{
	const struct judge_case *judge_case = accesses->judge_case;
	struct sight sight = {
		.accesses = accesses,
		.record = record,
		.worker = worker,
		.call_ns = recorder_call_ns(record),
		.return_ns = record->return_ns,
		.block_count = read_block_count(record),
		.is_direct = (record->detail & 1) != 0,
		.step_count = step_count,
	};
	struct flaw flaw;

	if (record->return_ns > judge_case->horizon_ns || !is_read_record(record) || !record->is_extended)
		return 0;
	if (is_beyond_end(&sight) && finding_occurs(judge_case, finding, record))
		return tell_beyond_end(finding, &sight);
	if (!sight.block_count)
		return 0;
	if (read->call == RECORDER_CALL_load)
		sight.map = accesses_map(accesses, read);
	accesses_places(accesses, record, sight.map, sight.return_ns, record->run_offset, &sight.places);
	if (record->content == RECORDER_CONTENT_tags && record->generation)
		sight.write = accesses_write(accesses, record->generation);
	if (is_wrong(&sight, &flaw) && finding_occurs(judge_case, finding, record))
		return tell(finding, &sight, &flaw);
	return 0;
}

int rule_data(const struct judge_case *judge_case, struct finding *finding)
{
	const struct history *history = judge_case->history;
	struct accesses accesses;
	uint64_t step_count = 0;
	int r;

	r = accesses_init(judge_case, &accesses);
	if (r == 0)
		finding->verdict = VERDICT_SKIP;
	if (r <= 0)
		return r;
	r = 0;
	for (unsigned int i = 0; r == 0 && i < history->worker_count; i++) {
		const struct history_worker *worker = &history->workers[i];
		const struct recorder_record *read = worker->records;

		for (uint64_t j = 0; r == 0 && j < worker->record_count; j++) {
			if (worker->records[j].call != RECORDER_CALL_blocks)
				read = &worker->records[j];
			r = judge_record(&accesses, i, read, &worker->records[j], &step_count, finding);
		}
	}
	accesses_fini(&accesses);
	return r;
}
