/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a history counts up to, for the verdict's "how often was the window hit" and for reports.  Percentiles are exact:
 * all durations are sorted.  The histograms are not, but those of several cells can be summed up.
 */
#include "harness/judge/rules.h"

#include <errno.h>
#include <stdlib.h>

#include "core/looprace.h"

struct durations {
	uint64_t *ns;
	uint64_t count;
	uint64_t capacity_count;
};

/* 0 for a record whose times make no sense. */
static uint64_t duration_of(const struct recorder_record *record)
{
	uint64_t call_ns = recorder_call_ns(record);

	return record->return_ns > call_ns ? record->return_ns - call_ns : 0;
}

/* Lost to another worker: the device was taken, or on its way out. */
static bool has_lost(const struct recorder_record *record)
{
	if (record->device_index < 0)
		return false;
	if (is_bind(record))
		return record->result == -EBUSY || record->result == -ENXIO;
	return record->call == RECORDER_CALL_open && (record->result == -ENXIO || record->result == -ENODEV ||
						      record->result == -ENOENT || record->result == -EBUSY);
}

/* The span of an attach tells how many tries it lost. */
static unsigned int loss_of(const struct recorder_record *attach)
{
	uint32_t lost_count = (uint32_t)attach->detail;
	unsigned int loss = 0;

	while (loss + 1 < ATTACH_LOSS_COUNT && lost_count >= attach_loss_begin(loss + 1))
		loss++;
	return loss;
}

static void count_attach(struct judgement_counts *counts, const struct recorder_record *record,
			 struct durations *durations)
{
	if (record->result == 0) {
		counts->attach_count++;
		counts->attach_times[loss_of(record)].counts[histogram_bin(duration_of(record))]++;
		if (durations->count < durations->capacity_count)
			durations->ns[durations->count++] = duration_of(record);
	} else if (record->result == LOOP_ATTACH_GAVE_UP) {
		counts->gave_up_count++;
	} else if (record->result < 0 && record->result != -ECANCELED) {
		counts->failed_count++;
	}
}

static void count_record(struct judgement_counts *counts, const struct recorder_record *record,
			 struct durations *durations)
{
	counts->record_count++;
	/* What a span covers is counted itself. */
	counts->injected_count += record->is_injected && !recorder_call_is_span(record->call);
	/* Outside of an attach nobody tries; what fails there is what its scenario asks. */
	counts->lost_try_count += record->try_number && has_lost(record);
	if (is_bind(record)) {
		counts->bind_count++;
		counts->lost_bind_count += record->result == -EBUSY;
	} else if (record->call == RECORDER_CALL_get_free) {
		counts->get_free_count++;
	} else if (record->call == RECORDER_CALL_pause) {
		counts->paused_ns += duration_of(record);
	} else if (record->call == RECORDER_CALL_attach) {
		count_attach(counts, record, durations);
	}
}

/* A try begins where try_number changes; outside of attaches it is 0. */
static void count_worker(struct judgement_counts *counts, const struct history_worker *worker,
			 struct durations *durations, uint64_t *last_ns)
{
	unsigned int try_number = 0;

	for (uint64_t i = 0; i < worker->record_count; i++) {
		const struct recorder_record *record = &worker->records[i];

		count_record(counts, record, durations);
		if (record->return_ns > *last_ns)
			*last_ns = record->return_ns;
		if (record->call == RECORDER_CALL_attach) {
			try_number = 0;
		} else if (record->try_number != try_number) {
			try_number = record->try_number;
			counts->try_count += try_number != 0;
		}
	}
}

static uint64_t count_attaches(const struct history *history)
{
	uint64_t count = 0;

	for (unsigned int i = 0; i < history->worker_count; i++)
		for (uint64_t j = 0; j < history->workers[i].record_count; j++)
			count += history->workers[i].records[j].call == RECORDER_CALL_attach;
	return count;
}

bool judgement_has_attach_times(const struct judgement_counts *counts)
{
	uint64_t total = 0;

	for (unsigned int loss = 0; loss < ATTACH_LOSS_COUNT; loss++)
		total += histogram_total(&counts->attach_times[loss]);
	return total == counts->attach_count;
}

static int compare_durations(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* The smallest duration that at least @percent of all do not exceed. */
static uint64_t percentile(const struct durations *durations, unsigned int percent)
{
	uint64_t rank = (durations->count * percent + 99) / 100;

	return rank ? durations->ns[rank - 1] : 0;
}

int counts_take(const struct history *history, struct judgement_counts *ret_counts)
{
	struct judgement_counts counts = { 0 };
	struct durations durations = { 0 };
	uint64_t start_ns, end_ns, last_ns = 0;

	if (!history) {
		*ret_counts = counts;
		return 0;
	}
	durations.capacity_count = count_attaches(history);
	durations.ns = malloc((durations.capacity_count + 1) * sizeof(*durations.ns));
	if (!durations.ns)
		return -ENOMEM;
	for (unsigned int i = 0; i < history->worker_count; i++)
		count_worker(&counts, &history->workers[i], &durations, &last_ns);
	qsort(durations.ns, durations.count, sizeof(*durations.ns), compare_durations);
	counts.attach_p50_ns = percentile(&durations, 50);
	counts.attach_p99_ns = percentile(&durations, 99);
	counts.attach_max_ns = percentile(&durations, 100);
	free(durations.ns);
	start_ns = atomic_load_explicit(&history->header->start_ns, memory_order_relaxed);
	end_ns = atomic_load_explicit(&history->header->end_ns, memory_order_relaxed);
	if (!end_ns)
		end_ns = last_ns;
	if (start_ns && end_ns > start_ns)
		counts.run_ns = end_ns - start_ns;
	*ret_counts = counts;
	return 0;
}
