/* SPDX-License-Identifier: Apache-2.0 */
/* From a difference to the traits behind it; see explain.h. */
#include "harness/diff/explain.h"

#include <string.h>

#include "harness/diff/explanations.h"

static const struct explanation {
	uint64_t causes; /* bits of enum recorder_call */
	uint64_t shows;
	const char *errors; /* divided by blanks; "": any result */
} explanations[LOOP_TRAIT_COUNT] = {
#define C(call) (UINT64_C(1) << RECORDER_CALL_##call)
#define X(trait, causes_, shows_, errors_)                                                                             \
	[LOOP_TRAIT_##trait] = { .causes = (causes_), .shows = (shows_), .errors = (errors_) },
	LOOP_EXPLANATIONS(X, C)
#undef X
#undef C
};
_Static_assert(RECORDER_CALL_COUNT < 64, "a set has so many bits");

static bool has_word(const char *words, const char *word)
{
	size_t bytes = strlen(word);

	for (; *words; words += strcspn(words, " "), words += *words == ' ')
		if (strncmp(words, word, bytes) == 0 && (words[bytes] == ' ' || words[bytes] == '\0'))
			return true;
	return false;
}

static bool fits_results(const char *errors, const struct explain_case *explain_case)
{
	bool has_results = false;

	for (unsigned int i = 0; i < explain_case->kernel_count; i++) {
		if (!explain_case->results[i])
			continue;
		has_results = true;
		if (has_word(errors, explain_case->results[i]))
			return true;
	}
	return !has_results || !*errors;
}

static bool is_about(unsigned int trait, const struct explain_case *explain_case)
{
	const struct explanation *explanation = &explanations[trait];

	return explanation->causes & explain_case->calls_so_far && explanation->shows >> explain_case->call & 1 &&
	       fits_results(explanation->errors, explain_case);
}

static bool parts_surely(unsigned int trait, struct loop_traits left, struct loop_traits right)
{
	return has_trait(left, trait) != has_trait(right, trait) &&
	       lacks_trait(left, trait) != lacks_trait(right, trait);
}

static bool may_part(unsigned int trait, struct loop_traits left, struct loop_traits right)
{
	return (has_trait(left, trait) && lacks_trait(right, trait)) ||
	       (lacks_trait(left, trait) && has_trait(right, trait));
}

/* Do a set's traits part what differs, or (@agreeing) does one of them part what agrees? */
static bool fits(uint32_t set, const struct explain_case *explain_case, bool agreeing)
{
	for (unsigned int i = 0; i < explain_case->kernel_count; i++)
		for (unsigned int j = i + 1; j < explain_case->kernel_count; j++) {
			bool is_parted = false;

			if (explain_case->classes[i] < 0 || explain_case->classes[j] < 0 ||
			    (explain_case->classes[i] == explain_case->classes[j]) != agreeing)
				continue;
			for (unsigned int trait = 0; trait < LOOP_TRAIT_COUNT; trait++)
				if (set >> trait & 1)
					is_parted |= agreeing ? parts_surely(trait, explain_case->traits[i],
									     explain_case->traits[j])
							      : may_part(trait, explain_case->traits[i],
									 explain_case->traits[j]);
			if (is_parted == agreeing)
				return false;
		}
	return true;
}

/* Not knowing is no explanation: somewhere it must be known to part what differs. */
static bool is_known_to_part(unsigned int trait, const struct explain_case *explain_case)
{
	for (unsigned int i = 0; i < explain_case->kernel_count; i++)
		for (unsigned int j = i + 1; j < explain_case->kernel_count; j++)
			if (explain_case->classes[i] >= 0 && explain_case->classes[j] >= 0 &&
			    explain_case->classes[i] != explain_case->classes[j] &&
			    parts_surely(trait, explain_case->traits[i], explain_case->traits[j]))
				return true;
	return false;
}

static unsigned int count_bits(uint64_t set)
{
	unsigned int count = 0;

	for (; set; set &= set - 1)
		count++;
	return count;
}

/* One that does without the others: of several that which is about the fewest calls. */
static int find_alone(uint32_t candidates, const struct explain_case *explain_case)
{
	int best = -1;

	for (int trait = 0; trait < LOOP_TRAIT_COUNT; trait++)
		if (candidates >> trait & 1 && fits(UINT32_C(1) << trait, explain_case, false) &&
		    (best < 0 || count_bits(explanations[trait].shows) < count_bits(explanations[best].shows)))
			best = trait;
	return best;
}

/* One that the others do without: of several that which is about the most calls. */
static int find_needless(uint32_t candidates, const struct explain_case *explain_case)
{
	int worst = -1;

	for (int trait = 0; trait < LOOP_TRAIT_COUNT; trait++)
		if (candidates >> trait & 1 && fits(candidates & ~(UINT32_C(1) << trait), explain_case, false) &&
		    (worst < 0 || count_bits(explanations[trait].shows) > count_bits(explanations[worst].shows)))
			worst = trait;
	return worst;
}

uint32_t explain(const struct explain_case *explain_case)
{
	uint32_t candidates = 0;
	int alone;

	for (unsigned int trait = 0; trait < LOOP_TRAIT_COUNT; trait++)
		if (is_about(trait, explain_case) && is_known_to_part(trait, explain_case) &&
		    fits(UINT32_C(1) << trait, explain_case, true))
			candidates |= UINT32_C(1) << trait;
	if (!candidates || !fits(candidates, explain_case, false))
		return 0;
	alone = find_alone(candidates, explain_case);
	if (alone >= 0)
		return UINT32_C(1) << alone;
	for (int trait; (trait = find_needless(candidates, explain_case)) >= 0;)
		candidates &= ~(UINT32_C(1) << trait);
	return candidates;
}
