/* SPDX-License-Identifier: Apache-2.0 */
/* The answer: the pair, how sure it is, and how to see it again. */
#include "harness/cmd_bisect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/commands.h"
#include "harness/stats/interval.h"

static void tell_command(const struct search *search, const struct bisect_kernel *kernel)
{
	char *text = command_words_quote(&search->record.run);

	search_say(search, "  %s --kernel '%s'\n", text ? text : "", kernel->name);
	free(text);
}

/* How likely the good kernel only was lucky: a bad one may pass all its runs. */
static void tell_confidence(const struct search *search)
{
	const struct bisect_record *record = &search->record;
	uint64_t bad_count = 0;
	uint64_t run_count = 0;
	struct interval rate;

	for (unsigned int i = 0; i < record->kernel_count; i++)
		if (record->kernels[i].result == BISECT_BAD) {
			bad_count += record->kernels[i].runs.bad_count;
			run_count += record->kernels[i].runs.bad_count + record->kernels[i].runs.good_count;
		}
	rate = interval_of_rate(bad_count, run_count);
	search_say(search,
		   "%" PRIu64 " of %" PRIu64
		   " runs on bad kernels were bad; at worst (95 %% confidence) a bad kernel passes %u run%s "
		   "with a chance of %.2g %%\n",
		   bad_count, run_count, record->repeat_count, record->repeat_count == 1 ? "" : "s",
		   100 * bisect_miss_chance(rate.low, record->repeat_count));
}

static int tell_found(const struct search *search, const struct bisect_range *range)
{
	const struct bisect_record *record = &search->record;
	const struct bisect_kernel *good = &record->kernels[range->good];
	const struct bisect_kernel *bad = &record->kernels[range->bad];

	for (unsigned int i = range->good + 1; i < range->bad; i++)
		search_say(search, "between them, not tested: %s: %s\n", record->kernels[i].name,
			   record->kernels[i].reason);
	if (range->skipped_count == 0)
		search_say(search, "nothing lies between them: they are neighbours among the %u kernels\n",
			   record->kernel_count);
	tell_confidence(search);
	search_say(search, "to repeat:\n");
	tell_command(search, bad);
	tell_command(search, good);
	search_say(search, "evidence: %s\n", search->directory);
	if (record->is_descending)
		search_say(search, "last bad: %s, first good: %s\n", bad->name, good->name);
	else
		search_say(search, "first bad: %s, last good: %s\n", bad->name, good->name);
	return range->skipped_count == 0 ? EXIT_CODE_PASS : EXIT_CODE_SKIP;
}

static int tell_wrong_end(const struct search *search, const struct bisect_kernel *kernel, const char *wanted)
{
	if (kernel->result == BISECT_SKIP)
		search_complain("%s should be %s and cannot be tested: %s", kernel->name, wanted, kernel->reason);
	else
		search_complain("%s should be %s and is not: %u of %u runs were bad; %s would be right", kernel->name,
				wanted, kernel->runs.bad_count, kernel->runs.run_count,
				kernel->result == BISECT_GOOD ? "another kernel, or more --repeat" : "another kernel");
	return EXIT_CODE_BROKEN;
}

int search_conclude(const struct search *search)
{
	const struct bisect_record *record = &search->record;
	enum bisect_result *results = bisect_results(record);
	struct bisect_range range;
	char *text;

	if (!results)
		return EXIT_CODE_BROKEN;
	range = bisect_range(results, record->kernel_count);
	free(results);
	if (search->options->json) {
		text = bisect_record_json(record);
		fputs(text ? text : "", stdout);
		free(text);
	}
	switch (range.state) {
	case BISECT_NOT_GOOD:
		return tell_wrong_end(search, &record->kernels[0], "good");
	case BISECT_NOT_BAD:
		return tell_wrong_end(search, &record->kernels[record->kernel_count - 1], "bad");
	case BISECT_FOUND:
		return tell_found(search, &range);
	case BISECT_UNFINISHED:
		break;
	}
	search_complain("interrupted; looprace bisect --resume %s goes on", search->directory);
	return EXIT_CODE_BROKEN;
}
