/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No loop device is its own backing file, through others or a partition.
 *
 * A device that stands on itself waits for itself with its first read.  The kernel looks for that when it binds, so the
 * bind that closes a circle must fail; that it succeeded is the violation, whatever comes of it.
 *
 * Which device a bind stands on is in its record: a descriptor of the whole device or of a partition, as the program
 * passed it.  A circle of more than one device counts only when each of the other binds was certainly in force when the
 * last one returned: nothing else had been asked of that device since.
 */
#include "harness/judge/rules.h"

#include <errno.h>

#include "harness/judge/device_calls.h"
#include "harness/judge/text.h"

/* More devices than a chain is followed over. */
#define CHAIN_COUNT_MAX PROOF_CALL_COUNT_MAX

/* More releases of a device than these, back from a moment, are not looked at. */
#define RELEASE_COUNT_MAX 65536

static bool sets_backing(const struct recorder_record *record)
{
	return is_bind(record) || record->call == RECORDER_CALL_change_fd;
}

/* What may give a device another backing file, or none, but for the close of a descriptor that clears it. */
static bool changes_backing(const struct recorder_record *record, bool has_returned)
{
	switch (record->call) {
	case RECORDER_CALL_set_fd:
	case RECORDER_CALL_configure:
	case RECORDER_CALL_change_fd:
	case RECORDER_CALL_clr_fd:
		return !has_returned || record->result >= 0;
	case RECORDER_CALL_remove:
		return true;
	default:
		return false;
	}
}

static bool stands_on_a_device(const struct recorder_record *record, bool has_returned)
{
	return has_returned && record->result >= 0 && sets_backing(record) && record->is_extended && record->value &&
	       record->value <= INT32_MAX;
}

static int device_below(const struct recorder_record *record)
{
	return (int)(record->value - 1);
}

/* Was nothing asked of a device that could have ended a binding, from @begin_ns to @end_ns?  In doubt it was. */
static bool is_kept(const struct bindings *bindings, int index, uint64_t begin_ns, uint64_t end_ns)
{
	uint64_t count, looked_at_count = 0;
	const struct binding_event *releases = bindings_releases_until(bindings, index, end_ns, &count);

	for (; count && looked_at_count < RELEASE_COUNT_MAX; count--, looked_at_count++)
		if (releases[count - 1].return_ns >= begin_ns)
			return false;
	return count == 0;
}

/* The bind that a device's backing file certainly is from at a moment, or NULL. */
static const struct device_call *bind_at(const struct judge_case *judge_case, const struct device_calls *changes,
					 int index, uint64_t time_ns)
{
	const struct device_call *bind = device_calls_only_at(changes, index, time_ns);

	if (!bind || !stands_on_a_device(bind->record, true) ||
	    !is_kept(&judge_case->bindings, index, bind->call_ns, time_ns))
		return NULL;
	return bind;
}

/* The binds from the device below @bind's to the one that closes the circle; 1 and how many they are, 0: there is none. */
static unsigned int follow(const struct judge_case *judge_case, const struct device_calls *changes,
			   const struct device_call *bind, const struct device_call **ret_chain)
{
	int index = device_below(bind->record);
	const struct device_call *own;
	unsigned int count = 0;

	if (index == bind->device_index)
		return 1;
	own = bind_at(judge_case, changes, bind->device_index, bind->return_ns);
	if (!own || own->record != bind->record)
		return 0;
	while (index != bind->device_index) {
		if (count == CHAIN_COUNT_MAX - 1)
			return 0;
		ret_chain[count] = bind_at(judge_case, changes, index, bind->return_ns);
		if (!ret_chain[count])
			return 0;
		index = device_below(ret_chain[count++]->record);
	}
	return count + 1;
}

static void tell(const struct judge_case *judge_case, const struct device_call *bind,
		 const struct device_call *const *chain, unsigned int length, struct finding *finding,
		 struct text *text)
{
	*text = TEXT_NULL;
	text_add(text, "at ");
	text_add_time(text, bind->return_ns, judge_case->origin_ns);
	text_add(text, " %s by worker %u made loop%d its own backing file: loop%d stands on loop%d",
		 recorder_call_text(bind->record->call), bind->worker, bind->device_index, bind->device_index,
		 device_below(bind->record));
	proof_add(finding, bind->worker, bind->record);
	for (unsigned int i = 0; i + 1 < length; i++) {
		text_add(text, ", which stands on loop%d", device_below(chain[i]->record));
		proof_add(finding, chain[i]->worker, chain[i]->record);
	}
	if (length == 1)
		text_add(text, " itself, or on a partition of it");
	text_add(text, ".  The kernel should have refused the call: the first read waits for itself.");
	finding->text = text_take(text);
}

static int judge_binds(const struct judge_case *judge_case, const struct device_calls *binds,
		       const struct device_calls *changes, struct finding *finding)
{
	struct text text = TEXT_NULL;

	for (uint64_t i = 0; i < binds->count; i++) {
		const struct device_call *chain[CHAIN_COUNT_MAX];
		const struct device_call *bind = &binds->calls[i];
		unsigned int length;

		if (bind->return_ns > judge_case->horizon_ns)
			continue;
		length = follow(judge_case, changes, bind, chain);
		if (!length || !finding_occurs(judge_case, finding, bind->record))
			continue;
		tell(judge_case, bind, chain, length, finding, &text);
		if (!finding->text)
			return -ENOMEM;
	}
	return 0;
}

int rule_no_cycle(const struct judge_case *judge_case, struct finding *finding)
{
	struct device_calls binds, changes;
	int r;

	if (!judge_case->history) {
		finding->verdict = VERDICT_SKIP;
		return 0;
	}
	r = device_calls_init(judge_case->history, stands_on_a_device, &binds);
	if (r < 0)
		return r;
	r = binds.count ? device_calls_init(judge_case->history, changes_backing, &changes) : 0;
	if (binds.count && r == 0) {
		r = judge_binds(judge_case, &binds, &changes, finding);
		device_calls_fini(&changes);
	}
	device_calls_fini(&binds);
	return r;
}
