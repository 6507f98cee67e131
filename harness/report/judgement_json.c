/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A judgement as JSON and back.  Reading believes nothing: a number of findings or of calls that no judge makes, a rule
 * or a trait that this looprace does not know is refused, because what it would say could not be shown.
 */
#include "harness/report/judgement_json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/json_fields.h"
#include "harness/report/proof_json.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define ALL_TRAITS	((uint32_t)((UINT64_C(1) << LOOP_TRAIT_COUNT) - 1))

static const char *rule_word(unsigned int rule)
{
	return rule_name((enum rule)rule);
}

static const char *verdict_word(unsigned int verdict)
{
	return verdict_name((enum verdict)verdict);
}

static const char *trait_word(unsigned int trait)
{
	return loop_trait_name((enum loop_trait)trait);
}

static const struct json_words rules = { .word = rule_word,
					 .count = RULE_COUNT,
					 .right = "a rule that looprace list rules shows" };
static const struct json_words verdicts = { .word = verdict_word,
					    .count = VERDICT_VIOLATION + 1,
					    .right = "PASS, VIOLATION, UNKNOWN, SKIP or BROKEN" };

/* clang-format off */
static const struct json_field head_fields[] = {
	JSON_WORD_FIELD(struct judgement, NULL, "verdict", verdict, &verdicts),
	JSON_FIELD(struct judgement, NULL, "reason", TEXT, reason),
};

static const struct json_field finding_fields[] = {
	JSON_WORD_FIELD(struct finding, NULL, "rule", rule, &rules),
	JSON_WORD_FIELD(struct finding, NULL, "verdict", verdict, &verdicts),
	JSON_FIELD(struct finding, NULL, "is_expected", BOOL, is_expected),
	JSON_FIELD(struct finding, NULL, "count", COUNT, count),
	JSON_ADDED_FIELD(struct finding, NULL, "known_count", COUNT, known_count),
	JSON_FIELD(struct finding, NULL, "text", TEXT, text),
};

#define COUNT_FIELD(member) JSON_FIELD(struct judgement, "counts", #member, COUNT, counts.member)
static const struct json_field count_fields[] = {
	COUNT_FIELD(record_count),
	COUNT_FIELD(attach_count),
	COUNT_FIELD(gave_up_count),
	COUNT_FIELD(failed_count),
	COUNT_FIELD(bind_count),
	COUNT_FIELD(lost_bind_count),
	COUNT_FIELD(try_count),
	COUNT_FIELD(lost_try_count),
	COUNT_FIELD(get_free_count),
	JSON_ADDED_FIELD(struct judgement, "counts", "injected_count", COUNT, counts.injected_count),
	JSON_ADDED_FIELD(struct judgement, "counts", "foreign_race_count", COUNT, counts.foreign_race_count),
	COUNT_FIELD(paused_ns),
	COUNT_FIELD(run_ns),
	COUNT_FIELD(attach_p50_ns),
	COUNT_FIELD(attach_p99_ns),
	COUNT_FIELD(attach_max_ns),
};
/* clang-format on */

/* --- writing --- */

/* Drops on failure, so that a builder can chain these with &&. */
static bool set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) == 0;
}

static json_t *calls_to_json(const struct finding *finding)
{
	json_t *array = json_array();

	for (unsigned int i = 0; array && i < finding->call_count; i++) {
		if (json_array_append_new(array, proof_call_to_json(&finding->calls[i])) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *finding_to_json(const struct finding *finding)
{
	json_t *row = json_object();

	if (row && json_fields_write(row, finding_fields, COUNT_OF(finding_fields), finding) == 0 &&
	    set(row, "known_bug", json_text(finding->known_name)) && set(row, "calls", calls_to_json(finding)))
		return row;
	json_decref(row);
	return NULL;
}

static json_t *findings_to_json(const struct judgement *judgement)
{
	json_t *array = json_array();

	for (unsigned int i = 0; array && i < judgement->finding_count; i++) {
		if (json_array_append_new(array, finding_to_json(&judgement->findings[i])) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *rules_to_json(const struct judgement *judgement)
{
	json_t *object = json_object();

	for (unsigned int rule = 0; object && rule < RULE_COUNT; rule++) {
		if (!set(object, rule_name(rule), json_text(verdict_name(judgement->rule_verdicts[rule])))) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *trait_names(uint32_t traits)
{
	json_t *array = json_array();

	for (unsigned int i = 0; array && i < LOOP_TRAIT_COUNT; i++) {
		if (traits >> i & 1 && json_array_append_new(array, json_string(trait_word(i))) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* What the model took the driver for, and how that is known. */
static json_t *traits_to_json(struct loop_traits traits)
{
	uint32_t unsure = traits.has & traits.lacks;
	json_t *object;

	if (!traits.has && !traits.lacks)
		return json_null();
	object = json_object();
	if (object && set(object, "by_version", trait_names(traits.has & ~unsure & ~traits.probed)) &&
	    set(object, "by_probe", trait_names(traits.has & traits.probed)) &&
	    set(object, "by_probe_not", trait_names(traits.lacks & traits.probed)) &&
	    set(object, "unknown", trait_names(unsure)))
		return object;
	json_decref(object);
	return NULL;
}

/* Most bins are empty.  A bin is called by the shortest time that counts in it. */
static json_t *histogram_to_json(const struct histogram *histogram)
{
	json_t *object = json_object();

	for (unsigned int bin = 0; object && bin < HISTOGRAM_BIN_COUNT; bin++) {
		char name[32];

		snprintf(name, sizeof(name), "%" PRIu64, histogram_bin_begin(bin));
		if (histogram->counts[bin] > 0 && !set(object, name, json_count(histogram->counts[bin]))) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *attach_times_to_json(const struct judgement_counts *counts)
{
	json_t *array;

	if (!judgement_has_attach_times(counts))
		return json_null();
	array = json_array();
	for (unsigned int loss = 0; array && loss < ATTACH_LOSS_COUNT; loss++) {
		if (histogram_total(&counts->attach_times[loss]) == 0)
			continue;
		if (json_array_append_new(array,
					  json_pack("{sI so}", "lost_try_count", (json_int_t)attach_loss_begin(loss),
						    "counts", histogram_to_json(&counts->attach_times[loss]))) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

int judgement_to_json(const struct judgement *judgement, json_t *object)
{
	if (json_fields_write(object, head_fields, COUNT_OF(head_fields), judgement) == 0 &&
	    set(object, "rules", rules_to_json(judgement)) &&
	    set(object, "traits", traits_to_json(judgement->traits)) &&
	    set(object, "findings", findings_to_json(judgement)) &&
	    json_fields_write(object, count_fields, COUNT_OF(count_fields), judgement) == 0 &&
	    set(object, "attach_times", attach_times_to_json(&judgement->counts)))
		return 0;
	return -ENOMEM;
}

/* --- reading --- */

static int calls_from_json(const struct json_place *place, const json_t *array, struct finding *finding)
{
	const json_t *row;
	size_t i;
	int r;

	if (!json_is_array(array) || json_array_size(array) > PROOF_CALL_COUNT_MAX)
		return json_wrong(place, NULL, "calls", "an array of at most 8 calls");
	json_array_foreach(array, i, row)
	{
		r = proof_call_from_json(place, row, &finding->calls[i]);
		if (r < 0)
			return r;
		finding->call_count++;
	}
	return 0;
}

static int finding_from_json(const struct json_place *file, const json_t *row, struct finding *finding)
{
	const struct json_place findings = { .path = file->path, .within = "findings", .error = file->error };
	const struct json_place *place = &findings;
	const json_t *known = json_object_get(row, "known_bug");
	int r = json_fields_read(place, row, finding_fields, COUNT_OF(finding_fields), finding);

	if (r < 0)
		return r;
	if (known && !json_is_null(known) && !json_is_string(known))
		return json_wrong(place, NULL, "known_bug", "a string or null");
	finding->known_name = json_string_value(known);
	return calls_from_json(place, json_object_get(row, "calls"), finding);
}

static int findings_from_json(const struct json_place *place, const json_t *array, struct judgement *judgement)
{
	const json_t *row;
	size_t i;
	int r = 0;

	if (!json_is_array(array) || json_array_size(array) > RULE_COUNT)
		return json_wrong(place, NULL, "findings", "an array with at most one finding of each rule");
	judgement->findings = calloc(json_array_size(array) + 1, sizeof(*judgement->findings));
	if (!judgement->findings)
		return -ENOMEM;
	json_array_foreach(array, i, row)
	{
		/* From here on judgement_fini() frees its text. */
		judgement->finding_count++;
		r = finding_from_json(place, row, &judgement->findings[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int rules_from_json(const struct json_place *place, const json_t *object, struct judgement *judgement)
{
	size_t known_count = 0;

	for (unsigned int rule = 0; rule < RULE_COUNT; rule++) {
		unsigned int verdict = VERDICT_SKIP;

		if (json_object_get(object, rule_name(rule))) {
			if (!json_get_word(object, rule_name(rule), &verdicts, &verdict))
				return json_wrong(place, "rules", rule_name(rule), verdicts.right);
			known_count++;
		}
		judgement->rule_verdicts[rule] = (enum verdict)verdict;
	}
	if (!json_is_object(object) || known_count != json_object_size(object))
		return json_wrong(place, NULL, "rules", "an object with the rules that looprace list rules shows");
	return 0;
}

static int traits_of_key(const struct json_place *place, const json_t *traits, const char *key, uint32_t *ret_set)
{
	const json_t *array = json_object_get(traits, key);
	const json_t *name;
	uint32_t set_of_key = 0;
	size_t at;

	if (!json_is_array(array))
		return json_wrong(place, "traits", key, "an array of names");
	json_array_foreach(array, at, name)
	{
		uint32_t trait = 0;

		for (unsigned int i = 0; json_is_string(name) && i < LOOP_TRAIT_COUNT; i++)
			if (strcmp(trait_word(i), json_string_value(name)) == 0)
				trait = UINT32_C(1) << i;
		if (!trait)
			return json_wrong(place, "traits", key, "names of traits that this looprace knows");
		set_of_key |= trait;
	}
	*ret_set = set_of_key;
	return 0;
}

/* What is named nowhere is lacked by version, see traits_to_json(). */
static int traits_from_json(const struct json_place *place, const json_t *traits, struct loop_traits *ret_traits)
{
	uint32_t by_version, by_probe, by_probe_not, unknown;
	int r;

	/* Older files do not have them. */
	if (!traits || json_is_null(traits))
		return 0;
	r = traits_of_key(place, traits, "by_version", &by_version);
	if (r == 0)
		r = traits_of_key(place, traits, "by_probe", &by_probe);
	if (r == 0)
		r = traits_of_key(place, traits, "by_probe_not", &by_probe_not);
	if (r == 0)
		r = traits_of_key(place, traits, "unknown", &unknown);
	if (r < 0)
		return r;
	ret_traits->has = by_version | by_probe | unknown;
	ret_traits->lacks = unknown | (ALL_TRAITS & ~ret_traits->has);
	ret_traits->probed = by_probe | by_probe_not;
	return 0;
}

static int histogram_from_json(const struct json_place *place, const json_t *object, struct histogram *histogram)
{
	const char *name;
	json_t *count; /* Of jansson's macro, which takes no const. */

	json_object_foreach((json_t *)object, name, count)
	{
		uint64_t begin_ns = strtoull(name, NULL, 10);
		unsigned int bin = histogram_bin(begin_ns);
		char right[32];

		snprintf(right, sizeof(right), "%" PRIu64, histogram_bin_begin(bin));
		if (strcmp(name, right) != 0 || !json_is_integer(count) || json_integer_value(count) <= 0)
			return json_wrong(place, "counts", name, "the begin of a bin, and a count of 1 or more");
		histogram->counts[bin] = (uint64_t)json_integer_value(count);
	}
	return 0;
}

/* Which class of attaches it is; ATTACH_LOSS_COUNT: none. */
static unsigned int loss_from_json(const json_t *row)
{
	const json_t *begin = json_object_get(row, "lost_try_count");
	unsigned int loss = 0;

	if (!json_is_integer(begin))
		return ATTACH_LOSS_COUNT;
	while (loss < ATTACH_LOSS_COUNT && json_integer_value(begin) != attach_loss_begin(loss))
		loss++;
	return loss;
}

static int attach_times_from_json(const struct json_place *file, const json_t *array, struct judgement_counts *counts)
{
	const struct json_place place = { .path = file->path, .within = "attach_times", .error = file->error };
	const json_t *row;
	size_t i;
	int r = 0;

	/* Older files do not have them. */
	if (!array || json_is_null(array))
		return 0;
	if (!json_is_array(array))
		return json_wrong(file, NULL, "attach_times", "an array or null");
	json_array_foreach(array, i, row)
	{
		unsigned int loss = loss_from_json(row);

		if (loss == ATTACH_LOSS_COUNT || histogram_total(&counts->attach_times[loss]) > 0)
			return json_wrong(&place, NULL, "lost_try_count", "0, 1, 2, 4, 8 or 16, each once");
		if (json_object_size(json_object_get(row, "counts")) == 0)
			return json_wrong(&place, NULL, "counts", "an object that is not empty");
		r = histogram_from_json(&place, json_object_get(row, "counts"), &counts->attach_times[loss]);
		if (r < 0)
			return r;
	}
	if (!judgement_has_attach_times(counts))
		return json_wrong(file, NULL, "attach_times", "as many as attach_count says");
	return 0;
}

static int read_all(const struct json_place *place, const json_t *root, struct judgement *judgement)
{
	int r = json_fields_read(place, root, head_fields, COUNT_OF(head_fields), judgement);

	if (r == 0 && !judgement->reason)
		return json_wrong(place, NULL, "reason", "a string");
	if (r == 0)
		r = rules_from_json(place, json_object_get(root, "rules"), judgement);
	if (r == 0)
		r = traits_from_json(place, json_object_get(root, "traits"), &judgement->traits);
	if (r == 0)
		r = findings_from_json(place, json_object_get(root, "findings"), judgement);
	if (r == 0)
		r = json_fields_read(place, root, count_fields, COUNT_OF(count_fields), judgement);
	if (r == 0)
		r = attach_times_from_json(place, json_object_get(root, "attach_times"), &judgement->counts);
	return r;
}

int judgement_from_json(const json_t *root, const char *path, struct judgement *ret_judgement,
			struct report_error *ret_error)
{
	const struct json_place place = { .path = path, .error = ret_error };
	struct judgement judgement = { .verdict = VERDICT_BROKEN };
	int r = read_all(&place, root, &judgement);

	if (r == -ENOMEM)
		report_error_set(ret_error, "%s: %s", path, strerror(ENOMEM));
	if (r < 0) {
		judgement_fini(&judgement);
		return r;
	}
	*ret_judgement = judgement;
	return 0;
}
