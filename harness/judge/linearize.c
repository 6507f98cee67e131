/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search of linearize.h.
 *
 * A configuration is a row of words: the state, a bit for each slot whose call is done, and a bit for each slot whose
 * call has taken the first of two steps.  Rows live in flat arrays, so that a long history allocates nothing.
 */
#include "harness/judge/linearize.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BITS_PER_WORD 64

/* What a call adds to the steps that may be tried: a sound history needs a few on average, so bursts have room. */
#define STEPS_PER_CALL 4096

struct slot {
	struct linearize_call call;
	bool looks[2]; /* its first step, its second */
};

/* Rows without duplicates. */
struct configurations {
	uint64_t *rows;
	uint64_t count;
	uint64_t capacity_count;
	/* Generation in the high half, row number + 1 in the low half; an entry of an older generation is empty. */
	uint64_t *table;
	uint64_t table_count; /* a power of two, at least twice the capacity */
	uint32_t generation;
};

struct linearize {
	const struct linearize_model *model;
	enum linearize_verdict verdict;
	enum linearize_limit limit;
	unsigned int open_count_max;
	unsigned int mask_words; /* words of a set of slots */
	unsigned int row_words;
	uint64_t configuration_count_max;
	uint64_t configuration_count_seen;
	uint64_t step_budget; /* grows with each call */
	struct slot *slots;
	uint64_t *earlier; /* a set for each slot: interchangeable calls that return before it */
	uint64_t *open;	   /* the set of open calls */
	struct configurations now;
	struct configurations next;
	struct configurations undone; /* reached while a returning call has not taken effect */
	uint64_t *row;		      /* room for one */
	uint64_t *successor;	      /* and for another */
};

const char *linearize_limit_text(enum linearize_limit limit)
{
	static const char *const texts[] = {
#define X(name, text) [LINEARIZE_LIMIT_##name] = text,
		LINEARIZE_LIMITS(X)
#undef X
	};

	return (size_t)limit < sizeof(texts) / sizeof(texts[0]) ? texts[limit] : "?";
}

/* --- rows --- */

static uint64_t *done_of(uint64_t *row)
{
	return row + LINEARIZE_STATE_WORDS;
}

static uint64_t *half_of(const struct linearize *linearize, uint64_t *row)
{
	return row + LINEARIZE_STATE_WORDS + linearize->mask_words;
}

static struct linearize_state state_of(const uint64_t *row)
{
	struct linearize_state state;

	memcpy(state.words, row, sizeof(state.words));
	return state;
}

static bool has(const uint64_t *set, unsigned int slot)
{
	return set[slot / BITS_PER_WORD] >> slot % BITS_PER_WORD & 1;
}

static void put(uint64_t *set, unsigned int slot)
{
	set[slot / BITS_PER_WORD] |= UINT64_C(1) << slot % BITS_PER_WORD;
}

static void take(uint64_t *set, unsigned int slot)
{
	set[slot / BITS_PER_WORD] &= ~(UINT64_C(1) << slot % BITS_PER_WORD);
}

static uint64_t *row_at(const struct linearize *linearize, const struct configurations *set, uint64_t number)
{
	return set->rows + number * linearize->row_words;
}

static uint64_t hash_of(const uint64_t *row, unsigned int row_words)
{
	uint64_t hash = UINT64_C(0x9e3779b97f4a7c15);

	for (unsigned int i = 0; i < row_words; i++) {
		hash = (hash ^ row[i]) * UINT64_C(0xff51afd7ed558ccd);
		hash ^= hash >> 32;
	}
	return hash;
}

static void clear(struct configurations *set)
{
	set->count = 0;
	if (++set->generation == 0) {
		if (set->table)
			memset(set->table, 0, set->table_count * sizeof(*set->table));
		set->generation = 1;
	}
}

/* Where a row stands in the table, or would. */
static uint64_t *find(const struct linearize *linearize, const struct configurations *set, const uint64_t *row)
{
	uint64_t at = hash_of(row, linearize->row_words);

	for (;; at++) {
		uint64_t *entry = &set->table[at & (set->table_count - 1)];

		if (*entry >> 32 != set->generation || memcmp(row_at(linearize, set, (*entry & UINT32_MAX) - 1), row,
							      linearize->row_words * sizeof(*row)) == 0)
			return entry;
	}
}

static uint64_t entry_of(const struct configurations *set, uint64_t number)
{
	return (uint64_t)set->generation << 32 | (number + 1);
}

static int grow(const struct linearize *linearize, struct configurations *set)
{
	uint64_t capacity_count = set->capacity_count ? set->capacity_count * 2 : 8;
	uint64_t *rows, *table;

	rows = realloc(set->rows, capacity_count * linearize->row_words * sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	set->rows = rows;
	table = calloc(capacity_count * 2, sizeof(*table));
	if (!table)
		return -ENOMEM;
	free(set->table);
	set->table = table;
	set->table_count = capacity_count * 2;
	set->capacity_count = capacity_count;
	for (uint64_t i = 0; i < set->count; i++)
		*find(linearize, set, row_at(linearize, set, i)) = entry_of(set, i);
	return 0;
}

static int add(const struct linearize *linearize, struct configurations *set, const uint64_t *row)
{
	uint64_t *entry;
	int r;

	if (set->count == set->capacity_count) {
		r = grow(linearize, set);
		if (r < 0)
			return r;
	}
	entry = find(linearize, set, row);
	if (*entry >> 32 == set->generation)
		return 0;
	*entry = entry_of(set, set->count);
	memcpy(row_at(linearize, set, set->count), row, linearize->row_words * sizeof(*row));
	set->count++;
	return 0;
}

/* --- steps --- */

static void note_step(const struct linearize *linearize, uint64_t *row, unsigned int slot, bool is_done)
{
	if (is_done) {
		take(half_of(linearize, row), slot);
		put(done_of(row), slot);
	} else {
		put(half_of(linearize, row), slot);
	}
}

/* Takes those steps of one call that only look and are possible in the row's state. */
static void look(const struct linearize *linearize, uint64_t *row, unsigned int slot)
{
	const struct linearize_model *model = linearize->model;
	const struct slot *looker = &linearize->slots[slot];
	uint64_t *done = done_of(row), *half = half_of(linearize, row);
	struct linearize_next next[LINEARIZE_NEXT_COUNT_MAX];
	struct linearize_state state = state_of(row);

	while (!has(done, slot) && looker->looks[has(half, slot)]) {
		unsigned int next_count = model->step(model->context, &state, &looker->call, has(half, slot), next);
		unsigned int at = 0;

		while (at < next_count && memcmp(&next[at].state, &state, sizeof(state)) != 0)
			at++;
		if (at == next_count)
			return;
		note_step(linearize, row, slot, next[at].is_done);
	}
}

static void look_all(const struct linearize *linearize, uint64_t *row)
{
	const uint64_t *done = done_of(row);

	for (unsigned int i = 0; i < linearize->mask_words; i++)
		for (uint64_t rest = linearize->open[i] & ~done[i]; rest; rest &= rest - 1)
			look(linearize, row, i * BITS_PER_WORD + (unsigned int)__builtin_ctzll(rest));
}

/* An interchangeable call that returns earlier takes each of its steps earlier. */
static bool must_wait(const struct linearize *linearize, uint64_t *row, unsigned int slot)
{
	const uint64_t *earlier = linearize->earlier + (size_t)slot * linearize->mask_words;
	const uint64_t *done = done_of(row), *half = half_of(linearize, row);
	bool is_second = has(half, slot);

	for (unsigned int i = 0; i < linearize->mask_words; i++)
		if (earlier[i] & ~done[i] & (is_second ? UINT64_MAX : ~half[i]))
			return true;
	return false;
}

/* All that one call's next step can make of linearize->row; @returning decides where it goes. */
static int step_one(struct linearize *linearize, unsigned int slot, unsigned int returning)
{
	const struct linearize_model *model = linearize->model;
	struct linearize_next next[LINEARIZE_NEXT_COUNT_MAX];
	struct linearize_state state = state_of(linearize->row);
	uint64_t *successor = linearize->successor;
	unsigned int next_count;
	int r;

	next_count = model->step(model->context, &state, &linearize->slots[slot].call,
				 has(half_of(linearize, linearize->row), slot), next);
	for (unsigned int i = 0; i < next_count; i++) {
		memcpy(successor, linearize->row, linearize->row_words * sizeof(*successor));
		memcpy(successor, next[i].state.words, sizeof(next[i].state.words));
		note_step(linearize, successor, slot, next[i].is_done);
		look_all(linearize, successor);
		if (has(done_of(successor), returning)) {
			take(done_of(successor), returning);
			r = add(linearize, &linearize->next, successor);
		} else {
			r = add(linearize, &linearize->undone, successor);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

static void give_up(struct linearize *linearize, enum linearize_limit limit)
{
	linearize->verdict = LINEARIZE_UNKNOWN;
	linearize->limit = limit;
}

static bool is_too_much(struct linearize *linearize)
{
	uint64_t count = linearize->undone.count + linearize->next.count;

	if (count > linearize->configuration_count_seen)
		linearize->configuration_count_seen = count;
	if (count > linearize->configuration_count_max)
		give_up(linearize, LINEARIZE_LIMIT_configurations);
	else if (!linearize->step_budget)
		give_up(linearize, LINEARIZE_LIMIT_steps);
	return linearize->verdict == LINEARIZE_UNKNOWN;
}

/* From every configuration in which a call has not taken effect to all in which it is the last that has. */
static int extend(struct linearize *linearize, unsigned int returning)
{
	for (uint64_t i = 0; i < linearize->undone.count; i++) {
		const uint64_t *done = done_of(linearize->row);
		int r;

		if (is_too_much(linearize))
			return 0;
		/* A copy: the rows may move while they are added to. */
		memcpy(linearize->row, row_at(linearize, &linearize->undone, i),
		       linearize->row_words * sizeof(*linearize->row));
		for (unsigned int word = 0; word < linearize->mask_words; word++)
			for (uint64_t rest = linearize->open[word] & ~done[word]; rest; rest &= rest - 1) {
				unsigned int slot = word * BITS_PER_WORD + (unsigned int)__builtin_ctzll(rest);

				if (must_wait(linearize, linearize->row, slot))
					continue;
				linearize->step_budget -= linearize->step_budget > 0;
				r = step_one(linearize, slot, returning);
				if (r < 0)
					return r;
			}
	}
	return 0;
}

/* --- events --- */

static bool is_interchangeable(const struct linearize_call *a, const struct linearize_call *b)
{
	return a->operation == b->operation && a->result == b->result &&
	       memcmp(a->arguments, b->arguments, sizeof(a->arguments)) == 0 &&
	       (a->return_ns == UINT64_MAX) == (b->return_ns == UINT64_MAX);
}

static bool find_free_slot(const struct linearize *linearize, unsigned int *ret_slot)
{
	for (unsigned int i = 0; i < linearize->mask_words; i++) {
		unsigned int slot;

		if (linearize->open[i] == UINT64_MAX)
			continue;
		slot = i * BITS_PER_WORD + (unsigned int)__builtin_ctzll(~linearize->open[i]);
		if (slot >= linearize->open_count_max)
			return false;
		*ret_slot = slot;
		return true;
	}
	return false;
}

static void order_interchangeable(struct linearize *linearize, unsigned int slot)
{
	const struct linearize_call *call = &linearize->slots[slot].call;
	uint64_t *earlier = linearize->earlier + (size_t)slot * linearize->mask_words;

	memset(earlier, 0, linearize->mask_words * sizeof(*earlier));
	for (unsigned int i = 0; i < linearize->mask_words; i++)
		for (uint64_t rest = linearize->open[i]; rest; rest &= rest - 1) {
			unsigned int other = i * BITS_PER_WORD + (unsigned int)__builtin_ctzll(rest);
			const struct linearize_call *other_call = &linearize->slots[other].call;

			if (!is_interchangeable(call, other_call))
				continue;
			if (other_call->return_ns <= call->return_ns)
				put(earlier, other);
			else
				put(linearize->earlier + (size_t)other * linearize->mask_words, slot);
		}
}

int linearize_call(struct linearize *linearize, const struct linearize_call *call, unsigned int *ret_slot)
{
	const struct linearize_model *model = linearize->model;
	struct slot *slot;
	unsigned int number;

	*ret_slot = 0;
	if (linearize->verdict != LINEARIZE_OK)
		return 0;
	if (!find_free_slot(linearize, &number)) {
		give_up(linearize, LINEARIZE_LIMIT_open_calls);
		return 0;
	}
	linearize->step_budget += STEPS_PER_CALL;
	slot = &linearize->slots[number];
	slot->call = *call;
	slot->looks[0] = model->only_looks(model->context, call, false);
	slot->looks[1] = model->only_looks(model->context, call, true);
	order_interchangeable(linearize, number);
	put(linearize->open, number);
	if (slot->looks[0])
		for (uint64_t i = 0; i < linearize->now.count; i++)
			look(linearize, row_at(linearize, &linearize->now, i), number);
	*ret_slot = number;
	return 0;
}

static void close_slot(struct linearize *linearize, unsigned int slot)
{
	take(linearize->open, slot);
	for (unsigned int i = 0; i < linearize->mask_words; i++)
		for (uint64_t rest = linearize->open[i]; rest; rest &= rest - 1)
			take(linearize->earlier +
				     (i * BITS_PER_WORD + (size_t)__builtin_ctzll(rest)) * linearize->mask_words,
			     slot);
}

/* Those that have taken the call in already lose its bit, the others are to be extended. */
static int split(struct linearize *linearize, unsigned int slot)
{
	clear(&linearize->next);
	clear(&linearize->undone);
	for (uint64_t i = 0; i < linearize->now.count; i++) {
		uint64_t *row = row_at(linearize, &linearize->now, i);
		bool is_done = has(done_of(row), slot);
		int r;

		if (is_done)
			take(done_of(row), slot);
		r = add(linearize, is_done ? &linearize->next : &linearize->undone, row);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_done_everywhere(const struct linearize *linearize, unsigned int slot)
{
	for (uint64_t i = 0; i < linearize->now.count; i++)
		if (!has(done_of(row_at(linearize, &linearize->now, i)), slot))
			return false;
	return true;
}

int linearize_return(struct linearize *linearize, unsigned int slot)
{
	struct configurations before;
	int r;

	if (linearize->verdict != LINEARIZE_OK)
		return 0;
	if (is_done_everywhere(linearize, slot)) {
		for (uint64_t i = 0; i < linearize->now.count; i++)
			take(done_of(row_at(linearize, &linearize->now, i)), slot);
		close_slot(linearize, slot);
		return 0;
	}
	r = split(linearize, slot);
	if (r == 0)
		r = extend(linearize, slot);
	if (r < 0 || linearize->verdict != LINEARIZE_OK)
		return r;
	if (!linearize->next.count) {
		linearize->verdict = LINEARIZE_ILLEGAL;
		return 0;
	}
	before = linearize->now;
	linearize->now = linearize->next;
	linearize->next = before;
	close_slot(linearize, slot);
	return 0;
}

/* --- begin and end --- */

static bool allocate(struct linearize *linearize)
{
	size_t slot_count = (size_t)linearize->mask_words * BITS_PER_WORD;

	linearize->slots = calloc(slot_count, sizeof(*linearize->slots));
	linearize->earlier = calloc(slot_count * linearize->mask_words, sizeof(*linearize->earlier));
	linearize->open = calloc(linearize->mask_words, sizeof(*linearize->open));
	linearize->row = calloc(linearize->row_words, sizeof(*linearize->row));
	linearize->successor = calloc(linearize->row_words, sizeof(*linearize->successor));
	return linearize->slots && linearize->earlier && linearize->open && linearize->row && linearize->successor;
}

static int start(struct linearize *linearize, const struct linearize_state *initial, unsigned int initial_count)
{
	clear(&linearize->now);
	for (unsigned int i = 0; i < initial_count; i++) {
		int r;

		memcpy(linearize->row, initial[i].words, sizeof(initial[i].words));
		r = add(linearize, &linearize->now, linearize->row);
		if (r < 0)
			return r;
	}
	return 0;
}

struct linearize *linearize_new(const struct linearize_model *model, const struct linearize_state *initial,
				unsigned int initial_count, unsigned int open_count_max,
				uint64_t configuration_count_max)
{
	struct linearize *linearize = calloc(1, sizeof(*linearize));

	if (!linearize)
		return NULL;
	linearize->model = model;
	linearize->open_count_max = open_count_max;
	linearize->mask_words = (open_count_max + BITS_PER_WORD - 1) / BITS_PER_WORD;
	linearize->row_words = LINEARIZE_STATE_WORDS + 2 * linearize->mask_words;
	linearize->configuration_count_max = configuration_count_max;
	linearize->configuration_count_seen = initial_count;
	if (!allocate(linearize) || start(linearize, initial, initial_count) < 0)
		return linearize_free(linearize);
	return linearize;
}

static void configurations_fini(struct configurations *set)
{
	free(set->rows);
	free(set->table);
}

struct linearize *linearize_free(struct linearize *linearize)
{
	if (!linearize)
		return NULL;
	configurations_fini(&linearize->now);
	configurations_fini(&linearize->next);
	configurations_fini(&linearize->undone);
	free(linearize->slots);
	free(linearize->earlier);
	free(linearize->open);
	free(linearize->row);
	free(linearize->successor);
	free(linearize);
	return NULL;
}

enum linearize_verdict linearize_verdict(const struct linearize *linearize)
{
	return linearize->verdict;
}

enum linearize_limit linearize_limit(const struct linearize *linearize)
{
	return linearize->limit;
}

static const struct configurations *told(const struct linearize *linearize)
{
	return linearize->verdict == LINEARIZE_ILLEGAL ? &linearize->undone : &linearize->now;
}

uint64_t linearize_state_count(const struct linearize *linearize)
{
	return told(linearize)->count;
}

struct linearize_state linearize_state_at(const struct linearize *linearize, uint64_t number)
{
	return state_of(row_at(linearize, told(linearize), number));
}

uint64_t linearize_configuration_count_max(const struct linearize *linearize)
{
	return linearize->configuration_count_seen;
}
