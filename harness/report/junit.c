/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JUnit XML: a test suite for each cell, in it the checks of checks.h as test cases.
 *
 * There is no official schema; what is written here fits meson's and Jenkins' (so the reason of a skip is text, not an
 * attribute).  GitLab shows neither suite names, properties nor messages, and of a failure only its text
 * (lib/gitlab/ci/parsers/test/junit.rb): the kernel is part of the class name, and the text of what is not well ends with
 * the evidence and the command that repeats it.  Jenkins shows the message in its lists, so that is short.
 */
#include "harness/report/checks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/text.h"

struct tally {
	unsigned int check_count;
	unsigned int failure_count;
	unsigned int error_count;
	unsigned int skipped_count;
};

static void count_checks(const struct check *checks, struct tally *tally)
{
	for (unsigned int i = 0; i < CHECK_COUNT; i++) {
		enum verdict verdict = checks[i].verdict;

		tally->check_count++;
		tally->failure_count += verdict == VERDICT_VIOLATION;
		tally->error_count += verdict == VERDICT_UNKNOWN || verdict == VERDICT_BROKEN;
		tally->skipped_count += verdict == VERDICT_SKIP;
	}
}

static void print_tally(FILE *stream, const struct tally *tally)
{
	fprintf(stream, " tests=\"%u\" failures=\"%u\" errors=\"%u\"", tally->check_count, tally->failure_count,
		tally->error_count);
}

static void print_attribute(FILE *stream, const char *name, const char *value)
{
	fprintf(stream, " %s=\"", name);
	text_print_xml(stream, value);
	fputc('"', stream);
}

static void print_seconds(FILE *stream, uint64_t ns)
{
	fprintf(stream, " time=\"%" PRIu64 ".%03" PRIu64 "\"", ns / 1000000000, ns / 1000000 % 1000);
}

struct property {
	const char *name;
	const char *value;
};

#define PROPERTY_COUNT_MAX 16
#define MESSAGE_BYTES_MAX  200

static unsigned int properties_of(const struct report_cell *cell, char seed[32], struct property *ret_properties)
{
	const struct cell_record *record = cell->record;
	const struct property all[] = {
		{ "verdict", verdict_name(cell->judgement->verdict) },
		{ "kernel", record->kernel.release },
		{ "kernel_image_sha256", record->kernel.image_sha256 },
		{ "loop_driver", record->kernel.loop_driver },
		{ "loop_sha256", record->kernel.loop_sha256 },
		{ "seed", seed },
		{ "qemu", record->has_qemu ? record->qemu.version : NULL },
		{ "accel", record->has_qemu ? record->qemu.accel : NULL },
		{ "accel_reason", record->has_qemu ? record->qemu.accel_reason : NULL },
		{ "ending", ending_name(record->ending) },
		{ "evidence", cell->directory },
		{ "repeat", record->command_line },
		{ "looprace_version", record->looprace_version },
	};
	unsigned int count = 0;

	_Static_assert(sizeof(all) / sizeof(all[0]) <= PROPERTY_COUNT_MAX, "room for all");
	snprintf(seed, 32, "0x%" PRIx64, record->seed);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].value && *all[i].value)
			ret_properties[count++] = all[i];
	return count;
}

static void print_calls(FILE *stream, const struct report_cell *cell, const struct finding *finding)
{
	char call[REPORT_CALL_BYTES];

	for (unsigned int i = 0; i < finding->call_count; i++) {
		fputc('\n', stream);
		text_print_xml(stream, report_call(cell, &finding->calls[i], call));
	}
}

/* The first sentence, of which the text holds all; what would not fit into a line of a list is cut. */
static void print_message(FILE *stream, const char *text)
{
	const char *end = strstr(text, ".  ");
	size_t bytes = end ? (size_t)(end - text) : strlen(text);
	bool is_cut = bytes > MESSAGE_BYTES_MAX;
	char *message;

	/* Between two characters. */
	for (bytes = is_cut ? MESSAGE_BYTES_MAX : bytes; is_cut && bytes > 0 && (text[bytes] & 0xc0) == 0x80; bytes--)
		;
	message = strndup(text, bytes);
	fputs(" message=\"", stream);
	text_print_xml(stream, message ? message : "");
	fputs(is_cut ? "...\"" : "\"", stream);
	free(message);
}

/* Where a reader sees nothing else of the cell. */
static void print_ways(FILE *stream, const struct report_cell *cell)
{
	const struct property ways[] = { { "evidence", cell->directory }, { "repeat", cell->record->command_line } };

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (!ways[i].value || !*ways[i].value)
			continue;
		fprintf(stream, "\n%s: ", ways[i].name);
		text_print_xml(stream, ways[i].value);
	}
}

static void print_outcome(FILE *stream, const struct report_cell *cell, const struct check *check, const char *element,
			  bool is_bad)
{
	fprintf(stream, "      <%s", element);
	if (is_bad) {
		print_attribute(stream, "type", verdict_name(check->verdict));
		print_message(stream, check->text);
	}
	fputc('>', stream);
	if (check->finding && check->finding->known_name) {
		fputs("known bug: ", stream);
		text_print_xml(stream, check->finding->known_name);
		fputc('\n', stream);
	}
	text_print_xml(stream, check->text);
	if (check->finding)
		print_calls(stream, cell, check->finding);
	if (is_bad)
		print_ways(stream, cell);
	fprintf(stream, "</%s>\n", element);
}

/* "<kernel release>.<scenario>", with the repeat where there are several. */
static void print_name_attribute(FILE *stream, const char *attribute, const struct report_cell *cell)
{
	char name[REPORT_NAME_BYTES];

	fprintf(stream, " %s=\"", attribute);
	text_print_xml(stream, report_kernel(cell));
	fputc('.', stream);
	text_print_xml(stream, report_cell_name(cell, name));
	fputc('"', stream);
}

static void print_check(FILE *stream, const struct report_cell *cell, const struct check *check, uint64_t total_ns)
{
	fputs("    <testcase", stream);
	print_name_attribute(stream, "classname", cell);
	print_attribute(stream, "name", check->name);
	print_seconds(stream, total_ns);
	fputs(">\n", stream);
	switch (check->verdict) {
	case VERDICT_SKIP:
		print_outcome(stream, cell, check, "skipped", false);
		break;
	case VERDICT_PASS:
		if (check->finding)
			print_outcome(stream, cell, check, "system-out", false);
		break;
	case VERDICT_UNKNOWN:
	case VERDICT_BROKEN:
		print_outcome(stream, cell, check, "error", true);
		break;
	case VERDICT_VIOLATION:
		print_outcome(stream, cell, check, "failure", true);
		break;
	}
	fputs("    </testcase>\n", stream);
}

static void print_cell(FILE *stream, const struct report_cell *cell)
{
	struct property properties[PROPERTY_COUNT_MAX];
	char seed[32];
	unsigned int property_count = properties_of(cell, seed, properties);
	struct check checks[CHECK_COUNT];
	struct tally tally = { 0 };

	checks_of(cell, checks);
	count_checks(checks, &tally);
	fputs("  <testsuite", stream);
	print_name_attribute(stream, "name", cell);
	print_tally(stream, &tally);
	fprintf(stream, " skipped=\"%u\"", tally.skipped_count);
	print_seconds(stream, cell->record->total_ns);
	if (cell->record->started_at)
		print_attribute(stream, "timestamp", cell->record->started_at);
	fputs(">\n    <properties>\n", stream);
	for (unsigned int i = 0; i < property_count; i++) {
		fputs("      <property", stream);
		print_attribute(stream, "name", properties[i].name);
		print_attribute(stream, "value", properties[i].value);
		fputs("/>\n", stream);
	}
	fputs("    </properties>\n", stream);
	/* The rules cost no time of their own: the guest's time is the run's. */
	for (unsigned int i = 0; i < CHECK_COUNT; i++)
		print_check(stream, cell, &checks[i], i == 0 ? cell->record->total_ns : 0);
	fputs("    <system-out>", stream);
	text_print_xml(stream, cell->judgement->reason);
	for (unsigned int i = 0; i < property_count; i++) {
		fprintf(stream, "\n%s: ", properties[i].name);
		text_print_xml(stream, properties[i].value);
	}
	fputs("</system-out>\n  </testsuite>\n", stream);
}

char *report_junit(const struct report_run *run)
{
	struct tally tally = { 0 };
	size_t text_bytes;
	char *text = NULL;
	FILE *stream = open_memstream(&text, &text_bytes);

	if (!stream)
		return NULL;
	for (unsigned int i = 0; i < run->cell_count; i++) {
		struct check checks[CHECK_COUNT];

		checks_of(&run->cells[i], checks);
		count_checks(checks, &tally);
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"looprace\"", stream);
	print_tally(stream, &tally);
	print_seconds(stream, run->total_ns);
	fputs(">\n", stream);
	for (unsigned int i = 0; i < run->cell_count; i++)
		print_cell(stream, &run->cells[i]);
	fputs("</testsuites>\n", stream);
	if (fclose(stream) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
