/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a scenario file.
 *
 * What is refused is refused with one line of text that names the file.  What is taken is within the limits that the
 * engine relies on: counts, words, and every argument of every operation as its type allows; and stays so when another
 * number of workers is asked for.
 *
 * The mutator starts from the shipped scenarios and from the broken ones of the parser's test, and puts in words that the
 * parser knows: by changing bytes alone it would rarely write one.
 */
#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <string.h>

#include "core/looprace.h"
#include "core/policies.h"
#include "harness/scenario/parser.h"
#include "harness/scenario/plants.h"
#include "harness/scenario/units.h"
#include "tests/scenario-broken.h"
#include "tests/scenario-named.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* --- one input --- */

static void check_error(int r, const struct scenario_error *error)
{
	fuzz_require(r == -EINVAL);
	fuzz_require(memchr(error->text, '\0', sizeof(error->text)));
	fuzz_require(strncmp(error->text, "fuzz.scenario", strlen("fuzz.scenario")) == 0);
	for (const char *at = error->text; *at; at++)
		fuzz_require(((unsigned char)*at >= ' ' || *at == '\t') && *at != 0x7f);
}

/* How many words an argument of this type may be one of; 0: it is a number. */
static uint64_t word_count(enum argument_type type)
{
#define X(...) +1
	switch (type) {
	case ARGUMENT_POLICY:
		return 0 LOOPRACE_POLICIES(X);
	case ARGUMENT_API:
		return 0 LOOPRACE_API_WORDS(X);
	case ARGUMENT_BOOL:
		return 2;
	case ARGUMENT_MODE:
		return 0 LOOPRACE_MODE_WORDS(X);
	case ARGUMENT_LAYOUT:
		return 0 LOOPRACE_LAYOUT_WORDS(X);
	case ARGUMENT_POINTER:
		return 0 LOOPRACE_POINTER_WORDS(X);
	case ARGUMENT_POSITIONAL_CHECK:
		return 0 LOOPRACE_CHECK_WORDS(X);
	case ARGUMENT_POSITIONAL_FAULT:
		return 0 LOOPRACE_FAULT_WORDS(X);
	case ARGUMENT_POSITIONAL_INJECTION:
		return 0 LOOPRACE_INJECTION_WORDS(X);
	case ARGUMENT_SIZE:
	case ARGUMENT_COUNT:
	case ARGUMENT_COUNT_RANGE:
	case ARGUMENT_NUMBER:
	case ARGUMENT_DURATION:
	case ARGUMENT_DESCRIPTOR:
	case ARGUMENT_FILE:
	case ARGUMENT_POSITIONAL_NUMBER:
	case ARGUMENT_POSITIONAL_DESCRIPTOR:
	case ARGUMENT_POSITIONAL_FILE:
	case ARGUMENT_POSITIONAL_DEVICE:
	case ARGUMENT_POSITIONAL_LABEL:
	case ARGUMENT_POSITIONAL_DURATION_RANGE:
		break;
	}
#undef X
	return 0;
}

static bool is_device(const struct scenario *scenario, uint64_t value)
{
	return value < scenario->device_object_count || value == SCENARIO_DEVICE_GOT ||
	       (value >= SCENARIO_DEVICE_INDEX_FIRST && value < SCENARIO_DEVICE_INDEX_FIRST + (1u << 20));
}

/* Names: a row of their table, or the value that means none of its rows. */
static bool is_row(const struct scenario *scenario, enum argument_type type, uint64_t value)
{
	if (type == ARGUMENT_DESCRIPTOR && value == SCENARIO_DESCRIPTOR_NONE)
		return true;
	if (type == ARGUMENT_DESCRIPTOR || type == ARGUMENT_POSITIONAL_DESCRIPTOR)
		return value < scenario->descriptor_count;
	if (type == ARGUMENT_FILE || type == ARGUMENT_POSITIONAL_FILE)
		return value < scenario->backing_count || value == SCENARIO_BACKING_OWN;
	if (type == ARGUMENT_POSITIONAL_DEVICE)
		return is_device(scenario, value);
	return type != ARGUMENT_POSITIONAL_LABEL || value < scenario->label_count;
}

static uint64_t greatest(enum argument_type type)
{
	if (word_count(type))
		return word_count(type) - 1;
	if (type == ARGUMENT_COUNT || type == ARGUMENT_COUNT_RANGE)
		return UINT32_MAX;
	return type == ARGUMENT_DURATION || type == ARGUMENT_POSITIONAL_DURATION_RANGE ? SCENARIO_VALUE_MAX
										       : UINT64_MAX;
}

static void check_argument(const struct scenario *scenario, const struct argument_info *info,
			   const struct argument_value *value)
{
	fuzz_require(value->low <= value->high && value->high <= greatest(info->type));
	fuzz_require(value->low == value->high || info->type == ARGUMENT_POSITIONAL_DURATION_RANGE ||
		     info->type == ARGUMENT_COUNT_RANGE);
	fuzz_require(is_row(scenario, info->type, value->low));
}

static void check_limits(const struct operation_call *call)
{
	const struct argument_value *arguments = call->arguments;

	if (call->operation == OPERATION_attach)
		fuzz_require(arguments[ARGUMENT_AT(attach, block_size)].high <= UINT32_MAX);
	if (call->operation == OPERATION_fault)
		fuzz_require(arguments[1].low >= 1);
	if (call->operation == OPERATION_open) {
		fuzz_require(arguments[ARGUMENT_AT(open, as)].low != SCENARIO_DESCRIPTOR_NONE);
		fuzz_require(arguments[ARGUMENT_AT(open, as)].low != SCENARIO_DESCRIPTOR_ATTACHED);
		fuzz_require(arguments[ARGUMENT_AT(open, partition)].low <= 255);
	}
	if (call->operation == OPERATION_read)
		fuzz_require(arguments[ARGUMENT_AT(read, length)].low - 1 < 1 << 20 &&
			     arguments[ARGUMENT_AT(read, length)].low % 512 == 0);
}

/* An `after` waits for somebody else, or for what its own group has done before. */
static void check_wait(const struct scenario *scenario, unsigned int group, unsigned int call)
{
	const struct operation_call *after = &scenario->groups[group].calls[call];
	const struct label_object *label = &scenario->labels[after->arguments[ARGUMENT_AT(after, line)].low];

	fuzz_require(scenario->is_ordered);
	fuzz_require(label->group != group || label->call < call);
}

static void check_call(const struct scenario *scenario, unsigned int group, unsigned int number,
		       unsigned int line_count)
{
	const struct operation_call *call = &scenario->groups[group].calls[number];
	const struct operation_info *info = operation_info(call->operation);

	fuzz_require((unsigned int)call->operation < OPERATION_COUNT);
	fuzz_require(call->line >= 1 && call->line <= line_count && call->line <= UINT16_MAX);
	for (unsigned int i = 0; i < OPERATION_ARGUMENT_COUNT_MAX; i++)
		if (i < info->argument_count)
			check_argument(scenario, &info->arguments[i], &call->arguments[i]);
		else
			fuzz_require(call->arguments[i].low == 0 && call->arguments[i].high == 0);
	check_limits(call);
	if (call->operation == OPERATION_after)
		check_wait(scenario, group, number);
	fuzz_require(call->label == -1 ||
		     (call->label >= 0 && (unsigned int)call->label < scenario->label_count &&
		      scenario->labels[call->label].group == group && scenario->labels[call->label].call == number));
}

static void check_name(const char *name, size_t bytes)
{
	fuzz_require(*name && memchr(name, '\0', bytes));
}

static void check_objects(const struct scenario *scenario)
{
	fuzz_require(scenario->backing_count <= SCENARIO_BACKING_COUNT_MAX);
	for (unsigned int i = 0; i < scenario->backing_count; i++) {
		const struct backing_object *backing = &scenario->backings[i];

		check_name(backing->name, sizeof(backing->name));
		fuzz_require(backing->kind <= BACKING_KIND_closed && backing->content <= BACKING_CONTENT_ext4);
		fuzz_require(backing->kind == BACKING_KIND_file ? backing->size_bytes >= 512
								: backing->size_bytes == 0);
		fuzz_require(backing->size_bytes <= 1ULL << 40);
	}
	fuzz_require(scenario->device_object_count <= SCENARIO_DEVICE_COUNT_MAX);
	for (unsigned int i = 0; i < scenario->device_object_count; i++) {
		check_name(scenario->devices[i].name, sizeof(scenario->devices[i].name));
		fuzz_require(scenario->devices[i].index < 1u << 20);
	}
	fuzz_require(scenario->descriptor_count >= 1 && scenario->descriptor_count <= SCENARIO_DESCRIPTOR_COUNT_MAX);
	fuzz_require(strcmp(scenario->descriptors[0].name, "attached") == 0 && !scenario->descriptors[0].is_shared);
	for (unsigned int i = 0; i < scenario->descriptor_count; i++) {
		check_name(scenario->descriptors[i].name, sizeof(scenario->descriptors[i].name));
		for (unsigned int j = 0; j < i; j++)
			fuzz_require(strcmp(scenario->descriptors[i].name, scenario->descriptors[j].name) != 0);
	}
	fuzz_require(scenario->label_count <= SCENARIO_LABEL_COUNT_MAX);
	for (unsigned int i = 0; i < scenario->label_count; i++) {
		const struct label_object *label = &scenario->labels[i];

		check_name(label->name, sizeof(label->name));
		fuzz_require(label->group < scenario->group_count &&
			     label->call < scenario->groups[label->group].call_count &&
			     scenario->groups[label->group].calls[label->call].label == (int)i);
	}
}

static void check_groups(const struct scenario *scenario, unsigned int line_count)
{
	fuzz_require(scenario->group_count >= 1 && scenario->group_count <= SCENARIO_GROUP_COUNT_MAX);
	fuzz_require(scenario_worker_count(scenario) <= SCENARIO_WORKER_COUNT_MAX);
	for (unsigned int i = 0; i < scenario->group_count; i++) {
		const struct worker_group *group = &scenario->groups[i];

		fuzz_require(group->count >= 1 && group->call_count >= 1 && group->align <= ALIGN_barrier);
		fuzz_require(*group->name && memchr(group->name, '\0', sizeof(group->name)));
		for (unsigned int j = 0; j < i; j++)
			fuzz_require(strcmp(group->name, scenario->groups[j].name) != 0);
		for (unsigned int c = 0; c < group->call_count; c++)
			check_call(scenario, i, c, line_count);
	}
}

static bool is_before(struct kernel_version left, struct kernel_version right)
{
	if (left.major != right.major)
		return left.major < right.major;
	return left.minor != right.minor ? left.minor < right.minor : left.patch < right.patch;
}

static void check_expectation(const struct scenario *scenario, const struct expectation *expectation,
			      unsigned int line_count)
{
	bool has_rule = expectation->subject == EXPECT_violation || expectation->subject == EXPECT_known_bug;
	bool is_bug = expectation->subject == EXPECT_known_bug && strcmp(expectation->rule, "none") != 0;

	fuzz_require((unsigned int)expectation->subject < EXPECT_COUNT && expectation->comparison <= COMPARE_ANY);
	fuzz_require(expectation->number <= SCENARIO_VALUE_MAX);
	fuzz_require(expectation->line >= 1 && expectation->line <= line_count);
	fuzz_require(memchr(expectation->rule, '\0', sizeof(expectation->rule)));
	fuzz_require(memchr(expectation->name, '\0', sizeof(expectation->name)));
	fuzz_require(!*expectation->rule == !has_rule);
	fuzz_require(!*expectation->name == !is_bug);
	fuzz_require(expectation->label == -1 ||
		     (is_bug && expectation->label >= 0 && (unsigned int)expectation->label < scenario->label_count));
	fuzz_require(expectation->kernels.from.patch >= 0 && expectation->kernels.before.patch >= 0);
	fuzz_require(expectation->kernels.before.major == 0 ||
		     is_before(expectation->kernels.from, expectation->kernels.before));
	/* A range has its own beginning. */
	fuzz_require(expectation->kernels.from.major == 0 ||
		     kernel_range_has(&expectation->kernels, expectation->kernels.from));
	fuzz_require(expectation->kernels.before.major == 0 ||
		     !kernel_range_has(&expectation->kernels, expectation->kernels.before));
}

static void check_expectations(const struct scenario *scenario, unsigned int line_count)
{
	static const struct kernel_version versions[] = {
		{ 0, 0, -1 }, { 5, 10, 223 }, { 6, 11, -1 }, { 6, 12, 117 }, { UINT32_MAX, UINT32_MAX, INT32_MAX },
	};

	fuzz_require(scenario->expectation_count <= SCENARIO_EXPECTATION_COUNT_MAX);
	for (unsigned int i = 0; i < scenario->expectation_count; i++)
		check_expectation(scenario, &scenario->expectations[i], line_count);
	for (unsigned int subject = 0; subject < EXPECT_COUNT; subject++)
		for (size_t i = 0; i < COUNT_OF(versions); i++) {
			const struct expectation *found = scenario_expectation(scenario, subject, versions[i]);

			fuzz_require(!found || (unsigned int)found->subject == subject);
		}
}

static void check_rules(const struct scenario *scenario)
{
	static const char *const rules[] = { "exclusive_bind", "isolation" };
	struct scenario_error error = { "" };
	int r = scenario_check_rules(scenario, "fuzz.scenario", rules, COUNT_OF(rules), &error);

	if (r == 0)
		fuzz_require(!*error.text);
	else
		check_error(r, &error);
}

static void check_scenario(const struct scenario *scenario, unsigned int line_count)
{
	fuzz_require(strcmp(scenario->name, "fuzz") == 0 && scenario->summary);
	fuzz_require(scenario->needs < 1u << NEED_COUNT && scenario->kernel <= SCENARIO_KERNEL_model);
	fuzz_require((scenario->duration_ns == 0) != (scenario->round_count == 0));
	fuzz_require(scenario->duration_ns <= SCENARIO_VALUE_MAX && scenario->round_count <= 1000000000);
	fuzz_require(scenario->call_limit_ns >= 1 && scenario->call_limit_ns <= SCENARIO_VALUE_MAX);
	fuzz_require(scenario->backing_bytes >= 512 && scenario->backing_bytes <= 1ULL << 40);
	fuzz_require(scenario->device_count <= 1024);
	fuzz_require(scenario->backing_content <= BACKING_CONTENT_ext4);
	fuzz_require(!*scenario->planted || scenario->kernel == SCENARIO_KERNEL_model);
	check_groups(scenario, line_count);
	check_objects(scenario);
	check_expectations(scenario, line_count);
	check_rules(scenario);
}

static void check_worker_counts(struct scenario *scenario, unsigned int line_count)
{
	const unsigned int counts[] = { scenario->group_count, scenario->group_count + 7, SCENARIO_WORKER_COUNT_MAX,
					scenario_worker_count(scenario), 16 };
	unsigned int count_before;

	for (size_t i = 0; i < COUNT_OF(counts); i++) {
		if (counts[i] < scenario->group_count)
			continue;
		fuzz_require(scenario_set_worker_count(scenario, counts[i]) == 0);
		fuzz_require(scenario_worker_count(scenario) == counts[i]);
		check_groups(scenario, line_count);
	}
	count_before = scenario_worker_count(scenario);
	fuzz_require(scenario_set_worker_count(scenario, SCENARIO_WORKER_COUNT_MAX + 1) == -ERANGE);
	fuzz_require(scenario_set_worker_count(scenario, scenario->group_count - 1) == -ERANGE);
	fuzz_require(scenario_set_worker_count(scenario, UINT32_MAX) == -ERANGE);
	fuzz_require(scenario_worker_count(scenario) == count_before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scenario *scenario = NULL;
	struct scenario_error error = { "" };
	unsigned int line_count = 1;
	int r;

	r = scenario_parse((const char *)data, size, "fuzz.scenario", &scenario, &error);
	if (r < 0) {
		fuzz_require(!scenario);
		check_error(r, &error);
		return 0;
	}
	fuzz_require(scenario && !*error.text);
	for (size_t i = 0; i < size; i++)
		line_count += data[i] == '\n';
	check_scenario(scenario, line_count);
	check_worker_counts(scenario, line_count);
	scenario_free(scenario);
	return 0;
}

/* --- where to begin --- */

#define BROKEN(what, text, message) { text, sizeof(text) - 1 },
static const struct {
	const char *text;
	size_t bytes;
} broken[] = { BROKEN_SCENARIOS(BROKEN) BROKEN("none", NAMED_SCENARIO, "") };
#undef BROKEN

static glob_t shipped;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *root = getenv("LOOPRACE_SOURCE_ROOT");
	char pattern[4096];

	snprintf(pattern, sizeof(pattern), "%s/scenarios/*.scenario", root ? root : ".");
	if (glob(pattern, 0, NULL, &shipped) == 0) {
		snprintf(pattern, sizeof(pattern), "%s/scenarios/known_bugs/*.scenario", root ? root : ".");
		(void)glob(pattern, GLOB_APPEND, NULL, &shipped);
		return 0;
	}
	fprintf(stderr, "%s: nothing there; LOOPRACE_SOURCE_ROOT must name the source tree\n", pattern);
	exit(1);
}

static size_t read_shipped(const char *path, uint8_t *data, size_t max_size)
{
	FILE *stream = fopen(path, "re");
	size_t size;

	fuzz_require(stream);
	size = fread(data, 1, max_size, stream);
	fclose(stream);
	return size;
}

static size_t begin(uint8_t *data, size_t max_size, struct looprace_random *random)
{
	size_t index, bytes;

	if (looprace_random_below(random, 2))
		return read_shipped(shipped.gl_pathv[looprace_random_below(random, shipped.gl_pathc)], data, max_size);
	/* The last one is right, and has names of every kind. */
	index = looprace_random_below(random, 2) ? COUNT_OF(broken) - 1
						 : looprace_random_below(random, COUNT_OF(broken));
	bytes = broken[index].bytes < max_size ? broken[index].bytes : max_size;
	memcpy(data, broken[index].text, bytes);
	return bytes;
}

/* --- the mutator --- */

/* clang-format off */
#define NAME(name, ...) #name,
#define OPERATION(name, summary) "\n  " #name " ",
#define ARGUMENT(operation, name, type, fallback, summary) #name "=", #name "=" fallback, fallback,
#define KEY_LINE(name, summary) "\n" #name " = ",
static const char *const words[] = {
	LOOPRACE_OPERATIONS(OPERATION, ARGUMENT)
	LOOPRACE_POLICIES(NAME) LOOPRACE_API_WORDS(NAME) LOOPRACE_CHECK_WORDS(NAME) LOOPRACE_FAULT_WORDS(NAME)
	LOOPRACE_INJECTION_WORDS(NAME)
	LOOPRACE_MODE_WORDS(NAME) LOOPRACE_LAYOUT_WORDS(NAME) LOOPRACE_POINTER_WORDS(NAME)
	LOOPRACE_ALIGNS(NAME) LOOPRACE_KERNELS(NAME) LOOPRACE_NEEDS(NAME)
	LOOPRACE_BACKING_KINDS(NAME) LOOPRACE_CONTENTS(NAME) LOOPRACE_PLANTS(NAME)
	SCENARIO_TIME_UNITS(NAME) SCENARIO_SIZE_UNITS(NAME)
	SCENARIO_KEYS(KEY_LINE) WORKER_KEYS(KEY_LINE) LOOPRACE_EXPECTATIONS(KEY_LINE)
	BACKING_KEYS(KEY_LINE) DEVICE_KEYS(KEY_LINE) DESCRIPTOR_KEYS(KEY_LINE)
	"\n[backing image]\n", "\n[device target]\n", "\n[descriptor d]\n", "\n[worker b]\nprogram =\n  one: attach\n",
	"\n  one: ", "\n  after a.bind", "a.bind", "b.c.ask", "w.one", "loop7", "loop1048576", "mine", "copy", " as=d", " at ", ":",
	"\n[expect kernel >= 6.12.94, < 6.13]\n", "\n[expect kernel 5.10]\n", " > 6.1", "isolation at a.bind: B5",
	"-1", "0x4c7f", "0xffffffffffffffff", "0x10000000000000000", "512B", "1MiB",
	"\n[scenario]\n", "\n[worker w]\n", "\n[worker x]\nprogram =\n  attach\n", "\n[expect]\n", "\n[expect kernel >= 6.11]\n",
	"yes", "no", "any", "none", "exclusive_bind", ">= ", "<= ", "..", ",", ";", "#", "=", "\n", "\n  ", "\r\n", "\t", "\xc3\xa9",
	"0", "1", "511", "1024", "1025", "4294967295", "4294967296", "9223372036854775807", "18446744073709551616",
};
/* clang-format on */

/* Puts a word in at @at, in place of @old_bytes bytes. */
static size_t put_word(uint8_t *data, size_t size, size_t max_size, size_t at, size_t old_bytes, const char *word)
{
	size_t bytes = strlen(word);

	if (size - old_bytes + bytes > max_size)
		return size;
	memmove(data + at + bytes, data + at + old_bytes, size - at - old_bytes);
	memcpy(data + at, word, bytes);
	return size - old_bytes + bytes;
}

static bool is_of_word(uint8_t c)
{
	return isalnum(c) || c == '_' || c == '.';
}

/* Where a word begins and ends around @at; nothing of one: an empty place. */
static size_t find_word(const uint8_t *data, size_t size, size_t at, size_t *ret_begin)
{
	size_t end = at;

	while (at > 0 && is_of_word(data[at - 1]))
		at--;
	while (end < size && is_of_word(data[end]))
		end++;
	*ret_begin = at;
	return end - at;
}

/* A whole line goes, or is there twice. */
static size_t change_line(uint8_t *data, size_t size, size_t max_size, size_t at, bool goes)
{
	size_t end = at, bytes;

	while (at > 0 && data[at - 1] != '\n')
		at--;
	while (end < size && data[end] != '\n')
		end++;
	bytes = end - at + (end < size);
	if (goes) {
		memmove(data + at, data + at + bytes, size - at - bytes);
		return size - bytes;
	}
	if (size + bytes > max_size)
		return size;
	memmove(data + at + bytes, data + at, size - at);
	return size + bytes;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	struct looprace_random random;
	size_t at, word_bytes;
	const char *word;

	looprace_random_seed(&random, seed, 0);
	if (size < 2 || looprace_random_below(&random, 32) == 0)
		size = begin(data, max_size, &random);
	for (uint64_t i = looprace_random_below(&random, 4); i > 0; i--) {
		at = looprace_random_below(&random, size + 1);
		word = words[looprace_random_below(&random, COUNT_OF(words))];
		switch (looprace_random_below(&random, 5)) {
		case 0:
			size = put_word(data, size, max_size, at, 0, word);
			break;
		case 1:
			size = change_line(data, size, max_size, at, looprace_random_below(&random, 2));
			break;
		case 2:
			size = size ? LLVMFuzzerMutate(data, size, max_size) : size;
			break;
		default:
			word_bytes = find_word(data, size, at, &at);
			size = put_word(data, size, max_size, at, word_bytes, word);
		}
	}
	return size;
}
