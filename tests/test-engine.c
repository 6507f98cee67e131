/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine against the model kernel, whose answers are known: it must find the race that is there and nothing where
 * there is none, end in good order when asked, and name a call that never returns.
 */
#include "harness/engine/engine.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "harness/engine/model_kernel.h"
#include "harness/engine/rendezvous.h"
#include "harness/engine/stop.h"
#include "harness/recorder/history.h"

Suite *test_suite(void);

#define FILE_BYTES (16u << 20)

static void *memory;
static struct recorder recorder;
static struct scenario *scenario;

static void set_up_run(const char *text, size_t file_bytes)
{
	struct scenario_error error;

	if (scenario_parse(text, strlen(text), "test.scenario", &scenario, &error) < 0)
		ck_abort_msg("%s", error.text);
	memory = aligned_alloc(4096, file_bytes);
	ck_assert_ptr_nonnull(memory);
	memset(memory, 0, file_bytes);
	ck_assert_int_eq(recorder_format(memory, file_bytes, scenario_worker_count(scenario), 1, text, strlen(text)),
			 0);
	ck_assert_int_eq(recorder_open(memory, file_bytes, &recorder), 0);
}

static void tear_down_run(void)
{
	scenario_free(scenario);
	free(memory);
}

static struct history read_history(size_t file_bytes)
{
	struct history_error error;
	struct history history;

	if (history_open(memory, file_bytes, &history, &error) < 0)
		ck_abort_msg("%s", error.text);
	return history;
}

static uint64_t count_records(const struct history *history, enum recorder_call call, int result)
{
	uint64_t count = 0;

	for (unsigned int w = 0; w < history->worker_count; w++)
		for (uint64_t i = 0; i < history->workers[w].record_count; i++)
			count += history->workers[w].records[i].call == call &&
				 history->workers[w].records[i].result == result;
	return count;
}

static bool notes_contain(const struct history *history, const char *text)
{
	return memmem(history->notes, history->notes_bytes, text, strlen(text)) != NULL;
}

#define BARRIER(kernel_name, workers, rounds)                                                                          \
	"[scenario]\nsummary = test\nkernel = " kernel_name "\nrounds = " rounds "\n"                                  \
	"[worker w]\ncount = " workers "\nalign = barrier\nprogram =\n"                                                \
	"  attach policy=none api=set_fd tries=1\n  check identity\n  detach\n"

START_TEST(barrier_makes_all_but_one_lose_each_round)
{
	struct engine_config config = { .recorder = &recorder, .seed = 1 };
	struct history history;

	set_up_run(BARRIER("model", "4", "100"), FILE_BYTES);
	config.scenario = scenario;
	ck_assert_int_eq(engine_run(&config), 0);
	recorder_finish(&recorder);
	history = read_history(FILE_BYTES);
	ck_assert(history.is_complete);
	ck_assert_uint_eq(count_records(&history, RECORDER_CALL_set_fd, 0), 100);
	ck_assert_uint_eq(count_records(&history, RECORDER_CALL_set_fd, -EBUSY), 300);
	ck_assert_uint_eq(count_records(&history, RECORDER_CALL_attach, LOOP_ATTACH_GAVE_UP), 300);
	ck_assert(!notes_contain(&history, "leftover"));
	history_close(&history);
	tear_down_run();
}
END_TEST

START_TEST(unchecked_bind_lets_two_workers_own_one_device)
{
	struct engine_config config = { .recorder = &recorder, .seed = 1 };
	struct history history;

	set_up_run(BARRIER("model\nplant = unchecked_bind", "2", "50"), FILE_BYTES);
	config.scenario = scenario;
	ck_assert_int_eq(engine_run(&config), 0);
	history = read_history(FILE_BYTES);
	/* More binds than rounds: in some round both were told that the device is theirs. */
	ck_assert_uint_gt(count_records(&history, RECORDER_CALL_set_fd, 0), 50);
	history_close(&history);
	tear_down_run();
}
END_TEST

START_TEST(free_workers_do_each_their_rounds)
{
	struct engine_config config = { .recorder = &recorder, .seed = 7 };
	struct history history;

	set_up_run("[scenario]\nsummary = test\nkernel = model\nrounds = 50\n"
		   "[worker a]\ncount = 3\nprogram =\n  attach\n  hold 0..10us\n  detach\n"
		   "[worker b]\ncount = 2\nprogram =\n  attach autoclear=yes api=configure\n  close\n",
		   FILE_BYTES);
	config.scenario = scenario;
	ck_assert_int_eq(engine_run(&config), 0);
	history = read_history(FILE_BYTES);
	ck_assert_uint_eq(count_records(&history, RECORDER_CALL_attach, 0), 250);
	ck_assert_uint_eq(history.workers[0].group, 0);
	ck_assert_uint_eq(history.workers[4].group, 1);
	ck_assert(!notes_contain(&history, "leftover"));
	history_close(&history);
	tear_down_run();
}
END_TEST

static _Atomic int interrupted;

static void interrupt_when_attached(void *context)
{
	if (atomic_load_explicit(&recorder.areas[0].attach_count, memory_order_relaxed) > 0)
		atomic_store_explicit(&interrupted, 2, memory_order_relaxed);
}

START_TEST(interrupt_ends_an_endless_run_with_everything_detached)
{
	struct engine_config config = {
		.recorder = &recorder, .seed = 1, .interrupted = &interrupted, .progress = interrupt_when_attached
	};
	struct history history;

	/* The hold would outlast the test; its end shows that a waiting worker is woken. */
	set_up_run("[scenario]\nsummary = test\nkernel = model\nduration = 2h\n"
		   "[worker w]\ncount = 3\nprogram =\n  attach\n  hold 1h\n  detach\n",
		   FILE_BYTES);
	config.scenario = scenario;
	ck_assert_int_eq(engine_run(&config), 0);
	history = read_history(FILE_BYTES);
	ck_assert_uint_eq(count_records(&history, RECORDER_CALL_attach, 0),
			  count_records(&history, RECORDER_CALL_clr_fd, 0));
	ck_assert(!notes_contain(&history, "leftover"));
	history_close(&history);
	tear_down_run();
}
END_TEST

static void request_stop(void *context)
{
	atomic_store_explicit(&recorder.header->stop_request, 1, memory_order_relaxed);
}

START_TEST(host_can_ask_the_guest_to_stop)
{
	struct engine_config config = { .recorder = &recorder, .seed = 1, .progress = request_stop };

	set_up_run("[scenario]\nsummary = test\nkernel = model\nduration = 2h\n"
		   "[worker w]\ncount = 2\nalign = barrier\nprogram =\n  attach tries=1\n  detach\n",
		   FILE_BYTES);
	config.scenario = scenario;
	ck_assert_int_eq(engine_run(&config), 0);
	tear_down_run();
}
END_TEST

START_TEST(full_area_ends_the_run_in_good_order)
{
	struct engine_config config = { .recorder = &recorder, .seed = 1 };
	struct history history;

	set_up_run("[scenario]\nsummary = test\nkernel = model\nduration = 2h\n"
		   "[worker w]\ncount = 2\nprogram =\n  attach\n  detach\n",
		   1u << 20);
	config.scenario = scenario;
	ck_assert_int_eq(engine_run(&config), 0);
	recorder_finish(&recorder);
	history = read_history(1u << 20);
	ck_assert(history.is_complete);
	ck_assert(history.workers[0].is_full || history.workers[1].is_full);
	/* Every release is recorded, so the judge never misses one. */
	ck_assert_uint_eq(count_records(&history, RECORDER_CALL_attach, 0),
			  count_records(&history, RECORDER_CALL_clr_fd, 0));
	history_close(&history);
	tear_down_run();
}
END_TEST

START_TEST(faults_are_refused_where_they_must_not_be_planted)
{
	struct engine_config config = { .recorder = &recorder, .seed = 1 };
	struct history history;

	set_up_run("[scenario]\nsummary = test\nkernel = model\nrounds = 1\n"
		   "[worker w]\nprogram =\n  fault panic\n",
		   FILE_BYTES);
	config.scenario = scenario;
	ck_assert_int_eq(engine_run(&config), -EPERM);
	history = read_history(FILE_BYTES);
	ck_assert(notes_contain(&history, "broken what="));
	history_close(&history);
	tear_down_run();
}
END_TEST

static struct stop never;

static int plant_stuck(enum fault fault)
{
	/* No timeout that a test would see: the child of libcheck ends with its parent's verdict. */
	while (!stop_wait(&never, UINT64_C(3600000000000)))
		;
	return 0;
}

START_TEST(stuck_call_is_named_and_does_not_hang_the_engine)
{
	struct engine_config config = {
		.recorder = &recorder, .seed = 1, .is_virtual_machine = true, .plant_fault = plant_stuck
	};
	struct history history;

	/* One worker is stuck in its second round; the barrier must not keep the others. */
	set_up_run("[scenario]\nsummary = test\nkernel = model\nduration = 1s\ncall_limit = 200ms\n"
		   "[worker stuck]\ncount = 1\nprogram =\n  attach\n  detach\n  fault stuck round=2\n"
		   "[worker others]\ncount = 2\nalign = barrier\nprogram =\n  attach tries=1\n  detach\n",
		   FILE_BYTES);
	config.scenario = scenario;
	ck_assert_int_eq(engine_run(&config), -ETIMEDOUT);
	history = read_history(FILE_BYTES);
	ck_assert(notes_contain(&history, "stuck worker=0 call=planted fault"));
	ck_assert(!notes_contain(&history, "stuck worker=1"));
	ck_assert_ptr_nonnull(history.workers[0].pending);
	ck_assert_uint_eq(history.workers[0].pending->call, RECORDER_CALL_fault);
	history_close(&history);
	/* The stuck thread still uses the run: nothing is freed. */
}
END_TEST

START_TEST(stuck_call_ends_a_run_that_is_counted_in_rounds)
{
	struct engine_config config = { .recorder = &recorder, .seed = 1 };
	struct history history;

	/* The other worker waits for longer than the test has time. */
	set_up_run("[scenario]\nsummary = test\nkernel = model\nplant = never_returns\nrounds = 1\n"
		   "call_limit = 200ms\n"
		   "[worker stuck]\nprogram =\n  attach\n  detach\n"
		   "[worker other]\nprogram =\n  hold 1h\n",
		   FILE_BYTES);
	config.scenario = scenario;
	ck_assert_int_eq(engine_run(&config), -ETIMEDOUT);
	history = read_history(FILE_BYTES);
	ck_assert(notes_contain(&history, "stuck worker=0 call=LOOP_CLR_FD"));
	ck_assert(!notes_contain(&history, "stuck worker=1"));
	history_close(&history);
	/* The stuck thread still uses the run: nothing is freed. */
}
END_TEST

struct meeting {
	struct rendezvous rendezvous;
	struct stop stop;
	struct stop abandon;
	_Atomic unsigned int inside_count;
	_Atomic unsigned int torn_count;
};

#define MEETING_MEMBERS 3
#define MEETING_ROUNDS	2000

static void *attend(void *argument)
{
	struct meeting *meeting = argument;

	for (unsigned int round = 1; round <= MEETING_ROUNDS; round++) {
		atomic_fetch_add(&meeting->inside_count, 1);
		rendezvous_meet(&meeting->rendezvous, &meeting->stop, &meeting->abandon);
		/* Whoever leaves finds that all have arrived in this round. */
		if (atomic_load(&meeting->inside_count) < MEETING_MEMBERS * round)
			atomic_fetch_add(&meeting->torn_count, 1);
	}
	return NULL;
}

START_TEST(nobody_leaves_a_meeting_before_all_have_come)
{
	struct meeting meeting = { .inside_count = 0 };
	pthread_t threads[MEETING_MEMBERS];

	rendezvous_init(&meeting.rendezvous, MEETING_MEMBERS);
	for (unsigned int i = 0; i < MEETING_MEMBERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, attend, &meeting), 0);
	for (unsigned int i = 0; i < MEETING_MEMBERS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(atomic_load(&meeting.torn_count), 0);
}
END_TEST

START_TEST(stopped_meeting_says_so_to_all)
{
	struct meeting meeting = { .inside_count = 0 };

	rendezvous_init(&meeting.rendezvous, 1);
	ck_assert(rendezvous_meet(&meeting.rendezvous, &meeting.stop, &meeting.abandon));
	stop_raise(&meeting.stop);
	ck_assert(!rendezvous_meet(&meeting.rendezvous, &meeting.stop, &meeting.abandon));
}
END_TEST

START_TEST(abandoned_meeting_lets_the_waiting_go)
{
	struct meeting meeting = { .inside_count = 0 };

	rendezvous_init(&meeting.rendezvous, 2);
	stop_raise(&meeting.abandon);
	ck_assert(!rendezvous_meet(&meeting.rendezvous, &meeting.stop, &meeting.abandon));
}
END_TEST

START_TEST(needs_of_a_model_scenario_are_met_anywhere)
{
	set_up_run(BARRIER("model", "2", "1"), FILE_BYTES);
	ck_assert_ptr_null(engine_missing_need(scenario));
	tear_down_run();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("engine");
	TCase *runs = tcase_create("runs");
	TCase *meetings = tcase_create("meetings");

	/* Sanitizers on a busy machine; nothing here is expected to come near it. */
	tcase_set_timeout(runs, 120);
	tcase_set_timeout(meetings, 120);
	tcase_add_test(runs, barrier_makes_all_but_one_lose_each_round);
	tcase_add_test(runs, unchecked_bind_lets_two_workers_own_one_device);
	tcase_add_test(runs, free_workers_do_each_their_rounds);
	tcase_add_test(runs, interrupt_ends_an_endless_run_with_everything_detached);
	tcase_add_test(runs, host_can_ask_the_guest_to_stop);
	tcase_add_test(runs, full_area_ends_the_run_in_good_order);
	tcase_add_test(runs, faults_are_refused_where_they_must_not_be_planted);
	tcase_add_test(runs, stuck_call_is_named_and_does_not_hang_the_engine);
	tcase_add_test(runs, stuck_call_ends_a_run_that_is_counted_in_rounds);
	tcase_add_test(runs, needs_of_a_model_scenario_are_met_anywhere);
	tcase_add_test(meetings, nobody_leaves_a_meeting_before_all_have_come);
	tcase_add_test(meetings, stopped_meeting_says_so_to_all);
	tcase_add_test(meetings, abandoned_meeting_lets_the_waiting_go);
	suite_add_tcase(suite, runs);
	suite_add_tcase(suite, meetings);
	return suite;
}
