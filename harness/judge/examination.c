/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pass over a history, and the second look at what it could not explain; see examination.h.
 */
#include "harness/judge/examination.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/judge/call_order.h"
#include "harness/judge/window.h"

/* Sound histories need a handful; this many are reached only where nearly everything overlaps. */
#define CONFIGURATION_COUNT_MAX 65536

/* Minor numbers end there. */
#define DEVICE_INDEX_MAX (1 << 20)

/* Descriptors that a worker may have open at once; with more, openers are taken as not known. */
#define FILE_COUNT_MAX 16

/* So many devices that cannot be explained are looked at again; those beyond count for the model. */
#define SECOND_LOOK_COUNT_MAX 32

struct open_file {
	uint32_t file;
	int32_t device_index;
};

struct open_files {
	unsigned int count;
	struct open_file files[FILE_COUNT_MAX];
};

struct failure {
	int device_index;
	struct examined_call culprit;
};

struct examiner {
	const struct history *history;
	uint64_t horizon_ns;
	struct loop_model model;
	struct linearize_model functions;
	struct open_files *files;   /* of each worker */
	struct linearize **devices; /* by index; NULL: not seen yet */
	unsigned int device_capacity_count;
	struct failure *failures; /* in the order of time */
	uint64_t failure_count;
	uint64_t failure_capacity_count;
	struct examination *examination;
	bool has_unseen_open;
};

/* --- descriptors --- */

static struct open_file *find_file(struct open_files *files, const struct recorder_record *record)
{
	for (unsigned int i = 0; i < files->count; i++)
		if (files->files[i].file == record->file && files->files[i].device_index == record->device_index)
			return &files->files[i];
	return NULL;
}

/* Is the open of every descriptor in the history?  Otherwise nobody can tell how many have a device open. */
static bool follow_file(struct open_files *files, const struct recorder_record *record)
{
	struct open_file *file;

	if (record->call == RECORDER_CALL_get_free || record->call == RECORDER_CALL_add)
		return true;
	if (record->call == RECORDER_CALL_open) {
		if (record->result < 0 || record->return_ns == 0)
			return true;
		if (files->count == FILE_COUNT_MAX)
			return false;
		files->files[files->count++] = (struct open_file){ record->file, record->device_index };
		return true;
	}
	file = find_file(files, record);
	if (file && record->call == RECORDER_CALL_close)
		*file = files->files[--files->count];
	return file != NULL;
}

/* --- devices --- */

static int make_room(struct examiner *examiner, unsigned int index)
{
	unsigned int capacity_count = examiner->device_capacity_count ? examiner->device_capacity_count : 16;
	struct linearize **devices;

	while (capacity_count <= index)
		capacity_count *= 2;
	if (capacity_count == examiner->device_capacity_count)
		return 0;
	devices = realloc(examiner->devices, capacity_count * sizeof(*devices));
	if (!devices)
		return -ENOMEM;
	memset(devices + examiner->device_capacity_count, 0,
	       (capacity_count - examiner->device_capacity_count) * sizeof(*devices));
	examiner->devices = devices;
	examiner->device_capacity_count = capacity_count;
	return 0;
}

static struct linearize *new_device(const struct examiner *examiner, const struct linearize_model *functions)
{
	struct linearize_state states[LOOP_MODEL_INITIAL_COUNT_MAX];
	/* With calls that are not in the history, the history may begin in the middle of things. */
	unsigned int state_count =
		examiner->model.has_other_openers ? loop_model_anywhere(states) : loop_model_initial(states);

	/* Where a call starts when another of the same worker ends, both count as open: twice as many may be. */
	return linearize_new(functions, states, state_count, examiner->history->worker_count * 2,
			     CONFIGURATION_COUNT_MAX);
}

static int device_at(struct examiner *examiner, int index, struct linearize **ret_device)
{
	int r;

	if (index > DEVICE_INDEX_MAX) {
		*ret_device = NULL;
		return 0;
	}
	r = make_room(examiner, (unsigned int)index);
	if (r < 0)
		return r;
	if (!examiner->devices[index])
		examiner->devices[index] = new_device(examiner, &examiner->functions);
	*ret_device = examiner->devices[index];
	return *ret_device ? 0 : -ENOMEM;
}

static struct examined_call examined(const struct call_event *event)
{
	return (struct examined_call){ event->worker, event->record, event->call_ns, event->return_ns };
}

static int note_failure(struct examiner *examiner, const struct call_event *event)
{
	struct failure *failures = examiner->failures;

	if (examiner->failure_count == examiner->failure_capacity_count) {
		uint64_t capacity_count = examiner->failure_capacity_count * 2 + 8;

		failures = realloc(failures, capacity_count * sizeof(*failures));
		if (!failures)
			return -ENOMEM;
		examiner->failures = failures;
		examiner->failure_capacity_count = capacity_count;
	}
	failures[examiner->failure_count++] =
		(struct failure){ .device_index = event->record->device_index, .culprit = examined(event) };
	return 0;
}

static void note_limit(struct examiner *examiner, int device_index, enum linearize_limit limit)
{
	struct examination *examination = examiner->examination;

	if (!examination->unknown_count++) {
		examination->limit = limit;
		examination->limit_device_index = device_index;
	}
}

/* --- the pass over all devices --- */

static int pass_call(struct examiner *examiner, struct call_order *order, const struct call_event *event)
{
	struct linearize *device;
	struct linearize_call call;
	unsigned int slot;
	int r;

	if (!loop_model_call(event->record, event->return_ns, &call))
		return 0;
	if (!examiner->model.has_other_openers && !follow_file(&examiner->files[event->worker], event->record)) {
		examiner->has_unseen_open = true;
		return 0;
	}
	r = device_at(examiner, event->record->device_index, &device);
	if (r < 0 || !device || linearize_verdict(device) != LINEARIZE_OK)
		return r;
	r = linearize_call(device, &call, &slot);
	if (r < 0)
		return r;
	if (linearize_verdict(device) != LINEARIZE_OK)
		note_limit(examiner, event->record->device_index, linearize_limit(device));
	else if (event->return_ns != UINT64_MAX)
		return call_order_await(order, event, slot);
	return 0;
}

static int pass_return(struct examiner *examiner, const struct call_event *event)
{
	struct linearize *device = examiner->devices[event->record->device_index];
	int r;

	if (linearize_verdict(device) != LINEARIZE_OK)
		return 0;
	r = linearize_return(device, (unsigned int)event->tag);
	if (r < 0)
		return r;
	if (linearize_verdict(device) == LINEARIZE_ILLEGAL)
		return note_failure(examiner, event);
	if (linearize_verdict(device) == LINEARIZE_UNKNOWN)
		note_limit(examiner, event->record->device_index, linearize_limit(device));
	return 0;
}

static void forget_devices(struct examiner *examiner)
{
	for (unsigned int i = 0; i < examiner->device_capacity_count; i++)
		examiner->devices[i] = linearize_free(examiner->devices[i]);
}

static int pass(struct examiner *examiner)
{
	struct call_order order;
	struct call_event event;
	int r;

	r = call_order_init(examiner->history, examiner->horizon_ns, -1, &order);
	if (r < 0)
		return r;
	while (r == 0 && !examiner->has_unseen_open && call_order_next(&order, &event))
		r = event.is_return ? pass_return(examiner, &event) : pass_call(examiner, &order, &event);
	examiner->examination->is_disordered = order.is_disordered;
	examiner->examination->disordered_worker = order.disordered_worker;
	call_order_fini(&order);
	forget_devices(examiner);
	return r;
}

/* --- the second look at one device --- */

/* A device examined alone, with its latest calls. */
struct second_look {
	struct loop_model model;
	struct linearize_model functions;
	struct linearize *device;
	struct examined_call culprit;			    /* once the verdict is ILLEGAL */
	struct examined_call latest[WINDOW_CALL_COUNT_MAX]; /* a ring */
	uint64_t call_count;
};

static int look_at(struct second_look *look, struct call_order *order, const struct call_event *event)
{
	struct linearize_call call;
	unsigned int slot;
	int r;

	if (event->is_return) {
		r = linearize_return(look->device, (unsigned int)event->tag);
		look->culprit = examined(event);
		return r;
	}
	if (!loop_model_call(event->record, event->return_ns, &call))
		return 0;
	look->latest[look->call_count++ % WINDOW_CALL_COUNT_MAX] = examined(event);
	r = linearize_call(look->device, &call, &slot);
	return r == 0 && event->return_ns != UINT64_MAX ? call_order_await(order, event, slot) : r;
}

static int second_look(struct examiner *examiner, int device_index, bool checks_get_free, struct second_look *look)
{
	struct call_order order;
	struct call_event event;
	int r;

	*look = (struct second_look){ .model = examiner->model };
	look->model.checks_get_free = checks_get_free;
	look->functions = loop_model_linearize(&look->model);
	r = call_order_init(examiner->history, examiner->horizon_ns, device_index, &order);
	if (r < 0)
		return r;
	look->device = new_device(examiner, &look->functions);
	if (!look->device)
		r = -ENOMEM;
	while (r == 0 && linearize_verdict(look->device) == LINEARIZE_OK && call_order_next(&order, &event))
		r = look_at(look, &order, &event);
	call_order_fini(&order);
	return r;
}

/* --- words --- */

/* What a call may return that the model knows of; the first that is possible is told. */
static void add_possible(struct text *text, const struct second_look *look, const struct linearize_call *call)
{
	static const struct {
		int result;
		const char *word;
	} results[] = { { 0, "success" }, { -EBUSY, "EBUSY" }, { -ENXIO, "ENXIO" }, { -ENOENT, "ENOENT" } };
	bool is_first = true;

	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		for (uint64_t j = 0; j < linearize_state_count(look->device); j++) {
			struct linearize_state state = linearize_state_at(look->device, j);

			if (results[i].result == call->result ||
			    !loop_model_allows(&look->model, &state, call, results[i].result))
				continue;
			text_add(text, "%s%s", is_first ? ", and only " : " or ", results[i].word);
			is_first = false;
			break;
		}
	if (!is_first)
		text_add(text, " was possible");
}

/* The states of the device in which the culprit could have taken effect, each once; a few are enough. */
static void add_states(struct text *text, const struct second_look *look)
{
	struct text told[3] = { TEXT_NULL, TEXT_NULL, TEXT_NULL };
	unsigned int told_count = 0;

	for (uint64_t i = 0; i < linearize_state_count(look->device) && told_count < 3; i++) {
		struct linearize_state state = linearize_state_at(look->device, i);
		struct text words = TEXT_NULL;
		bool is_told = false;

		loop_model_add_state(&words, &state);
		for (unsigned int j = 0; j < told_count; j++)
			is_told |= words.bytes && told[j].bytes && strcmp(words.bytes, told[j].bytes) == 0;
		if (is_told || !words.bytes) {
			free(words.bytes);
			continue;
		}
		text_add(text, "%s%s", told_count ? " or " : "", words.bytes);
		told[told_count++] = words;
	}
	for (unsigned int i = 0; i < told_count; i++)
		free(told[i].bytes);
}

static char *reason_of(const struct second_look *look)
{
	struct text text = TEXT_NULL;
	struct linearize_call call;

	text_add(&text, "loop%d was ", look->culprit.record->device_index);
	add_states(&text, look);
	if (loop_model_call(look->culprit.record, look->culprit.return_ns, &call))
		add_possible(&text, look, &call);
	return text_take(&text);
}

/* --- from the second look to the answer --- */

static int shrink(const struct second_look *look, struct unexplained *unexplained)
{
	struct examined_call calls[WINDOW_CALL_COUNT_MAX];
	uint64_t begin = look->call_count > WINDOW_CALL_COUNT_MAX ? look->call_count - WINDOW_CALL_COUNT_MAX : 0;
	unsigned int count = 0, culprit = 0, dropped_count;
	int r;

	for (uint64_t i = begin; i < look->call_count; i++) {
		calls[count] = look->latest[i % WINDOW_CALL_COUNT_MAX];
		if (calls[count].record == look->culprit.record)
			culprit = count;
		count++;
	}
	r = window_shrink(&look->model, calls, count, culprit, &count);
	if (r < 0)
		return r;
	dropped_count = count > EXAMINATION_CALL_COUNT_MAX ? count - EXAMINATION_CALL_COUNT_MAX : 0;
	unexplained->call_count = count - dropped_count;
	memcpy(unexplained->calls, calls + dropped_count, unexplained->call_count * sizeof(*calls));
	return 0;
}

static int tell(const struct second_look *look, struct unexplained *unexplained)
{
	if (unexplained->device_count++)
		return 0;
	unexplained->culprit = look->culprit;
	unexplained->reason = reason_of(look);
	return unexplained->reason ? shrink(look, unexplained) : -ENOMEM;
}

/* Is anything wrong with a device besides what LOOP_CTL_GET_FREE returned? */
static int classify(struct examiner *examiner, int device_index)
{
	struct examination *examination = examiner->examination;
	struct second_look look;
	int r;

	r = second_look(examiner, device_index, false, &look);
	if (r == 0 && linearize_verdict(look.device) == LINEARIZE_ILLEGAL) {
		r = tell(&look, &examination->model_failures);
	} else if (r == 0) {
		linearize_free(look.device);
		r = second_look(examiner, device_index, true, &look);
		if (r == 0)
			r = tell(&look, &examination->get_free_failures);
	}
	linearize_free(look.device);
	return r;
}

static int explain_failures(struct examiner *examiner)
{
	uint64_t count = examiner->failure_count;
	int r = 0;

	for (uint64_t i = 0; r == 0 && i < count && i < SECOND_LOOK_COUNT_MAX; i++)
		r = classify(examiner, examiner->failures[i].device_index);
	if (count > SECOND_LOOK_COUNT_MAX)
		examiner->examination->model_failures.device_count += count - SECOND_LOOK_COUNT_MAX;
	return r;
}

static int examine(struct examiner *examiner)
{
	struct examination *examination = examiner->examination;
	int r = pass(examiner);

	if (r == 0 && examiner->has_unseen_open) {
		*examination = (struct examination){ 0 };
		examiner->has_unseen_open = false;
		examiner->failure_count = 0;
		examiner->model.has_other_openers = true;
		r = pass(examiner);
	}
	/* Without an order nothing can be said, and a second look at one device could end before its failure comes. */
	if (r == 0 && !examination->is_disordered)
		r = explain_failures(examiner);
	examination->is_done = true;
	examination->model = examiner->model;
	return r;
}

int examination_init(const struct history *history, uint64_t horizon_ns, const struct loop_model *model,
		     struct examination *ret_examination)
{
	struct examination examination = { 0 };
	struct examiner examiner = {
		.history = history,
		.horizon_ns = horizon_ns,
		.model = *model,
		.examination = &examination,
	};
	int r;

	examiner.functions = loop_model_linearize(&examiner.model);
	examiner.files = calloc((size_t)history->worker_count + 1, sizeof(*examiner.files));
	r = examiner.files ? examine(&examiner) : -ENOMEM;
	free(examiner.files);
	free(examiner.devices);
	free(examiner.failures);
	if (r < 0) {
		examination_fini(&examination);
		return r;
	}
	*ret_examination = examination;
	return 0;
}

void examination_fini(struct examination *examination)
{
	free(examination->model_failures.reason);
	free(examination->get_free_failures.reason);
	*examination = (struct examination){ 0 };
}
