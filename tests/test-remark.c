/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of an unusual kernel, and what not. */
#include "harness/report/remark.h"

#include <check.h>
#include <string.h>

Suite *test_suite(void);

static const struct remark_case {
	const char *release;
	const char *taint;
	const char *driver;
	const char *instrumented;
	enum report_remark remark;
	const char *text; /* NULL: nothing to say */
} remark_cases[] = {
	{ "6.12.1-cloud", "", "module", NULL, REPORT_REMARK_taint, NULL },
	{ "6.12.1-cloud", NULL, "module", NULL, REPORT_REMARK_taint, NULL },
	{ "6.12.1-cloud", "OE", "module", NULL, REPORT_REMARK_taint,
	  "tainted from the start (OE): a module from outside the kernel's tree, an unsigned module" },
	{ "6.12.1-cloud", "S?", "module", NULL, REPORT_REMARK_taint, "tainted from the start (S?)" },
	{ "5.10.0-32-cloud", "", "module", NULL, REPORT_REMARK_version, NULL },
	{ "7.3.4", "", "module", NULL, REPORT_REMARK_version, NULL },
	{ NULL, "", "module", NULL, REPORT_REMARK_version, NULL },
	{ "7.4.0-rc1", "", "module", NULL, REPORT_REMARK_version,
	  "7.4 is newer than what the judge knows: it counts as 7.3" },
	{ "9.9.9", "", "module", NULL, REPORT_REMARK_version,
	  "9.9 is newer than what the judge knows: it counts as 7.3" },
	{ "next-20261123", "", "module", NULL, REPORT_REMARK_version,
	  "the version next-20261123 is not known: where kernels differ, each of them counts as right" },
	{ "6.12.1-cloud", "", "builtin", NULL, REPORT_REMARK_builtin,
	  "the loop driver is built in: its removal could not be tried" },
	{ "6.12.1-cloud", "", "module", NULL, REPORT_REMARK_builtin, NULL },
	{ "6.12.1-cloud", "", NULL, NULL, REPORT_REMARK_builtin, NULL },
	{ "6.12.1-cloud", "", "module", NULL, REPORT_REMARK_instrumented, NULL },
	{ "6.12.1-cloud", "", "module", "KASAN PROVE_LOCKING", REPORT_REMARK_instrumented,
	  "built with KASAN PROVE_LOCKING: slow by a multiple, so its time limits are 4 times as long" },
};

START_TEST(what_is_unusual_of_a_kernel_is_said)
{
	const struct remark_case *c = &remark_cases[_i];
	const struct cell_record record = { .kernel = { .release = (char *)c->release,
							.taint = (char *)c->taint,
							.loop_driver = (char *)c->driver,
							.instrumented = (char *)c->instrumented } };
	char text[REPORT_REMARK_BYTES] = "";

	ck_assert_int_eq(report_remark(&record, c->remark, text), c->text != NULL);
	ck_assert_str_eq(text, c->text ? c->text : "");
}
END_TEST

START_TEST(taint_has_the_kernels_letters)
{
	char letters[65];

	report_taint_letters(0, letters);
	ck_assert_str_eq(letters, "");
	report_taint_letters(1u << 0 | 1u << 9 | 1u << 12 | 1u << 13, letters);
	ck_assert_str_eq(letters, "PWOE");
	report_taint_letters(UINT64_MAX, letters);
	ck_assert_uint_eq(strlen(letters), 64);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("remark");
	TCase *tcase = tcase_create("remarks");

	tcase_add_loop_test(tcase, what_is_unusual_of_a_kernel_is_said, 0,
			    (int)(sizeof(remark_cases) / sizeof(remark_cases[0])));
	tcase_add_test(tcase, taint_has_the_kernels_letters);
	suite_add_tcase(suite, tcase);
	return suite;
}
