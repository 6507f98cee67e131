/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys: one function for each, reached through the tables of keys.h.
 *
 * Limits are those of sense, not of types: a scenario with 2^60 rounds or a backing file of 1 EiB is a slip of the
 * finger, and whoever made it would rather hear of it now than from a guest that never ends.
 */
#include "harness/scenario/parser.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/scenario/expectation.h"
#include "harness/scenario/plants.h"
#include "harness/scenario/program.h"
#include "harness/scenario/references.h"
#include "harness/scenario/units.h"

#define ROUND_COUNT_MAX	  1000000000ULL
#define DEVICE_COUNT_MAX  1024ULL
#define BACKING_BYTES_MIN 512ULL
#define BACKING_BYTES_MAX (1ULL << 40)
#define TAGGED_BYTES_MAX  (64ULL << 20)
#define DEVICE_INDEX_MAX  ((1u << 20) - 1)

#define X(name, summary)  #name,
static const char *const scenario_key_list[] = { SCENARIO_KEYS(X) };
static const char *const worker_key_list[] = { WORKER_KEYS(X) };
static const char *const backing_key_list[] = { BACKING_KEYS(X) };
static const char *const device_key_list[] = { DEVICE_KEYS(X) };
static const char *const descriptor_key_list[] = { DESCRIPTOR_KEYS(X) };
static const char *const kind_list[] = { LOOPRACE_BACKING_KINDS(X) };
static const char *const content_list[] = { LOOPRACE_CONTENTS(X) };
static const char *const need_list[] = { LOOPRACE_NEEDS(X) };
static const char *const kernel_list[] = { LOOPRACE_KERNELS(X) };
static const char *const align_list[] = { LOOPRACE_ALIGNS(X) };
#undef X
#define X(name, rule, summary) #name,
static const char *const plant_list[] = { LOOPRACE_PLANTS(X) };
#undef X
static const char *const yes_list[] = { "no", "yes" }; /* position is the value */

static const struct words scenario_key_words = WORDS("key", scenario_key_list);
static const struct words worker_key_words = WORDS("key", worker_key_list);
static const struct words backing_key_words = WORDS("key", backing_key_list);
static const struct words device_key_words = WORDS("key", device_key_list);
static const struct words descriptor_key_words = WORDS("key", descriptor_key_list);
static const struct words kind_words = WORDS("kind", kind_list);
static const struct words content_words = WORDS("content", content_list);
static const struct words plant_words = WORDS("fault", plant_list);
static const struct words yes_words = WORDS("word", yes_list);
static const struct words need_words = WORDS("need", need_list);
static const struct words kernel_words = WORDS("kernel", kernel_list);
static const struct words align_words = WORDS("align", align_list);

static const struct words *const section_keys[] = {
	[SECTION_scenario] = &scenario_key_words, [SECTION_backing] = &backing_key_words,
	[SECTION_device] = &device_key_words,	  [SECTION_descriptor] = &descriptor_key_words,
	[SECTION_worker] = &worker_key_words,	  [SECTION_expect] = &expectation_words,
};

static const char *const section_heads[] = {
	[SECTION_scenario] = "[scenario]",  [SECTION_backing] = "[backing NAME]",
	[SECTION_device] = "[device NAME]", [SECTION_descriptor] = "[descriptor NAME]",
	[SECTION_worker] = "[worker NAME]", [SECTION_expect] = "[expect]",
};

static int parse_number(const struct parser *parser, struct span value, uint64_t max, uint64_t *ret_number)
{
	uint64_t number;
	int r;

	r = units_parse_number(value, &number);
	if (r == UNITS_NO_NUMBER)
		return complain(&parser->complaint, value.at,
				"'%.*s' is no number; write a whole number from 1 to %llu", SPAN(value),
				(unsigned long long)max);
	if (r != 0 || number == 0 || number > max)
		return complain(&parser->complaint, value.at, "%.*s is out of range; from 1 to %llu", SPAN(value),
				(unsigned long long)max);
	*ret_number = number;
	return 0;
}

static int parse_time(const struct parser *parser, struct span value, uint64_t *ret_ns)
{
	uint64_t ns;
	int r;

	r = units_parse(&units_of_time, value, NULL, &ns, NULL);
	if (r != 0)
		return units_complain(&parser->complaint, &units_of_time, value, r);
	if (ns == 0)
		return complain(&parser->complaint, value.at, "%.*s is no time at all; write more than 0, such as 5s",
				SPAN(value));
	*ret_ns = ns;
	return 0;
}

static int set_scenario_summary(struct parser *parser, struct span value)
{
	char *summary = strndup(value.at, value.bytes);

	if (!summary)
		return -ENOMEM;
	free(parser->scenario->summary);
	parser->scenario->summary = summary;
	return 0;
}

static int set_scenario_needs(struct parser *parser, struct span value)
{
	uint32_t needs = 0;
	struct span word;

	for (word = span_take_word(&value, ","); word.bytes > 0; word = span_take_word(&value, ",")) {
		unsigned int need;

		if (words_find(&need_words, word, &need) < 0)
			return words_complain(&parser->complaint, &need_words, word);
		if (needs & (1u << need))
			return complain(&parser->complaint, word.at, "need '%.*s' is given twice; keep one",
					SPAN(word));
		needs |= 1u << need;
	}
	if (needs == 0)
		return complain(&parser->complaint, NULL, "'needs' names nothing; name something or leave it out");
	parser->scenario->needs = needs;
	return 0;
}

static int set_scenario_duration(struct parser *parser, struct span value)
{
	if (parser->scenario->round_count > 0)
		return complain(&parser->complaint, NULL,
				"both rounds and duration are given; drop duration, or drop rounds to race for a time");
	return parse_time(parser, value, &parser->scenario->duration_ns);
}

static int set_scenario_rounds(struct parser *parser, struct span value)
{
	if (parser->scenario->duration_ns > 0)
		return complain(
			&parser->complaint, NULL,
			"both duration and rounds are given; drop rounds, or drop duration to race a number of rounds");
	return parse_number(parser, value, ROUND_COUNT_MAX, &parser->scenario->round_count);
}

static int set_scenario_devices(struct parser *parser, struct span value)
{
	uint64_t count = 0;
	int r;

	r = parse_number(parser, value, DEVICE_COUNT_MAX, &count);
	if (r < 0)
		return r;
	parser->scenario->device_count = (unsigned int)count;
	return 0;
}

static int parse_backing_size(const struct parser *parser, struct span value, uint64_t *ret_bytes)
{
	uint64_t bytes;
	int r;

	r = units_parse(&units_of_size, value, NULL, &bytes, NULL);
	if (r != 0)
		return units_complain(&parser->complaint, &units_of_size, value, r);
	if (bytes < BACKING_BYTES_MIN || bytes > BACKING_BYTES_MAX)
		return complain(&parser->complaint, value.at, "%.*s is out of range; from %lluB to %lluGiB",
				SPAN(value), BACKING_BYTES_MIN, BACKING_BYTES_MAX >> 30);
	*ret_bytes = bytes;
	return 0;
}

static int parse_content(const struct parser *parser, struct span value, enum backing_content *ret_content)
{
	unsigned int content;

	if (words_find(&content_words, value, &content) < 0)
		return words_complain(&parser->complaint, &content_words, value);
	*ret_content = (enum backing_content)content;
	return 0;
}

static int parse_yes(const struct parser *parser, struct span value, bool *ret_is_yes)
{
	unsigned int index;

	if (words_find(&yes_words, value, &index) < 0)
		return words_complain(&parser->complaint, &yes_words, value);
	*ret_is_yes = index == 1;
	return 0;
}

static int set_scenario_backing_size(struct parser *parser, struct span value)
{
	return parse_backing_size(parser, value, &parser->scenario->backing_bytes);
}

static int set_scenario_content(struct parser *parser, struct span value)
{
	return parse_content(parser, value, &parser->scenario->backing_content);
}

static int set_scenario_plant(struct parser *parser, struct span value)
{
	unsigned int plant;

	if (words_find(&plant_words, value, &plant) < 0)
		return words_complain(&parser->complaint, &plant_words, value);
	snprintf(parser->scenario->planted, sizeof(parser->scenario->planted), "%s", plant_list[plant]);
	parser->plant_line = parser->complaint.line;
	return 0;
}

static int set_scenario_call_limit(struct parser *parser, struct span value)
{
	return parse_time(parser, value, &parser->scenario->call_limit_ns);
}

static int set_scenario_kernel(struct parser *parser, struct span value)
{
	unsigned int kernel;

	if (words_find(&kernel_words, value, &kernel) < 0)
		return words_complain(&parser->complaint, &kernel_words, value);
	parser->scenario->kernel = (enum scenario_kernel)kernel;
	return 0;
}

static struct backing_object *current_backing(struct parser *parser)
{
	return &parser->scenario->backings[parser->scenario->backing_count - 1];
}

static int set_backing_kind(struct parser *parser, struct span value)
{
	unsigned int kind;

	if (words_find(&kind_words, value, &kind) < 0)
		return words_complain(&parser->complaint, &kind_words, value);
	current_backing(parser)->kind = (enum backing_kind)kind;
	return 0;
}

static int set_backing_content(struct parser *parser, struct span value)
{
	return parse_content(parser, value, &current_backing(parser)->content);
}

static int set_backing_size(struct parser *parser, struct span value)
{
	return parse_backing_size(parser, value, &current_backing(parser)->size_bytes);
}

static int set_device_index(struct parser *parser, struct span value)
{
	struct device_object *device = &parser->scenario->devices[parser->scenario->device_object_count - 1];
	uint64_t index;

	if (units_parse_number(value, &index) != 0 || index > DEVICE_INDEX_MAX)
		return complain(&parser->complaint, value.at,
				"'%.*s' is no number of a loop device; write a whole number from 0 to %u", SPAN(value),
				DEVICE_INDEX_MAX);
	for (unsigned int i = 0; i + 1 < parser->scenario->device_object_count; i++) {
		if (parser->scenario->devices[i].index == index)
			return complain(&parser->complaint, value.at,
					"[device %s] has this index already; use that one, or choose another number",
					parser->scenario->devices[i].name);
	}
	device->index = (unsigned int)index;
	parser->has_index[parser->scenario->device_object_count - 1] = true;
	return 0;
}

static int set_device_absent(struct parser *parser, struct span value)
{
	return parse_yes(parser, value,
			 &parser->scenario->devices[parser->scenario->device_object_count - 1].is_absent);
}

static int set_descriptor_shared(struct parser *parser, struct span value)
{
	struct descriptor_object *descriptor = &parser->scenario->descriptors[parser->scenario->descriptor_count - 1];
	int r;

	r = parse_yes(parser, value, &descriptor->is_shared);
	if (r < 0)
		return r;
	if (!descriptor->is_shared)
		return complain(&parser->complaint, value.at,
				"a descriptor that is not shared needs no section; drop this one, or write yes");
	return 0;
}

static struct worker_group *current_group(struct parser *parser)
{
	return &parser->scenario->groups[parser->scenario->group_count - 1];
}

static int set_worker_count(struct parser *parser, struct span value)
{
	uint64_t count = 0;
	int r;

	r = parse_number(parser, value, SCENARIO_WORKER_COUNT_MAX, &count);
	if (r < 0)
		return r;
	current_group(parser)->count = (unsigned int)count;
	parser->count_lines[parser->scenario->group_count - 1] = parser->complaint.line;
	return 0;
}

static int set_worker_align(struct parser *parser, struct span value)
{
	unsigned int align;

	if (words_find(&align_words, value, &align) < 0)
		return words_complain(&parser->complaint, &align_words, value);
	current_group(parser)->align = (enum align)align;
	return 0;
}

static int add_label(struct parser *parser, struct span name)
{
	struct scenario *scenario = parser->scenario;
	unsigned int group = scenario->group_count - 1;
	struct label_object *label = &scenario->labels[scenario->label_count];

	for (unsigned int i = 0; i < scenario->label_count; i++) {
		if (scenario->labels[i].group == group && span_is(name, scenario->labels[i].name))
			return complain(&parser->complaint, name.at,
					"label '%.*s' is here twice, first in line %u; give it another name",
					SPAN(name), scenario->groups[group].calls[scenario->labels[i].call].line);
	}
	if (scenario->label_count == SCENARIO_LABEL_COUNT_MAX)
		return complain(&parser->complaint, name.at, "too many labels; at most %d", SCENARIO_LABEL_COUNT_MAX);
	memcpy(label->name, name.at, name.bytes);
	label->group = group;
	label->call = current_group(parser)->call_count;
	scenario->label_count++;
	return 0;
}

/* One operation; the key's own line may be empty. */
static int set_worker_program(struct parser *parser, struct span value)
{
	struct worker_group *group = current_group(parser);
	struct operation_call *calls;
	struct program_line line;
	int r;

	if (value.bytes == 0)
		return 0;
	if (parser->complaint.line > UINT16_MAX)
		return complain(&parser->complaint, NULL,
				"a program goes on behind line %d; records have no room for more", UINT16_MAX);
	r = program_parse_line(&parser->complaint, value, &line);
	if (r < 0)
		return r;
	if (line.label.bytes > 0) {
		r = add_label(parser, line.label);
		if (r < 0)
			return r;
		line.call.label = (int)parser->scenario->label_count - 1;
	}
	/* Doubled whenever a power of two is full: one by one, 65,535 calls are copied 2^31 times. */
	if ((group->call_count & (group->call_count - 1)) == 0) {
		calls = reallocarray(group->calls, group->call_count ? 2 * group->call_count : 1, sizeof(*calls));
		if (!calls)
			return -ENOMEM;
		group->calls = calls;
	}
	group->calls[group->call_count++] = line.call;
	return references_add(parser, &line);
}

#define X(name, summary) set_scenario_##name,
static int (*const set_scenario[])(struct parser *parser, struct span value) = { SCENARIO_KEYS(X) };
#undef X
#define X(name, summary) set_backing_##name,
static int (*const set_backing[])(struct parser *parser, struct span value) = { BACKING_KEYS(X) };
#undef X
#define X(name, summary) set_device_##name,
static int (*const set_device[])(struct parser *parser, struct span value) = { DEVICE_KEYS(X) };
#undef X
#define X(name, summary) set_descriptor_##name,
static int (*const set_descriptor[])(struct parser *parser, struct span value) = { DESCRIPTOR_KEYS(X) };
#undef X
#define X(name, summary) set_worker_##name,
static int (*const set_worker[])(struct parser *parser, struct span value) = { WORKER_KEYS(X) };
#undef X

/* By section; [expect] has set_expectation(). */
static int (*const *const section_setters[])(struct parser *parser, struct span value) = {
	[SECTION_scenario] = set_scenario,     [SECTION_backing] = set_backing, [SECTION_device] = set_device,
	[SECTION_descriptor] = set_descriptor, [SECTION_worker] = set_worker,
};

static int set_expectation(struct parser *parser, unsigned int subject, struct span value)
{
	struct scenario *scenario = parser->scenario;
	struct expectation expectation;
	struct span label;
	int r;

	r = expectation_parse(&parser->complaint, (enum expectation_subject)subject, value, &expectation, &label);
	if (r < 0)
		return r;
	if (scenario->expectation_count == SCENARIO_EXPECTATION_COUNT_MAX)
		return complain(&parser->complaint, NULL, "too many expectations; at most %d",
				SCENARIO_EXPECTATION_COUNT_MAX);
	if (label.bytes > 0) {
		parser->bug_labels[scenario->expectation_count].name = parser_keep(parser, label);
		parser->bug_labels[scenario->expectation_count].complaint = parser_complaint_kept(parser);
	}
	expectation.kernels = parser->expects[parser->expect_count - 1].kernels;
	scenario->expectations[scenario->expectation_count++] = expectation;
	return 0;
}

static int complain_unknown_key(const struct parser *parser, struct span name)
{
	unsigned int index;

	for (unsigned int i = 0; i < SECTION_COUNT; i++) {
		if (words_find(section_keys[i], name, &index) == 0)
			return complain(&parser->complaint, name.at,
					"key '%.*s' belongs in %s, not in %s; move it there", SPAN(name),
					section_heads[i], section_heads[parser->section]);
	}
	return words_complain(&parser->complaint, section_keys[parser->section], name);
}

int keys_check_line(const struct parser *parser, struct span line)
{
	size_t name_bytes;

	for (name_bytes = 0; name_bytes < line.bytes && !strchr("=:", line.at[name_bytes]); name_bytes++)
		;
	if (parser->section == SECTION_COUNT)
		return complain(&parser->complaint, line.at, "a line before the first section; begin with [scenario]");
	if (parser->section == SECTION_worker && program_is_line(line))
		return complain(&parser->complaint, line.at,
				"an operation that is not indented; put blanks before the lines of a program");
	if (name_bytes == line.bytes)
		return complain(&parser->complaint, line.at, "no '=' in this line; write key = value");
	if (line.at[name_bytes] == ':')
		return complain(&parser->complaint, line.at + name_bytes, "':' behind a key; write key = value");
	if (name_bytes == 0)
		return complain(&parser->complaint, line.at, "no key before '='; write key = value");
	return 0;
}

/* One kernel may have several known bugs. */
static bool may_repeat(const struct parser *parser, unsigned int index)
{
	return parser->section == SECTION_expect && index == EXPECT_known_bug;
}

int keys_set(struct parser *parser, struct span name, struct span value)
{
	const struct words *words = section_keys[parser->section];
	unsigned int index;
	int r;

	if (words_find(words, name, &index) < 0)
		return complain_unknown_key(parser, name);
	if (parser->key_lines[index] > 0 && !may_repeat(parser, index))
		return complain(&parser->complaint, name.at, "key '%.*s' is given twice, first in line %u; keep one",
				SPAN(name), parser->key_lines[index]);
	if (value.bytes == 0 && !span_is(name, "program"))
		return complain(&parser->complaint, name.at, "key '%.*s' has no value; write one or leave the key out",
				SPAN(name));
	if (parser->section == SECTION_expect)
		r = set_expectation(parser, index, value);
	else
		r = section_setters[parser->section][index](parser, value);
	if (r < 0)
		return r;
	parser->key_lines[index] = parser->complaint.line;
	parser->section_has_key = true;
	parser->last_key = words->list[index];
	return 0;
}

int keys_go_on(struct parser *parser, struct span value)
{
	if (strcmp(parser->last_key, "program") == 0)
		return set_worker_program(parser, value);
	return complain(&parser->complaint, value.at,
			"an indented line goes on with the key before it, but '%s' has one line; begin a key in the "
			"first column",
			parser->last_key);
}

/*
 * A file must have room for what it is to hold: a partition table and two partitions (64 KiB each, on bounds of 64 KiB), or
 * the smallest ext4 file system.  Tags are written to all of the file, in the guest into memory.
 */
static int check_content(const struct complaint *head, enum backing_content content, uint64_t size_bytes)
{
	static const uint64_t least_bytes[] = {
		[BACKING_CONTENT_zeros] = 0,
		[BACKING_CONTENT_tags] = 0,
		[BACKING_CONTENT_partitions] = 192 << 10,
		[BACKING_CONTENT_ext4] = 1 << 20,
	};

	if (size_bytes < least_bytes[content])
		return complain(head, NULL, "content = %s does not fit into %lluB; at least %lluKiB",
				content_list[content], (unsigned long long)size_bytes,
				(unsigned long long)least_bytes[content] >> 10);
	if ((content == BACKING_CONTENT_tags || content == BACKING_CONTENT_partitions) && size_bytes > TAGGED_BYTES_MAX)
		return complain(head, NULL,
				"content = %s would be written to all of %lluMiB; at most %lluMiB, or content = zeros",
				content_list[content], (unsigned long long)size_bytes >> 20, TAGGED_BYTES_MAX >> 20);
	return 0;
}

static int end_backing(struct parser *parser, unsigned int i)
{
	struct backing_object *backing = &parser->scenario->backings[i];
	struct complaint head = parser_complaint_at(parser, parser->backing_lines[i]);

	if (backing->kind != BACKING_KIND_file &&
	    (backing->content != BACKING_CONTENT_zeros || backing->size_bytes > 0))
		return complain(&head, NULL, "[backing %s] is no regular file; drop its content and size",
				backing->name);
	if (backing->kind == BACKING_KIND_file && backing->size_bytes == 0)
		backing->size_bytes = parser->scenario->backing_bytes;
	return check_content(&head, backing->content, backing->size_bytes);
}

int keys_end(struct parser *parser)
{
	struct scenario *scenario = parser->scenario;
	struct complaint plant = parser_complaint_at(parser, parser->plant_line);
	struct complaint head = parser_complaint_at(parser, parser->scenario_line);
	int r;

	if (*scenario->planted && scenario->kernel != SCENARIO_KERNEL_model)
		return complain(&plant, NULL,
				"only the model kernel has planted faults; add kernel = model, or drop plant");
	r = check_content(&head, scenario->backing_content, scenario->backing_bytes);
	if (r < 0)
		return r;
	for (unsigned int i = 0; i < scenario->backing_count; i++) {
		r = end_backing(parser, i);
		if (r < 0)
			return r;
	}
	for (unsigned int i = 0; i < scenario->device_object_count; i++) {
		struct complaint device = parser_complaint_at(parser, parser->device_lines[i]);

		if (!parser->has_index[i])
			return complain(&device, NULL, "[device %s] has no index; write index = N, of /dev/loopN",
					scenario->devices[i].name);
	}
	return 0;
}
