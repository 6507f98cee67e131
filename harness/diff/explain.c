/* SPDX-License-Identifier: Apache-2.0 */
/* From a difference to the traits behind it; see explain.h. */
#include "harness/diff/explain.h"

#include <string.h>

#include "harness/diff/explanations.h"

/* Of rows that need no other trait; each kernel may have it. */
#define LOOP_TRAIT_none LOOP_TRAIT_COUNT

static const struct explanation {
	enum loop_trait trait;
	enum loop_trait needed; /* without it, a kernel shows itself as if it had @trait */
	uint64_t causes;	/* bits of enum recorder_call */
	unsigned int how;	/* EXPLAIN_*, all of them */
	uint64_t shows;		/* bits of enum recorder_call */
	uint64_t fields;	/* bits of enum outcome_field */
	/* Of kernels with it, and of those without; divided by blanks; "": any. */
	const char *answers_with;
	const char *answers_without;
} explanations[] = {
#define C(call)	 (UINT64_C(1) << RECORDER_CALL_##call)
#define H(how)	 EXPLAIN_##how
#define F(field) (UINT64_C(1) << OUTCOME_##field)
#define X(name, needed_, causes_, how_, shows_, fields_, with_, without_)                                              \
	{ LOOP_TRAIT_##name, LOOP_TRAIT_##needed_, (causes_), (how_), (shows_), (fields_), (with_), (without_) },
	LOOP_EXPLANATIONS(X, C, H, F)
#undef X
#undef F
#undef H
#undef C
};
#define EXPLANATION_COUNT (sizeof(explanations) / sizeof(explanations[0]))
_Static_assert(RECORDER_CALL_COUNT <= 64 && OUTCOME_FIELD_COUNT <= 64 && EXPLANATION_COUNT <= 64,
	       "a set has so many bits");

/* --- what a trait is about --- */

static bool has_word(const char *words, const char *word)
{
	size_t bytes = strlen(word);

	for (; *words; words += strcspn(words, " "), words += *words == ' ')
		if (strncmp(words, word, bytes) == 0 && (words[bytes] == ' ' || words[bytes] == '\0'))
			return true;
	return false;
}

/* The last call that causes it, counted from 1; 0: there is none. */
static unsigned int cause_of(unsigned int row, const struct explain_case *explain_case)
{
	const struct explanation *explanation = &explanations[row];
	unsigned int latest = EXPLAIN_LATEST;

	for (unsigned int i = explain_case->step_count; i > 0; i--) {
		const struct explain_step *step = &explain_case->steps[i - 1];
		bool is_last = i == explain_case->step_count;
		unsigned int how = step->how | (is_last ? 0 : latest);

		if (explanation->causes >> step->call & 1 && (how & explanation->how) == explanation->how)
			return i;
		if (!is_last && !recorder_call_is_query(step->call))
			latest = 0;
	}
	return 0;
}

static bool is_about(unsigned int row, const struct explain_case *explain_case)
{
	unsigned int call = explain_case->steps[explain_case->step_count - 1].call;

	return explanations[row].shows >> call & 1 && explanations[row].fields >> explain_case->field & 1 &&
	       cause_of(row, explain_case);
}

static unsigned int count_bits(uint64_t set)
{
	unsigned int count = 0;

	for (; set; set &= set - 1)
		count++;
	return count;
}

/* Is a row the better reason: is its cause the later one, or is it about less? */
static bool is_better(unsigned int row, unsigned int other, const struct explain_case *explain_case)
{
	unsigned int cause = cause_of(row, explain_case), other_cause = cause_of(other, explain_case);

	if (cause != other_cause)
		return cause > other_cause;
	return count_bits(explanations[row].shows) * count_bits(explanations[row].fields) <
	       count_bits(explanations[other].shows) * count_bits(explanations[other].fields);
}

/* --- which kernels it parts --- */

/* As what a kernel shows itself: with the trait, or without, or perhaps either. */
static struct loop_traits seen_as(unsigned int row, struct loop_traits traits)
{
	const struct explanation *explanation = &explanations[row];
	bool has_needed = explanation->needed == LOOP_TRAIT_none || has_trait(traits, explanation->needed);
	bool lacks_needed = explanation->needed != LOOP_TRAIT_none && lacks_trait(traits, explanation->needed);

	return (struct loop_traits){ .has = has_trait(traits, explanation->trait) || lacks_needed,
				     .lacks = lacks_trait(traits, explanation->trait) && has_needed };
}

enum parts { DOES_NOT, MAY, SURELY };

static enum parts parts(unsigned int row, const struct explain_case *explain_case, unsigned int left,
			unsigned int right)
{
	struct loop_traits a = seen_as(row, explain_case->traits[left]);
	struct loop_traits b = seen_as(row, explain_case->traits[right]);

	if (a.has != b.has && a.lacks != b.lacks)
		return SURELY;
	return (a.has && b.lacks) || (a.lacks && b.has) ? MAY : DOES_NOT;
}

static bool is_among(const char *word, const char *answers)
{
	return !*answers || has_word(answers, word);
}

/* Is it the trait that shows?  Where nobody knows which of the two has it, either may. */
static bool is_answered(unsigned int row, const struct explain_case *explain_case, unsigned int left,
			unsigned int right)
{
	const char *with = explanations[row].answers_with, *without = explanations[row].answers_without;
	const char *word = explain_case->words[left], *other = explain_case->words[right];
	struct loop_traits a = seen_as(row, explain_case->traits[left]);
	struct loop_traits b = seen_as(row, explain_case->traits[right]);

	return (a.has && b.lacks && is_among(word, with) && is_among(other, without)) ||
	       (a.lacks && b.has && is_among(word, without) && is_among(other, with));
}

static bool is_told(const char *word)
{
	return *word != '\0';
}

enum relation { SAYS_NOTHING, AGREE, DIFFER };

static enum relation relation_of(const struct explain_case *explain_case, unsigned int left, unsigned int right)
{
	const char *const *now = explain_case->words, *const *before = explain_case->words_before;
	bool agrees = strcmp(now[left], now[right]) == 0;

	if (!is_told(now[left]) || !is_told(now[right]))
		return SAYS_NOTHING;
	if (!explain_case->traits_before || !is_told(before[left]) || !is_told(before[right]))
		return agrees ? AGREE : DIFFER;
	if (strcmp(before[left], before[right]) != 0)
		return SAYS_NOTHING;
	if (agrees && strcmp(before[left], now[left]) == 0)
		return SAYS_NOTHING;
	return agrees ? AGREE : DIFFER;
}

/* Does one row of a set part each two kernels that differ? */
static bool parts_all(uint64_t set, const struct explain_case *explain_case)
{
	for (unsigned int i = 0; i < explain_case->kernel_count; i++)
		for (unsigned int j = i + 1; j < explain_case->kernel_count; j++) {
			bool is_parted = false;

			if (relation_of(explain_case, i, j) != DIFFER)
				continue;
			for (unsigned int row = 0; row < EXPLANATION_COUNT; row++)
				is_parted |= set >> row & 1 && parts(row, explain_case, i, j) != DOES_NOT &&
					     is_answered(row, explain_case, i, j);
			if (!is_parted)
				return false;
		}
	return true;
}

/* Not knowing is no explanation: somewhere it must be known to part what differs, and nowhere what agrees. */
static bool fits(unsigned int row, const struct explain_case *explain_case)
{
	bool is_known_to_part = false;

	for (unsigned int i = 0; i < explain_case->kernel_count; i++)
		for (unsigned int j = i + 1; j < explain_case->kernel_count; j++) {
			enum relation relation = relation_of(explain_case, i, j);

			if (parts(row, explain_case, i, j) != SURELY)
				continue;
			if (relation == AGREE)
				return false;
			is_known_to_part |= relation == DIFFER && is_answered(row, explain_case, i, j);
		}
	return is_known_to_part;
}

/* --- the fewest --- */

/* The best that does without the others; EXPLANATION_COUNT: there is none. */
static unsigned int find_alone(uint64_t candidates, const struct explain_case *explain_case)
{
	unsigned int best = EXPLANATION_COUNT;

	for (unsigned int row = 0; row < EXPLANATION_COUNT; row++)
		if (candidates >> row & 1 && parts_all(UINT64_C(1) << row, explain_case) &&
		    (best == EXPLANATION_COUNT || is_better(row, best, explain_case)))
			best = row;
	return best;
}

/* The worst that the others do without; EXPLANATION_COUNT: there is none. */
static unsigned int find_needless(uint64_t candidates, const struct explain_case *explain_case)
{
	unsigned int worst = EXPLANATION_COUNT;

	for (unsigned int row = 0; row < EXPLANATION_COUNT; row++)
		if (candidates >> row & 1 && parts_all(candidates & ~(UINT64_C(1) << row), explain_case) &&
		    (worst == EXPLANATION_COUNT || is_better(worst, row, explain_case)))
			worst = row;
	return worst;
}

static uint32_t traits_of(uint64_t set)
{
	uint64_t traits = 0;

	for (unsigned int row = 0; row < EXPLANATION_COUNT; row++)
		if (set >> row & 1)
			traits |= UINT64_C(1) << explanations[row].trait | UINT64_C(1) << explanations[row].needed;
	return (uint32_t)(traits & ~(UINT64_C(1) << LOOP_TRAIT_none));
}

static uint32_t explain_now(const struct explain_case *explain_case)
{
	uint64_t candidates = 0;
	unsigned int row;

	for (row = 0; row < EXPLANATION_COUNT; row++)
		if (is_about(row, explain_case) && fits(row, explain_case))
			candidates |= UINT64_C(1) << row;
	if (!candidates || !parts_all(candidates, explain_case))
		return 0;
	row = find_alone(candidates, explain_case);
	if (row < EXPLANATION_COUNT)
		return traits_of(UINT64_C(1) << row);
	while ((row = find_needless(candidates, explain_case)) < EXPLANATION_COUNT)
		candidates &= ~(UINT64_C(1) << row);
	return traits_of(candidates);
}

static bool is_as_before(const struct explain_case *explain_case)
{
	for (unsigned int i = 0; i < explain_case->kernel_count; i++)
		if (strcmp(explain_case->words[i], explain_case->words_before[i]) != 0)
			return false;
	return true;
}

uint32_t explain(const struct explain_case *explain_case)
{
	struct explain_case alone = *explain_case;
	uint32_t traits;

	/* What explains it without a look at what was before is the better explanation. */
	alone.traits_before = 0;
	traits = explain_now(&alone);
	if (traits)
		return traits;
	if (is_as_before(explain_case))
		return explain_case->traits_before;
	traits = explain_now(explain_case);
	return traits ? traits | explain_case->traits_before : 0;
}
