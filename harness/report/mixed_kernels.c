/* SPDX-License-Identifier: Apache-2.0 */
/* One release, two builds; see mixed_kernels.h. */
#include "harness/report/mixed_kernels.h"

#include <string.h>

#include "harness/report/checks.h"
#include "harness/report/text.h"

/* As many digits as git shows of a commit. */
#define SUM_DIGITS 12
/* A line is to be read: more than these are only counted. */
#define BUILD_COUNT_MAX 8

struct build {
	const struct cell_kernel *kernel;
	unsigned int cell_count;
};

/* Those of one release. */
struct builds {
	struct build items[BUILD_COUNT_MAX];
	unsigned int count;
	unsigned int other_cell_count;
};

static bool is_same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static void count(struct builds *builds, const struct cell_kernel *kernel)
{
	if (!kernel->image_sha256)
		return;
	for (unsigned int i = 0; i < builds->count; i++) {
		if (is_same_text(builds->items[i].kernel->image_sha256, kernel->image_sha256) &&
		    is_same_text(builds->items[i].kernel->loop_sha256, kernel->loop_sha256)) {
			builds->items[i].cell_count++;
			return;
		}
	}
	if (builds->count < BUILD_COUNT_MAX)
		builds->items[builds->count++] = (struct build){ .kernel = kernel, .cell_count = 1 };
	else
		builds->other_cell_count++;
}

static void print_build(FILE *stream, const struct build *build)
{
	fprintf(stream, "image %.*s", SUM_DIGITS, build->kernel->image_sha256);
	if (build->kernel->loop_sha256)
		fprintf(stream, " with loop.ko %.*s", SUM_DIGITS, build->kernel->loop_sha256);
	fprintf(stream, " in %u %s", build->cell_count, build->cell_count == 1 ? "cell" : "cells");
}

static void print(FILE *stream, const char *release, const struct builds *builds)
{
	text_print_line(stream, release, "");
	fputs(" is not one kernel here: ", stream);
	for (unsigned int i = 0; i < builds->count; i++) {
		fputs(i == 0 ? "" : ", ", stream);
		print_build(stream, &builds->items[i]);
	}
	if (builds->other_cell_count > 0)
		fprintf(stream, ", others in %u", builds->other_cell_count);
	fputc('\n', stream);
}

void mixed_kernels_print(FILE *stream, const char *prefix, const struct report_cell *cells, unsigned int cell_count)
{
	unsigned int end;

	for (unsigned int first = 0; first < cell_count; first = end) {
		struct builds builds = { .count = 0 };

		for (end = first; end < cell_count; end++) {
			if (strcmp(report_kernel(&cells[end]), report_kernel(&cells[first])) != 0)
				break;
			count(&builds, &cells[end].record->kernel);
		}
		if (builds.count > 1) {
			fputs(prefix, stream);
			print(stream, report_kernel(&cells[first]), &builds);
		}
	}
}
