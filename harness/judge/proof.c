/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that a proof cites, and how they are written. */
#include "harness/judge/rules.h"

#include <errno.h>
#include <stdio.h>

#include "core/looprace.h"

static uint64_t call_ns_of(const struct recorder_record *record)
{
	return atomic_load_explicit(&record->call_ns, memory_order_relaxed);
}

void proof_add(struct finding *finding, unsigned int worker, const struct recorder_record *record)
{
	uint64_t call_ns = call_ns_of(record);
	unsigned int at = finding->call_count;

	if (at == PROOF_CALL_COUNT_MAX)
		return;
	for (unsigned int i = 0; i < finding->call_count; i++)
		if (finding->calls[i].worker == worker && call_ns_of(&finding->calls[i].record) == call_ns &&
		    finding->calls[i].record.call == record->call)
			return;
	for (; at && call_ns_of(&finding->calls[at - 1].record) > call_ns; at--)
		finding->calls[at] = finding->calls[at - 1];
	finding->calls[at] = (struct proof_call){ .worker = worker, .record = *record };
	finding->call_count++;
}

void proof_add_pending(struct finding *finding, const struct history *history)
{
	uint64_t after_ns = 0;
	unsigned int after_worker = 0;

	/* At most PROOF_CALL_COUNT_MAX rounds, each for the oldest that is younger than the one before. */
	while (history && finding->call_count < PROOF_CALL_COUNT_MAX) {
		const struct recorder_record *oldest = NULL;
		unsigned int oldest_worker = 0;

		for (unsigned int i = 0; i < history->worker_count; i++) {
			const struct recorder_record *pending = history->workers[i].pending;
			uint64_t call_ns = pending ? call_ns_of(pending) : 0;

			if (!pending || call_ns < after_ns || (call_ns == after_ns && i < after_worker))
				continue;
			if (!oldest || call_ns < call_ns_of(oldest)) {
				oldest = pending;
				oldest_worker = i;
			}
		}
		if (!oldest)
			return;
		proof_add(finding, oldest_worker, oldest);
		after_ns = call_ns_of(oldest);
		after_worker = oldest_worker + 1;
	}
}

const char *error_name(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
/* clang-format off */
#define X(name) { name, #name },
		X(EACCES) X(EAGAIN) X(EBADF) X(EBUSY) X(ECANCELED) X(EEXIST) X(EFAULT) X(EINTR) X(EINVAL) X(EIO) X(EISDIR)
		X(EMFILE) X(ENFILE) X(ENODEV) X(ENOENT) X(ENOMEM) X(ENOSPC) X(ENOSYS) X(ENOTBLK) X(ENOTTY) X(ENXIO)
		X(EOPNOTSUPP) X(EOVERFLOW) X(EPERM) X(EPROTO) X(ERANGE) X(EROFS) X(ESTALE) X(ETIMEDOUT) X(ETXTBSY)
#undef X
		/* clang-format on */
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		/* Not -error: a damaged record may say INT32_MIN. */
		if (names[i].error == error || -names[i].error == error)
			return names[i].name;
	return "an unknown error";
}

static void format_result(const struct recorder_record *record, char *text, size_t text_bytes)
{
	if (!record->return_ns)
		snprintf(text, text_bytes, "?");
	else if (record->result < 0)
		snprintf(text, text_bytes, "%d %s", record->result, error_name(record->result));
	else if (record->call == RECORDER_CALL_attach && record->result == LOOP_ATTACH_GAVE_UP)
		snprintf(text, text_bytes, "gave up");
	else
		snprintf(text, text_bytes, "%d", record->result);
}

static void format_duration(const struct recorder_record *record, char *text, size_t text_bytes)
{
	uint64_t call_ns = call_ns_of(record);
	uint64_t ns = record->return_ns > call_ns ? record->return_ns - call_ns : 0;

	if (!record->return_ns)
		snprintf(text, text_bytes, "has not returned");
	else if (ns < 1000000)
		snprintf(text, text_bytes, "%llu.%llu us", (unsigned long long)(ns / 1000),
			 (unsigned long long)(ns / 100 % 10));
	else if (ns < 1000000000)
		snprintf(text, text_bytes, "%llu.%llu ms", (unsigned long long)(ns / 1000000),
			 (unsigned long long)(ns / 100000 % 10));
	else
		snprintf(text, text_bytes, "%llu.%03llu s", (unsigned long long)(ns / 1000000000),
			 (unsigned long long)(ns / 1000000 % 1000));
}

int proof_call_format(const struct proof_call *call, uint64_t origin_ns, char *text, size_t text_bytes)
{
	const struct recorder_record *record = &call->record;
	uint64_t call_ns = call_ns_of(record);
	bool is_before = call_ns < origin_ns;
	uint64_t distance_ns = is_before ? origin_ns - call_ns : call_ns - origin_ns;
	char device[24] = "", inode[40] = "", result[48], duration[40];

	if (record->device_index >= 0 && record->call != RECORDER_CALL_get_free)
		snprintf(device, sizeof(device), "(loop%d)", record->device_index);
	if (record->inode)
		snprintf(inode, sizeof(inode), "  [inode %llu]", (unsigned long long)record->inode);
	format_result(record, result, sizeof(result));
	format_duration(record, duration, sizeof(duration));
	return snprintf(text, text_bytes, "%c%llu.%06llu s  worker %u  %s%s = %s%s  %s", is_before ? '-' : '+',
			(unsigned long long)(distance_ns / 1000000000),
			(unsigned long long)(distance_ns / 1000 % 1000000), call->worker,
			recorder_call_text(record->call), device, result, inode, duration);
}
