/* SPDX-License-Identifier: Apache-2.0 */
/* The judge: asks every rule, then decides; see judge.h. */
#include "harness/judge/judge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/judge/overall.h"
#include "harness/judge/rules.h"
#include "harness/judge/text.h"

bool expectation_holds(const struct expectation *expectation, uint64_t number)
{
	switch (expectation->comparison) {
	case COMPARE_EQUAL:
		return number == expectation->number;
	case COMPARE_AT_LEAST:
		return number >= expectation->number;
	case COMPARE_AT_MOST:
		return number <= expectation->number;
	case COMPARE_ANY:
		break;
	}
	return true;
}

const char *comparison_text(enum comparison comparison)
{
	switch (comparison) {
	case COMPARE_AT_LEAST:
		return ">= ";
	case COMPARE_AT_MOST:
		return "<= ";
	case COMPARE_EQUAL:
	case COMPARE_ANY:
		break;
	}
	return "";
}

static uint64_t max(uint64_t left, uint64_t right)
{
	return left > right ? left : right;
}

/* Up to when all calls of a worker are known: what it does next began no earlier. */
static uint64_t known_until_ns(const struct history_worker *worker)
{
	uint64_t known_ns = 0;

	if (worker->record_count)
		known_ns = worker->records[worker->record_count - 1].return_ns;
	if (worker->pending)
		known_ns = max(known_ns, atomic_load_explicit(&worker->pending->call_ns, memory_order_relaxed));
	return known_ns;
}

/*
 * A worker whose area is full goes on without being recorded until its round is over, so what it released then is not
 * known.  While a run goes on, the same holds for what any worker did after this picture was taken.
 */
static uint64_t horizon_of(const struct history *history, bool is_live)
{
	uint64_t horizon_ns = UINT64_MAX;

	for (unsigned int i = 0; i < history->worker_count; i++) {
		const struct history_worker *worker = &history->workers[i];

		if ((is_live || worker->is_full) && known_until_ns(worker) < horizon_ns)
			horizon_ns = known_until_ns(worker);
	}
	return horizon_ns;
}

/* The driver inside the harness detaches as the kernel did up to v6.10. */
static struct kernel_version kernel_of(const struct evidence *evidence)
{
	bool is_model = evidence->scenario && evidence->scenario->kernel != SCENARIO_KERNEL_real;

	return is_model ? (struct kernel_version){ 6, 10, -1 } : evidence->kernel;
}

static int examine(const struct evidence *evidence, struct judge_case *judge_case)
{
	bool is_shared =
		evidence->is_shared && (!evidence->scenario || evidence->scenario->kernel == SCENARIO_KERNEL_real);
	struct kernel_version kernel = kernel_of(evidence);
	struct loop_model model = {
		.has_other_openers = is_shared,
		.has_other_binders = is_shared,
		.checks_get_free = true,
		.scenario = evidence->scenario,
		.backings = &judge_case->backings,
		.survey = &judge_case->survey,
	};

	if (!evidence->history || !kernel.major)
		return 0;
	model.traits = loop_traits_for_model(loop_traits_of(kernel));
	loop_traits_read_probes(&model.traits, evidence->history);
	return examination_init(evidence->history, judge_case->horizon_ns, &model, &judge_case->examination);
}

/* Do the workers read or write devices, or make the kernel do so? */
static bool does_io(const struct scenario *scenario)
{
	static const enum operation operations[] = {
		OPERATION_read,
		OPERATION_write,
		OPERATION_fsync,
		OPERATION_discard,
		OPERATION_zeroout,
		OPERATION_flush_buffers,
		OPERATION_map,
		OPERATION_load,
		OPERATION_store,
		OPERATION_partition_add,
		OPERATION_partition_reread,
		OPERATION_mount,
	};

	for (unsigned int i = 0; scenario && i < scenario->group_count; i++)
		for (unsigned int j = 0; j < scenario->groups[i].call_count; j++)
			for (size_t k = 0; k < sizeof(operations) / sizeof(operations[0]); k++)
				if (scenario->groups[i].calls[j].operation == operations[k])
					return true;
	return false;
}

static void case_fini(struct judge_case *judge_case)
{
	backings_fini(&judge_case->backings);
	survey_fini(&judge_case->survey);
	bindings_fini(&judge_case->bindings);
	examination_fini(&judge_case->examination);
}

static int case_init(const struct evidence *evidence, struct judge_case *ret_judge_case)
{
	struct judge_case judge_case = {
		.evidence = evidence,
		.history = evidence->history,
		.horizon_ns = UINT64_MAX,
	};
	int r;

	r = kernel_log_read(evidence->console, evidence->console_bytes, does_io(evidence->scenario), &judge_case.log);
	if (r < 0)
		return r;
	r = backings_init(evidence->history, &judge_case.backings);
	if (r == 0)
		r = survey_init(evidence->history, &judge_case.backings, &judge_case.survey);
	if (r == 0)
		r = bindings_init(evidence->history, &judge_case.survey, &judge_case.bindings);
	if (r < 0) {
		case_fini(&judge_case);
		return r;
	}
	if (evidence->history) {
		judge_case.horizon_ns = horizon_of(evidence->history, false);
		judge_case.origin_ns = atomic_load_explicit(&evidence->history->header->start_ns, memory_order_relaxed);
	}
	r = examine(evidence, &judge_case);
	if (r < 0) {
		case_fini(&judge_case);
		return r;
	}
	*ret_judge_case = judge_case;
	return 0;
}

static int compare_findings(const void *left, const void *right)
{
	const struct finding *a = left, *b = right;

	if (a->verdict != b->verdict)
		return a->verdict > b->verdict ? -1 : 1;
	return (a->rule > b->rule) - (a->rule < b->rule);
}

/*
 * An emulator that gets too little of the machine may give its guest a clock that runs many times too fast, or jumps by
 * minutes (QEMU 7.2, TCG, at load 15 to 17: one of 1,490 guests, and another one).  Such a guest is older than the host has
 * had it running.
 */
static bool has_wild_clock(const struct judge_case *judge_case)
{
	uint64_t host_ns = judge_case->evidence->host_ns;
	uint64_t guest_ns = judge_case->origin_ns;

	for (unsigned int i = 0; judge_case->history && i < judge_case->history->worker_count; i++) {
		uint64_t until_ns = known_until_ns(&judge_case->history->workers[i]);

		if (until_ns > guest_ns)
			guest_ns = until_ns;
	}
	return host_ns && guest_ns > host_ns + host_ns / 4;
}

/* Is all that it says that something took too long? */
static bool rests_on_the_clock(const struct judge_case *judge_case, const struct finding *finding)
{
	return (finding->rule == RULE_liveness && judge_case->evidence->stuck_count) ||
	       (finding->rule == RULE_kernel_log && judge_case->log.report_count && judge_case->log.has_only_hangs);
}

static int weaken(struct finding *finding, const char *why)
{
	struct text text = TEXT_NULL;

	if (finding->verdict != VERDICT_VIOLATION)
		return 0;
	text_add(&text, "%s, so that this proves nothing: %s", why, finding->text);
	free(finding->text);
	finding->text = text_take(&text);
	finding->verdict = VERDICT_UNKNOWN;
	return finding->text ? 0 : -ENOMEM;
}

static bool has_calls(const struct history *history)
{
	for (unsigned int i = 0; history && i < history->worker_count; i++)
		if (history->workers[i].record_count || history->workers[i].pending)
			return true;
	return false;
}

/* Is there nothing but the calls that a rule could be broken by? */
static bool asks_calls_alone(enum rule rule)
{
	return rule != RULE_no_leak && rule != RULE_no_lost_device && rule != RULE_kernel_log && rule != RULE_liveness;
}

static int ask_rules(const struct judge_case *judge_case, struct judgement *judgement)
{
	static int (*const functions[])(const struct judge_case *, struct finding *) = {
#define X(name, summary) [RULE_##name] = rule_##name,
		LOOPRACE_RULES(X)
#undef X
	};
	bool has_damage = judge_case->history && history_is_damaged(judge_case->history);
	bool is_wild = has_wild_clock(judge_case);
	bool has_records = has_calls(judge_case->history);
	int r;

	judgement->findings = calloc(RULE_COUNT, sizeof(*judgement->findings));
	if (!judgement->findings)
		return -ENOMEM;
	for (unsigned int rule = 0; rule < RULE_COUNT; rule++) {
		struct finding *finding = &judgement->findings[judgement->finding_count];

		*finding = (struct finding){ .rule = (enum rule)rule, .verdict = VERDICT_PASS };
		r = functions[rule](judge_case, finding);
		/* What the kernel log or the guest's end say holds although records were changed. */
		if (r == 0 && has_damage && finding->call_count)
			r = weaken(finding, "the history does not fit its checksum");
		if (r == 0 && is_wild && rests_on_the_clock(judge_case, finding))
			r = weaken(finding, "the guest's clock is far ahead of the host's");
		if (r < 0) {
			free(finding->text);
			return r;
		}
		/* A run that was skipped or broke before its first call says nothing. */
		if (finding->verdict == VERDICT_PASS && !has_records && asks_calls_alone((enum rule)rule))
			finding->verdict = VERDICT_SKIP;
		judgement->rule_verdicts[rule] = finding->verdict;
		if (finding->verdict > VERDICT_PASS)
			judgement->finding_count++;
	}
	qsort(judgement->findings, judgement->finding_count, sizeof(*judgement->findings), compare_findings);
	return 0;
}

int judge(const struct evidence *evidence, struct judgement *ret_judgement)
{
	struct judgement judgement = { 0 };
	struct judge_case judge_case;
	int r;

	r = case_init(evidence, &judge_case);
	if (r < 0)
		return r;
	if (judge_case.examination.is_done)
		judgement.traits = judge_case.examination.model.traits;
	r = ask_rules(&judge_case, &judgement);
	if (r == 0)
		r = counts_take(evidence->history, &judgement.counts);
	if (r == 0) {
		judgement.counts.foreign_race_count = judge_case.log.foreign_race_count;
		overall_mark_expected(&judge_case, &judgement);
		r = overall_decide(&judge_case, &judgement);
	}
	case_fini(&judge_case);
	if (r < 0) {
		judgement_fini(&judgement);
		return r;
	}
	*ret_judgement = judgement;
	return 0;
}

uint64_t judge_live(const struct history *history)
{
	struct judge_case judge_case = { .history = history, .horizon_ns = horizon_of(history, true) };
	uint64_t double_bind_count = 0, mix_up_count = 0;
	int r;

	/* Without memory the progress line shows less; the judgement at the end decides. */
	r = survey_init(history, &judge_case.backings, &judge_case.survey);
	if (r == 0)
		r = bindings_init(history, &judge_case.survey, &judge_case.bindings);
	if (r == 0)
		r = exclusive_bind_count(&judge_case, &double_bind_count);
	if (r == 0)
		r = identity_count(&judge_case, &mix_up_count);
	survey_fini(&judge_case.survey);
	bindings_fini(&judge_case.bindings);
	return r < 0 ? 0 : double_bind_count + mix_up_count;
}

void judgement_fini(struct judgement *judgement)
{
	for (unsigned int i = 0; i < judgement->finding_count; i++)
		free(judgement->findings[i].text);
	free(judgement->findings);
	free(judgement->reason);
	*judgement = (struct judgement){ 0 };
}
