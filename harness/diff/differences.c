/* SPDX-License-Identifier: Apache-2.0 */
/* Walking several histories side by side; see differences.h. */
#include "harness/diff/differences.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/diff/program_text.h"

/* Where a worker of one kernel is. */
struct cursor {
	const struct history_worker *worker;
	uint64_t at;
	unsigned int sub; /* calls of the same line and round before this one */
	struct backings backings;
	struct outcome_memory memory;
};

/* One call of the program, on all kernels that made it. */
struct place {
	uint32_t round;
	unsigned int line;
	unsigned int sub;
	const struct recorder_record *records[EXPLAIN_KERNEL_COUNT_MAX]; /* by source; NULL: not made */
	struct outcome *outcomes;					 /* by source */
};

struct step {
	unsigned int line;
	unsigned int call;
	bool is_on_partition;
};

/* The classes of kernels that a call of this program has parted already, by its result. */
struct parting {
	int classes[EXPLAIN_KERNEL_COUNT_MAX];
	uint32_t traits;
	unsigned int difference; /* of the list */
};

struct walk {
	struct differences *differences;
	const char *scenario_name;
	struct program_text text;
	const struct diff_source *sources;
	unsigned int source_count;
	struct cursor *cursors;
	/* The program up to here. */
	uint32_t round;
	unsigned int open_count;
	unsigned int last_call;
	struct step *steps;
	unsigned int step_count;
	unsigned int step_room;
	struct parting *partings;
	unsigned int parting_count;
	unsigned int parting_room;
};

/* --- one call of all kernels --- */

static const struct recorder_record *record_at(const struct cursor *cursor)
{
	const struct history_worker *worker = cursor->worker;

	if (cursor->at < worker->record_count)
		return &worker->records[cursor->at];
	/* A call that killed the kernel, or that it never came back from. */
	return cursor->at == worker->record_count ? worker->pending : NULL;
}

static uint64_t block_count(const struct cursor *cursor)
{
	uint64_t count = 0;

	while (cursor->at + count + 1 < cursor->worker->record_count &&
	       cursor->worker->records[cursor->at + count + 1].call == RECORDER_CALL_blocks)
		count++;
	return count;
}

static void step_on(struct cursor *cursor)
{
	const struct recorder_record *old = record_at(cursor);
	const struct recorder_record *next;

	cursor->at += 1 + block_count(cursor);
	next = record_at(cursor);
	cursor->sub = next && next->round == old->round && next->line == old->line ? cursor->sub + 1 : 0;
}

static int compare_place(const struct cursor *left, const struct cursor *right)
{
	const struct recorder_record *a = record_at(left), *b = record_at(right);

	if (a->round != b->round)
		return a->round < b->round ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return left->sub == right->sub ? 0 : left->sub < right->sub ? -1 : 1;
}

/* Return: false when all have ended. */
static bool next_place(struct walk *walk, struct place *ret_place)
{
	const struct cursor *first = NULL;
	struct cursor least;

	for (unsigned int i = 0; i < walk->source_count; i++)
		if (record_at(&walk->cursors[i]) && (!first || compare_place(&walk->cursors[i], first) < 0))
			first = &walk->cursors[i];
	if (!first)
		return false;
	least = *first;
	ret_place->round = record_at(&least)->round;
	ret_place->line = record_at(&least)->line;
	ret_place->sub = least.sub;
	for (unsigned int i = 0; i < walk->source_count; i++) {
		struct cursor *cursor = &walk->cursors[i];
		const struct recorder_record *record = record_at(cursor);

		ret_place->records[i] = NULL;
		if (!record || compare_place(cursor, &least) != 0)
			continue;
		ret_place->records[i] = record;
		outcome_tell(record, block_count(cursor), &cursor->backings, &cursor->memory, &ret_place->outcomes[i]);
		step_on(cursor);
	}
	return true;
}

static unsigned int call_of(const struct walk *walk, const struct place *place)
{
	for (unsigned int i = 0; i < walk->source_count; i++)
		if (place->records[i])
			return place->records[i]->call;
	return RECORDER_CALL_none;
}

static bool is_on_partition(const struct walk *walk, const struct place *place)
{
	for (unsigned int i = 0; i < walk->source_count; i++)
		if (place->records[i] && place->records[i]->partition != 0)
			return true;
	return false;
}

/* --- the program so far --- */

static void begin_program(struct walk *walk)
{
	walk->step_count = 0;
	walk->parting_count = 0;
}

/* What is open is that of the first kernel that made the call: a program's end closes everything on all of them. */
static void count_open(struct walk *walk, const struct place *place)
{
	for (unsigned int i = 0; i < walk->source_count; i++) {
		const struct recorder_record *record = place->records[i];

		if (!record)
			continue;
		if (record->call == RECORDER_CALL_close || record->call == RECORDER_CALL_close_file)
			walk->open_count -= walk->open_count > 0;
		else if ((record->call == RECORDER_CALL_open || record->call == RECORDER_CALL_open_file ||
			  record->call == RECORDER_CALL_dup) &&
			 record->result >= 0)
			walk->open_count++;
		return;
	}
}

static int remember_step(struct walk *walk, const struct place *place)
{
	struct step *steps = walk->steps;

	if (walk->step_count == walk->step_room) {
		steps = reallocarray(steps, walk->step_room + 64u, sizeof(*steps));
		if (!steps)
			return -ENOMEM;
		walk->steps = steps;
		walk->step_room += 64;
	}
	walk->steps[walk->step_count++] = (struct step){ .line = place->line,
							 .call = call_of(walk, place),
							 .is_on_partition = is_on_partition(walk, place) };
	return 0;
}

static int follow(struct walk *walk, const struct place *place)
{
	unsigned int call = call_of(walk, place);
	int r;

	if (place->round != walk->round) {
		walk->round = place->round;
		begin_program(walk);
	}
	if (call == RECORDER_CALL_remove && walk->open_count == 0)
		begin_program(walk);
	r = remember_step(walk, place);
	count_open(walk, place);
	return r;
}

/* Made anew: what follows does not depend on what the device has been. */
static void end_reset(struct walk *walk, const struct place *place)
{
	if (call_of(walk, place) == RECORDER_CALL_add && walk->step_count == 2 && walk->open_count == 0 &&
	    walk->steps[0].call == RECORDER_CALL_remove)
		begin_program(walk);
}

/* --- comparing --- */

static unsigned int classify(const struct walk *walk, const struct place *place, enum outcome_field field,
			     int *ret_classes)
{
	unsigned int class_count = 0;

	for (unsigned int i = 0; i < walk->source_count; i++) {
		const char *word = place->records[i] ? place->outcomes[i].words[field] : "";

		ret_classes[i] = -1;
		if (!*word)
			continue;
		for (unsigned int j = 0; j < i && ret_classes[i] < 0; j++)
			if (ret_classes[j] >= 0 && strcmp(place->outcomes[j].words[field], word) == 0)
				ret_classes[i] = ret_classes[j];
		if (ret_classes[i] < 0)
			ret_classes[i] = (int)class_count++;
	}
	return class_count;
}

/* The same kernels are parted, as far as both calls were made. */
static bool parts_alike(const struct walk *walk, const int *left, const int *right)
{
	bool parts_any = false;

	for (unsigned int i = 0; i < walk->source_count; i++)
		for (unsigned int j = i + 1; j < walk->source_count; j++) {
			if (right[i] < 0 || right[j] < 0)
				continue;
			if (left[i] < 0 || left[j] < 0 || (left[i] == left[j]) != (right[i] == right[j]))
				return false;
			parts_any |= right[i] != right[j];
		}
	return parts_any;
}

static const struct parting *find_parting(const struct walk *walk, const int *classes)
{
	for (unsigned int i = 0; i < walk->parting_count; i++)
		if (parts_alike(walk, walk->partings[i].classes, classes))
			return &walk->partings[i];
	return NULL;
}

static int remember_parting(struct walk *walk, const int *classes, uint32_t traits, unsigned int difference)
{
	struct parting *parting;

	if (walk->parting_count == walk->parting_room) {
		struct parting *partings =
			reallocarray(walk->partings, walk->parting_room + 16u, sizeof(*walk->partings));

		if (!partings)
			return -ENOMEM;
		walk->partings = partings;
		walk->parting_room += 16;
	}
	parting = &walk->partings[walk->parting_count++];
	memcpy(parting->classes, classes, sizeof(parting->classes));
	parting->traits = traits;
	parting->difference = difference;
	return 0;
}

static uint32_t find_traits(const struct walk *walk, const struct place *place, enum outcome_field field,
			    const int *classes)
{
	struct explain_case explain_case = { .kernel_count = walk->source_count, .call = call_of(walk, place) };

	memcpy(explain_case.classes, classes, sizeof(explain_case.classes));
	for (unsigned int i = 0; i < walk->source_count; i++) {
		explain_case.traits[i] = walk->sources[i].traits;
		if (field == OUTCOME_result && place->records[i])
			explain_case.results[i] = place->outcomes[i].words[field];
	}
	for (unsigned int i = 0; i < walk->step_count; i++)
		explain_case.calls_so_far |=
			UINT64_C(1) << walk->steps[i].call | (walk->steps[i].is_on_partition ? EXPLAIN_PARTITION : 0);
	return explain(&explain_case);
}

/* --- groups --- */

static bool has_answers(const struct walk *walk, const struct difference *difference, const struct place *place)
{
	for (unsigned int i = 0; i < walk->source_count; i++) {
		const char *answer = difference->answers[walk->sources[i].kernel];
		const char *word = place->records[i] ? place->outcomes[i].words[difference->field] : "";

		if (strcmp(answer ? answer : "", word) != 0)
			return false;
	}
	return true;
}

/* What no trait explains is told apart by what was done before; what one explains is one thing. */
static bool is_same(const struct walk *walk, const struct difference *difference, const struct place *place,
		    const char *shape, enum outcome_field field, uint32_t traits)
{
	return difference->field == field && difference->traits == traits && strcmp(difference->call, shape) == 0 &&
	       strcmp(difference->record_call, recorder_call_text(call_of(walk, place))) == 0 &&
	       has_answers(walk, difference, place);
}

static void free_steps(struct difference *difference)
{
	for (unsigned int i = 0; i < difference->step_count; i++)
		free(difference->steps[i].text);
	free(difference->steps);
	difference->steps = NULL;
	difference->step_count = 0;
}

/* The steps that matter: no call that only asks, but for the last one; and a line that makes several calls is one. */
static unsigned int choose_steps(const struct walk *walk, unsigned int *ret_lines)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < walk->step_count; i++) {
		bool is_last = i + 1 == walk->step_count;

		if ((!is_last && recorder_call_is_query(walk->steps[i].call)) ||
		    (count && ret_lines[count - 1] == walk->steps[i].line))
			continue;
		ret_lines[count++] = walk->steps[i].line;
	}
	return count;
}

static int take_example(struct walk *walk, struct difference *difference)
{
	unsigned int *lines = calloc(walk->step_count + 1u, sizeof(*lines));
	unsigned int count = lines ? choose_steps(walk, lines) : 0;
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

static int new_difference(struct walk *walk, const struct place *place, const char *shape, enum outcome_field field,
			  uint32_t traits)
{
	struct differences *differences = walk->differences;
	struct difference *list = reallocarray(differences->list, differences->count + 1u, sizeof(*list));
	struct difference *difference;

	if (!list)
		return -ENOMEM;
	differences->list = list;
	difference = &list[differences->count++];
	*difference = (struct difference){ .field = field, .traits = traits };
	difference->call = strdup(shape);
	difference->record_call = strdup(recorder_call_text(call_of(walk, place)));
	difference->answers = calloc(differences->kernel_count, sizeof(*difference->answers));
	if (!difference->call || !difference->record_call || !difference->answers)
		return -ENOMEM;
	for (unsigned int i = 0; i < walk->source_count; i++) {
		char **answer = &difference->answers[walk->sources[i].kernel];

		if (!place->records[i] || !place->outcomes[i].words[field][0])
			continue;
		*answer = strdup(place->outcomes[i].words[field]);
		if (!*answer)
			return -ENOMEM;
	}
	return 0;
}

/* The last call before this one that did more than ask. */
static unsigned int last_deed(const struct walk *walk)
{
	for (unsigned int i = walk->step_count - 1; i > 0; i--)
		if (!recorder_call_is_query(walk->steps[i - 1].call))
			return walk->steps[i - 1].line;
	return 0;
}

static char *shape_of(const struct walk *walk, const struct place *place, uint32_t traits)
{
	char *shape = program_text_shape(&walk->text, place->line);
	char *before = NULL, *both = NULL;

	if (!shape || traits || !recorder_call_is_query(call_of(walk, place)) || last_deed(walk) == 0)
		return shape;
	before = program_text_shape(&walk->text, last_deed(walk));
	if (!before || asprintf(&both, "%s after %s", shape, before) < 0)
		both = NULL;
	free(before);
	free(shape);
	return both;
}

static int note(struct walk *walk, const struct place *place, enum outcome_field field, const int *classes)
{
	struct differences *differences = walk->differences;
	uint32_t traits = find_traits(walk, place, field, classes);
	char *shape = shape_of(walk, place, traits);
	unsigned int i = 0;
	int r = shape ? 0 : -ENOMEM;

	while (r == 0 && i < differences->count && !is_same(walk, &differences->list[i], place, shape, field, traits))
		i++;
	if (r == 0 && i == differences->count)
		r = new_difference(walk, place, shape, field, traits);
	if (r == 0) {
		differences->list[i].count++;
		r = take_example(walk, &differences->list[i]);
	}
	if (r == 0 && field == OUTCOME_result && !recorder_call_is_query(call_of(walk, place)))
		r = remember_parting(walk, classes, traits, i);
	free(shape);
	return r;
}

static int compare_outcomes(struct walk *walk, const struct place *place)
{
	int r = 0;

	walk->differences->compared_count++;
	for (unsigned int field = 0; r == 0 && field < OUTCOME_FIELD_COUNT; field++) {
		int classes[EXPLAIN_KERNEL_COUNT_MAX];
		const struct parting *parting;

		if (classify(walk, place, field, classes) < 2)
			continue;
		parting = find_parting(walk, classes);
		if (parting)
			walk->differences->list[parting->difference].consequence_count++;
		else
			r = note(walk, place, field, classes);
	}
	return r;
}

/* --- all of it --- */

static int walk_worker(struct walk *walk)
{
	struct place place;
	int r = 0;

	place.outcomes = calloc(walk->source_count, sizeof(*place.outcomes));
	if (!place.outcomes)
		return -ENOMEM;
	begin_program(walk);
	walk->open_count = 0;
	walk->round = 0;
	while (r == 0 && next_place(walk, &place)) {
		r = follow(walk, &place);
		if (r == 0)
			r = compare_outcomes(walk, &place);
		end_reset(walk, &place);
	}
	free(place.outcomes);
	return r;
}

static int begin_worker(struct walk *walk, unsigned int worker)
{
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < walk->source_count; i++) {
		const struct history *history = walk->sources[i].history;
		static const struct history_worker nothing;

		walk->cursors[i].worker = worker < history->worker_count ? &history->workers[worker] : &nothing;
		walk->cursors[i].at = 0;
		walk->cursors[i].sub = 0;
	}
	return r;
}

int differences_add(struct differences *differences, const char *scenario_name, const char *text, size_t text_bytes,
		    const struct diff_source *sources, unsigned int source_count)
{
	struct walk walk = { .differences = differences,
			     .scenario_name = scenario_name,
			     .sources = sources,
			     .source_count = source_count };
	unsigned int worker_count = 0;
	int r;

	walk.cursors = calloc(source_count, sizeof(*walk.cursors));
	r = walk.cursors ? program_text_init(text, text_bytes, &walk.text) : -ENOMEM;
	for (unsigned int i = 0; r == 0 && i < source_count; i++) {
		if (sources[i].history->worker_count > worker_count)
			worker_count = sources[i].history->worker_count;
		r = backings_init(sources[i].history, &walk.cursors[i].backings);
	}
	for (unsigned int worker = 0; r == 0 && worker < worker_count; worker++) {
		r = begin_worker(&walk, worker);
		if (r == 0)
			r = walk_worker(&walk);
	}
	for (unsigned int i = 0; walk.cursors && i < source_count; i++)
		backings_fini(&walk.cursors[i].backings);
	program_text_fini(&walk.text);
	free(walk.cursors);
	free(walk.steps);
	free(walk.partings);
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
