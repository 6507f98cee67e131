/* SPDX-License-Identifier: Apache-2.0 */
/* See report_folder.h. */
#include "tests/report_folder.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char folder[64];
struct report_samples samples;
struct report_error error;

static void setup(void)
{
	snprintf(folder, sizeof(folder), "/tmp/looprace-test-report-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	report_samples_init(&samples);
	memset(&error, 0, sizeof(error));
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	return remove(path);
}

static void teardown(void)
{
	report_samples_fini(&samples);
	ck_assert_int_eq(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

TCase *folder_add_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return tcase;
}

const char *in(const char *name)
{
	static char paths[8][256];
	static unsigned int next;
	char *path = paths[next++ % (sizeof(paths) / sizeof(paths[0]))];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

bool exists(const char *name)
{
	struct stat status;

	return lstat(in(name), &status) == 0;
}

void put(const char *name, const char *content, size_t content_bytes)
{
	FILE *file = fopen(in(name), "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(content, 1, content_bytes, file), content_bytes);
	ck_assert_int_eq(fclose(file), 0);
}

void put_text(const char *name, const char *text)
{
	put(name, text, strlen(text));
}

void assert_message(const char *needle)
{
	ck_assert_msg(strstr(error.text, needle) != NULL, "no \"%s\" in: %s", needle, error.text);
	ck_assert_ptr_null(strchr(error.text, '\n'));
}
