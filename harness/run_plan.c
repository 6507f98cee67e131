/* SPDX-License-Identifier: Apache-2.0 */
/* matrix.json, there and back; see run_plan.h. */
#include "harness/run_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report/json_fields.h"

#define FIELD(key, type, member) JSON_FIELD(struct run_plan, NULL, key, type, member)

static const struct json_field plan_fields[] = {
	FIELD("working_directory", TEXT, working_directory),
	FIELD("started_at", TEXT, started_at),
	FIELD("has_latest", BOOL, has_latest),
};
#define FIELD_COUNT		  (sizeof(plan_fields) / sizeof(plan_fields[0]))

#define KERNEL_FIELD(key, member) JSON_FIELD(struct run_plan_kernel, NULL, key, TEXT, member)

static const struct json_field kernel_fields[] = {
	KERNEL_FIELD("name", name),
	KERNEL_FIELD("version", identity.version),
	KERNEL_FIELD("release", identity.release),
	KERNEL_FIELD("image_sha256", identity.image_sha256),
	KERNEL_FIELD("loop_sha256", identity.loop_sha256),
};
#define KERNEL_FIELD_COUNT (sizeof(kernel_fields) / sizeof(kernel_fields[0]))

/* --- writing --- */

static json_t *command_to_json(const struct command_words *command)
{
	json_t *array = json_array();

	for (unsigned int i = 0; array && i < command->count; i++) {
		if (json_array_append_new(array, json_text(command->words[i])) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* A scenario file is UTF-8 without control characters, or it would not have been parsed. */
static json_t *scenarios_to_json(const struct run_scenarios *scenarios)
{
	json_t *array = json_array();

	for (unsigned int i = 0; array && i < scenarios->count; i++) {
		const struct run_scenario *source = &scenarios->items[i];
		json_t *row = json_pack("{so ss%}", "name", json_text(source->name), "text", source->text,
					source->text_bytes);

		if (json_array_append_new(array, row) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *kernels_to_json(const struct run_plan *plan)
{
	json_t *array = json_array();

	for (unsigned int i = 0; array && i < plan->kernel_count; i++) {
		json_t *row = json_object();

		if (json_fields_write(row, kernel_fields, KERNEL_FIELD_COUNT, &plan->kernels[i]) < 0 ||
		    json_array_append(array, row) < 0) {
			json_decref(array);
			array = NULL;
		}
		json_decref(row);
	}
	return array;
}

int run_plan_write(const char *directory, const struct run_plan *plan, const struct run_scenarios *scenarios,
		   struct report_error *ret_error)
{
	json_t *root =
		json_pack("{si ss}", "format_version", REPORT_FORMAT_VERSION, "looprace_version", LOOPRACE_VERSION);

	if (root && (json_object_set_new(root, "command", command_to_json(&plan->command)) < 0 ||
		     json_fields_write(root, plan_fields, FIELD_COUNT, plan) < 0 ||
		     json_object_set_new(root, "kernels", kernels_to_json(plan)) < 0 ||
		     json_object_set_new(root, "scenarios", scenarios_to_json(scenarios)) < 0)) {
		json_decref(root);
		root = NULL;
	}
	return json_write(directory, RUN_PLAN_NAME, root, ret_error);
}

/* --- reading --- */

static int read_command(const struct json_place *place, const json_t *array, struct command_words *command)
{
	const json_t *word;
	size_t i;

	command->words = calloc(json_array_size(array) + 1, sizeof(*command->words));
	if (!command->words)
		return -ENOMEM;
	json_array_foreach(array, i, word)
	{
		const char *text = json_string_value(word);

		if (!text)
			return json_wrong(place, NULL, "command", "an array of words");
		command->words[i] = strdup(text);
		if (!command->words[i])
			return -ENOMEM;
		command->count++;
	}
	if (command->count < 2 || strcmp(command->words[1], "run") != 0)
		return json_wrong(place, NULL, "command", "a command line of looprace run");
	return 0;
}

static int read_scenarios(const struct json_place *place, const json_t *array, struct run_plan *plan)
{
	const json_t *row;
	size_t i;

	plan->scenarios = calloc(json_array_size(array) + 1, sizeof(*plan->scenarios));
	if (!plan->scenarios)
		return -ENOMEM;
	json_array_foreach(array, i, row)
	{
		const char *name = json_string_value(json_object_get(row, "name"));
		const char *text = json_string_value(json_object_get(row, "text"));
		struct run_plan_scenario *scenario = &plan->scenarios[i];

		if (!name || !text)
			return json_wrong(place, NULL, "scenarios", "name and text in each");
		plan->scenario_count++;
		scenario->name = strdup(name);
		scenario->text = strdup(text);
		if (!scenario->name || !scenario->text)
			return -ENOMEM;
	}
	return plan->scenario_count > 0 ? 0 : json_wrong(place, NULL, "scenarios", "at least one");
}

/* One more, all empty. */
static struct run_plan_kernel *new_kernel(struct run_plan *plan)
{
	struct run_plan_kernel *kernels = reallocarray(plan->kernels, plan->kernel_count + 1, sizeof(*kernels));

	if (!kernels)
		return NULL;
	plan->kernels = kernels;
	kernels[plan->kernel_count] = (struct run_plan_kernel){ .name = NULL };
	return &kernels[plan->kernel_count++];
}

/* Older plans know of none. */
static int read_kernels(const struct json_place *place, const json_t *array, struct run_plan *plan)
{
	const struct json_place within = { .path = place->path, .within = "kernels", .error = place->error };
	const json_t *row;
	size_t i;
	int r = 0;

	json_array_foreach(array, i, row)
	{
		struct run_plan_kernel *kernel = new_kernel(plan);

		r = kernel ? json_fields_read(&within, row, kernel_fields, KERNEL_FIELD_COUNT, kernel) : -ENOMEM;
		if (r == 0 && !kernel->name)
			r = json_wrong(&within, NULL, "name", "a text");
		if (r < 0)
			break;
	}
	return r;
}

static int read_plan(const json_t *root, struct run_plan *plan, struct report_error *ret_error)
{
	const struct json_place place = { .path = RUN_PLAN_NAME, .error = ret_error };
	int r = json_fields_read(&place, root, plan_fields, FIELD_COUNT, plan);

	if (r == 0 && !plan->working_directory)
		r = json_wrong(&place, NULL, "working_directory", "a folder");
	if (r == 0)
		r = read_command(&place, json_object_get(root, "command"), &plan->command);
	if (r == 0)
		r = read_scenarios(&place, json_object_get(root, "scenarios"), plan);
	if (r == 0)
		r = read_kernels(&place, json_object_get(root, "kernels"), plan);
	if (r == -ENOMEM)
		report_error_set(ret_error, "%s", strerror(ENOMEM));
	return r;
}

int run_plan_read(const char *directory, struct run_plan *ret_plan, struct report_error *ret_error)
{
	struct run_plan plan = { .scenario_count = 0 };
	json_t *root;
	int r = json_read(directory, RUN_PLAN_NAME, &root, ret_error);

	if (r < 0)
		return r;
	r = read_plan(root, &plan, ret_error);
	json_decref(root);
	if (r < 0) {
		run_plan_fini(&plan);
		return r;
	}
	*ret_plan = plan;
	return 0;
}

/* --- kernels --- */

static int copy_text(const char *text, char **ret_copy)
{
	*ret_copy = text ? strdup(text) : NULL;
	return text && !*ret_copy ? -ENOMEM : 0;
}

int run_plan_add_kernel(struct run_plan *plan, const char *name, const struct kernel_identity *identity)
{
	struct run_plan_kernel *kernel = new_kernel(plan);
	int r = kernel ? copy_text(name, &kernel->name) : -ENOMEM;

	if (r == 0)
		r = copy_text(identity->version, &kernel->identity.version);
	if (r == 0)
		r = copy_text(identity->release, &kernel->identity.release);
	if (r == 0)
		r = copy_text(identity->image_sha256, &kernel->identity.image_sha256);
	return r == 0 ? copy_text(identity->loop_sha256, &kernel->identity.loop_sha256) : r;
}

void run_plan_take_kernels(struct run_plan *plan, struct run_plan *from)
{
	plan->kernels = from->kernels;
	plan->kernel_count = from->kernel_count;
	from->kernels = NULL;
	from->kernel_count = 0;
}

const struct kernel_identity *run_plan_find_kernel(const struct run_plan *plan, const char *name)
{
	for (unsigned int i = 0; i < plan->kernel_count; i++)
		if (plan->kernels[i].name && strcmp(plan->kernels[i].name, name) == 0)
			return &plan->kernels[i].identity;
	return NULL;
}

void run_plan_fini(struct run_plan *plan)
{
	command_words_fini(&plan->command);
	for (unsigned int i = 0; i < plan->kernel_count; i++) {
		free(plan->kernels[i].name);
		kernel_identity_fini(&plan->kernels[i].identity);
	}
	free(plan->kernels);
	for (unsigned int i = 0; i < plan->scenario_count; i++) {
		free(plan->scenarios[i].name);
		free(plan->scenarios[i].text);
	}
	free(plan->scenarios);
	free(plan->working_directory);
	free(plan->started_at);
	*plan = (struct run_plan){ .scenario_count = 0 };
}
