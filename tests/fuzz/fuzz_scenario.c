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
#include "harness/scenario/units.h"
#include "tests/scenario-broken.h"

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
	case ARGUMENT_POSITIONAL_CHECK:
		return 0 LOOPRACE_CHECK_WORDS(X);
	case ARGUMENT_POSITIONAL_FAULT:
		return 0 LOOPRACE_FAULT_WORDS(X);
	case ARGUMENT_SIZE:
	case ARGUMENT_COUNT:
	case ARGUMENT_DURATION:
	case ARGUMENT_POSITIONAL_DURATION_RANGE:
		break;
	}
#undef X
	return 0;
}

static void check_argument(const struct argument_info *info, const struct argument_value *value)
{
	uint64_t count = word_count(info->type);
	uint64_t max = count ? count - 1 : info->type == ARGUMENT_COUNT ? UINT32_MAX : SCENARIO_VALUE_MAX;

	fuzz_require(value->low <= value->high && value->high <= max);
	fuzz_require(value->low == value->high || info->type == ARGUMENT_POSITIONAL_DURATION_RANGE);
}

static void check_call(const struct operation_call *call, unsigned int line_count)
{
	const struct operation_info *info = operation_info(call->operation);

	fuzz_require((unsigned int)call->operation < OPERATION_COUNT);
	fuzz_require(call->line >= 1 && call->line <= line_count);
	for (unsigned int i = 0; i < OPERATION_ARGUMENT_COUNT_MAX; i++)
		if (i < info->argument_count)
			check_argument(&info->arguments[i], &call->arguments[i]);
		else
			fuzz_require(call->arguments[i].low == 0 && call->arguments[i].high == 0);
	if (call->operation == OPERATION_attach)
		fuzz_require(call->arguments[ARGUMENT_AT(attach, block_size)].high <= UINT32_MAX);
	if (call->operation == OPERATION_fault)
		fuzz_require(call->arguments[1].low >= 1);
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
			check_call(&group->calls[c], line_count);
	}
}

static void check_expectations(const struct scenario *scenario)
{
	static const unsigned int versions[][2] = { { 0, 0 }, { 5, 10 }, { 6, 11 }, { UINT32_MAX, UINT32_MAX } };

	fuzz_require(scenario->expectation_count <= SCENARIO_EXPECTATION_COUNT_MAX);
	for (unsigned int i = 0; i < scenario->expectation_count; i++) {
		const struct expectation *expectation = &scenario->expectations[i];

		fuzz_require((unsigned int)expectation->subject < EXPECT_COUNT &&
			     expectation->comparison <= COMPARE_ANY);
		fuzz_require(expectation->number <= SCENARIO_VALUE_MAX);
		fuzz_require(memchr(expectation->rule, '\0', sizeof(expectation->rule)));
		fuzz_require(!*expectation->rule == (expectation->subject != EXPECT_violation));
	}
	for (unsigned int subject = 0; subject < EXPECT_COUNT; subject++)
		for (size_t i = 0; i < COUNT_OF(versions); i++) {
			const struct expectation *found =
				scenario_expectation(scenario, subject, versions[i][0], versions[i][1]);

			fuzz_require(!found || (unsigned int)found->subject == subject);
		}
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
	check_groups(scenario, line_count);
	check_expectations(scenario);
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
} broken[] = { BROKEN_SCENARIOS(BROKEN) };
#undef BROKEN

static glob_t shipped;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *root = getenv("LOOPRACE_SOURCE_ROOT");
	char pattern[4096];

	snprintf(pattern, sizeof(pattern), "%s/scenarios/*.scenario", root ? root : ".");
	if (glob(pattern, 0, NULL, &shipped) == 0)
		return 0;
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
	index = looprace_random_below(random, COUNT_OF(broken));
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
	LOOPRACE_ALIGNS(NAME) LOOPRACE_KERNELS(NAME) LOOPRACE_NEEDS(NAME)
	SCENARIO_TIME_UNITS(NAME) SCENARIO_SIZE_UNITS(NAME)
	SCENARIO_KEYS(KEY_LINE) WORKER_KEYS(KEY_LINE) LOOPRACE_EXPECTATIONS(KEY_LINE)
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
