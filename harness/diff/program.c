/* SPDX-License-Identifier: Apache-2.0 */
/* What a program has done so far; see program.h. */
#include "harness/diff/program.h"

#include <errno.h>
#include <linux/fcntl.h>
#include <linux/loop.h>
#include <stdlib.h>
#include <string.h>

/* Room for one more: 0 or -ENOMEM. */
static int make_room(void **list, unsigned int count, unsigned int *room, size_t bytes)
{
	void *larger = *list;

	if (count < *room)
		return 0;
	larger = reallocarray(larger, *room + 64u, bytes);
	if (!larger)
		return -ENOMEM;
	*list = larger;
	*room += 64;
	return 0;
}

/* --- calls --- */

static bool is_bind(unsigned int call)
{
	return call == RECORDER_CALL_set_fd || call == RECORDER_CALL_configure || call == RECORDER_CALL_change_fd;
}

static bool has_status(unsigned int call)
{
	return call == RECORDER_CALL_configure || call == RECORDER_CALL_set_status ||
	       call == RECORDER_CALL_set_status_old;
}

static unsigned int how_of(const struct recorder_record *record)
{
	unsigned int how = 0;

	how |= record->return_ns && record->result >= 0 ? EXPLAIN_SUCCEEDED : 0;
	how |= record->result == -EINVAL ? EXPLAIN_REFUSED : 0;
	how |= record->partition ? EXPLAIN_PARTITION : 0;
	if (has_status(record->call))
		how |= record->detail & LO_FLAGS_DIRECT_IO ? EXPLAIN_DIRECT : 0;
	if (!record->is_extended)
		return how;
	if (record->call == RECORDER_CALL_add || record->call == RECORDER_CALL_remove)
		how |= (int32_t)(uint32_t)record->value < 0 ? EXPLAIN_NEGATIVE : 0;
	if (record->call == RECORDER_CALL_open)
		how |= record->open_flags & O_EXCL ? EXPLAIN_EXCLUSIVE : 0;
	if (record->call == RECORDER_CALL_configure || record->call == RECORDER_CALL_set_block_size)
		how |= record->block_size > 512 ? EXPLAIN_LARGE : 0;
	if (is_bind(record->call)) {
		how |= (record->open_flags & O_ACCMODE) == O_WRONLY ? EXPLAIN_WRITE_ONLY : 0;
		how |= record->open_flags & O_DIRECT ? EXPLAIN_DIRECT : 0;
	}
	if (has_status(record->call))
		how |= record->encrypt_type || record->key_size ? EXPLAIN_ENCRYPTED : 0;
	return how;
}

static int add_step(struct program *program, const struct aligned_call *call)
{
	struct explain_step step = { .line = call->line, .call = call->call };
	void *steps = program->steps;
	int r = make_room(&steps, program->step_count, &program->step_room, sizeof(step));

	program->steps = steps;
	if (r < 0)
		return r;
	for (unsigned int i = 0; i < program->kernel_count; i++)
		if (call->records[i])
			step.how |= how_of(call->records[i]);
	program->steps[program->step_count++] = step;
	return 0;
}

/* What is open is that of the first kernel that made the call: a program's end closes everything on all of them. */
static void count_open(struct program *program, const struct aligned_call *call)
{
	const struct recorder_record *record = NULL;

	for (unsigned int i = 0; i < program->kernel_count && !record; i++)
		record = call->records[i];
	switch (call->call) {
	case RECORDER_CALL_close:
	case RECORDER_CALL_close_file:
		program->open_count -= program->open_count > 0;
		break;
	case RECORDER_CALL_open:
	case RECORDER_CALL_open_file:
	case RECORDER_CALL_dup:
		program->open_count += record && record->result >= 0;
		break;
	default:
		break;
	}
}

static void begin(struct program *program)
{
	program->step_count = 0;
	program->parting_count = 0;
	program->report_count = 0;
}

void program_begin_worker(struct program *program)
{
	begin(program);
	program->open_count = 0;
	program->round = 0;
}

int program_begin_call(struct program *program, const struct aligned_call *call)
{
	int r;

	if (call->round != program->round) {
		program->round = call->round;
		begin(program);
	}
	r = add_step(program, call);
	count_open(program, call);
	return r;
}

void program_end_call(struct program *program, const struct aligned_call *call)
{
	unsigned int count = program->step_count;

	/* Made anew: what follows does not depend on what the device has been. */
	if (call->call == RECORDER_CALL_add && count > 1 && program->open_count == 0 &&
	    program->steps[count - 2].call == RECORDER_CALL_remove)
		begin(program);
}

const struct explain_step *program_last_step(const struct program *program)
{
	return &program->steps[program->step_count - 1];
}

const struct explain_step *program_last_deed(const struct program *program)
{
	for (unsigned int i = program->step_count - 1; i > 0; i--)
		if (!recorder_call_is_query(program->steps[i - 1].call))
			return &program->steps[i - 1];
	return NULL;
}

unsigned int program_lines(const struct program *program, unsigned int *ret_lines)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < program->step_count; i++) {
		const struct explain_step *step = &program->steps[i];
		bool is_last = i + 1 == program->step_count;

		if ((!is_last && recorder_call_is_query(step->call)) || (count && ret_lines[count - 1] == step->line))
			continue;
		ret_lines[count++] = step->line;
	}
	return count;
}

/* --- where kernels part --- */

/* The same kernels are parted, as far as both calls were made. */
static bool parts_alike(const struct program *program, const int *left, const int *right)
{
	bool parts_any = false;

	for (unsigned int i = 0; i < program->kernel_count; i++)
		for (unsigned int j = i + 1; j < program->kernel_count; j++) {
			if (right[i] < 0 || right[j] < 0)
				continue;
			if (left[i] < 0 || left[j] < 0 || (left[i] == left[j]) != (right[i] == right[j]))
				return false;
			parts_any |= right[i] != right[j];
		}
	return parts_any;
}

const struct parting *program_find_parting(const struct program *program, const int *classes)
{
	for (unsigned int i = 0; i < program->parting_count; i++)
		if (parts_alike(program, program->partings[i].classes, classes))
			return &program->partings[i];
	return NULL;
}

int program_add_parting(struct program *program, const struct parting *parting)
{
	void *partings = program->partings;
	int r = make_room(&partings, program->parting_count, &program->parting_room, sizeof(*parting));

	program->partings = partings;
	if (r == 0)
		program->partings[program->parting_count++] = *parting;
	return r;
}

static unsigned int partition_of(const struct program *program, const struct aligned_call *call)
{
	for (unsigned int i = 0; i < program->kernel_count; i++)
		if (call->records[i])
			return call->records[i]->partition;
	return 0;
}

static struct report *find_report(const struct program *program, const struct aligned_call *call,
				  enum outcome_field field)
{
	unsigned int partition = partition_of(program, call);

	for (unsigned int i = 0; i < program->report_count; i++) {
		struct report *report = &program->reports[i];

		if (report->call == call->call && report->partition == partition && report->field == field)
			return report;
	}
	return NULL;
}

const struct report *program_find_report(const struct program *program, const struct aligned_call *call,
					 enum outcome_field field)
{
	return find_report(program, call, field);
}

int program_put_report(struct program *program, const struct aligned_call *call, enum outcome_field field,
		       uint32_t traits)
{
	struct report *report = find_report(program, call, field);
	void *reports = program->reports;
	int r = 0;

	if (!report) {
		r = make_room(&reports, program->report_count, &program->report_room, sizeof(*report));
		program->reports = reports;
		if (r < 0)
			return r;
		report = &program->reports[program->report_count++];
		*report =
			(struct report){ .call = call->call, .partition = partition_of(program, call), .field = field };
	}
	for (unsigned int i = 0; i < program->kernel_count; i++)
		strcpy(report->words[i], aligned_call_word(call, i, field));
	report->traits = traits;
	return r;
}

void program_fini(struct program *program)
{
	free(program->steps);
	free(program->partings);
	free(program->reports);
	*program = (struct program){ 0 };
}
