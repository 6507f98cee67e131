/* SPDX-License-Identifier: Apache-2.0 */
/* A judgement as JSON and back. */
#pragma once

#include "harness/judge/judge.h"
#include "harness/report/json.h"

/**
 * judgement_to_json() - a judgement
 * @judgement:	any
 * @object:	gets its members
 *
 * Return: 0 or -ENOMEM.
 */
int judgement_to_json(const struct judgement *judgement, json_t *object);

/**
 * judgement_from_json() - a judgement
 * @root:	what judgement_to_json() filled, or anything
 * @path:	the file, for messages
 * @ret_judgement: end it with judgement_fini(); the names of known bugs in it are borrowed from @root; written only on
 *		success
 * @ret_error:	one line: "path: key: what would be right"; written only on failure
 *
 * Which rows of the scenario a known bug is (known_rows) is not stored.  Of a rule that is newer than the file it is
 * said that there was no evidence for it.
 *
 * Return: 0, -EINVAL, or -ENOMEM.
 */
int judgement_from_json(const json_t *root, const char *path, struct judgement *ret_judgement,
			struct report_error *ret_error);
