/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every bind, release and partition has its uevents.
 *
 * The kernel sends a uevent while it is at work on the call that causes it, so an event that was heard before a call
 * began is none of that call's.  When it was sent is not known, only when it was heard; so calls and events are matched
 * by counting: of what some calls must have caused, at least as many must have been heard since the first of them.  That
 * holds in any order of the calls, and an event more than that proves nothing.
 *
 *	a bind, LOOP_SET_CAPACITY and LOOP_CHANGE_FD: a `change` of the device;
 *	a release: a `change`, and since v6.1 one more that says DISK_MEDIA_CHANGE;
 *	LOOP_CTL_ADD and LOOP_CTL_REMOVE: `add` and `remove` of the device;
 *	a bind that reads a partition table which is certainly there: `add` of each partition, and `remove` when it is
 *	released.
 *
 * Who releases is not in the history, but between two binds of a device there was a release, and after the last one if
 * nothing was left over.  Besides, whatever is added twice must have been removed in between, and a partition that goes
 * must have come.
 *
 * Where uevents were lost on their way to the listener, a missing one accuses nobody.  Nor does one of a device into whose
 * calls failures were injected: a uevent for which there is no memory is dropped, and the call succeeds.  When the memory is
 * missing that would have brought it to the listener, that is a loss that the scenario itself has caused, and no riddle.
 */
#include "harness/judge/uevents.h"

#include <errno.h>
#include <stdlib.h>

#include "harness/judge/text.h"
#include "harness/judge/traits.h"

/* Events that the proof shows behind the call that lacks one. */
#define CITED_EVENT_COUNT 4

/*
 * At the same moment causes stand first, because an event is heard after its call began; and the release of a binding
 * before the bind, so that with one event for both it is the release that lacks one.
 */
static int compare_items(const void *left, const void *right)
{
	const struct uevent_item *a = left, *b = right;
	int order = uevent_compare_places(a, b);

	if (order == 0)
		order = (int)a->channel - (int)b->channel;
	if (order == 0)
		order = uevent_compare_numbers(a->at_ns, b->at_ns);
	if (order == 0)
		order = (a->cause == UEVENT_CAUSE_NONE) - (b->cause == UEVENT_CAUSE_NONE);
	return order ? order : (int)b->cause - (int)a->cause;
}

static int compare_by_number(const void *left, const void *right)
{
	const struct uevent_item *a = left, *b = right;
	int order = uevent_compare_places(a, b);

	return order ? order : uevent_compare_numbers(a->record->detail, b->record->detail);
}

static int compare_by_time(const void *left, const void *right)
{
	const struct uevent_item *a = left, *b = right;
	int order = uevent_compare_numbers(a->at_ns, b->at_ns);

	return order ? order : (int)a->cause - (int)b->cause;
}

/* --- what is missing --- */

static bool is_same_channel(const struct uevent_item *a, const struct uevent_item *b)
{
	return uevent_compare_places(a, b) == 0 && a->channel == b->channel;
}

/*
 * From the latest to the earliest: each cause takes one of the events that were heard since.  Those that are left over
 * can serve an earlier one; whoever finds none left is the one whose event is missing.
 */
static void match(struct uevent_items *items)
{
	uint64_t left_count = 0, heard_count = 0;

	for (uint64_t i = items->count; i > 0; i--) {
		struct uevent_item *item = &items->items[i - 1];

		if (i < items->count && !is_same_channel(item, &items->items[i])) {
			left_count = 0;
			heard_count = 0;
		}
		item->heard_count = heard_count;
		if (item->cause == UEVENT_CAUSE_NONE) {
			left_count++;
			heard_count++;
		} else if (left_count) {
			left_count--;
		} else {
			item->is_missing = true;
		}
	}
}

static void add_name(struct text *text, const struct uevent_item *item)
{
	text_add(text, "loop%d", item->device_index);
	if (item->partition)
		text_add(text, "p%u", item->partition);
}

static const char *channel_text(unsigned int channel)
{
	static const char *const texts[] = {
		[UEVENT_CHANNEL_change] = "`change`",
		[UEVENT_CHANNEL_media] = "`change` with DISK_MEDIA_CHANGE",
		[UEVENT_CHANNEL_add] = "`add`",
		[UEVENT_CHANNEL_remove] = "`remove`",
	};

	return texts[channel];
}

/* LOOP_CONFIGURE holds uevents back while it is at work; the last one that failed may have forgotten to let them go. */
static const struct uevent_item *last_failed_configure(const struct uevents *uevents, const struct uevent_item *item)
{
	uint64_t at = uevents_find_calls(uevents, item->device_index, item->at_ns);

	for (; at > 0 && uevents->calls.items[at - 1].device_index == item->device_index; at--) {
		const struct uevent_item *call = &uevents->calls.items[at - 1];

		if (call->record->call == RECORDER_CALL_configure)
			return call->record->result == -EINVAL ? call : NULL;
	}
	return NULL;
}

static void cite_events(struct uevents *uevents, const struct uevent_item *item)
{
	const struct history *history = uevents->judge_case->history;
	const struct history_worker *listener = history->listener;
	unsigned int cited_count = 0;

	for (uint64_t i = 0; i < listener->record_count && cited_count < CITED_EVENT_COUNT; i++) {
		const struct recorder_record *record = &listener->records[i];

		if (record->call != RECORDER_CALL_uevent || record->device_index != item->device_index ||
		    recorder_call_ns(record) < item->at_ns)
			continue;
		proof_add(uevents->finding, history->worker_count, record);
		cited_count++;
	}
}

static void add_loss(const struct uevents *uevents, struct text *text)
{
	if (uevents->lost_count)
		text_add(text, "%llu uevents", (unsigned long long)uevents->lost_count);
	else
		text_add(text, "An unknown number of uevents");
	text_add(text, " of the machine did not reach the listener, so that a missing one proves nothing");
}

/* Tells one that is missing; without all events it is only said that nobody knows. */
static int tell(struct uevents *uevents, const struct uevent_item *item, struct text *text)
{
	const struct uevent_item *suspect = last_failed_configure(uevents, item);

	free(uevents->finding->text);
	uevents->finding->text = NULL;
	if (suspect) {
		text_add(text, " Before it, worker %u's LOOP_CONFIGURE(loop%d) had failed with EINVAL.",
			 suspect->worker, suspect->device_index);
		proof_add(uevents->finding, suspect->worker, suspect->record);
	}
	proof_add(uevents->finding, item->worker, item->record);
	cite_events(uevents, item);
	uevents->finding->text = text_take(text);
	return uevents->finding->text ? 0 : -ENOMEM;
}

static bool is_excused(const struct uevents *uevents, const struct uevent_item *item)
{
	return survey_device_flags(&uevents->judge_case->survey, item->device_index) & SURVEY_DEVICE_INJECTED;
}

static int tell_missing(struct uevents *uevents, const struct uevent_item *item)
{
	static const struct {
		const char *before;
		const char *behind;
	} words[] = {
#define X(name, channel, before, behind) [UEVENT_CAUSE_##name] = { before, behind },
		UEVENT_CAUSES(X)
#undef X
	};
	const struct judge_case *judge_case = uevents->judge_case;
	struct text text = TEXT_NULL;

	if (is_excused(uevents, item) || !finding_occurs(judge_case, uevents->finding, item->record))
		return 0;
	text_add(&text, "worker %u's %s (from ", item->worker, recorder_call_text(item->record->call));
	text_add_time(&text, item->at_ns, judge_case->origin_ns);
	text_add(&text, " to ");
	text_add_time(&text, item->record->return_ns, judge_case->origin_ns);
	text_add(&text, ") %s ", words[item->cause].before);
	add_name(&text, item);
	text_add(&text, "%s, but there is no %s uevent for it: ", words[item->cause].behind,
		 channel_text(item->channel));
	if (item->heard_count == 1)
		text_add(&text, "the one that was heard since then is that of a later call.");
	else if (item->heard_count)
		text_add(&text, "the %llu that were heard since then are those of later calls.",
			 (unsigned long long)item->heard_count);
	else
		text_add(&text, "none was heard from then to the end of the run.");
	text_add(&text, " The kernel should have sent one.");
	return tell(uevents, item, &text);
}

static int report_missing(struct uevents *uevents)
{
	struct uevent_items missing = { 0 };
	int r = 0;

	uevent_items_sort(&uevents->items, compare_items);
	match(&uevents->items);
	for (uint64_t i = 0; r == 0 && i < uevents->items.count; i++)
		if (uevents->items.items[i].is_missing)
			r = uevent_items_append(&missing, uevents->items.items[i]);
	if (r == 0 && missing.count)
		r = uevents_collect_calls(uevents);
	uevent_items_sort(&missing, compare_by_time);
	for (uint64_t i = 0; r == 0 && i < missing.count; i++)
		r = tell_missing(uevents, &missing.items[i]);
	free(missing.items);
	return r;
}

/* --- what came twice --- */

/* What is known to be missing is told as that. */
static bool is_told(const struct uevent_items *items, const struct uevent_item *event, enum uevent_channel missing)
{
	for (uint64_t i = 0; i < items->count; i++)
		if (items->items[i].is_missing && items->items[i].channel == missing &&
		    uevent_compare_places(&items->items[i], event) == 0)
			return true;
	return false;
}

/* Was never more than one thing at a time asked of the device, all through the run? */
static bool is_quiet(const struct uevents *uevents, int device_index)
{
	const struct uevent_items *calls = &uevents->calls;

	for (uint64_t i = uevents_find_calls(uevents, device_index, 0);
	     i < calls->count && calls->items[i].device_index == device_index; i++)
		if (calls->items[i].ended_ns_max > calls->items[i].at_ns)
			return false;
	return uevents->judge_case->horizon_ns == UINT64_MAX;
}

/* The last bind before an event: whose partitions these are. */
static const struct uevent_item *bind_before(const struct uevents *uevents, const struct uevent_item *event)
{
	const struct uevent_item *last = NULL;

	for (uint64_t i = 0; i < uevents->binds.count; i++) {
		const struct uevent_item *bind = &uevents->binds.items[i];

		if (bind->device_index == event->device_index && bind->at_ns <= event->at_ns)
			last = bind;
	}
	return last;
}

static int tell_twice(struct uevents *uevents, const struct uevent_item *first, const struct uevent_item *second)
{
	struct text text = TEXT_NULL;

	if (is_excused(uevents, second) || is_told(&uevents->items, second, UEVENT_CHANNEL_remove) ||
	    !finding_occurs(uevents->judge_case, uevents->finding, second->record))
		return 0;
	text_add(&text, "two `add` uevents of ");
	add_name(&text, second);
	text_add(&text, " came with no `remove` between them, the second at ");
	text_add_time(&text, second->at_ns, uevents->judge_case->origin_ns);
	text_add(&text, ". The kernel should have sent one when the first was removed.");
	proof_add(uevents->finding, first->worker, first->record);
	return tell(uevents, second, &text);
}

/*
 * A partition goes that never came.  Whoever opens a device just when it is bound may look for partitions while the bind
 * still holds uevents back, so this is wrong only where nobody else was at it.
 */
static int tell_never_came(struct uevents *uevents, const struct uevent_item *event)
{
	const struct uevent_item *bind = bind_before(uevents, event);
	struct text text = TEXT_NULL;

	if (!event->partition || is_excused(uevents, event) || !is_quiet(uevents, event->device_index) ||
	    is_told(&uevents->items, event, UEVENT_CHANNEL_add) ||
	    !finding_occurs(uevents->judge_case, uevents->finding, bind ? bind->record : event->record))
		return 0;
	text_add(&text, "a `remove` uevent of ");
	add_name(&text, event);
	text_add(&text, " came at ");
	text_add_time(&text, event->at_ns, uevents->judge_case->origin_ns);
	text_add(&text, ", but no `add` of it before. The kernel should have sent one when the partition was made.");
	if (bind)
		proof_add(uevents->finding, bind->worker, bind->record);
	return tell(uevents, event, &text);
}

/* An `add` and a `remove` of the same device or partition are sent under a lock: their numbers tell their order. */
static int report_repeated(struct uevents *uevents)
{
	int r = 0;

	uevent_items_sort(&uevents->events, compare_by_number);
	for (uint64_t i = 0; r == 0 && i < uevents->events.count; i++) {
		const struct uevent_item *event = &uevents->events.items[i];
		bool has_before = i > 0 && uevent_compare_places(event, event - 1) == 0;

		if (event->channel == UEVENT_CHANNEL_add && has_before && event[-1].channel == UEVENT_CHANNEL_add)
			r = tell_twice(uevents, event - 1, event);
		else if (event->channel == UEVENT_CHANNEL_remove &&
			 (!has_before || event[-1].channel == UEVENT_CHANNEL_remove))
			r = tell_never_came(uevents, event);
	}
	return r;
}

/* --- the rule --- */

static bool is_model(const struct evidence *evidence)
{
	return evidence->scenario && evidence->scenario->kernel != SCENARIO_KERNEL_real;
}

static bool announces_media(const struct evidence *evidence)
{
	/* The driver inside the harness is one of v6.10. */
	struct kernel_version kernel = is_model(evidence) ? (struct kernel_version){ 6, 10, -1 } : evidence->kernel;
	struct loop_traits traits = loop_traits_of(kernel);

	return has_trait(traits, LOOP_TRAIT_media_change_uevents) &&
	       !lacks_trait(traits, LOOP_TRAIT_media_change_uevents);
}

static int weaken(struct uevents *uevents)
{
	struct finding *finding = uevents->finding;
	struct text text = TEXT_NULL;

	add_loss(uevents, &text);
	if (finding->text)
		text_add(&text, ": %s", finding->text);
	else
		text_add(&text, ".");
	free(finding->text);
	finding->text = text_take(&text);
	finding->verdict = VERDICT_UNKNOWN;
	finding->count = uevents->gap_count;
	finding->known_count = 0;
	finding->known_name = NULL;
	return finding->text ? 0 : -ENOMEM;
}

/* There is no evidence any more, and a good reason for that. */
static void forget(struct finding *finding)
{
	free(finding->text);
	*finding = (struct finding){ .rule = finding->rule, .verdict = VERDICT_SKIP };
}

int rule_uevents(const struct judge_case *judge_case, struct finding *finding)
{
	struct uevents uevents = {
		.judge_case = judge_case,
		.finding = finding,
		.has_media = announces_media(judge_case->evidence),
	};
	bool is_shared;
	int r;

	/* Others may cause events of their own; the driver inside the harness has no others. */
	is_shared = judge_case->evidence->is_shared && !is_model(judge_case->evidence);
	if (!judge_case->history || !judge_case->history->listener || is_shared ||
	    !uevents_were_heard(judge_case->history->listener)) {
		finding->verdict = VERDICT_SKIP;
		return 0;
	}
	r = uevents_begin(&uevents);
	for (; r == 0 && uevents.batch < uevents.batch_count; uevents.batch++) {
		r = uevents_collect(&uevents);
		if (r == 0)
			r = report_missing(&uevents);
		if (r == 0)
			r = report_repeated(&uevents);
	}
	if (r == 0 && uevents.gap_count && judge_case->survey.has_injected)
		forget(finding);
	else if (r == 0 && uevents.gap_count)
		r = weaken(&uevents);
	uevents_fini(&uevents);
	return r;
}
