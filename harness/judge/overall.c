/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The overall verdict.  The order of the questions:
 *
 *	1. a violation that the scenario did not plant, and that is not wholly a known bug of this kernel
 *	2. the guest or the runner says that it is broken, then that it skips
 *	3. the worst of the other findings: BROKEN, UNKNOWN
 *	4. the planted violation that was not found: BROKEN
 *	5. a history that is not whole although the guest ended well: UNKNOWN
 *	6. a known bug of this kernel that was not found: UNKNOWN
 *	7. expectations that say whether the race was one: UNKNOWN
 *	8. PASS
 */
#include "harness/judge/overall.h"

#include <errno.h>
#include <string.h>

#include "harness/judge/text.h"

static const struct expectation *find_expectation(const struct judge_case *judge_case, enum expectation_subject subject)
{
	const struct evidence *evidence = judge_case->evidence;

	return scenario_expectation(evidence->scenario, subject, evidence->kernel);
}

/* The rule that the scenario plants a violation of, or NULL. */
static const char *planted_rule(const struct judge_case *judge_case)
{
	const struct expectation *expectation = find_expectation(judge_case, EXPECT_violation);

	if (!expectation || !*expectation->rule || strcmp(expectation->rule, "none") == 0)
		return NULL;
	return expectation->rule;
}

/*
 * Some events break two rules, and a scenario that plants one names one rule.  A panic or a hang: the kernel tells of it
 * in its log (kernel_log), and the machine stands still or goes away (liveness).  A double bind (exclusive_bind): the
 * device that it takes away reports the wrong owner (identity), and there never was a release to have its uevents.  What
 * the model cannot explain comes with both.
 */
static bool is_other_half(const struct judge_case *judge_case, const char *planted, enum rule rule)
{
	const struct kernel_log *log = &judge_case->log;

	if (rule == RULE_kernel_log && strcmp(planted, rule_name(RULE_liveness)) == 0)
		return log->report_count && log->has_only_hangs;
	if (rule == RULE_liveness && strcmp(planted, rule_name(RULE_kernel_log)) == 0)
		return log->panic.is_found || judge_case->evidence->ending == ENDING_console_flood;
	if (rule == RULE_model && strcmp(planted, rule_name(RULE_identity)) == 0)
		return true;
	return (rule == RULE_identity || rule == RULE_model || rule == RULE_uevents) &&
	       strcmp(planted, rule_name(RULE_exclusive_bind)) == 0;
}

/* A known bug that panics or hangs is told by the kernel log and by the machine's end, and is one bug. */
static void mark_known_halves(const struct judge_case *judge_case, struct judgement *judgement)
{
	for (unsigned int i = 0; i < judgement->finding_count; i++) {
		const struct finding *known = &judgement->findings[i];

		if (!finding_is_known(known) || (known->rule != RULE_kernel_log && known->rule != RULE_liveness))
			continue;
		for (unsigned int j = 0; j < judgement->finding_count; j++) {
			struct finding *half = &judgement->findings[j];

			if (half->verdict != VERDICT_VIOLATION || finding_is_known(half) ||
			    !is_other_half(judge_case, rule_name(known->rule), half->rule))
				continue;
			half->known_count = half->count;
			half->known_name = known->known_name;
			half->known_rows = known->known_rows;
		}
	}
}

void overall_mark_expected(const struct judge_case *judge_case, struct judgement *judgement)
{
	const char *planted = planted_rule(judge_case);
	bool is_found = false;

	for (unsigned int i = 0; planted && i < judgement->finding_count; i++) {
		struct finding *finding = &judgement->findings[i];

		finding->is_expected =
			finding->verdict == VERDICT_VIOLATION && strcmp(planted, rule_name(finding->rule)) == 0;
		is_found |= finding->is_expected;
	}
	for (unsigned int i = 0; is_found && i < judgement->finding_count; i++)
		if (is_other_half(judge_case, planted, judgement->findings[i].rule))
			judgement->findings[i].is_expected = true;
	mark_known_halves(judge_case, judgement);
}

static const struct finding *worst_unexpected(const struct judgement *judgement)
{
	for (unsigned int i = 0; i < judgement->finding_count; i++)
		if (!judgement->findings[i].is_expected && !finding_is_known(&judgement->findings[i]))
			return &judgement->findings[i];
	return NULL;
}

static const struct finding *find_expected(const struct judgement *judgement)
{
	for (unsigned int i = 0; i < judgement->finding_count; i++)
		if (judgement->findings[i].is_expected)
			return &judgement->findings[i];
	return NULL;
}

/* The finding's first sentence; all of its text stands in the finding. */
static void add_finding(struct text *text, const struct finding *finding)
{
	const char *end = strstr(finding->text, ".  ");
	size_t length = end ? (size_t)(end - finding->text) : strlen(finding->text);

	while (!end && length && finding->text[length - 1] == '.')
		length--;
	text_add(text, "%s: %.*s", rule_name(finding->rule), (int)length, finding->text);
	if (finding->verdict == VERDICT_VIOLATION && finding->count - finding->known_count > 1)
		text_add(text, " (the first of %llu)", (unsigned long long)(finding->count - finding->known_count));
	if (finding->known_count)
		text_add(text, " (besides it, the known bug %s)", finding->known_name);
}

/* Is something wrong with the history of a guest that ended well?  Returns what, or NULL. */
static const char *history_problem(const struct judge_case *judge_case, bool may_be_cut_off)
{
	const struct history *history = judge_case->history;

	if (may_be_cut_off)
		return NULL;
	if (!history)
		return "there is no history";
	if (!history->is_complete)
		return "the history has no fitting trailer although the guest ended well";
	if (!history_checksum_fits(history))
		return "the history does not fit its checksum: it was changed after it had been written";
	return NULL;
}

/* Does a known bug, by its name, show in what the rules found? */
static bool is_known_bug_found(const struct judge_case *judge_case, const struct judgement *judgement, const char *name)
{
	const struct scenario *scenario = judge_case->evidence->scenario;

	for (unsigned int i = 0; i < judgement->finding_count; i++)
		for (unsigned int row = 0; row < scenario->expectation_count; row++)
			if (judgement->findings[i].verdict == VERDICT_VIOLATION &&
			    judgement->findings[i].known_rows & 1u << row &&
			    strcmp(scenario->expectations[row].name, name) == 0)
				return true;
	return false;
}

/* A known bug of this kernel that was not found, or NULL. */
static const struct expectation *missing_known_bug(const struct judge_case *judge_case,
						   const struct judgement *judgement)
{
	const struct scenario *scenario = judge_case->evidence->scenario;

	for (unsigned int row = 0; row < scenario->expectation_count; row++)
		if (known_bug_holds(judge_case, row) &&
		    !is_known_bug_found(judge_case, judgement, scenario->expectations[row].name))
			return &scenario->expectations[row];
	return NULL;
}

static bool known_bugs_are_found(const struct judge_case *judge_case, const struct judgement *judgement,
				 struct text *text)
{
	const struct expectation *missing = missing_known_bug(judge_case, judgement);

	if (missing)
		text_add(text, "the known bug was not found that this kernel should have: %s (rule %s)", missing->name,
			 missing->rule);
	return !missing;
}

/* How often a subject came about; only for those that decide whether the race was one. */
static uint64_t subject_count(const struct judgement *judgement, enum expectation_subject subject)
{
	switch ((int)subject) {
	case EXPECT_lost_tries:
		return judgement->counts.lost_try_count;
	case EXPECT_injected:
		return judgement->counts.injected_count;
	default:
		return judgement->counts.attach_count;
	}
}

static bool expectations_hold(const struct judge_case *judge_case, const struct judgement *judgement, struct text *text)
{
	static const struct {
		enum expectation_subject subject;
		const char *what;
		const char *words;
	} subjects[] = {
		{ EXPECT_lost_tries, "the race window was not hit as expected", "lost tries" },
		{ EXPECT_attaches, "there were not as many attaches as expected", "attaches" },
		{ EXPECT_injected, "failures were not injected as expected", "calls that were hit" },
	};

	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
		const struct expectation *expectation = find_expectation(judge_case, subjects[i].subject);
		uint64_t count = subject_count(judgement, subjects[i].subject);

		if (!expectation || expectation_holds(expectation, count))
			continue;
		text_add(text, "%s: %llu %s, %s%llu expected", subjects[i].what, (unsigned long long)count,
			 subjects[i].words, comparison_text(expectation->comparison),
			 (unsigned long long)expectation->number);
		return false;
	}
	return true;
}

static void add_known_bugs(struct text *text, const struct judgement *judgement)
{
	for (unsigned int i = 0; i < judgement->finding_count; i++) {
		const struct finding *finding = &judgement->findings[i];

		if (finding_is_known(finding))
			text_add(text, "known bug: %s (%s broken %llu time%s); ", finding->known_name,
				 rule_name(finding->rule), (unsigned long long)finding->count,
				 finding->count == 1 ? "" : "s");
	}
}

static bool has_known_bug(const struct judgement *judgement)
{
	for (unsigned int i = 0; i < judgement->finding_count; i++)
		if (finding_is_known(&judgement->findings[i]))
			return true;
	return false;
}

static void add_pass(struct text *text, const struct judge_case *judge_case, const struct judgement *judgement)
{
	const struct judgement_counts *counts = &judgement->counts;
	const struct finding *expected = find_expected(judgement);
	const struct history *history = judge_case->history;
	/* An escape by LOOP_CTL_ADD is a try that is not counted by its number. */
	uint64_t try_count = counts->try_count > counts->lost_try_count ? counts->try_count : counts->lost_try_count;
	double percent = try_count ? 100.0 * (double)counts->lost_try_count / (double)try_count : 0;

	if (expected)
		text_add(text, "the planted fault was found: %s broken %llu time%s; ", rule_name(expected->rule),
			 (unsigned long long)expected->count, expected->count == 1 ? "" : "s");
	add_known_bugs(text, judgement);
	/* A scenario that attaches nothing has no tries to lose. */
	if (try_count)
		text_add(text, "%llu of %llu tries lost a race (%.1f %%)", (unsigned long long)counts->lost_try_count,
			 (unsigned long long)try_count, percent);
	else
		text_add(text, "%llu calls held against the rules", (unsigned long long)counts->record_count);
	for (unsigned int i = 0; history && i < history->worker_count; i++)
		if (history->workers[i].is_full) {
			text_add(text, "; the record of worker %u was full, so that the run ended early", i);
			break;
		}
}

static enum verdict decide(const struct judge_case *judge_case, const struct judgement *judgement, struct text *text)
{
	const struct evidence *evidence = judge_case->evidence;
	const struct finding *worst = worst_unexpected(judgement);
	const char *planted = planted_rule(judge_case);
	bool is_planted_found = find_expected(judgement) != NULL;
	const char *problem;

	if (worst && worst->verdict == VERDICT_VIOLATION) {
		add_finding(text, worst);
		return worst->verdict;
	}
	if (evidence->broken_reason) {
		text_add(text, "%s", evidence->broken_reason);
		return VERDICT_BROKEN;
	}
	if (evidence->skip_reason) {
		text_add(text, "%s", evidence->skip_reason);
		return VERDICT_SKIP;
	}
	if (worst) {
		add_finding(text, worst);
		return worst->verdict;
	}
	if (planted && !is_planted_found) {
		text_add(text, "the planted fault was not found: the scenario expects a violation of %s", planted);
		return VERDICT_BROKEN;
	}
	problem = history_problem(judge_case, (is_planted_found || has_known_bug(judgement)) &&
						      evidence->ending != ENDING_finished);
	if (problem) {
		text_add(text, "%s", problem);
		return VERDICT_UNKNOWN;
	}
	if (!known_bugs_are_found(judge_case, judgement, text) || !expectations_hold(judge_case, judgement, text))
		return VERDICT_UNKNOWN;
	add_pass(text, judge_case, judgement);
	return VERDICT_PASS;
}

int overall_decide(const struct judge_case *judge_case, struct judgement *judgement)
{
	struct text text = TEXT_NULL;

	judgement->verdict = decide(judge_case, judgement, &text);
	for (size_t i = 0; text.bytes && i < text.length; i++)
		if (text.bytes[i] == '\n' || text.bytes[i] == '\r')
			text.bytes[i] = ' ';
	judgement->reason = text_take(&text);
	return judgement->reason ? 0 : -ENOMEM;
}
