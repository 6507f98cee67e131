/* SPDX-License-Identifier: Apache-2.0 */
/* The text of cell_spec.h.  The writer and the reader are the same build, so a strict fixed form is enough. */
#include "harness/cell_spec.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_FORMAT    "name=%s\nseed=%016" PRIx64 "\nworkers=%u\nduration_ns=%" PRIu64 "\nrounds=%" PRIu64 "\n\n"
#define HEAD_SCAN      "name=%63s\nseed=%16" SCNx64 "\nworkers=%u\nduration_ns=%" SCNu64 "\nrounds=%" SCNu64
#define HEAD_BYTES_MAX 512

char *cell_spec_format(const struct cell_spec *spec, size_t *ret_bytes)
{
	size_t size = HEAD_BYTES_MAX + spec->scenario_bytes + 1;
	char *text = malloc(size);
	int head;

	if (!text)
		return NULL;
	head = snprintf(text, HEAD_BYTES_MAX, HEAD_FORMAT, spec->scenario_name, spec->seed, spec->worker_count,
			spec->duration_ns, spec->round_count);
	memcpy(text + head, spec->scenario_text, spec->scenario_bytes);
	*ret_bytes = (size_t)head + spec->scenario_bytes;
	text[*ret_bytes] = '\0';
	return text;
}

int cell_spec_parse(const char *text, size_t text_bytes, struct scenario **ret_scenario, uint64_t *ret_seed,
		    struct scenario_error *ret_error)
{
	const char *end = memmem(text, text_bytes, "\n\n", 2);
	struct scenario *scenario;
	char head[HEAD_BYTES_MAX];
	struct cell_spec spec;
	char name[SCENARIO_NAME_BYTES];
	int r;

	if (!end || (size_t)(end - text) >= sizeof(head)) {
		snprintf(ret_error->text, sizeof(ret_error->text), "cell specification: no head");
		return -EINVAL;
	}
	memcpy(head, text, (size_t)(end - text));
	head[end - text] = '\0';
	if (sscanf(head, HEAD_SCAN, name, &spec.seed, &spec.worker_count, &spec.duration_ns, &spec.round_count) != 5) {
		snprintf(ret_error->text, sizeof(ret_error->text), "cell specification: broken head");
		return -EINVAL;
	}
	r = scenario_parse(end + 2, text_bytes - (size_t)(end + 2 - text), name, &scenario, ret_error);
	if (r < 0)
		return r;
	r = scenario_set_worker_count(scenario, spec.worker_count);
	if (r < 0) {
		snprintf(ret_error->text, sizeof(ret_error->text), "cell specification: %u workers", spec.worker_count);
		scenario_free(scenario);
		return -EINVAL;
	}
	scenario->duration_ns = spec.duration_ns;
	scenario->round_count = spec.round_count;
	*ret_scenario = scenario;
	*ret_seed = spec.seed;
	return 0;
}
