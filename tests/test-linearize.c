/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The linearizability checker, on objects simpler than a loop device: a register, and a door that is looked through
 * before it is walked through.  What it says of random histories is compared with what trying all orders says.
 */
#include "harness/judge/linearize.h"

#include <check.h>
#include <string.h>

#define CALL_COUNT_MAX 8

enum operation { OPERATION_WRITE, OPERATION_READ, OPERATION_SHUT, OPERATION_ENTER };

struct test_call {
	struct linearize_call call;
	uint64_t call_ns;
};

static struct test_call calls[CALL_COUNT_MAX];
static unsigned int call_count;

static void clear_calls(void)
{
	call_count = 0;
}

/* A call of value @argument from @call_ns to @return_ns; UINT64_MAX: it never returns. */
static void add(enum operation operation, uint64_t argument, uint64_t call_ns, uint64_t return_ns)
{
	ck_assert_uint_lt(call_count, CALL_COUNT_MAX);
	calls[call_count++] = (struct test_call){
		.call = { .return_ns = return_ns, .operation = operation, .arguments = { argument } },
		.call_ns = call_ns,
	};
}

/*
 * words[0] is the register's value, and 1 for a door that is shut.  Who enters must see the door open, and then walks in
 * (words[1] counts), whatever the door does in between.
 */
static unsigned int step(const void *context, const struct linearize_state *state, const struct linearize_call *call,
			 bool is_second, struct linearize_next *ret_next)
{
	ret_next[0] = (struct linearize_next){ .state = *state, .is_done = true };
	switch (call->operation) {
	case OPERATION_WRITE:
		ret_next[0].state.words[0] = call->arguments[0];
		return 1;
	case OPERATION_READ:
		return call->return_ns == UINT64_MAX || state->words[0] == call->arguments[0];
	case OPERATION_SHUT:
		/* Only who sees as many inside as he says may shut it. */
		ret_next[0].state.words[0] = 1;
		return state->words[1] == call->arguments[0];
	case OPERATION_ENTER:
		ret_next[0].is_done = is_second;
		ret_next[0].state.words[1] += is_second;
		return is_second || state->words[0] == 0;
	}
	return 0;
}

static bool only_looks(const void *context, const struct linearize_call *call, bool is_second)
{
	return call->operation == OPERATION_READ || (call->operation == OPERATION_ENTER && !is_second);
}

static bool never_looks(const void *context, const struct linearize_call *call, bool is_second)
{
	return false;
}

static struct linearize_model model = { .step = step, .only_looks = only_looks };

/* The earliest event at or after a point that grows; calls before returns of the same time. */
static struct linearize *check_calls(unsigned int open_count_max, uint64_t configuration_count_max)
{
	const struct linearize_state initial = { { 0 } };
	struct linearize *linearize = linearize_new(&model, &initial, 1, open_count_max, configuration_count_max);
	unsigned int slots[CALL_COUNT_MAX];

	ck_assert_ptr_nonnull(linearize);
	for (uint64_t now = 0; now < 64; now++) {
		for (unsigned int i = 0; i < call_count; i++)
			if (calls[i].call_ns == now)
				ck_assert_int_eq(linearize_call(linearize, &calls[i].call, &slots[i]), 0);
		for (unsigned int i = 0; i < call_count; i++)
			if (calls[i].call.return_ns == now)
				ck_assert_int_eq(linearize_return(linearize, slots[i]), 0);
	}
	return linearize;
}

static enum linearize_verdict verdict_of_calls(void)
{
	struct linearize *linearize = check_calls(64, 10000);
	enum linearize_verdict verdict = linearize_verdict(linearize);

	linearize_free(linearize);
	return verdict;
}

START_TEST(read_after_write_sees_it)
{
	clear_calls();
	add(OPERATION_WRITE, 5, 1, 2);
	add(OPERATION_READ, 5, 3, 4);
	ck_assert_int_eq(verdict_of_calls(), LINEARIZE_OK);
}
END_TEST

START_TEST(read_after_write_that_does_not_see_it_is_illegal)
{
	clear_calls();
	add(OPERATION_WRITE, 5, 1, 2);
	add(OPERATION_READ, 0, 3, 4);
	ck_assert_int_eq(verdict_of_calls(), LINEARIZE_ILLEGAL);
}
END_TEST

START_TEST(read_during_write_may_see_either)
{
	for (uint64_t value = 0; value <= 5; value += 5) {
		clear_calls();
		add(OPERATION_WRITE, 5, 1, 4);
		add(OPERATION_READ, value, 2, 3);
		ck_assert_int_eq(verdict_of_calls(), LINEARIZE_OK);
	}
}
END_TEST

START_TEST(two_reads_during_a_write_do_not_go_back)
{
	clear_calls();
	add(OPERATION_WRITE, 5, 1, 9);
	add(OPERATION_READ, 5, 2, 3);
	add(OPERATION_READ, 0, 4, 5);
	ck_assert_int_eq(verdict_of_calls(), LINEARIZE_ILLEGAL);
}
END_TEST

START_TEST(equal_times_overlap)
{
	clear_calls();
	add(OPERATION_WRITE, 5, 1, 3);
	add(OPERATION_READ, 0, 3, 4);
	ck_assert_int_eq(verdict_of_calls(), LINEARIZE_OK);
	clear_calls();
	add(OPERATION_WRITE, 5, 1, 3);
	add(OPERATION_READ, 0, 4, 4);
	ck_assert_int_eq(verdict_of_calls(), LINEARIZE_ILLEGAL);
}
END_TEST

START_TEST(call_that_never_returned_may_have_taken_effect_or_not)
{
	for (uint64_t value = 0; value <= 5; value += 5) {
		clear_calls();
		add(OPERATION_WRITE, 5, 1, UINT64_MAX);
		add(OPERATION_READ, value, 2, 3);
		ck_assert_int_eq(verdict_of_calls(), LINEARIZE_OK);
	}
	clear_calls();
	add(OPERATION_WRITE, 5, 4, UINT64_MAX);
	add(OPERATION_READ, 5, 2, 3);
	ck_assert_int_eq(verdict_of_calls(), LINEARIZE_ILLEGAL);
}
END_TEST

START_TEST(second_step_may_come_after_others)
{
	/* Sees the door open, another shuts it with nobody inside, walks in. */
	clear_calls();
	add(OPERATION_ENTER, 0, 1, 9);
	add(OPERATION_SHUT, 0, 3, 4);
	ck_assert_int_eq(verdict_of_calls(), LINEARIZE_OK);
	/* Came when it was shut. */
	clear_calls();
	add(OPERATION_ENTER, 0, 5, 9);
	add(OPERATION_SHUT, 0, 3, 4);
	ck_assert_int_eq(verdict_of_calls(), LINEARIZE_ILLEGAL);
	/* Was inside before. */
	clear_calls();
	add(OPERATION_ENTER, 0, 1, 2);
	add(OPERATION_SHUT, 0, 3, 4);
	ck_assert_int_eq(verdict_of_calls(), LINEARIZE_ILLEGAL);
	clear_calls();
	add(OPERATION_ENTER, 0, 1, 2);
	add(OPERATION_SHUT, 1, 3, 4);
	ck_assert_int_eq(verdict_of_calls(), LINEARIZE_OK);
}
END_TEST

START_TEST(interchangeable_calls_take_effect_in_the_order_of_their_returns)
{
	struct linearize *linearize;

	/* Eight that enter at once: which of them did must not matter. */
	clear_calls();
	for (unsigned int i = 0; i < 7; i++)
		add(OPERATION_ENTER, 0, 1, 20 + i % 4);
	add(OPERATION_SHUT, 3, 2, 3);
	linearize = check_calls(64, 1000);
	ck_assert_int_eq(linearize_verdict(linearize), LINEARIZE_OK);
	ck_assert_uint_le(linearize_configuration_count_max(linearize), 10);
	linearize_free(linearize);
}
END_TEST

START_TEST(steps_that_only_look_are_taken_at_once)
{
	struct linearize *linearize;

	/* All alike but for a number that makes them different: any of them may have come before the write. */
	clear_calls();
	for (unsigned int i = 0; i < 7; i++) {
		add(OPERATION_READ, 0, 1, 20 + i);
		calls[i].call.arguments[1] = i;
	}
	add(OPERATION_WRITE, 5, 2, 3);
	linearize = check_calls(64, 1000);
	ck_assert_int_eq(linearize_verdict(linearize), LINEARIZE_OK);
	ck_assert_uint_le(linearize_configuration_count_max(linearize), 2);
	linearize_free(linearize);
	/* After the write, too. */
	for (unsigned int i = 0; i < 7; i++)
		calls[i].call.arguments[0] = 5;
	linearize = check_calls(64, 1000);
	ck_assert_int_eq(linearize_verdict(linearize), LINEARIZE_OK);
	ck_assert_uint_le(linearize_configuration_count_max(linearize), 2);
	linearize_free(linearize);
}
END_TEST

START_TEST(search_that_takes_too_many_steps_gives_up)
{
	const struct linearize_state initial = { { 0 } };
	struct linearize *linearize = linearize_new(&model, &initial, 1, 64, 1000000);
	struct linearize_call call = { .return_ns = 1000, .operation = OPERATION_WRITE };
	unsigned int slot;

	for (call.arguments[0] = 1; call.arguments[0] <= 12; call.arguments[0]++)
		ck_assert_int_eq(linearize_call(linearize, &call, &slot), 0);
	ck_assert_int_eq(linearize_return(linearize, slot), 0);
	ck_assert_int_eq(linearize_verdict(linearize), LINEARIZE_UNKNOWN);
	ck_assert_int_eq(linearize_limit(linearize), LINEARIZE_LIMIT_steps);
	linearize_free(linearize);
}
END_TEST

START_TEST(limits_are_named)
{
	struct linearize *linearize;

	clear_calls();
	for (unsigned int i = 0; i < 6; i++)
		add(OPERATION_WRITE, i + 1, 1, 20 + i);
	linearize = check_calls(64, 20);
	ck_assert_int_eq(linearize_verdict(linearize), LINEARIZE_UNKNOWN);
	ck_assert_int_eq(linearize_limit(linearize), LINEARIZE_LIMIT_configurations);
	linearize_free(linearize);
	linearize = check_calls(5, 10000);
	ck_assert_int_eq(linearize_verdict(linearize), LINEARIZE_UNKNOWN);
	ck_assert_int_eq(linearize_limit(linearize), LINEARIZE_LIMIT_open_calls);
	linearize_free(linearize);
	linearize = check_calls(6, 10000);
	ck_assert_int_eq(linearize_verdict(linearize), LINEARIZE_OK);
	linearize_free(linearize);
}
END_TEST

START_TEST(states_before_the_failure_are_told)
{
	struct linearize *linearize;

	clear_calls();
	add(OPERATION_WRITE, 5, 1, 2);
	add(OPERATION_READ, 9, 3, 4);
	linearize = check_calls(64, 1000);
	ck_assert_int_eq(linearize_verdict(linearize), LINEARIZE_ILLEGAL);
	ck_assert_uint_eq(linearize_state_count(linearize), 1);
	ck_assert_uint_eq(linearize_state_at(linearize, 0).words[0], 5);
	/* Nothing moves it from there. */
	ck_assert_int_eq(linearize_return(linearize, 0), 0);
	ck_assert_int_eq(linearize_verdict(linearize), LINEARIZE_ILLEGAL);
	linearize_free(linearize);
}
END_TEST

START_TEST(more_than_a_word_of_open_calls_is_followed)
{
	const struct linearize_state initial = { { 0 } };
	struct linearize *linearize = linearize_new(&model, &initial, 1, 200, 1000);
	struct linearize_call call = { .return_ns = 1000, .operation = OPERATION_ENTER };
	unsigned int slots[200], slot;

	for (unsigned int i = 0; i < 199; i++)
		ck_assert_int_eq(linearize_call(linearize, &call, &slots[i]), 0);
	call = (struct linearize_call){ .return_ns = 500, .operation = OPERATION_SHUT, .arguments = { 150 } };
	ck_assert_int_eq(linearize_call(linearize, &call, &slot), 0);
	ck_assert_int_eq(linearize_return(linearize, slot), 0);
	for (unsigned int i = 0; i < 199; i++)
		ck_assert_int_eq(linearize_return(linearize, slots[i]), 0);
	ck_assert_int_eq(linearize_verdict(linearize), LINEARIZE_OK);
	ck_assert_uint_eq(linearize_state_at(linearize, 0).words[1], 199);
	linearize_free(linearize);
}
END_TEST

/* --- against all orders --- */

/* Can the calls not in @taken be put in some order from here?  One that never returned need not. */
static bool has_order(struct linearize_state state, unsigned int taken, unsigned int half)
{
	bool is_over = true;

	for (unsigned int i = 0; i < call_count; i++)
		is_over &= (taken >> i & 1) || calls[i].call.return_ns == UINT64_MAX;
	if (is_over)
		return true;
	for (unsigned int i = 0; i < call_count; i++) {
		struct linearize_next next[LINEARIZE_NEXT_COUNT_MAX];
		unsigned int next_count;
		bool is_late = false;

		if (taken >> i & 1)
			continue;
		/* Another returned before this one was made, and has not taken effect. */
		for (unsigned int j = 0; j < call_count; j++)
			is_late |= !(taken >> j & 1) && calls[j].call.return_ns < calls[i].call_ns;
		if (is_late)
			continue;
		next_count = step(NULL, &state, &calls[i].call, half >> i & 1, next);
		for (unsigned int j = 0; j < next_count; j++)
			if (has_order(next[j].state, taken | (unsigned int)next[j].is_done << i, half | 1u << i))
				return true;
	}
	return false;
}

static uint64_t random_state;

static unsigned int random_below(unsigned int count)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned int)(random_state >> 33) % count;
}

static void add_random_calls(bool has_door)
{
	clear_calls();
	for (unsigned int i = 0; i < 6; i++) {
		uint64_t call_ns = 1 + random_below(12);
		uint64_t return_ns = random_below(10) ? call_ns + random_below(8) : UINT64_MAX;
		unsigned int kind = random_below(2);

		if (has_door)
			add(kind ? OPERATION_SHUT : OPERATION_ENTER, kind ? random_below(3) : 0, call_ns, return_ns);
		else
			add(kind ? OPERATION_WRITE : OPERATION_READ, random_below(3), call_ns, return_ns);
	}
}

START_TEST(random_histories_get_the_verdict_of_trying_all_orders)
{
	const struct linearize_state initial = { { 0 } };
	unsigned int counts[2] = { 0, 0 };

	/* The same without taking steps that only look ahead of time. */
	model.only_looks = _i & 2 ? never_looks : only_looks;
	random_state = (uint64_t)_i + 1;
	for (unsigned int round = 0; round < 3000; round++) {
		bool is_legal;

		add_random_calls(_i & 1);
		is_legal = has_order(initial, 0, 0);
		ck_assert_int_eq(verdict_of_calls(), is_legal ? LINEARIZE_OK : LINEARIZE_ILLEGAL);
		counts[is_legal]++;
	}
	/* The comparison means something only where both come about. */
	ck_assert_uint_gt(counts[0], 100);
	ck_assert_uint_gt(counts[1], 100);
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("linearize");
	TCase *tcase = tcase_create("verdict");

	tcase_add_test(tcase, read_after_write_sees_it);
	tcase_add_test(tcase, read_after_write_that_does_not_see_it_is_illegal);
	tcase_add_test(tcase, read_during_write_may_see_either);
	tcase_add_test(tcase, two_reads_during_a_write_do_not_go_back);
	tcase_add_test(tcase, equal_times_overlap);
	tcase_add_test(tcase, call_that_never_returned_may_have_taken_effect_or_not);
	tcase_add_test(tcase, second_step_may_come_after_others);
	tcase_add_test(tcase, interchangeable_calls_take_effect_in_the_order_of_their_returns);
	tcase_add_test(tcase, steps_that_only_look_are_taken_at_once);
	tcase_add_test(tcase, search_that_takes_too_many_steps_gives_up);
	tcase_add_test(tcase, limits_are_named);
	tcase_add_test(tcase, states_before_the_failure_are_told);
	tcase_add_test(tcase, more_than_a_word_of_open_calls_is_followed);
	suite_add_tcase(suite, tcase);

	tcase = tcase_create("random");
	tcase_add_loop_test(tcase, random_histories_get_the_verdict_of_trying_all_orders, 0, 4);
	suite_add_tcase(suite, tcase);
	return suite;
}
