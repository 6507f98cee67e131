/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main() of every unit test: runs the suite that the test file defines.
 *
 * By hand the output is for people and the exit status tells the result.  Under meson CK_TAP_LOG_FILE_NAME asks for
 * TAP, where the result stands in the lines and the exit status must be 0 even after failures.
 */
#include <check.h>

/* Defined by each tests/test-<module>.c. */
Suite *test_suite(void);

int main(void)
{
	SRunner *runner = srunner_create(test_suite());
	int failed_count, has_tap;

	srunner_run_all(runner, CK_ENV);
	has_tap = srunner_has_tap(runner);
	failed_count = srunner_ntests_failed(runner);
	srunner_free(runner);
	return !has_tap && failed_count != 0;
}
