/* SPDX-License-Identifier: Apache-2.0 */
/* The proof of a finding as a picture: a row a worker, its calls as bars, in the order of time. */
#pragma once

#include "harness/report/reports.h"

/**
 * timeline_svg() - draw the calls that a finding cites
 * @finding:	with at least one call
 * @origin_ns:	the guest's time that counts as 0
 *
 * Return: a whole SVG file, malloc'ed; NULL when memory is short.
 */
char *timeline_svg(const struct finding *finding, uint64_t origin_ns);
