/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files as templates.  A word between at-signs is replaced; YAML itself needs no at-sign in what we write.
 */
#include "harness/ci.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What all services have in common.  Six blanks: the depth of a step in both templates. */
#define SHARD_STEP(indent)                                                                                             \
	indent "mkdir -p shards\n" indent "code=0\n" indent                                                            \
	       "build/looprace run @arguments@ @seed@--shard \"$SHARD/@shards@\" --out \"shards/$SHARD\" || "          \
	       "code=$?\n" indent "# The last job tells what is violated, from all shards together; what is wrong "    \
	       "with the command, or no\n" indent "# result at all, ends here.\n" indent                               \
	       "[ \"$code\" -ne 2 ] && ls -d \"shards/$SHARD\"*\n"

#define REPORT_STEP(indent)                                                                                            \
	indent "build/looprace report shards/* --format all --out report || true\n" indent                             \
	       "build/looprace report shards/*\n"

static const char github[] =
	"# Made by: @made_by@\n"
	"# It belongs in @path@ of a clone of looprace.\n"
	"name: looprace\n"
	"on:\n"
	"  push:\n"
	"  workflow_dispatch:\n"
	"permissions:\n"
	"  contents: read\n"
	"env:\n"
	"  # Beside the sources, so that it can be cached; it holds the kernels.\n"
	"  XDG_CACHE_HOME: ${{ github.workspace }}/.cache\n"
	"jobs:\n"
	"  shard:\n"
	"    runs-on: ubuntu-latest\n"
	"    container: debian:12\n"
	"    strategy:\n"
	"      fail-fast: false\n"
	"      matrix:\n"
	"        shard: [@shard_list@]\n"
	"    steps:\n"
	"      - uses: actions/checkout@v4\n"
	"      - name: kernels\n"
	"        uses: actions/cache@v4\n"
	"        with:\n"
	"          path: .cache/looprace/kernels\n"
	"          key: looprace-kernels-${{ matrix.shard }}-${{ github.run_id }}\n"
	"          restore-keys: looprace-kernels-${{ matrix.shard }}-\n"
	"      - name: build\n"
	"        run: |\n"
	"          scripts/setup build run\n"
	"          scripts/build race\n"
	"      - name: run\n"
	"        env:\n"
	"          SHARD: ${{ matrix.shard }}\n"
	"          SEED: ${{ github.run_id }}\n"
	"        run: |\n" SHARD_STEP("          ") "      - name: results\n"
						    "        if: always()\n"
						    "        uses: actions/upload-artifact@v4\n"
						    "        with:\n"
						    "          name: looprace-shard-${{ matrix.shard }}\n"
						    "          path: shards\n"
						    "  report:\n"
						    "    needs: shard\n"
						    "    if: always()\n"
						    "    runs-on: ubuntu-latest\n"
						    "    container: debian:12\n"
						    "    steps:\n"
						    "      - uses: actions/checkout@v4\n"
						    "      - name: build\n"
						    "        run: |\n"
						    "          scripts/setup build run\n"
						    "          scripts/build race\n"
						    "      - name: shards\n"
						    "        uses: actions/download-artifact@v4\n"
						    "        with:\n"
						    "          pattern: looprace-shard-*\n"
						    "          path: shards\n"
						    "          merge-multiple: true\n"
						    "      - name: report\n"
						    "        run: |\n" REPORT_STEP(
							    "          ") "      - name: results\n"
									  "        if: always()\n"
									  "        uses: actions/upload-artifact@v4\n"
									  "        with:\n"
									  "          name: looprace-report\n"
									  "          path: report\n";

static const char gitlab[] =
	"# Made by: @made_by@\n"
	"# It belongs in @path@ of a clone of looprace.\n"
	"stages: [shard, report]\n"
	"default:\n"
	"  image: debian:12\n"
	"variables:\n"
	"  # Beside the sources, so that it can be cached; it holds the kernels.\n"
	"  XDG_CACHE_HOME: $CI_PROJECT_DIR/.cache\n"
	"shard:\n"
	"  stage: shard\n"
	"  parallel: @shards@\n"
	"  variables:\n"
	"    SEED: $CI_PIPELINE_ID\n"
	"  cache:\n"
	"    key: looprace-kernels-$CI_NODE_INDEX\n"
	"    paths: [.cache/looprace/kernels]\n"
	"  script:\n"
	"    - |\n"
	"      scripts/setup build run\n"
	"      scripts/build race\n"
	"    - |\n"
	"      SHARD=$CI_NODE_INDEX\n" SHARD_STEP("      ") "  artifacts:\n"
							    "    when: always\n"
							    "    paths: [shards]\n"
							    "report:\n"
							    "  stage: report\n"
							    "  when: always\n"
							    "  needs: [shard]\n"
							    "  script:\n"
							    "    - |\n"
							    "      scripts/setup build run\n"
							    "      scripts/build race\n"
							    "    - |\n" REPORT_STEP(
								    "      ") "  artifacts:\n"
									      "    when: always\n"
									      "    paths: [report]\n"
									      "    reports:\n"
									      "      junit: report/report.junit.xml\n";

static const char *const templates[] = {
	[CI_SERVICE_github] = github,
	[CI_SERVICE_gitlab] = gitlab,
};

static const char *const paths[] = {
#define X(name, path) [CI_SERVICE_##name] = path,
	LOOPRACE_CI_SERVICES(X)
#undef X
};

const char *ci_refusal(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ')
			return "a line break or another control character";
	return strstr(text, "${{") ? "\"${{\", which GitHub would replace" : NULL;
}

static void put_word(FILE *stream, const char *word, size_t bytes, const struct ci_request *request)
{
	if (strncmp(word, "made_by", bytes) == 0)
		fputs(request->made_by, stream);
	else if (strncmp(word, "path", bytes) == 0)
		fputs(paths[request->service], stream);
	else if (strncmp(word, "arguments", bytes) == 0)
		fputs(request->arguments, stream);
	else if (strncmp(word, "seed", bytes) == 0)
		fputs(request->has_seed ? "" : "--seed \"$SEED\" ", stream);
	else if (strncmp(word, "shards", bytes) == 0)
		fprintf(stream, "%u", request->shard_count);
	else if (strncmp(word, "shard_list", bytes) == 0)
		for (unsigned int i = 1; i <= request->shard_count; i++)
			fprintf(stream, "%s%u", i == 1 ? "" : ", ", i);
}

/* A word is what stands between two at-signs of one line without a blank: actions/cache@v4 holds none. */
static const char *word_end(const char *at)
{
	const char *end = at + 1 + strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_");

	return end > at + 1 && *end == '@' ? end : NULL;
}

char *ci_emit(const struct ci_request *request)
{
	char *text = NULL;
	size_t bytes;
	FILE *stream = open_memstream(&text, &bytes);

	if (!stream)
		return NULL;
	for (const char *c = templates[request->service]; *c; c++) {
		const char *end = *c == '@' ? word_end(c) : NULL;

		if (!end) {
			fputc(*c, stream);
			continue;
		}
		put_word(stream, c + 1, (size_t)(end - c) - 1, request);
		c = end;
	}
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}
