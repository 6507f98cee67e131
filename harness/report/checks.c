/* SPDX-License-Identifier: Apache-2.0 */
/* From a judgement to a list of checks; see checks.h. */
#include "harness/report/checks.h"

#include <string.h>

const char *report_kernel(const struct report_cell *cell)
{
	const char *release = cell->record->kernel.release;

	return release && *release ? release : "unknown";
}

const char *report_scenario(const struct report_cell *cell)
{
	const char *scenario = cell->record->scenario;

	return scenario && *scenario ? scenario : "unknown";
}

const char *report_cell_name(const struct report_cell *cell, char name[REPORT_NAME_BYTES])
{
	/* Longer names are cut; run_directory.c would have cut them before. */
	if (cell->repeat)
		snprintf(name, REPORT_NAME_BYTES, "%.256s-%u", report_scenario(cell), cell->repeat);
	else
		snprintf(name, REPORT_NAME_BYTES, "%.256s", report_scenario(cell));
	return name;
}

static const struct finding *find_finding(const struct judgement *judgement, enum rule rule)
{
	for (unsigned int i = 0; i < judgement->finding_count; i++)
		if (judgement->findings[i].rule == rule)
			return &judgement->findings[i];
	return NULL;
}

static struct check check_rule(const struct judgement *judgement, enum rule rule)
{
	struct check check = {
		.name = rule_name(rule),
		.verdict = judgement->rule_verdicts[rule],
		.text = rule_summary(rule),
		.finding = find_finding(judgement, rule),
	};

	if (check.finding && check.finding->text)
		check.text = check.finding->text;
	else if (check.verdict == VERDICT_SKIP)
		check.text =
			judgement->verdict == VERDICT_SKIP ? judgement->reason : "there is no evidence for this rule";
	if (check.finding && (check.finding->is_expected || finding_is_known(check.finding)))
		check.verdict = VERDICT_PASS;
	/* A cell that was skipped or could not be run has no rule that passed. */
	if (judgement->verdict == VERDICT_SKIP)
		check.verdict = VERDICT_SKIP;
	return check;
}

static bool has_verdict(const struct check *checks, unsigned int count, enum verdict verdict)
{
	for (unsigned int i = 0; i < count; i++)
		if (checks[i].verdict == verdict)
			return true;
	return false;
}

void checks_of(const struct report_cell *cell, struct check ret_checks[CHECK_COUNT])
{
	const struct judgement *judgement = cell->judgement;
	struct check *rules = ret_checks + 1;

	for (unsigned int rule = 0; rule < RULE_COUNT; rule++) {
		rules[rule] = check_rule(judgement, rule);
		/* The judge found a reason to call this worse or better than one rule does: the judge is right. */
		if (rules[rule].verdict > judgement->verdict)
			rules[rule].verdict = judgement->verdict;
	}
	ret_checks[0] = (struct check){ .name = "run", .verdict = judgement->verdict, .text = judgement->reason };
	/* A broken rule already says so. */
	if (judgement->verdict == VERDICT_VIOLATION && has_verdict(rules, RULE_COUNT, VERDICT_VIOLATION))
		ret_checks[0].verdict = VERDICT_PASS;
}

const char *report_call(const struct report_cell *cell, const struct proof_call *proof, char text[REPORT_CALL_BYTES])
{
	proof_call_format(proof, cell->record->start_ns, text, REPORT_CALL_BYTES);
	return text;
}
