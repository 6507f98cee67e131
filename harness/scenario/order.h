/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waits between programs that can never be met are refused, because a run of them would only stand still.
 */
#pragma once

#include "harness/scenario/parser.h"

/**
 * order_check() - can every `after` be met
 * @parser:	all was read and names are resolved
 *
 * Return: 0 or -EINVAL.
 */
int order_check(const struct parser *parser);
