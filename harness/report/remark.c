/* SPDX-License-Identifier: Apache-2.0 */
/* The remarks of remark.h in words. */
#include "harness/report/remark.h"

#include <stdio.h>
#include <string.h>

/* Documentation/admin-guide/tainted-kernels.rst, by bit; letters without words are rare here. */
static const struct {
	char letter;
	const char *words;
} taints[] = {
	{ 'P', "a proprietary module" },
	{ 'F', "a module that was forced to load" },
	{ 'S', NULL },
	{ 'R', NULL },
	{ 'M', "a machine check" },
	{ 'B', "a bad page" },
	{ 'U', "user space asked for it" },
	{ 'D', "an oops" },
	{ 'A', NULL },
	{ 'W', "a warning" },
	{ 'C', "a staging driver" },
	{ 'I', NULL },
	{ 'O', "a module from outside the kernel's tree" },
	{ 'E', "an unsigned module" },
	{ 'L', "a soft lockup" },
	{ 'K', "a live patch" },
	{ 'X', NULL },
	{ 'T', NULL },
	{ 'N', "a test of the kernel's own" },
};

#define TAINT_COUNT (sizeof(taints) / sizeof(taints[0]))

void report_taint_letters(uint64_t flags, char *ret_letters)
{
	for (unsigned int bit = 0; bit < 64; bit++)
		if (flags >> bit & 1)
			*ret_letters++ = bit < TAINT_COUNT ? taints[bit].letter : '?';
	*ret_letters = '\0';
}

static const char *words_of(char letter)
{
	for (size_t i = 0; i < TAINT_COUNT; i++)
		if (taints[i].letter == letter)
			return taints[i].words;
	return NULL;
}

static bool remark_taint(const struct cell_record *record, char *ret_text)
{
	const char *letters = record->kernel.taint;
	size_t used;

	if (!letters || !*letters)
		return false;
	used = (size_t)snprintf(ret_text, REPORT_REMARK_BYTES, "tainted from the start (%.64s)", letters);
	for (const char *letter = letters; *letter && used < REPORT_REMARK_BYTES; letter++) {
		const char *words = words_of(*letter);

		if (words)
			used += (size_t)snprintf(ret_text + used, REPORT_REMARK_BYTES - used, "%s %s",
						 letter == letters ? ":" : ",", words);
	}
	return true;
}

static bool remark_version(const struct cell_record *record, char *ret_text)
{
	struct kernel_version version = cell_kernel_version(record);

	if (!record->kernel.release)
		return false;
	if (version.major == 0)
		snprintf(ret_text, REPORT_REMARK_BYTES,
			 "the version %.64s is not known: where kernels differ, each of them counts as right",
			 record->kernel.release);
	else if (version.major > REPORT_NEWEST_MAJOR ||
		 (version.major == REPORT_NEWEST_MAJOR && version.minor > REPORT_NEWEST_MINOR))
		snprintf(ret_text, REPORT_REMARK_BYTES, "%u.%u is newer than what the judge knows: it counts as %d.%d",
			 version.major, version.minor, REPORT_NEWEST_MAJOR, REPORT_NEWEST_MINOR);
	else
		return false;
	return true;
}

static bool remark_builtin(const struct cell_record *record, char *ret_text)
{
	if (!record->kernel.loop_driver || strcmp(record->kernel.loop_driver, "builtin") != 0)
		return false;
	snprintf(ret_text, REPORT_REMARK_BYTES, "the loop driver is built in: its removal could not be tried");
	return true;
}

static bool remark_instrumented(const struct cell_record *record, char *ret_text)
{
	if (!record->kernel.instrumented)
		return false;
	snprintf(ret_text, REPORT_REMARK_BYTES,
		 "built with %.256s: slow by a multiple, so its time limits are %d times as long",
		 record->kernel.instrumented, CELL_SLOW_LIMIT_FACTOR);
	return true;
}

bool report_remark(const struct cell_record *record, enum report_remark remark, char *ret_text)
{
	static bool (*const functions[REPORT_REMARK_COUNT])(const struct cell_record *, char *) = {
#define X(name) [REPORT_REMARK_##name] = remark_##name,
		REPORT_REMARKS(X)
#undef X
	};

	return functions[remark](record, ret_text);
}
