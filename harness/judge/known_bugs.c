/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Known bugs: what a scenario expects of some kernels, [expect kernel ...] known_bug = RULE at GROUP.LABEL: NAME.
 *
 * An occurrence is known when its rule is the bug's and the call that shows it stands at the line of that label; without
 * a label, when its rule is the bug's, which is for what the kernel log and hangs show, where no call is to blame; words
 * in double quotes in the name of a bug must then stand in the report.  So a known bug hides nothing but itself:
 * elsewhere, by another rule or on another kernel an occurrence is a violation.
 *
 * Unlike other expectations, all rows that fit the kernel hold, not only the last.  Rows of one name are the faces of one
 * bug: it was found when one of them was.
 *
 * The rules model and get_free know no bugs: they stop at the first call on a device that nothing explains, and what comes
 * after it would be hidden.  What a kernel does differently there is a trait of it.
 */
#include "harness/judge/rules.h"

#include <stdlib.h>
#include <string.h>

bool known_bug_holds(const struct judge_case *judge_case, unsigned int row)
{
	const struct evidence *evidence = judge_case->evidence;
	const struct expectation *expectation = &evidence->scenario->expectations[row];

	return expectation->subject == EXPECT_known_bug && strcmp(expectation->rule, "none") != 0 &&
	       kernel_range_has(&expectation->kernels, evidence->kernel);
}

/* Is a call at the line of a label?  A label beyond the table is none; a wrong scenario hides nothing. */
static bool is_at_label(const struct scenario *scenario, int label, const struct recorder_record *culprit)
{
	const struct label_object *object = &scenario->labels[label < 0 ? 0 : label];

	if (!culprit || label < 0 || (unsigned int)label >= scenario->label_count ||
	    object->group >= scenario->group_count || object->call >= scenario->groups[object->group].call_count)
		return false;
	return culprit->line && culprit->line == scenario->groups[object->group].calls[object->call].line;
}

/* Does a line hold what a name quotes?  A name that quotes nothing fits all lines. */
static bool fits_quote(const char *name, const char *line)
{
	const char *begin = strchr(name, '"');
	const char *end = begin ? strchr(begin + 1, '"') : NULL;
	size_t length = end ? (size_t)(end - begin - 1) : 0;

	if (!end)
		return true;
	for (; *line; line++)
		if (strncmp(line, begin + 1, length) == 0)
			return true;
	return length == 0;
}

static int find_known(const struct judge_case *judge_case, enum rule rule, const struct recorder_record *culprit,
		      const char *line)
{
	const struct scenario *scenario = judge_case->evidence ? judge_case->evidence->scenario : NULL;

	for (unsigned int row = 0; scenario && row < scenario->expectation_count; row++) {
		const struct expectation *expectation = &scenario->expectations[row];

		if (!known_bug_holds(judge_case, row) || strcmp(expectation->rule, rule_name(rule)) != 0)
			continue;
		if (expectation->label == -1 ? !line || fits_quote(expectation->name, line)
					     : is_at_label(scenario, expectation->label, culprit))
			return (int)row;
	}
	return -1;
}

int finding_knows(const struct judge_case *judge_case, enum rule rule, const struct recorder_record *culprit)
{
	return find_known(judge_case, rule, culprit, NULL);
}

static bool count_occurrence(const struct judge_case *judge_case, struct finding *finding, int row)
{
	bool is_first_unknown = row < 0 && finding->count == finding->known_count;

	finding->verdict = VERDICT_VIOLATION;
	finding->count++;
	if (row >= 0) {
		if (!finding->known_name)
			finding->known_name = judge_case->evidence->scenario->expectations[row].name;
		finding->known_count++;
		finding->known_rows |= 1u << row;
		return finding->count == 1;
	}
	if (is_first_unknown) {
		free(finding->text);
		finding->text = NULL;
		finding->call_count = 0;
	}
	return is_first_unknown;
}

bool finding_occurs(const struct judge_case *judge_case, struct finding *finding, const struct recorder_record *culprit)
{
	return count_occurrence(judge_case, finding, find_known(judge_case, finding->rule, culprit, NULL));
}

bool finding_occurs_in_log(const struct judge_case *judge_case, struct finding *finding, const char *line)
{
	return count_occurrence(judge_case, finding, find_known(judge_case, finding->rule, NULL, line));
}

bool finding_is_known(const struct finding *finding)
{
	return finding->verdict == VERDICT_VIOLATION && finding->count && finding->known_count == finding->count;
}
