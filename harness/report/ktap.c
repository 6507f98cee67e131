/* SPDX-License-Identifier: Apache-2.0 */
/*
 * KTAP version 1 (Documentation/dev-tools/ktap.rst): kernels, in them scenarios, in them the checks of checks.h.
 *
 * A check that could not be made (UNKNOWN, BROKEN) is "not ok" with the directive ERROR, a skipped one "ok" with SKIP.
 * "#" begins a directive, so it never stands in a description as itself.
 */
#include "harness/report/checks.h"

#include <stdlib.h>
#include <string.h>

#include "harness/report/text.h"

static void print_result(FILE *stream, unsigned int depth, unsigned int number, const char *name, enum verdict verdict,
			 const char *text)
{
	bool is_ok = verdict == VERDICT_PASS || verdict == VERDICT_SKIP;

	fprintf(stream, "%*s%s %u ", 2 * (int)depth, "", is_ok ? "ok" : "not ok", number);
	text_print_line(stream, name, "#");
	if (verdict == VERDICT_SKIP)
		fputs(" # SKIP ", stream);
	else if (verdict == VERDICT_UNKNOWN || verdict == VERDICT_BROKEN)
		fprintf(stream, " # ERROR %s: ", verdict_name(verdict));
	if (!is_ok && verdict == VERDICT_VIOLATION)
		text = "";
	if (verdict != VERDICT_PASS)
		text_print_line(stream, text, "#");
	fputc('\n', stream);
}

static void print_diagnostic(FILE *stream, unsigned int depth, const char *label, const char *text)
{
	if (!text || !*text)
		return;
	fprintf(stream, "%*s# %s: ", 2 * (int)depth, "", label);
	text_print_line(stream, text, "#");
	fputc('\n', stream);
}

static void print_head(FILE *stream, unsigned int depth, const char *name, unsigned int count)
{
	fprintf(stream, "%*sKTAP version 1\n%*s# Subtest: ", 2 * (int)depth, "", 2 * (int)depth, "");
	text_print_line(stream, name, "#");
	fprintf(stream, "\n%*s1..%u\n", 2 * (int)depth, "", count);
}

static void print_check(FILE *stream, const struct report_cell *cell, unsigned int number, const struct check *check)
{
	const struct finding *finding = check->finding;
	char call[REPORT_CALL_BYTES];

	if (finding) {
		print_diagnostic(stream, 2, "known bug", finding->known_name);
		print_diagnostic(stream, 2, finding->is_expected ? "expected" : verdict_name(finding->verdict),
				 check->text);
		for (unsigned int i = 0; i < finding->call_count; i++)
			print_diagnostic(stream, 2, "call", report_call(cell, &finding->calls[i], call));
	} else if (check->verdict == VERDICT_VIOLATION) {
		print_diagnostic(stream, 2, verdict_name(check->verdict), check->text);
	}
	print_result(stream, 2, number, check->name, check->verdict, check->text);
}

static void print_cell(FILE *stream, unsigned int number, const struct report_cell *cell)
{
	const struct judgement *judgement = cell->judgement;
	struct check checks[CHECK_COUNT];
	char name[REPORT_NAME_BYTES];

	report_cell_name(cell, name);
	print_head(stream, 2, name, CHECK_COUNT);
	checks_of(cell, checks);
	for (unsigned int i = 0; i < CHECK_COUNT; i++)
		print_check(stream, cell, i + 1, &checks[i]);
	print_diagnostic(stream, 1, "reason", judgement->reason);
	print_diagnostic(stream, 1, "evidence", cell->directory);
	print_diagnostic(stream, 1, "repeat", cell->record->command_line);
	print_result(stream, 1, number, name, judgement->verdict, judgement->reason);
}

static bool is_same_kernel(const struct report_cell *a, const struct report_cell *b)
{
	return strcmp(report_kernel(a), report_kernel(b)) == 0;
}

/* Cells of a kernel need not stand together in the run. */
static bool is_first_of_kernel(const struct report_run *run, unsigned int index)
{
	for (unsigned int i = 0; i < index; i++)
		if (is_same_kernel(&run->cells[i], &run->cells[index]))
			return false;
	return true;
}

/* Without a kernel's cells in a row of their own, so that nothing is left out when memory is short. */
static void print_kernel(FILE *stream, unsigned int number, const struct report_run *run, unsigned int first)
{
	const struct report_cell *first_cell = &run->cells[first];
	enum verdict worst = first_cell->judgement->verdict;
	unsigned int count = 0, cell_number = 0;

	for (unsigned int i = first; i < run->cell_count; i++) {
		if (!is_same_kernel(&run->cells[i], first_cell))
			continue;
		count++;
		if (run->cells[i].judgement->verdict > worst)
			worst = run->cells[i].judgement->verdict;
	}
	print_head(stream, 1, report_kernel(first_cell), count);
	for (unsigned int i = first; i < run->cell_count; i++)
		if (is_same_kernel(&run->cells[i], first_cell))
			print_cell(stream, ++cell_number, &run->cells[i]);
	print_result(stream, 0, number, report_kernel(first_cell), worst, "see its scenarios");
}

char *report_ktap(const struct report_run *run)
{
	unsigned int kernel_count = 0, number = 0;
	size_t text_bytes;
	char *text = NULL;
	FILE *stream = open_memstream(&text, &text_bytes);

	if (!stream)
		return NULL;
	for (unsigned int i = 0; i < run->cell_count; i++)
		kernel_count += is_first_of_kernel(run, i);
	fprintf(stream, "KTAP version 1\n1..%u\n", kernel_count);
	for (unsigned int i = 0; i < run->cell_count; i++)
		if (is_first_of_kernel(run, i))
			print_kernel(stream, ++number, run, i);
	if (fclose(stream) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
