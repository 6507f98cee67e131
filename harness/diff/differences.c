/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing a program's calls, and grouping what differs; see differences.h. */
#include "harness/diff/differences.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/diff/alignment.h"
#include "harness/diff/program.h"
#include "harness/diff/program_text.h"

struct walk {
	struct differences *differences;
	const char *scenario_name;
	struct program_text text;
	const struct diff_source *sources;
	unsigned int source_count;
	struct alignment alignment;
	struct program program;
	struct aligned_call call; /* that is looked at */
};

/* What differs of the call that is looked at. */
struct finding {
	enum outcome_field field;
	int classes[EXPLAIN_KERNEL_COUNT_MAX]; /* as in struct parting */
	uint32_t traits;		       /* that explain it */
};

static const char *word_of(const struct walk *walk, unsigned int source, enum outcome_field field)
{
	return aligned_call_word(&walk->call, source, field);
}

static bool is_query(const struct walk *walk)
{
	return recorder_call_is_query(walk->call.call);
}

/* --- comparing --- */

static unsigned int classify(const struct walk *walk, enum outcome_field field, int *ret_classes)
{
	unsigned int class_count = 0;

	for (unsigned int i = 0; i < walk->source_count; i++) {
		const char *word = word_of(walk, i, field);

		ret_classes[i] = -1;
		if (!*word)
			continue;
		for (unsigned int j = 0; j < i && ret_classes[i] < 0; j++)
			if (ret_classes[j] >= 0 && strcmp(word_of(walk, j, field), word) == 0)
				ret_classes[i] = ret_classes[j];
		if (ret_classes[i] < 0)
			ret_classes[i] = (int)class_count++;
	}
	return class_count;
}

static uint32_t find_traits(const struct walk *walk, const struct finding *finding)
{
	const struct report *before =
		is_query(walk) ? program_find_report(&walk->program, &walk->call, finding->field) : NULL;
	struct explain_case explain_case = { .kernel_count = walk->source_count,
					     .field = finding->field,
					     .steps = walk->program.steps,
					     .step_count = walk->program.step_count,
					     .traits_before = before ? before->traits : 0 };

	for (unsigned int i = 0; i < walk->source_count; i++) {
		explain_case.traits[i] = walk->sources[i].traits;
		explain_case.words[i] = word_of(walk, i, finding->field);
		explain_case.words_before[i] = before ? before->words[i] : "";
	}
	return explain(&explain_case);
}

/* --- groups --- */

static bool has_answers(const struct walk *walk, const struct difference *difference)
{
	for (unsigned int i = 0; i < walk->source_count; i++) {
		const char *answer = difference->answers[walk->sources[i].kernel];

		if (strcmp(answer ? answer : "", word_of(walk, i, difference->field)) != 0)
			return false;
	}
	return true;
}

/* What no trait explains is told apart by what was done before; what one explains is one thing. */
static bool is_same(const struct walk *walk, const struct difference *difference, const char *shape,
		    const struct finding *finding)
{
	return difference->field == finding->field && difference->traits == finding->traits &&
	       strcmp(difference->call, shape) == 0 &&
	       strcmp(difference->record_call, recorder_call_text(walk->call.call)) == 0 &&
	       has_answers(walk, difference);
}

static void free_steps(struct difference *difference)
{
	for (unsigned int i = 0; i < difference->step_count; i++)
		free(difference->steps[i].text);
	free(difference->steps);
	difference->steps = NULL;
	difference->step_count = 0;
}

static int take_example(struct walk *walk, struct difference *difference)
{
	unsigned int *lines = calloc(walk->program.step_count + 1u, sizeof(*lines));
	unsigned int count = lines ? program_lines(&walk->program, lines) : 0;
	int r = lines ? 0 : -ENOMEM;

	if (r == 0 && (difference->step_count == 0 || count < difference->step_count)) {
		char *name = strdup(walk->scenario_name);

		free_steps(difference);
		free(difference->scenario);
		difference->scenario = name;
		difference->steps = calloc(count + 1u, sizeof(*difference->steps));
		r = name && difference->steps ? 0 : -ENOMEM;
		for (unsigned int i = 0; r == 0 && i < count; i++) {
			difference->steps[i].line = lines[i];
			difference->steps[i].text = program_text_line(&walk->text, lines[i]);
			difference->step_count++;
			r = difference->steps[i].text ? 0 : -ENOMEM;
		}
		difference->line = count ? lines[count - 1] : 0;
	}
	free(lines);
	return r;
}

static int new_difference(struct walk *walk, const char *shape, const struct finding *finding)
{
	struct differences *differences = walk->differences;
	struct difference *list = reallocarray(differences->list, differences->count + 1u, sizeof(*list));
	struct difference *difference;

	if (!list)
		return -ENOMEM;
	differences->list = list;
	difference = &list[differences->count++];
	*difference = (struct difference){ .field = finding->field, .traits = finding->traits };
	difference->call = strdup(shape);
	difference->record_call = strdup(recorder_call_text(walk->call.call));
	difference->answers = calloc(differences->kernel_count, sizeof(*difference->answers));
	if (!difference->call || !difference->record_call || !difference->answers)
		return -ENOMEM;
	for (unsigned int i = 0; i < walk->source_count; i++) {
		char **answer = &difference->answers[walk->sources[i].kernel];
		const char *word = word_of(walk, i, finding->field);

		if (!*word)
			continue;
		*answer = strdup(word);
		if (!*answer)
			return -ENOMEM;
	}
	return 0;
}

static char *shape_of(const struct walk *walk, uint32_t traits)
{
	const struct explain_step *deed = program_last_deed(&walk->program);
	char *shape = program_text_shape(&walk->text, walk->call.line);
	char *before = NULL, *both = NULL;

	if (!shape || traits || !is_query(walk) || !deed)
		return shape;
	before = program_text_shape(&walk->text, deed->line);
	if (!before || asprintf(&both, "%s after %s", shape, before) < 0)
		both = NULL;
	free(before);
	free(shape);
	return both;
}

static int note(struct walk *walk, struct finding *finding)
{
	struct differences *differences = walk->differences;
	struct parting parting;
	char *shape;
	unsigned int i = 0;
	int r;

	finding->traits = find_traits(walk, finding);
	shape = shape_of(walk, finding->traits);
	r = shape ? 0 : -ENOMEM;
	while (r == 0 && i < differences->count && !is_same(walk, &differences->list[i], shape, finding))
		i++;
	if (r == 0 && i == differences->count)
		r = new_difference(walk, shape, finding);
	if (r == 0) {
		differences->list[i].count++;
		r = take_example(walk, &differences->list[i]);
	}
	if (r == 0 && finding->field == OUTCOME_result && !is_query(walk)) {
		parting = (struct parting){ .traits = finding->traits, .difference = i };
		memcpy(parting.classes, finding->classes, sizeof(parting.classes));
		r = program_add_parting(&walk->program, &parting);
	}
	free(shape);
	return r;
}

static int compare_field(struct walk *walk, enum outcome_field field)
{
	struct finding finding = { .field = field };
	unsigned int class_count = classify(walk, field, finding.classes);
	const struct parting *parting = class_count < 2 ? NULL : program_find_parting(&walk->program, finding.classes);
	int r = 0;

	if (parting) {
		walk->differences->list[parting->difference].consequence_count++;
		finding.traits = parting->traits;
	} else if (class_count >= 2) {
		r = note(walk, &finding);
	}
	if (r == 0 && class_count && is_query(walk))
		r = program_put_report(&walk->program, &walk->call, field, finding.traits);
	return r;
}

/* --- all of it --- */

static int walk_worker(struct walk *walk, unsigned int worker)
{
	int r = 0;

	alignment_begin_worker(&walk->alignment, worker);
	program_begin_worker(&walk->program);
	while (r == 0 && alignment_next(&walk->alignment, &walk->call)) {
		r = program_begin_call(&walk->program, &walk->call);
		walk->differences->compared_count++;
		for (unsigned int field = 0; r == 0 && field < OUTCOME_FIELD_COUNT; field++)
			r = compare_field(walk, field);
		program_end_call(&walk->program, &walk->call);
	}
	return r;
}

int differences_add(struct differences *differences, const char *scenario_name, const char *text, size_t text_bytes,
		    const struct diff_source *sources, unsigned int source_count)
{
	struct walk walk = { .differences = differences,
			     .scenario_name = scenario_name,
			     .sources = sources,
			     .source_count = source_count,
			     .program = { .kernel_count = source_count } };
	const struct history *histories[EXPLAIN_KERNEL_COUNT_MAX] = { NULL };
	unsigned int worker_count = 0;
	int r;

	for (unsigned int i = 0; i < source_count; i++) {
		histories[i] = sources[i].history;
		if (histories[i]->worker_count > worker_count)
			worker_count = histories[i]->worker_count;
	}
	r = alignment_init(histories, source_count, &walk.alignment);
	if (r == 0)
		r = program_text_init(text, text_bytes, &walk.text);
	for (unsigned int worker = 0; r == 0 && worker < worker_count; worker++)
		r = walk_worker(&walk, worker);
	alignment_fini(&walk.alignment);
	program_fini(&walk.program);
	program_text_fini(&walk.text);
	return r;
}

void differences_init(unsigned int kernel_count, struct differences *ret_differences)
{
	*ret_differences = (struct differences){ .kernel_count = kernel_count };
}

static int compare_differences(const void *left, const void *right)
{
	const struct difference *a = left, *b = right;

	if (a->traits != b->traits)
		return a->traits < b->traits ? -1 : 1;
	if (a->step_count != b->step_count)
		return a->step_count < b->step_count ? -1 : 1;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return strcmp(a->scenario, b->scenario) ? strcmp(a->scenario, b->scenario) : (int)a->line - (int)b->line;
}

void differences_sort(struct differences *differences)
{
	if (differences->count)
		qsort(differences->list, differences->count, sizeof(*differences->list), compare_differences);
}

unsigned int differences_new_count(const struct differences *differences)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < differences->count; i++)
		count += differences->list[i].traits == 0;
	return count;
}

void differences_fini(struct differences *differences)
{
	for (unsigned int i = 0; i < differences->count; i++) {
		struct difference *difference = &differences->list[i];

		free_steps(difference);
		for (unsigned int k = 0; difference->answers && k < differences->kernel_count; k++)
			free(difference->answers[k]);
		free(difference->answers);
		free(difference->call);
		free(difference->record_call);
		free(difference->scenario);
	}
	free(differences->list);
	*differences = (struct differences){ 0 };
}
