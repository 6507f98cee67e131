/* SPDX-License-Identifier: Apache-2.0 */
/* Probing traits: on the loop driver inside the harness, which is of v6.10 in what the probe asks, and on broken ones. */
#include "harness/engine/probe.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/loop_uapi.h"
#include "harness/engine/model_kernel.h"
#include "tests/history_builder.h"

static struct history_builder builder;
static struct model_kernel *model;
static struct probe probe;

/* The model's door, with one request that answers otherwise. */
static struct looprace_kernel door;
static const struct looprace_kernel *inner;
static unsigned long odd_request;
static int odd_answer;

static int odd_ioctl(void *context, int fd, unsigned long request, uintptr_t argument)
{
	return request == odd_request ? odd_answer : inner->ioctl(inner->context, fd, request, argument);
}

static void setup(void)
{
	history_builder_init(&builder, 1);
	model = model_kernel_new(PLANT_none, 2);
	ck_assert_ptr_nonnull(model);
	inner = model_kernel_door(model);
	door = *inner;
	door.ioctl = odd_ioctl;
	odd_request = 0;
	ck_assert_int_eq(model_kernel_add_file(model, "/probe.img", BACKING_KIND_file, 1u << 20), 0);
	probe = (struct probe){ .recorder = &builder.recorder };
	probe.backing_fd = inner->open(inner->context, "/probe.img", O_RDWR);
	ck_assert_int_ge(probe.backing_fd, 0);
}

static void teardown(void)
{
	model_kernel_free(model);
	history_builder_fini(&builder);
}

static bool has_note(const char *words)
{
	const struct history *history = history_builder_read(&builder);

	return memmem(history->notes, history->notes_bytes, words, strlen(words)) != NULL;
}

/* The device that was probed is gone. */
static void assert_gone(void)
{
	int control_fd = inner->open(inner->context, "/dev/loop-control", O_RDWR);

	ck_assert_int_eq(inner->ioctl(inner->context, control_fd, LOOP_CTL_REMOVE, PROBE_DEVICE_INDEX), -ENODEV);
}

START_TEST(probe_settles_what_the_driver_shows)
{

	probe.major = 5;
	probe.minor = 15;
	probe_traits(&door, &probe);
	ck_assert(has_note("trait name=deferred_detach value=0\n"));
	ck_assert(has_note("trait name=open_enxio_in_rundown value=0\n"));
	ck_assert(has_note("trait name=change_fd_checks_fd_first value=1\n"));
	ck_assert(has_note("trait name=remove_returns_index value=0\n"));
	/* Sizes are asked only of versions that may differ. */
	ck_assert(!has_note("block_size_max_64k"));
	assert_gone();
}
END_TEST

START_TEST(release_that_does_nothing_is_no_trait)
{
	odd_request = LOOP_CLR_FD;
	odd_answer = 0;
	probe_traits(&door, &probe);
	ck_assert(!has_note("deferred_detach"));
	ck_assert(!has_note("open_enxio_in_rundown"));
}
END_TEST

START_TEST(device_that_cannot_be_made_is_not_probed)
{
	odd_request = LOOP_CTL_ADD;
	odd_answer = -EEXIST;
	probe_traits(&door, &probe);
	ck_assert(!has_note("trait "));
}
END_TEST

START_TEST(sizes_are_asked_of_versions_that_may_differ)
{
	odd_request = LOOP_SET_BLOCK_SIZE;
	odd_answer = -EINVAL;
	probe.major = 6;
	probe.minor = 16;
	probe_traits(&door, &probe);
	assert_gone();
	ck_assert(has_note("trait name=block_size_max_64k value=0\n"));
	ck_assert(!has_note("block_size_zero_resets"));
	ck_assert(!has_note("block_size_excl_check"));
}
END_TEST

START_TEST(index_as_the_answer_of_a_removal_is_a_trait)
{
	odd_request = LOOP_CTL_REMOVE;
	odd_answer = PROBE_DEVICE_INDEX;
	probe.major = 5;
	probe.minor = 15;
	probe_traits(&door, &probe);
	ck_assert(has_note("trait name=remove_returns_index value=1\n"));
}
END_TEST

/* Of what a version has for certain, another answer is a fault and no trait. */
START_TEST(what_the_version_settles_is_not_asked)
{
	odd_request = LOOP_CTL_REMOVE;
	odd_answer = PROBE_DEVICE_INDEX;
	probe.major = 6;
	probe.minor = 12;
	probe_traits(&door, &probe);
	ck_assert(!has_note("remove_returns_index"));
	ck_assert(!has_note("change_fd_checks_fd_first"));
	ck_assert(!has_note("deferred_detach"));
}
END_TEST

Suite *test_suite(void);

Suite *test_suite(void)
{
	Suite *suite = suite_create("probe");
	TCase *tcase = tcase_create("probe");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, probe_settles_what_the_driver_shows);
	tcase_add_test(tcase, release_that_does_nothing_is_no_trait);
	tcase_add_test(tcase, device_that_cannot_be_made_is_not_probed);
	tcase_add_test(tcase, sizes_are_asked_of_versions_that_may_differ);
	tcase_add_test(tcase, what_the_version_settles_is_not_asked);
	tcase_add_test(tcase, index_as_the_answer_of_a_removal_is_a_trait);
	suite_add_tcase(suite, tcase);
	return suite;
}
