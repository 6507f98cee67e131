/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parser knows while it reads: shared by the parts of scenario_parse(), and by nobody else.
 */
#pragma once

#include "harness/scenario/complaint.h"
#include "harness/scenario/keys.h"
#include "harness/scenario/lines.h"
#include "harness/scenario/scenario.h"
#include "harness/scenario/words.h"

#include <stdbool.h>

enum section {
#define X(name, summary) SECTION_##name,
	SCENARIO_SECTIONS(X)
#undef X
		SECTION_COUNT,
};

/* More than any section has. */
#define PARSER_KEY_COUNT_MAX 16

/* A name in a program; its line is still in the text when all was read. */
struct reference {
	unsigned int group;
	unsigned int call;
	unsigned int position; /* of the argument */
	bool is_default;       /* nobody wrote it */
	struct span name;
	struct complaint complaint;
};

struct parser {
	struct lines lines;
	struct complaint complaint;
	struct scenario *scenario;
	int r; /* the first error; nothing is read behind it */

	/* Line of each head, 0 where there was none. */
	unsigned int scenario_line;
	unsigned int group_lines[SCENARIO_GROUP_COUNT_MAX];
	unsigned int count_lines[SCENARIO_GROUP_COUNT_MAX];
	struct {
		unsigned int line;
		struct kernel_range kernels;
	} expects[SCENARIO_EXPECTATION_COUNT_MAX];
	unsigned int expect_count;
	unsigned int backing_lines[SCENARIO_BACKING_COUNT_MAX];
	unsigned int device_lines[SCENARIO_DEVICE_COUNT_MAX];
	unsigned int descriptor_lines[SCENARIO_DESCRIPTOR_COUNT_MAX];
	bool has_index[SCENARIO_DEVICE_COUNT_MAX];
	unsigned int plant_line;

	/* Names that are looked up when all was read. */
	struct reference *references;
	size_t reference_count;
	uint32_t made[SCENARIO_GROUP_COUNT_MAX]; /* by group: bit 1 << row of each descriptor that a line makes */
	bool asks_for_free[SCENARIO_GROUP_COUNT_MAX];
	struct {
		struct span name; /* "GROUP.LABEL" of a known_bug; empty: none */
		struct complaint complaint;
	} bug_labels[SCENARIO_EXPECTATION_COUNT_MAX]; /* by row of scenario.expectations */

	/* The section that is being read. */
	enum section section; /* SECTION_COUNT before the first */
	unsigned int section_line;
	bool section_has_key;
	unsigned int key_lines[PARSER_KEY_COUNT_MAX]; /* by position in the section's table; 0: not given */
	const char *last_key;			      /* static; the one that an indented line goes on with, or NULL */
	bool is_indented;			      /* the line goes on with last_key */
};

/**
 * parser_complaint_at() - a complaint about another line than the one being read
 * @parser:	the parser
 * @line:	which
 */
struct complaint parser_complaint_at(const struct parser *parser, unsigned int line);

/**
 * parser_complaint_kept() - a complaint about the line being read that can be used when other lines were read
 * @parser:	the parser
 */
struct complaint parser_complaint_kept(const struct parser *parser);

/**
 * parser_keep() - a piece of the line being read, where it stands in the text
 * @parser:	the parser
 * @span:	piece of the line as inih gave it
 */
struct span parser_keep(const struct parser *parser, struct span span);

/**
 * device_number() - is it "loopN"
 * @name:	any word
 * @ret_index:	N; written only on success
 *
 * Return: true when it is.
 */
bool device_number(struct span name, uint64_t *ret_index);

/**
 * sections_begin() - a line "[...]" was read
 * @parser:	the parser
 * @head:	the line without blanks around it
 *
 * Return: 0 or -EINVAL.
 */
int sections_begin(struct parser *parser, struct span head);

/**
 * sections_end() - the section being read is over; there may be none
 * @parser:	the parser
 *
 * Return: 0 or -EINVAL.
 */
int sections_end(struct parser *parser);

/**
 * keys_check_line() - is it "key = value" at all
 * @parser:	the parser
 * @line:	without blanks around it
 *
 * Return: 0 or -EINVAL.
 */
int keys_check_line(const struct parser *parser, struct span line);

/**
 * keys_set() - a key and its value were read
 * @parser:	the parser
 * @name:	key
 * @value:	without blanks around it
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int keys_set(struct parser *parser, struct span name, struct span value);

/**
 * keys_go_on() - an indented line was read, which goes on with the key before it
 * @parser:	the parser
 * @value:	without blanks around it
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int keys_go_on(struct parser *parser, struct span value);

/**
 * keys_end() - what can be said of the objects' keys, and filled in, only when all was read
 * @parser:	the parser
 *
 * Return: 0 or -EINVAL.
 */
int keys_end(struct parser *parser);
