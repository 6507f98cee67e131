/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every (stage, errno) pair: the few that are not fatal, and all others that are.
 */
#include "core/classify.h"

#include <check.h>
#include <errno.h>
#include <string.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
/* Above the last errno of Linux. */
#define ERRNO_END 134

Suite *test_suite(void);

/* What must come out, written down apart from the table under test. */
static enum failure_class wanted_class(enum looprace_stage stage, int error)
{
	switch (stage) {
	case LOOPRACE_STAGE_GET_FREE:
		return error == EEXIST ? FAILURE_LOST : FAILURE_FATAL;
	case LOOPRACE_STAGE_OPEN:
		return error == EBUSY || error == ENXIO || error == ENOENT || error == ENODEV ? FAILURE_LOST
											      : FAILURE_FATAL;
	case LOOPRACE_STAGE_BIND:
		return error == EBUSY || error == ENXIO ? FAILURE_LOST : FAILURE_FATAL;
	case LOOPRACE_STAGE_STATUS:
		if (error == EAGAIN)
			return FAILURE_AGAIN;
		return error == EBUSY || error == ENXIO ? FAILURE_LOST : FAILURE_FATAL;
	case LOOPRACE_STAGE_VERIFY:
		return error == ENXIO ? FAILURE_LOST : FAILURE_FATAL;
	case LOOPRACE_STAGE_NONE:
	case LOOPRACE_STAGE_BACKING:
	case LOOPRACE_STAGE_CONTROL:
	case LOOPRACE_STAGE_PAUSE:
	case LOOPRACE_STAGE_COUNT:
		break;
	}
	return FAILURE_FATAL;
}

START_TEST(each_stage_and_errno_has_its_class)
{
	const struct looprace_policy *policy = looprace_policy_find("full_jitter");
	enum looprace_stage stage = (enum looprace_stage)_i;

	for (int error = 1; error < ERRNO_END; error++)
		ck_assert_msg(classify_failure(policy, stage, error) == wanted_class(stage, error), "%s, %s: class %d",
			      looprace_stage_name(stage), strerror(error), (int)classify_failure(policy, stage, error));
}
END_TEST

START_TEST(containerd_takes_everything_but_ebusy_as_fatal)
{
	const struct looprace_policy *policy = looprace_policy_find("containerd");
	enum looprace_stage stage = (enum looprace_stage)_i;

	for (int error = 1; error < ERRNO_END; error++) {
		enum failure_class wanted = error == EBUSY ? wanted_class(stage, error) : FAILURE_FATAL;

		ck_assert_msg(classify_failure(policy, stage, error) == wanted, "%s, %s: class %d",
			      looprace_stage_name(stage), strerror(error), (int)classify_failure(policy, stage, error));
	}
}
END_TEST

START_TEST(stages_have_names)
{
	static const char *const wanted[] = { "none", "backing", "control", "get_free", "open",
					      "bind", "status",	 "verify",  "pause" };

	ck_assert_uint_eq(ARRAY_SIZE(wanted), LOOPRACE_STAGE_COUNT);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		ck_assert_str_eq(looprace_stage_name((enum looprace_stage)i), wanted[i]);
	ck_assert_str_eq(looprace_stage_name(LOOPRACE_STAGE_COUNT), "unknown");
	ck_assert_str_eq(looprace_stage_name((enum looprace_stage) - 1), "unknown");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("classify");
	TCase *classes = tcase_create("classes");
	TCase *names = tcase_create("names");

	tcase_add_loop_test(classes, each_stage_and_errno_has_its_class, 0, LOOPRACE_STAGE_COUNT);
	tcase_add_loop_test(classes, containerd_takes_everything_but_ebusy_as_fatal, 0, LOOPRACE_STAGE_COUNT);
	suite_add_tcase(suite, classes);
	tcase_add_test(names, stages_have_names);
	suite_add_tcase(suite, names);
	return suite;
}
