/* SPDX-License-Identifier: Apache-2.0 */
/* A matrix file as options; see matrix_options.h. */
#include "harness/matrix_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int refuse(struct options_error *error, const char *text)
{
	snprintf(error->text, sizeof(error->text), "--here: %s", text);
	return -EINVAL;
}

/* One more, for whoever adds a default. */
static int take_names(const struct matrix_names *names, struct text_list *list)
{
	const char **texts = calloc(names->count + 1, sizeof(*texts));

	if (!texts)
		return -ENOMEM;
	for (unsigned int i = 0; i < names->count; i++)
		texts[i] = names->texts[i];
	free(list->texts);
	*list = (struct text_list){ .texts = texts, .count = names->count };
	return 0;
}

int matrix_options_apply(const struct matrix_file *matrix, struct options *options, struct options_error *ret_error)
{
	int r = 0;

	if (options->here && matrix->kernels.count > 0)
		return refuse(ret_error, "the matrix file names kernels to boot; one without kernels would be right");
	if (options->here && matrix->job_count > 1)
		return refuse(ret_error, "the matrix file has jobs; one without would be right");
	if (options->kernels.count == 0)
		r = take_names(&matrix->kernels, &options->kernels);
	if (r < 0)
		return r;
	if (options->all || matrix->has_all_scenarios) {
		options->all = true;
		options->operands.count = 0;
	} else {
		r = take_names(&matrix->scenarios, &options->operands);
	}
	if (options->repeat_count == 0)
		options->repeat_count = matrix->repeat_count;
	if (options->job_count == 0)
		options->job_count = matrix->job_count;
	if (options->duration_ns == 0)
		options->duration_ns = matrix->duration_ns;
	if (options->timeout_ns == 0)
		options->timeout_ns = matrix->timeout_ns;
	if (options->budget_ns == 0)
		options->budget_ns = matrix->budget_ns;
	if (!options->seed.is_given)
		options->seed = (struct seed){ .number = matrix->seed, .is_given = matrix->has_seed };
	return r;
}
