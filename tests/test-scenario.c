/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scenario files: what they mean when they are right, and what a user is told when they are wrong.
 *
 * LOOPRACE_SOURCE_ROOT is the folder of the sources, for the files that are shipped; without it, the current one.
 */
#include <check.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/looprace.h"
#include "harness/scenario/keys.h"
#include "harness/scenario/plants.h"
#include "harness/scenario/scenario.h"
#include "tests/scenario-broken.h"
#include "tests/scenario-named.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define US		1000ULL
#define S		1000000000ULL

/* The scenario's words of an API are cast to the library's numbers. */
#define X(word) API_WORD_##word,
enum { LOOPRACE_API_WORDS(X) };
#undef X
_Static_assert((int)API_WORD_auto == (int)LOOPRACE_API_AUTO, "order of LOOPRACE_API_WORDS");
_Static_assert((int)API_WORD_configure == (int)LOOPRACE_API_CONFIGURE, "order of LOOPRACE_API_WORDS");
_Static_assert((int)API_WORD_set_fd == (int)LOOPRACE_API_SET_FD, "order of LOOPRACE_API_WORDS");

static struct scenario *parse(const char *text)
{
	struct scenario *scenario = NULL;
	struct scenario_error error = { "" };
	int r;

	r = scenario_parse(text, strlen(text), "some/folder/t.scenario", &scenario, &error);
	ck_assert_msg(r == 0, "%s", error.text);
	return scenario;
}

static const char full[] = "; a comment\n"
			   "[scenario]\n"
			   "summary  = a; b # c: d = e   ; comment\n"
			   "needs    = loop_control, loop_module\n"
			   "duration = 5s\n"
			   "devices  = 4\n"
			   "backing_size = 64KiB\n"
			   "call_limit = 2min\n"
			   "kernel = model\n"
			   "\n"
			   "[worker first-1]\n"
			   "count = 16\n"
			   "align = barrier\n"
			   "program =\n"
			   "\tattach policy=containerd api=set_fd tries=7 budget=3ms offset=1KiB autoclear=yes ; why\n"
			   "    ; only a comment\n"
			   "# another\n"
			   "\n"
			   "    check identity\n"
			   "    hold 10..500us\n"
			   "    detach\n"
			   "[worker second]\n"
			   "program = fault stuck round=20\n"
			   "[expect]\n"
			   "lost_tries = >= 1\n"
			   "gave_up = 0\n"
			   "attaches = <=9\n"
			   "[ expect kernel >= 6.11 ]\n"
			   "gave_up = any\n"
			   "violation = exclusive_bind\n";

START_TEST(keys_of_the_scenario_are_read)
{
	struct scenario *scenario = parse(full);

	ck_assert_str_eq(scenario->name, "t");
	ck_assert_str_eq(scenario->summary, "a; b # c: d = e");
	ck_assert_uint_eq(scenario->needs, 1u << NEED_loop_control | 1u << NEED_loop_module);
	ck_assert_uint_eq(scenario->duration_ns, 5 * S);
	ck_assert_uint_eq(scenario->round_count, 0);
	ck_assert_uint_eq(scenario->device_count, 4);
	ck_assert_uint_eq(scenario->backing_bytes, 65536);
	ck_assert_uint_eq(scenario->call_limit_ns, 120 * S);
	ck_assert_int_eq(scenario->kernel, SCENARIO_KERNEL_model);
	scenario_free(scenario);
}
END_TEST

START_TEST(groups_are_read_in_order)
{
	struct scenario *scenario = parse(full);

	ck_assert_uint_eq(scenario->group_count, 2);
	ck_assert_str_eq(scenario->groups[0].name, "first-1");
	ck_assert_uint_eq(scenario->groups[0].count, 16);
	ck_assert_int_eq(scenario->groups[0].align, ALIGN_barrier);
	ck_assert_uint_eq(scenario->groups[0].call_count, 4);
	ck_assert_str_eq(scenario->groups[1].name, "second");
	ck_assert_uint_eq(scenario->groups[1].count, 1);
	ck_assert_int_eq(scenario->groups[1].align, ALIGN_free);
	ck_assert_uint_eq(scenario->groups[1].call_count, 1);
	ck_assert_uint_eq(scenario_worker_count(scenario), 17);
	scenario_free(scenario);
}
END_TEST

START_TEST(operations_carry_their_arguments_and_line)
{
	struct scenario *scenario = parse(full);
	const struct operation_call *calls = scenario->groups[0].calls;
	const struct operation_call *fault = scenario->groups[1].calls;

	ck_assert_int_eq(calls[0].operation, OPERATION_attach);
	ck_assert_uint_eq(calls[0].line, 15);
	ck_assert_uint_eq(calls[0].arguments[ARGUMENT_AT(attach, policy)].low, 1);
	ck_assert_uint_eq(calls[0].arguments[ARGUMENT_AT(attach, api)].low, LOOPRACE_API_SET_FD);
	ck_assert_uint_eq(calls[0].arguments[ARGUMENT_AT(attach, tries)].low, 7);
	ck_assert_uint_eq(calls[0].arguments[ARGUMENT_AT(attach, budget)].low, 3000 * US);
	ck_assert_uint_eq(calls[0].arguments[ARGUMENT_AT(attach, offset)].low, 1024);
	ck_assert_uint_eq(calls[0].arguments[ARGUMENT_AT(attach, autoclear)].low, 1);
	ck_assert_uint_eq(calls[0].arguments[ARGUMENT_AT(attach, read_only)].low, 0);
	ck_assert_int_eq(calls[1].operation, OPERATION_check);
	ck_assert_uint_eq(calls[1].line, 19);
	ck_assert_int_eq(calls[2].operation, OPERATION_hold);
	ck_assert_uint_eq(calls[2].arguments[0].low, 10 * US);
	ck_assert_uint_eq(calls[2].arguments[0].high, 500 * US);
	ck_assert_int_eq(calls[3].operation, OPERATION_detach);
	ck_assert_int_eq(fault[0].operation, OPERATION_fault);
	ck_assert_uint_eq(fault[0].arguments[0].low, FAULT_stuck);
	ck_assert_uint_eq(fault[0].arguments[1].low, 20);
	scenario_free(scenario);
}
END_TEST

START_TEST(expectations_hold_from_their_kernel_on)
{
	struct scenario *scenario = parse(full);
	const struct expectation *gave_up =
		scenario_expectation(scenario, EXPECT_gave_up, (struct kernel_version){ 6, 10, -1 });
	const struct expectation *later =
		scenario_expectation(scenario, EXPECT_gave_up, (struct kernel_version){ 6, 11, -1 });

	ck_assert_int_eq(gave_up->comparison, COMPARE_EQUAL);
	ck_assert_uint_eq(gave_up->number, 0);
	ck_assert_int_eq(later->comparison, COMPARE_ANY);
	ck_assert_ptr_eq(scenario_expectation(scenario, EXPECT_gave_up, (struct kernel_version){ 7, 0, -1 }), later);
	ck_assert_ptr_eq(scenario_expectation(scenario, EXPECT_gave_up, (struct kernel_version){ 5, 15, -1 }), gave_up);
	ck_assert_ptr_eq(scenario_expectation(scenario, EXPECT_gave_up, (struct kernel_version){ 0, 0, -1 }), gave_up);
	ck_assert_ptr_null(scenario_expectation(scenario, EXPECT_violation, (struct kernel_version){ 6, 1, -1 }));
	ck_assert_str_eq(scenario_expectation(scenario, EXPECT_violation, (struct kernel_version){ 6, 12, -1 })->rule,
			 "exclusive_bind");
	ck_assert_int_eq(
		scenario_expectation(scenario, EXPECT_lost_tries, (struct kernel_version){ 6, 1, -1 })->comparison,
		COMPARE_AT_LEAST);
	ck_assert_uint_eq(
		scenario_expectation(scenario, EXPECT_lost_tries, (struct kernel_version){ 6, 1, -1 })->number, 1);
	ck_assert_int_eq(
		scenario_expectation(scenario, EXPECT_attaches, (struct kernel_version){ 6, 1, -1 })->comparison,
		COMPARE_AT_MOST);
	ck_assert_uint_eq(scenario_expectation(scenario, EXPECT_attaches, (struct kernel_version){ 6, 1, -1 })->number,
			  9);
	scenario_free(scenario);
}
END_TEST

START_TEST(defaults_fill_what_is_not_said)
{
	struct scenario *scenario =
		parse("[scenario]\nrounds=3\n[worker w]\nprogram=\n attach\n check\n hold\n fault\n");
	const struct operation_call *calls = scenario->groups[0].calls;

	ck_assert_str_eq(scenario->summary, "");
	ck_assert_uint_eq(scenario->needs, 0);
	ck_assert_uint_eq(scenario->round_count, 3);
	ck_assert_uint_eq(scenario->device_count, 0);
	ck_assert_uint_eq(scenario->backing_bytes, 1 << 20);
	ck_assert_uint_eq(scenario->call_limit_ns, 30 * S);
	ck_assert_int_eq(scenario->kernel, SCENARIO_KERNEL_real);
	for (unsigned int i = 0; i < operation_info(OPERATION_attach)->argument_count; i++)
		ck_assert_uint_eq(calls[0].arguments[i].high, 0);
	ck_assert_uint_eq(calls[2].arguments[0].high, 0);
	ck_assert_uint_eq(calls[3].arguments[0].low, FAULT_panic);
	ck_assert_uint_eq(calls[3].arguments[1].low, 1);
	scenario_free(scenario);
}
END_TEST

START_TEST(files_from_other_systems_are_read)
{
	struct scenario *scenario = parse("\xef\xbb\xbf[scenario]\r\nrounds = 3\r\nsummary = \xc3\xa4 \xe2\x82\xac\r\n"
					  "[worker w]\r\nprogram =\r\n  detach\r\n");

	ck_assert_str_eq(scenario->summary, "\xc3\xa4 \xe2\x82\xac");
	ck_assert_uint_eq(scenario->groups[0].call_count, 1);
	scenario_free(scenario);
}
END_TEST

START_TEST(longest_line_and_last_line_without_newline_are_read)
{
	char text[400];
	struct scenario *scenario;
	int summary_bytes = 196 - (int)strlen("summary = ");

	snprintf(text, sizeof(text), "[scenario]\nsummary = %0*d\nrounds = 1\n[worker w]\nprogram = detach",
		 summary_bytes, 0);
	scenario = parse(text);
	ck_assert_uint_eq(strlen(scenario->summary), (unsigned int)summary_bytes);
	scenario_free(scenario);
}
END_TEST

START_TEST(line_of_one_byte_more_is_refused)
{
	char text[400];
	struct scenario *scenario = NULL;
	struct scenario_error error;

	snprintf(text, sizeof(text), "[scenario]\nsummary = %0*d\n", 197 - (int)strlen("summary = "), 0);
	ck_assert_int_eq(scenario_parse(text, strlen(text), "t", &scenario, &error), -EINVAL);
	ck_assert_str_eq(error.text, "t:2: the line has 197 bytes; at most 196");
}
END_TEST

/* Only behind a key of the same section an indented line goes on with something. */
START_TEST(first_key_of_a_section_may_be_indented)
{
	struct scenario *scenario = parse("[scenario]\n  rounds = 1\n[worker w]\n  program =\n  attach\n"
					  "[worker v]\n  count = 3\nprogram = attach\n");

	ck_assert_uint_eq(scenario->groups[0].call_count, 1);
	ck_assert_uint_eq(scenario->groups[1].count, 3);
	scenario_free(scenario);
}
END_TEST

START_TEST(text_need_not_end_in_nul)
{
	static const char text[] = "[scenario]\nrounds = 1\n[worker w]\nprogram = detach";
	struct scenario *scenario = NULL;
	struct scenario_error error;
	char *copy = malloc(sizeof(text) - 1);

	memcpy(copy, text, sizeof(text) - 1);
	ck_assert_int_eq(scenario_parse(copy, sizeof(text) - 1, "t.scenario", &scenario, &error), 0);
	scenario_free(scenario);
	free(copy);
}
END_TEST

static const char named[] = NAMED_SCENARIO;

START_TEST(objects_are_read)
{
	struct scenario *scenario = parse(named);

	ck_assert_int_eq(scenario->backing_content, BACKING_CONTENT_tags);
	ck_assert_uint_eq(scenario->backing_count, 3);
	ck_assert_str_eq(scenario->backings[0].name, "image");
	ck_assert_int_eq(scenario->backings[0].kind, BACKING_KIND_file);
	ck_assert_int_eq(scenario->backings[0].content, BACKING_CONTENT_partitions);
	ck_assert_uint_eq(scenario->backings[0].size_bytes, 2 << 20);
	ck_assert_int_eq(scenario->backings[1].kind, BACKING_KIND_directory);
	ck_assert_uint_eq(scenario->backings[1].size_bytes, 0);
	ck_assert_uint_eq(scenario->backings[2].size_bytes, 512);
	ck_assert_int_eq(scenario->backings[2].content, BACKING_CONTENT_zeros);
	ck_assert_uint_eq(scenario->device_object_count, 1);
	ck_assert_str_eq(scenario->devices[0].name, "target");
	ck_assert_uint_eq(scenario->devices[0].index, 5);
	ck_assert(scenario->devices[0].is_absent);
	scenario_free(scenario);
}
END_TEST

START_TEST(descriptors_have_one_table)
{
	static const char *const names[] = { "attached", "d", "mine", "copy", "device" };
	struct scenario *scenario = parse(named);

	ck_assert_uint_eq(scenario->descriptor_count, COUNT_OF(names));
	for (unsigned int i = 0; i < COUNT_OF(names); i++) {
		ck_assert_str_eq(scenario->descriptors[i].name, names[i]);
		ck_assert_int_eq(scenario->descriptors[i].is_shared, i == 1);
	}
	scenario_free(scenario);
	scenario = parse("[scenario]\nrounds = 1\n[worker w]\nprogram = detach\n");
	ck_assert_uint_eq(scenario->descriptor_count, 1);
	ck_assert_str_eq(scenario->descriptors[SCENARIO_DESCRIPTOR_ATTACHED].name, "attached");
	scenario_free(scenario);
}
END_TEST

START_TEST(names_become_rows)
{
	struct scenario *scenario = parse(named);
	const struct operation_call *a = scenario->groups[0].calls;
	const struct operation_call *b = scenario->groups[1].calls;

	ck_assert_uint_eq(a[0].arguments[ARGUMENT_AT(open, device)].low, 0);
	ck_assert_uint_eq(a[0].arguments[ARGUMENT_AT(open, as)].low, 1);
	ck_assert_uint_eq(a[0].arguments[ARGUMENT_AT(open, mode)].low, MODE_ro);
	ck_assert_uint_eq(a[1].arguments[ARGUMENT_AT(set_fd, descriptor)].low, 1);
	ck_assert_uint_eq(a[1].arguments[ARGUMENT_AT(set_fd, file)].low, 0);
	ck_assert_uint_eq(a[1].arguments[ARGUMENT_AT(set_fd, from)].low, SCENARIO_DESCRIPTOR_NONE);
	ck_assert_uint_eq(a[2].arguments[ARGUMENT_AT(open, device)].low, SCENARIO_DEVICE_INDEX_FIRST + 7);
	ck_assert_uint_eq(a[2].arguments[ARGUMENT_AT(open, partition)].low, 3);
	ck_assert_uint_eq(a[3].arguments[ARGUMENT_AT(dup, descriptor)].low, 2);
	ck_assert_uint_eq(a[3].arguments[ARGUMENT_AT(dup, as)].low, 3);
	ck_assert_uint_eq(a[4].arguments[ARGUMENT_AT(set_fd, from)].low, 3);
	ck_assert_uint_eq(a[4].arguments[ARGUMENT_AT(set_fd, file)].low, SCENARIO_BACKING_OWN);
	ck_assert_uint_eq(b[1].arguments[ARGUMENT_AT(ctl_get_free, compat)].low, 1);
	ck_assert_uint_eq(b[2].arguments[ARGUMENT_AT(open, device)].low, SCENARIO_DEVICE_GOT);
	ck_assert_uint_eq(b[2].arguments[ARGUMENT_AT(open, as)].low, 4);
	ck_assert_uint_eq(b[3].arguments[ARGUMENT_AT(clr_fd, descriptor)].low, 4);
	ck_assert_uint_eq(b[4].arguments[ARGUMENT_AT(check, what)].low, CHECK_size);
	ck_assert_uint_eq(b[4].arguments[ARGUMENT_AT(check, on)].low, 1);
	ck_assert_uint_eq(b[5].arguments[ARGUMENT_AT(open_file, file)].low, 1);
	ck_assert_uint_eq(b[5].arguments[ARGUMENT_AT(open_file, as)].low, 2);
	scenario_free(scenario);
}
END_TEST

START_TEST(labels_are_found_across_groups)
{
	struct scenario *scenario = parse(named);
	const struct operation_call *b = scenario->groups[1].calls;

	ck_assert(scenario->is_ordered);
	ck_assert_uint_eq(scenario->label_count, 3);
	ck_assert_str_eq(scenario->labels[0].name, "bind");
	ck_assert_uint_eq(scenario->labels[0].group, 0);
	ck_assert_uint_eq(scenario->labels[0].call, 1);
	ck_assert_uint_eq(scenario->labels[2].group, 1);
	ck_assert_uint_eq(scenario->labels[2].call, 6);
	ck_assert_int_eq(scenario->groups[0].calls[0].label, -1);
	ck_assert_int_eq(scenario->groups[0].calls[1].label, 0);
	ck_assert_uint_eq(b[0].arguments[ARGUMENT_AT(after, line)].low, 0);
	ck_assert_int_eq(b[6].label, 2);
	ck_assert_uint_eq(b[6].arguments[ARGUMENT_AT(after, line)].low, 1);
	scenario_free(scenario);
	scenario = parse(full);
	ck_assert(!scenario->is_ordered);
	scenario_free(scenario);
}
END_TEST

/* A label may stand on the key's own line, too, and a colon elsewhere is no label. */
START_TEST(label_may_stand_on_the_line_of_the_key)
{
	struct scenario *scenario = parse("[scenario]\nrounds = 1\n[worker w]\nprogram = a-1: hold 1us\n");

	ck_assert_int_eq(scenario->groups[0].calls[0].operation, OPERATION_hold);
	ck_assert_str_eq(scenario->labels[0].name, "a-1");
	scenario_free(scenario);
}
END_TEST

/* Waits that go back and forth, but not round. */
START_TEST(waits_that_can_be_met_are_accepted)
{
	scenario_free(parse("[scenario]\nrounds = 1\n"
			    "[worker a]\nprogram =\n  after b.one\n  one: detach\n  after b.two\n  two: detach\n"
			    "[worker b]\nprogram =\n  one: detach\n  after a.one\n  two: detach\n  after a.two\n"));
	/* The last group waits longest. */
	scenario_free(parse("[scenario]\nrounds = 1\n[worker a]\nprogram =\n  after b.one\n  one: detach\n"
			    "[worker b]\nprogram =\n  one: detach\n  after a.one\n  two: detach\n"
			    "[worker c]\nprogram =\n  after b.two\n  detach\n"));
}
END_TEST

START_TEST(numbers_go_into_the_kernel_as_they_are)
{
	static const struct {
		const char *text;
		uint64_t value;
	} cases[] = {
		{ "0", 0 },
		{ "-1", UINT64_MAX },
		{ "-9223372036854775807", (uint64_t)-INT64_MAX },
		{ "9223372036854775807", INT64_MAX },
		{ "0x4c7F", 0x4c7f },
		{ "0xffffffffffffffff", UINT64_MAX },
		{ "0x00000000000000000000001", 1 },
	};
	char text[256];

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct scenario *scenario;

		snprintf(text, sizeof(text), "[scenario]\nrounds = 1\n[worker w]\nprogram = ctl_add %s\n",
			 cases[i].text);
		scenario = parse(text);
		ck_assert_uint_eq(scenario->groups[0].calls[0].arguments[0].low, cases[i].value);
		ck_assert_uint_eq(scenario->groups[0].calls[0].arguments[0].high, cases[i].value);
		scenario_free(scenario);
	}
}
END_TEST

START_TEST(sizes_may_be_absurd_in_hexadecimal)
{
	struct scenario *scenario =
		parse("[scenario]\nrounds = 1\n[worker w]\nprogram =\n"
		      "  attach offset=0xffffffffffffffff size_limit=0x1\n"
		      "  set_status attached offset=0xffffffff layout=info pointer=bad flags=0xffffffff\n"
		      "  read attached at=0xfffffffffffffe00 length=1MiB\n");
	const struct operation_call *calls = scenario->groups[0].calls;

	ck_assert_uint_eq(calls[0].arguments[ARGUMENT_AT(attach, offset)].low, UINT64_MAX);
	ck_assert_uint_eq(calls[0].arguments[ARGUMENT_AT(attach, size_limit)].low, 1);
	ck_assert_uint_eq(calls[1].arguments[ARGUMENT_AT(set_status, offset)].low, UINT32_MAX);
	ck_assert_uint_eq(calls[1].arguments[ARGUMENT_AT(set_status, layout)].low, LAYOUT_info);
	ck_assert_uint_eq(calls[1].arguments[ARGUMENT_AT(set_status, pointer)].low, POINTER_bad);
	ck_assert_uint_eq(calls[1].arguments[ARGUMENT_AT(set_status, flags)].low, UINT32_MAX);
	ck_assert_uint_eq(calls[2].arguments[ARGUMENT_AT(read, at)].low, 0xfffffffffffffe00);
	ck_assert_uint_eq(calls[2].arguments[ARGUMENT_AT(read, length)].low, 1 << 20);
	scenario_free(scenario);
}
END_TEST

/* The table's defaults are right: `after` is the only one that cannot stand alone. */
START_TEST(every_operation_can_stand_alone)
{
	char text[512];

	for (unsigned int i = 0; i < OPERATION_COUNT; i++) {
		struct scenario *scenario;

		if (i == OPERATION_after)
			continue;
		snprintf(text, sizeof(text),
			 "[scenario]\nrounds = 1\n[worker w]\nprogram =\n  attach\n  ctl_get_free\n  open\n  %s\n",
			 operation_info((enum operation)i)->name);
		scenario = parse(text);
		ck_assert_int_eq(scenario->groups[0].calls[3].operation, i);
		for (unsigned int j = 0; j < operation_info((enum operation)i)->argument_count; j++)
			ck_assert_uint_eq(scenario->groups[0].calls[3].arguments[j].low,
					  scenario->groups[0].calls[3].arguments[j].high);
		scenario_free(scenario);
	}
}
END_TEST

START_TEST(every_plant_can_be_planted)
{
	static const char *const plants[] = {
#define X(name, rule, summary) #name,
		LOOPRACE_PLANTS(X)
#undef X
	};
	char text[512];

	for (size_t i = 0; i < COUNT_OF(plants); i++) {
		struct scenario *scenario;

		snprintf(text, sizeof(text),
			 "[scenario]\nplant = %s\nkernel = model\nrounds = 1\n[worker w]\nprogram = detach\n",
			 plants[i]);
		scenario = parse(text);
		ck_assert_str_eq(scenario->planted, plants[i]);
		scenario_free(scenario);
	}
}
END_TEST

#define VERSION(major, minor, patch) ((struct kernel_version){ major, minor, patch })

START_TEST(kernels_are_ranges)
{
	static const struct {
		const char *condition;
		struct kernel_version from;
		struct kernel_version before;
	} cases[] = {
		{ "", { 0, 0, 0 }, { 0, 0, 0 } },
		{ "kernel >= 6.11", { 6, 11, 0 }, { 0, 0, 0 } },
		{ "kernel>=6.11.3", { 6, 11, 3 }, { 0, 0, 0 } },
		{ "kernel > 6.11", { 6, 12, 0 }, { 0, 0, 0 } },
		{ "kernel > 6.11.3", { 6, 11, 4 }, { 0, 0, 0 } },
		{ "kernel < 6.11", { 0, 0, 0 }, { 6, 11, 0 } },
		{ "kernel < 6.12.117", { 0, 0, 0 }, { 6, 12, 117 } },
		{ "kernel <= 6.12", { 0, 0, 0 }, { 6, 13, 0 } },
		{ "kernel <= 6.12.117", { 0, 0, 0 }, { 6, 12, 118 } },
		{ "kernel = 5.10", { 5, 10, 0 }, { 5, 11, 0 } },
		{ "kernel 5.10", { 5, 10, 0 }, { 5, 11, 0 } },
		{ "kernel 5.10.223", { 5, 10, 223 }, { 5, 10, 224 } },
		{ "kernel >= 6.12.94, <= 6.12.117", { 6, 12, 94 }, { 6, 12, 118 } },
		{ "kernel < 7.2 , >= 6.11", { 6, 11, 0 }, { 7, 2, 0 } },
		{ "kernel > 6.1, >= 6.5, < 7.0, < 6.9", { 6, 5, 0 }, { 6, 9, 0 } },
		{ "kernel >= 6.5, > 6.1", { 6, 5, 0 }, { 0, 0, 0 } },
		{ "kernel >= 6.0", { 6, 0, 0 }, { 0, 0, 0 } },
	};
	char text[512];

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct kernel_range *range;
		struct scenario *scenario;

		snprintf(text, sizeof(text),
			 "[scenario]\nrounds = 1\n[worker w]\nprogram = detach\n[expect %s]\ngave_up = 0\n",
			 cases[i].condition);
		scenario = parse(text);
		range = &scenario->expectations[0].kernels;
		ck_assert_msg(memcmp(&range->from, &cases[i].from, sizeof(range->from)) == 0 &&
				      memcmp(&range->before, &cases[i].before, sizeof(range->before)) == 0,
			      "%s: got %u.%u.%d to %u.%u.%d", cases[i].condition, range->from.major, range->from.minor,
			      range->from.patch, range->before.major, range->before.minor, range->before.patch);
		scenario_free(scenario);
	}
}
END_TEST

START_TEST(ranges_have_their_ends)
{
	static const struct kernel_range all;
	static const struct kernel_range some = { .from = { 6, 12, 94 }, .before = { 6, 12, 118 } };
	static const struct kernel_range open_end = { .from = { 6, 11, 0 } };
	static const struct kernel_range open_start = { .before = { 6, 11, 0 } };

	ck_assert(kernel_range_has(&all, VERSION(0, 0, -1)));
	ck_assert(!kernel_range_has(&some, VERSION(0, 0, -1)));
	ck_assert(!kernel_range_has(&some, VERSION(6, 12, 93)));
	ck_assert(kernel_range_has(&some, VERSION(6, 12, 94)));
	ck_assert(kernel_range_has(&some, VERSION(6, 12, 117)));
	ck_assert(!kernel_range_has(&some, VERSION(6, 12, 118)));
	ck_assert(!kernel_range_has(&some, VERSION(6, 12, -1)));
	ck_assert(kernel_range_has(&open_end, VERSION(6, 11, -1)));
	ck_assert(kernel_range_has(&open_end, VERSION(7, 0, 0)));
	ck_assert(!kernel_range_has(&open_end, VERSION(6, 10, 999)));
	ck_assert(kernel_range_has(&open_start, VERSION(5, 10, 223)));
	ck_assert(!kernel_range_has(&open_start, VERSION(6, 11, 0)));
	ck_assert(!kernel_range_has(&open_start, VERSION(0, 0, -1)));
}
END_TEST

START_TEST(known_bugs_are_read)
{
	struct scenario *scenario = parse("[scenario]\nrounds = 1\n[worker w.x]\nprogram =\n  a: detach\n  b: detach\n"
					  "[expect]\nknown_bug = none\n"
					  "[expect kernel < 6.11]\n"
					  "known_bug = isolation at w.x.b: B5: a partition, shown ; comment\n"
					  "known_bug = isolation at w.x.a: B5\n"
					  "known_bug = kernel_log : B1 \n"
					  "known_bug = uevents: B3\n");
	const struct expectation *bugs = scenario->expectations;

	ck_assert_uint_eq(scenario->expectation_count, 5);
	ck_assert_str_eq(bugs[0].rule, "none");
	ck_assert_int_eq(bugs[0].subject, EXPECT_known_bug);
	ck_assert_str_eq(bugs[1].rule, "isolation");
	ck_assert_str_eq(bugs[1].name, "B5: a partition, shown");
	ck_assert_int_eq(bugs[1].label, 1);
	ck_assert_uint_eq(bugs[1].line, 10);
	ck_assert_uint_eq(bugs[1].kernels.before.minor, 11);
	ck_assert_int_eq(bugs[2].label, 0);
	ck_assert_str_eq(bugs[3].rule, "kernel_log");
	ck_assert_str_eq(bugs[3].name, "B1");
	ck_assert_int_eq(bugs[3].label, -1);
	scenario_free(scenario);
}
END_TEST

START_TEST(rules_that_do_not_exist_are_told_with_their_line)
{
	static const char *const rules[] = { "model", "uevents" };
	struct scenario *scenario = parse("[scenario]\nrounds = 1\n[worker w]\nprogram = detach\n"
					  "[expect]\nviolation = none\nknown_bug = uevents: B3\n"
					  "[expect kernel >= 6.1]\nviolation = model\n"
					  "[expect kernel >= 6.2]\nviolation = uevent\n");
	struct scenario_error error;

	ck_assert_int_eq(scenario_check_rules(scenario, "t", rules, 2, &error), -EINVAL);
	ck_assert_str_eq(error.text, "t:11: unknown rule 'uevent'; did you mean 'uevents'?");
	ck_assert_int_eq(scenario_check_rules(scenario, "t", rules, 1, &error), -EINVAL);
	ck_assert_str_eq(error.text, "t:7: unknown rule 'uevents'; only model");
	scenario->expectation_count = 3;
	ck_assert_int_eq(scenario_check_rules(scenario, "t", rules, 2, &error), 0);
	scenario_free(scenario);
}
END_TEST

static const struct {
	const char *label;
	const char *text;
	size_t text_bytes;
	const char *message;
} broken[] = {
#define BROKEN(label_, text_, message_)                                                                                \
	{ .label = label_, .text = text_, .text_bytes = sizeof(text_) - 1, .message = "t.scenario:" message_ },
	BROKEN_SCENARIOS(BROKEN)
#undef BROKEN
};

START_TEST(broken_scenario_is_refused_with_its_message)
{
	struct scenario *scenario = NULL;
	struct scenario_error error = { "" };
	char *copy = malloc(broken[_i].text_bytes + 1);
	int r;

	memcpy(copy, broken[_i].text, broken[_i].text_bytes);
	r = scenario_parse(copy, broken[_i].text_bytes, "t.scenario", &scenario, &error);
	free(copy);
	ck_assert_msg(r == -EINVAL, "%s: got %d", broken[_i].label, r);
	ck_assert_msg(strcmp(error.text, broken[_i].message) == 0, "%s: got <%s>, want <%s>", broken[_i].label,
		      error.text, broken[_i].message);
	ck_assert_msg(!scenario, "%s: the output was written", broken[_i].label);
}
END_TEST

/* Groups and expectations have fixed room. */
START_TEST(too_many_sections_are_refused)
{
	char text[8192] = "[scenario]\nrounds = 1\n";
	struct scenario *scenario = NULL;
	struct scenario_error error;

	for (int i = 0; i < SCENARIO_GROUP_COUNT_MAX + 1; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "[worker w%d]\nprogram = detach\n", i);
	ck_assert_int_eq(scenario_parse(text, strlen(text), "t", &scenario, &error), -EINVAL);
	ck_assert_str_eq(error.text, "t:35: too many [worker] sections; at most 16");

	strcpy(text, "[scenario]\nrounds = 1\n[worker w]\nprogram = detach\n");
	for (int i = 0; i < SCENARIO_EXPECTATION_COUNT_MAX + 1; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "[expect kernel >= 6.%d]\ngave_up = 0\n", i);
	ck_assert_int_eq(scenario_parse(text, strlen(text), "t", &scenario, &error), -EINVAL);
	ck_assert_str_eq(error.text, "t:69: too many [expect] sections; at most 32");

	strcpy(text, "[scenario]\nrounds = 1\n[worker w]\nprogram = detach\n");
	for (int i = 0; i < SCENARIO_EXPECTATION_COUNT_MAX / 2 + 1; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "[expect kernel >= 6.%d]\ngave_up = 0\nattaches = 1\n", i);
	ck_assert_int_eq(scenario_parse(text, strlen(text), "t", &scenario, &error), -EINVAL);
	ck_assert_str_eq(error.text, "t:54: too many expectations; at most 32");
}
END_TEST

/* @format is one of the literals below, printed @count times with 0, 1, ... */
static void expect_too_many(const char *head, const char *format, int count, const char *message)
{
	char *text = malloc(1 << 20);
	size_t used = (size_t)sprintf(text, "%s", head);
	struct scenario *scenario = NULL;
	struct scenario_error error;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	for (int i = 0; i < count; i++)
		used += (size_t)sprintf(text + used, format, i, i);
#pragma GCC diagnostic pop
	ck_assert_int_eq(scenario_parse(text, used, "t", &scenario, &error), -EINVAL);
	ck_assert_str_eq(error.text, message);
	free(text);
}

START_TEST(too_many_objects_are_refused)
{
	static const char program[] = "[scenario]\nrounds = 1\n[worker w]\nprogram =\n  detach\n";

	expect_too_many(program, "[backing a%d]\nkind = file\n", SCENARIO_BACKING_COUNT_MAX + 1,
			"t:38: too many [backing] sections; at most 16");
	expect_too_many(program, "[device a%d]\nindex = %d\n", SCENARIO_DEVICE_COUNT_MAX + 1,
			"t:38: too many [device] sections; at most 16");
	expect_too_many(program, "[descriptor a%d]\nshared = yes\n", SCENARIO_DESCRIPTOR_COUNT_MAX,
			"t:36: too many [descriptor] sections; at most 15");
	expect_too_many(program, "  open loop0 as=a%d\n", SCENARIO_DESCRIPTOR_COUNT_MAX,
			"t:21:17: too many names of descriptors; at most 16 with 'attached'");
	expect_too_many(program, "  a%d: detach\n", SCENARIO_LABEL_COUNT_MAX + 1,
			"t:70:3: too many labels; at most 64");
	expect_too_many(program, "  detach\n", UINT16_MAX,
			"t:65536: a program goes on behind line 65535; records have no room for more");
}
END_TEST

START_TEST(name_of_the_file_must_be_a_name)
{
	static const struct {
		const char *file_name;
		const char *message;
	} cases[] = {
		{ "", ": '' is no name for a scenario; name the file NAME.scenario" },
		{ "folder/", "folder/: '' is no name for a scenario; name the file NAME.scenario" },
		{ "a/..", "a/..: '..' is no name for a scenario; name the file NAME.scenario" },
		{ "a/.scenario", "a/.scenario: '.scenario' is no name for a scenario; name the file NAME.scenario" },
		{ TEN("1234567") ".scenario",
		  TEN("1234567") ".scenario: the name has 70 bytes; at most 63 before .scenario" },
	};
	struct scenario *scenario = NULL;
	struct scenario_error error;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		ck_assert_int_eq(scenario_parse(full, strlen(full), cases[i].file_name, &scenario, &error), -EINVAL);
		ck_assert_str_eq(error.text, cases[i].message);
	}
}
END_TEST

START_TEST(long_path_leaves_room_for_the_message)
{
	char path[4096];
	struct scenario *scenario = NULL;
	struct scenario_error error;

	memset(path, 'x', sizeof(path));
	strcpy(path + sizeof(path) - sizeof("/t.scenario"), "/t.scenario");
	ck_assert_int_eq(scenario_parse("", 0, path, &scenario, &error), -EINVAL);
	ck_assert_ptr_nonnull(
		strstr(error.text, "x/t.scenario:1: there is nothing in the file; begin with [scenario]"));
	ck_assert_int_eq(strncmp(error.text, "...x", 4), 0);
}
END_TEST

/* One word of 186 bytes in a message of every kind: nothing is written behind the error's end, which ASan would see. */
START_TEST(long_words_do_not_overflow_the_message)
{
	char text[512];
	struct scenario *scenario = NULL;
	struct scenario_error error;

	snprintf(text, sizeof(text), "[scenario]\nrounds = 1\n[worker w]\nprogram = attach\n attach %0180d=1\n", 7);
	ck_assert_int_eq(scenario_parse(text, strlen(text), "t", &scenario, &error), -EINVAL);
	ck_assert_uint_lt(strlen(error.text), sizeof(error.text));
	ck_assert_ptr_nonnull(strstr(error.text, "one of policy, api"));
}
END_TEST

/* Every prefix of a right file: refused or accepted, never a crash, and a refusal always has its message. */
START_TEST(cut_files_never_crash)
{
	for (size_t bytes = 0; bytes < sizeof(full) - 1; bytes++) {
		struct scenario *scenario = NULL;
		struct scenario_error error = { "" };
		char *copy = malloc(bytes + 1);
		int r;

		memcpy(copy, full, bytes);
		r = scenario_parse(copy, bytes, "t", &scenario, &error);
		ck_assert_msg(r == 0 ? scenario != NULL : error.text[0] != '\0', "%zu bytes: %d", bytes, r);
		scenario_free(scenario);
		free(copy);
	}
}
END_TEST

/* One byte of a right file changed into each of some troublesome ones. */
START_TEST(damaged_files_never_crash)
{
	static const char damage[] = { '\0', '\n', '\r', '=', '[', ']', ';', '#', ' ', '.', ',', '9', '\xff', ':' };
	char copy[sizeof(full) - 1];

	for (size_t at = 0; at < sizeof(copy); at++) {
		struct scenario *scenario = NULL;
		struct scenario_error error = { "" };
		int r;

		memcpy(copy, full, sizeof(copy));
		copy[at] = damage[_i];
		r = scenario_parse(copy, sizeof(copy), "t", &scenario, &error);
		ck_assert_msg(r == 0 ? scenario != NULL : error.text[0] != '\0', "byte %zu: %d", at, r);
		scenario_free(scenario);
	}
}
END_TEST

START_TEST(durations_of_the_command_line_need_a_unit)
{
	static const struct {
		const char *text;
		int r;
		uint64_t ns;
	} cases[] = {
		{ "0s", 0, 0 },
		{ "7ns", 0, 7 },
		{ "500us", 0, 500 * US },
		{ "20ms", 0, 20000 * US },
		{ "5s", 0, 5 * S },
		{ "2min", 0, 120 * S },
		{ "1h", 0, 3600 * S },
		{ "9223372036854775807ns", 0, INT64_MAX },
		{ "9223372036854775808ns", -ERANGE, 42 },
		{ "2562048h", -ERANGE, 42 },
		{ "", -EINVAL, 42 },
		{ "5", -EINVAL, 42 },
		{ "s", -EINVAL, 42 },
		{ "-5s", -EINVAL, 42 },
		{ "+5s", -EINVAL, 42 },
		{ " 5s", -EINVAL, 42 },
		{ "5s ", -EINVAL, 42 },
		{ "5 s", -EINVAL, 42 },
		{ "1.5s", -EINVAL, 42 },
		{ "5S", -EINVAL, 42 },
		{ "5m", -EINVAL, 42 },
		{ "0..5s", -EINVAL, 42 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		uint64_t ns = 42;
		int r = scenario_parse_duration(cases[i].text, &ns);

		ck_assert_msg(r == cases[i].r && ns == cases[i].ns, "'%s': got %d and %llu", cases[i].text, r,
			      (unsigned long long)ns);
	}
}
END_TEST

START_TEST(sizes_of_the_command_line_need_a_unit)
{
	static const struct {
		const char *text;
		int r;
		uint64_t bytes;
	} cases[] = {
		{ "0B", 0, 0 },
		{ "512B", 0, 512 },
		{ "1KiB", 0, 1024 },
		{ "64MiB", 0, 64 << 20 },
		{ "3GiB", 0, 3ULL << 30 },
		{ "8589934592GiB", -ERANGE, 42 },
		{ "99999999999999999999B", -ERANGE, 42 },
		{ "64", -EINVAL, 42 },
		{ "64M", -EINVAL, 42 },
		{ "64mib", -EINVAL, 42 },
		{ "MiB", -EINVAL, 42 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		uint64_t bytes = 42;
		int r = scenario_parse_size(cases[i].text, &bytes);

		ck_assert_msg(r == cases[i].r && bytes == cases[i].bytes, "'%s': got %d and %llu", cases[i].text, r,
			      (unsigned long long)bytes);
	}
}
END_TEST

/* Groups of 10, 5 and 1. */
static struct scenario *three_groups(void)
{
	return parse("[scenario]\nrounds = 1\n[worker a]\ncount = 10\nprogram = detach\n"
		     "[worker b]\ncount = 5\nprogram = detach\n[worker c]\nprogram = detach\n");
}

START_TEST(workers_are_shared_out_in_proportion)
{
	static const struct {
		unsigned int count;
		unsigned int want[3];
	} cases[] = {
		{ 16, { 10, 5, 1 } }, { 32, { 20, 10, 2 } },	  { 3, { 1, 1, 1 } },	{ 4, { 2, 1, 1 } },
		{ 8, { 5, 2, 1 } },   { 1024, { 640, 320, 64 } }, { 17, { 11, 5, 1 } },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct scenario *scenario = three_groups();

		ck_assert_int_eq(scenario_set_worker_count(scenario, cases[i].count), 0);
		for (unsigned int j = 0; j < 3; j++)
			ck_assert_msg(scenario->groups[j].count == cases[i].want[j], "%u workers, group %u: got %u",
				      cases[i].count, j, scenario->groups[j].count);
		scenario_free(scenario);
	}
}
END_TEST

/* The three small groups get more than their share, so the big one must give. */
START_TEST(no_group_loses_its_last_worker)
{
	struct scenario *scenario = parse("[scenario]\nrounds = 1\n[worker a]\ncount = 10\nprogram = detach\n"
					  "[worker b]\nprogram = detach\n[worker c]\nprogram = detach\n"
					  "[worker d]\nprogram = detach\n");

	ck_assert_int_eq(scenario_set_worker_count(scenario, 5), 0);
	ck_assert_uint_eq(scenario->groups[0].count, 2);
	for (unsigned int i = 1; i < 4; i++)
		ck_assert_uint_eq(scenario->groups[i].count, 1);
	scenario_free(scenario);
}
END_TEST

START_TEST(every_count_of_workers_is_met)
{
	struct scenario *scenario = three_groups();

	for (unsigned int count = 3; count <= SCENARIO_WORKER_COUNT_MAX; count++) {
		ck_assert_int_eq(scenario_set_worker_count(scenario, count), 0);
		ck_assert_uint_eq(scenario_worker_count(scenario), count);
		for (unsigned int i = 0; i < 3; i++)
			ck_assert_uint_ge(scenario->groups[i].count, 1);
	}
	scenario_free(scenario);
}
END_TEST

START_TEST(absurd_count_of_workers_changes_nothing)
{
	struct scenario *scenario = three_groups();

	ck_assert_int_eq(scenario_set_worker_count(scenario, 0), -ERANGE);
	ck_assert_int_eq(scenario_set_worker_count(scenario, 2), -ERANGE);
	ck_assert_int_eq(scenario_set_worker_count(scenario, SCENARIO_WORKER_COUNT_MAX + 1), -ERANGE);
	ck_assert_int_eq(scenario_set_worker_count(scenario, UINT32_MAX), -ERANGE);
	ck_assert_uint_eq(scenario->groups[0].count, 10);
	scenario_free(scenario);
}
END_TEST

START_TEST(free_takes_null)
{
	ck_assert_ptr_null(scenario_free(NULL));
}
END_TEST

/* enum attach_argument is the only list beside the table. */
START_TEST(positions_of_arguments_are_those_of_the_table)
{
	static const struct {
		unsigned int position;
		const char *name;
	} cases[] = {
		{ ARGUMENT_AT(attach, policy), "policy" },
		{ ARGUMENT_AT(attach, api), "api" },
		{ ARGUMENT_AT(attach, read_only), "read_only" },
		{ ARGUMENT_AT(attach, autoclear), "autoclear" },
		{ ARGUMENT_AT(attach, direct_io), "direct_io" },
		{ ARGUMENT_AT(attach, partition_scan), "partition_scan" },
		{ ARGUMENT_AT(attach, offset), "offset" },
		{ ARGUMENT_AT(attach, size_limit), "size_limit" },
		{ ARGUMENT_AT(attach, block_size), "block_size" },
		{ ARGUMENT_AT(attach, tries), "tries" },
		{ ARGUMENT_AT(attach, budget), "budget" },
	};
	const struct operation_info *info = operation_info(OPERATION_attach);

	ck_assert_uint_eq(info->argument_count, COUNT_OF(cases));
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		ck_assert_str_eq(info->arguments[cases[i].position].name, cases[i].name);
	ck_assert_uint_eq(operation_info(OPERATION_detach)->argument_count, 0);
	ck_assert_str_eq(operation_info(OPERATION_fault)->arguments[1].name, "round");
}
END_TEST

/* A whole file of the sources; the caller frees it. */
static char *read_source(const char *path, size_t *ret_bytes)
{
	FILE *file = fopen(path, "re");
	char *text = calloc(1, 1 << 16);

	ck_assert_msg(file, "%s: cannot be opened", path);
	*ret_bytes = fread(text, 1, (1 << 16) - 1, file);
	fclose(file);
	return text;
}

static const char *source_root(void)
{
	const char *root = getenv("LOOPRACE_SOURCE_ROOT");

	return root ? root : ".";
}

static void parse_shipped(const char *path)
{
	struct scenario *scenario = NULL;
	struct scenario_error error = { "" };
	size_t bytes;
	char *text = read_source(path, &bytes);
	int r = scenario_parse(text, bytes, path, &scenario, &error);

	ck_assert_msg(r == 0, "%s", error.text);
	ck_assert_msg(scenario->summary[0], "%s: no summary", path);
	ck_assert_msg(text[0] == '#', "%s: does not begin with a comment that tells its race", path);
	free(text);
	scenario_free(scenario);
}

START_TEST(shipped_scenarios_are_right)
{
	static const char *const patterns[] = { "%s/scenarios/*.scenario", "%s/scenarios/known_bugs/*.scenario",
						"%s/tests/guest/*.scenario" };
	char pattern[4096];
	glob_t found;

	for (size_t i = 0; i < COUNT_OF(patterns); i++) {
		/* One of the literals above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(pattern, sizeof(pattern), patterns[i], source_root());
#pragma GCC diagnostic pop
		ck_assert_msg(glob(pattern, 0, NULL, &found) == 0, "%s: nothing there", pattern);
		for (size_t j = 0; j < found.gl_pathc; j++)
			parse_shipped(found.gl_pathv[j]);
		globfree(&found);
	}
}
END_TEST

START_TEST(manual_names_every_key)
{
	static const char *const keys[] = {
#define X(name, summary) ".It Cm " #name "\n",
		SCENARIO_KEYS(X) BACKING_KEYS(X) DEVICE_KEYS(X) DESCRIPTOR_KEYS(X) WORKER_KEYS(X)
#undef X
	};
	char path[4096];
	size_t bytes;
	char *text;

	snprintf(path, sizeof(path), "%s/man/scenario-format.mdoc", source_root());
	text = read_source(path, &bytes);
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		ck_assert_msg(strstr(text, keys[i]), "%s: no paragraph '%.*s'", path, (int)strcspn(keys[i], "\n"),
			      keys[i]);
	free(text);
}
END_TEST

/* What stands between ".Bd -literal" and ".Ed" is a scenario that a user may copy; @index counts them from 0. */
static struct scenario *parse_example(unsigned int index)
{
	static const char begin[] = ".Bd -literal\n";
	char path[4096];
	struct scenario *scenario;
	size_t bytes;
	char *text;
	char *start;
	char *end;

	snprintf(path, sizeof(path), "%s/man/scenario-format.mdoc", source_root());
	text = read_source(path, &bytes);
	start = strstr(text, begin);
	for (unsigned int i = 0; start && i < index; i++)
		start = strstr(start + strlen(begin), begin);
	ck_assert_ptr_nonnull(start);
	start += strlen(begin);
	end = strstr(start, "\n.Ed");
	ck_assert_ptr_nonnull(end);
	*end = '\0';
	scenario = parse(start);
	free(text);
	return scenario;
}

START_TEST(examples_of_the_manual_are_right)
{
	struct scenario *scenario = parse_example(0);

	ck_assert_uint_eq(scenario->group_count, 2);
	ck_assert_uint_eq(scenario->expectation_count, 3);
	scenario_free(scenario);
	scenario = parse_example(1);
	ck_assert(scenario->is_ordered);
	ck_assert_int_eq(scenario->expectations[0].subject, EXPECT_known_bug);
	ck_assert_str_eq(scenario->labels[scenario->expectations[0].label].name, "done");
	scenario_free(scenario);
}
END_TEST

static void add_reading(Suite *suite)
{
	TCase *tcase = tcase_create("right files");

	tcase_add_test(tcase, keys_of_the_scenario_are_read);
	tcase_add_test(tcase, groups_are_read_in_order);
	tcase_add_test(tcase, operations_carry_their_arguments_and_line);
	tcase_add_test(tcase, expectations_hold_from_their_kernel_on);
	tcase_add_test(tcase, defaults_fill_what_is_not_said);
	tcase_add_test(tcase, files_from_other_systems_are_read);
	tcase_add_test(tcase, longest_line_and_last_line_without_newline_are_read);
	tcase_add_test(tcase, first_key_of_a_section_may_be_indented);
	tcase_add_test(tcase, text_need_not_end_in_nul);
	tcase_add_test(tcase, shipped_scenarios_are_right);
	tcase_add_test(tcase, objects_are_read);
	tcase_add_test(tcase, descriptors_have_one_table);
	tcase_add_test(tcase, names_become_rows);
	tcase_add_test(tcase, labels_are_found_across_groups);
	tcase_add_test(tcase, label_may_stand_on_the_line_of_the_key);
	tcase_add_test(tcase, waits_that_can_be_met_are_accepted);
	tcase_add_test(tcase, numbers_go_into_the_kernel_as_they_are);
	tcase_add_test(tcase, sizes_may_be_absurd_in_hexadecimal);
	tcase_add_test(tcase, every_operation_can_stand_alone);
	tcase_add_test(tcase, every_plant_can_be_planted);
	tcase_add_test(tcase, kernels_are_ranges);
	tcase_add_test(tcase, ranges_have_their_ends);
	tcase_add_test(tcase, known_bugs_are_read);
	suite_add_tcase(suite, tcase);
}

static void add_refusing(Suite *suite)
{
	TCase *tcase = tcase_create("wrong files");

	tcase_add_loop_test(tcase, broken_scenario_is_refused_with_its_message, 0, COUNT_OF(broken));
	tcase_add_test(tcase, line_of_one_byte_more_is_refused);
	tcase_add_test(tcase, too_many_sections_are_refused);
	tcase_add_test(tcase, too_many_objects_are_refused);
	tcase_add_test(tcase, name_of_the_file_must_be_a_name);
	tcase_add_test(tcase, rules_that_do_not_exist_are_told_with_their_line);
	tcase_add_test(tcase, long_path_leaves_room_for_the_message);
	tcase_add_test(tcase, long_words_do_not_overflow_the_message);
	tcase_add_test(tcase, cut_files_never_crash);
	tcase_add_loop_test(tcase, damaged_files_never_crash, 0, 14);
	suite_add_tcase(suite, tcase);
}

static void add_asking(Suite *suite)
{
	TCase *tcase = tcase_create("questions");

	tcase_add_test(tcase, durations_of_the_command_line_need_a_unit);
	tcase_add_test(tcase, sizes_of_the_command_line_need_a_unit);
	tcase_add_test(tcase, workers_are_shared_out_in_proportion);
	tcase_add_test(tcase, no_group_loses_its_last_worker);
	tcase_add_test(tcase, every_count_of_workers_is_met);
	tcase_add_test(tcase, absurd_count_of_workers_changes_nothing);
	tcase_add_test(tcase, free_takes_null);
	tcase_add_test(tcase, positions_of_arguments_are_those_of_the_table);
	tcase_add_test(tcase, manual_names_every_key);
	tcase_add_test(tcase, examples_of_the_manual_are_right);
	suite_add_tcase(suite, tcase);
}

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("scenario");

	add_reading(suite);
	add_refusing(suite);
	add_asking(suite);
	return suite;
}
