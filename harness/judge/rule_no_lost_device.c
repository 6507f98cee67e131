/* SPDX-License-Identifier: Apache-2.0 */
/*
 * At the end every device can be bound, released and removed.
 *
 * When the workers have ended and everything was released, the guest tries its devices out, alone.  Nothing that fails
 * then can be blamed on anybody's race.
 */
#include "harness/judge/rules.h"

#include <errno.h>

#include "harness/judge/text.h"

/* The last call of each worker on a device. */
static void cite_last_calls(const struct history *history, int device_index, struct finding *finding)
{
	for (unsigned int i = 0; history && i < history->worker_count; i++) {
		const struct history_worker *worker = &history->workers[i];

		for (uint64_t j = worker->record_count; j > 0; j--) {
			if (worker->records[j - 1].device_index == device_index) {
				proof_add(finding, i, &worker->records[j - 1]);
				break;
			}
		}
	}
}

int rule_no_lost_device(const struct judge_case *judge_case, struct finding *finding)
{
	const struct evidence *evidence = judge_case->evidence;
	struct text text = TEXT_NULL;

	if (!evidence->has_checked_devices && !evidence->lost_device_count)
		finding->verdict = VERDICT_SKIP;
	for (unsigned int i = 0; i < evidence->lost_device_count; i++) {
		const struct lost_device *device = &evidence->lost_devices[i];

		if (!finding_occurs(judge_case, finding, NULL))
			continue;
		text_add(&text,
			 "when all workers had ended and all devices were released, loop%d, %s, was of no use any "
			 "more: %s",
			 device->device_index, device->state, device->what);
		if (device->error)
			text_add(&text, " failed with %s", error_name(device->error));
		text_add(&text, ".  On a sound kernel a device that nobody uses can be bound, released and removed, "
				"and made again.");
		cite_last_calls(judge_case->history, device->device_index, finding);
		if (finding->call_count)
			text_add(&text, "  Cited are the workers' last calls on it.");
		finding->text = text_take(&text);
		if (!finding->text)
			return -ENOMEM;
	}
	return 0;
}
