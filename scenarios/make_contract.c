/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes scenarios/contract/: what one worker can ask of a loop device, so that kernels can be compared call by call.
 *
 * Nothing here knows what any kernel does.  Each operation of the table of operations is tried in each state of a device:
 * with its defaults, and with one argument at a time at each value of harness/scenario/boundaries.h.  The latter in the
 * state that is the home of such an operation; elsewhere only what a device is set to is tried, at its first value.
 * A try is a program of its own: the device is made anew, brought into the state, the operation is called, and then
 * everything is looked at that can be looked at, the last time through a new descriptor, after all others were closed.
 *
 *	make-contract DIR	writes DIR/<group>.scenario
 *
 * A test makes them anew and compares, so they are never edited by hand.
 */
#include "harness/scenario/boundaries.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/scenario/scenario.h"

#define LINES(...) ((const char *const[]){ __VA_ARGS__, NULL })

struct state {
	const char *group; /* of the file */
	const char *name;
	bool has_device;  /* a descriptor `device` is open */
	bool is_mapped;	  /* it has a mapping */
	bool is_shrunken; /* the backing file has to be mended at the end */
	const char *const *lines;
};

/*
 * What a device may be like when it is asked something.  Neighbours of one group share a file and so a guest.  The
 * partition table is shown read-only, or the first write would be the end of it for all programs that follow.
 */
static const struct state states[] = {
	{ "control", "closed", false, false, false, LINES("") },
	{ "control", "absent", false, false, false, LINES("ctl_remove 0") },
	{ "indices", "numbered", false, false, false, LINES("") },
	{ "unbound", "unbound", true, false, false, LINES("open disk as=device") },
	{ "bound", "bound", true, false, false, LINES("open disk as=device", "set_fd") },
	{ "flags", "read_only", true, false, false, LINES("open disk as=device", "configure read_only=yes") },
	{ "flags", "autoclear", true, false, false, LINES("open disk as=device", "configure autoclear=yes") },
	{ "flags", "direct_io", true, false, false, LINES("open disk as=device", "configure direct_io=yes") },
	{ "flags", "window", true, false, false,
	  LINES("open disk as=device", "configure offset=4KiB size_limit=64KiB") },
	{ "flags", "large_blocks", true, false, false, LINES("open disk as=device", "configure block_size=4KiB") },
	{ "release", "cleared", true, false, false, LINES("open disk as=device", "set_fd", "clr_fd") },
	{ "release", "cleared_while_shared", true, false, false,
	  LINES("open disk as=device", "set_fd", "open disk as=holder", "clr_fd") },
	{ "holders", "exclusively_held", true, false, false,
	  LINES("open disk as=device", "set_fd", "open disk as=holder exclusive=yes") },
	{ "holders", "unbound_held", true, false, false,
	  LINES("open disk as=device", "open disk as=holder exclusive=yes") },
	{ "holders", "opened_read_only", true, false, false, LINES("open disk as=device mode=ro", "set_fd") },
	{ "holders", "opened_write_only", true, false, false, LINES("open disk as=device mode=wo", "set_fd") },
	{ "partitions", "scanned", true, false, false,
	  LINES("open disk as=device", "configure file=table partition_scan=yes read_only=yes") },
	{ "partitions", "partition_added", true, false, false,
	  LINES("open disk as=device", "set_fd", "partition_add") },
	{ "partitions", "through_partition", true, false, false,
	  LINES("open disk as=device", "configure file=table partition_scan=yes read_only=yes",
		"open disk as=holder partition=1 mode=ro", "open disk as=device partition=1 mode=ro") },
	{ "pages", "cached", true, false, false, LINES("open disk as=device", "set_fd", "read") },
	{ "pages", "cached_read_only", true, false, false,
	  LINES("open disk as=device", "configure read_only=yes", "read") },
	{ "pages", "mapped", true, true, false, LINES("open disk as=device", "set_fd", "map", "load") },
	{ "files", "file_ended", true, false, true, LINES("open disk as=device", "set_fd", "truncate") },
	{ "files", "file_write_only", true, false, false,
	  LINES("open disk as=device", "open_file as=written mode=wo", "set_fd from=written") },
	{ "files", "stacked", true, false, false,
	  LINES("open disk as=device", "open lower as=below", "set_fd below file=twin", "set_fd from=below") },
};
#define STATE_COUNT (sizeof(states) / sizeof(states[0]))

/* Operations that are no single call on a device, or that no state of one has anything to do with. */
static const char *const left_out[] = {
	"attach", "detach", "check",   "hold",		"after",	 "fault",
	"inject", "mount",  "unmount", "module_remove", "module_insert",
};

/* What `from` may name, and how it is opened first. */
static const struct {
	const char *name;
	const char *line;
} sources[] = {
	{ "below", "open lower as=below" },
	{ "written", "open_file as=written mode=wo" },
	{ "path", "open_file as=path path_only=yes" },
};

static const char *const look_at_device[] = {
	"check all on=device", "read device", "ctl_get_free", "open disk as=again",
	"check all on=again",  "close again", NULL,
};

/* After the last close: is it still bound, and what is left? */
static const char *const look_again[] = { "ctl_get_free", "open disk as=again", "check all on=again", NULL };
static const char *const let_go[] = { "clr_fd again", "close again", NULL };

/* The device that the kernel made, of an index that it chose: the first that is free, behind those of the scenario. */
static const char *const remove_chosen[] = { "ctl_remove 2", NULL };

static const char *const mend_file[] = {
	"truncate own size=1MiB", "open_file own as=written", "write written length=64KiB", "close written", NULL,
};

/* Memory to write into; without it nothing can be made. */
static FILE *open_text(char **ret_text, size_t *ret_bytes)
{
	FILE *file = open_memstream(ret_text, ret_bytes);

	if (!file) {
		perror("make-contract");
		exit(2);
	}
	return file;
}

static void put(FILE *file, const char *const *lines)
{
	for (; *lines; lines++)
		if (**lines)
			fprintf(file, "    %s\n", *lines);
}

static bool is_left_out(enum operation operation)
{
	for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
		if (strcmp(left_out[i], operation_info(operation)->name) == 0)
			return true;
	return false;
}

static bool takes_descriptor(const struct operation_info *info)
{
	return info->argument_count && info->arguments[0].type == ARGUMENT_POSITIONAL_DESCRIPTOR;
}

/* Kernels before v5.17 may die of an index, so that nothing comes behind it in its file. */
static bool numbers_device(enum operation operation)
{
	return operation == OPERATION_ctl_add || operation == OPERATION_ctl_remove;
}

static bool makes_sense(const struct state *state, enum operation operation)
{
	if (strcmp(state->name, "numbered") == 0)
		return numbers_device(operation);
	if (is_left_out(operation) || (takes_descriptor(operation_info(operation)) && !state->has_device))
		return false;
	if (operation == OPERATION_load || operation == OPERATION_store || operation == OPERATION_unmap)
		return state->is_mapped;
	return operation != OPERATION_map || !state->is_mapped;
}

/*
 * Indices are at home where the device is nobody's, binding on a device that is not bound, LOOP_CHANGE_FD on a read-only
 * one, which alone it works on, and the rest on one that is bound.
 */
static bool is_at_home(const struct state *state, enum operation operation)
{
	bool binds = operation == OPERATION_set_fd || operation == OPERATION_configure;

	if (!takes_descriptor(operation_info(operation)))
		return strcmp(state->name, numbers_device(operation) ? "numbered" : "closed") == 0;
	if (operation == OPERATION_change_fd)
		return strcmp(state->name, "cached_read_only") == 0;
	return strcmp(state->name, binds ? "unbound" : "bound") == 0;
}

static const struct boundary *boundary_of(const struct argument_info *argument)
{
	const struct boundary *best = NULL;

	for (size_t i = 0; i < BOUNDARY_COUNT; i++)
		if (boundaries[i].type == argument->type &&
		    (strcmp(boundaries[i].argument, argument->name) == 0 || (!boundaries[i].argument[0] && !best)))
			best = &boundaries[i];
	return best;
}

/* Opening must not close what the state has opened; the device is always the same. */
static void put_call(FILE *file, enum operation operation, const struct argument_info *argument, const char *value)
{
	const struct operation_info *info = operation_info(operation);
	bool is_positional = argument && argument_is_positional(argument->type);

	for (size_t i = 0; argument && i < sizeof(sources) / sizeof(sources[0]); i++)
		if (argument->type == ARGUMENT_DESCRIPTOR && strcmp(value, sources[i].name) == 0)
			fprintf(file, "    %s\n", sources[i].line);
	fprintf(file, "    %s", info->name);
	if (is_positional)
		fprintf(file, " %s", value);
	else if (operation == OPERATION_open)
		fputs(" disk", file);
	else if (operation == OPERATION_close)
		fputs(" device", file);
	if (operation == OPERATION_open || operation == OPERATION_open_file)
		fputs(" as=opened", file);
	if (operation == OPERATION_dup)
		fputs(" as=copy", file);
	if (argument && !is_positional)
		fprintf(file, " %s=%s", argument->name, value);
	fputc('\n', file);
}

/* Is it an index that is the kernel's to choose? */
static bool is_choice(const char *value)
{
	return (int32_t)(uint32_t)strtoull(value, NULL, 0) < 0;
}

/* What makes a program special: its way into the state, and the call. */
static void put_try(FILE *file, const struct state *state, enum operation operation,
		    const struct argument_info *argument, const char *value)
{
	put(file, LINES("ctl_remove 0", "ctl_add 0"));
	put(file, state->lines);
	/* What is removed was added in the same program, or what it shows would hang on another one. */
	if (operation == OPERATION_ctl_remove && argument && argument_is_positional(argument->type) &&
	    !is_choice(value))
		fprintf(file, "    ctl_add %s\n", value);
	if (state->has_device)
		put(file, LINES("check diskseq on=device"));
	put_call(file, operation, argument, value);
}

/* Is " as=NAME" in it, as a whole word? */
static bool opens(const char *text, const char *name)
{
	size_t bytes = strlen(name);

	while ((text = strstr(text, " as="))) {
		text += strlen(" as=");
		if (strncmp(text, name, bytes) == 0 && (text[bytes] == ' ' || text[bytes] == '\n'))
			return true;
	}
	return false;
}

static void put_closes(FILE *file, const char *text)
{
	static const char *const names[] = { "copy", "opened", "device", "holder", "written", "path" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (opens(text, names[i]))
			fprintf(file, "    close %s\n", names[i]);
	if (opens(text, "below"))
		put(file, LINES("clr_fd below", "close below"));
}

static void put_program(FILE *file, const struct state *state, enum operation operation,
			const struct argument_info *argument, const char *value)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *memory = open_text(&text, &bytes);

	put_try(memory, state, operation, argument, value);
	fclose(memory);
	fprintf(file, "# %s: %s%s%s%s%s\n%s", state->name, operation_info(operation)->name, argument ? " " : "",
		argument ? argument->name : "", argument ? " " : "", argument ? value : "", text);
	if (state->has_device)
		put(file, look_at_device);
	put_closes(file, text);
	put(file, look_again);
	/* While a descriptor is open: what this returns follows from what was added, and begins no other program. */
	if (operation == OPERATION_ctl_add && value && is_choice(value))
		put(file, remove_chosen);
	put(file, let_go);
	if (state->is_shrunken || operation == OPERATION_truncate)
		put(file, mend_file);
	free(text);
}

static void put_head(FILE *file, const char *group)
{
	fprintf(file,
		"# Made by scenarios/make_contract.c from the table of operations and their boundary values; not to be "
		"edited.\n"
		"# looprace diff compares what the calls give on different kernels.\n"
		"\n"
		"[scenario]\n"
		"summary      = contract: every operation and boundary value, one at a time, group %s\n"
		"needs        = loop_control, io_uring\n"
		"rounds       = 1\n"
		"devices      = 2\n"
		"backing_size = 1MiB\n"
		"content      = tags\n"
		"\n"
		"[device disk]\nindex = 0\n\n[device lower]\nindex = 1\n\n"
		"[backing twin]\ncontent = tags\nsize = 1MiB\n\n[backing small]\ncontent = tags\nsize = 64KiB\n\n"
		"[backing table]\ncontent = partitions\nsize = 1MiB\n\n[backing directory]\nkind = directory\n\n"
		"[backing character]\nkind = character\n\n[backing pipe]\nkind = pipe\n\n[backing proc]\nkind = "
		"proc\n\n"
		"[backing closed]\nkind = closed\n\n"
		"[worker caller]\nprogram =\n",
		group);
}

/* The parser refuses what could not be recorded as it is; the rest is the kernel's to refuse. */
static bool is_allowed(const struct state *state, enum operation operation, const struct argument_info *argument,
		       const char *value)
{
	struct scenario_error error;
	struct scenario *scenario = NULL;
	char *text = NULL;
	size_t bytes = 0;
	FILE *file = open_text(&text, &bytes);
	int r;

	put_head(file, state->group);
	put_program(file, state, operation, argument, value);
	fclose(file);
	r = scenario_parse(text, bytes, "contract.scenario", &scenario, &error);
	scenario_free(scenario);
	free(text);
	return r == 0;
}

/* What a device is set to; where data lies in it is tried at home only. */
static bool is_setting(enum operation operation, enum argument_type type)
{
	return (type == ARGUMENT_SIZE || type == ARGUMENT_NUMBER) &&
	       (operation == OPERATION_configure || operation == OPERATION_set_status ||
		operation == OPERATION_set_direct_io || operation == OPERATION_set_block_size);
}

/* The blank-divided words of a row, or only the first. */
static void put_values(FILE *file, const struct state *state, enum operation operation,
		       const struct argument_info *argument)
{
	const struct boundary *boundary = boundary_of(argument);
	const char *at = boundary ? boundary->values : "";

	while (*at && (is_at_home(state, operation) || is_setting(operation, argument->type))) {
		char value[64];
		size_t length = strcspn(at, " ");

		snprintf(value, sizeof(value), "%.*s", (int)length, at);
		at += length + strspn(at + length, " ");
		if (!is_allowed(state, operation, argument, value))
			continue;
		put_program(file, state, operation, argument, value);
		if (!is_at_home(state, operation))
			return;
	}
}

static void put_state(FILE *file, const struct state *state)
{
	for (unsigned int operation = 0; operation < OPERATION_COUNT; operation++) {
		const struct operation_info *info = operation_info(operation);

		if (!makes_sense(state, operation))
			continue;
		put_program(file, state, operation, NULL, NULL);
		for (unsigned int i = 0; i < info->argument_count; i++)
			put_values(file, state, operation, &info->arguments[i]);
	}
}

/* Where kernels are known to break a rule on the way; what they are is told in scenarios/known_bugs/. */
#define BEYOND_MINORS "an index beyond 2^20 is added, and its removal follows a null pointer"
static const struct {
	const char *group;
	const char *section;
} known_bugs[] = {
	{ "indices", "[expect kernel >= 5.10, < 5.17]\n"
		     "known_bug = kernel_log: " BEYOND_MINORS "\n"
		     "known_bug = liveness: " BEYOND_MINORS "\n" },
	{ "unbound",
	  "[expect kernel >= 6.11]\n"
	  "known_bug = uevents: a LOOP_CONFIGURE that refuses its block size suppresses all later uevents\n" },
};

static void put_known_bugs(FILE *file, const char *group)
{
	for (size_t i = 0; i < sizeof(known_bugs) / sizeof(known_bugs[0]); i++)
		if (strcmp(known_bugs[i].group, group) == 0)
			fprintf(file, "\n%s", known_bugs[i].section);
}

static int make_file(const char *directory, size_t first)
{
	const char *group = states[first].group;
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.scenario", directory, group);
	file = fopen(path, "we");
	if (!file)
		goto fail;
	put_head(file, group);
	for (size_t i = first; i < STATE_COUNT && strcmp(states[i].group, group) == 0; i++)
		put_state(file, &states[i]);
	fputs("\n[expect]\ngave_up = 0\n", file);
	put_known_bugs(file, group);
	if (fclose(file) == 0)
		return 0;
fail:
	fprintf(stderr, "make-contract: %s: %s\n", path, strerror(errno));
	return -1;
}

int main(int argc, char *argv[])
{
	if (argc != 2) {
		fputs("Usage: make-contract DIR\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < STATE_COUNT; i++)
		if ((i == 0 || strcmp(states[i].group, states[i - 1].group) != 0) && make_file(argv[1], i) < 0)
			return 2;
	return 0;
}
