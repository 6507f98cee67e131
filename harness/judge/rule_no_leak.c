/* SPDX-License-Identifier: Apache-2.0 */
/*
 * At the end no device of ours is bound, and the loop module can be removed.
 *
 * A device may be left over because nobody asked for its release: a program that closes without autoclear, or a worker
 * that is stuck.  That is not the kernel's doing.
 */
#include "harness/judge/rules.h"

#include <errno.h>

#include "harness/judge/text.h"

static bool is_stuck(const struct evidence *evidence, int worker)
{
	for (unsigned int i = 0; i < evidence->stuck_count; i++)
		if (evidence->stucks[i].worker == worker)
			return true;
	return false;
}

/* The last bind that may have made this left-over, or NULL. */
static const struct binding_event *last_bind(const struct judge_case *judge_case, const struct leftover *leftover)
{
	const struct bindings *bindings = &judge_case->bindings;
	const struct binding_event *last = NULL;

	for (uint64_t i = 0; i < bindings->bind_count; i++) {
		const struct binding_event *bind = &bindings->binds[i];

		if (bind->device_index == leftover->device_index && bind->record->dev == leftover->dev &&
		    bind->record->inode == leftover->inode && (!last || bind->return_ns > last->return_ns))
			last = bind;
	}
	return last;
}

static const struct binding_event *release_after(const struct judge_case *judge_case, const struct binding_event *bind)
{
	const struct binding_event *releases;
	uint64_t release_count;

	releases = bindings_releases_of(&judge_case->bindings, bind->device_index, &release_count);
	for (uint64_t i = 0; i < release_count; i++)
		if (releases[i].return_ns >= bind->return_ns)
			return &releases[i];
	return NULL;
}

static void tell_leftover(const struct judge_case *judge_case, const struct leftover *leftover, struct finding *finding,
			  struct text *text)
{
	const struct binding_event *bind = last_bind(judge_case, leftover);
	const struct binding_event *release = bind ? release_after(judge_case, bind) : NULL;
	enum verdict verdict = bind && !release ? VERDICT_UNKNOWN : VERDICT_VIOLATION;

	finding->count++;
	if (finding->verdict >= verdict)
		return;
	/* The first of the worst is told. */
	finding->verdict = verdict;
	finding->call_count = 0;
	text->length = 0;
	text_add(text, "at the end loop%d was still bound to inode %llu of device %llu, the backing file of worker %d",
		 leftover->device_index, (unsigned long long)leftover->inode, (unsigned long long)leftover->dev,
		 leftover->worker);
	if (bind)
		proof_add(finding, bind->worker, bind->record);
	if (release) {
		proof_add(finding, release->worker, release->record);
		text_add(text, ", although worker %u had asked for its release at ", release->worker);
		text_add_time(text, release->call_ns, judge_case->origin_ns);
	}
	text_add(text, verdict == VERDICT_UNKNOWN ? ", but the record shows nobody who asked for its release."
						  : ".  The kernel should have released it.");
}

static void tell_module(const struct evidence *evidence, struct finding *finding, struct text *text)
{
	if (finding->verdict < VERDICT_VIOLATION) {
		text->length = 0;
		finding->call_count = 0;
	}
	finding->count++;
	text_add(text, "%sthe loop module could not be removed: %s.  %s",
		 finding->verdict == VERDICT_VIOLATION ? "  Then " : "", error_name(evidence->module_remove_error),
		 "With all devices released and closed nothing should hold it.");
	finding->verdict = VERDICT_VIOLATION;
}

int rule_no_leak(const struct judge_case *judge_case, struct finding *finding)
{
	const struct evidence *evidence = judge_case->evidence;
	const struct history *history = judge_case->history;
	struct text text = TEXT_NULL;

	for (unsigned int i = 0; i < evidence->leftover_count; i++)
		if (!is_stuck(evidence, evidence->leftovers[i].worker))
			tell_leftover(judge_case, &evidence->leftovers[i], finding, &text);
	/* A call that never returns holds its device, and the device the module. */
	if (evidence->has_module && evidence->module_remove_error && !evidence->stuck_count)
		tell_module(evidence, finding, &text);
	if (finding->verdict == VERDICT_PASS) {
		if (!history || history->phase < RECORDER_PHASE_done)
			finding->verdict = VERDICT_SKIP;
		return 0;
	}
	finding->text = text_take(&text);
	return finding->text ? 0 : -ENOMEM;
}
