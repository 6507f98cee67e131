/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pass over a history, and the second look at what it could not explain; see examination.h.
 */
#include "harness/judge/examination.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/judge/call_order.h"
#include "harness/judge/rules.h"
#include "harness/judge/window.h"

/* Sound histories need a handful; this many are reached only where nearly everything overlaps. */
#define CONFIGURATION_COUNT_MAX 65536

/* Minor numbers end there. */
#define DEVICE_INDEX_COUNT (1 << 20)

/* Copies of descriptors and mappings may end later than the call that ends them. */
#define OPEN_CALL_COUNT_SLACK 32

/* So many devices that cannot be explained are looked at again; those beyond count for the model. */
#define SECOND_LOOK_COUNT_MAX 32

struct failure {
	int device_index;
	struct examined_call culprit;
};

/* How much of what is done to a device stands in the history. */
enum view { VIEW_WHOLE, VIEW_WITHOUT_OPENERS, VIEW_WITHOUT_BINDERS, VIEW_COUNT };

/* A device under examination. */
struct device {
	struct linearize *linearize;
	const struct loop_model *model;
	/* Of calls that change what is read without a lock: so many were made, and so many go on. */
	uint64_t change_count;
	unsigned int open_change_count;
};

struct examiner {
	const struct history *history;
	uint64_t horizon_ns;
	struct loop_model models[VIEW_COUNT];
	struct linearize_model functions[VIEW_COUNT];
	struct device *devices; /* by index */
	unsigned int device_count;
	struct failure *failures; /* in the order of time */
	uint64_t failure_count;
	uint64_t failure_capacity_count;
	struct examination *examination;
};

/* --- devices --- */

static int make_room(struct examiner *examiner, unsigned int index)
{
	unsigned int count = examiner->device_count ? examiner->device_count : 16;
	struct device *devices;

	while (count <= index)
		count *= 2;
	if (count == examiner->device_count)
		return 0;
	devices = realloc(examiner->devices, count * sizeof(*devices));
	if (!devices)
		return -ENOMEM;
	memset(devices + examiner->device_count, 0, (count - examiner->device_count) * sizeof(*devices));
	examiner->devices = devices;
	examiner->device_count = count;
	return 0;
}

static enum view view_of(const struct examiner *examiner, int index)
{
	const struct survey *survey = examiner->models[VIEW_WHOLE].survey;
	unsigned int flags = survey_device_flags(survey, index);

	if (survey->has_module_calls || flags & SURVEY_DEVICE_DOUBTFUL)
		return VIEW_WITHOUT_BINDERS;
	return flags & (SURVEY_DEVICE_UNSEEN_OPEN | SURVEY_DEVICE_STACKED | SURVEY_DEVICE_PARTITIONS_MANY)
		       ? VIEW_WITHOUT_OPENERS
		       : VIEW_WHOLE;
}

static struct linearize *new_linearize(const struct examiner *examiner, const struct loop_model *model,
				       const struct linearize_model *functions)
{
	struct linearize_state states[LOOP_MODEL_INITIAL_COUNT_MAX];
	/* With calls that are not in the history, the history may begin in the middle of things. */
	unsigned int state_count = model->has_other_openers ? loop_model_anywhere(states) : loop_model_initial(states);

	/* Where a call starts when another of the same worker ends, both count as open: twice as many may be. */
	return linearize_new(functions, states, state_count,
			     examiner->history->worker_count * 2 + OPEN_CALL_COUNT_SLACK, CONFIGURATION_COUNT_MAX);
}

/* Is this a call on a device that can be examined?  NULL when not. */
static int device_at(struct examiner *examiner, int index, struct device **ret_device)
{
	const struct survey *survey = examiner->models[VIEW_WHOLE].survey;
	struct device *device;
	enum view view;
	int r;

	*ret_device = NULL;
	if (index >= DEVICE_INDEX_COUNT || survey_device_flags(survey, index) & SURVEY_DEVICE_WILD)
		return 0;
	r = make_room(examiner, (unsigned int)index);
	if (r < 0)
		return r;
	device = &examiner->devices[index];
	if (!device->linearize) {
		view = view_of(examiner, index);
		device->model = &examiner->models[view];
		device->linearize = new_linearize(examiner, device->model, &examiner->functions[view]);
		examiner->examination->model.has_other_openers |= device->model->has_other_openers;
	}
	*ret_device = device;
	return device->linearize ? 0 : -ENOMEM;
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

/* --- feeding a device --- */

/*
 * Whether a call is fed at all, and when it has returned for certain: a close counts only when it ends its description,
 * and of what is done through a description that may be of a device which is gone, only what may have changed this one.
 */
static bool is_fed(const struct examiner *examiner, struct call_event *event)
{
	const struct survey *survey = examiner->models[VIEW_WHOLE].survey;
	const struct recorder_record *record = event->record;
	unsigned int flags = survey_file_flags(survey, record->file);
	bool is_end = record->call == RECORDER_CALL_close || record->call == RECORDER_CALL_unmap;
	uint64_t return_ns;

	if (flags & SURVEY_FILE_DOUBTFUL)
		return !is_end && record->call != RECORDER_CALL_open &&
		       loop_model_changes(record, event->return_ns != UINT64_MAX);
	if (!is_end || !(flags & SURVEY_FILE_HELD))
		return record->call != RECORDER_CALL_unmap;
	if (!survey_last_close(survey, record, &return_ns))
		return false;
	if (return_ns > event->return_ns)
		event->return_ns = return_ns > examiner->horizon_ns ? UINT64_MAX : return_ns;
	return true;
}

/* What one event came to. */
enum fed { FED_NOTHING, FED_CALL, FED_RETURN };

static int feed_call(struct device *device, struct call_order *order, const struct call_event *event, enum fed *ret_fed)
{
	struct linearize_call call;
	unsigned int slot;
	int r;

	*ret_fed = FED_NOTHING;
	if (loop_model_reads(event->record)) {
		if (!device->model->has_quiet_reads || device->open_change_count || event->return_ns == UINT64_MAX)
			return 0;
		return call_order_await(order, event, device->change_count);
	}
	if (!loop_model_call(device->model, event->record, event->call_ns, event->return_ns, &call))
		return 0;
	r = linearize_call(device->linearize, &call, &slot);
	if (r < 0)
		return r;
	*ret_fed = FED_CALL;
	if (loop_model_changes(event->record, event->return_ns != UINT64_MAX)) {
		device->change_count++;
		device->open_change_count++;
	}
	if (linearize_verdict(device->linearize) == LINEARIZE_OK && event->return_ns != UINT64_MAX)
		return call_order_await(order, event, slot);
	return 0;
}

static int feed_return(struct device *device, const struct call_event *event, enum fed *ret_fed)
{
	unsigned int slot = (unsigned int)event->tag;
	struct linearize_call call;
	int r = 0;

	*ret_fed = FED_NOTHING;
	if (loop_model_reads(event->record)) {
		/* Nothing was changed all the time, so that it may as well have been made now. */
		if (device->open_change_count || device->change_count != event->tag ||
		    !loop_model_call(device->model, event->record, event->return_ns, event->return_ns, &call))
			return 0;
		r = linearize_call(device->linearize, &call, &slot);
		if (r < 0 || linearize_verdict(device->linearize) != LINEARIZE_OK)
			return r;
	} else if (loop_model_changes(event->record, true)) {
		device->open_change_count--;
	}
	*ret_fed = FED_RETURN;
	return linearize_return(device->linearize, slot);
}

/* --- the pass over all devices --- */

static int pass_call(struct examiner *examiner, struct call_order *order, struct call_event *event)
{
	struct device *device;
	enum fed fed;
	int r;

	if (!is_fed(examiner, event))
		return 0;
	r = device_at(examiner, event->record->device_index, &device);
	if (r < 0 || !device || linearize_verdict(device->linearize) != LINEARIZE_OK)
		return r;
	r = feed_call(device, order, event, &fed);
	if (r == 0 && linearize_verdict(device->linearize) != LINEARIZE_OK)
		note_limit(examiner, event->record->device_index, linearize_limit(device->linearize));
	return r;
}

static int pass_return(struct examiner *examiner, const struct call_event *event)
{
	struct device *device = &examiner->devices[event->record->device_index];
	enum fed fed;
	int r;

	if (linearize_verdict(device->linearize) != LINEARIZE_OK)
		return 0;
	r = feed_return(device, event, &fed);
	if (r < 0)
		return r;
	if (linearize_verdict(device->linearize) == LINEARIZE_ILLEGAL)
		return note_failure(examiner, event);
	if (linearize_verdict(device->linearize) == LINEARIZE_UNKNOWN)
		note_limit(examiner, event->record->device_index, linearize_limit(device->linearize));
	return 0;
}

static void forget_devices(struct examiner *examiner)
{
	for (unsigned int i = 0; i < examiner->device_count; i++)
		linearize_free(examiner->devices[i].linearize);
	free(examiner->devices);
	examiner->devices = NULL;
	examiner->device_count = 0;
}

static int pass(struct examiner *examiner)
{
	struct call_order order;
	struct call_event event;
	int r;

	r = call_order_init(examiner->history, examiner->horizon_ns, -1, &order);
	if (r < 0)
		return r;
	while (r == 0 && call_order_next(&order, &event))
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
	struct device device;
	struct examined_call culprit;			    /* once the verdict is ILLEGAL */
	struct examined_call latest[WINDOW_CALL_COUNT_MAX]; /* a ring */
	uint64_t call_count;
};

static void note_latest(struct second_look *look, const struct call_event *event)
{
	look->latest[look->call_count++ % WINDOW_CALL_COUNT_MAX] = examined(event);
}

static int look_at(struct examiner *examiner, struct second_look *look, struct call_order *order,
		   struct call_event *event)
{
	enum fed fed;
	int r;

	if (event->is_return) {
		bool is_read = loop_model_reads(event->record);

		r = feed_return(&look->device, event, &fed);
		look->culprit = examined(event);
		if (is_read)
			look->culprit.call_ns = event->return_ns;
		if (is_read && fed == FED_RETURN)
			look->latest[look->call_count++ % WINDOW_CALL_COUNT_MAX] = look->culprit;
		return r;
	}
	if (!is_fed(examiner, event))
		return 0;
	r = feed_call(&look->device, order, event, &fed);
	if (fed == FED_CALL)
		note_latest(look, event);
	return r;
}

static int second_look(struct examiner *examiner, int device_index, bool checks_get_free, struct second_look *look)
{
	struct call_order order;
	struct call_event event;
	int r;

	*look = (struct second_look){ .model = examiner->models[view_of(examiner, device_index)] };
	look->model.checks_get_free = checks_get_free;
	look->functions = loop_model_linearize(&look->model);
	look->device.model = &look->model;
	r = call_order_init(examiner->history, examiner->horizon_ns, device_index, &order);
	if (r < 0)
		return r;
	look->device.linearize = new_linearize(examiner, &look->model, &look->functions);
	if (!look->device.linearize)
		r = -ENOMEM;
	while (r == 0 && linearize_verdict(look->device.linearize) == LINEARIZE_OK && call_order_next(&order, &event))
		r = look_at(examiner, look, &order, &event);
	call_order_fini(&order);
	return r;
}

/* --- words --- */

/* What a call may return that the model knows of; the first that is possible is told. */
static void add_possible(struct text *text, const struct second_look *look)
{
	static const int results[] = { 0,	-EBUSY, -ENXIO,	    -ENOENT, -EEXIST, -ENODEV,
				       -EINVAL, -EBADF, -EOVERFLOW, -EFAULT, -ENOTTY, -EAGAIN };
	const struct recorder_record *record = look->culprit.record;
	const struct linearize *linearize = look->device.linearize;
	bool is_first = true;

	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		for (uint64_t j = 0; j < linearize_state_count(linearize); j++) {
			struct linearize_state state = linearize_state_at(linearize, j);

			if (results[i] == (record->result < 0 ? record->result : 0) ||
			    !loop_model_allows(&look->model, &state, record, results[i]))
				continue;
			text_add(text, "%s%s", is_first ? ", and only " : " or ",
				 results[i] ? error_name(-results[i]) : "success");
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

	for (uint64_t i = 0; i < linearize_state_count(look->device.linearize) && told_count < 3; i++) {
		struct linearize_state state = linearize_state_at(look->device.linearize, i);
		struct text words = TEXT_NULL;
		bool is_told = false;

		loop_model_add_state(&words, &state, look->culprit.record);
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

	text_add(&text, "loop%d was ", look->culprit.record->device_index);
	add_states(&text, look);
	add_possible(&text, look);
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
	r = window_shrink(&look->model, calls, count, culprit, &count, &unexplained->is_whole);
	if (r < 0)
		return r;
	unexplained->is_whole &= count <= EXAMINATION_CALL_COUNT_MAX;
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
	if (r == 0 && linearize_verdict(look.device.linearize) == LINEARIZE_ILLEGAL) {
		r = tell(&look, &examination->model_failures);
	} else if (r == 0) {
		linearize_free(look.device.linearize);
		r = second_look(examiner, device_index, true, &look);
		if (r == 0)
			r = tell(&look, &examination->get_free_failures);
	}
	linearize_free(look.device.linearize);
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

	/* Without an order nothing can be said, and a second look at one device could end before its failure comes. */
	if (r == 0 && !examination->is_disordered)
		r = explain_failures(examiner);
	examination->is_done = true;
	return r;
}

int examination_init(const struct history *history, uint64_t horizon_ns, const struct loop_model *model,
		     struct examination *ret_examination)
{
	struct examination examination = { .model = *model };
	struct examiner examiner = {
		.history = history,
		.horizon_ns = horizon_ns,
		.examination = &examination,
	};
	int r;

	for (unsigned int i = 0; i < VIEW_COUNT; i++) {
		examiner.models[i] = *model;
		examiner.models[i].has_other_openers |= i >= VIEW_WITHOUT_OPENERS;
		examiner.models[i].has_other_binders |= i >= VIEW_WITHOUT_BINDERS;
		examiner.models[i].has_quiet_reads = !examiner.models[i].has_other_openers;
		examiner.functions[i] = loop_model_linearize(&examiner.models[i]);
	}
	r = examine(&examiner);
	free(examiner.failures);
	/* What the caller lent is not kept. */
	examination.model.survey = NULL;
	examination.model.backings = NULL;
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
