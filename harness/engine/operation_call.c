/* SPDX-License-Identifier: Apache-2.0 */
/* Noting a call of an operation; see operation_call.h. */
#include "harness/engine/operation_call.h"

#include <string.h>
#include <sys/mman.h>

#include "harness/engine/clock.h"

struct recorder_record *operation_begin(struct worker *worker, enum recorder_call call,
					const struct descriptor *descriptor)
{
	struct recording_kernel *recording = &worker->recording;
	struct recorder_record *record = recorder_begin(&recording->writer, call);

	if (!record) {
		record = &worker->unnoted;
		memset(record, 0, sizeof(*record));
	}
	record->device_index = -1;
	record->round = recording->round;
	record->line = recording->line;
	if (descriptor) {
		record->file = descriptor->file;
		record->device_index = descriptor->device_index;
		record->partition = descriptor->partition;
	}
	return record;
}

void operation_started(struct worker *worker, struct recorder_record *record)
{
	if (record == &worker->unnoted)
		return;
	recorder_started(&worker->recording.writer, clock_now_ns());
	injection_arm(&worker->recording.injection, (enum recorder_call)record->call);
}

void operation_end(struct worker *worker, struct recorder_record *record, int result, uint64_t return_ns)
{
	if (record == &worker->unnoted)
		return;
	record->is_injected = injection_disarm(&worker->recording.injection);
	recorder_end(&worker->recording.writer, result, return_ns);
}

void *operation_scratch(struct worker *worker)
{
	if (!worker->scratch) {
		void *page = mmap(NULL, OPERATION_SCRATCH_BYTES, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

		worker->scratch = page != MAP_FAILED ? page : NULL;
	}
	if (worker->scratch)
		memset(worker->scratch, 0, OPERATION_SCRATCH_BYTES);
	return worker->scratch;
}
