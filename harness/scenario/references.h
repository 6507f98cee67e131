/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From names to rows: what programs and [expect] mention may be declared anywhere in the file, so it is looked up when all
 * was read.  A descriptor, a device or a label that nobody makes is refused here, where the line is still known.
 */
#pragma once

#include "harness/scenario/parser.h"
#include "harness/scenario/program.h"

/**
 * references_add() - keep the names of a line of a program
 * @parser:	the parser; the line is the last call of its last group
 * @line:	the line
 *
 * Return: 0 or -ENOMEM.
 */
int references_add(struct parser *parser, const struct program_line *line);

/**
 * references_resolve() - put rows for names
 * @parser:	all was read
 *
 * Return: 0 or -EINVAL.
 */
int references_resolve(struct parser *parser);
