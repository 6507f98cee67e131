/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that a proof cites; how they are written is in proof_text.c. */
#include "harness/judge/rules.h"

#include <errno.h>

void proof_add(struct finding *finding, unsigned int worker, const struct recorder_record *record)
{
	uint64_t call_ns = recorder_call_ns(record);
	unsigned int at = finding->call_count;

	if (at == PROOF_CALL_COUNT_MAX)
		return;
	for (unsigned int i = 0; i < finding->call_count; i++)
		if (finding->calls[i].worker == worker && recorder_call_ns(&finding->calls[i].record) == call_ns &&
		    finding->calls[i].record.call == record->call)
			return;
	for (; at && recorder_call_ns(&finding->calls[at - 1].record) > call_ns; at--)
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
			uint64_t call_ns = pending ? recorder_call_ns(pending) : 0;

			if (!pending || call_ns < after_ns || (call_ns == after_ns && i < after_worker))
				continue;
			if (!oldest || call_ns < recorder_call_ns(oldest)) {
				oldest = pending;
				oldest_worker = i;
			}
		}
		if (!oldest)
			return;
		proof_add(finding, oldest_worker, oldest);
		after_ns = recorder_call_ns(oldest);
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
