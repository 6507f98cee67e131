/* SPDX-License-Identifier: Apache-2.0 */
/*
 * At the end no device of ours is bound, the file system of the backing files can be unmounted, the kernel uses as much
 * as before, and the loop module can be removed.
 *
 * A device may be left over because nobody asked for its release: a program that closes without autoclear, or a worker
 * that is stuck.  That is not the kernel's doing.  All the rest is looked at when everything was released, by us if
 * need be.
 */
#include "harness/judge/rules.h"

#include <errno.h>
#include <string.h>

#include "harness/judge/text.h"

#define SLAB_PREFIX "slab_"

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

/* Says whose backing file it is: numbers behind those of workers are the scenario's named ones. */
static void add_owner(const struct judge_case *judge_case, const struct leftover *leftover, struct text *text)
{
	const struct scenario *scenario = judge_case->evidence->scenario;
	int row = leftover->worker - (int)BACKINGS_NAMED_FIRST;

	if (scenario && row >= 0 && (unsigned int)row < scenario->backing_count)
		text_add(text, "the backing file %s", scenario->backings[row].name);
	else
		text_add(text, "the backing file of worker %d", leftover->worker);
}

static void tell_leftover(const struct judge_case *judge_case, const struct leftover *leftover, struct finding *finding,
			  struct text *text)
{
	const struct binding_event *bind = last_bind(judge_case, leftover);
	const struct binding_event *release = bind ? release_after(judge_case, bind) : NULL;
	bool is_asked_for = !bind || release;

	if (!is_asked_for && finding->verdict != VERDICT_PASS) {
		/* Told already is this or something worse. */
		finding->count += finding->verdict == VERDICT_UNKNOWN;
		return;
	}
	if (is_asked_for) {
		if (finding->verdict == VERDICT_UNKNOWN)
			finding->count = 0;
		if (!finding_occurs(judge_case, finding, NULL))
			return;
	} else {
		finding->verdict = VERDICT_UNKNOWN;
		finding->count++;
	}
	finding->call_count = 0;
	text->length = 0;
	text_add(text, "at the end loop%d was still bound to inode %llu of device %llu, ", leftover->device_index,
		 (unsigned long long)leftover->inode, (unsigned long long)leftover->dev);
	add_owner(judge_case, leftover, text);
	if (bind)
		proof_add(finding, bind->worker, bind->record);
	if (release) {
		proof_add(finding, release->worker, release->record);
		text_add(text, ", although worker %u had asked for its release at ", release->worker);
		text_add_time(text, release->call_ns, judge_case->origin_ns);
	}
	text_add(text, is_asked_for ? ".  The kernel should have released it."
				    : ", but the record shows nobody who asked for its release.");
}

/* One more thing that is the kernel's fault: it is told behind the others, but not behind what is nobody's fault. */
static void begin(const struct judge_case *judge_case, struct finding *finding, struct text *text)
{
	bool is_next = finding->verdict == VERDICT_VIOLATION;

	if (!is_next) {
		text->length = 0;
		finding->call_count = 0;
		finding->count = 0;
	}
	/* No call is to blame, so all of them are known bugs or none is. */
	finding_occurs(judge_case, finding, NULL);
	text_add(text, is_next ? "  And " : "");
}

static void tell_module(const struct judge_case *judge_case, struct finding *finding, struct text *text)
{
	begin(judge_case, finding, text);
	text_add(text, "the loop module could not be removed: %s.  %s",
		 error_name(judge_case->evidence->module_remove_error),
		 "With all devices released and closed nothing should hold it.");
}

static void tell_unmount(const struct judge_case *judge_case, struct finding *finding, struct text *text)
{
	begin(judge_case, finding, text);
	text_add(text,
		 "the file system that holds the backing files could not be unmounted: %s.  With all devices released "
		 "and all backing files closed nothing should hold one.",
		 error_name(judge_case->evidence->unmount_error));
}

/* What a count means; those that are not here have no words but their name. */
static const char *resource_text(const char *name)
{
	static const struct {
		const char *name;
		const char *text;
	} texts[] = {
		{ "files_after_last_close", "backing files that were still held when the last close() had returned" },
		{ "loop_threads", "kernel threads of the loop driver" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].name, name) == 0)
			return texts[i].text;
	return name;
}

/* Their numbers are those before and after some uses of one device at the end. */
static void tell_slab(const struct judge_case *judge_case, const struct resource *resource, struct finding *finding,
		      struct text *text)
{
	begin(judge_case, finding, text);
	text_add(text,
		 "each time that a device was used some more, at the end, the kernel had lost as many objects of %s, "
		 "%llu in all.  A device that is bound and released, or removed and made again, should leave nothing.",
		 resource->name + strlen(SLAB_PREFIX), (unsigned long long)(resource->after - resource->before));
}

static void tell_resource(const struct judge_case *judge_case, const struct resource *resource, struct finding *finding,
			  struct text *text)
{
	begin(judge_case, finding, text);
	text_add(text, "there were %llu %s when everything was released, and %llu before the run.",
		 (unsigned long long)resource->after, resource_text(resource->name),
		 (unsigned long long)resource->before);
}

/* Descriptors of our own process are ours to close. */
static void tell_own_descriptors(const struct resource *resource, struct finding *finding, struct text *text)
{
	if (finding->verdict != VERDICT_PASS)
		return;
	finding->verdict = VERDICT_BROKEN;
	finding->count = 1;
	text_add(text, "the harness had %llu descriptors open when everything was released, and %llu before the run.",
		 (unsigned long long)resource->after, (unsigned long long)resource->before);
}

static void tell_resources(const struct judge_case *judge_case, struct finding *finding, struct text *text)
{
	const struct evidence *evidence = judge_case->evidence;
	const struct resource *own = NULL;

	for (unsigned int i = 0; i < evidence->resource_count; i++) {
		const struct resource *resource = &evidence->resources[i];

		if (resource->after <= resource->before)
			continue;
		if (strcmp(resource->name, "fds") == 0)
			own = resource;
		else if (strncmp(resource->name, SLAB_PREFIX, strlen(SLAB_PREFIX)) == 0)
			tell_slab(judge_case, resource, finding, text);
		else
			tell_resource(judge_case, resource, finding, text);
	}
	if (own)
		tell_own_descriptors(own, finding, text);
}

int rule_no_leak(const struct judge_case *judge_case, struct finding *finding)
{
	const struct evidence *evidence = judge_case->evidence;
	const struct history *history = judge_case->history;
	struct text text = TEXT_NULL;

	for (unsigned int i = 0; i < evidence->leftover_count; i++)
		if (!is_stuck(evidence, evidence->leftovers[i].worker))
			tell_leftover(judge_case, &evidence->leftovers[i], finding, &text);
	/* A call that never returns holds its device, and the device its backing file and the module. */
	if (!evidence->stuck_count) {
		if (evidence->has_unmount && evidence->unmount_error)
			tell_unmount(judge_case, finding, &text);
		tell_resources(judge_case, finding, &text);
		if (evidence->has_module && evidence->module_remove_error)
			tell_module(judge_case, finding, &text);
	}
	if (finding->verdict == VERDICT_PASS) {
		if (!history || history->phase < RECORDER_PHASE_done || evidence->skip_reason)
			finding->verdict = VERDICT_SKIP;
		return 0;
	}
	finding->text = text_take(&text);
	return finding->text ? 0 : -ENOMEM;
}
