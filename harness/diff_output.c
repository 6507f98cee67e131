/* SPDX-License-Identifier: Apache-2.0 */
/* Printing differences; see diff_output.h. */
#include "harness/diff_output.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/text.h"

#define WIDTH 100

int kernel_version_compare(const struct kernel_version *left, const struct kernel_version *right)
{
	if (left->major != right->major)
		return left->major < right->major ? -1 : 1;
	if (left->minor != right->minor)
		return left->minor < right->minor ? -1 : 1;
	return left->patch == right->patch ? 0 : left->patch < right->patch ? -1 : 1;
}

/* --- answers --- */

static bool is_same_answer(const struct difference *difference, unsigned int left, unsigned int right)
{
	const char *a = difference->answers[left], *b = difference->answers[right];

	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool was_said(const struct difference *difference, unsigned int kernel)
{
	for (unsigned int i = 0; i < kernel; i++)
		if (is_same_answer(difference, i, kernel))
			return true;
	return false;
}

/* Neighbours become a range: "6.1.192 .. 7.3.4". */
static void put_kernels(FILE *stream, const struct diff_output *output, const struct difference *difference,
			unsigned int first)
{
	unsigned int count = output->differences->kernel_count;
	const char *separator = "";

	for (unsigned int i = first; i < count; i++) {
		unsigned int last = i;

		if (!is_same_answer(difference, first, i))
			continue;
		while (last + 1 < count && is_same_answer(difference, first, last + 1))
			last++;
		fprintf(stream, "%s%s", separator, output->columns[i].name);
		if (last > i)
			fprintf(stream, "%s%s", last > i + 1 ? " .. " : ", ", output->columns[last].name);
		separator = ", ";
		i = last;
	}
}

char *diff_output_answers(const struct diff_output *output, const struct difference *difference)
{
	char *text = NULL;
	size_t bytes;
	FILE *stream = open_memstream(&text, &bytes);

	if (!stream)
		return NULL;
	for (unsigned int i = 0; i < output->differences->kernel_count; i++) {
		if (was_said(difference, i))
			continue;
		if (i)
			fputs(" | ", stream);
		put_kernels(stream, output, difference, i);
		fprintf(stream, ": %s", difference->answers[i] ? difference->answers[i] : "not told");
	}
	if (fclose(stream) == 0)
		return text;
	free(text);
	return NULL;
}

/* --- text --- */

static void put_difference(FILE *stream, const struct diff_output *output, const struct difference *difference)
{
	char *answers = diff_output_answers(output, difference);

	fprintf(stream, "    %s %s", difference->record_call, outcome_field_text(difference->field));
	fprintf(stream, "  (%s)\n", difference->call);
	text_print_wrapped(stream, answers ? answers : "", 8, WIDTH);
	fprintf(stream, "        seen %u time%s", difference->count, difference->count == 1 ? "" : "s");
	if (difference->consequence_count)
		fprintf(stream, ", with %u that follow from it", difference->consequence_count);
	fprintf(stream, "; the shortest, %s.scenario line %u:\n", difference->scenario, difference->line);
	for (unsigned int i = 0; i < difference->step_count; i++)
		fprintf(stream, "            %s\n", difference->steps[i].text);
	free(answers);
}

static void put_traits(FILE *stream, uint32_t traits)
{
	if (!traits)
		fputs("\nNEW: no trait of the model explains these\n"
		      "    The lines of each, in the place of its scenario's program, show it alone.\n",
		      stream);
	for (unsigned int i = 0; i < LOOP_TRAIT_COUNT; i++)
		if (traits >> i & 1) {
			fprintf(stream, "\nexpected: %s\n", loop_trait_name(i));
			text_print_wrapped(stream, loop_trait_reason(i), 4, WIDTH);
		}
}

void diff_output_text(FILE *stream, const struct diff_output *output)
{
	const struct differences *differences = output->differences;
	unsigned int new_count = differences_new_count(differences);

	fputs("kernels:", stream);
	for (unsigned int i = 0; i < differences->kernel_count; i++)
		fprintf(stream, "%s %s", i ? "," : "", output->columns[i].name);
	fputc('\n', stream);
	for (unsigned int i = 0; i < differences->count; i++) {
		if (i == 0 || differences->list[i].traits != differences->list[i - 1].traits)
			put_traits(stream, differences->list[i].traits);
		put_difference(stream, output, &differences->list[i]);
	}
	fprintf(stream, "\n%llu calls compared: %u differences, %u expected, %u NEW\n",
		(unsigned long long)differences->compared_count, differences->count, differences->count - new_count,
		new_count);
	if (output->left_out_count)
		fprintf(stream, "%u cells left out: their calls depend on races, or nothing was recorded\n",
			output->left_out_count);
}

/* --- JSON --- */

static json_t *answers_json(const struct diff_output *output, const struct difference *difference)
{
	json_t *answers = json_object();

	for (unsigned int i = 0; i < output->differences->kernel_count; i++)
		json_object_set_new(answers, output->columns[i].name,
				    difference->answers[i] ? json_string(difference->answers[i]) : json_null());
	return answers;
}

static json_t *difference_json(const struct diff_output *output, const struct difference *difference)
{
	json_t *steps = json_array();
	json_t *traits = json_array();

	for (unsigned int i = 0; i < difference->step_count; i++)
		json_array_append_new(steps, json_string(difference->steps[i].text));
	for (unsigned int i = 0; i < LOOP_TRAIT_COUNT; i++)
		if (difference->traits >> i & 1)
			json_array_append_new(traits, json_pack("{s:s, s:s}", "name", loop_trait_name(i), "reason",
								loop_trait_reason(i)));
	return json_pack("{s:b, s:o, s:s, s:s, s:s, s:o, s:i, s:i, s:s, s:i, s:o}", "new", difference->traits == 0,
			 "traits", traits, "call", difference->record_call, "operation", difference->call, "what",
			 outcome_field_text(difference->field), "answers", answers_json(output, difference), "count",
			 (int)difference->count, "consequence_count", (int)difference->consequence_count, "scenario",
			 difference->scenario, "line", (int)difference->line, "sequence", steps);
}

char *diff_output_json(const struct diff_output *output)
{
	const struct differences *differences = output->differences;
	json_t *kernels = json_array();
	json_t *list = json_array();
	json_t *root;
	char *text;

	for (unsigned int i = 0; i < differences->kernel_count; i++)
		json_array_append_new(kernels, json_pack("{s:s, s:s}", "name", output->columns[i].name, "release",
							 output->columns[i].release));
	for (unsigned int i = 0; i < differences->count; i++)
		json_array_append_new(list, difference_json(output, &differences->list[i]));
	root = json_pack("{s:o, s:I, s:i, s:i, s:o}", "kernels", kernels, "compared_count",
			 (json_int_t)differences->compared_count, "new_count", (int)differences_new_count(differences),
			 "left_out_count", (int)output->left_out_count, "differences", list);
	text = json_dumps(root, JSON_INDENT(2));
	json_decref(root);
	return text;
}
