/* SPDX-License-Identifier: Apache-2.0 */
/* A call that a proof cites, as JSON and back. */
#pragma once

#include "harness/judge/judge.h"
#include "harness/report/json_fields.h"

/**
 * proof_call_to_json() - a cited call
 * @proof:	the call
 *
 * Return: new reference, NULL when memory is short.
 */
json_t *proof_call_to_json(const struct proof_call *proof);

/**
 * proof_call_from_json() - a cited call
 * @file:	its error is written on failure
 * @object:	what proof_call_to_json() made, or anything
 * @ret_proof:	written only on success
 *
 * Return: 0 or -EINVAL.
 */
int proof_call_from_json(const struct json_place *file, const json_t *object, struct proof_call *ret_proof);
